"""Prefixes, credentials, headers, and the plumbing of the gateway itself."""

from __future__ import annotations

import pytest

from tests.clocks import HandClock
from tests.unit.sandbox.asking import ask, begin, request, send
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.reply import Ending


@pytest.mark.parametrize(
    "prefix",
    ["/v1/backend", "/backend/v1", "/channel-service/v1", "/v1/channel-service/v1"],
)
def test_every_spelling_of_the_prefix_is_served(gateway: SandboxGateway, prefix: str) -> None:
    """Without it a client set to one prefix could not be told from one set to another."""
    assert ask(gateway, "GET", f"{prefix}/contacts").status == 200


def test_a_prefix_can_be_switched_off(gateway: SandboxGateway) -> None:
    """Without it probing for the prefix could not be tried."""
    gateway.stage.set_switches(backend_prefix=False)
    assert ask(gateway, "GET", "contacts").status == 404
    gateway.stage.set_switches(backend_prefix=True, channel_service_prefix=False)
    assert ask(gateway, "GET", "/channel-service/v1/contacts").status == 404
    gateway.stage.set_switches(third_party=False)
    assert ask(gateway, "GET", "/3rd/conversations/x/messages").status == 404


def test_each_family_refuses_in_its_own_words(
    gateway: SandboxGateway, newer: SandboxGateway
) -> None:
    """Without it a client that reads one shape of 401 would pass."""
    assert ask(gateway, "GET", "contacts", token="acc_no").document == {
        "code": 40001,
        "message": "Unauthorized",
    }
    assert ask(newer, "GET", "contacts", token="acc_no").document == {
        "message": "Unauthorized - Invalid token"
    }
    nobody = ask(gateway, "GET", "contacts", token="")
    assert nobody.document == {"message": "Unauthorized - API key or Access Token required"}
    key = ask(gateway, "GET", "contacts", token="", headers={"x-api-key": "api_no"})
    assert (key.status, key.document["error"]) == (401, "Unauthorized")
    assert key.document["request_id"]
    third = "/3rd/conversations/x/messages"
    assert ask(gateway, "GET", third, token="").document["message"].endswith("x-access-token")
    wrong = ask(gateway, "GET", third)
    assert wrong.document == {"message": "Unauthorized - Invalid third party token"}


def test_a_good_api_key_is_let_in_and_a_contact_is_kept_out(gateway: SandboxGateway) -> None:
    """Without it credentials could be mixed up unnoticed."""
    key = {"x-api-key": gateway.api_token}
    assert ask(gateway, "GET", "contacts", token="", headers=key).status == 200
    contact = gateway.stage.create_contact()
    assert ask(gateway, "GET", "contacts", token=contact).status == 401
    assert ask(gateway, "GET", "contacts", token=gateway.api_token).status == 401


def test_a_replaced_token_is_refused_and_the_new_one_works(gateway: SandboxGateway) -> None:
    """Without it resuming after a 401 could not be tried."""
    old = gateway.access_token
    new = gateway.stage.replace_token()
    assert ask(gateway, "GET", "contacts", token=old).status == 401
    assert ask(gateway, "GET", "contacts", token=new).status == 200
    gateway.stage.revoke_token()
    assert ask(gateway, "GET", "contacts").status == 401
    gateway.stage.restore_token()
    assert ask(gateway, "GET", "contacts").status == 200


def test_answers_carry_the_platforms_time_and_the_request_id(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it a client could not learn how far the platform's clock is off."""
    answer = ask(gateway, "GET", "contacts", headers={"x-request-id": "r" * 80})
    assert answer.headers["date"] == "Mon, 05 Oct 2026 02:00:00 GMT"
    assert answer.headers["x-request-id"] == "r" * 64
    assert answer.headers["x-license-required"] == "false"
    gateway.stage.set_clock(600.0)
    later = send(gateway, conversation)
    assert later.headers["date"] == "Mon, 05 Oct 2026 02:10:00 GMT"
    assert later.document["created_at"] == "2026-10-05T02:10:00.000Z"


def test_the_limiter_answers_text_without_headers(
    gateway: SandboxGateway, clock: HandClock
) -> None:
    """Without it a client that waits for Retry-After would wait for ever."""
    gateway.stage.set_switches(rate_limit=2, rate_window_s=60.0)
    assert [ask(gateway, "GET", "contacts").status for _ in range(3)] == [200, 200, 429]
    answer = ask(gateway, "GET", "contacts")
    assert answer.content == b"Too many requests. Please try again later."
    assert answer.headers["content-type"].startswith("text/html")
    assert "retry-after" not in answer.headers
    clock.pass_by(60)
    assert ask(gateway, "GET", "contacts").status == 200


def test_a_body_that_is_not_called_json_is_swallowed(
    gateway: SandboxGateway, newer: SandboxGateway, conversation: str
) -> None:
    """Without it the seed's own curl, which reads nothing, would look fine."""
    row = ask(gateway, "GET", "notifications").document["data"][0]
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = ask(gateway, "PUT", "notifications/read", [row["id"]], headers=form)
    assert (answer.status, answer.content) == (200, b"")
    assert ask(gateway, "GET", "notifications").document["unread_count"] == 1
    headers = {"x-access-token": newer.access_token, **form}
    reply = newer.begin(request("PUT", "notifications/read", [], headers=headers))
    assert (reply.ending, reply.delay_s) == (Ending.CLOSED, 30.0)


def test_a_chunked_delete_loses_its_body_and_its_connection(
    gateway: SandboxGateway, conversation: str
) -> None:
    """Without it a client that streams the body would pass."""
    headers = {"x-access-token": gateway.access_token, "transfer-encoding": "chunked"}
    reply = gateway.begin(request("DELETE", "notifications/dismiss", [], headers=headers))
    assert reply.ending is Ending.RESET


def test_a_refused_platform_answers_nobody(gateway: SandboxGateway) -> None:
    """Without it an outage would have to be a broken test machine."""
    gateway.down = True
    assert begin(gateway, "GET", "contacts").ending is Ending.REFUSED
    assert gateway.requests.counts["list_contacts"] == 1


def test_the_same_seed_makes_the_same_ids(clock: HandClock) -> None:
    """Without it a failing seeded run could not be played again."""
    made = [SandboxGateway(clock, seed=seed).stage.create_contact() for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]


def test_the_root_says_what_it_is(gateway: SandboxGateway) -> None:
    """Without it the cheapest probe of a base URL would be a 404."""
    assert ask(gateway, "GET", "/", token="").document["name"] == "App Gateway Public Server"
