"""Measures of one run: numbers a policy reader asks for, each computed from the history alone.

Two definitions of breakdown are reported. *Observed*: the cooperation rate of the closing window lies below a stated
level. *Incentive*: on more than half of the links leaving the cooperative rule pays at set-up, which is what the closed
forms speak of. A measure that has no meaning in a run (no traffickers, no acts) is null.
"""

from dataclasses import dataclass

import numpy as np

from sim import automata, learning
from sim.history import History
from sim.world import Actor, World

Number = float | int | bool | None


@dataclass(frozen=True)
class Measure:
    """Unit and meaning of one column of the results table."""

    unit: str
    meaning: str


MEASURES = {
    "cooperation_rate": Measure("share", "cooperative acts among all acts"),
    "closing_cooperation_rate": Measure("share", "the same in the closing window"),
    "organization_cooperation_rate": Measure("share", "cooperative acts of organizations"),
    "ministry_cooperation_rate": Measure("share", "cooperative acts of ministries"),
    "broken": Measure("yes or no", "observed breakdown: closing cooperation rate below the level"),
    "fell_at": Measure("round", "first round of the closing spell below the level"),
    "recovered": Measure("yes or no", "was below the level, and is not at the end"),
    "incentive_broken": Measure("yes or no", "incentive breakdown: more than half of the links fail at set-up"),
    "incentive_failing_links": Measure("share", "links on which leaving the cooperative rule pays at set-up"),
    "intact": Measure("share", "discounted rounds in which every act was meant as cooperation"),
    "intact_rounds": Measure("count", "rounds in which every act was meant as cooperation"),
    "gap": Measure("share", "functions and rounds served by nobody"),
    "duplication": Measure("share", "functions and rounds served by two or more"),
    "uncovered": Measure("share", "uncovered rounds among the active rounds of traffickers"),
    "uncovered_of_all": Measure("share", "uncovered rounds among all rounds of traffickers"),
    "attempts": Measure("cases", "attempts over the run"),
    "true_cases": Measure("cases", "true incidence over the run"),
    "detected_cases": Measure("cases", "detected cases over the run"),
    "displacement": Measure("share", "covered modi whose trafficker later took a new one"),
    "trafficker_payoff": Measure("payoff per round", "mean over traffickers and rounds"),
    "outdated": Measure("share", "mean of how outdated procedures are"),
    "capacity": Measure("share", "mean joint capacity"),
    "payoff": Measure("payoff", "mean over parties of the payoff of the run"),
    "organization_payoff": Measure("payoff", "mean over organizations of the payoff of the run"),
    "ministry_payoff": Measure("payoff", "mean over ministries of the payoff of the run"),
    "mean_payoff": Measure("payoff per round", "plain mean over parties and rounds"),
    "partners": Measure("count", "mean number of partners of a party"),
    "rounds_played": Measure("rounds", "rounds played"),
    "capped": Measure("yes or no", "a random ending was cut off by the last round watched"),
}
"""Every measure of a run, in the order of the columns."""


def measures(history: History) -> dict[str, Number]:
    """All measures of one run, by name."""
    found = {
        **_cooperation(history),
        **_incentive(history.world),
        **_intact(history),
        **_mandates(history),
        **_trafficking(history),
        **_payoffs(history),
        "partners": len(history.world.sides) / len(history.world.actors),
        "rounds_played": history.rounds,
        "capped": history.capped if history.world.scenario.horizon.ending == "random" else None,
    }
    return {name: found[name] for name in MEASURES}


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None


def cooperative_acts(history: History) -> np.ndarray:
    """Cooperative acts of all parties, array over rounds."""
    return history.column("organization_cooperation") + history.column("ministry_cooperation")


def window_rates(history: History) -> np.ndarray:
    """Cooperation rate over the last ``window`` rounds up to each round (over all, while there are fewer)."""
    window = history.world.scenario.breakdown.window
    total = np.concatenate(([0], np.cumsum(cooperative_acts(history))))
    last = np.arange(1, history.rounds + 1)
    first = np.maximum(last - window, 0)
    rates: np.ndarray = (total[last] - total[first]) / ((last - first) * len(history.world.sides))
    return rates


def _cooperation(history: History) -> dict[str, Number]:
    world, rounds = history.world, history.rounds
    acts_of = {
        kind: rounds * sum(len(actor.partners) for actor in world.actors if actor.kind == kind)
        for kind in ("organization", "ministry")
    }
    rates = window_rates(history)
    below = rates < world.scenario.breakdown.level
    broken = bool(below[-1])
    return {
        "cooperation_rate": _share(cooperative_acts(history).sum(), rounds * len(world.sides)),
        "closing_cooperation_rate": float(rates[-1]),
        **{
            f"{kind}_cooperation_rate": _share(history.column(f"{kind}_cooperation").sum(), acts)
            for kind, acts in acts_of.items()
        },
        "broken": broken,
        "fell_at": _first_of_closing_spell(below) if broken else None,
        "recovered": bool(below.any()) and not broken,
    }


def _first_of_closing_spell(below: np.ndarray) -> int:
    holding = np.flatnonzero(~below)
    return int(holding[-1]) + 1 if holding.size else 0


def _incentive(world: World) -> dict[str, Number]:
    """Share of links that fail on either side at set-up, with every partner believed reciprocal (R7)."""
    if any(index is None for index in world.index):
        return {"incentive_broken": None, "incentive_failing_links": None}
    failing = {
        (min(side.reader, side.other), max(side.reader, side.other))
        for side, index in zip(world.sides, world.index, strict=True)
        if not _side_holds(world, world.actors[side.reader], index or 0.0)
    }
    share = len(failing) / (len(world.sides) / 2)
    return {"incentive_broken": share > 0.5, "incentive_failing_links": share}


def _side_holds(world: World, actor: Actor, index: float) -> bool:
    cost = world.scenario.game.coordination_cost * (len(actor.partners) - 1)
    family = automata.family(world.case.strategies[actor.strategy])
    forgives = family is not None and family[0] == "tit_for_tat"
    holds: bool = learning.reciprocity_pays(
        index, actor.temptation, actor.reward - cost, actor.punishment, actor.sucker - cost, forgives
    )
    return holds


def _intact(history: History) -> dict[str, Number]:
    """Discounted share of rounds in which all intended C (A8, A9), weights of the scenario's own discount."""
    intact = history.column("intended_cooperation") == len(history.world.sides)
    discount, weight, total = history.world.scenario.horizon.discount, 1.0, 0.0
    for whole in intact:
        total += weight * whole
        weight *= discount
    return {"intact": float((1.0 - discount) * total / (1.0 - weight)), "intact_rounds": int(intact.sum())}


def _mandates(history: History) -> dict[str, Number]:
    chances = history.rounds * history.world.scenario.topology.functions
    return {
        "gap": _share(history.column("gaps").sum(), chances),
        "duplication": _share(history.column("duplications").sum(), chances),
    }


def _trafficking(history: History) -> dict[str, Number]:
    traffickers = history.world.scenario.parties.traffickers
    uncovered = history.column("uncovered").sum()
    return {
        "uncovered": _share(uncovered, history.column("active").sum()),
        "uncovered_of_all": _share(uncovered, traffickers * history.rounds),
        **{
            name: float(history.column(name).sum()) if traffickers else None
            for name in ("attempts", "true_cases", "detected_cases")
        },
        "displacement": _share(history.displaced, history.covered),
        "trafficker_payoff": _share(history.trafficker_payoff, traffickers * history.rounds),
        "outdated": float(history.column("outdated").mean()),
        "capacity": float(history.column("capacity").mean() / 2**20),
    }


def _payoffs(history: History) -> dict[str, Number]:
    of_kind = {
        kind: [
            payoff for actor, payoff in zip(history.world.actors, history.payoffs, strict=True) if actor.kind == kind
        ]
        for kind in ("organization", "ministry")
    }
    return {
        "payoff": float(np.mean(history.payoffs)),
        **{f"{kind}_payoff": float(np.mean(found)) if found else None for kind, found in of_kind.items()},
        "mean_payoff": float(np.mean(history.mean_payoffs)),
    }
