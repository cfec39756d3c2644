"""Documents say what the code does: their generated parts are as the code makes them now."""

from __future__ import annotations

import pytest

from tests.architecture.refresh_docs import ROOT, expected, refreshed


def test_generated_documents_are_fresh() -> None:
    """A table of settings that is one release behind is worse than none; `./dev docs` mends it."""
    stale = [
        path
        for path, text in expected().items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text
    ]
    assert not stale, "run ./dev docs"


@pytest.mark.parametrize("text", ["", "<!-- a:begin -->", "<!-- a:end --><!-- a:begin -->"])
def test_a_document_that_lost_its_markers_is_told(text: str) -> None:
    """Otherwise the part would silently never be refreshed again."""
    with pytest.raises(ValueError, match="markers"):
        refreshed(text, "a", "new")


def test_only_what_is_between_the_markers_changes() -> None:
    """The rest is written by people."""
    before = "hand\n<!-- a:begin -->\nold\n<!-- a:end -->\nhand"
    after = refreshed(before, "a", "new")
    assert after == "hand\n<!-- a:begin -->\n\nnew\n\n<!-- a:end -->\nhand"
    assert refreshed(after, "a", "new") == after
