"""Which named groups of a regular expression capture something in whatever it matches."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from typing_extensions import override

from worker.text.reader import Reader, UnreadableError

_NAMED = re.compile(r"\(\?P?<(\w+)>")
_QUOTED = re.compile(r"\\[QE]")


class _Certain(Reader[frozenset[str]]):
    """Reads which named groups take part in every match."""

    @override
    def whole(self) -> frozenset[str]:
        certain = super().whole()
        named = Counter(found[1] for one in self.tokens if (found := _NAMED.fullmatch(one)))
        # of several groups with one name RE2 tells only one
        return frozenset(name for name in certain if named[name] == 1)

    @override
    def either(self, branches: Sequence[frozenset[str]]) -> frozenset[str]:
        return frozenset.intersection(*branches)

    @override
    def branch(self, depth: int) -> frozenset[str]:
        certain: frozenset[str] = frozenset()
        while (token := self.next()) and token not in {"|", ")"}:
            self.at += 1
            inside: frozenset[str] = frozenset()
            if token[0] == "(" and token[-1] != ")":  # flags alone end themselves
                named = _NAMED.fullmatch(token)
                inside = self.group(depth) | ({named[1]} if named else set())
            _, optional = self.repetition()
            if not optional:
                certain |= inside
        return certain


def certain_groups(pattern: str) -> frozenset[str] | None:
    """The named groups that take part in every match; None where that cannot be told."""
    if _QUOTED.search(pattern):
        return None
    try:
        return _Certain(pattern).whole()
    except UnreadableError:
        return None
