"""The agents: parties that play a repeated game with each partner, and traffickers that look for what is not covered.

Every agent goes through five phases in each round: observe, decide, act, collect, learn. All finish a phase before
anybody starts the next, so moves are simultaneous: acting in sequence would reward moving second.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import mesa

from sim import luck
from sim.automata import Automaton, family, step
from sim.games import C, D, outdated_reward, realised, round_payoff
from sim.information import seen
from sim.learning import fermi, reciprocity_pays
from sim.trafficking import (
    answer_by_teams,
    chance_of_cover,
    detected_cases,
    is_answered,
    lag_of_a_new_modus,
    moves_by_calendar,
    moves_by_chance,
    new_modus_pays,
    trafficker_payoff,
    true_cases,
)
from sim.world import Actor

if TYPE_CHECKING:
    from sim.model import CooperationModel


class Side:
    """One party's half of a link: its memory of the partner and the reports still under way."""

    __slots__ = ("act", "ell", "false_alarm", "index", "intended", "mirror", "miss", "reciprocal", "reports", "state")

    mirror: Side

    def __init__(self, ell: int, miss: int, false_alarm: int, index: float) -> None:
        self.ell, self.miss, self.false_alarm, self.index = ell, miss, false_alarm, index
        self.reports: deque[tuple[int, int]] = deque()
        self.state = 0
        self.intended = self.act = C
        self.reciprocal = True


class Party(mesa.Agent):
    """A cooperating actor, organization or ministry.

    Summary of rule: answer each partner's act of 1 + response_lag rounds ago, as it was seen, by one's strategy; defect
    toward those with whom reciprocity has stopped to pay.
    """

    def __init__(self, model: CooperationModel, actor: Actor, sides: list[Side], first_lane: int) -> None:
        super().__init__(model)
        self.model: CooperationModel = model
        self.actor = actor
        self.sides = sides
        self.lanes = slice(first_lane, first_lane + len(sides))
        self.attended = actor.attended
        self.others = len(sides) - 1
        self.reward = actor.reward
        self.cooperative_acts = self.intended_cooperation = 0
        self.payoff = self.weighted_payoff = self.total_payoff = 0.0
        self.total_acts = 0
        self.weight = 1.0
        self.tally_payoff, self.tally_acts = 0.0, 0
        self.take_up(actor.strategy)

    def take_up(self, strategy: str) -> None:
        """Begin a strategy afresh: its start state toward everybody, older reports dropped."""
        self.strategy = self.next_strategy = strategy
        self.automaton: Automaton = self.model.case.strategies[strategy]
        self.out = [luck.threshold(chance) for chance in self.automaton.out]
        self.trusting = [chance >= 0.5 for chance in self.automaton.out]
        found = family(self.automaton)
        self.forgives = found is not None and found[0] == "tit_for_tat"
        for side in self.sides:
            side.state = self.automaton.start
            side.reports.clear()

    # --- the five phases

    def observe(self) -> None:
        """Read the report that falls due from each partner, if one attends to it, and step the automaton."""
        after, attended = self.automaton.after, self.attended
        for side, draw in zip(self.sides, self.model.words[luck.ATTEND][self.lanes], strict=True):
            if len(side.reports) == side.ell:
                own, report = side.reports.popleft()
                if draw < attended:
                    side.state = step(after, side.state, own, report)

    def decide(self) -> None:
        """Intend what the state says toward each partner; defect where the stance says so."""
        out, cooperation = self.out, 0
        for side, draw in zip(self.sides, self.model.words[luck.DECIDE][self.lanes], strict=True):
            side.intended = C if side.reciprocal and draw < out[side.state] else D
            cooperation += side.intended
        self.intended_cooperation = cooperation

    def act(self) -> None:
        """Do what was intended, or by an action error its opposite."""
        error, cooperation = self.model.action_error, 0
        for side, draw in zip(self.sides, self.model.words[luck.ACTION_ERROR][self.lanes], strict=True):
            side.act = realised(side.intended, draw, error)
            cooperation += side.act
        self.cooperative_acts = cooperation

    def collect(self) -> None:
        """Take the payoffs of the round and file a report of each meeting, as the partner's act was seen."""
        cc = cd = dc = 0
        for side, draw in zip(self.sides, self.model.words[luck.REPORT][self.lanes], strict=True):
            own, other = side.act, side.mirror.act
            side.reports.append((own, seen(other, draw, side.miss, side.false_alarm)))
            if own:
                cc += other
                cd += 1 - other
            else:
                dc += other
        self._be_paid(cc, cd, dc, len(self.sides) - cc - cd - dc)

    def _be_paid(self, cc: int, cd: int, dc: int, dd: int) -> None:
        model, own = self.model, self.actor
        self.reward = outdated_reward(own.reward, own.punishment, model.relevance, model.outdated)
        partners = len(self.sides)
        self.payoff = (
            round_payoff(
                model.stake, self.reward, own.sucker, own.temptation, own.punishment,
                cc, cd, dc, dd, model.coordination_cost, partners,
            )
            - model.price
        )  # fmt: skip
        self.weighted_payoff += self.weight * self.payoff
        self.weight *= own.discount
        self.total_payoff += self.payoff
        self.total_acts += cc + cd
        self.tally_payoff += self.payoff
        self.tally_acts += partners

    def learn(self) -> None:
        """Revise by the mind the scenario gives: none, imitation or calculating."""
        if self.model.is_revision:
            self.model.mind(self)

    # --- two minds above the automaton

    def imitate(self) -> None:
        """Meet a partner as model and take its strategy the likelier, the more it earned per act; or mutate."""
        words, lane = self.model.words, self.model.party_lane + self.actor.index
        if words[luck.REVISE][lane] < self.model.revision_rate:
            model = self.model.parties[self.actor.partners[luck.pick(words[luck.MODEL][lane], len(self.sides))]]
            own_payoff, model_payoff = (party.tally_payoff / party.tally_acts for party in (self, model))
            chance = fermi(own_payoff, model_payoff, self.model.scenario.learning.strength)
            if words[luck.ADOPT][lane] < luck.threshold(chance):
                self.next_strategy = model.strategy
        lane += len(self.model.parties)
        if words[luck.MUTATE][lane] < self.model.mutation:
            pool = self.model.scenario.learning.pool
            mutant = pool[luck.pick(words[luck.MUTANT][lane], len(pool))]
            self.next_strategy = self.actor.strategy if mutant == "own" else mutant

    def calculate(self) -> None:
        """Stay reciprocal while the index over the partners still believed reciprocal outweighs the temptation."""
        trusting = self.trusting
        believed = [side.index if trusting[side.state] else 0.0 for side in self.sides]
        if self.model.scenario.learning.scope == "partner":
            for side, index in zip(self.sides, believed, strict=True):
                side.reciprocal = self._reciprocity_pays(index)
            return
        total = 0.0
        for index in believed:
            total += index
        stance = self._reciprocity_pays(total / len(self.sides))
        for side in self.sides:
            side.reciprocal = stance

    def _reciprocity_pays(self, index: float) -> bool:
        own, cost = self.actor, self.model.coordination_cost * self.others
        pays: bool = reciprocity_pays(
            index, own.temptation, self.reward - cost, own.punishment, own.sucker - cost, self.forgives
        )
        return pays

    def commit(self) -> None:
        """After everybody has learned: begin the new strategy; tallies of all start again."""
        if self.next_strategy != self.strategy:
            self.take_up(self.next_strategy)
        self.tally_payoff, self.tally_acts = 0.0, 0


class InternationalOrganization(Party):
    """The International Organization for Migration (IOM), or another organization beside it.

    Summary of rule: a party like any other. It has no payoff, rule or power of its own beyond its mandates, which link
    it to almost everybody, and, when the broker is on, the sharper and faster reports on every link it reaches: that
    is the claim to test.
    """


class Ministry(Party):
    """Any state body: a ministry, an agency, the police.

    Summary of rule: as a party, within the links that its mandates give it.
    """


class Trafficker(mesa.Agent):
    """The adversary: holds a modus and is active or idle.

    Summary of rule: use the modus; take a new one by the calendar, by chance, or when the old one is answered and a
    new one pays.
    """

    def __init__(self, model: CooperationModel, number: int, lane: int, set_up_draw: int) -> None:
        super().__init__(model)
        self.model: CooperationModel = model
        self.number, self.lane = number, lane
        self.effort = 1
        self.accumulated = 0
        self.lag = self._lag_of_a_new_modus(set_up_draw)
        self.covered = model.scenario.trafficking.start == "known" or self.lag == 0
        self.became_covered = False
        self.moved = False
        self.payoff = self.attempts = 0.0

    def _lag_of_a_new_modus(self, draw: int) -> int:
        rules = self.model.scenario.trafficking
        lag: int = lag_of_a_new_modus(draw, rules.government_lag, rules.government_lag_spread)
        return lag

    def observe(self) -> None:
        """Notice whether the government has answered the modus."""
        if not self.covered and is_answered(self.accumulated, self.lag):
            self._be_covered()

    def decide(self) -> None:
        """Take a new modus by the calendar, by chance, or when the old one is answered and a new one pays."""
        rules = self.model.scenario.trafficking
        match rules.switching:
            case "fixed":
                traffickers = self.model.scenario.parties.traffickers
                self.moved = moves_by_calendar(self.model.round, self.number, traffickers, rules.interval)
            case "random":
                draw = self.model.words[luck.SWITCH][self.lane]
                self.moved = moves_by_chance(self.model.round, draw, self.model.switching_chance)
            case "adaptive":
                self.moved = self._best_reply()
        if self.moved:
            self._take_a_new_modus()

    def _best_reply(self) -> bool:
        """An adaptive trafficker asks only at the start, when answered or when idle; if nothing pays it stays idle."""
        rules = self.model.scenario.trafficking
        if self.model.round > 0 and self.effort and not self.covered:
            return False
        pays: bool = new_modus_pays(rules.gain, rules.government_lag, rules.switching_cost, self.model.capacity)
        self.effort = 1 if pays else 0
        return pays

    def _take_a_new_modus(self) -> None:
        self.model.totals.displaced[0] += self.became_covered
        self.became_covered = False
        self.accumulated = 0
        self.lag = self._lag_of_a_new_modus(self.model.words[luck.NEW_LAG][self.lane])
        self.covered = self.lag == 0

    def act(self) -> None:
        """Attempt as much as exposure allows."""
        self.attempts = self.model.exposure * self.model.scenario.trafficking.volume * self.effort

    def collect(self) -> None:
        """Take the payoff of the round; what succeeds and what is detected are counted apart."""
        rules = self.model.scenario.trafficking
        self.payoff = trafficker_payoff(
            self.effort, self.covered, self.moved, rules.gain, rules.penalty, rules.switching_cost
        )
        detection = rules.detected_covered if self.covered else rules.detected_uncovered
        self.true_cases = true_cases(self.attempts, self.covered, rules.residual)
        self.detected_cases = detected_cases(self.attempts, detection, self.model.detection_multiplier)

    def learn(self) -> None:
        """The government learns the modus: the capacity of the round is brought to bear on it while it is in use."""
        if self.covered or not self.effort:
            return
        rules = self.model.scenario.trafficking
        answer = answer_by_teams(self.model.capacity, rules.teams, self.model.uncovered)
        if rules.cover_law == "fixed":
            self.accumulated += answer
        elif self.model.words[luck.COVER][self.lane] < luck.threshold(chance_of_cover(answer, self.lag)):
            self._be_covered()

    def _be_covered(self) -> None:
        self.covered = True
        if self.effort:
            self.became_covered = True
            self.model.totals.covered[0] += 1
