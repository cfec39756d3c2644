"""The past gone through once, decided two ways, and counted. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from worker.engine.backtest import Replay
from worker.engine.brought import recorded
from worker.engine.comparison import Comparison
from worker.engine.history import looks_back
from worker.engine.tally import Tally
from worker.model.ledger import Recent
from worker.model.past import PastDecision
from worker.model.rule import RuleSet


class Course:
    """Compares what rules would have done with what was done, or with what others would have.

    Args:
        after: the rules in question.
        before: the others; None: what the live rules did.
        zone: whose days are counted.
    """

    def __init__(self, after: RuleSet, before: RuleSet | None, zone: tzinfo) -> None:
        self._sets = (after,) if before is None else (after, before)
        self._replays: tuple[Replay, ...] = ()
        self._tally = Tally(zone)
        self._unheard: frozenset[str] | None = None

    @property
    def looks_back(self) -> timedelta:
        """How far before its begin cooldowns and limits look."""
        return max(looks_back(one) for one in self._sets)

    def begin(self, recent: Recent, since: datetime) -> None:
        """Decisions made since then will come, in order; `recent` is what guards remember of the
        time before. A past of its own: what was decided in another one is forgotten.
        """
        self._close()
        self._tally.another_past()
        self._replays = tuple(Replay(one, recent, since) for one in self._sets)

    def take(self, past: PastDecision) -> None:
        """One decision was made both ways."""
        try:
            brought = [one.decide(past) for one in self._replays]
        except ValueError:
            self._tally.leave_out()
            return
        after = brought[0]
        self._tally.add(past, brought[1] if len(brought) > 1 else recorded(past), after)

    def unheard(self) -> tuple[str, ...]:
        """See `Replay.unheard`: rules in question that no past had anything for."""
        self._close()
        return tuple(sorted(self._unheard or ()))

    def _close(self) -> None:
        if self._replays:
            unheard = frozenset(self._replays[0].unheard())
            self._unheard = unheard if self._unheard is None else self._unheard & unheard

    def result(self) -> Comparison:
        """What was found so far."""
        return self._tally.result()
