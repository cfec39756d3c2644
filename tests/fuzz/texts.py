"""Whatever a customer types, the normaliser and the phrase matcher answer, and agree."""

from __future__ import annotations

from typing import Final, get_args

from worker.log import one_line
from worker.text.normalise import normalise
from worker.text.phrase import Accents, PhraseMatcher, searched

ACCENTS: Final[tuple[Accents, ...]] = get_args(Accents)


def fuzz_texts(fed: bytes) -> None:
    """The first two bytes choose how it is matched and where the phrase ends; the rest is text.

    Raises:
        Exception: a finding.
    """
    if len(fed) < 2:
        return
    text = fed[2:].decode("utf-8", "surrogateescape")
    cut = fed[1] % 32
    match_text(text[:cut], text[cut:], ACCENTS[fed[0] % len(ACCENTS)], fuzzy=fed[0] >= 128)


def match_text(phrase: str, text: str, accents: Accents, *, fuzzy: bool) -> None:
    """Normalising is idempotent, a match lies where it says, a phrase mentions itself."""
    form = normalise(text)
    again = normalise(form.plain)
    assert again.plain == form.plain
    assert form.folded == again.folded
    assert "\n" not in one_line(text)
    form.plain.encode()
    matcher = PhraseMatcher((phrase,), accents, fuzzy=fuzzy)
    found = matcher.search(form)
    if found is not None:
        hay, wanted = getattr(form, found.form), getattr(normalise(phrase), found.form)
        assert hay == searched(form, accents)
        assert fuzzy or hay[found.start : found.end] == wanted
    assert (matcher.search(normalise(phrase)) is not None) == bool(normalise(phrase).plain)
