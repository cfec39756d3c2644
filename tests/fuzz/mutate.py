"""Documents a little wrong: most bytes turned at random are no JSON and never reach the readers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any, Final

from worker.ruleset.document import read_document

_LONG, _DEEP, _HUGE, _ESCAPED = "\x01long\x01", "\x01deep\x01", "\x01huge\x01", "\x01escaped\x01"
_NESTED = "\x01nested\x01"
_RAW: Final = {
    _LONG: "9" * 5000,
    _DEEP: "[" * 3000 + "]" * 3000,
    _NESTED: '{"a":' * 900 + "1" + "}" * 900,
    _HUGE: "1e999",
    _ESCAPED: '"\\u0000\\ud83d"',
}
"""What `json.dumps` would not write, put in afterwards."""

ODD: Final[tuple[Any, ...]] = (
    *_RAW,
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    float("nan"),
    float("-inf"),
    "",
    "9" * 5000,
    "a" * 3000,
    "\ud83d",
    "x\udc00y",
    "\x00",
    "\u202eabc\u200f",
    "\r\n\x1b[2J",
    "{{ 7*7 }}",
    "{% for x in range(9) %}",
    "<script>alert(1)</script>",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "2024-12-10T09:53:17.127+00:00",
    "con_1",
    "conv_",
    "tcu_1",
    "u_1",
    "https://[::1",
    "201",
    "@price",
    "15m",
    "99999999999d",
    [],
    {},
    [None],
    [[]],
    {"": ""},
    {"id": "x"},
    {"text": {"text": {"text": 1}}},
    {"en": "a", "zh-Hant": "b"},
    {"not": {"not": []}},
    {"matches": "(a*)*b"},
)

Mutate = Callable[[bytes, int], bytes]


def wrong(value: Any, rng: random.Random, words: Sequence[str]) -> Any:
    """The value with a few of its parts replaced, dropped, doubled, renamed or swapped."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        value = _changed(value, rng, words, depth=0)
    return value


def _changed(value: Any, rng: random.Random, words: Sequence[str], depth: int) -> Any:
    inside = isinstance(value, dict | list) and value
    if depth > 20 or not inside or rng.random() < 0.15:
        return _odd(value, rng, words)
    if isinstance(value, list):
        copied = list(value)
        at = rng.randrange(len(copied))
        how = rng.randrange(8)
        if how == 0:
            del copied[at]
        elif how == 1:
            copied.insert(at, copied[rng.randrange(len(copied))])
        else:
            copied[at] = _changed(copied[at], rng, words, depth + 1)
        return copied
    named = dict(value)
    name = rng.choice(list(named))
    how = rng.randrange(10)
    if how == 0:
        del named[name]
    elif how == 1:
        named[rng.choice(words) if words else f"{name}x"] = named.pop(name)
    elif how == 2 and words:
        named[rng.choice(words)] = rng.choice(ODD)
    else:
        named[name] = _changed(named[name], rng, words, depth + 1)
    return named


def _odd(value: Any, rng: random.Random, words: Sequence[str]) -> Any:
    how = rng.randrange(6)
    if how == 0 and words:
        return rng.choice(words)
    if how == 1:
        return [value]
    if how == 2 and words:
        return {rng.choice(words): value}
    if how == 3 and isinstance(value, str):
        at = rng.randrange(len(value) + 1)
        odd = rng.choice([one for one in ODD if isinstance(one, str) and one not in _RAW])
        return value[:at] + odd + value[at:]
    return rng.choice(ODD)


def written(value: Any, rng: random.Random) -> bytes:
    """The value as JSON, which is YAML too; lone surrogates as escapes, or as bytes of no text."""
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    for name, raw in _RAW.items():
        text = text.replace(json.dumps(name), raw)
    return text.encode("utf-8", "surrogatepass")


def wrong_answer(fed: bytes, rng: random.Random, words: Sequence[str]) -> bytes:
    """A wire input with its JSON changed; as it was where it holds none."""
    try:
        value = json.loads(fed[3:])
    except (ValueError, RecursionError):
        return fed
    return fed[:3] + written(wrong(value, rng, words), rng)


def wrong_rules(fed: bytes, rng: random.Random, words: Sequence[str]) -> bytes:
    """A rule file with its value changed; as it was where it cannot be read."""
    document = read_document("fed", fed)
    if document.root is None:
        return fed
    try:
        return written(wrong(document.value, rng, words), rng)
    except (ValueError, RecursionError):
        return fed
