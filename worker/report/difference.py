"""Which words of a text changed."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

# Words; single characters in scripts without spaces, each with the marks it carries.
_TOKEN = re.compile(
    r"[\u0e00-\u0e7f][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*"
    r"|[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\W\u0e00-\u0e7f\u2e80-\u9fff\uf900-\ufaff]+|\s+|.",
    re.DOTALL,
)

Piece = tuple[str, str]
"""What became of it (`same`, `gone`, `new`), and its text."""


def pieces(before: str, after: str) -> list[Piece]:
    """Both texts in one: what stays, what goes and what comes, in order."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    told: list[Piece] = []
    for way, begin, end, other_begin, other_end in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if way == "equal":
            told.append(("same", "".join(old[begin:end])))
            continue
        if end > begin:
            told.append(("gone", "".join(old[begin:end])))
        if other_end > other_begin:
            told.append(("new", "".join(new[other_begin:other_end])))
    return told
