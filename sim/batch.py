"""The same five phases over many runs at once: each is some passes over lanes, and each pass calls the agents' rules.

Definitions
-----------
A *lane* is a side of a run; the lanes of some whole runs (about ``LANES``) are played together, so that their state
stays in the cache. Reports wait in a ring of one slot for each round of the longest lag. Counts are integers; sums of
floats follow the order of parties, sides and rounds, whatever the block, so that the two engines agree to the bit.
"""

from typing import Any, NamedTuple

import numpy as np

from sim import games, history, learning, luck, trafficking
from sim.compiled import borrowing, kernel, part
from sim.encoding import NOBODY, TIT_FOR_TAT, Encoding
from sim.games import outdated_reward, realised, round_payoff, stake
from sim.history import History
from sim.information import seen
from sim.learning import fermi, reciprocity_pays
from sim.luck import philox4x32, pick, threshold
from sim.mandates import serves
from sim.trafficking import (
    FULL,
    answer_by_teams,
    chance_of_cover,
    detected_cases,
    is_answered,
    lag_of_a_new_modus,
    mean_capacity,
    moves_by_calendar,
    moves_by_chance,
    new_modus_pays,
    remember,
    threshold_capacity,
    trafficker_payoff,
    true_cases,
)
from sim.world import ORGANIZATION, World, set_up

_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
LANES = 512
"""Sides that are played together: whole runs, at least so many if there are."""


class Lanes(NamedTuple):
    """The state of each side: what it answers by, the ring of its reports, what it meant and did.

    ``who``, ``replicate`` are the coordinates of its luck, ``words`` of shape (4, lanes) the draws of the round.
    ``due`` is the first round in which a report of the present strategy falls due; ``ring`` has shape (slots, lanes).
    """

    who: np.ndarray
    replicate: np.ndarray
    words: np.ndarray
    ell: np.ndarray
    due: np.ndarray
    mirror: np.ndarray
    miss: np.ndarray
    false_alarm: np.ndarray
    ring: np.ndarray
    attended: np.ndarray
    action_error: np.ndarray
    strategy: np.ndarray
    state: np.ndarray
    reciprocal: np.ndarray
    intended: np.ndarray
    act: np.ndarray
    other: np.ndarray
    alone: np.ndarray


class Players(NamedTuple):
    """The state of each party: what it plays now and next, its acts of the round and its payoffs."""

    strategy: np.ndarray
    next_strategy: np.ndarray
    reward: np.ndarray
    cooperative_acts: np.ndarray
    intended: np.ndarray
    both: np.ndarray
    theirs: np.ndarray
    trust_in_all: np.ndarray
    weight: np.ndarray
    weighted_payoff: np.ndarray
    total_payoff: np.ndarray
    tally: np.ndarray
    tally_acts: np.ndarray


class Adversary(NamedTuple):
    """The state of each trafficker; ``first`` has one more entry than the runs of the block."""

    first: np.ndarray
    effort: np.ndarray
    accumulated: np.ndarray
    lag: np.ndarray
    covered: np.ndarray
    became_covered: np.ndarray
    moved: np.ndarray


class Government(NamedTuple):
    """The state of each run: whether it goes on, joint capacity, modi not covered, outdated procedures, the stake."""

    alive: np.ndarray
    capacity: np.ndarray
    uncovered: np.ndarray
    outdated: np.ndarray
    stake: np.ndarray


def play(encoding: Encoding, cell: Any, replicate: Any, seed: Any) -> tuple[World, History]:
    """Set up and play a block of runs, each a pure function of its cell, replicate and seed."""
    world = set_up(encoding, cell, replicate, seed)
    rounds = encoding.cells["horizon_rounds"][world.runs.cell]
    played = history.empty_history(rounds.size, world.parties.kind.size, int(rounds.max()))
    _play(encoding, world, played)
    return world, played


@kernel
def _play(encoding, world, played):
    runs, first = world.runs, 0
    while first < runs.cell.size:
        last = first + 1
        while last < runs.cell.size and _fit(encoding, runs, first, last):
            last += 1
        _play_block(encoding, world, played, first, last)
        first = last


@part
def _fit(encoding, runs, first, last):
    """Whether one more run may be played together with the runs from ``first`` on."""
    cells = encoding.cells
    return (
        runs.first_side[last] - runs.first_side[first] < LANES
        and cells[runs.cell[first]].horizon_rounds == cells[runs.cell[last]].horizon_rounds
        and runs.seed[first] == runs.seed[last]
    )


@part
def _play_block(encoding, world, played, first, last):
    lanes, players, adversary, government = _begin(encoding, world, first, last)
    _play_rounds(encoding, world, lanes, players, adversary, government, played, first)
    _close(encoding.cells, world, players, played, first, last)


@borrowing
def _play_rounds(encoding, world, lanes, players, adversary, government, played, first):
    for time in range(encoding.cells[world.runs.cell[first]].horizon_rounds):
        _draw(world.runs, lanes, first, time)
        _observe(encoding.minds, lanes, time)
        _decide_and_act(encoding.minds, lanes)
        _meet(lanes, time)
        _count_acts(world, lanes, players, first)
        _move_traffickers(encoding.cells, world.runs, adversary, government, played, first, time)
        _join_forces(encoding.cells, world, players, government, played.series, first, time)
        _serve(encoding, world, lanes, government, played.series, first, time)
        _pay(encoding.cells, world, players, government, first, time)
        _pay_traffickers(encoding, world.runs, adversary, government, played, first, time)
        _learn(encoding, world, lanes, players, government, played.series, first, time)
        if not _close_round(encoding.cells, world.runs, government, played, first, time):
            break


# --- before round 0 ------------------------------------------------------------------------------------------------


@part
def _begin(encoding, world, first, last):
    runs = world.runs
    sides, parties = runs.first_side[last] - runs.first_side[first], runs.first_party[last] - runs.first_party[first]
    lanes = _new_lanes(encoding, world, first, last, sides)
    players = Players(
        strategy=np.empty(parties, np.int64), next_strategy=np.empty(parties, np.int64), reward=np.empty(parties),
        cooperative_acts=np.zeros(parties, np.int64), intended=np.zeros(parties, np.int64),
        both=np.zeros(parties, np.int64), theirs=np.zeros(parties, np.int64), trust_in_all=np.zeros(parties),
        weight=np.ones(parties), weighted_payoff=np.zeros(parties), total_payoff=np.zeros(parties),
        tally=np.zeros(parties), tally_acts=np.zeros(parties, np.int64),
    )  # fmt: skip
    government = Government(
        np.ones(last - first, np.bool_), np.full(last - first, FULL, np.int64), np.zeros(last - first, np.int64),
        np.zeros(last - first), np.ones(last - first),
    )  # fmt: skip
    adversary = _new_adversary(encoding, world, first, last)
    for run in range(first, last):
        cell = encoding.cells[runs.cell[run]]
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            player = party - runs.first_party[first]
            players.reward[player] = world.parties.reward[party]
            for side in range(world.parties.first_side[party], world.parties.first_side[party + 1]):
                players.trust_in_all[player] += world.sides.index[side]
            _take_up(encoding.minds, world, lanes, players, first, party, world.parties.strategy[party], 0)
        if cell.learning_kind == learning.CALCULATING:
            _calculate(encoding.minds, cell, world, lanes, players, first, run)
    return lanes, players, adversary, government


@part
def _new_lanes(encoding, world, first, last, count):
    runs, offset = world.runs, world.runs.first_side[first]
    slots = 1
    for side in range(offset, offset + count):
        slots = max(slots, world.sides.ell[side])
    slots = min(slots, encoding.cells[runs.cell[first]].horizon_rounds)
    lanes = Lanes(
        who=np.zeros(count, np.uint32), replicate=np.zeros(count, np.uint32), words=np.zeros((4, count), np.uint32),
        ell=world.sides.ell[offset : offset + count], due=np.zeros(count, np.int64),
        mirror=world.sides.mirror[offset : offset + count] - offset,
        miss=world.sides.miss[offset : offset + count],
        false_alarm=world.sides.false_alarm[offset : offset + count],
        ring=np.zeros((slots, count), np.int8), attended=np.zeros(count, np.int64),
        action_error=np.zeros(count, np.int64), strategy=np.zeros(count, np.int16), state=np.zeros(count, np.int16),
        reciprocal=np.ones(count, np.int8), intended=np.zeros(count, np.int8), act=np.zeros(count, np.int8),
        other=np.zeros(count, np.int8), alone=np.zeros(count, np.int8),
    )  # fmt: skip
    for run in range(first, last):
        cell, party = encoding.cells[runs.cell[run]], runs.first_party[run]
        for side in range(runs.first_side[run], runs.first_side[run + 1]):
            lane, reader = side - offset, world.sides.reader[side]
            lanes.who[lane] = luck.address(reader - party, world.sides.other[side] - party)
            lanes.replicate[lane] = runs.replicate[run]
            lanes.attended[lane] = world.parties.attended[reader]
            lanes.action_error[lane] = threshold(cell.information_action_error)
    return lanes


@part
def _new_adversary(encoding, world, first, last):
    ends = np.zeros(last - first + 1, np.int64)
    for run in range(first, last):
        ends[run - first + 1] = ends[run - first] + encoding.cells[world.runs.cell[run]].parties_traffickers
    count = ends[-1]
    adversary = Adversary(
        ends, np.ones(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64),
        np.zeros(count, np.bool_), np.zeros(count, np.bool_), np.zeros(count, np.bool_),
    )  # fmt: skip
    for run in range(first, last):
        cell = encoding.cells[world.runs.cell[run]]
        for z in range(cell.parties_traffickers):
            place = ends[run - first] + z
            draw = _word(
                world.runs.replicate[run],
                luck.SET_UP,
                luck.address(z, 0),
                luck.TRAFFICKER,
                world.runs.seed[run],
                luck.NEW_LAG,
            )
            lag = lag_of_a_new_modus(draw, cell.trafficking_government_lag, cell.trafficking_government_lag_spread)
            adversary.lag[place] = lag
            adversary.covered[place] = cell.trafficking_start == trafficking.KNOWN or lag == 0
    return adversary


@borrowing
def _take_up(minds, world, lanes, players, first, party, strategy, time):
    """Begin a strategy afresh from round ``time`` on: its start state toward everybody, older reports dropped."""
    player = party - world.runs.first_party[first]
    players.strategy[player] = players.next_strategy[player] = strategy
    for side in range(world.parties.first_side[party], world.parties.first_side[party + 1]):
        lane = side - world.runs.first_side[first]
        lanes.strategy[lane] = strategy
        lanes.state[lane] = minds.start[strategy]
        lanes.due[lane] = time + lanes.ell[lane]


# --- luck ----------------------------------------------------------------------------------------------------------


@borrowing
def _word(replicate, time, who, block, seed, word):
    """One draw that is not of a side."""
    return np.int64(philox4x32(replicate, time, who, block, seed & _LOW, seed >> _HALF)[word])


@borrowing
def _draw(runs, lanes, first, time):
    """The four words of every side in this round."""
    low, high = runs.seed[first] & _LOW, runs.seed[first] >> _HALF
    decide, error, report, attend = lanes.words[0], lanes.words[1], lanes.words[2], lanes.words[3]
    for lane in range(lanes.who.size):
        words = philox4x32(lanes.replicate[lane], time, lanes.who[lane], luck.SIDE, low, high)
        decide[lane], error[lane], report[lane], attend[lane] = words[0], words[1], words[2], words[3]


# --- passes over sides ---------------------------------------------------------------------------------------------


@borrowing
def _observe(minds, lanes, time):
    """Read the report that falls due, if the link is attended to, and step the automaton."""
    slots = lanes.ring.shape[0]
    now = time % slots
    attend = lanes.words[luck.ATTEND]
    for lane in range(lanes.state.size):
        if time >= lanes.due[lane] and attend[lane] < lanes.attended[lane]:
            slot = now - lanes.ell[lane]
            report = lanes.ring[slot + slots if slot < 0 else slot, lane]
            lanes.state[lane] = minds.after[lanes.strategy[lane], lanes.state[lane], report >> 1, report & 1]


@borrowing
def _decide_and_act(minds, lanes):
    """Intend what the state says, or D by the stance; do it, or by an action error its opposite."""
    decide, error = lanes.words[luck.DECIDE], lanes.words[luck.ACTION_ERROR]
    for lane in range(lanes.state.size):
        cooperates = decide[lane] < minds.out[lanes.strategy[lane], lanes.state[lane]]
        intended = np.int8(cooperates & (lanes.reciprocal[lane] != 0))
        lanes.intended[lane] = intended
        lanes.act[lane] = realised(intended, error[lane], lanes.action_error[lane])


@borrowing
def _meet(lanes, time):
    """File what both did in each meeting, the other's act as it was seen."""
    ring, report = lanes.ring[time % lanes.ring.shape[0]], lanes.words[luck.REPORT]
    for lane in range(lanes.state.size):
        other = lanes.act[lanes.mirror[lane]]
        lanes.other[lane] = other
        ring[lane] = 2 * lanes.act[lane] + seen(other, report[lane], lanes.miss[lane], lanes.false_alarm[lane])


@borrowing
def _count_acts(world, lanes, players, first):
    """How often each outcome met each party, and how often it meant to cooperate."""
    offset, party = world.runs.first_side[first], world.runs.first_party[first]
    for player in range(players.intended.size):
        begin, end = world.parties.first_side[party + player], world.parties.first_side[party + player + 1]
        acts = intended = both = theirs = 0
        for lane in range(begin - offset, end - offset):
            acts += lanes.act[lane]
            intended += lanes.intended[lane]
            both += lanes.act[lane] & lanes.other[lane]
            theirs += lanes.other[lane]
        players.cooperative_acts[player], players.intended[player] = acts, intended
        players.both[player], players.theirs[player] = both, theirs


# --- passes over runs ----------------------------------------------------------------------------------------------


@borrowing
def _close_round(cells, runs, government, played, first, time):
    """Remember what was uncovered; returns whether any run of the block goes on."""
    going_on = False
    for place in range(government.alive.size):
        if not government.alive[place]:
            continue
        run = first + place
        cell = cells[runs.cell[run]]
        active = np.int64(played.series[run, history.ACTIVE, time])
        played.series[run, history.OUTDATED, time] = government.outdated[place]
        government.outdated[place] = remember(
            government.outdated[place], government.uncovered[place], active, cell.trafficking_relevance_memory
        )
        played.rounds[run] = time + 1
        goes_on, is_last = True, time + 1 >= cell.horizon_rounds
        if cell.horizon_ending == games.RANDOM:
            draw = _word(runs.replicate[run], time, 0, luck.RUN, runs.seed[run], luck.END)
            goes_on = draw < threshold(cell.horizon_discount)
            played.capped[run] = goes_on and is_last
        government.alive[place] = goes_on and not is_last
        going_on |= government.alive[place]
    return going_on


@borrowing
def _join_forces(cells, world, players, government, series, first, time):
    """Joint capacity from the acts of all parties."""
    runs, parties = world.runs, world.parties
    offset = runs.first_party[first]
    for place in range(government.alive.size):
        if not government.alive[place]:
            continue
        run = first + place
        cell = cells[runs.cell[run]]
        least, greatest, ours, theirs, intended = FULL, 0, 0, 0, 0
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            acts = players.cooperative_acts[party - offset]
            share = mean_capacity(acts, parties.first_side[party + 1] - parties.first_side[party])
            least, greatest = min(least, share), max(greatest, share)
            if parties.kind[party] == ORGANIZATION:
                ours += acts
            else:
                theirs += acts
            intended += players.intended[party - offset]
        capacity = mean_capacity(ours + theirs, runs.first_side[run + 1] - runs.first_side[run])
        if cell.trafficking_capacity == trafficking.WEAKEST_LINK:
            capacity = least
        elif cell.trafficking_capacity == trafficking.BEST_SHOT:
            capacity = greatest
        elif cell.trafficking_capacity == trafficking.THRESHOLD:
            capacity = threshold_capacity(capacity, int(cell.trafficking_capacity_threshold * FULL + 0.5))
        government.capacity[place] = capacity
        series[run, history.ORGANIZATION_COOPERATION, time] = ours
        series[run, history.MINISTRY_COOPERATION, time] = theirs
        series[run, history.INTENDED_COOPERATION, time] = intended
        series[run, history.CAPACITY, time] = capacity


@borrowing
def _serve(encoding, world, lanes, government, series, first, time):
    """For each function: how many holders serve it, those that leave it to nobody, each with the volunteer's chance."""
    runs, duties, offset = world.runs, world.duties, world.runs.first_side[first]
    for place in range(government.alive.size):
        if not government.alive[place]:
            continue
        run = first + place
        cell = encoding.cells[runs.cell[run]]
        duty, end = runs.first_duty[run], runs.first_duty[run + 1]
        for function in range(cell.topology_functions):
            begin = duty
            alone = 0
            while duty < end and duties.function[duty] == function:
                lanes.alone[duty - begin] = 1
                for senior in range(duties.first_senior[duty], duties.first_senior[duty + 1]):
                    lane = duties.senior_side[senior] - offset
                    if lanes.act[lane] & lanes.act[lanes.mirror[lane]]:
                        lanes.alone[duty - begin] = 0
                        break
                alone += lanes.alone[duty - begin]
                duty += 1
            serving = 0
            if cell.mandate_lead_binding and duty > begin and duties.party[begin] == runs.lead[run]:
                serving = 1
            elif alone > 0:
                chance = encoding.lists.serving[runs.cell[run], alone - 1]
                for rank in range(duty - begin):
                    if lanes.alone[rank]:
                        who = luck.address(duties.party[begin + rank] - runs.first_party[run], function)
                        draw = _word(runs.replicate[run], time, who, luck.MANDATE, runs.seed[run], luck.SERVE)
                        serving += serves(draw, chance)
            series[run, history.GAPS, time] += serving == 0
            series[run, history.DUPLICATIONS, time] += serving >= 2


# --- passes over traffickers ---------------------------------------------------------------------------------------


@borrowing
def _move_traffickers(cells, runs, adversary, government, played, first, time):
    """Each notices whether its modus is answered and takes a new one by the law of the scenario."""
    for place in range(government.alive.size):
        if not government.alive[place]:
            continue
        run = first + place
        cell = cells[runs.cell[run]]
        government.uncovered[place] = 0
        for z in range(cell.parties_traffickers):
            one = adversary.first[place] + z
            effort, covered = adversary.effort[one], adversary.covered[one]
            if not covered and is_answered(adversary.accumulated[one], adversary.lag[one]):
                covered = True
                adversary.became_covered[one] = effort == 1
                played.covered[run] += effort
            words = philox4x32(
                runs.replicate[run], time, luck.address(z, 0), luck.TRAFFICKER, runs.seed[run] & _LOW,
                runs.seed[run] >> _HALF,
            )  # fmt: skip
            moved = False
            if cell.trafficking_switching == trafficking.FIXED:
                moved = moves_by_calendar(time, z, cell.parties_traffickers, cell.trafficking_interval)
            elif cell.trafficking_switching == trafficking.RANDOM:
                moved = moves_by_chance(time, np.int64(words[luck.SWITCH]), threshold(cell.trafficking_chance))
            elif time == 0 or covered or effort == 0:
                moved = new_modus_pays(
                    cell.trafficking_gain, cell.trafficking_government_lag, cell.trafficking_switching_cost,
                    government.capacity[place],
                )  # fmt: skip
                effort = 1 if moved else 0
            if moved:
                played.displaced[run] += adversary.became_covered[one]
                adversary.became_covered[one] = False
                adversary.accumulated[one] = 0
                adversary.lag[one] = lag_of_a_new_modus(
                    np.int64(words[luck.NEW_LAG]), cell.trafficking_government_lag,
                    cell.trafficking_government_lag_spread,
                )  # fmt: skip
                covered = adversary.lag[one] == 0
            adversary.effort[one], adversary.covered[one], adversary.moved[one] = effort, covered, moved
            government.uncovered[place] += effort == 1 and not covered


@borrowing
def _pay_traffickers(encoding, runs, adversary, government, played, first, time):
    """Attempts, what succeeds and what is detected; payoffs; then the capacity of the round is brought to bear."""
    lists, series = encoding.lists, played.series
    for place in range(government.alive.size):
        if not government.alive[place]:
            continue
        run, row = first + place, runs.cell[first + place]
        cell = encoding.cells[row]
        exposure = lists.exposure[row, min(time // 12, lists.exposure.shape[1] - 1)]
        multiplier = 1.0
        for entry in range(lists.detection_from.shape[1]):
            if lists.detection_from[row, entry] <= time:
                multiplier = lists.detection_multiplier[row, entry]
        for z in range(cell.parties_traffickers):
            one = adversary.first[place] + z
            effort, covered = adversary.effort[one], adversary.covered[one]
            attempts = exposure * cell.trafficking_volume * effort
            detection = cell.trafficking_detected_covered if covered else cell.trafficking_detected_uncovered
            series[run, history.ACTIVE, time] += effort
            series[run, history.ATTEMPTS, time] += attempts
            series[run, history.TRUE_CASES, time] += true_cases(attempts, covered, cell.trafficking_residual)
            series[run, history.DETECTED_CASES, time] += detected_cases(attempts, detection, multiplier)
            played.trafficker_payoff[run] += trafficker_payoff(
                effort, covered, adversary.moved[one], cell.trafficking_gain, cell.trafficking_penalty,
                cell.trafficking_switching_cost,
            )  # fmt: skip
            if effort == 1 and not covered:
                answer = answer_by_teams(
                    government.capacity[place], cell.trafficking_teams, government.uncovered[place]
                )
                if cell.trafficking_cover_law == trafficking.BY_AGE:
                    adversary.accumulated[one] += answer
                else:
                    who = luck.address(z, 0)
                    draw = _word(runs.replicate[run], time, who, luck.TRAFFICKER, runs.seed[run], luck.COVER)
                    if draw < threshold(chance_of_cover(answer, adversary.lag[one])):
                        adversary.covered[one] = adversary.became_covered[one] = True
                        played.covered[run] += 1
        series[run, history.UNCOVERED, time] = government.uncovered[place]


# --- passes over parties -------------------------------------------------------------------------------------------


@borrowing
def _pay(cells, world, players, government, first, time):
    """Payoffs of the round from how often each outcome met each party."""
    parties, runs = world.parties, world.runs
    for place in range(government.alive.size):
        if not government.alive[place]:
            continue
        run = first + place
        cell = cells[runs.cell[run]]
        factor = 1.0
        if cell.game_stake_chance > 0.0:  # a draw nobody looks at need not be made: luck has coordinates
            draw = _word(runs.replicate[run], time, 0, luck.RUN, runs.seed[run], luck.STAKE)
            low_stake = (1.0 - cell.game_stake_chance * cell.game_stake_high) / (1.0 - cell.game_stake_chance)
            factor = stake(draw, threshold(cell.game_stake_chance), cell.game_stake_high, low_stake)
        price = cell.institution_broker_price if cell.institution_broker_active else 0.0
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            player = party - runs.first_party[first]
            partners, own = parties.first_side[party + 1] - parties.first_side[party], players.cooperative_acts[player]
            both, theirs = players.both[player], players.theirs[player]
            players.reward[player] = outdated_reward(
                parties.reward[party], parties.punishment[party], cell.trafficking_relevance,
                government.outdated[place],
            )  # fmt: skip
            payoff = (
                round_payoff(
                    factor, players.reward[player], parties.sucker[party], parties.temptation[party],
                    parties.punishment[party], both, own - both, theirs - both, partners - own - theirs + both,
                    cell.game_coordination_cost, partners,
                )
                - price
            )  # fmt: skip
            players.weighted_payoff[player] += players.weight[player] * payoff
            players.weight[player] *= parties.discount[party]
            players.total_payoff[player] += payoff
            players.tally[player] += payoff
            players.tally_acts[player] += partners


@borrowing
def _learn(encoding, world, lanes, players, government, series, first, time):
    """Revise by the mind the scenario gives; all read what held before anybody revised."""
    for place in range(government.alive.size):
        if not government.alive[place]:
            continue
        run = first + place
        cell = encoding.cells[world.runs.cell[run]]
        if (time + 1) % cell.learning_interval == 0:
            if cell.learning_kind == learning.CALCULATING:
                _calculate(encoding.minds, cell, world, lanes, players, first, run)
            elif cell.learning_kind == learning.IMITATION:
                _imitate(encoding, cell, world, players, first, run, time)
                _commit(encoding.minds, world, lanes, players, first, run, time)
        offset = world.runs.first_side[first]
        for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
            end = world.parties.first_side[party + 1]
            if cell.learning_kind != learning.CALCULATING or cell.learning_scope == learning.PARTY:
                end = world.parties.first_side[party] + 1  # one stance toward all
            reciprocal = 0
            for side in range(world.parties.first_side[party], end):
                reciprocal |= lanes.reciprocal[side - offset]
            series[run, history.RECIPROCAL, time] += reciprocal


@borrowing
def _calculate(minds, cell, world, lanes, players, first, run):
    """Stay reciprocal while the index over the partners still believed reciprocal outweighs the temptation."""
    parties, offset = world.parties, world.runs.first_side[first]
    for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
        player, begin, end = (
            party - world.runs.first_party[first],
            parties.first_side[party],
            parties.first_side[party + 1],
        )
        strategy, cost = players.strategy[player], cell.game_coordination_cost * (end - begin - 1)
        forgives = minds.family[strategy] == TIT_FOR_TAT
        temptation, punishment = parties.temptation[party], parties.punishment[party]
        reward, sucker = players.reward[player] - cost, parties.sucker[party] - cost
        if cell.learning_scope == learning.PARTNER:
            for side in range(begin, end):
                believed = world.sides.index[side] if minds.trusting[strategy, lanes.state[side - offset]] else 0.0
                lanes.reciprocal[side - offset] = reciprocity_pays(
                    believed, temptation, reward, punishment, sucker, forgives
                )
            continue
        trusted = 0
        for lane in range(begin - offset, end - offset):
            trusted += minds.trusting[strategy, lanes.state[lane]]
        total = players.trust_in_all[player]  # the same sum in the same order, made once
        if trusted < end - begin:
            total = 0.0
            for side in range(begin, end):
                total += world.sides.index[side] if minds.trusting[strategy, lanes.state[side - offset]] else 0.0
        stance = reciprocity_pays(total / (end - begin), temptation, reward, punishment, sucker, forgives)
        for lane in range(begin - offset, end - offset):
            lanes.reciprocal[lane] = stance


@borrowing
def _imitate(encoding, cell, world, players, first, run, time):
    """Meet a partner as model and take its strategy the likelier, the more it earned per act; or mutate."""
    runs, parties, offset = world.runs, world.parties, world.runs.first_party[first]
    low, high = runs.seed[run] & _LOW, runs.seed[run] >> _HALF
    for party in range(runs.first_party[run], runs.first_party[run + 1]):
        who = luck.address(party - runs.first_party[run], party - runs.first_party[run])
        words = philox4x32(runs.replicate[run], time, who, luck.PARTY, low, high)
        if np.int64(words[luck.REVISE]) < threshold(cell.learning_rate):
            begin = parties.first_side[party]
            model = world.sides.other[begin + pick(np.int64(words[luck.MODEL]), parties.first_side[party + 1] - begin)]
            own_payoff = players.tally[party - offset] / players.tally_acts[party - offset]
            model_payoff = players.tally[model - offset] / players.tally_acts[model - offset]
            chance = fermi(own_payoff, model_payoff, cell.learning_strength)
            if np.int64(words[luck.ADOPT]) < threshold(chance):
                players.next_strategy[party - offset] = players.strategy[model - offset]
        words = philox4x32(runs.replicate[run], time, who, luck.MUTATION, low, high)
        if np.int64(words[luck.MUTATE]) < threshold(cell.learning_mutation):
            row = runs.cell[run]
            mutant = encoding.lists.pool[row, pick(np.int64(words[luck.MUTANT]), encoding.lists.pool_count[row])]
            players.next_strategy[party - offset] = parties.strategy[party] if mutant == NOBODY else mutant


@borrowing
def _commit(minds, world, lanes, players, first, run, time):
    """After everybody has learned: begin the new strategies; tallies of all start again."""
    for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
        player = party - world.runs.first_party[first]
        if players.next_strategy[player] != players.strategy[player]:
            _take_up(minds, world, lanes, players, first, party, players.next_strategy[player], time + 1)
        players.tally[player], players.tally_acts[player] = 0.0, 0


# --- after the last round ------------------------------------------------------------------------------------------


@part
def _close(cells, world, players, played, first, last):
    """Payoffs of the run by party."""
    for run in range(first, last):
        window = cells[world.runs.cell[run]].horizon_ending == games.WINDOW
        for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
            player = party - world.runs.first_party[first]
            payoff, discount = players.total_payoff[player], world.parties.discount[party]
            played.mean_payoff[party] = payoff / played.rounds[run]
            if window:
                payoff = (1.0 - discount) * players.weighted_payoff[player] / (1.0 - players.weight[player])
            played.payoff[party] = payoff
