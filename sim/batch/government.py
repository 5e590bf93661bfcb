"""Passes over runs: joint capacity, how outdated procedures are, whether a run goes on."""

import numpy as np

from sim import games, history, luck, trafficking
from sim.batch.draws import single_word
from sim.compiled import borrowing
from sim.luck import threshold
from sim.trafficking import FULL, mean_capacity, remember, threshold_capacity

_LOW, _HALF, _COUNT = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(0xFFFF)


@borrowing
def bring_up_to_date(run_of, outdated_parties, government, told, block):
    """Remember what was uncovered, and tell it to the parties."""
    own = slice(block.first, block.last)
    alive, outdated, uncovered, memory = (
        government.alive[own], government.outdated[own], government.uncovered[own], government.memory[own],
    )  # fmt: skip
    before, active = told[history.OUTDATED, own], told[history.ACTIVE, own]
    for run in range(alive.size):
        before[run] = outdated[run] if alive[run] else 0.0
        after = remember(outdated[run], uncovered[run], np.int64(active[run]), memory[run])
        outdated[run] = after if alive[run] else outdated[run]
    for party in range(block.parties.start, block.parties.stop):
        outdated_parties[party] = government.outdated[run_of[party]]


@borrowing
def close_round(cells, runs, run_of, alive_parties, government, played, block, time):
    """Draw whether a run of random ending goes on; returns whether any of the block does."""
    going_on = False
    for run in range(block.first, block.last):
        if not government.alive[run]:
            continue
        cell = cells[runs.cell[run]]
        goes_on, is_last = True, time + 1 >= cell.horizon_rounds
        if cell.horizon_ending == games.RANDOM:
            draw = single_word(runs.replicate[run], time, 0, luck.RUN, runs.seed[run], luck.END)
            goes_on = draw < threshold(cell.horizon_discount)
            played.capped[run] = goes_on and is_last
        played.rounds[run] = time + 1
        government.alive[run] = goes_on and not is_last
        going_on |= government.alive[run]
    for party in range(block.parties.start, block.parties.stop):
        alive_parties[party] = government.alive[run_of[party]]
    return going_on


@borrowing
def join_forces(cells, runs, players, government, told, block):
    """Joint capacity from the acts of all parties."""
    met, so_far, total = players.met[block.parties], players.so_far[block.parties.start :], np.uint64(0)
    for party in range(met.size):
        so_far[party] = total
        total += met[party] & _COUNT | (met[party] >> np.uint64(16) & _COUNT) << _HALF
    so_far[met.size] = total
    own = slice(block.first, block.last)
    first, ministry, last = runs.first_party[own], government.first_ministry[own], runs.first_party[1:][own]
    first_side, last_side, alive, capacity = (
        runs.first_side[own], runs.first_side[1:][own], government.alive[own], government.capacity[own],
    )  # fmt: skip
    organizations, ministries, intended, capacities = (
        told[history.ORGANIZATION_COOPERATION, own], told[history.MINISTRY_COOPERATION, own],
        told[history.INTENDED_COOPERATION, own], told[history.CAPACITY, own],
    )  # fmt: skip
    for run in range(first.size):
        ours = players.so_far[ministry[run]] - players.so_far[first[run]]
        theirs = players.so_far[last[run]] - players.so_far[ministry[run]]
        all_of_them = ours + theirs
        acts_of_all = np.int64(all_of_them & _LOW)
        mean = mean_capacity(acts_of_all, last_side[run] - first_side[run])
        capacity[run] = mean
        organizations[run] = np.int64(ours & _LOW) if alive[run] else 0
        ministries[run] = np.int64(theirs & _LOW) if alive[run] else 0
        intended[run] = np.int64(all_of_them >> _HALF) if alive[run] else 0
        capacities[run] = mean if alive[run] else 0
    if not block.averages:
        _join_otherwise(cells, runs, players, government, told, block)


@borrowing
def _join_otherwise(cells, runs, players, government, told, block):
    """Joint capacity of the runs where it is not the mean."""
    for run in range(block.first, block.last):
        cell = cells[runs.cell[run]]
        if cell.trafficking_capacity == trafficking.MEAN or not government.alive[run]:
            continue
        if cell.trafficking_capacity == trafficking.THRESHOLD:
            demanded = int(cell.trafficking_capacity_threshold * FULL + 0.5)
            capacity = threshold_capacity(government.capacity[run], demanded)
        else:
            begin, end = runs.first_party[run], runs.first_party[run + 1]
            least, greatest = _least_and_greatest(players.met, players.partners, begin, end)
            capacity = least if cell.trafficking_capacity == trafficking.WEAKEST_LINK else greatest
        government.capacity[run] = told[history.CAPACITY, run] = capacity


@borrowing
def _least_and_greatest(met, partners, first, last):
    """Capacity of the weakest and of the strongest party."""
    least, greatest = FULL, 0
    for party in range(first, last):
        share = mean_capacity(np.int64(met[party] & _COUNT), partners[party])
        least, greatest = min(least, share), max(greatest, share)
    return least, greatest
