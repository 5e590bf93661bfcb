"""From runs to cells: what share of runs broke down in each cell, where the border lies, and where theory puts it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, inf, nan
from typing import Any

import numpy as np

from experiments.chunks import encode_cells
from experiments.compose import Settings, case
from experiments.execute import Results
from experiments.grid import Design, is_ordered
from experiments.stages import intervals
from experiments.summary import shares
from sim import automata, tables, theory
from sim.measures import MEASURES
from sim.scenario import DECLARED, payoffs, value_of
from sim.world import set_up

WEAKEST_LAG = 1.35
"""The weakest party's lag lies this many spreads above the median: the mean largest of seven draws (a judgement)."""


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


# --- the border that theory has ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Typical:
    """What the closed forms read of a scenario: one party like the others, or the weakest one."""

    family: str
    generosity: float
    arguments: dict[str, float]
    sucker: float
    switching: str
    interval: int
    chance: float
    government_lag: float


def margin(asked: Settings, partners: float, weakest: bool, changes: dict[str, float] | None = None) -> float:
    """Index minus theta of a typical or of the weakest party (R3, R4, R22 to R25); negative where cooperation fails.

    ``partners`` is the measured mean number of partners. ``changes`` sets swept parameters to values that may lie
    between the cells.

    Raises
    ------
    theory.NoClosedForm
        If the channel has no closed form; the message says why.
    """
    return _margin(_read(asked), partners, weakest, changes or {})


def _margin(told: dict[str, Any], partners: float, weakest: bool, changes: dict[str, float]) -> float:
    found = _typical(told | changes, partners, weakest)
    outdated = _uncovered_share(found) if found.arguments["relevance"] > 0 else 0.0
    if found.family == "grim":
        return theory.margin(**found.arguments, outdated=outdated)
    return _margin_tit_for_tat(found, outdated)


_READ = (
    "parties.temptation_spread", "parties.discount_spread", "horizon.discount", "information.response_lag",
    "information.response_lag_spread", "information.miss", "interaction.attention", "game.coordination_cost",
    "trafficking.relevance", "trafficking.chance", "trafficking.government_lag",
)  # fmt: skip


def _read(asked: Settings) -> dict[str, Any]:
    """All that the closed forms read of a scenario, once for many margins; under dotted names what may be swept."""
    rules = asked.trafficking
    return {
        "family": closed_form_family(asked),
        "switching": "geometric" if rules.cover_law == "geometric" else rules.switching,
        "interval": rules.interval,
        "has_traffickers": asked.parties.traffickers > 0,
        **{f"game.{name}": value for name, value in zip(_PAYOFFS, payoffs(asked, "ministry"), strict=True)},
        **{name: value_of(asked, name) for name in _READ},
    }


def _typical(told: dict[str, Any], partners: float, weakest: bool) -> Typical:
    t, r, p, s = (told[f"game.{name}"] for name in _PAYOFFS)
    spread = 1.0 if weakest else 0.0
    lag_factor = exp(WEAKEST_LAG * told["information.response_lag_spread"] * spread)
    return Typical(
        family=told["family"][0],
        generosity=told["family"][1],
        arguments={
            "temptation": t + spread * told["parties.temptation_spread"],
            "reward": r,
            "punishment": p,
            "discount": max(0.0, told["horizon.discount"] - spread * told["parties.discount_spread"]),
            "response_lag": told["information.response_lag"] * lag_factor,
            "noticed": 1.0 - told["information.miss"],
            "attention": told["interaction.attention"],
            "partners": partners,
            "coordination_cost": told["game.coordination_cost"],
            "relevance": told["trafficking.relevance"] if told["has_traffickers"] else 0.0,
        },
        sucker=s,
        switching=told["switching"],
        interval=told["interval"],
        chance=told["trafficking.chance"],
        government_lag=told["trafficking.government_lag"],
    )


_PAYOFFS = ("temptation", "reward", "punishment", "sucker")


def closed_form_family(asked: Settings) -> tuple[str, float]:
    """The family of the one strategy everybody plays; NoClosedForm, with the reason, where theory has no line."""
    names = set(_strategies_in_use(asked).values())
    reasons = {
        "parties differ by name": bool(asked.parties.named),
        "several strategies are played": len(names) > 1,
        "nobody weighs an index under imitation": asked.learning.kind == "imitation",
        "false alarms have no product form (R12)": asked.information.false_alarm > 0,
        "the broker reaches only some links": asked.institution.broker.active,
        "kinds of party have payoffs of their own": payoffs(asked, "organization") != payoffs(asked, "ministry"),
        "a hub gives its lead other partners than the rest": asked.topology.kind == "hub",
        "the closed forms are for the prisoner's dilemma": asked.game.kind not in ("prisoners_dilemma", "free"),
    }
    for reason, applies in reasons.items():
        if applies:
            raise theory.NoClosedForm(reason)
    family = automata.family(case(asked).strategies[names.pop()])
    if family is None:
        raise theory.NoClosedForm("the strategy is neither of the grim nor of the tit-for-tat family")
    return family


def _strategies_in_use(asked: Settings) -> dict[str, str]:
    counts = {"organization": asked.parties.organizations, "ministry": asked.parties.ministries}
    return {
        kind: getattr(asked.parties, kind).strategy or asked.strategy for kind, count in counts.items() if count > 0
    }


def _uncovered_share(found: Typical) -> float:
    """u(L) under full cooperation, by the law of switching (T4, T5) or of coverage (T6)."""
    if found.switching == "random":
        return theory.uncovered_share_random(found.government_lag, found.chance)
    if found.switching == "fixed":
        return theory.uncovered_share_fixed(found.government_lag, found.interval)
    raise theory.NoClosedForm(f"no closed form for the uncovered share under {found.switching} switching")


def _margin_tit_for_tat(found: Typical, outdated: float) -> float:
    """R22 with the payoffs of R24 and R25."""
    told = found.arguments
    theory.theta_tit_for_tat(told["temptation"], told["reward"], told["punishment"], found.sucker)  # a dilemma?
    reward, sucker = theory.cooperation_payoffs(
        told["reward"], found.sucker, told["coordination_cost"], told["partners"]
    )
    reward -= told["relevance"] * outdated * (told["reward"] - told["punishment"])
    gain = told["temptation"] - reward
    if reward <= told["punishment"] or gain <= 0:
        return -1.0 if gain > 0 else 1.0
    theta = gain / (told["temptation"] - told["punishment"])
    if reward > sucker:
        theta = max(theta, gain / (reward - sucker))
    attended = theory.attended(told["attention"], told["partners"])
    index = theory.index_tit_for_tat(
        told["discount"], told["response_lag"], attended, told["noticed"], found.generosity
    )
    return index - theta


def critical_value(asked: Settings, name: str, values: Sequence[float], partners: float, weakest: bool) -> float | None:
    """Where along one parameter cooperation stops to pay, in theory.

    Looked for within the swept values and twice their span on either side, as far as the parameter may go. Where more
    of the parameter is worse, ``inf`` says that cooperation holds throughout and ``-inf`` that it fails throughout.
    ``theory.critical_response_lag`` and ``theory.critical_government_lag`` are the same crossings in closed form.
    """
    return _critical_value(tuple(_read(asked).items()), name, tuple(values), partners, weakest)


@lru_cache(maxsize=1024)  # the rows of a map often differ only in what no closed form reads
def _critical_value(
    told: tuple[tuple[str, Any], ...], name: str, values: tuple[float, ...], partners: float, weakest: bool
) -> float | None:
    def at(value: float) -> float:
        return _margin(dict(told), partners, weakest, {name: value})

    first = last = None
    reason: Exception | None = None
    for place in _places(name, values):
        try:
            point = place, at(place)
        except (theory.NoClosedForm, ValueError) as error:  # beyond, it is no dilemma, or a value is out of its range
            reason = error
            continue
        if last is not None and (last[1] >= 0) != (point[1] >= 0):
            return zero_between(at, last, point)
        first, last = first or point, point
    if first is None or last is None:
        raise reason or ValueError(f"{name}: no values")
    if last[1] > first[1]:
        return None
    return inf if first[1] >= 0 else -inf


WIDTH = 1e-10
"""Of the bracket in which a crossing is left, in the unit of its parameter."""
ROUNDING = 4 * 2.0**-52


def zero_between(margin: Callable[[float], float], begin: tuple[float, float], end: tuple[float, float]) -> float:
    """Where a margin is zero between two points ``(value, margin)`` on either side of zero, by Brent's method.

    The last point, the one before, and the one on the other side of zero give the next: by the line or the inverse
    parabola through them where that shortens the bracket by more than half, else by its middle.

    Written out, since the library that has it takes longer to load than a map to run; tests hold the two equal to the
    bit. Source: Brent (1973), Algorithms for Minimization without Derivatives, ch. 4.

    >>> round(zero_between(lambda value: value**2 - 4, (0.0, -4.0), (3.0, 5.0)), 9)
    2.0
    """
    before, last, other = begin, end, begin
    step = step_before = last[0] - before[0]
    while last[1] != 0 and before[1] != 0:
        if (before[1] < 0) != (last[1] < 0):
            other, step, step_before = before, last[0] - before[0], last[0] - before[0]
        if abs(other[1]) < abs(last[1]):
            before, last, other = last, other, last
        least, half = (WIDTH + ROUNDING * abs(last[0])) / 2, (other[0] - last[0]) / 2
        if abs(half) < least:
            return last[0]
        jump = nan
        if abs(step_before) > least and abs(last[1]) < abs(before[1]):
            jump = _secant(before, last) if before[0] == other[0] else _inverse_parabola(before, last, other)
        if 2 * abs(jump) < min(abs(step_before), 3 * abs(half) - least):
            step_before, step = step, jump
        else:
            step_before = step = half
        value = last[0] + (step if abs(step) > least else least if half > 0 else -least)
        before, last = last, (value, margin(value))
    return last[0] if last[1] == 0 else before[0]


def _secant(before: tuple[float, float], last: tuple[float, float]) -> float:
    return -last[1] * (last[0] - before[0]) / (last[1] - before[1])


def _inverse_parabola(before: tuple[float, float], last: tuple[float, float], other: tuple[float, float]) -> float:
    slope = (before[1] - last[1]) / (before[0] - last[0])
    across = (other[1] - last[1]) / (other[0] - last[0])
    return -last[1] * (other[1] * across - before[1] * slope) / (across * slope * (other[1] - before[1]))


def _places(name: str, values: Sequence[float]) -> list[float]:
    bounds = DECLARED[name].metadata
    span = float(max(values)) - float(min(values))
    low = max(float(min(values)) - 2 * span, float(bounds.get("low", -inf)))
    high = min(float(max(values)) + 2 * span, float(bounds.get("high", inf)))
    return [float(place) for place in np.linspace(low, high, 241)]


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


def theory_rows(design: Design, partners: np.ndarray) -> list[tables.Row]:
    """The same rows before anything is run: where theory puts the border; none if the first axis has no numbers."""
    x, *rest = design.axes
    if not is_ordered(x.values):
        return []
    return [
        {axis.name: axis.values[i] for axis, i in zip(rest, place, strict=True)}
        | {"observed": None, "partners": float(partners[place])}
        | _theory(design, (0, *place), float(partners[place]))
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


def _theory(design: Design, place: tuple[int, ...], partners: float | None) -> tables.Row:
    x = design.axes[0]
    asked = design.cell(int(np.ravel_multi_index(place, design.shape)))
    try:
        if partners is None:
            raise theory.NoClosedForm("no run in this row")
        found = [critical_value(asked, x.name, x.values, partners, weakest) for weakest in (False, True)]
        return {
            "typical": found[0],
            "weakest": found[1],
            "family": closed_form_family(asked)[0],
            "no_closed_form": None,
        }
    except (theory.NoClosedForm, ValueError) as reason:
        return {"typical": None, "weakest": None, "family": None, "no_closed_form": str(reason)}
