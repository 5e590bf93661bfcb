"""Luck of many at once: the words of all sides and traffickers of a round, and single draws."""

import numpy as np

from sim import luck
from sim.batch.table import DRAWN
from sim.compiled import borrowing, kernel
from sim.luck import philox4x32

_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


@kernel
def four_words(replicate, time, who, block, seed):
    """The draws of one thing that is not a side; compiled once, for it is long."""
    return philox4x32(replicate, time, who, block, seed & _LOW, seed >> _HALF)


@borrowing
def single_word(replicate, time, who, block, seed, word):
    """One draw that is not of a side."""
    return np.int64(four_words(replicate, time, who, block, seed)[word])


@kernel
def fill(words, replicate, time, who, block, seed, begin, end):
    """The four words of many, from ``begin`` to ``end`` and some further on; compiled once, for it is long."""
    low, high, own = seed & _LOW, seed >> _HALF, slice(begin, begin + (end - begin + DRAWN - 1) // DRAWN * DRAWN)
    first, second, third, fourth = words[0][own], words[1][own], words[2][own], words[3][own]
    replicate, who = replicate[own], who[own]
    for lane in range(who.size):
        drawn = philox4x32(replicate[lane], time, who[lane], block, low, high)
        first[lane], second[lane], third[lane], fourth[lane] = drawn[0], drawn[1], drawn[2], drawn[3]


@borrowing
def draw_words(seed, lanes, adversary, block, time):
    """The words of every side and every trafficker in this round."""
    fill(lanes.words, lanes.replicate, time, lanes.who, luck.SIDE, seed, block.sides.start, block.sides.stop)
    begin, end = adversary.first[block.first], adversary.first[block.last]
    if end > begin:
        fill(adversary.words, adversary.replicate, time, adversary.who, luck.TRAFFICKER, seed, begin, end)
