"""`text`: what the customer wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from msgspec.structs import replace
from pydantic import AfterValidator, Field, ValidationInfo, model_validator
from typing_extensions import override

from worker.conditions.alternation import alternation
from worker.conditions.keyed import OneOrMany, complaint
from worker.conditions.logic import selective
from worker.conditions.offer import require_message
from worker.conditions.part import ConditionPart, load_context
from worker.conditions.pattern import Pattern, compiled, normalised
from worker.conditions.sought import (
    COMPARED,
    KEY,
    Comparison,
    Mention,
    Patterns,
    Sought,
    Wanted,
)
from worker.model.facts import Facts
from worker.model.rule import Touch
from worker.model.verdict import Answer, Near, Verdict
from worker.text.names import did_you_mean
from worker.text.normalise import normalise
from worker.text.phrase import PhraseMatcher


def _known(phrase: str, info: ValidationInfo) -> str:
    name = _set_name(phrase)
    if name:
        known = load_context(info)
        if known.whole and name not in known.phrases:
            near = did_you_mean(f"@{name}", [f"@{one}" for one in known.phrases])
            hint = near or "phrase sets are written under the top-level key 'phrases'"
            raise complaint("unknown_phrases", f"there is no phrase set '@{name}'", hint)
    elif not normalise(_literal(phrase)).plain:
        message = "this phrase is empty: no letter or digit of it is compared"
        raise complaint("empty_phrase", message, "write at least one visible character")
    return phrase


def _set_name(phrase: str) -> str:
    return phrase[1:].strip() if phrase.startswith("@") and not phrase.startswith("@@") else ""


def _literal(phrase: str) -> str:
    return phrase[1:] if phrase.startswith("@@") else phrase


Phrase = Annotated[str, AfterValidator(_known)]
Phrases = OneOrMany[Phrase] | None


class TextCondition(ConditionPart):
    """Holds when the customer's message has these words; a phrase alone means `mentions`.

    A list means one of. Several keys must all hold. `"@name"` stands for the phrases of that name
    (`"@@name"` for a text that begins with @). All but `raw: true` compare normalised texts: upper
    and lower case, full width, digits of any script and Traditional or Simplified are the same.
    """

    key: ClassVar[str] = KEY
    root: ClassVar[str] = "mentions"
    examples: ClassVar[tuple[str, ...]] = (
        "text: refund",
        "text: [refund, 退款, hoàn tiền, คืนเงิน]",
        "text: {mentions: delivery, fuzzy: true}",
        "text: {starts_with: order, matches: '[a-z]{2}\\d{6}'}",
        "text: {equals: giá, accents: exact}",
    )

    mentions: Phrases = Field(
        default=None,
        description="A word or words of the message; in scripts without spaces, a part of it.",
    )
    equals: Phrases = Field(default=None, description="The whole message.")
    starts_with: Phrases = Field(default=None, description="How the message begins.")
    ends_with: Phrases = Field(default=None, description="How the message ends.")
    contains: Phrases = Field(default=None, description="A plain substring, words or not.")
    matches: OneOrMany[Pattern] | None = Field(
        default=None,
        description="An RE2 pattern found in the message; named groups become `found.NAME`.",
    )
    accents: Literal["auto", "exact", "fold"] = Field(
        default="auto",
        description="auto: Latin accents count only when the message has any. exact: always. "
        "fold: never.",
    )
    fuzzy: bool = Field(
        default=False,
        description="`mentions` forgives one wrong letter from 4 letters, two from 8; Latin only.",
    )
    raw: bool = Field(default=False, description="`matches` sees the message as it was typed.")

    __slots__ = ("_sought",)
    if TYPE_CHECKING:
        _sought: tuple[Sought, ...]

    @model_validator(mode="after")
    def _compile(self, info: ValidationInfo) -> Self:
        require_message(info)
        phrases = (self.mentions, *(getattr(self, name) for name in COMPARED))
        if not self.matches and not any(phrases):
            message = "nothing to look for is given"
            raise complaint("no_operator", message, "write a phrase, or for instance {mentions: …}")
        if self.fuzzy and not self.mentions:
            raise complaint("useless_key", "'fuzzy' is for 'mentions'", "take it out")
        if self.raw and not self.matches:
            raise complaint("useless_key", "'raw' is for 'matches'", "take it out")
        if "accents" in self.model_fields_set and not any(phrases):
            message = "'accents' is for phrases, not for 'matches'"
            raise complaint("useless_key", message, "take it out")
        self._keep(_sought=tuple(self._keys(load_context(info).phrases)))
        return self

    def _keys(self, named: Mapping[str, tuple[str, ...]]) -> Iterator[Sought]:
        """One for each key that is given, the cheapest first."""
        if self.mentions:
            phrases = _spelled(self.mentions, named)
            yield Mention(PhraseMatcher(phrases, self.accents, fuzzy=self.fuzzy), self.fuzzy)
        for name in COMPARED:
            if given := getattr(self, name):
                wanted = (Wanted(one, normalise(one)) for one in _spelled(given, named))
                yield Comparison(name, tuple(wanted), self.accents)
        if self.matches:
            sources = [one if self.raw else normalised(one) for one in self.matches]
            patterns = tuple(self._searcher(source) for source in sources)
            groups = (set(pattern.groupindex) for pattern in patterns)
            yield Patterns(patterns, self.matches, frozenset().union(*groups), self.raw)

    def _searcher(self, source: str) -> Any:
        words = None if self.raw else alternation(source)
        return words or compiled(source, fold_case=not self.raw)

    @property
    def sought(self) -> tuple[Sought, ...]:
        """What each key that is given looks for; all must hold."""
        return self._sought

    @override
    def finds(self) -> frozenset[str]:
        return frozenset().union(*(one.named for one in self._patterns()))

    @override
    def misses(self) -> frozenset[str]:
        return frozenset().union(*(one.misses() for one in self._patterns()))

    def _patterns(self) -> Iterator[Patterns]:
        return (one for one in self._sought if isinstance(one, Patterns))

    @override
    def decide(self, facts: Facts) -> Verdict:
        text = facts.text
        if text is None:
            return self.undecided("the event has no message")
        verdict = self._sought[0].look(text)
        for one in self._sought[1:]:
            if verdict.answer is not Answer.YES:
                break
            verdict = _both(verdict, one.look(text))
        return verdict

    @override
    def near(self, facts: Facts) -> Near:
        text = facts.text
        if text is None:
            return Near()
        failed = (one for one in self._sought if one.look(text).answer is Answer.NO)
        return next((one.near(text) for one in failed), Near())

    @override
    def touch(self) -> Touch | None:
        touches = [one.touch() for one in self._sought]
        return selective([touch for touch in touches if touch is not None])


def _both(one: Verdict, other: Verdict) -> Verdict:
    """The answer of two keys, the first of which said yes."""
    if other.answer is not Answer.YES:
        return other
    because = f"{one.because}; {other.because}"
    found = {**one.found, **other.found}
    return replace(other, because=because, found=found, hits=one.hits + other.hits)


def _spelled(phrases: tuple[str, ...], named: Any) -> tuple[str, ...]:
    """The phrases with sets replaced by what they hold, each once."""
    spelled: dict[str, None] = {}
    for phrase in phrases:
        name = _set_name(phrase)
        spelled.update(dict.fromkeys(named.get(name, ()) if name else (_literal(phrase),)))
    return tuple(spelled)
