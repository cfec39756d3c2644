"""What is said to follow does follow, for every message that was thought of."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import TypeAdapter

from worker.conditions import CONDITIONS
from worker.conditions.language import speaks
from worker.conditions.part import AnyCondition, ConditionPart
from worker.model.event import Event, EventKind
from worker.model.facts import Facts
from worker.model.ids import AccountId, EventId
from worker.model.verdict import Answer
from worker.ruleset.likeness import Traces, follows, marks
from worker.ruleset.load import check_rules
from worker.text.normalise import normalise

NOW = datetime(2026, 11, 2, tzinfo=UTC)
read = TypeAdapter[ConditionPart](AnyCondition).validate_python
WORDS = ("price", "Price", "list", "s", "t", "n", "don", "giá", "gia", "vé", "ve", "đồ", "æ", "ae")
UNSPACED = ("價錢", "价钱", "表", "ราคา", "ไม่", "ไม้", "မ္မ")
SIGNS = (" ", " ", " ", "", "'", ".", ",", "_", "-", "?", "5", "\u0301")
KEYS = ("mentions", "mentions", "equals", "starts_with", "ends_with", "contains")


def text_of(random: Random, most: int) -> str:
    """Words and signs in any order."""
    parts: list[str] = []
    for _ in range(random.randint(1, most)):
        parts += (random.choice(WORDS + UNSPACED), random.choice(SIGNS))
    return "".join(parts[random.choice((0, 0, 0, 1)) : len(parts) - random.randint(0, 1)])


def phrases(random: Random) -> list[str]:
    """Some that can be compared."""
    made = [text_of(random, 2) for _ in range(random.randint(1, 2))]
    return [phrase for phrase in made if normalise(phrase).plain] or ["price"]


def condition_on_text(random: Random, depth: int = 0) -> dict[str, Any]:
    """A condition as an author may write it."""
    if depth < 2 and random.random() < 0.2:
        inner = [condition_on_text(random, depth + 1) for _ in range(2)]
        return {random.choice(("any", "all")): inner}
    form: dict[str, Any] = {
        key: phrases(random) for key in random.sample(KEYS, random.choice((1, 1, 2)))
    }
    if random.random() < 0.4:
        form["accents"] = random.choice(("exact", "fold"))
    if "mentions" in form and random.random() < 0.15:
        form["fuzzy"] = True
    return {"text": form}


def narrower(random: Random, wide: Any) -> Any:
    """The same with more around its phrases, or with another operator."""
    if isinstance(wide, list):
        return [narrower(random, one) for one in wide]
    if isinstance(wide, dict):
        other = random.choice(KEYS) if random.random() < 0.3 else ""
        renamed = {other if other and key in KEYS else key: one for key, one in wide.items()}
        return {
            key: one if key in ("accents", "fuzzy") else narrower(random, one)
            for key, one in renamed.items()
            if key != "fuzzy" or "mentions" in renamed
        }
    around = [random.choice(("", "", random.choice(WORDS))) + random.choice(SIGNS) for _ in "ab"]
    return random.choice((wide, wide.upper(), wide.join(around), wide + around[0]))


def holds(condition: ConditionPart, text: str) -> bool:
    """Asked as the engine does."""
    event = Event(id=EventId(""), account=AccountId(""), kind=EventKind.MESSAGE_RECEIVED, at=NOW)
    facts = Facts(now=NOW, event=event, kinds=frozenset({event.kind}), text=normalise(text))
    return condition.decide(facts).answer is Answer.YES


def all_phrases(raw: Any) -> list[str]:
    """Every phrase of a condition."""
    if isinstance(raw, list):
        return [phrase for one in raw for phrase in all_phrases(one)]
    if isinstance(raw, dict):
        return [phrase for one in raw.values() for phrase in all_phrases(one)]
    return [raw] if isinstance(raw, str) and raw not in ("exact", "fold") else []


def messages(random: Random, narrow: Any) -> list[str]:
    """Messages that the narrow condition may hold for: its phrases, and something around them."""
    made = [*all_phrases(narrow)]
    for _ in range(12):
        around = [random.choice(all_phrases(narrow)) for _ in range(random.randint(1, 2))]
        texts = [random.choice(SIGNS + WORDS), *around, random.choice(SIGNS + WORDS)]
        made.append(random.choice(SIGNS).join(texts))
    return made


@pytest.mark.parametrize("seed", range(8))
def test_whatever_satisfies_the_narrow_condition_satisfies_the_wide_one(seed: int) -> None:
    """A false warning makes an author take out a rule that somebody needs."""
    random = Random(seed)
    followed = 0
    for _ in range(600):
        wider = condition_on_text(random)
        raw = wider, random.choice((narrower(random, wider), condition_on_text(random)))
        wide, narrow = map(read, raw)
        if not follows(wide, narrow):
            continue
        followed += 1
        found = set(Traces(marks(wide), [narrow]).of(narrow))
        assert found & marks(wide), f"never compared: {raw}"
        for text in messages(random, raw[1]):
            if holds(narrow, text):
                assert holds(wide, text), f"{raw} {text!r}"
    assert followed > 50


def test_a_wider_language_is_spoken_by_all_whom_the_narrower_takes() -> None:
    """`language: zh` before `zh-HK` leaves nothing; `zh-Hans` before it leaves everything."""
    tags = (
        "zh",
        "zh-Hant",
        "zh-Hans",
        "zh-HK",
        "zh_TW",
        "zh-Hans-HK",
        "yue",
        "en",
        "EN",
        "en-GB",
        "th",
        "vi",
    )
    texts = (None, "", "hello", "價錢", "价钱", "好", "ราคา", "bao nhiêu tiền", "かな", "佢哋")
    implied = set()
    for wide, narrow in product(tags, repeat=2):
        if not follows(read({"language": wide}), read({"language": narrow})):
            continue
        implied.add((wide, narrow))
        for contact, text in product(("", "zh-CN", "ja", "zh-Hant-HK", *tags), texts):
            if speaks(narrow, contact, text):
                assert speaks(wide, contact, text), (wide, narrow, contact, text)
    assert {("zh", "zh-HK"), ("zh-Hant", "zh-HK"), ("en", "en-GB"), ("EN", "en")} <= implied
    assert ("zh-Hans", "zh-HK") not in implied


CALENDARS = "".join(
    f'  {name}: {{timezone: Asia/Hong_Kong, open: {{mon-fri: "09:00-18:00"}}}}\n'
    for name in ("shop", "support", "office")
)
EXAMPLES = [(part.key, example) for part in CONDITIONS for example in part.examples]


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_every_condition_takes_all_that_the_same_condition_takes(
    tmp_path: Path, kind: str, example: str
) -> None:
    """A rule would be silent and nobody be told, or the check of two good rules end in an error."""
    when = "notification.created" if kind == "notification" else "message.received"
    rules = "".join(
        f"  - id: {name}\n    when: {when}\n    if:\n      - {example}\n    do: [{{reply: Hi}}]\n"
        for name in ("first", "second")
    )
    path = tmp_path / "rules.yaml"
    path.write_text(f"calendars:\n{CALENDARS}rules:\n{rules}", "utf-8")
    ruleset, problems = check_rules(path)
    assert ruleset is not None, problems
    silent = [problem for problem in problems if "this rule can never act" in problem.message]
    assert len(silent) == (0 if kind == "extract" else 1)  # what it found may fail in a template
