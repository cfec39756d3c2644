"""The normalised forms of one text: made once per message by `worker.text`, read by every rule."""

from __future__ import annotations

from worker.model.noun import Noun


class MessageText(Noun, frozen=True):
    """One text in the forms that matching needs.

    Args:
        raw: as the customer wrote it.
        plain: normalised: NFKC, case folded, digits 0-9, invisible characters removed,
            white space runs to one space, Traditional to Simplified. Accents kept.
        folded: `plain` with Latin accents folded too (đ to d); what the index searches.
        accented: the message was typed with Latin accents, so `accents: auto` does not fold.
    """

    raw: str
    plain: str
    folded: str
    accented: bool
