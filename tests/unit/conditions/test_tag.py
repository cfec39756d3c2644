"""tag: what the contact was tagged with."""

from __future__ import annotations

import pytest

from tests.build import facts
from tests.unit.conditions.asking import answer, holds, told
from worker.model.verdict import Answer


@pytest.mark.parametrize(
    ("written", "tags", "expected"),
    [
        ("vip", {"vip", "x"}, True),
        ("vip", {"VIP"}, False),
        ("[vip, x]", {"x"}, True),
        ("[vip, x]", set(), False),
        ("{any: [a, b], none: c}", {"a"}, True),
        ("{any: [a, b], none: c}", {"a", "c"}, False),
        ("{all: [a, b]}", {"a", "b", "c"}, True),
        ("{all: [a, b]}", {"a"}, False),
        ("{none: [a, b]}", set(), True),
    ],
)
def test_forms(written: str, tags: set[str], *, expected: bool) -> None:
    """Each form is a promise to authors."""
    assert holds(f"tag: {written}", facts(tags=frozenset(tags))) is expected


def test_unknown_tags_are_undecided() -> None:
    """`not: {tag: vip}` would treat a VIP as anybody."""
    assert answer("tag: {none: vip}", facts(tags=None)) is Answer.UNDECIDED


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("'#vip'", "write vip"),
        ("asked price", "write asked-price"),
        ("a#b", "write a-b"),
        ("'{{ contact.id }}'", "one tag per case"),
        ("{}", "write a name, or any, all, none"),
        ("{an: vip}", "did you mean 'any'?"),
    ],
)
def test_what_is_no_tag_is_refused(written: str, hint: str) -> None:
    """A tag that is no word could not be mirrored as one, and never be found again."""
    assert told(f"tag: {written}")[0].hint == hint
