"""Whatever stands in a rule file is answered with problems, never with a crash."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from worker.ruleset.document import read_document
from worker.ruleset.load import check_rules

SHIPPED = sorted((Path(__file__).parents[3] / "rules").glob("**/*.yaml"))
ODD: tuple[Any, ...] = (
    None,
    True,
    5,
    -1.5,
    10**30,
    "",
    "@",
    "@@",
    "@nobody",
    "{{",
    "{{ x",
    "{{ vars }}",
    "a" * 5000,
    "\u200b",
    "🇭🇰",
    [],
    {},
    [[]],
    [None],
    {"": ""},
    {"all": []},
    {"not": {"not": []}},
    {"text": {"matches": "("}},
    {"reply": {"text": {}}},
    ["a", 1, {}],
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a value."""
    found = [at]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*at, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            found += places(inner, (*at, position))
    return found


def changed(value: Any, at: tuple[Any, ...], new: Any, *, rename: bool) -> Any:
    """A copy with one value replaced, or one key renamed."""
    if not at:
        return new
    copied = copy.deepcopy(value)
    inner = copied
    for name in at[:-1]:
        inner = inner[name]
    if rename and isinstance(inner, dict):
        inner[f"{at[-1]}x"] = inner.pop(at[-1])
    else:
        inner[at[-1]] = new
    return copied


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_no_change_of_a_good_file_crashes_the_check(path: Path, tmp_path: Path) -> None:
    """A worker that reloads on every keystroke meets every one of these."""
    seeded = random.Random(path.name)
    value = read_document(str(path), path.read_bytes()).value
    everywhere = places(value)
    for number in range(40):
        wrong = changed(
            value,
            seeded.choice(everywhere),
            seeded.choice(ODD),
            rename=number % 4 == 0,
        )
        file = tmp_path / "rules.yaml"
        file.write_text(json.dumps(wrong, ensure_ascii=False), encoding="utf-8")
        _, problems = check_rules(file)
        assert all(problem.message and problem.line == 1 for problem in problems)
