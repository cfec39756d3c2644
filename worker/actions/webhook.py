"""`webhook`: another system is told, in a way it can trust."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json as jsonlib
import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import override

from worker.actions.part import ActionPart
from worker.actions.wording import planned
from worker.conditions.fields import channel_of
from worker.conditions.keyed import complaint, complaint_at, raised
from worker.conditions.matcher import Duration
from worker.conditions.offer import require_template
from worker.conditions.part import load_context
from worker.model.action import Desk, Performed, RenderError
from worker.model.facts import Facts
from worker.model.rule import Rule
from worker.text.template import fill, is_template

_TIMEOUT = timedelta(seconds=10)  # a receiver that needs longer should answer first and work later
_LONGEST_TIMEOUT = timedelta(seconds=60)
_LARGEST_BYTES = 256 << 10
_SHORTEST_SECRET = 16


def _url(url: str, info: ValidationInfo) -> str:
    context = load_context(info)
    require_template(url, context)
    scheme, separator, rest = url.partition("://")
    host_part = rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    if scheme not in {"http", "https"} or not separator or not host_part:
        raise complaint("bad_url", "a webhook's address begins with https:// or http://", "")
    if is_template(host_part) or "}" in host_part:
        hint = "only what comes after the first / can be filled in"
        raise complaint("bad_url", "the host of a webhook cannot be a template", hint)
    try:
        parts = urlsplit(f"{scheme}://{host_part}")
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise complaint("bad_url", f"this is no address: {error}", "") from None
    if not host:
        raise complaint("bad_url", "this address names no host", "https://HOST/PATH")
    if re.search(r"\s", host_part):
        raise complaint("bad_url", "a host has no space in it", "take it out")
    if parts.username or parts.password:
        raise complaint("bad_url", "an address with a password in it is refused", "use 'secret'")
    if refused_address(host, context.webhook_allow):
        hint = "WORKER_WEBHOOK_ALLOW lists the hosts and networks that may be"
        raise complaint("private_address", f"{host} is a private address", hint)
    return url


def refused_address(host: str, allowed: tuple[str, ...]) -> bool:
    """The host is a literal address that is not public, and not allowed by host or network.

    Names are checked when they are resolved, each time.
    """
    try:
        address = ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_global and not address.is_multicast:
        return False
    return not any(_allows(entry, address) for entry in allowed)


def _allows(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _json(value: Any, info: ValidationInfo) -> Any:
    """The value, every text in it checked as a template."""
    lines: list[InitErrorDetails] = []
    _check_texts(value, (), info, lines)
    if lines:
        raise raised("json", lines)
    return value


def _check_texts(
    value: Any, loc: tuple[int | str, ...], info: ValidationInfo, lines: list[InitErrorDetails]
) -> None:
    if isinstance(value, str):
        try:
            require_template(value, load_context(info))
        except PydanticCustomError as error:
            lines.append(complaint_at(loc, value, error))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if is_template(str(key)):
                message = "a key is not filled in, only values are"
                wrong = complaint("key_template", message, "name it")
                lines.append(complaint_at((*loc, str(key), "[key]"), key, wrong))
            _check_texts(inner, (*loc, str(key)), info, lines)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            _check_texts(inner, (*loc, number), info, lines)
    elif isinstance(value, float) and not math.isfinite(value):
        wrong = complaint("no_json", "JSON has no such number", "leave it out, or write null")
        lines.append(complaint_at(loc, value, wrong))


def _timeout(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= _LONGEST_TIMEOUT:
        longest = _LONGEST_TIMEOUT.seconds
        raise complaint("bad_timeout", f"a timeout is between 0 and {longest} s", "")
    return value


def _secret(value: str) -> str:
    if len(value) < _SHORTEST_SECRET:
        message = f"a secret has at least {_SHORTEST_SECRET} characters"
        raise complaint("bad_secret", message, "make one with: openssl rand -hex 32")
    return value


class WebhookAction(ActionPart):
    """The JSON is posted to the address; any 2xx answer is good, redirects are not followed.

    Every text in `json` is a template; without `json` the event is sent. Private addresses are
    refused unless the setting `WORKER_WEBHOOK_ALLOW` lists them. Failures are repeated:
    `Idempotency-Key` is the same each time. With `secret`, `X-Worker-Signature` is `sha256=` and
    the hexadecimal HMAC-SHA256, keyed with the secret, of the text in `X-Worker-Timestamp` (Unix
    seconds when it was planned), a full stop, and the body.
    """

    key: ClassVar[str] = "webhook"
    alone: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = (
        "webhook: {url: 'https://example.com/hook'}",
        "webhook: {url: 'https://example.com/crm', json: {who: '{{ contact.id }}'}}",
        "webhook: {url: 'https://example.com/x', secret: 'never a real secret', timeout: 5s}",
    )

    url: Annotated[str, AfterValidator(_url)] = Field(description="https://HOST/PATH")
    json_: Annotated[Any, PlainValidator(_json), WithJsonSchema({})] = Field(
        default=None, alias="json", description="What is sent; the event without it."
    )
    secret: Annotated[str, AfterValidator(_secret)] | None = Field(
        default=None, repr=False, description="Signs the body; at least 16 characters."
    )
    timeout: Annotated[Duration, AfterValidator(_timeout)] = Field(
        default=_TIMEOUT,
        description="For one attempt; 10s without.",
        json_schema_extra={"default": "10s"},
    )

    @override
    def render(self, facts: Facts, rule: Rule, found: Mapping[str, Any]) -> Mapping[str, Any]:
        values = planned(facts, rule, found)
        content = _event(facts, rule) if self.json_ is None else _filled(self.json_, values)
        try:
            body = jsonlib.dumps(content, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError):
            raise RenderError("the webhook's json holds something that JSON cannot") from None
        if len(body.encode()) > _LARGEST_BYTES:
            raise RenderError(f"the webhook's body is larger than {_LARGEST_BYTES} bytes")
        timestamp = str(int(facts.now.timestamp()))
        headers = {"X-Worker-Timestamp": timestamp}
        if self.secret:
            headers["X-Worker-Signature"] = signature(self.secret, timestamp, body)
        # The secret itself stays out: a row of work is shown to people.
        return {
            "url": fill(self.url, values),
            "body": body,
            "headers": headers,
            "timeout_s": self.timeout.total_seconds(),
        }

    @staticmethod
    @override
    async def perform(work: Mapping[str, Any], desk: Desk) -> Performed:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": desk.intent.key,
            **work["headers"],
        }
        await desk.post(work["url"], work["body"].encode(), headers, work["timeout_s"])
        return Performed()


def signature(secret: str, timestamp: str, body: str) -> str:
    """What the receiver computes too, to know who sent the body and when."""
    signed = f"{timestamp}.{body}".encode()
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, Mapping):
        return {str(key): _filled(inner, values) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(inner, values) for inner in value]
    return value


def _event(facts: Facts, rule: Rule) -> dict[str, Any]:
    event, message = facts.event, facts.message
    return {
        "rule": rule.id,
        "event": {"id": event.id, "kind": event.kind.value, "at": event.at.isoformat()},
        "conversation": event.conversation_id,
        "contact": event.contact_id,
        "notification": facts.notification.id if facts.notification else None,
        "channel": channel_of(facts),
        "message": message and {"id": message.id, "type": message.type, "text": message.text},
    }
