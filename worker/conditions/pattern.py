"""Regular expressions: RE2, so that no pattern can be slow on any message."""

from __future__ import annotations

from typing import Annotated, Any

import re2
from pydantic import AfterValidator

from worker.conditions.keyed import complaint
from worker.text.expressions import Form, respelled
from worker.text.normalise import normalise

_MOST_MEMORY = 8 << 20  # bytes; beyond it a pattern is refused when it is loaded


def _options(*, fold_case: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not fold_case
    options.max_mem = _MOST_MEMORY
    return options


def compiled(pattern: str, *, fold_case: bool = False) -> Any:
    """The pattern, ready to search.

    Raises:
        ValueError: it is not RE2 syntax; the text is RE2's reason.
    """
    try:
        return re2.compile(pattern, _options(fold_case=fold_case))
    except re2.error as error:
        reason = error.args[0] if error.args else "not a regular expression"
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(text) from None


def normalised(pattern: str) -> str:
    """The pattern as it must be to be searched in `MessageText.plain`."""
    return written_for(pattern, lambda text: normalise(text).plain, trims=True)


def written_for(pattern: str, form: Form, *, trims: bool = False) -> str:
    """The pattern as it must be to be searched in texts of that form; see `respelled`.

    As it was written where that is no pattern any more, or where nothing is left of what it needs,
    so that it would match whatever is written.
    """
    respelt = respelled(pattern, form, trims=trims)
    if respelt == pattern:
        return pattern
    try:
        anything = compiled(respelt).search("") is not None
    except ValueError:  # it grew too large
        return pattern
    return pattern if anything and compiled(pattern).search("") is None else respelt


def _checked(pattern: str) -> str:
    try:
        compiled(pattern)
    except ValueError as error:
        hint = "patterns are RE2: no look-around, no back-references"
        raise complaint("bad_pattern", f"this is not an RE2 pattern: {error}", hint) from None
    return pattern


Pattern = Annotated[str, AfterValidator(_checked)]
"""RE2 syntax, checked when read."""
