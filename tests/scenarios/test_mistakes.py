"""A colleague's mistakes, one of each kind: some tool finds it, and says how to mend it.

The rules are as a hurried person writes them. Most of these mistakes are valid rules: nothing is
wrong but what they do.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded_past import Said, record
from worker.cli.main import main

RULES = """\
phrases:
  price: { en: [price, "how much"], zh: [價錢, 多少錢], th: [ราคา] }
rules:
  - id: price-list
    when: message.received
    if:
      - text: { mentions: "@price" }
      - channel: [web, whatsapp]
    do:
      - reply:
          text: { en: "Hi {{ contact.first_name }}, our price list", zh: "價目表" }
    cooldown: { for: 12h, per: contact }
"""
TEST = """\
tests:
  - name: who asks for the price gets the list
    clock: "2026-10-05T10:00:00+08:00"
    contacts: { c1: { language: LANGUAGE, first_name: Ann } }
    steps:
      - message: { from: c1, channel: whatsapp, text: "TEXT" }
      - expect: { fired: price-list, sent: { language: LANGUAGE } }
      - after: 1d
        message: { from: c1, text: "TEXT" }
      - expect: { fired: price-list }
"""


@pytest.fixture(autouse=True)
def folder(clean_environment: Path) -> Path:
    """The rules as they should be."""
    (clean_environment / "rules").mkdir()
    written(RULES)
    return clean_environment


def written(rules: str, name: str = "rules") -> None:
    """These are the rules now."""
    Path(name).mkdir(exist_ok=True)
    (Path(name) / "rules.yaml").write_text(rules, "utf-8")


def mistaken(right: str, wrong: str) -> str:
    """The rules with one slip."""
    assert RULES.count(right) == 1
    return RULES.replace(right, wrong)


class Tools:
    """The commands, and what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def said(self, *arguments: str, code: int = 0) -> str:
        """What the command prints; it ends with this code."""
        assert main([*arguments]) == code
        captured = self._capsys.readouterr()
        return captured.out + captured.err

    def tested(self, language: str, text: str, *, code: int = 1) -> str:
        """What the author's own test says."""
        test = TEST.replace("LANGUAGE", language).replace("TEXT", text)
        Path("rules/rules.test.yaml").write_text(test, "utf-8")
        return self.said("test", "rules", code=code)


@pytest.fixture
def tools(capsys: pytest.CaptureFixture[str]) -> Tools:
    """The commands of this project."""
    return Tools(capsys)


@pytest.mark.parametrize(
    ("language", "text"), [("en", "the price please"), ("zh", "請問多少錢"), ("en", "how much")]
)
def test_without_a_mistake_no_tool_complains(tools: Tools, language: str, text: str) -> None:
    """A tool that always complains would find every mistake below, and be worth nothing."""
    assert tools.said("check", "rules") == "1 rule, 0 errors, 0 warnings\n"
    assert "1 test: 1 passed, in" in tools.tested(language, text, code=0)
    told = tools.said("explain", "--text", text, "--channel", "web", "--language", language)
    assert "price-list  acts" in told
    assert "nearest miss" not in told


def test_a_typo_in_a_phrase_is_found_by_explain_which_shows_the_nearest(tools: Tools) -> None:
    """Customers who ask for the price would hear nothing, and the file looks right."""
    written(mistaken("[price,", "[pirce,"))
    told = tools.said("explain", "--text", "the price please", "--channel", "web")
    assert "nearest miss: price-list" in told
    assert "closest phrase 'pirce': the message has 'price'" in told
    assert "add 'price' to the phrases, mend the phrase" in told


def test_a_typo_in_a_phrase_is_found_by_the_rules_own_test(tools: Tools) -> None:
    """The author who wrote the test first would still have to search."""
    written(mistaken("[price,", "[pirce,"))
    told = tools.tested("en", "the price please")
    assert "- fired: price-list\n    + fired: none" in told
    assert "no  text: mentions none of 5 phrases" in told


def test_a_typo_in_a_phrase_is_found_by_a_backtest(tools: Tools) -> None:
    """The slip of an afternoon would be live before anybody wrote a test."""
    simple = RULES.replace("Hi {{ contact.first_name }}, o", "O").replace(", whatsapp]", "]")
    written(simple)
    record(Path("rules"), Said("ann", "the price please"), Said("bob", "how much", 5))
    written(simple.replace("[price,", "[pirce,"), "new")
    told = tools.said("backtest", "--rules", "new")
    assert "2 recorded, 1 replayed: 1 the same, 0 new, 1 gone, 0 different" in told
    assert "the price please" in told
    assert "- price-list: Our price list" in told


def test_a_letter_of_another_alphabet_is_found_by_the_check(tools: Tools) -> None:
    """It cannot be seen: the phrase would never match, and nobody could find out why."""
    written(mistaken("[price,", "[рrice,"))
    assert (
        "rules/rules.yaml:2:17: warning: in 'рrice' the 'р' is Cyrillic, the other letters are "
        "Latin; type the word anew"
    ) in tools.said("check", "rules")


def test_a_channel_that_does_not_exist_is_found_by_the_check(tools: Tools) -> None:
    """The rule would never fire for anybody on WhatsApp."""
    written(mistaken("[web, whatsapp]", "[web, whatsap]"))
    assert (
        "rules/rules.yaml:8:24: warning: no channel 'whatsap' is known on imbrace: this condition "
        "would never hold; did you mean 'whatsapp'?"
    ) in tools.said("check", "rules")


def test_the_wrong_channel_is_found_by_explain_which_names_the_right_one(tools: Tools) -> None:
    """Both channels exist; only whoever knows where customers write can tell."""
    written(mistaken("[web, whatsapp]", "[web, line]"))
    told = tools.said("explain", "--text", "price?", "--channel", "whatsapp")
    assert "channel: the channel is whatsapp" in told
    assert "it holds on web, line; add whatsapp to 'channel'" in told


def test_a_shadowed_rule_is_found_by_the_check(tools: Tools) -> None:
    """The new rule would look fine and never act."""
    written(
        RULES
        + """\
  - id: price-on-web
    when: message.received
    if: [{ text: { mentions: "@price" } }, { channel: web }]
    do: [{ reply: Our prices are on this site }]
"""
    )
    told = tools.said("check", "rules")
    assert "rules/rules.yaml:13:5: warning: this rule can never act: 'price-list'" in told
    assert "narrow the other, give this one a higher priority, or say `also: true`" in told


def test_a_rule_that_comes_second_is_found_by_explain(tools: Tools) -> None:
    """The check cannot see that two rules meet in one message; the author asks why."""
    written(
        RULES.replace("Hi {{ contact.first_name }}, o", "O")
        + """\
  - id: delivery
    when: message.received
    if: [{ text: { mentions: delivery } }]
    do: [{ reply: We deliver in two days }]
"""
    )
    told = tools.said("explain", "--text", "price of delivery", "--channel", "web")
    assert "delivery  outranked: price-list comes first" in told


def test_a_cooldown_of_months_is_found_by_the_check(tools: Tools) -> None:
    """`m` for minutes became `d` for days: customers would wait until winter."""
    written(mistaken("for: 12h", "for: 90d"))
    assert (
        "rules/rules.yaml:12:22: warning: after it acted, this rule is silent for the same contact "
        "for 90d; write at most 30d; d are days, h are hours, m are minutes"
    ) in tools.said("check", "rules")


def test_a_cooldown_that_is_too_long_is_found_by_the_rules_own_test(tools: Tools) -> None:
    """Twelve days are no mistake by themselves; the test says what was meant."""
    written(mistaken("for: 12h", "for: 12d"))
    told = tools.tested("en", "price?")
    assert "- fired: price-list\n    + fired: none" in told
    assert "cooldown, acted at 2026-10-05T02:00:02+00:00, rests until 2026-10-17" in told
    assert "its cooldown is 12d" in told


def test_a_cooldown_that_is_too_long_is_found_by_a_backtest(tools: Tools) -> None:
    """How often customers ask again is known to nobody who writes rules, and stands in the past."""
    simple = RULES.replace("Hi {{ contact.first_name }}, o", "O").replace("for: 12h", "for: 10m")
    simple = simple.replace("      - channel: [web, whatsapp]\n", "")
    written(simple)
    record(Path("rules"), *(Said("ann", "price?", minutes) for minutes in (0, 15, 30)))
    written(simple.replace("for: 10m", "for: 10h"), "new")
    told = tools.said("backtest", "--rules", "new")
    assert "3 recorded, 1 replayed: 1 the same, 0 new, 2 gone" in told
    assert "cooldown 0 → 2" in told


def test_a_broken_template_is_found_by_the_check(tools: Tools) -> None:
    """The rule would fail on every customer, at the moment they ask."""
    written(mistaken("{{ contact.first_name }}", "{{ contact.frist_name }}"))
    assert (
        "rules/rules.yaml:11:38: unknown name 'contact.frist_name'; did you mean 'first_name'?"
    ) in tools.said("check", "rules", code=1)


def test_a_template_that_fails_on_some_customers_is_found_by_explain(tools: Tools) -> None:
    """No check knows which fields a platform has: half of the customers would hear nothing."""
    written(mistaken("{{ contact.first_name }}", "{{ contact.extra.nickname }}"))
    assert tools.said("check", "rules") == "1 rule, 0 errors, 0 warnings\n"
    told = tools.said("explain", "--text", "price?", "--channel", "web")
    assert "price-list  undecided: template: " in told
    assert "nickname" in told


@pytest.mark.parametrize(
    ("written_as", "meant"), [("zn", "zh"), ("cn", "zh-Hans"), ("hk", "zh-Hant")]
)
def test_a_wrong_language_key_is_found_by_the_check(
    tools: Tools, written_as: str, meant: str
) -> None:
    """Chinese customers would be answered in English."""
    written(mistaken('zh: "價目表"', f'{written_as}: "價目表"'))
    assert (
        f"rules/rules.yaml:11:70: '{written_as}' is no language tag (BCP 47); did you mean "
        f"'{meant}'?"
    ) in tools.said("check", "rules", code=1)


def test_a_country_for_a_language_is_found_by_the_check(tools: Tools) -> None:
    """`tw` is a language, of Ghana: nothing is wrong but that nobody there writes."""
    written(mistaken('zh: "價目表"', 'tw: "價目表"'))
    assert (
        "rules/rules.yaml:11:70: warning: 'tw' is the language Twi, not that of Taiwan; did you "
        "mean 'zh-Hant'?"
    ) in tools.said("check", "rules")


def test_a_wrong_language_key_is_found_by_the_rules_own_test(tools: Tools) -> None:
    """`za` is a language too; the test says in which one the customer is to be answered."""
    written(mistaken('zh: "價目表"', 'za: "價目表"'))
    told = tools.tested("zh", "多少錢")
    assert '- sent: language: "zh"' in told
    assert "+ sent: to c1 (en)" in told
    assert "price-list never answered in za" in told


def test_a_text_that_was_cut_off_is_found_by_the_check(tools: Tools) -> None:
    """Customers would get half a sentence."""
    written(RULES + "      \n  - id: deal\n    when: message.received\n"
            "    if: [{ text: deal }]\n    do:\n      - reply: Our deal #1 is over\n")  # fmt: skip
    assert (
        "warning: this text ends before '#1 is over': what follows ' #' is a comment; quote it: "
        '"Our deal #1 is over"'
    ) in tools.said("check", "rules")


def test_a_menu_that_nobody_sends_is_found_by_the_check(tools: Tools) -> None:
    """The customer taps a button, and nothing happens."""
    written(
        RULES
        + """\
  - id: menu
    when: message.received
    if: [{ text: { equals: menu } }]
    do: [{ reply: { text: Pick one, menu: main, quick_replies: [Prices, Hours] } }]
  - id: hours
    when: { quick_reply.picked: { menu: main, payload: hours } }
    do: [{ reply: We open at nine }]
"""
    )
    assert (
        "warning: the menu 'main' offers no payload 'hours'; did you mean 'Hours'?"
    ) in tools.said("check", "rules")
