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
from sim.batch.minds import calculate, count_reciprocal, learn, pool_is_short
from sim.batch.parties import begin_party, close, count_acts, pay, take_up
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
    _play(encoding, world, lay_the_table(encoding, world), by_round)
    return world, played


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
        block = _begin(encoding, world, table, played, first, last)
        for time in range(encoding.cells[runs.cell[first]].horizon_rounds):
            told = played.series[:, time if time < played.series.shape[1] else 0]
            draw_words(runs, table, block, time)
            observe(encoding.minds, table.lanes, block, time)
            decide_and_act(encoding.minds, table.lanes, block)
            meet(world.sides, table.lanes, block, time)
            count_acts(world.parties, table.lanes, table.players, block)
            if block.has_traffickers:
                move_traffickers(encoding.cells, runs, table, played, block, time)
            if block.has_traffickers or block.tells:
                join_forces(encoding.cells, world, table, told, block)
            if block.has_functions:
                standing = stand_alone(world, table.lanes, table.volunteers, block)
                draw_volunteers(runs, table.volunteers, standing, block, time)
                serve_functions(encoding.lists.serving, table.volunteers, standing, block)
                count_services(table.volunteers, table.government, told, block)
            pay(encoding.cells, world, table, played, block, time)
            if block.has_traffickers:
                pay_traffickers(encoding, runs, table, played, told, block, time)
            learn(encoding, world, table, told, block, time)
            if block.has_traffickers:
                bring_up_to_date(table, told, block)
            if block.ends_at_random and not close_round(encoding.cells, runs, table, played, block, time):
                break
        close(encoding.cells, world, table.players, played, block)
        first = last


@borrowing
def _begin(encoding, world, table, played, first, last):
    """Everything before round 0 of the runs of a block, and what goes on in them."""
    runs, lanes, government = world.runs, table.lanes, table.government
    has_traffickers = has_stakes = ends_at_random = revises = imitates = False
    is_short = is_certain = averages = True
    shortest, longest = world.sides.ell[runs.first_side[first]], np.int64(0)
    for run in range(first, last):
        cell = encoding.cells[runs.cell[run]]
        government.alive[run], government.capacity[run], played.rounds[run] = True, FULL, cell.horizon_rounds
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            begin_party(cell, world, table.players, party)
            is_certain &= encoding.minds.is_certain[world.parties.strategy[party]]
            is_short &= encoding.minds.is_short[world.parties.strategy[party]]
            for side in range(world.parties.first_side[party], world.parties.first_side[party + 1]):
                other = world.sides.other[side] - runs.first_party[run]
                lanes.who[side] = luck.address(party - runs.first_party[run], other)
                lanes.action_error[side] = threshold(cell.information_action_error)
                shortest, longest = min(shortest, world.sides.ell[side]), max(longest, world.sides.ell[side])
            take_up(encoding.minds, world, lanes, table.players, party, world.parties.strategy[party], 0)
        begin_traffickers(cell, runs, table.adversary, run)
        has_traffickers |= cell.parties_traffickers > 0
        has_stakes |= cell.game_stake_chance > 0.0
        ends_at_random |= cell.horizon_ending == games.RANDOM
        revises |= cell.learning_kind != learning.NONE
        if cell.learning_kind == learning.IMITATION:
            imitates = True
            is_short &= pool_is_short(encoding.lists, encoding.minds, runs.cell[run])
        averages &= cell.trafficking_capacity == trafficking.MEAN
    calculate(encoding.cells, world, table, first, last, -1)
    for run in range(first, last):
        count_reciprocal(runs, table, run)
    functions = table.volunteers.first_function
    has_functions = functions[last] > functions[first]
    tells = played.series.shape[1] >= encoding.cells[runs.cell[first]].horizon_rounds
    is_certain &= not imitates  # who imitates may come to play anything of the pool
    return Block(
        first, last, tells, slice(runs.first_party[first], runs.first_party[last]),
        slice(runs.first_side[first], runs.first_side[last]), shortest, longest, is_short, is_certain, has_functions,
        has_traffickers, has_stakes, ends_at_random, revises, imitates, averages,
    )  # fmt: skip
