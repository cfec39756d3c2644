"""Rules of one answer after the other, and the moment at which the platform is asked."""

from __future__ import annotations

from tests.virtual_worker import Place

STEPS = """
defaults: { settle: 0s }
rules:
  - id: steps
    when: message.received
    do: [STEPS]
    limits: [{ max: 20, within: 10m, per: conversation }]
    allow_unsafe: true
"""


def steps(*lines: str) -> str:
    """One rule that does this."""
    return STEPS.replace("STEPS", ", ".join(lines))


async def asked(place: Place, endpoint: str) -> None:
    """The platform has just been asked for this."""
    before = place.gateway.requests.counts[endpoint]
    while place.gateway.requests.counts[endpoint] == before:
        await place.passes(0.05)
