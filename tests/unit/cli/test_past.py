"""Going through the recorded past: what is shown meanwhile."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest

from worker.cli.past import progress, read_since
from worker.duration import LONGEST
from worker.errors import SettingsError

NOW = datetime(2026, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0001-01-02", "0100-01-01T00:00Z", "36500d"])
def test_however_far_back_a_time_is_guards_can_look_back_from_it(text: str) -> None:
    """Somebody who means "all of it" was answered with a traceback."""
    assert read_since(text, NOW) - LONGEST < NOW - LONGEST


@pytest.mark.parametrize("text", ["", "yesterday", "7 days", "2026-13-01", "999999999d"])
def test_what_is_no_time_is_refused_with_what_was_expected(text: str) -> None:
    """A guess would compare another week than was meant."""
    with pytest.raises(SettingsError, match="7d or 1h30m, or a time such as"):
        read_since(text, NOW)


@pytest.mark.parametrize("watched", [True, False])
def test_progress_is_shown_to_people_and_only_beside_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, watched: bool
) -> None:
    """A minute of silence looks like a fault; a bar in the middle of JSON is one."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: watched)
    monkeypatch.setenv("TERM", "xterm")
    with progress(1000) as advance:
        advance(500)
        advance(500)
    said = capsys.readouterr()
    assert said.out == ""
    assert bool(said.err) is watched
