"""Every error body in the facts, and every list: what they mean is decided in one place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.gateways.doubles import answer
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace.answers import acknowledged, failure, listing, next_skip, one
from worker.gateways.imbrace.protocol import Prefix
from worker.gateways.imbrace.protocol_messages import (
    Address,
    ResponseBody,
    TextBody,
    refused_type,
    send,
)
from worker.gateways.imbrace.wire import ContactRow, MessageRow
from worker.model.chat import QuickReply
from worker.model.http import Request, Response

READ = Request(method="GET", path="/x", query=(("limit", "2"), ("skip", "4")), endpoint="x")
WRITE = Request(method="POST", path="/x", writes=True, endpoint="x")
NO, MAYBE = TookEffect.NO, TookEffect.MAYBE

ERRORS: list[tuple[int, Any, Fault, TookEffect]] = [
    (400, {"message": "Not Found"}, Fault.ABSENT, NO),
    (400, {"code": 40000, "message": "Invalid request"}, Fault.REJECTED, NO),
    (400, {"code": 40000, "message": "Invalid request parameters"}, Fault.REJECTED, NO),
    (400, {"code": 40000, "message": "Invalid message type or content"}, Fault.REJECTED, NO),
    (400, {"code": 400, "message": "conversation_id required"}, Fault.REJECTED, NO),
    (400, {"message": "conversation_id is required"}, Fault.REJECTED, NO),
    (
        400,
        {"message": "Bad Request - organization_id not found in user organizations"},
        Fault.REJECTED,
        NO,
    ),
    (400, {"code": 40000, "message": "Duplicate key"}, Fault.REJECTED, NO),
    (400, {"code": 40001, "message": "Unauthorized"}, Fault.UNAUTHORIZED, NO),
    (401, {"code": 40001, "message": "Unauthorized"}, Fault.UNAUTHORIZED, NO),
    (401, {"message": "Unauthorized - API key or Access Token required"}, Fault.UNAUTHORIZED, NO),
    (401, {"message": "Unauthorized - Invalid token"}, Fault.UNAUTHORIZED, NO),
    (
        401,
        {"error": "Unauthorized", "message": "Invalid API key", "request_id": "1"},
        Fault.UNAUTHORIZED,
        NO,
    ),
    (401, {"message": "Unauthorized - Invalid third party token"}, Fault.UNAUTHORIZED, NO),
    (403, {"error": "Forbidden", "message": "No permission for /channels"}, Fault.REJECTED, NO),
    (
        403,
        {"message": "Forbidden - organization mismatch", "details": {"expected": "a"}},
        Fault.REJECTED,
        NO,
    ),
    (403, {"code": "40003", "message": {"message": "insufficient"}}, Fault.REJECTED, NO),
    (404, {"message": "Conversation not found"}, Fault.ABSENT, NO),
    (404, {"code": 40004}, Fault.ABSENT, NO),
    (400, {"code": 40004, "message": "gone"}, Fault.ABSENT, NO),
    (404, b"", Fault.ABSENT, NO),
    (404, b"<pre>Cannot GET /v1/notifications</pre>", Fault.UNSUPPORTED, NO),
    (429, b"Too many requests. Please try again later.", Fault.THROTTLED, NO),
    (500, {"message": "Internal Server Error"}, Fault.SERVER, MAYBE),
    (500, {"error": "Internal Server Error", "message": "An error occurred"}, Fault.SERVER, MAYBE),
    (500, {"code": 99999, "message": {"message": "generic"}}, Fault.SERVER, MAYBE),
    (500, b"Internal server error", Fault.SERVER, MAYBE),
    (502, b"<html>Bad Gateway</html>", Fault.SERVER, MAYBE),
    (503, b"", Fault.SERVER, MAYBE),
    (504, b"\xff\xfe", Fault.SERVER, MAYBE),
    (302, b"", Fault.UNREADABLE, MAYBE),
]


@pytest.mark.parametrize(("status", "body", "fault", "effect"), ERRORS)
def test_an_error_is_known_by_status_and_body(
    status: int, body: Any, fault: Fault, effect: TookEffect
) -> None:
    """Without this a refused send would be sent again, or a lost one taken for refused."""
    write, read = failure(WRITE, answer(body, status)), failure(READ, answer(body, status))
    assert write is not None
    assert read is not None
    assert (write.fault, write.took_effect, write.status) == (fault, effect, status)
    assert (read.fault, read.took_effect) == (fault, NO)


def test_an_errors_text_is_one_short_line_without_tokens() -> None:
    """Without this a platform that echoes a token would put it into our logs."""
    said = "bad token acc_0123-4567\nlogin_acc_9 api_77 " + "x" * 500
    error = failure(READ, answer({"message": said}, 401))
    assert error is not None
    assert "0123" not in str(error)
    assert "_9" not in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 220


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", [], "text", {"ok": True}, {"id": 7}])
def test_a_2xx_that_is_not_the_stored_message_is_a_doubt(body: Any) -> None:
    """Without this a send whose answer was cut would count as done, or as not done."""
    call = send(Prefix(), Address("conv_1"), TextBody("x"))
    with pytest.raises(GatewayError) as caught:
        call.read(answer(body))
    assert caught.value.fault is Fault.UNREADABLE
    assert caught.value.took_effect is MAYBE


def test_a_2xx_that_says_unauthorized_is_unauthorized() -> None:
    """Without this an expired token would look like a broken platform."""
    with pytest.raises(GatewayError) as caught:
        one(READ, ContactRow)(answer({"code": 40001, "message": "Unauthorized"}))
    assert caught.value.fault is Fault.UNAUTHORIZED


@pytest.mark.parametrize("body", [b"<html>", {"data": {}}, {"message": "x"}, 5])
def test_a_list_that_is_no_list_is_unreadable(body: Any) -> None:
    """Without this an HTML page would be an empty list, and every customer silent."""
    with pytest.raises(GatewayError) as caught:
        listing(READ, ContactRow)(answer(body))
    assert caught.value.fault is Fault.UNREADABLE
    assert caught.value.took_effect is NO


def test_a_web_page_is_told_as_one() -> None:
    """The operator whose base URL is another server's would look for a fault of the platform."""
    page = answer(b"<!DOCTYPE html><html>Welcome</html>")
    with pytest.raises(GatewayError, match="a web page; does WORKER_BASE_URL name"):
        listing(READ, ContactRow)(page)
    assert "HTTP 404: a web page" in str(failure(READ, answer(b"<html>", 404)))


@pytest.mark.parametrize(
    ("envelope", "length", "following"),
    [
        ({"has_more": True, "count": 65681, "total": 2}, 2, 6),
        ({"has_more": False, "count": 6, "total": 2}, 2, None),
        ({"has_more": True}, 1, 5),
        ({"has_more": True}, 0, None),
        ({"total": 100}, 2, 6),
        ({"total": 100}, 1, 5),
        ({"total": 6}, 2, None),
        ({"total": 2}, 2, 6),
        ({}, 2, 6),
        ({}, 1, None),
        ({"has_more": "yes", "total": "many"}, 2, 6),
    ],
)
def test_the_next_page_begins_where_either_generation_says(
    envelope: dict[str, Any], length: int, following: int | None
) -> None:
    """Without this a page would be skipped, or the list read for ever. Source: facts §2."""
    assert next_skip(envelope, length, 4, 2) == following


@pytest.mark.parametrize(
    "body",
    [
        {
            "object_name": "list",
            "data": "ROWS",
            "nested": {},
            "has_more": False,
            "count": 3,
            "total": 3,
        },
        {"items": "ROWS", "count": 3, "total": 3, "has_more": False},
        {"data": "ROWS", "total": 3},
        "ROWS",
    ],
)
def test_rows_of_every_envelope_are_read_and_broken_ones_counted(body: Any) -> None:
    """Without this one row of wrong types would stop a whole poll."""
    rows = [
        {"id": "msg_1", "from": "con_1", "type": "text", "content": {"text": "a"}, "new": 1},
        {"_id": "msg_2", "doc_name": "message", "public_id": "msg_2", "from": None},
        {"id": 3},
        {"id": "msg_4", "content": 5},
        {"from": "con_1"},
        "row",
    ]
    body = rows if body == "ROWS" else {k: rows if v == "ROWS" else v for k, v in body.items()}
    found = listing(Request(method="GET", path="/", endpoint="x"), MessageRow)(answer(body))
    assert [row.any_id for row in found.rows] == ["msg_1", "msg_2"]
    assert found.unreadable == 4


def test_bots_are_learned_from_nested_users_of_both_shapes() -> None:
    """Without this a bot user's message would silence the rules like a person's."""
    for users in (
        {"u_1": {"is_bot": True}, "u_2": {"is_bot": False}},
        [{"id": "u_1", "is_bot": True}],
    ):
        found = listing(READ, MessageRow)(answer({"data": [], "nested": {"users": users}}))
        assert found.bots == {"u_1"}


def test_only_buttons_that_are_refused_by_type_are_unsupported() -> None:
    """Without this a menu would die instead of being sent as numbered text."""
    refused = failure(
        WRITE, answer({"code": 40000, "message": "Invalid message type or content"}, 400)
    )
    other = failure(WRITE, answer({"code": 400, "message": "conversation_id required"}, 400))
    assert refused is not None
    assert other is not None
    buttons = ResponseBody("?", (QuickReply("A", "a"),))
    told = refused_type(refused, buttons)
    assert (told.fault, told.took_effect) == (Fault.UNSUPPORTED, NO)
    assert refused_type(refused, TextBody("x")).fault is Fault.REJECTED
    assert refused_type(other, buttons).fault is Fault.REJECTED


@pytest.mark.parametrize("body", [b'{"id": 17}', b"[]", b"null", b"true"])
def test_any_json_acknowledges_a_write(body: bytes) -> None:
    """What the platform answers to these is undocumented; repeating for ever would be worse."""
    acknowledged(WRITE)(Response(200, {}, body))
    acknowledged(WRITE, empty=False)(Response(200, {}, body))


@pytest.mark.parametrize("body", [b"<html>Please sign in</html>", b'{"id": "m', b"ok"])
def test_a_page_or_half_a_document_acknowledges_nothing(body: bytes) -> None:
    """A proxy's sign-in page would count as a dismissed notification."""
    with pytest.raises(GatewayError) as caught:
        acknowledged(WRITE)(Response(200, {}, body))
    assert (caught.value.fault, caught.value.took_effect) == (Fault.UNREADABLE, MAYBE)


def test_an_empty_answer_acknowledges_only_what_may_be_repeated() -> None:
    """Read and dismiss answer nothing; of a note nobody would know."""
    acknowledged(WRITE)(Response(200, {}, b""))
    with pytest.raises(GatewayError):
        acknowledged(WRITE, empty=False)(Response(200, {}, b" "))
