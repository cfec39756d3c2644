"""A shop's support desk in four languages: its messages and its rules, the same at every run.

The catalogue has 10,000 articles, each with a name in English, Chinese, Vietnamese and Thai; rule
`n` answers questions about one article on the channel where it is sold, by three of its names or by
one alternation of them. Every message asks about one article of the whole catalogue on its channel,
the way customers type: capitals, Vietnamese with and without accents, full-width digits, emoji. So
the more rules there are, the more messages one of them fits: none is there only to be passed over.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random

CHANNELS = ("web", "whatsapp", "line", "wechat", "facebook", "instagram", "telegram", "email")
CATALOGUE = 10_000
MESSAGES = 2_000
_SEED = 20261005

_COLOURS = {
    "en": "red|blue|green|black|white|silver|golden|purple|orange|grey",
    "zh": "紅色|藍色|綠色|黑色|白色|銀色|金色|紫色|橙色|灰色",
    "vi": "đỏ|xanh dương|xanh lá|đen|trắng|bạc|vàng|tím|cam|xám",
    "th": "สีแดง|สีน้ำเงิน|สีเขียว|สีดำ|สีขาว|สีเงิน|สีทอง|สีม่วง|สีส้ม|สีเทา",
}
_ARTICLES = {
    "en": "kettle|lamp|chair|desk|fan|phone|camera|watch|bag|shoes|"
    "jacket|blanket|pillow|cup|bottle|heater|speaker|keyboard|mirror|umbrella",
    "zh": "水壺|檯燈|椅子|書桌|風扇|手機|相機|手錶|背包|鞋子|"
    "外套|毛毯|枕頭|杯子|水樽|暖爐|喇叭|鍵盤|鏡子|雨傘",
    "vi": "ấm nước|đèn bàn|ghế|bàn viết|quạt|điện thoại|máy ảnh|đồng hồ|túi|giày|"
    "áo khoác|chăn|gối|cốc|chai|máy sưởi|loa|bàn phím|gương|ô",
    "th": "กาน้ำ|โคมไฟ|เก้าอี้|โต๊ะ|พัดลม|โทรศัพท์|กล้อง|นาฬิกา|กระเป๋า|รองเท้า|"
    "แจ็คเก็ต|ผ้าห่ม|หมอน|แก้ว|ขวดน้ำ|ฮีตเตอร์|ลำโพง|คีย์บอร์ด|กระจก|ร่ม",
}
_QUESTIONS = {
    "en": (
        "Hi, how much is the {name}?",
        "do you ship the {name} to Kowloon",
        "I ordered a {name} last week and it still has not arrived, can you check please",
        "Is the {name} back in stock 🙏🏽",
        "THE {name} IS BROKEN!!",
        "My order number is {number}, I want to return the {name}. What's the address?",
    ),
    "zh": (
        "你好，請問{name}幾多錢？",
        "我想問{name}幾時可以送到",
        "請問{name}有現貨嗎？我喺旺角，想今日delivery",
        "想退貨，訂單{number}，{name}壞咗😡",
        "{name}有其他顏色嗎謝謝",
    ),
    "vi": (
        "Chào shop, {name} giá bao nhiêu vậy ạ?",
        "mình muốn đổi {name} thì làm thế nào",
        "cho mình hỏi {name} còn hàng không shop ơi",
        "đơn hàng {number} có {name} bị hỏng rồi 😢",
    ),
    "th": (
        "สวัสดีค่ะ {name} ราคาเท่าไหร่คะ",
        "อยากทราบว่า {name} มีของไหม ส่งถึงเชียงใหม่ได้หรือเปล่า",
        "สั่ง {name} ไปแล้ว เลขที่ {number} ยังไม่ได้รับเลยค่ะ 🙏",
        "ขอคืน {name} ได้ไหมครับ",
    ),
}
_LANGUAGES = tuple(_QUESTIONS)
_TO_FULL_WIDTH = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}


@dataclass(frozen=True, slots=True)
class Question:
    """One message of the workload."""

    text: str
    channel: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What one rule is about. `alternation`: asked by one pattern instead of three phrases."""

    number: int
    channel: str
    phrases: tuple[str, ...]
    alternation: bool


def name(article: int, language: str) -> str:
    """The name of an article of the catalogue, as a Hong Kong shop would print it."""
    colour = _COLOURS[language].split("|")[article % 10]
    thing = _ARTICLES[language].split("|")[article // 10 % 20]
    model = f"m{article // 200}"
    if language == "en":
        return f"{colour} {thing} {model}"
    if language == "zh":
        return f"{colour}{thing}{model}"
    return f"{thing} {colour} {model}" if language == "vi" else f"{thing}{colour} {model}"


def _channel(article: int) -> str:
    return CHANNELS[article * 7919 // 13 % len(CHANNELS)]


def subjects(count: int) -> list[Subject]:
    """The first `count` rules, at most one an article; every second one is an alternation."""
    spread = Random(_SEED)
    articles = spread.sample(range(CATALOGUE), CATALOGUE)[:count]
    return [
        Subject(
            number,
            _channel(article),
            tuple(name(article, _LANGUAGES[(number + step) % 4]) for step in range(3)),
            alternation=number % 2 == 1,
        )
        for number, article in enumerate(articles)
    ]


def questions() -> list[Question]:
    """2,000 messages, a quarter in each language."""
    chance = Random(_SEED + 1)
    return [_question(chance, _LANGUAGES[at % 4]) for at in range(MESSAGES)]


def _question(chance: Random, language: str) -> Question:
    article = chance.randrange(CATALOGUE)
    wanted = name(article, language)
    text = chance.choice(_QUESTIONS[language]).format(
        name=wanted, number=chance.randrange(10**6, 10**7)
    )
    if language == "vi" and chance.random() < 0.5:
        bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
        text = "".join(c for c in bare if not unicodedata.combining(c))
    if chance.random() < 0.1:
        text = text.translate(_TO_FULL_WIDTH)
    return Question(text, _channel(article))
