"""Tags as `#words` at the end of a contact's remark, beside what people wrote there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set as AbstractSet

_TAIL = re.compile(r"(?:(?:^|(?<=\s))#\S+\s*)+$")
_WORD = re.compile(r"#(\S+)")


def split(remark: str, known: AbstractSet[str]) -> tuple[str, tuple[str, ...]]:
    """What people wrote, and the tags that are mirrored after it.

    Args:
        known: tags that are or were this worker's; any other `#word` is people's own.
    """
    tail = _TAIL.search(remark)
    if tail is None:
        return remark, ()
    words = _WORD.findall(tail[0])
    mirrored = tuple(word for word in words if _name(word) in known)
    if not mirrored:
        return remark, ()
    own = [f"#{word}" for word in words if _name(word) not in known]
    human = remark[: tail.start()].rstrip()
    return " ".join(part for part in (human, *own) if part), mirrored


def joined(human: str, tags: AbstractSet[str]) -> str:
    """The remark with the tags after what people wrote, in alphabetical order."""
    if not tags:
        return human
    return " ".join(part for part in (human.rstrip(), *(f"#{tag}" for tag in sorted(tags))) if part)


def retagged(remark: str, tags: AbstractSet[str], gone: AbstractSet[str]) -> str:
    """The remark showing exactly `tags`; unchanged where it does already.

    Args:
        gone: tags that may still be mirrored and are no longer true.
    """
    human, mirrored = split(remark, tags | gone)
    if len(mirrored) == len(tags) and {_name(word) for word in mirrored} == tags:
        return remark
    return joined(human, tags)


def rewritten(remark: str, human: str, tags: AbstractSet[str]) -> str:
    """The remark with new human text and the tags that were mirrored."""
    _, mirrored = split(remark, tags)
    return joined(human, {_name(word) for word in mirrored})


def _name(word: str) -> str:
    return unicodedata.normalize("NFC", word)
