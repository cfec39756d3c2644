"""What an action is given while it is performed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from worker.actions import ACTIONS_BY_KIND
from worker.model.action import Intent, Performed
from worker.model.gateway import Gateway
from worker.model.noun import Noun
from worker.model.state import ContactState, ConversationState

Post = Callable[[str, bytes, Mapping[str, str], float], Awaitable[None]]


class LaneDesk(Noun, frozen=True, kw_only=True):
    """The platform and the lane's state as known at this moment; see `model.action.Desk`."""

    gateway: Gateway
    intent: Intent
    conversation: ConversationState | None
    contact: ContactState | None
    now: datetime
    tag_field: str
    quick_replies: str
    memos: Mapping[str, str]
    poster: Post

    def memo(self, name: str) -> str:
        """A remembered fact about the account, "" if none."""
        return self.memos.get(name, "")

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> None:
        """The body was accepted by the address outside.

        Raises:
            GatewayError: it was not, or nobody knows.
        """
        await self.poster(url, body, headers, timeout_s)


def own_side(intent: Intent, desk: LaneDesk) -> Performed:
    """What an action changes here, which holds from its first attempt on, whatever the platform
    does; nothing where it is not for this attempt to say.

    Only of actions that may be repeated: another one's must not be told twice, and reading back
    decides about it. Later attempts leave it as it has become.
    """
    action = ACTIONS_BY_KIND[intent.kind]
    if not action.repeatable or intent.attempt > 1:
        return Performed()
    return action.aftermath(intent.work, desk)
