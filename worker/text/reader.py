"""The structure of a regular expression: alternatives, groups and what may be none at all.

Reads just enough of RE2's syntax to be sure. Source: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Generic, TypeVar

from worker.text.expressions import REPETITION, TOKEN

_ZERO = re.compile(r"[*?]|\{0")  # a repetition that may be none at all
_DEEPEST = 40

T = TypeVar("T")


class UnreadableError(Exception):
    """The pattern is not one this reader understands."""


class Reader(Generic[T]):
    """Reads one pattern from left to right, a group at a time.

    A subclass says what is known of a branch, and of several of which one matches.
    """

    def __init__(self, pattern: str) -> None:
        self.tokens = [token[0] for token in TOKEN.finditer(pattern)]
        self.at = 0

    def whole(self) -> T:
        """What is known of the pattern.

        Raises:
            UnreadableError: it cannot be read.
        """
        known = self.alternatives(0)
        if self.at != len(self.tokens):
            raise UnreadableError
        return known

    def branch(self, depth: int) -> T:
        """What is known of the tokens up to the next `|` or `)`, which are passed."""
        raise NotImplementedError

    def either(self, branches: Sequence[T]) -> T:
        """What is known where one of these matches."""
        raise NotImplementedError

    def alternatives(self, depth: int) -> T:
        """What is known of the branches up to the group's end."""
        if depth > _DEEPEST:
            raise UnreadableError
        branches = [self.branch(depth)]
        while self.next() == "|":
            self.at += 1
            branches.append(self.branch(depth))
        return self.either(branches)

    def next(self) -> str:
        """The token that is not passed yet; "" at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def group(self, depth: int) -> T:
        """What is known of the group whose opening was passed."""
        known = self.alternatives(depth + 1)
        if self.next() != ")":
            raise UnreadableError
        self.at += 1
        return known

    def repetition(self) -> tuple[bool, bool]:
        """Whether repetitions follow, and whether they allow none at all."""
        repeated = optional = False
        while (token := self.next()) and REPETITION.fullmatch(token):
            self.at += 1
            repeated = True
            optional = optional or _ZERO.match(token) is not None
        return repeated, optional
