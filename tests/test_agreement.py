"""Laws of the table of agreement: it has every prediction, it can fail, and its intervals cover as they say."""

import csv
from dataclasses import replace
from math import isnan, nan

import numpy as np
import pytest

from experiments import agreement, checks
from experiments.agreement import FOLDER, PAGE, STATEMENTS, Row, misses, page, read, rows_of, verdicts
from experiments.checks import (
    ANALYTIC,
    CHECKS,
    EXACT,
    FLOORS,
    NO_MECHANISM,
    SIMULATED,
    Comparison,
    Draw,
    Found,
    Luck,
    chains,
    exactly,
    pairs,
    plans,
    runs,
)
from experiments.checks.plans import Memory
from experiments.compose import BadInput
from experiments.words import words
from sim import theory
from sim.theory import PREDICTIONS

GAME = {"temptation": 5.0, "reward": 3.0, "punishment": 1.0, "sucker": 0.0}


@pytest.fixture(scope="module")
def committed():
    return read(FOLDER / "agreement.csv")


# --- the table that is published ----------------------------------------------------------------------------------


def test_every_prediction_has_a_check_and_a_line_for_every_floor_numbers_or_a_reason(committed):
    assert set(CHECKS) == set(PREDICTIONS) | set(pairs.STATEMENTS) == set(STATEMENTS)
    assert {row.prediction for row in committed} == set(STATEMENTS)
    found = verdicts(committed)
    for name in STATEMENTS:
        for floor in FLOORS:
            assert found[name, floor].cases > 0 or found[name, floor].reason, (name, floor)


def test_a_floor_is_silent_or_answers_but_never_both(committed):
    for (name, floor), verdict in verdicts(committed).items():
        assert (floor in CHECKS[name].silent) == bool(verdict.reason) == (verdict.cases == 0)


def test_the_page_is_what_the_table_gives(committed):
    assert PAGE.read_text("utf-8") == page(committed), "stale: run python -m experiments.agreement"


def test_the_table_has_its_columns_and_every_prediction_is_asked_at_several_values(committed):
    with (FOLDER / "agreement.csv").open(encoding="utf-8") as file:
        head = next(csv.reader(file))
    assert head == ["prediction", "floor", "parameters", "predicted", "found", "low", "high", "agrees", "reason"]
    for name in PREDICTIONS:
        asked = {row.parameters for row in committed if row.prediction == name and row.floor == ANALYTIC}
        assert len(asked) >= 3, name


@pytest.mark.parametrize("name", ["G1", "R3", "R7", "R17", "N9", "A4", "A13", "T4", "T8"])
def test_a_line_made_again_is_the_line_that_is_published(name, committed):
    made = list(rows_of(name, cases=1))
    published = [row for row in committed if row.prediction == name]
    for row in (row for row in made if row.agrees is not None):
        same = [other for other in published if (other.floor, other.parameters) == (row.floor, row.parameters)]
        assert any(other.found == pytest.approx(row.found, rel=1e-7) and other.agrees == row.agrees for other in same)


def test_other_luck_draws_other_parameters_and_still_agrees():
    rows = [row for name in ("R3", "R12", "N2", "T5") for row in rows_of(name, fresh=7, cases=1)]
    assert all(verdict.agrees or verdict.reason for verdict in verdicts(rows).values())
    assert {row.parameters for row in rows if row.parameters}.isdisjoint(
        {row.parameters for name in ("R3", "R12", "N2", "T5") for row in rows_of(name, cases=1, floors=(ANALYTIC,))}
    )


# --- floors that are silent ----------------------------------------------------------------------------------------

PLAYED_ELSEWHERE = {"R8"}
"""The model has no clusters, but pairs of automata are played in runs and added up by shares."""
NOTHING_TO_PLAY = {"G3", "A15", "T9", "T10"}
"""The model has what the mechanism names, but not what the prediction asks of it; the reason says so."""


def test_a_prediction_without_a_mechanism_is_not_simulated_and_one_with_it_is():
    for name, row in PREDICTIONS.items():
        reason = CHECKS[name].silent.get(SIMULATED, "")
        if row.mechanism == "none":
            assert reason or name in PLAYED_ELSEWHERE, name
        elif reason:
            assert name in NOTHING_TO_PLAY, (name, reason)
        if reason.startswith(NO_MECHANISM):
            assert row.mechanism == "none" or name in NOTHING_TO_PLAY, name


def test_a_floor_that_is_said_to_be_silent_yields_no_comparison():
    for name, check in CHECKS.items():
        draw = Draw(np.random.default_rng(3))
        asked = {comparison.floor for comparison in check.draws(draw)}
        assert asked == set(FLOORS) - set(check.silent), name


# --- the table can fail --------------------------------------------------------------------------------------------

WRONG = [
    # prediction, function of theory, what it is taken for: a sign, an exponent, an index, a factor, a payoff
    (
        "R3",
        "critical_discount_tit_for_tat",
        lambda true, **told: true(**told | {"response_lag": told["response_lag"] - 1}),
    ),
    ("R4", "critical_discount_grim", lambda true, **told: true(**told) ** 2),
    ("R7", "index_of_pair", lambda true, w, one, other: w ** (min(one, other) + 1)),
    ("R8", "cluster_share", lambda true, **told: -true(**told)),
    ("R12", "margin_with_false_alarms", lambda true, **told: true(**told | {"false_alarm": -0.0})),
    ("R13", "index_grim", lambda true, w, lag, a, q: true(w, lag + 1, a, q)),
    ("R19", "greatest_deficit_of_tit_for_tat", lambda true, t, s, lag: lag * (t - s)),
    ("N1", "noise_limit", lambda true, **told: true(**told) + 0.05),
    ("N2", "cooperation_after", lambda true, t, e, lag: true(t + lag + 1, e, lag)),
    ("N7", "loss_of_win_stay_lose_shift", lambda true, **told: 0.9 * true(**told)),
    ("N9", "margin_win_stay_lose_shift", lambda true, **told: -true(**told)),
    ("A1", "critical_discount_group", lambda true, n, r, lag: true(n + 1, r, lag)),
    ("A8", "intact_share", lambda true, n, e, w, lag: true(n, e, w, lag + 1)),
    ("A11", "nobody_acts", lambda true, n, share: share ** ((n - 1) / n)),
    ("T4", "uncovered_share_fixed", lambda true, lag, tau: min(1, (lag + 1) / tau)),
    ("T5", "uncovered_share_random", lambda true, lag, s: 1 - (1 - s) ** (lag + 1)),
    ("T6", "uncovered_share_geometric", lambda true, lag, tau: lag / (lag + tau)),
    ("T12", "critical_chasing_strength", lambda true, lag: 1.01 * true(lag)),
]


@pytest.mark.parametrize(("name", "function", "wrong"), WRONG, ids=[f"{name}-{what}" for name, what, _ in WRONG])
def test_a_wrong_sign_exponent_or_index_is_found_out_on_every_floor_that_answers(name, function, wrong, monkeypatch):
    true = getattr(theory, function)
    monkeypatch.setattr(theory, function, lambda *told, **named: wrong(true, *told, **named))
    rows = list(rows_of(name, cases=1 if name in ("R12", "R13", "N7", "A8") else 2))
    found = {floor: verdict for (_, floor), verdict in verdicts(rows).items() if verdict.cases}
    assert found
    for floor, verdict in found.items():
        assert not verdict.agrees, (name, floor)
    assert not agreement.all_agree(rows)


def planted(predicted: float, width: float, *found: Found) -> list[Row]:
    """The lines of a comparison that finds these, in turn."""
    left = iter(found)
    return list(agreement.judged("R1", Comparison(SIMULATED, {}, predicted, lambda luck: next(left), width), seed=1))


def test_an_interval_that_covers_is_not_asked_again_and_one_that_is_too_wide_does_not_agree():
    (row,) = planted(1.0, 0.3, Found(1.1, 0.9, 1.2))
    assert (row.agrees, row.first_miss) == (True, False)
    (row,) = planted(1.0, 0.2, Found(1.1, 0.9, 1.2))
    assert (row.agrees, row.first_miss) == (False, False)
    assert "too wide" in row.reason
    (row,) = planted(1.0, 0.2, Found(nan, nan, nan))  # no border was met
    assert row.agrees is False
    assert row.found is None


def test_a_miss_stays_in_the_table_and_the_second_try_decides():
    first, second = planted(1.0, 0.3, Found(1.1, 1.05, 1.2), Found(1.01, 0.98, 1.05))
    assert (first.agrees, first.first_miss, second.agrees, second.again) == (False, True, True, True)
    assert verdicts([first, second])["R1", SIMULATED].agrees
    first, second = planted(1.0, 0.3, Found(1.1, 1.05, 1.2), Found(1.05, 1.04, 1.06))
    assert not verdicts([first, second])["R1", SIMULATED].agrees
    assert not agreement.all_agree([first, second])


def test_a_second_try_takes_fresh_luck_and_ten_times_the_runs():
    asked: list[Luck] = []

    def find(luck):
        asked.append(luck)
        return Found(2.0, 1.9, 2.1)

    list(agreement.judged("R1", Comparison(SIMULATED, {}, 1.0, find, 1.0), seed=5))
    assert [luck.times for luck in asked] == [1, 10]
    assert asked[0].seed != asked[1].seed


def test_where_nothing_is_drawn_the_tolerance_is_a_millionth_to_either_side():
    for predicted, off, agrees in ((0.5, 0.9e-6, True), (0.5, -1.1e-6, False), (50.0, 4e-5, True), (50.0, 6e-5, False)):
        asked = Comparison(EXACT, {}, predicted, lambda luck, at=predicted + off: exactly(at))
        (row,) = agreement.judged("R1", asked, seed=1)
        assert row.agrees is agrees


def test_more_misses_than_chance_explains_are_a_disagreement_even_if_all_second_tries_agree():
    hit, miss = planted(1.0, 0.3, Found(1.0, 0.9, 1.1)), planted(1.0, 0.3, Found(1.2, 1.1, 1.3), Found(1.0, 0.95, 1.05))
    assert agreement.all_agree(hit * 95 + miss * 5)
    many = hit * 80 + miss * 20
    assert (misses(many).lines, misses(many).missed) == (100, 20)
    assert misses(many).chance < 1e-6
    assert not agreement.all_agree(many)


# --- second ways ---------------------------------------------------------------------------------------------------


def test_acts_give_what_the_engine_pays_so_that_one_block_of_runs_serves_every_discount():
    told = {"information__miss": 0.3, "information__response_lag": 1}
    for plan in runs.PLANS.values():
        case = runs.dyad(plan, chains.TIT_FOR_TAT, GAME, 60, horizon__discount=0.7, **told)
        earned, _ = runs.earned(case, GAME, 1, Luck(1))
        weights = 0.7 ** np.arange(60)
        assert runs.payoffs(case)[0] == pytest.approx(earned[0] @ weights / weights.sum(), rel=1e-12)


def test_a_plan_of_the_search_earns_by_hand_what_it_is_said_to_earn():
    always = np.zeros((1, 5), dtype=int)
    earned = plans.payoffs(GAME, Memory(noticed=0.5), 2, always)
    assert earned.tolist() == [[5, 5, 3, 3, 3]]  # from round 2 on every D is noticed by half
    once = np.array([[0, 1, 1, 1, 1]])
    assert plans.payoffs(GAME, Memory(attended=0.5), 1, once).tolist() == [[5, 1.5, 2.25, 2.625, 2.8125]]


def coverage(estimate, true: float, count: int) -> float:
    inside = 0
    for number in range(count):
        found = estimate(np.random.default_rng([11, number]))
        inside += found.low <= true <= found.high
    return inside / count


def border_by_plans(luck) -> Found:
    """Two plans of a planted game: 2 now against .8 of 3 later, and a plan that never pays; border 2 / 2.4."""
    noticed = luck.random((400, 1)) < 0.8
    gains = np.zeros((2, 400, 30))
    gains[0, :, 0], gains[0, :, 1:2] = 2.0, -3.0 * noticed
    gains[1, :, 0], gains[1, :, 1:2] = 1.0, -3.0 * noticed
    return runs.border_of(gains)


ESTIMATES = {
    "border": (border_by_plans, 2 / 2.4),
    "mean": (lambda luck: runs.mean(luck.gamma(2.0, 1.0, 300)), 2.0),
    "share": (lambda luck: runs.share(int(luck.binomial(500, 0.1)), 500), 0.1),
    "ratio": (lambda luck: runs.ratio(*(luck.normal([[6.0], [3.0]], 1.0, (2, 300)))), 2.0),
    "moved": (lambda luck: runs.moved(runs.mean(luck.normal(0.3, 0.1, 200)), lambda x: 1 - x**0.25), 1 - 0.3**0.25),
}


def within_luck(count: int) -> float:
    """Three standard errors of a coverage of 95 %, and a little for what intervals leave out in small samples."""
    return 3 * (0.95 * 0.05 / count) ** 0.5 + 0.005


@pytest.mark.parametrize("kind", ESTIMATES)
def test_an_interval_covers_what_was_planted_in_about_95_of_100_cases(kind, monkeypatch):
    monkeypatch.setattr(runs, "HIGH", 0.99)
    estimate, true = ESTIMATES[kind]
    assert abs(coverage(estimate, true, 200) - 0.95) < within_luck(200)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ESTIMATES)
def test_an_interval_covers_what_was_planted_in_93_to_97_of_100_cases(kind, monkeypatch):
    monkeypatch.setattr(runs, "HIGH", 0.99)
    estimate, true = ESTIMATES[kind]
    assert 0.93 <= coverage(estimate, true, 1000) <= 0.97


def test_a_border_that_is_not_met_is_no_number():
    gains = np.zeros((1, 50, 10))
    gains[0, :, 0] = 1.0
    assert isnan(runs.border_of(gains).value)


# --- drawing, words ------------------------------------------------------------------------------------------------


def test_drawn_games_have_the_order_that_was_asked_for():
    draw = Draw(np.random.default_rng(5))
    for _ in range(50):
        game = draw.dilemma()
        assert game["temptation"] > game["reward"] > game["punishment"] > game["sucker"]
        assert 2 * game["reward"] > game["temptation"] + game["sucker"]
        game = draw.additive()
        assert game["temptation"] - game["reward"] == pytest.approx(game["punishment"] - game["sucker"])
    with pytest.raises(RuntimeError, match="no parameters"):
        draw.dilemma(lambda game: False)


def test_words_that_are_wrong_are_told_all_at_once_with_the_nearest_right_one():
    with pytest.raises(BadInput) as told:
        agreement.words_of(["fresh=-1", "rows=R3,R33", "frsh=2", "language=nl"])
    assert len(told.value.faults) == 4
    assert "R33" in told.value.faults[1]
    assert "fresh" in told.value.faults[2]


def test_every_prediction_has_a_short_label_in_both_languages(committed):
    for language in ("en", "id"):
        told = words(language)
        assert all(told.say(f"agreement.{name}") for name in STATEMENTS)
        assert agreement.summary(committed, told)
        assert told.missing == []


def test_a_figure_is_drawn_of_any_table(committed):
    few = [row for row in committed if row.prediction in ("R1", "R23", "A1")]
    wrong = [replace(few[0], agrees=False), *few[1:]]
    assert agreement.figure(wrong, words("id"), "caption").axes
    assert checks.TOLERANCE == 1e-6
