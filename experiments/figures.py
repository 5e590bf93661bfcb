"""Figures: each takes data and words and returns a matplotlib Figure; nothing is smoothed.

Labels come from the declarations of the parameters through the catalogue of words. Broken is dark, intact is
light, in a colour map that survives colour blindness and grey print; lines differ by dash, not by colour.
"""

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter
from scipy.ndimage import distance_transform_edt

from experiments import diagram
from experiments.words import Words
from sim.automata import Automaton
from sim.tables import FAILED, INFERRED, NO_DILEMMA, OK

if TYPE_CHECKING:
    import pandas as pd

Values = tuple[Any, ...]
Series = tuple[np.ndarray, np.ndarray]
"""Rounds, and an array of shape (runs, rounds), nan where a run has ended."""

STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that the same figure looks the same everywhere
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "kerjasama",
    "svg.fonttype": "path",
}
PIXELS_PER_INCH = 150.0
CAPTION_SIZE = 6.5
MARGIN = 0.12
"""Inches around the caption."""

MOST_DRAWN_CELLS = 5000
"""Beyond so many, the cells of a map are one picture inside the SVG, not a shape each."""
COLOURS = "YlGnBu"
BARE = "#e4e4e4"
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
"""Of the palette of Okabe and Ito, told apart by the colour-blind; in print by dash."""

OBSERVED: dict[str, Any] = {"color": "black", "linestyle": "-", "linewidth": 2.4}
THEORY: dict[str, dict[str, Any]] = {
    "typical": {"color": "black", "linestyle": (0, (5, 2)), "linewidth": 1.6},
    "weakest": {"color": "black", "linestyle": (0, (1, 1.3)), "linewidth": 1.9},
    "": {"color": "black", "linestyle": (0, (6, 2, 1, 2)), "linewidth": 1.6},
}
"""How a line of theory is drawn, by the end of its key."""


@dataclass(frozen=True)
class Line:
    """A line that theory predicts: ``key`` of its words, ``points`` (x, y) sorted by y; x may be infinite."""

    key: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Map:
    """One panel: the share of runs broken down over two parameters.

    Attributes
    ----------
    title : heading of the panel.
    x, y : dotted names of the parameters.
    x_values, y_values : values of the cells; strings make the axis categorical.
    share : array of shape (len(y_values), len(x_values)), shares in [0, 1], nan where no run counts.
    status : array of str of the same shape: ok, no_dilemma, failed.
    lines : theory; drawn where both axes are numbers.
    runs : how many a cell has, as a text. fixed : what is held, as a reader's text.
    """

    title: str
    x: str
    y: str
    x_values: Values
    y_values: Values
    share: np.ndarray
    status: np.ndarray
    lines: tuple[Line, ...]
    runs: str
    fixed: str


# --- the map of two conditions --------------------------------------------------------------------


def phase_diagram(maps: Sequence[Map], words: Words, caption: str) -> Figure:
    """One panel per map, three in a row: observed shares, their border and the borders of theory."""
    with matplotlib.rc_context(STYLE):
        columns = min(3, len(maps))
        rows = -(-len(maps) // columns)
        figure = _figure(4.3 * columns + 1.5, 3.9 * rows + 0.7)
        places = list(figure.subplots(rows, columns, squeeze=False).flat)
        entries: dict[str, Any] = {}
        for number, (one, axes) in enumerate(zip(maps, places, strict=False)):
            entries |= _panel(axes, one, words)
            _heading(axes, one, words, "abcdefghijklmnopqrstuvwxyz"[number % 26] if len(maps) > 1 else "")
        for axes in places[len(maps) :]:
            axes.remove()
        _colour_bar(figure, places[: len(maps)], words)
        _finish(figure, caption, entries)
    return figure


def _panel(axes: Axes, one: Map, words: Words) -> dict[str, Any]:
    """Draw one map and return its legend entries by their text."""
    one = _in_order(one)
    x, y = _positions(one.x_values), _positions(one.y_values)
    axes.set_facecolor(BARE)
    mesh = axes.pcolormesh(_edges(x), _edges(y), np.ma.masked_invalid(one.share), cmap=COLOURS, vmin=0, vmax=1)
    mesh.set_rasterized(one.share.size > MOST_DRAWN_CELLS)
    axes.set_xlim(*_edges(x)[[0, -1]])
    axes.set_ylim(*_edges(y)[[0, -1]])
    entries = _marks(axes, one, words)
    if _is_numeric(one.x_values) and _is_numeric(one.y_values):
        entries = _observed(axes, x, y, one.share, words) | _theory(axes, one.lines, words) | entries
    _name_regions(axes, one.share, _crossed(axes, x, y), words)
    _axis(axes.xaxis, one.x, one.x_values, words)
    _axis(axes.yaxis, one.y, one.y_values, words)
    _slant_long_words(axes, one.x_values)
    return entries


def _slant_long_words(axes: Axes, values: Values) -> None:
    """Words that would run into each other below the axis stand aslant."""
    if not _is_numeric(values) and sum(len(str(value)) for value in values) > 40:
        axes.tick_params(axis="x", rotation=35)
        for tick in axes.get_xticklabels():
            tick.set(horizontalalignment="right", rotation_mode="anchor")


def _in_order(one: Map) -> Map:
    """The same map with numeric axes rising."""
    columns, rows = _order(one.x_values), _order(one.y_values)
    return Map(
        one.title,
        one.x,
        one.y,
        tuple(one.x_values[i] for i in columns),
        tuple(one.y_values[i] for i in rows),
        np.asarray(one.share, dtype=float)[np.ix_(rows, columns)],
        np.asarray(one.status)[np.ix_(rows, columns)],
        one.lines,
        one.runs,
        one.fixed,
    )


def _order(values: Values) -> list[int]:
    return sorted(range(len(values)), key=lambda i: values[i] if _is_numeric(values) else i)


def _is_numeric(values: Iterable[Any]) -> bool:
    return all(isinstance(value, int | float | np.number) and not isinstance(value, bool) for value in values)


def _positions(values: Values) -> np.ndarray:
    """Where cells lie: at their values, or side by side if the values are words."""
    return np.asarray(values if _is_numeric(values) else range(len(values)), dtype=float)


def _edges(centres: np.ndarray) -> np.ndarray:
    """Edges of cells: midpoints between the centres, and as far again at both ends.

    >>> _edges(np.array([0.0, 2.0, 6.0])).tolist(), _edges(np.array([5.0])).tolist()
    ([-1.0, 1.0, 4.0, 8.0], [4.5, 5.5])
    """
    if centres.size == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate(([2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]))


def _marks(axes: Axes, one: Map, words: Words) -> dict[str, Any]:
    """Hatch cells without a dilemma, cross cells whose runs failed, and tell which cells are bare."""
    x, y = _edges(_positions(one.x_values)), _edges(_positions(one.y_values))
    entries: dict[str, Any] = {}
    hatched = one.status == NO_DILEMMA
    if hatched.any():
        cells = np.ma.masked_where(~hatched, np.ones(hatched.shape))
        axes.pcolor(x, y, cells, cmap=ListedColormap(["white"]), hatch="////", edgecolor="#777777", linewidth=0)
        entries[words.say("status.no_dilemma")] = Patch(facecolor="white", edgecolor="#777777", hatch="////")
    failed = one.status == FAILED
    if failed.any():
        rows, columns = np.nonzero(failed)
        at = _positions(one.x_values)[columns], _positions(one.y_values)[rows]
        drawn = axes.plot(*at, linestyle="none", marker="x", color="black", markersize=6, markeredgewidth=1.4)
        entries[words.say("status.failed")] = _stand_out(drawn[0], 1.2)
    if (one.status == INFERRED).any():
        rows, columns = np.nonzero(one.status == OK)
        at = _positions(one.x_values)[columns], _positions(one.y_values)[rows]
        size = max(0.6, min(3.0, 90 / max(one.share.shape)))
        drawn = axes.plot(*at, linestyle="none", marker="o", color="#777777", markersize=size, markeredgewidth=0)
        entries[words.say("status.run")] = Line2D([], [], **_dots(drawn[0]))
    if (np.isnan(one.share) & ~hatched & ~failed).any():
        entries[words.say("status.nothing")] = Patch(facecolor=BARE, edgecolor="#999999")
    return entries


def _dots(drawn: Any) -> dict[str, Any]:
    return {"linestyle": "none", "marker": "o", "color": drawn.get_color(), "markersize": 3, "markeredgewidth": 0}


def _observed(axes: Axes, x: np.ndarray, y: np.ndarray, share: np.ndarray, words: Words) -> dict[str, Any]:
    """The contour at which half of the runs are broken, if the map crosses it."""
    known = share[~np.isnan(share)]
    if min(share.shape) < 2 or known.size == 0 or not known.min() < 0.5 <= known.max():
        return {}
    style: dict[str, Any] = {"colors": OBSERVED["color"], "linewidths": OBSERVED["linewidth"]}
    contour = axes.contour(x, y, np.ma.masked_invalid(share), levels=[0.5], zorder=4, **style)
    if not any(len(segment) > 1 for segment in contour.allsegs[0]):
        contour.remove()
        return {}
    _stand_out(contour, OBSERVED["linewidth"])
    return {words.say("figure.observed"): _stand_out(Line2D([], [], **OBSERVED), OBSERVED["linewidth"])}


def _theory(axes: Axes, lines: Sequence[Line], words: Words) -> dict[str, Any]:
    """Lines of theory, clipped to the axes; an infinite x leaves them on its side."""
    entries: dict[str, Any] = {}
    left, right = axes.get_xlim()
    for line in lines:
        points = [(x, y) for x, y in line.points if not np.isnan(x)]
        if not points:
            continue
        width = right - left
        x = np.clip([x for x, _ in points], left - width, right + width)
        style = _style(line.key)
        axes.plot(x, [y for _, y in points], zorder=5, scalex=False, scaley=False, **style)
        _stand_out(axes.lines[-1], style["linewidth"])
        entries[words.say(line.key)] = _stand_out(Line2D([], [], **style), style["linewidth"])
    return entries


def _style(key: str) -> dict[str, Any]:
    return next(style for end, style in THEORY.items() if key.endswith(end))


def _stand_out(artist: Any, width: float) -> Any:
    """A white rim, so that black lines are seen on dark cells."""
    artist.set_path_effects([withStroke(linewidth=width + 1.8, foreground="white")])
    return artist


def _name_regions(axes: Axes, share: np.ndarray, crossed: np.ndarray, words: Words) -> None:
    """Say where cooperation holds and where it breaks down, wherever the words have room beside lines."""
    rows, columns = share.shape
    if min(rows, columns) < 4:
        return
    # Cells are parts of the panel; the words are about twice as wide as high.
    steps = 1 / rows, 0.5 / columns
    for key, region, colour in (
        ("figure.holds", share <= 0.1, "black"),
        ("figure.breaks", share >= 0.9, "white"),
    ):
        depth = distance_transform_edt(np.pad(region & ~crossed, 1), sampling=steps)[1:-1, 1:-1]
        row, column = np.unravel_index(np.argmax(depth), depth.shape)
        if depth[row, column] - min(steps) / 2 > 0.065:
            place: dict[str, Any] = {"transform": axes.transAxes, "ha": "center", "va": "center", "zorder": 6}
            axes.text(
                (column + 0.5) / columns,
                (row + 0.5) / rows,
                words.say(key),
                color=colour,
                fontsize=9,
                **place,
            )


def _crossed(axes: Axes, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Cells that a line of theory runs through, array of bool over rows and columns."""
    found = np.zeros((y.size, x.size), dtype=bool)
    for line in axes.lines:
        corners = np.asarray(line.get_xydata()).T
        at = np.linspace(0, corners.shape[1] - 1, 400)
        points = [np.interp(at, np.arange(corners.shape[1]), values) for values in corners]
        column, row = (np.digitize(p, _edges(c)) - 1 for p, c in zip(points, (x, y), strict=True))
        inside = (column >= 0) & (column < x.size) & (row >= 0) & (row < y.size)
        found[row[inside], column[inside]] = True
    return found


def _axis(axis: Any, name: str, values: Values, words: Words) -> None:
    """Label with unit, and ticks at the values of cells, thinned if they are many."""
    axis.set_label_text(words.label(name))
    step = -(-len(values) // 9) if _is_numeric(values) else 1
    positions = _positions(values)[::step]
    axis.set_ticks(positions, [words.value(name, value) for value in values[::step]])


def _heading(axes: Axes, one: Map, words: Words, letter: str) -> None:
    """Title in bold, and below it what is held and how many runs there are."""
    told = [one.fixed, words.say("figure.runs_per_cell", runs=one.runs)]
    _title(axes, f"{letter}  {one.title}".strip(), "; ".join(text for text in told if text), 4.0)


def _colour_bar(figure: Figure, places: Sequence[Axes], words: Words) -> None:
    bar = figure.colorbar(places[0].collections[0], ax=places, fraction=0.05, pad=0.02, aspect=28)
    bar.set_label(words.say("figure.share_broken"))
    bar.set_ticks([0, 0.25, 0.5, 0.75, 1], labels=[words.percent(share) for share in (0, 0.25, 0.5, 0.75, 1)])
    bar.ax.axhline(0.5, **OBSERVED)
    _stand_out(bar.ax.lines[-1], OBSERVED["linewidth"])


# --- one condition --------------------------------------------------------------------------------


def line_diagram(
    x: str,
    x_values: Values,
    share: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    runs: str,
    lines: Sequence[Line],
    words: Words,
    caption: str,
    title: str,
) -> Figure:
    """Share of runs broken down over one parameter with intervals; theory as upright lines at its x."""
    with matplotlib.rc_context(STYLE):
        figure = _figure(6.4, 4.2)
        axes = figure.subplots()
        order = _order(x_values)
        columns = np.array([_positions(x_values), share, low, high], dtype=float)[:, order]
        entries = _bars(axes, columns, _is_numeric(x_values), words)
        entries |= _upright(axes, lines, words) if _is_numeric(x_values) else {}
        _axis(axes.xaxis, x, tuple(x_values[i] for i in order), words)
        _slant_long_words(axes, x_values)
        _percent_axis(axes, words.say("figure.share_broken"), words)
        _title(axes, title, words.say("figure.runs_per_value", runs=runs), 5.5)
        _finish(figure, caption, entries)
    return figure


def _bars(axes: Axes, columns: np.ndarray, joined: bool, words: Words) -> dict[str, Any]:
    """Shares with their intervals; rows of ``columns`` are positions, shares, lower and upper ends."""
    at, share, low, high = columns
    edges = _edges(at)
    axes.set_xlim(edges[0], edges[-1])
    axes.axhline(0.5, color="#999999", linewidth=0.8, zorder=1)
    axes.vlines(at, low, high, color=BLUE, linewidth=1.4, zorder=2)
    style: dict[str, Any] = {
        "color": BLUE,
        "linestyle": "-" if joined else "none",
        "marker": "o",
        "markersize": 5,
        "linewidth": 1.0,
    }
    axes.plot(at, share, zorder=3, clip_on=False, **style)
    return {
        words.say("figure.share_broken"): Line2D([], [], **style),
        words.say("figure.interval"): Line2D([], [], color=BLUE, linestyle="none", marker="|", markersize=11),
        words.say("figure.half"): Line2D([], [], color="#999999", linewidth=0.8),
    }


def _upright(axes: Axes, lines: Sequence[Line], words: Words) -> dict[str, Any]:
    """Upright lines of theory that lie within the axes."""
    entries: dict[str, Any] = {}
    left, right = axes.get_xlim()
    for line in lines:
        inside = [x for x, _ in line.points if left <= x <= right]
        for x in inside:
            axes.axvline(x, zorder=4, **_style(line.key))
        if inside:
            entries[words.say(line.key)] = Line2D([], [], **_style(line.key))
    return entries


def _percent_axis(axes: Axes, label: str, words: Words) -> None:
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel(label)
    shares = (0, 0.25, 0.5, 0.75, 1)
    axes.set_yticks(shares, [words.percent(share) for share in shares])


# --- a border as a curve --------------------------------------------------------------------------


def border_diagram(
    x: str,
    x_values: Values,
    y: str,
    y_range: tuple[float, float],
    rows: Sequence[Mapping[str, Any]],
    words: Words,
    caption: str,
    title: str,
    told: str,
    labels: Mapping[str, str],
) -> Figure:
    """Simulated borders of one parameter over the values of another, with their intervals and the lines beside them.

    ``rows`` has an entry for each value: value, low, high, closed_form, exact (None where there is none) and the
    outcome of the search (met, holds, pays, open), with ``above`` if cooperation fails above the border. ``labels``
    names the lines of closed_form and exact.
    """
    with matplotlib.rc_context(STYLE):
        figure = _figure(6.4, 4.2)
        axes = figure.subplots()
        order = _order(x_values)
        at = np.array(x_values, dtype=float)[order]
        columns = {
            key: np.array([np.nan if rows[i][key] is None else rows[i][key] for i in order], dtype=float)
            for key in ("value", "low", "high", "closed_form", "exact")
        }
        axes.fill_between(at, columns["low"], columns["high"], color=BLUE, alpha=0.25, linewidth=0)
        axes.vlines(at, columns["low"], columns["high"], color=BLUE, linewidth=4, alpha=0.35)
        axes.plot(at, columns["value"], color=BLUE, marker="o", markersize=5, linewidth=1.4)
        entries: dict[str, Any] = {
            words.say("border.curve_observed"): axes.lines[-1],
            words.say("border.band"): Patch(facecolor=BLUE, alpha=0.3),
        }
        for key, style in (  # with markers, since a point of its own has no line to show it
            ("closed_form", {**THEORY["typical"], "marker": "s", "markersize": 6, "fillstyle": "none"}),
            ("exact", {**THEORY["weakest"], "color": ORANGE, "marker": ".", "markersize": 6}),
        ):
            if np.isfinite(columns[key]).any():
                axes.plot(at, columns[key], zorder=4, **style)
                entries[labels[key]] = axes.lines[-1]
        entries |= _without_border(axes, at, [rows[i] for i in order], y_range, words)
        _axis(axes.xaxis, x, tuple(x_values[i] for i in order), words)
        axes.set_ylabel(words.label(y))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.value(y, round(value, 6))))
        known = np.concatenate([values[np.isfinite(values)] for values in columns.values()])
        room = 0.08 * max(float(np.ptp(known)), 0.05 * (y_range[1] - y_range[0])) if known.size else 0.0
        ends = (known.min() - room, known.max() + room) if known.size else y_range
        axes.set_ylim(max(y_range[0] - room, ends[0]), min(y_range[1] + room, ends[1]))
        _title(axes, title, told, 5.5)
        _finish(figure, caption, entries)
    return figure


def _without_border(
    axes: Axes, at: np.ndarray, rows: Sequence[Mapping[str, Any]], y_range: tuple[float, float], words: Words
) -> dict[str, Any]:
    """Mark the values at which nothing was crossed, at the foot of the panel."""
    entries: dict[str, Any] = {}
    for outcome, marker in (("holds", "^"), ("pays", "v"), ("open", "x")):
        places = [place for place, row in zip(at, rows, strict=True) if row["outcome"] == outcome]
        if places:
            style: dict[str, Any] = {"linestyle": "none", "marker": marker, "color": ORANGE, "markersize": 7}
            transform = axes.get_xaxis_transform()
            axes.plot(places, [0.02] * len(places), transform=transform, clip_on=False, zorder=6, **style)
            entries[words.say(f"border.none_{outcome}")] = axes.lines[-1]
    return entries


# --- one scenario over time -----------------------------------------------------------------------


def time_course(
    series: "pd.DataFrame",
    words: Words,
    caption: str,
    title: str,
    level: float,
    functions: int,
    fell_at: Sequence[int | None],
) -> Figure:
    """Runs of one scenario over the rounds: cooperation; true and detected cases; modi and functions.

    Parameters
    ----------
    series : a row per replicate and round, columns of ``sim.history.SERIES`` and ``window_cooperation_rate``.
    level : cooperation rate below which cooperation is broken.
    functions : functions that parties hold; 0 leaves gaps and duplications out.
    fell_at : round of breakdown of each run, None if it held.
    """
    with matplotlib.rc_context(STYLE):
        active = bool(series["active"].any())
        panels: list[Callable[[Axes], None]] = [lambda axes: _cooperation(axes, series, words, level, fell_at)]
        panels += [lambda axes: _cases(axes, series, words)] if active else []
        panels += [lambda axes: _cover(axes, series, words, functions)] if active or functions else []
        figure = _figure(7.8, 0.9 + 2.1 * len(panels))
        places = list(figure.subplots(len(panels), 1, sharex=True, squeeze=False).flat)
        for panel, axes in zip(panels, places, strict=True):
            panel(axes)
            axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        places[-1].set_xlabel(words.say("figure.axis_round"))
        places[-1].set_xlim(0, max(1, int(series["round"].max())))
        _title(places[0], title, _runs_told(series, words), 4.6)
        _finish(figure, caption, {})
    return figure


def _runs_told(series: "pd.DataFrame", words: Words) -> str:
    lengths = series.groupby("replicate")["round"].size()
    runs = len(lengths)
    if runs == 1:
        return words.say("figure.one_run")
    told = words.say("figure.runs", runs=words.number(runs))
    return told if lengths.nunique() == 1 else f"{told}; {words.say('figure.ends_by_chance')}"


def _wide(series: "pd.DataFrame", values: "pd.Series") -> Series:
    """One row per run and one column per round of values that go with the rows of the series."""
    import pandas as pd

    frame = pd.DataFrame({"replicate": series["replicate"], "round": series["round"], "value": values})
    wide = frame.pivot(index="replicate", columns="round", values="value")
    return wide.columns.to_numpy(), wide.to_numpy(dtype=float)


def _course(axes: Axes, course: Series, label: str, band: bool = True, **style: Any) -> None:
    """Median of the runs and the band from 10 to 90 %; a round in which no run has a value stays empty."""
    rounds, values = course
    known = ~np.isnan(values).all(axis=0)
    low, median, high = np.full((3, rounds.size), np.nan)
    if known.any():
        low[known], median[known], high[known] = np.nanquantile(values[:, known], (0.1, 0.5, 0.9), axis=0)
    if band and len(values) > 1:
        axes.fill_between(rounds, low, high, color=style["color"], alpha=0.22, linewidth=0)
    axes.plot(rounds, median, label=label, linewidth=1.8, **style)


def _cooperation(axes: Axes, series: "pd.DataFrame", words: Words, level: float, fell_at: Sequence[int | None]) -> None:
    rounds, values = _wide(series, series["window_cooperation_rate"])
    _course(axes, (rounds, values), words.say("series.window_cooperation_rate"), color=BLUE)
    if len(values) > 1:
        axes.plot(rounds, values.T, color="#555555", linewidth=0.5, alpha=0.6)
        axes.plot([], [], color="#555555", linewidth=0.8, label=words.say("figure.single"))
    told = words.say("figure.level", level=words.percent(level))
    axes.axhline(level, color="black", linewidth=1.0, linestyle=(0, (5, 2)), label=told)
    fallen = [at for at in fell_at if at is not None]
    if fallen:
        style: dict[str, Any] = {
            "linestyle": "none",
            "marker": "v",
            "markersize": 5,
            "color": ORANGE,
            "zorder": 5,
        }
        axes.plot(fallen, [level] * len(fallen), label=words.say("figure.fell"), **style)
    _percent_axis(axes, words.say("figure.axis_cooperation"), words)


def _cases(axes: Axes, series: "pd.DataFrame", words: Words) -> None:
    _course(axes, _wide(series, series["true_cases"]), words.say("series.true_cases"), color=ORANGE)
    detected = _wide(series, series["detected_cases"])
    _course(axes, detected, words.say("series.detected_cases"), color=BLUE, linestyle=(0, (5, 2)))
    axes.set_ylim(bottom=0)
    axes.set_ylabel(words.say("figure.axis_cases"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.value("", round(value, 6))))


def _cover(axes: Axes, series: "pd.DataFrame", words: Words, functions: int) -> None:
    active = bool(series["active"].any())
    if active:
        share = series["uncovered"] / series["active"].where(series["active"] > 0)
        _course(axes, _wide(series, share), words.say("series.uncovered"), color=ORANGE)
    if functions:
        dashes = {"gaps": (0, (5, 2)), "duplications": (0, (1, 1.3))}
        for name, colour in (("gaps", BLUE), ("duplications", GREEN)):
            course = _wide(series, series[name] / functions)
            _course(axes, course, words.say(f"series.{name}"), band=False, color=colour, linestyle=dashes[name])
    of_functions = "figure.axis_cover" if active else "figure.axis_cover_functions"
    _percent_axis(axes, words.say(of_functions if functions else "figure.axis_cover_modi"), words)


# --- a tournament ---------------------------------------------------------------------------------


def score_map(names: Sequence[str], score: np.ndarray, words: Words, caption: str, told: str) -> Figure:
    """Payoff per round of the strategy of the row against that of the column, the number in each cell.

    ``score`` has shape (strategies, strategies); ``told`` says who played how long under what conditions.
    """
    with matplotlib.rc_context(STYLE):
        count = len(names)
        size = max(3.2, 0.46 * count)
        figure = _figure(size + 2.7, size + 1.3)
        axes = figure.subplots()
        shown = axes.imshow(score, cmap=COLOURS, aspect="equal")
        depth: Any = shown.norm(score)
        for row, column in np.ndindex(score.shape):
            colour = "white" if depth[row, column] > 0.55 else "black"
            text = words.number(float(score[row, column]), 2)
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=7)
        axes.set_yticks(range(count), names)
        axes.set_xticks(range(count), names, rotation=40, ha="right", rotation_mode="anchor")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_ylabel(words.say("figure.axis_own_strategy"))
        axes.set_xlabel(words.say("figure.axis_other_strategy"))
        bar = figure.colorbar(shown, ax=axes, fraction=0.05, pad=0.02, aspect=28)
        bar.set_label(words.say("figure.axis_score"))
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.value("", round(value, 6))))
        _title(axes, words.say("figure.scores"), told, size)
        _finish(figure, caption, {})
    return figure


PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
"""The palette of Okabe and Ito; more strategies than colours are hatched."""
HATCHES = ("", "///", "...", "xxx")


def _look(place: int) -> dict[str, Any]:
    return {"facecolor": PALETTE[place % len(PALETTE)], "hatch": HATCHES[place // len(PALETTE) % len(HATCHES)]}


def share_diagram(names: Sequence[str], shares: np.ndarray, words: Words, caption: str, told: str) -> Figure:
    """Shares of strategies over generations, one on the other; ``shares`` has shape (generations + 1, strategies)."""
    with matplotlib.rc_context(STYLE):
        figure = _figure(7.2, 4.0)
        axes = figure.subplots()
        looks = [_look(place) for place in range(len(names))]
        areas = axes.stackplot(range(len(shares)), shares.T[::-1], edgecolor="white", linewidth=0.5)
        for area, look in zip(areas, looks[::-1], strict=True):
            area.set(**look)
        axes.set_xscale("function", functions=(np.sqrt, np.square))  # most is decided early, and 0 must be seen
        axes.set_xlim(0, len(shares) - 1)
        last = len(shares) - 1
        ticks = sorted({round(last * part**2) for part in (0, 0.1, 0.2, 0.4, 0.6, 0.8, 1)})
        axes.set_xticks(ticks, [words.number(tick) for tick in ticks])
        axes.set_xlabel(words.say("figure.axis_generation"))
        _percent_axis(axes, words.say("figure.axis_ecology"), words)
        axes.set_ylim(0, 1)
        _title(axes, words.say("figure.ecology"), told, 5.6)
        entries = {name: Patch(edgecolor="white", **look) for name, look in zip(names, looks, strict=True)}
        _finish(figure, caption, entries)
    return figure


def automaton_diagram(rule: Automaton, words: Words, caption: str) -> Figure:
    """A strategy as states and arrows."""
    with matplotlib.rc_context(STYLE):
        width, height = diagram.size(rule)
        figure = _figure(width + 0.2, height + 0.8)
        axes = figure.subplots()
        entries = diagram.draw(axes, rule, words)
        _title(axes, words.value("strategy", rule.name), words.say("figure.automaton"), width - 0.2)
        _finish(figure, caption, entries)
    return figure


# --- frame and files ------------------------------------------------------------------------------


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _title(axes: Axes, title: str, told: str, width: float) -> None:
    """Heading in bold and what is told below it, both above the panel, wrapped to about so many inches."""
    heading = textwrap.wrap(title, int(width / 0.09))
    below = textwrap.wrap(told, int(width / 0.062))
    axes.set_title("\n".join(heading), loc="left", fontweight="bold", pad=8 + 11 * len(below))
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "fontsize": 8}
    axes.annotate("\n".join(below), (0, 1), (0, 6), color="#333333", **place)


def _finish(figure: Figure, caption: str, entries: dict[str, Any]) -> None:
    """Give legend and caption rooms of their own below the panels, and grow the figure by as much."""
    width, height = figure.get_size_inches()
    lines = _wrapped(caption, width)
    columns = _legend_columns(entries, width)
    below = len(lines) * CAPTION_SIZE * 1.25 / 72 + 2 * MARGIN
    deep = below + -(-len(entries) // columns) * 0.19 + (0.1 if entries else 0)
    whole = height + deep
    figure.set_size_inches(width, whole)
    box = (0.01, deep / whole, 0.98, 1 - (deep + 0.06) / whole)
    figure.get_layout_engine().set(rect=box, w_pad=0.08)  # type: ignore[union-attr, call-arg]
    if entries:
        style: dict[str, Any] = {
            "loc": "lower center",
            "bbox_to_anchor": (0.5, below / whole),
            "borderaxespad": 0,
            "borderpad": 0,
        }
        figure.legend(list(entries.values()), list(entries), ncols=columns, handlelength=3.2, **style)
    small: dict[str, Any] = {
        "fontsize": CAPTION_SIZE,
        "family": "DejaVu Sans Mono",
        "color": "#333333",
        "va": "bottom",
    }
    figure.text(MARGIN / width, MARGIN / whole, "\n".join(lines), **small)


def _legend_columns(entries: Iterable[str], width: float) -> int:
    """As many columns as fit, at most four: a letter takes about 0.065 inches, handle and gap 0.75."""
    longest = max((len(text) for text in entries), default=1)
    return max(1, min(4, len(list(entries)), int(width / (0.065 * longest + 0.75))))


def _wrapped(caption: str, width: float) -> list[str]:
    """Lines of a caption in a type whose letters are all 0.602 of its size wide."""
    letters = int((width - 2 * MARGIN) * 72 / (CAPTION_SIZE * 0.602)) - 1
    lines = [textwrap.wrap(line, letters, break_on_hyphens=False) for line in caption.splitlines()]
    return [part for line in lines for part in line]


def save(figure: Figure, path_without_suffix: Path) -> list[Path]:
    """Write PNG and SVG without dates, so that the same figure gives the same bytes; returns the paths."""
    path_without_suffix.parent.mkdir(parents=True, exist_ok=True)
    paths = [path_without_suffix.with_name(path_without_suffix.name + suffix) for suffix in (".png", ".svg")]
    with matplotlib.rc_context(STYLE):
        own, figure.dpi = figure.dpi, PIXELS_PER_INCH
        figure.draw_without_rendering()  # finds the layout, once for both files
        figure.set_layout_engine("none")
        FigureCanvasAgg(figure).print_png(paths[0], metadata={"Software": None})  # type: ignore[no-untyped-call]
        figure.dpi = own
        FigureCanvasSVG(figure).print_svg(paths[1], metadata={"Date": None})  # type: ignore[no-untyped-call]
    return paths
