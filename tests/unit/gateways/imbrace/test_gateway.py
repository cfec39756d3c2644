"""The neutral gateway over a scripted platform: fallbacks, memory, and what is never done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clocks import HandClock
from tests.unit.gateways.doubles import Answer, ScriptedTransport, answer
from worker.errors import Fault, GatewayError, SettingsError, TookEffect
from worker.gateways.imbrace import ImbraceGateway, connect
from worker.gateways.imbrace.offset import ClockOffset
from worker.gateways.limits import BreakerState, CallReport
from worker.model.chat import Conversation, Notification, QuickReply
from worker.model.gateway import Gateway, Outgoing
from worker.model.http import Request
from worker.model.ids import ContactId, ConversationId, NotificationId

P = "/v1/backend"
HOME = Conversation(
    id=ConversationId("conv_1"), contact_id=ContactId("con_1"), address="tcu_1", name="Ann@1 Jan"
)
CONTACT = {
    "object_name": "contact",
    "id": "con_1",
    "organization_id": "org_1",
    "business_unit_id": "bu_1",
    "display_name": "Ann",
    "first_name": "",
    "gender": "Male",
    "email": "a@x",
    "remark": "old",
}
CONTACTS = answer({"data": [CONTACT], "has_more": False})
NOTIFICATIONS = answer(
    {"data": [{"id": "not_1", "type": 201, "recipient": "u_1"}], "has_more": False}
)
EMPTY = answer({"data": [], "has_more": False})
REFUSED = GatewayError(Fault.REFUSED, "down", took_effect=TookEffect.NO)
Rule = tuple[str, Answer | Callable[[Request], Answer]]


class Platform:
    """A gateway over a script."""

    def __init__(self, clock: HandClock, *rules: Rule, **settings: Any) -> None:
        self.transport = ScriptedTransport(*rules)
        self.calls: list[CallReport] = []
        self.token = "acc_1"
        self.gateway: ImbraceGateway = connect(
            base_url="http://platform.example",
            token_source=lambda: self.token,
            clock=clock,
            transport=self.transport,
            on_call=self.calls.append,
            **settings,
        )

    @property
    def paths(self) -> list[str]:
        """What was asked since last looked."""
        found = self.transport.paths
        self.transport.asked.clear()
        return found


async def test_it_is_a_gateway(clock: HandClock) -> None:
    """Without this the seam would be checked only where it is used."""
    gateway: Gateway = Platform(clock).gateway
    assert gateway.capabilities


async def test_opening_learns_who_the_token_is(clock: HandClock) -> None:
    """Without this every operator would have to look ids up by hand."""
    platform = Platform(
        clock, (f"GET {P}/contacts", CONTACTS), (f"GET {P}/notifications", NOTIFICATIONS)
    )
    found = await platform.gateway.open()
    assert (found.user_id, found.organization_id, found.business_unit_id) == (
        "u_1",
        "org_1",
        "bu_1",
    )
    assert (
        await Platform(clock, *platform.transport.rules, user_id="u_9").gateway.open()
    ).user_id == "u_9"


async def test_a_token_that_may_read_only_one_list_opens_all_the_same(clock: HandClock) -> None:
    """Without this a scoped token could not be used at all."""
    forbidden = answer({"error": "Forbidden", "message": "No permission"}, 403)
    platform = Platform(
        clock, (f"GET {P}/contacts", forbidden), (f"GET {P}/notifications", NOTIFICATIONS)
    )
    assert (await platform.gateway.open()).user_id == "u_1"


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (answer({"message": "Unauthorized"}, 401), Fault.UNAUTHORIZED),
        (answer(b"<html>shop</html>"), Fault.UNREADABLE),
        (answer(b"<pre>Cannot GET</pre>", 404), Fault.UNSUPPORTED),
        (answer(b"", 503), Fault.SERVER),
        (REFUSED, Fault.REFUSED),
    ],
)
async def test_opening_what_is_no_api_says_so(clock: HandClock, bad: Answer, fault: Fault) -> None:
    """Without this a wrong URL would look like an account without customers."""
    with pytest.raises(GatewayError) as caught:
        await Platform(clock, ("GET", bad)).gateway.open()
    assert caught.value.fault is fault


async def test_the_prefix_is_probed_once(clock: HandClock) -> None:
    """Without this an account on the newer host would be 404 on every call. Source: facts §1."""
    platform = Platform(
        clock,
        ("GET /channel-service/v1/contacts", CONTACTS),
        ("GET /channel-service/v1/notifications", NOTIFICATIONS),
        api_prefix="auto",
    )
    await platform.gateway.open()
    await platform.gateway.open()
    assert (
        platform.paths[2:]
        == ["GET /channel-service/v1/contacts", "GET /channel-service/v1/notifications"] * 2
    )
    nowhere = Platform(clock, api_prefix="auto")
    with pytest.raises(GatewayError, match="WORKER_API_PREFIX"):
        await nowhere.gateway.open()


def listed(*rows: dict[str, Any], **envelope: Any) -> Answer:
    return answer({"data": list(rows), "has_more": False} | envelope)


ROW = {"id": "tcu_1", "conversation_id": "conv_1", "contact_id": "con_1"}


async def test_the_list_falls_back_to_the_search_and_remembers(clock: HandClock) -> None:
    """Without this each poll would first ask what is known to be missing. Source: facts §7.6."""
    search = f"GET {P}/team_conversations/_search"
    platform = Platform(clock, (search, listed(ROW)))
    assert [row.id for row in (await platform.gateway.conversations()).rows] == ["conv_1"]
    assert platform.paths == ["GET /v2/backend/team_conversations", search]
    await platform.gateway.conversations()
    assert platform.paths == [search]
    clock.pass_by(901)
    await platform.gateway.conversations()
    assert platform.paths == ["GET /v2/backend/team_conversations", search]


async def test_an_account_without_any_list_says_so_without_asking_again(clock: HandClock) -> None:
    """Without this the worker would not know to read conversations one by one."""
    platform = Platform(clock)
    for _ in range(2):
        with pytest.raises(GatewayError) as caught:
            await platform.gateway.conversations()
        assert caught.value.fault is Fault.UNSUPPORTED
    assert len(platform.paths) == 2


async def test_an_outage_is_not_taken_for_a_missing_list(clock: HandClock) -> None:
    """Without this one 503 would send the account to the slow way for a quarter of an hour."""
    platform = Platform(clock, ("GET /v2", answer(b"", 503)))
    with pytest.raises(GatewayError) as caught:
        await platform.gateway.conversations()
    assert caught.value.fault is Fault.SERVER
    assert len(platform.paths) == 1


async def test_a_list_out_of_order_is_noticed(clock: HandClock) -> None:
    """Without this reading from the top until what is known would miss customers."""
    rows = [{"id": f"conv_{n}", "updated_at": f"2026-01-01T00:00:0{n}.000Z"} for n in (1, 2)]
    for order, is_sorted in ((rows, False), (rows[::-1], True)):
        platform = Platform(clock, ("GET /v2", listed(*order)))
        await platform.gateway.conversations()
        assert platform.gateway.conversations_sorted is is_sorted


async def test_a_server_that_ignores_skip_ends_the_list(clock: HandClock) -> None:
    """Without this paging would go round for ever. Source: facts §2."""
    rows = [{"id": f"conv_{n}"} for n in range(3)]
    platform = Platform(clock, ("GET /v2", listed(*rows, has_more=True)))
    first = await platform.gateway.conversations(0, 3)
    assert first.skip == 3
    second = await platform.gateway.conversations(3, 3)
    assert (second.rows, second.skip) == ((), None)


MESSAGE = {
    "id": "msg_1",
    "conversation_id": "conv_1",
    "from": "con_1",
    "type": "text",
    "content": {"text": "hi"},
}


async def test_messages_of_another_conversation_are_left_out(clock: HandClock) -> None:
    """Without this a server that ignores the selector would mix up two customers."""
    foreign = MESSAGE | {"id": "msg_2", "conversation_id": "conv_2"}
    bare = MESSAGE | {"id": "msg_3", "conversation_id": "1"}
    platform = Platform(clock, (f"GET {P}/conversation_messages", listed(MESSAGE, foreign, bare)))
    page = await platform.gateway.messages(HOME)
    assert ([row.id for row in page.rows], page.unreadable) == (["msg_1", "msg_3"], 1)


async def test_messages_are_read_by_the_third_party_token_where_the_other_way_is_missing(
    clock: HandClock,
) -> None:
    """Without this an account that can only read by `/3rd` would be deaf."""
    third = answer({"items": [MESSAGE], "has_more": False})
    path = "GET /3rd/conversations/conv_1/messages"
    platform = Platform(clock, (path, third), api_token_source=lambda: "api_1")
    for _ in range(2):
        assert (await platform.gateway.messages(HOME)).rows[0].text == "hi"
    assert platform.transport.asked[-1].headers == {"x-access-token": "api_1"}
    assert platform.paths == [f"GET {P}/conversation_messages", path, path]
    without = Platform(clock, (path, third), api_token_source=lambda: "")
    with pytest.raises(GatewayError):
        await without.gateway.messages(HOME)


async def test_a_refused_third_party_token_does_not_pause_the_account(clock: HandClock) -> None:
    """Without this a wrong token for reads would stop all replies."""
    refused = answer({"message": "Unauthorized - Invalid third party token"}, 401)
    platform = Platform(
        clock,
        ("GET /3rd", refused),
        (f"POST {P}/conversation_messages", answer({"id": "msg_9"})),
        api_token_source=lambda: "api_1",
    )
    with pytest.raises(GatewayError):
        await platform.gateway.messages(HOME)
    assert platform.gateway.breaker.state is BreakerState.CLOSED
    assert (await platform.gateway.send(HOME, Outgoing(text="x"))).message_id == "msg_9"


async def test_a_replaced_token_is_used_at_once(clock: HandClock) -> None:
    """Without this a new token file would need a restart."""
    platform = Platform(
        clock,
        (
            f"GET {P}/contacts",
            lambda request: (
                CONTACTS
                if request.headers["x-access-token"] == "acc_2"
                else answer({"code": 40001, "message": "Unauthorized"}, 401)
            ),
        ),
    )
    with pytest.raises(GatewayError):
        await platform.gateway.contacts()
    platform.token = "acc_2\n"
    with pytest.raises(GatewayError) as caught:
        await platform.gateway.contacts()
    assert caught.value.fault is Fault.PAUSED
    platform.gateway.token_changed()
    assert (await platform.gateway.contacts()).rows[0].id == "con_1"


async def test_a_reply_goes_out_with_both_ids_and_answers_with_its_message(
    clock: HandClock,
) -> None:
    """Without this the reply could not be told from a colleague's when it is read back."""
    stored = answer({"id": "msg_9", "created_at": "2026-01-01T00:00:00.000Z"})
    platform = Platform(clock, (f"POST {P}/conversation_messages", stored))
    sent = await platform.gateway.send(HOME, Outgoing(text="hi"))
    assert (sent.message_id, sent.created_at) == ("msg_9", datetime(2026, 1, 1, tzinfo=UTC))
    assert platform.transport.asked[0].body == {
        "conversation_id": "conv_1",
        "team_conversation_id": "tcu_1",
        "type": "text",
        "text": "hi",
    }


@pytest.mark.parametrize(
    ("stored", "fault", "effect"),
    [
        (answer(b""), Fault.UNREADABLE, TookEffect.MAYBE),
        (answer(b"<html>"), Fault.UNREADABLE, TookEffect.MAYBE),
        (answer({}, 500), Fault.SERVER, TookEffect.MAYBE),
        (answer({"message": "Not Found"}, 400), Fault.ABSENT, TookEffect.NO),
        (
            answer({"code": 40000, "message": "Invalid message type or content"}, 400),
            Fault.UNSUPPORTED,
            TookEffect.NO,
        ),
        (REFUSED, Fault.REFUSED, TookEffect.NO),
    ],
)
async def test_a_menu_that_was_not_answered_well_says_what_may_have_happened(
    clock: HandClock, stored: Answer, fault: Fault, effect: TookEffect
) -> None:
    """Without this the executor would double, lose, or give up where it could fall back."""
    menu = Outgoing(type="response", text="?", quick_replies=(QuickReply("A", "a"),))
    with pytest.raises(GatewayError) as caught:
        await Platform(clock, ("POST", stored)).gateway.send(HOME, menu)
    assert (caught.value.fault, caught.value.took_effect) == (fault, effect)


async def test_a_type_agents_do_not_send_is_refused_before_sending(clock: HandClock) -> None:
    """Without this a typing mistake would reach the platform."""
    platform = Platform(clock)
    with pytest.raises(GatewayError) as caught:
        await platform.gateway.send(HOME, Outgoing(type="sticker"))
    assert caught.value.fault is Fault.UNSUPPORTED
    assert platform.paths == []


async def test_a_contact_update_keeps_what_is_there_and_writes_only_if_needed(
    clock: HandClock,
) -> None:
    """Without this a tag would wipe the e-mail, or the display name. Source: facts §4.4."""
    platform = Platform(
        clock,
        (f"GET {P}/contacts/con_1", answer(CONTACT)),
        (f"PUT {P}/contacts/con_1", lambda request: answer(CONTACT | request.body)),
    )
    found = await platform.gateway.update_contact(ContactId("con_1"), {"remark": "new"})
    assert found.remark == "new"
    assert platform.transport.asked[-1].body == {"email": "a@x", "gender": "m", "remark": "new"}
    assert len(platform.paths) == 2
    await platform.gateway.update_contact(ContactId("con_1"), {"remark": "old", "gender": "m"})
    assert platform.paths == [f"GET {P}/contacts/con_1"]
    with pytest.raises(GatewayError) as caught:
        await platform.gateway.update_contact(ContactId("con_1"), {"display_name": "x"})
    assert (caught.value.fault, caught.value.took_effect) == (Fault.UNSUPPORTED, TookEffect.NO)


async def test_a_contact_is_read_from_its_conversations_where_it_cannot_be_read_alone(
    clock: HandClock,
) -> None:
    """Without this rules about contacts would be undecided on hosts that serve only the seeds."""
    row = {
        "_id": "conv_1",
        "contact": {"_id": "con_1", "public_id": "con_1", "display_name": "Ann"},
    }
    platform = Platform(clock, (f"GET {P}/contacts/con_1/conversations", listed(row)))
    assert (await platform.gateway.contact(ContactId("con_1"))).display_name == "Ann"


def told(address: str, title: str = "Ann@1 Jan 2026") -> Notification:
    return Notification(id=NotificationId("not_1"), title=title, conversation_address=address)


async def test_a_notification_is_resolved_by_detail_once(clock: HandClock) -> None:
    """Without this every notification would cost a request again and again."""
    platform = Platform(clock, (f"GET {P}/team_conversations/tcu_1", answer(ROW)))
    for _ in range(2):
        found = await platform.gateway.resolve(told("tcu_1"))
        assert found is not None
        assert (found.id, found.address, found.contact_id) == ("conv_1", "tcu_1", "con_1")
    assert len(platform.paths) == 1


async def test_it_is_resolved_by_messages_where_there_is_no_detail(clock: HandClock) -> None:
    """Without this route b would rot. Source: facts §5.2."""
    platform = Platform(clock, (f"GET {P}/conversation_messages", listed(MESSAGE)))
    found = await platform.gateway.resolve(told("tcu_1"))
    assert found is not None
    assert (found.id, found.address, found.contact_id) == ("conv_1", "tcu_1", "con_1")


@pytest.mark.parametrize("address", ["tcu_own", "tcu_other"])
async def test_it_is_resolved_by_walking_contacts_in_both_places(
    clock: HandClock, address: str
) -> None:
    """Without this an account with nothing but the seeds' endpoints would miss new customers."""
    row = {
        "_id": "conv_1",
        "public_id": "tcu_own",
        "conversation": {"_id": "conv_1", "contact_id": "con_1"},
        "available_team_conversations": [{"_id": "tcu_other", "user_id": "u_5"}],
    }
    stranger = {"id": "con_0", "display_name": "Bob"}
    platform = Platform(
        clock,
        (f"GET {P}/contacts/con_1/conversations", listed(row)),
        (f"GET {P}/contacts/con_0", answer({"message": "Not Found"}, 400)),
        (f"GET {P}/contacts", listed(stranger, CONTACT)),
    )
    found = await platform.gateway.resolve(told(address))
    assert found is not None
    assert (found.id, found.address) == ("conv_1", address)
    assert f"GET {P}/contacts/con_0/conversations" not in platform.paths, "the name goes first"


async def test_what_no_route_knows_is_not_asked_again_at_once(clock: HandClock) -> None:
    """Without this one odd notification would eat the budget."""
    platform = Platform(clock, (f"GET {P}/contacts", EMPTY))
    assert await platform.gateway.resolve(told("tcu_9")) is None
    assert len(platform.paths) == 3
    assert await platform.gateway.resolve(told("tcu_9")) is None
    assert platform.paths == []
    clock.pass_by(61)
    assert await platform.gateway.resolve(told("tcu_9")) is None
    assert platform.paths == [f"GET {P}/contacts"], "routes that do not exist are left alone longer"


async def test_an_outage_while_resolving_is_an_outage(clock: HandClock) -> None:
    """Without this a customer would be forgotten because of one 503."""
    with pytest.raises(GatewayError) as caught:
        await Platform(clock, ("GET", answer(b"", 503))).gateway.resolve(told("tcu_1"))
    assert caught.value.fault is Fault.SERVER


@pytest.mark.parametrize("address", ["", "toc_1"])
async def test_a_queue_entry_is_never_grabbed(clock: HandClock, address: str) -> None:
    """Without this the worker would take conversations from people. Source: facts §5.2."""
    platform = Platform(clock)
    assert await platform.gateway.resolve(told(address)) is None
    assert platform.paths == []


async def test_a_conversation_is_read_anew_by_whatever_route_knows_it(clock: HandClock) -> None:
    """Without this guards would be asked of stale facts, or of none."""
    fresh = ROW | {"status": "closed", "mode": "manual"}
    by_detail = Platform(clock, (f"GET {P}/team_conversations/tcu_1", answer(fresh)))
    found = await by_detail.gateway.conversation(HOME)
    assert (found.status, found.mode, found.name) == ("closed", "manual", "Ann@1 Jan")
    row = {
        "_id": "conv_1",
        "public_id": "tcu_1",
        "conversation": {"_id": "conv_1", "status": "pending"},
    }
    by_contact = Platform(clock, (f"GET {P}/contacts/con_1/conversations", listed(row)))
    assert (await by_contact.gateway.conversation(HOME)).status == "pending"
    with pytest.raises(GatewayError) as caught:
        await Platform(clock, (f"GET {P}/contacts/con_1", EMPTY)).gateway.conversation(HOME)
    assert caught.value.fault is Fault.ABSENT


async def test_joining_finds_the_team_conversation_it_needs(clock: HandClock) -> None:
    """Without this a conversation known only by its own id could not be joined or closed."""
    row = {"id": "tcu_5", "conversation_id": "conv_1", "user_id": "u_1"}
    other = row | {"id": "tcu_4", "user_id": "u_2"}
    platform = Platform(
        clock,
        (f"GET {P}/conversations/conv_1", listed(other, row)),
        ("POST", answer(b"")),
        user_id="u_1",
    )
    plain = Conversation(id=ConversationId("conv_1"))
    await platform.gateway.join(plain)
    assert platform.transport.asked[-1].body == {"team_conversation_id": "tcu_5"}
    await platform.gateway.set_status(HOME, "closed")
    assert platform.transport.asked[-1].body["id"] == "tcu_1"
    with pytest.raises(GatewayError) as caught:
        await Platform(clock).gateway.leave(plain)
    assert caught.value.fault is Fault.UNSUPPORTED


async def test_notifications_are_dismissed_in_bounded_calls_and_empty_answers_are_fine(
    clock: HandClock,
) -> None:
    """Without this a long list would be one giant body, and an empty 200 an error."""
    platform = Platform(clock, ("DELETE", answer(b"")), ("PUT", answer(b"")))
    ids = [NotificationId(f"not_{n}") for n in range(150)]
    await platform.gateway.dismiss(ids)
    await platform.gateway.mark_read(ids[:1])
    await platform.gateway.dismiss([])
    assert [len(request.body) for request in platform.transport.asked] == [100, 50, 1]


async def test_calls_are_reported_by_name_and_no_token_is_in_any_repr(clock: HandClock) -> None:
    """Without this a token could reach a log by way of a repr."""
    platform = Platform(clock, (f"GET {P}/contacts", CONTACTS))
    await platform.gateway.contacts()
    assert platform.calls[0].endpoint == "contacts.list"
    assert "acc_1" not in repr((platform.calls, platform.transport.asked))


def test_a_wrong_base_url_or_prefix_is_a_settings_error(clock: HandClock) -> None:
    """Without this the mistake would be found at the first call, not at the start."""
    for wrong in ({"base_url": "nonsense"}, {"base_url": "http://x", "api_prefix": "?"}):
        with pytest.raises(SettingsError):
            connect(token_source=str, clock=clock, **wrong)  # type: ignore[arg-type]


def test_the_platforms_clock_is_learned_from_many_dates() -> None:
    """Without this ages would be wrong by what a server's clock is off."""
    offset = ClockOffset()
    ours = datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
    truth = timedelta(minutes=7, milliseconds=300)
    for step in range(40):
        sent = ours + timedelta(seconds=1.13 * step)
        stamped = (sent + timedelta(milliseconds=20) + truth).replace(microsecond=0)
        date = stamped.strftime("%a, %d %b %Y %H:%M:%S GMT")
        offset.learn(date, sent, sent + timedelta(milliseconds=40))
    assert abs(offset.seconds - truth.total_seconds()) < 0.1
    offset.learn(
        "Mon, 05 Oct 2026 02:10:00 GMT", ours + timedelta(minutes=10), ours + timedelta(minutes=10)
    )
    assert offset.seconds == 0.0, "the clock was set right"
    offset.learn("nonsense", ours, ours)
    assert offset.seconds == 0.0
