"""Which named groups of a regular expression capture something in whatever it matches.

Reads as much of RE2's syntax as `worker.text.literals` does.
"""

from __future__ import annotations

import re
from collections import Counter

from worker.text.expressions import REPETITION, TOKEN
from worker.text.literals import ZERO, UnreadableError

_NAMED = re.compile(r"\(\?P?<(\w+)>")
_QUOTED = re.compile(r"\\[QE]")
_DEEPEST = 40


class _Reader:
    """Reads one pattern from left to right, a group at a time."""

    def __init__(self, pattern: str) -> None:
        self._tokens = [token[0] for token in TOKEN.finditer(pattern)]
        self._at = 0

    def whole(self) -> frozenset[str]:
        certain = self._alternatives(0)
        if self._at != len(self._tokens):
            raise UnreadableError
        named = Counter(found[1] for one in self._tokens if (found := _NAMED.fullmatch(one)))
        # of several groups with one name RE2 tells only one
        return frozenset(name for name in certain if named[name] == 1)

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _alternatives(self, depth: int) -> frozenset[str]:
        if depth > _DEEPEST:
            raise UnreadableError
        certain = self._branch(depth)
        while self._next() == "|":
            self._at += 1
            certain &= self._branch(depth)
        return certain

    def _branch(self, depth: int) -> frozenset[str]:
        certain: frozenset[str] = frozenset()
        while (token := self._next()) and token not in {"|", ")"}:
            self._at += 1
            inside: frozenset[str] = frozenset()
            if token[0] == "(" and token[-1] != ")":  # flags alone end themselves
                named = _NAMED.fullmatch(token)
                inside = self._group(depth) | ({named[1]} if named else set())
            if not self._may_be_none():
                certain |= inside
        return certain

    def _group(self, depth: int) -> frozenset[str]:
        certain = self._alternatives(depth + 1)
        if self._next() != ")":
            raise UnreadableError
        self._at += 1
        return certain

    def _may_be_none(self) -> bool:
        none = False
        while (token := self._next()) and REPETITION.fullmatch(token):
            self._at += 1
            none = none or ZERO.match(token) is not None
        return none


def certain_groups(pattern: str) -> frozenset[str] | None:
    """The named groups that take part in every match; None where that cannot be told."""
    if _QUOTED.search(pattern):
        return None
    try:
        return _Reader(pattern).whole()
    except UnreadableError:
        return None
