"""The simulated floor: runs of the batch engine, and what is read off them with an interval.

Parties do what their automata say (nobody learns or calculates), so no formula enters a run. Where a critical discount
is asked, each plan of a deviator is played under the same luck. Without learning the discount weighs rounds and
changes no act, so the acts of one block of runs give the gain of a plan at every discount (``tests/test_agreement.py``
holds that the engine pays just that); the border is its root, the interval that of the delta method: standard error
of the paired gain of the binding plan over the slope.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
from scipy.special import stdtrit

from experiments.checks import PAYOFFS, Found, Game, Luck, exactly
from experiments.checks.chains import ALLC, ALLD, script
from experiments.checks.plans import root
from experiments.compose import Settings, scenario, set_value
from experiments.summary import wilson
from sim.automata import Automaton
from sim.encoding import encode
from sim.history import MINISTRY_COOPERATION, ORGANIZATION_COOPERATION, SERIES, History
from sim.measures import measures
from sim.scenario import Case, faults
from sim.world import World

BLOCK_BYTES = 48e6
COVERAGE = 0.95
HORIZON, HIGH = 140, 0.905
"""Rounds of a run from which a critical discount is read, and the highest looked for; .905 to the power 140 is 1e-6."""
PLANS = {"always": ALLD, "once": script("DC"), "twice": script("DDC"), "late": script("CDC")}
"""What a deviator may do; the rule itself cooperates until then."""
Array = np.ndarray
NO_LUCK = Luck(1)
"""For runs in which nothing is drawn."""


@cache
def _base() -> Settings:
    return scenario("dyad", "game=free", "parties.organizations=1", "parties.ministries=1")


def made(changes: Mapping[str, Any], plays: Mapping[str, Automaton]) -> Case:
    """A checked dyad of one organization and one ministry, changed; ``plays`` are the strategies under their names."""
    asked = deepcopy(_base())
    set_value(asked, "learning.pool", ["own"])
    set_value(asked, "strategy", next(iter(plays)))
    for name, value in changes.items():
        set_value(asked, name, value)
    found = Case(asked, plays)
    if wrong := faults(found):
        raise ValueError("\n".join(wrong))
    return found


def blocks(case: Case, runs: int, luck: Luck) -> Iterator[tuple[World, History]]:
    """So many runs, some at a time."""
    from sim.batch import play  # compiled code is loaded only where it is run

    encoding = encode([case])
    step = max(1, int(BLOCK_BYTES / (len(SERIES) * 8.0 * case.scenario.horizon.rounds)))
    for first in range(0, runs, step):
        replicate = np.arange(first, min(first + step, runs))
        seeds = np.full(replicate.size, luck.seed, dtype=np.uint64)
        yield play(encoding, np.zeros(replicate.size, dtype=np.int64), replicate, seeds)


def measured(case: Case, name: str, runs: int = 1, luck: Luck = NO_LUCK) -> Array:
    """A measure of every run."""
    encoding = encode([case])
    return np.concatenate([measures(encoding, world, played)[name] for world, played in blocks(case, runs, luck)])


def of_series(case: Case, name: str, runs: int, luck: Luck) -> Array:
    """A series of every run, of shape (runs, rounds)."""
    place = list(SERIES).index(name)
    return np.concatenate([played.series[:, place] for _, played in blocks(case, runs, luck)])


def dyad(mine: Automaton, other: Automaton, game: Game, rounds: int, **changes: Any) -> Case:
    """The organization plays the first and the ministry the second; changes by dotted name with ``__`` for the dot."""
    own = {f"game.{name}": game[name] for name in PAYOFFS}
    told = {
        "horizon.rounds": rounds,
        "parties.organization.strategy": "mine",
        **own,
        **{name.replace("__", "."): value for name, value in changes.items()},
    }
    return made(told, {"other": other, "mine": mine})


def acts(case: Case, runs: int, luck: Luck) -> tuple[Array, Array]:
    """Acts of both sides of dyads, C = 1, each of shape (runs, rounds)."""
    found = [
        played.series[:, [ORGANIZATION_COOPERATION, MINISTRY_COOPERATION]] for _, played in blocks(case, runs, luck)
    ]
    both = np.concatenate(found).astype(np.int8)
    return both[:, 0], both[:, 1]


def earned(case: Case, game: Game, runs: int, luck: Luck) -> tuple[Array, Array]:
    """Payoffs of both sides of dyads in every round."""
    mine, theirs = acts(case, runs, luck)
    table = np.array([[game["punishment"], game["temptation"]], [game["sucker"], game["reward"]]])
    return table[mine, theirs], table[theirs, mine]


def payoffs(case: Case) -> tuple[float, float]:
    """Discounted payoffs of the two parties of one run, as the engine pays them."""
    _, played = next(blocks(case, 1, Luck(1)))
    return float(played.payoff[0]), float(played.payoff[1])


def mean_payoffs(case: Case) -> tuple[float, float]:
    """Plain mean payoffs of the two parties of one run, as the engine pays them."""
    _, played = next(blocks(case, 1, Luck(1)))
    return float(played.mean_payoff[0]), float(played.mean_payoff[1])


# --- what is read off ----------------------------------------------------------------------------------------------


def mean(values: Array) -> Found:
    """Mean over independent runs with the interval of Student's t."""
    found = float(values.mean())
    half = float(stdtrit(values.size - 1, 0.5 + COVERAGE / 2) * values.std(ddof=1) / np.sqrt(values.size))
    return Found(found, found - half, found + half)


def share(successes: int, count: int) -> Found:
    """Share of independent trials with Wilson's interval."""
    return Found(successes / count, *wilson(successes, count))


def moved(found: Found, function: Any) -> Found:
    """A monotone function of what was found, its interval with it."""
    ends = float(function(found.low)), float(function(found.high))
    return Found(float(function(found.value)), min(ends), max(ends))


def ratio(above: Array, below: Array) -> Found:
    """Ratio of two means over the same runs, by the delta method."""
    found = float(above.mean() / below.mean())
    off = mean((above - found * below) / below.mean())
    return Found(found, found + off.low, found + off.high)


def border_of(gains: Array) -> Found:
    """The discount at which the best of some plans stops to gain.

    Parameters
    ----------
    gains : payoff that a plan gains over the rule, of shape (plans, runs, rounds), all under the same luck.
    """
    means, powers = gains.mean(axis=1), np.arange(gains.shape[2])

    def best(discount: float) -> float:
        return float((means @ discount**powers).max())

    found = root(best, 0.001, HIGH)
    if np.isnan(found):
        return Found(found, found, found)
    if gains.shape[1] == 1:
        return exactly(found)
    binding = int(np.argmax(means @ found**powers))
    step = 1e-4
    slope = float(means[binding] @ ((found + step) ** powers - (found - step) ** powers)) / (2 * step)
    off = mean((gains[binding] @ found**powers) / -slope)
    return Found(found, found + off.low, found + off.high)


def critical_discount(
    rule: Automaton, game: Game, luck: Luck, runs: int = 1, plans: tuple[str, ...] = tuple(PLANS), **changes: Any
) -> Found:
    """Where the best of some plans stops to gain over the rule, played against the rule."""
    clock = {"parties__named__iom__response_lag": 0, **changes}  # a plan goes on with every round

    def stream(mine: Automaton) -> Array:
        return earned(dyad(mine, rule, game, HORIZON, **clock), game, runs * luck.times, luck)[0]

    kept = stream(ALLC)  # the rule, as long as the other cooperates and raises no false alarm
    return border_of(np.array([stream(PLANS[name]) - kept for name in plans]))


def border_as_paid(
    case_of: Callable[[float, Automaton], Case], stays: Automaton, leaves: Sequence[Automaton], luck: Luck, count: int
) -> Found:
    """The same for any case with one organization, from its payoffs as the engine pays them, a block of runs at a time.

    Parameters
    ----------
    case_of : the case at a discount in which the organization plays an automaton.
    stays, leaves : what it plays as long as it cooperates, and the plans by which it leaves.
    count : runs of each plan; 1 says that nothing in them is drawn.
    """

    @cache
    def gains(discount: float) -> Array:
        kept, *left = (
            measured(case_of(discount, plan), "organization_payoff", count * luck.times, luck)
            for plan in (stays, *leaves)
        )
        return np.array([each - kept for each in left])

    def best(discount: float) -> float:
        return float(gains(discount).mean(axis=1).max())

    fine = 1e-11 if count == 1 else 1e-4
    found = root(best, 0.02, HIGH, fine)
    if count == 1 or np.isnan(found):
        return exactly(found)
    binding, step = int(np.argmax(gains(found).mean(axis=1))), 0.01
    slope = float((gains(found + step)[binding] - gains(found - step)[binding]).mean()) / (2 * step)
    off = mean(gains(found)[binding] / -slope)
    return Found(found, found + off.low, found + off.high)
