"""Guards that rules may tighten freely and loosen only on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from worker.duration import format_duration
from worker.model.limit import Limit

SHIPPED_LIMITS: tuple[Limit, ...] = (
    Limit(max=3, within=timedelta(minutes=10), per="conversation"),
    Limit(max=20, within=timedelta(hours=24), per="contact"),
)
SHIPPED_HUMAN_QUIET = timedelta(minutes=30)
SHIPPED_EXPIRES_AFTER = timedelta(minutes=15)

HINT = "keep to it, or say `allow_unsafe: true` in this rule"


def completed(limits: Iterable[Limit], others: Iterable[Limit]) -> tuple[Limit, ...]:
    """`limits`, and those of `others` for whom (`per`) it says nothing; none at all stays none."""
    own = tuple(limits)
    if not own:
        return ()
    named = {limit.per for limit in own}
    return own + tuple(limit for limit in others if limit.per not in named)


def loosened(
    limits: tuple[Limit, ...], human_quiet: timedelta, expires_after: timedelta
) -> Iterator[tuple[str, str]]:
    """The keys whose value guards less than what is shipped, each with what is wrong."""
    for shipped in SHIPPED_LIMITS:
        if not any(_covers(limit, shipped) for limit in limits):
            yield "limits", f"these limits allow more than the shipped {_written(shipped)}"
            break
    if human_quiet < SHIPPED_HUMAN_QUIET:
        shown = f"{format_duration(human_quiet)} is shorter than the shipped"
        yield "human_quiet", f"human_quiet of {shown} {format_duration(SHIPPED_HUMAN_QUIET)}"
    if expires_after > SHIPPED_EXPIRES_AFTER:
        shown = f"{format_duration(expires_after)} is longer than the shipped"
        yield "expires_after", f"expires_after of {shown} {format_duration(SHIPPED_EXPIRES_AFTER)}"


def _covers(limit: Limit, shipped: Limit) -> bool:
    """`limit` can never allow what `shipped` forbids.

    Any window of the shipped length is covered by as many windows of the limit's length as fit
    into it, rounded up. A bound per contact bounds each of its conversations.
    """
    if limit.per != shipped.per and (limit.per, shipped.per) != ("contact", "conversation"):
        return False
    if limit.within <= timedelta(0):
        return False
    windows = -(-shipped.within // limit.within)
    return limit.max * windows <= shipped.max


def _written(limit: Limit) -> str:
    return f"{limit.max} in {format_duration(limit.within)} per {limit.per}"
