"""Was it sent? The conversation is read back until the message is found or can no longer come."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from worker.actions import ACTIONS_BY_KIND
from worker.clock import Clock
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.limits import urgent
from worker.model.action import Intent, IntentState
from worker.model.chat import Conversation, Message, Sender
from worker.model.gateway import Gateway, Page
from worker.model.ids import MessageId
from worker.sources.author import by_another, own_user
from worker.sources.memory import Memory
from worker.sources.reading import read_until

SLACK = timedelta(seconds=3)
"""The platform's clock is known to a second, and calls take time: a message this much older than
the claim may still be ours. An earlier identical one of ours is told apart by its id."""

PAGE = 20
MOST = 500
PAUSES_S = (0.3, 0.7, 1.0, 2.0, 3.0, 5.0)
"""Between read-backs; the last one repeats."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`DONE` with the message, `PENDING` (certainly not sent) or `IN_DOUBT` (nobody can tell)."""

    state: IntentState
    message_id: MessageId | None = None
    error: str = ""


class ReadBack:
    """Resolves unknown outcomes of one account."""

    def __init__(
        self,
        gateway: Gateway,
        memory: Memory,
        clock: Clock,
        *,
        settling_s: float,
        in_doubt_after_s: float,
    ) -> None:
        self._gateway = gateway
        self._memory = memory
        self._clock = clock
        self._settling_s = settling_s
        self._in_doubt_after_s = in_doubt_after_s

    async def resolve(self, intent: Intent, conversation: Conversation, since: float) -> Answer:
        """What became of the call.

        Args:
            since: monotonic time at which the call ended, or would have ended at the latest.
        """
        failing_since: float | None = None
        looks = 0
        while True:
            begun = self._clock.monotonic()
            try:
                with urgent():
                    found = await self._look(intent, conversation)
            except GatewayError as error:
                failing_since = begun if failing_since is None else failing_since
                if self._clock.monotonic() - failing_since >= self._in_doubt_after_s:
                    return Answer(IntentState.IN_DOUBT, error=f"reading back fails: {error}")
            else:
                failing_since = None
                if found is not None:
                    return Answer(IntentState.DONE, found)
                if begun - since >= self._settling_s:
                    return Answer(IntentState.PENDING, error="not sent: the conversation shows it")
            await self._clock.sleep(PAUSES_S[min(looks, len(PAUSES_S) - 1)])
            looks += 1

    async def _look(self, intent: Intent, conversation: Conversation) -> MessageId | None:
        """The id of the message this intent left, the oldest that fits and is nobody else's.

        Raises:
            GatewayError: the conversation could not be read, or not all of it.
        """
        oldest = (intent.claimed_at or intent.created_at) - SLACK

        def too_old(message: Message) -> bool:
            return message.created_at is not None and message.created_at < oldest

        async def fetch(skip: int, limit: int) -> Page[Message]:
            return await self._gateway.messages(conversation, skip, limit)

        rows, unreadable = await read_until(fetch, too_old, limit=PAGE, most=MOST)
        fitting = [message for message in rows if _fits(intent, message)]
        if any(message.sender_id for message in fitting):
            us = await self._us()
            fitting = [message for message in fitting if not by_another(message, us)]
        taken = await self._memory.ours(message.id for message in fitting)
        found = next((one.id for one in reversed(fitting) if one.id not in taken), None)
        if found is None and unreadable:
            raise GatewayError(
                Fault.UNREADABLE,
                f"{unreadable} messages have wrong types: ours may be one of them",
                took_effect=TookEffect.NO,
            )
        return found

    async def _us(self) -> str:
        """Our user id, asked for if need be; "" where nothing tells it."""
        if not own_user(self._gateway, self._memory):
            # their recipient is us; a token may be refused this list, and then content decides
            with suppress(GatewayError):
                await self._gateway.notifications(0, 1)
        return own_user(self._gateway, self._memory)


def _fits(intent: Intent, message: Message) -> bool:
    return message.sender is not Sender.CUSTOMER and (
        ACTIONS_BY_KIND[intent.kind].recognises(intent.work, message)
    )
