r"""The stage game: payoffs, their orderings, and what a round pays.

Definitions
-----------
Two parties choose C (cooperate, 1) or D (defect, 0) at the same time. A party's payoff is the *reward* R for mutual
cooperation, the *sucker*'s payoff S for cooperating against D, the *temptation* T for defecting against C and the
*punishment* P for mutual defection; payoffs are per link and round, in any common unit.

The kind of game is the ordering of the four (Axelrod & Keohane 1985, *mutuality of interests*; Rapoport & Guyer 1966):

================== ==================
prisoners_dilemma  T > R > P > S
stag_hunt          R > T >= P > S
chicken            T > R > S > P
harmony            R > T and S > P
deadlock           T > P > R > S
free               none demanded
================== ==================
"""

from typing import Any

from sim.compiled import rule

C, D = 1, 0
ENDINGS = ("window", "random")
WINDOW, RANDOM = range(2)

ORDERINGS = {
    "prisoners_dilemma": "T > R > P > S",
    "stag_hunt": "R > T >= P > S",
    "chicken": "T > R > S > P",
    "harmony": "R > T, S > P",
    "deadlock": "T > P > R > S",
    "free": "none",
}
"""What each kind of game demands of its payoffs, in words."""


def has_ordering(kind: str, temptation: Any, reward: Any, punishment: Any, sucker: Any) -> Any:
    """Whether the payoffs have the ordering their kind demands; takes numbers or whole columns.

    >>> has_ordering("prisoners_dilemma", 5, 3, 1, 0), has_ordering("prisoners_dilemma", 2.9, 3, 1, 0)
    (True, False)
    >>> has_ordering("free", 0, 0, 0, 0)
    True
    """
    t, r, p, s = temptation, reward, punishment, sucker
    match kind:
        case "prisoners_dilemma":
            return (t > r) & (r > p) & (p > s)
        case "stag_hunt":
            return (r > t) & (t >= p) & (p > s)
        case "chicken":
            return (t > r) & (r > s) & (s > p)
        case "harmony":
            return (r > t) & (s > p)
        case "deadlock":
            return (t > p) & (p > r) & (r > s)
        case "free":
            return t == t
    raise ValueError(f"no game '{kind}' (known: {', '.join(ORDERINGS)})")


@rule
def realised(intended: int, draw: int, action_error: int) -> int:
    """The act that happens: the intended one, or its opposite when the hand slips.

    ``action_error`` is a threshold (see ``luck.threshold``).

    >>> realised(C, draw=10, action_error=11), realised(C, draw=11, action_error=11)
    (0, 1)
    """
    return 1 - intended if draw < action_error else intended


@rule
def stake(draw: int, chance: int, high: float, low: float) -> float:
    """What is at stake this round, as a factor of mean 1: ``high`` now and then, else ``low``.

    >>> stake(5, chance=6, high=3.0, low=0.5), stake(6, chance=6, high=3.0, low=0.5)
    (3.0, 0.5)
    """
    return high if draw < chance else low


@rule
def outdated_reward(reward: float, punishment: float, relevance: float, outdated: float) -> float:
    r"""Reward of cooperating by procedures that are partly outdated, payoff per link and round.

    .. math:: R_t = R - (\rho u) (R - P)

    ``relevance`` is :math:`\rho` and ``outdated`` the remembered uncovered share :math:`u`, both in [0, 1]: with
    every modus uncovered and full relevance, cooperating earns no more than mutual defection.

    >>> outdated_reward(3.0, 1.0, relevance=0.5, outdated=0.5)
    2.5
    """
    return reward - (relevance * outdated) * (reward - punishment)


@rule
def round_payoff(
    stake: float,
    reward: float,
    sucker: float,
    temptation: float,
    punishment: float,
    cc: int,
    cd: int,
    dc: int,
    dd: int,
    coordination: float,
    partners: int,
) -> float:
    r"""What a party earns in a round from how often each outcome met it.

    .. math:: \pi = x (R n_{CC} + S n_{CD} + T n_{DC} + P n_{DD}) - \kappa (k - 1) (n_{CC} + n_{CD})

    The first letter is the party's own act. ``coordination`` is :math:`\kappa`: each cooperative act costs it once for
    every *other* partner (:math:`k - 1` of them). Payoff per round.

    >>> round_payoff(1.0, 3.0, 0.0, 5.0, 1.0, 2, 1, 0, 1, coordination=0.5, partners=3)
    4.0
    """
    play = stake * (reward * cc + sucker * cd + temptation * dc + punishment * dd)
    return play - coordination * (partners - 1) * (cc + cd)
