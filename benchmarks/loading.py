"""Loading of rule files: seconds and memory of 100 to 10,000 rules, each in a fresh process.

    python benchmarks/loading.py

Bound: 10,000 rules in at most 10 s and 300 MB, imports included.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZES = (100, 1_000, 10_000)
RULES_A_FILE = 500
MOST_SECONDS, MOST_MEGABYTES = 10.0, 300.0

_HEAD = """\
vars: {price_url: "https://example.com/price"}
phrases: {thanks: {en: [thanks], th: [ขอบคุณ], vi: [cảm ơn], zh: [多謝晒]}}
"""
_RULE = """\
  - id: rule-{n}
    description: Somebody asks for product {n}.
    priority: {priority}
    when: message.received
    if:
      - text: {{mentions: [product {n}, 產品編號{n}, "sản phẩm {n}"]}}
      - channel: [web, whatsapp]
      - not: {{tag: vip}}
    do:
      - reply: "Hi {{{{ contact.first_name or 'there' }}}}, here: {{{{ vars.price_url }}}}/{n}"
      - tag: asked-{n}
    cooldown: {{for: 12h, per: contact}}
"""


def write_rules(folder: Path, count: int) -> None:
    """`folder` holds `count` rules in files of a few hundred."""
    (folder / "names.yaml").write_text(_HEAD, encoding="utf-8")
    for first in range(0, count, RULES_A_FILE):
        numbers = range(first, min(first + RULES_A_FILE, count))
        rules = "".join(_RULE.format(n=number, priority=number % 7) for number in numbers)
        (folder / f"rules-{first:06}.yaml").write_text(f"rules:\n{rules}", encoding="utf-8")


def measure(folder: Path) -> None:
    """Prints rules, seconds and megabytes of this process."""
    started = time.perf_counter()
    from worker.ruleset.load import load_rules

    imported = time.perf_counter()
    ruleset = load_rules(folder)
    loaded = time.perf_counter()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(len(ruleset.rules), imported - started, loaded - imported, peak_mb)


def main() -> int:
    """Prints the table; 1 when the largest size breaks a bound."""
    print(f"{'rules':>7} {'import s':>9} {'load s':>8} {'us/rule':>8} {'peak MB':>8}")
    broken = False
    for count in SIZES:
        with tempfile.TemporaryDirectory() as name:
            write_rules(Path(name), count)
            done = subprocess.run(  # noqa: S603 - this file, in a fresh process
                [sys.executable, __file__, name],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        rules, importing, loading, peak_mb = map(float, done.stdout.split())
        each_us = loading / rules * 1e6
        print(f"{rules:7.0f} {importing:9.2f} {loading:8.2f} {each_us:8.0f} {peak_mb:8.0f}")
        broken = importing + loading > MOST_SECONDS or peak_mb > MOST_MEGABYTES
    print(f"bound at {SIZES[-1]}: {MOST_SECONDS:g} s and {MOST_MEGABYTES:g} MB:", end=" ")
    print("broken" if broken else "held")
    return int(broken)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]))
    else:
        sys.exit(main())
