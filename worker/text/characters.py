"""What one character becomes when a text is normalised: compatibility forms, case, digits,
invisibles.
"""

from __future__ import annotations

import unicodedata

from worker.text.han import simplified_forms

# A table entry is about 100 bytes; a text may hold any of a million characters.
_REMEMBERED = 30_000

_SARA_AM = frozenset("\u0e33\u0eb3")  # Thai and Lao: kept whole, see worker/text/spelling.py

# Typed by keyboards that mean well: the same character to a person.
_SAME = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u00b4\u0060\u2032\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\uff02", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    "\u0130": "i",
    "\u0131": "i",
}

_INVISIBLE = frozenset(
    [
        *range(0xFE00, 0xFE10),  # variation selectors: emoji or text style
        *range(0xE0100, 0xE01F0),  # variation selectors of Han characters
        *range(0x1F3FB, 0x1F400),  # skin tones
        *range(0x180B, 0x1810),  # Mongolian variation selectors
        0x20E3,  # the key cap around a digit
        0x034F,  # combining grapheme joiner
        *(0x115F, 0x1160, 0x3164, 0xFFA0),  # Hangul fillers
        *(0x17B4, 0x17B5),  # Khmer inherent vowels
    ]
)


class Characters(dict[int, str]):
    """A table for `str.translate` that fills itself: code point to normalised text.

    Never holds more than a fixed number of entries, whatever customers type.
    """

    def __missing__(self, code: int) -> str:
        form = self._form(chr(code), code)
        if len(self) < _REMEMBERED:
            self[code] = form
        return form

    def _form(self, character: str, code: int) -> str:
        fixed = _fixed_form(character)
        if fixed is not None:
            return fixed
        form = unicodedata.normalize("NFKC", character).casefold()
        if form == character:
            return simplified_forms().get(code, character)
        return "".join(self[ord(part)] for part in form)


def _fixed_form(character: str) -> str | None:
    """What a character becomes by its kind; None for one that Unicode's own forms decide."""
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"  # half a character: no encoder takes it, and it is no letter
    if category[0] == "Z" or character.isspace():
        return " "
    if ord(character) in _INVISIBLE or category in {"Cc", "Cf"}:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return character if character in _SARA_AM else _SAME.get(character)


CHARACTERS = Characters()


def visible(text: str) -> str:
    """`text` without the characters that nobody sees, white space aside; "" where none is seen."""
    hidden = {ord(one): None for one in set(text) if not CHARACTERS[ord(one)]}
    return text.translate(hidden) if hidden else text
