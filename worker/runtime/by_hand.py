"""What a person decides about dead and in-doubt actions: one rule for the worker and the commands.

The store is held by the running worker, so a command puts the decision down in the ledger and the
worker carries it out within a second. Where no worker runs, the command does the same by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from worker.actions import ACTIONS_BY_KIND
from worker.clock import Clock
from worker.engine.suspension import marked, suspended
from worker.log import get_logger
from worker.metrics import Metrics
from worker.model.action import Intent, IntentState, Performed
from worker.model.hand import Act, Hand
from worker.model.ids import MessageId
from worker.model.ledger import Ledger, Settlement, visible_send
from worker.model.state import ContactState, ConversationState
from worker.runtime.desk import LaneDesk
from worker.runtime.executor import Executor
from worker.sources.memory import Memory

if TYPE_CHECKING:
    from worker.model.gateway import Gateway
    from worker.runtime.desk import Post

log = get_logger()

LOOK_S = 1.0
"""Between looks for decisions."""

RETRY_AT_REST = timedelta(hours=24)
"""How long a retry stays valid while no worker runs; a running one takes the action's own time."""

BY_HAND = "by_hand"
"""The reason of an intent that a person dropped."""

REFUSED = "refused: "
"""How the answer begins to a decision that cannot be carried out."""

HELD = frozenset({IntentState.DEAD, IntentState.IN_DOUBT})
"""What waits for a person."""


class ActRefusedError(Exception):
    """The decision cannot be carried out; the text says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """The states that a confirmed action may change, as they are now."""

    conversation: ConversationState | None = None
    contact: ContactState | None = None


def may_act(intent: Intent | None, hand: Hand) -> Intent:
    """The intent, which waits for a person.

    Raises:
        ActRefusedError: there is none, it is another account's, or it waits for nobody.
    """
    if intent is None or intent.account != hand.account:
        raise ActRefusedError(f"there is no action {hand.key}")
    if intent.state not in HELD:
        raise ActRefusedError(
            f"action {intent.key} is {intent.state.value}; only dead and in-doubt ones are settled"
            " by hand"
        )
    return intent


def settled(
    intent: Intent, hand: Hand, now: datetime, lasts: timedelta, after: Performed
) -> Settlement:
    """The step that the decision stands for.

    Args:
        now: platform time.
        lasts: how long a retry may wait for its first call.
        after: what a confirmed action leaves behind.
    """
    if hand.act is Act.RETRY:
        return Settlement(key=intent.key, state=IntentState.PENDING, at=now, expires_at=now + lasts)
    if hand.act is Act.DROP:
        return Settlement(key=intent.key, state=IntentState.SKIPPED, at=now, reason=BY_HAND)
    return Settlement(
        key=intent.key,
        state=IntentState.DONE,
        at=now,
        result_id=hand.message_id,
        conversation=after.conversation,
        contact=after.contact,
        memo=after.memo,
    )


def lifetime(intent: Intent) -> timedelta:
    """How long the action was meant to be of use, counted from its event."""
    return max(intent.expires_at - intent.event_at, timedelta(minutes=1))


def aftermath(intent: Intent, hand: Hand, known: Known, now: datetime) -> Performed:
    """What the action leaves behind if it was done: a menu that waits, a silence, a tag."""
    if hand.act is not Act.CONFIRM:
        return Performed()
    desk = LaneDesk(
        # A confirmed action was done already: its aftermath changes what we know, and calls nobody.
        gateway=cast("Gateway", None),
        intent=intent,
        conversation=known.conversation,
        contact=known.contact,
        now=now,
        tag_field="none",
        quick_replies="auto",
        memos={},
        poster=cast("Post", None),
    )
    return ACTIONS_BY_KIND[intent.kind].aftermath(intent.work, desk)


def told(intent: Intent, hand: Hand) -> str:
    """What the person is told when it is carried out."""
    if hand.act is Act.DROP:
        return f"dropped {intent.key}: it will not be done"
    if hand.act is Act.CONFIRM:
        message = f" as message {hand.message_id}" if hand.message_id else ""
        return f"confirmed {intent.key}: it counts as done{message}"
    doubt = intent.visible and intent.state is IntentState.IN_DOUBT
    twice = "; if the first one did arrive, the customer gets it twice" if doubt else ""
    return f"retried {intent.key}: it is done unless a guard withholds it{twice}"


async def at_rest(ledger: Ledger, hand: Hand) -> str:
    """The decision is carried out on a ledger that no worker holds; what the person is told.

    Raises:
        ActRefusedError: it cannot be.
    """
    intent = may_act(await ledger.intent(hand.key), hand)
    conversation = contact = None
    if intent.conversation_id is not None:
        found = await ledger.conversations(hand.account, [intent.conversation_id])
        conversation = found.get(intent.conversation_id)
    if intent.contact_id is not None:
        people = await ledger.contacts(hand.account, [intent.contact_id])
        contact = people.get(intent.contact_id)
    after = aftermath(intent, hand, Known(conversation, contact), hand.at)
    lasts = max(lifetime(intent), RETRY_AT_REST)
    step = waiting(intent, settled(intent, hand, hand.at, lasts, after), conversation)
    await ledger.settle([step])
    return told(intent, hand)


def waiting(intent: Intent, step: Settlement, state: ConversationState | None) -> Settlement:
    """The step of a question that is confirmed: from now on its answer is waited for.

    Args:
        state: the conversation as it is known.
    """
    if step.state is not IntentState.DONE:
        return step
    timer = suspended(replace(intent, state=step.state, claimed_at=step.at), step.at, {})
    known = step.conversation or state
    if timer is None or known is None:
        return replace(step, timer=timer)
    return replace(step, timer=timer, conversation=marked(known, timer))


class ByHand:
    """Carries out, in the running worker, what people decided.

    Args:
        now: platform time.
        alarmed: told when a timer that was stored is due.
    """

    def __init__(
        self,
        ledger: Ledger,
        memory: Memory,
        executor: Executor,
        clock: Clock,
        metrics: Metrics,
        now: Callable[[], datetime],
        alarmed: Callable[[datetime], None],
    ) -> None:
        self._alarmed = alarmed
        self._ledger = ledger
        self._memory = memory
        self._executor = executor
        self._clock = clock
        self._metrics = metrics
        self._now = now

    async def run(self) -> None:
        """Never returns."""
        while True:
            for hand in await self._ledger.asked(self._memory.account):
                await self._ledger.answer(hand.number, await self._answer(hand))
            await self._clock.rest(LOOK_S)

    async def _answer(self, hand: Hand) -> str:
        try:
            return await self.carry_out(hand)
        except ActRefusedError as refusal:
            return f"{REFUSED}{refusal}"

    async def carry_out(self, hand: Hand) -> str:
        """The decision is durable and takes effect; what the person is told.

        Raises:
            ActRefusedError: it cannot be carried out.
        """
        intent = may_act(await self._ledger.intent(hand.key), hand)
        known = await self._known(intent)
        now = self._now()
        # From here to the ledger without an await: see `Memory`.
        step = settled(intent, hand, now, lifetime(intent), self._merged(intent, hand, known, now))
        if hand.act is Act.CONFIRM:
            self._memory.ended(intent, hand.message_id)
            step = waiting(intent, step, self._remembered(intent) or known.conversation)
            if step.timer is not None and step.conversation is not None:
                self._memory.put(step.conversation)
        await self._ledger.settle([step])
        if step.timer is not None and step.timer.due_at is not None:
            self._alarmed(step.timer.due_at)
        self._metrics.action(intent.kind, step.state)
        log.info(
            "intent.settled",
            intent=intent.key,
            rule=intent.rule_id,
            action=intent.kind,
            state=step.state.value,
            by_hand=hand.act.value,
        )
        if hand.act is Act.RETRY:
            self._again(intent, step, now)
        return told(intent, hand)

    def _remembered(self, intent: Intent) -> ConversationState | None:
        one = intent.conversation_id
        return None if one is None else self._memory.remembered(one)

    async def _known(self, intent: Intent) -> Known:
        conversation = contact = None
        if intent.conversation_id is not None:
            conversation = await self._memory.conversation(intent.conversation_id)
        if intent.contact_id is not None:
            contact = await self._memory.contact(intent.contact_id)
        return Known(conversation, contact)

    def _merged(self, intent: Intent, hand: Hand, known: Known, now: datetime) -> Performed:
        after = aftermath(intent, hand, known, now)
        conversation, contact = after.conversation, after.contact
        if conversation is not None and known.conversation is not None:
            conversation = self._memory.merge(known.conversation, conversation)
        if contact is not None:
            contact = self._memory.merge_contact(known.contact, contact)
        return replace(after, conversation=conversation, contact=contact)

    def _again(self, intent: Intent, step: Settlement, now: datetime) -> None:
        if intent.visible:
            self._memory.history.sending([visible_send(intent, now)])
        again = replace(
            intent,
            state=step.state,
            expires_at=step.expires_at or intent.expires_at,
            settled_at=None,
        )
        self._executor.retry(again)


def decision(intent: Intent, act: Act, at: datetime, message_id: str | None = None) -> Hand:
    """The decision as it is put down."""
    return Hand(
        account=intent.account,
        key=intent.key,
        act=act,
        at=at,
        message_id=None if message_id is None else MessageId(message_id),
    )
