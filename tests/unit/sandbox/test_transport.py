"""The sandbox in process: faults become the errors a client would see, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from tests.clocks import HandClock
from tests.unit.sandbox.asking import messages
from worker.errors import Fault, GatewayError, TookEffect
from worker.model.http import Request
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.transport import SandboxTransport


def sending(gateway: SandboxGateway, conversation: str) -> Request:
    """A send as a client makes it."""
    return Request(
        method="POST",
        path="/v1/backend/conversation_messages",
        headers={"X-Access-Token": gateway.access_token},
        body={"conversation_id": conversation, "type": "text", "text": "x"},
        has_body=True,
        writes=True,
    )


async def test_a_call_is_answered_with_its_body_copied(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it a body changed after the call would change what the platform has."""
    transport = SandboxTransport(gateway)
    request = sending(gateway, conversation)
    assert (await transport.send(request)).status == 200
    request.body["text"] = "changed"
    assert messages(gateway, conversation)[0]["content"] == {"text": "x"}
    await transport.close()


@pytest.mark.parametrize(
    ("fault", "kind", "took_effect", "stored"),
    [
        ("refuse", Fault.REFUSED, TookEffect.NO, 0),
        ("reset", Fault.DISCONNECTED, TookEffect.MAYBE, 0),
        ("reset-after", Fault.DISCONNECTED, TookEffect.MAYBE, 1),
        ("close seconds=10", Fault.DISCONNECTED, TookEffect.MAYBE, 0),
        ("close-after seconds=10", Fault.DISCONNECTED, TookEffect.MAYBE, 1),
        ("close-after seconds=30", Fault.TIMEOUT, TookEffect.MAYBE, 1),
        ("stall", Fault.TIMEOUT, TookEffect.MAYBE, 0),
        ("stall-after", Fault.TIMEOUT, TookEffect.MAYBE, 1),
    ],
)
async def test_a_fault_becomes_the_error_a_client_can_know(
    gateway: SandboxGateway,
    conversation: str,
    *,
    fault: str,
    kind: Fault,
    took_effect: TookEffect,
    stored: int,
) -> None:
    """Without it scenarios in virtual time would fail otherwise than real sockets do."""
    gateway.faults.add(f"send_message: {fault}")
    transport = SandboxTransport(gateway, timeout_s=20.0)
    with pytest.raises(GatewayError) as caught:
        await transport.send(sending(gateway, conversation))
    assert (caught.value.fault, caught.value.took_effect) == (kind, took_effect)
    assert gateway.access_token not in str(caught.value)
    assert len(messages(gateway, conversation)) == stored
    await transport.close()


async def test_an_outage_is_certainly_without_effect(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it every outage would need reading back."""
    gateway.down = True
    with pytest.raises(GatewayError) as caught:
        await SandboxTransport(gateway).send(sending(gateway, conversation))
    assert caught.value.took_effect is TookEffect.NO


async def test_a_slow_answer_within_the_timeout_is_an_answer(
    gateway: SandboxGateway, conversation: str, clock: HandClock
) -> None:
    """Without it every delay would be a failure."""
    gateway.faults.add("send_message: stall-after seconds=5")
    before = clock.monotonic()
    assert (await SandboxTransport(gateway).send(sending(gateway, conversation))).status == 200
    assert clock.monotonic() - before == 5.0


async def test_work_given_up_on_may_still_be_done_later(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it the effect after the time-out, the hardest case, could not be tried."""
    gateway.faults.add("send_message: late seconds=40")
    transport = SandboxTransport(gateway, timeout_s=20.0)
    with pytest.raises(GatewayError):
        await transport.send(sending(gateway, conversation))
    while transport.unfinished:
        await asyncio.wait(transport.unfinished)
    assert len(messages(gateway, conversation)) == 1
    await transport.close()
