"""Which rules are worth asking: found by what the event touches, not by going through the rules.

Every phrase of every rule is searched in one pass over the message. A rule is filed under the keys
of one of its conditions, the most selective one, and there by channel or message type, so that an
event meets only rules that are touched by it; the rest of a rule's keys is compared where a rule
has more. What is filed decides nothing: a candidate is still asked in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import re2
from ahocorasick_rs import BytesAhoCorasick, Implementation

from worker.model.event import EventKind
from worker.model.facts import Facts
from worker.model.rule import Rule, Touch
from worker.text.literals import required_literals

# Building an automaton holds the interpreter's lock, so a large one is built in pieces between
# which the event loop runs: about 15 ms a piece, one more pass of a microsecond per message.
_PHRASES_A_PIECE = 20_000
_PATTERNS_A_PIECE = 200

# For the states of one piece; RE2 starts afresh when they are used up.
_PATTERN_MEMORY_BYTES = 16 << 20

# The hits of one piece of a text are held in a list; a message of a megabyte may be nothing but
# hits.
_TEXT_PIECE_BYTES = 16_384

_ALWAYS = 0  # the key that every event touches


class _Keys:
    """Small numbers for what can be touched, the same number for the same thing."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, field_name: str, value: str) -> int:
        return self._numbers.setdefault((field_name, value), len(self._numbers) + 1)

    def known(self, field_name: str, value: str) -> int | None:
        return self._numbers.get((field_name, value))


def _spelling(name: str) -> str:
    """Channels and message types are one whatever their case."""
    return name.strip().casefold()


class _Phrases:
    """Finds which of many texts stand in a text."""

    def __init__(self, numbers: dict[str, int]) -> None:
        texts = sorted(numbers)
        pieces = [
            texts[at : at + _PHRASES_A_PIECE] for at in range(0, len(texts), _PHRASES_A_PIECE)
        ]
        self._pieces: list[tuple[BytesAhoCorasick, list[int]]] = []
        for piece in pieces:
            encoded = [text.encode() for text in piece]
            automaton = BytesAhoCorasick(encoded, implementation=Implementation.ContiguousNFA)
            self._pieces.append((automaton, [numbers[text] for text in piece]))
        self._longest = max((len(text.encode()) for text in texts), default=0)

    def find(self, text: str) -> set[int]:
        """The numbers of the texts that stand in `text`; may hold more for a text in many
        pieces.
        """
        hay = text.encode()
        if len(hay) <= _TEXT_PIECE_BYTES:
            return self._find(hay)
        step = _TEXT_PIECE_BYTES
        found: set[int] = set()
        for at in range(0, len(hay), step):
            found |= self._find(hay[at : at + step + self._longest])
        return found

    def _find(self, hay: bytes) -> set[int]:
        return {
            numbers[hit[0]]
            for automaton, numbers in self._pieces
            for hit in automaton.find_matches_as_indexes(hay, overlapping=True)
        }


class _Patterns:
    """Finds which of many RE2 patterns match a text."""

    def __init__(self, numbers: dict[str, int]) -> None:
        patterns = sorted(numbers)
        self._pieces: list[tuple[re2.Set, list[int]]] = []
        self._unsearched: set[int] = set()
        for at in range(0, len(patterns), _PATTERNS_A_PIECE):
            self._add(patterns[at : at + _PATTERNS_A_PIECE], numbers)

    def _add(self, patterns: list[str], numbers: dict[str, int]) -> None:
        compiled = _pattern_set(patterns)
        if compiled is not None:
            self._pieces.append((compiled, [numbers[pattern] for pattern in patterns]))
        elif len(patterns) == 1:
            self._unsearched.add(numbers[patterns[0]])
        else:
            half = len(patterns) // 2
            self._add(patterns[:half], numbers)
            self._add(patterns[half:], numbers)

    def find(self, text: str) -> set[int]:
        """The numbers of the patterns that match `text`, and of those it could not be told for."""
        found = set(self._unsearched)
        for patterns, numbers in self._pieces:
            hits = patterns.Match(text)
            # the pattern that matches everything is missing when the search ran out of memory
            found.update(numbers if hits is None else (numbers[hit - 1] for hit in hits if hit))
        return found


def _pattern_set(patterns: list[str]) -> re2.Set | None:
    """A set of one pattern that matches everything, then `patterns`; None where it is too large."""
    options = re2.Options()
    options.max_mem = _PATTERN_MEMORY_BYTES
    options.log_errors = False
    options.case_sensitive = False  # the text is case folded, whatever the pattern is
    compiled = re2.Set.SearchSet(options)
    try:
        for pattern in ("", *patterns):
            compiled.Add(pattern)
        compiled.Compile()
    except re2.error:
        return None
    return compiled


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

    One dictionary from numbers to numbers, a list only where rules share a place: ten thousands of
    small containers would make the garbage collector stop the event loop.
    """

    def __init__(self) -> None:
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
            self._anchors.add(key)
            for situation in within.keys if within else (_ALWAYS,):
                self._put(_place(key, situation), rule)

    def _put(self, place: int, rule: int) -> None:
        there = self._places.setdefault(place, rule)
        if isinstance(there, list):
            there.append(rule)
        elif there != rule:
            self._places[place] = [there, rule]

    def choose(self, touched: set[int], situations: Sequence[int]) -> set[int]:
        """The rules whose every condition is touched."""
        chosen: set[int] = set()
        places = self._places
        for key in touched & self._anchors:
            for situation in situations:
                there = places.get(_place(key, situation))
                if isinstance(there, list):
                    chosen.update(there)
                elif there is not None:
                    chosen.add(there)
        if not self._rest:
            return chosen
        return {rule for rule in chosen if self._touched_wholly(rule, touched)}

    def _touched_wholly(self, rule: int, touched: set[int]) -> bool:
        return not any(keys.isdisjoint(touched) for keys in self._rest.get(rule, ()))


def _place(key: int, situation: int) -> int:
    return key << 32 | situation


class RuleIndex:
    """Finds the rules that an event may fire, at a cost that does not grow with their number.

    Building takes about a second for 10,000 rules and may be done in a thread: the interpreter's
    lock is never held for long. Not changed afterwards; may be read from anywhere.

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
        self._phrases = _Phrases(phrases)
        self._patterns = _Patterns(patterns)
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
        keys |= {phrases.setdefault(text, self._keys.number("phrase", text)) for text in texts}
        situations = [("channel", name) for name in touch.channels]
        situations += [("type", name) for name in touch.types]
        keys |= {self._keys.number(name, _spelling(value)) for name, value in situations}
        return _Touches(
            frozenset(keys),
            narrow=narrow and not situations,
            situation=not narrow,
            shortest=min(map(len, texts), default=0),
        )
