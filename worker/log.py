"""Logs: one line a fact, made for a machine or for a person, with known secrets taken out last."""

from __future__ import annotations

import asyncio
import atexit
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal, Protocol, TextIO, cast
from urllib.parse import quote

import msgspec

from worker.clock import SystemClock
from worker.errors import WorkerError
from worker.hiding import hidden

with hidden("rich"):  # for tracebacks in colours, which are not used, at a cost to each start
    import structlog
    from structlog.typing import EventDict, Processor

LogFormat = Literal["auto", "json", "text"]
Secrets = Callable[[], Iterable[str]]

# Every name a line may have: noun.past_participle. A test holds that no other is used.
EVENTS: Final[Mapping[str, str]] = {
    "account.opened": "the platform answered for the first time; who the token is, is known",
    "account.paused": "the platform refused the token, or failed repeatedly; nothing is sent",
    "account.resumed": "the account works again",
    "event.postponed": "a fact that the rules need cannot be read yet; it is asked for again",
    "event.planned": "one event was decided: which rule acts, and why the others do not",
    "event.received": "something happened on the platform and is stored",
    "event.set_aside": "an event is stored of which no rule is asked, and why",
    "flow.cancelled": "a rule that waited ends, and why",
    "flow.resumed": "a rule that waited goes on, and what let it",
    "history.pruned": "history older than `WORKER_KEEP_HISTORY` was dropped",
    "http.listening": "probes and metrics can be asked",
    "http.failed": "a page of the worker's own could not be made",
    "intent.held": "an action waits for a person: its outcome cannot be known, or it is dead",
    "intent.postponed": "the conversation could not be read anew; nothing is sent until it is",
    "intent.read_back": "a call of unknown outcome was looked up in the conversation",
    "intent.settled": "what became of one action",
    "ledger.failed": "the ledger did not take a change; the worker stops rather than guess",
    "library.warned": "a library reported something of its own",
    "loop.lagged": "the event loop was late; something computes for too long",
    "ruleset.loaded": "this rule set is in force",
    "ruleset.rejected": "the changed rules have errors; the set before goes on",
    "ruleset.unreadable": "the worker failed at reading the changed rules; the set before goes on",
    "schedule.missed": "a schedule was due while nothing looked; whether that is made up for",
    "source.degraded": "a source is read in a slower way than it could be",
    "source.failed": "a read failed; it is tried again",
    "source.polled": "a read is done",
    "source.recovered": "a read works again",
    "worker.failed": "the worker ends because of a fault of its own",
    "worker.grace_ended": "calls still ran when the grace ended; the next start looks them up",
    "worker.started": "the worker is at work",
    "worker.stopped": "the worker has stopped; nothing is lost",
}
HIDDEN: Final = "[hidden]"
_CLOCK: Final = SystemClock()
_SHORTEST_SECRET = 4  # anything shorter would blot out ordinary words
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_COLOURS = {"debug": "\x1b[2m", "info": "\x1b[32m", "warning": "\x1b[33m", "error": "\x1b[31m"}


class Logger(Protocol):
    """What the rest of the code sees: an event's name from `EVENTS`, and facts."""

    def debug(self, event: str, /, **facts: Any) -> None:
        """For whoever looks for a fault; may hold customers' text."""

    def info(self, event: str, /, **facts: Any) -> None:
        """The ordinary course."""

    def warning(self, event: str, /, **facts: Any) -> None:
        """Works, but not as it should."""

    def error(self, event: str, /, **facts: Any) -> None:
        """Does not work; somebody has to act."""

    def exception(self, event: str, /, **facts: Any) -> None:
        """As `error`, with the exception that is being handled."""

    def bind(self, **facts: Any) -> Logger:
        """A logger that adds these facts to each line."""
        ...


def get_logger(**facts: Any) -> Logger:
    """A logger that adds `facts` to each line; usable before `configure_logs` was called."""
    return cast("Logger", structlog.get_logger(**facts))


def configure_logs(
    *,
    level: str = "info",
    format: LogFormat = "auto",  # noqa: A002 - the name of the setting
    stream: TextIO | None = None,
    secrets: Secrets = tuple,
) -> None:
    """All lines of the process go to `stream` (standard output) in one form.

    Args:
        secrets: every one known so far; asked at each writing, so that a new token is known too,
            and must go on naming one that was replaced.
    """
    out = stream or sys.stdout
    lines = _Lines(out, secrets)
    render: Processor = _as_json
    if format == "text" or (format == "auto" and out.isatty()):
        render = _as_coloured if out.isatty() and not os.environ.get("NO_COLOR") else _as_text
    processors: list[Processor] = [_headed, structlog.processors.format_exc_info, render]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_names: lines,
        cache_logger_on_first_use=False,
    )
    _adopt_libraries(level)


def hide(line: str, secrets: Iterable[str]) -> str:
    """The line without the secrets, however JSON or a URL would have spelt them."""
    for spelling in _spellings(tuple(secrets)):
        if spelling in line:
            line = line.replace(spelling, HIDDEN)
    return line


@lru_cache(maxsize=4)  # asked at each line, and nearly always the same
def _spellings(secrets: tuple[str, ...]) -> tuple[str, ...]:
    long_enough = [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]
    spelt = {
        spelling
        for secret in long_enough
        for spelling in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""))
    }
    return tuple(sorted(spelt, key=len, reverse=True))


def describe(error: BaseException) -> str:
    """An error as one line: our own by their text, others with their type."""
    text = " ".join(str(error).split())
    if isinstance(error, WorkerError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class _Lines:
    """Writes whole lines, without secrets. A log that cannot be written stops no work.

    Inside an event loop the ordinary lines of one round of it are written together, at its end:
    each write is a call to the system, and cost more than making the line. What is wrong is written
    at once, after what was said before it.
    """

    def __init__(self, out: TextIO, secrets: Secrets) -> None:
        self._out = out
        self._secrets = secrets
        self._waiting: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        """The one whose round ends with a writing of what waits."""
        atexit.register(self._write_waiting)

    def info(self, line: str) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._write([line])  # no loop, or a thread beside it
            return
        self._waiting.append(line)
        if self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._end_of_round)

    def error(self, line: str) -> None:
        self.info(line)
        self._write_waiting()

    debug = info
    warning = error

    def _end_of_round(self) -> None:
        self._write_waiting()
        self._loop = None

    def _write_waiting(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._write(waiting)

    def _write(self, lines: Sequence[str]) -> None:
        secrets = tuple(self._secrets())
        text = "\n".join([*lines, ""])
        if hide(text, secrets) != text:
            # line by line: what is taken out may not reach from one into the next
            text = "\n".join([*(hide(line, secrets) for line in lines), ""])
        try:
            self._out.write(text)
            self._out.flush()
        except (OSError, ValueError):
            return  # the reader is gone (a closed pipe, a full disk)


def _headed(_logger: object, level: str, line: EventDict) -> EventDict:
    """What every line begins with comes before its facts, and no fact replaces it."""
    head = {"timestamp": _CLOCK.now(), "level": level, "event": line["event"]}
    return {**head, **line, **head}


def _as_json(_logger: object, _name: str, line: EventDict) -> str:
    # ASCII only: a lone surrogate in a customer's text cannot be encoded, an escape always can.
    if _is_plain(line):
        with suppress(ValueError):
            text = _QUICK.encode(line)
            if text.isascii():
                return text.decode()
    try:
        return _CAREFUL.encode(line)
    except (TypeError, ValueError, RecursionError):
        head = {name: line[name] for name in ("timestamp", "level", "event")}
        return _CAREFUL.encode({**head, "unreadable": sorted(line.keys() - head.keys())})


def _as_text(_logger: object, _name: str, line: EventDict) -> str:
    return _shown(f"{line.pop('level'):<7}", one_line(str(line.pop("event"))), line)


def _as_coloured(_logger: object, _name: str, line: EventDict) -> str:
    level, event = line.pop("level"), str(line.pop("event"))
    colour = _COLOURS.get(level, "")
    return _shown(f"{colour}{level:<7}\x1b[0m", f"\x1b[1m{one_line(event)}\x1b[0m", line)


def _shown(level: str, event: str, line: EventDict) -> str:
    moment = line.pop("timestamp").isoformat(timespec="milliseconds")[11:23]
    exception = line.pop("exception", "")
    facts = " ".join(f"{key}={_value(value)}" for key, value in line.items())
    shown = f"{moment} {level} {event} {facts}".rstrip()
    for row in str(exception).splitlines():
        shown += f"\n    {one_line(row)}"
    return shown


def _value(value: object) -> str:
    text = one_line(value if isinstance(value, str) else str(_plain(value)))
    return f'"{text}"' if " " in text or not text else text


def one_line(text: str) -> str:
    """`text` with nothing in it that could move a terminal's cursor or begin a new line."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")
        for sign in text
    )


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): inner for key, inner in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return list(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return describe(value) if isinstance(value, BaseException) else str(value)


def _is_plain(line: EventDict) -> bool:
    """The quick encoder writes it as the careful one would; objects tell by their text only."""
    if _PLAIN.issuperset(map(type, line.values())):
        return True
    return all(type(value) in _PLAIN or _is_texts(value) for value in line.values())


def _is_texts(value: object) -> bool:
    if type(value) is list:
        return _TEXTS.issuperset(map(type, value))
    return type(value) is dict and _TEXTS.issuperset(map(type, (*value, *value.values())))


_TEXTS: Final = frozenset({str})
_PLAIN: Final = frozenset({str, int, float, bool, type(None), datetime})

# Made once: json.dumps would make one for each line.
_CAREFUL = json.JSONEncoder(default=_plain, skipkeys=True)
_QUICK = msgspec.json.Encoder()


class _Adopted(logging.Handler):
    """Lines of libraries become lines of ours: same form, same redaction."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            text = str(record.msg)
        facts: dict[str, Any] = {"library": record.name, "text": text}
        if record.exc_info and record.exc_info[0] is not None:
            facts["exc_info"] = record.exc_info
        log = get_logger()
        if record.levelno >= logging.ERROR:
            log.error("library.warned", **facts)
        else:
            log.warning("library.warned", **facts)


def _adopt_libraries(level: str) -> None:
    root = logging.getLogger()
    for handler in [found for found in root.handlers if isinstance(found, _Adopted)]:
        root.removeHandler(handler)
    root.addHandler(_Adopted(level=max(logging.WARNING, _LEVELS[level])))
    logging.captureWarnings(capture=True)
