"""Where the API begins, and who the token is: asked once, when the account is opened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace.client import ImbraceClient
from worker.gateways.imbrace.lists import MISSING
from worker.gateways.imbrace.protocol import KNOWN_PREFIXES, prefix_of
from worker.gateways.imbrace.wire import text
from worker.model.gateway import Identity


async def learn_identity(
    client: ImbraceClient, identity: Identity, *, probe_prefix: bool
) -> Identity:
    """The identity with what contacts and notifications tell; the client's prefix works.

    Raises:
        GatewayError: the platform is not reachable, refuses the token, or has no API there.
    """
    if not probe_prefix:
        return await _asked(client, identity)
    for setting in KNOWN_PREFIXES:
        client.prefix = prefix_of(setting)
        try:
            return await _asked(client, identity)
        except GatewayError as error:
            if error.fault not in MISSING:
                raise
    raise GatewayError(
        Fault.UNSUPPORTED,
        f"none of the API prefixes {', '.join(KNOWN_PREFIXES)} is served under the base URL; "
        "check WORKER_BASE_URL, or set WORKER_API_PREFIX",
        took_effect=TookEffect.NO,
    )


async def _asked(client: ImbraceClient, identity: Identity) -> Identity:
    """One of the two lists must be there; a token may be allowed only one of them."""
    first_error: GatewayError | None = None
    try:
        contacts = await client.list_contacts(0, 1)
    except GatewayError as error:
        if error.fault not in MISSING:
            raise
        first_error = error
    else:
        for contact in contacts.rows:
            identity = _filled(
                identity,
                organization_id=contact.organization_id,
                business_unit_id=contact.business_unit_id,
            )
    try:
        notifications = await client.list_notifications(0, 1)
    except GatewayError as error:
        if error.fault not in MISSING or first_error is not None:
            raise first_error or error from None
    else:
        for notification in notifications.rows:
            identity = _filled(identity, user_id=notification.recipient)
    return identity


def _filled(identity: Identity, **found: Any) -> Identity:
    """What a setting or an earlier answer said stays."""
    for name, value in found.items():
        if text(value) and not getattr(identity, name):
            changed: dict[str, Any] = {name: text(value)}
            identity = replace(identity, **changed)
    return identity
