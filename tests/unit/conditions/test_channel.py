"""channel: where the conversation is."""

from __future__ import annotations

from dataclasses import replace

from tests.build import conversation_state, facts
from tests.unit.conditions.asking import answer, holds, read, told
from worker.model.facts import Facts
from worker.model.rule import Touch
from worker.model.verdict import Answer


def on(channel: str) -> Facts:
    """Facts of a conversation on this channel."""
    return facts(conversation=conversation_state(channel=channel).conversation)


def test_one_name_or_one_of_a_list() -> None:
    """Rules for WhatsApp would answer on the web."""
    assert holds("channel: web", on("web"))
    assert holds("channel: [line, web]", on("web"))
    assert not holds("channel: [line, whatsapp]", on("web"))


def test_rules_share_a_condition_only_with_the_same_channels() -> None:
    """A rule for the web would answer on every channel that another rule names beside it."""
    web, both, again = (read(f"channel: {names}") for names in ("web", "[web, line]", "[WEB]"))
    assert again is web
    assert both is not web
    assert web.decide(on("line")).answer is Answer.NO
    assert both.decide(on("line")).answer is Answer.YES


def test_case_is_nothing() -> None:
    """`WhatsApp` in a file and `whatsapp` on the wire are one channel."""
    assert holds("channel: WhatsApp", on("whatsapp"))
    assert holds("channel: whatsapp", on("WhatsApp"))


def test_an_unknown_channel_is_undecided() -> None:
    """`not: {channel: web}` would fire on what could not be read."""
    assert answer("channel: web", replace(on("web"), conversation=None)) is Answer.UNDECIDED


def test_it_is_indexed_by_its_names() -> None:
    """Ten thousand rules would be asked for every message."""
    assert read("channel: [Web, line]").touch() == Touch(channels=frozenset({"web", "line"}))


def test_names_are_texts() -> None:
    """A number would be compared with names and never match."""
    assert [one.loc for one in told("channel: [web, 3]")] == [("channel", 1)]
    assert [one.loc for one in told("channel: 3")] == [("channel",)]
    assert [one.loc for one in told("channel: []")] == [("channel",)]
