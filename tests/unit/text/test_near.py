"""How near a message came to a phrase."""

from __future__ import annotations

import pytest

from worker.text.near import likest, likest_whole
from worker.text.normalise import normalise


@pytest.mark.parametrize(
    ("phrases", "message", "phrase", "piece"),
    [
        (["refund", "price"], "what are your prices?", "price", "prices"),
        (["prise"], "the price, please", "prise", "price"),
        (["opening hours"], "Openning hour?", "opening hours", "openning hour"),
        (["delivery"], "when is it delievered", "delivery", "delievered"),
        (["價錢", "退款"], "請問價格係幾多", "價錢", "价格"),
        (["ราคา"], "อยากทราบราค่าค่ะ", "ราคา", "ราค่า"),
        (["giá"], "già quá", "giá", "gia"),
        (["bao nhiêu tiền"], "bao nhieu tien vay", "bao nhiêu tiền", "bao nhieu tien"),
    ],
)
def test_the_phrase_that_a_piece_of_the_message_is_most_like(
    phrases: list[str], message: str, phrase: str, piece: str
) -> None:
    """The author would be shown another phrase than the one with the slip."""
    found = likest(phrases, normalise(message))
    assert found is not None
    assert (found.phrase, found.piece) == (phrase, piece)
    assert 0.5 <= found.degree <= 1


@pytest.mark.parametrize(
    ("phrases", "message"),
    [
        (["refund"], "hello there"),
        (["hi", "ok"], "I want it, oh"),
        (["退款"], "你好"),
        (["a"], ""),
        ([""], "hello"),
        ([], "hello"),
        (["ราคา"], "hello"),
    ],
)
def test_what_looks_like_nothing_is_like_nothing(phrases: list[str], message: str) -> None:
    """A hint at a phrase that has nothing to do with the message leads astray."""
    assert likest(phrases, normalise(message)) is None


def test_the_whole_message_is_compared_with_whole_phrases() -> None:
    """`equals: ok` would be told to be near every message with `ok` in it."""
    found = likest_whole(["ok", "okay"], "okey")
    assert found is not None
    assert found.phrase == "okay"
    assert likest_whole(["ok"], "ok then we do it tomorrow") is None


def test_a_message_of_a_megabyte_is_looked_at_for_its_beginning() -> None:
    """One hostile message would keep the command busy for minutes."""
    found = likest(["prise"], normalise("price " + "x y " * 250_000))
    assert found is not None
    assert found.piece == "price"
