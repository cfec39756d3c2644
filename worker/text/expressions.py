"""Patterns whose literal characters are those that texts have after they were normalised.

A pattern is searched in a text of another form than its author typed, so its literal characters are
brought to that form too; what is syntax stays. Where a form depends on what stands beside it, and a
pattern leaves that open, either form matches.
Source: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

from worker.text.boundary import script

TOKEN = re.compile(
    r"\\Q.*?(?:\\E|\Z)"
    r"|\\(?:[pP](?:\{[^}]*\}|.)|x(?:\{[^}]*\}|..)|[0-7]{1,3}|.)"
    r"|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]"
    r"|\(\?[a-zA-Z-]*\)"
    r"|\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?"
    r"|(?:[*+?]|\{\d+(?:,\d*)?\})\??"
    r"|.",
    re.DOTALL,
)
"""A quotation, an escape, a character class, flags, the opening of a group with its flags, a
repetition, or one character."""

REPETITION = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\??")

_MEMBER = r"(?:\\[pP](?:\{[^}]*\}|.)|\\x(?:\{[^}]*\}|..)|\\.|\[:\^?\w+:\]|.)"
_MEMBERS = re.compile(rf"{_MEMBER}(?:-{_MEMBER})?", re.DOTALL)
_CLASS = re.compile(r"(\[\^?)(.+)\]", re.DOTALL)

_SYNTAX = frozenset("\\.+*?()[]{}^$|")
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_ONCE = re.compile(r"[*+?]|\{[01][,}]")  # a repetition that may be exactly one
_BESIDE = ".\u4e00"  # beside a literal: the edge of a word, or a letter that leaves it as it is
_LONGEST = 2000  # characters of a literal; nobody writes so many, and a form may be cut there

Form = Callable[[str], str]
"""What becomes of a text before patterns are searched in it."""


class _Token(NamedTuple):
    source: str
    character: str = ""  # of a literal; "" for syntax


def respelled(pattern: str, form: Form, *, trims: bool = False) -> str:
    """The pattern as it must be to be searched in texts of that form.

    Args:
        pattern: RE2 syntax.
        form: keeps what it is given twice.
        trims: texts of that form neither begin nor end with white space, so that a space at an edge
            of the pattern is the text's edge too.
    """
    return "".join(_Speller(pattern, form, trims=trims).pieces())


def unseen_edge(pattern: str) -> str:
    r"""The first letter beside a `\b` that `\b` takes for none: it knows ASCII; or ""."""
    composed = unicodedata.normalize("NFC", pattern)
    nothing = _Token("")
    tokens = [one for one in _tokens(composed) if one.source[0] not in "()"]
    tokens = [nothing, *(one for one in tokens if not REPETITION.fullmatch(one.source)), nothing]
    for before, edge, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if edge.source == r"\b" and not (_seen(before) or _seen(after)):
            for letter in (before.character, after.character):
                if not letter.isascii() and script(letter):
                    return letter
    return ""


def _seen(token: _Token) -> bool:
    r"""A letter or digit that `\b` knows, so that it sees an edge beside any other."""
    if token.source in (r"\w", r"\d"):
        return True
    return token.character.isascii() and (token.character.isalnum() or token.character == "_")


class _Speller:
    """Writes one pattern anew, from left to right, a run of literals at a time."""

    def __init__(self, pattern: str, form: Form, *, trims: bool) -> None:
        self._form = form
        self._trims = trims
        self._tokens = list(_tokens(pattern))
        self._at = 0
        self._depth = 0
        self._begins = True  # nothing stands before in this branch of the whole pattern

    def pieces(self) -> Iterator[str]:
        """What the pattern becomes, piece by piece."""
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.character:
                yield self._run()
                self._begins = False
            else:
                self._at += 1
                yield self._syntax(token.source)

    def _syntax(self, source: str) -> str:
        if source[0] == "(" and source[-1] == ")":  # flags alone
            return source
        if source[0] == "(":
            self._depth += 1
        elif source == ")":
            self._depth -= 1
        self._begins = source == "|" and self._depth == 0
        return self._class(source) if source[0] == "[" and len(source) > 1 else source

    def _run(self) -> str:
        start = self._at
        while self._at < len(self._tokens) and self._tokens[self._at].character:
            self._at += 1
        run = self._tokens[start : self._at]
        repetition = self._next()
        if REPETITION.fullmatch(repetition):
            self._at += 1
            return self._repeated(run, repetition)
        ends = repetition == "" or (repetition == "|" and self._depth == 0)
        typed = "".join(token.character for token in run)
        forms = self._forms(typed)
        edges = typed[0].isspace() or typed[-1].isspace()
        if _alike(typed, forms) and not (edges and self._trims):
            return "".join(token.source for token in run)
        return _either(self._edged(one, begins=self._begins, ends=ends) for one in forms)

    def _next(self) -> str:
        return self._tokens[self._at].source if self._at < len(self._tokens) else ""

    def _repeated(self, run: Sequence[_Token], repetition: str) -> str:
        """A run of which the last character is repeated, or what one has become of it."""
        written = "".join(token.character for token in run)
        typed = unicodedata.normalize("NFC", written)
        while len(typed) > 1 and self._forms(typed[-1]) == [""]:
            # an invisible end of what is seen as one character
            typed, repetition = typed[:-1], repetition if repetition[0] == "+" else "{1}"
        whole, last = self._forms(typed), self._forms(typed[-1])
        if typed == written and _alike(typed, whole):
            return "".join(token.source for token in run) + repetition
        before = self._forms(typed[:-1])
        apart = _either(self._edged(one, begins=self._begins, ends=False) for one in before)
        apart += _atom(last) + repetition
        made = {one + other for one in before for other in last}
        joined = [one for one in whole if one not in made] if _ONCE.match(repetition) else []
        return f"(?:{'|'.join([*map(_escaped, joined), apart])})" if joined else apart

    def _forms(self, typed: str) -> list[str]:
        """What a literal can become, depending on what stands beside it."""
        if len(typed) > _LONGEST:
            return [typed]
        edge, letter = (self._between(typed, one, one) for one in _BESIDE)
        if edge == letter:  # nearly all
            return [edge]
        mixed = (self._between(typed, one, other) for one, other in permutations(_BESIDE))
        return list(dict.fromkeys([edge, *mixed, letter]))

    def _between(self, typed: str, before: str, after: str) -> str:
        return self._form(f"{before}{typed}{after}")[1:-1]

    def _edged(self, text: str, *, begins: bool, ends: bool) -> str:
        """The literal as syntax; white space at the pattern's edge is the text's edge, too."""
        begins = begins and self._trims and text.startswith(" ")
        ends = ends and self._trims and text.endswith(" ")
        if text == " " and begins and ends:
            return text
        middle = _escaped(text[1 if begins else 0 : -1 if ends else None])
        return ("(?:\\A| )" if begins else "") + middle + ("(?: |\\z)" if ends else "")

    def _class(self, source: str) -> str:
        """A character class; members that become one other character are that one."""
        found = _CLASS.fullmatch(unicodedata.normalize("NFC", source))
        if found is None:
            return source
        return found[1] + _MEMBERS.sub(self._member, found[2]) + "]"

    def _member(self, found: re.Match[str]) -> str:
        typed = found[0]
        if len(typed) > 1:
            return typed
        forms = self._forms(typed)
        if _alike(typed, forms) or len(forms) > 1 or len(forms[0]) != 1:
            return typed
        return f"\\{forms[0]}" if forms[0] in "\\]^-[" else forms[0]


def _tokens(pattern: str) -> Iterator[_Token]:
    for found in TOKEN.finditer(pattern):
        source = found[0]
        if source.startswith("\\Q"):
            quoted = source.removeprefix("\\Q").removesuffix("\\E")
            yield from (_Token(_escaped(character), character) for character in quoted)
        else:
            yield _Token(source, _character(source))


def _character(source: str) -> str:
    """The character a token stands for; "" where it is syntax."""
    if len(source) == 1:
        return "" if source in _SYNTAX else source
    if source[0] != "\\":
        return ""
    escaped = source[1:]
    if escaped[0] == "x":
        return chr(int(escaped[1:].strip("{}"), 16))
    return _CONTROLS.get(escaped, "" if len(escaped) > 1 or escaped.isalnum() else escaped)


def _alike(typed: str, forms: Sequence[str]) -> bool:
    """It stays as it is; the case of Latin letters is left to the search."""
    return list(forms) == [typed] or (typed.isascii() and list(forms) == [typed.lower()])


def _escaped(text: str) -> str:
    return "".join(f"\\{one}" if one in _SYNTAX else one for one in text)


def _either(written: Iterable[str]) -> str:
    """One of these pieces of a pattern."""
    every = list(written)
    return every[0] if len(every) == 1 else f"(?:{'|'.join(every)})"


def _atom(forms: Sequence[str]) -> str:
    """One of these texts, so that what follows repeats the whole of it."""
    if len(forms) == 1 and len(forms[0]) == 1:
        return _escaped(forms[0])
    return f"(?:{'|'.join(map(_escaped, forms))})"
