"""Keys that say why: derived from the cause, never random, never a time."""

from __future__ import annotations

from hashlib import blake2b

from worker.model.ids import AccountId, EventId, IntentKey, RuleId


def intent_key(account: AccountId, event: EventId, rule: RuleId, position: int) -> IntentKey:
    """The key of the intent that this event, rule and step cause: 32 hex digits, never changing."""
    cause = "\x1f".join((account, event, rule, str(position)))
    return IntentKey(blake2b(cause.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest())


def spread(key: IntentKey) -> float:
    """A number in 0…1 that differs between intents and never changes for one."""
    return int(key[:8], 16) / 0xFFFFFFFF
