"""The first sentence of a summary is the answer, and every number in it can be found in the rows."""

import re
from math import inf, sqrt
from statistics import median

import numpy as np
import pytest

from experiments.summary import run_summary, sweep_summary, wilson
from experiments.words import words
from sim.measures import MEASURES
from sim.scenario import Breakdown, Scenario

LAG, PARTIES = "trafficking.government_lag", "parties.ministries"


def row(replicate, broken=False, **values):
    """The row of a run in which each measure has a value of its own that no other has."""
    whole = dict.fromkeys(MEASURES, 0.25) | {
        "cooperation_rate": 0.4 if broken else 0.9,
        "closing_cooperation_rate": 0.1 if broken else 0.95,
        "broken": broken,
        "fell_at": 30 + replicate if broken else None,
        "recovered": False,
        "incentive_broken": False,
        "true_cases": 12000.0 + replicate,
        "detected_cases": 3000.0 + replicate,
    }
    return {"replicate": replicate, "status": "ok", "error": None, **whole, **values}


def failed(replicate):
    return {
        "replicate": replicate,
        "status": "failed",
        "error": "ValueError: no luck",
        **dict.fromkeys(MEASURES),
    }


def rows(broken, held):
    return [row(i, i < broken) for i in range(broken + held)]


def summary(of, language="en", scenario=None):
    told = words(language)
    text = run_summary(of, scenario or Scenario(), "baseline", told)
    assert told.missing == []
    return text


def first(text):
    return text.splitlines()[0]


# --- the interval ---------------------------------------------------------------------------------


def test_wilsons_interval_is_the_published_one():
    assert wilson(7, 10) == pytest.approx((0.397, 0.892), abs=5e-4)


@pytest.mark.parametrize("successes, runs", [(0, 20), (1, 7), (14, 20), (20, 20), (195, 1000)])
def test_wilsons_interval_is_its_formula(successes, runs):
    z, share = 1.959963984540054, successes / runs
    centre = (share + z * z / (2 * runs)) / (1 + z * z / runs)
    half = z / (1 + z * z / runs) * sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs))
    assert wilson(successes, runs) == pytest.approx((centre - half, centre + half), abs=1e-12)


def test_without_a_run_everything_is_possible():
    assert wilson(0, 0) == (0.0, 1.0)


# --- one scenario ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "of, answer",
    [
        (rows(14, 6), "Cooperation broke down in 14 of 20 runs (70 %, 95 % interval 48 to 85 %)."),
        (rows(0, 20), "Cooperation held in all 20 runs (0 % broke down, 95 % interval 0 to 16 %)."),
        (rows(20, 0), "Cooperation broke down in all 20 runs (100 %, 95 % interval 84 to 100 %)."),
        (rows(1, 0), "Cooperation broke down in the one run that was made; one run does not say how often."),
        (rows(0, 1), "Cooperation held in the one run that was made; one run does not say how often."),
        ([failed(0)], "There is no answer: the run failed."),
        ([failed(0), failed(1)], "There is no answer: all 2 runs failed."),
        ([*rows(1, 3), failed(4)], "Cooperation broke down in 1 of 4 runs (25 %, 95 % interval 5 to 70 %)."),
    ],
)
def test_the_first_sentence_is_the_answer(of, answer):
    assert first(summary(of)) == answer


def test_the_answer_in_indonesian():
    answer = "Kerja sama runtuh dalam 14 dari 20 simulasi (70 %, selang 95 % 48 sampai 85 %)."
    assert first(summary(rows(14, 6), "id")) == answer


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("of", [rows(14, 6), rows(0, 3), rows(1, 0), [failed(0)], [failed(0), *rows(1, 1)]])
def test_the_last_line_is_no_forecast_and_nothing_is_left_unsaid(of, language):
    text = summary(of, language)
    assert text.splitlines()[-1] == words(language).say("run.caveat")
    assert "None" not in text
    assert "nan" not in text
    assert "{" not in text
    assert len(text.splitlines()) <= 15


def test_failed_runs_are_counted_and_the_first_error_is_told():
    assert "2 of 5 runs failed; the first error was: ValueError: no luck" in summary(
        [failed(0), failed(1), *rows(1, 2)]
    )


def test_the_definition_of_breakdown_is_that_of_the_scenario():
    scenario = Scenario(breakdown=Breakdown(level=0.35, window=7))
    assert "less than 35 % cooperative acts in the last 7 rounds" in summary(rows(2, 2), scenario=scenario)


def test_where_both_outcomes_occur_each_has_its_own_closing_rate():
    assert "The closing rate was 10 % where cooperation broke down and 95 % where it held." in summary(
        rows(3, 2)
    )
    assert "The closing rate was" not in summary(rows(3, 0))


def test_breakdown_by_incentives_may_be_undefined():
    undefined = [row(i, incentive_broken=None, incentive_failing_links=None) for i in range(3)]
    assert "not defined" in summary(undefined)
    counted = [row(i, incentive_broken=i < 2, incentive_failing_links=0.4) for i in range(3)]
    assert (
        "in 2 of 3 runs leaving cooperation pays on more than half of the links (on 40 % of them)"
        in summary(counted)
    )


def test_what_a_scenario_does_not_have_is_not_told():
    absent = ("gap", "duplication", "uncovered", "true_cases", "detected_cases", "displacement")
    bare = [
        row(i, **dict.fromkeys([*absent, "organization_payoff", "organization_cooperation_rate"]))
        for i in range(2)
    ]
    text = summary(bare)
    assert not re.search("Functions|Traffickers|incidence|Displacement|organizations", text)
    assert "Payoff: ministries 0.2" in text
    assert "no modus was covered" in summary([row(0, displacement=None), row(1, displacement=None)])


NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


@pytest.mark.parametrize("seed", range(5))
def test_every_number_comes_from_the_rows(seed):
    luck = np.random.default_rng(seed)
    shares = [name for name, told in MEASURES.items() if told.unit not in ("yes or no", "round")]
    made = []
    for i in range(9):
        broken = bool(luck.random() < 0.5)
        values = {name: float(luck.random() * 0.98 + 0.01) for name in shares}
        made.append(
            row(i, broken, **values, fell_at=int(luck.integers(90)) if broken else None, recovered=not broken)
        )
    allowed = {"12", "50", "95", "9", "0"}  # window, level and interval; runs; the round counted from
    split = [made, [r for r in made if r["broken"]], [r for r in made if not r["broken"]]]
    for of in split:
        allowed |= {
            str(len(of)),
            *(f"{100 * end:.0f}" for end in wilson(len(of), 9)),
            f"{100 * len(of) / 9:.0f}",
        }
        for name in MEASURES:
            found = [r[name] for r in of if r[name] is not None]
            for value in [median(found), min(found), max(found)] if found else []:
                allowed |= {f"{100 * value:,.0f}", f"{value:,.0f}", f"{value:,.1f}"}
    text = summary(made)
    assert set(NUMBER.findall(text)) <= allowed


# --- a sweep --------------------------------------------------------------------------------------


def cells(shares, runs=20, xs=(0, 6, 12), ys=(2, 14, 30)):
    """Cells of a map; ``shares`` of shape (ys, xs), None for a cell that is no dilemma."""
    made = []
    for y, line in zip(ys, shares, strict=True):
        for x, share in zip(xs, line, strict=True):
            low, high = (None, None) if share is None else wilson(round(share * runs), runs)
            status = "no_dilemma" if share is None else "ok"
            told = {"share_broken": share, "low": low, "high": high, "runs": 0 if share is None else runs}
            made.append({LAG: x, PARTIES: y, **told, "status": status})
    return made


MIXED = [[0.0, 0.1, 0.2], [0.0, 0.4, 0.9], [0.8, 1.0, 1.0]]
BORDERS = [
    {"y": 2, "observed": None, "typical": inf, "weakest": inf},
    {"y": 14, "observed": 7.2, "typical": 9.26, "weakest": 6.5},
    {"y": 30, "observed": None, "typical": -0.3, "weakest": -inf},
]


def columns(of):
    """Rows as columns, nan for what is not known."""
    nan = float("nan")
    made = {name: np.array([nan if row[name] is None else row[name] for row in of]) for name in of[0]}
    return {name: column.astype(object) if column.dtype.kind == "U" else column for name, column in made.items()}


def sweep(of, borders=BORDERS, failed=0, language="en", axes=(LAG, PARTIES)):
    told = words(language)
    text = sweep_summary("actors_by_lag", columns(of), axes, borders, failed, told)
    assert told.missing == []
    return text


@pytest.mark.parametrize(
    "shares, answer",
    [
        (MIXED, "Cooperation breaks down in 4 of 9 cells (more than half of their runs)."),
        ([[0.0] * 3] * 3, "Cooperation breaks down in none of 9 cells (more than half of their runs)."),
        ([[1.0] * 3] * 3, "Cooperation breaks down in all 9 cells (more than half of their runs)."),
        ([[None, 0.2, 0.6]] * 3, "Cooperation breaks down in 3 of 6 cells (more than half of their runs)."),
        ([[None] * 3] * 3, "There is no answer: no cell has a run that counts."),
        ([[0.5] * 3] * 3, "Cooperation breaks down in none of 9 cells (more than half of their runs)."),
    ],
)
def test_the_first_sentence_of_a_sweep_is_the_answer(shares, answer):
    assert first(sweep(cells(shares))) == answer


def test_the_table_sets_the_observed_border_beside_that_of_theory():
    text = sweep(cells(MIXED))
    lines = {
        line.split()[0]: " ".join(line.split()[1:]) for line in text.splitlines() if line.startswith("  ")
    }
    assert lines["2"] == "no crossing in range (holds) never breaks never breaks"
    assert lines["14"] == "7.2 9.3 6.5"
    assert lines["30"] == "no crossing in range (breaks) below 0 always breaks"
    assert "government lag L (rounds) at which half of the runs break down:" in text
    assert "ministries (number)" in text


def test_the_certain_and_the_open_cells_add_up():
    found = re.search(r"In (\d+) cells .* above one half, in (\d+) below, in (\d+) it", sweep(cells(MIXED)))
    assert [int(count) for count in found.groups()] == [4, 4, 1]


def test_what_is_left_out_is_counted():
    text = sweep(cells([[None, None, 0.0], [0.0] * 3, [1.0] * 3]), failed=3)
    assert "Left out: 2 cells in which the payoffs are no dilemma." in text
    assert "Left out: 3 runs that failed." in text
    assert "Left out" not in sweep(cells(MIXED))


def test_a_third_axis_has_a_column_and_rows_of_its_own():
    attention = "interaction.attention"
    of = [
        {**cell, attention: a}
        for a, share in ((1.0, [[1.0] * 3]), (2.5, [[0.0] * 3]))
        for cell in cells(share, ys=(2,))
    ]
    silent = {"y": 2, "observed": None, "typical": None, "weakest": None}
    text = sweep(of, [{**silent, attention: a} for a in (1.0, 2.5)], axes=(LAG, PARTIES, attention))
    assert [line.split() for line in text.splitlines() if line.startswith("  ")][1:] == [
        ["2", "1", "no", "crossing", "in", "range", "(breaks)"],
        ["2", "2.5", "no", "crossing", "in", "range", "(holds)"],
    ]


def test_one_axis_has_one_row_and_theory_may_be_silent():
    of = [{**cell, PARTIES: None} for cell in cells([[0.1, 0.5, 1.0]], ys=(2,))]
    border = {"y": None, "observed": 6.0, "typical": None, "weakest": None}
    text = sweep(of, [border], axes=(LAG,))
    assert [line.split() for line in text.splitlines() if line.startswith("  ")] == [["observed"], ["6.0"]]


def test_words_on_an_axis_and_no_border_at_all():
    of = [{**cell, "strategy": "grim"} for cell in cells(MIXED)]
    assert first(sweep(of, [], axes=("strategy", LAG))).startswith("Cooperation breaks down in 4 of 9")


@pytest.mark.parametrize("shares", [MIXED, [[None] * 3] * 3])
def test_a_sweep_in_indonesian_has_all_its_words(shares):
    text = sweep(cells(shares), language="id", failed=1)
    assert text.splitlines()[-1].startswith("Ilustrasi, bukan ramalan")
    assert "None" not in text


def test_more_runs_in_some_cells_are_told_as_a_range():
    of = cells(MIXED)
    of[0]["runs"] = 40
    assert "runs per cell: 20-40" in sweep(of)


def test_wilsons_interval_is_that_of_the_library():
    from scipy.stats import binomtest

    for runs in (1, 2, 7, 20, 400):
        for successes in {0, 1, runs // 2, runs - 1, runs}:
            theirs = binomtest(successes, runs).proportion_ci(0.95, method="wilson")
            assert wilson(successes, runs) == pytest.approx((theirs.low, theirs.high), abs=1e-14)
