"""The figures of the matching benchmark as tables and as a plot."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """The cost of one size. `rivals_s`: seconds a message, by name."""

    rules: int
    message_s: float
    candidates: float
    matched: float
    compile_s: float
    memory_mib: float
    stall_ms: float
    rivals_s: dict[str, float]


def report(figures: Sequence[Figure], ratio: float) -> str:
    """The tables, in Markdown; `ratio` of the largest size's cost to the smallest's."""
    lines = [
        f"Python {platform.python_version()}, {platform.machine()}; 2,000 messages",
        "",
        "| rules | µs each | messages/s | candidates | matched | compile s | MiB | stall ms |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.rules:,} | {one.message_s * 1e6:.1f} | {1 / one.message_s:,.0f} "
        f"| {one.candidates:.3f} | {one.matched:.3f} | {one.compile_s:.2f} | {one.memory_mib:.1f} "
        f"| {one.stall_ms:.0f} |"
        for one in figures
    ]
    first, last = figures[0], figures[-1]
    lines += [
        "",
        f"{last.rules:,} : {first.rules:,} rules = {ratio:.2f} (median of the rounds' ratios)",
    ]
    lines += ["", f"| messages/s | {' | '.join(f'{one.rules:,}' for one in figures)} |"]
    lines += ["|---|" + "---:|" * len(figures)]
    rows = {"this index": [one.message_s for one in figures]}
    rows |= {name: [one.rivals_s[name] for one in figures] for name in first.rivals_s}
    lines += [
        f"| {name} | {' | '.join(f'{1 / seconds:,.0f}' for seconds in row)} |"
        for name, row in rows.items()
    ]
    return "\n".join(lines)


def plot(figures: Sequence[Figure], path: Path) -> None:
    """The plot is written to `path`, as SVG."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "matching"
    from matplotlib import pyplot as plt

    drawing, (speed, cost) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    sizes = [one.rules for one in figures]
    speed.plot(sizes, [1 / one.message_s for one in figures], "o-", lw=2.5, label="this index")
    for name in figures[0].rivals_s:
        speed.plot(sizes, [1 / one.rivals_s[name] for one in figures], "o--", label=name)
    speed.set(xscale="log", yscale="log", xlabel="rules", ylabel="messages a second, one core")
    speed.axhline(40_000, color="grey", lw=0.8, ls=":")
    speed.legend()
    cost.plot(sizes, [one.compile_s * 1000 for one in figures], "o-", label="compile, ms")
    cost.plot(sizes, [one.memory_mib for one in figures], "s-", label="memory, MiB")
    cost.plot(sizes, [one.stall_ms for one in figures], "^-", label="loop stalled, ms")
    cost.set(xscale="log", yscale="symlog", xlabel="rules")
    cost.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing.savefig(path, metadata={"Date": None})
