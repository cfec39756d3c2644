"""What of a contact rules have been told: a short hash for each field, and how many changes. Pure.

A contact's imprint is compared with what a list shows. It tells a change that is news from one that
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
class Imprint:
    """What was told of a contact.

    Args:
        told: changes so far, 0 for a contact that was only seen.
        hashes: one for each of `FIELDS`; empty where they were written for other fields.
    """

    told: int
    hashes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.told}:{''.join(self.hashes)}"


def read_imprint(text: str) -> Imprint | None:
    """The imprint as it was stored; None: of this contact nothing was told."""
    told, _, joined = text.partition(":")
    if not told:
        return None
    width = 2 * _BYTES
    hashes = tuple(joined[at : at + width] for at in range(0, len(joined), width))
    return Imprint(int(told), hashes if len(hashes) == len(FIELDS) else ())


def imprint_of(contact: Contact, told: int = 0) -> Imprint:
    """The imprint of a contact as it is now."""
    return Imprint(told, tuple(_hash(contact, name) for name in FIELDS))


def changes(imprint: Imprint, contact: Contact) -> tuple[str, ...]:
    """The fields that differ from what was told; none where the imprint is of other fields."""
    now = imprint_of(contact).hashes
    return tuple(
        name
        for name, before, after in zip(FIELDS, imprint.hashes, now, strict=False)
        if before != after
    )


def accounted(text: str, wrote: Wrote) -> str:
    """The imprint after this worker wrote: its own change is no news, somebody else's still is."""
    imprint = read_imprint(text)
    if imprint is None or not imprint.hashes:
        return text
    before, after = imprint_of(wrote.before).hashes, imprint_of(wrote.after).hashes
    ours = wrote.fields | {made for made, parts in _MADE_OF.items() if parts & wrote.fields}
    hashes = list(imprint.hashes)
    for place, name in enumerate(FIELDS):
        written = before[place] != after[place] and hashes[place] == before[place]
        # an earlier attempt may have arrived: what it left is found as if it had been there
        if written or (wrote.again and name in ours):
            hashes[place] = after[place]
    return str(replace(imprint, hashes=tuple(hashes)))


def _hash(contact: Contact, name: str) -> str:
    value = str(getattr(contact, name))
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()
