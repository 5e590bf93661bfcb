"""What a party learns of the acts of others: how late, how surely, and whether it looks.

Definitions
-----------
A *report* holds a party's own realised act and its partner's act as it was seen. *Response lag* d counts the extra
rounds before an act can be answered; a report written in round t falls due in round ``t + ell``, ``ell = d + 1``, so
lag 0 is the textbook game. The report misses a defection with chance ``miss`` (1 - q) and accuses a cooperator with
chance ``false_alarm`` (f). *Attention* is the number of partners a party can attend to in a round; a due report that
is not attended is lost.
"""

from sim.compiled import rule


@rule
def seen(act: int, draw: int, miss: int, false_alarm: int) -> int:
    """What a party learns of an act: a defection may be missed, a cooperation falsely accused.

    ``miss`` and ``false_alarm`` are thresholds (see ``luck.threshold``).

    >>> seen(0, draw=10, miss=11, false_alarm=0), seen(1, draw=10, miss=0, false_alarm=11), seen(1, 10, 0, 0)
    (1, 0, 1)
    """
    return 1 - act if draw < (false_alarm if act else miss) else act


@rule
def attended_share(attention: float, partners: int) -> float:
    r"""Chance that a link is attended to in a round, :math:`a = \min(1, A/k)`.

    >>> attended_share(1, 4), attended_share(499, 4)
    (0.25, 1.0)
    """
    return min(1.0, attention / partners)
