"""Comparisons of texts as `mentions` sees them: both sides normalised, accents by the same three
words.

`wanted` is normalised once by the caller, with `worker.text.normalise.normalise`.
"""

from __future__ import annotations

import unicodedata

from worker.model.text import MessageText
from worker.text.phrase import Accents, folds


def _sides(text: MessageText, wanted: MessageText, accents: Accents) -> tuple[str, str]:
    if folds(text, accents):
        return text.folded, wanted.folded
    return text.plain, wanted.plain


def equals(text: MessageText, wanted: MessageText, accents: Accents = "auto") -> bool:
    """The whole of `text` is `wanted`."""
    one, other = _sides(text, wanted, accents)
    return one == other


def starts_with(text: MessageText, wanted: MessageText, accents: Accents = "auto") -> bool:
    """`text` begins with `wanted`, also in the middle of a word."""
    one, other = _sides(text, wanted, accents)
    return one.startswith(other)


def ends_with(text: MessageText, wanted: MessageText, accents: Accents = "auto") -> bool:
    """`text` ends with `wanted`, also in the middle of a word."""
    one, other = _sides(text, wanted, accents)
    return one.endswith(other)


def contains(text: MessageText, wanted: MessageText, accents: Accents = "auto") -> bool:
    """`wanted` is a substring of `text`, words or not."""
    one, other = _sides(text, wanted, accents)
    return other in one


def folded_keys(wanted: MessageText) -> frozenset[str] | None:
    """Texts of which one must stand in `MessageText.folded` for any of these comparisons to hold.

    None where there are none: an empty `wanted`, or one that begins with a loose mark, which
    folding may take away with the letter before it.
    """
    key = wanted.folded
    return frozenset([key]) if key and not unicodedata.combining(key[0]) else None
