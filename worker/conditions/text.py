"""`text`: what the customer wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, PrivateAttr, ValidationInfo, model_validator
from typing_extensions import override

from worker.conditions.alternation import Alternation, alternation
from worker.conditions.keyed import OneOrMany, complaint
from worker.conditions.logic import selective
from worker.conditions.near import nearest_mention, nearest_whole, quoted
from worker.conditions.part import ConditionPart, load_context, require_message
from worker.conditions.pattern import Pattern, compiled, normalised
from worker.model.facts import Facts
from worker.model.rule import Touch
from worker.model.text import MessageText
from worker.model.verdict import Answer, Form, Hit, Near, Verdict
from worker.text import compare
from worker.text.names import did_you_mean
from worker.text.normalise import normalise
from worker.text.phrase import PhraseMatcher, folds

_COMPARED = {
    "equals": compare.equals,
    "starts_with": compare.starts_with,
    "ends_with": compare.ends_with,
    "contains": compare.contains,
}
_SHOWN = 40  # characters of a pattern in a trace


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


class _Wanted(NamedTuple):
    phrase: str
    form: MessageText


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What a message is asked. `named`: some pattern has named groups."""

    mentioned: PhraseMatcher | None
    compared: tuple[tuple[str, tuple[_Wanted, ...]], ...]
    patterns: tuple[tuple[str, Any], ...]
    named: bool


class TextCondition(ConditionPart):
    """Holds when the customer's message has these words; a phrase alone means `mentions`.

    A list means one of. Several keys must all hold. `"@name"` stands for the phrases of that name
    (`"@@name"` for a text that begins with @). All but `raw: true` compare normalised texts: upper
    and lower case, full width, digits of any script and Traditional or Simplified are the same.
    """

    key: ClassVar[str] = "text"
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

    _made: _Compiled | None = PrivateAttr(default=None)

    @cached_property
    def _compiled(self) -> _Compiled:
        # pydantic looks private attributes up slowly, and this one is read for every message
        if self._made is None:
            raise RuntimeError("a condition is made by validation")
        return self._made

    @model_validator(mode="after")
    def _compile(self, info: ValidationInfo) -> Self:
        require_message(info)
        asked = (self.mentions, self.matches, *(getattr(self, name) for name in _COMPARED))
        if not any(asked):
            message = "nothing to look for is given"
            raise complaint("no_operator", message, "write a phrase, or for instance {mentions: …}")
        if self.fuzzy and not self.mentions:
            raise complaint("useless_key", "'fuzzy' is for 'mentions'", "take it out")
        if self.raw and not self.matches:
            raise complaint("useless_key", "'raw' is for 'matches'", "take it out")
        named = load_context(info).phrases
        mentioned = None
        if self.mentions:
            phrases = _spelled(self.mentions, named)
            mentioned = PhraseMatcher(phrases, self.accents, fuzzy=self.fuzzy)
        compared = tuple(
            (name, tuple(_Wanted(one, normalise(one)) for one in _spelled(given, named)))
            for name in _COMPARED
            if (given := getattr(self, name))
        )
        sources = [one if self.raw else normalised(one) for one in self.matches or ()]
        patterns = tuple((source, self._searcher(source)) for source in sources)
        groups = any(pattern.groupindex for _, pattern in patterns)
        self._made = _Compiled(mentioned, compared, patterns, groups)
        return self

    def _searcher(self, source: str) -> Any:
        words = None if self.raw else alternation(source)
        return words or compiled(source, fold_case=not self.raw)

    @override
    def finds(self) -> frozenset[str]:
        return frozenset().union(
            *(set(pattern.groupindex) for _, pattern in self._compiled.patterns)
        )

    @override
    def decide(self, facts: Facts) -> Verdict:
        text = facts.text
        if text is None:
            return self.undecided("the event has no message")
        made = self._compiled
        if made.mentioned is not None and not made.compared and not made.patterns:
            # nearly every condition is of this one key: nothing has to be gathered
            hit, because = self._mention(made.mentioned, text)
            if hit is None:
                return self.answer(holds=False, because=because)
            return Verdict(Answer.YES, self.key, because, hits=(hit,))
        said: list[str] = []
        hits: list[Hit] = []
        found: dict[str, str] = {}
        for hit, because in self._asked(text, found):
            if hit is None:
                return self.answer(holds=False, because=because)
            said.append(because)
            hits.append(hit)
        return Verdict(Answer.YES, self.key, "; ".join(said), found=found, hits=tuple(hits))

    def _asked(self, text: MessageText, found: dict[str, str]) -> Iterator[tuple[Hit | None, str]]:
        """One answer for each key, in the order of cost; no hit is a no."""
        made = self._compiled
        if made.mentioned is not None:
            yield self._mention(made.mentioned, text)
        for name, wanted in made.compared:
            yield self._compare(name, wanted, text)
        if made.patterns:
            yield self._match(made, text, found)

    def _mention(self, matcher: PhraseMatcher, text: MessageText) -> tuple[Hit | None, str]:
        match = matcher.search(text)
        if match is None:
            return None, f"mentions none of {len(matcher.phrases)} phrases"
        form: Form = "folded" if folds(text, self.accents) else "plain"
        return Hit(match.phrase, form, match.start, match.end), f"mentions '{match.phrase}'"

    def _compare(
        self, name: str, wanted: tuple[_Wanted, ...], text: MessageText
    ) -> tuple[Hit | None, str]:
        for one in wanted:
            if _COMPARED[name](text, one.form, self.accents):
                folded = folds(text, self.accents)
                hay, needle = (
                    (text.folded, one.form.folded) if folded else (text.plain, one.form.plain)
                )
                start = hay.rfind(needle) if name == "ends_with" else hay.find(needle)
                form: Form = "folded" if folded else "plain"
                hit = Hit(one.phrase, form, start, start + len(needle))
                return hit, f"{name} '{one.phrase}'"
        return None, f"{name}: none of {len(wanted)} phrases"

    def _match(
        self, made: _Compiled, text: MessageText, found: dict[str, str]
    ) -> tuple[Hit | None, str]:
        searched = text.raw if self.raw else text.plain
        for source, pattern in made.patterns:
            match = pattern.search(searched)
            if match is not None:
                if made.named:
                    groups = match.groupdict()
                    found.update({key: value for key, value in groups.items() if value is not None})
                form: Form = "raw" if self.raw else "plain"
                shown = source[:_SHOWN]
                return Hit(shown, form, match.start(), match.end()), f"matches '{shown}'"
        return None, f"matches none of {len(made.patterns)} patterns"

    @override
    def near(self, facts: Facts) -> Near:
        text, made = facts.text, self._compiled
        if text is None:
            return Near()
        if made.mentioned is not None and self._mention(made.mentioned, text)[0] is None:
            return nearest_mention(made.mentioned.phrases, text, fuzzy=self.fuzzy)
        for name, wanted in made.compared:
            if self._compare(name, wanted, text)[0] is None:
                return nearest_whole(name, [one.phrase for one in wanted], text)
        return Near(f"it looks for {quoted(source for source, _ in made.patterns)}")

    @override
    def touch(self) -> Touch | None:
        touches: list[Touch] = []
        made = self._compiled
        if made.mentioned is not None:
            keys = made.mentioned.folded_keys()
            touches += [Touch(phrases=keys)] if keys is not None else []
        for _, wanted in made.compared:
            choices = [compare.folded_keys(one.form) for one in wanted]
            known = [keys for keys in choices if keys is not None]
            if len(known) == len(choices):
                touches.append(Touch(phrases=frozenset().union(*known)))
        if made.patterns and not self.raw:
            touches.append(_touched_by(made.patterns))
        return selective(touches)


def _touched_by(patterns: tuple[tuple[str, Any], ...]) -> Touch:
    """Patterns of plain words are looked up as phrases, the others as patterns."""
    phrases: set[str] = set()
    others: set[str] = set()
    for source, pattern in patterns:
        words = pattern.words if isinstance(pattern, Alternation) else ()
        keys = [compare.folded_keys(normalise(word)) for word in words]
        known = [found for found in keys if found is not None]
        if words and len(known) == len(words):
            phrases |= frozenset().union(*known)
        else:
            others.add(f"(?i){source}")
    return Touch(phrases=frozenset(phrases), patterns=frozenset(others))


def _spelled(phrases: tuple[str, ...], named: Any) -> tuple[str, ...]:
    """The phrases with sets replaced by what they hold, each once."""
    spelled: dict[str, None] = {}
    for phrase in phrases:
        name = _set_name(phrase)
        spelled.update(dict.fromkeys(named.get(name, ()) if name else (_literal(phrase),)))
    return tuple(spelled)
