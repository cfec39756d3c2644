"""Endpoints of notifications: one list per person. Source: seed 0 §§5-6; facts §5."""

from __future__ import annotations

from typing import Any

from worker.sandbox import documents
from worker.sandbox.call import NO_BODY, Call, cut, invalid
from worker.sandbox.records import Notification

_FIRST_CODE = {"assigns": 1, "conversations": 2, "teams": 3}  # 1xx, 2xx, 3xx


def _of_kind(notification: Notification, kind: str) -> bool:
    return not kind or notification.type // 100 == _FIRST_CODE.get(kind)


def list_notifications(call: Call) -> Any:
    """The caller's own notifications, newest first."""
    skip, limit = call.bounds()
    mine = call.world.notifications.get(call.caller.id, {})
    kind = call.query.get("type", "")
    if kind:
        found = [row for row in reversed(mine.values()) if _of_kind(row, kind)]
        count, page = len(found), found[skip : skip + limit]
    else:
        count, page = len(mine), cut(reversed(mine.values()), skip, limit)
    return {
        "data": [documents.notification(row) for row in page],
        "count": count,
        "total": len(page),
        "unread_count": call.world.unread.get(call.caller.id, 0),
        "has_more": skip + len(page) < count,
    }


def _ids(call: Call) -> tuple[str, ...]:
    if call.body is None:
        return ()  # Source: facts §1.1: a lost body may still be answered 200
    if not isinstance(call.body, list) or not all(isinstance(one, str) for one in call.body):
        raise invalid()
    return tuple(call.body)


def read_notifications(call: Call) -> Any:
    """The named ones are read; 200 without a body."""
    ids = _ids(call)
    call.world.read(call.caller.id, ids)
    call.record("read", *ids)
    return NO_BODY


def dismiss_notifications(call: Call) -> Any:
    """The named ones have left the list; 200 without a body."""
    ids = _ids(call)
    gone = call.world.dismiss(call.caller.id, ids)
    call.record("dismiss", *ids, gone=list(gone))
    return NO_BODY


def dismiss_all(call: Call) -> Any:
    """All of one kind, or all, have left the list; 200 without a body."""
    kind = call.query.get("type", "")
    mine = call.world.notifications.get(call.caller.id, {})
    gone = call.world.dismiss(
        call.caller.id, [row.id for row in mine.values() if _of_kind(row, kind)]
    )
    call.record("dismiss_all", *gone, type=kind)
    return NO_BODY
