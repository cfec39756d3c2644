"""Going through the recorded past: what is shown meanwhile."""

from __future__ import annotations

import sys

import pytest

from worker.cli.past import progress


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
