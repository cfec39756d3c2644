"""A library kept from finding another one that it would only load for looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden(name: str) -> Iterator[None]:
    """What is imported inside does not find the library `name`, unless it is loaded already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # says: there is none
    try:
        yield
    finally:
        del sys.modules[name]
