"""What an engine hands over of a block of runs: series of totals per round, and totals per party and run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.scenario import Case
from sim.world import Actor, Parties, Runs, World, actors

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


REAL = ("outdated", "attempts", "true_cases", "detected_cases")
"""Series that are no counts."""


class History(NamedTuple):
    """The totals of a block of runs; with its world, all that measures are computed from.

    Attributes
    ----------
    series : float array of shape (runs, series, rounds), in the order of ``SERIES``; after the last round played 0.
    rounds : rounds played, by run. capped : whether a random ending was cut off by the last round watched.
    covered, displaced : modi covered while active, and those whose trafficker took a new one later, by run.
    trafficker_payoff : sum over traffickers and rounds, by run.
    payoff : payoff of the run by party of the block (discounted mean for a window, plain sum for a random ending).
    mean_payoff : plain mean payoff per round, by party of the block.
    cooperative_acts : acts of C over all rounds played, by party of the block.
    """

    series: np.ndarray
    rounds: np.ndarray
    capped: np.ndarray
    covered: np.ndarray
    displaced: np.ndarray
    trafficker_payoff: np.ndarray
    payoff: np.ndarray
    mean_payoff: np.ndarray
    cooperative_acts: np.ndarray


def empty_history(runs: int, parties: int, rounds: int) -> History:
    """A history to be filled by an engine; in memory the runs of a round lie together, as engines write them."""
    return History(
        series=np.zeros((len(SERIES), rounds, runs)).transpose(2, 0, 1),
        rounds=np.zeros(runs, dtype=np.int64),
        capped=np.zeros(runs, dtype=np.bool_),
        covered=np.zeros(runs, dtype=np.int64),
        displaced=np.zeros(runs, dtype=np.int64),
        trafficker_payoff=np.zeros(runs),
        payoff=np.zeros(parties),
        mean_payoff=np.zeros(parties),
        cooperative_acts=np.zeros(parties, dtype=np.int64),
    )


@dataclass(frozen=True)
class Run:
    """One run of a block as a reader asks for it: by the names of series and parties."""

    case: Case
    world: World
    history: History
    place: int = 0

    @property
    def rounds(self) -> int:
        """Rounds played."""
        return int(self.history.rounds[self.place])

    def column(self, name: str) -> np.ndarray:
        """One series as an array over the rounds played."""
        series = self.history.series[self.place, list(SERIES).index(name), : self.rounds]
        return series if series.dtype.kind == "f" and name in REAL else series.astype(np.int64)

    @property
    def series(self) -> dict[str, list[float]]:
        """Every series by its name, a number for each round played."""
        return {name: self.column(name).tolist() for name in SERIES}

    @property
    def actors(self) -> list[Actor]:
        """The parties, by index."""
        return actors(self.case, self.world, self.place)

    @property
    def sides(self) -> list[tuple[int, int]]:
        """Reader and other of each side, by index of the party."""
        runs, sides = self.world.runs, self.world.sides
        own = slice(runs.first_side[self.place], runs.first_side[self.place + 1])
        first = runs.first_party[self.place]
        return list(zip((sides.reader[own] - first).tolist(), (sides.other[own] - first).tolist(), strict=True))

    @property
    def payoffs(self) -> list[float]:
        """Payoff of the run, by party."""
        return self._of_parties(self.history.payoff)

    @property
    def mean_payoffs(self) -> list[float]:
        """Plain mean payoff per round, by party."""
        return self._of_parties(self.history.mean_payoff)

    def _of_parties(self, column: np.ndarray) -> list[float]:
        found: list[float] = column[
            self.world.runs.first_party[self.place] : self.world.runs.first_party[self.place + 1]
        ].tolist()
        return found

    @property
    def covered(self) -> int:
        """Modi that became covered while active."""
        return int(self.history.covered[self.place])

    @property
    def displaced(self) -> int:
        """Those of them whose trafficker took a new one later."""
        return int(self.history.displaced[self.place])

    @property
    def trafficker_payoff(self) -> float:
        """Sum over traffickers and rounds."""
        return float(self.history.trafficker_payoff[self.place])

    @property
    def capped(self) -> bool:
        """Whether a random ending was cut off by the last round watched."""
        return bool(self.history.capped[self.place])


def join(runs: Sequence[Run], cell: np.ndarray) -> tuple[World, History]:
    """Runs that were played one by one, as one block; ``cell`` says which cell of an encoding each is.

    Sides and duties are those of the first run only: measures do not look at them.
    """
    worlds, histories = [run.world for run in runs], [_padded(run.history, runs) for run in runs]
    history = History(*(np.concatenate(columns) for columns in zip(*histories, strict=True)))
    first = {
        name: _firsts([int(getattr(world.runs, name)[-1]) for world in worlds])
        for name in ("first_party", "first_side", "first_duty")
    }
    own = {
        name: np.concatenate([getattr(world.runs, name) for world in worlds])
        for name in ("replicate", "seed", "lead", "failing")
    }
    columns = {
        name: np.concatenate([getattr(world.parties, name) for world in worlds]) for name in Parties._fields[:-1]
    }
    degree = np.concatenate([np.diff(world.parties.first_side) for world in worlds])
    joined_runs = Runs(cell=np.asarray(cell, dtype=np.int64), **own, **first)
    parties = Parties(**columns, first_side=_firsts(degree.tolist()))
    return World(joined_runs, parties, worlds[0].sides, worlds[0].duties), history


def _padded(history: History, runs: Sequence[Run]) -> History:
    """The same with rounds of nothing after the last, up to the longest of the runs."""
    missing = max(run.history.series.shape[2] for run in runs) - history.series.shape[2]
    return history._replace(series=np.pad(history.series, ((0, 0), (0, 0), (0, missing))))


def _firsts(sizes: Sequence[int]) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def is_finite(world: World, played: History) -> np.ndarray:
    """For each run whether all that it hands over are finite numbers."""
    series = np.isfinite(played.series.sum(axis=(1, 2)) + played.trafficker_payoff)  # one that is not spoils the sum
    payoffs = np.isfinite(played.payoff) & np.isfinite(played.mean_payoff)
    run = np.repeat(np.arange(series.size), np.diff(world.runs.first_party))
    found: np.ndarray = series & (np.bincount(run[~payoffs], minlength=series.size) == 0)
    return found
