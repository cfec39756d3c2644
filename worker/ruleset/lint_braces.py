"""Warnings of names to fill in that stand in single braces: customers would read them so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from worker.conditions.fields import ROOTS
from worker.errors import Problem
from worker.ruleset.building import Written
from worker.ruleset.lint_walk import warning
from worker.ruleset.shared import Loc

# One brace, or two apart, or the wide ones of Chinese keyboards: none of them fills anything in.
_SINGLE = re.compile(
    r"(?<!\{)(?:\{\s+)?[{｛]\s*"
    rf"(?P<name>(?:{'|'.join(sorted(ROOTS))})(?:\.\w+)+)\s*(?:\|[^{{}}｛｝]*)?[}}｝]"
)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_NO_TEMPLATES = frozenset({"if", "extract", "tag"})
"""Keys of steps below which nothing is filled in."""


def warnings_of_braces(written: Written) -> Iterator[Problem]:
    """Names in braces that reach the customer as they stand."""
    for text, at in _filled(written.document.value.get("do"), ("do",)):
        said = _COMMENT.sub(lambda comment: " " * len(comment[0]), text)
        for found in _SINGLE.finditer(said):
            place = written.document.place(at, offset=found.start())
            message = f"'{found[0]}' is sent as it stands"
            yield warning(place, message, f"write {{{{ {found['name']} }}}}")


def _filled(raw: Any, below: Loc) -> Iterator[tuple[str, Loc]]:
    """Texts that are filled in, with where they stand below the rule."""
    if isinstance(raw, str):
        yield raw, below
    elif isinstance(raw, list):
        for position, inner in enumerate(raw):
            yield from _filled(inner, (*below, position))
    elif isinstance(raw, Mapping):
        for key, inner in raw.items():
            if key not in _NO_TEMPLATES:
                yield from _filled(inner, (*below, key))
