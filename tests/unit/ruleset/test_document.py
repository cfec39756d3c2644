"""YAML 1.2 core: what a value is, where it stands, and what is refused."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.model.rule import Place
from worker.ruleset.composer import MAX_ALIASED, MAX_DEPTH
from worker.ruleset.document import read_document


def value_of(text: str) -> Any:
    document = read_document("f.yaml", text.encode())
    assert not document.problems
    return document.value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("18:00", "18:00"),
        ("2026-01-01", "2026-01-01"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("nil", "nil"),
        ("12", 12),
        ("-12", -12),
        ("0", 0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("-2e3", -2000.0),
        ("007", "007"),  # a code: its zeros count
        ("+85212345678", "+85212345678"),  # a phone number
        ("1_000", "1_000"),
        ("1.2.3", "1.2.3"),
        ("0b1", "0b1"),
        ("9" * 200, "9" * 200),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("!!int '12'", 12),
        ("!!float 1", 1.0),
        (".inf", math.inf),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_a_plain_value_means_what_yaml_1_2_says(written: str, value: object) -> None:
    """`no` read as false would make a rule out of nonsense, in a language where `no` is a word."""
    found = value_of(f"key: {written}")["key"]
    assert found == value
    assert type(found) is type(value)


def test_nan_is_a_number() -> None:
    """It is part of the core schema; comparing it is the bounds' business."""
    assert math.isnan(value_of("a: .nan")["a"])


def test_places_count_characters_not_bytes_or_utf16_units() -> None:
    """Editors jump by characters; after 價錢😀 a byte column would be far to the right."""
    document = read_document("f.yaml", '價錢😀: {"😀k": v}\n二: 😀 x\n'.encode())
    assert document.place(("價錢😀",), key=True) == Place("f.yaml", 1, 1)
    assert document.place(("價錢😀",)) == Place("f.yaml", 1, 6)
    assert document.place(("價錢😀", "😀k"), key=True) == Place("f.yaml", 1, 7)
    assert document.place(("價錢😀", "😀k")) == Place("f.yaml", 1, 13)
    assert document.place(("二",)) == Place("f.yaml", 2, 4)


def test_a_byte_order_mark_moves_no_place() -> None:
    """Windows editors write one; nobody sees it."""
    document = read_document("f.yaml", b"\xef\xbb\xbfa: 1\n")
    assert document.value == {"a": 1}
    assert document.place(("a",)) == Place("f.yaml", 1, 4)


def test_lines_end_as_in_editors() -> None:
    """A paragraph separator inside a text is no line for an editor, and carriage returns are."""
    document = read_document("f.yaml", "a: 'x\u2029y'\r\nb: 1\rc: 2\n".encode())
    assert document.place(("b",)) == Place("f.yaml", 2, 4)
    assert document.place(("c",)) == Place("f.yaml", 3, 4)


def test_what_is_in_no_file_is_told_at_the_nearest_value() -> None:
    """Missing keys and shorthands have no place of their own; a crash would hide the message."""
    document = read_document("f.yaml", b"rules:\n  - id: a\n    do: [{x: [1, 2]}]\n")
    assert document.place(("rules", 0, "when")) == Place("f.yaml", 2, 5)
    assert document.place(("rules", 0, "do", 0, "x", "mentions", 1)) == Place("f.yaml", 3, 18)
    assert document.place(("rules", 7)) == Place("f.yaml", 2, 3)
    assert document.place((), key=True) == Place("f.yaml", 1, 1)


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("plain {{ x }}", 1, 15),
        ('"quoted {{ x }}"', 1, 17),
        ('"\\u4ef7 \\n {{ x }}"', 1, 20),
        ("'it''s {{ x }}'", 1, 16),
        ("&a !!str plain {{ x }}", 1, 24),
        ("plain\n  folded {{ x }}", 2, 13),
        ('"quoted\n\n  folded {{ x }}"', 3, 13),
        ('"quoted \\\n  joined {{ x }}"', 2, 13),
        ("|\n  one\n  價 {{ x }}\n", 3, 8),
        ("|2-\n   one {{ x }}\n", 2, 11),
        (">-\n  one\n  two {{ x }}\n", 3, 10),
        (">\n  one\n\n\n  two {{ x }}\n", 5, 10),
        (">\n  one\n    more\n  two {{ x }}\n", 4, 10),
        ("| # comment\n\n  one\n\n  two {{ x }}", 5, 10),
    ],
)
def test_a_name_inside_a_text_has_its_own_place(written: str, line: int, column: int) -> None:
    """In a reply of twenty lines, the first line's place is no help to find one wrong name."""
    document = read_document("f.yaml", f"key: {written}".encode())
    offset = document.value["key"].index("x }}")
    assert document.place(("key",), offset=offset) == Place("f.yaml", line, column)


def test_an_offset_outside_the_text_is_the_text() -> None:
    """A checker that is off by some must not crash the one who asked."""
    document = read_document("f.yaml", b"key: |\n  a\nother: 1\n")
    assert document.place(("key",), offset=999).line in {1, 2}
    assert document.place(("other",), offset=3) == Place("f.yaml", 3, 8)


def test_aliases_stand_for_what_they_name() -> None:
    """Shared lists of phrases are what authors use anchors for."""
    assert value_of("a: &x [1, {b: 2}]\nc: *x\nd: &y text\ne: [*y, *y]\n") == {
        "a": [1, {"b": 2}],
        "c": [1, {"b": 2}],
        "d": "text",
        "e": ["text", "text"],
    }


def test_aliases_of_long_texts_are_bounded_too() -> None:
    """A megabyte named a thousand times is a gigabyte to normalise."""
    text = f"a: &a {'x' * 1_000_000}\nb: [{', '.join(['*a'] * 20)}]\n"
    document = read_document("f.yaml", text.encode())
    assert document.value is None
    assert str(MAX_ALIASED) in document.problems[0].message


def test_nesting_is_allowed_up_to_the_bound() -> None:
    """The bound refuses attacks, not rules."""
    depth = MAX_DEPTH - 1
    assert value_of(f"a: {'[' * depth}{']' * depth}\n") is not None


@pytest.mark.parametrize("attack", ["[" * 500_000, "{a: " * 100_000, "- " * 300_000])
def test_deep_nesting_is_refused_while_reading(attack: str) -> None:
    """A file must not be able to exhaust the stack or an hour of time."""
    document = read_document("f.yaml", attack.encode())
    assert document.value is None
    assert len(document.problems) == 1


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\ufeff"])
def test_an_empty_file_is_empty(text: str) -> None:
    """Everything commented out is a way of working."""
    assert value_of(text) is None


@given(st.text(max_size=60) | st.text(alphabet="ab:-[]{}&*!|>'\"%@` \n\t#?,~<0", max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    """A reload meets half-written files; a stack trace there would end the worker."""
    content = text.encode("utf-8", "surrogatepass")
    document = read_document("f.yaml", content)
    for problem in document.problems:
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_with_a_place(content: bytes) -> None:
    """Files are not always text."""
    document = read_document("f.yaml", content)
    assert all(problem.line >= 1 and problem.column >= 1 for problem in document.problems)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "\\ud83d", "b": ' + "[" * 30_000 + "]" * 30_000 + "}",
        "".join(f"k{number}: 1\n" for number in range(60_000)) + "k59999: 1\n" * 60_000,
        "- " * 20_000 + "a",
        'k: "' + "\\q" * 50_000 + '"',
        "{" * 20_000,
    ],
    ids=["deep after a fault", "keys twice", "lists in lists", "escapes", "open"],
)
def test_reading_a_file_takes_no_longer_than_its_length_deserves(text: str) -> None:
    """A reload would not end: read in a time that grows by the square, these take hours."""
    assert read_document("rules.yaml", text.encode()).problems


def test_items_that_are_taken_keep_their_places_and_leave_the_rest_as_it_was() -> None:
    """A rule's complaints would point elsewhere, or an alias of the list would lose its items."""
    text = "vars: {all: &all [{a: 1}, b]}\nrules: *all\nphrases: {c: d}\n"
    document = read_document("f.yaml", text.encode())
    first, second = document.take("rules")
    assert (first.value, first.place(("a",))) == ({"a": 1}, Place("f.yaml", 1, 23))
    assert (second.value, second.place(())) == ("b", Place("f.yaml", 1, 27))
    assert document.value == {"vars": {"all": [{"a": 1}, "b"]}, "phrases": {"c": "d"}}
    assert document.place(("phrases", "c"), key=True) == Place("f.yaml", 3, 11)
    assert not list(document.take("rules"))
    assert not list(document.take("phrases"))


def test_what_was_read_of_a_rule_goes_before_the_next_one_is_read() -> None:
    """All of it at the end of a load would stop the event loop beside it."""
    document = read_document("f.yaml", b"rules: [{a: 1}, {b: 2}]")
    taken = document.take("rules")
    root = next(taken).root
    next(taken)
    assert sys.getrefcount(root) <= 2, "this name and the argument"
