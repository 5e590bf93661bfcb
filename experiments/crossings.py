"""Where something changes sign along a parameter: by bisection, by paired samples, by a logistic curve.

Definitions
-----------
The *border* is the first place, from the low end of a range, at which cooperation no longer holds on one side. Each
search is handed what it may ask (``gain``, ``payoffs``, ``broken``) and knows nothing else, so that borders can be
planted in it. It returns a ``Border``: a value with an interval, or an honest word why there is none.

References
----------
Venzon and Moolgavkar (1988), Appl. Statist. 37:87-94, for intervals by profile likelihood; Glasserman and Yao (1992),
Management Science 38:884-908, for common random numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, inf, isfinite, sqrt
from typing import Any

import numpy as np
from scipy.special import stdtrit
from scipy.stats import chi2

from experiments.leaving import RULE, Plan, departs_once
from experiments.summary import wilson

PLACES = 17
"""Places at which a range is looked through before it is narrowed where nothing is drawn; 9 where runs are many."""
FEW_PLACES = 9
TIE = 1e-12
"""A plan gains only if by more than this, in payoff per round; else rounding would decide. At a tie one cooperates."""
FINEST = 1e-10
"""Bisection ends at this share of the range."""
CERTAIN = 0.95
"""Coverage of the intervals."""
CLEAR = 3.5
"""Standard errors from 0 beyond which the sign of a mean is taken for known."""

HOLDS, PAYS, OPEN, MET = "holds", "pays", "open", "met"


@dataclass
class Border:
    """What a search found.

    Attributes
    ----------
    outcome : ``met``; ``holds`` or ``pays``, if it does throughout and nothing is crossed; ``open``, if the runs that
        may be made do not tell.
    value, low, high : the border and its interval, in the unit of the parameter; None if none was met.
    above : whether cooperation fails above the border (else below).
    settled : whether the interval is as narrow as was asked for.
    again : whether the range is crossed more than once; the border is the crossing at the low end.
    plan : the plan that binds, if plans were tried. details : what else there is to tell.
    """

    outcome: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    above: bool = True
    settled: bool = True
    again: bool = False
    plan: Plan | None = None
    details: dict[str, Any] = field(default_factory=dict)


def places(low: float, high: float, count: int, whole: bool) -> list[float]:
    """So many places from low to high; whole numbers lie closer together at the low end.

    >>> places(0, 8, 5, whole=False), places(0, 100, 5, whole=True)
    ([0.0, 2.0, 4.0, 6.0, 8.0], [0, 2, 9, 31, 100])
    """
    if not whole:
        return [float(place) for place in np.linspace(low, high, count)]
    return sorted({int(low) + round(step) - 1 for step in np.geomspace(1, high - low + 1, count)})


def _first_change(at: Sequence[float], signs: Sequence[int]) -> tuple[float, float, bool] | None:
    """The two neighbouring places of known sign between which it changes first, and whether it does again."""
    known = [(place, sign) for place, sign in zip(at, signs, strict=True) if sign]
    changes = [(a, b) for (a, one), (b, other) in pairwise(known) if one != other]
    return (*changes[0], len(changes) > 1) if changes else None


# --- nothing is drawn ----------------------------------------------------------------------------------------------


def by_bisection(
    gain: Callable[[float], float],
    low: float,
    high: float,
    whole: bool = False,
    left_out: Callable[[float], float] = lambda place: 0.0,
    goes_on: Callable[[], bool] = lambda: True,
) -> Border:
    """Where a gain without chance rises above 0, or falls to it.

    Parameters
    ----------
    gain : gain of leaving at a place, payoff per round; cooperation holds where it is at most ``TIE``.
    low, high : range. whole : whether the parameter has whole values only.
    left_out : bound of what the gain may be off at a place, for games that are cut; it widens the interval.
    goes_on : whether more may be asked; the range is looked through in any case.

    Examples
    --------
    >>> found = by_bisection(lambda discount: 0.25 - discount, 0, 1)
    >>> found.outcome, round(found.value, 9), found.above
    ('met', 0.25, False)
    >>> by_bisection(lambda lag: lag - 3, 0, 10, whole=True).value
    3.0
    """
    known: dict[float, float] = {}

    def pays(place: float) -> bool:
        if place not in known:
            known[place] = gain(place)
        return known[place] > TIE

    at = places(low, high, PLACES, whole)
    signs = [1 if pays(place) else -1 for place in at]
    change = _first_change(at, signs)
    if change is None:
        return Border(PAYS if signs[0] > 0 else HOLDS, details={"gains": (known[at[0]], known[at[-1]])})
    a, b, again = change
    above = pays(b)
    least = 1 if whole else max(FINEST * (high - low), 4 * np.spacing(max(abs(a), abs(b))))
    while b - a > least and goes_on():
        middle = (int(a) + int(b)) // 2 if whole else (a + b) / 2
        a, b = (a, middle) if pays(middle) == above else (middle, b)
    if whole:
        return Border(MET, _between(a, b, known[a], known[b]), a, b, above, b - a <= least, again)
    ends = _widened(gain, a, b, low, high, left_out)
    return Border(MET, (a + b) / 2, *ends, above, b - a <= least, again)


def _between(a: float, b: float, at_a: float, at_b: float) -> float:
    """Where the straight line between two values is 0; they lie on two sides of it, up to ties."""
    rise = at_b - at_a
    return float(a if rise == 0 else a + min(1.0, max(0.0, -at_a / rise)) * (b - a))


def _widened(
    gain: Callable[[float], float], a: float, b: float, low: float, high: float, left_out: Callable[[float], float]
) -> tuple[float, float]:
    """The interval with room for what was left out of the games: that over the slope."""
    off = left_out((a + b) / 2)
    step = 1e-6 * (high - low)
    left, right = max(low, a - step), min(high, b + step)
    slope = abs(gain(right) - gain(left)) / (right - left)
    room = off / slope if slope > 0 else high - low
    return max(low, a - room), min(high, b + room)


# --- gains of plans, from paired samples ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """A plan that leaves, and the best that stays, by place among the plans."""

    leaves: int
    stays: int


def best_pair(payoffs: np.ndarray, plans: Sequence[Plan], only_the_rule: bool = False) -> tuple[float, Pair]:
    """The greatest mean gain of leaving over staying, over both parties, and which plans make it.

    ``payoffs`` has shape (plans, replicates). Where chance lets a rule do worse than more patience would, leaving is
    compared with the best that stays, so that it is not leaving that pays but pardoning; ``only_the_rule`` compares
    with the rule itself.
    """
    means, found = payoffs.mean(axis=1), []
    for party in dict.fromkeys(plan.party for plan in plans):
        own = [i for i, plan in enumerate(plans) if plan.party == party]
        leaving = max((i for i in own if plans[i].leaves), key=lambda i: means[i])
        staying = [i for i in own if (plans[i].name == RULE if only_the_rule else not plans[i].leaves)]
        kept = max(staying, key=lambda i: means[i])
        found.append((float(means[leaving] - means[kept]), Pair(leaving, kept)))
    return max(found, key=lambda gain: gain[0])


Payoffs = Callable[[float, Sequence[Plan], int, int], np.ndarray]
"""Payoffs (plans, replicates) at a place, of some plans, from a first replicate on, for so many."""


def by_pairs(
    payoffs: Payoffs,
    plans: Sequence[Plan],
    low: float,
    high: float,
    width: float,
    first: int,
    start: int,
    most: int,
) -> Border:
    r"""Where the mean gain of leaving changes sign, from games under common luck.

    A pilot of ``start`` replicates looks through the range with all plans (with more, where it does not tell a sign)
    and settles which pair of plans binds; of pairs that it does not tell apart, the one with the sharpest root. Then
    fresh replicates, the same at every place, give the root of the sample mean of that pair's gain, with

    .. math:: \hat x \pm t\, \frac{s}{\sqrt n\, |\bar g'(\hat x)|}

    (delta method; the slope by a central difference under the same luck). Replicates are added until the interval is
    at most ``width`` wide. At the end all plans that may bind are tried again at the root; if the root of
    another lies clearly beyond it, that takes its place and the search goes on, with fresh replicates.

    Parameters
    ----------
    payoffs : what may be asked; of shape (plans, replicates).
    plans : all plans. low, high : range. width : of the interval, in the unit of the parameter.
    first, start : first replicate, and replicates of the pilot. most : runs that may be made (plans x replicates).
    """
    spent = _Spent(most)

    def ask(place: float, some: Sequence[Plan], begin: int, count: int) -> np.ndarray:
        spent.runs += len(some) * count
        return payoffs(place, some, begin, count)

    at = places(low, high, FEW_PLACES, whole=False)
    pilots = {place: _Pilot(plans, ask(place, plans, first, start)) for place in at}
    while (change := _first_change(at, [pilots[place].sign for place in at])) is None:
        unsure = [place for place in at if pilots[place].sign == 0]
        more = pilots[unsure[0]].payoffs.shape[1] if unsure else 0
        if not unsure or len(unsure) * more * len(plans) > spent.left / 2:
            outcome = OPEN if unsure else PAYS if pilots[low].sign > 0 else HOLDS
            return Border(outcome, settled=not unsure, details={"gains": (pilots[low].gain, pilots[high].gain)})
        for place in unsure:
            earlier = pilots[place].payoffs
            pilots[place] = _Pilot(plans, np.hstack((earlier, ask(place, plans, first + more, more))))
    a, b, again = change
    above, left, right = pilots[b].sign > 0, a, b
    had = max(one.payoffs.shape[1] for one in pilots.values())
    while right - left > (b - a) / 64 and spent.left > len(plans) * had:
        middle = (left + right) / 2
        pilots[middle] = _Pilot(plans, ask(middle, plans, first, had))
        left, right = (left, middle) if (pilots[middle].gain > 0) == above else (middle, right)
    root, step = (left + right) / 2, (b - a) / 4
    sides = max(low, root - step), min(high, root + step)
    more = max(had, min(CHOOSING * start, spent.left // (4 * len(plans))))
    around = [ask(side, plans, first, had) for side in sides]
    chosen = _choose(plans, ask(root, plans, first + had, more), around, sides[1] - sides[0])
    found = _refined(ask, chosen, (a, b), (low, high), width, first + had + more, 2 * start, spent)
    found.above, found.again = above, again
    return found


@dataclass
class _Pilot:
    """Payoffs of all plans at one place, and what they say of leaving."""

    plans: Sequence[Plan]
    payoffs: np.ndarray

    def __post_init__(self) -> None:
        self.gain, self.pair = best_pair(self.payoffs, self.plans)
        self.sign = clear_sign(self.payoffs[self.pair.leaves] - self.payoffs[self.pair.stays])


NEAR = 1.0
"""Standard errors that a plan may be behind the best, to be taken for as good."""
CHOOSING = 20
"""Replicates, for each of the pilot, that choose which plan binds."""


@dataclass(frozen=True)
class _Choice:
    """Plans that may bind, how steeply the gain of each goes (per unit of the axis), and the pair that is taken."""

    plans: list[Plan]
    slopes: np.ndarray
    pair: Pair

    def leads(self, payoffs: np.ndarray) -> dict[Pair, np.ndarray]:
        """By how much each plan's own root lies beyond a place, on the side that holds, replicate by replicate.

        ``payoffs`` are those of all plans at the place. Gains of plans that leave often grow quickly with the distance
        from their root, so that gains tell who binds at the root itself only; leads tell it near the root as well.
        """
        means, found = payoffs.mean(axis=1), {}
        for i, plan in enumerate(self.plans):
            if plan.leaves and self.slopes[i] > 0:
                own = [j for j, other in enumerate(self.plans) if other.party == plan.party and not other.leaves]
                stays = max(own, key=lambda j: means[j])
                found[Pair(i, stays)] = (payoffs[i] - payoffs[stays]) / self.slopes[i]
        return found


def _choose(plans: Sequence[Plan], root: np.ndarray, around: Sequence[np.ndarray], distance: float) -> _Choice:
    """Which plans may bind at a root; of those not told apart the one that tells the root most sharply is taken.

    ``root`` and ``around`` are payoffs of all plans there, and on either side at a distance from each other. A plan
    that departs once from what stays goes before others: by the one-shot deviation principle none has a root farther
    on, but by chance.
    """
    every = _Choice(list(plans), _slopes(plans, root, around, distance), Pair(0, 0))
    leads = every.leads(root)
    best = max(leads.values(), key=lambda lead: float(lead.mean()))
    alive, near, simple = [], [], []
    for pair, lead in leads.items():
        behind, error = _mean_and_error(best - lead)
        if behind <= 4 * error + TIE:
            alive.append(pair)
        if behind <= NEAR * error + TIE:
            near.append(pair)
            if departs_once(plans[pair.leaves].name, plans[pair.stays].name):
                simple.append(pair)
    taken = min(simple or near, key=lambda pair: float(leads[pair].std()))
    some = sorted({pair.leaves for pair in alive} | {i for i, plan in enumerate(plans) if not plan.leaves})
    pair = Pair(some.index(taken.leaves), some.index(taken.stays))
    return _Choice([plans[i] for i in some], every.slopes[some], pair)


def _slopes(plans: Sequence[Plan], root: np.ndarray, around: Sequence[np.ndarray], distance: float) -> np.ndarray:
    """How steeply the gain of each plan goes over the best that stays; 0 where it is not told from level."""
    means, found = root.mean(axis=1), np.zeros(len(plans))
    for i, plan in enumerate(plans):
        own = [j for j, other in enumerate(plans) if other.party == plan.party and not other.leaves]
        stays = max(own, key=lambda j: means[j])
        rise, error = _mean_and_error((around[1][i] - around[1][stays]) - (around[0][i] - around[0][stays]))
        if plan.leaves and abs(rise) > 3 * error + TIE:
            found[i] = abs(rise) / distance
    return found


def _mean_and_error(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1)) / sqrt(values.size)


@dataclass
class _Spent:
    most: int
    runs: int = 0

    @property
    def left(self) -> int:
        return self.most - self.runs


def clear_sign(values: np.ndarray) -> int:
    """The sign of a mean if it is beyond doubt, although it was picked as the greatest of many, else 0."""
    mean, error = float(values.mean()), float(values.std(ddof=1)) / sqrt(values.size)
    return 0 if abs(mean) <= max(CLEAR * error, TIE) else int(np.sign(mean))


def _refined(
    ask: Payoffs,
    chosen: _Choice,
    bracket: tuple[float, float],
    bounds: tuple[float, float],
    width: float,
    first: int,
    count: int,
    spent: _Spent,
) -> Border:
    """The root of one pair's mean gain, with more replicates until its interval is narrow."""
    pair, tried = chosen.pair, 0
    while True:
        two = [chosen.plans[pair.leaves], chosen.plans[pair.stays]]
        found = _root(ask, two, bracket, bounds, width, first, count)
        narrow = found.low is not None and found.high is not None and found.high - found.low <= width
        if narrow or spent.left <= 0:
            better = _challenger(ask, chosen, pair, found, first, count) if tried < MOST_CHALLENGES else None
            tried += 1
            if better is None or spent.left <= 0:
                found.settled, found.plan = narrow and better is None, two[0]
                found.details |= {"replicates": count, "stays": two[1].name}
                return found
            pair, first = better, first + count  # fresh luck, or what chose the pair would also tell its root
            continue
        wide = inf if found.low is None or found.high is None else found.high - found.low
        wanted = count * min(8.0, max(1.5, 1.1 * (wide / width) ** 2))
        affordable = count + spent.left / (2 * EVALUATIONS)
        count = ceil(min(wanted, affordable))
        if affordable < 1.2 * wanted and wanted > affordable:
            spent.most = spent.runs  # the last stage that can be paid


CHALLENGE = 2.5
"""Standard errors by which a root must lie beyond another to take its place."""
MOST_CHALLENGES = 3
"""So often another pair may take the place of the one that was taken."""
EVALUATIONS = 14
"""Places that a stage asks for, about."""


def _root(
    ask: Payoffs,
    two: Sequence[Plan],
    bracket: tuple[float, float],
    bounds: tuple[float, float],
    width: float,
    first: int,
    count: int,
) -> Border:
    known: dict[float, np.ndarray] = {}

    def gains(place: float) -> np.ndarray:
        if place not in known:
            found = ask(place, two, first, count)
            known[place] = found[0] - found[1]
        return known[place]

    a, b = bracket
    if (gains(a).mean() > 0) == (gains(b).mean() > 0):  # chance moved the crossing beyond what the pilot saw
        a, b = bounds
    if (gains(a).mean() > 0) == (gains(b).mean() > 0):
        return Border(OPEN, settled=False)
    rises = bool(gains(b).mean() > 0)
    while b - a > width / 20:
        middle = _next_place(a, b, float(gains(a).mean()), float(gains(b).mean()), width / 50)
        a, b = (a, middle) if (gains(middle).mean() > 0) == rises else (middle, b)
    root = _between(a, b, float(gains(a).mean()), float(gains(b).mean()))
    step = max(width, 0.02 * (bounds[1] - bounds[0]))
    left, right = max(bounds[0], root - step), min(bounds[1], root + step)
    slope = abs(float(gains(right).mean() - gains(left).mean())) / (right - left)
    values = gains(root)
    error = float(values.std(ddof=1)) / sqrt(count)
    half = float(stdtrit(count - 1, 0.5 + CERTAIN / 2)) * error / slope if slope > 0 else inf
    ends = (max(bounds[0], root - half), min(bounds[1], root + half)) if isfinite(half) else bounds
    return Border(MET, root, *ends)


def _next_place(a: float, b: float, at_a: float, at_b: float, least: float) -> float:
    """Beside where the straight line would be 0, on the longer side, so that the bracket closes from both ends."""
    line = a + (b - a) * at_a / (at_a - at_b) if at_a != at_b else (a + b) / 2
    line += least if b - line > line - a else -least
    return float(min(max(line, a + 0.05 * (b - a)), b - 0.05 * (b - a)))


def _challenger(ask: Payoffs, chosen: _Choice, pair: Pair, found: Border, first: int, count: int) -> Pair | None:
    """A pair whose root lies clearly beyond the one that was found, on the side that holds; None if none does."""
    if found.value is None:
        return None
    payoffs = ask(found.value, chosen.plans, first, count)
    leads = chosen.leads(payoffs)
    taken = (payoffs[pair.leaves] - payoffs[pair.stays]) / chosen.slopes[pair.leaves]
    beyond = {}
    for other, lead in leads.items():
        ahead, error = _mean_and_error(lead - taken)
        if other != pair and ahead > CHALLENGE * error + TIE:
            beyond[other] = ahead / (error + TIE)
    return max(beyond, key=lambda other: beyond[other]) if beyond else None


# --- shares of broken runs -----------------------------------------------------------------------------------------


Broken = Callable[[float, int, int], np.ndarray]
"""Whether runs broke down at a place, from a first replicate on, for so many."""


def by_shares(broken: Broken, low: float, high: float, width: float, first: int, start: int, most: int) -> Border:
    r"""Where the share of broken runs crosses one half: a logistic curve by maximum likelihood.

    The range is looked through; between the two places of known sign (Wilson's interval excludes one half) runs are
    added where the border may lie, and to all runs there and in the next step on either side

    .. math:: p(x) = 1 / (1 + e^{-\beta (x - m)})

    is fitted to them. The interval of m is that of the profile likelihood, which also tells how near a sharp border is
    known: between the last place that held and the first that broke.

    Parameters
    ----------
    broken : what may be asked: an array of bool.
    low, high : range. width : of the interval, in the unit of the parameter.
    first, start : first replicate, and replicates of each place at first. most : runs that may be made.
    """
    table = _Table(broken, first)
    at = places(low, high, FEW_PLACES, whole=False)
    for place in at:
        table.add(place, start)
    change = _first_known_change(table, at, start, most)
    if isinstance(change, Border):
        return change
    a, b, again = change
    above, around = table.share(b) > 0.5, b - a  # without its neighbours the bracket would be taken for too steep
    while True:
        inside = [place for place in table.counts if a - around <= place <= b + around]
        broke, runs = np.array([table.counts[place] for place in inside]).T
        value, ends = profile(np.array(inside), broke, runs, above)
        if ends[1] - ends[0] <= width or table.runs >= most:
            settled = ends[1] - ends[0] <= width
            return Border(MET, value, *ends, above, settled, again, details=table.told(a, b))
        batch = max(start, table.runs // 8)
        batch = max(1, min(batch, (most - table.runs) // 3 + 1))
        for place in (ends[0] + (ends[1] - ends[0]) * part for part in (0.15, 0.5, 0.85)):
            table.add(place, batch)


class _Table:
    """Runs and broken runs by place."""

    def __init__(self, broken: Broken, first: int) -> None:
        self.broken, self.first, self.runs = broken, first, 0
        self.counts: dict[float, tuple[int, int]] = {}

    def add(self, place: float, count: int) -> None:
        """So many more runs; a place goes on with the replicates it has not had."""
        of, had = self.counts.get(place, (0, 0))
        found = self.broken(place, self.first + had, count)
        self.runs += count
        self.counts[place] = of + int(np.count_nonzero(found)), had + count

    def share(self, place: float) -> float:
        of, had = self.counts[place]
        return of / had

    def sign(self, place: float) -> int:
        """1 if more than half break for certain (95 %), -1 if fewer, 0 if the runs do not tell."""
        low, high = wilson(*self.counts[place])
        return 1 if low > 0.5 else -1 if high < 0.5 else 0

    def told(self, a: float, b: float) -> dict[str, Any]:
        return {"shares": tuple((place, *self.counts[place]) for place in (a, b))}


def _first_known_change(
    table: _Table, at: Sequence[float], start: int, most: int
) -> tuple[float, float, bool] | Border:
    """The bracket of the first change; places that do not tell get more runs while the range has no change."""
    more = start
    while True:
        signs = [table.sign(place) for place in at]
        if change := _first_change(at, signs):
            return change
        unsure = [place for place, sign in zip(at, signs, strict=True) if sign == 0]
        if not unsure:
            return Border(PAYS if signs[0] > 0 else HOLDS, details=table.told(at[0], at[-1]))
        if table.runs + len(unsure) * more > most:
            return Border(OPEN, settled=False, details=table.told(at[0], at[-1]))
        for place in unsure:
            table.add(place, more)
        more *= 2


SLOPES = np.geomspace(0.5, 2e4, 48)
"""Steepness over the span of the places: from nearly flat to a step."""


def profile(x: np.ndarray, broken: np.ndarray, runs: np.ndarray, above: bool) -> tuple[float, tuple[float, float]]:
    """The middle m of a logistic curve and its interval by profile likelihood (95 %), within the span of x.

    >>> value, (low, high) = profile(np.array([0.0, 1, 2]), np.array([2, 10, 18]), np.array([20, 20, 20]), above=True)
    >>> round(value, 3), round(low, 2), round(high, 2)
    (1.0, 0.79, 1.21)
    """
    low, high = float(x.min()), float(x.max())
    slopes = (1 if above else -1) * SLOPES / (high - low)
    bar = chi2.ppf(CERTAIN, 1) / 2

    def likelihood(middles: np.ndarray) -> np.ndarray:
        lean = slopes[None, :, None] * (x - middles[:, None, None])
        # log p = -log(1 + e^-lean)
        told = -(broken * np.logaddexp(0, -lean) + (runs - broken) * np.logaddexp(0, lean)).sum(axis=2)
        best: np.ndarray = told.max(axis=1)
        return best

    left, right = low, high
    for _ in range(3):  # each time the grid closes in on the interval
        grid = np.linspace(left, right, 61)
        told = likelihood(grid)
        inside = np.flatnonzero(told >= told.max() - bar)
        step = grid[1] - grid[0]
        left, right = max(low, grid[inside[0]] - step), min(high, grid[inside[-1]] + step)
    best = np.flatnonzero(told >= told.max() - 1e-9)
    value = float((grid[best[0]] + grid[best[-1]]) / 2)
    return value, (float(max(low, grid[inside[0]] - step)), float(min(high, grid[inside[-1]] + step)))


# --- whole numbers -------------------------------------------------------------------------------------------------


Judge = Callable[[int, int], tuple[float, int]]
"""At a whole number and with so many replicates: a mean (above 0: fails), and its sign if that is known, else 0."""


def by_whole_numbers(judge: Judge, low: int, high: int, start: int, most: int, cost: int = 1) -> Border:
    """The neighbouring whole numbers between which cooperation begins to fail, or to hold.

    Replicates are doubled where a sign is not known, until it is or ``most`` runs are made (``cost`` for each
    replicate); what remains unknown widens the interval.
    """
    had: dict[int, int] = {}
    known: dict[int, tuple[float, int]] = {}
    spent = 0

    def look(place: int, more: bool = False) -> tuple[float, int]:
        nonlocal spent
        if place not in known or (more and known[place][1] == 0):
            had[place] = 2 * had[place] if place in had else start
            spent += cost * had[place]
            known[place] = judge(place, had[place])
        return known[place]

    def unsure(some: Sequence[int]) -> bool:
        return any(known[place][1] == 0 for place in some) and spent < most

    at = [int(place) for place in places(low, high, FEW_PLACES, whole=True)]
    signs = [look(place)[1] for place in at]
    while (change := _first_change(at, signs)) is None and unsure(at):
        signs = [look(place, more=True)[1] for place in at]
    if change is None:
        outcome = OPEN if 0 in signs else PAYS if signs[0] > 0 else HOLDS
        return Border(outcome, settled=outcome != OPEN)
    a, b, again = int(change[0]), int(change[1]), change[2]
    above = known[b][1] > 0
    while b - a > 1:
        middle = (a + b) // 2
        a, b = (a, middle) if (look(middle)[0] > 0) == above else (middle, b)
    while True:
        for place in (a, b):
            look(place, more=spent < most)
        if (known[a][0] > 0) == above and a > low:  # more runs say otherwise
            a, b = a - 1, a
        elif (known[b][0] > 0) != above and b < high:
            a, b = b, b + 1
        elif not unsure((a, b)):
            break
    ends = [a, b]
    for end, step in ((0, -1), (1, 1)):
        want = (1 if above else -1) * (1 if end else -1)
        while look(ends[end])[1] != want and low < ends[end] < high:
            ends[end] += step
    value = _between(a, b, known[a][0], known[b][0])
    settled = ends == [a, b] and all(known[place][1] for place in ends)
    return Border(MET, value, ends[0], ends[1], above, settled, again, details={"means": (known[a][0], known[b][0])})
