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

from experiments.words import Words
from sim.automata import LETTERS, Automaton, C, D

RADIUS = 0.36
"""Of a state, in units of the plane, which are about inches."""
APART = {2: 2.1, 3: 2.7, 4: 2.6}
"""Between neighbours, by the number of states; more are 2.1 apart."""
BEND, INNER_BEND = 0.13, 0.05
"""Height of the bow of an arrow over the length of its chord; lower on the inner side, where arrows meet."""
LOOP = 0.62
"""How far a loop stands out from its state."""
BESIDE = 0.2, 0.07
"""From an arrow to the middle of its label: to the side, and up or down for each further line of it."""
ROOM, LEAST_WIDTH = 0.3, 4.6
"""Around everything, and what a heading needs."""
STYLES: dict[frozenset[int], dict[str, Any]] = {
    frozenset({C}): {"color": "#0072B2", "linestyle": "-"},
    frozenset({D}): {"color": "#D55E00", "linestyle": (0, (4, 2))},
    frozenset({C, D}): {"color": "#444444", "linestyle": (0, (1, 1.4))},
}
"""How an arrow is drawn, by the seen acts after which it is taken."""
HEAD: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0}


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
    radius = APART.get(count, 2.1) / 2 / np.sin(np.pi / count)
    return radius * np.column_stack((np.cos(angle), np.sin(angle)))


def bounds(rule: Automaton) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the plane that a strategy takes."""
    at = places(len(rule.states))
    points = [*(at - RADIUS), *(at + RADIUS), _start(at, rule.start)[1] * 1.05]
    for arrow in arrows(rule):
        path = _path(at, arrow)
        points += [_along(path, part) for part in np.linspace(0, 1, 9)] + [_beside(at, path, arrow)]
    (left, bottom), (right, top) = np.min(points, axis=0) - ROOM, np.max(points, axis=0) + ROOM
    missing = max(0.0, LEAST_WIDTH - float(right - left))
    return float(left) - missing / 2, float(right) + missing / 2, float(bottom), float(top)


def size(rule: Automaton) -> tuple[float, float]:
    """Width and height of the plane, inches."""
    left, right, bottom, top = bounds(rule)
    return right - left, top - bottom


def draw(axes: Axes, rule: Automaton, words: Words) -> dict[str, Any]:
    """Draw a strategy and return the legend entries of its arrows by their text."""
    at = places(len(rule.states))
    left, right, bottom, top = bounds(rule)
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    axes.set_axis_off()
    axes.set_anchor("S")  # what room is left is for the heading
    for centre, name, chance in zip(at, rule.states, rule.out, strict=True):
        _draw_state(axes, centre, name, chance, words)
    found = list(arrows(rule))
    for arrow in found:
        path = _path(at, arrow)
        _draw_arrow(axes, path, **STYLES[arrow.seen])
        _draw_label(axes, _beside(at, path, arrow), arrow, words)
    _draw_start(axes, *_start(at, rule.start), words)
    told = {frozenset({C}): "figure.after_c", frozenset({D}): "figure.after_d", frozenset({C, D}): "figure.after_any"}
    return {
        words.say(key): Line2D([], [], linewidth=1.6, **STYLES[seen])
        for seen, key in told.items()
        if any(arrow.seen == seen for arrow in found)
    }


# --- where things are ----------------------------------------------------------------------------------------------


def _outward(at: np.ndarray, state: int) -> np.ndarray:
    """Direction from the middle of the diagram through a state; to the left if there is but one."""
    length = np.hypot(*at[state])
    return at[state] / length if length > 0 else np.array([-1.0, 0.0])


def _turned(direction: np.ndarray, degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found: np.ndarray = turn @ direction
    return found


def _path(at: np.ndarray, arrow: Arrow) -> Path:
    return _loop(at, arrow.begin) if arrow.begin == arrow.end else _bow(at, arrow)


def _loop(at: np.ndarray, state: int) -> Path:
    """A loop on the outer side of a state, a cubic curve from its rim to its rim."""
    out = _outward(at, state)
    rims = [at[state] + RADIUS * _turned(out, degrees) for degrees in (28, -28)]
    pulls = [at[state] + (RADIUS + LOOP) * 1.2 * _turned(out, degrees) for degrees in (32, -32)]
    return Path([rims[0], *pulls, rims[1]], [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])


def _bow(at: np.ndarray, arrow: Arrow) -> Path:
    """A bow to the left of the way it goes, from rim to rim, so that the way back lies on the other side."""
    begin, end = at[arrow.begin], at[arrow.end]
    left = _turned(end - begin, 90)
    inner = left @ (begin + end) < -1e-9 or _is_across(at, arrow)
    bend = INNER_BEND if inner else BEND
    pull = (begin + end) / 2 + 2 * bend * left
    rims = [centre + RADIUS * (pull - centre) / np.hypot(*(pull - centre)) for centre in (begin, end)]
    return Path([rims[0], pull, rims[1]], [Path.MOVETO, Path.CURVE3, Path.CURVE3])


def _along(path: Path, part: float) -> np.ndarray:
    """A point of a curve, by de Casteljau's construction."""
    points = np.asarray(path.vertices, dtype=float)
    while len(points) > 1:
        points = (1 - part) * points[:-1] + part * points[1:]
    found: np.ndarray = points[0]
    return found


def _is_across(at: np.ndarray, arrow: Arrow) -> bool:
    return len(at) > 2 and bool(np.hypot(*(at[arrow.begin] + at[arrow.end])) < 1e-9)


def _beside(at: np.ndarray, path: Path, arrow: Arrow) -> np.ndarray:
    """Where the label of an arrow lies: beyond a loop; on the outer side of a bow, nearer to where it begins.

    Arrows across the middle have it behind the crossing, where their labels stand like the sails of a mill.
    """
    part = 0.68 if _is_across(at, arrow) else 0.38
    if arrow.begin == arrow.end:
        place, side = _along(path, 0.5), _outward(at, arrow.begin)
    else:
        place, side = _along(path, part), _turned(_along(path, part + 0.05) - _along(path, part - 0.05), 90)
    side = side / np.hypot(*side)
    lines = 1 if len(arrow.reports) == 4 else len(arrow.reports)
    wide, high = BESIDE[0] + 0.08 * abs(side[0]), BESIDE[0] * 0.75 + BESIDE[1] * (lines - 1)
    found: np.ndarray = place + side * np.array([wide, high])
    return found


def _start(at: np.ndarray, state: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tail and words of the arrow into the first state, and its tip: from outside, beside the loop."""
    toward = _turned(_outward(at, state), -62)
    tip, tail = at[state] + RADIUS * toward, at[state] + (RADIUS + 0.4) * toward
    return tail, tail + 0.13 * toward, tip


# --- how they are drawn --------------------------------------------------------------------------------------------


def _draw_state(axes: Axes, centre: np.ndarray, name: str, chance: float, words: Words) -> None:
    colour = matplotlib.colormaps["YlGnBu"](0.75 * (1 - chance))
    axes.add_patch(Circle(tuple(centre), RADIUS, facecolor=colour, edgecolor="black", linewidth=1.2, zorder=3))
    style: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "color": "white" if chance < 0.35 else "black",
        "zorder": 4,
    }
    axes.text(centre[0], centre[1] + 0.09, name, fontsize=8 if len(name) < 8 else 7, fontweight="bold", **style)
    axes.text(centre[0], centre[1] - 0.13, f"C {words.percent(chance)}", fontsize=7, **style)


def _draw_arrow(axes: Axes, path: Path, color: str, linestyle: Any) -> None:
    line: dict[str, Any] = {"arrowstyle": "-", "linestyle": linestyle, "linewidth": 1.6, "zorder": 2}
    axes.add_patch(FancyArrowPatch(path=path, color=color, **line))
    before, tip = _along(path, 0.93), _along(path, 1.0)
    axes.add_patch(FancyArrowPatch(tuple(before), tuple(tip), color=color, linewidth=0, zorder=2.5, **HEAD))


def _draw_label(axes: Axes, place: np.ndarray, arrow: Arrow, words: Words) -> None:
    pairs = [f"({LETTERS[own]}, {LETTERS[seen]})" for own, seen in arrow.reports]
    text = words.say("figure.always") if len(pairs) == 4 else "\n".join(pairs)
    box: dict[str, Any] = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    ink: dict[str, Any] = {"fontsize": 7, "color": STYLES[arrow.seen]["color"], "zorder": 2.8, "linespacing": 1.0}
    x, y = place
    axes.text(x, y, text, ha="center", va="center", bbox=box, **ink)


def _draw_start(axes: Axes, tail: np.ndarray, place: np.ndarray, tip: np.ndarray, words: Words) -> None:
    axes.add_patch(FancyArrowPatch(tuple(tail), tuple(tip), color="black", zorder=2.5, **HEAD))
    x, y = place
    axes.text(x, y, words.say("figure.start"), ha="center", va="center", fontsize=8, zorder=5)
