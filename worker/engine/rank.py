"""Who has the answer to one event: one answer, whatever number of rules fit. Pure."""

from __future__ import annotations

from worker.engine.guards import Withheld
from worker.model.ids import RuleId
from worker.model.rule import Rule
from worker.model.verdict import Reason


class Rank:
    """Rules that come before others in one pass over an event.

    There are two of them: live rules see only live rules before them; rules in shadow also see each
    other, so that they tell what would happen if they were live.
    """

    def __init__(self) -> None:
        self._answered_by = ""
        self._withheld = ""  # the rule that would have answered but a guard kept it from it
        self._resting = ""  # the rule that would have answered but is in its own cooldown
        self._stopped_by = ""

    def outranked(self, rule: Rule) -> Withheld | None:
        """Why a rule before this one leaves it nothing to do; None: it may act."""
        if self._stopped_by:
            return Withheld(Reason.OUTRANKED, f"{self._stopped_by} stopped later rules")
        if not rule.visible:
            return None
        if self._withheld:
            return Withheld(Reason.OUTRANKED, f"{self._withheld} comes first, and is withheld")
        if self._answered_by and not rule.also:
            return Withheld(Reason.OUTRANKED, f"{self._answered_by} comes first")
        if self._resting and not (rule.also or rule.priority < 0):
            return Withheld(Reason.OUTRANKED, f"{self._resting} comes first, and rests")
        return None

    def hold(self, rule: Rule, withheld: Withheld) -> None:
        """The rule's answer was withheld; no later rule gives one, except past its own cooldown."""
        if self._answered_by or not rule.visible or withheld.reason is Reason.OUTRANKED:
            return
        if withheld.reason is Reason.COOLDOWN:
            self._resting = self._resting or rule.id
        elif withheld.reason is Reason.UNDECIDED:
            self._answered_by = rule.id  # its template failed: that is no guard
        else:
            self._withheld = rule.id

    @property
    def taken(self) -> bool:
        """Some rule has the answer, or would have it but for a guard."""
        return bool(self._answered_by or self._withheld)

    def answered(self, rule: RuleId) -> None:
        """The rule has the answer, whatever it does."""
        self._answered_by = self._answered_by or rule

    def acted(self, rule: Rule, *, stops: bool) -> None:
        """The rule acts. `stops`: no later rule sees the event."""
        if rule.visible:
            self.answered(rule.id)
        if stops:
            self._stopped_by = rule.id
