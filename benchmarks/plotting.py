"""How a measure grows, drawn: one file, one picture, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

PLOTS = Path("benchmarks/plots")


def growth(
    name: str,
    sizes: Sequence[float],
    measured: Mapping[str, Sequence[float]],
    *,
    across: str,
    upward: str,
    bound: float | None = None,
) -> Path:
    """The picture `name` in `PLOTS` shows each measure over the sizes; its path.

    Args:
        measured: values by what they are called, one for each size.
        across, upward: what stands along the axes.
        bound: what is promised; a dotted line.
    """
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = name
    from matplotlib import pyplot as plt

    drawing, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for mark, (label, values) in zip("os^dv*", measured.items(), strict=False):
        axes.plot(sizes, values, f"{mark}-", label=label)
    if bound is not None:
        axes.axhline(bound, color="grey", lw=0.8, ls=":", label="promised")
    axes.set(xscale="log", xlabel=across, ylabel=upward)
    axes.set_ylim(bottom=0)
    axes.legend()
    PLOTS.mkdir(parents=True, exist_ok=True)
    path = PLOTS / f"{name}.svg"
    drawing.savefig(path, metadata={"Date": None})
    plt.close(drawing)
    return path
