"""`language`: what the customer speaks."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from typing_extensions import override

from worker.conditions.keyed import OneOrMany, complaint
from worker.conditions.near import SITUATION, listed
from worker.conditions.part import ConditionPart
from worker.model.facts import Facts
from worker.model.verdict import Near, Verdict
from worker.text.codes import is_language, slip_of
from worker.text.language import choose_language, falls_back, never_written, script_language
from worker.text.names import closest

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_NONE = "zxx"  # BCP 47 for "no language"


# Source: ISO 639-1 and ISO 3166-1: codes of countries that are no codes of languages.
_COUNTRIES = {
    "cn": "zh-Hans",
    "hk": "zh-Hant",
    "mo": "zh-Hant",
    "jp": "ja",
    "kh": "km",
    "mm": "my",
    "vn": "vi",
    "gb": "en",
    "us": "en",
}
# Source: ISO 15924; Chinese is written in these; another one is a slip.
_NO_CHINESE_SCRIPT = re.compile(
    r"zh[-_](?!hans|hant|latn|bopo|hani)[a-z]{4}(?![a-z0-9])", re.IGNORECASE
)


def tag_problem(text: str) -> PydanticCustomError | None:
    """Why this is no BCP 47 tag of a language, and which one was perhaps meant; None: it is one."""
    hint = "for instance en, zh-Hant, zh-Hans, vi, th"
    meant = _COUNTRIES.get(text.lower())
    primary = re.split("[-_]", text)[0].lower()
    if _NO_CHINESE_SCRIPT.match(text):
        meant = closest(text, ("zh-Hans", "zh-Hant"))
    if meant:
        hint = f"did you mean '{meant}'?"
    elif _TAG.fullmatch(text) and is_language(primary):
        return None
    elif near := slip_of(primary):
        hint = f"did you mean '{near}'?"
    return complaint("bad_language", f"'{text}' is no language tag (BCP 47)", hint)


def spelled_twice(tag: str, first: dict[str, str]) -> PydanticCustomError | None:
    """The complaint about a tag that a mapping has already, perhaps in another spelling; None:
    it is new, and is in `first` now.

    Args:
        first: the tags before it, by their one spelling.
    """
    before = first.setdefault(falls_back(tag)[0], tag)
    if before == tag:
        return None
    message = f"'{tag}' is the same language as '{before}', which stands here already"
    return complaint("bad_language", message, "put them together, or take one out")


def _tag(text: str) -> str:
    problem = tag_problem(text)
    if problem is not None:
        raise problem
    return text


LanguageTag = Annotated[str, AfterValidator(_tag)]


def speaks(wanted: str, contact_language: str, text: str | None) -> bool:
    """A text in `wanted` would be right for this customer, and not only the nearest there is."""
    primary = wanted.replace("_", "-").split("-")[0].lower()
    offered = [_NONE, wanted]
    if primary == "zh" and wanted.lower() != "zh":
        offered += ["zh-Hant", "zh-Hans"]
    offered += never_written(primary)
    offered.append(primary)
    seen = script_language(text or "")
    if seen and seen.split("-")[0] != primary:
        offered.append(seen)  # else the contact's language, though ruled out, would be the nearest
    distinct = list({tag.lower().replace("_", "-"): tag for tag in reversed(offered)}.values())
    distinct.reverse()
    chosen = choose_language(distinct, contact_language=contact_language, message_text=text)
    return chosen.lower() == wanted.lower()


class LanguageCondition(ConditionPart):
    """Holds when the customer's language is one of these (BCP 47).

    It is the contact's language, unless the script of the message rules that out; without one, the
    message's. `zh` takes every Chinese, `zh-Hant` also `zh-TW` and `zh-HK`.
    """

    key: ClassVar[str] = "language"
    root: ClassVar[str] = "tags"
    mapping: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("language: th", "language: [zh-Hant, en]")

    tags: OneOrMany[LanguageTag]

    @override
    def decide(self, facts: Facts) -> Verdict:
        text = facts.message.text if facts.message is not None else None
        seen = script_language(text or "")
        if facts.contact is None and not seen:
            return self.undecided("neither the contact nor the message tells the language")
        spoken = facts.contact.language if facts.contact is not None else ""
        holds = any(speaks(tag, spoken, text) for tag in self.tags)
        said = f"the contact's language is {spoken or 'empty'}"
        return self.answer(holds=holds, because=f"{said}, the message's {seen or 'not certain'}")

    @override
    def near(self, facts: Facts) -> Near:
        return Near(f"it holds for {listed(self.tags)}", SITUATION)
