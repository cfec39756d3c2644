"""The one normaliser: messages, phrases and values all pass through here before they are
compared.
"""

from __future__ import annotations

import re
import unicodedata

from worker.model.text import MessageText
from worker.text.characters import CHARACTERS
from worker.text.spelling import bound_marks, mend_tones, mend_vowels

_CONTROLS = {code: None for code in (*range(32), 127) if not chr(code).isspace()}

_LOOSE = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0"
_LATIN = "a-z\u00df-\u00f6\u00f8-\u024f\u0250-\u02af\u1e00-\u1eff\u2c60-\u2c7f"
_ACCENTED = re.compile(f"[\u00df-\u00f6\u00f8-\u024f\u1e00-\u1eff{_LOOSE}]")
_MAYBE_LOOSE = re.compile(f"[{_LOOSE}]")
_LOOSE_MARKS = re.compile(f"(?<=[{_LATIN}])[{_LOOSE}]+")
_DOTTED_I = re.compile("i\u0307+")

# Latin letters whose stroke or joint Unicode does not take apart.
_STROKES = {
    **dict(zip("đħıłøŧƀɨɉƶǥꞑɍⱥȼɇɏʉ", "dhilotbijzgnraceyu", strict=True)),
    "æ": "ae",
    "œ": "oe",
}


LONGEST_READ = 20_000
"""Characters of a message that phrases are looked for in. No channel lets a person send as many;
reading a megabyte would keep everybody else waiting for a second."""


def _fold_table() -> dict[int, str]:
    letters = {code: chr(code) for code in range(128)}  # a missing entry costs an exception
    for code in (*range(0xDF, 0x250), *range(0x1E00, 0x1F00)):
        letter = chr(code)
        base = unicodedata.normalize("NFD", letter)[0]
        base = _STROKES.get(base, base)
        if base != letter and base.isascii():
            letters[code] = base
    return letters | {ord(letter): base for letter, base in _STROKES.items()}


_FOLDED = _fold_table()


def fold(plain: str) -> str:
    """`plain` without Latin accents, đ to d included; marks of other scripts stay.

    Args:
        plain: in the form of `MessageText.plain`.
    """
    if plain.isascii() or not _ACCENTED.search(plain):
        return plain
    folded = plain.translate(_FOLDED)
    return _LOOSE_MARKS.sub("", folded) if _MAYBE_LOOSE.search(folded) else folded


def _plain_ascii(raw: str) -> str:
    text = raw.lower()
    if "`" in text:
        text = text.replace("`", "'")
    if not text.isprintable():
        text = text.translate(_CONTROLS)
    return " ".join(text.split())


def _plain(raw: str) -> str:
    text = bound_marks(raw.translate(CHARACTERS))
    text = " ".join(text.split())
    if text.isascii():
        return text
    if "\u0307" in text:
        text = _DOTTED_I.sub("i", text)
    text = mend_vowels(unicodedata.normalize("NFC", text))
    return mend_tones(text) if _ACCENTED.search(text) else text


def normalise(raw: str) -> MessageText:
    """The forms of `raw` that rules compare; never raises, takes linear time.

    `plain` is NFKC, case folded (ß to ss, İ and ı to i), every decimal digit 0-9, without
    zero-width and other invisible characters, emoji variation selectors and skin tones, white space
    runs one space, Chinese Simplified. Kept composed: é is one character, and so is Thai SARA AM.
    Curly quotes and apostrophes are straight, dashes are hyphens. Half a surrogate pair is U+FFFD.
    """
    if raw.isascii():
        plain = _plain_ascii(raw)
        return MessageText(raw, plain, plain, accented=False)
    plain = _plain(raw)
    folded = fold(plain)
    return MessageText(raw, plain, folded, accented=folded != plain)
