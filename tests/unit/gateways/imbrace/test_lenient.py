"""One odd value on a page does not hide the page."""

from __future__ import annotations

from typing import Any

import pytest

from worker.gateways.imbrace import neutral
from worker.gateways.imbrace.answers import converted
from worker.gateways.imbrace.lenient import decoded
from worker.gateways.imbrace.wire import ContactRow, NotificationRow, moment
from worker.ledger.codec import columns_text


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":"x\\ud83d","b":1}', {"a": "x\ufffd", "b": 1}),
        (b'["\\udc00 \\ud83d\\ude00"]', ["\ufffd \U0001f600"]),
        (b'{"\\ud83d":[{"a":["\\ud83d"]}]}', {"\ufffd": [{"a": ["\ufffd"]}]}),
        (b'["\xff\xed\xa0\x80"]', ["\ufffd\ufffd\ufffd\ufffd"]),
        (b'["a\nb\x00c"]', ["a\nb\x00c"]),
        (b"[" + b"9" * 5000 + b",1]", [None, 1]),
        (b"[1e999,-1e999,NaN,Infinity,1.5]", [None, None, None, None, 1.5]),
        (b"\xef\xbb\xbf[1]", [1]),
        (b"[12345678901234567890123]", [12345678901234567890123]),
    ],
)
def test_what_a_strict_reader_would_refuse_is_read(body: bytes, value: Any) -> None:
    """A customer called half an emoji would silence the whole account, at every poll."""
    assert decoded(body) == value


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":', b"[1,]", b"'a'", b"[" * 100_000])
def test_what_is_no_json_is_nothing(body: bytes) -> None:
    """A cut answer must not pass for a whole one."""
    assert decoded(body) is None


@pytest.mark.parametrize("code", ["9" * 5000, "1" * 10, "²", "-1", "2 01", None, 1.5])
def test_a_notification_of_an_odd_type_is_delivered_as_of_none(code: Any) -> None:
    """Thousands of digits cannot be read as a number, and the poll would die of it each time."""
    row = NotificationRow(id="not_1", type=code)
    assert neutral.notification(row).type == 0


@pytest.mark.parametrize(
    "written",
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "1970-01-01"],
)
def test_a_time_at_the_end_of_time_is_none(written: str) -> None:
    """No deadline could be added to it: one wrong row would end the worker, at each start."""
    assert moment(written) is None


def test_what_is_nested_without_end_is_cut() -> None:
    """It can be read but not written again: the ledger would fail on it, at each start."""
    deep: Any = {"kept": 1}
    for _ in range(900):
        deep = {"a": deep, "b": [deep]} if deep == {"kept": 1} else {"a": deep}
    document = {"id": "con_1", "additional_params": deep, "plain": {"x": [1, {"y": "z"}]}}
    row = converted(document, ContactRow)
    assert row is not None
    found = neutral.contact(row)
    assert found.extra["plain"] == {"x": [1, {"y": "z"}]}
    assert len(columns_text([found])) < 1000
