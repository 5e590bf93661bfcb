"""The analytic floor of two parties: plans of a lone deviator are written down, played out and added up.

A plan is a fixed sequence of acts: six rounds in every way, and then C for ever, D for ever, or the same six again.
What the other side does in return is followed as a chance, round by round. No state is optimised over, no equation
solved, so that this is neither the closed form nor the decision problem of ``sim.exact``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from scipy.optimize import brentq

from experiments.checks import Game

HEAD = 6
ROUNDS = 900
LOW, HIGH = 0.001, 0.97
"""Where a critical discount is looked for; .97 to the power 900 is 1e-12."""
Array = np.ndarray


@dataclass(frozen=True)
class Memory:
    """How the other side reads and answers: a memory of one report, or (``forgives`` false) of one D for ever.

    ``attended``, ``noticed``, ``false_alarm``, ``generosity`` are chances; ``sanctioners`` the share of partners who
    answer at all, while the others cooperate whatever happens.
    """

    forgives: bool = True
    attended: float = 1.0
    noticed: float = 1.0
    false_alarm: float = 0.0
    generosity: float = 0.0
    sanctioners: float = 1.0


@cache
def plans(rounds: int = ROUNDS) -> Array:
    """Acts, C = 1 and D = 0, of shape (plans, rounds)."""
    found = []
    for head in product((0, 1), repeat=HEAD):
        found += [np.r_[head, np.full(rounds - HEAD, tail)] for tail in (0, 1)] + [np.resize(head, rounds)]
    return np.unique(np.array(found), axis=0)


def answers(acts: Array, memory: Memory, ell: int) -> Array:
    """Chance that the other side plays D, in every round of every plan."""
    provoked = np.zeros(len(acts))
    harsh = np.empty(acts.shape)
    for t in range(acts.shape[1]):
        if t >= ell:
            bad = np.where(acts[:, t - ell] == 1, memory.false_alarm, memory.noticed)
            kept = (1 - memory.attended) * provoked if memory.forgives else provoked
            fresh = memory.attended * bad * (1.0 if memory.forgives else 1 - provoked)
            provoked = kept + fresh
        harsh[:, t] = provoked * (1 - memory.generosity) * memory.sanctioners
    return harsh


def payoffs(game: Game, memory: Memory, ell: int, acts: Array | None = None) -> Array:
    """Expected payoff in every round of every plan."""
    acts = plans() if acts is None else acts
    harsh = answers(acts, memory, ell)
    cooperating = (1 - harsh) * game["reward"] + harsh * game["sucker"]
    defecting = (1 - harsh) * game["temptation"] + harsh * game["punishment"]
    return np.where(acts == 1, cooperating, defecting)


def gain(earned: Array, discount: float, acts: Array | None = None) -> float:
    """What the best plan that begins with D gains over the best that begins with C, per round and discounted."""
    acts = plans() if acts is None else acts
    worth = (1 - discount) * earned @ discount ** np.arange(earned.shape[1])
    return float(worth[acts[:, 0] == 0].max() - worth[acts[:, 0] == 1].max())


def critical_discount(game: Game, memory: Memory, ell: int) -> float:
    """Where the best plan that begins with D stops to gain."""
    earned = payoffs(game, memory, ell)
    return root(lambda discount: gain(earned, discount), LOW, HIGH)


def root(function: Callable[[float], float], low: float, high: float, fine: float = 1e-13) -> float:
    """Where a function changes its sign; nan if it does not."""
    ends = function(low), function(high)
    if not ends[0] * ends[1] <= 0:
        return float("nan")
    return float(brentq(function, low, high, xtol=fine, rtol=1e-14))


def discounted(stream: list[float], discount: float) -> float:
    """Discounted payoff per round of a stream whose last entry lasts for ever."""
    long = np.r_[stream, np.full(6000, stream[-1])]
    return float((1 - discount) * long @ discount ** np.arange(long.size))
