"""The same five phases over many runs at once: each is some passes over lanes, and each pass calls the agents' rules.

Definitions
-----------
A *lane* is a side of a run; the lanes of some whole runs (about ``LANES``) are played together, so that their state
stays in the cache. Reports wait in a ring of words, sixteen rounds in each, until the longest lag is over. Counts are
integers; sums of floats follow the order of parties, sides and rounds, whatever the block, so that the two engines
agree to the bit. This file says which pass follows which; each module beside it holds the passes over one kind of
thing.
"""

from typing import Any

import numpy as np

from sim import games, history, learning, luck, trafficking
from sim.batch.draws import draw_words
from sim.batch.government import bring_up_to_date, close_round, join_forces
from sim.batch.mandates import count_services, draw_volunteers, serve_functions, stand_alone
from sim.batch.minds import calculate, count_reciprocal, imitate, pool_is_short, tell_reciprocal
from sim.batch.parties import begin_party, close, count_acts, draw_stakes, pay, take_up
from sim.batch.sides import decide_and_act, meet, observe
from sim.batch.table import LANES, Block, lay_the_table
from sim.batch.traffickers import begin_traffickers, move_traffickers, pay_traffickers
from sim.compiled import borrowing, kernel
from sim.encoding import Encoding
from sim.history import History
from sim.luck import threshold
from sim.trafficking import FULL
from sim.world import World, set_up


def play(encoding: Encoding, cell: Any, replicate: Any, seed: Any, with_series: bool = True) -> tuple[World, History]:
    """Set up and play a block of runs, each a pure function of its cell, replicate and seed.

    Without series, the most of what a run hands over, each round is written over the one before; totals stay.
    """
    world = set_up(encoding, cell, replicate, seed)
    rounds = encoding.cells["horizon_rounds"][world.runs.cell]
    played = history.empty_history(rounds.size, world.parties.kind.size, int(rounds.max()) if with_series else 1)
    by_round = played._replace(series=played.series.transpose(1, 2, 0))
    _play(encoding.cells, encoding.minds, encoding.lists, *world, *lay_the_table(encoding, world), by_round)
    return world, played


@kernel
def _play(cells, minds, lists, runs, parties, sides, duties, lanes, players, adversary, government, volunteers, played):
    """Play all runs, some at a time: those that fit into a block of lanes."""
    first = 0
    while first < runs.cell.size:
        last = first + 1
        while (
            last < runs.cell.size
            and runs.first_side[last] - runs.first_side[first] < LANES
            and cells[runs.cell[first]].horizon_rounds == cells[runs.cell[last]].horizon_rounds
            and runs.seed[first] == runs.seed[last]
        ):
            last += 1
        block = _begin(
            cells, minds, lists, runs, parties, sides, lanes, players, adversary, government, volunteers.first_function,
            played, first, last,
        )  # fmt: skip
        calculate(cells, runs, parties, sides.index, lanes, players, government.alive, block, -1)
        count_reciprocal(runs, players.stance, government, block)
        for time in range(cells[runs.cell[first]].horizon_rounds):
            told = played.series[:, time if time < played.series.shape[1] else 0]
            draw_words(runs.seed[first], lanes, adversary, block, time)
            observe(minds, lanes, block, time)
            decide_and_act(minds, lanes, block)
            meet(sides, lanes, block, time)
            count_acts(parties.first_side, lanes, players.met, block)
            if block.has_traffickers:
                move_traffickers(cells, runs, adversary, government, played, block, time)
            if block.has_traffickers or block.tells:
                join_forces(cells, runs, players, government, told, block)
            if block.has_functions:
                standing = stand_alone(runs.first_duty, duties.first_senior, lanes.both, volunteers, block)
                draw_volunteers(runs.seed[first], volunteers, standing, time)
                serve_functions(lists.serving, volunteers, standing, block)
                count_services(volunteers, government.alive, told, block)
            if block.has_stakes:
                draw_stakes(cells, runs, players.stake, block, time)
            pay(parties, players, played.cooperative_acts, block)
            if block.has_traffickers:
                pay_traffickers(cells, lists, runs, adversary, government, played, told, block, time)
            if block.calculates:
                calculate(cells, runs, parties, sides.index, lanes, players, government.alive, block, time)
            if block.imitates:
                imitate(cells, minds, lists, runs, parties, sides.other, lanes, players, government.alive, block, time)
            if block.calculates or block.imitates:
                count_reciprocal(runs, players.stance, government, block)
            if block.tells:
                tell_reciprocal(government, told, block)
            if block.has_traffickers:
                bring_up_to_date(players.run, players.outdated, government, told, block)
            if block.ends_at_random and not close_round(
                cells, runs, players.run, players.alive, government, played, block, time
            ):
                break
        close(cells, runs, parties, players, played, block)
        first = last


@borrowing
def _begin(
    cells,
    minds,
    lists,
    runs,
    parties,
    sides,
    lanes,
    players,
    adversary,
    government,
    first_function,
    played,
    first,
    last,
):
    """Everything before round 0 of the runs of a block, and what goes on in them."""
    has_traffickers = has_stakes = ends_at_random = calculates = imitates = False
    is_short = is_certain = averages = True
    shortest, longest = sides.ell[runs.first_side[first]], np.int64(0)
    for run in range(first, last):
        cell = cells[runs.cell[run]]
        government.alive[run], government.capacity[run], played.rounds[run] = True, FULL, cell.horizon_rounds
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            begin_party(cell, parties.reward, players, party)
            is_certain &= minds.is_certain[parties.strategy[party]]
            is_short &= minds.is_short[parties.strategy[party]]
            for side in range(parties.first_side[party], parties.first_side[party + 1]):
                other = sides.other[side] - runs.first_party[run]
                lanes.who[side] = luck.address(party - runs.first_party[run], other)
                lanes.action_error[side] = threshold(cell.information_action_error)
                shortest, longest = min(shortest, sides.ell[side]), max(longest, sides.ell[side])
            own = slice(parties.first_side[party], parties.first_side[party + 1])
            take_up(minds, lanes, players, party, own, parties.strategy[party], 0)
        begin_traffickers(cell, runs, adversary, run)
        has_traffickers |= cell.parties_traffickers > 0
        has_stakes |= cell.game_stake_chance > 0.0
        ends_at_random |= cell.horizon_ending == games.RANDOM
        calculates |= cell.learning_kind == learning.CALCULATING
        if cell.learning_kind == learning.IMITATION:
            imitates = True
            is_short &= pool_is_short(lists, minds, runs.cell[run])
        averages &= cell.trafficking_capacity == trafficking.MEAN
    has_functions = first_function[last] > first_function[first]
    tells = played.series.shape[1] >= cells[runs.cell[first]].horizon_rounds
    is_certain &= not imitates  # who imitates may come to play anything of the pool
    return Block(
        first, last, tells, slice(runs.first_party[first], runs.first_party[last]),
        slice(runs.first_side[first], runs.first_side[last]), shortest, longest, is_short, is_certain, has_functions,
        has_traffickers, has_stakes, ends_at_random, calculates, imitates, averages,
    )  # fmt: skip
