"""The iMBRACE client against the sandbox over HTTP: both generations, and answers that go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.sandbox_fixture import Sandbox
from worker.clock import SystemClock
from worker.errors import Fault, GatewayError, TookEffect
from worker.gateways.imbrace import ImbraceGateway, connect
from worker.model.chat import Conversation, QuickReply, Sender
from worker.model.gateway import Outgoing
from worker.model.ids import ContactId, ConversationId
from worker.sandbox.gateway import SandboxGateway
from worker.sandbox.server import SandboxServer
from worker.sandbox.switches import Generation

SETTINGS: list[tuple[Generation, str]] = [
    ("v1", "/v1/backend"),
    ("v1", "/channel-service/v1"),
    ("v2", "/channel-service/v1"),
    ("v2", "auto"),
]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A client and the sandbox it talks to."""

    sandbox: Sandbox
    gateway: ImbraceGateway

    async def conversation(self, text: str = "hello") -> Conversation:
        """A customer's new conversation with one message, as the list shows it."""
        contact = self.sandbox.stage.create_contact(language="en", display_name="Ann Lee")
        conv = self.sandbox.stage.create_conversation(contact)
        self.sandbox.stage.customer_says(conv, text)
        page = await self.gateway.conversations()
        return next(row for row in page.rows if row.id == conv)


@pytest_asyncio.fixture(params=SETTINGS, ids=" ".join)
async def meeting(request: pytest.FixtureRequest) -> AsyncIterator[Meeting]:
    """A sandbox of each generation under each prefix, and a gateway on it."""
    generation, prefix = request.param
    simulated = SandboxGateway(SystemClock(), generation=generation)
    server = SandboxServer(simulated)
    await server.start()
    gateway = connect(
        base_url=server.base_url,
        token_source=lambda: simulated.access_token,
        api_token_source=lambda: simulated.api_token,
        api_prefix=prefix,
        requests_per_minute=100_000,
        request_timeout_s=2.0,
        clock=SystemClock(),
    )
    yield Meeting(Sandbox(simulated, server), gateway)
    await gateway.close()
    await server.stop()


async def test_a_customer_is_found_read_answered_and_read_back(meeting: Meeting) -> None:
    """Without this either generation could stop working unseen."""
    conversation = await meeting.conversation()
    assert conversation.contact_id is not None
    assert conversation.channel == "web"
    assert conversation.moved
    (asked,) = (await meeting.gateway.messages(conversation)).rows
    assert (asked.sender, asked.text) == (Sender.CUSTOMER, "hello")
    sent = await meeting.gateway.send(conversation, Outgoing(text="hi Ann"))
    page = await meeting.gateway.messages(conversation)
    assert [(row.id == sent.message_id, row.text) for row in page.rows] == [
        (True, "hi Ann"),
        (False, "hello"),
    ]
    assert page.rows[0].sender is Sender.TEAM
    assert meeting.gateway.conversations_sorted


async def test_a_menu_is_stored_as_it_was_meant_or_refused_by_type(meeting: Meeting) -> None:
    """Without this menus would lose their buttons, or never fall back to text."""
    conversation = await meeting.conversation()
    menu = Outgoing(
        type="response",
        text="Which?",
        quick_replies=(QuickReply("Red", "r"), QuickReply("Blue", "b")),
    )
    await meeting.gateway.send(conversation, menu)
    newest = (await meeting.gateway.messages(conversation)).rows[0]
    assert (newest.type, newest.text, newest.quick_replies) == (
        "response",
        "Which?",
        menu.quick_replies,
    )
    meeting.sandbox.stage.set_switches(response_refused_on=frozenset({"web"}))
    with pytest.raises(GatewayError) as caught:
        await meeting.gateway.send(conversation, menu)
    assert caught.value.fault is Fault.UNSUPPORTED
    assert caught.value.took_effect is TookEffect.NO


async def test_senders_of_all_kinds_are_told_apart(meeting: Meeting) -> None:
    """Without this a bot would silence the rules, or the worker answer itself."""
    conversation = await meeting.conversation()
    stage = meeting.sandbox.stage
    stage.agent_says(conversation.id, "a person", stage.add_agent("Bea"))
    stage.bot_says(conversation.id, "a bot")
    stage.publisher_says(conversation.id)
    rows = (await meeting.gateway.messages(conversation)).rows
    assert [row.sender for row in rows] == [Sender.BOT, Sender.BOT, Sender.TEAM, Sender.CUSTOMER]


async def test_the_account_is_learned_and_notifications_lead_to_conversations(
    meeting: Meeting,
) -> None:
    """Without this an account without a conversation list would miss new customers."""
    conversation = await meeting.conversation()
    identity = await meeting.gateway.open()
    assert identity.organization_id == meeting.sandbox.gateway.world.organization_id
    assert identity.user_id == meeting.sandbox.gateway.world.worker.id
    (told,) = (await meeting.gateway.notifications()).rows
    assert told.type_name == "conversation_new"
    found = await meeting.gateway.resolve(told)
    assert found is not None
    assert found.id == conversation.id
    meeting.sandbox.stage.set_switches(team_detail=False)
    again = connect_again(meeting)
    by_walk = await again.resolve(told)
    await again.close()
    assert by_walk is not None
    assert by_walk.id == conversation.id
    await meeting.gateway.mark_read([told.id])
    assert (await meeting.gateway.notifications()).rows[0].read
    await meeting.gateway.dismiss([told.id])
    assert (await meeting.gateway.notifications()).rows == ()
    await meeting.gateway.dismiss_all("conversations")


def connect_again(meeting: Meeting) -> ImbraceGateway:
    """Another client of the same sandbox, that remembers nothing."""
    return connect(
        base_url=meeting.sandbox.base_url,
        token_source=lambda: meeting.sandbox.token,
        api_prefix=meeting.gateway.client.prefix.v1,
        clock=SystemClock(),
    )


async def test_a_contact_is_changed_without_losing_anything(meeting: Meeting) -> None:
    """Without this a tag would wipe a customer's phone number where PUT replaces."""
    stage = meeting.sandbox.stage
    stage.set_switches(contact_update="replace")
    contact = ContactId(stage.create_contact(fields={"phone_number": "123", "email": "a@x"}))
    changed = await meeting.gateway.update_contact(contact, {"remark": "#vip"})
    assert (changed.remark, changed.phone_number, changed.email) == ("#vip", "123", "a@x")
    assert (await meeting.gateway.contact(contact)).remark == "#vip"
    assert [row.id for row in (await meeting.gateway.contacts()).rows] == [contact]
    assert await meeting.gateway.contact_conversations(contact) == ()


async def test_a_contact_tells_when_it_was_edited(meeting: Meeting) -> None:
    """An old copy of a list would be taken for a change back, and an edit's age be unknown."""
    stage = meeting.sandbox.stage
    contact = ContactId(stage.create_contact())
    assert (await meeting.gateway.contact(contact)).updated_at is None
    stage.set_contact(contact, {"email": "a@example.com"})
    (listed,) = (await meeting.gateway.contacts()).rows
    read = await meeting.gateway.contact(contact)
    assert listed == read
    assert read.updated_at is not None
    assert read.updated_at >= (read.created_at or read.updated_at)


async def test_people_and_state_can_be_acted_on(meeting: Meeting) -> None:
    """Without this hand-over, closing and notes would be paper."""
    conversation = await meeting.conversation()
    gateway = meeting.gateway
    message = (await gateway.messages(conversation)).rows[0]
    await gateway.join(conversation)
    assert (await gateway.conversation(conversation)).mode == "manual"
    await gateway.leave(conversation)
    await gateway.set_status(conversation, "closed")
    assert (await gateway.conversation(conversation)).status == "closed"
    await gateway.set_status(conversation, "active")
    assert (await gateway.conversation(conversation)).status == "active"
    await gateway.note(conversation, message.id, "call back")
    url = await gateway.upload("a.png", b"PNG", "image/png")
    await gateway.send(conversation, Outgoing(type="image", url=url, caption="map"))
    newest = (await gateway.messages(conversation)).rows[0]
    assert (newest.url, newest.caption) == (url, "map")


async def test_the_other_endpoints_answer_in_their_documented_shape(meeting: Meeting) -> None:
    """Without this an endpoint nobody polls could be broken for months."""
    conversation = await meeting.conversation("refund please")
    contact = conversation.contact_id
    assert contact is not None
    world = meeting.sandbox.gateway.world
    client = meeting.gateway.client
    assert (await client.search_contacts("Ann")).rows
    assert (await client.view_counts(world.business_unit_id))["all"] == 1
    assert (await client.channel_counts())["web"] == 1
    found = await client.search_team_conversations(world.business_unit_id)
    assert len(found.rows) == 1
    assert (await client.search_messages(world.organization_id, "refund")).rows
    assert (await client.third_messages(conversation.id)).rows
    assert await client.upload_contact_file("a.png", b"PNG", "image/png")
    assert (await client.contact_files(contact)).rows == ()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("empty", Fault.UNREADABLE),
        ("html", Fault.UNREADABLE),
        ("truncated", Fault.UNREADABLE),
        ("503-after", Fault.SERVER),
        ("close-after", Fault.DISCONNECTED),
        ("reset-after", Fault.DISCONNECTED),
    ],
)
async def test_a_send_whose_answer_was_lost_is_a_doubt(
    meeting: Meeting, fault: str, expected: Fault
) -> None:
    """Without this the customer would be answered twice, or not at all."""
    conversation = await meeting.conversation()
    meeting.sandbox.fault(f"send_message: {fault} count=1")
    with pytest.raises(GatewayError) as caught:
        await meeting.gateway.send(conversation, Outgoing(text="once"))
    assert caught.value.fault is expected
    assert caught.value.took_effect is TookEffect.MAYBE
    assert (await meeting.gateway.messages(conversation)).rows[0].text == "once"


async def test_rows_of_wrong_types_are_counted_and_nothing_breaks(meeting: Meeting) -> None:
    """Without this one odd answer would stop the account."""
    conversation = await meeting.conversation()
    meeting.sandbox.fault("list_messages: wrong-types count=1")
    page = await meeting.gateway.messages(conversation)
    assert len(page.rows) + page.unreadable == 1


async def test_what_does_not_exist_is_absent(meeting: Meeting) -> None:
    """Without this a deleted contact would be retried for ever."""
    for call in (
        meeting.gateway.contact(ContactId("con_none")),
        meeting.gateway.contact_conversations(ContactId("con_none")),
        meeting.gateway.conversation(Conversation(id=ConversationId("conv_none"))),
    ):
        with pytest.raises(GatewayError) as caught:
            await call
        assert caught.value.fault is Fault.ABSENT
        assert caught.value.took_effect is TookEffect.NO


async def test_a_refused_token_is_told_and_a_new_one_works_at_once(meeting: Meeting) -> None:
    """Without this an expired token would be an outage until the restart."""
    meeting.sandbox.stage.revoke_token()
    with pytest.raises(GatewayError) as caught:
        await meeting.gateway.contacts()
    assert caught.value.fault is Fault.UNAUTHORIZED
    with pytest.raises(GatewayError) as caught:
        await meeting.gateway.contacts()
    assert caught.value.fault is Fault.PAUSED
    meeting.sandbox.stage.replace_token()
    meeting.gateway.token_changed()
    await meeting.gateway.contacts()


async def test_the_conversation_list_may_be_missing(meeting: Meeting) -> None:
    """Without this the search would not be found in its place."""
    conversation = await meeting.conversation()
    meeting.sandbox.stage.set_switches(team_list=False)
    again = connect_again(meeting)
    page = await again.conversations()
    await again.close()
    assert [row.id for row in page.rows] == [conversation.id]
