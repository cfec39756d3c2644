"""The durable record: SQLite for running, memory for tests, one port over both."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from worker.clock import Clock, SystemClock
from worker.errors import SettingsError
from worker.ledger.sqlite import SqliteLedger
from worker.model.ledger import Ledger

_WANTED = (
    "use sqlite:///data/worker.db (relative to the working directory) "
    "or sqlite:////var/lib/worker.db (absolute)"
)


def open_ledger(
    url: str, *, read_only: bool = False, beside: bool = False, clock: Clock | None = None
) -> Ledger:
    """The ledger that `url` names, not yet opened: nothing is touched before `Ledger.open`.

    Args:
        url: `sqlite:///relative/path` or `sqlite:////absolute/path`; `%XX` is decoded.
        read_only: look only, beside a running worker or after it.
        beside: as `read_only`; decisions by hand may be put down, and old history dropped.

    Raises:
        SettingsError: no such store in this version; the text never repeats the URL's secrets.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise SettingsError(f"WORKER_DATABASE_URL is not a URL; {_WANTED}") from error
    scheme = parts.scheme.lower()
    if scheme in {"postgres", "postgresql"}:
        raise SettingsError(
            f"WORKER_DATABASE_URL: PostgreSQL is not available in this version; {_WANTED}"
        )
    if scheme != "sqlite":
        named = f"the scheme {scheme!r} is not known" if scheme else "there is no scheme"
        raise SettingsError(f"WORKER_DATABASE_URL: {named}; {_WANTED}")
    path = unquote(parts.path)[1:]
    if parts.netloc or parts.query or parts.fragment or not path or path == ":memory:":
        raise SettingsError(
            "WORKER_DATABASE_URL must name a file after three slashes and nothing else; " + _WANTED
        )
    return SqliteLedger(
        Path(path), read_only=read_only, beside=beside, clock=clock or SystemClock()
    )


__all__ = ["SqliteLedger", "open_ledger"]
