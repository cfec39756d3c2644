"""Calls about notifications. Source: seed 0 §5 and the three after it; facts §5."""

from __future__ import annotations

from collections.abc import Sequence

from worker.gateways.imbrace.answers import Call, Listing, acknowledged, listing
from worker.gateways.imbrace.protocol import Prefix, get, page, write
from worker.gateways.imbrace.wire import NotificationRow
from worker.model.http import Request


def notifications(
    prefix: Prefix, skip: int, limit: int, kind: str = ""
) -> Call[Listing[NotificationRow]]:
    """The token's user's notifications, newest first.

    Args:
        kind: `conversations`, `assigns`, `teams`, or "" for all.
    """
    query = (*page(skip, limit), ("type", kind)) if kind else page(skip, limit)
    request = get("notifications.list", f"{prefix.v1}/notifications", query)
    return Call(request, listing(request, NotificationRow))


def read(prefix: Prefix, ids: Sequence[str]) -> Call[None]:
    """They are read. The body is a bare array; other spellings are contradicted by the seed."""
    path = f"{prefix.v1}/notifications/read"
    request = write("PUT", "notifications.read", path, list(ids))
    return Call(request, acknowledged(request))


def dismiss(prefix: Prefix, ids: Sequence[str]) -> Call[None]:
    """They are out of the list: a bare array on a DELETE."""
    path = f"{prefix.v1}/notifications/dismiss"
    request = write("DELETE", "notifications.dismiss", path, list(ids))
    return Call(request, acknowledged(request))


def dismiss_all(prefix: Prefix, kind: str = "") -> Call[None]:
    """All of a kind are out of the list; no body."""
    request = Request(
        method="DELETE",
        path=f"{prefix.v1}/notifications/dismiss/all",
        query=(("type", kind),) if kind else (),
        writes=True,
        endpoint="notifications.dismiss_all",
    )
    return Call(request, acknowledged(request))
