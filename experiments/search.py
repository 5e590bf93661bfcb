"""The border of a question by runs alone: paired runs of plans, or the share of runs that break down.

No closed form, no exact value and no index has a part in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tqdm import tqdm

from experiments import leaving
from experiments.compose import Settings, case, changed
from experiments.crossings import (
    MET,
    Border,
    best_pair,
    by_bisection,
    by_pairs,
    by_shares,
    by_whole_numbers,
    clear_sign,
)
from experiments.question import OBSERVED, Question, paired_runs, pilot
from experiments.summary import wilson
from sim.automata import Automaton
from sim.encoding import encode
from sim.history import SERIES
from sim.scenario import payoffs

BLOCK_BYTES = 48e6
"""Of series and sides that are held at once."""


@dataclass
class Answer:
    """The border that was searched, the runs it took, and what else people should know.

    ``cut`` is the weight of the rounds left out where games were cut, else 0; ``basins`` tells closing cooperation
    rates of broken and of other runs at the place nearest to the border.
    """

    border: Border
    runs: int
    certain: bool = False
    cut: float = 0.0
    who: str | None = None
    basins: dict[str, float] = field(default_factory=dict)


def search(question: Question, extra: Mapping[str, Automaton] | None = None, shown: bool = False) -> Answer:
    """The border of one question, by runs alone: no closed form, no exact value, no index.

    Parameters
    ----------
    question : of one axis, from ``read``.
    extra : further plans by name, automata that leave the rule, as an exact best reply handed in as data.
    shown : whether to tell on the terminal how far it is, if it takes long.
    """
    with tqdm(total=question.asked.most_runs, desc="runs (at most)", delay=2, disable=not shown) as progress:
        if question.asked.breakdown == OBSERVED:
            return _observed(question, progress)
        return _incentive(question, extra, progress)


def _incentive(question: Question, extra: Mapping[str, Automaton] | None, progress: Any) -> Answer:
    paired = paired_runs(question, extra)
    plans, first, most = paired.plans, question.scenario.first_replicate, question.asked.most_runs

    def payoffs_of(place: float, some: Any, begin: int, count: int) -> np.ndarray:
        found = paired.payoffs(place, some, begin, count)
        progress.update(found.size)
        return found

    def judge(place: int, count: int) -> tuple[float, int]:
        found = payoffs_of(place, plans, first, count)
        gain, pair = best_pair(found, plans)
        return gain, clear_sign(found[pair.leaves] - found[pair.stays])

    low, high = question.low, question.high
    if paired.certain:
        found = by_bisection(
            lambda place: best_pair(payoffs_of(place, plans, first, 1), plans, only_the_rule=True)[0],
            low,
            high,
            question.whole,
            left_out=lambda place: 2 * _span(paired.asked) * paired.left_out(place),
            goes_on=lambda: paired.runs < most,
        )
    elif question.whole:
        found = by_whole_numbers(judge, int(low), int(high), pilot(question), most, len(plans))
    else:
        found = by_pairs(payoffs_of, plans, low, high, question.width, first, pilot(question), most)
    if found.outcome == MET and found.plan is None:
        fails = found.high if found.above else found.low
        payoffs_there = payoffs_of(fails or 0.0, plans, first, 1 if paired.certain else pilot(question))
        found.plan = plans[best_pair(payoffs_there, plans, paired.certain)[1].leaves]
    places = [found.value] if found.value is not None else [low, high]
    cut = max((paired.left_out(at) for at in places if paired.rounds(at) == leaving.MOST_ROUNDS), default=0.0)
    who = paired.names[found.plan.party] if found.plan and len(paired.who) > 1 else None
    return Answer(found, paired.runs, paired.certain, cut, who)


def _span(asked: Settings) -> float:
    """Distance between the greatest and the least payoff of a round."""
    told = [value for kind in ("organization", "ministry") for value in payoffs(asked, kind)]
    return float(max(told) - min(told)) * max(1.0, asked.game.stake_high)


class ObservedRuns:
    """Runs of a scenario at places of an axis: which broke down, and how much they cooperated in the end."""

    def __init__(self, question: Question, progress: Any) -> None:
        self.question, self.progress, self.runs = question, progress, 0
        self.seen: dict[float, list[tuple[bool, float]]] = {}

    def broken(self, place: float, first: int, count: int) -> np.ndarray:
        """Whether each of some replicates broke down."""
        from sim.batch import play  # compiled code is loaded only where it is run
        from sim.measures import measures

        own = int(place) if self.question.whole else float(place)
        at = changed(self.question.scenario, (self.question.asked.axis,), (own,))
        encoding = encode([case(at)])
        parties = at.parties.organizations + at.parties.ministries
        size = len(SERIES) * 8.0 * at.horizon.rounds + 200.0 * parties * (parties - 1)
        step, found = max(1, int(BLOCK_BYTES / size)), np.empty(count, dtype=bool)
        for begin in range(0, count, step):
            replicate = first + np.arange(begin, min(begin + step, count))
            seeds = np.full(replicate.size, at.seed, dtype=np.uint64)
            told = measures(encoding, *play(encoding, np.zeros(replicate.size, dtype=np.int64), replicate, seeds))
            found[begin : begin + step] = told["broken"] == 1
            rates = told["closing_cooperation_rate"].tolist()
            self.seen.setdefault(own, []).extend(zip((told["broken"] == 1).tolist(), rates, strict=True))
            self.progress.update(replicate.size)
        self.runs += count
        return found

    def basins(self, place: float | None) -> dict[str, float]:
        """Share broken at the place nearest to a border, and the mean closing rates of both kinds of run there."""
        if place is None or not self.seen:
            return {}
        near = min(self.seen, key=lambda own: (abs(own - place), own))
        runs = self.seen[near]
        told = {"place": near, "runs": float(len(runs)), "broken": float(sum(broke for broke, _ in runs))}
        for key, kind in (("closing_broken", True), ("closing_held", False)):
            rates = [rate for broke, rate in runs if broke == kind]
            if rates:
                told[key] = float(np.mean(rates))
        return told


def _observed(question: Question, progress: Any) -> Answer:
    runs, first = ObservedRuns(question, progress), question.scenario.first_replicate
    start, most = question.scenario.replicates, question.asked.most_runs

    def judge(place: int, count: int) -> tuple[float, int]:
        share = runs.broken(place, first, count)
        low, high = wilson(int(share.sum()), count)
        return float(share.mean()) - 0.5, 1 if low > 0.5 else -1 if high < 0.5 else 0

    if question.whole:
        found = by_whole_numbers(judge, int(question.low), int(question.high), start, most)
    else:
        found = by_shares(runs.broken, question.low, question.high, question.width, first, start, most)
    return Answer(found, runs.runs, basins=runs.basins(found.value))
