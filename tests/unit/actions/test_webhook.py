"""webhook: another system is told, in a way it can trust."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from tests.build import NOW, facts
from tests.unit.actions.desk import FakeDesk, done, read, told, work
from worker.actions.webhook import refused_address
from worker.model.action import RenderError

SECRET = "never-a-real-secret"
SIGNED = (
    f"webhook: {{url: 'https://example.com/x', secret: {SECRET}, "
    "json: {say: '{{ message.text }}'}}"
)


async def test_the_json_is_filled_and_posted() -> None:
    """The other system would read templates."""
    desk = FakeDesk()
    written = (
        "webhook: {url: 'https://example.com/{{ contact.id }}', timeout: 5s, "
        "json: {who: '{{ contact.first_name }}', list: ['{{ rule.id }}', 3, true, null]}}"
    )
    await done(written, desk)
    ((url, body, headers, timeout_s),) = desk.posts
    assert url == "https://example.com/con_1"
    assert json.loads(body) == {"who": "Mei", "list": ["my-rule", 3, True, None]}
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Idempotency-Key"] == "key-1"
    assert "X-Worker-Signature" not in headers
    assert timeout_s == 5


async def test_the_signature_is_over_time_and_body() -> None:
    """Anybody could tell the other system anything, or the same thing again next year."""
    desk = FakeDesk()
    await done(SIGNED, desk, facts("價錢"))
    ((_, body, headers, _),) = desk.posts
    timestamp = headers["X-Worker-Timestamp"]
    assert timestamp == str(int(NOW.timestamp()))
    signed = timestamp.encode() + b"." + body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Worker-Signature"] == f"sha256={expected}"


def test_the_secret_is_nowhere_but_in_the_rule() -> None:
    """Work is shown on the dashboard, and reprs end up in logs."""
    assert SECRET not in json.dumps(work(SIGNED))
    assert SECRET not in repr(read(SIGNED))


def test_without_json_the_event_is_sent() -> None:
    """Every author would write the same mapping."""
    body = json.loads(work("webhook: {url: 'https://example.com/x'}")["body"])
    assert body["event"] == {
        "id": "message:msg_1",
        "kind": "message.received",
        "at": NOW.isoformat(),
    }
    assert body["rule"] == "my-rule"
    assert body["message"]["text"] == "hello"
    assert (body["contact"], body["conversation"], body["channel"]) == ("con_1", "conv_1", "web")


def test_a_value_that_is_missing_posts_nothing() -> None:
    """The other system would act on half a fact."""
    with pytest.raises(RenderError):
        work("webhook: {url: 'https://example.com/x', json: '{{ contact.extra.no }}'}")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("ftp://example.com", "a webhook's address begins with"),
        ("example.com/x", "a webhook's address begins with"),
        ("https://", "a webhook's address begins with"),
        ("https://{{ message.text }}/x", "the host of a webhook cannot be a template"),
        ("https://a.{{ contact.id }}", "the host of a webhook cannot be a template"),
        ("https://user:pass@example.com/", "an address with a password in it is refused"),
        ("https://example.com:port/", "this is no address"),
        ("http://127.0.0.1/x", "127.0.0.1 is a private address"),
        ("http://10.1.2.3/x", "10.1.2.3 is a private address"),
        ("http://169.254.169.254/latest", "169.254.169.254 is a private address"),
        ("http://[::1]:8080/x", "::1 is a private address"),
        ("http://[::ffff:10.0.0.1]/x", "::ffff:10.0.0.1 is a private address"),
        ("http://[fe80::1]/x", "fe80::1 is a private address"),
        ("http://224.0.0.1/x", "224.0.0.1 is a private address"),
        ("http://0.0.0.0/x", "0.0.0.0 is a private address"),
    ],
)
def test_bad_addresses_are_told(written: str, message: str) -> None:
    """A rule could reach into the worker's own network, or send data where a customer says."""
    complaint = told(f"webhook: {{url: '{written}'}}")[0]
    assert complaint.loc == ("webhook", "url")
    assert complaint.message.startswith(message)


def test_the_setting_allows_addresses() -> None:
    """A team's own systems are behind the same wall."""
    allowed = {"webhook_allow": ("10.0.0.0/8", "hooks.internal")}
    assert told("webhook: {url: 'http://10.1.2.3/x'}", **allowed) == []
    assert told("webhook: {url: 'http://192.168.1.1/x'}", **allowed)
    assert not refused_address("93.184.216.34", ())
    assert not refused_address("hooks.internal", ())  # names are judged when they are resolved


@pytest.mark.parametrize(
    ("written", "loc"),
    [
        ("secret: short", ("webhook", "secret")),
        ("timeout: 5m", ("webhook", "timeout")),
        ("timeout: 0s", ("webhook", "timeout")),
        ("jsn: {}", ("webhook", "jsn")),
        ("json: {a: [x, '{{ contat.id }}']}", ("webhook", "json", "a", 1)),
    ],
)
def test_other_mistakes_are_told(written: str, loc: tuple[str | int, ...]) -> None:
    """A webhook that fails does so where nobody looks."""
    complaints = told(f"webhook: {{url: 'https://example.com/', {written}}}")
    assert [one.loc for one in complaints] == [loc]
    assert SECRET not in str(complaints)


def test_a_secret_that_is_refused_is_not_repeated_in_the_complaint() -> None:
    """Complaints go to logs and to the dashboard."""
    complaint = told("webhook: {url: 'https://example.com/', secret: hunter2}")[0]
    assert "hunter2" not in complaint.message + complaint.hint
