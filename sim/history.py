"""What an engine hands over of one run: a series of totals per round, and totals per party."""

from dataclasses import dataclass, field

import numpy as np

from sim.world import World

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


@dataclass
class History:
    """The totals of one run that all measures are computed from.

    Attributes
    ----------
    series : per name of ``SERIES`` one number for each round played.
    payoffs : payoff of the run by party (discounted mean for a window, plain sum for a random ending).
    mean_payoffs : plain mean payoff per round by party.
    covered, displaced : modi that became covered while active, and those of them whose trafficker took a new one later.
    trafficker_payoff : sum over traffickers and rounds.
    capped : a random ending was cut off by the last round watched.
    """

    world: World
    series: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in SERIES})
    payoffs: list[float] = field(default_factory=list)
    mean_payoffs: list[float] = field(default_factory=list)
    covered: int = 0
    displaced: int = 0
    trafficker_payoff: float = 0.0
    capped: bool = False

    @property
    def rounds(self) -> int:
        """Rounds played."""
        return len(self.series["capacity"])

    def column(self, name: str) -> np.ndarray:
        """One series as an array over rounds."""
        return np.asarray(self.series[name])
