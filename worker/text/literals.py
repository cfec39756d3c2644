"""What a regular expression cannot match without: texts of which one must stand in whatever it
matches.

Reads just enough of RE2's syntax to be sure; what it does not know it takes for anything.
Source: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
import unicodedata

from worker.text.expressions import REPETITION, TOKEN
from worker.text.normalise import fold

_NO_LITERAL = re.compile(r"\\[QCX]|\(\?[a-zA-Z-]*\)")
_LEADING_FLAGS = re.compile(r"\(\?[imsU]+\)")
ZERO = re.compile(r"[*?]|\{0")  # a repetition that may be none at all
_WILD = frozenset(".^$")

# More alternatives than this select nothing; a pattern longer than this is not read.
_MOST_LITERALS = 64
_LONGEST = 4000
_DEEPEST = 40

_Choice = frozenset[str] | None  # of these texts one must be there; None: nothing is known


def _better(one: _Choice, other: _Choice) -> _Choice:
    """The choice that is rarer in messages: the one whose shortest text is longer."""
    if one is None or other is None:
        return other if one is None else one
    return one if min(map(len, one)) >= min(map(len, other)) else other


class UnreadableError(Exception):
    """The pattern is not one this reader understands."""


class _Reader:
    """Reads one pattern from left to right, a group at a time."""

    def __init__(self, pattern: str) -> None:
        self._tokens = [token[0] for token in TOKEN.finditer(pattern)]
        self._at = 0

    def whole(self) -> _Choice:
        choice = self._alternatives(0)
        if self._at != len(self._tokens):
            raise UnreadableError
        return choice

    def _alternatives(self, depth: int) -> _Choice:
        if depth > _DEEPEST:
            raise UnreadableError
        branches = [self._branch(depth)]
        while self._next() == "|":
            self._at += 1
            branches.append(self._branch(depth))
        texts: set[str] = set()
        for branch in branches:
            if branch is None:
                return None
            texts |= branch
        return frozenset(texts) if len(texts) <= _MOST_LITERALS else None

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _branch(self, depth: int) -> _Choice:
        best: _Choice = None
        run = ""
        while (token := self._next()) and token not in {"|", ")"}:
            if REPETITION.fullmatch(token):
                raise UnreadableError
            self._at += 1
            group = token[0] == "("
            choice = self._group(depth) if group else None
            literal = "" if group else _literal(token)
            repeated, optional = self._repetition()
            if literal and not repeated:
                run += literal
                continue
            best = _better(best, _single(run))
            run = ""
            if literal and not optional:
                choice = _single(literal)
            if not optional:
                best = _better(best, choice)
        return _better(best, _single(run))

    def _group(self, depth: int) -> _Choice:
        choice = self._alternatives(depth + 1)
        if self._next() != ")":
            raise UnreadableError
        self._at += 1
        return choice

    def _repetition(self) -> tuple[bool, bool]:
        """Whether repetitions follow, and whether they allow none at all."""
        repeated = optional = False
        while (token := self._next()) and REPETITION.fullmatch(token):
            self._at += 1
            repeated = True
            optional = optional or ZERO.match(token) is not None
        return repeated, optional


def _literal(token: str) -> str:
    """The text a token stands for, folded; "" where it stands for anything else."""
    if len(token) == 1:
        text = "" if token in _WILD else token
    else:
        escaped = token[1:]
        plain_escape = token[0] == "\\" and len(escaped) == 1 and not escaped.isalnum()
        text = escaped if plain_escape else ""
    return text.casefold()


def _single(run: str) -> _Choice:
    key = fold(unicodedata.normalize("NFC", run))
    while key and unicodedata.combining(key[0]):
        key = key[1:]  # folding may have taken it away in the message
    return frozenset([key]) if key else None


def required_literals(pattern: str) -> frozenset[str] | None:
    """Texts of which one stands in `MessageText.folded` whenever `pattern` matches in `plain`.

    None where no such texts are known.

    Args:
        pattern: RE2 syntax; flags may stand at its start.
    """
    pattern = _LEADING_FLAGS.sub("", pattern, count=1) if pattern.startswith("(?") else pattern
    if len(pattern) > _LONGEST or _NO_LITERAL.search(pattern):
        return None
    try:
        return _Reader(pattern).whole()
    except UnreadableError:
        return None
