"""Second ways to what theory predicts: one small function for each prediction draws parameters and yields comparisons.

Definitions
-----------
A *floor* is a way to an answer. ``analytic``: a calculation of our own that knows no closed form (a search over plans,
a brute-force sum, an iteration, counting). ``exact``: ``sim.exact``, two automata as a Markov chain. ``simulated``:
runs of the batch engine. A *comparison* holds what theory predicts for some parameters and how one floor finds it;
nothing is found until it is asked. A floor that cannot answer says why, in words (``Check.silent``).

No function here may take a formula from ``sim.theory`` for its way: theory is called for what is predicted, and to keep
parameters inside the domain and off ties, where rounding would decide.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

ANALYTIC, EXACT, SIMULATED = FLOORS = ("analytic", "exact", "simulated")
TOLERANCE = 1e-6
"""Where nothing is drawn: greatest difference, of the greater of 1 and the prediction."""
CASES = 4
"""Parameter values drawn for each prediction."""

NO_MECHANISM = "no mechanism"
"""How the reason begins if the model has no such mechanism (yet)."""
NOT_PLAYED = "nothing is played"
NO_PAIR = "not two automata"


@dataclass(frozen=True)
class Luck:
    """Key of the luck of runs, and by how much more of them there shall be."""

    seed: int
    times: int = 1


@dataclass(frozen=True)
class Found:
    """What a floor found; ``low`` and ``high`` bound the 95 % interval, both are the value where nothing is drawn."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """One line of the table before it is judged.

    Attributes
    ----------
    floor : one of ``FLOORS``.
    parameters : what was drawn, by name.
    predicted : what theory says.
    find : the second way; runs take their luck from the argument, the other floors have no use for it.
    width : widest interval that counts as an answer, in the unit of the prediction; 0: nothing is drawn.
    """

    floor: str
    parameters: Mapping[str, Any]
    predicted: float
    find: Callable[[Luck], Found]
    width: float = 0.0


def analytic(parameters: Mapping[str, Any], predicted: float, find: Callable[[], float]) -> Comparison:
    """What a calculation of our own finds."""
    return Comparison(ANALYTIC, parameters, float(predicted), lambda luck: exactly(find()))


def exact(parameters: Mapping[str, Any], predicted: float, find: Callable[[], float]) -> Comparison:
    """What the Markov chain of two automata gives."""
    return Comparison(EXACT, parameters, float(predicted), lambda luck: exactly(find()))


def simulated(
    parameters: Mapping[str, Any], predicted: float, find: Callable[[Luck], Found], width: float = 0.0
) -> Comparison:
    """What runs give; a width of 0 says that nothing in them is drawn."""
    return Comparison(SIMULATED, parameters, float(predicted), find, width)


def exactly(value: float) -> Found:
    """A value that no luck enters."""
    return Found(float(value), float(value), float(value))


# --- drawing parameters --------------------------------------------------------------------------------------------

Game = dict[str, float]
"""T, R, P, S under their names, payoff per link and round."""
PAYOFFS = ("temptation", "reward", "punishment", "sucker")


@dataclass
class Draw:
    """Parameters from the domain of a prediction, in short decimals so that a reader can repeat them by hand."""

    luck: np.random.Generator

    def number(self, low: float, high: float, digits: int = 2) -> float:
        """Uniform between two numbers, with so many decimals."""
        return round(float(self.luck.uniform(low, high)), digits)

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self.luck.integers(low, high + 1))

    def one_of(self, *values: Any) -> Any:
        """One of some values."""
        return values[self.whole(0, len(values) - 1)]

    def game(self, order: str = "TRPS") -> Game:
        """Payoffs in an order, greatest first, apart by .3 to 2.5."""
        level, found = self.number(-1, 1, 1), {}
        for letter in reversed(order):
            found[letter] = round(level, 2)
            level += self.number(0.3, 2.5)
        return dict(zip(PAYOFFS, (found[letter] for letter in "TRPS"), strict=True))

    def dilemma(self, keep: Callable[[Game], bool] = lambda game: True) -> Game:
        """A prisoner's dilemma in which mutual cooperation is best together, 2R > T + S, and which may be kept."""
        return self.until(
            self.game, lambda game: 2 * game["reward"] > game["temptation"] + game["sucker"] + 0.1 and keep(game)
        )

    def additive(self, keep: Callable[[Game], bool] = lambda game: True) -> Game:
        """A dilemma of a cost and a benefit, T - R = P - S."""

        def made() -> Game:
            cost, benefit, level = self.number(0.5, 2), self.number(2.2, 5), self.number(-1, 1, 1)
            values = (level + benefit, level + benefit - cost, level, level - cost)
            return dict(zip(PAYOFFS, (round(value, 2) for value in values), strict=True))

        return self.until(made, keep)

    def until(self, make: Callable[[], Any], keep: Callable[[Any], bool]) -> Any:
        """The first draw that may be kept; an error after 10,000, for then the domain is as good as empty."""
        for _ in range(10_000):
            if keep(found := make()):
                return found
        raise RuntimeError("no parameters to be kept in 10,000 draws")


# --- the register --------------------------------------------------------------------------------------------------

Draws = Callable[[Draw], Iterator[Comparison]]


@dataclass(frozen=True)
class Check:
    """How a prediction is checked: comparisons for one draw of parameters, how many draws, and who cannot answer."""

    draws: Draws
    cases: int
    silent: Mapping[str, str] = field(default_factory=dict)


CHECKS: dict[str, Check] = {}
"""Every prediction that has a check, by its id."""


def check(name: str, cases: int = CASES, **silent: str) -> Callable[[Draws], Draws]:
    """Register the check of a prediction; ``silent`` says of a floor why it cannot answer."""

    def register(draws: Draws) -> Draws:
        CHECKS[name] = Check(draws, cases, silent)
        return draws

    return register
