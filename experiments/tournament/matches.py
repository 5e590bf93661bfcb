"""Playing a tournament on the compiled engine, and what is summed up of its matches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import stdtrit

from experiments.compose import BadInput, strategies
from experiments.tournament.asked import DECLARED, Asked, asked_faults, base
from sim.encoding import Encoding, encode, spread
from sim.scenario import Case, nearest

AT_ONCE = 2048
"""Matches that are played at once: memory does not grow with the repetitions."""
CERTAIN = 0.95
"""Coverage of the intervals."""


@dataclass(frozen=True)
class Outcome:
    """What a tournament found; rows and columns of the arrays are in the order of ``strategies``.

    Attributes
    ----------
    strategies : names, as they were asked for.
    score : float array of shape (strategies, strategies)
        Mean payoff per round of the strategy of the row against that of the column; on the diagonal both are it.
    score_error : its standard error over repetitions, nan if there is one repetition.
    cooperation : share of the acts of the strategy of the row that were C, of the same shape.
    mean, mean_error : float arrays of shape (strategies,)
        Mean of a row of ``score``, self-play included, and its standard error.
    lead_error : float array of shape (strategies, strategies)
        Standard error of ``mean[row] - mean[column]``. All matches of a repetition share their luck, so it is that of
        the differences within repetitions.
    repetitions : matches of each pair.
    """

    strategies: tuple[str, ...]
    score: np.ndarray
    score_error: np.ndarray
    cooperation: np.ndarray
    mean: np.ndarray
    mean_error: np.ndarray
    lead_error: np.ndarray
    repetitions: int

    @property
    def order(self) -> list[int]:
        """Places of the strategies, best mean first; equal ones by name."""
        return sorted(range(len(self.strategies)), key=lambda i: (-round(float(self.mean[i]), 9), self.strategies[i]))

    @property
    def ranking(self) -> tuple[str, ...]:
        """Names, best mean first."""
        return tuple(self.strategies[i] for i in self.order)

    def half_width(self, standard_error: Any) -> Any:
        """Half of the interval of Student's t that covers with chance ``CERTAIN``, for means over repetitions."""
        if self.repetitions < 2:
            return np.full_like(standard_error, np.nan)
        return stdtrit(self.repetitions - 1, 0.5 + CERTAIN / 2) * standard_error


def tournament(who: Sequence[str] = (), **asked: Any) -> Outcome:
    """Play every pair of some strategies, each also against itself.

    Parameters
    ----------
    who : names of files of conf/strategies; none are all.
    asked : the words of ``Asked``, which declares their defaults: ``rounds``, ``repetitions``, ``action_error``,
        ``miss``, ``false_alarm``, ``response_lag``, ``game`` (a name of conf/game), ``temptation``, ``reward``,
        ``punishment``, ``sucker``, ``seed``.

    Returns
    -------
    Outcome

    Raises
    ------
    BadInput
        With everything that is wrong, if anything is.

    Notes
    -----
    A match is a run of two parties, the first by name as an organization and the other as a ministry, on the compiled
    engine. It depends on seed, repetition and its two strategies, not on who else plays. Noise is a slip of the hand:
    strategies learn of their own realised act, as in Axelrod's library.

    References
    ----------
    Axelrod (1980), J. Conflict Resolution 24:3-25.
    """
    if unknown := [f"{key}: no word of a tournament{nearest(key, DECLARED)}" for key in asked if key not in DECLARED]:
        raise BadInput(unknown)
    wanted = Asked(strategies=list(who), **asked)
    if wrong := asked_faults(wanted):
        raise BadInput(wrong)
    return play(wanted)


def play(asked: Asked, told: Callable[[int], object] = lambda matches: None) -> Outcome:
    """The same for checked words; ``told`` is told of every few matches that were played."""
    names = _names(asked)
    first, second, _ = _pairs(names)
    sums = Sums(len(names))
    for values in _blocks(asked, _encoded(asked, names)):
        sums.add(*_in_tables(values, first, second))
        told(values.shape[1] * first.size)
    return sums.outcome(names)


def matches_of(asked: Asked) -> int:
    """How many matches are asked for."""
    return asked.repetitions * _pairs(_names(asked))[0].size


def _names(asked: Asked) -> tuple[str, ...]:
    return tuple(asked.strategies or sorted(strategies()))


@lru_cache(maxsize=64)
def _pairs(names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places of the first and second of each pair, the first by name first; and of each name in the order of names.

    So a match is the same in any list.
    """
    one, other = np.triu_indices(len(names))
    by_name = np.argsort(np.argsort(names))
    swapped = by_name[one] > by_name[other]
    return np.where(swapped, other, one), np.where(swapped, one, other), by_name


def _encoded(asked: Asked, names: tuple[str, ...]) -> Encoding:
    """A cell for each pair: one case, and who plays what as columns."""
    known = strategies()
    first, second, by_name = _pairs(names)
    columns = {"organization_plays": by_name[first], "ministry_plays": by_name[second]}
    few = encode([Case(replace(base(asked), strategy=names[0]), {name: known[name] for name in names})])
    return spread(few, np.zeros(first.size, dtype=np.int64), columns)


def _blocks(asked: Asked, encoding: Encoding) -> Iterator[np.ndarray]:
    """What ``_matches`` tells of some repetitions at a time, arrays of shape (2, repetitions, pairs, 2)."""
    pairs = encoding.cells.size
    step = max(1, AT_ONCE // pairs)
    for begin in range(0, asked.repetitions, step):
        last = min(begin + step, asked.repetitions) * pairs
        parts = [
            _matches(encoding, asked.seed, np.arange(at, min(at + AT_ONCE, last)))
            for at in range(begin * pairs, last, AT_ONCE)
        ]
        yield np.concatenate(parts, axis=1).reshape(2, -1, pairs, 2)


def _matches(encoding: Encoding, seed: int, number: np.ndarray) -> np.ndarray:
    """Mean payoff per round and share of C of both sides of some matches, an array of shape (2, matches, 2).

    Matches are numbered repetition by repetition, and within one in the order of the cells.
    """
    from sim.batch import play as play_runs  # compiled code is loaded only where it is run

    repetition, cell = np.divmod(number, encoding.cells.size)
    seeds = np.full(cell.size, seed, dtype=np.uint64)
    _, played = play_runs(encoding, cell, repetition, seeds, with_series=False)
    acts = played.cooperative_acts.reshape(-1, 2) / played.rounds[:, None]
    return np.stack((played.mean_payoff.reshape(-1, 2), acts))


def _in_tables(values: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Values of both sides, of shape (..., pairs, 2), by row and column; with itself the mean of both sides."""
    count = int(first.max()) + 1
    found = np.empty((*values.shape[:-2], count, count))
    found[..., first, second], found[..., second, first] = values[..., 0], values[..., 1]
    itself = first == second
    found[..., first[itself], first[itself]] = (values[..., itself, 0] + values[..., itself, 1]) / 2
    return found


class Sums:
    """Sums over repetitions, of differences from the first, so that what never varies has a variance of exactly 0."""

    def __init__(self, count: int) -> None:
        self.repetitions = 0
        self.origin = np.zeros((count, count))
        self.scores, self.squares, self.acts = np.zeros((3, count, count))
        self.means, self.products = np.zeros(count), np.zeros((count, count))

    def add(self, scores: np.ndarray, acts: np.ndarray) -> None:
        if self.repetitions == 0:
            self.origin = scores[0].copy()
        self.repetitions += len(scores)
        apart = scores - self.origin
        means = apart.mean(axis=2)
        self.scores += apart.sum(axis=0)
        self.squares += (apart**2).sum(axis=0)
        self.acts += acts.sum(axis=0)
        self.means += means.sum(axis=0)
        self.products += means.T @ means

    def outcome(self, names: tuple[str, ...]) -> Outcome:
        n = self.repetitions
        score = self.origin + self.scores / n
        covariance = self._of_the_mean(self.products, np.outer(self.means, self.means))
        variance = np.maximum(np.diag(covariance), 0.0)  # rounding may leave a little less than nothing
        return Outcome(
            strategies=names,
            score=score,
            score_error=np.sqrt(np.maximum(self._of_the_mean(self.squares, self.scores**2), 0.0)),
            cooperation=self.acts / n,
            mean=score.mean(axis=1),
            mean_error=np.sqrt(variance),
            lead_error=np.sqrt(np.maximum(variance[:, None] + variance - 2 * covariance, 0.0)),
            repetitions=n,
        )

    def _of_the_mean(self, products: np.ndarray, product_of_sums: np.ndarray) -> np.ndarray:
        """Covariance of means over repetitions: ``(sum of products - product of sums / n) / (n (n - 1))``."""
        n = self.repetitions
        if n < 2:
            return np.full(products.shape, np.nan)
        found: np.ndarray = (products - product_of_sums / n) / (n * (n - 1))
        return found
