"""Passes over sides: observe, decide, act and meet; loops over slices, which the compiler turns into vectors."""

import numpy as np

from sim import luck
from sim.batch.table import REPORTS
from sim.compiled import borrowing
from sim.games import realised
from sim.information import seen

_HALF = np.uint64(32)


@borrowing
def observe(minds, lanes, block, time):
    """Read the report that falls due, if the link is attended to, and step the automaton.

    A report lies in the word of its round. Where lags are much alike it is quickest to go through the few words in
    turn, else to look for the report of each side; either way a round costs the same whatever the lag.
    """
    begin, end = max(time - block.longest, 0) // REPORTS, (time - block.shortest) // REPORTS
    if block.is_short and end - begin < FEW_WORDS:
        for word in range(begin, end + 1):
            _step_short(lanes, lanes.ring[word % lanes.ring.shape[0]], block.sides, word, time)
    else:
        _step(minds, lanes, block.sides, time)


FEW_WORDS = 3
"""Words of the ring that are gone through in turn."""


@borrowing
def _step_short(lanes, ring, own, word, time):
    """Step the automata that read a report of this word; each carries its own rows."""
    ring, begun, ell, attended, state, code, attend = (
        ring[own], lanes.begun[own], lanes.ell[own], lanes.attended[own], lanes.state[own], lanes.code[own],
        lanes.words[luck.ATTEND][own],
    )  # fmt: skip
    now, word = np.int32(time), np.int32(word)
    for lane in range(state.size):
        tau = now - ell[lane]
        reads = (tau // np.int32(REPORTS) == word) & (tau >= begun[lane]) & (attend[lane] < attended[lane])
        report = ring[lane] >> np.uint32(2) * np.uint32(tau % np.int32(REPORTS)) & np.uint32(3)
        here = state[lane] & np.uint32(3)
        after = state[lane] ^ here | code[lane] >> (np.uint32(8) * here + np.uint32(2) * report) & np.uint32(3)
        state[lane] = after if reads else state[lane]


@borrowing
def _step(minds, lanes, own, time):
    """The same for automata of any size and any lags: reports and rows are looked up, by all sides if most read."""
    begun, ell, attended, state, reads, readers = (
        lanes.begun[own], lanes.ell[own], lanes.attended[own], lanes.state[own], lanes.reads[own], lanes.readers[own],
    )  # fmt: skip
    attend, ring, now, count = lanes.words[luck.ATTEND][own], lanes.ring[:, own], np.int32(time), np.int64(0)
    now_in_ring = np.int32(time % (REPORTS * ring.shape[0]))
    for lane in range(state.size):
        reads[lane] = (now - ell[lane] >= begun[lane]) & (attend[lane] < attended[lane])
        count += reads[lane]
    if 2 * count > state.size:
        for lane in range(state.size):
            after = minds.after[state[lane], _report(ring, now_in_ring - ell[lane], lane)]
            state[lane] = after if reads[lane] != 0 else state[lane]
        return
    place = np.uint64(0)
    for lane in range(state.size):
        readers[place] = lane
        place += np.uint64(reads[lane])
    for one in range(count):
        lane = readers[one]
        state[lane] = minds.after[state[lane], _report(ring, now_in_ring - ell[lane], lane)]


@borrowing
def _report(ring, place, lane):
    """The two bits that a side filed at a place of its ring, counted from now; below 0 it begins anew at the end."""
    place = np.uint32(place if place >= 0 else place + np.int32(REPORTS * ring.shape[0]))
    return ring[place // np.uint32(REPORTS), lane] >> np.uint32(2) * (place % np.uint32(REPORTS)) & np.uint32(3)


@borrowing
def decide_and_act(minds, lanes, block):
    """Intend what the state says, or D by the stance; do it, or by an action error its opposite."""
    own = block.sides
    state, reciprocal, action_error, intended, act = (
        lanes.state[own], lanes.reciprocal[own], lanes.action_error[own], lanes.intended[own], lanes.act[own],
    )  # fmt: skip
    decide, error = lanes.words[luck.DECIDE][own], lanes.words[luck.ACTION_ERROR][own]
    if block.is_certain:  # nobody draws what it intends: it is written in the number of the state
        for lane in range(state.size):
            intended[lane] = np.int8(is_trusting(state[lane])) & reciprocal[lane]
    else:
        for lane in range(state.size):
            intended[lane] = np.int8(decide[lane] < minds.out[state[lane]]) & reciprocal[lane]
    for lane in range(state.size):
        act[lane] = realised(intended[lane], error[lane], action_error[lane])


@borrowing
def meet(sides, lanes, block, time):
    """File what both did in each meeting, the other's act as it was seen, and what there is to count of it."""
    own = block.sides
    mirror, miss, false_alarm = lanes.mirror[own], sides.miss[own], sides.false_alarm[own]
    act, other, both, intended, meeting, report = (
        lanes.act[own], lanes.other[own], lanes.both[own], lanes.intended[own], lanes.meeting[own],
        lanes.words[luck.REPORT][own],
    )  # fmt: skip
    ring, shift = lanes.ring[time // REPORTS % lanes.ring.shape[0]][own], np.uint32(2 * (time % REPORTS))
    earlier = (np.uint32(1) << shift) - np.uint32(1)
    for lane in range(act.size):
        other[lane] = lanes.act[mirror[lane]]
    for lane in range(act.size):
        filed = np.uint32(2 * act[lane] + seen(other[lane], report[lane], miss[lane], false_alarm[lane]))
        ring[lane] = ring[lane] & earlier | filed << shift
        both[lane] = act[lane] & other[lane]
        meeting[lane] = (
            np.uint64(act[lane]) | np.uint64(intended[lane]) << np.uint64(16) | np.uint64(both[lane]) << _HALF
            | np.uint64(other[lane]) << np.uint64(48)
        )  # fmt: skip


@borrowing
def is_trusting(state):
    """Whether a state means to cooperate, read off its number (see ``Minds``)."""
    return state & np.uint32(1)
