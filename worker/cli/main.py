"""Running one command: its exit code, and errors as one clear line."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from worker.errors import OutputError, RulesError, WorkerError

INTERRUPTED = 130  # what a shell reports for a program that was ended by Ctrl-C
READER_GONE = 141  # … and by a closed pipe
_OUTPUT_FAILED = frozenset({errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT, errno.EBADF})


def main(arguments: Sequence[str] | None = None) -> int:
    """The command has run; its exit code."""
    from worker.cli.parser import command_line

    _never_fail_to_print()
    parsed = command_line().parse_args(arguments)
    call: Callable[[object], int] = parsed.call
    try:
        code = call(parsed)
        sys.stdout.flush()
    except WorkerError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_output()
        return READER_GONE
    except OSError as error:
        if error.errno not in _OUTPUT_FAILED or error.filename is not None:
            raise
        _let_go_of_output()
        complain(OutputError(f"the output cannot be written: {(error.strerror or '').lower()}"))
        return OutputError.exit_code
    return code


def _let_go_of_output() -> None:
    """What is left in the buffer must not fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(error: WorkerError) -> None:
    """The error stands on standard error, one line a problem."""
    from worker.log import one_line

    prefix = "" if isinstance(error, RulesError) else "worker: "
    for line in str(error).splitlines() or [type(error).__name__]:
        print(f"{prefix}{one_line(line)}", file=sys.stderr)


def _never_fail_to_print() -> None:
    """What a terminal's encoding cannot show is shown as an escape."""
    if sys.stdout is None:  # the shell closed it: nobody wants to read
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
