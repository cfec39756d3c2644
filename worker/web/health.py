"""How the worker is, as the probes see it."""

from worker.model.health import OK, Health

__all__ = ["OK", "Health"]
