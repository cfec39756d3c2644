"""What a regular expression cannot match without: texts of which one must stand in whatever it
matches.

Reads just enough of RE2's syntax to be sure; what it does not know it takes for anything.
Source: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from typing_extensions import override

from worker.text.expressions import REPETITION
from worker.text.normalise import fold
from worker.text.reader import Reader, UnreadableError

_NO_LITERAL = re.compile(r"\\[QCX]|\(\?[a-zA-Z-]*\)")
_LEADING_FLAGS = re.compile(r"\(\?[imsU]+\)")
_WILD = frozenset(".^$")

# More alternatives than this select nothing; a pattern longer than this is not read.
_MOST_LITERALS = 64
_LONGEST = 4000

_Choice = frozenset[str] | None  # of these texts one must be there; None: nothing is known


def _better(one: _Choice, other: _Choice) -> _Choice:
    """The choice that is rarer in messages: the one whose shortest text is longer."""
    if one is None or other is None:
        return other if one is None else one
    return one if min(map(len, one)) >= min(map(len, other)) else other


class _Literals(Reader[_Choice]):
    """Reads what must stand in a text."""

    @override
    def either(self, branches: Sequence[_Choice]) -> _Choice:
        texts: set[str] = set()
        for branch in branches:
            if branch is None:
                return None
            texts |= branch
        return frozenset(texts) if len(texts) <= _MOST_LITERALS else None

    @override
    def branch(self, depth: int) -> _Choice:
        best: _Choice = None
        run = ""
        while (token := self.next()) and token not in {"|", ")"}:
            if REPETITION.fullmatch(token):
                raise UnreadableError
            self.at += 1
            group = token[0] == "("
            choice = self.group(depth) if group else None
            literal = "" if group else _literal(token)
            repeated, optional = self.repetition()
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
        return _Literals(pattern).whole()
    except UnreadableError:
        return None
