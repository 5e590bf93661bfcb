"""From runs to cells: what share of runs broke down in each cell, where the border lies, and where theory puts it."""

import numpy as np

from experiments.chunks import encode_cells
from experiments.execute import Results
from experiments.grid import Design, is_ordered
from experiments.margins import closed_form_family, critical_value
from experiments.reasons import NoLine, reason_of
from experiments.stages import intervals
from experiments.summary import shares
from experiments.words import ENGLISH, words
from sim import tables, theory
from sim.measures import MEASURES
from sim.world import set_up

Cells = dict[str, np.ndarray]
"""Columns with an entry for each cell; nan where there is nothing to tell."""


def cell_columns(results: Results) -> Cells:
    """What the runs of every cell showed: swept values, runs, share broken with its interval, means of the measures.

    Columns: the axes by name; status (ok, no_dilemma, failed, or inferred by the border sweeper from its neighbours);
    runs, failed, broken_runs; share_broken with Wilson's 95 % interval low, high; settled_by, if a precision was asked
    for (precision or budget); inferred, by the border sweeper; NAME_mean for every other measure.
    """
    design, tally = results.design, results.tally
    cells = np.arange(design.size)
    found: Cells = {"cell": cells} | {axis.name: design.column(axis.name, cells) for axis in design.axes}
    low, high = intervals(tally.broken, tally.runs)
    known = tally.runs > 0
    found |= {
        "status": _status(results),
        "runs": tally.runs,
        "failed": tally.failed,
        "broken_runs": tally.broken,
        "share_broken": np.where(known, tally.broken / np.maximum(tally.runs, 1), np.nan),
        "low": np.where(known, low, np.nan),
        "high": np.where(known, high, np.nan),
    }
    if design.settings.precision:
        narrow = high - low <= 2 * design.settings.precision
        found["settled_by"] = np.where(~known, "", np.where(narrow, "precision", "budget")).astype(object)
    if tally.inferred is not None:
        found["inferred"] = tally.inferred
    return found | _means(results, tally.runs.size)


def _status(results: Results) -> np.ndarray:
    tally = results.tally
    without = np.where(results.design.dilemma, tables.INFERRED, tables.NO_DILEMMA)
    asked = np.where(tally.failed > 0, tables.FAILED, without)
    found: np.ndarray = np.where(tally.runs > 0, tables.OK, asked).astype(object)
    return found


def _means(results: Results, size: int) -> Cells:
    """Mean of every measure over the runs that have it; one measure at a time, so that the memory stays small."""
    cell = results.column("cell").to_numpy()
    found = {}
    for name in MEASURES:
        if name != "broken":
            column = results.column(name).cast("float64").to_numpy(zero_copy_only=False)
            known = ~np.isnan(column)
            count = np.bincount(cell[known], minlength=size)
            total = np.bincount(cell[known], weights=column[known], minlength=size)
            found[f"{name}_mean"] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return found


# --- the border that was observed ----------------------------------------------------------------------------------


def crossing(x: np.ndarray, share: np.ndarray, level: float = 0.5) -> float | None:
    """Where the share of broken runs first crosses the level, linearly between cells; None if it does not.

    >>> crossing(np.array([0.0, 2.0, 4.0]), np.array([0.0, 0.25, 0.75]))
    3.0
    >>> crossing(np.array([0.0, 2.0]), np.array([0.0, 0.25])) is None
    True
    """
    above = share > level
    changes = np.flatnonzero(above[1:] != above[:-1])
    if not changes.size:
        return None
    i = int(changes[0])
    return float(x[i] + (level - share[i]) / (share[i + 1] - share[i]) * (x[i + 1] - x[i]))


# --- both together -------------------------------------------------------------------------------------------------


def border_rows(results: Results, cells: Cells) -> list[tables.Row]:
    """Where the first axis, of numbers, is critical, observed and in theory: a row for each value of the others.

    ``observed_low`` and ``observed_high`` are where the upper and the lower ends of the cells' 95 % intervals cross one
    half: no value outside contradicts the runs of its own cell.
    """
    x, *rest = results.design.axes
    at, order = np.array(x.values, dtype=float), np.argsort(x.values)
    share = shares(cells).reshape(results.design.shape)
    low, high = (_ends(cells, end).reshape(share.shape) for end in ("low", "high"))
    partners = cells["partners_mean"].reshape(share.shape)
    drawn = partners_of_rows(results.design) if results.tally.inferred is not None else partners[0]
    rows = []
    for place in np.ndindex(share.shape[1:]):
        column = (order, *place)
        measured = _mean(partners[column]) or _mean(drawn[place])
        rows.append(
            {axis.name: axis.values[i] for axis, i in zip(rest, place, strict=True)}
            | {"observed": crossing(at[order], share[column])}
            | _band(at[order], low[column], high[column])
            | {"partners": measured}
            | _theory(results.design, (0, *place), measured)
        )
    return rows


def theory_rows(design: Design, partners: np.ndarray, language: str = ENGLISH) -> list[tables.Row]:
    """The same rows before anything is run: where theory puts the border; none if the first axis has no numbers.

    ``language`` is that of the reasons why there is none.
    """
    x, *rest = design.axes
    if not is_ordered(x.values):
        return []
    return [
        {axis.name: axis.values[i] for axis, i in zip(rest, place, strict=True)}
        | {"observed": None, "partners": float(partners[place])}
        | _theory(design, (0, *place), float(partners[place]), language)
        for place in np.ndindex(design.shape[1:])
    ]


def _ends(cells: Cells, end: str) -> np.ndarray:
    return np.where(cells["runs"] > 0, cells[end], cells.get("inferred", cells[end]))


def _band(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> tables.Row:
    """Where the border may lie: between the crossings of the two ends of the intervals; None where one has none."""
    ends = [crossing(x, high), crossing(x, low)]
    known = sorted(end for end in ends if end is not None)
    both = len(known) == 2
    return {"observed_low": known[0] if both else None, "observed_high": known[1] if both else None}


DRAWN = 5
"""Set-ups that the mean number of partners is taken from where nothing was run."""


def partners_of_rows(design: Design) -> np.ndarray:
    """Mean number of partners for each place on the axes but the first, from some set-ups of its first cell."""
    found = []
    for cell in np.arange(design.size).reshape(design.shape)[0].ravel():
        encoding, seed = encode_cells(design, np.array([cell])), design.value(int(cell), "seed")
        seeds = np.full(DRAWN, seed, dtype=np.uint64)
        world = set_up(encoding, np.zeros(DRAWN, dtype=np.int64), np.arange(DRAWN), seeds)
        found.append(world.sides.ell.size / world.parties.kind.size)
    return np.array(found).reshape(design.shape[1:])


def _mean(column: np.ndarray) -> float | None:
    return float(np.nanmean(column)) if np.isfinite(column).any() else None


def _theory(design: Design, place: tuple[int, ...], partners: float | None, language: str = ENGLISH) -> tables.Row:
    x = design.axes[0]
    asked = design.cell(int(np.ravel_multi_index(place, design.shape)))
    try:
        if partners is None:
            raise NoLine("no_run")
        found = [critical_value(asked, x.name, x.values, partners, weakest) for weakest in (False, True)]
        return {
            "typical": found[0],
            "weakest": found[1],
            "family": closed_form_family(asked)[0],
            "no_closed_form": None,
        }
    except (theory.NoClosedForm, ValueError) as reason:
        told = reason_of(reason).said(words(language))
        return {"typical": None, "weakest": None, "family": None, "no_closed_form": told}
