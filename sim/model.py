"""The model in Mesa: readable, one agent each, any size up to hundreds of parties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mesa
import numpy as np

from sim import games, luck, mandates, trafficking
from sim.agents import InternationalOrganization, Ministry, Party, Side, Trafficker
from sim.history import History
from sim.scenario import Case
from sim.world import World, set_up

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

    lane: int
    seniors: list[Side]


class CooperationModel(mesa.Model):
    """Parties and traffickers in five phases: observe, decide, act, collect, learn.

    Summary of rule: all agents finish a phase before anybody starts the next; luck comes by coordinates, never from a
    shared stream; Mesa's own generator is not used.
    """

    def __init__(self, world: World) -> None:
        super().__init__(rng=0)
        self.world, self.scenario = world, world.scenario
        self.round = 0
        self.running = True
        self.history = History(world)
        self._read_scenario()
        self._number_the_lanes()
        self.words: list[list[int]] = []
        self.outdated = 0.0
        self.capacity = trafficking.FULL
        self.uncovered = 0
        self.stake = 1.0
        self.parties = self._create_parties()
        self.duties = self._rank_holders()
        self.traffickers = self._create_traffickers()
        if self.scenario.learning.kind == "calculating":
            for party in self.parties:
                party.calculate()

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

    # --- set-up of the agents

    def _number_the_lanes(self) -> None:
        """Give every draw of a round its lane, so that one compiled call makes them all."""
        world, count = self.world, len(self.world.actors)
        sides = [(luck.address(side.reader, side.other), luck.SIDE) for side in world.sides]
        revisions = [(luck.address(i, i), block) for block in (luck.PARTY, luck.MUTATION) for i in range(count)]
        served = [
            (luck.address(party, function), luck.MANDATE)
            for function, holders in enumerate(world.holders)
            for party in holders
        ]
        adversary = [(luck.address(z, 0), luck.TRAFFICKER) for z in range(self.scenario.parties.traffickers)]
        lanes = np.array([*sides, *revisions, *served, *adversary, (0, luck.RUN)], dtype=np.int64)
        self._who, self._block = np.ascontiguousarray(lanes[:, 0]), np.ascontiguousarray(lanes[:, 1])
        self.party_lane = len(sides)
        self.mandate_lane = self.party_lane + len(revisions)
        self.trafficker_lane = self.mandate_lane + len(served)
        self.run_lane = self.trafficker_lane + len(adversary)

    def _create_parties(self) -> list[Party]:
        world = self.world
        sides = [Side(traits, index) for traits, index in zip(world.sides, world.index, strict=True)]
        place = {(traits.reader, traits.other): side for traits, side in zip(world.sides, sides, strict=True)}
        for traits, side in zip(world.sides, sides, strict=True):
            side.mirror = place[traits.other, traits.reader]
        self.sides = sides
        kinds = {"organization": InternationalOrganization, "ministry": Ministry}
        parties = []
        for actor, first in zip(world.actors, world.first_side, strict=True):
            own = sides[first : first + len(actor.partners)]
            parties.append(kinds[actor.kind](self, actor, own, first))
        return parties

    def _rank_holders(self) -> list[list[Duty]]:
        """For each function its holders in rank order, each with its lane of luck and its linked seniors."""
        toward = [dict(zip(party.actor.partners, party.sides, strict=True)) for party in self.parties]
        duties, lane = [], self.mandate_lane
        for holders in self.world.holders:
            seniors = [[toward[i][j] for j in holders[:rank] if j in toward[i]] for rank, i in enumerate(holders)]
            duties.append([Duty(lane + rank, sides) for rank, sides in enumerate(seniors)])
            lane += len(holders)
        return duties

    def _create_traffickers(self) -> list[Trafficker]:
        count = self.scenario.parties.traffickers
        who = luck.address(np.arange(count, dtype=np.int64), 0)
        blocks = np.full(count, luck.TRAFFICKER, dtype=np.int64)
        draws = luck.draws(self.world.seed, self.world.replicate, luck.SET_UP, who, blocks)[:, luck.NEW_LAG].tolist()
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
        world = self.world
        words = luck.draws(world.seed, world.replicate, self.round, self._who, self._block)
        self.words = words.T.tolist()
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
        if self.scenario.mandate.lead_binding and self.world.holders[function][0] == self.world.lead:
            return 1
        alone = [duty for duty in duties if not any(side.act and side.mirror.act for side in duty.seniors)]
        chance = self.world.serving[len(alone) - 1]
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
        self.history.capped = goes_on and last

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
        for name, value in totals.items():
            self.history.series[name].append(value)
        for trafficker in adversary:
            self.history.trafficker_payoff += trafficker.payoff

    def finish(self) -> History:
        """Close the books: payoffs of the run by party."""
        for party in self.parties:
            if self.scenario.horizon.ending == "random":
                payoff = party.total_payoff
            else:
                payoff = (1.0 - party.actor.discount) * party.weighted_payoff / (1.0 - party.weight)
            self.history.payoffs.append(payoff)
            self.history.mean_payoffs.append(party.total_payoff / self.round)
        return self.history


def _total(values: list[float]) -> float:
    """Sum in order: the built-in sum of floats changed in Python 3.12."""
    total = 0.0
    for value in values:
        total += value
    return total


def run(case: Case, seed: int, replicate: int, watch: Callable[[CooperationModel], None] | None = None) -> History:
    """One run, a pure function of (case, seed, replicate); ``watch`` is shown the model after each round."""
    model = CooperationModel(set_up(case, seed, replicate))
    while model.running:
        model.step()
        if watch is not None:
            watch(model)
    return model.finish()
