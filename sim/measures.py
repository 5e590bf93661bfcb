"""Measures of runs: numbers a policy reader asks for, from what the engines hand over.

Two definitions of breakdown are reported. *Observed*: the cooperation rate of the closing window lies below a stated
level. *Incentive*: on more than half of the links leaving the cooperative rule pays at set-up, which is what the closed
forms speak of. A measure that has no meaning in a run (no traffickers, no acts) is null.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim import games, history
from sim.encoding import Encoding, encode
from sim.history import REAL, SERIES, History, Run
from sim.world import MINISTRY, ORGANIZATION, World

Number = float | int | bool | None
FEW = 128
"""Runs below which sums over rounds are made run by run; from it on round by round, for many runs at once."""


@dataclass(frozen=True)
class Measure:
    """Unit and meaning of one column of the results table."""

    unit: str
    meaning: str


MEASURES = {
    "cooperation_rate": Measure("share", "cooperative acts among all acts"),
    "closing_cooperation_rate": Measure("share", "the same in the closing window"),
    "organization_cooperation_rate": Measure("share", "cooperative acts of organizations"),
    "ministry_cooperation_rate": Measure("share", "cooperative acts of ministries"),
    "broken": Measure("yes or no", "observed breakdown: closing cooperation rate below the level"),
    "fell_at": Measure("round", "first round of the closing spell below the level"),
    "recovered": Measure("yes or no", "was below the level, and is not at the end"),
    "incentive_broken": Measure("yes or no", "incentive breakdown: more than half of the links fail at set-up"),
    "incentive_failing_links": Measure("share", "links on which leaving the cooperative rule pays at set-up"),
    "intact": Measure("share", "discounted rounds in which every act was meant as cooperation"),
    "intact_rounds": Measure("count", "rounds in which every act was meant as cooperation"),
    "gap": Measure("share", "functions and rounds served by nobody"),
    "duplication": Measure("share", "functions and rounds served by two or more"),
    "uncovered": Measure("share", "uncovered rounds among the active rounds of traffickers"),
    "uncovered_of_all": Measure("share", "uncovered rounds among all rounds of traffickers"),
    "attempts": Measure("cases", "attempts over the run"),
    "true_cases": Measure("cases", "true incidence over the run"),
    "detected_cases": Measure("cases", "detected cases over the run"),
    "displacement": Measure("share", "covered modi whose trafficker later took a new one"),
    "trafficker_payoff": Measure("payoff per round", "mean over traffickers and rounds"),
    "outdated": Measure("share", "mean of how outdated procedures are"),
    "capacity": Measure("share", "mean joint capacity"),
    "payoff": Measure("payoff", "mean over parties of the payoff of the run"),
    "organization_payoff": Measure("payoff", "mean over organizations of the payoff of the run"),
    "ministry_payoff": Measure("payoff", "mean over ministries of the payoff of the run"),
    "mean_payoff": Measure("payoff per round", "plain mean over parties and rounds"),
    "partners": Measure("count", "mean number of partners of a party"),
    "rounds_played": Measure("rounds", "rounds played"),
    "capped": Measure("yes or no", "a random ending was cut off by the last round watched"),
}
"""Every measure of a run, in the order of the columns."""


def measures(encoding: Encoding, world: World, played: History) -> dict[str, np.ndarray]:
    """All measures of a block of runs, by name: float arrays with one entry for each run, nan for null.

    Sums run in the order of rounds and parties, so that a run measures the same whatever its neighbours.
    """
    cells = {name: encoding.cells[name][world.runs.cell] for name in _READ}
    found = {
        **_cooperation(cells, world, played),
        **_incentive(world),
        **_intact(cells, world, played),
        **_mandates(cells, played),
        **_trafficking(cells, played),
        **_payoffs(world, played),
        "partners": np.diff(world.runs.first_side) / np.diff(world.runs.first_party),
        "rounds_played": played.rounds,
        "capped": np.where(cells["horizon_ending"] == games.RANDOM, played.capped, np.nan),
    }
    return {name: np.asarray(found[name], dtype=float) for name in MEASURES}


_READ = (
    "breakdown_level", "breakdown_window", "horizon_discount", "horizon_ending", "parties_traffickers",
    "topology_functions",
)  # fmt: skip
"""Parameters of a cell that measures depend on."""
Cells = Mapping[str, np.ndarray]


def measures_of(run: Run) -> dict[str, Number]:
    """All measures of one run, by name; None for null."""
    found = measures(encode([run.case]), run.world, run.history)
    return {name: plain(name, float(values[run.place])) for name, values in found.items()}


def plain(name: str, value: float) -> Number:
    """A measure as a plain value of the kind its unit says; None for nan."""
    if np.isnan(value):
        return None
    return {"yes or no": bool, "round": int, "rounds": int}.get(MEASURES[name].unit, float)(value)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def _total(played: History, name: int) -> np.ndarray:
    """Sum of a series over the rounds, by run; counts add up exactly in any order."""
    series = played.series[:, name]
    return _sum_in_order(series) if tuple(SERIES)[name] in REAL else series.sum(axis=1)


def _sum_in_order(values: np.ndarray) -> np.ndarray:
    """Sum over the rounds one after the other, by run: the same bits whatever the neighbours."""
    if len(values) < FEW:
        last: np.ndarray = np.cumsum(values, axis=1)[:, -1]
        return last
    total = np.zeros(len(values))
    for of_round in values.T:
        total += of_round
    return total


def _counted_so_far(counts: np.ndarray) -> np.ndarray:
    """Counts before each round and after the last, of shape (rounds + 1, runs)."""
    runs, rounds = counts.shape
    total = np.zeros((rounds + 1, runs))
    if runs < FEW:
        np.cumsum(counts, axis=1, out=total[1:].T)
        return total
    for time, of_round in enumerate(counts.T):
        np.add(total[time], of_round, out=total[time + 1])
    return total


def window_rates(cells: Cells, world: World, played: History) -> np.ndarray:
    """Cooperation rate over the last ``window`` rounds up to each round (over all, while there are fewer).

    Shape (runs, rounds); beyond the last round played it has no meaning.
    """
    acts = played.series[:, history.ORGANIZATION_COOPERATION] + played.series[:, history.MINISTRY_COOPERATION]
    total, sides = _counted_so_far(acts), np.diff(world.runs.first_side)
    rates, last = np.empty((acts.shape[1], acts.shape[0])), np.arange(1, acts.shape[1] + 1)
    windows = np.unique(cells["breakdown_window"])
    for window in windows.tolist():
        own = cells["breakdown_window"] == window if len(windows) > 1 else slice(None)
        first = np.maximum(last - window, 0)
        earlier = np.concatenate((np.zeros((min(window, len(last)), 1)) + total[0, own], total[1:-window, own]))
        rates[:, own] = (total[1:, own] - earlier) / ((last - first)[:, None] * sides[own])
    return rates.T


def _cooperation(cells: Cells, world: World, played: History) -> dict[str, np.ndarray]:
    rates, end = window_rates(cells, world, played), played.rounds
    run, time = np.arange(len(rates)), np.arange(rates.shape[1], dtype=np.int32)[None, :]
    is_low, is_played = rates < cells["breakdown_level"][:, None], time < end[:, None]
    below, holds = is_low & is_played, ~is_low & is_played
    broken = below[run, end - 1]
    fell_at = (holds * (time + np.int32(1))).max(axis=1)
    sides = {kind: _sides_of(world, kind) * played.rounds for kind in (ORGANIZATION, MINISTRY)}
    ours, theirs = _total(played, history.ORGANIZATION_COOPERATION), _total(played, history.MINISTRY_COOPERATION)
    return {
        "cooperation_rate": _share(ours + theirs, np.diff(world.runs.first_side) * played.rounds),
        "closing_cooperation_rate": rates[run, end - 1],
        "organization_cooperation_rate": _share(ours, sides[ORGANIZATION]),
        "ministry_cooperation_rate": _share(theirs, sides[MINISTRY]),
        "broken": broken,
        "fell_at": np.where(broken, fell_at, np.nan),
        "recovered": below.any(axis=1) & ~broken,
    }


def _run_of_party(world: World) -> np.ndarray:
    return np.repeat(np.arange(world.runs.cell.size), np.diff(world.runs.first_party))


def _sides_of(world: World, kind: int) -> np.ndarray:
    """Sides of one kind of party, by run."""
    degree = np.where(world.parties.kind == kind, np.diff(world.parties.first_side), 0)
    return np.bincount(_run_of_party(world), weights=degree, minlength=world.runs.cell.size)


def _incentive(world: World) -> dict[str, np.ndarray]:
    """Share of links that fail on either side at set-up, with every partner believed reciprocal (R7)."""
    share = np.where(world.runs.failing >= 0, world.runs.failing / (np.diff(world.runs.first_side) / 2), np.nan)
    broken = np.where(np.isnan(share), np.nan, share > 0.5)
    return {"incentive_broken": broken, "incentive_failing_links": share}


def _intact(cells: Cells, world: World, played: History) -> dict[str, np.ndarray]:
    """Discounted share of rounds in which all intended C (A8, A9), weights of the scenario's own discount."""
    rounds = played.series.shape[2]
    intact = played.series[:, history.INTENDED_COOPERATION] == np.diff(world.runs.first_side)[:, None]
    discount, place = np.unique(cells["horizon_discount"], return_inverse=True)
    weights = np.cumprod(np.concatenate((np.ones((1, len(discount))), np.tile(discount, (rounds, 1)))), axis=0)
    total = _sum_in_order(((weights[:-1, place] if len(discount) > 1 else weights[:-1]) * intact.T).T)
    share = (1.0 - discount[place]) * total / (1.0 - weights[played.rounds, place])
    return {"intact": share, "intact_rounds": intact.sum(axis=1)}


def _mandates(cells: Cells, played: History) -> dict[str, np.ndarray]:
    chances = played.rounds * cells["topology_functions"]
    if not chances.any():
        return dict.fromkeys(("gap", "duplication"), np.full(len(chances), np.nan))
    return {
        "gap": _share(_total(played, history.GAPS), chances),
        "duplication": _share(_total(played, history.DUPLICATIONS), chances),
    }


def _trafficking(cells: Cells, played: History) -> dict[str, np.ndarray]:
    traffickers = cells["parties_traffickers"]
    capacity = _total(played, history.CAPACITY) / played.rounds / 2**20
    if not traffickers.any():
        return _without_traffickers(len(traffickers)) | {"capacity": capacity}
    cases = {
        "attempts": _total(played, history.ATTEMPTS),
        "true_cases": _total(played, history.TRUE_CASES),
        "detected_cases": _total(played, history.DETECTED_CASES),
    }
    uncovered = _total(played, history.UNCOVERED)
    return {
        "uncovered": _share(uncovered, _total(played, history.ACTIVE)),
        "uncovered_of_all": _share(uncovered, traffickers * played.rounds),
        **{name: np.where(traffickers > 0, total, np.nan) for name, total in cases.items()},
        "displacement": _share(played.displaced, played.covered),
        "trafficker_payoff": _share(played.trafficker_payoff, traffickers * played.rounds),
        "outdated": _total(played, history.OUTDATED) / played.rounds,
        "capacity": capacity,
    }


def _without_traffickers(runs: int) -> dict[str, np.ndarray]:
    """The same where nobody traffics: nothing to tell, and procedures that never go out of date."""
    names = (
        "uncovered", "uncovered_of_all", "attempts", "true_cases", "detected_cases", "displacement", "trafficker_payoff"
    )  # fmt: skip
    return dict.fromkeys(names, np.full(runs, np.nan)) | {"outdated": np.zeros(runs)}


def _payoffs(world: World, played: History) -> dict[str, np.ndarray]:
    run, kind = _run_of_party(world), world.parties.kind
    return {
        "payoff": _mean_of(run, played.payoff, np.ones_like(kind, dtype=bool), world),
        "organization_payoff": _mean_of(run, played.payoff, kind == ORGANIZATION, world),
        "ministry_payoff": _mean_of(run, played.payoff, kind == MINISTRY, world),
        "mean_payoff": _mean_of(run, played.mean_payoff, np.ones_like(kind, dtype=bool), world),
    }


def _mean_of(run: np.ndarray, values: np.ndarray, chosen: np.ndarray, world: World) -> np.ndarray:
    """Mean over some parties, by run."""
    count = np.bincount(run[chosen], minlength=world.runs.cell.size)
    return _share(np.bincount(run[chosen], weights=values[chosen], minlength=world.runs.cell.size), count)
