"""Warnings of rules that ask: questions whose answer comes when nothing more may be said."""

from __future__ import annotations

from collections.abc import Iterator

from worker.actions.ask import AskAction
from worker.duration import format_duration
from worker.errors import Problem
from worker.ruleset.building import Written
from worker.ruleset.lint_walk import steps_of, warning


def warnings_of_questions(written: Written) -> Iterator[Problem]:
    """Questions that are asked so often that `limits` hold back what follows."""
    limits = [one for one in written.rule.limits if one.per == "conversation"]
    strictest = min(limits, key=lambda one: one.max, default=None)
    if strictest is None:
        return
    for step, at in steps_of(written):
        action = step.action
        if not isinstance(action, AskAction) or not (action.extract or action.quick_replies):
            continue  # any message answers it
        asked = 1 + action.retries
        if asked > strictest.max or (asked == strictest.max and _more(written)):
            message = (
                f"asked {asked} times, it uses up the limit of {strictest.max} messages in "
                f"{format_duration(strictest.within)}, and what follows is held back"
            )
            hint = "write fewer 'retries', or larger 'limits' with allow_unsafe: true"
            yield warning(written.place((*at, "ask")), message, hint)


def _more(written: Written) -> bool:
    """Customers see something of the rule besides one question."""
    return sum(step.action.visible for step, _ in steps_of(written)) > 1
