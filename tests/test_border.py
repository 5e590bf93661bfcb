"""Borders by simulation: closed forms and exact values are met, intervals cover, and theory has no part in it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sim.exact
import sim.theory
from experiments import telling
from experiments.beside import Beside, closed_form, exact_value
from experiments.border import main
from experiments.compose import BadInput, strategies
from experiments.crossings import HOLDS, MET, OPEN, PAYS, by_bisection, by_pairs, by_shares, by_whole_numbers, profile
from experiments.leaving import MOST_ROUNDS, RULE, PairedRuns, Plan, leavers, plans
from experiments.question import each, read
from experiments.reasons import Reason
from experiments.search import search
from experiments.telling import record, summary
from experiments.words import words
from sim import theory

ROOT = Path(__file__).resolve().parents[1]
DYAD = ["scenario=dyad", "axis=horizon.discount"]
EXACTLY = 1e-6
"""Without chance a border is met to this; games are cut where a round weighs 1e-12, bisection ends at 1e-10."""


NOTHING = (Beside(None, Reason("strategy")), Beside(None, Reason("jumps", (("axis", "horizon.discount"),))))
"""Beside a border that is told, where neither matters."""


def found(*line):
    return search(read(list(line)))


def game(rng):
    """Payoffs of a dilemma with room between them, in some order of scale and place."""
    punishment, *steps = (float(value) for value in (rng.uniform(-2, 2), *rng.uniform(0.3, 2, size=3)))
    sucker, reward = punishment - steps[0], punishment + steps[1]
    return {"temptation": reward + steps[2], "reward": reward, "punishment": punishment, "sucker": sucker}


def words_of(payoffs):
    return [f"game.{name}={value!r}" for name, value in payoffs.items()]


# --- nothing is drawn: closed forms are met -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_the_border_of_tit_for_tat_is_theta_to_one_over_ell_r1_r3(seed):
    rng = np.random.default_rng(seed)
    payoffs, ell = game(rng), int(rng.integers(1, 6))
    theta = theory.theta_tit_for_tat(**payoffs)
    answer = found(*DYAD, f"information.response_lag={ell - 1}", *words_of(payoffs), "high=.999")
    if theta ** (1 / ell) < 0.999:
        assert answer.border.value == pytest.approx(theta ** (1 / ell), abs=EXACTLY)
        assert answer.border.low - EXACTLY <= theta ** (1 / ell) <= answer.border.high + EXACTLY
        assert not answer.border.above
    else:
        assert answer.border.outcome == PAYS


@pytest.mark.parametrize("seed", range(6))
def test_the_border_of_grim_is_its_theta_to_one_over_ell_r2_r4(seed):
    rng = np.random.default_rng(100 + seed)
    payoffs, ell = game(rng), int(rng.integers(1, 13))
    t, r, p = (payoffs[name] for name in ("temptation", "reward", "punishment"))
    answer = found(*DYAD, "strategy=grim", f"information.response_lag={ell - 1}", *words_of(payoffs))
    assert answer.border.value == pytest.approx(((t - r) / (t - p)) ** (1 / ell), abs=EXACTLY)


@pytest.mark.parametrize(("discount", "longest"), [(0.8, 1), (0.9, 3), (0.95, 7), (0.98, 20), (0.99, 40)])
def test_the_longest_lag_that_holds_is_the_floor_of_a_quotient_of_logarithms_r5(discount, longest):
    line = ["scenario=dyad", "axis=information.response_lag", f"horizon.discount={discount}"]
    answer = found(*line).border
    assert (answer.low, answer.high, answer.above) == (longest - 1, longest, True)  # ell = lag + 1
    assert answer.low <= answer.value <= answer.high


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_lags_the_longer_binds_and_its_partner_is_who_leaves_r7(swapped):
    slow, quick = ("ministry_1", "ministry_2") if swapped else ("ministry_2", "ministry_1")
    own = [f"parties.named.{slow}.response_lag=3", f"parties.named.{quick}.response_lag=1"]
    answer = found(*DYAD, *own)
    assert answer.border.value == pytest.approx((2 / 3) ** (1 / 4), abs=EXACTLY)
    assert answer.who == quick


@pytest.mark.parametrize("payoff", ["temptation", "reward", "punishment", "sucker"])
def test_a_payoff_has_a_border_too(payoff):
    line = ["scenario=dyad", f"axis=game.{payoff}", "horizon.discount=.6", "game.kind=free"]
    ends = {"temptation": (3.5, 6), "reward": (2.6, 4.5), "punishment": (-3, 2.9), "sucker": (-3, 0.9)}[payoff]
    question = read([*line, f"low={ends[0]}", f"high={ends[1]}"])
    answer, exact = search(question).border, exact_value(question)[0]
    if exact is None:
        assert answer.outcome in (HOLDS, PAYS)
    else:
        assert answer.value == pytest.approx(exact, abs=EXACTLY)


def test_a_border_exactly_on_a_place_that_is_looked_at_is_met():
    answer = found(*DYAD, "strategy=grim", "low=0", "high=.96", "game.temptation=4", "game.punishment=2").border
    assert answer.value == pytest.approx(0.5, abs=EXACTLY)  # (4 - 3) / (4 - 2)
    on_the_grid = found("scenario=dyad", "axis=horizon.discount", "strategy=grim", "low=0", "high=.8").border
    assert on_the_grid.value == pytest.approx(0.5, abs=EXACTLY)  # the tenth of 17 places is 0.5 - rounding


# --- nothing is drawn, and there is no closed form -----------------------------------------------------------------

WITHOUT = [
    ("win_stay_lose_shift", 0), ("win_stay_lose_shift", 2), ("two_tits_for_tat", 1), ("two_tits_for_tat", 3),
    ("soft_grim", 0), ("soft_grim", 2), ("contrite_tit_for_tat", 0),
]  # fmt: skip


@pytest.mark.parametrize(("strategy", "lag"), WITHOUT)
def test_rules_without_a_closed_form_have_the_border_that_is_exact(strategy, lag):
    line = [*DYAD, f"strategy={strategy}", f"information.response_lag={lag}", "game.temptation=4.6", "high=.999"]
    question = read(line)
    assert closed_form(question)[0] is None
    assert search(question).border.value == pytest.approx(exact_value(question)[0], abs=EXACTLY)


@pytest.mark.parametrize("against", ["win_stay_lose_shift", "two_tits_for_tat", "soft_grim", "grim"])
def test_against_another_rule_the_border_is_the_exact_one(against):
    question = read([*DYAD, "strategy=tit_for_tat", f"against={against}", "game.temptation=4.6", "high=.99"])
    assert search(question).border.value == pytest.approx(exact_value(question)[0], abs=EXACTLY)


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_rule_that_can_always_be_exploited_has_no_border(lag):
    patient = [*DYAD, "strategy=tit_for_two_tats", f"information.response_lag={lag}"]
    assert found(*patient).border.outcome == PAYS
    if lag:  # its record and its act belong to different rounds
        contrite = [*DYAD, "strategy=contrite_tit_for_tat", f"information.response_lag={lag}", "game.temptation=4.6"]
        assert found(*contrite, "high=.99").border.outcome == PAYS


def test_a_plan_of_ones_own_is_tried_with_the_others():
    alld = strategies()["alld"]
    question = read([*DYAD, "strategy=grim"])
    assert search(question, extra={"mine": alld}).border.value == pytest.approx(0.5, abs=EXACTLY)
    paired = PairedRuns(question.scenario, "horizon.discount", [0], {"mine": alld})
    names = [plan.name for plan in paired.plans]
    payoffs = paired.payoffs(0.4, paired.plans, 0, 1)[:, 0]
    assert payoffs[names.index("mine")] == payoffs[names.index("in c d")]


# --- plans and paired runs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(strategies()))
def test_every_plan_is_an_automaton_and_some_stay_while_others_leave(name):
    rule = strategies()[name]
    made = plans(rule, rule, ell=3)
    for plan, _ in made.values():
        count = len(plan.states)
        assert len(plan.out) == len(plan.after) == count
        assert all(0 <= to < count for after in plan.after for pair in after for to in pair)
        assert all(0 <= chance <= 1 for chance in plan.out)
    assert made[RULE] == (rule, False)
    assert {leaves for _, leaves in made.values()} == {True, False}


def test_one_defection_costs_what_can_be_computed_by_hand():
    question = read([*DYAD, "strategy=tit_for_tat"])
    paired = PairedRuns(question.scenario, "horizon.discount", [0])
    by_name = {plan.name: plan for plan in paired.plans}
    asked = [by_name[name] for name in (RULE, "in c d", "first then in nothing", "first then rule")]
    w = 0.5
    rule, always, once, echo = paired.payoffs(w, asked, 0, 1)[:, 0]
    assert rule == pytest.approx(3)
    assert always == pytest.approx((1 - w) * 5 + w * 1)
    assert once == pytest.approx((1 - w) * (5 + w * 0) + w**2 * 3)
    assert echo == pytest.approx((1 - w) * 5 / (1 - w**2))


def test_paired_runs_share_their_luck_and_a_plan_that_is_the_rule_gains_nothing():
    question = read([*DYAD, "strategy=tit_for_tat", "information.miss=.3", "information.action_error=.1"])
    copy = strategies()["tit_for_tat"]
    paired = PairedRuns(question.scenario, "horizon.discount", [0], {"copy": copy})
    asked = [plan for plan in paired.plans if plan.name in (RULE, "copy")]
    rule, same = paired.payoffs(0.8, asked, 5, 50)
    assert (rule == same).all()
    assert np.ptp(rule) > 0


def test_games_last_until_a_round_weighs_nothing():
    paired = PairedRuns(read(DYAD).scenario, "horizon.discount", [0])
    assert paired.rounds(0.0) == 1
    assert paired.left_out(0.9) <= 1e-12
    assert paired.rounds(0.9999) == MOST_ROUNDS


def test_where_games_are_cut_it_is_said_and_the_interval_has_room_for_it(monkeypatch):
    monkeypatch.setattr("experiments.leaving.MOST_ROUNDS", 100)
    question = read([*DYAD, "low=.85", "high=.99", "information.response_lag=6"])
    answer = search(question)
    assert answer.cut == pytest.approx(answer.border.value**100)
    assert answer.border.high - answer.border.low > 1e-4
    assert answer.border.low <= (2 / 3) ** (1 / 7) <= answer.border.high
    assert "after 100 rounds" in summary(question, answer, NOTHING, words("en"))


@pytest.mark.parametrize("lag", [0, 3, 40])
def test_without_any_future_leaving_pays_and_lag_forty_is_met(lag):
    line = [*DYAD, f"information.response_lag={lag}"]
    assert found(*line, "low=0", "high=.1").border.outcome == PAYS
    assert found(*line).border.value == pytest.approx((2 / 3) ** (1 / (lag + 1)), abs=EXACTLY)


# --- no crossing ---------------------------------------------------------------------------------------------------


def test_where_theta_is_above_one_leaving_pays_at_every_discount():
    answer = found(*DYAD, "game.sucker=.5", "game.reward=2.5", "game.punishment=1")  # (5 - 2.5) / (2.5 - .5) > 1
    assert (answer.border.outcome, answer.border.value) == (PAYS, None)


def test_no_crossing_is_told_on_either_side_of_the_border():
    assert found(*DYAD, "low=.7").border.outcome == HOLDS
    assert found(*DYAD, "high=.6").border.outcome == PAYS
    question = read([*DYAD, "low=.7"])
    answer = search(question)
    told = summary(question, answer, (closed_form(question), exact_value(question)), words("en"))
    assert told.startswith("No crossing in range")
    row = record(question, answer, (closed_form(question), exact_value(question)))
    assert (row["value"], row["low"], row["high"]) == (None, None, None)


def test_where_acts_are_half_chance_nothing_answers_and_leaving_is_not_said_to_be_deterred():
    answer = found(*DYAD, "information.action_error=.5", "high=.9", "replicates=10", "most_runs=300000", "width=.2")
    assert answer.border.outcome != HOLDS


# --- with chance ---------------------------------------------------------------------------------------------------

NOISY = [
    (["strategy=grim", "information.miss=.2", "information.response_lag=1"], "seed=3"),
    (["strategy=tit_for_tat", "information.miss=.1"], "seed=4"),
    (["strategy=firm_but_fair"], "seed=5"),
]
ERRING = [
    ["information.false_alarm=.05"],
    ["information.action_error=.05", "game=prisoners_dilemma"],
    ["information.action_error=.05", "strategy=trigger"],
]
"""More dyads with chance in which it is of no use to know where the other's rule stands: the exact value is met."""


@pytest.mark.parametrize(("line", "seed"), NOISY)
def test_with_chance_the_interval_covers_the_exact_border(line, seed):
    question = read([*DYAD, "high=.95", *line, seed, "width=.08", "replicates=10"])
    answer, exact = search(question), exact_value(question)[0]
    assert not answer.certain
    assert answer.border.settled
    assert answer.border.high - answer.border.low <= 0.08 * 0.95
    half = (answer.border.high - answer.border.low) / 2
    assert abs(answer.border.value - exact) <= 3 / 1.96 * half  # by chance one in 400 lies beyond


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line, _ in NOISY] + ERRING)
def test_the_interval_of_a_noisy_dyad_covers_in_most_of_sixty_seeds(line):
    hits = 0
    for seed in range(60):
        question = read([*DYAD, "high=.95", *line, f"seed={seed + 1}", "width=.06"])
        answer = search(question).border
        hits += answer.low <= exact_value(question)[0] <= answer.high
    assert hits >= 51  # fewer of 60 at 95 % have a chance of 1 in 1,300


def test_a_lag_has_a_border_between_whole_numbers_with_chance_too():
    line = ["scenario=dyad", "axis=information.response_lag", "strategy=grim", "information.miss=.2"]
    question = read([*line, "horizon.discount=.83", "high=12", "replicates=10"])
    answer = search(question).border
    margins = [0.83**ell * 0.8 / (1 - 0.83 * 0.2) - 0.5 for ell in range(1, 14)]
    holds = max(ell for ell, margin in enumerate(margins, start=1) if margin >= 0)
    assert (answer.low, answer.high) == (holds - 1, holds)


def test_a_spent_budget_is_told_and_the_interval_stays_wide():
    line = [*DYAD, "strategy=tit_for_tat", "information.miss=.1", "replicates=2", "width=.001", "high=.95"]
    question = read([*line, "most_runs=60000"])
    answer = search(question)
    assert answer.runs <= 63_000  # the last stage may ask for a place or two more than was reckoned
    assert not answer.border.settled
    told = summary(question, answer, NOTHING, words("en"))
    assert "60,000 runs" in told or "runs do not tell" in told


# --- planted borders -----------------------------------------------------------------------------------------------


def covered_shares(count, scale, width):
    """How many of some planted logistic borders are covered, on either side and anywhere in the range."""
    hits = 0
    for seed in range(count):
        rng = np.random.default_rng(seed)
        middle, sign = rng.uniform(2, 8), rng.choice([-1, 1])

        def broken(place, first, runs, rng=rng, middle=middle, sign=sign):
            return rng.random(runs) < 1 / (1 + np.exp(-sign * (place - middle) / scale))

        answer = by_shares(broken, 0.0, 10.0, width, 0, 20, 100_000)
        assert answer.outcome == MET
        assert answer.above == (sign > 0)
        assert answer.high - answer.low <= width
        hits += answer.low <= middle <= answer.high
    return hits


def covered_pairs(count, width):
    """The same of planted gains with common luck: of two plans one binds, and the gain is not a straight line."""
    staying, binding, worse = Plan(0, RULE, False), Plan(0, "first then rule", True), Plan(0, "DC", True)
    hits = 0
    for seed in range(count):
        rng = np.random.default_rng(seed)
        middle, slope = rng.uniform(0.2, 0.8), rng.uniform(0.5, 2)
        luck = rng.normal(size=(30_000, 2))

        def payoffs(place, some, first, runs, luck=luck, middle=middle, slope=slope):
            own = luck[first : first + runs]
            gain = slope * (middle - place) * (1 + 0.3 * abs(middle - place))
            told = {
                staying: 0.3 * own[:, 0],
                binding: 0.3 * own[:, 0] + gain + 0.5 * own[:, 1] * (1 + place),
                worse: 0.3 * own[:, 0] + 1.5 * gain - 0.5 + 0.5 * own[:, 0],
            }
            return np.stack([told[plan] for plan in some])

        answer = by_pairs(payoffs, [staying, binding, worse], 0.0, 1.0, width, 0, 50, 10**6)
        assert answer.high - answer.low <= width
        hits += answer.low <= middle <= answer.high
    return hits


def test_the_interval_of_planted_borders_covers_most_of_them():
    assert covered_shares(80, scale=1.0, width=0.4) >= 69  # fewer have a chance of 1 in 1,000 at 95 %
    assert covered_pairs(60, width=0.15) >= 51


@pytest.mark.slow
def test_the_interval_of_a_thousand_planted_borders_covers_95_percent_of_them():
    assert 930 <= covered_shares(1000, scale=1.0, width=0.4) <= 970
    assert 930 <= covered_shares(1000, scale=0.3, width=0.2) <= 970
    assert 930 <= covered_pairs(1000, width=0.1) <= 970


def test_a_step_is_met_between_the_last_place_that_holds_and_the_first_that_breaks():
    answer = by_shares(lambda place, first, runs: np.full(runs, place > np.pi), 0.0, 10.0, 0.01, 0, 20, 10_000)
    assert answer.low <= np.pi <= answer.high
    assert answer.settled


def test_shares_that_never_cross_one_half_have_no_border():
    rng = np.random.default_rng(1)
    few = by_shares(lambda place, first, runs: rng.random(runs) < 0.3, 0.0, 1.0, 0.1, 0, 20, 10_000)
    half = by_shares(lambda place, first, runs: np.arange(first, first + runs) % 2 == 0, 0.0, 1.0, 0.1, 0, 20, 5_000)
    assert (few.outcome, half.outcome) == (HOLDS, OPEN)


def test_a_range_that_is_crossed_twice_gives_the_first_crossing_and_says_so():
    answer = by_bisection(lambda x: 1 - (x - 4) ** 2, 0.0, 10.0)
    assert answer.value == pytest.approx(3)
    assert answer.again


def test_whole_numbers_are_bracketed_by_neighbours_and_more_runs_correct_a_first_look():
    rng = np.random.default_rng(2)

    def judge(place, count):
        values = 0.05 * (place - 7.5) + rng.normal(size=count)
        mean, error = values.mean(), 1 / np.sqrt(count)
        return float(mean), 0 if abs(mean) < 3 * error else int(np.sign(mean))

    answer = by_whole_numbers(judge, 0, 60, 20, 10**7)
    assert (answer.low, answer.high, answer.above) == (7, 8, True)


def test_the_profile_of_a_separated_table_lies_between_the_two_kinds():
    value, (low, high) = profile(np.array([0.0, 1, 2, 3]), np.array([0, 0, 20, 20]), np.full(4, 20), above=True)
    assert 0.9 < low < value < high < 2.1
    assert value == pytest.approx(1.5, abs=0.05)


# --- observed breakdown --------------------------------------------------------------------------------------------


def test_observed_breakdown_of_many_parties_has_an_interval_and_tells_both_ways_a_run_ends():
    question = read(["breakdown=observed", "axis=horizon.discount", "information.response_lag=6", "low=.8", "high=.99"])
    answer = search(question)
    assert answer.border.outcome == MET
    assert not answer.border.above
    assert answer.border.low < answer.border.value < answer.border.high
    told = summary(question, answer, (closed_form(question), exact_value(question)), words("en"))
    assert "no run shows the mean of both" in told
    assert exact_value(question)[0] is None
    assert 0 < closed_form(question)[0] < 1


def test_observed_breakdown_of_two_calculating_parties_is_where_leaving_pays():
    line = ["scenario=dyad", "learning=calculating", "breakdown=observed", "axis=horizon.discount", "replicates=5"]
    answer = found(*line, "width=.001").border
    assert answer.low <= 2 / 3 <= answer.high


def test_five_hundred_parties_are_enough_for_a_border_and_not_too_many():
    line = ["breakdown=observed", "axis=parties.ministries", "low=2", "high=499", "topology=hub", "horizon.rounds=13"]
    question = read([*line, "learning=calculating", "replicates=5", "parties.traffickers=0", "most_runs=400"])
    answer = search(question)
    assert answer.border.outcome in (MET, HOLDS, PAYS, OPEN)
    assert answer.runs <= 1000


# --- theory and exact values have no part in the search ------------------------------------------------------------


def test_the_search_gives_the_same_border_if_theory_and_exact_values_cannot_be_asked(monkeypatch):
    lines = [
        [*DYAD, "strategy=win_stay_lose_shift", "game.temptation=4.6"],
        [*DYAD, "strategy=grim", "information.miss=.2", "width=.2", "replicates=4", "high=.95"],
        ["scenario=dyad", "axis=information.response_lag", "high=9"],
    ]
    before = [search(read(line)).border for line in lines]

    def refuse(*_, **__):
        raise AssertionError("the search asked theory")

    for module in (sim.theory, sim.exact):
        for name, value in list(vars(module).items()):
            if callable(value) and not isinstance(value, type):
                monkeypatch.setattr(module, name, refuse)
    assert [search(read(line)).border for line in lines] == before
    with pytest.raises(AssertionError, match="asked theory"):
        exact_value(read(lines[0]))


# --- words and output ----------------------------------------------------------------------------------------------


def test_all_errors_are_told_at_once_with_the_nearest_names():
    with pytest.raises(BadInput) as told:
        read(["scenario=dyad", "axis=game.temptaton", "widht=3", "low=a", "information.mis=.1", "breakdown=seen"])
    text = "\n".join(told.value.faults)
    for hint in ("game.temptation", "width", "information.miss", "low: a is not a number", "breakdown: seen"):
        assert hint in text


REFUSED = {
    "axis: name the parameter": ["scenario=dyad"],
    "is not a number, so nothing is crossed": ["scenario=dyad", "axis=game.kind"],
    "is a choice of several parameters": ["scenario=dyad", "axis=information"],
    "is no parameter of a scenario": ["scenario=dyad", "axis=seed"],
    "has no value of its own": [*DYAD, "horizon.discount=.5"],
    "has no highest value of its own; say high=": ["scenario=dyad", "axis=game.temptation", "low=3.5"],
    "at game.temptation=2.0: game.kind": ["scenario=dyad", "axis=game.temptation", "low=2", "high=6"],
    "not a prisoners_dilemma": [*DYAD, "game.temptation=2"],
    "low and high: 0.9 is not below 0.8": [*DYAD, "low=.9", "high=.8"],
    "low: horizon.discount: -1.0 is below": [*DYAD, "low=-1"],
    "1.5 is not a whole number": ["scenario=dyad", "axis=information.response_lag", "high=1.5"],
    "here are 7": ["axis=horizon.discount"],
    "learning.kind: calculating": ["axis=horizon.discount"],
    "horizon.ending": [*DYAD, "horizon.ending=random"],
    "does not begin with cooperation": [*DYAD, "strategy=suspicious_tit_for_tat"],
    "against: no strategy 'tit4tat'; did you mean 'tit_for_tat'": [*DYAD, "against=tit4tat"],
    "each needs the other": [*DYAD, "axis2=information.response_lag"],
    "is the axis already": [*DYAD, "axis2=horizon.discount", "values=0,1"],
    "values: 0.5 is not a whole number": [*DYAD, "axis2=information.response_lag", "values=.5"],
    "values: information.response_lag: -1.0 is below": [*DYAD, "axis2=information.response_lag", "values=-1"],
    "precision: has no meaning for a border": [*DYAD, "precision=.1"],
    "do not suffice to look through the range": [*DYAD, "most_runs=10"],
    "a border takes one value": [*DYAD, "width=.1,.2"],
    "one scenario takes one value": [*DYAD, "information.response_lag=0,1"],
    "says nothing about incentives": ["scenario=dyad", "axis=horizon.rounds"],
    "has no party that leaves": [*DYAD, "breakdown=observed", "against=grim"],
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_searched_is_refused_before_anything_runs(message, monkeypatch):
    monkeypatch.setattr(PairedRuns, "payoffs", None)
    with pytest.raises(BadInput) as told:
        read(REFUSED[message])
    assert message in "\n".join(told.value.faults)


KEYS = ["axis", "value", "low", "high", "closed_form", "exact", "breakdown", "runs"]


def say(monkeypatch, capsys, *line):
    monkeypatch.setattr(sys, "argv", ["border", *line])
    main()
    return capsys.readouterr().out.rstrip("\n").split("\n")


def test_the_last_line_is_one_json_object_and_the_first_is_the_answer(monkeypatch, capsys):
    line = ["scenario=dyad", "axis=horizon.discount", "game.temptation=4.6", "information.response_lag=2"]
    told = say(monkeypatch, capsys, *line)
    last = json.loads(told[-1])
    assert list(last) == KEYS
    for key in ("value", "closed_form", "exact"):
        assert last[key] == pytest.approx((1.6 / 3) ** (1 / 3), abs=EXACTLY)
    assert told[0] == "Leaving the cooperative rule starts to pay below weight of the next round 0.810960266."
    indonesian = say(monkeypatch, capsys, *line, "language=id")
    assert indonesian[0].startswith("Meninggalkan aturan kerja sama mulai menguntungkan di bawah")
    assert json.loads(indonesian[-1]) == last


def test_where_there_is_no_answer_the_json_has_null_and_the_lines_above_say_why(monkeypatch, capsys):
    told = say(monkeypatch, capsys, *DYAD, "strategy=win_stay_lose_shift", "low=.9")
    last = json.loads(told[-1])
    assert [last[key] for key in ("value", "low", "high", "closed_form", "exact")] == [None] * 5
    assert any("Closed form: none (the strategy is neither" in line for line in told)
    assert any("Exact value: none (" in line for line in told)


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_plan_and_every_outcome_has_words(language):
    told = words(language)
    for name in strategies():
        for plan in plans(strategies()[name], strategies()[name], 2):
            assert telling._plan(plan, told)
    for kind in ("incentive", "observed"):
        for outcome in ("above", "below", "holds", "fails", "open"):
            assert told.say(f"border.{kind}_{outcome}", axis="x", value="1", within="", low="0", high="2")
        for side in ("above", "below"):
            assert told.say(f"border.{kind}_whole_{side}", axis="x", low="0", high="1")
    assert told.missing == []


def test_a_curve_over_a_second_parameter_is_drawn_and_written(tmp_path, monkeypatch, capsys):
    line = [*DYAD, "axis2=information.response_lag", "values=0,1,3", f"folder={tmp_path / 'curve'}"]
    told = say(monkeypatch, capsys, *line)
    last = json.loads(told[-1])
    assert list(last) == KEYS
    assert last["value"] == pytest.approx([(2 / 3) ** (1 / ell) for ell in (1, 2, 4)], abs=EXACTLY)
    rows = (tmp_path / "curve" / "border.csv").read_text().splitlines()
    assert len(rows) == 4
    assert rows[0].startswith('"information.response_lag","axis","value","low","high","closed_form","exact"')
    assert {path.suffix for path in (tmp_path / "curve" / "figures").iterdir()} == {".png", ".svg"}
    monkeypatch.setattr(sys, "argv", ["border", *line, "game.temptation=4"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "holds something else" in capsys.readouterr().err


def test_a_figure_marks_where_nothing_is_crossed(tmp_path):
    from experiments import figures

    rows = [
        {"value": None, "low": None, "high": None, "closed_form": None, "exact": None, "outcome": outcome}
        for outcome in ("holds", "pays", "open")
    ]
    figure = figures.border_diagram(
        "information.response_lag", (0, 1, 2), "horizon.discount", (0.0, 1.0), rows, words("en"), "c", "t", "told", {}
    )
    assert all(path.stat().st_size > 0 for path in figures.save(figure, tmp_path / "none"))


def test_the_curve_asks_the_same_question_at_each_value():
    question = read([*DYAD, "axis2=information.response_lag", "values=0,2"])
    found_values = [(value, one.scenario.information.response_lag) for value, one in each(question)]
    assert found_values == [(0, 0), (2, 2)]


def test_of_twins_one_leaves_and_with_against_the_first_alone():
    twins, others = read(DYAD).scenario, read([*DYAD, "parties.named.ministry_2.response_lag=3"]).scenario
    axis = "horizon.discount"
    assert (leavers(twins, axis, None), leavers(others, axis, None)) == ([0], [0, 1])
    assert leavers(others, axis, "grim") == [0]
    assert leavers(twins, "parties.named.ministry_1.response_lag", None) == [0, 1]


@pytest.mark.parametrize("slow", ["ministry_1", "ministry_2"])
def test_the_lag_of_either_party_has_the_border_of_the_longer_lag(slow):
    answer = found("scenario=dyad", f"axis=parties.named.{slow}.response_lag", "horizon.discount=.9")
    assert (answer.border.low, answer.border.high) == (2, 3)  # R5: ell = 3 is the longest that holds
    assert answer.who != slow


def test_a_party_that_attends_to_part_of_what_happens_is_compared_with_one_that_knows_and_that_is_said():
    line = ["scenario=dyad", "strategy=grim", "axis=interaction.attention", "low=.15", "high=1", "horizon.discount=.8"]
    question = read([*line, "width=.3", "replicates=6"])
    answer, beside = search(question), (closed_form(question), exact_value(question))
    assert beside[0][0] == pytest.approx(0.25)  # R23: .8 a / (1 - .8 (1 - a)) = 1/2
    half = (answer.border.high - answer.border.low) / 2
    assert abs(answer.border.value - 0.25) <= 3 / 1.96 * half  # who defects for ever needs to see nothing
    assert "always knows" in summary(question, answer, beside, words("en"))


def test_bad_words_leave_with_exit_code_two_and_help_with_zero():
    command = [sys.executable, "-m", "experiments.border"]
    bad = subprocess.run([*command, "axs=1"], cwd=ROOT, capture_output=True, text=True)
    assert bad.returncode == 2
    assert "did you mean 'axis'" in bad.stderr
    good = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert good.returncode == 0
    assert "most_runs" in good.stdout
