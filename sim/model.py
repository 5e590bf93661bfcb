"""The model in Mesa: readable, one agent each, any size up to hundreds of parties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mesa
import numpy as np

from sim import games, luck, mandates, trafficking
from sim.agents import InternationalOrganization, Ministry, Party, Side, Trafficker
from sim.encoding import encode, serving_thresholds
from sim.history import SERIES, Run, empty_history
from sim.scenario import Case
from sim.world import actors, set_up

MINDS: dict[str, Callable[[Party], None]] = {
    "none": lambda party: None,
    "imitation": Party.imitate,
    "calculating": Party.calculate,
}
"""How parties revise what they do, by ``learning.kind``."""


@dataclass(frozen=True)
class Duty:
    """A holder's share in a function: the lane of its luck, and its sides toward higher-ranked holders it is linked to.

    Summary of rule: leave the function to a senior with whom one cooperated; else serve by chance.
    """

    party: int
    lane: int
    seniors: list[Side]


class CooperationModel(mesa.Model):
    """Parties and traffickers in five phases: observe, decide, act, collect, learn.

    Summary of rule: all agents finish a phase before anybody starts the next; luck comes by coordinates, never from a
    shared stream; Mesa's own generator is not used.
    """

    def __init__(self, case: Case, seed: int, replicate: int) -> None:
        super().__init__(rng=0)
        self.case, self.scenario, self.seed, self.replicate = case, case.scenario, seed, replicate
        self.world = set_up(encode([case]), [0], [replicate], [seed])
        self.actors = actors(case, self.world)
        self.round = 0
        self.running = True
        self.totals = empty_history(1, len(self.actors), self.scenario.horizon.rounds)
        self.words: list[list[int]] = []
        self.outdated = 0.0
        self.capacity = trafficking.FULL
        self.uncovered = 0
        self.stake = 1.0
        self._read_scenario()
        self._number_the_lanes()
        self.parties = self._create_parties()
        self.duties = self._assign_duties()
        self.traffickers = self._create_traffickers()
        if self.scenario.learning.kind == "calculating":
            for party in self.parties:
                party.calculate()

    @property
    def history(self) -> Run:
        """What has happened so far, by the names of series and parties."""
        return Run(self.case, self.world, self.totals)

    def _read_scenario(self) -> None:
        scenario = self.scenario
        self.action_error = luck.threshold(scenario.information.action_error)
        self.coordination_cost = scenario.game.coordination_cost
        self.relevance = scenario.trafficking.relevance
        self.price = scenario.institution.broker.price if scenario.institution.broker.active else 0.0
        self.stake_chance = luck.threshold(scenario.game.stake_chance)
        self.low_stake = (1.0 - scenario.game.stake_chance * scenario.game.stake_high) / (
            1.0 - scenario.game.stake_chance
        )
        self.goes_on = luck.threshold(scenario.horizon.discount)
        self.switching_chance = luck.threshold(scenario.trafficking.chance)
        self.revision_rate = luck.threshold(scenario.learning.rate)
        self.mutation = luck.threshold(scenario.learning.mutation)
        self.mind = MINDS[scenario.learning.kind]
        self.serving = serving_thresholds(scenario.mandate.cost_share, len(self.actors))

    # --- set-up of the agents

    def _number_the_lanes(self) -> None:
        """Give every draw of a round its lane, so that one compiled call makes them all."""
        sides, duties, count = self.world.sides, self.world.duties, len(self.actors)
        parties = luck.address(np.arange(count), np.arange(count))
        traffickers = luck.address(np.arange(self.scenario.parties.traffickers), 0)
        who = {
            luck.SIDE: luck.address(sides.reader, sides.other),
            luck.PARTY: parties,
            luck.MUTATION: parties,
            luck.MANDATE: luck.address(duties.party, duties.function),
            luck.TRAFFICKER: traffickers,
            luck.RUN: np.zeros(1, dtype=np.int64),
        }
        self._who = np.concatenate(list(who.values())).astype(np.int64)
        self._block = np.concatenate([np.full(of.size, block, dtype=np.int64) for block, of in who.items()])
        self.party_lane = sides.reader.size
        self.mandate_lane = self.party_lane + 2 * count
        self.trafficker_lane = self.mandate_lane + duties.party.size
        self.run_lane = self.trafficker_lane + traffickers.size

    def _create_parties(self) -> list[Party]:
        told = self.world.sides
        columns = (told.ell.tolist(), told.miss.tolist(), told.false_alarm.tolist(), told.index.tolist())
        self.sides = [Side(*traits) for traits in zip(*columns, strict=True)]
        for side, mirror in zip(self.sides, told.mirror.tolist(), strict=True):
            side.mirror = self.sides[mirror]
        kinds = {"organization": InternationalOrganization, "ministry": Ministry}
        first = self.world.parties.first_side.tolist()
        return [
            kinds[actor.kind](self, actor, self.sides[first[actor.index] : first[actor.index + 1]], first[actor.index])
            for actor in self.actors
        ]

    def _assign_duties(self) -> list[list[Duty]]:
        """The duties of each function in rank order, each with its lane of luck and its linked seniors."""
        told = self.world.duties
        first, senior_side = told.first_senior.tolist(), told.senior_side.tolist()
        duties: list[list[Duty]] = [[] for _ in range(self.scenario.topology.functions)]
        for number, (party, function) in enumerate(zip(told.party.tolist(), told.function.tolist(), strict=True)):
            seniors = [self.sides[side] for side in senior_side[first[number] : first[number + 1]]]
            duties[function].append(Duty(party, self.mandate_lane + number, seniors))
        return duties

    def _create_traffickers(self) -> list[Trafficker]:
        count = self.scenario.parties.traffickers
        who = luck.address(np.arange(count, dtype=np.int64), 0)
        blocks = np.full(count, luck.TRAFFICKER, dtype=np.int64)
        draws = luck.draws(self.seed, self.replicate, luck.SET_UP, who, blocks)[:, luck.NEW_LAG].tolist()
        return [Trafficker(self, z, self.trafficker_lane + z, draws[z]) for z in range(count)]

    # --- one round

    @property
    def is_revision(self) -> bool:
        """Whether parties revise at the end of this round."""
        return (self.round + 1) % self.scenario.learning.interval == 0

    def step(self) -> None:
        """Play one round: everybody finishes a phase before anybody starts the next."""
        self._draw_luck()
        self.agents.do("observe")
        self.agents.do("decide")
        self.agents.do("act")
        self._join_forces()
        self.agents.do("collect")
        self.agents.do("learn")
        self._close_round()

    def _draw_luck(self) -> None:
        self.words = luck.draws(self.seed, self.replicate, self.round, self._who, self._block).T.tolist()
        game, rules = self.scenario.game, self.scenario.trafficking
        self.stake = games.stake(
            self.words[luck.STAKE][self.run_lane], self.stake_chance, game.stake_high, self.low_stake
        )
        self.exposure = rules.exposure[min(self.round // 12, len(rules.exposure) - 1)]
        self.detection_multiplier = [
            factor
            for factor, first in zip(rules.detection_multiplier, rules.detection_from, strict=True)
            if first <= self.round
        ][-1]

    def _join_forces(self) -> None:
        """Joint capacity and service of the mandates, from the acts of all parties."""
        self.uncovered = sum(1 for trafficker in self.traffickers if trafficker.effort and not trafficker.covered)
        self.capacity = self._joint_capacity()
        self.served = [self._count_serving(function) for function in range(len(self.duties))]

    def _joint_capacity(self) -> int:
        rules = self.scenario.trafficking
        acts = [(party.cooperative_acts, len(party.sides)) for party in self.parties]
        if rules.capacity in ("weakest_link", "best_shot"):
            shares = [trafficking.mean_capacity(cooperative, all_acts) for cooperative, all_acts in acts]
            return min(shares) if rules.capacity == "weakest_link" else max(shares)
        mean: int = trafficking.mean_capacity(sum(c for c, _ in acts), sum(k for _, k in acts))
        if rules.capacity == "threshold":
            least = int(rules.capacity_threshold * trafficking.FULL + 0.5)
            return int(trafficking.threshold_capacity(mean, least))
        return mean

    def _count_serving(self, function: int) -> int:
        """How many holders serve a function: those that leave it to nobody, each with the volunteer's chance."""
        duties = self.duties[function]
        if not duties:
            return 0
        if self.scenario.mandate.lead_binding and duties[0].party == self.world.runs.lead[0]:
            return 1
        alone = [duty for duty in duties if not any(side.act and side.mirror.act for side in duty.seniors)]
        chance = self.serving[len(alone) - 1]
        return sum(1 for duty in alone if mandates.serves(self.words[luck.SERVE][duty.lane], chance))

    def _close_round(self) -> None:
        if self.scenario.learning.kind == "imitation" and self.is_revision:
            for party in self.parties:
                party.commit()
        self._record()
        self._judge_the_end()
        rules = self.scenario.trafficking
        active = sum(trafficker.effort for trafficker in self.traffickers)
        self.outdated = trafficking.remember(self.outdated, self.uncovered, active, rules.relevance_memory)
        self.round += 1

    def _judge_the_end(self) -> None:
        """A window ends with its last round; a random ending goes on with chance ``horizon.discount``."""
        last = self.round + 1 >= self.scenario.horizon.rounds
        if self.scenario.horizon.ending == "window":
            self.running = not last
            return
        goes_on = self.words[luck.END][self.run_lane] < self.goes_on
        self.running = goes_on and not last
        self.totals.capped[0] = goes_on and last

    def _record(self) -> None:
        parties, adversary = self.parties, self.traffickers
        totals: dict[str, float] = {
            "organization_cooperation": sum(p.cooperative_acts for p in parties if p.actor.kind == "organization"),
            "ministry_cooperation": sum(p.cooperative_acts for p in parties if p.actor.kind == "ministry"),
            "intended_cooperation": sum(p.intended_cooperation for p in parties),
            "capacity": self.capacity,
            "gaps": sum(1 for serving in self.served if serving == 0),
            "duplications": sum(1 for serving in self.served if serving >= 2),
            "active": sum(trafficker.effort for trafficker in adversary),
            "uncovered": self.uncovered,
            "outdated": self.outdated,
            "attempts": _total([z.attempts for z in adversary]),
            "true_cases": _total([z.true_cases for z in adversary]),
            "detected_cases": _total([z.detected_cases for z in adversary]),
            "reciprocal": sum(1 for p in parties if any(side.reciprocal for side in p.sides)),
        }
        self.totals.series[0, :, self.round] = [totals[name] for name in SERIES]
        self.totals.rounds[0] = self.round + 1
        for trafficker in adversary:
            self.totals.trafficker_payoff[0] += trafficker.payoff

    def finish(self) -> Run:
        """Close the books: payoffs of the run by party."""
        for party in self.parties:
            if self.scenario.horizon.ending == "random":
                payoff = party.total_payoff
            else:
                payoff = (1.0 - party.actor.discount) * party.weighted_payoff / (1.0 - party.weight)
            self.totals.payoff[party.actor.index] = payoff
            self.totals.mean_payoff[party.actor.index] = party.total_payoff / self.round
            self.totals.cooperative_acts[party.actor.index] = party.total_acts
        return self.history


def _total(values: list[float]) -> float:
    """Sum in order: the built-in sum of floats changed in Python 3.12."""
    total = 0.0
    for value in values:
        total += value
    return total


def run(case: Case, seed: int, replicate: int, watch: Callable[[CooperationModel], None] | None = None) -> Run:
    """One run, a pure function of (case, seed, replicate); ``watch`` is shown the model after each round."""
    model = CooperationModel(case, seed, replicate)
    while model.running:
        model.step()
        if watch is not None:
            watch(model)
    _let_go(model)
    return model.finish()


def _let_go(model: CooperationModel) -> None:
    """Mesa 3.3 numbers agents in a table of all models that were ever made; ours must not outlive its run there."""
    getattr(mesa.Agent, "_ids", {}).pop(model, None)
