"""Log lines: one each, readable by machines, without secrets, never the cause of a failure."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from worker.errors import SettingsError
from worker.log import EVENTS, HIDDEN, _Adopted, configure_logs, describe, get_logger, one_line

SECRET = 'acc_4f6c"1d9e/x'


class Broken(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, _text: str) -> int:
        """Nothing is taken any more."""
        raise BrokenPipeError


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture(autouse=True)
def _libraries_as_before() -> Iterator[None]:
    yield
    logging.captureWarnings(capture=False)
    logging.getLogger().handlers = [
        handler
        for handler in logging.getLogger().handlers
        if "worker" not in type(handler).__module__
    ]


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    """What was logged as JSON."""
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_one_json_object() -> None:
    """Collectors read line by line; a line break in a customer's name must not end one."""
    out = io.StringIO()
    configure_logs(format="json", stream=out)
    get_logger(account="a1").info("event.received", text='two\nlines, "quoted" \x1b[31m\u2028', n=3)
    (line,) = lines(out)
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert line["account"] == "a1"
    assert line["text"] == 'two\nlines, "quoted" \x1b[31m\u2028'
    assert line["timestamp"].endswith("Z")
    assert out.getvalue().isascii()


def test_a_lone_surrogate_is_logged_and_not_an_error() -> None:
    """JSON from a platform can hold half of an emoji, which no stream can encode."""
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="utf-8")
    for form in ("json", "text"):
        configure_logs(format=form, stream=out)
        get_logger().info("event.received", text="\ud83d")
    assert raw.getvalue().count(b"\\ud83d") == 2


def test_secrets_are_taken_out_of_everything() -> None:
    """The last line of defence: a library's exception may quote the request it failed on."""
    for form in ("json", "text"):
        out = io.StringIO()
        configure_logs(format=form, stream=out, secrets=lambda: (SECRET, "p@ss w/"))
        log = get_logger(token=SECRET)
        try:
            int(f"header {SECRET}")
        except ValueError as error:
            log.exception("source.failed", error=error, deep={"a": [SECRET]})
        log.info("source.polled", url="https://x/?p=p%40ss%20w%2F")
        logging.getLogger("aiohttp.client").warning("sent %s", SECRET)
        assert "4f6c" not in out.getvalue()
        assert "p%40ss" not in out.getvalue()
        assert out.getvalue().count(HIDDEN) >= 5


def test_a_token_that_was_replaced_is_known_at_once() -> None:
    """Tokens are rotated while the worker runs."""
    out = io.StringIO()
    known = ["acc_old"]
    configure_logs(format="json", stream=out, secrets=lambda: tuple(known))
    known[0] = "acc_new"
    get_logger().info("source.failed", error="acc_new")
    assert "acc_new" not in out.getvalue()


async def test_secrets_are_taken_out_of_lines_that_are_written_together() -> None:
    """Lines are searched together; what is taken out must not reach from one into the next."""
    out = io.StringIO()
    configure_logs(format="json", stream=out, secrets=lambda: ("acc_new", '"n":1}\n{"timestamp"'))
    for number in range(3):
        get_logger().info("source.polled", error="acc_new" if number == 2 else "", n=number)
    await asyncio.sleep(0)  # noqa: TID251 - a turn of the loop, no time
    assert [(line["error"], line["n"]) for line in lines(out)] == [("", 0), ("", 1), (HIDDEN, 2)]


def test_no_fact_takes_the_place_of_what_a_line_begins_with() -> None:
    """A collector sorts by time and level, whatever the facts of a line are called."""
    out = io.StringIO()
    for form in ("json", "text"):
        configure_logs(format=form, stream=out)
        get_logger().info("source.polled", level=["odd"], timestamp=3)
    told, shown = out.getvalue().splitlines()
    assert json.loads(told)["level"] == "info"
    assert json.loads(told)["timestamp"].endswith("Z")
    assert "info    source.polled" in shown


def test_times_are_told_in_one_form() -> None:
    """Whichever encoder a line needs, a collector reads its times the same way."""
    out = io.StringIO()
    configure_logs(format="json", stream=out)
    at = datetime(2025, 1, 1, tzinfo=UTC)
    get_logger().info("source.polled", at=at)
    get_logger().info("source.polled", at=at, text="é", odd=object())
    assert [line["at"] for line in lines(out)] == ["2025-01-01T00:00:00Z"] * 2
    assert all(re.fullmatch(r"[\d-]+T[\d:.]+Z", line["timestamp"]) for line in lines(out))


def test_a_very_short_secret_does_not_blot_out_words() -> None:
    """With the password `a`, a log would be nothing but `[hidden]`."""
    out = io.StringIO()
    configure_logs(format="json", stream=out, secrets=lambda: ("", "a"))
    get_logger().info("account.paused")
    assert lines(out)[0]["event"] == "account.paused"


def test_a_person_on_a_terminal_gets_text() -> None:
    """JSON is for collectors."""
    out = Terminal()
    configure_logs(stream=out)
    get_logger().info("event.received", text="line\nbreak", wait=1)
    shown = re.sub(r"\x1b\[\d*m", "", out.getvalue())
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d\.\d{3} info    event\.received text=line\\nbreak wait=1\n", shown
    )


def test_colours_are_left_out_where_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is what people set who read logs through something else."""
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    configure_logs(stream=out)
    get_logger().error("source.failed")
    assert "\x1b" not in out.getvalue()


def test_without_a_terminal_it_is_json() -> None:
    """A container's output is read by a machine."""
    out = io.StringIO()
    configure_logs(stream=out)
    get_logger().info("source.polled")
    assert lines(out)[0]["event"] == "source.polled"


def test_the_level_holds() -> None:
    """Customers' text is logged at debug only; that promise rests on the level."""
    out = io.StringIO()
    configure_logs(level="info", format="json", stream=out)
    get_logger().debug("event.received", text="my address is…")
    assert out.getvalue() == ""


@pytest.mark.parametrize("form", ["json", "text"])
def test_what_json_does_not_know_is_still_logged(form: str) -> None:
    """A log call must not be able to fail: it stands between a send and its record."""

    class Odd:
        def __str__(self) -> str:
            return "odd"

    loop: list[Any] = []
    loop.append(loop)
    out = io.StringIO()
    configure_logs(format="json" if form == "json" else "text", stream=out)
    get_logger().info("event.received", odd=Odd(), pair={(1, 2): b"x"}, some={1}, loop=loop)
    get_logger().info("event.received", odd=Odd(), none=None, error=KeyError("k"))
    assert len(out.getvalue().splitlines()) == 2
    assert "odd" in out.getvalue()
    assert "KeyError: 'k'" in out.getvalue()


def test_a_log_nobody_reads_stops_nothing() -> None:
    """`worker run | head` must not lose a customer's answer."""
    configure_logs(format="json", stream=Broken())
    get_logger().info("source.polled")
    closed = io.StringIO()
    closed.close()
    configure_logs(format="json", stream=closed)
    get_logger().info("source.polled")


def test_libraries_and_warnings_come_out_in_the_same_form() -> None:
    """A line in another form is one that a collector drops."""
    out = io.StringIO()
    configure_logs(format="json", stream=out)
    logging.getLogger("apscheduler").error("run %s missed", 3)
    logging.getLogger("apscheduler").info("chatter")
    wrong = logging.LogRecord("x", logging.WARNING, "", 0, "wrong %d", ("args",), None)
    adopted = next(one for one in logging.getLogger().handlers if isinstance(one, _Adopted))
    adopted.emit(wrong)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old call", DeprecationWarning, stacklevel=1)
    told = lines(out)
    assert [line["event"] for line in told] == ["library.warned"] * 3
    assert told[0]["text"] == "run 3 missed"
    assert "old call" in told[2]["text"]


def test_configuring_twice_does_not_log_twice() -> None:
    """The demo configures its own logs before it runs the worker."""
    first, second = io.StringIO(), io.StringIO()
    configure_logs(format="json", stream=first)
    log = get_logger()
    configure_logs(format="json", stream=second)
    log.info("source.polled")
    logging.getLogger("x").warning("one")
    assert first.getvalue() == ""
    assert len(lines(second)) == 2


def test_an_error_is_described_in_one_line() -> None:
    """Our own errors are for the reader; a foreign one is nothing without its type."""
    assert describe(SettingsError("a\n b")) == "a b"
    assert describe(KeyError("x")) == "KeyError: 'x'"
    assert describe(TimeoutError()) == "TimeoutError"
    assert one_line("a\tb\x00\u202e") == "a\\tb\\x00\\u202e"


def test_every_event_has_a_name_and_a_meaning() -> None:
    """The table is the documentation of the logs."""
    for name, meaning in EVENTS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", name)
        assert meaning


class Counted(io.StringIO):
    """A stream that knows how often it was written to."""

    writes = 0

    def write(self, text: str) -> int:
        """So it is counted."""
        self.writes += 1
        return super().write(text)


async def test_the_lines_of_one_round_of_the_loop_are_written_together() -> None:
    """Each write is a call to the system; three an event would cost more than deciding it."""
    out = Counted()
    configure_logs(format="json", stream=out)
    for number in range(3):
        get_logger().info("source.polled", n=number)
    await asyncio.sleep(0)  # noqa: TID251 - a turn of the loop, no time
    assert [line["n"] for line in lines(out)] == [0, 1, 2]
    assert out.writes == 1


async def test_what_is_wrong_is_written_at_once_and_in_order() -> None:
    """The last words of a worker that dies are the ones somebody will look for."""
    out = Counted()
    configure_logs(format="json", stream=out)
    get_logger().info("source.polled")
    get_logger().error("worker.failed")
    assert [line["event"] for line in lines(out)] == ["source.polled", "worker.failed"]
