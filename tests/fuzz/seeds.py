"""Where fuzzing begins: documented answers, the shipped rules, customers' words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.fuzz.wire import CALLS
from worker.gateways.imbrace.wire import (
    ContactRow,
    ConversationPart,
    ConversationRow,
    MessageRow,
    NotificationRow,
)
from worker.ruleset.document import read_document

RULES: Final = Path(__file__).parents[2] / "rules"

_MOMENT: Final = "2024-12-10T09:53:17.127Z"
MESSAGE: Final[dict[str, Any]] = {
    "_id": "msg_1",
    "public_id": "msg_1",
    "conversation_id": "conv_1",
    "from": "con_1",
    "type": "response",
    "content": {
        "title": "",
        "text": "Pick",
        "quick_replies": [{"id": 0, "content_type": "text", "title": "Red", "payload": "r"}],
    },
    "created_at": _MOMENT,
    "updated_at": None,
}
CONTACT: Final[dict[str, Any]] = {
    "id": "con_1",
    "display_name": "An",
    "language": "vi",
    "phone_number": 85288888888,
    "gender": "Male",
    "remark": "#vip",
    "channel_type": "web",
    "last_seen": _MOMENT,
    "additional_params": {"a": [1.5, None, True]},
}
CONVERSATION: Final[dict[str, Any]] = {
    "_id": "conv_1",
    "public_id": "tcu_1",
    "contact_id": "con_1",
    "status": "active",
    "mode": "manual",
    "timestamp": _MOMENT,
    "conversation": {"id": "conv_1", "contact_id": "con_1", "timestamp": _MOMENT},
    "latest_message": {"id": "msg_1", "created_at": _MOMENT},
    "available_team_conversations": [{"id": "tcu_1", "user_id": "u_1"}],
    "teams": [{"id": "t_1", "name": "Sales"}],
    "team": {"name": "Sales"},
    "users": [{"id": "u_imbrace_bot", "is_bot": True}],
    "assigned_to": [{"id": "u_1"}],
}
NOTIFICATION: Final[dict[str, Any]] = {
    "id": "not_1",
    "title": "An@web",
    "type": 201,
    "from": "con_1",
    "is_read": False,
    "action_to": {"team_conversation_user_id": "tcu_1"},
    "created_at": _MOMENT,
}
BODIES: Final[tuple[Any, ...]] = (
    {"data": [CONTACT], "count": 1, "total": 1, "has_more": False},
    {"items": [MESSAGE], "has_more": True, "nested": {"users": {"u_1": {"is_bot": True}}}},
    {"data": [CONVERSATION], "nested": {"users": [{"id": "u_1", "is_bot": True}]}},
    {"data": [NOTIFICATION], "unread_count": 5},
    [CONVERSATION],
    {"data": MESSAGE},
    CONTACT,
    {"url": "https://x.example/a.png"},
    {"all": 975, "null": 0, "t_1": None},
    {"success": True, "message": {"hits": [MESSAGE], "offset": 0, "estimatedTotalHits": 1}},
    {"message": {"results": [], "total": 0}},
    [{"phone_number": "852", "conversation_links": [{"link": "https://w/c?conv_id=conv_1"}]}],
    {"code": "40001", "message": {"message": "Not Found"}},
    {"code": 40004, "error": "no acc_0123456789abcdef here"},
)
TEXTS: Final = (
    "how much is the delivery to Hà Nội?",
    "我想問delivery幾時到",
    "ราคาเท่าไหร่คะ ๒",
    "đặt hàng IPHONE15 ｆｕｌｌ ２",
    "İıß👩‍👩‍👧‍👦🏽\u202e{{ x }}",
)


def wire_seeds() -> Iterator[bytes]:
    """Every documented body at every endpoint that lists or shows it, and what headers may say."""
    for number in range(len(CALLS)):
        for body in BODIES:
            yield bytes([number, 0, 1]) + json.dumps(body).encode()
    for status in (7, 9, 12):
        for body in BODIES[-2:]:
            yield bytes([0, status, 1]) + json.dumps(body).encode()
    yield bytes([0, 0, 0]) + b"Wed, 21 Oct 2015 07:28:00 GMT" * 2
    yield bytes([0, 0, 0]) + b"120"


def rule_seeds() -> Iterator[bytes]:
    """Every shipped file, and each of its rules in a file of its own."""
    for path in sorted(RULES.glob("**/*.yaml")):
        content = path.read_bytes()
        yield content
        value = read_document(str(path), content).value
        for rule in value.get("rules", ()) if isinstance(value, dict) else ():
            yield json.dumps({"rules": [rule]}, ensure_ascii=False).encode()


def text_seeds() -> Iterator[bytes]:
    """Five languages, with each way to match."""
    for text in TEXTS:
        for how in (0, 1, 2, 128):
            yield bytes([how, 8]) + text.encode()


def words_of_rules() -> Iterator[str]:
    """Words a rule file is made of, for a fuzzer that puts words together."""
    schema = json.loads((RULES / "schema.json").read_text("utf-8"))
    seen: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            seen.update(value.get("properties", ()))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            seen.update(one for one in value if isinstance(one, str))
            for inner in value:
                walk(inner)

    walk(schema)
    yield from sorted(word for word in seen if word.isascii() and len(word) <= 30)
    yield from ("{{ contact.first_name }}", "{% if %}", "&a", "*a", "<<: ", "!!str ", "@price")


def words_of_wire() -> Iterator[str]:
    """Names of fields of any answer."""
    yield from sorted(
        {
            field.encode_name
            for row in (ContactRow, ConversationRow, MessageRow, NotificationRow, ConversationPart)
            for field in msgspec.structs.fields(row)
        }
        | {"data", "items", "nested", "users", "is_bot", "has_more", "total", "count", "code"}
        | {"message", "error", "text", "quick_replies", "title", "payload", "hits", "results"}
    )
