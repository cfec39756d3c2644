"""Calendars of rule files are those that were written, and reach every place that names them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.build import facts
from tests.unit.calendars.hours import utc
from worker.model.facts import Facts
from worker.model.rule import LONGEST_REST, RuleSet
from worker.ruleset.load import check_rules, load_rules
from worker.runtime.live import Live
from worker.runtime.reload import fingerprint

HOURS = """
calendars:
  support:
    timezone: Asia/Hong_Kong
    open:
      mon-tue, thu-fri: ["09:30-13:00", "14:00-18:30"]
      sat,sun: 10:00-13:00
      wed: closed
"""
RULE = """
rules:
  - id: hours
    when: message.received
    do:
      - reply: {}
"""


def loaded(folder: Path, text: str) -> RuleSet:
    (folder / "rules.yaml").write_text(text, "utf-8")
    return load_rules(folder / "rules.yaml")


def said(folder: Path, reply: str, time: str, calendars: str = HOURS) -> str:
    ruleset = loaded(folder, calendars + RULE.replace("{}", reply))
    about = facts(now=utc(time), calendars=ruleset.calendars)
    (rule,) = ruleset.rules
    return str(rule.steps[0].action.render(about, rule, {})["text"])


def test_hours_are_read_as_written(tmp_path: Path) -> None:
    """The two spans of a day, several days in one key, a day that is closed."""
    calendar = loaded(tmp_path, HOURS).calendars["support"]
    days = [[str(span) for span in spans] for spans in calendar.weekly]
    office = ["09:30-13:00", "14:00-18:30"]
    assert days == [office, office, [], office, office, ["10:00-13:00"], ["10:00-13:00"]]
    assert calendar.zone.key == "Asia/Hong_Kong"


def test_holidays_special_days_and_files_go_together(tmp_path: Path) -> None:
    """A company has its country's holidays, its own, and one on which it works."""
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "outings.ics").write_bytes(
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261106\r\nSUMMARY:Outing\r\n"
        b"END:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20261105T100000\r\nDURATION:PT1H\r\n"
        b"SUMMARY:Meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    more = """
    holidays:
      country: HK
      ics: team/outings.ics
      add: { 2026-11-09: Founders }
      remove: [2026-10-01]
    special: { 2026-12-24: ["09:30-12:00"] }
"""
    ruleset = loaded(tmp_path, HOURS + more)
    calendar = ruleset.calendars["support"]
    noon = {day: calendar.reason(utc(f"{day}T12:00+08:00")) for day in DAYS}
    assert noon == {
        "2026-10-01": "",
        "2026-11-06": "Outing",
        "2026-11-09": "Founders",
        "2026-12-24": "outside hours",
        "2026-12-25": "Christmas Day",
        "2026-12-26": "The first weekday after Christmas Day",
    }
    assert calendar.reason(utc("2026-11-05T10:59+08:00")) == "Meeting"
    assert [Path(file).name for file in ruleset.files] == ["rules.yaml", "outings.ics"]


DAYS = ("2026-10-01", "2026-11-06", "2026-11-09", "2026-12-24", "2026-12-25", "2026-12-26")


@pytest.mark.parametrize(
    "holidays", ["US-MA", "{country: US-MA}", "{country: US, subdivision: MA}", "{country: USA-MA}"]
)
def test_a_part_of_a_country_has_its_own_holidays(tmp_path: Path, holidays: str) -> None:
    """Patriots' Day is a day off in Boston and nowhere else."""
    calendar = loaded(tmp_path, f"{HOURS}    holidays: {holidays}\n").calendars["support"]
    assert calendar.holidays.name(date(2026, 4, 20)) == "Patriots' Day"


def test_templates_tell_when_it_opens_in_the_language_of_the_reply(tmp_path: Path) -> None:
    """The out-of-hours answer is what calendars are for."""
    reply = (
        '{text: {en: "{{ calendars.support.next_open | when }}",'
        ' th: "{{ calendars.support.next_open | when }} {{ calendars.support.holiday }}"}}'
    )
    holidays = f"{HOURS}    holidays: HK\n"
    assert said(tmp_path, reply, "2026-10-05T20:00+08:00", holidays) == "tomorrow 09:30"
    plain = (
        "'{{ calendars.support.open }} {{ calendars.support.next_close | time(\"Asia/Tokyo\") }}'"
    )
    assert said(tmp_path, plain, "2026-10-05T10:00+08:00") == "true 14:00"
    chinese = "我們{{ calendars.support.next_open | when }}開門（{{ calendars.support.holiday }}）"
    assert said(tmp_path, chinese, "2026-10-01T10:00+08:00", holidays) == (
        "我們明天上午9:30開門（國慶日）"
    )


def test_a_calendar_that_never_opens_leaves_its_times_empty(tmp_path: Path) -> None:
    """An author asks `if calendars.support.next_open`; a failing template would send nothing."""
    never = HOURS.split("    open:", maxsplit=1)[0] + "    open: {}\n"
    reply = '"[{{ calendars.support.next_open | when }}{{ calendars.support.next_close }}]"'
    assert said(tmp_path, reply, "2026-10-05T10:00+08:00", never) == "[]"


def test_an_expression_may_ask_a_calendar(tmp_path: Path) -> None:
    """A condition that the other kinds cannot say, such as closing within the hour."""
    text = HOURS + (
        "rules:\n  - id: late\n    when: message.received\n    do: [stop: true]\n"
        "    if: [expr: \"calendars.support.open and calendars.support.reason == ''\"]\n"
    )
    (rule,) = loaded(tmp_path, text).rules

    def holds(time: str) -> str:
        about: Facts = facts(now=utc(time), calendars=load_rules(tmp_path).calendars)
        return str(rule.conditions[0].decide(about).answer)

    assert holds("2026-10-05T10:00+08:00") == "yes"
    assert holds("2026-10-05T13:00+08:00") == "no"


@pytest.mark.parametrize("named", ["", ", calendar: support"])
def test_a_cooldown_until_open_knows_its_calendar(tmp_path: Path, named: str) -> None:
    """With one calendar there is nothing to say; the rule rests until it opens."""
    rule = f"{RULE.replace('{}', 'hi')}    cooldown: {{ for: until_open{named}, per: contact }}\n"
    ruleset = loaded(tmp_path, HOURS + rule)
    cooldown = ruleset.rules[0].cooldown
    assert cooldown is not None
    assert cooldown.until_open is ruleset.calendars["support"]
    assert cooldown.rests_until(utc("2026-10-05T20:00+08:00")) == utc("2026-10-06T09:30+08:00")
    assert Live(ruleset).longest_memory == LONGEST_REST


def test_a_rest_has_an_end_when_the_calendar_has_no_opening(tmp_path: Path) -> None:
    """What guards must remember for ever, they cannot remember."""
    rule = f"{RULE.replace('{}', 'hi')}    cooldown: {{ for: until_open }}\n"
    never = HOURS.split("    open:", maxsplit=1)[0] + "    open: {}\n"
    cooldown = loaded(tmp_path, never + rule).rules[0].cooldown
    assert cooldown is not None
    fired = utc("2026-10-05T20:00")
    assert cooldown.rests_until(fired) == fired + timedelta(days=31)


def test_the_calendar_of_defaults_is_checked_too(tmp_path: Path) -> None:
    """A wrong name in `defaults` would be every rule's."""
    path = tmp_path / "rules.yaml"
    cooldown = "defaults: { cooldown: { for: until_open, calendar: sport } }\n"
    path.write_text(HOURS + cooldown, "utf-8")
    _, problems = check_rules(path)
    assert [problem.message for problem in problems] == ["there is no calendar 'sport'"]


def test_a_changed_calendar_file_is_a_changed_rule_set(tmp_path: Path) -> None:
    """Next year's holidays are put in while the worker runs."""
    file = tmp_path / "days.ics"
    file.write_bytes(b"BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    before = loaded(tmp_path, f"{HOURS}    holidays: {{ ics: days.ics }}\n")
    looked = [fingerprint(tmp_path), fingerprint(tmp_path / "rules.yaml")]
    file.write_bytes(b"BEGIN:VCALENDAR\n\nEND:VCALENDAR\n")
    os.utime(file, ns=(1, 1))
    again = [fingerprint(tmp_path), fingerprint(tmp_path / "rules.yaml")]
    assert looked[0] != again[0]
    assert looked[1] != again[1]
    assert load_rules(tmp_path / "rules.yaml").version != before.version


def test_nothing_is_left_to_be_imported_when_the_first_customer_is_answered() -> None:
    """Importing a country's holidays takes longer than all customers together may wait."""
    code = (
        "import sys, datetime, worker.app; from worker.ruleset.load import load_rules;"
        "rules = load_rules('rules'); before = set(sys.modules);"
        "from tests.build import facts; from worker.actions.wording import planned;"
        "before |= {m for m in sys.modules if m.startswith(('tests', 'worker', 'hypothesis'))};"
        "about = facts(calendars=rules.calendars);"
        "(rule,) = (one for one in rules.rules if one.id == 'out-of-hours');"
        "rule.steps[0].action.render(about, rule, {});"
        "print(sorted(m for m in set(sys.modules) - before if m.split('.')[0] in"
        " ('holidays', 'babel', 'icalendar')))"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout == "[]\n"


def test_a_rule_set_without_calendars_imports_no_holidays() -> None:
    """They cost a tenth of a second and megabytes at every start of everybody."""
    code = (
        "import sys, pathlib, tempfile; from worker.ruleset.load import load_rules;"
        "import worker.app; folder = pathlib.Path(tempfile.mkdtemp());"
        "(folder / 'r.yaml').write_text('rules: []\\n'); load_rules(folder);"
        "print([m for m in ('holidays', 'icalendar', 'babel', 'dateutil') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
