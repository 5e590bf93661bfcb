"""Figures say what they show, with units, runs and the command, and draw no border that was not crossed."""

import hashlib
from dataclasses import replace
from itertools import product
from math import inf, nan

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.contour import ContourSet
from matplotlib.text import Text

from experiments.figures import Line, Map, line_diagram, phase_diagram, save, time_course
from experiments.summary import wilson
from experiments.words import words
from sim.batch import play as batch
from sim.encoding import encode
from sim.tables import series_columns
from tests.cases import case

CAPTION = "python -m experiments.sweep -m trafficking.government_lag=0,4,8,12 parties.ministries=2,10,18,26\n"
CAPTION += "Configuration 1a2b3c4d5e."
THEORY = (
    Line("lines.typical", ((inf, 2.0), (14.0, 18.0), (3.0, 26.0))),
    Line("lines.weakest", ((9.0, 18.0), (-inf, 26.0))),
)
CROSSED = np.array([[0.0, 0.0, 0.0, 0.1], [0.0, 0.0, 0.2, 0.4], [0.0, 0.3, 0.6, 0.9], [0.4, 0.9, 1.0, 1.0]])


def a_map(share=CROSSED, **changes):
    """A map of shares over government lag and ministries."""
    share = np.asarray(share, dtype=float)
    rows, columns = share.shape
    x, y = tuple(range(0, 4 * columns, 4)), tuple(range(2, 2 + 8 * rows, 8))
    made = Map(
        "Lag",
        "trafficking.government_lag",
        "parties.ministries",
        x,
        y,
        share,
        np.full(share.shape, "ok"),
        THEORY,
        20,
        "d 3 rounds",
    )
    return replace(made, **changes)


def drawn(figure):
    """The same figure after it has been drawn, since positions are known only then."""
    figure.canvas.draw()
    return figure


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text() and text.get_visible()]


def legend(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def contours(axes):
    return [child for child in axes.get_children() if isinstance(child, ContourSet)]


def diagram(*maps, language="en"):
    told = words(language)
    figure = drawn(phase_diagram(maps or (a_map(),), told, CAPTION))
    assert told.missing == []
    return figure


def course(series, language="en", functions=11, fell_at=(), caption=CAPTION):
    told = words(language)
    figure = drawn(time_course(series, told, caption, "Indonesia", 0.5, functions, list(fell_at)))
    assert told.missing == []
    return figure


def series_of(base, replicates, changes=None):
    made = case(base, changes)
    world, played = batch(encode([made]), [0] * replicates, range(replicates), [1] * replicates)
    run, columns = series_columns(encode([made]), world, played)
    return pd.DataFrame({"replicate": run, **columns})


@pytest.fixture(scope="module")
def indonesia():
    return series_of("indonesia_2019_2023", 3)


def one_axis(
    language="en", x_values=(0, 4, 8), share=(0.1, 0.5, 1.0), x="information.response_lag", lines=()
):
    ends = np.array([wilson(round(10 * s), 10) for s in share])
    told = words(language)
    figure = drawn(
        line_diagram(x, x_values, share, ends[:, 0], ends[:, 1], 10, lines, told, CAPTION, "One condition")
    )
    assert told.missing == []
    return figure


FIGURES = {
    "one map": lambda language, _: diagram(language=language),
    "two maps": lambda language, _: diagram(a_map(), a_map(), language=language),
    "four maps": lambda language, _: diagram(*[a_map()] * 4, language=language),
    "one condition": lambda language, _: one_axis(language, lines=(Line("lines.typical", ((5.0, 0.0),)),)),
    "time course": lambda language, series: course(series, language, fell_at=[40, None, 46]),
}


@pytest.fixture(scope="module", params=product(FIGURES, ["en", "id"]), ids=" ".join)
def figure(request, indonesia):
    kind, language = request.param
    return FIGURES[kind](language, indonesia)


def test_the_command_and_the_configuration_stand_below_every_figure(figure):
    whole = " ".join(texts(figure)).replace("\n", " ")
    assert " ".join(CAPTION.split()) in whole


def test_nothing_is_cut_off(figure):
    width, height = figure.canvas.get_width_height()
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible():
            box = text.get_window_extent()
            assert (box.x0 >= 0, box.y0 >= 0, box.x1 <= width, box.y1 <= height) == (True,) * 4, (
                text.get_text()
            )


def test_the_legend_covers_no_panel_and_the_caption_no_legend(figure):
    caption = figure.texts[0].get_window_extent()
    for box in [legend.get_window_extent() for legend in figure.legends]:
        assert caption.y1 <= box.y0
        assert all(axes.get_tightbbox().y0 >= box.y1 for axes in figure.axes)


def test_the_canvas_needs_no_screen(figure):
    assert type(figure.canvas) is FigureCanvasAgg


# --- the map of two conditions --------------------------------------------------------------------


@pytest.mark.parametrize(
    "language, x, y, runs",
    [
        ("en", "government lag L (rounds)", "ministries (number)", "d 3 rounds; 20 runs per cell"),
        (
            "id",
            "jeda penanganan pemerintah L (putaran)",
            "kementerian dan lembaga (jumlah)",
            "20 simulasi per sel",
        ),
    ],
)
def test_axes_of_a_map_have_units_and_the_runs_are_stated(language, x, y, runs):
    figure = diagram(language=language)
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == (x, y)
    assert any(runs in text for text in texts(figure))


def test_the_centre_of_a_cell_is_its_value():
    mesh = diagram().axes[0].collections[0]
    corners = mesh.get_coordinates()
    centres = (corners[:-1, :-1] + corners[1:, 1:]) / 2
    assert centres[0, :, 0].tolist() == [0, 4, 8, 12]
    assert centres[:, 0, 1].tolist() == [2, 10, 18, 26]
    assert mesh.get_array().reshape(4, 4).tolist() == CROSSED.tolist()


def test_the_observed_border_is_drawn_only_where_it_is_crossed():
    assert len(contours(diagram().axes[0])) == 1
    assert words("en").say("figure.observed") in legend(diagram())
    for share in (np.zeros((4, 4)), np.ones((4, 4)), np.full((4, 4), 0.5), np.full((4, 4), 0.49)):
        figure = diagram(a_map(share))
        assert contours(figure.axes[0]) == []
        assert words("en").say("figure.observed") not in legend(figure)


def test_the_observed_border_lies_where_half_of_the_runs_break():
    straight = np.tile([0.0, 0.25, 0.75, 1.0], (4, 1))
    (contour,) = contours(diagram(a_map(straight)).axes[0])
    assert np.allclose(np.vstack(contour.allsegs[0])[:, 0], 6.0)


def test_theory_names_its_source_and_its_lines_differ_without_colour():
    figure = diagram()
    assert [text for text in legend(figure) if "R25" in text] == [
        "theory R25, typical party",
        "theory R25, weakest party",
    ]
    typical, weakest = figure.axes[0].lines
    assert typical.get_linestyle() == weakest.get_linestyle() == "--"
    assert typical._dash_pattern != weakest._dash_pattern


def test_lines_that_run_to_infinity_leave_the_map_and_do_not_widen_it():
    axes = diagram().axes[0]
    assert axes.get_xlim() == (-2, 14)
    assert axes.get_ylim() == (-2, 30)
    assert axes.lines[0].get_xdata()[0] > 14
    assert axes.lines[1].get_xdata()[-1] < -2
    assert all(line.get_clip_on() for line in axes.lines)


def test_cells_without_a_dilemma_are_hatched_and_failed_cells_are_crossed():
    status = np.full((4, 4), "ok", dtype=object)
    status[0, 0], status[1, 1] = "no_dilemma", "failed"
    share = CROSSED.copy()
    share[0, 0] = share[1, 1] = share[3, 3] = nan
    figure = diagram(a_map(share, status=status))
    assert legend(figure)[-3:] == ["payoffs are no dilemma", "runs failed", "no run"]
    (crosses,) = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert crosses.get_xydata().tolist() == [[4, 10]]
    assert [c.get_hatch() for c in figure.axes[0].collections if c.get_hatch()] == ["////"]


@pytest.mark.parametrize(
    "share",
    [
        np.full((4, 4), nan),
        [[0.0, 0.4, 1.0]],
        [[0.0], [0.4], [1.0]],
        [[0.7]],
        [[nan]],
        [[nan, 0.2], [0.9, nan]],
    ],
    ids=["all nan", "one row", "one column", "one cell", "one bare cell", "corners"],
)
def test_poor_grids_are_drawn_all_the_same(share):
    figure = diagram(a_map(share))
    assert contours(figure.axes[0]) == []


def test_words_on_an_axis_are_ticks_in_the_order_given_without_any_border():
    strategies = ("grim", "tit_for_tat", "alld", "allc")
    across = diagram(a_map(x="strategy", x_values=strategies))
    assert [tick.get_text() for tick in across.axes[0].get_xticklabels()] == [
        "grim",
        "tit for tat",
        "alld",
        "allc",
    ]
    up = diagram(a_map(y="topology.kind", y_values=("complete", "hub", "mandates", "other")), language="id")
    assert [tick.get_text() for tick in up.axes[0].get_yticklabels()][:2] == ["semua terhubung", "satu pusat"]
    for figure in (across, up):
        assert contours(figure.axes[0]) == []
        assert list(figure.axes[0].lines) == []


def test_switches_are_words_and_not_numbers():
    figure = diagram(a_map(CROSSED[:, :2], x="institution.broker.active", x_values=(False, True)))
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["no", "yes"]


def test_values_in_any_order_give_the_same_map():
    turned = a_map(CROSSED[::-1, ::-1], x_values=(12, 8, 4, 0), y_values=(26, 18, 10, 2))
    mesh = diagram(turned).axes[0].collections[0]
    assert mesh.get_array().reshape(4, 4).tolist() == CROSSED.tolist()


def test_uneven_values_keep_their_places_and_many_ticks_are_thinned():
    axes = diagram(a_map(x_values=(0, 1, 10, 12))).axes[0]
    assert axes.get_xticks().tolist() == [0, 1, 10, 12]
    many = diagram(a_map(np.zeros((15, 25)), lines=())).axes[0]
    assert len(many.get_xticks()) <= 9
    assert len(many.get_yticks()) <= 9


def test_the_map_says_where_cooperation_holds_and_where_it_breaks():
    large = np.zeros((9, 8))
    large[5:] = 1.0
    figure = diagram(a_map(large, lines=()))
    places = {text.get_text(): text.get_position()[1] for text in figure.axes[0].texts}
    assert places["cooperation\nholds"] < 0.5 < places["cooperation\nbreaks down"]


def test_panels_are_lettered_three_in_a_row():
    headings = [text for text in texts(diagram(*[a_map()] * 4)) if text.endswith("  Lag")]
    assert headings == ["a  Lag", "b  Lag", "c  Lag", "d  Lag"]


# --- one condition --------------------------------------------------------------------------------


def test_one_condition_has_units_runs_intervals_and_upright_theory():
    figure = one_axis(lines=(Line("lines.typical", ((5.0, 0.0),)), Line("lines.weakest", ((inf, 0.0),))))
    axes = figure.axes[0]
    assert axes.get_xlabel() == "response lag d (rounds)"
    assert "10 runs per value" in texts(figure)
    assert [segment[:, 1].tolist() for segment in axes.collections[0].get_segments()][1] == pytest.approx(
        wilson(5, 10)
    )
    assert "theory R25, typical party" in legend(figure)
    assert "theory R25, weakest party" not in legend(figure)


def test_one_condition_of_words_or_of_one_value_or_without_runs():
    words_only = one_axis(
        x="strategy", x_values=("grim", "alld", "allc"), lines=(Line("lines.typical", ((1.0, 0.0),)),)
    )
    assert [tick.get_text() for tick in words_only.axes[0].get_xticklabels()] == ["grim", "alld", "allc"]
    assert not any("R25" in text for text in legend(words_only))
    one_axis(x_values=(3,), share=(0.4,))
    told = words("en")
    drawn(
        line_diagram(
            "horizon.discount", (0.9, 0.99), [nan, nan], [nan, nan], [nan, nan], 0, (), told, CAPTION, "Bare"
        )
    )


# --- one scenario over time -----------------------------------------------------------------------


def test_a_time_course_has_three_panels_with_units_and_states_its_runs(indonesia):
    figure = course(indonesia, fell_at=[40, None, 46])
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert len(labels) == 3
    assert all("percent" in label or "cases per round" in label for label in labels)
    assert figure.axes[-1].get_xlabel() == "round"
    assert any(text.startswith("3 runs;") for text in texts(figure))


def test_the_median_and_the_falls_are_those_of_the_runs(indonesia):
    axes = course(indonesia, fell_at=[40, None, 46]).axes[0]
    wide = indonesia.pivot(index="round", columns="replicate", values="window_cooperation_rate")
    assert axes.lines[0].get_ydata().tolist() == wide.median(axis=1).tolist()
    (falls,) = [line for line in axes.lines if line.get_marker() == "v"]
    assert falls.get_xdata().tolist() == [40, 46]


def test_true_and_detected_cases_are_separate_series(indonesia):
    axes = course(indonesia).axes[1]
    shown = {line.get_label(): line.get_ydata() for line in axes.lines}
    for name, label in (("true_cases", "true incidence"), ("detected_cases", "detected cases, of all attempts")):
        assert shown[label].tolist() == indonesia.groupby("round")[name].median().tolist()


def test_panels_without_data_are_left_out(indonesia):
    bare = series_of("dyad", 2)
    assert len(course(bare, functions=0).axes) == 1
    assert len(course(bare, functions=3).axes) == 2
    assert len(course(indonesia, functions=0).axes) == 3


def test_one_run_has_no_band(indonesia):
    alone = indonesia[indonesia["replicate"] == 0]
    figure = course(alone, fell_at=[None])
    assert [len(axes.collections) for axes in figure.axes] == [0, 0, 0]
    assert "1 run" in texts(figure)


def test_runs_that_end_by_chance_are_averaged_while_they_last():
    series = series_of("baseline", 3, {"horizon.ending": "random", "horizon.discount": 0.9})
    figure = course(series)
    assert any("runs end by chance" in text.replace("\n", " ") for text in texts(figure))


# --- files ----------------------------------------------------------------------------------------


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    digests = []
    for turn in ("first", "second"):
        paths = save(phase_diagram([a_map(), a_map()], words("en"), CAPTION), tmp_path / turn / "map.v1")
        assert [path.name for path in paths] == ["map.v1.png", "map.v1.svg"]
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in paths])
    assert digests[0] == digests[1]


def test_no_file_holds_a_date(tmp_path):
    png, svg = save(one_axis(), tmp_path / "one")
    assert b"<dc:date>" not in svg.read_bytes()
    assert b"Software" not in png.read_bytes()


def test_long_words_below_an_axis_do_not_run_into_each_other():
    names = ("baseline", "dyad", "indonesia_2019_2023", "many_ministries", "slow_response", "strong_iom")
    told = words("en")
    ends = [0.0] * len(names), [1.0] * len(names)
    figure = drawn(line_diagram("scenario", names, [0.5] * len(names), *ends, 20, (), told, CAPTION, "Scenarios"))
    assert all(tick.get_rotation() == 35 for tick in figure.axes[0].get_xticklabels())
