"""From a place in a normalised text back to the characters the customer typed."""

from __future__ import annotations

from bisect import bisect_left

from worker.model.text import MessageText
from worker.model.verdict import Form
from worker.text.normalise import normalise

# Normalising moves, joins and drops characters, at most a few at a time around one place.
_AROUND = 8


def typed(text: MessageText, form: Form, start: int, end: int) -> tuple[int, int] | None:
    """Where the piece `start` to `end` of one form of `text` stands in `text.raw`.

    None where it cannot be told: an empty piece, or one that only exists beside its neighbours.
    """
    if form == "raw":
        return (start, end) if start < end else None
    wanted = getattr(text, form)[start:end]
    if not wanted.strip():
        return None
    raw = text.raw
    first, last = _near(raw, form, start + 1) - 1, _near(raw, form, end)
    for finish in range(max(0, last - _AROUND), min(len(raw), last + _AROUND) + 1):
        for begin in range(min(finish, first + _AROUND), max(-1, first - _AROUND - 1), -1):
            if _form(raw[begin:finish], form) == wanted:
                return begin, _with_marks(raw, form, begin, finish, wanted)
    return None


def _near(raw: str, form: Form, length: int) -> int:
    """About how many characters of `raw` make so many of the form."""
    return bisect_left(range(len(raw)), length, key=lambda end: len(_form(raw[:end], form)))


def _with_marks(raw: str, form: Form, begin: int, finish: int, wanted: str) -> int:
    """The end of the piece with what is drawn onto its last character, or is invisible."""
    while finish < len(raw) and not raw[finish].isspace():
        if _form(raw[begin : finish + 1], form) != wanted:
            break
        finish += 1
    return finish


def _form(piece: str, form: Form) -> str:
    made: str = getattr(normalise(piece), form)
    return made
