"""Number of actors and both lags in one inequality (R24, R25)."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import numpy as np

from experiments.checks import (
    PAYOFFS,
    Comparison,
    Draw,
    Found,
    Game,
    Luck,
    analytic,
    chains,
    check,
    exact,
    plans,
    runs,
    simulated,
)
from experiments.checks.plans import Memory, root
from experiments.checks.reciprocity import attended_by_count, last_that_holds, one_plan_binds, three
from sim import exact as chain
from sim import theory
from sim.automata import Automaton
from sim.exact import Information
from sim.scenario import Case


def cost_of_a_link(partners: int, cost: float) -> float:
    """What a C act costs per link: every pair of a partner and another one is squared, shared by all links."""
    return cost * len(list(permutations(range(partners), 2))) / partners


def squared(game: Game, partners: int, cost: float, lost: float = 0.0) -> Game:
    """The game of a link after the cost of coordination, and with a part of the reward lost."""
    own = cost_of_a_link(partners, cost)
    return {**game, "reward": game["reward"] - own - lost, "sucker": game["sucker"] - own}


def on_complete_links(game: Game, partners: int, discount: float, rounds: int, **changes: Any) -> dict[str, Any]:
    """Parameters of one organization among as many ministries as it has partners."""
    return {
        "parties.ministries": partners,
        "parties.organization.strategy": "mine",
        "horizon.rounds": rounds,
        "horizon.discount": discount,
        **{f"game.{name}": game[name] for name in PAYOFFS},
        **{name.replace("__", "."): value for name, value in changes.items()},
    }


@check("R24")
def coordination(draw: Draw) -> Iterator[Comparison]:
    def make() -> tuple[Game, int, float]:
        return draw.dilemma(), draw.whole(2, 6), draw.number(0.02, 0.2)

    def critical(game: Game, partners: int, cost: float) -> float:
        kept, exploited = theory.cooperation_payoffs(game["reward"], game["sucker"], cost, partners)
        try:
            return theory.critical_discount_tit_for_tat(game["temptation"], kept, game["punishment"], exploited)
        except theory.NoClosedForm:
            return 1.0

    game, partners, cost = draw.until(make, lambda told: 0.2 < critical(*told) < 0.86 and one_plan_binds(told[0]))
    told = {**game, "partners": partners, "coordination_cost": cost}
    predicted = critical(game, partners, cost)

    def by_plans() -> float:
        """The same act toward all; every pair of a partner and another one is paid for."""
        acts = plans.plans()
        pairs = len(list(permutations(range(partners), 2)))
        earned = partners * plans.payoffs(game, Memory(), 1) - acts * cost * pairs
        return root(lambda w: plans.gain(earned, w), plans.LOW, plans.HIGH)

    def by_chain() -> float:
        return chains.critical_discount(chains.TIT_FOR_TAT, squared(game, partners, cost), Information())

    def by_runs(luck: Luck) -> Found:
        def case_of(discount: float, plan: Automaton) -> Case:
            changes = on_complete_links(game, partners, discount, runs.HORIZON, game__coordination_cost=cost)
            return runs.made(changes, {"other": chains.TIT_FOR_TAT, "mine": plan})

        return runs.border_as_paid(case_of, chains.ALLC, list(runs.PLANS.values()), luck, 1)

    yield analytic(told, predicted, by_plans)
    yield exact(told, predicted, by_chain)
    yield simulated(told, predicted, by_runs)


def off_whole(value: float, low: float, high: float) -> bool:
    """Whether a critical lag lies in a range and off whole numbers, where rounding would decide."""
    return low < value < high and 0.05 < value % 1 < 0.95


def uncovered_by_ages(lag: int, chance: float) -> float:
    """Share of time in which the modus is younger than the lag, a new one coming with a chance in every round."""
    ages = np.zeros(lag + 1)
    ages[-1] = 1.0
    for _ in range(2000):
        older = np.r_[0.0, ages[:-1]] * (1 - chance)
        older[-1] += ages[-1] * (1 - chance)
        older[0] += chance
        ages = older
    return float(ages[:lag].sum())


def _actors(draw: Draw) -> dict[str, Any]:
    """A dilemma with partners, attention, cost, notice and discount."""
    return {
        "game": draw.dilemma(),
        "partners": draw.whole(2, 6),
        "attention": draw.number(1, 3, 1),
        "coordination_cost": draw.number(0.01, 0.08),
        "noticed": draw.number(0.8, 1),
    }


def _asked(told: dict[str, Any], **more: Any) -> dict[str, Any]:
    rest = {name: value for name, value in told.items() if name != "game"}
    return {**three(told["game"]), **rest, **more}


@check("R25", cases=3)
def headline(draw: Draw) -> Iterator[Comparison]:
    yield from _response_lag(draw)
    yield from _response_lag_of_tit_for_tat(draw)
    yield from _government_lag(draw)
    yield from _in_runs(draw)


def _reads(told: dict[str, Any]) -> float:
    return attended_by_count(told["attention"], told["partners"])


def _response_lag(draw: Draw) -> Iterator[Comparison]:
    def make() -> dict[str, Any]:
        more = {"discount": draw.number(0.8, 0.95), "relevance": draw.number(0, 0.4), "outdated": draw.number(0, 1)}
        return {**_actors(draw), **more}

    told = draw.until(make, lambda told: off_whole(theory.critical_response_lag(**_asked(told)), 0, 7))
    predicted = np.floor(theory.critical_response_lag(**_asked(told)))
    game = squared(told["game"], told["partners"], told["coordination_cost"], _lost(told, told["outdated"]))
    memory = Memory(forgives=False, attended=_reads(told), noticed=told["noticed"])
    shown = {**told["game"], **_asked(told), "asked": "response_lag"}

    def by_plans(lag: int) -> float:
        return plans.gain(plans.payoffs(game, memory, lag + 1), told["discount"])

    def by_chain(lag: int) -> float:
        known = Information(lag, miss=1 - told["noticed"], attended=_reads(told))
        return chain.gain_of_defecting(chains.GRIM, chains.stage(game), known, told["discount"])

    yield analytic(shown, predicted, lambda: last_that_holds(by_plans))
    yield exact(shown, predicted, lambda: last_that_holds(by_chain))


def _lost(told: dict[str, Any], outdated: float) -> float:
    """Part of the reward that is lost while procedures are outdated."""
    game = told["game"]
    return float(told["relevance"] * outdated * (game["reward"] - game["punishment"]))


def _response_lag_of_tit_for_tat(draw: Draw) -> Iterator[Comparison]:
    def make() -> dict[str, Any]:
        return {**_actors(draw), "discount": draw.number(0.8, 0.95), "generosity": draw.number(0, 0.2)}

    def critical(told: dict[str, Any]) -> float:
        return theory.critical_response_lag_tit_for_tat(**_asked(told), sucker=told["game"]["sucker"])

    told = draw.until(make, lambda told: off_whole(critical(told), 0, 6))
    game = squared(told["game"], told["partners"], told["coordination_cost"])
    memory = Memory(attended=_reads(told), noticed=told["noticed"], generosity=told["generosity"])
    shown = {**told["game"], **_asked(told), "asked": "response_lag of tit for tat"}

    def by_plans(lag: int) -> float:
        return plans.gain(plans.payoffs(game, memory, lag + 1), told["discount"])

    def by_chain(lag: int) -> float:
        known = Information(lag, miss=1 - told["noticed"], attended=_reads(told))
        rule = chains.generous(told["generosity"])
        return chain.gain_of_defecting(rule, chains.stage(game), known, told["discount"])

    predicted = np.floor(critical(told))
    yield analytic(shown, predicted, lambda: last_that_holds(by_plans))
    yield exact(shown, predicted, lambda: last_that_holds(by_chain))


def _government_lag(draw: Draw) -> Iterator[Comparison]:
    def make() -> dict[str, Any]:
        more = {"discount": draw.number(0.8, 0.95), "relevance": draw.number(0.2, 0.8)}
        return {**_actors(draw), **more, "response_lag": draw.whole(0, 3), "switching_chance": draw.number(0.05, 0.3)}

    told = draw.until(make, lambda told: off_whole(theory.critical_government_lag(**_asked(told)), 0, 25))
    memory = Memory(forgives=False, attended=_reads(told), noticed=told["noticed"])
    shown = {**told["game"], **_asked(told), "asked": "government_lag"}

    def game_at(lag: int) -> Game:
        lost = _lost(told, uncovered_by_ages(lag, told["switching_chance"]))
        return squared(told["game"], told["partners"], told["coordination_cost"], lost)

    def by_plans(lag: int) -> float:
        return plans.gain(plans.payoffs(game_at(lag), memory, told["response_lag"] + 1), told["discount"])

    def by_chain(lag: int) -> float:
        known = Information(told["response_lag"], miss=1 - told["noticed"], attended=_reads(told))
        return chain.gain_of_defecting(chains.GRIM, chains.stage(game_at(lag)), known, told["discount"])

    predicted = np.floor(theory.critical_government_lag(**_asked(told)))
    yield analytic(shown, predicted, lambda: last_that_holds(by_plans))
    yield exact(shown, predicted, lambda: last_that_holds(by_chain))


TRAFFICKERS = 30


def _in_runs(draw: Draw) -> Iterator[Comparison]:
    """The critical discount of one party among equals, with traffickers whose new modi outdate procedures.

    The best shot of all acts is the joint capacity, so that the one who leaves does not slow down the covering. It
    leaves after some reports, when outdated procedures have found their mean.
    """

    def make() -> dict[str, Any]:
        more = {"relevance": draw.number(0.1, 0.5), "response_lag": draw.whole(0, 2)}
        return {**_actors(draw), **more, "government_lag": draw.whole(1, 5), "switching_chance": draw.number(0.05, 0.3)}

    def critical(told: dict[str, Any]) -> float:
        outdated = theory.uncovered_share_random(told["government_lag"], told["switching_chance"])
        rest = {n: v for n, v in _asked(told).items() if n not in ("government_lag", "switching_chance")}

        def margin(discount: float) -> float:
            return theory.margin(**rest, discount=discount, outdated=outdated)

        return root(margin, 0.001, 0.999)

    told = draw.until(make, lambda told: 0.4 < critical(told) < 0.82)
    leave = _leaving_after(told["government_lag"] + 2)

    def case_of(discount: float, plan: Automaton) -> Case:
        changes = on_complete_links(
            told["game"],
            told["partners"],
            discount,
            runs.HORIZON,
            game__coordination_cost=told["coordination_cost"],
            information__response_lag=told["response_lag"],
            information__miss=1 - told["noticed"],
            interaction__attention=told["attention"],
            parties__traffickers=TRAFFICKERS,
            trafficking__government_lag=told["government_lag"],
            trafficking__switching="random",
            trafficking__chance=told["switching_chance"],
            trafficking__capacity="best_shot",
            trafficking__relevance=told["relevance"],
            trafficking__relevance_memory=1.0,
        )
        return runs.made(changes, {"other": chains.GRIM, "mine": plan})

    def by_runs(luck: Luck) -> Found:
        return runs.border_as_paid(case_of, chains.ALLC, [leave], luck, 900)

    yield simulated({**told["game"], **_asked(told), "asked": "discount"}, critical(told), by_runs, width=0.03)


def _leaving_after(reports: int) -> Automaton:
    return chains.script("C" * reports + "D")
