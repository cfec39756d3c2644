"""Where a word begins and ends: letters of one script belong together, a change of script parts
them.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Scripts written without spaces, with their marks: a word of these has no visible edge.
# Source: Unicode Character Database, Blocks.txt.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # Han radicals, kana, bopomofo; Han numerals such as 〇
    (0x31A0, 0x4DBF),  # bopomofo and kana extensions, Han extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA9E0, 0xA9FF),  # Burmese extension
    (0xAA60, 0xAA7F),  # Burmese extension
    (0xF900, 0xFAFF),  # Han, compatibility
    (0x1AFF0, 0x1B16F),  # kana extensions
    (0x20000, 0x3FFFF),  # Han extensions B and later
)

_NONE, _UNSPACED_LETTER, _MARK, _DIGIT = "", "unspaced", "mark", "digit"
_STACKING = frozenset("\u1039\u17d2")  # Burmese and Khmer: the next letter is drawn below the last
_CLITIC = 3  # letters; what is shorter beside an apostrophe is no word by itself (what's, l'eau)


@lru_cache(maxsize=8192)
def script(character: str) -> str:
    """The script of a letter, "unspaced", "mark" or "digit"; "" for what belongs to no word."""
    category = unicodedata.category(character)
    if category[0] not in "LMN":
        return _NONE
    code = ord(character)
    if any(first <= code <= last for first, last in _UNSPACED):
        return _UNSPACED_LETTER
    if category[0] == "M":
        return _MARK
    if category[0] == "N":
        return _DIGIT
    return unicodedata.name(character, "unnamed").partition(" ")[0]


@lru_cache(maxsize=8192)
def joins_marks(character: str) -> bool:
    """The character is drawn onto the one before it, so that nothing may end between the two."""
    return unicodedata.category(character) in {"Mn", "Me"}


def joined(left: str, right: str) -> bool:
    """Two neighbours belong to one word of a script with spaces.

    Digits and marks belong to the letters beside them, whatever their script.
    """
    one, other = script(left), script(right)
    if not one or not other or _UNSPACED_LETTER in {one, other}:
        return False
    return one == other or not {_MARK, _DIGIT}.isdisjoint({one, other})


def _letter(character: str) -> bool:
    return script(character) not in {_NONE, _UNSPACED_LETTER, _MARK, _DIGIT}


def _run_from(text: str, at: int) -> int:
    """How many letters of one word stand from `at` on; counts no further than matters."""
    end = at + 1
    while end < len(text) and end - at < _CLITIC and joined(text[end - 1], text[end]):
        end += 1
    return end - at


def _run_to(text: str, at: int) -> int:
    """How many letters of one word stand before `at`; counts no further than matters."""
    start = at - 1
    while start > 0 and at - start < _CLITIC and joined(text[start - 1], text[start]):
        start -= 1
    return at - start


def _bridged_left(text: str, at: int) -> bool:
    """The sign before `at` binds the letter at `at` to the word before the sign."""
    sign, before, after = text[at - 1], text[at - 2], text[at]
    if sign == "_":
        return bool(script(before))
    if sign in ".,":
        return before.isdecimal() and after.isdecimal()
    return sign == "'" and _letter(before) and _run_from(text, at) < _CLITIC


def _bridged_right(text: str, at: int) -> bool:
    """The sign at `at` binds the letter before it to the word after the sign."""
    before, sign, after = text[at - 1], text[at], text[at + 1]
    if sign == "_":
        return bool(script(after))
    if sign in ".,":
        return before.isdecimal() and after.isdecimal()
    if sign != "'" or not _letter(after):
        return False
    negation = before == "n" and after == "t" and _run_from(text, at + 1) == 1
    return negation or _run_to(text, at) < _CLITIC


def starts_word(text: str, at: int) -> bool:
    """A phrase may begin at `at` in `text`.

    In a script with spaces only where a word begins; elsewhere anywhere. An underscore between
    letters and a point or comma between digits join (`order_id`, `3.5`); an apostrophe joins what
    is too short for a word to its neighbour (the s of `what's`).
    """
    if at == 0 or text[at - 1] == " ":
        return True
    first = text[at]
    kind = script(first)
    if not kind:
        return True
    if kind == _UNSPACED_LETTER:
        return text[at - 1] not in _STACKING
    if joined(text[at - 1], first):
        return False
    return at == 1 or text[at - 1] not in "_.,'" or not _bridged_left(text, at)


def ends_word(text: str, at: int) -> bool:
    """A phrase may end before `at` in `text`; the mirror of `starts_word`.

    Nowhere does it end before a mark that is drawn onto its last letter; `can` does not end in
    `can't`.
    """
    if at == len(text) or text[at] == " ":
        return True
    last = text[at - 1]
    kind = script(last)
    if not kind:
        return True
    if kind == _UNSPACED_LETTER:
        return not joins_marks(text[at])
    if joined(last, text[at]):
        return False
    return at + 1 == len(text) or text[at] not in "_.,'" or not _bridged_right(text, at)
