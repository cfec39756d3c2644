"""`worker explain`: the author's mistakes are named, with the mend."""

from __future__ import annotations

import asyncio
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import ROOT
from tests.recorded_past import DATABASE, Said, record
from worker.cli.main import main
from worker.ledger import open_ledger
from worker.ledger.sqlite import SqliteLedger
from worker.model.event import Event, EventKind
from worker.model.ids import AccountId, ConversationId, EventId
from worker.model.ledger import Planned, Receipt
from worker.model.verdict import Trace

RULES = """
defaults: { settle: 0s }
rules:
  - id: price-list
    description: Someone asks what it costs.
    when: message.received
    if:
      - text: [price, how much, 價錢]
      - channel: [web]
    do:
      - reply: "Hi {{ contact.first_name or 'there' }}, see https://example.com/price"
      - tag: asked-price
    cooldown: { for: 12h, per: contact }
  - id: price-chat
    when: message.received
    if:
      - text: price
    do:
      - reply: A colleague will tell you the price.
  - id: trial
    state: shadow
    priority: 5
    when: message.received
    if:
      - text: [price, discount]
    do:
      - reply: Today everything is cheaper.
  - id: vip
    when: message.received
    if:
      - tag: vip
    do:
      - tag: { add: seen }
  - id: notes
    when: notification.created
    do:
      - dismiss: true
"""


@pytest.fixture(autouse=True)
def directory(clean_environment: Path) -> Path:
    """An empty working directory with these rules."""
    write(clean_environment / "rules" / "rules.yaml", RULES)
    return clean_environment


def write(path: Path, text: str) -> Path:
    """The file holds the text."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What the command printed."""
    assert main(["explain", *arguments]) == code
    printed = capsys.readouterr()
    return printed.out if code == 0 else printed.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What the command tells a machine."""
    found: dict[str, Any] = json.loads(shown(capsys, *arguments, "--json"))
    return found


def reasons(decision: dict[str, Any]) -> dict[str, str]:
    """Reason by rule, in the order told."""
    return {one["id"]: one["reason"] for one in decision["rules"]}


def test_a_made_up_message_needs_neither_account_nor_ledger(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """The author has none of them."""
    text = shown(capsys, "--text", "HOW  much?", "--channel", "web")
    assert not (directory / "data").exists()
    lines = text.splitlines()
    assert lines[1:3] == ["“HOW  much?”", " ^^^^^^^^^"]
    assert "price-list  acts" in text
    assert "yes  text: mentions 'how much' at characters 1–9" in text
    assert "→ reply “Hi there, see https://example.com/price”" in text
    assert "→ tag add asked-price" in text
    assert "vip  condition: tag: the tags are none" in text
    assert "notes  condition: when: it is for notification.created" in text
    assert "rules/rules.yaml:4:5" in text


def test_the_guides_example_is_what_the_command_prints(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """An author who follows the guide word by word would see other words."""
    guide = (ROOT / "rules" / "README.md").read_text("utf-8")
    (directory / "rules" / "rules.yaml").unlink()
    rule = guide.partition("```yaml\n")[2].partition("```")[0]
    write(directory / "rules" / "warranty.yaml", rule)
    command, _, rest = guide.partition("worker explain --text ")[2].partition("\n")
    printed = rest.split("```")[2]
    asked = shlex.split(f"--text {command}")
    told = shown(capsys, *asked, "--at", "2026-10-05T10:00:00+08:00")
    assert told.strip() == printed.strip()


def test_every_rule_is_told_in_the_order_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that is not listed looks as if it were not loaded."""
    case = told(capsys, "--text", "the price, 價錢", "--channel", "web", "--contact-tag", "vip")
    (decision,) = case["decisions"]
    assert reasons(decision) == {
        "trial": "shadow",
        "price-list": "matched",
        "price-chat": "outranked",
        "vip": "matched",
        "notes": "condition",
    }
    assert decision["acted"] == ["price-list", "vip"]
    assert decision["recorded"] is False
    by_id = {one["id"]: one for one in decision["rules"]}
    assert by_id["notes"]["when_fits"] is False
    assert by_id["price-list"]["conditions"][0] == {
        "kind": "text",
        "answer": "yes",
        "because": "mentions 'price'",
        "found": {},
        "in_text": [{"start": 4, "end": 9, "text": "price"}],
        "parts": [],
    }
    assert by_id["trial"]["actions"] == [
        {"kind": "reply", "text": "Today everything is cheaper.", "visible": True}
    ]
    assert "also: true" in by_id["price-chat"]["mend"]


def test_a_typo_is_found_with_the_closest_phrase(capsys: pytest.CaptureFixture[str]) -> None:
    """The colleague's first mistake: the phrase the customer did not write."""
    text = shown(capsys, "--text", "what is the prise of it", "--channel", "web")
    nearest = text[text.index("nearest miss") :]
    assert "price-list (rules/rules.yaml:4:5)" in nearest
    assert "closest phrase 'price': the message has 'prise'; add 'prise'" in nearest
    miss = told(capsys, "--text", "what is the prise of it", "--channel", "web")["decisions"][0]
    assert miss["nearest_miss"]["condition"] == "text"


def test_a_wrong_channel_is_found(capsys: pytest.CaptureFixture[str], directory: Path) -> None:
    """The colleague's second mistake: everything fits but where it was written."""
    write(directory / "rules" / "rules.yaml", RULES.partition("  - id: price-chat")[0])
    text = shown(capsys, "--text", "price?", "--channel", "whatsapp")
    nearest = text[text.index("nearest miss") :]
    assert "channel: the channel is whatsapp" in nearest
    assert "it holds on web; add whatsapp to 'channel'" in nearest


def test_a_cooldown_is_found_with_its_end_and_the_mend(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """The colleague's third mistake: 12 hours where a minute was meant."""
    rules = directory / "rules"
    record(rules, Said("eve", "price?"), Said("eve", "the price please", 20))
    text = shown(capsys, "--event", "msg_1")
    assert "price-list  cooldown: acted at" in text
    assert "its 'cooldown' is 12h per contact; a shorter one lets it act sooner" in text
    assert "price-chat  outranked: price-list comes first, and rests" in text


def test_a_recorded_event_is_told_with_what_became_of_it(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """`It answered` is only half of it: was it sent?"""
    record(directory / "rules", Said("eve", "price?"))
    text = shown(capsys, "--event", "message:msg_0")
    assert "as it was decided" in text
    assert "price-list  acted" in text
    sent = next(line for line in text.splitlines() if "→ reply “Hi there" in line)
    assert "done, sent_" in sent
    assert "trial  would have acted (shadow)" in text
    assert "not sent: shadow" in text
    case = told(capsys, "--event", "msg_0")
    (decision,) = case["decisions"]
    assert decision["recorded"] is True
    by_id = {one["id"]: one for one in decision["rules"]}
    reply, tag = by_id["price-list"]["actions"]
    assert (reply["state"], tag["state"]) == ("done", "done")
    assert reply["message"] == f"sent_{reply['key']}"
    assert "state" not in by_id["trial"]["actions"][0]
    assert case["event"]["text"] == "price?"


def test_the_last_event_of_a_conversation_with_the_ones_before(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """Support people know the conversation, not ids of events."""
    record(
        directory / "rules",
        Said("eve", "price?"),
        Said("bob", "price?", 1),
        Said("eve", "thanks", 2),
    )
    case = told(capsys, "--conversation", "conv_eve")
    assert case["event"]["id"] == "message:msg_2"
    assert [one["id"] for one in case["other_events"]] == ["message:msg_0"]
    assert "message:msg_0" in shown(capsys, "--conversation", "conv_eve")


def test_rules_that_changed_since_are_named_and_the_record_is_shown(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """Today's rules would be blamed for what others did."""
    record(directory / "rules", Said("eve", "price?"))
    write(directory / "rules" / "rules.yaml", RULES.replace("price", "cost"))
    text = shown(capsys, "--event", "msg_0")
    assert "price-list  acted" in text
    assert "the rules have changed since" in text
    assert "--rules PATH asks today's" in text


def test_other_rules_are_asked_about_the_same_event(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """`Would my change have answered this customer?` is the author's next question."""
    record(directory / "rules", Said("eve", "price?"), Said("eve", "any discount", 5))
    other = write(
        directory / "other.yaml",
        RULES.replace("state: shadow", "state: live").replace("12h", "1m"),
    )
    case = told(capsys, "--event", "msg_1", "--rules", str(other))
    then, anew = case["decisions"]
    assert then["recorded"] is True
    assert reasons(then)["trial"] == "shadow"
    assert anew["recorded"] is False
    assert reasons(anew)["trial"] == "matched"
    assert reasons(anew)["price-list"] == "condition"
    text = shown(capsys, "--event", "msg_1", "--rules", str(other))
    assert "asked anew, as if it were then" in text


def test_what_other_rules_would_say_counts_what_was_done_before(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """Asked anew, a resting rule would seem to answer."""
    record(directory / "rules", Said("eve", "price?"), Said("eve", "price again", 5))
    other = write(directory / "other.yaml", RULES.replace("12h", "1h"))
    case = told(capsys, "--event", "msg_1", "--rules", str(other))
    assert reasons(case["decisions"][1])["price-list"] == "cooldown"
    assert reasons(case["decisions"][1])["trial"] == "shadow"


def test_todays_rules_may_be_broken(capsys: pytest.CaptureFixture[str], directory: Path) -> None:
    """What was decided can be told while somebody edits."""
    record(directory / "rules", Said("eve", "price?"))
    write(directory / "rules" / "rules.yaml", "rules: [")
    text = shown(capsys, "--event", "msg_0")
    assert "price-list  acted" in text
    assert "today's rules cannot be read (`worker check` says why)" in text
    assert "expected" in shown(capsys, "--event", "msg_0", "--rules", "rules", code=1)


def test_an_event_that_another_of_its_burst_decided_leads_there(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """The first of three messages would look as if nobody had decided on it."""
    account = AccountId("imbrace")

    async def run() -> None:
        ledger = open_ledger(f"sqlite:///{DATABASE}")
        await ledger.open()
        (first,) = await ledger.events(account)
        second = Event(
            id=EventId("message:msg_9"),
            account=account,
            kind=EventKind.MESSAGE_RECEIVED,
            at=first.event.at,
            conversation_id=first.event.conversation_id,
        )
        third = Event(
            id=EventId("message:msg_10"),
            account=account,
            kind=EventKind.MESSAGE_RECEIVED,
            at=first.event.at,
            conversation_id=ConversationId("conv_x"),
        )
        await ledger.receive(Receipt(account=account, events=(second, third)))
        await ledger.plan(
            [
                Planned(
                    account=account,
                    events=(second.id, third.id),
                    at=first.event.at,
                    trace=Trace(note="opted out"),
                )
            ]
        )
        waiting = Event(
            id=EventId("message:msg_11"),
            account=account,
            kind=EventKind.MESSAGE_RECEIVED,
            at=first.event.at,
        )
        old = Event(
            id=EventId("message:msg_12"),
            account=account,
            kind=EventKind.MESSAGE_RECEIVED,
            at=first.event.at,
            history=True,
        )
        await ledger.receive(Receipt(account=account, events=(waiting, old)))
        await ledger.close()

    record(directory / "rules", Said("eve", "price?"))
    asyncio.run(run())
    text = shown(capsys, "--event", "msg_9")
    assert text.startswith("message:msg_10")
    assert "message:msg_9 was decided with message:msg_10" in text
    assert "opted out" in text
    assert "no decision yet" in shown(capsys, "--event", "msg_11")
    assert "backlog" in shown(capsys, "--event", "msg_12")


def test_it_looks_beside_a_worker_that_holds_the_ledger(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """The question comes while the worker runs."""
    record(directory / "rules", Said("eve", "price?"))

    async def held() -> int:
        ledger = SqliteLedger(DATABASE)
        await ledger.open()
        try:
            return await asyncio.to_thread(main, ["explain", "--event", "msg_0"])
        finally:
            await ledger.close()

    assert asyncio.run(held()) == 0
    assert "price-list  acted" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--event", "msg_1"], ["--conversation", "conv_1"]])
def test_without_a_ledger_it_is_exit_3(
    arguments: list[str], capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """`Nothing recorded` must not look like `nothing happened`."""
    assert "there is no ledger" in shown(capsys, *arguments, code=3)
    assert not (directory / "data").exists()


def test_what_is_not_recorded_is_exit_1(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """A mistyped id gets one line that says where ids are found."""
    record(directory / "rules", Said("eve", "price?"))
    assert "`worker status` shows" in shown(capsys, "--event", "msg_77", code=1)
    assert "`worker status --json` shows" in shown(capsys, "--conversation", "conv_77", code=1)


def test_a_time_is_written_out_as_the_worker_would_write_it(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """An author who asks in local time would take a reply in UTC for one in local time."""
    rule = 'rules: [{id: a, when: message.received, do: [{reply: "{{ now.hour }}"}]}]\n'
    write(directory / "rules" / "rules.yaml", rule)
    told = shown(capsys, "--text", "x", "--channel", "web", "--at", "2026-10-05T10:00:00+08:00")
    assert "2026-10-05T10:00:00+08:00" in told
    assert "→ reply “2”" in told


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--text", "price"], "--text needs --channel"),
        (["--event", "msg_1", "--channel", "web"], "--channel goes with --text"),
        (["--conversation", "c", "--contact-tag", "x"], "--contact-tag goes with --text"),
        (["--text", "x", "--channel", "web", "--at", "noon"], "--at noon: expected a time"),
        (["--text", "x", "--channel", "web", "--at", "0001-01-01"], "0001-01-01: expected a time"),
        (["--text", "x", "--channel", "web", "--at", "9999-12-31T23:00Z"], "from 1970 to 2999"),
        (["--text", "x", "--channel", "web", "--rules", "none"], "no such file"),
    ],
)
def test_misuse_is_exit_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong question gets one line that says how to ask."""
    assert complaint in shown(capsys, *arguments, code=2)


def test_broken_rules_are_exit_1_with_every_problem(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """The author would get an explanation of half a rule set."""
    write(directory / "rules" / "bad.yaml", "rules:\n  - id: BAD\n    whem: x\n")
    complaints = shown(capsys, "--text", "x", "--channel", "web", code=1)
    assert "rules/bad.yaml:" in complaints


def test_what_a_customer_wrote_cannot_move_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An escape sequence in a message would hide or forge lines of the explanation."""
    text = shown(capsys, "--text", "price\x1b[2J\u202eno\n[bold]x[/bold]", "--channel", "web")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "“price\\x1b[2J\\u202eno\\n[bold]x[/bold]”" in text


def test_half_a_character_is_printed_as_something(capsys: pytest.CaptureFixture[str]) -> None:
    """A broken emoji would end the command with a traceback."""
    assert "price-list  acts" in shown(capsys, "--text", "price \ud83d", "--channel", "web")


def test_places_are_right_under_wide_characters(capsys: pytest.CaptureFixture[str]) -> None:
    """The marks would stand under other characters than those that were found."""
    lines = shown(capsys, "--text", "我想問價錢呀", "--channel", "web").splitlines()
    assert lines[1:3] == ["“我想問價錢呀”", "       ^^^^"]


def test_colours_are_for_terminals_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file or a pipe would be full of escape sequences; a person would miss the underlining."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = shown(capsys, "--text", "the price", "--channel", "web")
    assert "\x1b[" in coloured
    assert "^^^^" not in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    plain = shown(capsys, "--text", "the price", "--channel", "web")
    assert "\x1b" not in plain
    assert "^^^^^" in plain


def test_a_message_of_many_pages_is_shown_where_it_was_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The place would scroll away, or never be shown."""
    text = shown(capsys, "--text", "x" * 5_000 + " price " + "y" * 5_000, "--channel", "web")
    quote, marks = text.splitlines()[1:3]
    assert len(quote) < 500
    at = marks.index("^")
    assert quote[at : at + 5] == "price"


def test_ten_thousand_rules_that_do_not_fit_are_counted(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """The one rule that matters would be a thousand screens above."""
    many = "".join(
        f"  - {{ id: r{number}, when: message.received, if: [text: word{number}], "
        f"do: [{{ tag: t{number} }}] }}\n"
        for number in range(500)
    )
    write(directory / "rules" / "many.yaml", "rules:\n" + many)
    text = shown(capsys, "--text", "the price", "--channel", "web")
    assert len(text.splitlines()) < 100
    assert "more rules of which nothing fits (--json tells them)" in text
    case = told(capsys, "--text", "the price", "--channel", "web")
    assert len(case["decisions"][0]["rules"]) == 505


def test_times_and_first_messages_can_be_made_up(
    capsys: pytest.CaptureFixture[str], directory: Path
) -> None:
    """Rules for the night could only be explained at night."""
    write(
        directory / "rules" / "rules.yaml",
        """
rules:
  - id: night
    when: message.received
    if:
      - time: { from: "22:00", to: "06:00", timezone: Asia/Hong_Kong }
      - first_message: true
      - language: th
    do:
      - reply: ราตรีสวัสดิ์
""",
    )
    asked = ["--text", "hello", "--channel", "web", "--language", "th"]
    asked += ["--first-message", "--at"]
    late = told(capsys, *asked, "2026-10-05T23:00:00+08:00")
    assert late["decisions"][0]["acted"] == ["night"]
    early = told(capsys, *asked, "2026-10-05T12:00:00+08:00")
    assert early["decisions"][0]["acted"] == []
