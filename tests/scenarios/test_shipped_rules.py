"""The rules that come with the project: what they answer, in which language, and what not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from tests.build import ACCOUNT, CONTACT, NOW, World, facts
from worker.engine.index import RuleIndex
from worker.engine.plan import decide
from worker.model.chat import Contact, Notification
from worker.model.event import Event, EventKind
from worker.model.facts import Facts, Pick
from worker.model.gateway import Capability
from worker.model.ids import EventId, NotificationId
from worker.model.ledger import Planned
from worker.model.rule import RuleSet
from worker.model.state import ContactState
from worker.model.verdict import Reason
from worker.ruleset.load import check_rules
from worker.text.language import script_language

RULES = Path(__file__).parents[2] / "rules"
LANGUAGES = ("en", "zh-Hant", "zh-Hans", "vi", "th")

QUESTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "price-list": {
        "en": ("How much is it?", "hi, PRICE please", "what does the blue one cost", "price list?"),
        "zh-Hant": ("請問幾錢？", "你好，想問下呢個幾多錢呀", "有冇價目表", "點賣呀呢件嘢"),
        "zh-Hans": ("请问多少钱？", "你们的收费标准", "这个怎么卖", "发个报价单给我"),
        "vi": (
            "Giá bao nhiêu vậy shop?",
            "Cho mình hỏi gia bao nhieu vay",
            "áo này giá sao ạ",
            "bao nhiêu một cái ạ",
        ),
        "th": ("ราคาเท่าไหร่คะ", "อันนี้เท่าไหร่ครับ", "ขอทราบราคาหน่อยค่ะ", "กี่บาทคะ"),
    },
    "opening-hours": {
        "en": ("What are your opening hours?", "are you open on Monday", "When do you close?"),
        "zh-Hant": ("請問幾點開門？", "今日有冇開呀", "你哋嘅營業時間係點"),
        "zh-Hans": ("几点关门？", "请问营业时间", "周日开门吗"),
        "vi": ("Mấy giờ mở cửa ạ?", "shop có mở cửa không ạ", "cho hỏi giờ làm việc"),
        "th": ("ร้านเปิดกี่โมงคะ", "วันนี้เปิดไหมครับ", "ขอเวลาทำการค่ะ"),
    },
    "order-status": {
        "en": ("Where is my order?", "I need the tracking number", "my parcel is late"),
        "zh-Hant": ("我張訂單送到未呀", "想問件貨幾時到", "查詢送貨"),
        "zh-Hans": ("我的快递到哪了", "请问什么时候到货", "物流没有更新"),
        "vi": ("Đơn hàng của mình đâu rồi ạ", "bao giờ giao vậy shop", "mình chưa nhận được hàng"),
        "th": ("พัสดุถึงไหนแล้วคะ", "จัดส่งวันไหนครับ", "ติดตามออเดอร์ค่ะ"),
    },
    "order-number": {
        "en": ("my order is AB123456", "ab123456"),
        "zh-Hant": ("訂單編號係AB123456，唔該", "ＡＢ１２３４５６ 幾時到"),
        "zh-Hans": ("订单号AB123456，请查一下",),
        "vi": ("Mã đơn của mình là AB123456 ạ",),
        "th": ("หมายเลข AB123456 ค่ะ", "AB๑๒๓๔๕๖ ถึงไหนแล้ว"),
    },
    "wants-a-person": {
        "en": ("Can I talk to a human?", "Agent", "I want a REAL PERSON now"),
        "zh-Hant": ("我想搵真人", "唔該幫我轉人工", "有冇客服"),
        "zh-Hans": ("转人工", "我要找真人客服"),
        "vi": ("Cho mình gặp nhân viên tư vấn", "mình muốn nói chuyện với nhân viên ạ"),
        "th": ("ขอคุยกับเจ้าหน้าที่หน่อยค่ะ", "ติดต่อเจ้าหน้าที่ได้ไหมครับ"),
    },
    "contact-thanks": {
        "en": ("you can write to mei.lee@example.com", "reach me at +852 9123 4567"),
        "zh-Hant": ("我嘅電話係 9123 4567", "電郵係 mei@example.com"),
        "zh-Hans": ("我的手机是 138 1234 5678", "邮箱是 li@example.cn"),
        "vi": ("số điện thoại của mình 0912 345 678 ạ", "mail của mình là lan@example.vn đó ạ"),
        "th": ("เบอร์ 081 234 5678 ค่ะ", "อีเมล somchai@example.co.th ครับ"),
    },
    "thanks": {
        "en": ("Thanks!", "ok thank you so much 🙏", "THX"),
        "zh-Hant": ("唔該晒", "多謝！", "好，唔該"),
        "zh-Hans": ("谢谢您～", "好的，谢谢"),
        "vi": ("Cảm ơn shop nhiều ạ", "dạ cảm ơn"),
        "th": ("ขอบคุณค่ะ", "ขอบคุณมากๆ นะคะ 🙏"),
    },
    "main-menu": {
        "en": ("Hi", "hello there", "menu please", "Good morning!"),
        "zh-Hant": ("你好呀", "早晨！", "有冇人喺度"),
        "zh-Hans": ("您好，请问在吗", "在吗", "请发菜单"),
        "vi": ("Xin chào", "Shop ơi cho mình hỏi với", "alo có ai không ạ"),
        "th": ("สวัสดีค่ะ", "หวัดดีครับ", "ขอดูเมนูหน่อย"),
    },
}

PICKS = {
    "price-list-picked": "price",
    "opening-hours-picked": "opening",
    "order-status": "order",
    "wants-a-person-picked": "person",
}
"""The rule that answers a tap, and the option's payload."""

BESIDES = frozenset(
    {
        "email-kept",
        "phone-kept",
        "language-kept",
        "nobody-answered",  # of events that nobody writes: rules/escalation.test.yaml
        "person-not-come",
        "vip-tagged",
        "vip-to-a-person",
        "new-conversation-dismissed",
        "team-news-read",
        "out-of-hours",
    }
)
"""Rules with tests of their own below."""

NEAR_MISSES = (
    ("price-list", "That view is priceless", "a word inside another"),
    ("price-list", "We sell costumes", "cost inside costume"),
    ("price-list", "how much longer will it take?", "time, not money"),
    ("price-list", "Bà già quá rồi ạ", "già, old, is not giá"),
    ("price-list", "gia dinh toi rat vui", "family, typed without accents"),
    ("price-list", "Mình muốn đánh giá sản phẩm", "a review"),
    ("price-list", "tham gia thế nào vậy shop", "to take part"),
    ("price-list", "còn bao nhiêu ngày nữa ạ", "how many days"),
    ("price-list", "อายุเท่าไหร่คะ", "how old"),
    ("price-list", "อีกนานเท่าไหร่ครับ", "how long"),
    ("price-list", "ราคะ", "one vowel away from ราคา, and another matter altogether"),
    ("price-list", "想寫個評價", "a review shares a character with a price"),
    ("price-list", "这是我们的重点卖点", "点卖 across two words"),
    ("opening-hours", "opening a ticket for this", "opening without hours"),
    ("opening-hours", "他说话开门见山", "an idiom with 开门"),
    ("opening-hours", "app เปิดไม่ได้ค่ะ", "cannot be opened"),
    ("order-status", "a redelivery was mentioned", "delivery inside redelivery"),
    ("order-status", "in my ordering system", "order inside ordering"),
    ("order-number", "XAB1234567", "letters and digits on both sides"),
    ("wants-a-person", "你們用人工智能嗎", "artificial intelligence, not a person"),
    ("wants-a-person", "請問貴公司人工幾多", "人工 is also a wage"),
    ("wants-a-person", "my agent told me so", "an agent is mentioned, not asked for"),
    ("wants-a-person", "Mình là nhân viên công ty", "an employee writes"),
    ("contact-thanks", "it is 12 cm @ home", "a sign, no address"),
    ("contact-thanks", "my order is AB123456", "digits, no phone number"),
    ("thanks", "thanks but it is broken", "more than thanks"),
    ("thanks", "ไม่ขอบคุณ", "no thanks"),
    ("thanks", "Thanks, where is it?", "a question"),
    ("main-menu", "this is nothing", "hi inside this"),
    ("main-menu", "they said no", "hey inside they"),
    ("main-menu", "menus are long", "menu inside menus"),
    ("main-menu", "等咗你好耐喇", "你好 across two words"),
    ("main-menu", "你好似講錯咗", "你好 across two words, at the beginning"),
    ("main-menu", "你们现在吗", "在吗 inside 现在吗"),
    ("main-menu", "สวัสดิการพนักงาน", "welfare shares its beginning with hello"),
)
"""Rule, message, why the rule must stay away from it."""


@dataclass(frozen=True, slots=True)
class _Shipped:
    rules: RuleSet
    index: RuleIndex


@cache
def shipped() -> _Shipped:
    """The rules as a worker for iMBRACE loads them."""
    rules, problems = check_rules(RULES, capabilities=frozenset(Capability))
    assert rules is not None, "\n".join(map(str, problems))
    return _Shipped(rules, RuleIndex(rules.rules))


def decided(about: Facts, world: World | None = None) -> Planned:
    """What the shipped rules do about it."""
    chosen = shipped()
    rules = chosen.index.candidates(about)
    standing = (world or World()).standing
    return decide(about, [about.event.id], rules, chosen.rules, standing)


def wrote(text: str, *, language: str = "", remark: str = "") -> Facts:
    """A customer's message, of whom nothing else is known."""
    contact = Contact(id=CONTACT, language=language, remark=remark)
    return facts(text, contact=contact, vars=shipped().rules.vars)


def picked(payload: str, language: str) -> Facts:
    """A tap on an option of the menu."""
    about = wrote("2", language=language)
    kinds = frozenset({EventKind.MESSAGE_RECEIVED, EventKind.QUICK_REPLY_PICKED})
    return replace(about, kinds=kinds, pick=Pick("main", "2", payload))


def notified(code: int) -> Facts:
    """A notification of this type, of no conversation."""
    notification = Notification(id=NotificationId("ntf_1"), type=code, created_at=NOW)
    event = Event(
        id=EventId("notification:ntf_1"),
        account=ACCOUNT,
        kind=EventKind.NOTIFICATION_CREATED,
        at=NOW,
        notification=notification,
    )
    kinds = frozenset({event.kind})
    return Facts(now=NOW, event=event, kinds=kinds, notification=notification)


def acted(planned: Planned) -> set[str]:
    """The rules that act."""
    return {one.rule for one in planned.trace.rules if one.reason is Reason.MATCHED}


def answers(planned: Planned) -> list[str]:
    """What customers will read."""
    return [str(one.work["text"]) for one in planned.intents if one.visible]


def language_of(text: str) -> str:
    """Told by its letters; a text of plain ASCII is English here."""
    return script_language(text) or "en"


def kinds_of(planned: Planned, rule: str) -> list[str]:
    """The actions of one rule, in order."""
    return [one.kind for one in planned.intents if one.rule_id == rule]


@pytest.mark.parametrize(
    ("rule", "language", "text"),
    [
        (rule, language, text)
        for rule, by_language in QUESTIONS.items()
        for language, texts in by_language.items()
        for text in texts
    ],
)
def test_a_question_is_answered_by_its_rule_in_the_customers_language(
    rule: str, language: str, text: str
) -> None:
    """A customer would get the wrong answer, or one they cannot read."""
    planned = decided(wrote(text, language=language))
    assert rule in acted(planned)
    assert [one.rule_id for one in planned.intents if one.visible] == [rule]
    assert [language_of(answer) for answer in answers(planned)] == [language]


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.parametrize("known", ["", "en"])
def test_the_script_of_a_question_chooses_the_language_where_the_contact_says_otherwise(
    language: str, known: str
) -> None:
    """Platforms put `en` on contacts nobody asked; a Thai would be answered in English."""
    text = QUESTIONS["price-list"][language][0]
    assert [language_of(one) for one in answers(decided(wrote(text, language=known)))] == [language]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("rule", "payload"), PICKS.items())
def test_a_tap_is_answered_by_its_rule_in_the_customers_language(
    rule: str, payload: str, language: str
) -> None:
    """The menu would promise what nobody answers."""
    planned = decided(picked(payload, language))
    assert [one.rule_id for one in planned.intents if one.visible] == [rule]
    assert [language_of(answer) for answer in answers(planned)] == [language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_of_the_menu_has_a_rule(language: str) -> None:
    """A tap on a forgotten option would lead nowhere."""
    (text, *_) = QUESTIONS["main-menu"][language]
    (menu,) = (one for one in decided(wrote(text, language=language)).intents if one.visible)
    options = menu.work["quick_replies"]
    assert [option["payload"] for option in options] == list(PICKS.values())
    # 我的订单 is Chinese, and which only its neighbours tell
    fitting = {language, language.partition("-")[0]}
    assert all(language_of(option["title"]) in fitting for option in options)
    assert menu.work["menu"] == "main"


def test_every_shipped_rule_is_tested_here() -> None:
    """A new rule would be shipped untried."""
    tested = set(QUESTIONS) | set(PICKS) | BESIDES
    assert {rule.id for rule in shipped().rules.rules} == tested


def test_every_answer_is_tested_in_all_languages() -> None:
    """A language would be forgotten in one rule."""
    for rule, by_language in QUESTIONS.items():
        assert tuple(by_language) == LANGUAGES, rule


@pytest.mark.parametrize(
    ("rule", "text", "why"), NEAR_MISSES, ids=[miss[1] for miss in NEAR_MISSES]
)
def test_a_near_miss_is_left_alone(rule: str, text: str, why: str) -> None:
    """Customers would be answered to what they did not ask."""
    assert rule not in acted(decided(wrote(text))), why


@pytest.mark.parametrize(
    "text",
    [
        "please unsubscribe me",
        "Stop texting me",
        "唔好再發信息俾我",
        "请帮我退订",
        "Đừng nhắn tin nữa",
        "หยุดส่งข้อความมาที",
    ],
)
def test_a_phrase_of_stop_opts_out_and_is_confirmed(text: str) -> None:
    """Whoever asks for silence in a sentence would go on being written to."""
    planned = decided(wrote(text))
    assert planned.contact is not None
    assert planned.contact.opted_out_at == NOW
    assert len(answers(planned)) == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("STOP", "en"),
        ("Stop please 🙏", "en"),
        ("stop. thank you", "en"),
        ("停止！", "zh-Hant"),
        ("唔該停", "zh-Hant"),
        ("取消接收", "zh-Hant"),
        ("停止", "zh-Hans"),
        ("Dừng lại", "vi"),
        ("dừng ạ", "vi"),
        ("หยุดค่ะ", "th"),
    ],
)
def test_a_word_of_stop_by_itself_opts_out_in_the_customers_language(
    text: str, language: str
) -> None:
    """Short words are what people write; who means it must not be asked to write a sentence."""
    planned = decided(facts(text, contact=Contact(id=CONTACT, language=language)))
    assert planned.contact is not None
    assert planned.contact.opted_out_at == NOW
    (told,) = answers(planned)
    assert script_language(told) in {None, language.partition("-")[0], language}


@pytest.mark.parametrize(
    "text",
    [
        "where is the bus stop?",
        "nonstop",
        "don't stop",
        "不停止",
        "請問停車場喺邊",
        "xe dừng ở đâu ạ",
        "วันหยุดเปิดไหมคะ",
    ],
)
def test_a_word_of_stop_said_in_passing_is_none(text: str) -> None:
    """Who asks for the way to the bus stop would never be answered again."""
    planned = decided(wrote(text))
    assert planned.contact is None


@pytest.mark.parametrize("text", ["start", "恢復", "恢复", "Bắt đầu lại", "เริ่มใหม่ค่ะ"])
def test_who_opted_out_comes_back_by_a_word(text: str) -> None:
    """A customer who changes their mind would have to write to a developer."""
    out = World(contact=ContactState(id=CONTACT, opted_out_at=NOW - timedelta(days=1)))
    planned = decided(wrote(text), out)
    assert planned.contact is not None
    assert planned.contact.opted_out_at is None
    assert len(answers(planned)) == 1
    assert decided(wrote(text)).contact is None


def test_what_customers_want_or_tell_is_kept_after_an_outage() -> None:
    """An opt-out written while the worker was down would be forgotten with the old questions."""
    old = NOW - timedelta(hours=3)
    known = Contact(id=CONTACT, language="en")
    stop = decided(facts("STOP", at=old, contact=known))
    assert stop.contact is not None
    assert stop.contact.opted_out_at == NOW
    mail = decided(facts("price please, mei@example.com", at=old, contact=known))
    assert acted(mail) == {"email-kept"}


def test_a_price_question_leaves_a_tag() -> None:
    """Sales would not know who asked."""
    assert kinds_of(decided(wrote("price?")), "price-list") == ["reply", "tag"]


@pytest.mark.parametrize(
    ("text", "rule", "value"),
    [
        ("write to Mei.Lee@Example.com, price please", "email-kept", "Mei.Lee@example.com"),
        ("電話 9123 4567 多謝", "phone-kept", "+85291234567"),
        ("เบอร์ ๐๘๑ ๒๓๔ ๕๖๗๘", "phone-kept", "+66812345678"),
        ("số của mình 0812 345 678 ạ", "phone-kept", "+84812345678"),
        ("手机号 138 1234 5678", "phone-kept", "+8613812345678"),
        ("call +44 20 7946 0018 please", "phone-kept", "+442079460018"),
    ],
)
def test_contact_details_are_kept_whatever_else_is_answered(
    text: str, rule: str, value: str
) -> None:
    """An address beside a question would be lost."""
    planned = decided(wrote(text))
    assert kinds_of(planned, rule) == ["update_contact", "tag"]
    (update, _) = (one for one in planned.intents if one.rule_id == rule)
    assert value in str(update.work)


def test_a_language_is_kept_only_where_none_is_known() -> None:
    """An agent's entry would be overwritten by a guess."""
    assert "language-kept" in acted(decided(wrote("ขอบคุณค่ะ")))
    assert "language-kept" not in acted(decided(wrote("ขอบคุณค่ะ", language="en")))
    assert "language-kept" not in acted(decided(wrote("thanks")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_vip_is_handed_to_a_colleague_whatever_the_question(language: str) -> None:
    """The best customers would talk to a machine."""
    about = wrote(QUESTIONS["price-list"][language][0], language=language)
    planned = decided(replace(about, tags=frozenset({"vip"})))
    assert kinds_of(planned, "vip-to-a-person") == ["reply", "hand_over"]
    assert [language_of(one) for one in answers(planned)] == [language]


def test_a_vip_is_known_by_the_remark_and_tagged_once() -> None:
    """Colleagues could not make a VIP of anybody."""
    about = wrote("hello", remark="since 2019, VIP (Mei)")
    assert {"vip-tagged", "vip-to-a-person"} <= acted(decided(about))
    assert "vip-tagged" not in acted(decided(replace(about, tags=frozenset({"vip"}))))
    assert not {"vip-tagged", "vip-to-a-person"} & acted(decided(wrote("hi", remark="vipers")))


def test_a_person_is_told_before_the_worker_falls_silent() -> None:
    """The hand-over would cancel its own announcement."""
    planned = decided(wrote("can I talk to a human"))
    assert kinds_of(planned, "wants-a-person") == ["reply", "tag", "hand_over"]


def test_new_conversations_leave_the_list_and_news_are_read() -> None:
    """The team's list of notifications would fill up with what needs nobody."""
    planned = decided(notified(201))
    assert kinds_of(planned, "new-conversation-dismissed") == ["dismiss"]
    assert kinds_of(decided(notified(304)), "team-news-read") == ["mark_read"]


@pytest.mark.parametrize("code", [0, 101, 204, 302, 999])
def test_notifications_for_people_are_left_to_them(code: int) -> None:
    """An assignment would disappear before anybody saw it."""
    assert acted(decided(notified(code))) == set()


def at_christmas(text: str, language: str) -> Facts:
    """A message on a Friday on which nobody works."""
    noon = datetime(2026, 12, 25, 4, 0, tzinfo=UTC)
    contact = Contact(id=CONTACT, first_name="Mei", language=language)
    names = shipped().rules.names
    return facts(
        text, at=noon, now=noon, contact=contact, vars=names.vars, calendars=names.calendars
    )


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "it has a dent", ("Christmas Day", "Monday 09:30")),
        ("zh-Hant", "件貨爛咗", ("聖誕節", "星期一上午9:30")),
        ("zh-Hans", "东西坏了", ("圣诞节", "星期一09:30")),
        ("vi", "Hàng bị móp rồi ạ", ("Christmas Day", "09:30 Thứ Hai")),
        ("th", "ของมีรอยบุบค่ะ", ("วันคริสต์มาส", "วันจันทร์ 09:30")),
    ],
)
def test_who_writes_while_nobody_is_there_is_told_when_somebody_will_be(
    language: str, text: str, told: tuple[str, ...]
) -> None:
    """Silence over the holidays is what customers remember of a shop."""
    world = World()
    planned = decided(at_christmas(text, language), world)
    (answer,) = answers(planned)
    assert acted(planned) == {"out-of-hours"}
    assert language_of(answer) == language
    assert all(words in answer for words in told), answer
    world.history.fired(planned.firings)
    assert answers(decided(at_christmas(text, language), world)) == [], "once until it opens"


def test_a_question_with_an_answer_gets_it_also_at_night() -> None:
    """Being told that nobody is there, below the price list, would be two answers to one."""
    planned = decided(at_christmas("How much is it?", "en"))
    assert [one.rule_id for one in planned.intents if one.visible] == ["price-list"]


def test_the_shipped_rules_loosen_no_guard() -> None:
    """What is copied from here would be unsafe."""
    assert not any(rule.allow_unsafe for rule in shipped().rules.rules)


def test_every_shipped_file_names_the_schema_in_its_first_line() -> None:
    """Editors would not complete anything."""
    for path in RULES.rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=./schema.json", path
