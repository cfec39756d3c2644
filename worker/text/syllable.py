"""Which texts are Vietnamese: by letters no other language has, else by the shape of every word."""

from __future__ import annotations

import re
import unicodedata

# Letters with a horn, a hook or a dot below, stacked accents, and đ.
_ONLY_VIETNAMESE = re.compile("[\u01a0\u01a1\u01af\u01b0\u0110\u0111\u1ea0-\u1ef9]")

_WORD = re.compile(r"[^\W\d_]+")
_MOST_WORDS = 50  # the language of a message shows well before that

# A Vietnamese word is one syllable: an onset, a nucleus, a coda from a short list.
_ONSET = "(?:b|ch?|d|gh?|gi|h|kh?|l|m|ngh?|nh?|ph?|qu|r|s|th?|tr|v|x)?"
_NUCLEUS = (
    "(?:i[êe]u?|y[êe]u?|uy[êe]?|uya|uô?i?|oa[iyo]?|oă|oe[o]?|u[âê]y?|ia|ua|iu|ưu|ưa|"
    "ai|ao|au|ay|âu|ây|eo|êu|oi|ôi|ui|uy|[aăâeêioôuy])"
)
_CODA = "(?:ch?|m|ng|nh?|p|t)?"
_SYLLABLE = re.compile(_ONSET + _NUCLEUS + _CODA)
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0303"))

# In a syllable of two vowels and no coda the tone is on the first: Italian più and già differ.
_MISPLACED_TONE = re.compile("(?<!g)(?<!q)[iu][àáãèéìíùú]$")


def _syllable(word: str) -> bool:
    if _MISPLACED_TONE.search(word):
        return False
    bare = unicodedata.normalize("NFC", unicodedata.normalize("NFD", word).translate(_TONES))
    return _SYLLABLE.fullmatch(bare) is not None


def has_vietnamese_letters(text: str) -> bool:
    """`text` has a letter that only Vietnamese has."""
    return _ONLY_VIETNAMESE.search(unicodedata.normalize("NFC", text)) is not None


def looks_vietnamese(text: str) -> bool:
    """`text` is two or more words, all possible Vietnamese syllables and one accented (`giá bao
    nhiêu`).

    Short sentences of other languages can look so too.
    """
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())[:_MOST_WORDS]
    accented = any(not word.isascii() for word in words)
    return accented and len(words) > 1 and all(map(_syllable, words))
