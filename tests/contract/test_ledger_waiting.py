"""Who waits for an answer, as every ledger tells it."""

from __future__ import annotations

from datetime import datetime

from tests.contract.conftest import Store
from tests.unit.ledger.nouns import ACCOUNT, OTHER, at, conversation_state
from worker.model.ids import AccountId, ConversationId, MessageId
from worker.model.ledger import Ledger, Receipt
from worker.model.state import ConversationState, Unanswered

LAST = "\U0010ffff"


def waits(seconds: float) -> Unanswered:
    """A message that was written then."""
    one = MessageId(f"msg_{seconds}")
    return Unanswered(first_id=one, since=at(seconds), last_id=one, last_at=at(seconds + 5))


async def keep(ledger: Ledger, *states: ConversationState, account: AccountId = ACCOUNT) -> None:
    """The conversations stand so."""
    await ledger.receive(Receipt(account=account, conversations=states))


async def names(
    ledger: Ledger,
    until: float,
    *,
    automatic: bool = False,
    after: tuple[datetime, str] = (at(-1000), ""),
    limit: int = 100,
) -> list[tuple[str, datetime]]:
    """Who waits, and since when."""
    rows = await ledger.awaiting(
        ACCOUNT, automatic=automatic, after=after, until=at(until), limit=limit
    )
    return [(str(one), since) for one, since in rows]


async def test_those_who_wait_are_told_oldest_first_up_to_a_time(store: Store) -> None:
    """Whom the ledger does not name, nobody will ever help; after a restart as before it."""
    for number, seconds in (("b", 20), ("a", 10), ("c", 30)):
        await keep(store.ledger, conversation_state(number, awaits_person=waits(seconds)))
    await keep(store.ledger, conversation_state("d"))
    for _ in range(2):
        assert await names(store.ledger, 20) == [("a", at(10)), ("b", at(20))]
        assert await names(store.ledger, 19.999) == [("a", at(10))]
        assert await names(store.ledger, 9) == []
        await store.reopen()


async def test_a_person_and_any_answer_are_awaited_apart(ledger: Ledger) -> None:
    """A greeting by the worker is no answer of a person."""
    await keep(
        ledger,
        conversation_state("a", awaits_person=waits(10), awaits_answer=waits(40)),
        conversation_state("b", awaits_person=waits(20)),
    )
    assert await names(ledger, 100) == [("a", at(10)), ("b", at(20))]
    assert await names(ledger, 100, automatic=True) == [("a", at(40))]
    counted = await ledger.summary(ACCOUNT)
    assert (counted.awaiting_person, counted.awaiting_answer) == (2, 1)


async def test_who_was_answered_no_longer_waits(ledger: Ledger) -> None:
    """The column is not the state: an answer that leaves it behind escalates what is done."""
    await keep(ledger, conversation_state("a", awaits_person=waits(10), awaits_answer=waits(10)))
    await keep(ledger, conversation_state("a"))
    assert await names(ledger, 100) == []
    assert await names(ledger, 100, automatic=True) == []
    await keep(ledger, conversation_state("a", awaits_person=waits(50)))
    assert await names(ledger, 100) == [("a", at(50))]


async def test_a_look_goes_on_where_the_last_one_ended(ledger: Ledger) -> None:
    """Five hundred customers of one minute, some of one instant: each is met once."""
    many = [
        conversation_state(f"conv_{number:03}", awaits_person=waits(number // 4))
        for number in range(40)
    ]
    await keep(ledger, *many)
    found: list[tuple[str, datetime]] = []
    after = (at(-1), "")
    while rows := await names(ledger, 1000, after=after, limit=7):
        assert len(rows) <= 7
        found += rows
        after = (rows[-1][1], rows[-1][0])
    assert found == [(state.conversation.id, at(n // 4)) for n, state in enumerate(many)]
    assert await names(ledger, 1000, after=(at(8), LAST)) == found[-4:]
    assert await names(ledger, 1000, limit=0) == []


async def test_accounts_wait_apart(ledger: Ledger) -> None:
    """One store may hold two accounts with the same conversation ids."""
    await keep(ledger, conversation_state("a", awaits_person=waits(1)), account=OTHER)
    assert await names(ledger, 100) == []
    assert (await ledger.summary(OTHER)).awaiting_person == 1
    assert (await ledger.summary()).awaiting_person == 1
    assert (await ledger.summary(ACCOUNT)).awaiting_person == 0


async def test_what_waits_comes_back_whole(store: Store) -> None:
    """The first message is in the event's id: another one would make a second event."""
    state = conversation_state("a", awaits_person=waits(1), awaits_answer=waits(2))
    await keep(store.ledger, state)
    ledger = await store.reopen()
    one = ConversationId("a")
    assert (await ledger.conversations(ACCOUNT, [one]))[one] == state
