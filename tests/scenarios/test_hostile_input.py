"""What customers and other people write is text to the worker: never read as anything else."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hostile_texts import HOSTILE, arrived
from tests.virtual_worker import ACCOUNT, Place, play
from worker.log import configure_logs
from worker.metrics import Metrics
from worker.text.normalise import LONGEST_READ

FITS = 16_000  # characters; a longer text is more than a template may become

PLAIN = """
vars: { secret_word: hunter2 }
rules:
  - id: hello
    when: message.received
    do:
      - reply: { text: "Hello" }
      - tag: greeted
      - update_contact: { fields: { company_name: "seen" } }
  - id: clear
    when: notification.created
    do:
      - dismiss: true
"""

ECHO = """
vars: { secret_word: hunter2 }
rules:
  - id: echo
    when: message.received
    do:
      - reply: "{{ contact.display_name }}|{{ message.text }}|{{ message.type }}"
"""


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, down to debug."""
    stream = io.StringIO()
    configure_logs(level="debug", format="json", stream=stream)
    yield stream
    configure_logs(stream=io.StringIO())


def assert_is_log(text: str) -> None:
    """Each line is one JSON object about a known event, in ASCII."""
    assert text
    for line in text.split("\n")[:-1]:
        told = json.loads(line)
        assert line.isascii()
        assert line.isprintable()
        assert told["event"] != "worker.failed"


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_customer_writes_they_and_the_next_are_answered(
    tmp_path: Path, name: str, logged: io.StringIO
) -> None:
    """One message could silence the worker for everybody."""

    async def scenario(place: Place) -> None:
        async with place.worker(log_level="debug"):
            hostile, next_one = place.conversation(), place.conversation()
            place.stage.customer_says(hostile, HOSTILE[name])
            await place.passes(10)
            place.stage.customer_says(next_one, "hi")
            await place.passes(30)
        assert place.texts(hostile) == ["Hello"]
        assert place.texts(next_one) == ["Hello"]
        assert place.stage.notifications() == []

    play(PLAIN, scenario, tmp_path)
    assert_is_log(logged.getvalue())


@pytest.mark.parametrize("name", HOSTILE)
def test_an_answer_that_repeats_their_words_repeats_them_as_they_are(
    tmp_path: Path, name: str
) -> None:
    """A customer could have the rules' own words computed, or crash the sending."""
    said = HOSTILE[name]

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation(display_name="An")
            place.stage.customer_says(one, said)
            await place.passes(30)
        if len(said) < FITS:
            assert place.texts(one) == [f"An|{arrived(said)}|text"]
            return
        assert place.texts(one) == []
        (event,) = [
            stored
            for stored in await place.ledger.events(ACCOUNT, limit=10)
            if stored.event.message is not None
        ]
        assert event.trace is not None
        (trace,) = event.trace.rules
        assert trace.reason.value == "undecided"
        assert "longer than" in trace.detail

    play(ECHO, scenario, tmp_path)


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_stands_in_a_name_a_remark_a_title_or_a_type_is_only_text(
    tmp_path: Path, name: str, logged: io.StringIO
) -> None:
    """Customers choose their names, and names stand on every list that is read."""
    odd = HOSTILE[name]

    async def scenario(place: Place) -> None:
        async with place.worker():
            fields: dict[str, Any] = {
                "remark": odd,
                "company_name": odd,
                "additional_params": {odd: odd},
            }
            contact = place.stage.create_contact(
                channel=odd[:200], language=odd[:200], display_name=odd, fields=fields
            )
            one = place.stage.create_conversation(contact)
            place.stage.customer_sends(one, odd, {"text": "hi", "title": odd, odd: odd})
            place.stage.notify(type=201, title=odd, content=odd, sender=odd, channel=odd)
            place.stage.notify(type=987_654, title=odd, action_to={odd: odd})
            other = place.conversation()
            place.stage.customer_says(other, "hi")
            await place.passes(60)
        assert place.texts(one) == ["Hello"]
        assert place.texts(other) == ["Hello"]
        assert place.stage.notifications() == []
        tagged = place.stage.contact(contact)["remark"]
        assert tagged.endswith("#greeted")

    play(PLAIN, scenario, tmp_path)
    assert_is_log(logged.getvalue())


@pytest.mark.parametrize(
    "content",
    [
        {"text": {"text": {"text": "{{ x }}"}}},
        {"text": ["a"]},
        {"text": 10**30},
        {"text": float("nan")},
        {"text": None, "caption": {"a": 1}},
        {"quick_replies": "x", "text": "hi"},
        {"quick_replies": [None, 1, {"title": {"a": 1}}, {"title": "\ud83d"}], "text": "hi"},
        "bare",
        {},
    ],
)
def test_a_message_of_any_shape_is_an_event(tmp_path: Path, content: Any) -> None:
    """A sticker of a new kind could stop the conversation it was sent in."""

    async def scenario(place: Place) -> None:
        async with place.worker():
            one = place.conversation()
            place.stage.customer_sends(one, "hologram", content)
            await place.passes(20)
            assert place.texts(one) == ["Hello"]

    play(PLAIN, scenario, tmp_path)


def test_the_customers_words_are_in_no_label(tmp_path: Path) -> None:
    """Each message would be a series of its own, for ever; or end the line and forge another."""
    seen: list[Metrics] = []

    class Watched(Metrics):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            seen.append(self)

    async def scenario(place: Place) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("worker.app.Metrics", Watched)
            async with place.worker():
                for odd in HOSTILE.values():
                    one = place.conversation(channel=odd[:100], display_name=odd[:100])
                    place.stage.customer_sends(one, odd[:100], {"text": odd[:1000]})
                    place.stage.notify(type=1, title=odd[:100], channel=odd[:100])
                await place.passes(60)
                lines = seen[-1].exposition().decode().splitlines()
        labels = "\n".join(line.partition("{")[2] for line in lines if not line.startswith("#"))
        for odd in HOSTILE.values():
            assert odd.strip()[:20] not in labels
        assert sum(1 for line in lines if line.startswith("worker_ready ")) == 1

    play(PLAIN, scenario, tmp_path)


def test_phrases_are_looked_for_where_people_write_them(tmp_path: Path) -> None:
    """A megabyte read for every phrase keeps all other customers waiting, message by message."""
    rules = """
rules:
  - id: word
    when: message.received
    if: [{ text: { mentions: price } }]
    do: [{ reply: "100" }]
"""

    async def scenario(place: Place) -> None:
        async with place.worker():
            begins, ends = place.conversation(), place.conversation()
            place.stage.customer_says(begins, "price " + "a " * LONGEST_READ)
            place.stage.customer_says(ends, "a " * LONGEST_READ + "price")
            await place.passes(30)
        assert place.texts(begins) == ["100"]
        assert place.texts(ends) == []

    play(rules, scenario, tmp_path)
