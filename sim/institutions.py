"""Institutions are mechanisms that change information, never the payoffs of the game (Keohane 1984, chapter 6).

The *broker* is the international organization working between parties: on every link it reaches it pools the reports of
``reporters`` independent observers and passes them on sooner.
"""

from sim.arithmetic import power
from sim.compiled import rule


@rule
def brokered_miss(miss: float, reporters: int) -> float:
    r"""Chance that all reporters miss a defection, :math:`(1 - q)^m` (R21; Keohane's information function).

    >>> brokered_miss(0.5, 3)
    0.125
    """
    return power(miss, reporters)


@rule
def brokered_false_alarm(false_alarm: float, reporters: int) -> float:
    r"""Chance that at least one reporter accuses a cooperator, :math:`1 - (1 - f)^m`: the price of pooling.

    >>> brokered_false_alarm(0.5, 3)
    0.875
    """
    return 1.0 - brokered_miss(1.0 - false_alarm, reporters)


@rule
def brokered_lag(lag: int, lag_factor: float) -> int:
    """Response lag in rounds on a link the broker reaches: ``floor(lag_factor * lag)``.

    >>> brokered_lag(3, 0.35), brokered_lag(2, 0.35)
    (1, 0)
    """
    return int(lag_factor * lag)
