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
_MOST_PASSES = 8
"""What is mended may bring together what is odd in its turn; only nonsense does so many times."""

_LONG = 200  # characters from which a text is looked through for such piles


def _both(thai: str) -> str:
    """Thai characters and the Lao ones: that block repeats the layout 0x80 further on."""
    return thai + "".join(chr(ord(c) + 0x80) if c >= "\u0e00" else c for c in thai)


# Both scripts' marks are one set: who mixes them gets one order, too.
_TONES = _both("\u0e48-\u0e4b")
_ABOVE = _both("\u0e31\u0e34-\u0e37")
_BELOW = _both("\u0e38-\u0e3a")
_MARKS = _ABOVE + _BELOW + _TONES
_AM, _E, _NIKHAHIT = _both("\u0e33"), _both("\u0e40"), _both("\u0e4d")

_ODD = re.compile(  # a first look, so that well typed text costs one search
    f"[{_AM}{_E}{_NIKHAHIT}{_TONES}](?:(?<=[{_NIKHAHIT}])|(?<=[{_AM}])[{_AM}{_TONES}]"
    f"|(?<=[{_E}])[{_E}]|(?<=[{_TONES}])[{_ABOVE}{_NIKHAHIT}])"
)
# What comes before has its place already: a run of tones in front would be read again from each.
_SPLIT_AM = re.compile(f"(?:\u0e4d([{_TONES}]*)\u0e32|\u0ecd([{_TONES}]*)\u0eb2)([{_TONES}]*)")
# Whole runs, whether there is something to do or not: a search for more would take quadratic time.
_LATE_TONES = re.compile(f"[{_AM}][{_AM}{_TONES}]+")
_PILE = re.compile(f"[{_MARKS}]{{2,}}")
_SWAPPED = re.compile(f"[{_TONES}][{_ABOVE}]")
_RANKS = [re.compile(f"[{kind}]") for kind in (_ABOVE, _BELOW, _TONES)]


def mend_vowels(text: str) -> str:
    """Thai and Lao vowels and tones in one order; SARA AM one character, two SARA E one SARA AE."""
    for _ in range(_MOST_PASSES):
        if not _ODD.search(text):
            break
        before, text = text, _mended(text)
        if text == before:
            break
    return text


def _mended(text: str) -> str:
    text = _SPLIT_AM.sub(_joined_am, text)
    text = _LATE_TONES.sub(lambda late: "".join(sorted(late[0], key=_AM.__contains__)), text)
    text = _PILE.sub(_ordered, text)
    text = text.replace("\u0e40\u0e40", "\u0e41").replace("\u0ec0\u0ec0", "\u0ec1")
    # what was moved may stand beside marks that have an order of their own, or pile up anew
    return unicodedata.normalize("NFC", bound_marks(text))


def _joined_am(split: re.Match[str]) -> str:
    thai, lao, after = split.groups("")
    return thai + lao + after + ("\u0eb3" if "\u0ecd" in split[0] else "\u0e33")


def _ordered(pile: re.Match[str]) -> str:
    marks = pile[0]
    return "".join(sorted(marks, key=_rank)) if _SWAPPED.search(marks) else marks


def _rank(mark: str) -> int:
    return next(rank for rank, kind in enumerate(_RANKS) if kind.match(mark))


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
