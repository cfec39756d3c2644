"""Which rules are worth asking: found by what the event touches, not by going through the rules.

Every phrase of every rule is searched in one pass over the message. A rule is filed under the keys
of one of its conditions, the most selective one, and there by channel or message type, so that an
event meets only rules that are touched by it; the rest of a rule's keys is compared where a rule
has more. What is filed decides nothing: a candidate is still asked in full.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.rule import Rule, Touch
from worker.text.literals import required_literals
from worker.text.scan import PatternScan, PhraseScan

_ALWAYS = 1 << 31
"""The key that every event touches. A phrase's key is its place in the scan; others are larger."""

_NOBODY, _SEVERAL = 0, 1
"""Slots that hold no rule: no key of a channel or type is as small as their upper half."""

_RULE = (1 << 32) - 1


class _Keys:
    """Numbers for what can be touched but phrases, the same number for the same thing."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, field_name: str, value: str) -> int:
        return self._numbers.setdefault((field_name, value), _ALWAYS + 1 + len(self._numbers))

    def known(self, field_name: str, value: str) -> int | None:
        return self._numbers.get((field_name, value))


def _spelling(name: str) -> str:
    """Channels and message types are one whatever their case."""
    return name.strip().casefold()


@dataclass(frozen=True, slots=True)
class _Touches:
    """One condition's keys; `narrow`: phrases and patterns only, `situation`: channels and types
    only.
    """

    keys: frozenset[int]
    narrow: bool
    situation: bool
    shortest: int


def _selectivity(touch: _Touches) -> tuple[bool, int, int]:
    """Longer phrases are rarer; a channel is shared by many rules; fewer keys are touched less
    often.
    """
    return touch.narrow, touch.shortest, -len(touch.keys)


class _Cabinet:
    """Rule numbers by what must be touched: the key of the rule's most selective condition, and a
    channel or type (`_ALWAYS`: any).

    Nearly every phrase is of one rule on one channel. Those lie in an array, a slot a phrase: the
    channel in the upper 32 bits, the rule in the lower. It stays in a processor's cache where
    dictionaries of ten thousands of numbers do not. What shares a key is in a dictionary, the key
    in the upper bits and the channel in the lower ones, a list only where rules share both: small
    containers by the thousand would make the garbage collector stop the event loop.
    """

    def __init__(self) -> None:
        self._slots = array("Q")
        self._anchors: set[int] = set()
        self._places: dict[int, int | list[int]] = {}
        self._rest: dict[int, tuple[frozenset[int], ...]] = {}

    def file(self, rule: int, touches: Sequence[_Touches]) -> None:
        """The rule stands under each key of its most selective condition."""
        anchor = max(touches, key=_selectivity, default=None)
        others = [touch for touch in touches if touch is not anchor]
        within = next((touch for touch in others if touch.situation), None)
        rest = tuple(touch.keys for touch in others if touch is not within)
        if rest:
            self._rest[rule] = rest
        for key in anchor.keys if anchor else (_ALWAYS,):
            for situation in within.keys if within else (_ALWAYS,):
                self._put(key, situation, rule)

    def _put(self, key: int, situation: int, rule: int) -> None:
        if key < _ALWAYS:
            if key >= len(self._slots):
                self._slots.extend([_NOBODY] * (key + 1 - len(self._slots)))
            slot = self._slots[key]
            if slot == _NOBODY:
                self._slots[key] = situation << 32 | rule
                return
            self._slots[key] = _SEVERAL
            if slot != _SEVERAL:
                self._share(key, slot >> 32, slot & _RULE)
        self._share(key, situation, rule)

    def _share(self, key: int, situation: int, rule: int) -> None:
        self._anchors.add(key)
        place = key << 32 | situation
        there = self._places.setdefault(place, rule)
        if isinstance(there, list):
            there.append(rule)
        elif there != rule:
            self._places[place] = [there, rule]

    def choose(self, touched: set[int], situations: Sequence[int]) -> set[int]:
        """The rules whose every condition is touched."""
        chosen: set[int] = set()
        slots = self._slots
        for key in touched:
            slot = slots[key] if key < len(slots) else _SEVERAL
            if slot >> 32 in situations:
                chosen.add(slot & _RULE)
            elif key in self._anchors:
                self._choose_shared(key, situations, chosen)
        if not self._rest:
            return chosen
        return {rule for rule in chosen if self._touched_wholly(rule, touched)}

    def _choose_shared(self, key: int, situations: Sequence[int], chosen: set[int]) -> None:
        for situation in situations:
            there = self._places.get(key << 32 | situation)
            if isinstance(there, list):
                chosen.update(there)
            elif there is not None:
                chosen.add(there)

    def _touched_wholly(self, rule: int, touched: set[int]) -> bool:
        return not any(keys.isdisjoint(touched) for keys in self._rest.get(rule, ()))


class RuleIndex:
    """Finds the rules that an event may fire, at a cost that does not grow with their number.

    Building takes less than a second for 10,000 rules and may be done in a thread: it never holds
    the interpreter's lock for long. Not changed afterwards; may be read from anywhere.

    Args:
        rules: in the order they are asked.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._keys = _Keys()
        self._cabinets: dict[EventKind, _Cabinet] = {}
        phrases: dict[str, int] = {}
        patterns: dict[str, int] = {}
        for number, rule in enumerate(self._rules):
            asked = (condition.touch() for condition in rule.conditions)
            touches = [
                self._touches(touch, phrases, patterns)
                for touch in asked
                if touch is not None and "" not in touch.phrases  # "" stands in every text
            ]
            for kind in {trigger.kind for trigger in rule.triggers}:
                self._cabinets.setdefault(kind, _Cabinet()).file(number, touches)
        self._phrases = PhraseScan(phrases)
        self._patterns = PatternScan(patterns)
        self._has_patterns = bool(patterns)

    def candidates(self, facts: Facts) -> list[Rule]:
        """The rules of which a trigger names one of the event's kinds and every condition is
        touched.

        In the order given to the index. Every rule that would answer yes is among them.
        """
        cabinets = [self._cabinets[kind] for kind in facts.kinds if kind in self._cabinets]
        if not cabinets:
            return []
        situation = self._situation(facts)
        touched = set(situation)
        if facts.text is not None:
            touched |= self._phrases.find(facts.text.folded)
            if self._has_patterns:
                touched |= self._patterns.find(facts.text.plain)
        chosen = cabinets[0].choose(touched, situation)
        for cabinet in cabinets[1:]:
            chosen |= cabinet.choose(touched, situation)
        return [self._rules[number] for number in sorted(chosen)]

    def _situation(self, facts: Facts) -> list[int]:
        """The keys of the event's channel and message type, and the one every event has."""
        found = [_ALWAYS]
        for holder in (facts.conversation, facts.notification, facts.contact):
            if holder is not None:
                self._note(found, "channel", holder.channel)
        if facts.message is not None:
            self._note(found, "type", facts.message.type)
        return found

    def _note(self, found: list[int], field_name: str, value: str) -> None:
        key = self._keys.known(field_name, _spelling(value))
        if key is not None and key not in found:
            found.append(key)

    def _touches(self, touch: Touch, phrases: dict[str, int], patterns: dict[str, int]) -> _Touches:
        texts = set(touch.phrases)
        keys: set[int] = set()
        for pattern in touch.patterns:
            literals = required_literals(pattern)
            if literals is not None:
                texts |= literals
            else:
                keys.add(patterns.setdefault(pattern, self._keys.number("pattern", pattern)))
        narrow = bool(texts or keys)
        keys |= {phrases.setdefault(text, len(phrases)) for text in texts}
        situations = [("channel", name) for name in touch.channels]
        situations += [("type", name) for name in touch.types]
        keys |= {self._keys.number(name, _spelling(value)) for name, value in situations}
        return _Touches(
            frozenset(keys),
            narrow=narrow and not situations,
            situation=not narrow,
            shortest=min(map(len, texts), default=0),
        )
