"""What an engine hands over of a block of runs: series of totals per round, and totals per party and run."""

from typing import NamedTuple

import numpy as np

SERIES = {
    "organization_cooperation": "cooperative acts of organizations, acts per round",
    "ministry_cooperation": "cooperative acts of ministries, acts per round",
    "intended_cooperation": "acts that were meant as cooperation, acts per round",
    "capacity": "joint capacity, share of full cooperation in units of 2^-20",
    "gaps": "functions served by nobody, count",
    "duplications": "functions served by two or more, count",
    "active": "traffickers that are active, count",
    "uncovered": "active traffickers whose modus the government does not cover, count",
    "outdated": "how outdated procedures are, share",
    "attempts": "attempts, cases per round",
    "true_cases": "true incidence, cases per round",
    "detected_cases": "detected cases, cases per round",
    "reciprocal": "parties that are reciprocal toward at least one partner, count",
}
"""Every column of the series and what it counts."""

(
    ORGANIZATION_COOPERATION,
    MINISTRY_COOPERATION,
    INTENDED_COOPERATION,
    CAPACITY,
    GAPS,
    DUPLICATIONS,
    ACTIVE,
    UNCOVERED,
    OUTDATED,
    ATTEMPTS,
    TRUE_CASES,
    DETECTED_CASES,
    RECIPROCAL,
) = range(len(SERIES))


class History(NamedTuple):
    """The totals of a block of runs that all measures are computed from.

    Attributes
    ----------
    series : float array of shape (runs, series, rounds), series in the order of ``SERIES``; after the last round played 0.
    rounds : rounds played, by run. capped : whether a random ending was cut off by the last round watched.
    covered, displaced : modi that became covered while active, and those whose trafficker took a new one later, by run.
    trafficker_payoff : sum over traffickers and rounds, by run.
    payoff : payoff of the run by party of the block (discounted mean for a window, plain sum for a random ending).
    mean_payoff : plain mean payoff per round, by party of the block.
    """

    series: np.ndarray
    rounds: np.ndarray
    capped: np.ndarray
    covered: np.ndarray
    displaced: np.ndarray
    trafficker_payoff: np.ndarray
    payoff: np.ndarray
    mean_payoff: np.ndarray


def empty_history(runs: int, parties: int, rounds: int) -> History:
    """A history to be filled by an engine."""
    return History(
        series=np.zeros((runs, len(SERIES), rounds)),
        rounds=np.zeros(runs, dtype=np.int64),
        capped=np.zeros(runs, dtype=np.bool_),
        covered=np.zeros(runs, dtype=np.int64),
        displaced=np.zeros(runs, dtype=np.int64),
        trafficker_payoff=np.zeros(runs),
        payoff=np.zeros(parties),
        mean_payoff=np.zeros(parties),
    )
