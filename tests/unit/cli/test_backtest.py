"""`worker backtest`: the recorded past against other rules, as text, JSON and a page."""

from __future__ import annotations

import asyncio
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.hostile_texts import HOSTILE, arrived
from tests.recorded_past import DATABASE, Said, record
from worker.cli.main import main
from worker.ledger.sqlite import SqliteLedger

LIVE = """\
rules:
  - id: price
    when: message.received
    if: [{ text: { mentions: price } }]
    do:
      - reply: "It is 100 dollars, {{ contact.display_name }}."
      - tag: asked-price
    cooldown: { for: 10m, per: contact }
  - id: hello
    when: message.received
    if: [{ text: { mentions: hello } }]
    do: [{ reply: "Hello!" }]
"""
NEW = """\
rules:
  - id: price
    when: message.received
    if: [{ text: { mentions: price } }]
    do:
      - reply: "It is 90 dollars, {{ contact.display_name }}."
      - tag: asked-price
    cooldown: { for: 40m, per: contact }
  - id: hours
    when: message.received
    if: [{ text: { mentions: [open, opening] } }]
    do: [{ reply: "We open at nine." }]
  - id: on-trial
    state: shadow
    priority: 9
    when: message.received
    if: [{ text: { mentions: hello } }]
    do: [{ reply: "Good day to you." }]
"""
PAST = (
    Said("ann", "the price?"),
    Said("ann", "what price, please", 20),
    Said("bob", "hello", 21),
    Said("bob", "when do you open", 22),
    Said("cat", "thanks", 23),
)


@pytest.fixture(autouse=True)
def folder(clean_environment: Path) -> Path:
    """Live rules, new ones, and no past yet."""
    for name, text in (("rules", LIVE), ("new", NEW)):
        (clean_environment / name).mkdir()
        (clean_environment / name / "rules.yaml").write_text(text, "utf-8")
    return clean_environment


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What `--json` says."""
    assert main(["backtest", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_new_gone_and_different_answers_are_told_with_examples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An author would set rules live to find out what they do."""
    record(Path("rules"), *PAST)
    assert main(["backtest", "--rules", "new"]) == 0
    text = capsys.readouterr().out
    assert "3 recorded, 2 replayed: 0 the same, 1 new, 2 gone, 1 different" in text
    assert "2 of 3 conversations would have seen something else" in text
    assert "- price: It is 100 dollars, ann.\n    + price: It is 90 dollars, ann." in text
    assert "+ hours: We open at nine." in text
    assert "- hello: Hello!" in text
    assert "(cooldown)" in text
    assert "cooldown 0 → 1" in text
    assert "no such rule any more" in text
    assert "nobody can know" in text


def test_the_rules_in_force_are_replayed_without_being_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without a difference the report must say so, whatever else it says."""
    record(Path("rules"), *PAST)
    assert main(["backtest"]) == 0
    text = capsys.readouterr().out
    assert "3 recorded, 3 replayed: 3 the same, 0 new, 0 gone, 0 different" in text
    assert "nobody would have seen anything else" in text


def test_json_has_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    """What a pipeline asks for must not have to be read out of sentences."""
    record(Path("rules"), *PAST)
    told = printed(capsys, "--rules", "new")
    assert told["answers"] == {
        "before": 3, "after": 2, "same": 0, "different": 1, "new": 1, "gone": 2,
    }  # fmt: skip
    assert told["conversations"] == {"all": 3, "affected": 2}
    assert told["rules"]["price"]["before"] == {"matched": 2}
    assert told["rules"]["price"]["after"] == {"cooldown": 1, "matched": 1}
    assert told["actions"] == [{"kind": "tag", "change": "gone", "count": 1}]
    (new,) = told["examples"]["new"]
    assert new["asked"] == ["when do you open"]
    assert new["after"] == {"rule": "hours", "text": "We open at nine."}
    assert new["before"] is None
    assert (told["unreadable"], told["inexact"]) == (0, 0)


def test_a_shadow_rule_is_shown_beside_what_was_seen_and_can_be_tried_as_live(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The step from shadow to live would be taken blind."""
    record(Path("rules"), *PAST)
    told = printed(capsys, "--rules", "new")
    (shadow,) = told["shadows"]
    assert shadow["after"] == {"rule": "on-trial", "text": "Good day to you."}
    assert shadow["before"] is None
    assert told["rules"]["on-trial"]["shadow_answers"] == 1
    live = printed(capsys, "--rules", "new", "--shadow-as-live")
    assert live["shadows"] == []
    assert live["answers"]["different"] == 2
    assert {one["after"]["rule"] for one in live["examples"]["different"]} == {"price", "on-trial"}


def test_rules_on_waiting_and_schedules_that_nothing_was_recorded_for_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No difference would be told of a rule that was never asked."""
    record(Path("rules"), *PAST)
    more = """\
  - id: nobody-came
    when: { conversation.waiting: { for: 15m } }
    do: [{ reply: "We have not forgotten you." }]
  - id: nightly
    when: { schedule: { cron: "0 3 * * *", timezone: Asia/Hong_Kong } }
    do: [{ dismiss: { all: true } }]
"""
    Path("new/rules.yaml").write_text(NEW + more, "utf-8")
    assert main(["backtest", "--rules", "new"]) == 0
    assert "nothing of the kind was recorded: nightly, nobody-came." in capsys.readouterr().out
    assert printed(capsys, "--rules", "rules")["notes"][0].startswith("Replayed is what happened")


def test_a_question_that_would_begin_is_counted_and_told_unfollowed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What a customer would have answered to a question nobody asked is not in the record."""
    record(Path("rules"), *PAST)
    more = """\
  - id: which
    when: message.received
    if: [{ text: { mentions: thanks } }]
    do: [{ ask: { text: "Was it all right?", timeout: 1h } }, { reply: "Good." }]
"""
    Path("new/rules.yaml").write_text(NEW + more, "utf-8")
    told = printed(capsys, "--rules", "new")
    assert told["unfollowed"] == 1
    assert told["notes"][0].startswith("1 time a rule would begin to wait or ask")
    (asked,) = [one for one in told["examples"]["new"] if one["after"]["rule"] == "which"]
    assert asked["after"]["text"] == "Was it all right?"


class Page(HTMLParser):
    """What a browser would make of the page: its tags, its attributes, its visible words."""

    VOID = frozenset({"meta", "link", "img", "br", "input"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag opens."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The tag that was opened last is closed."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Words between tags."""
        self.words += data


def test_the_page_shows_figures_examples_and_charts_and_fetches_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A page that needs a network is blank where the report is read; one that runs a script is a
    danger where customers' words are shown.
    """
    record(Path("rules"), *PAST)
    assert main(["backtest", "--rules", "new", "--html", "out.html"]) == 0
    assert "page written: out.html" in capsys.readouterr().out
    page = Page(Path("out.html").read_text("utf-8"))
    assert page.tags.count("svg") == 2
    assert not {"script", "link", "img", "iframe", "form"} & set(page.tags)
    assert [value for name, value in page.attributes if name in {"src", "href"}] == []
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    policy = dict(page.attributes)["content"]
    assert policy is not None
    for words in ("when do you open", "We open at nine.", "cooldown 0 → 1", "on-trial"):
        assert words in page.words
    assert "words that change in price" in page.words
    assert {"ins", "del"} <= set(page.tags)


def test_what_customers_write_can_neither_act_on_the_page_nor_on_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A customer would run a script in the author's browser, or rewrite the terminal's past."""
    Path("rules/rules.yaml").write_text(
        "rules:\n  - id: echo\n    when: message.received\n"
        '    do: [{ reply: "You said: {{ message.text }}" }]\n',
        "utf-8",
    )
    Path("new/rules.yaml").write_text(
        "rules:\n  - id: echo\n    when: message.received\n"
        '    do: [{ reply: "Did you say: {{ message.text }}?" }]\n',
        "utf-8",
    )
    record(
        Path("rules"), *(Said(f"c{n}", arrived(text)) for n, text in enumerate(HOSTILE.values()))
    )
    assert main(["backtest", "--rules", "new", "--html", "out.html"]) == 0
    text = capsys.readouterr().out
    assert all(line.isprintable() for line in text.split("\n"))
    source = Path("out.html").read_text("utf-8")
    page = Page(source)
    assert not {"script", "img"} & set(page.tags)
    assert page.tags.count("article") == 10
    assert "<script>alert(1)" not in source
    assert not set("\x00\x08\x1b\u202e\u2067") & set(source)
    for arguments in (["--json"], []):
        assert main(["backtest", "--rules", "new", *arguments]) == 0
    json.loads(capsys.readouterr().out.partition("\n}\n")[0] + "\n}")


def test_without_a_ledger_it_is_exit_3_and_nothing_is_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`nothing differs` of no past at all would be believed."""
    assert main(["backtest", "--rules", "new"]) == 3
    assert "there is no ledger" in capsys.readouterr().err
    assert not Path("data").exists()


def test_an_empty_ledger_is_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    """The same for a past that holds nothing."""
    record(Path("rules"))
    assert main(["backtest", "--rules", "new", "--html", "out.html"]) == 0
    assert "nothing was recorded in this time" in capsys.readouterr().out
    assert "svg" not in Page(Path("out.html").read_text("utf-8")).tags


def test_a_past_before_since_is_left_out_but_counts_for_cooldowns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A rule that rested at that moment would be told as answering."""
    record(Path("rules"), Said("ann", "price"), Said("ann", "price", 9), Said("ann", "price", 30))
    told = printed(capsys, "--since", "55m", "--rules", "rules")
    assert told["decisions"] == 2
    assert told["rules"]["price"]["before"] == {"cooldown": 1, "matched": 1}
    assert told["rules"]["price"]["after"] == {"cooldown": 1, "matched": 1}


def test_it_reads_beside_a_running_worker(capsys: pytest.CaptureFixture[str]) -> None:
    """A replay that needs the worker stopped is a replay nobody makes."""
    record(Path("rules"), *PAST)

    async def beside() -> int:
        ledger = SqliteLedger(DATABASE)
        await ledger.open()
        try:
            return await asyncio.to_thread(main, ["backtest", "--rules", "new", "--json"])
        finally:
            await ledger.close()

    assert asyncio.run(beside()) == 0
    assert json.loads(capsys.readouterr().out)["decisions"] == 5


def test_rules_with_errors_are_all_told_and_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    """Half a rule set would be replayed, or one problem be told at a time."""
    record(Path("rules"), *PAST)
    Path("new/rules.yaml").write_text(NEW.replace("reply", "rply").replace("mentions", "says"))
    assert main(["backtest", "--rules", "new"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 6
    assert all(line.startswith("new/rules.yaml:") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--since", "soon"], "--since soon: expected a duration"),
        (["--since", "2026-99-01"], "--since 2026-99-01: expected"),
        (["--since", "999999999d"], "expected a duration"),
        (["--since", "2999-01-01T00:00+00:00"], "still to come"),
        (["--rules", "nowhere"], "nowhere: there is no such file"),
        (["--html", "nowhere/out.html"], "--html nowhere/out.html: its directory is not there"),
        (["--html", "rules"], "--html rules: cannot be written"),
    ],
)
def test_wrong_usage_is_exit_2_and_names_it(
    capsys: pytest.CaptureFixture[str], arguments: list[str], wrong: str
) -> None:
    """A typing mistake would be replayed as something else."""
    record(Path("rules"), *PAST)
    assert main(["backtest", "--rules", "new", *arguments]) == 2
    assert wrong in capsys.readouterr().err


@pytest.mark.parametrize("since", ["7d", "1h30m", "2026-01-01T00:00+08:00", "2026-01-01"])
def test_since_is_a_duration_or_a_time(capsys: pytest.CaptureFixture[str], since: str) -> None:
    """Both are what people have at hand."""
    record(Path("rules"), *PAST)
    assert printed(capsys, "--since", since)["decisions"] == 5
