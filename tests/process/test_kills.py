"""`kill -9` at any instant: nobody is forgotten, nobody answered twice, nobody out of turn."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.process.customers import compare
from tests.process.kills import Instant, attack, schedule


async def test_kills_under_load_lose_nothing_and_double_nothing(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The promise of the whole product; `--kills N` and `--kill-seed S` choose the attack."""
    report = await attack(
        tmp_path,
        kills=request.config.getoption("--kills"),
        seed=request.config.getoption("--kill-seed"),
    )
    assert report.faultless, report
    assert report.at_work, report


@pytest.mark.slow
async def test_two_hundred_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """Rare instants, between an effect and its record, are only met by many kills."""
    report = await attack(tmp_path, kills=200, seed=20261005, say=io.StringIO())
    assert report.faultless, report


def test_a_schedule_is_the_same_for_the_same_seed() -> None:
    """A failure could not be looked at twice."""
    assert schedule(50, 7) == schedule(50, 7) != schedule(50, 8)
    assert schedule(50, 7)[:20] == schedule(20, 7)
    assert Instant(after_ready=True, seconds=0) not in schedule(50, 7)


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        (["answer #1 a", "answer #1 b", "answer #2 a", "answer #2 b"], (0, 0, 0, 0)),
        (["answer #1 #2 a", "answer #1 #2 b"], (0, 0, 0, 0)),
        (["answer #1 a", "answer #1 b", "answer #2 a"], (1, 0, 0, 0)),
        (["answer #1 a", "answer #1 a", "answer #1 b", "answer #2 a", "answer #2 b"], (0, 1, 0, 1)),
        (["answer #2 a", "answer #2 b", "answer #1 a", "answer #1 b"], (0, 0, 0, 1)),
        (["answer #1 b", "answer #1 a", "answer #2 a", "answer #2 b"], (0, 0, 0, 1)),
        (["answer #2 #1 a", "answer #2 #1 b"], (0, 0, 0, 2)),
        (["answer #1 #2 a", "answer #1 #2 b", "answer #3 a"], (0, 0, 1, 0)),
        ([], (4, 0, 0, 0)),
    ],
)
def test_what_was_sent_is_compared_with_what_was_due(
    sent: list[str], counts: tuple[int, ...]
) -> None:
    """A comparison that sees nothing would let every kill pass."""
    found = compare({"conv": ["#1 a", "#1 b", "#2 a", "#2 b"]}, {"conv": sent})
    assert (found.lost, found.doubled, found.foreign, found.out_of_order) == counts
    assert found.faultless is (counts == (0, 0, 0, 0))


def test_the_same_answer_twice_on_purpose_is_not_one_too_many() -> None:
    """Nor is one of the two enough."""
    due = {"conv": ["#1", "#1"]}
    assert compare(due, {"conv": ["answer #1", "answer #1"]}).faultless
    assert compare(due, {"conv": ["answer #1"]}).lost == 1
    assert compare(due, {"conv": ["answer #1"] * 3}).doubled == 1
