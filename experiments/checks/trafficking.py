"""Inspection, moving modi, few teams (T1 to T12)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import linprog

from experiments.checks import (
    NO_MECHANISM,
    NO_PAIR,
    Comparison,
    Draw,
    Found,
    Luck,
    analytic,
    chains,
    check,
    exactly,
    runs,
    simulated,
)
from experiments.checks.plans import root
from sim import theory

INSPECTION = f"{NO_MECHANISM}: nobody inspects; the government answers modi"
NOT_REPEATED = f"{NO_PAIR}: played once, by two sides with acts of their own"
ADVERSARY = f"{NO_PAIR}: a trafficker and a government that covers modi"


def draw_inspection(draw: Draw) -> dict[str, float]:
    """Payoffs at which both chances lie inside (0, 1)."""

    def make() -> dict[str, float]:
        ranges = {"gain": (0.5, 3), "penalty": (1, 6), "catch": (0.5, 1), "inspection_cost": (0.1, 1), "harm": (1, 6)}
        return {name: draw.number(*ends) for name, ends in ranges.items()}

    def inside(told: dict[str, float]) -> bool:
        caught = told["catch"] * (told["gain"] + told["penalty"])
        return told["gain"] < 0.95 * caught and told["inspection_cost"] < 0.95 * told["catch"] * told["harm"]

    return draw.until(make, inside)


def tables(told: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Payoffs of violator and inspector by [violates][inspects]."""
    caught = told["catch"]
    violator = np.array([[0.0, 0.0], [told["gain"], (1 - caught) * told["gain"] - caught * told["penalty"]]])
    inspector = np.array(
        [[0.0, -told["inspection_cost"]], [-told["harm"], -told["inspection_cost"] - (1 - caught) * told["harm"]]]
    )
    return violator, inspector


def mixed(told: dict[str, float]) -> tuple[float, float]:
    """Chances of inspection and of violation at which the other side does not care, by search."""
    violator, inspector = tables(told)
    inspects = root(lambda x: float(np.dot(violator[1] - violator[0], (1 - x, x))), 0.0, 1.0)
    violates = root(lambda y: float(np.dot((1 - y, y), inspector[:, 1] - inspector[:, 0])), 0.0, 1.0)
    return inspects, violates


def _inspection_of(told: dict[str, float]) -> float:
    return theory.inspection_chance(told["gain"], told["penalty"], told["catch"])


def _violation_of(told: dict[str, float]) -> float:
    return theory.violation_chance(told["inspection_cost"], told["harm"], told["catch"])


@check("T1", exact=NOT_REPEATED, simulated=INSPECTION)
def inspection(draw: Draw) -> Iterator[Comparison]:
    told = draw_inspection(draw)
    yield analytic({**told, "asked": "inspection"}, _inspection_of(told), lambda: mixed(told)[0])
    yield analytic({**told, "asked": "violation"}, _violation_of(told), lambda: mixed(told)[1])


@check("T2", exact=NOT_REPEATED, simulated=INSPECTION)
def higher_penalty(draw: Draw) -> Iterator[Comparison]:
    told = draw_inspection(draw)
    higher = {**told, "penalty": round(told["penalty"] * draw.number(1.2, 3), 2)}
    after = {**told, "penalty from": told["penalty"], "penalty": higher["penalty"]}
    falls = _inspection_of(told) - _inspection_of(higher)
    yield analytic({**after, "asked": "fall of inspection"}, falls, lambda: mixed(told)[0] - mixed(higher)[0])
    rises = _violation_of(higher) - _violation_of(told)
    yield analytic({**after, "asked": "rise of violation"}, rises, lambda: mixed(higher)[1] - mixed(told)[1])


@check("T3", exact=NOT_REPEATED, simulated=INSPECTION)
def commitment(draw: Draw) -> Iterator[Comparison]:
    told = draw_inspection(draw)
    violator, inspector = tables(told)

    def committed() -> float:
        """Against a violator who knows the chance and, if it does not care, obeys: the best chance, by halving."""
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            pays = np.dot(violator[1] - violator[0], (1 - middle, middle)) > 0
            low, high = (middle, high) if pays else (low, middle)
        deterring = float(np.dot(inspector[0], (1 - high, high)))
        tolerating = max(float(np.dot(inspector[1], (1 - x, x))) for x in np.linspace(0, low, 200))
        return max(deterring, tolerating)

    def uncommitted() -> float:
        x, y = mixed(told)
        return float(np.array([1 - y, y]) @ inspector @ np.array([1 - x, x]))

    rest = {name: told[name] for name in ("gain", "penalty", "inspection_cost", "catch")}
    yield analytic({**told, "asked": "committed"}, theory.inspector_value_committed(**rest), committed)
    rest = {name: told[name] for name in ("inspection_cost", "harm", "catch")}
    yield analytic({**told, "asked": "uncommitted"}, theory.inspector_value_uncommitted(**rest), uncommitted)


@check("T11", exact=NOT_REPEATED, simulated=INSPECTION)
def cycle(draw: Draw) -> Iterator[Comparison]:
    told = draw_inspection(draw)
    violator, inspector = tables(told)
    start = [float(np.clip(each + draw.one_of(-0.08, 0.08), 0.03, 0.97)) for each in mixed(told)]

    def average(which: int) -> float:
        """Replicator dynamics of both populations over one closed orbit, with the integrals of both shares."""

        def flow(_: float, state: np.ndarray) -> list[float]:
            x, y = state[:2]
            drawn_to = float(np.dot((1 - y, y), inspector[:, 1] - inspector[:, 0]))
            violates = float(np.dot(violator[1] - violator[0], (1 - x, x)))
            return [x * (1 - x) * drawn_to, y * (1 - y) * violates, x, y]

        middle = mixed(told)

        def crosses(_: float, state: np.ndarray) -> float:
            return float(state[0] - middle[0])

        crosses.direction = 1  # type: ignore[attr-defined]
        found = solve_ivp(flow, (0, 600), [*start, 0, 0], rtol=1e-11, atol=1e-13, events=crosses, method="DOP853")
        times, states = found.t_events[0], found.y_events[0]
        return float((states[-1][2 + which] - states[0][2 + which]) / (times[-1] - times[0]))

    told_start = {**told, "start": [round(each, 4) for each in start]}
    yield analytic({**told_start, "asked": "inspection"}, _inspection_of(told), lambda: average(0))
    yield analytic({**told_start, "asked": "violation"}, _violation_of(told), lambda: average(1))


# --- moving modi (T4 to T8) ----------------------------------------------------------------------------------------


def government(lag: int, rounds: int, traffickers: int = 1, **changes: Any) -> Any:
    """Two parties that always cooperate, so that a modus is covered exactly so many rounds after it appears."""
    told = {
        "parties.traffickers": traffickers,
        "horizon.rounds": rounds,
        "trafficking.government_lag": lag,
        **{f"trafficking.{name}": value for name, value in changes.items()},
    }
    return runs.made(told, {"allc": chains.ALLC})


@check("T4", exact=ADVERSARY)
def by_calendar(draw: Draw) -> Iterator[Comparison]:
    interval = draw.whole(2, 15)
    lag = draw.whole(0, interval + 2)
    told, predicted = {"government_lag": lag, "interval": interval}, theory.uncovered_share_fixed(lag, interval)

    def by_count() -> float:
        return sum(t % interval < lag for t in range(20 * interval)) / (20 * interval)

    def by_runs(luck: Luck) -> Found:
        case = government(lag, 8 * interval, switching="fixed", interval=interval, start="new")
        return exactly(runs.measured(case, "uncovered")[0])

    yield analytic(told, predicted, by_count)
    yield simulated(told, predicted, by_runs)


def _uncovered(case: Any, left: int, luck: Luck) -> Found:
    """Share of traffickers whose modus is not covered, after some rounds; runs are independent."""
    series = runs.of_series(case, "uncovered", 40 * luck.times, luck)[:, left:]
    return runs.mean(series.mean(axis=1) / case.scenario.parties.traffickers)


@check("T5", exact=ADVERSARY)
def by_chance(draw: Draw) -> Iterator[Comparison]:
    lag, chance = draw.whole(1, 20), draw.number(0.03, 0.4)
    told, predicted = {"government_lag": lag, "chance": chance}, theory.uncovered_share_random(lag, chance)

    def by_ages() -> float:
        ages = np.zeros(lag + 1)
        ages[-1] = 1.0
        for _ in range(3000):
            older = np.r_[0.0, ages[:-1]] * (1 - chance)
            older[-1] += ages[-1] * (1 - chance)
            older[0] += chance
            ages = older
        return float(ages[:lag].sum())

    def by_runs(luck: Luck) -> Found:
        case = government(lag, lag + 60, 50, switching="random", chance=chance)
        return _uncovered(case, lag, luck)

    yield analytic(told, predicted, by_ages)
    yield simulated(told, predicted, by_runs, width=0.025)


@check("T6", exact=ADVERSARY)
def by_chance_both(draw: Draw) -> Iterator[Comparison]:
    lag, interval = draw.whole(1, 15), draw.whole(2, 15)
    told, predicted = {"government_lag": lag, "interval": interval}, theory.uncovered_share_geometric(lag, interval)
    forget = (1 - 1 / lag) * (1 - 1 / interval)

    def by_rounds() -> float:
        uncovered = 0.0
        for _ in range(5000):
            uncovered = 1 / interval + (1 - 1 / interval) * uncovered * (1 - 1 / lag)
        return uncovered

    def by_runs(luck: Luck) -> Found:
        left = int(np.ceil(np.log(1e-6) / np.log(forget))) if forget else 2  # until the start is forgotten
        law = {"switching": "random", "chance": 1 / interval, "cover_law": "geometric"}
        return _uncovered(government(lag, left + 60, 50, **law), left, luck)

    yield analytic(told, predicted, by_rounds)
    yield simulated(told, predicted, by_runs, width=0.025)


def best_age(told: dict[str, float], lag: int) -> float:
    """Best payoff per round over all ages at which a modus may be left, or of never leaving it."""
    ages = np.arange(1, 2000)
    held = told["gain"] * np.minimum(lag, ages) - told["penalty"] * np.maximum(0, ages - lag) - told["switching_cost"]
    return float(max((held / ages).max(), -told["penalty"]))


def _adaptive(draw: Draw) -> dict[str, Any]:
    told = {"gain": draw.number(1, 3), "penalty": draw.number(1, 4), "switching_cost": draw.number(2, 10)}
    return {name: told[name] for name in ("gain", "penalty", "switching_cost")}


@check("T7", exact=ADVERSARY)
def adaptive(draw: Draw) -> Iterator[Comparison]:
    told = _adaptive(draw)
    lag = int(told["switching_cost"] / told["gain"]) + draw.whole(1, 6)
    for rounds in (lag, draw.whole(0, lag)):
        asked, predicted = {**told, "government_lag": rounds}, theory.moving_value(rounds, **told)
        yield analytic(asked, predicted, lambda rounds=rounds: best_age(told, rounds))
    predicted = theory.moving_value(lag, **told)

    def by_runs(luck: Luck) -> Found:
        case = government(lag, 8 * lag, switching="adaptive", **told)
        return exactly(runs.measured(case, "trafficker_payoff")[0])

    yield simulated({**told, "government_lag": lag}, predicted, by_runs)


@check("T8", exact=ADVERSARY)
def deterring_lag(draw: Draw) -> Iterator[Comparison]:
    told = draw.until(lambda: _adaptive(draw), lambda told: 0.1 < told["switching_cost"] / told["gain"] % 1 < 0.9)
    predicted = int(np.floor(theory.longest_deterring_lag(told["gain"], told["switching_cost"])))

    def by_runs(luck: Luck) -> Found:
        def is_out(lag: int) -> bool:
            case = government(lag, 40, switching="adaptive", **told)
            return bool(runs.measured(case, "uncovered_of_all")[0] == 0)

        return exactly(next(lag for lag in range(60) if not is_out(lag)) - 1)

    yield analytic(told, predicted, lambda: next(lag for lag in range(1, 60) if best_age(told, lag) > 1e-12) - 1)
    yield simulated(told, predicted, by_runs)


# --- few teams (T9, T10) and old news (T12) ------------------------------------------------------------------------

TEAMS = "nothing is played: where teams look is chosen in secret and optimally; the model's teams share open modi"


def least_value(gains: list[float], penalties: list[float], teams: float) -> float:
    """The attacker's value by linear programming: least u with G - c (G + F) <= u, covers c of all modi <= teams."""
    count = len(gains)
    rows = [
        [-(g + f) if i == j else 0.0 for i in range(count)] + [-1.0]
        for j, (g, f) in enumerate(zip(gains, penalties, strict=True))
    ]
    found = linprog(
        [0.0] * count + [1.0],
        A_ub=[*rows, [1.0] * count + [0.0]],
        b_ub=[-g for g in gains] + [teams],
        bounds=[(0, 1)] * count + [(None, None)],
    )
    return float(found.fun)


@check("T9", exact=NOT_REPEATED, simulated=TEAMS)
def equal_modi(draw: Draw) -> Iterator[Comparison]:
    def off_a_tie(told: tuple[int, float, float]) -> bool:
        return 0.05 < told[0] * told[1] / (told[1] + told[2]) % 1 < 0.95

    modi, gain, penalty = draw.until(lambda: (draw.whole(2, 12), draw.number(0.5, 3), draw.number(0.5, 6)), off_a_tie)
    yield analytic(
        {"modi": modi, "gain": gain, "penalty": penalty},
        theory.teams_needed(modi, gain, penalty),
        lambda: next(m for m in range(modi + 1) if least_value([gain] * modi, [penalty] * modi, m) <= 1e-9),
    )


@check("T10", exact=NOT_REPEATED, simulated=TEAMS)
def unequal_modi(draw: Draw) -> Iterator[Comparison]:
    count = draw.whole(2, 7)
    gains, penalties = ([draw.number(0.3, 5) for _ in range(count)] for _ in range(2))
    teams = draw.number(0, count)
    yield analytic(
        {"gains": gains, "penalties": penalties, "teams": teams},
        theory.attacker_value(gains, penalties, teams),
        lambda: least_value(gains, penalties, teams),
    )


@check(
    "T12",
    cases=5,
    exact=f"{NO_PAIR}: a share that is corrected",
    simulated=f"{NO_MECHANISM}: no share is corrected by old news",
)
def old_news(draw: Draw) -> Iterator[Comparison]:
    lag = draw.whole(0, 12)

    def growth(strength: float) -> float:
        """Of the slowest way in which a disturbance goes: x(t+1) = x(t) - k x(t-L) as a matrix."""
        step = np.diag(np.ones(lag), -1)
        step[0, 0] += 1
        step[0, lag] -= strength
        return float(np.abs(np.linalg.eigvals(step)).max()) - 1

    yield analytic({"lag": lag}, theory.critical_chasing_strength(lag), lambda: root(growth, 1e-4 if lag else 1.0, 2.5))
