"""Beside a border: closed forms on their domain and nowhere else, exact values, reasons in both languages."""

import ast
from math import floor, sqrt
from pathlib import Path

import numpy as np
import pytest

from experiments import beside, figures, telling
from experiments.beside import Beside, closed_form, exact_value
from experiments.cells import border_rows, cell_columns
from experiments.compose import settings
from experiments.crossings import HOLDS, Border
from experiments.execute import execute
from experiments.grid import designs
from experiments.margins import formula
from experiments.question import each, read
from experiments.reasons import NoLine, Reason
from experiments.search import Answer, search
from experiments.telling import record, summary
from experiments.words import catalogue, words
from sim import theory

ROOT = Path(__file__).resolve().parents[1]
DISCOUNT, LAG = "axis=horizon.discount", "axis=information.response_lag"
ERROR, SLIPS = "axis=information.action_error", "information.action_error=.05"
ROUNDING = 1e-8
"""Roots of brentq, 1e-10 of the parameter, times slopes of up to some tens."""


def dyad(*line):
    return read(["scenario=dyad", *line])


def dilemma(rng, additive):
    """Payoffs with room between them; where they are additive, a defection gains the same whatever the other does."""
    punishment, benefit, cost = rng.uniform(-1, 1), rng.uniform(2, 3), rng.uniform(0.3, 0.9)
    told = {"temptation": punishment + benefit, "reward": punishment + benefit - cost}
    told |= {"punishment": punishment, "sucker": punishment - cost * (1 if additive else rng.uniform(0.2, 0.7))}
    return [f"game.{name}={float(value)!r}" for name, value in told.items()]


def told_of(question, language="en"):
    answer = search(question)
    both = closed_form(question), exact_value(question)
    return summary(question, answer, both, words(language)), answer, both


# --- closed forms with errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_with_additive_payoffs_tit_for_tat_that_errs_has_the_exact_border_r12(seed):
    rng = np.random.default_rng(seed)
    strategy = rng.choice(["tit_for_tat", "generous_tit_for_tat"])
    errors = {"action_error": rng.uniform(0.01, 0.1), "miss": rng.uniform(0, 0.1), "false_alarm": rng.uniform(0, 0.1)}
    chances = [f"information.{name}={float(value)!r}" for name, value in errors.items()]
    line = [f"strategy={strategy}", *dilemma(rng, additive=True), *chances]
    question = dyad(DISCOUNT, *line, f"information.response_lag={rng.integers(0, 3)}")
    closed, exact = closed_form(question), exact_value(question)
    assert closed.formula == ("R12",)
    assert closed.value == pytest.approx(exact.value, abs=ROUNDING)


@pytest.mark.parametrize("seed", range(6))
def test_trigger_that_slips_has_the_exact_border_whatever_the_payoffs_a7(seed):
    rng = np.random.default_rng(seed)
    slips = f"information.action_error={rng.uniform(0.005, 0.1)}"
    question = dyad(DISCOUNT, "strategy=trigger", *dilemma(rng, additive=False), slips)
    closed, exact = closed_form(question), exact_value(question)
    assert closed.formula == ("A7",)
    assert closed.value == pytest.approx(exact.value, abs=ROUNDING)


@pytest.mark.parametrize(
    "line",
    [
        [ERROR, "strategy=tit_for_tat", "game=prisoners_dilemma", "horizon.discount=.8", "high=.4"],
        [ERROR, "strategy=trigger", "horizon.discount=.6", "high=.3"],
        ["axis=information.false_alarm", "game=prisoners_dilemma", "horizon.discount=.8"],
        ["axis=information.miss", "game=prisoners_dilemma", "horizon.discount=.8", SLIPS],
        ["axis=interaction.attention", "game=prisoners_dilemma", "horizon.discount=.7", SLIPS, "low=.1", "high=1"],
        ["axis=game.temptation", "strategy=trigger", "horizon.discount=.6", SLIPS, "low=3.5", "high=9"],
    ],
)
def test_along_a_chance_or_a_payoff_the_closed_form_with_errors_is_the_exact_border(line):
    question = dyad(*line)
    closed = closed_form(question)
    assert set(closed.formula) <= {"R12", "R22", "A7"}
    assert closed.value == pytest.approx(exact_value(question).value, abs=1e-6)


OFF = {
    "payoffs that do not add up": [SLIPS],
    "grim, which overlooks its own slip": [SLIPS, "strategy=grim", "game=prisoners_dilemma"],
    "trigger with a lag": [SLIPS, "strategy=trigger", "information.response_lag=1"],
    "trigger that misses": [SLIPS, "strategy=trigger", "information.miss=.1"],
    "trigger that attends to half": [SLIPS, "strategy=trigger", "interaction.attention=.5"],
}


@pytest.mark.parametrize("case", OFF)
def test_off_its_domain_there_is_no_number_but_the_reason_and_what_it_would_be_without_slips(case):
    question, clean = dyad(DISCOUNT, *OFF[case]), dyad(DISCOUNT, *[word for word in OFF[case] if word != SLIPS])
    closed = closed_form(question)
    assert (closed.value, closed.formula, closed.reason.key) == (None, (), "action_error")
    assert closed.without_slips == closed_form(clean).value
    assert record(question, Answer(Border(HOLDS), 0), (closed, exact_value(question)))["closed_form"] is None


@pytest.mark.parametrize("additive", [True, False])
def test_on_either_side_of_additive_payoffs_there_is_a_line_or_none(additive):
    rng = np.random.default_rng(3)
    for errs in (SLIPS, "information.false_alarm=.05"):
        closed = closed_form(dyad(DISCOUNT, *dilemma(rng, additive), errs))
        assert (closed.value is not None) == additive
        assert additive or closed.reason.key in ("action_error", "false_alarms")


@pytest.mark.parametrize("axis", [ERROR, "axis=information.false_alarm", "axis=game.reward"])
def test_along_a_parameter_that_leaves_the_domain_there_is_no_line(axis):
    more = [] if "information" in axis else [SLIPS, "low=2.6", "high=4.5"]
    assert closed_form(dyad(axis, *more)).value is None  # T - R = 2, P - S = 1


def test_a_parameter_that_is_in_no_formula_has_no_line_rather_than_no_crossing():
    closed = closed_form(read(["breakdown=observed", "axis=parties.ministries", "high=20"]))
    assert closed.reason == Reason("not_along", (("axis", "parties.ministries"),))
    calculating = read(["breakdown=observed", "axis=information.action_error"])
    assert closed_form(calculating).reason.key == "not_along"  # the parties do not weigh it


def test_calculating_parties_keep_the_line_they_reckon_by_and_it_is_said_what_it_leaves_out():
    line = ["breakdown=observed", DISCOUNT, "information.response_lag=6", "low=.8", "high=.99"]
    slip, clean = closed_form(read(line)), closed_form(read([*line, "information.action_error=0"]))
    assert slip.value == clean.value
    assert slip.formula == ("R23", "R24", "R25")
    assert "left_out_action_error" in {reason.key for reason in slip.leaves_out}
    assert "left_out_action_error" not in {reason.key for reason in clean.leaves_out}


FORMULA = {
    ("R3",): [],
    ("R4",): ["strategy=grim"],
    ("R11",): ["information.miss=.1"],
    ("R13",): ["strategy=grim", "information.miss=.1"],
    ("R22",): ["interaction.attention=.5"],
    ("R23",): ["strategy=grim", "interaction.attention=.5"],
}


@pytest.mark.parametrize("names", FORMULA)
def test_the_formula_that_is_named_is_the_plainest_that_holds(names):
    asked = settings(["scenario=dyad", *FORMULA[names]])
    assert formula(asked, "horizon.discount") == names
    for language in ("en", "id"):
        told = telling.formulas([Beside(0.5, None, names)], words(language))
        assert all(name in told for name in names)


def test_a_map_of_parties_that_follow_a_rule_and_slip_draws_no_line_of_theory(tmp_path):
    asked = ["scenario=dyad", "horizon.discount=.5,.9", "replicates=2", "horizon.rounds=20"]
    for number, (slips, known) in enumerate((("0", True), (".05", False))):
        line = [*asked, f"information.action_error={slips}", f"folder={tmp_path / str(number)}"]
        (design,) = designs(line, [], "test")
        results = execute(design)
        (row,) = border_rows(results, cell_columns(results))
        assert (row["typical"] is not None) == known
        assert ("action errors" in (row["no_closed_form"] or "")) == (not known)


# --- exact values along whole numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_the_first_lag_at_which_leaving_pays_is_one_above_the_whole_part_of_the_closed_form(seed):
    rng = np.random.default_rng(seed)
    line = [f"strategy={rng.choice(['tit_for_tat', 'grim'])}", f"horizon.discount={rng.uniform(0.75, 0.93)}"]
    question = dyad(LAG, *line, *dilemma(rng, additive=False), "high=12")
    closed, exact, found = closed_form(question), exact_value(question), search(question).border
    if closed.value is None or closed.value >= question.high:
        assert exact.reason.key in ("holds_at_all", "pays_at_all", "too_large_holds")
    else:
        assert exact.value == floor(closed.value) + 1
        assert (found.low, found.high) == (exact.value - 1, exact.value)


@pytest.mark.parametrize("strategy", ["win_stay_lose_shift", "soft_grim", "contrite_tit_for_tat"])
def test_a_lag_of_a_rule_without_a_closed_form_is_where_the_search_has_it(strategy):
    question = dyad(LAG, f"strategy={strategy}", "game.temptation=4.6", "horizon.discount=.9", "high=10")
    exact, found = exact_value(question), search(question).border
    assert closed_form(question).value is None
    assert exact.value == found.high == found.low + 1


def test_at_a_tie_the_lag_still_holds():
    question = dyad(LAG, "strategy=grim", f"horizon.discount={sqrt(0.5)!r}", "high=6")  # theta = 1/2 = w^2, ell = 2
    assert exact_value(question).value == 2
    assert closed_form(question).value == pytest.approx(1)
    text, *_ = told_of(question)
    assert "cooperation holds up to 1, and leaving pays from 2 on" in text


def test_with_misses_the_exact_lag_of_grim_is_that_of_its_closed_form():
    question = dyad(LAG, "strategy=grim", "information.miss=.2", "horizon.discount=.83", "high=12")
    assert exact_value(question).value == floor(closed_form(question).value) + 1


@pytest.mark.parametrize("slow", ["ministry_1", "ministry_2"])
def test_the_lag_of_one_party_alone_has_an_exact_border_too_r7(slow):
    question = dyad(f"axis=parties.named.{slow}.response_lag")
    assert exact_value(question).value == 3  # at w = .9 ell = 3 is the longest that holds
    assert closed_form(question).reason.key == "parties_by_name"


@pytest.mark.parametrize(("discount", "key"), [(0.5, "pays_at_all"), (0.9, "")])
def test_where_nothing_changes_along_a_lag_the_reason_says_which(discount, key):
    reason = exact_value(dyad(LAG, f"horizon.discount={discount}", "high=5")).reason
    assert (reason.key if reason else "") == key
    assert exact_value(dyad(LAG, "horizon.discount=.9", "high=2")).reason.key == "holds_at_all"


def test_where_the_chain_is_too_large_it_is_told_how_far_it_was_solved():
    question = dyad(LAG, "horizon.discount=.98")  # R5: ell = 20 is the longest that holds
    reason = exact_value(question).reason
    assert reason.key == "too_large_holds"
    assert 8 <= dict(reason.values)["last"] < 19
    assert exact_value(dyad(LAG, "horizon.discount=.98", "low=18")).reason.key == "too_large"
    assert exact_value(dyad(LAG, "strategy=tit_for_two_tats", "horizon.discount=.95")).reason.key == "too_large_pays"


def test_where_a_longer_lag_ends_what_a_shorter_one_pays_it_is_the_first_at_which_it_no_longer_does(monkeypatch):
    monkeypatch.setattr(beside, "_gain", lambda settled, *_: 3.5 - settled["information"].response_lag)
    question = dyad(LAG, "high=9")
    exact = exact_value(question)
    assert (exact.value, exact.ends) == (4, True)
    for language, said in (("en", "no longer pays"), ("id", "tidak lagi menguntungkan")):
        assert said in telling._exact(question, exact, words(language))


def test_other_whole_numbers_have_no_exact_value():
    reason = exact_value(dyad("axis=information.response_lag_cap", "low=1", "high=9")).reason
    assert reason == Reason("not_along_exact", (("axis", "information.response_lag_cap"),))


def test_leaving_that_pays_or_not_at_both_ends_is_told_as_such():
    assert exact_value(dyad(DISCOUNT, "high=.6")).reason.key == "pays_at_both_ends"
    assert exact_value(dyad(DISCOUNT, "low=.7")).reason.key == "holds_at_both_ends"


# --- words that do nothing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "idle"),
    [
        ([DISCOUNT, "width=.1"], ["width="]),
        ([DISCOUNT, "width=.1", "seed=4", "replicates=7"], ["width=, replicates=, seed="]),
        ([LAG, "width=.1"], ["width="]),
        ([DISCOUNT], []),
        ([DISCOUNT, "most_runs=5000"], []),
    ],
)
def test_without_chance_the_words_that_do_nothing_are_named_to_who_says_them(line, idle):
    text, *_ = told_of(dyad(*line))
    assert ("had no effect" in text) == bool(idle)
    assert all(words_said in text for words_said in idle)


def test_with_chance_width_has_an_effect_but_along_whole_numbers():
    chance = ["strategy=grim", "information.miss=.2", "horizon.discount=.83", "replicates=10", "width=.2"]
    whole, *_ = told_of(dyad(LAG, "high=6", *chance))
    assert "Whole numbers have nothing between them" in whole
    assert "width= had no effect" in whole
    line = [word for word in chance if not word.startswith("horizon")]
    between, *_ = told_of(dyad(DISCOUNT, "high=.95", *line))
    assert "had no effect" not in between


# --- words ---------------------------------------------------------------------------------------------------------


def test_along_whole_numbers_the_answer_names_both_neighbours():
    text, answer, _ = told_of(dyad(LAG))
    assert text.startswith("Leaving the cooperative rule starts to pay at response lag 3; at 2 it does not.")
    assert (answer.border.low, answer.border.high) == (2, 3)
    indonesian, *_ = told_of(dyad(LAG), "id")
    assert "mulai menguntungkan pada jeda tanggapan 3; pada 2 belum." in indonesian.splitlines()[0]


MAKERS, TABLES = {"NoLine", "Reason", "_none"}, {"reasons", "left_out", "key"}
"""What is called with the key of a reason, and the names under which keys are kept on the way there."""


def keys_of_reasons():
    """Every key of a reason in the source."""
    kept = []
    for name in ("beside", "margins", "reasons", "cells"):
        for node in ast.walk(ast.parse((ROOT / "experiments" / f"{name}.py").read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MAKERS and node.args:
                kept.append(node.args[0])
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in TABLES:
                kept += node.value.keys if isinstance(node.value, ast.Dict) else [node.value]
    either = [one for node in kept for one in ([node.body, node.orelse] if isinstance(node, ast.IfExp) else [node])]
    named = {node.value for node in either if isinstance(node, ast.Constant)}
    return named | {"adaptive", "geometric"}  # these the law of switching names


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_reason_has_words_in_both_languages_and_no_words_are_left_of_a_reason_that_is_gone(language):
    said = {key.removeprefix("reasons.") for key in catalogue(language) if key.startswith("reasons.")}
    assert said == keys_of_reasons()


def test_a_reason_without_words_is_an_error():
    with pytest.raises(KeyError, match=r"reasons\.nonsense"):
        NoLine("nonsense")
    with pytest.raises(KeyError, match=r"reasons\.nonsense"):
        Reason("nonsense").said(words("id"))


def test_a_refusal_of_theory_has_a_message_in_english_and_a_reason_as_data():
    refusal = NoLine("not_along", axis="horizon.rounds")
    assert isinstance(refusal, theory.NoClosedForm)
    assert str(refusal) == "theory has no formula along length of the run"
    assert refusal.reason.said(words("id")) == "teori tidak mempunyai rumus sepanjang lamanya simulasi"


SILENT = [
    [DISCOUNT, "strategy=win_stay_lose_shift", "low=.9"],
    [DISCOUNT, "against=grim"],
    [DISCOUNT, "high=.6"],
    [LAG, "horizon.discount=.98", "high=24"],
    [LAG, "horizon.discount=.5", "high=5"],
    [DISCOUNT, "parties.named.ministry_1.response_lag=2"],
    ["axis=game.temptation", "game.kind=free", "low=1.5", "high=2.5", "game.reward=3"],
]


@pytest.mark.parametrize("line", SILENT)
def test_an_indonesian_text_gives_its_reasons_in_indonesian(line):
    question = dyad(*line)
    text, _, both = told_of(question, "id")
    reasons = [one.reason for one in both if one.reason]
    assert reasons
    for reason in reasons:
        assert reason.said(words("id")) in text
        assert reason.said(words("en")) not in text


@pytest.mark.parametrize("section", ["border.", "reasons.", "agreement."])
def test_what_is_told_of_a_border_is_told_in_indonesian_too(section):
    english, indonesian = ({key for key in catalogue(code) if key.startswith(section)} for code in ("en", "id"))
    assert english == indonesian


# --- curves --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_curve_says_where_its_line_of_theory_ends_and_why(language):
    line = ["strategy=grim", "axis2=information.action_error", "values=0,.05,.1"]
    question, told = dyad(DISCOUNT, *line, "width=.1"), words(language)
    curve = telling.Curve(question, told)
    for value, one in each(question):
        curve.add(value, one, Answer(Border(HOLDS), 7, certain=value == 0), (closed_form(one), exact_value(one)))
    assert [row["closed_form"] for row in curve.rows] == [pytest.approx(0.5), None, None]
    reason, where = Reason("action_error").said(told), f"{told.name('information.action_error')} "
    places = where + "; ".join(told.value("", value) for value in (0.05, 0.1))
    for text in ("\n".join(curve.lines()), curve.below_the_title()):
        assert places in text
        assert reason in text
    assert "R4" in curve.labels()["closed_form"]
    assert told.missing == []


def test_the_lines_of_a_curve_are_called_as_the_curve_says_and_a_single_point_is_marked(tmp_path):
    rows = [
        {"value": 0.5, "low": 0.4, "high": 0.6, "closed_form": line, "exact": 0.5, "outcome": "met"}
        for line in (0.5, None)
    ]
    labels = {"closed_form": "theory (R4)", "exact": "exact"}
    figure = figures.border_diagram(
        "information.action_error",
        (0.0, 0.1),
        "horizon.discount",
        (0.0, 1.0),
        rows,
        words("en"),
        "c",
        "t",
        "told",
        labels,
    )
    assert [text.get_text() for text in figure.legends[0].get_texts()][-2:] == list(labels.values())
    (line,) = [line for line in figure.axes[0].lines if np.isnan(line.get_ydata()).any()]
    assert line.get_marker() == "s"
