"""What an author is told to change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.build import rule
from worker.engine.guards import Withheld
from worker.engine.rank import Rank
from worker.model.rule import Cooldown
from worker.model.verdict import Reason, RuleTrace
from worker.report.mends import mend

LATER = rule("later")


def outranked(rank: Rank) -> str:
    """The advice for a later rule, in the engine's own words."""
    withheld = rank.outranked(LATER)
    assert withheld is not None
    return mend(RuleTrace("later", withheld.reason, withheld.detail), LATER)


def test_the_advice_for_an_outranked_rule_fits_what_outranks_it() -> None:
    """`also: true` does not help beside a guard, and a priority below 0 only past a rest."""
    first = rule("first")
    answered, resting, held, stopped = Rank(), Rank(), Rank(), Rank()
    answered.acted(first, stops=False)
    resting.hold(first, Withheld(Reason.COOLDOWN, ""))
    held.hold(first, Withheld(Reason.HUMAN, ""))
    stopped.acted(first, stops=True)
    assert "'also: true' lets it answer too" in outranked(answered)
    assert "'priority' below 0 lets it answer while that one rests" in outranked(resting)
    assert "also" not in outranked(held)
    assert "before the 'stop'" in outranked(stopped)


def test_a_cooldown_is_named_with_its_length_and_owner() -> None:
    """The author looks for the number to change."""
    resting = rule("a", cooldown=Cooldown(timedelta(hours=12), "contact"))
    trace = RuleTrace("a", Reason.COOLDOWN, "acted at …")
    assert "'cooldown' is 12h per contact" in mend(trace, resting)
    assert "a shorter one lets it act sooner" in mend(trace, rule("a"))
    assert "a shorter one lets it act sooner" in mend(trace, None)


@pytest.mark.parametrize(
    "reason",
    sorted(
        set(Reason)
        - {Reason.MATCHED, Reason.CONDITION, Reason.UNDECIDED, Reason.GATEWAY}
        - {Reason.BACKLOG, Reason.OWN_MESSAGE}  # no rule is asked then
    ),
)
def test_every_reason_that_withholds_a_fitting_rule_has_its_advice(reason: Reason) -> None:
    """A new guard would leave the author with a word and no way on."""
    assert mend(RuleTrace("a", reason, ""), LATER)


def test_a_template_that_failed_of_its_own_making_has_no_default_to_give() -> None:
    """An author would add defaults to names that have values."""
    trace = RuleTrace("a", Reason.UNDECIDED, "template: a range may have 1000 numbers at most")
    assert mend(trace, None) == ""


def test_a_template_that_failed_is_told_how_to_mend() -> None:
    """The name is in the trace; what to do about it is not."""
    trace = RuleTrace("a", Reason.UNDECIDED, "template: 'price' has no value")
    assert "{{ name or 'text' }}" in mend(trace, LATER)
    assert mend(RuleTrace("a", Reason.UNDECIDED), LATER) == ""
