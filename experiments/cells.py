"""From runs to cells: what share of runs broke down in each cell, where the border lies, and where theory puts it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, inf
from typing import Any

import numpy as np

from experiments.compose import Settings, case
from experiments.execute import Results
from experiments.summary import wilson
from sim import automata, tables, theory
from sim.measures import MEASURES
from sim.scenario import DECLARED, payoffs, value_of

WEAKEST_LAG = 1.35
"""The weakest party's lag lies this many spreads above the median: the mean largest of seven draws (a judgement)."""


def cell_rows(results: Results) -> list[tables.Row]:
    """One row for each cell: swept values, runs, share broken with its interval, means of the other measures."""
    design, runs = results.design, results.runs
    shape = design.size, design.settings.replicates
    columns = {name: runs.column(name).cast("float64").to_numpy(zero_copy_only=False) for name in MEASURES}
    status = runs.column("status").to_numpy(zero_copy_only=False).reshape(shape)
    found = _cells(status, {name: column.astype(float).reshape(shape) for name, column in columns.items()})
    names = [axis.name for axis in design.axes]
    return [
        {"cell": cell, **dict(zip(names, design.values(cell), strict=True)), **{n: c[cell] for n, c in found.items()}}
        for cell in range(design.size)
    ]


def _cells(status: np.ndarray, columns: dict[str, np.ndarray]) -> dict[str, list[Any]]:
    """The columns of the cells; measures have shape (cells, replicates), nan for null."""
    ok = status == tables.OK
    runs, broken = ok.sum(axis=1), np.nansum(np.where(ok, columns["broken"], 0), axis=1).astype(int)
    ends = [wilson(int(b), int(n)) if n else (None, None) for b, n in zip(broken, runs, strict=True)]
    return {
        "status": [tables.OK if n else str(told[0]) for n, told in zip(runs, status, strict=True)],
        "runs": runs.tolist(),
        "failed": (status == tables.FAILED).sum(axis=1).tolist(),
        "broken_runs": broken.tolist(),
        "share_broken": [b / n if n else None for b, n in zip(broken.tolist(), runs.tolist(), strict=True)],
        "low": [low for low, _ in ends],
        "high": [high for _, high in ends],
        **{f"{name}_mean": _means(ok, column) for name, column in columns.items() if name != "broken"},
    }


def _means(ok: np.ndarray, column: np.ndarray) -> list[float | None]:
    """Mean over the runs that have a value, None where none has."""
    known = ok & ~np.isnan(column)
    count = known.sum(axis=1)
    total = np.cumsum(np.where(known, column, 0.0), axis=1)[:, -1]
    return [t / n if n else None for t, n in zip(total.tolist(), count.tolist(), strict=True)]


def matrix(results: Results, cells: list[tables.Row], name: str) -> np.ndarray:
    """One column of the cells as an array with an axis for each swept parameter, in their order."""
    shape = [len(axis.values) for axis in results.design.axes]
    kind = object if name == "status" else float
    return np.array([row[name] for row in cells], dtype=kind).reshape(shape)


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
    found = _typical(asked, partners, weakest, changes or {})
    outdated = _uncovered_share(found) if found.arguments["relevance"] > 0 else 0.0
    if found.family == "grim":
        return theory.margin(**found.arguments, outdated=outdated)
    return _margin_tit_for_tat(found, outdated)


def _typical(asked: Settings, partners: float, weakest: bool, changes: dict[str, float]) -> Typical:
    family = closed_form_family(asked)

    def read(name: str) -> Any:
        return changes.get(name, value_of(asked, name))

    t, r, p, s = (
        changes.get(f"game.{name}", value) for name, value in zip(_PAYOFFS, payoffs(asked, "ministry"), strict=True)
    )
    spread = 1.0 if weakest else 0.0
    lag_factor = exp(WEAKEST_LAG * read("information.response_lag_spread") * spread)
    return Typical(
        family=family[0],
        generosity=family[1],
        arguments={
            "temptation": t + spread * read("parties.temptation_spread"),
            "reward": r,
            "punishment": p,
            "discount": max(0.0, read("horizon.discount") - spread * read("parties.discount_spread")),
            "response_lag": read("information.response_lag") * lag_factor,
            "noticed": 1.0 - read("information.miss"),
            "attention": read("interaction.attention"),
            "partners": partners,
            "coordination_cost": read("game.coordination_cost"),
            "relevance": read("trafficking.relevance") if asked.parties.traffickers else 0.0,
        },
        sucker=s,
        switching="geometric" if asked.trafficking.cover_law == "geometric" else asked.trafficking.switching,
        interval=asked.trafficking.interval,
        chance=read("trafficking.chance"),
        government_lag=read("trafficking.government_lag"),
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
    from scipy.optimize import brentq

    def at(value: float) -> float:
        return margin(asked, partners, weakest, {name: value})

    places, margins = _known_margins(at, _places(name, values))
    for left, right, a, b in zip(places[:-1], places[1:], margins[:-1], margins[1:], strict=True):
        if (a >= 0) != (b >= 0):
            found: float = brentq(at, left, right, xtol=1e-10)
            return found
    if margins[-1] >= margins[0] and margins[-1] != margins[0]:
        return None
    return inf if margins[0] >= 0 else -inf


def _known_margins(at: Callable[[float], float], places: list[float]) -> tuple[list[float], list[float]]:
    """The margin wherever it has a closed form; beyond, the payoffs are no dilemma any more."""
    known: dict[float, float] = {}
    for place in places:
        try:
            known[place] = at(place)
        except theory.NoClosedForm as error:
            reason = error
    if not known:
        raise reason
    return list(known), list(known.values())


def _places(name: str, values: Sequence[float]) -> list[float]:
    bounds = DECLARED[name].metadata
    span = float(max(values)) - float(min(values))
    low = max(float(min(values)) - 2 * span, float(bounds.get("low", -inf)))
    high = min(float(max(values)) + 2 * span, float(bounds.get("high", inf)))
    return [float(place) for place in np.linspace(low, high, 241)]


# --- both together -------------------------------------------------------------------------------------------------


def border_rows(results: Results, cells: list[tables.Row]) -> list[tables.Row]:
    """Where the first axis, of numbers, is critical, observed and in theory: a row for each value of the others."""
    x, *rest = results.design.axes
    share, partners = matrix(results, cells, "share_broken"), matrix(results, cells, "partners_mean")
    rows = []
    for place in np.ndindex(share.shape[1:]):
        column = (slice(None), *place)
        measured = _mean(partners[column])
        rows.append(
            {axis.name: axis.values[i] for axis, i in zip(rest, place, strict=True)}
            | {"observed": crossing(np.array(x.values, dtype=float), share[column]), "partners": measured}
            | _theory(results, (0, *place), measured)
        )
    return rows


def _mean(column: np.ndarray) -> float | None:
    return float(np.nanmean(column)) if np.isfinite(column).any() else None


def _theory(results: Results, place: tuple[int, ...], partners: float | None) -> tables.Row:
    x = results.design.axes[0]
    cell = int(np.ravel_multi_index(place, [len(axis.values) for axis in results.design.axes]))
    asked = results.design.cell(cell)
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
