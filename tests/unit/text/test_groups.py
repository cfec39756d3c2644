"""Named groups that take part in every match."""

from __future__ import annotations

import pytest
import re2
from hypothesis import example, given
from hypothesis import strategies as st

from worker.text.groups import certain_groups


@pytest.mark.parametrize(
    ("pattern", "certain"),
    [
        (r"(?P<a>x)", {"a"}),
        (r"(?:no|order) (?P<n>\d{6})", {"n"}),
        (r"(?P<a>x)|(?P<b>y)", set()),
        (r"(?P<a>x)(?P<b>y)?", {"a"}),
        (r"(?P<a>x)(?P<b>y)*(?P<c>z)+", {"a", "c"}),
        (r"(?P<a>x){0,2}(?P<b>y){1,2}", {"b"}),
        (r"((?P<a>x)|(?P<a2>y)(?P<c>z))", set()),
        (r"(?P<a>x(?P<b>y)?)", {"a"}),
        (r"(?P<a>x|y)", {"a"}),
        (r"[(?P<a>]|\(?P<a>", set()),
        (r"(?<a>x)", {"a"}),
        (r"(?i)(?P<a>x)(?s)(?P<b>y)?", {"a"}),
        (r"(?P<a>x)(?P<a>x)|(?P<a>x)", set()),
        (r"x", set()),
    ],
)
def test_a_group_that_a_match_can_do_without_is_not_certain(
    pattern: str, certain: set[str]
) -> None:
    """A reply that names it would fail at night, or one that is right would be refused."""
    assert certain_groups(pattern) == frozenset(certain)


def test_what_cannot_be_read_is_not_told() -> None:
    """A pattern in quotes would be read as syntax."""
    assert certain_groups(r"\Q(?P<a>\E") is None


PIECES = ("(?P<a>x)", "(?P<b>y)", "(?P<c>z)", "|", "?", "*", "+", "{0,1}", "(", ")", "x", "[y|]")


@example(["(?P<a>x)", "(?P<a>x)", "|", "(?P<a>x)"], "x")
@given(st.lists(st.sampled_from(PIECES), max_size=9), st.text("xyz", max_size=6))
def test_what_is_certain_is_in_every_match(pieces: list[str], text: str) -> None:
    """`worker check` would pass a reply that cannot be filled."""
    pattern = "".join(pieces)
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error:
        return
    found = compiled.search(text)
    certain = certain_groups(pattern)
    assert certain is not None
    if found is not None:
        assert all(found.groupdict()[name] is not None for name in certain)
