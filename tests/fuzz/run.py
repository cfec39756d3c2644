"""Coverage-guided fuzzing: `python -m tests.fuzz.run wire|rules|texts --seconds 600`.

Needs the optional group `fuzz`. Ends with 0 and its figures, or with the first finding, whose bytes
are left in the working directory. See docs/fuzzing.md.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

INSTRUMENTED = ("worker.gateways", "worker.ruleset", "worker.conditions", "worker.actions")
ALSO_INSTRUMENTED = ("worker.text", "worker.ledger.codec", "tests.fuzz")
SLOWEST_S = 10
"""One input may take so long; more is a finding. Instrumented code is some ten times slower."""

BLIND = 0.3
"""Share of changes made by the fuzzer itself, to bytes; the others are made to the document."""

LARGEST = {"wire": 65_536, "rules": 32_768, "texts": 65_536}


def main() -> None:
    """Fuzzes until the time is over or something is found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=("wire", "rules", "texts"))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, help="kept between runs; a new one otherwise")
    parser.add_argument("inputs", nargs="*", help="only these files are tried, once each")
    given = parser.parse_args()
    import atheris

    with atheris.instrument_imports(include=[*INSTRUMENTED, *ALSO_INSTRUMENTED]):
        from tests.fuzz import mutate, seeds
        from tests.fuzz.rules import fuzz_rules
        from tests.fuzz.texts import fuzz_texts
        from tests.fuzz.wire import fuzz_wire

    with tempfile.TemporaryDirectory() as made:
        room = Path(made)
        targets: dict[str, tuple[Callable[[bytes], None], Callable[[], Iterable[bytes]]]] = {
            "wire": (fuzz_wire, seeds.wire_seeds),
            "rules": (partial(fuzz_rules, path=room / "rules.yaml"), seeds.rule_seeds),
            "texts": (fuzz_texts, seeds.text_seeds),
        }
        target, sown = targets[given.target]
        options = [
            f"-max_total_time={given.seconds}",
            f"-timeout={SLOWEST_S}",
            f"-max_len={LARGEST[given.target]}",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
        ]
        words = tuple(seeds.words_of_rules() if given.target == "rules" else seeds.words_of_wire())
        dictionary = room / "words"
        dictionary.write_text("\n".join(f'"{word}"' for word in words if word.isalnum()), "utf-8")
        wrong = {"wire": mutate.wrong_answer, "rules": mutate.wrong_rules}.get(given.target)

        def mutated(fed: bytes, most: int, seed: int) -> bytes:
            rng = random.Random(seed)
            if wrong is None or rng.random() < BLIND:
                return bytes(atheris.Mutate(fed, most))
            return wrong(fed, rng, words)[:most]

        corpus = given.inputs or _sown(given.corpus or room / "corpus", sown())
        atheris.Setup(
            [sys.argv[0], *options, f"-dict={dictionary}", *corpus],
            _swept(target),
            custom_mutator=mutated,
        )
        atheris.Fuzz()


def _sown(corpus: Path, sown: Iterable[bytes]) -> list[str]:
    corpus.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(sown):
        (corpus / f"seed-{number:04}").write_bytes(content)
    return [str(corpus)]


def _swept(target: Callable[[bytes], None]) -> Callable[[Any], None]:
    # Rules hold cycles (a template and its code); what is not swept looks like a leak to libFuzzer.
    gc.disable()
    runs = 0

    def once(fed: Any) -> None:
        nonlocal runs
        runs += 1
        if runs % 500 == 0:
            gc.collect()
        target(bytes(fed))

    return once


if __name__ == "__main__":
    main()
