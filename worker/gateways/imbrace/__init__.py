"""iMBRACE: one account, ready to be opened."""

from __future__ import annotations

from collections.abc import Callable

from worker.clock import Clock
from worker.gateways.http import AiohttpTransport, checked_base_url
from worker.gateways.imbrace.answers import fault_of
from worker.gateways.imbrace.client import ImbraceClient
from worker.gateways.imbrace.gateway import ImbraceGateway
from worker.gateways.imbrace.protocol import KNOWN_PREFIXES, prefix_of
from worker.gateways.limits import Breaker, Budget, CallReport, GuardedTransport
from worker.model.gateway import Identity
from worker.model.http import Transport
from worker.model.ids import AccountId, UserId

PRODUCTION = "https://app-gateway.imbrace.co"
"""Source: seed 0 and seed 1."""


def connect(
    *,
    base_url: str,
    token_source: Callable[[], str],
    api_token_source: Callable[[], str] | None = None,
    api_prefix: str = KNOWN_PREFIXES[0],
    organization_id: str = "",
    business_unit_id: str = "",
    user_id: str = "",
    requests_per_minute: int = 600,
    concurrency: int = 64,
    request_timeout_s: float = 20.0,
    clock: Clock,
    on_call: Callable[[CallReport], None] | None = None,
    transport: Transport | None = None,
    account: str = "imbrace",
) -> ImbraceGateway:
    """The account, not opened yet; no call is made.

    Args:
        base_url: "" for the production host.
        token_source, api_token_source: asked at each call; the second may give "" for none.
        api_prefix: a path, or `auto` to probe the known ones when opened.
        organization_id: sent with each call where it is set; learned for the rest.
        on_call: told of each call that was made; gets no secret.
        transport: instead of HTTP over `base_url`.
        account: names the account in the ledger; must stay the same, or its history is another's.

    Raises:
        SettingsError: base URL or prefix cannot be one.
    """
    url = checked_base_url(base_url or PRODUCTION)
    probe = api_prefix.strip().lower() == "auto"
    carrier = transport or AiohttpTransport(
        url, timeout_s=request_timeout_s, max_in_flight=concurrency, user_agent="chat-worker"
    )
    budget = Budget(requests_per_minute, clock)
    # Each token has its own breaker: a refused /3rd token must not silence the account.
    breakers = (Breaker(clock), Breaker(clock))
    own, third = (
        GuardedTransport(carrier, budget, breaker, clock, on_call=on_call, fault_of=fault_of)
        for breaker in breakers
    )
    client = ImbraceClient(
        own,
        token=token_source,
        clock=clock,
        prefix=prefix_of(KNOWN_PREFIXES[0] if probe else api_prefix),
        organization_id=organization_id,
        third_transport=third,
        third_token=api_token_source,
    )
    identity = Identity(AccountId(account), UserId(user_id), organization_id, business_unit_id)
    return ImbraceGateway(
        client, clock, identity, budget=budget, breakers=breakers, probe_prefix=probe
    )


__all__ = ["PRODUCTION", "ImbraceGateway", "connect"]
