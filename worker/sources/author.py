"""Who we are to the platform: what tells our own messages from a colleague's."""

from __future__ import annotations

from collections.abc import Mapping

from worker.model.chat import Message
from worker.model.gateway import Gateway
from worker.sources.memory import Memory

OWN_USER = "account.user"
"""Memo: the user id under which our messages are stored. Right after a restart nothing else
tells it, and that is when lost answers are read back."""


def own_user(gateway: Gateway, memory: Memory) -> str:
    """Our user id; "" while nobody knows it."""
    return gateway.identity.user_id or memory.memos.get(OWN_USER, "")


def learned(gateway: Gateway, memory: Memory) -> Mapping[str, str]:
    """What there is to remember about who we are; empty where the ledger knows it."""
    known = gateway.identity.user_id
    return {OWN_USER: known} if known and memory.memos.get(OWN_USER) != known else {}


def by_another(message: Message, us: str) -> bool:
    """The message has an author, and it is not us.

    A message stored without one may be ours: the newer gateway once lost the author of replies.
    """
    return bool(us and message.sender_id and message.sender_id != us)
