"""Results as JUnit XML, which every CI reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from worker.rehearsal.report import lines_of
from worker.rehearsal.suite import Result

# Source: XML 1.0 §2.2: what may stand in a document; all else cannot be written, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Sequence[Result]) -> bytes:
    """The document: one test suite a file, in the order of the files."""
    root = ET.Element("testsuites", {"name": "worker test", **_counts(results)})
    files = dict.fromkeys(one.path for one in results)
    for path in files:
        mine = [one for one in results if one.path == path]
        suite = ET.SubElement(root, "testsuite", {"name": _clean(path), **_counts(mine)})
        for one in mine:
            case = ET.SubElement(
                suite,
                "testcase",
                name=_clean(one.name),
                classname=_clean(path),
                file=_clean(path),
                line=str(one.line),
                time=f"{one.seconds:.3f}",
            )
            if not one.passed:
                lines = [line for failure in one.failures for line in lines_of(failure)]
                first = lines[0] if lines else ""
                failure = ET.SubElement(case, "failure", message=_clean(first), type="expectation")
                failure.text = _clean("\n".join(lines))
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _counts(results: Sequence[Result]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(not one.passed for one in results)),
        "errors": "0",
        "skipped": "0",
        "time": f"{sum(one.seconds for one in results):.3f}",
    }


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
