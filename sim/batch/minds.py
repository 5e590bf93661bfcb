"""Passes of the phase learn: calculating parties, imitating parties."""

import numpy as np

from sim import history, learning, luck
from sim.batch.draws import four_words
from sim.batch.parties import take_up
from sim.batch.sides import is_trusting
from sim.batch.table import LANES
from sim.compiled import borrowing
from sim.encoding import NOBODY
from sim.learning import fermi, reciprocity_pays
from sim.luck import pick, threshold


@borrowing
def pool_is_short(lists, minds, row):
    """Whether all that may be taken up by imitation are short, besides what parties play of their own."""
    is_short = True
    for place in range(lists.pool_count[row]):
        is_short &= lists.pool[row, place] == NOBODY or minds.is_short[lists.pool[row, place]]
    return is_short


@borrowing
def count_reciprocal(runs, stance, government, block):
    """Count the parties of each run that are reciprocal to any of their partners."""
    for run in range(block.first, block.last):
        reciprocal = 0
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            reciprocal += stance[party]
        government.reciprocal[run] = reciprocal


@borrowing
def tell_reciprocal(government, told, block):
    """Tell how many parties are reciprocal at the end of the round."""
    own = slice(block.first, block.last)
    reciprocal, alive, counts = government.reciprocal[own], government.alive[own], told[history.RECIPROCAL, own]
    for run in range(reciprocal.size):
        counts[run] = reciprocal[run] if alive[run] else 0


@borrowing
def _revises(cell, alive, run, time, kind):
    """Whether a run goes on, learns by this kind of mind, and at the end of this round."""
    return alive[run] and cell.learning_kind == kind and (time + 1) % cell.learning_interval == 0


# --- calculating ---------------------------------------------------------------------------------------------------


@borrowing
def calculate(cells, runs, parties, index, lanes, players, alive, block, time):
    """Stay reciprocal while the index over the partners still believed reciprocal outweighs the temptation."""
    calculating, waiting = False, 0
    for run in range(block.first, block.last):
        cell = cells[runs.cell[run]]
        if _revises(cell, alive, run, time, learning.CALCULATING):
            calculating = True
            if cell.learning_scope == learning.PARTY:
                begin, end = runs.first_party[run], runs.first_party[run + 1]
                waiting = _note_who_turned(parties.first_side, index, lanes, players.waiting, begin, end, waiting)
    if not calculating:
        return
    _sum_what_is_believed(parties.first_side, lanes.believed, players.waiting, players.trust, waiting)
    _weigh(parties, players, block.parties)
    for run in range(block.first, block.last):
        cell = cells[runs.cell[run]]
        if _revises(cell, alive, run, time, learning.CALCULATING):
            for party in range(runs.first_party[run], runs.first_party[run + 1]):
                own = slice(parties.first_side[party], parties.first_side[party + 1])
                if cell.learning_scope == learning.PARTNER:
                    players.stance[party] = _answer_each(parties, index, lanes, players, party, own)
                elif players.pays[party] != players.stance[party]:
                    players.stance[party] = players.pays[party]
                    lanes.reciprocal[own] = players.pays[party]


@borrowing
def _weigh(parties, players, own):
    """Whether reciprocity pays each party, by the mean index over its partners."""
    temptation, punishment, base_sucker = parties.temptation[own], parties.punishment[own], parties.sucker[own]
    trust, partners, coordination, reward, forgives, pays = (
        players.trust[own], players.partners[own], players.coordination[own], players.reward[own],
        players.forgives[own], players.pays[own],
    )  # fmt: skip
    for party in range(pays.size):
        cost = coordination[party] * (partners[party] - 1)
        pays[party] = reciprocity_pays(
            trust[party] / partners[party], temptation[party], reward[party] - cost, punishment[party],
            base_sucker[party] - cost, forgives[party],
        )  # fmt: skip


@borrowing
def _answer_each(parties, index, lanes, players, party, own):
    """Judge each partner alone; returns whether the party is reciprocal to any."""
    stance = False
    cost = players.coordination[party] * (players.partners[party] - 1)
    for side in range(own.start, own.stop):
        believed = index[side] if is_trusting(lanes.state[side]) else 0.0
        pays = reciprocity_pays(
            believed, parties.temptation[party], players.reward[party] - cost, parties.punishment[party],
            parties.sucker[party] - cost, players.forgives[party],
        )  # fmt: skip
        lanes.reciprocal[side] = pays
        stance |= pays
    return stance


@borrowing
def _note_who_turned(ends, index, lanes, waiting, first, last, count):
    """Add the parties of a run that trust others than before to those that wait for a new sum; returns how many do."""
    is_large = ends[last] - ends[first] >= LANES  # of so many somebody turns in most rounds
    if is_large or _has_turned(lanes.state, lanes.trusts, ends[first], ends[last]):
        for party in range(first, last):
            if _believe(lanes, index, slice(ends[party], ends[party + 1])):
                waiting[count] = party
                count += 1
    return count


@borrowing
def _sum_what_is_believed(ends, believed, waiting, trust, count):
    """Sum the index of each waiting party over the partners it trusts, in their order, four parties at a time.

    A sum of floats that must keep its order waits for every addition; four of them wait together.
    """
    for place in range(0, count - count % 4, 4):
        one, two, three, four = (
            waiting[place], waiting[place + 1], waiting[place + 2], waiting[place + 3],
        )  # fmt: skip
        shared = min(ends[one + 1] - ends[one], ends[two + 1] - ends[two])
        shared = min(shared, ends[three + 1] - ends[three], ends[four + 1] - ends[four])
        sums = _sum_of_four(
            believed[ends[one] :], believed[ends[two] :], believed[ends[three] :],
            believed[ends[four] :], shared,
        )  # fmt: skip
        for each in range(4):
            party = waiting[place + each]
            trust[party] = _add_up(believed[ends[party] + shared : ends[party + 1]], sums[each])
    for place in range(count - count % 4, count):
        party = waiting[place]
        trust[party] = _add_up(believed[ends[party] : ends[party + 1]], 0.0)


@borrowing
def _has_turned(state, trusts, begin, end):
    """Whether any partner is trusted that was not, or the reverse; most often none, and this loop is a fast one."""
    state, trusts, turned = state[begin:end], trusts[begin:end], np.uint32(0)
    for lane in range(state.size):
        turned |= is_trusting(state[lane]) ^ trusts[lane]
    return turned != 0


@borrowing
def _believe(lanes, index, own):
    """Note whom a party trusts; returns whether they are others than before."""
    if not _has_turned(lanes.state, lanes.trusts, own.start, own.stop):
        return False
    state, trusts, believed, index = lanes.state[own], lanes.trusts[own], lanes.believed[own], index[own]
    for lane in range(state.size):
        trusts[lane] = is_trusting(state[lane])
        believed[lane] = index[lane] if is_trusting(state[lane]) else 0.0
    return True


@borrowing
def _sum_of_four(one, two, three, four, count):
    sum_1 = sum_2 = sum_3 = sum_4 = 0.0
    for place in range(count):
        sum_1 += one[place]
        sum_2 += two[place]
        sum_3 += three[place]
        sum_4 += four[place]
    return sum_1, sum_2, sum_3, sum_4


@borrowing
def _add_up(values, total):
    for place in range(values.size):
        total += values[place]
    return total


# --- imitation -----------------------------------------------------------------------------------------------------


@borrowing
def imitate(cells, minds, lists, runs, parties, other, lanes, players, alive, block, time):
    """All parties of a run choose by what held before anybody had; then the new strategies begin."""
    for run in range(block.first, block.last):
        cell = cells[runs.cell[run]]
        if _revises(cell, alive, run, time, learning.IMITATION):
            for party in range(runs.first_party[run], runs.first_party[run + 1]):
                _choose(cell, lists, runs, parties, other, players, run, party, time)
            for party in range(runs.first_party[run], runs.first_party[run + 1]):
                if players.next_strategy[party] != players.strategy[party]:
                    own = slice(parties.first_side[party], parties.first_side[party + 1])
                    take_up(minds, lanes, players, party, own, players.next_strategy[party], time + 1)
                players.tally[party], players.tally_acts[party] = 0.0, 0


@borrowing
def _choose(cell, lists, runs, parties, other, players, run, party, time):
    """Meet a partner as model and take its strategy the likelier, the more it earned per act; or mutate."""
    who = luck.address(party - runs.first_party[run], party - runs.first_party[run])
    words = four_words(runs.replicate[run], time, who, luck.PARTY, runs.seed[run])
    if np.int64(words[luck.REVISE]) < threshold(cell.learning_rate):
        begin = parties.first_side[party]
        model = other[begin + pick(np.int64(words[luck.MODEL]), parties.first_side[party + 1] - begin)]
        own_payoff = players.tally[party] / players.tally_acts[party]
        model_payoff = players.tally[model] / players.tally_acts[model]
        chance = fermi(own_payoff, model_payoff, cell.learning_strength)
        if np.int64(words[luck.ADOPT]) < threshold(chance):
            players.next_strategy[party] = players.strategy[model]
    words = four_words(runs.replicate[run], time, who, luck.MUTATION, runs.seed[run])
    if np.int64(words[luck.MUTATE]) < threshold(cell.learning_mutation):
        row = runs.cell[run]
        mutant = lists.pool[row, pick(np.int64(words[luck.MUTANT]), lists.pool_count[row])]
        players.next_strategy[party] = parties.strategy[party] if mutant == NOBODY else mutant
