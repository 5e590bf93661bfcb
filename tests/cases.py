"""Cases for tests: a scenario by its base and the names that differ, and what a run of it did.

>>> case(changes={"parties.ministries": 10}).scenario.parties.ministries
10
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from experiments import compose
from sim import scenario as scenarios
from sim.automata import Automaton
from sim.history import Run
from sim.model import CooperationModel, run
from sim.scenario import Case, MandateTable, NamedParty, Scenario

SIX = ("dyad", "baseline", "many_ministries", "slow_response", "strong_iom", "indonesia_2019_2023")
"""The scenarios that are shipped."""


@cache
def _base(name: str) -> Scenario:
    return compose.scenario(name)


def base_scenario(name: str) -> Scenario:
    """One of the six scenarios, to be changed freely. Only here do the tests know where they are declared."""
    return deepcopy(_base(name))


def put(scenario: Scenario, name: str, value: Any) -> None:
    """Give a parameter a value by its dotted name; a named party is made when it is first named."""
    *path, last = name.split(".")
    place: Any = scenario
    for part in path:
        place = place.setdefault(part, NamedParty()) if isinstance(place, dict) else getattr(place, part)
    getattr(place, last)  # a name that does not exist is an error
    setattr(place, last, list(value) if isinstance(value, list) else value)


def case(
    base: str = "baseline",
    changes: Mapping[str, Any] | None = None,
    strategies: Mapping[str, Automaton] | None = None,
    mandates: MandateTable | None = None,
) -> Case:
    """A checked case: a base, changes by dotted name, further strategies, a mandate table of one's own."""
    scenario = base_scenario(base)
    for name, value in (changes or {}).items():
        put(scenario, name, value)
    known = {**compose.strategies(), **(strategies or {})}
    made = Case(scenario, known, mandates or compose.table(scenario.topology.matrix))
    if found := scenarios.faults(made):
        raise ValueError("\n".join(found))
    return made


def pairs(count: int, changes: Mapping[str, Any], strategies: Mapping[str, Automaton] | None = None) -> Case:
    """Separate dyads in one run, each with luck of its own: organization i meets ministry count + i only.

    Everything else is as in the dyad: no errors, no spreads, no traffickers, nobody learns.
    """
    rows = [(f"one_{i}", "organization", frozenset([i])) for i in range(count)]
    rows += [(f"other_{i}", "ministry", frozenset([i])) for i in range(count)]
    mandates = MandateTable(tuple(f"pair_{i}" for i in range(count)), tuple(rows))
    places = {
        "parties.organizations": count,
        "parties.ministries": count,
        "topology.kind": "mandates",
        "topology.functions": count,
        "topology.matrix": "pairs",
    }
    return case("dyad", {**places, **changes}, strategies, mandates)


def script(acts: str) -> Automaton:
    """A party that plays these acts, one for each report it reads, and then the last one for ever."""
    last = len(acts) - 1
    after = tuple(((min(i + 1, last),) * 2,) * 2 for i in range(len(acts)))
    names = tuple(f"act_{i}" for i in range(len(acts)))
    return Automaton("script", names, 0, tuple(float(act == "C") for act in acts), after)


@dataclass
class Played:
    """What a run did: its history, and acts and intentions of shape (rounds, sides), C = 1 and D = 0."""

    history: Run
    acts: np.ndarray
    intended: np.ndarray

    def of_side(self, reader: int, other: int) -> str:
        """Score sheet of one side, as letters."""
        return "".join("DC"[act] for act in self.acts[:, self.place(reader, other)])

    def place(self, reader: int, other: int) -> int:
        """Column of a side."""
        return self.history.sides.index((reader, other))


def play(made: Case, seed: int = 1, replicate: int = 0) -> Played:
    """Run a case and keep every act."""
    acts: list[list[int]] = []
    intended: list[list[int]] = []

    def watch(model: CooperationModel) -> None:
        acts.append([side.act for side in model.sides])
        intended.append([side.intended for side in model.sides])

    history = run(made, seed, replicate, watch)
    return Played(history, np.array(acts), np.array(intended))


def trajectory(history: Run) -> tuple[Any, ...]:
    """All that a run hands over, to be compared with ==."""
    return (
        history.series,
        history.payoffs,
        history.mean_payoffs,
        history.covered,
        history.displaced,
        history.trafficker_payoff,
        history.capped,
    )
