"""What would be otherwise by now, had other rules acted, until something else changes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.build import ACCOUNT, CONTACT, CONVERSATION, NOW, conversation_state, event, message
from worker.engine.divergence import Divergence, Effects
from worker.engine.recorded import Seen
from worker.model.action import Guards, Intent
from worker.model.chat import Contact
from worker.model.ids import EventId, IntentKey, RuleId
from worker.model.state import ContactState, ConversationState

HAND_OVER = {"team": "", "user": "", "note": "", "message_id": "", "for_s": 3600.0}
UNTIL_CLOSED = {**HAND_OVER, "for_s": None}
MENU = {
    "kind": "text",
    "text": "Pick",
    "menu": "main",
    "expires_s": None,
    "quick_replies": [{"title": "Yes", "payload": "y"}],
}


def seen(
    minutes: float = 0,
    *,
    tags: frozenset[str] = frozenset(),
    opted_out_at: datetime | None = None,
    contact: Mapping[str, Any] | None = None,
    **conversation: Any,
) -> Seen:
    """What was recorded so many minutes later."""
    at = NOW + timedelta(minutes=minutes)
    one = event(message(created_at=at))
    return Seen(
        event=one,
        events=(one,),
        at=at,
        conversation=conversation_state(**conversation),
        contact=ContactState(
            id=CONTACT,
            contact=Contact(id=CONTACT, **(contact or {})),
            tags=tags,
            opted_out_at=opted_out_at,
        ),
        first_message=False,
    )


def did(kind: str, work: Mapping[str, Any]) -> dict[IntentKey, Intent]:
    """One action that took effect."""
    key = IntentKey(f"{kind}-{sorted(work.items())}")
    return {
        key: Intent(
            key=key,
            account=ACCOUNT,
            lane=CONVERSATION,
            event_id=EventId("message:msg_1"),
            rule_id=RuleId("rule"),
            position=0,
            kind=kind,
            visible=kind == "reply",
            work=work,
            guards=Guards(human_quiet=timedelta(0)),
            event_at=NOW,
            expires_at=NOW,
            created_at=NOW,
            conversation_id=CONVERSATION,
            contact_id=CONTACT,
            attempt=3,
        )
    }


def after(recorded: Seen, *, live: Any = None, ours: Any = None) -> Divergence:
    """The difference once the two have done this."""
    divergence = Divergence()
    divergence.acted(recorded, divergence.laid_over(recorded), Effects(live or {}, ours or {}))
    return divergence


def conversation(found: Seen) -> ConversationState:
    """Its conversation."""
    assert found.conversation is not None
    return found.conversation


def contact(found: Seen) -> ContactState:
    """Its contact."""
    assert found.contact is not None
    return found.contact


def test_where_both_did_the_same_what_was_recorded_is_what_is_seen() -> None:
    """The same rules would diverge from themselves."""
    for doing in (did("hand_over", HAND_OVER), did("reply", MENU), did("tag", tags("a"))):
        divergence = after(seen(), live=doing, ours=doing)
        later = seen(10, tags=frozenset({"x"}), silent_until_closed=True)
        assert divergence.laid_over(later) == later


def tags(*added: str, removed: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """The work of a tag action."""
    return {"add": list(added), "remove": list(removed)}


def test_a_silence_that_only_our_rules_brought_lasts_as_long_as_it_says() -> None:
    """Answers would be promised that the hand-over would have kept back."""
    divergence = after(seen(), ours=did("hand_over", HAND_OVER))
    assert conversation(divergence.laid_over(seen(10))).silent_until == NOW + timedelta(hours=1)


def test_a_silence_until_closed_ends_where_the_record_shows_a_closed_conversation() -> None:
    """The conversation would be silent for ever after."""
    divergence = after(seen(), ours=did("hand_over", UNTIL_CLOSED))
    assert conversation(divergence.laid_over(seen(10))).silent_until_closed
    assert not conversation(divergence.laid_over(seen(20, status="closed"))).silent_until_closed
    assert not conversation(divergence.laid_over(seen(30))).silent_until_closed


def test_a_silence_our_rules_would_not_have_brought_is_not_there() -> None:
    """Rules without the hand-over would be told silent by it; also before the record shows it."""
    divergence = after(seen(), live=did("hand_over", UNTIL_CLOSED))
    for minutes, recorded in ((1, False), (5, True), (9, True)):
        found = divergence.laid_over(seen(minutes, silent_until_closed=recorded))
        assert not conversation(found).silent_until_closed


def test_a_silence_somebody_else_brought_counts() -> None:
    """A hand-over that both rule sets leave alone would be forgotten with another one."""
    divergence = after(seen(), live=did("hand_over", HAND_OVER))
    other = NOW + timedelta(hours=5)
    assert conversation(divergence.laid_over(seen(9, silent_until=other))).silent_until == other


def test_menus_are_those_our_rules_sent() -> None:
    """A typed 2 would pick from a menu that nobody saw."""
    menu = conversation(after(seen(), ours=did("reply", MENU)).laid_over(seen(9))).menu
    assert menu is not None
    assert menu.name == "main"
    divergence = after(seen(), live=did("reply", MENU))
    assert conversation(divergence.laid_over(seen(9, menu=menu))).menu is None
    # sent by both later on, it is there
    divergence.acted(
        seen(9, menu=menu),
        divergence.laid_over(seen(9, menu=menu)),
        Effects(did("reply", MENU), did("reply", MENU)),
    )
    assert conversation(divergence.laid_over(seen(12, menu=menu))).menu == menu


def test_tags_are_those_our_rules_would_have_set() -> None:
    """Rules that ask for a tag would be decided by what other rules did."""
    divergence = after(
        seen(tags=frozenset({"old"})), ours=did("tag", tags("new", removed=("old",)))
    )
    assert contact(divergence.laid_over(seen(9, tags=frozenset({"old"})))).tags == {"new"}
    divergence = after(seen(), live=did("tag", tags("live")))
    later = seen(9, tags=frozenset({"live", "person"}))
    assert contact(divergence.laid_over(later)).tags == {"person"}
    divergence.acted(
        later,
        divergence.laid_over(later),
        Effects(did("tag", tags("live")), did("tag", tags("live"))),
    )
    assert contact(divergence.laid_over(later)).tags == {"live", "person"}


@pytest.mark.parametrize(
    ("only_if_empty", "before", "expected"),
    [(True, "en", "en"), (True, "", "th"), (False, "en", "th")],
)
def test_fields_of_the_contact_are_those_our_rules_would_have_written(
    only_if_empty: bool, before: str, expected: str
) -> None:
    """The language that a rule learned decides the language of the next answer."""
    work = {"fields": {"language": "th"}, "only_if_empty": only_if_empty}
    recorded = seen(contact={"language": before})
    ours = after(recorded, ours=did("update_contact", work))
    found = contact(ours.laid_over(seen(9, contact={"language": before}))).contact
    assert found is not None
    assert found.language == expected
    live = after(recorded, live=did("update_contact", work))
    found = contact(live.laid_over(seen(9, contact={"language": expected}))).contact
    assert found is not None
    assert found.language == before


def test_opt_outs_are_those_of_our_stop_phrases() -> None:
    """Customers whom only the live rules understood to say stop would hear nothing of ours."""
    divergence = Divergence()
    divergence.opted(contact(seen()), NOW, None)
    assert contact(divergence.laid_over(seen(9))).opted_out_at == NOW
    divergence.opted(contact(seen()), None, NOW)
    assert contact(divergence.laid_over(seen(9, opted_out_at=NOW))).opted_out_at is None
    divergence.opted(contact(seen()), None, None)
    assert contact(divergence.laid_over(seen(9, opted_out_at=NOW))).opted_out_at == NOW


def test_nothing_is_kept_of_conversations_that_do_not_differ() -> None:
    """Memory would grow with the past, not with the difference."""
    divergence = after(seen(), ours=did("tag", tags("a")))
    both = did("tag", tags("a"))
    later = seen(5, tags=frozenset())
    divergence.acted(later, divergence.laid_over(later), Effects(both, both))
    assert (divergence._conversations, divergence._contacts, divergence._opted) == ({}, {}, {})


def test_an_event_of_no_conversation_and_no_contact_has_nothing_to_differ_in() -> None:
    """A schedule would end the replay with an error."""
    bare = belonging_to_nobody(seen())
    divergence = after(bare, ours=did("dismiss", {}))
    assert divergence.laid_over(bare) == bare


def belonging_to_nobody(one: Seen) -> Seen:
    """The same without conversation and contact."""
    return Seen(
        event=msgspec.structs.replace(one.event, conversation_id=None, contact_id=None),
        events=one.events,
        at=one.at,
        conversation=None,
        contact=None,
        first_message=None,
    )
