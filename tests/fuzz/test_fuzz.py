"""The fuzzers' targets under hypothesis: a short look each time, a long one with `--slow`."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import mutate, seeds
from tests.fuzz.facts import every_rule, fuzz_facts, odd_facts
from tests.fuzz.rules import fuzz_rules
from tests.fuzz.texts import ACCENTS, fuzz_texts, match_text
from tests.fuzz.wire import CALLS, STATUSES, fuzz_wire, read_answer
from worker.gateways.imbrace import (
    protocol_contacts,
    protocol_conversations,
    protocol_messages,
    protocol_notifications,
    protocol_third,
)
from worker.model.http import Response
from worker.model.rule import Rule

PROTOCOL = (
    protocol_contacts,
    protocol_conversations,
    protocol_messages,
    protocol_notifications,
    protocol_third,
)
ENDPOINT = re.compile(r'"((?:contacts|conversations|messages|notifications|third)\.[a-z_]+)"')
WIRE, RULES = tuple(seeds.wire_seeds()), tuple(seeds.rule_seeds())
SHORT_RULES = tuple(one for one in RULES if len(one) < 3000)
WIRE_WORDS, RULE_WORDS = tuple(seeds.words_of_wire()), tuple(seeds.words_of_rules())
FEW = settings(max_examples=150, deadline=None, derandomize=True)
MANY = settings(max_examples=20_000, deadline=None, suppress_health_check=(HealthCheck.too_slow,))

answers = st.builds(
    lambda fed, seed: mutate.wrong_answer(fed, random.Random(seed), WIRE_WORDS),
    st.sampled_from(WIRE),
    st.integers(0, 2**32),
)
rule_files = st.builds(
    lambda fed, seed: mutate.wrong_rules(fed, random.Random(seed), RULE_WORDS),
    st.sampled_from(SHORT_RULES),
    st.integers(0, 2**32),
)
typed = st.text(alphabet=st.characters(exclude_categories=()), max_size=60)
pieces = st.lists(st.sampled_from([*seeds.TEXTS, "giá", "ก่า", "a\u0301", "\ud83d", " ", "İ"]))
texts = st.one_of(typed, pieces.map("".join))


def test_every_endpoint_is_fuzzed() -> None:
    """A new endpoint's reader would be the one that nobody tried."""
    named = {
        name
        for module in PROTOCOL
        for name in ENDPOINT.findall(Path(str(module.__file__)).read_text("utf-8"))
    }
    assert named == {call.request.endpoint for call in CALLS}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.request.endpoint)
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"[null]", b'{"data":[[]]}', b"\xff"])
def test_every_endpoint_takes_an_answer_that_says_nothing(call: object, body: bytes) -> None:
    """What is sent when a server is half up."""
    for status in sorted(set(STATUSES)):
        read_answer(call, Response(status, {}, body))  # type: ignore[arg-type]


@given(answers)
@FEW
def test_any_answer_is_a_value_or_a_gateway_error(fed: bytes) -> None:
    """One odd row would end the worker, and again at each start."""
    fuzz_wire(fed)


@given(st.binary(max_size=200))
@FEW
def test_any_bytes_are_a_value_or_a_gateway_error(fed: bytes) -> None:
    """Proxies answer with anything."""
    fuzz_wire(fed)


@given(rule_files)
@settings(FEW, max_examples=60, suppress_health_check=(HealthCheck.function_scoped_fixture,))
def test_any_rule_file_is_rules_or_problems(tmp_path: Path, fed: bytes) -> None:
    """A slip in an editor would end a worker that reloads."""
    fuzz_rules(fed, tmp_path / "rules.yaml")


@given(texts, texts, st.sampled_from(ACCENTS), st.booleans())
@FEW
def test_any_text_is_normalised_and_matched(phrase: str, text: str, how: str, fuzzy: bool) -> None:
    """Customers write in every script there is."""
    match_text(phrase, text, how, fuzzy=fuzzy)  # type: ignore[arg-type]


@pytest.mark.slow
@given(answers)
@MANY
def test_very_many_answers(fed: bytes) -> None:
    """The rare ones are met by many tries."""
    fuzz_wire(fed)


@pytest.mark.slow
@given(rule_files)
@settings(
    MANY,
    max_examples=5000,
    suppress_health_check=(HealthCheck.function_scoped_fixture, HealthCheck.too_slow),
)
def test_very_many_rule_files(tmp_path: Path, fed: bytes) -> None:
    """The rare ones are met by many tries."""
    fuzz_rules(fed, tmp_path / "rules.yaml")


@pytest.mark.slow
@given(texts, texts, st.sampled_from(ACCENTS), st.booleans())
@MANY
def test_very_many_texts(phrase: str, text: str, how: str, fuzzy: bool) -> None:
    """The rare ones are met by many tries."""
    match_text(phrase, text, how, fuzzy=fuzzy)  # type: ignore[arg-type]
    fuzz_texts(phrase.encode("utf-8", "surrogatepass") + text.encode("utf-8", "surrogatepass"))


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rule, ...]:
    """A rule for each example of each part of the language."""
    rules = every_rule(tmp_path_factory.mktemp("rules"))
    assert len(rules) > 60
    return rules


@pytest.mark.parametrize("rounds", [200, pytest.param(20_000, marks=pytest.mark.slow)])
def test_every_condition_and_action_answers_on_any_facts(
    every: tuple[Rule, ...], rounds: int
) -> None:
    """A name compared with a number, or an age at the end of time, would end the worker."""
    rng = random.Random(rounds)
    for _ in range(rounds):
        fuzz_facts(odd_facts(rng), every)
