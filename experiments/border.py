"""Where along one parameter cooperation fails: a border with its interval, beside theory and the exact value.

python -m experiments.border scenario=dyad axis=horizon.discount information.response_lag=2
python -m experiments.border scenario=dyad axis=horizon.discount axis2=information.response_lag values=0,1,2,4
python -m experiments.border breakdown=observed axis=information.response_lag

From Python:

>>> question = read(["scenario=dyad", "axis=horizon.discount"])
>>> round(search(question).border.value, 6)
0.666667
"""

import json
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache
from math import floor, isinf, log10
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from tqdm import tqdm

from experiments import front, leaving
from experiments.compose import SETTINGS, BadInput, Settings, case, changed, groups, run_faults, settings, strategies
from experiments.crossings import (
    FEW_PLACES,
    MET,
    OPEN,
    PLACES,
    TIE,
    Border,
    best_pair,
    by_bisection,
    by_pairs,
    by_shares,
    by_whole_numbers,
    clear_sign,
)
from experiments.leaving import FIRST, ONCE, RULE, PairedRuns, leavers, with_partner
from experiments.summary import wilson
from experiments.words import Words, words
from sim import compiled, tables
from sim.automata import Automaton
from sim.encoding import encode
from sim.history import SERIES
from sim.scenario import PARTIES, declaration, nearest, parameter, payoffs, range_faults, value_of
from sim.world import actors, set_up

BLOCK_BYTES = 48e6
"""Of series and sides that are held at once."""
PILOT = 5
"""Replicates of a pilot that compares plans, for each replicate that is asked for."""
INCENTIVE, OBSERVED = "incentive", "observed"


# --- what may be asked ---------------------------------------------------------------------------------------------


@dataclass
class Asked:
    """The words of this command beside those of a scenario."""

    axis: str = parameter("", "parameter along which the border is searched", "name")
    breakdown: str = parameter(
        INCENTIVE,
        "incentive: leaving the cooperative rule pays one of two parties; observed: half of the runs break down",
        choices=(INCENTIVE, OBSERVED),
    )
    low: float | None = parameter(None, "low end of the range; empty: the least the parameter may be", "unit of axis")
    high: float | None = parameter(None, "high end of the range; empty: the most it may be", "unit of axis")
    width: float = parameter(
        0.02, "runs are added until the interval is at most so wide", "share of the range", above=0.0, high=1.0
    )
    most_runs: int = parameter(1_000_000, "where adding runs to a border ends", "count", low=1, high=10**9)
    axis2: str | None = parameter(None, "second parameter: a border for each of its values, as a curve", "name")
    values: list[float] = parameter([], "values of axis2", "unit of axis2")
    against: str | None = parameter(
        None, "incentive: strategy of the second party, which then does not leave", "name"
    )


DECLARED = {declared.name: declared for declared in fields(Asked)}
NO_MEANING = (
    "axes", "series", "engine", "compute", "workers", "patience", "fail_fast", "precision", "most_replicates",
    "monotone", "audit", "compare", "plan",
)  # fmt: skip
"""Settings of runs and sweeps that would do nothing here."""
NOT_RESULTS = ("language", "folder")


@dataclass(frozen=True)
class Question:
    """A checked question: the scenario, what is asked of it, and the range of the axis."""

    asked: Asked
    scenario: Settings
    low: float
    high: float
    line: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the axis has whole values only."""
        return is_whole(self.asked.axis)

    @property
    def width(self) -> float:
        """Width of the interval that is wanted, in the unit of the axis."""
        return self.asked.width * (self.high - self.low)


def is_whole(name: str) -> bool:
    """Whether a parameter is a count or a number of rounds."""
    return declaration(name).type in (int, int | None)


def is_number(name: str) -> bool:
    """Whether a parameter is one number."""
    return declaration(name).type in (int, float, int | None, float | None)


def read(line: Sequence[str]) -> Question:
    """What the words of a command line ask for.

    Raises
    ------
    BadInput
        With everything that is wrong, if anything is.

    Examples
    --------
    >>> question = read(["scenario=dyad", "axis=horizon.discount", "high=.95"])
    >>> question.low, question.high
    (0.0, 0.95)
    """
    own, wrong = _own_words(line)
    rest = [word for word in line if _key(word) not in DECLARED]
    hints = [_unknown(_key(word)) for word in rest if _is_unknown(_key(word))]
    wrong += hints + front.word_faults([word for word in rest if not _is_unknown(_key(word))], swept=False)
    wrong += [f"{_key(word)}: has no meaning for a border" for word in rest if _key(word) in NO_MEANING]
    asked = Asked(**own)
    axes_wrong = _axis_faults(asked, [_key(word) for word in rest])
    wrong += axes_wrong
    if axes_wrong or front.word_faults(rest, swept=False):
        raise BadInput(wrong)
    try:
        scenario = settings([front.settable(word) for word in rest])
    except HydraException as error:
        raise BadInput([*wrong, str(error).splitlines()[0]]) from None
    return _checked(asked, scenario, tuple(line), wrong)


def _key(word: str) -> str:
    return word.split("=")[0].lstrip("+~")


def _is_unknown(key: str) -> bool:
    """Whether a word is none of a scenario, but near one of this command."""
    try:
        front.check_key(key)
    except BadInput:
        return bool(get_close_matches(key, DECLARED, n=1, cutoff=0.7))
    return False


def _unknown(key: str) -> str:
    return f"{key}: no parameter of this name{nearest(key, DECLARED)}"


def _own_words(line: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    wrong = []
    for word in line:
        key = _key(word)
        if key not in DECLARED:
            continue
        try:
            value = _value(word)
            plain = front.in_declared_type(_typed(), key, value, DECLARED[key])
            faults = range_faults(key, plain, DECLARED[key])
            wrong += faults
            if not faults:
                values[key] = plain
        except BadInput as error:
            wrong += error.faults
        except HydraException as error:
            wrong.append(f"{word}: cannot be read ({str(error).splitlines()[0]})")
    return values, wrong


def _value(word: str) -> Any:
    override = OverridesParser.create().parse_override(word)
    key, value = override.key_or_group.lstrip("+"), override.value()
    if override.is_delete():
        raise BadInput([f"{word}: only a choice can be taken away"])
    if override.is_sweep_override():
        if key != "values":
            raise BadInput([f"{word}: a border takes one value; lists are for values="])
        return list(override.sweep_iterator(transformer=lambda element: element))
    return [value] if key == "values" and not isinstance(value, list) else value


@cache
def _typed() -> Any:
    return OmegaConf.structured(Asked)


def _axis_faults(asked: Asked, given: Sequence[str]) -> list[str]:
    """What is wrong with the names of the axes, whatever the scenario."""
    if not asked.axis:
        return ["axis: name the parameter along which the border is searched, as axis=horizon.discount"]
    wrong = []
    for key, name in (("axis", asked.axis), ("axis2", asked.axis2)):
        if not name:
            continue
        if name in groups():
            wrong.append(f"{key}: {name} is a choice of several parameters, not a number")
            continue
        try:
            front.check_key(name)
            if name in SETTINGS and name in Settings.__dataclass_fields__ and name != "strategy":
                wrong.append(f"{key}: {name} is no parameter of a scenario")
            elif not is_number(name):
                wrong.append(f"{key}: {name} is not a number, so nothing is crossed along it")
            elif name in given:
                wrong.append(f"{name}: is varied as {key}, so it has no value of its own")
        except BadInput as error:
            wrong += [f"{key}: {fault}" for fault in error.faults]
    if asked.axis2 and asked.axis2 == asked.axis:
        wrong.append(f"axis2: {asked.axis2} is the axis already")
    if bool(asked.axis2) != bool(asked.values):
        wrong.append("axis2 and values: each needs the other, as axis2=information.response_lag values=0,1,2")
    return wrong


def _checked(asked: Asked, scenario: Settings, line: tuple[str, ...], wrong: list[str]) -> Question:
    low, high, faults = _range(asked, scenario)
    wrong = [*wrong, *faults, *_axis2_faults(asked)]
    if asked.against and asked.against not in strategies():
        wrong.append(f"against: no strategy '{asked.against}'{nearest(asked.against, strategies())}")
    if asked.breakdown == INCENTIVE:
        wrong += _incentive_faults(asked, scenario)
    elif asked.against:
        wrong.append("against: the border that is observed has no party that leaves; set the strategies instead")
    question = Question(asked, scenario, low, high, line)
    wrong += [] if faults else _faults_at_the_ends(question)
    if not wrong and asked.breakdown == INCENTIVE:
        wrong += _leaving_faults(question)
    if not wrong:
        wrong += _budget_faults(question)
    if wrong:
        raise BadInput(wrong)
    return question


def _range(asked: Asked, scenario: Settings) -> tuple[float, float, list[str]]:
    """The range that is searched, as said or as far as the parameter may go, and what is wrong with it."""
    bounds, name = dict(declaration(asked.axis).metadata), asked.axis
    if name in ("parties.organizations", "parties.ministries"):
        other = scenario.parties.organizations + scenario.parties.ministries - value_of(scenario, name)
        bounds |= {"low": max(0, PARTIES[0] - other), "high": PARTIES[1] - other}
    if name.endswith("response_lag"):
        bounds["high"] = scenario.information.response_lag_cap
        if asked.breakdown == OBSERVED:
            bounds["high"] = min(bounds["high"], scenario.horizon.rounds - 1)
    wrong, ends = [], []
    for key in ("low", "high"):
        value = getattr(asked, key)
        if value is None and key not in bounds:
            wrong.append(f"{key}: {name} has no {key}est value of its own; say {key}= ({bounds['unit']})")
        elif value is not None and is_whole(name) and value != int(value):
            wrong.append(f"{key}: {value} is not a whole number, and {name} has no other values ({bounds['unit']})")
        elif value is not None:
            wrong += [f"{key}: {fault}" for fault in range_faults(name, value, declaration(name))]
            if name.endswith("response_lag") and value > bounds["high"]:
                wrong.append(f"{key}: {value} is above what {name} can be here, {bounds['high']} (rounds)")
        ends.append(value if value is not None else bounds.get(key, 0))
    low, high = (int(end) if is_whole(name) else float(end) for end in ends)
    if not wrong and low >= high:
        wrong.append(f"low and high: {low} is not below {high} ({bounds['unit']})")
    return low, high, wrong


def _axis2_faults(asked: Asked) -> list[str]:
    wrong = []
    for value in asked.values if asked.axis2 else []:
        if is_whole(asked.axis2 or "") and value != int(value):
            wrong.append(f"values: {value} is not a whole number, and {asked.axis2} has no other values")
        wrong += [f"values: {fault}" for fault in range_faults(asked.axis2 or "", value)]
    return wrong


def _incentive_faults(asked: Asked, scenario: Settings) -> list[str]:
    count = scenario.parties.organizations + scenario.parties.ministries
    chosen = ("horizon.rounds", "parties.organizations", "parties.ministries")
    told = {
        f"parties: incentives are compared between two parties, here are {count} (scenario=dyad has two; "
        "or breakdown=observed)": count != 2,
        f"learning.kind: {scenario.learning.kind} parties do not keep to a rule that could be left (learning=none; "
        "or breakdown=observed)": scenario.learning.kind != "none",
        "horizon.ending: payoffs are weighted by the discount, so the game is a window of a longer one "
        "(horizon.ending=window)": scenario.horizon.ending != "window",
        "topology.matrix: who takes part is drawn from a table, and the party that leaves must be the same in every "
        "run (topology.matrix=null)": bool(scenario.topology.matrix),
    }
    wrong = [message for message, applies in told.items() if applies]
    for key, name in (("axis", asked.axis), ("axis2", asked.axis2)):
        if name in chosen or (name or "").startswith("breakdown."):
            wrong.append(f"{key}: {name} says nothing about incentives of two parties (breakdown=observed)")
    return wrong


def _faults_at_the_ends(question: Question) -> list[str]:
    """What is wrong with the scenarios at both ends of the range, for each value of the second axis."""
    wrong = []
    for _, one in each(question):
        for value in (question.low, question.high):
            at = changed(one.scenario, (question.asked.axis,), (value,))
            if question.asked.breakdown == INCENTIVE:
                at.horizon.rounds = 1_000_000  # as many are played as the discount needs
            wrong += [f"at {question.asked.axis}={value}: {fault}" for fault in run_faults(at)]
    return wrong


def _leaving_faults(question: Question) -> list[str]:
    asked = with_partner(question.scenario, question.asked.against)
    if leavers(asked, question.asked.against):
        return []
    return [
        f"strategy: '{asked.strategy}' does not begin with cooperation for certain, so there is no cooperative rule "
        "to leave"
    ]


def _budget_faults(question: Question) -> list[str]:
    """Whether the range can be looked through at all."""
    needed = 2 * question.scenario.replicates * FEW_PLACES
    if question.asked.breakdown == INCENTIVE:
        paired = _paired(question)
        needed = len(paired.plans) * (PLACES if paired.certain else 2 * FEW_PLACES * _pilot(question))
    if needed <= question.asked.most_runs:
        return []
    return [
        f"most_runs: {question.asked.most_runs} do not suffice to look through the range, which takes {needed} "
        "(count; fewer replicates= take less)"
    ]


def _pilot(question: Question) -> int:
    return max(10, PILOT * question.scenario.replicates)


def each(question: Question) -> Iterator[tuple[float | None, Question]]:
    """A question for each value of the second axis; the question itself if there is none."""
    asked = question.asked
    if not asked.axis2:
        yield None, question
    for value in asked.values if asked.axis2 else []:
        own = int(value) if is_whole(asked.axis2 or "") else value
        scenario = changed(question.scenario, (asked.axis2 or "",), (own,))
        yield own, Question(asked, scenario, question.low, question.high, question.line)


def help_text() -> str:
    """Every word with unit, range and meaning: the text of --help."""
    lines = ["python -m experiments.border axis=NAME [name=value ...] [group=option ...]", "", "Words of a border:"]
    for name, declared in DECLARED.items():
        bounds = front.bounds_in_words(declared.metadata)
        lines.append(f"  {name}: {declared.metadata['meaning']}" + (f" [{bounds}]" if bounds else ""))
    return "\n".join([*lines, "", "Words of the scenario, as of experiments.run:", "", front.help_text("run")])


# --- searching -----------------------------------------------------------------------------------------------------


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


def _paired(question: Question, extra: Mapping[str, Automaton] | None = None) -> PairedRuns:
    asked = with_partner(question.scenario, question.asked.against)
    return PairedRuns(asked, question.asked.axis, leavers(asked, question.asked.against), extra)


def _incentive(question: Question, extra: Mapping[str, Automaton] | None, progress: Any) -> Answer:
    paired = _paired(question, extra)
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
        found = by_whole_numbers(judge, int(low), int(high), _pilot(question), most, len(plans))
    else:
        found = by_pairs(payoffs_of, plans, low, high, question.width, first, _pilot(question), most)
    if found.outcome == MET and found.plan is None:
        fails = found.high if found.above else found.low
        payoffs_there = payoffs_of(fails or 0.0, plans, first, 1 if paired.certain else _pilot(question))
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


# --- what stands beside it -----------------------------------------------------------------------------------------

Beside = tuple[float | None, str]
"""A border that was not simulated, or None and the reason."""


def closed_form(question: Question) -> Beside:
    """Where theory puts the border for a typical party, and why if nowhere; it has no part in the search."""
    from experiments.cells import DRAWN, critical_value
    from sim import theory

    asked = question.scenario
    if question.asked.against and question.asked.against != asked.strategy:
        return None, "several strategies are played"
    try:
        world = set_up(
            encode([case(asked)]), np.zeros(DRAWN, dtype=np.int64), np.arange(DRAWN), np.full(DRAWN, asked.seed)
        )
        partners = world.sides.ell.size / world.parties.kind.size
        found = critical_value(asked, question.asked.axis, (question.low, question.high), partners, weakest=False)
    except (theory.NoClosedForm, ValueError) as reason:
        return None, str(reason)
    if found is None:
        return None, "theory does not cross once in this range"
    if isinf(found):
        return None, "theory has no crossing here: cooperation " + ("holds" if found > 0 else "fails") + " throughout"
    return found, ""


IN_EXACT = {
    "horizon.discount": "discount",
    "interaction.attention": "attended",
    **{f"game.{name}": name for name in ("temptation", "reward", "punishment", "sucker")},
    **{f"information.{name}": name for name in ("action_error", "miss", "false_alarm")},
}


def exact_value(question: Question) -> Beside:
    """Where the exact gain of leaving changes sign, and why if nowhere; it has no part in the search."""
    asked = with_partner(question.scenario, question.asked.against)
    if question.asked.breakdown == OBSERVED:
        return None, "exact values are of incentives, not of what is observed"
    if question.asked.axis not in IN_EXACT:
        return None, f"exact critical values are not along {question.asked.axis}"
    reasons = {
        "stakes vary": asked.game.stake_high > 1 and asked.game.stake_chance > 0,
        "parties differ by chance": asked.parties.discount_spread > 0
        or asked.parties.temptation_spread > 0
        or asked.information.response_lag_spread > 0,
        "outdated procedures change the reward": asked.parties.traffickers > 0 and asked.trafficking.relevance > 0,
        "the broker changes what is seen": asked.institution.broker.active,
        "single parties have discounts or temptations of their own": any(
            one.discount is not None or one.temptation is not None for one in asked.parties.named.values()
        ),
        "kinds of party have payoffs of their own": payoffs(asked, "organization") != payoffs(asked, "ministry"),
    }
    for reason, applies in reasons.items():
        if applies:
            return None, reason
    try:
        return _exact_of_the_pair(question, asked)
    except ValueError as reason:
        return None, str(reason)


def _exact_of_the_pair(question: Question, asked: Settings) -> Beside:
    """The pair holds where neither gains: of two borders the one that fails first."""
    from sim import exact

    told = case(asked)
    both = actors(told, set_up(encode([told]), [0], [0], np.array([asked.seed], dtype=np.uint64)))
    certain, found, fails_above = _paired(question).certain, [], True
    name, low, high = IN_EXACT[question.asked.axis], question.low, question.high
    high = min(high, 1.0) if name == "attended" else high
    for party in leavers(asked, question.asked.against):
        mine, other = (told.strategies[both[i].strategy] for i in (party, 1 - party))
        settled: dict[str, Any] = {
            "mine": mine if certain else None,
            "other": other,
            "game": exact.Payoffs(*payoffs(asked, "ministry")),
            "information": exact.Information(
                both[party].response_lag,
                both[1 - party].response_lag,
                asked.information.action_error,
                asked.information.miss,
                asked.information.false_alarm,
                min(1.0, asked.interaction.attention),
            ),
            "discount": asked.horizon.discount,
        }
        gains = [_exact_gain(name, value, settled) for value in (low, high)]
        if max(gains) > TIE:  # else this party stays throughout, and the border is that of the other
            found.append(exact.critical_value(name, low, high, **settled))
            fails_above = gains[1] > gains[0]
    if not found:
        return None, "neither party gains by leaving anywhere in this range"
    return (min if fails_above else max)(found), ""


def _exact_gain(name: str, value: float, settled: Mapping[str, Any]) -> float:
    """The exact gain of leaving with one parameter set."""
    from sim import exact

    own, change = dict(settled), {name: value}
    if name in exact.IN_GAME:
        own["game"] = replace(own["game"], **change)
    elif name in exact.IN_INFORMATION:
        own["information"] = replace(own["information"], **change)
    else:
        own["discount"] = value
    mine = own.pop("mine")
    return exact.gain_of_leaving(mine, **own) if mine else exact.gain_of_defecting(**own)


# --- what is told --------------------------------------------------------------------------------------------------


def summary(question: Question, answer: Answer, beside: tuple[Beside, Beside], told: Words) -> str:
    """The answer in a sentence, how sure it is, theory and the exact value beside it."""
    found, name = answer.border, question.asked.axis
    lines = [_answer(question, answer, told)]
    if found.outcome == MET:
        lines += _sureness(question, answer, told)
    lines += _beside(question, beside, told)
    lines.append(told.say("border.runs", runs=told.number(answer.runs), axis=told.label(name)))
    if answer.cut:
        weight = told.value("", _round(answer.cut))
        lines.append(told.say("border.cut", rounds=told.number(leaving.MOST_ROUNDS), weight=weight))
    return "\n".join([*lines, told.say("border.caveat")])


def _answer(question: Question, answer: Answer, told: Words) -> str:
    found, kind = answer.border, question.asked.breakdown
    low, high = (told.value("", _round(end)) for end in (question.low, question.high))
    if found.outcome != MET:
        key = "open" if found.outcome == OPEN else found.outcome
        said = {"holds": "border.{}_holds", "pays": "border.{}_fails", "open": "border.{}_open"}[key].format(kind)
        return told.say(said, axis=told.name(question.asked.axis), low=low, high=high)
    side = "above" if found.above else "below"
    shown = _shown(found, told)
    return told.say(f"border.{kind}_{side}", axis=told.name(question.asked.axis), **shown)


def _shown(found: Border, told: Words) -> dict[str, str]:
    """Value and interval with as many digits as the interval bears."""
    low, high = float(found.low or 0.0), float(found.high or 0.0)
    digits = max(0, min(9, 1 - floor(log10(high - low)))) if high > low else 9
    ends = {"value": found.value or 0.0, "low": low, "high": high}
    shown = {key: told.value("", round(end, digits) + 0.0) for key, end in ends.items()}
    within = told.say("border.within", **shown) if shown["low"] != shown["high"] else ""
    return {"value": shown["value"], "within": within}


def _round(value: float) -> float:
    return float(f"{value:.6g}")


def _sureness(question: Question, answer: Answer, told: Words) -> list[str]:
    found, lines = answer.border, []
    if found.plan:
        plan = _plan(found.plan.name, told)
        who = told.say("border.who", party=answer.who) if answer.who else ""
        lines.append(told.say("border.binds", plan=plan, who=who))
    if not answer.certain and not question.whole:
        lines.append(told.say("border.interval"))
    if not found.settled:
        lines.append(told.say("border.budget", runs=told.number(question.asked.most_runs)))
    if found.again:
        lines.append(told.say("border.again"))
    if answer.basins:
        lines += _basins(question, answer.basins, told)
    return lines


def _plan(name: str, told: Words) -> str:
    """A plan in words."""
    for start, key in ((FIRST, "first"), (ONCE, "once")):
        if name.startswith(start):
            return told.say(f"border.plan_{key}", rest=_plan(name.removeprefix(start), told))
    if name.startswith("in "):
        states = name.removeprefix("in ")
        return told.say("border.plan_C") if states == "nothing" else told.say("border.plan_watching", states=states)
    if set(name) <= {"C", "D"}:
        return told.say("border.plan_in_turn", acts=name)
    known = {RULE: "rule", "blocks": "blocks", "late": "late", "late for good": "late_for_good"}
    return told.say(f"border.plan_{known.get(name, 'own')}", plan=name)


def _basins(question: Question, told_of: dict[str, float], told: Words) -> list[str]:
    lines = [
        told.say(
            "border.shares",
            place=told.value("", _round(told_of["place"])),
            broken=told.number(told_of["broken"]),
            runs=told.number(told_of["runs"]),
        )
    ]
    if "closing_broken" in told_of and "closing_held" in told_of:
        rates = {key: told.percent(told_of[f"closing_{key}"]) for key in ("broken", "held")}
        lines.append(told.say("border.basins", **rates))
    return lines


def _beside(question: Question, beside: tuple[Beside, Beside], told: Words) -> list[str]:
    lines = []
    for key, (value, reason) in zip(("closed_form", "exact"), beside, strict=True):
        if value is None:
            lines.append(told.say(f"border.no_{key}", reason=reason))
        else:
            lines.append(told.say(f"border.{key}", value=told.value("", round(value, 9))))
    return lines


def record(question: Question, answer: Answer, beside: tuple[Beside, Beside]) -> dict[str, Any]:
    """The answer for programs; None where there is none."""
    found = answer.border
    return {
        "axis": question.asked.axis,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "closed_form": beside[0][0],
        "exact": beside[1][0],
        "breakdown": question.asked.breakdown,
        "runs": answer.runs,
    }


def together(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Records of a curve as one: lists in the order of the values of the second axis, runs added up."""
    lists = {key: [one[key] for one in records] for key in ("value", "low", "high", "closed_form", "exact")}
    return {**records[0], **lists, "runs": sum(one["runs"] for one in records)}


# --- the command ---------------------------------------------------------------------------------------------------


def identity(question: Question) -> dict[str, Any]:
    """Everything that the numbers of a border depend on."""
    scenario = {name: value for name, value in asdict(question.scenario).items() if name not in NOT_RESULTS}
    return {
        "asked": asdict(question.asked),
        "scenario": scenario,
        "strategies": {name: asdict(rule) for name, rule in strategies().items()},
        "rules": compiled.source_fingerprint(),
    }


def _command(line: Sequence[str]) -> str:
    return " ".join(["python -m experiments.border", *map(shlex.quote, line)])


def _open(folder: Path, fingerprint: str) -> None:
    """Refuse a folder that holds anything but this border."""
    manifest = tables.read_json(folder / "manifest.json")
    if folder.exists() and not folder.is_dir():
        raise BadInput([f"folder: {folder} is a file; give another folder="])
    if folder.exists() and any(folder.iterdir()) and (manifest or {}).get("fingerprint") != fingerprint:
        raise BadInput([f"folder: {folder} holds something else; give another folder="])


def _find(question: Question, told: Words) -> None:
    """One border, told on the terminal."""
    answer, beside = search(question, shown=True), (closed_form(question), exact_value(question))
    print(f"{summary(question, answer, beside, told)}\n\n{json.dumps(record(question, answer, beside))}")


def _draw(question: Question, told: Words) -> None:
    """A border for each value of the second axis, as a curve in a folder."""
    from experiments import figures

    fingerprint = tables.fingerprint(identity(question))
    folder = Path(question.scenario.folder or Path("results") / f"border-{fingerprint}")
    _open(folder, fingerprint)
    rows, lines, values = [], [], []
    for value, one in each(question):
        answer, beside = search(one, shown=True), (closed_form(one), exact_value(one))
        rows.append(record(one, answer, beside) | {"outcome": answer.border.outcome, "above": answer.border.above})
        where = f"{told.name(question.asked.axis2 or '')} {told.value('', value)}: "
        lines.append(where + _answer(one, answer, told))
        values.append(value)
    tables.write_json(
        {"command": _command(question.line), "fingerprint": fingerprint, "identity": identity(question)},
        folder / "manifest.json",
    )
    table: list[tables.Row] = [
        {question.asked.axis2 or "": value, **row} for value, row in zip(values, rows, strict=True)
    ]
    tables.write_csv([tables.table(table)], folder / "border.csv")
    figure = figures.border_diagram(
        question.asked.axis2 or "",
        tuple(values),
        question.asked.axis,
        (question.low, question.high),
        rows,
        told,
        f"{_command(question.line)}   [{fingerprint}]",
        told.say(f"border.title_{question.asked.breakdown}"),
        told.say("border.runs_in_all", runs=told.number(sum(row["runs"] for row in rows))),
    )
    figures.save(figure, folder / "figures" / "border")
    record_of_all = together([{key: row[key] for key in _RECORD} for row in rows])
    print("\n".join([*lines, told.say("border.caveat"), "", str(folder), json.dumps(record_of_all)]))


_RECORD = ("axis", "value", "low", "high", "closed_form", "exact", "breakdown", "runs")


def main() -> None:
    """Entry of ``python -m experiments.border``."""
    line = sys.argv[1:]
    with front.exit_codes("Nothing is kept of a border that was not found."):
        if {"-h", "--help"} & set(line):
            print(help_text())
            return
        question = read(line)
        if not compiled.is_compiled():
            print("Compiling the rules, once for each version of them (about half a minute) ...", file=sys.stderr)
        (_draw if question.asked.axis2 else _find)(question, words(question.scenario.language))


if __name__ == "__main__":
    main()
