"""Runs that the border sweeper needs against a full grid, at the error that both make: planted, noisy borders.

A cell at distance s from the border breaks with chance 1 / (1 + exp(-s / WIDTH)), s in units of the axis. Both read the
border off their shares in the same way; the error is the mean distance from the planted border, in cells.
"""

from dataclasses import replace

import numpy as np

from experiments import refine, stages
from experiments.cells import crossing
from experiments.compose import settings
from experiments.grid import Axis, Design
from experiments.stages import Tally

SIDE, WIDTH, REPLICATES = 129, 0.01, 21
BORDERS = {
    "straight": lambda y: 0.2 + 0.5 * y,
    "curved": lambda y: 0.15 + 0.7 * y**2,
    "steep": lambda y: 0.5 + 0.4 * np.tanh(8 * (y - 0.5)),
}


def design(monotone: bool) -> Design:
    """A map of SIDE x SIDE cells that nobody plays."""
    names = ("information.response_lag", "parties.ministries")
    asked = replace(settings([]), replicates=REPLICATES, monotone=names[0] if monotone else None)
    axes = tuple(Axis(name, tuple(range(SIDE))) for name in names)
    return Design("planted", "", (), axes, {(): asked}, np.ones(SIDE * SIDE, dtype=bool), "border")


def shares(which: str) -> np.ndarray:
    """The planted chance of every cell."""
    x, y = np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(0, 1, SIDE), indexing="ij")
    chances: np.ndarray = 1 / (1 + np.exp(-(x - BORDERS[which](y)) / WIDTH))
    return chances


def swept(sweeper: str, monotone: bool, which: str, seed: int) -> tuple[int, float]:
    """Runs that were asked for, and the mean error of the border in cells."""
    rng, asked = np.random.default_rng(seed), design(monotone)
    broken = rng.binomial(REPLICATES, shares(which)).ravel()  # the same luck for every sweeper
    tally = Tally.empty(asked.size)
    for stage in {"grid": stages.grid, "border": refine.border}[sweeper](asked, tally):
        tally.runs[stage.cells] += REPLICATES
        tally.broken[stage.cells] += broken[stage.cells].astype(np.int32)
    known = np.where(tally.runs > 0, tally.broken / np.maximum(tally.runs, 1), np.nan)
    share = known if tally.inferred is None else np.where(tally.runs > 0, known, tally.inferred)
    return int(tally.runs.sum()), error(share.reshape(SIDE, SIDE), which)


def error(share: np.ndarray, which: str) -> float:
    """Mean distance of the border that is read off from the one that was planted, in cells."""
    truth = BORDERS[which](np.linspace(0, 1, SIDE)) * (SIDE - 1)
    found = [crossing(np.arange(SIDE, dtype=float), column) for column in share.T]
    pairs = [(a, b) for a, b in zip(found, truth, strict=True) if a is not None and 1 < b < SIDE - 2]
    return float(np.mean([abs(a - b) for a, b in pairs]))


def saved(monotone: bool, seeds: range = range(5)) -> list[tuple[float, float, float]]:
    """For each border and seed: runs of the grid over runs of the sweeper, and the errors of both."""
    found = []
    for which in BORDERS:
        for seed in seeds:
            whole, whole_error = swept("grid", False, which, seed)
            part, part_error = swept("border", monotone, which, seed)
            found.append((whole / part, whole_error, part_error))
    return found


if __name__ == "__main__":
    for monotone in (False, True):
        for ratio, whole, part in saved(monotone):
            print(f"monotone={monotone}: {ratio:.1f} times fewer runs; error {part:.2f} cells, of the grid {whole:.2f}")
