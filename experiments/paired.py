"""Differences between conditions under the same luck: replicate by replicate, not mean against mean.

Runs of the same seed and replicate share every draw that both conditions ask for, so what luck does to both cancels.
"""

from math import sqrt
from typing import Any

import numpy as np

from experiments.execute import Results
from experiments.grid import Design
from experiments.words import Words
from sim import tables
from sim.measures import MEASURES

TOLD = ("broken", "cooperation_rate", "true_cases", "mean_payoff")
"""Measures whose differences are printed; differences.csv has all."""


def difference_rows(results: Results) -> list[tables.Row]:
    """For each value of the compared axis but the first, each place on the other axes, and each measure: a row.

    Columns: the axes; ``against``, the first value of the compared axis; measure, unit; pairs; difference (mean of
    value minus first over replicates that have both), its 95 % interval low, high; ``unpaired_width``, how many times
    wider the interval would be if luck were not shared (empty where either has no width).
    """
    design = results.design
    place = [axis.name for axis in design.axes].index(design.settings.compare or "")
    numbers = np.moveaxis(np.arange(design.size).reshape(design.shape), place, 0)
    axis, rows = design.axes[place], []
    cell, replicate = (results.column(name).to_numpy() for name in ("cell", "replicate"))
    for name in MEASURES:
        values = _by_cell(design, cell, replicate - replicate.min(), results.column(name))
        for other in range(1, len(axis.values)):
            for a, b in zip(numbers[0].ravel(), numbers[other].ravel(), strict=True):
                swept = {each.name: value for each, value in zip(design.axes, design.values(int(b)), strict=True)}
                swept[axis.name] = _text(swept[axis.name])
                rows.append(
                    {
                        **{key: _text(value) for key, value in swept.items()},
                        "against": _text(axis.values[0]),
                        "measure": name,
                        "unit": MEASURES[name].unit,
                        **difference(values[a], values[b], MEASURES[name].unit == "yes or no"),
                    }
                )
    return rows


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, list) else value


def _by_cell(design: Design, cell: np.ndarray, replicate: np.ndarray, column: Any) -> np.ndarray:
    """A measure as an array over cells and replicates, nan where a run has none."""
    values = np.full((design.size, int(replicate.max()) + 1), np.nan)
    values[cell, replicate] = column.cast("float64").to_numpy(zero_copy_only=False)
    return values


def difference(first: np.ndarray, other: np.ndarray, yes_or_no: bool) -> tables.Row:
    """Mean of ``other - first`` over pairs that have both, with a 95 % interval.

    Numbers: Student's t of the differences. Yes or no: Agresti and Min (2005, Statistics in Medicine 24:729-740), who
    add half a pair to each of the four outcomes, so that no disagreement among a few pairs is not taken for certainty.

    >>> told = difference(np.array([0, 0, 0, 1.0]), np.array([1, 1, 0, 1.0]), yes_or_no=True)
    >>> told["pairs"], told["difference"], round(told["low"], 2), round(told["high"], 2)
    (4, 0.5, -0.17, 0.83)
    """
    both = ~np.isnan(first) & ~np.isnan(other)
    first, other = first[both], other[both]
    pairs = int(both.sum())
    if pairs < 2:
        mean = float((other - first).mean()) if pairs else None
        return {"pairs": pairs, "difference": mean, "low": None, "high": None, "unpaired_width": None}
    centre, half = (_of_shares if yes_or_no else _of_numbers)(first, other)
    apart = half_width(sqrt((first.var(ddof=1) + other.var(ddof=1)) / pairs), 2 * pairs - 2)
    return {
        "pairs": pairs,
        "difference": float((other - first).mean()),
        "low": centre - half,
        "high": centre + half,
        "unpaired_width": apart / half if half > 0 and apart > 0 else None,
    }


def _of_numbers(first: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    gap = other - first
    return float(gap.mean()), half_width(float(gap.std(ddof=1)) / sqrt(gap.size), gap.size - 1)


def _of_shares(first: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    pairs = first.size + 2
    gained, lost = ((other > first).sum() + 0.5, (other < first).sum() + 0.5)
    centre = float(gained - lost) / pairs
    return centre, 1.959963984540054 * sqrt(float(gained + lost) - pairs * centre**2) / pairs


def half_width(error: float, freedom: int) -> float:
    """Half of a 95 % interval by Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975)) * error


def difference_summary(rows: list[tables.Row], design: Design, words: Words) -> str:
    """The largest difference of each of some measures, and how many intervals exclude none."""
    name = str(design.settings.compare)
    lines = [words.say("paired.head", axis=words.name(name))]
    for measure in TOLD:
        known = [row for row in rows if row["measure"] == measure and row["low"] is not None]
        if not known:
            continue
        apart = sum(row["low"] > 0 or row["high"] < 0 for row in known)
        most = max(known, key=lambda row: abs(row["difference"]))
        widths = [row["unpaired_width"] for row in known if row["unpaired_width"] is not None]
        told = words.say(
            "paired.measure",
            measure=words.label(measure),
            apart=words.number(apart),
            all=words.number(len(known)),
            difference=words.number(most["difference"], 3),
            low=words.number(most["low"], 3),
            high=words.number(most["high"], 3),
            value=words.value(name, most[name]),
            against=words.value(name, most["against"]),
        )
        width = words.number(float(np.median(widths)), 1) if widths else ""
        lines.append(words.say("paired.width", measure=told, width=width) if widths else told)
    return "\n".join(lines)
