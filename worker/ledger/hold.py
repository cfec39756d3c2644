"""The hold on a store: one process at a time, released by the system however that process ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from worker.errors import LedgerError, LedgerHeldError


class Hold:
    """An advisory lock on `<store>.lock`, which holds the owner's process id for the reader.

    The lock belongs to the open file, so `kill -9` releases it; the file itself stays, since
    removing it would let two processes lock two different files of one name.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        self._path = store.with_name(store.name + ".lock")
        self._descriptor: int | None = None

    def take(self) -> None:
        """This process alone holds the store.

        Raises:
            LedgerHeldError: another one does.
            LedgerError: the lock file cannot be written.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise LedgerError(
                f"ledger {self._store}: {self._path.name} cannot be written ({error.strerror}); "
                "check the owner, mode and mount of its directory"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise LedgerHeldError(
                f"ledger {self._store} is held by another worker"
                f"{f' (process {owner})' if owner else ''}; stop that one first, "
                "or give this one its own WORKER_DATABASE_URL"
            ) from error
        with contextlib.suppress(OSError):  # the id only serves the message above
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Others may take the store; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
