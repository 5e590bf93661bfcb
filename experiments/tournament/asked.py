"""What may be asked of a tournament: its words, what is wrong with them, and the scenario that they stand for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob
from hydra.errors import HydraException
from omegaconf import OmegaConf

from experiments import front
from experiments.compose import CONF, SETTINGS, BadInput, case, groups, read_yaml, strategies
from sim.scenario import (
    Breakdown,
    Game,
    Horizon,
    Information,
    Learning,
    Parties,
    Scenario,
    Topology,
    Trafficking,
    faults,
    nearest,
    parameter,
    range_faults,
)


def _as_in_a_scenario(name: str, default: Any) -> Any:
    """The parameter of a scenario, declared there, with what it is here if nothing is said."""
    return field(default=default, metadata=SETTINGS[name].metadata)


@dataclass
class Asked:
    """Who plays, how long, under what conditions: the words of the command, and of ``tournament``."""

    strategies: list[str] = parameter([], "who plays; empty: every strategy of conf/strategies", "names")
    draw: list[str] = parameter([], "strategies to draw as diagrams, in place of a tournament", "names")
    rounds: int = _as_in_a_scenario("horizon.rounds", 200)
    repetitions: int = parameter(10, "matches of each pair, each with other luck", "count", low=1, high=10_000_000)
    action_error: float = _as_in_a_scenario("information.action_error", 0.0)
    miss: float = _as_in_a_scenario("information.miss", 0.0)
    false_alarm: float = _as_in_a_scenario("information.false_alarm", 0.0)
    response_lag: int = _as_in_a_scenario("information.response_lag", 0)
    game: str = parameter("textbook", "payoffs, a file of conf/game", choices=tuple(groups()["game"]))
    temptation: float | None = _as_in_a_scenario("game.temptation", None)
    reward: float | None = _as_in_a_scenario("game.reward", None)
    punishment: float | None = _as_in_a_scenario("game.punishment", None)
    sucker: float | None = _as_in_a_scenario("game.sucker", None)
    generations: int = parameter(1000, "generations of the ecology", "count", low=1, high=100_000)
    seed: int = _as_in_a_scenario("seed", 1)
    language: str = _as_in_a_scenario("language", "en")
    folder: str | None = _as_in_a_scenario("folder", None)


DECLARED = {declared.name: declared for declared in fields(Asked)}
LISTS = ("strategies", "draw")
PAYOFFS = ("temptation", "reward", "punishment", "sucker")
NOT_RESULTS = ("draw", "language", "folder")
"""Words that change no number of a result."""
IN_A_SCENARIO = {
    "horizon.rounds": "rounds",
    **{f"information.{name}": name for name in ("action_error", "miss", "false_alarm", "response_lag")},
}


def read(line: Sequence[str]) -> Asked:
    """What the words of a command line ask for.

    Raises
    ------
    BadInput
        With everything that is wrong, if anything is.

    Examples
    --------
    >>> read(["strategies=glob(tit*)", "action_error=.05"]).strategies
    ['tit_for_tat', 'tit_for_two_tats']
    """
    values: dict[str, Any] = {}
    wrong = []
    for word in line:
        try:
            key, value = _read_one(word)
            values[key] = front.in_declared_type(_typed(), key, value, DECLARED[key])
        except BadInput as error:
            wrong += error.faults
        except HydraException as error:
            wrong.append(f"{word}: cannot be read ({str(error).splitlines()[0]})")
    asked = Asked(**values)
    wrong += asked_faults(asked)
    if asked.draw:
        wrong += [
            f"{key}: has no meaning beside draw=, which draws a strategy and plays no tournament"
            for key in values
            if key not in NOT_RESULTS
        ]
    if wrong:
        raise BadInput(wrong)
    return asked


def _read_one(word: str) -> tuple[str, Any]:
    override = OverridesParser.create().parse_override(word)
    key, value = override.key_or_group.lstrip("+"), override.value()
    if override.is_delete() or key not in DECLARED:
        hint = nearest(key, DECLARED) if get_close_matches(key, DECLARED) else "; --help lists all words"
        raise BadInput([f"{key}: no word of a tournament{hint}"])
    if key in LISTS and isinstance(value, Glob):
        return key, value.filter(sorted(strategies())) or [word]
    if override.is_sweep_override():
        if key not in LISTS:
            raise BadInput([f"{word}: a tournament takes one value; lists are for strategies and draw"])
        return key, [str(each) for each in override.sweep_iterator(transformer=lambda element: element)]
    return key, [value] if key in LISTS and not isinstance(value, list) else value


@cache
def _typed() -> Any:
    return OmegaConf.structured(Asked)


def asked_faults(asked: Asked) -> list[str]:
    """Everything that is wrong, all at once, in the words of this command; empty if it can be played."""
    wrong = [
        fault
        for name, declared in DECLARED.items()
        if name not in LISTS and not (name in PAYOFFS and getattr(asked, name) is None)
        for fault in range_faults(name, getattr(asked, name), declared)
    ]
    known = strategies()
    for key in LISTS:
        names = getattr(asked, key)
        wrong += [f"{key}: no strategy '{name}'{nearest(name, known)}" for name in names if name not in known]
        wrong += [f"{key}: '{name}' occurs twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if len(asked.strategies) == 1:
        wrong.append(f"strategies: {asked.strategies[0]} alone has nobody to play; name two or more (count)")
    if not wrong:
        wrong = [_in_short_words(fault) for fault in faults(case(base(asked)))]
    return wrong


def _in_short_words(fault: str) -> str:
    for name, short in IN_A_SCENARIO.items():
        fault = fault.replace(name, short)
    return fault


def help_text() -> str:
    """Every word with unit, range and meaning: the text of --help."""
    lines = ["python -m experiments.tournament [name=value ...]", ""]
    lines += [f"Strategies: {', '.join(sorted(strategies()))}", "", "Words (name=value; lists are a,b,c):"]
    for name, declared in DECLARED.items():
        default = "" if declared.default in (None, "") or name in LISTS else f", {declared.default} if nothing is said"
        bounds = front.bounds_in_words(declared.metadata)
        lines.append(f"  {name}: {declared.metadata['meaning']}{default}" + (f" [{bounds}]" if bounds else ""))
    return "\n".join(lines)


# --- the scenario --------------------------------------------------------------------------------------------------


def base(asked: Asked) -> Scenario:
    """Two parties and nothing else: no traffickers, no functions, nobody learns."""
    return Scenario(
        game=game_of(asked),
        parties=Parties(organizations=1, ministries=1, traffickers=0, discount_spread=0.0, temptation_spread=0.0),
        horizon=Horizon(rounds=asked.rounds, ending="window"),
        information=Information(
            response_lag=asked.response_lag,
            response_lag_spread=0.0,
            response_lag_cap=max(asked.response_lag, 0),
            action_error=asked.action_error,
            miss=asked.miss,
            false_alarm=asked.false_alarm,
        ),
        topology=Topology(kind="complete", functions=0, organization_holds=0),
        learning=Learning(kind="none", pool=["own"]),
        trafficking=Trafficking(relevance=0.0),
        breakdown=Breakdown(window=1),
    )


def game_of(asked: Asked) -> Game:
    """The payoffs of the file, and those that were asked for in place of them."""
    own = {name: getattr(asked, name) for name in PAYOFFS if getattr(asked, name) is not None}
    return replace(_game_of_file(asked.game), **own)


@cache
def _game_of_file(name: str) -> Game:
    values = read_yaml(CONF / "game" / f"{name}.yaml")
    return Game(coordination_cost=0.0, **values)
