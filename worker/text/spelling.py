"""Spellings that look the same but are typed differently: mark order, Thai vowels, Vietnamese
tones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

# No language piles up this many marks; a longer pile makes composition quadratic.
# Source: Unicode Standard Annex 15, stream-safe text format.
_MOST_MARKS = 30
_LONG = 200  # characters from which a text is looked through for such piles


def _thai_and_lao(pattern: str) -> str:
    """`pattern`, written for Thai, for Lao: the block repeats Thai's layout 0x80 further on."""
    return "".join(chr(ord(c) + 0x80) if "\u0e00" <= c < "\u0e80" else c for c in pattern)


_TONES = "\u0e48-\u0e4b"
_ABOVE = "\u0e31\u0e34-\u0e37"
_BELOW = "\u0e38-\u0e3a"
_MARKS = _ABOVE + _BELOW + _TONES

_ODD = (  # a first look, so that well typed text costs one search
    f"[\u0e33\u0e40\u0e4d{_TONES}](?:(?<=\u0e4d)|(?<=\u0e33)[{_TONES}]"
    f"|(?<=\u0e40)\u0e40|(?<=[{_TONES}])[{_ABOVE}\u0e4d])"
)
_SPLIT_AM = f"([{_TONES}]*)\u0e4d([{_TONES}]*)\u0e32([{_TONES}]*)"
_LATE_TONE = f"\u0e33([{_TONES}]+)"
_PILE = f"[{_MARKS}]*[{_TONES}][{_ABOVE}][{_MARKS}]*"


class _Abugida:
    """The spellings of one of the two scripts, Thai or Lao."""

    def __init__(self, *, thai: bool) -> None:
        here = str if thai else _thai_and_lao
        self._odd = re.compile(here(_ODD))
        self._split_am = re.compile(here(_SPLIT_AM))
        self._late_tone = re.compile(here(_LATE_TONE))
        self._pile = re.compile(here(_PILE))
        self._above = re.compile(here(f"[{_ABOVE}]"))
        self._below = re.compile(here(f"[{_BELOW}]"))
        self._am, self._e, self._ae = here("\u0e33"), here("\u0e40"), here("\u0e41")

    def _rank(self, mark: str) -> int:
        return 0 if self._above.match(mark) else 1 if self._below.match(mark) else 2

    def mend(self, text: str) -> str:
        if not self._odd.search(text):
            return text
        text = self._split_am.sub(rf"\1\2\3{self._am}", text)
        text = self._late_tone.sub(rf"\1{self._am}", text)
        text = self._pile.sub(lambda pile: "".join(sorted(pile[0], key=self._rank)), text)
        return text.replace(self._e * 2, self._ae)


_THAI, _LAO = _Abugida(thai=True), _Abugida(thai=False)


def mend_vowels(text: str) -> str:
    """Thai and Lao vowels and tones in one order; SARA AM one character, two SARA E one SARA AE."""
    return _LAO.mend(_THAI.mend(text))


def _ranges(codes: Iterable[int]) -> str:
    return "".join(f"\\U{code:08x}" for code in codes)


@cache
def _piled_marks() -> re.Pattern[str]:
    codes = (code for code in range(0x300, 0x20000) if unicodedata.combining(chr(code)))
    marks = _ranges(codes)
    return re.compile(f"([{marks}]{{{_MOST_MARKS}}})[{marks}]+")


def bound_marks(text: str) -> str:
    """`text` with no more than 30 combining marks in a row, so that composing it takes linear
    time.
    """
    if len(text) < _LONG or text.isascii():
        return text
    return _piled_marks().sub(r"\1", text)


# hoà and hòa, thuý and thúy are one word in two schools of spelling: the tone moves to the first
# vowel of an open syllable. Only whole Vietnamese syllables, so that other languages' words keep
# theirs.
_ONSETS = "b|ch?|d|đ|gh?|h|kh?|l|m|ngh?|nh?|ph?|r|s|th?|tr|v|x"
_NEW_TONE = re.compile(
    rf"(?<!\w)((?:{_ONSETS})?)(?:o([àáảãạèéẻẽẹ])|u([ỳýỷỹỵ]))(?!\w)",
)
_MAYBE_NEW_TONE = re.compile("o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ]")
_OLD_TONE = {
    **dict(zip("àáảãạ", ("òa", "óa", "ỏa", "õa", "ọa"), strict=True)),
    **dict(zip("èéẻẽẹ", ("òe", "óe", "ỏe", "õe", "ọe"), strict=True)),
    **dict(zip("ỳýỷỹỵ", ("ùy", "úy", "ủy", "ũy", "ụy"), strict=True)),
}


def mend_tones(text: str) -> str:
    """Vietnamese open syllables with the tone on the first vowel: hóa, never hoá."""
    if not _MAYBE_NEW_TONE.search(text):
        return text
    return _NEW_TONE.sub(lambda word: word[1] + _OLD_TONE[word[2] or word[3]], text)
