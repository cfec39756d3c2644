"""Identifiers: opaque text, one type each, so that one cannot be passed for another."""

from typing import NewType

AccountId = NewType("AccountId", str)
ConversationId = NewType("ConversationId", str)
ContactId = NewType("ContactId", str)
MessageId = NewType("MessageId", str)
NotificationId = NewType("NotificationId", str)
UserId = NewType("UserId", str)
EventId = NewType("EventId", str)
RuleId = NewType("RuleId", str)
IntentKey = NewType("IntentKey", str)
