"""What `mentions` means, case by case: the table is `mentions.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.model.verdict import Hit
from worker.text.normalise import normalise
from worker.text.phrase import Accents, PhraseMatcher

TABLE: dict[str, list[list[Any]]] = yaml.safe_load(
    Path(__file__).with_name("mentions.yaml").read_text("utf-8")
)
CASES = [
    pytest.param(*case[:4], case[4] if len(case) > 4 else {}, id=f"{section}: {case[3]}")
    for section, cases in TABLE.items()
    for case in cases
]
LEAST = 150


@pytest.mark.parametrize(("phrase", "message", "mentioned", "why", "options"), CASES)
def test_a_message_mentions_a_phrase_or_not(
    phrase: str, message: str, mentioned: bool, why: str, options: dict[str, Any]
) -> None:
    """Without it a language's customers could go unanswered, or be answered for nothing."""
    matcher = PhraseMatcher([phrase], **options)
    assert (matcher.search(normalise(message)) is not None) is mentioned, why


@pytest.mark.parametrize(("phrase", "message", "mentioned", "why", "options"), CASES)
def test_what_is_mentioned_holds_a_key_of_the_index(
    phrase: str, message: str, mentioned: bool, why: str, options: dict[str, Any]
) -> None:
    """Without it the index could pass over a rule whose phrase is in the message."""
    keys = PhraseMatcher([phrase], **options).folded_keys()
    if mentioned and keys is not None:
        assert any(key in normalise(message).folded for key in keys), why


def test_the_table_is_large_enough() -> None:
    """Without it cases could be dropped until nothing is covered."""
    assert len(CASES) >= LEAST
    assert all(isinstance(case[2], bool) and case[3] for cases in TABLE.values() for case in cases)


def test_a_match_says_which_phrase_and_where() -> None:
    """Without it `explain` could not show what was seen."""
    found = PhraseMatcher(["退貨", "價錢"]).search(normalise("  請問  價錢"))
    assert found is not None
    assert found == Hit("價錢", "folded", 3, 5)


def test_an_exact_phrase_is_named_before_a_mistyped_one() -> None:
    """Without it `explain` would name a guess where the customer wrote the word itself."""
    found = PhraseMatcher(["prices", "price"], fuzzy=True).search(normalise("price"))
    assert found is not None
    assert found.phrase == "price"


def test_each_phrase_is_told_as_it_was_written() -> None:
    """`explain` would name another phrase than the one that was found."""
    phrases = ["\u200b", "Giá", "GIA", "Price", "價錢", "price"]
    for text, told in (("gia?", "Giá"), ("giá?", "Giá"), ("price", "Price"), ("价钱", "價錢")):
        found = PhraseMatcher(phrases).search(normalise(text))
        assert found is not None
        assert found.phrase == told, text


def test_a_fuzzy_phrase_has_no_key_and_a_short_one_keeps_its_own() -> None:
    """Without it the index would pass over mistyped words, or lose its use for short ones."""
    assert PhraseMatcher(["delivery"], fuzzy=True).folded_keys() is None
    assert PhraseMatcher(["yes"], fuzzy=True).folded_keys() == frozenset({"yes"})
    assert PhraseMatcher(["價錢", "Giá"]).folded_keys() == frozenset({"价钱", "gia"})
    assert PhraseMatcher([]).folded_keys() == frozenset()


letters = st.text(st.sampled_from("ab cé'._-1裏ก\u0e48\u0e33đ\u0301\u17d2\u1039က🙏"), max_size=12)
anything = letters | st.text(st.characters(exclude_categories=[]), max_size=20)
accents = st.sampled_from(["auto", "exact", "fold"])


@given(anything, anything, accents, st.booleans())
@settings(max_examples=600, deadline=None)
def test_whatever_is_mentioned_holds_a_key(
    phrase: str, message: str, named: Accents, fuzzy: bool
) -> None:
    """Without it some odd phrase could match and yet be passed over by the index."""
    matcher = PhraseMatcher([phrase], named, fuzzy=fuzzy)
    text = normalise(f"{message}{phrase}{message}")
    found, keys = matcher.search(text), matcher.folded_keys()
    if found is not None and keys is not None:
        assert any(key in text.folded for key in keys)


@given(anything, accents)
@settings(max_examples=300, deadline=None)
def test_every_phrase_mentions_itself(phrase: str, named: Accents) -> None:
    """Without it an author's phrase could be one that no message can hold."""
    text = normalise(phrase)
    assert (PhraseMatcher([phrase], named).search(text) is not None) == bool(text.plain)
