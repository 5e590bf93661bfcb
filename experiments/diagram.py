"""A strategy as a diagram: states are circles with their chance of C, arrows are labelled (own act, act seen).

States lie on a circle in the order of the file; arrows between the same two states are bent apart. The lighter a state,
the likelier it cooperates; arrows after a seen C and after a seen D differ by dash and by colour.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from experiments.words import Words
from sim.automata import LETTERS, Automaton, C, D

RADIUS = 0.36
"""Of a state, in units of the plane; neighbours are at least ``APART`` away from each other."""
APART = 2.1
BEND = 0.22
"""Height of the bow of an arrow over the length of its chord."""
LOOP = 0.62
"""How far a loop stands out from its state."""
ROOM = 1.35
"""From the outermost centre to the edge of the panel: a loop and its label."""
INCHES = 1.05
"""Of one unit of the plane."""
STYLES: dict[frozenset[int], dict[str, Any]] = {
    frozenset({C}): {"color": "#0072B2", "linestyle": "-"},
    frozenset({D}): {"color": "#D55E00", "linestyle": (0, (4, 2))},
    frozenset({C, D}): {"color": "#444444", "linestyle": (0, (1, 1.4))},
}
"""How an arrow is drawn, by the seen acts after which it is taken."""


@dataclass(frozen=True)
class Arrow:
    """From a state to a state, and the reports (own act, seen act) after which it is taken."""

    begin: int
    end: int
    reports: tuple[tuple[int, int], ...]

    @property
    def seen(self) -> frozenset[int]:
        """The seen acts among its reports."""
        return frozenset(seen for _, seen in self.reports)


def arrows(rule: Automaton) -> Iterator[Arrow]:
    """Every arrow once, with all its reports; C before D.

    >>> copy = ((1, 0), (1, 0))
    >>> list(arrows(Automaton("tit_for_tat", ("c", "d"), 0, (1.0, 0.0), (copy, copy))))[0]
    Arrow(begin=0, end=0, reports=((1, 1), (0, 1)))
    """
    reports = [(own, seen) for own in (C, D) for seen in (C, D)]
    for begin, after in enumerate(rule.after):
        for end in range(len(rule.states)):
            taken = tuple((own, seen) for own, seen in reports if after[own][seen] == end)
            if taken:
                yield Arrow(begin, end, taken)


def places(count: int) -> np.ndarray:
    """Centres of the states, array of shape (count, 2): the first on the left, then clockwise.

    >>> places(2).round(6).tolist()
    [[-1.05, 0.0], [1.05, 0.0]]
    """
    if count == 1:
        return np.zeros((1, 2))
    angle = np.pi - 2 * np.pi * np.arange(count) / count
    radius = APART / 2 / np.sin(np.pi / count) if count != 4 else APART * 0.85
    return radius * np.column_stack((np.cos(angle), np.sin(angle)))


def _bounds(count: int) -> np.ndarray:
    """Left, right, bottom and top of the plane."""
    at = places(count)
    return np.array([at[:, 0].min(), at[:, 0].max(), at[:, 1].min(), at[:, 1].max()]) + ROOM * np.array([-1, 1, -1, 1])


def size(rule: Automaton) -> tuple[float, float]:
    """Width and height of the figure, inches."""
    left, right, bottom, top = _bounds(len(rule.states))
    return max(4.2, INCHES * (right - left)), INCHES * (top - bottom) + 0.7


def draw(axes: Axes, rule: Automaton, words: Words) -> dict[str, Any]:
    """Draw a strategy and return the legend entries of its arrows by their text."""
    at = places(len(rule.states))
    left, right, bottom, top = _bounds(len(rule.states))
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    axes.set_axis_off()
    circles = [_state(axes, at[i], name, rule.out[i], words) for i, name in enumerate(rule.states)]
    found = list(arrows(rule))
    for arrow in found:
        path = _loop(at, arrow.begin) if arrow.begin == arrow.end else _bow(at, arrow)
        _draw_arrow(axes, path, circles[arrow.begin], circles[arrow.end], **STYLES[arrow.seen])
        _label(axes, path, arrow, words)
    _mark_start(axes, at, rule.start, circles[rule.start], words)
    told = {frozenset({C}): "figure.after_c", frozenset({D}): "figure.after_d", frozenset({C, D}): "figure.after_any"}
    return {
        words.say(key): Line2D([], [], linewidth=1.6, **STYLES[seen])
        for seen, key in told.items()
        if any(arrow.seen == seen for arrow in found)
    }


def _state(axes: Axes, centre: np.ndarray, name: str, chance: float, words: Words) -> Circle:
    colour = matplotlib.colormaps["YlGnBu"](0.75 * (1 - chance))
    circle = Circle(tuple(centre), RADIUS, facecolor=colour, edgecolor="black", linewidth=1.2, zorder=3)
    axes.add_patch(circle)
    ink = "white" if chance < 0.35 else "black"
    style: dict[str, Any] = {"ha": "center", "va": "center", "color": ink, "zorder": 4}
    axes.text(centre[0], centre[1] + 0.09, name, fontsize=8 if len(name) < 8 else 7, fontweight="bold", **style)
    axes.text(centre[0], centre[1] - 0.13, f"C {words.percent(chance)}", fontsize=7, **style)
    return circle


def _outward(at: np.ndarray, state: int) -> np.ndarray:
    """Direction from the middle of the diagram through a state; upward if there is but one."""
    length = np.hypot(*at[state])
    return at[state] / length if length > 0 else np.array([0.0, 1.0])


def _turned(direction: np.ndarray, degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found: np.ndarray = turn @ direction
    return found


def _loop(at: np.ndarray, state: int) -> Path:
    """A loop on the outer side of a state, a cubic curve from its rim to its rim."""
    out = _outward(at, state)
    rims = [at[state] + RADIUS * _turned(out, degrees) for degrees in (32, -32)]
    pulls = [at[state] + (RADIUS + LOOP) * 1.2 * _turned(out, degrees) for degrees in (34, -34)]
    return Path([rims[0], pulls[0], pulls[1], rims[1]], [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])


def _bow(at: np.ndarray, arrow: Arrow) -> Path:
    """A bow to the left of the way it goes, from rim to rim, so that the way back lies on the other side."""
    begin, end = at[arrow.begin], at[arrow.end]
    chord = end - begin
    left = np.array([-chord[1], chord[0]])
    pull = (begin + end) / 2 + 2 * BEND * left
    rims = [centre + RADIUS * (pull - centre) / np.hypot(*(pull - centre)) for centre in (begin, end)]
    return Path([rims[0], pull, rims[1]], [Path.MOVETO, Path.CURVE3, Path.CURVE3])


def _draw_arrow(axes: Axes, path: Path, begin: Circle, end: Circle, color: str, linestyle: Any) -> None:
    line = FancyArrowPatch(path=path, arrowstyle="-", color=color, linestyle=linestyle, linewidth=1.6, zorder=2)
    axes.add_patch(line)
    before, tip = _along(path, 0.93), path.vertices[-1]
    head: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0, "linewidth": 0}
    axes.add_patch(FancyArrowPatch(tuple(before), tuple(tip), color=color, zorder=2.5, **head))


def _along(path: Path, part: float) -> np.ndarray:
    """A point of a curve, by de Casteljau's construction."""
    points = np.asarray(path.vertices, dtype=float)
    while len(points) > 1:
        points = (1 - part) * points[:-1] + part * points[1:]
    found: np.ndarray = points[0]
    return found


def _label(axes: Axes, path: Path, arrow: Arrow, words: Words) -> None:
    """The reports beside the arrow, nearer to where it begins, so that labels of crossing arrows stay apart."""
    all_four = len(arrow.reports) == 4
    pairs = [f"({LETTERS[own]}, {LETTERS[seen]})" for own, seen in arrow.reports]
    text = words.say("figure.always") if all_four else "\n".join(pairs)
    place = _along(path, 0.5 if arrow.begin == arrow.end else 0.4)
    ink = STYLES[arrow.seen]["color"]
    drawn = axes.text(*place, text, ha="center", va="center", fontsize=7, color=ink, zorder=5, linespacing=1.0)
    drawn.set_path_effects([withStroke(linewidth=3, foreground="white")])


def _mark_start(axes: Axes, at: np.ndarray, state: int, circle: Circle, words: Words) -> None:
    """A short arrow from outside, beside the loop."""
    toward = _turned(_outward(at, state), -75)
    tip, tail = at[state] + RADIUS * toward, at[state] + (RADIUS + 0.42) * toward
    head: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0}
    axes.add_patch(FancyArrowPatch(tuple(tail), tuple(tip), color="black", zorder=2.5, **head))
    place = at[state] + (RADIUS + 0.55) * toward
    axes.text(*place, words.say("figure.start"), ha="center", va="center", fontsize=8, zorder=5)
