"""Who would spread: the ecology of the scores that a tournament measured."""

import numpy as np

from experiments.tournament.asked import PAYOFFS, Asked, game_of
from experiments.tournament.matches import Outcome


def ecology(score: np.ndarray, generations: int, least: float = 0.0) -> np.ndarray:
    r"""Shares of strategies over generations that are offspring of what each earns.

    Parameters
    ----------
    score : float array of shape (strategies, strategies)
        Mean payoff per round of row against column.
    generations : count.
    least : payoff per round that leaves no offspring; 0, or the least payoff of a game that pays less than 0.

    Returns
    -------
    float array of shape (generations + 1, strategies), shares from equal ones on, each row of sum 1.

    Notes
    -----
    With :math:`a_{ij}` = score - least, shares follow the discrete replicator equation

    .. math:: x_i(t + 1) = x_i(t) \frac{\sum_j a_{ij} x_j(t)}{\sum_k x_k(t) \sum_j a_{kj} x_j(t)}

    so the more frequent a strategy is, the more often it is met. No mutation, no chance; where nobody earns anything
    shares stay as they are.

    References
    ----------
    Axelrod (1984), The Evolution of Cooperation, chapter 2; Taylor & Jonker (1978), Math. Biosci. 40:145-156.

    Examples
    --------
    >>> ecology(np.array([[3.0, 0.0], [5.0, 1.0]]), 1).tolist()  # 1/2 * 1.5 and 1/2 * 3, over their sum
    [[0.5, 0.5], [0.3333333333333333, 0.6666666666666666]]
    """
    offspring = score - least
    shares = np.empty((generations + 1, len(score)))
    shares[0] = 1 / len(score)
    for now in range(generations):
        grown = shares[now] * (offspring @ shares[now])
        total = grown.sum()
        shares[now + 1] = grown / total if total > 0 else shares[now]
    return shares


def shares_of(found: Outcome, asked: Asked) -> np.ndarray:
    """The ecology on the scores that were measured."""
    game = game_of(asked)
    return ecology(found.score, asked.generations, min(0.0, *(getattr(game, name) for name in PAYOFFS)))
