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
from sim.compiled import borrowing, kernel
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

    ``who``, ``replicate`` are the coordinates of its luck, ``words`` of shape (4, sides) the draws of the round.
    ``due`` is the first round in which a report of the present strategy falls due; ``ring`` has shape (slots, sides).
    """

    who: np.ndarray
    replicate: np.ndarray
    words: np.ndarray
    due: np.ndarray
    ring: np.ndarray
    attended: np.ndarray
    action_error: np.ndarray
    strategy: np.ndarray
    state: np.ndarray
    reciprocal: np.ndarray
    intended: np.ndarray
    act: np.ndarray
    other: np.ndarray


class Players(NamedTuple):
    """The state of each party: what it plays now and next, its meetings of the round and its payoffs."""

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
    """The state of each trafficker; ``first`` has one more entry than there are runs."""

    first: np.ndarray
    effort: np.ndarray
    accumulated: np.ndarray
    lag: np.ndarray
    covered: np.ndarray
    became_covered: np.ndarray
    moved: np.ndarray


class Government(NamedTuple):
    """The state of each run: whether it goes on, joint capacity, modi not covered, outdated procedures."""

    alive: np.ndarray
    capacity: np.ndarray
    uncovered: np.ndarray
    outdated: np.ndarray


class Table(NamedTuple):
    """All that changes while runs are played; ``alone`` marks the holders of a function that stand alone."""

    lanes: Lanes
    players: Players
    adversary: Adversary
    government: Government
    alone: np.ndarray


def play(encoding: Encoding, cell: Any, replicate: Any, seed: Any) -> tuple[World, History]:
    """Set up and play a block of runs, each a pure function of its cell, replicate and seed."""
    world = set_up(encoding, cell, replicate, seed)
    rounds = encoding.cells["horizon_rounds"][world.runs.cell]
    played = history.empty_history(rounds.size, world.parties.kind.size, int(rounds.max()))
    _play(encoding, world, _lay_the_table(encoding, world), played)
    return world, played


def _lay_the_table(encoding: Encoding, world: World) -> Table:
    """The state of all runs before round 0, empty."""
    cells = encoding.cells[world.runs.cell]
    sides, parties, runs = world.sides.ell.size, world.parties.kind.size, world.runs.cell.size
    traffickers = int(cells["parties_traffickers"].sum())
    slots = min(int(world.sides.ell.max()), int(cells["horizon_rounds"].max()))
    byte, short, whole, real = np.int8, np.int16, np.int64, np.float64

    def zeros(count: int, *kinds: Any) -> list[np.ndarray]:
        return [np.zeros(count, dtype=kind) for kind in kinds]

    return Table(
        Lanes(
            who=np.zeros(sides, dtype=np.uint32),
            replicate=np.repeat(world.runs.replicate, np.diff(world.runs.first_side)).astype(np.uint32),
            words=np.zeros((4, sides), dtype=np.uint32),
            due=np.zeros(sides, dtype=whole),
            ring=np.zeros((slots, sides), dtype=byte),
            attended=world.parties.attended[world.sides.reader],
            action_error=np.zeros(sides, dtype=whole),
            strategy=np.zeros(sides, dtype=short),
            state=np.zeros(sides, dtype=short),
            reciprocal=np.ones(sides, dtype=byte),
            intended=np.zeros(sides, dtype=byte),
            act=np.zeros(sides, dtype=byte),
            other=np.zeros(sides, dtype=byte),
        ),
        Players(*zeros(parties, whole, whole, real, whole, whole, whole, whole, real, real, real, real, real, whole)),
        Adversary(
            np.concatenate(([0], np.cumsum(cells["parties_traffickers"]))),
            *zeros(traffickers, whole, whole, whole, np.bool_, np.bool_, np.bool_),
        ),
        Government(*zeros(runs, np.bool_, whole, whole, real)),
        alone=np.zeros(parties, dtype=byte),
    )


@kernel
def _play(encoding, world, table, played):
    """Play all runs, some at a time: those that fit into a block of lanes."""
    runs, first = world.runs, 0
    while first < runs.cell.size:
        last = first + 1
        while (
            last < runs.cell.size
            and runs.first_side[last] - runs.first_side[first] < LANES
            and encoding.cells[runs.cell[first]].horizon_rounds == encoding.cells[runs.cell[last]].horizon_rounds
            and runs.seed[first] == runs.seed[last]
        ):
            last += 1
        _begin(encoding, world, table, first, last)
        for time in range(encoding.cells[runs.cell[first]].horizon_rounds):
            _draw(runs, table.lanes, first, last, time)
            _observe(encoding.minds, world, table.lanes, first, last, time)
            _decide_and_act(encoding.minds, runs, table.lanes, first, last)
            _meet(world, table.lanes, first, last, time)
            _count_acts(world, table.lanes, table.players, first, last)
            _move_traffickers(encoding.cells, runs, table, played, first, last, time)
            _join_forces(encoding.cells, world, table, played.series, first, last, time)
            _serve(encoding, world, table, played.series, first, last, time)
            _pay(encoding.cells, world, table, first, last, time)
            _pay_traffickers(encoding, runs, table, played, first, last, time)
            _learn(encoding, world, table, played.series, first, last, time)
            if not _close_round(encoding.cells, runs, table.government, played, first, last, time):
                break
        _close(encoding.cells, world, table.players, played, first, last)
        first = last


# --- before round 0 ------------------------------------------------------------------------------------------------


@borrowing
def _begin(encoding, world, table, first, last):
    runs, lanes, players = world.runs, table.lanes, table.players
    for run in range(first, last):
        cell = encoding.cells[runs.cell[run]]
        table.government.alive[run], table.government.capacity[run] = True, FULL
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            players.reward[party], players.weight[party] = world.parties.reward[party], 1.0
            for side in range(world.parties.first_side[party], world.parties.first_side[party + 1]):
                players.trust_in_all[party] += world.sides.index[side]
                other = world.sides.other[side] - runs.first_party[run]
                lanes.who[side] = luck.address(party - runs.first_party[run], other)
                lanes.action_error[side] = threshold(cell.information_action_error)
            _take_up(encoding.minds, world, lanes, players, party, world.parties.strategy[party], 0)
        if cell.learning_kind == learning.CALCULATING:
            _calculate(encoding.minds, cell, world, table, run)
        for z in range(cell.parties_traffickers):
            one = table.adversary.first[run] + z
            draw = _word(
                runs.replicate[run], luck.SET_UP, luck.address(z, 0), luck.TRAFFICKER, runs.seed[run], luck.NEW_LAG
            )
            lag = lag_of_a_new_modus(draw, cell.trafficking_government_lag, cell.trafficking_government_lag_spread)
            table.adversary.effort[one], table.adversary.lag[one] = 1, lag
            table.adversary.covered[one] = cell.trafficking_start == trafficking.KNOWN or lag == 0


@borrowing
def _take_up(minds, world, lanes, players, party, strategy, time):
    """Begin a strategy afresh from round ``time`` on: its start state toward everybody, older reports dropped."""
    players.strategy[party] = players.next_strategy[party] = strategy
    for side in range(world.parties.first_side[party], world.parties.first_side[party + 1]):
        lanes.strategy[side] = strategy
        lanes.state[side] = minds.start[strategy]
        lanes.due[side] = time + world.sides.ell[side]


# --- luck ----------------------------------------------------------------------------------------------------------


@borrowing
def _word(replicate, time, who, block, seed, word):
    """One draw that is not of a side."""
    return np.int64(philox4x32(replicate, time, who, block, seed & _LOW, seed >> _HALF)[word])


@borrowing
def _draw(runs, lanes, first, last, time):
    """The four words of every side in this round."""
    low, high = runs.seed[first] & _LOW, runs.seed[first] >> _HALF
    own = slice(runs.first_side[first], runs.first_side[last])
    replicate, who, (decide, error, report, attend) = lanes.replicate[own], lanes.who[own], _words(lanes, own)
    for lane in range(who.size):
        words = philox4x32(replicate[lane], time, who[lane], luck.SIDE, low, high)
        decide[lane], error[lane], report[lane], attend[lane] = words[0], words[1], words[2], words[3]


@borrowing
def _words(lanes, own):
    """Decide, action error, report, attend."""
    return lanes.words[0][own], lanes.words[1][own], lanes.words[2][own], lanes.words[3][own]


# --- passes over sides: loops from 0 over slices, which the compiler turns into vectors ----------------------------


@borrowing
def _observe(minds, world, lanes, first, last, time):
    """Read the report that falls due, if the link is attended to, and step the automaton."""
    own = slice(world.runs.first_side[first], world.runs.first_side[last])
    due, ell, attended, strategy, state = (
        lanes.due[own], world.sides.ell[own], lanes.attended[own], lanes.strategy[own], lanes.state[own],
    )  # fmt: skip
    _, _, _, attend = _words(lanes, own)
    ring, slots = lanes.ring[:, own], lanes.ring.shape[0]
    now = time % slots
    for lane in range(state.size):
        if time >= due[lane] and attend[lane] < attended[lane]:
            slot = now - ell[lane]
            report = ring[slot + slots if slot < 0 else slot, lane]
            state[lane] = minds.after[strategy[lane], state[lane], report >> 1, report & 1]


@borrowing
def _decide_and_act(minds, runs, lanes, first, last):
    """Intend what the state says, or D by the stance; do it, or by an action error its opposite."""
    own = slice(runs.first_side[first], runs.first_side[last])
    strategy, state, reciprocal, action_error, intended, act = (
        lanes.strategy[own], lanes.state[own], lanes.reciprocal[own], lanes.action_error[own], lanes.intended[own],
        lanes.act[own],
    )  # fmt: skip
    decide, error, _, _ = _words(lanes, own)
    for lane in range(state.size):
        cooperates = decide[lane] < minds.out[strategy[lane], state[lane]]
        means = np.int8(cooperates & (reciprocal[lane] != 0))
        intended[lane] = means
        act[lane] = realised(means, error[lane], action_error[lane])


@borrowing
def _meet(world, lanes, first, last, time):
    """File what both did in each meeting, the other's act as it was seen."""
    own = slice(world.runs.first_side[first], world.runs.first_side[last])
    mirror, miss, false_alarm = world.sides.mirror[own], world.sides.miss[own], world.sides.false_alarm[own]
    ring, act, other = lanes.ring[time % lanes.ring.shape[0]][own], lanes.act[own], lanes.other[own]
    _, _, report, _ = _words(lanes, own)
    for lane in range(act.size):
        theirs = lanes.act[mirror[lane]]
        other[lane] = theirs
        ring[lane] = 2 * act[lane] + seen(theirs, report[lane], miss[lane], false_alarm[lane])


@borrowing
def _count_acts(world, lanes, players, first, last):
    """How often each outcome met each party, and how often it meant to cooperate."""
    for party in range(world.runs.first_party[first], world.runs.first_party[last]):
        acts = intended = both = theirs = 0
        for lane in range(world.parties.first_side[party], world.parties.first_side[party + 1]):
            acts += lanes.act[lane]
            intended += lanes.intended[lane]
            both += lanes.act[lane] & lanes.other[lane]
            theirs += lanes.other[lane]
        players.cooperative_acts[party], players.intended[party] = acts, intended
        players.both[party], players.theirs[party] = both, theirs


# --- passes over runs ----------------------------------------------------------------------------------------------


@borrowing
def _close_round(cells, runs, government, played, first, last, time):
    """Remember what was uncovered; returns whether any run of the block goes on."""
    going_on = False
    for run in range(first, last):
        if not government.alive[run]:
            continue
        cell = cells[runs.cell[run]]
        active = np.int64(played.series[run, history.ACTIVE, time])
        played.series[run, history.OUTDATED, time] = government.outdated[run]
        government.outdated[run] = remember(
            government.outdated[run], government.uncovered[run], active, cell.trafficking_relevance_memory
        )
        played.rounds[run] = time + 1
        goes_on, is_last = True, time + 1 >= cell.horizon_rounds
        if cell.horizon_ending == games.RANDOM:
            draw = _word(runs.replicate[run], time, 0, luck.RUN, runs.seed[run], luck.END)
            goes_on = draw < threshold(cell.horizon_discount)
            played.capped[run] = goes_on and is_last
        government.alive[run] = goes_on and not is_last
        going_on |= government.alive[run]
    return going_on


@borrowing
def _join_forces(cells, world, table, series, first, last, time):
    """Joint capacity from the acts of all parties."""
    runs, parties, players, government = world.runs, world.parties, table.players, table.government
    for run in range(first, last):
        if not government.alive[run]:
            continue
        cell = cells[runs.cell[run]]
        least, greatest, ours, theirs, intended = FULL, 0, 0, 0, 0
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            acts = players.cooperative_acts[party]
            share = mean_capacity(acts, parties.first_side[party + 1] - parties.first_side[party])
            least, greatest = min(least, share), max(greatest, share)
            if parties.kind[party] == ORGANIZATION:
                ours += acts
            else:
                theirs += acts
            intended += players.intended[party]
        capacity = mean_capacity(ours + theirs, runs.first_side[run + 1] - runs.first_side[run])
        if cell.trafficking_capacity == trafficking.WEAKEST_LINK:
            capacity = least
        elif cell.trafficking_capacity == trafficking.BEST_SHOT:
            capacity = greatest
        elif cell.trafficking_capacity == trafficking.THRESHOLD:
            capacity = threshold_capacity(capacity, int(cell.trafficking_capacity_threshold * FULL + 0.5))
        government.capacity[run] = capacity
        series[run, history.ORGANIZATION_COOPERATION, time] = ours
        series[run, history.MINISTRY_COOPERATION, time] = theirs
        series[run, history.INTENDED_COOPERATION, time] = intended
        series[run, history.CAPACITY, time] = capacity


@borrowing
def _serve(encoding, world, table, series, first, last, time):
    """For each function: how many holders serve it, those that leave it to nobody, each with the volunteer's chance."""
    runs, duties, lanes, government = world.runs, world.duties, table.lanes, table.government
    for run in range(first, last):
        if not government.alive[run]:
            continue
        cell = encoding.cells[runs.cell[run]]
        duty, end = runs.first_duty[run], runs.first_duty[run + 1]
        for function in range(cell.topology_functions):
            begin = duty
            alone = 0
            while duty < end and duties.function[duty] == function:
                table.alone[duty - begin] = 1
                for senior in range(duties.first_senior[duty], duties.first_senior[duty + 1]):
                    lane = duties.senior_side[senior]
                    if lanes.act[lane] & lanes.other[lane]:
                        table.alone[duty - begin] = 0
                        break
                alone += table.alone[duty - begin]
                duty += 1
            serving = 0
            if cell.mandate_lead_binding and duty > begin and duties.party[begin] == runs.lead[run]:
                serving = 1
            elif alone > 0:
                chance = encoding.lists.serving[runs.cell[run], alone - 1]
                for rank in range(duty - begin):
                    if table.alone[rank]:
                        who = luck.address(duties.party[begin + rank] - runs.first_party[run], function)
                        draw = _word(runs.replicate[run], time, who, luck.MANDATE, runs.seed[run], luck.SERVE)
                        serving += serves(draw, chance)
            series[run, history.GAPS, time] += serving == 0
            series[run, history.DUPLICATIONS, time] += serving >= 2


# --- passes over traffickers ---------------------------------------------------------------------------------------


@borrowing
def _move_traffickers(cells, runs, table, played, first, last, time):
    """Each notices whether its modus is answered and takes a new one by the law of the scenario."""
    adversary, government = table.adversary, table.government
    for run in range(first, last):
        if not government.alive[run]:
            continue
        cell = cells[runs.cell[run]]
        government.uncovered[run] = 0
        for z in range(cell.parties_traffickers):
            one = adversary.first[run] + z
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
                    government.capacity[run],
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
            government.uncovered[run] += effort == 1 and not covered


@borrowing
def _pay_traffickers(encoding, runs, table, played, first, last, time):
    """Attempts, what succeeds and what is detected; payoffs; then the capacity of the round is brought to bear."""
    lists, series, adversary, government = encoding.lists, played.series, table.adversary, table.government
    for run in range(first, last):
        if not government.alive[run]:
            continue
        row = runs.cell[run]
        cell = encoding.cells[row]
        exposure = lists.exposure[row, min(time // 12, lists.exposure.shape[1] - 1)]
        multiplier = 1.0
        for entry in range(lists.detection_from.shape[1]):
            if lists.detection_from[row, entry] <= time:
                multiplier = lists.detection_multiplier[row, entry]
        for z in range(cell.parties_traffickers):
            one = adversary.first[run] + z
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
                answer = answer_by_teams(government.capacity[run], cell.trafficking_teams, government.uncovered[run])
                if cell.trafficking_cover_law == trafficking.BY_AGE:
                    adversary.accumulated[one] += answer
                else:
                    who = luck.address(z, 0)
                    draw = _word(runs.replicate[run], time, who, luck.TRAFFICKER, runs.seed[run], luck.COVER)
                    if draw < threshold(chance_of_cover(answer, adversary.lag[one])):
                        adversary.covered[one] = adversary.became_covered[one] = True
                        played.covered[run] += 1
        series[run, history.UNCOVERED, time] = government.uncovered[run]


# --- passes over parties -------------------------------------------------------------------------------------------


@borrowing
def _pay(cells, world, table, first, last, time):
    """Payoffs of the round from how often each outcome met each party."""
    parties, runs, players, government = world.parties, world.runs, table.players, table.government
    for run in range(first, last):
        if not government.alive[run]:
            continue
        cell = cells[runs.cell[run]]
        factor = 1.0
        if cell.game_stake_chance > 0.0:  # a draw nobody looks at need not be made: luck has coordinates
            draw = _word(runs.replicate[run], time, 0, luck.RUN, runs.seed[run], luck.STAKE)
            low_stake = (1.0 - cell.game_stake_chance * cell.game_stake_high) / (1.0 - cell.game_stake_chance)
            factor = stake(draw, threshold(cell.game_stake_chance), cell.game_stake_high, low_stake)
        price = cell.institution_broker_price if cell.institution_broker_active else 0.0
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            partners, own = parties.first_side[party + 1] - parties.first_side[party], players.cooperative_acts[party]
            both, theirs = players.both[party], players.theirs[party]
            players.reward[party] = outdated_reward(
                parties.reward[party], parties.punishment[party], cell.trafficking_relevance,
                government.outdated[run],
            )  # fmt: skip
            payoff = (
                round_payoff(
                    factor, players.reward[party], parties.sucker[party], parties.temptation[party],
                    parties.punishment[party], both, own - both, theirs - both, partners - own - theirs + both,
                    cell.game_coordination_cost, partners,
                )
                - price
            )  # fmt: skip
            players.weighted_payoff[party] += players.weight[party] * payoff
            players.weight[party] *= parties.discount[party]
            players.total_payoff[party] += payoff
            players.tally[party] += payoff
            players.tally_acts[party] += partners


@borrowing
def _learn(encoding, world, table, series, first, last, time):
    """Revise by the mind the scenario gives; all read what held before anybody revised."""
    lanes, government = table.lanes, table.government
    for run in range(first, last):
        if not government.alive[run]:
            continue
        cell = encoding.cells[world.runs.cell[run]]
        if (time + 1) % cell.learning_interval == 0:
            if cell.learning_kind == learning.CALCULATING:
                _calculate(encoding.minds, cell, world, table, run)
            elif cell.learning_kind == learning.IMITATION:
                _imitate(encoding, cell, world, table.players, run, time)
                _commit(encoding.minds, world, lanes, table.players, run, time)
        for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
            end = world.parties.first_side[party + 1]
            if cell.learning_kind != learning.CALCULATING or cell.learning_scope == learning.PARTY:
                end = world.parties.first_side[party] + 1  # one stance toward all
            reciprocal = 0
            for side in range(world.parties.first_side[party], end):
                reciprocal |= lanes.reciprocal[side]
            series[run, history.RECIPROCAL, time] += reciprocal


@borrowing
def _calculate(minds, cell, world, table, run):
    """Stay reciprocal while the index over the partners still believed reciprocal outweighs the temptation."""
    parties, lanes, players = world.parties, table.lanes, table.players
    for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
        begin, end = parties.first_side[party], parties.first_side[party + 1]
        strategy, cost = players.strategy[party], cell.game_coordination_cost * (end - begin - 1)
        forgives = minds.family[strategy] == TIT_FOR_TAT
        temptation, punishment = parties.temptation[party], parties.punishment[party]
        reward, sucker = players.reward[party] - cost, parties.sucker[party] - cost
        if cell.learning_scope == learning.PARTNER:
            for side in range(begin, end):
                believed = world.sides.index[side] if minds.trusting[strategy, lanes.state[side]] else 0.0
                lanes.reciprocal[side] = reciprocity_pays(believed, temptation, reward, punishment, sucker, forgives)
            continue
        trusted = 0
        for lane in range(begin, end):
            trusted += minds.trusting[strategy, lanes.state[lane]]
        total = players.trust_in_all[party]  # the same sum in the same order, made once
        if trusted < end - begin:
            total = 0.0
            for side in range(begin, end):
                total += world.sides.index[side] if minds.trusting[strategy, lanes.state[side]] else 0.0
        stance = reciprocity_pays(total / (end - begin), temptation, reward, punishment, sucker, forgives)
        for lane in range(begin, end):
            lanes.reciprocal[lane] = stance


@borrowing
def _imitate(encoding, cell, world, players, run, time):
    """Meet a partner as model and take its strategy the likelier, the more it earned per act; or mutate."""
    runs, parties = world.runs, world.parties
    low, high = runs.seed[run] & _LOW, runs.seed[run] >> _HALF
    for party in range(runs.first_party[run], runs.first_party[run + 1]):
        who = luck.address(party - runs.first_party[run], party - runs.first_party[run])
        words = philox4x32(runs.replicate[run], time, who, luck.PARTY, low, high)
        if np.int64(words[luck.REVISE]) < threshold(cell.learning_rate):
            begin = parties.first_side[party]
            model = world.sides.other[begin + pick(np.int64(words[luck.MODEL]), parties.first_side[party + 1] - begin)]
            own_payoff = players.tally[party] / players.tally_acts[party]
            model_payoff = players.tally[model] / players.tally_acts[model]
            chance = fermi(own_payoff, model_payoff, cell.learning_strength)
            if np.int64(words[luck.ADOPT]) < threshold(chance):
                players.next_strategy[party] = players.strategy[model]
        words = philox4x32(runs.replicate[run], time, who, luck.MUTATION, low, high)
        if np.int64(words[luck.MUTATE]) < threshold(cell.learning_mutation):
            row = runs.cell[run]
            mutant = encoding.lists.pool[row, pick(np.int64(words[luck.MUTANT]), encoding.lists.pool_count[row])]
            players.next_strategy[party] = parties.strategy[party] if mutant == NOBODY else mutant


@borrowing
def _commit(minds, world, lanes, players, run, time):
    """After everybody has learned: begin the new strategies; tallies of all start again."""
    for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
        if players.next_strategy[party] != players.strategy[party]:
            _take_up(minds, world, lanes, players, party, players.next_strategy[party], time + 1)
        players.tally[party], players.tally_acts[party] = 0.0, 0


# --- after the last round ------------------------------------------------------------------------------------------


@borrowing
def _close(cells, world, players, played, first, last):
    """Payoffs of the run by party."""
    for run in range(first, last):
        window = cells[world.runs.cell[run]].horizon_ending == games.WINDOW
        for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
            payoff, discount = players.total_payoff[party], world.parties.discount[party]
            played.mean_payoff[party] = payoff / played.rounds[run]
            if window:
                payoff = (1.0 - discount) * players.weighted_payoff[party] / (1.0 - players.weight[party])
            played.payoff[party] = payoff
