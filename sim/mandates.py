r"""Overlapping responsibility: who serves a function that several parties hold.

Definitions
-----------
A *function* is a responsibility (a column of the mandate table); its *holders* are ranked, the lead party first. A
holder *leaves the function to* a higher-ranked holder if the two cooperated with each other in the round. The c holders
that leave it to nobody play a volunteer's dilemma (Diekmann 1985): serving costs K, being served is worth B to each.
Full cooperation leaves one holder, who serves for certain; without cooperation all stand alone, and the function is
left to nobody (a *gap*) and served twice (*duplication*) at once.
"""

from sim.compiled import rule


def serving_chance(standing_alone: int, cost_share: float) -> float:
    r"""Symmetric equilibrium of the volunteer's dilemma, :math:`p(c) = 1 - (K/B)^{1/(c-1)}`, :math:`p(1) = 1`.

    ``standing_alone`` is c >= 1, ``cost_share`` is K/B in (0, 1).

    >>> serving_chance(1, 0.3), serving_chance(2, 0.3), round(serving_chance(12, 0.3), 4)
    (1.0, 0.7, 0.1037)
    """
    if standing_alone == 1:
        return 1.0
    return 1.0 - float(cost_share ** (1.0 / (standing_alone - 1)))


@rule
def serves(draw: int, chance: int) -> bool:
    """Whether a holder that stands alone serves in this round; ``chance`` is a threshold."""
    return draw < chance
