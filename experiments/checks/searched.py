"""The simulated floor by the command for borders, ``experiments.border``: paired runs, plans of its own, no formula."""

from experiments.checks import Found, Game, Luck
from experiments.question import read
from experiments.search import search

WIDTH = 0.05
"""Widest interval that is asked for where luck enters, discount."""
MOST = 400_000
"""Runs that one border may take."""
CUT = 1e-5
"""Added to both ends of an interval: with luck the command cuts a game where a round weighs less than 1e-6, and its
interval is that of luck alone, of no width at all where the binding plan meets none."""


def border(strategy: str, game: Game, luck: Luck, *words: str, width: float = 0.0) -> Found:
    """The critical discount of two parties of one strategy, all else by words as on the command line.

    A width of 0 says that nothing is drawn: the border itself is what was found, by bisection. Nan if none was met.
    """
    asked = [
        "scenario=dyad",
        "game=free",
        f"strategy={strategy}",
        "axis=horizon.discount",
        f"seed={luck.seed}",
        *(f"game.{name}={value}" for name, value in game.items()),
        *words,
    ]
    if width:  # a little less than declared
        asked += [f"width={0.9 * width / luck.times**0.5:.5f}", f"most_runs={MOST * luck.times}"]
    found = search(read(asked)).border
    nothing = float("nan")
    if found.value is None or found.low is None or found.high is None:
        return Found(nothing, nothing, nothing)
    return (
        Found(found.value, found.low - CUT, found.high + CUT) if width else Found(found.value, found.value, found.value)
    )
