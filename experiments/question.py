"""What may be asked of a border: the words of a command line, checked all at once before anything is run.

>>> question = read(["scenario=dyad", "axis=horizon.discount"])
>>> question.low, question.high, question.whole
(0.0, 0.9999, False)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cache
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf

from experiments import front
from experiments.compose import SETTINGS, BadInput, Settings, changed, groups, run_faults, settings, strategies
from experiments.crossings import FEW_PLACES, PLACES
from experiments.leaving import PairedRuns, leavers, with_partner
from sim.automata import Automaton
from sim.scenario import PARTIES, declaration, nearest, parameter, range_faults, value_of

PILOT = 5
"""Replicates of a pilot that compares plans, for each replicate that is asked for."""
INCENTIVE, OBSERVED = "incentive", "observed"


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
    def given(self) -> tuple[str, ...]:
        """Names of the words that were said, in their order."""
        return tuple(_key(word) for word in self.line)

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
    if leavers(asked, question.asked.axis, question.asked.against):
        return []
    return [
        f"strategy: '{asked.strategy}' does not begin with cooperation for certain, so there is no cooperative rule "
        "to leave"
    ]


def _budget_faults(question: Question) -> list[str]:
    """Whether the range can be looked through at all."""
    needed = 2 * question.scenario.replicates * FEW_PLACES
    if question.asked.breakdown == INCENTIVE:
        paired = paired_runs(question)
        needed = len(paired.plans) * (PLACES if paired.certain else 2 * FEW_PLACES * pilot(question))
    if needed <= question.asked.most_runs:
        return []
    return [
        f"most_runs: {question.asked.most_runs} do not suffice to look through the range, which takes {needed} "
        "(count; fewer replicates= take less)"
    ]


def pilot(question: Question) -> int:
    """Replicates of each place of a pilot."""
    return max(10, PILOT * question.scenario.replicates)


def paired_runs(question: Question, extra: Mapping[str, Automaton] | None = None) -> PairedRuns:
    """The games of two that a question of incentives is answered by."""
    asked = with_partner(question.scenario, question.asked.against)
    return PairedRuns(asked, question.asked.axis, leavers(asked, question.asked.axis, question.asked.against), extra)


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
