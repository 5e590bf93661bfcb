"""From runs to cells: what share of runs broke down in each cell, where the border lies, and where theory puts it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, inf, isclose
from typing import Any

import numpy as np

from experiments.chunks import encode_cells
from experiments.compose import Settings, case
from experiments.execute import Results
from experiments.grid import Design, is_ordered
from experiments.reasons import NoLine, reason_of
from experiments.stages import intervals
from experiments.summary import shares
from experiments.words import ENGLISH, words
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
    """The family of the one strategy everybody plays; NoLine, with the reason, where theory has no line."""
    names = set(_strategies_in_use(asked).values())
    reasons = {
        "parties_by_name": bool(asked.parties.named),
        "several_strategies": len(names) > 1,
        "imitation": asked.learning.kind == "imitation",
        "false_alarms": asked.information.false_alarm > 0,
        "broker": asked.institution.broker.active,
        "kinds_of_party": payoffs(asked, "organization") != payoffs(asked, "ministry"),
        "hub": asked.topology.kind == "hub",
        "another_game": asked.game.kind not in ("prisoners_dilemma", "free"),
    }
    for reason, applies in reasons.items():
        if applies:
            raise NoLine(reason)
    family = automata.family(case(asked).strategies[names.pop()])
    if family is None:
        raise NoLine("strategy")
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
    raise NoLine(found.switching)  # "adaptive" or "geometric"


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
    R22 to R25 leave action errors out. Calculating parties reckon by them as they are; for parties that follow a rule
    there is a line with action errors only where A7 has one.

    Raises
    ------
    theory.NoClosedForm, ValueError
        Where theory has no line; ``experiments.reasons.reason_of`` names the reason.
    """
    told = _read(asked)
    if may_slip(asked, name):
        return _critical_value_with_slips(asked, name, values)
    if name not in told:
        raise NoLine("not_along", axis=name)
    return _critical_value(tuple(told.items()), name, tuple(values), partners, weakest)


ERROR = "information.action_error"


def may_slip(asked: Settings, name: str) -> bool:
    """Whether action errors move the border along a parameter: parties that calculate leave them out of account."""
    return asked.learning.kind != "calculating" and (asked.information.action_error > 0 or name == ERROR)


def formula(asked: Settings, name: str) -> tuple[str, ...]:
    """The predictions whose formulas ``critical_value`` asks, by their names in ``theory.PREDICTIONS``.

    >>> from experiments.compose import settings
    >>> dyad, missing = (settings(["scenario=dyad", word]) for word in ("seed=1", "information.miss=.1"))
    >>> formula(dyad, "horizon.discount"), formula(missing, "horizon.discount"), formula(settings([]), "game.reward")
    (('R3',), ('R11',), ('R23', 'R24', 'R25'))
    """
    if may_slip(asked, name):
        return ("A7",)
    family, generosity = closed_form_family(asked)
    parties = asked.parties.organizations + asked.parties.ministries
    limited = asked.interaction.attention < parties - 1 or name == "interaction.attention"
    unsure = asked.information.miss > 0 or generosity > 0 or name == "information.miss"
    clean, unsure_alone, with_limits = ("R4", "R13", "R23") if family == "grim" else ("R3", "R11", "R22")
    coupled = asked.parties.traffickers > 0 and (asked.trafficking.relevance > 0 or name == "trafficking.relevance")
    costly = parties > 2 and (asked.game.coordination_cost > 0 or name == "game.coordination_cost")
    return (
        with_limits if limited else unsure_alone if unsure else clean,
        *(["R24"] if costly else []),
        *(["R25"] if coupled else []),
    )


def _critical_value_with_slips(asked: Settings, name: str, values: Sequence[float]) -> float | None:
    """Where a pair that stops for ever after any slip, its own too, stops to hold: A7 for two parties.

    Its public good has two parties and payoffs that add up, which is this dilemma if T - R = P - S: with c = T - R and
    b = T - P the multiplier is 2 b / (b + c).
    """
    t, r, p, s = payoffs(asked, "ministry")
    if name not in ("horizon.discount", ERROR) or not _is_noisy_trigger(asked) or not isclose(t - r, p - s):
        raise NoLine("action_error")
    multiplier = 2 * (t - p) / ((t - p) + (t - r))

    def at(value: float) -> float:
        error, discount = asked.information.action_error, asked.horizon.discount
        if name == ERROR:
            return discount - theory.critical_discount_noisy_trigger(2, multiplier, value)
        return value - theory.critical_discount_noisy_trigger(2, multiplier, error)

    return _first_crossing(at, name, values)


def _is_noisy_trigger(asked: Settings) -> bool:
    """Whether two parties play trigger, an own slip ends it too, all is seen at once, and both are alike."""
    family, _ = closed_form_family(asked)
    rule = case(asked).strategies[next(iter(_strategies_in_use(asked).values()))]
    spreads = asked.parties.discount_spread, asked.parties.temptation_spread
    return (
        family == "grim"
        and rule.after[rule.start][automata.D][automata.C] != rule.start
        and asked.parties.organizations + asked.parties.ministries == 2
        and asked.learning.kind == "none"
        and asked.information.response_lag == 0
        and asked.information.miss == 0
        and asked.interaction.attention >= 1
        and (asked.parties.traffickers == 0 or asked.trafficking.relevance == 0)
        and not any(spreads)
    )


@lru_cache(maxsize=1024)  # the rows of a map often differ only in what no closed form reads
def _critical_value(
    told: tuple[tuple[str, Any], ...], name: str, values: tuple[float, ...], partners: float, weakest: bool
) -> float | None:
    return _first_crossing(lambda value: _margin(dict(told), partners, weakest, {name: value}), name, values)


def _first_crossing(at: Callable[[float], float], name: str, values: Sequence[float]) -> float | None:
    from scipy.optimize import brentq

    places, margins = _known_margins(at, _places(name, values))
    for left, right, a, b in zip(places[:-1], places[1:], margins[:-1], margins[1:], strict=True):
        if (a >= 0) != (b >= 0):
            found: float = brentq(at, left, right, xtol=1e-10)
            return found
    if margins[-1] >= margins[0] and margins[-1] != margins[0]:
        return None
    return inf if margins[0] >= 0 else -inf


def _known_margins(at: Callable[[float], float], places: list[float]) -> tuple[list[float], list[float]]:
    """The margin wherever it has a closed form; beyond, the payoffs are no dilemma, or a value is out of its range."""
    known: dict[float, float] = {}
    for place in places:
        try:
            known[place] = at(place)
        except (theory.NoClosedForm, ValueError) as error:
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


def _theory(
    design: Design, place: tuple[int, ...], partners: float | None, language: str = ENGLISH
) -> tables.Row:
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
