"""What keeps an answer from being given: asked when planning and again just before sending."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from worker.duration import format_duration
from worker.engine.history import History, Owners
from worker.model.chat import DO_NOT_DISTURB
from worker.model.ids import IntentKey
from worker.model.noun import Noun
from worker.model.rule import Limit, Rule
from worker.model.state import ContactState, ConversationState
from worker.model.verdict import Reason

SILENT_STATUSES = frozenset({"closed", "spam"})
"""Statuses in which nothing is answered; any other, known or not, is open.
Source: the front end's status set; closed and spam are the ones a bot must avoid."""

VENDOR_BOT_MODE = "automation"
"""The mode in which the vendor's own bot answers and people only read."""


LOOP_ROUND = timedelta(seconds=10)
"""From one answer to the next, in a conversation of two bots: both look for messages every two
seconds and wait two more for a burst to settle. A person reads, thinks and types for longer, or
presses a button."""


ONE_ANSWER = timedelta(milliseconds=500)
"""Sends closer than this are the steps of one answer: the fastest poll takes as long."""


class Withheld(Noun, frozen=True):
    """Why something is not done now."""

    reason: Reason
    detail: str


def conversation_guard(
    state: ConversationState,
    contact: ContactState | None,
    human_quiet: timedelta,
    now: datetime,
    besides: Container[Reason] = (),
) -> Withheld | None:
    """Why no customer-visible action may happen in this conversation at `now`; None: it may.

    Args:
        besides: reasons that do not count.
    """
    for one in _reasons(state, contact, human_quiet, now):
        if one.reason not in besides:
            return one
    return None


def _reasons(
    state: ConversationState, contact: ContactState | None, human_quiet: timedelta, now: datetime
) -> Iterator[Withheld]:
    """Every reason for silence, the weightiest first."""
    conversation = state.conversation
    if conversation.status in SILENT_STATUSES:
        yield Withheld(Reason.CLOSED, f"conversation is {conversation.status}")
    if conversation.mode == VENDOR_BOT_MODE:
        yield Withheld(Reason.VENDOR_BOT, "the platform's own bot answers in this mode")
    if contact is not None and opted_out(contact):
        yield Withheld(Reason.OPTED_OUT, "the contact asked for silence")
    if state.silent_until_closed:
        yield Withheld(Reason.HANDED_OVER, "handed over until the conversation is closed")
    if state.silent_until is not None and now < state.silent_until:
        yield Withheld(
            Reason.HANDED_OVER,
            f"handed over until {state.silent_until.isoformat(timespec='seconds')}",
        )
    if state.last_person_at is not None and now - state.last_person_at < human_quiet:
        yield Withheld(
            Reason.HUMAN, f"a person wrote at {state.last_person_at.isoformat(timespec='seconds')}"
        )


def opted_out(contact: ContactState) -> bool:
    """The contact asked for silence, by phrase, tag or the platform's own flag."""
    return (
        contact.opted_out_at is not None
        or DO_NOT_DISTURB in contact.tags
        or (contact.contact is not None and contact.contact.do_not_disturb)
    )


def cooldown_guard(
    rule: Rule,
    history: History,
    now: datetime,
    conversation_id: str | None,
    contact_id: str | None,
) -> Withheld | None:
    """Why the rule rests; None: it does not."""
    cooldown = rule.cooldown
    if cooldown is None:
        return None
    per = cooldown.per
    if per == "contact" and contact_id is None:
        per = "conversation"  # strangers must not rest for each other
    last = history.last_fired(rule, per, conversation_id, contact_id)
    if last is None or now >= (until := cooldown.rests_until(last)):
        return None
    told = f"acted at {last.isoformat(timespec='seconds')}, rests until {until.isoformat()}"
    window = "until_open" if cooldown.window is None else format_duration(cooldown.window)
    return Withheld(Reason.COOLDOWN, f"{told}; its cooldown is {window}")


def limit_guard(
    limits: tuple[Limit, ...],
    history: History,
    now: datetime,
    owners: Owners,
    besides: IntentKey | None = None,
    typed_at: datetime | None = None,
) -> Withheld | None:
    """Why one more visible send would be too many; None: there is room.

    Args:
        typed_at: platform time of the message that would be answered; None where it is none, or an
            option that was picked.
    """
    # nobody known: strangers' sends must not be counted together
    counted = [limit for limit in limits if getattr(owners, limit.per) is not None]
    reached = history.reached(counted, now, owners, besides)
    if reached is None:
        return None
    minutes = reached.within.total_seconds() / 60
    detail = f"{reached.max} sends per {minutes:g} min per {reached.per}"
    if typed_at is None or owners.conversation is None or reached.per != "conversation":
        return Withheld(Reason.LIMIT, detail)
    if not _is_loop(history.newest_sends(reached.max, owners.conversation), typed_at):
        return Withheld(Reason.LIMIT, detail)
    drawn = f"each drew the next message within {LOOP_ROUND.total_seconds():g} s"
    return Withheld(Reason.LOOP, f"{detail}; {drawn}, as bots do that answer each other")


def _is_loop(sends: Sequence[datetime], typed_at: datetime) -> bool:
    """At least two answers, of which each was followed by the next message at a machine's pace."""
    rounds = [later - earlier for earlier, later in pairwise((*sends, typed_at))]
    apart = sum(one > ONE_ANSWER for one in rounds[:-1])
    return apart > 0 and all(one < LOOP_ROUND for one in rounds)


def stale_guard(at: datetime, expires_after: timedelta, now: datetime) -> Withheld | None:
    """Why the event is too old to act on; None: it is not."""
    age = now - at
    if age <= expires_after:
        return None
    return Withheld(Reason.STALE, f"{age.total_seconds():.0f} s old, expires after {expires_after}")
