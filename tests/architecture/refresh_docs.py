"""The generated parts of the documents: `./dev docs`, or this file run by the venv's Python."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # run as a file, Python sees this folder alone
    sys.path.insert(0, str(ROOT))


def _settings() -> str:
    from worker.settings import settings_table

    return settings_table()


def _reference() -> str:
    from worker.ruleset.reference import reference

    return reference()


def _schema() -> str:
    from worker.ruleset.schema import schema_text

    return schema_text()


def _faults() -> str:
    from tests.fault_matrix import document

    return document()


PARTS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "settings": ("README.md", _settings),
    "reference": ("rules/README.md", _reference),
}
"""By the name in the markers: the document, and what makes the part."""

SCHEMA = "rules/schema.json"
FAULTS = "docs/faults.md"


def refreshed(text: str, name: str, content: str) -> str:
    """The document with `content` between the markers of `name`.

    Raises:
        ValueError: the markers are not there exactly once, in order.
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"expected the markers {begin} and {end} once each, in this order")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n\n{content.strip()}\n\n{end}{after}"


def expected() -> dict[str, str]:
    """What each document with generated parts should hold, by its path."""
    texts: dict[str, str] = {}
    for name, (path, make) in PARTS.items():
        text = texts.get(path) or (ROOT / path).read_text(encoding="utf-8")
        texts[path] = refreshed(text, name, make())
    return texts | {SCHEMA: _schema(), FAULTS: _faults()}


def main() -> int:
    """The documents are fresh; each that changed is named."""
    for path, text in expected().items():
        file = ROOT / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path} refreshed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
