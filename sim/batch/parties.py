"""Passes over parties: what they begin with, what met them in a round, what it pays them."""

import numpy as np

from sim import games, luck
from sim.batch.draws import single_word
from sim.compiled import borrowing
from sim.encoding import TIT_FOR_TAT
from sim.games import outdated_reward, round_payoff, stake
from sim.luck import threshold

_HALF, _COUNT = np.uint64(32), np.uint64(0xFFFF)


@borrowing
def begin_party(cell, reward, players, party):
    """What a party has before round 0, and what its run says of all."""
    players.reward[party], players.weight[party] = reward[party], 1.0
    players.alive[party], players.stake[party], players.outdated[party] = True, 1.0, 0.0
    players.relevance[party], players.coordination[party] = cell.trafficking_relevance, cell.game_coordination_cost
    players.price[party] = cell.institution_broker_price if cell.institution_broker_active else 0.0


@borrowing
def take_up(minds, lanes, players, party, own, strategy, time):
    """Begin a strategy afresh from round ``time`` on: its start state toward everybody, older reports dropped."""
    players.strategy[party] = players.next_strategy[party] = strategy
    players.stance[party], players.forgives[party] = 1, minds.family[strategy] == TIT_FOR_TAT
    for side in range(own.start, own.stop):
        lanes.state[side], lanes.code[side] = minds.start[strategy], minds.code[strategy]
        lanes.begun[side] = time


@borrowing
def count_acts(first_side, lanes, met, block):
    """Count the outcomes that met each party: four counts of 16 bits in a sum, see ``Players``.

    The sum runs on over all parties, and a party's own part is a difference: whatever wraps in it cancels.
    """
    meeting, met = lanes.meeting[block.sides], met[block.parties]
    if meeting.size == met.size:  # everybody has one partner
        for party in range(met.size):
            met[party] = meeting[party]
        return
    so_far, total = lanes.so_far[block.sides.start : block.sides.stop + 1], np.uint64(0)
    for lane in range(meeting.size):
        so_far[lane] = total
        total += meeting[lane]
    so_far[meeting.size] = total
    ends = first_side[block.parties.start : block.parties.stop + 1]
    for party in range(met.size):
        met[party] = lanes.so_far[ends[party + 1]] - lanes.so_far[ends[party]]


@borrowing
def pay(parties, players, cooperative_acts, block):
    """Payoffs of the round from how often each outcome met each party."""
    own = block.parties
    base, sucker, temptation, punishment, discount = (
        parties.reward[own], parties.sucker[own], parties.temptation[own], parties.punishment[own],
        parties.discount[own],
    )  # fmt: skip
    partners, relevance, coordination, price, alive, factor, outdated = (
        players.partners[own], players.relevance[own], players.coordination[own], players.price[own],
        players.alive[own], players.stake[own], players.outdated[own],
    )  # fmt: skip
    met, reward, payoff, weight, weighted_payoff, total_payoff, total_acts = (
        players.met[own], players.reward[own], players.payoff[own], players.weight[own],
        players.weighted_payoff[own], players.total_payoff[own], cooperative_acts[own],
    )  # fmt: skip
    for party in range(met.size):
        acts, cc = np.int64(met[party] & _COUNT), np.int64(met[party] >> _HALF & _COUNT)
        cd, dc = acts - cc, np.int64(met[party] >> np.uint64(48)) - cc
        dd = partners[party] - cc - cd - dc
        reward[party] = outdated_reward(base[party], punishment[party], relevance[party], outdated[party])
        payoff[party] = (
            round_payoff(
                factor[party], reward[party], sucker[party], temptation[party], punishment[party], cc, cd, dc, dd,
                coordination[party], partners[party],
            )
            - price[party]
        )  # fmt: skip
        if alive[party]:
            weighted_payoff[party] += weight[party] * payoff[party]
            weight[party] *= discount[party]
            total_payoff[party] += payoff[party]
            total_acts[party] += acts
    if block.imitates:
        for party in range(own.start, own.stop):
            players.tally[party] += players.payoff[party]
            players.tally_acts[party] += players.partners[party]


@borrowing
def draw_stakes(cells, runs, stakes, block, time):
    """What is at stake in this round, by run; where it varies, for a draw nobody looks at need not be made."""
    for run in range(block.first, block.last):
        cell = cells[runs.cell[run]]
        if cell.game_stake_chance > 0.0:
            draw = single_word(runs.replicate[run], time, 0, luck.RUN, runs.seed[run], luck.STAKE)
            low_stake = (1.0 - cell.game_stake_chance * cell.game_stake_high) / (1.0 - cell.game_stake_chance)
            factor = stake(draw, threshold(cell.game_stake_chance), cell.game_stake_high, low_stake)
            stakes[runs.first_party[run] : runs.first_party[run + 1]] = factor


@borrowing
def close(cells, runs, parties, players, played, block):
    """Payoffs of the run by party."""
    for run in range(block.first, block.last):
        window = cells[runs.cell[run]].horizon_ending == games.WINDOW
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            payoff, discount = players.total_payoff[party], parties.discount[party]
            played.mean_payoff[party] = payoff / played.rounds[run]
            if window:
                payoff = (1.0 - discount) * players.weighted_payoff[party] / (1.0 - players.weight[party])
            played.payoff[party] = payoff
