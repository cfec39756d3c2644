"""Closest known names: what "did you mean" offers."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LISTED = 20  # more names than this are a page, not a hint


def closest(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, or "" where none is near."""
    folded = {candidate.casefold(): candidate for candidate in known}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else ""


def did_you_mean(name: str, known: Iterable[str], meant: str = "") -> str:
    """A hint for an unknown name: the nearest known one, else the list where it is short.

    Args:
        meant: the known one, where the unknown name is another word for it.
    """
    names = sorted(set(known))
    near = meant or closest(name, names)
    if near:
        return f"did you mean '{near}'?"
    if 0 < len(names) <= _LISTED:
        return f"known: {', '.join(names)}"
    return ""
