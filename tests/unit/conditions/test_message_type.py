"""message_type: what kind of message it is."""

from __future__ import annotations

from dataclasses import replace

from tests.build import facts, message
from tests.unit.conditions.asking import answer, holds, read, told
from worker.model.event import EventKind
from worker.model.rule import Touch
from worker.model.verdict import Answer


def test_one_type_or_one_of_a_list() -> None:
    """An answer to a picture would go out for every text."""
    image = replace(facts(), message=message(type="image"))
    assert holds("message_type: image", image)
    assert holds("message_type: [file, image]", image)
    assert not holds("message_type: image", facts())


def test_a_type_nobody_documented_can_be_named() -> None:
    """New types of the platform would need a new version of the worker."""
    sticker = replace(facts(), message=message(type="whatsapp.sticker"))
    assert holds("message_type: whatsapp.sticker", sticker)


def test_without_a_message_it_is_undecided() -> None:
    """A notification would count as not being an image."""
    assert answer("message_type: image", replace(facts(), message=None)) is Answer.UNDECIDED


def test_it_is_refused_where_no_event_has_a_message() -> None:
    """The rule could never fire, and nobody would say so."""
    complaints = told("message_type: image", kinds=frozenset({EventKind.NOTIFICATION_CREATED}))
    assert complaints[0].message == "there is no message under notification.created"


def test_it_is_indexed_by_its_types() -> None:
    """Rules about pictures would be asked for every text."""
    assert read("message_type: [image, pdf]").touch() == Touch(types=frozenset({"image", "pdf"}))
