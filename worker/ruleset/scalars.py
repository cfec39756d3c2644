"""What a plain YAML scalar means: the YAML 1.2 core schema, as strict as JSON about numbers.

`no`, `on`, `18:00` and `2026-01-01` are text. So are `007` and `+85212345678`: the core schema
would make numbers of them and lose the zeros and the plus sign, and in chat rules they are codes
and phone numbers.
"""

from __future__ import annotations

import re
from typing import Any

Scalar = str | int | float | bool | None

_NUMBER = re.compile(
    r"(?P<int>-?(?:0|[1-9][0-9]*))(?P<rest>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)|"
    r"0o(?P<octal>[0-7]+)|0x(?P<hex>[0-9a-fA-F]+)"
)
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_STARTS_NUMBER = frozenset("-0123456789")
# Longer is a mistake, and converting very long digits takes quadratic time.
_LONGEST_NUMBER = 100

_TAG = "tag:yaml.org,2002:"
_TAGGED: dict[str, tuple[type, ...]] = {
    f"{_TAG}int": (int,),
    f"{_TAG}float": (float, int),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
}
TEXT_TAGS = frozenset({"!", f"{_TAG}str"})
MAPPING_TAGS = frozenset({"!", f"{_TAG}map"})
LIST_TAGS = frozenset({"!", f"{_TAG}seq"})


def plain_value(text: str) -> Scalar:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        value: Scalar = _WORDS[text]
        return value
    if text[0] not in _STARTS_NUMBER or len(text) > _LONGEST_NUMBER:
        return text
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    if found["octal"]:
        return int(found["octal"], 8)
    if found["hex"]:
        return int(found["hex"], 16)
    return float(text) if found["rest"] else int(text)


def tagged_value(text: str, tag: str) -> Scalar:
    """The value of a scalar with one of YAML's own tags.

    Raises:
        ValueError: the tag is not allowed, or the text is not what it says; told to the author.
    """
    if tag in TEXT_TAGS:
        return text
    wanted = _TAGGED.get(tag)
    if wanted is None:
        raise ValueError(f"the tag {shown_tag(tag)} is not allowed here")
    value = plain_value(text)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise ValueError(f"'{text}' is not what the tag {shown_tag(tag)} says")
    return float(value) if float in wanted and isinstance(value, int) else value


def shown_tag(tag: str) -> str:
    """The tag as an author writes it."""
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag
