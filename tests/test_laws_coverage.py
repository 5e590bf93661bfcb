"""Laws of coverage (T4 to T8): how much of trafficking goes uncovered when the government answers L rounds late.

Everybody cooperates, so that joint capacity is full and a modus is covered exactly L rounds after it appears.
"""

import numpy as np
import pytest

from sim import theory
from sim.measures import measures_of
from sim.model import CooperationModel, run
from tests.cases import case, play

GAIN, PENALTY, COST = 2.0, 3.0, 6.0


def government(lag: int, traffickers: int, rounds: int, second: str = "allc", error: float = 0.0, **changes):
    """A government lag, and two parties that always cooperate if not told otherwise."""
    return case(
        changes={
            "strategy": "allc",
            "parties.ministries": 1,
            "parties.ministry.strategy": second,
            "parties.traffickers": traffickers,
            "horizon.rounds": rounds,
            "information.response_lag": 0,
            "information.action_error": error,
            "topology.kind": "complete",
            "learning.kind": "none",
            "trafficking.government_lag": lag,
            "trafficking.gain": GAIN,
            "trafficking.penalty": PENALTY,
            "trafficking.switching_cost": COST,
            **{f"trafficking.{name}": value for name, value in changes.items()},
        }
    )


# --- fixed, random, geometric (T4, T5, T6) --------------------------------------------------------


@pytest.mark.parametrize("start", ["known", "new"])
@pytest.mark.parametrize("lag", [0, 1, 5, 11, 12, 13, 30])
def test_by_the_calendar_the_uncovered_share_is_the_lag_over_the_interval_and_at_most_one(lag, start):
    interval, traffickers = 12, 5
    made = government(lag, traffickers, 4 * interval, switching="fixed", interval=interval, start=start)
    history = run(made, 1, 0)
    # after the first interval every trafficker has moved; then whole periods repeat exactly
    uncovered, active = history.column("uncovered")[interval:], history.column("active")[interval:]
    assert uncovered.sum() / active.sum() == min(1, lag / interval)
    assert theory.uncovered_share_fixed(lag, interval) == min(1, lag / interval)


def shares_of_many(lag: int, moments: list[int], **changes) -> tuple[float, int]:
    """Uncovered share of 3000 traffickers, who are independent, over moments so far apart that they are too."""
    traffickers = 3000
    history = run(government(lag, traffickers, moments[-1] + 1, **changes), 1, 0)
    return history.column("uncovered")[moments].sum() / (traffickers * len(moments)), traffickers * len(moments)


@pytest.mark.parametrize("lag", [1, 4, 12])
@pytest.mark.parametrize("chance", [1 / 12, 0.3])
def test_by_chance_the_uncovered_share_is_one_less_the_chance_of_no_move_within_the_lag(lag, chance):
    # uncovered at t iff the modus is younger than the lag: moments a lag apart share no move
    expected = 1 - (1 - chance) ** lag
    found, count = shares_of_many(lag, [lag, 2 * lag], switching="random", chance=chance)
    assert abs(found - expected) < 3 * np.sqrt(expected * (1 - expected) / count)
    assert theory.uncovered_share_random(lag, chance) == pytest.approx(expected)


@pytest.mark.parametrize(("lag", "interval"), [(4, 12), (12, 12), (7, 3)])
def test_with_geometric_coverage_the_uncovered_share_is_lag_over_lag_plus_interval_less_one(lag, interval):
    # the share of what is remembered of the start after 60 rounds: ((1 - 1/L) (1 - 1/tau))^60 < .0001
    expected = lag / (lag + interval - 1)
    found, count = shares_of_many(lag, [60], switching="random", chance=1 / interval, cover_law="geometric")
    assert abs(found - expected) < 3 * np.sqrt(expected * (1 - expected) / count)
    assert theory.uncovered_share_geometric(lag, interval) == pytest.approx(expected)


def test_the_same_means_give_three_answers():
    # lag 12, a new modus every 12 rounds on average: all, 65 %, 52 % uncovered
    calendar = measures_of(run(government(12, 5, 48, switching="fixed", start="new"), 1, 0))["uncovered"]
    by_chance, count = shares_of_many(12, [12, 24], switching="random")
    geometric, _ = shares_of_many(12, [60], switching="random", cover_law="geometric")
    assert calendar == 1
    assert calendar > by_chance + 3 * np.sqrt(0.25 / count) > geometric + 6 * np.sqrt(0.25 / count)


# --- the adaptive trafficker (T7, T8) -------------------------------------------------------------


def moves(made) -> list[int]:
    """Rounds in which trafficker 0 takes a new modus."""
    found: list[int] = []

    def watch(model: CooperationModel) -> None:
        if model.traffickers[0].moved:
            found.append(model.round - 1)

    run(made, 1, 0, watch)
    return found


@pytest.mark.parametrize("lag", [4, 5, 9])
def test_an_adaptive_trafficker_takes_a_new_modus_exactly_when_the_old_one_is_covered(lag):
    assert lag > COST / GAIN
    assert moves(government(lag, 1, 6 * lag, switching="adaptive")) == [0, lag, 2 * lag, 3 * lag, 4 * lag, 5 * lag]


@pytest.mark.parametrize("lag", [4, 5, 9])
def test_above_the_critical_lag_nothing_is_ever_covered_and_trafficking_earns_gain_less_cost_over_lag(lag):
    told = measures_of(run(government(lag, 3, 10 * lag, switching="adaptive"), 1, 0))
    assert (told["uncovered"], told["uncovered_of_all"]) == (1, 1)
    assert told["trafficker_payoff"] == pytest.approx(GAIN - COST / lag, abs=1e-12)
    assert told["trafficker_payoff"] > 0


@pytest.mark.parametrize("start", ["known", "new"])
@pytest.mark.parametrize("lag", [0, 1, 2, 3])
@pytest.mark.parametrize("teams", [0, 1])
def test_up_to_the_critical_lag_an_adaptive_trafficker_stays_out_and_keeps_no_team_busy(lag, start, teams):
    assert lag <= COST / GAIN
    told = measures_of(run(government(lag, 3, 60, switching="adaptive", start=start, teams=teams), 1, 0))
    assert (told["uncovered"], told["uncovered_of_all"], told["trafficker_payoff"]) == (None, 0, 0)
    assert (told["attempts"], told["true_cases"], told["detected_cases"]) == (0, 0, 0)


def test_failing_cooperation_lowers_the_critical_lag_in_proportion():
    # capacity 1/2: one of two parties always defects, so a modus lasts 2 L rounds and lag 2 already pays
    half = government(2, 1, 40, second="alld", switching="adaptive")
    told = measures_of(run(half, 1, 0))
    assert told["capacity"] == 0.5
    # at t = 0 capacity counts as full and the trafficker stays out; from t = 1 on it moves every 4 rounds
    assert moves(half) == list(range(1, 40, 4))
    assert told["uncovered"] == 1


@pytest.mark.parametrize("lag", [2, 4, 7])
def test_no_calendar_earns_more_than_moving_when_covered(lag):
    assert lag * (GAIN + PENALTY) > COST

    def earned(interval: int) -> float:
        rounds = 6 * interval
        made = government(lag, 1, rounds, switching="fixed", interval=interval, start="new")
        # the first modus is the only one that costs nothing
        return run(made, 1, 0).trafficker_payoff / rounds - COST / rounds

    by_interval = {interval: earned(interval) for interval in range(1, 3 * lag)}
    assert max(by_interval, key=by_interval.__getitem__) == lag
    assert by_interval[lag] == pytest.approx(GAIN - COST / lag, abs=1e-12)


# --- joint capacity and displacement --------------------------------------------------------------

FULL = 1 << 20


def joint(kind: str, acts: np.ndarray, reader: np.ndarray) -> int:
    """Joint capacity of one round from its acts, written anew from its definition."""
    shares = [(int(acts[reader == party].sum()) << 20) // int((reader == party).sum()) for party in set(reader)]
    mean = (int(acts.sum()) << 20) // acts.size
    return {
        "mean": mean,
        "weakest_link": min(shares),
        "best_shot": max(shares),
        "threshold": FULL if mean >= int(0.7 * FULL + 0.5) else 0,
    }[kind]


@pytest.mark.parametrize("kind", ["mean", "weakest_link", "best_shot", "threshold"])
def test_joint_capacity_is_made_of_the_realised_acts_of_the_round(kind):
    noisy = {"information.action_error": 0.2, "learning.kind": "none", "strategy": "tit_for_tat"}
    forms = {"trafficking.capacity": kind, "trafficking.capacity_threshold": 0.7, "horizon.rounds": 40}
    played = play(case(changes={**noisy, **forms}))
    reader = np.array([side[0] for side in played.history.sides])
    assert played.history.series["capacity"] == [joint(kind, acts, reader) for acts in played.acts]
    assert len(set(played.history.series["capacity"])) > 1


def test_half_of_full_cooperation_takes_twice_as_long_to_cover_a_modus():
    for second, age in (("allc", 5), ("alld", 10)):
        made = government(5, 1, 20, second=second, switching="random", chance=0.0, start="new")
        assert run(made, 1, 0).series["uncovered"] == [1] * age + [0] * (20 - age)


@pytest.mark.parametrize(("teams", "age"), [(0, 4), (4, 4), (2, 8), (1, 16)])
def test_few_teams_take_the_longer_the_more_modi_are_open(teams, age):
    made = government(4, 4, 20, switching="random", chance=0.0, start="new", teams=teams)
    assert run(made, 1, 0).series["uncovered"] == [4] * age + [0] * (20 - age)


@pytest.mark.parametrize(
    ("start", "covered", "displaced"),
    [("new", 4, 3), ("known", 3, 2)],  # a modus known at set-up never counts
)
def test_displacement_counts_covered_modi_whose_trafficker_took_a_new_one_later(start, covered, displaced):
    # moves at 12, 24, 36; covered four rounds after each; the last one is never left
    made = government(4, 1, 48, switching="fixed", interval=12, start=start)
    history = run(made, 1, 0)
    assert (history.covered, history.displaced) == (covered, displaced)
    assert measures_of(history)["displacement"] == displaced / covered


def test_a_modus_left_before_it_was_covered_is_no_displacement():
    lag, count = 2, 40
    ages: list[int | None] = [None] * count  # the modus of set-up is known and never counts
    covered = displaced = 0

    def watch(model: CooperationModel) -> None:
        nonlocal covered, displaced
        for z, trafficker in enumerate(model.traffickers):
            ages[z] = None if ages[z] is None else ages[z] + 1
            covered += ages[z] == lag  # also where the trafficker moves in the same round
            if trafficker.moved:
                displaced += ages[z] is not None and ages[z] >= lag
                ages[z] = 0

    history = run(government(lag, count, 60, switching="random", chance=0.4), 1, 0, watch)
    assert (history.covered, history.displaced) == (covered, displaced)
    assert 0 < displaced < covered


def test_an_adaptive_trafficker_above_the_critical_lag_only_ever_moves_elsewhere():
    told = measures_of(run(government(5, 1, 31, switching="adaptive"), 1, 0))
    assert told["displacement"] == 1


def test_where_nothing_is_ever_covered_there_is_no_displacement():
    assert measures_of(run(government(0, 3, 30, switching="random"), 1, 0))["displacement"] is None


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_every_modus_draws_its_own_lag_and_is_covered_exactly_at_that_age(spread):
    made = government(6, 30, 80, switching="random", chance=0.1, start="new", government_lag_spread=spread)
    born, lags = [0] * 30, [set() for _ in range(30)]

    def watch(model: CooperationModel) -> None:
        t = model.round - 1
        for z, trafficker in enumerate(model.traffickers):
            born[z] = t if trafficker.moved else born[z]
            lags[z].add(trafficker.lag)
            assert trafficker.covered == (t - born[z] >= trafficker.lag)

    run(made, 1, 0, watch)
    assert all((len(drawn) > 1) == (spread > 0) for drawn in lags)


# --- what is counted ------------------------------------------------------------------------------


def test_exposure_has_one_factor_for_each_twelve_rounds_and_the_last_holds():
    made = government(4, 3, 40, exposure=[1.0, 0.5, 0.25], volume=10.0)
    assert run(made, 1, 0).series["attempts"] == [30.0] * 12 + [15.0] * 12 + [7.5] * 16


def test_detection_changes_in_its_first_round_and_true_cases_do_not():
    settings = {"switching": "random", "chance": 0.0, "volume": 10.0, "residual": 0.5}
    steps = {"detected_covered": 0.25, "detection_multiplier": [1.0, 2.0, 9.0], "detection_from": [0, 5, 8]}
    series = run(government(4, 1, 10, **settings, **steps), 1, 0).series
    assert series["detected_cases"] == [2.5] * 5 + [5.0] * 3 + [10.0] * 2  # never above attempts
    assert series["true_cases"] == [5.0] * 10


def test_detection_and_true_cases_tell_covered_from_uncovered():
    settings = {"switching": "random", "chance": 0.0, "start": "new", "volume": 10.0, "residual": 0.5}
    series = run(government(4, 1, 8, **settings, detected_covered=0.25, detected_uncovered=0.125), 1, 0).series
    assert series["detected_cases"] == [1.25] * 4 + [2.5] * 4
    assert series["true_cases"] == [10.0] * 4 + [5.0] * 4


def test_outdated_procedures_remember_the_uncovered_share_of_active_effort_one_round_later():
    # at lag 3 a new modus pays only while cooperation fails somewhere, so that some are idle and some are not
    settings = {"switching": "adaptive", "start": "new", "government_lag_spread": 0.5, "relevance_memory": 4.0}
    history = run(government(3, 20, 80, error=0.1, **settings), 1, 0)
    series, outdated = history.series, 0.0
    for t in range(80):
        assert series["outdated"][t] == pytest.approx(outdated, rel=1e-12)
        active = series["active"][t]
        share = series["uncovered"][t] / active if active else 0.0
        outdated += (share - outdated) / 4.0
    assert any(0 < active < 20 for active in series["active"])
