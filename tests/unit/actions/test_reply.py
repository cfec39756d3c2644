"""reply: one message to the customer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.build import CONTACT, NOW, conversation_state, facts
from tests.unit.actions.desk import (
    RULE,
    FakeDesk,
    FakeGateway,
    done,
    our,
    read,
    refusal,
    told,
    work,
)
from tests.unit.conditions.asking import Told
from worker.actions import ACTIONS_BY_KIND
from worker.errors import Fault, GatewayError, TookEffect
from worker.model.action import RenderError
from worker.model.chat import Contact, QuickReply
from worker.model.event import EventKind
from worker.model.gateway import Capability, Outgoing

MENU = (
    "reply: {text: Which, menu: main, expires: 1h, "
    "quick_replies: [Sales, {title: Help, payload: h}]}"
)
BUTTONS = (QuickReply("Sales", "Sales"), QuickReply("Help", "h"))
NUMBERED = "Which\n1. Sales\n2. Help"
recognises = ACTIONS_BY_KIND["reply"].recognises


async def test_a_text_is_filled_and_sent() -> None:
    """The first thing anybody asks of the worker."""
    desk = FakeDesk()
    performed = await done('reply: "Hi {{ contact.first_name }}!\\n"', desk)
    assert desk.sent == [Outgoing(text="Hi Mei!")]
    assert performed.result_id == "msg_1"


@pytest.mark.parametrize(
    ("language", "said", "expected"),
    [
        ("th", "hello", "TH"),
        ("zh-HK", "hello", "HANT"),
        ("", "สวัสดีค่ะ", "TH"),
        ("fr", "hello", "EN"),
        ("", "hello", "EN"),
    ],
)
def test_the_language_is_the_customers(language: str, said: str, expected: str) -> None:
    """A customer would be answered in the author's language."""
    about = facts(said, contact=Contact(id=CONTACT, language=language))
    written = "reply: {text: {en: EN, zh-Hant: HANT, th: TH}}"
    assert work(written, about)["text"] == expected


def test_the_work_is_plain_json() -> None:
    """It is a row in the ledger, and another process may do it."""
    for written in ("reply: hi", MENU, "reply: {image: 'https://example.com/a.png', caption: x}"):
        planned = work(written)
        assert json.loads(json.dumps(planned)) == planned


def test_what_a_customer_wrote_is_never_read_as_a_template() -> None:
    """A customer could ask for other customers' names."""
    about = facts("{{ contact.first_name }}")
    planned = work('reply: "You wrote: {{ message.text }}"', about)
    assert planned["text"] == "You wrote: {{ contact.first_name }}"


def test_a_template_that_fails_or_comes_out_empty_sends_nothing() -> None:
    """A customer would get an empty bubble, or the name of a variable."""
    with pytest.raises(RenderError, match="'contact' is undefined"):
        work('reply: "Hi {{ contact.first_name }}"', facts(contact=None))
    with pytest.raises(RenderError, match="came out empty"):
        work('reply: "{{ message.caption }}"')
    with pytest.raises(RenderError, match="came out empty"):
        work('reply: "{{ message.text }}"', facts("\u200b\ufe0f"))


async def test_a_menu_is_sent_with_buttons_and_remembered() -> None:
    """The pick that follows could not be understood."""
    desk = FakeDesk()
    performed = await done(MENU, desk)
    assert desk.sent == [Outgoing(type="response", text="Which", quick_replies=BUTTONS)]
    assert performed.conversation is not None
    menu = performed.conversation.menu
    assert menu is not None
    assert (menu.name, menu.options, menu.sent_at) == ("main", BUTTONS, NOW)
    assert menu.expires_at == NOW + timedelta(hours=1)
    assert performed.memo == {}


async def test_refused_buttons_become_numbered_text_and_are_remembered_per_channel() -> None:
    """Every menu would be refused first, or a channel with buttons lose them."""
    desk = FakeDesk(FakeGateway(fails={"send:response": refusal()}))
    performed = await done(MENU, desk)
    assert [one.type for one in desk.sent] == ["response", "text"]
    assert desk.sent[1].text == NUMBERED
    assert performed.memo == {"quick_replies:web": "numbered"}
    assert performed.conversation is not None

    again = FakeDesk(memos=dict(performed.memo))
    await done(MENU, again)
    assert [one.type for one in again.sent] == ["text"]
    elsewhere = FakeDesk(
        memos=dict(performed.memo), conversation=conversation_state(channel="line")
    )
    await done(MENU, elsewhere)
    assert [one.type for one in elsewhere.sent] == ["response"]


@pytest.mark.parametrize(
    "error",
    [
        GatewayError(Fault.TIMEOUT, "no answer", took_effect=TookEffect.MAYBE),
        GatewayError(Fault.SERVER, "500", took_effect=TookEffect.MAYBE, status=500),
        GatewayError(Fault.THROTTLED, "slow", took_effect=TookEffect.NO, status=429),
        GatewayError(Fault.UNSUPPORTED, "?", took_effect=TookEffect.MAYBE),
    ],
)
async def test_only_a_certain_refusal_of_buttons_sends_text(error: GatewayError) -> None:
    """After a time-out the customer would see the menu twice."""
    desk = FakeDesk(FakeGateway(fails={"send:response": error}))
    with pytest.raises(GatewayError):
        await done(MENU, desk)
    assert len(desk.sent) == 1


async def test_the_setting_fixes_one_way() -> None:
    """An operator who knows the channel need not wait for a refusal."""
    desk = FakeDesk(quick_replies="numbered")
    await done(MENU, desk)
    assert [one.type for one in desk.sent] == ["text"]
    forced = FakeDesk(FakeGateway(fails={"send:response": refusal()}), quick_replies="buttons")
    with pytest.raises(GatewayError):
        await done(MENU, forced)
    assert [one.type for one in forced.sent] == ["response"]
    unable = FakeDesk(FakeGateway(capabilities=frozenset({Capability.SEND})))
    await done(MENU, unable)
    assert [one.type for one in unable.sent] == ["text"]


def test_a_menu_is_named_after_its_rule_and_lasts() -> None:
    """Every menu would need a name although nobody asks for it."""
    planned = work("reply: {text: Which, quick_replies: [A, B]}")
    assert planned["menu"] == "my-rule"
    assert planned["expires_s"] is None


def test_titles_have_languages_too() -> None:
    """A Thai menu would have English buttons, or be five rules."""
    written = (
        "reply: {text: {en: Which, th: อะไร}, "
        "quick_replies: [{title: {en: Prices, th: ราคา}, payload: price}]}"
    )
    planned = work(written, facts(contact=Contact(id=CONTACT, language="th")))
    assert planned["quick_replies"] == [{"title": "ราคา", "payload": "price"}]


def test_reading_back_knows_the_menu_it_finds_was_sent() -> None:
    """After an unknown outcome the pick would not be understood."""
    left = ACTIONS_BY_KIND["reply"].aftermath(work(MENU), FakeDesk())
    assert left.conversation is not None
    assert left.conversation.menu is not None
    assert ACTIONS_BY_KIND["reply"].aftermath(work("reply: hi"), FakeDesk()).conversation is None


async def test_an_image_by_its_address_is_sent_as_it_is() -> None:
    """The worker would load every picture through itself."""
    desk = FakeDesk()
    written = (
        "reply: {image: 'https://example.com/{{ contact.id }}.png', caption: 'Hi {{ rule.id }}'}"
    )
    await done(written, desk)
    image = Outgoing(type="image", url="https://example.com/con_1.png", caption="Hi my-rule")
    assert desk.sent == [image]


async def test_a_local_file_is_uploaded_and_sent(tmp_path: Path) -> None:
    """Price lists live beside the rules."""
    (tmp_path / "list.pdf").write_bytes(b"%PDF")
    step = read("reply: {file: list.pdf, caption: Our prices}", folder=str(tmp_path))
    planned = step.action.render(facts(), RULE, {})
    desk = FakeDesk()
    await step.action.perform(planned, desk)
    assert desk.calls[0] == ("upload", "list.pdf", b"%PDF", "application/pdf")
    sent = Outgoing(type="pdf", url="https://files.example.com/list.pdf", caption="Our prices")
    assert desk.sent == [sent]


async def test_a_file_that_is_gone_is_dead_and_was_not_sent(tmp_path: Path) -> None:
    """It would be tried until it expires, and perhaps read back for."""
    desk = FakeDesk()
    planned = {"kind": "file", "path": str(tmp_path / "gone.pdf"), "caption": ""}
    with pytest.raises(GatewayError) as caught:
        await ACTIONS_BY_KIND["reply"].perform(planned, desk)
    assert caught.value.took_effect is TookEffect.NO
    assert caught.value.fault is Fault.REJECTED
    assert desk.sent == []


async def test_an_upload_that_may_have_arrived_is_harmless(tmp_path: Path) -> None:
    """The conversation would be read back for a message that was never begun."""
    (tmp_path / "a.png").write_bytes(b"png")
    lost = GatewayError(Fault.TIMEOUT, "no answer", took_effect=TookEffect.MAYBE)
    desk = FakeDesk(FakeGateway(fails={"upload": lost}))
    planned = {"kind": "image", "path": str(tmp_path / "a.png"), "caption": ""}
    with pytest.raises(GatewayError) as caught:
        await ACTIONS_BY_KIND["reply"].perform(planned, desk)
    assert caught.value.took_effect is TookEffect.NO


async def test_without_a_conversation_nothing_is_sent() -> None:
    """A crash in the executor stops the lane."""
    with pytest.raises(GatewayError, match="no conversation"):
        await done("reply: hi", FakeDesk(conversation=None))


@pytest.mark.parametrize(
    ("written", "found", "expected"),
    [
        ("reply: Hello there", our("Hello  there\n"), True),
        ("reply: Café", our("Cafe\u0301"), True),
        ("reply: Hello", our("Hello!"), False),
        ("reply: Hello", our("Hello", type="image"), False),
        (MENU, our("Which", type="response", quick_replies=BUTTONS), True),
        (MENU, our("Which", type="response", quick_replies=BUTTONS[:1]), False),
        (MENU, our("Other", type="response", quick_replies=BUTTONS), False),
        (MENU, our("Which", type="response"), True),
        (MENU, our("Which 1. Sales 2. Help"), True),
        (MENU, our("Which"), False),
        ("reply: Which", our("Which", type="response", quick_replies=BUTTONS), False),
        (
            "reply: {image: 'https://e.com/a.png', caption: Hi}",
            our(type="image", url="https://e.com/a.png", caption="Hi"),
            True,
        ),
        (
            "reply: {image: 'https://e.com/a.png'}",
            our(type="image", url="https://e.com/b.png"),
            False,
        ),
        ("reply: {file: a.pdf, caption: Hi}", our(type="pdf", url="https://x", caption="Hi"), True),
        ("reply: {file: a.pdf, caption: Hi}", our(type="image", caption="Hi"), False),
    ],
)
def test_it_recognises_what_it_sent_in_every_way_it_sends(
    written: str, found: object, *, expected: bool
) -> None:
    """Not recognised: the customer is answered twice. Wrongly recognised: not at all."""
    assert recognises(work(written), found) is expected  # type: ignore[arg-type]


def test_delay_and_needs() -> None:
    """A platform without attachments would say so at midnight."""
    assert read("reply: {text: hi, delay: 3s}").action.delay() == timedelta(seconds=3)
    assert read("reply: hi").action.delay() == timedelta(0)
    assert read("reply: {image: 'https://e.com/a'}").action.needs() == {
        Capability.SEND,
        Capability.ATTACHMENTS,
    }


@pytest.mark.parametrize(
    ("written", "loc", "message"),
    [
        ("reply: 12", ("reply",), "expected a text, or texts by language, found a number"),
        ('reply: " "', ("reply",), "this text is empty"),
        ('reply: "\\u200b"', ("reply",), "this text is empty: nothing of it is seen"),
        ('reply: {text: {en: " \\ufeff "}}', ("reply", "text", "en"), "this text is empty"),
        (
            'reply: {image: "https://e.com/a", caption: "\\u2060"}',
            ("reply", "caption"),
            "this text is empty",
        ),
        ("reply: {txt: hi}", ("reply", "txt"), "unknown key 'txt'"),
        ("reply: {}", ("reply",), "this reply says nothing"),
        ("reply: {text: {english: hi}}", ("reply", "text", "english"), "'english' is no language"),
        ("reply: {text: {en: 1}}", ("reply", "text", "en"), "expected a text, found a number"),
        (
            "reply: {text: hi, image: 'https://e.com/a'}",
            ("reply", "text"),
            "the text of an image is its caption",
        ),
        ("reply: {text: hi, caption: x}", ("reply", "caption"), "a caption needs an image"),
        ("reply: {text: hi, menu: x}", ("reply", "menu"), "'menu' is for quick replies"),
        (
            "reply: {text: hi, quick_replies: [A, A]}",
            ("reply", "quick_replies", 1),
            "'A' stands here twice",
        ),
        ("reply: {text: hi, quick_replies: [{titel: A}]}", None, "unknown key 'titel'"),
        ("reply: {image: 'http://e.com/a'}", ("reply", "image"), "an attachment's address begins"),
        ("reply: {image: ../a.png}", ("reply", "image"), "a file must be below"),
        ("reply: {image: '{{ message.text }}'}", ("reply", "image"), "the path of a file cannot"),
        ("reply: {image: 'https://{{ message.text }}/'}", ("reply", "image"), "the host of an"),
        ("reply: {text: hi, delay: 3}", ("reply", "delay"), "expected a duration"),
    ],
)
def test_mistakes_are_told(written: str, loc: tuple[str | int, ...] | None, message: str) -> None:
    """What cannot be sent would be found out with a customer."""
    complaints = told(written)
    matching = [one for one in complaints if one.message.startswith(message)]
    assert matching, complaints
    assert loc is None or loc in [one.loc for one in matching]


def test_a_missing_file_is_told_when_the_folder_is_known(tmp_path: Path) -> None:
    """A price list that was renamed would be missed by customers first."""
    complaints = told("reply: {file: list.pdf}", folder=str(tmp_path))
    assert complaints[0].message == "there is no file 'list.pdf'"


def test_unknown_names_are_told_with_their_place_inside_the_text() -> None:
    """A long text with one wrong name would have to be searched."""
    received = frozenset({EventKind.MESSAGE_RECEIVED})
    assert told('reply: {text: {en: "Hi {{ contact.frist_name }}"}}', kinds=received) == [
        Told(
            ("reply", "text", "en"),
            "unknown name 'contact.frist_name'",
            "did you mean 'first_name'?",
            14,
        )
    ]


def test_the_state_it_leaves_keeps_everything_else() -> None:
    """A menu would undo what was learned of the conversation meanwhile."""
    state = replace(conversation_state(), last_person_at=NOW)
    left = ACTIONS_BY_KIND["reply"].aftermath(work(MENU), FakeDesk(conversation=state))
    assert left.conversation is not None
    assert replace(left.conversation, menu=None) == state
