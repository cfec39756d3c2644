"""Every error this project raises on purpose, with what the person who reads it must do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class WorkerError(Exception):
    """A failure whose text is one line for the person who must act, with the exit code."""

    exit_code = 1


class SettingsError(WorkerError):
    """A setting is missing, unknown or wrong."""

    exit_code = 2


class OutputError(WorkerError):
    """What was asked for cannot be written out."""

    exit_code = 3


class LedgerError(WorkerError):
    """The ledger cannot be opened, is held by another process, or is damaged."""

    exit_code = 3


class LedgerHeldError(LedgerError):
    """Another process holds the ledger: what needs it alone cannot be done now."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint about a rule file: where, what is wrong, how to mend it.

    `line` and `column` count from 1; column in characters.
    """

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    warning: bool = False

    def __str__(self) -> str:
        mend = f"; {self.hint}" if self.hint else ""
        level = "warning: " if self.warning else ""
        return f"{self.path}:{self.line}:{self.column}: {level}{self.message}{mend}"


def errors_among(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those that keep the rules from being used, without the advice."""
    return tuple(problem for problem in problems if not problem.warning)


class RulesError(WorkerError):
    """The rule files hold errors; all of them, in path order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class TookEffect(StrEnum):
    """What a failed call may have done at the other end."""

    NO = "no"
    MAYBE = "maybe"


class Fault(StrEnum):
    """How a gateway call failed; a closed list, used in metrics."""

    REFUSED = "refused"  # no connection was made
    TIMEOUT = "timeout"  # no answer within the request timeout
    DISCONNECTED = "disconnected"  # the connection ended before a whole answer
    UNAUTHORIZED = "unauthorized"  # 401
    THROTTLED = "throttled"  # 429
    REJECTED = "rejected"  # any other 4xx: certainly not done
    ABSENT = "absent"  # 404, and the platforms' own spellings of "there is no such thing"
    SERVER = "server"  # 5xx
    UNREADABLE = "unreadable"  # an answer not as documented (HTML, cut JSON, wrong types)
    UNSUPPORTED = "unsupported"  # the platform, or this channel of it, cannot do what was asked
    PAUSED = "paused"  # never sent: the account's breaker is open or its token was refused


class GatewayError(WorkerError):
    """A call to the platform failed; never holds a token or a customer's text.

    Args:
        took_effect: `NO` only where it is certain that nothing happened.
        retry_after_s: what the answer asked for, in seconds; None where it said nothing.
        status: HTTP status; None where there was no answer.
    """

    exit_code = 3

    def __init__(
        self,
        fault: Fault,
        message: str,
        *,
        took_effect: TookEffect,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.took_effect = took_effect
        self.status = status
        self.retry_after_s = retry_after_s
