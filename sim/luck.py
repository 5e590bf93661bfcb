"""Luck is a function of coordinates: every draw is a counter-based pseudo-random word.

Definitions
-----------
A *draw* is one 32-bit word of Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, SC'11). Its key is the 64-bit
seed (low word first), its counter is ``(replicate, round, 65536 a + b, block)``. The *block* says what kind of thing
is drawn, ``a`` and ``b`` who it is about, and the word's place (0 to 3) what for:

===== ================ =============================================
block a, b             words 0, 1, 2, 3
===== ================ =============================================
0     party, partner   decide, action error, report, attend
2     party, party     revise, model, adopt, (match)
3     party, party     mutate, mutant
4     party, function  serve
5     trafficker, 0    switch, cover, lag of a new modus
6     0, 0             end, stake
7     party, party     discount, temptation, lag, order of names
8     party, function  holds
===== ================ =============================================

No stream is shared: adding a party, changing the order, the engine or the machine changes nobody else's luck, and two
scenarios can be compared under the same luck. The words are unsigned, so that they are the same compiled and as plain
Python.
"""

from typing import Any

import numpy as np

from sim.compiled import kernel, rule

SIDE, PARTY, MUTATION, MANDATE, TRAFFICKER, RUN, TRAITS, HOLDS = 0, 2, 3, 4, 5, 6, 7, 8
DECIDE, ACTION_ERROR, REPORT, ATTEND = 0, 1, 2, 3
REVISE, MODEL, ADOPT = 0, 1, 2
MUTATE, MUTANT = 0, 1
SERVE = 0
SWITCH, COVER, NEW_LAG = 0, 1, 2
END, STAKE = 0, 1
DISCOUNT, TEMPTATION, LAG, ORDER = 0, 1, 2, 3
SET_UP = 2**32 - 1
"""The round of everything that is drawn once, before round 0."""
ALWAYS = 2**32
"""The threshold that every draw is below."""
_WORD, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_EVEN, _ODD = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)


@rule
def philox4x32(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Four 32-bit words for one counter and key: Philox4x32 with ten rounds.

    In unsigned 64-bit words nothing wraps (a product of two 32-bit words fits), and loops over lanes run eight at once.
    Source: Salmon et al. (2011); the published vectors are in ``tests/test_luck.py``.

    >>> [hex(word) for word in philox4x32(0, 0, 0, 0, 0, 0)]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    c0, c1, c2, c3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    k0, k1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        even, odd = _EVEN * c0, _ODD * c2
        c0, c1 = (odd >> _HALF) ^ c1 ^ k0, odd & _WORD
        c2, c3 = (even >> _HALF) ^ c3 ^ k1, even & _WORD
        k0, k1 = (k0 + _WEYL_0) & _WORD, (k1 + _WEYL_1) & _WORD
    return c0, c1, c2, c3


@rule
def threshold(chance: float) -> int:
    """The word below which a draw means *yes*: ``floor(chance * 2^32 + 0.5)``; 1 is always, 0 is never.

    >>> threshold(0.0), threshold(0.5), threshold(1.0) == ALWAYS
    (0, 2147483648, True)
    """
    return int(chance * 4294967296.0 + 0.5)


@rule
def pick(draw: int, count: int) -> int:
    """One of ``count`` things with equal chance: ``(draw * count) >> 32``, an index from 0.

    >>> pick(0, 3), pick(2**32 - 1, 3)
    (0, 2)
    """
    return (draw * count) >> 32


@rule
def uniform(draw: int) -> float:
    """The draw as a number strictly inside (0, 1): ``(draw + 0.5) / 2^32``.

    >>> uniform(2**31 - 1) < 0.5 < uniform(2**31)
    True
    """
    return (draw + 0.5) / 4294967296.0


@kernel
def _fill(
    words: np.ndarray, low: int, high: int, replicate: int, time: int, who: np.ndarray, block: np.ndarray
) -> None:
    for lane in range(who.size):
        words[lane] = philox4x32(replicate, time, who[lane], block[lane], low, high)


def draws(seed: int, replicate: int, time: int, who: np.ndarray, block: np.ndarray) -> np.ndarray:
    """All the words of one round in one compiled call.

    Parameters
    ----------
    seed : int
        64-bit key of all luck.
    replicate, time : int
        First two words of the counter; ``time`` is the round, or ``SET_UP``.
    who, block : int64 arrays of shape (lanes,)
        ``65536 a + b`` and the block of each lane.

    Returns
    -------
    int64 array of shape (lanes, 4), every word in [0, 2^32).
    """
    words = np.empty((who.size, 4), dtype=np.int64)
    _fill(words, seed & 0xFFFFFFFF, seed >> 32, replicate, time, who, block)
    return words


@rule
def address(a: Any, b: Any) -> Any:
    """The third word of the counter: who (or which pair) the draw is about.

    >>> address(3, 5)
    196613
    """
    return 65536 * a + b
