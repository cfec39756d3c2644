"""Regular expressions: RE2, so that no pattern can be slow on any message."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

import re2
from pydantic import AfterValidator

from worker.conditions.keyed import complaint
from worker.text.normalise import normalise

# Chinese in a pattern is brought to the form that normalised texts have.
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
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
    """The pattern as it must be to be searched in `MessageText.plain`: composed, Han Simplified."""
    composed = unicodedata.normalize("NFC", pattern)
    simplified = _HAN.sub(lambda found: normalise(found[0]).plain, composed)
    try:
        compiled(simplified)
    except ValueError:  # a range of characters lost its order
        return composed
    return simplified


def _checked(pattern: str) -> str:
    try:
        compiled(pattern)
    except ValueError as error:
        hint = "patterns are RE2: no look-around, no back-references"
        raise complaint("bad_pattern", f"this is not an RE2 pattern: {error}", hint) from None
    return pattern


Pattern = Annotated[str, AfterValidator(_checked)]
"""RE2 syntax, checked when read."""
