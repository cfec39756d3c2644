"""What a phrase condition would have wanted: the phrase that came nearest, and the mend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from worker.model.text import MessageText
from worker.model.verdict import Near
from worker.text.fuzzy import allowed_edits, within
from worker.text.near import Likeness, likest, likest_whole
from worker.text.normalise import normalise
from worker.text.origin import typed

_LISTED = 5
_SHOWN = 40  # characters of one phrase
SITUATION = 0.4
"""The likeness of what is not the customer's words (a channel, a tag): too little by itself."""


def listed(values: Iterable[object]) -> str:
    """The first few, and how many more there are."""
    shown = [_short(str(value)) for value in values]
    more = len(shown) - _LISTED
    return ", ".join(shown[:_LISTED]) + (f" and {more} more" if more > 0 else "")


def quoted(phrases: Iterable[str]) -> str:
    """The first few phrases in quotes."""
    return listed(f"'{phrase}'" for phrase in phrases)


def nearest_mention(phrases: Sequence[str], text: MessageText, *, fuzzy: bool) -> Near:
    """The phrase that came nearest to being mentioned."""
    like = likest(phrases, text)
    if like is None:
        return Near(f"it looks for {quoted(phrases)}")
    return Near(
        f"closest phrase '{_short(like.phrase)}': {_mend(like, text, fuzzy=fuzzy)}", like.degree
    )


def nearest_whole(operator: str, phrases: Sequence[str], text: MessageText) -> Near:
    """The phrase that came nearest to `equals`, `starts_with`, `ends_with` or `contains`."""
    found = (
        likest([phrase], text)
        if operator == "contains"
        else likest_whole([phrase], _compared(operator, text.folded, phrase))
        for phrase in phrases
    )
    like = max((one for one in found if one), key=lambda one: one.degree, default=None)
    if like is None:
        return Near(f"{operator} {quoted(phrases)}")
    piece = _as_typed(like, text)
    hint = f"closest phrase '{_short(like.phrase)}' for {operator}: the message has '{piece}'"
    return Near(hint, like.degree)


def _compared(operator: str, folded: str, phrase: str) -> str:
    """The piece of the message that the operator compares with the phrase."""
    length = len(normalise(phrase).folded)
    if operator == "starts_with":
        return folded[:length]
    return folded[-length:] if operator == "ends_with" else folded


def _mend(like: Likeness, text: MessageText, *, fuzzy: bool) -> str:
    piece, wanted = _as_typed(like, text), normalise(like.phrase).folded
    if like.piece == wanted and wanted not in text.plain:
        return f"the message has '{piece}', and its accents differ; add '{piece}' to the phrases"
    if wanted in like.piece:
        return f"it is only a part of '{piece}', and phrases are whole words; add '{piece}'"
    add = f"the message has '{piece}'; add '{piece}' to the phrases"
    edits = allowed_edits(wanted)
    if not fuzzy and edits and within(like.piece, wanted, edits):
        return f"{add}, mend the phrase, or write fuzzy: true"
    return f"{add}, or mend the phrase"


def _as_typed(like: Likeness, text: MessageText) -> str:
    """The piece as the customer wrote it."""
    at = text.folded.find(like.piece)
    place = typed(text, "folded", at, at + len(like.piece)) if at >= 0 else None
    return _short(text.raw[slice(*place)] if place else like.piece)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
