"""What of a contact rules have been told: a short hash for each field, and how many changes. Pure.

A contact's mark is compared with what a list shows. It tells a change that is news from one that
this worker made itself, and numbers the changes: a value that comes back is told again.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from hashlib import blake2b

from worker.model.action import Wrote
from worker.model.chat import CONTACT_TEXTS, Contact

FIELDS = (*CONTACT_TEXTS, "do_not_disturb")
"""What counts as a change. Not `last_seen`, which moves with every message, and not what has no
neutral name: nobody knows how often that changes by itself."""

_BYTES = 4
"""Of a field's hash: one change in four thousand million goes unseen."""

_MADE_OF: dict[str, AbstractSet[str]] = {"display_name": {"first_name", "last_name"}}
"""Fields that the platform makes of others. Source: facts §4.4."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What was told of a contact.

    Args:
        told: changes so far, 0 for a contact that was only seen.
        hashes: one for each of `FIELDS`; empty where they were written for other fields.
    """

    told: int
    hashes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.told}:{''.join(self.hashes)}"


def read_mark(text: str) -> Mark | None:
    """The mark as it was stored; None: of this contact nothing was told."""
    told, _, joined = text.partition(":")
    if not told:
        return None
    width = 2 * _BYTES
    hashes = tuple(joined[at : at + width] for at in range(0, len(joined), width))
    return Mark(int(told), hashes if len(hashes) == len(FIELDS) else ())


def mark_of(contact: Contact, told: int = 0) -> Mark:
    """The mark of a contact as it is now."""
    return Mark(told, tuple(_hash(contact, name) for name in FIELDS))


def changes(mark: Mark, contact: Contact) -> tuple[str, ...]:
    """The fields that differ from what was told; none where the mark is of other fields."""
    now = mark_of(contact).hashes
    return tuple(
        name
        for name, before, after in zip(FIELDS, mark.hashes, now, strict=False)
        if before != after
    )


def accounted(text: str, wrote: Wrote) -> str:
    """The mark after this worker wrote: its own change is no news, somebody else's still is."""
    mark = read_mark(text)
    if mark is None or not mark.hashes:
        return text
    before, after = mark_of(wrote.before).hashes, mark_of(wrote.after).hashes
    ours = wrote.fields | {made for made, parts in _MADE_OF.items() if parts & wrote.fields}
    hashes = list(mark.hashes)
    for place, name in enumerate(FIELDS):
        written = before[place] != after[place] and hashes[place] == before[place]
        # an earlier attempt may have arrived: what it left is found as if it had been there
        if written or (wrote.again and name in ours):
            hashes[place] = after[place]
    return str(replace(mark, hashes=tuple(hashes)))


def _hash(contact: Contact, name: str) -> str:
    value = str(getattr(contact, name))
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()
