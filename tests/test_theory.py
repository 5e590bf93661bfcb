"""Laws of the closed forms, each on both sides of its border, against published values and a search of plans.

The searches know no formula: they play out a single deviator against the lagged, inattentive rule and add up
discounted payoffs. Cooperation holds if no plan that starts with a defection beats cooperating for ever.
"""

import inspect
import itertools
import math
import re
import shutil
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from sim import compiled, theory
from sim import scenario as scenarios
from sim.theory import NoClosedForm

AXELROD = (5.0, 3.0, 1.0, 0.0)
CASE = (3.0, 2.0, 0.0, -1.0)  # additive: T - R = P - S
PUNISHING = (4.0, 3.0, 1.0, -2.0)  # defecting tempts more against a defector: P - S > T - R
GAMES = (AXELROD, CASE, PUNISHING)
NEAR = 1e-6

# The illustrative Indonesian case; each test adds partners and what it varies.
DYAD = {"temptation": 3.0, "reward": 2.0, "punishment": 0.0, "discount": 0.97, "noticed": 0.95}
MANY = DYAD | {"attention": 1.0, "coordination_cost": 0.02}
DENSITY = 0.68  # share of pairs of parties that share a mandate


def crossing(gain: Callable[[float], float], low: float, high: float) -> float:
    """Where an increasing function changes sign, by bisection."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if gain(middle) < 0 else (low, middle)
    return (low + high) / 2


# --- Searches of a deviator's plans ---------------------------------------------------------------


def streams_against_lagged_tit_for_tat(game: tuple[float, ...], ell: int, rounds: int = 1200) -> np.ndarray:
    """Payoffs, shape (plans, rounds): six rounds with a D among them, then C or D for ever, or repeated."""
    temptation, reward, punishment, sucker = game
    payoff = np.array([[punishment, temptation], [sucker, reward]])  # [own][other], 1 = C
    plans = []
    for head in itertools.product((0, 1), repeat=6):
        if 0 in head:
            repeated = np.resize(head, rounds)
            plans += [repeated] + [np.r_[head, np.full(rounds - 6, tail)] for tail in (0, 1)]
    streams = []
    for own in plans:
        answer = np.r_[np.ones(ell, dtype=int), own[:-ell]]
        streams.append(payoff[own, answer])
    return np.array(streams)


def value_of_best_plan(
    game: tuple[float, ...],
    discount: float,
    ell: int,
    provokes: Callable[[int, int], float],
    ends: bool = False,
    g: float = 0,
) -> float:
    """Discounted payoff of the best plan whose first act is D, less that of cooperating for ever.

    State: (other's state after last round: 0 good, 1 provoked; own last ell acts, bit 0 the latest, 1 = D).
    In a round the other first reads the oldest of these acts: `provokes(state, oldest)` is the chance that it
    is then provoked, in which case it plays D with chance 1 - g. With `ends` a provoked other never returns,
    so that the deviator gets the punishment payoff from the next round on.
    """
    temptation, reward, punishment, sucker = game
    states, windows = np.meshgrid([0, 1], np.arange(2**ell), indexing="ij")
    oldest = windows >> (ell - 1)
    provoked = np.vectorize(provokes)(states, oldest).astype(float)
    harsh = provoked * (1 - g)
    gains, nexts = [], []
    for act in (0, 1):
        to_cooperator, to_defector = (temptation, punishment) if act else (reward, sucker)
        gains.append((1 - harsh) * to_cooperator + harsh * to_defector)
        nexts.append(((windows << 1) | act) & (2**ell - 1))
    value = np.full(states.shape, reward / (1 - discount))
    lasting = punishment / (1 - discount)

    def plans(value: np.ndarray) -> list[np.ndarray]:
        after = np.full_like(value[1], lasting) if ends else value[1]
        return [
            gain + discount * ((1 - provoked) * value[0][follow] + provoked * after[follow])
            for gain, follow in zip(gains, nexts, strict=True)
        ]

    while True:
        better = np.maximum(*plans(value))
        if np.max(np.abs(better - value)) < 1e-12:
            return float(plans(better)[1][0, 0] - reward / (1 - discount))
        value = better


def gain_against_tit_for_tat(
    game: tuple[float, ...], discount: float, ell: int, a: float, q: float, g: float = 0
) -> float:
    """Gain against a rule that keeps its state unless it attends.

    The deviator even sees that state. With g > 0 a real one does not, but the two plans that bind (defect
    once, defect for ever) need no sight.
    """

    def provoked(state: int, oldest: int) -> float:
        return (1 - a) * state + a * q * oldest

    return value_of_best_plan(game, discount, ell, provoked, g=g)


def gain_against_grim(game: tuple[float, ...], discount: float, ell: int, a: float, q: float) -> float:
    def provoked(state: int, oldest: int) -> float:
        return a * q * oldest

    return value_of_best_plan(game, discount, ell, provoked, ends=True)


# --- R3, R5 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lag", "known"), [(0, 0.6667), (1, 0.8165), (2, 0.8736), (3, 0.9036)])
def test_r3_critical_discount_of_lagged_tit_for_tat_has_the_known_values(lag, known):
    assert round(theory.critical_discount_tit_for_tat(*AXELROD, response_lag=lag), 4) == known


def test_theta_is_two_thirds_for_tit_for_tat_and_one_half_for_grim_at_axelrods_payoffs():
    assert theory.theta_tit_for_tat(*AXELROD) == pytest.approx(2 / 3, abs=1e-15)
    assert theory.theta_grim(*AXELROD[:3]) == 0.5


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("ell", [1, 2, 3])
def test_r3_no_plan_pays_exactly_from_the_critical_discount_on(game, ell):
    streams = streams_against_lagged_tit_for_tat(game, ell)

    def gain(discount):
        weights = discount ** np.arange(streams.shape[1])
        return float(np.max((streams - game[1]) @ weights))

    critical = theory.critical_discount_tit_for_tat(*game, response_lag=ell - 1)
    assert gain(critical - NEAR) > 0 > gain(critical + NEAR)


@pytest.mark.parametrize(("discount", "known"), [(0.8, 1), (0.9, 3), (0.95, 7), (0.98, 20), (0.99, 40)])
def test_r5_longest_lag_has_the_known_values_and_is_the_last_that_holds(discount, known):
    theta = theory.theta_tit_for_tat(*AXELROD)
    assert theory.longest_response_lag(theta, discount) == known
    assert discount**known >= theta > discount ** (known + 1)


@given(theta=st.floats(0.05, 0.95), ell=st.integers(1, 60))
def test_r5_inverts_r3_ties_included(theta, ell):
    critical = theta ** (1 / ell)
    assert theory.longest_response_lag(theta, critical) == ell
    assert theory.longest_response_lag(theta, critical * (1 - 1e-6)) == ell - 1


def test_r5_no_lag_holds_without_a_future_or_against_too_strong_a_temptation():
    assert theory.longest_response_lag(0.5, 0.0) == 0
    assert theory.longest_response_lag(1.0, 0.99) == 0
    assert theory.longest_response_lag(0.7, 0.6) == 0


# --- R22, R23 -------------------------------------------------------------------------------------

READING = [(1.0, 1.0, 0.0), (0.4, 0.95, 0.0), (0.3, 0.9, 0.1), (1.0, 0.8, 0.05)]


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("ell", [1, 2, 3])
@pytest.mark.parametrize(("a", "q", "g"), READING)
def test_r22_no_plan_pays_against_inattentive_tit_for_tat_exactly_inside_the_border(game, ell, a, q, g):
    theta = theory.theta_tit_for_tat(*game)
    critical = crossing(lambda w: theory.index_tit_for_tat(w, ell - 1, a, q, g) - theta, 0.0, 0.9999)
    assert gain_against_tit_for_tat(game, critical - NEAR, ell, a, q, g) > 0
    assert gain_against_tit_for_tat(game, critical + NEAR, ell, a, q, g) < 0


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("ell", [1, 2, 3])
@pytest.mark.parametrize(("a", "q"), [(1.0, 1.0), (0.4, 0.95), (0.2, 0.7), (1.0, 0.5)])
def test_r23_no_plan_pays_against_inattentive_grim_exactly_inside_the_border(game, ell, a, q):
    theta = theory.theta_grim(*game[:3])
    critical = crossing(lambda w: theory.index_grim(w, ell - 1, a, q) - theta, 0.0, 0.9999)
    assert gain_against_grim(game, critical - NEAR, ell, a, q) > 0
    assert gain_against_grim(game, critical + NEAR, ell, a, q) < 0


@given(
    game=st.sampled_from(GAMES),
    discount=st.floats(0.3, 0.97),
    ell=st.integers(1, 4),
    a=st.floats(0.05, 1),
    q=st.floats(0.05, 1),
    g=st.floats(0, 0.5),
)
@settings(max_examples=60, deadline=None)
def test_r22_and_r23_classify_any_case_as_the_search_of_plans_does(game, discount, ell, a, q, g):
    slack = theory.index_tit_for_tat(discount, ell - 1, a, q, g) - theory.theta_tit_for_tat(*game)
    if abs(slack) > NEAR:
        assert (gain_against_tit_for_tat(game, discount, ell, a, q, g) < 0) == (slack > 0)
    slack = theory.index_grim(discount, ell - 1, a, q) - theory.theta_grim(*game[:3])
    if abs(slack) > NEAR:
        assert (gain_against_grim(game, discount, ell, a, q) < 0) == (slack > 0)


@given(discount=st.floats(0, 0.999), lag=st.integers(0, 30))
def test_with_clean_and_complete_information_both_indices_are_the_discount_to_the_power_ell(discount, lag):
    for index in (theory.index_tit_for_tat, theory.index_grim):
        assert index(discount, lag, attended=1, noticed=1) == pytest.approx(discount ** (lag + 1))


@pytest.mark.parametrize("lag", range(6))
def test_r22_without_noise_is_r3(lag):
    critical = theory.critical_discount_tit_for_tat(*AXELROD, response_lag=lag)
    assert theory.index_tit_for_tat(critical, lag, 1, 1) == pytest.approx(theory.theta_tit_for_tat(*AXELROD))


@given(
    discount=st.floats(0.01, 0.99),
    lag=st.floats(0, 30),
    a=st.floats(0.01, 1),
    q=st.floats(0.01, 1),
    less=st.floats(0.01, 0.99),
)
def test_each_factor_of_the_shadow_of_the_future_moves_both_indices_its_own_way(discount, lag, a, q, less):
    for index in (theory.index_tit_for_tat, theory.index_grim):
        whole = index(discount, lag, a, q)
        assert index(discount * less, lag, a, q) < whole
        assert index(discount, lag + 1, a, q) == pytest.approx(discount * whole)
        assert index(discount, lag, a * less, q) < whole
        assert index(discount, lag, a, q * less) < whole
    assert theory.index_tit_for_tat(discount, lag, a, q, less) < theory.index_tit_for_tat(discount, lag, a, q)


# --- T4, T5, T6 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", [1, 5, 12])
@pytest.mark.parametrize("lag", [0, 1, 4, 5, 12, 13, 40])
def test_t4_is_the_count_of_rounds_in_which_the_modus_is_younger_than_the_lag(interval, lag):
    rounds = 10 * interval
    uncovered = sum(t % interval < lag for t in range(rounds))
    assert theory.uncovered_share_fixed(lag, interval) == uncovered / rounds


@pytest.mark.parametrize("chance", [0.0, 1 / 12, 0.5, 1.0])
@pytest.mark.parametrize("lag", [0, 1, 4, 24])
def test_t5_is_the_stationary_chance_that_the_modus_is_younger_than_the_lag(chance, lag):
    ages = np.zeros(lag + 1)  # ages[-1]: old enough to be covered
    ages[-1] = 1.0
    for _ in range(2000):
        older = np.r_[0.0, ages[:-1]] * (1 - chance)
        older[-1] += ages[-1] * (1 - chance)
        older[0] += chance
        ages = older
    assert theory.uncovered_share_random(lag, chance) == pytest.approx(ages[:lag].sum(), abs=1e-12)


@pytest.mark.parametrize("interval", [1, 5, 12])
@pytest.mark.parametrize("lag", [1, 4, 24])
def test_t6_is_the_stationary_chance_that_no_answer_has_been_found(interval, lag):
    uncovered = 0.0
    for _ in range(2000):
        unanswered = uncovered * (1 - 1 / lag)
        uncovered = 1 / interval + (1 - 1 / interval) * unanswered
    assert theory.uncovered_share_geometric(lag, interval) == pytest.approx(uncovered, abs=1e-12)


def test_an_instant_answer_leaves_nothing_uncovered_under_any_law():
    assert theory.uncovered_share_fixed(0, 12) == 0
    assert theory.uncovered_share_random(0, 1 / 12) == 0
    assert theory.uncovered_share_geometric(0, 1) == 0


def test_three_laws_with_equal_means_give_three_shares():
    lag, interval = 6, 12
    shares = (
        theory.uncovered_share_fixed(lag, interval),
        theory.uncovered_share_random(lag, 1 / interval),
        theory.uncovered_share_geometric(lag, interval),
    )
    assert shares == pytest.approx((0.5, 1 - (11 / 12) ** 6, 6 / 17))
    assert len({round(share, 3) for share in shares}) == 3


# --- R24, R25 -------------------------------------------------------------------------------------


def test_attention_is_complete_up_to_its_limit_and_then_shared():
    assert [theory.attended(3, k) for k in (1, 3, 4, 6)] == [1, 1, 0.75, 0.5]


def test_r24_cooperation_costs_only_other_partners_and_temptation_and_punishment_stay():
    assert theory.cooperation_payoffs(2.0, -1.0, 0.5, partners=1) == (2.0, -1.0)
    assert theory.cooperation_payoffs(2.0, -1.0, 0.5, partners=4) == (0.5, -2.5)


def partners_of_complete_mandates(parties: int) -> float:
    """Mean number of partners; never below 1, since a party without partner is linked to one."""
    return max(1.0, DENSITY * (parties - 1))


@pytest.mark.parametrize(("parties", "known"), [(2, 36), (24, 15)])
def test_r25_longest_ell_falls_from_36_for_two_parties_to_15_for_twenty_four(parties, known):
    case = MANY | {"partners": partners_of_complete_mandates(parties)}
    ell = theory.critical_response_lag(**case) + 1
    assert math.floor(ell) == known
    assert theory.margin(response_lag=known - 1, **case) >= 0 > theory.margin(response_lag=known, **case)


@pytest.mark.parametrize(
    ("ministries", "known"), [(2, math.inf), (22, math.inf), (23, 31.248), (24, 22.270), (30, 6.180)]
)
def test_r25_critical_government_lag_is_infinite_for_few_ministries_and_short_for_many(ministries, known):
    case = MANY | {"partners": DENSITY * ministries, "response_lag": 4, "relevance": 0.25}
    critical = theory.critical_government_lag(switching_chance=1 / 12, **case)
    assert critical == pytest.approx(known, abs=5e-4)

    def margin_at(lag):
        return theory.margin(outdated=theory.uncovered_share_random(lag, 1 / 12), **case)

    if critical == math.inf:
        assert margin_at(1e6) >= 0
    else:
        assert margin_at(math.floor(critical)) > 0 > margin_at(math.floor(critical) + 1)


def test_r25_critical_government_lag_is_negative_where_cooperation_fails_already_at_lag_zero():
    case = MANY | {"partners": DENSITY * 60, "response_lag": 4}
    assert theory.margin(**case) < 0
    assert theory.critical_government_lag(relevance=0.25, switching_chance=1 / 12, **case) < 0
    assert theory.critical_government_lag(relevance=0.0, switching_chance=1 / 12, **case) == -math.inf
    assert theory.critical_government_lag(relevance=0.25, switching_chance=0.0, **case) == -math.inf
    assert theory.critical_government_lag(relevance=0.25, switching_chance=1.0, **case) == -math.inf


def test_r25_no_government_lag_matters_without_relevance_or_without_new_modi():
    case = MANY | {"partners": DENSITY * 30, "response_lag": 4}
    assert theory.critical_government_lag(relevance=0.0, switching_chance=1 / 12, **case) == math.inf
    assert theory.critical_government_lag(relevance=0.25, switching_chance=0.0, **case) == math.inf
    assert theory.critical_government_lag(relevance=0.25, switching_chance=1.0, **case) == 0.0


@st.composite
def cases(draw):
    """Any prisoner's dilemma with any information, attention, cost and coupling."""
    punishment = draw(st.floats(-3, 3))
    reward = punishment + draw(st.floats(0.1, 5))
    return {
        "temptation": reward + draw(st.floats(0.1, 5)),
        "reward": reward,
        "punishment": punishment,
        "discount": draw(st.floats(0.05, 0.99)),
        "noticed": draw(st.floats(0.05, 1)),
        "attention": draw(st.floats(0.2, 10)),
        "partners": draw(st.floats(1, 30)),
        "coordination_cost": draw(st.floats(0, 0.1)),
        "relevance": draw(st.floats(0.01, 1)),
    }


@given(case=cases(), outdated=st.floats(0, 1))
def test_r25_margin_changes_sign_at_the_critical_response_lag(case, outdated):
    critical = theory.critical_response_lag(outdated=outdated, **case)
    if critical < 0:
        assert theory.margin(response_lag=0, outdated=outdated, **case) < 0
    else:
        assert theory.margin(response_lag=critical + 1e-3, outdated=outdated, **case) < 0
        assert theory.margin(response_lag=max(0, critical - 1e-3), outdated=outdated, **case) > -1e-12


@given(case=cases(), lag=st.floats(0, 10), chance=st.floats(0.01, 0.9))
def test_r25_margin_changes_sign_at_the_critical_government_lag(case, lag, chance):
    critical = theory.critical_government_lag(response_lag=lag, switching_chance=chance, **case)

    def margin_at(government_lag):
        outdated = theory.uncovered_share_random(government_lag, chance)
        return theory.margin(response_lag=lag, outdated=outdated, **case)

    if critical < 0:
        assert margin_at(0) < 1e-12
    elif critical == math.inf:
        assert margin_at(1e6) > -1e-12
    else:
        assert margin_at(critical * 1.01 + 1e-3) < 1e-12
        assert margin_at(max(0, critical * 0.99 - 1e-3)) > -1e-12


@given(case=cases(), gap=st.floats(0.1, 5), generosity=st.floats(0, 0.9), outdated=st.floats(0, 1))
def test_r22_index_meets_theta_at_the_critical_response_lag_of_tit_for_tat(case, gap, generosity, outdated):
    case = case | {"sucker": case["punishment"] - gap}
    critical = theory.critical_response_lag_tit_for_tat(generosity=generosity, outdated=outdated, **case)
    kept, exploited = theory.cooperation_payoffs(
        case["reward"], case["sucker"], case["coordination_cost"], case["partners"]
    )
    kept -= case["relevance"] * outdated * (case["reward"] - case["punishment"])
    if kept <= case["punishment"]:
        assert critical < 0
    elif critical >= 0:
        theta = theory.theta_tit_for_tat(case["temptation"], kept, case["punishment"], exploited)
        a = theory.attended(case["attention"], case["partners"])
        index = theory.index_tit_for_tat(case["discount"], critical, a, case["noticed"], generosity)
        assert index == pytest.approx(theta, rel=1e-9)


@pytest.mark.parametrize("partners", [1.0, 2.0, 3.0])
def test_r25_a_searched_plan_pays_from_the_first_response_lag_beyond_the_critical_one(partners):
    case = DYAD | {"attention": 1.0, "coordination_cost": 0.12, "discount": 0.85, "partners": partners}
    last = math.floor(theory.critical_response_lag(**case))
    assert last >= 0
    kept, exploited = theory.cooperation_payoffs(2.0, -1.0, 0.12, partners)
    game, a = (3.0, kept, 0.0, exploited), theory.attended(1.0, partners)
    gains = [gain_against_grim(game, 0.85, ell, a, 0.95) for ell in (last + 1, last + 2)]
    assert gains[0] < 0 < gains[1]


def test_r25_more_partners_or_slower_answers_never_help():
    lags = [theory.critical_response_lag(partners=k, **MANY) for k in range(1, 40)]
    assert lags == sorted(lags, reverse=True)
    case = MANY | {"relevance": 0.25, "switching_chance": 1 / 12}
    by_partners = [theory.critical_government_lag(partners=k, response_lag=4, **case) for k in range(1, 40)]
    assert by_partners == sorted(by_partners, reverse=True)
    by_lag = [theory.critical_government_lag(partners=10, response_lag=d, **case) for d in range(40)]
    assert by_lag == sorted(by_lag, reverse=True)


# --- G1, G2, G3 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("game", "kind", "equilibria"),
    [
        ((5.0, 3.0, 1.0, 0.0), "prisoners_dilemma", ("DD",)),
        ((3.0, 5.0, 1.0, 0.0), "stag_hunt", ("CC", "DD")),
        ((5.0, 3.0, 0.0, 1.0), "chicken", ("CD", "DC")),
        ((2.0, 4.0, 0.0, 1.0), "harmony", ("CC",)),
        ((5.0, 1.0, 3.0, 0.0), "deadlock", ("DD",)),
    ],
)
def test_g1_each_ordering_has_its_name_and_the_pairs_of_acts_that_nobody_leaves(game, kind, equilibria):
    temptation, reward, punishment, sucker = game
    payoff = {"CC": reward, "CD": sucker, "DC": temptation, "DD": punishment}
    other = {"C": "D", "D": "C"}
    searched = tuple(
        a + b
        for a, b in ("CC", "CD", "DC", "DD")
        if payoff[a + b] >= payoff[other[a] + b] and payoff[b + a] >= payoff[other[b] + a]
    )
    assert theory.kind_of_game(*game) == kind
    assert theory.pure_equilibria(*game) == searched == equilibria


@pytest.mark.parametrize(
    "game",
    [
        (3, 3, 1, 0),
        (5, 1, 1, 0),
        (5, 3, 0, 0),
        (5, 3, 0, 3),
        (5, 1, 5, 0),
        (5, 1, 3, 1),
        (4, 4, 0, 1),
        (2, 3, 1, 1),
        (5, 3, 3, 0),
        (1, 2, 3, 0),
    ],
)
def test_g1_payoffs_that_tie_are_of_no_kind(game):
    with pytest.raises(NoClosedForm, match="no kind of game has T = "):
        theory.kind_of_game(*game)


def test_g1_a_tie_of_temptation_and_punishment_is_still_a_stag_hunt():
    assert theory.kind_of_game(1, 2, 1, 0) == "stag_hunt"
    assert theory.pure_equilibria(3, 3, 1, 1) == ("CC", "CD", "DC", "DD")


@pytest.mark.parametrize("game", [(3.0, 5.0, 1.0, 0.0), (5.0, 3.0, 0.0, 1.0), (2.0, 7.0, 1.5, -3.0)])
def test_g2_at_the_mixed_share_both_acts_earn_the_same(game):
    temptation, reward, punishment, sucker = game
    share = theory.mixed_cooperation_share(*game)
    assert 0 < share < 1
    assert share * reward + (1 - share) * sucker == pytest.approx(share * temptation + (1 - share) * punishment)


@pytest.mark.parametrize("game", [(5.0, 3.0, 1.0, 0.0), (3.0, 2.0, 0.0, -1.0), (4.0, 3.0, 1.0, -2.0)])
@pytest.mark.parametrize("corner", ["sucker", "punishment"])
def test_g3_conflict_is_the_share_of_joint_demands_beyond_the_frontier(game, corner):
    temptation, reward, punishment, sucker = game
    least = sucker if corner == "sucker" else punishment
    cells = 1000
    line = least + (temptation - least) * (np.arange(cells) + 0.5) / cells
    x, y = np.meshgrid(line, line)
    slope = (temptation - reward) / (reward - sucker)
    frontier = np.where(x < reward, temptation - slope * (x - sucker), reward - (x - reward) / slope)
    tolerance = 4 / cells  # the frontier crosses at most two cells in each of the rows and columns
    assert theory.conflict_area(*game, corner=corner) == pytest.approx(np.mean(y > frontier), abs=tolerance)


def test_g3_the_two_indices_of_rapoport_and_chammah_are_known_at_axelrods_payoffs():
    assert theory.cooperation_index(5, 3, 1, 0) == 0.4
    assert theory.cooperation_index(7, 3, 1, -1) == 0.25
    assert 1 - theory.conflict_area(5, 3, 1, 0, corner="sucker") == pytest.approx(0.6)


# --- R4, R6 to R10 --------------------------------------------------------------------------------


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("ell", [1, 2, 3, 4])
def test_r4_no_plan_pays_against_lagged_grim_exactly_from_the_critical_discount_on(game, ell):
    critical = theory.critical_discount_grim(*game[:3], response_lag=ell - 1)
    assert gain_against_grim(game, critical - NEAR, ell, 1.0, 1.0) > 0
    assert gain_against_grim(game, critical + NEAR, ell, 1.0, 1.0) < 0
    assert critical == pytest.approx(theory.theta_grim(*game[:3]) ** (1 / ell))


@pytest.mark.parametrize(("lags", "known"), [((0, 0), 2.5), ((1, 1), 2.75), ((3, 0), 2.8), ((0, 2), 2.75)])
def test_r6_one_forced_slip_echoes_at_the_known_mean(lags, known):
    rounds = 30 * (sum(lags) + 2)
    acts = np.ones((rounds, 2), dtype=int)
    for t in range(rounds):
        for side in (0, 1):
            if t - lags[side] - 1 >= 0:
                acts[t, side] = acts[t - lags[side] - 1, 1 - side]
        if t == 5:
            acts[t, 0] = 0
    table = np.array([[1.0, 5.0], [0.0, 3.0]])
    settled = acts[-10 * (sum(lags) + 2) :]
    mean = table[settled[:, 0], settled[:, 1]].mean()
    assert theory.echo_payoff(5, 3, 0, *lags) == pytest.approx(known) == mean


def test_r7_the_slower_answer_decides_whoever_gives_it():
    for lags in ((0, 0), (0, 3), (2, 1)):
        assert theory.index_of_pair(0.9, *lags) == pytest.approx(0.9 ** (max(lags) + 1))
        assert theory.index_of_pair(0.9, *lags) == theory.index_of_pair(0.9, *reversed(lags))


def discounted(stream: list[float], discount: float) -> float:
    """Discounted payoff per round of a stream whose last entry lasts for ever."""
    *head, tail = stream
    weights = discount ** np.arange(len(head))
    return float((1 - discount) * np.dot(weights, head) + discount ** len(head) * tail)


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("ell", [1, 2, 4])
def test_r8_and_r9_at_the_border_both_rules_earn_the_same(game, ell):
    temptation, reward, punishment, sucker = game
    discount = 0.97
    exploited = discounted([sucker] * ell + [punishment], discount)
    exploiting = discounted([temptation] * ell + [punishment], discount)
    share = theory.cluster_share(*game, discount, ell - 1)
    assert share * reward + (1 - share) * exploited == pytest.approx(punishment)
    share = theory.tit_for_tat_separatrix(*game, discount, ell - 1)
    assert 0 < share < 1
    assert share * reward + (1 - share) * exploited == pytest.approx(share * exploiting + (1 - share) * punishment)


def test_r9_at_the_critical_discount_of_grim_the_separatrix_is_one_and_below_it_there_is_none():
    assert theory.tit_for_tat_separatrix(5, 3, 1, 0, 0.5) == pytest.approx(1)
    with pytest.raises(NoClosedForm, match="defectors earn more at every share"):
        theory.tit_for_tat_separatrix(5, 3, 1, 0, 0.5 - NEAR)


def test_r10_cooperating_with_a_defector_costs_the_difference_of_punishment_and_sucker():
    assert theory.gain_against_alld(punishment=1, sucker=-2) == -3


# --- R11, R12 -------------------------------------------------------------------------------------


@given(w=st.floats(0, 0.99), d=st.integers(0, 9), q=st.floats(0, 1), g=st.floats(0, 1), s=st.floats(0, 1))
def test_r11_horizon_lag_notice_generosity_and_sanctioners_are_factors_of_one_product(w, d, q, g, s):
    assert theory.index_with_sanctioners(w, d, q, g, s) == pytest.approx(w ** (d + 1) * q * (1 - g) * s)


def gain_against_false_alarms(game, discount, ell, q, f, g) -> float:
    """Best discounted payoff after a first D less that after a first C, against a memory of one report."""
    temptation, reward, punishment, sucker = game
    shadow = discount**ell  # threads do not touch each other
    value = np.zeros(2)  # by the other's state: pleased, provoked
    chances = np.array([1.0, g])  # of its C
    stage = np.array([chances * temptation + (1 - chances) * punishment, chances * reward + (1 - chances) * sucker])
    while True:
        after = [q * value[1] + (1 - q) * value[0], f * value[1] + (1 - f) * value[0]]
        plans = [stage[act] + shadow * after[act] for act in (0, 1)]
        better = np.maximum(*plans)
        if np.max(np.abs(better - value)) < 1e-13:
            return float(plans[0][0] - plans[1][0])
        value = better


@pytest.mark.parametrize("ell", [1, 3])
@pytest.mark.parametrize(("q", "f", "g"), [(1.0, 0.3, 0.0), (0.8, 0.1, 0.0), (0.9, 0.1, 0.2)])
def test_r12_cooperation_pays_under_false_alarms_exactly_where_the_margin_is_positive(ell, q, f, g):
    game = (4.0, 3.0, 1.0, 0.0)  # additive, cost 1, benefit 3
    told = dict(zip(("temptation", "reward", "punishment", "sucker"), game, strict=True))
    told |= {"response_lag": ell - 1, "noticed": q, "false_alarm": f, "generosity": g}
    critical = crossing(lambda w: theory.margin_with_false_alarms(discount=w, **told), 0.0, 0.9999)
    assert gain_against_false_alarms(game, critical - NEAR, ell, q, f, g) > 0
    assert gain_against_false_alarms(game, critical + NEAR, ell, q, f, g) < 0
    assert critical**ell * (1 - g) * (q - f) == pytest.approx(1 / 3)


def test_r12_with_false_alarms_other_payoffs_have_no_product_and_without_them_they_have():
    told = {"temptation": 5, "reward": 3, "punishment": 1, "sucker": 0, "discount": 0.9, "response_lag": 0}
    assert theory.margin_with_false_alarms(noticed=0.8, false_alarm=0.0, **told) == pytest.approx(0.72 - 2 / 3)
    with pytest.raises(NoClosedForm, match="only where T - R = P - S; got 2 and 1"):
        theory.margin_with_false_alarms(noticed=0.8, false_alarm=0.01, **told)
    with pytest.raises(NoClosedForm, match="only where T - R = P - S; got 2 and 1"):
        theory.margin_with_false_alarms(noticed=0.8, false_alarm=0.0, action_error=0.01, **told)


@pytest.mark.parametrize("ell", [1, 3])
@pytest.mark.parametrize("e", [0.01, 0.1, 0.3])
def test_r12_under_slips_the_partners_slip_takes_from_the_answer_and_ones_own_from_nothing(ell, e):
    """Value iteration: the answer in ell rounds to an act that was meant, both acts turned round with chance e."""
    game = (4.0, 3.0, 1.0, 0.0)  # additive, cost 1, benefit 3
    told = dict(zip(("temptation", "reward", "punishment", "sucker"), game, strict=True))
    told |= {"response_lag": ell - 1, "noticed": 1.0, "false_alarm": 0.0, "action_error": e}

    def gain(w):  # C or D of the partner by the own realised act of ell rounds ago; the rest of the games is the same
        realised = {"C": 1 - e, "D": e}  # chance that the own act is C
        now = {meant: -1.0 * chance for meant, chance in realised.items()}
        answer = {meant: 3.0 * (chance * (1 - e) + (1 - chance) * e) for meant, chance in realised.items()}
        return now["D"] + w**ell * answer["D"] - now["C"] - w**ell * answer["C"]

    if 1 - 2 * e <= 1 / 3:  # nothing deters
        assert gain(0.9999) > 0 > theory.margin_with_false_alarms(discount=0.9999, **told)
        return
    critical = crossing(lambda w: theory.margin_with_false_alarms(discount=w, **told), 0.0, 0.9999)
    assert gain(critical - NEAR) > 0 > gain(critical + NEAR)


# --- R14, R15, R16 --------------------------------------------------------------------------------


def gain_at_high_stake(game, shadow: float, high: float, forgives: bool) -> float:
    """Gain of a first D at the high stake, best plan after, against a rule with a memory of one round or for ever."""
    temptation, reward, punishment, sucker = game
    chance = 0.1
    stakes = np.array([high, (1 - chance * high) / (1 - chance)])
    calm = hurt = 0.0
    while True:
        kept, left = reward * stakes + shadow * calm, temptation * stakes + shadow * hurt
        back = sucker * stakes + shadow * (calm if forgives else hurt)
        stay = punishment * stakes + shadow * hurt
        new = float(np.dot((chance, 1 - chance), np.maximum(kept, left)))
        new_hurt = float(np.dot((chance, 1 - chance), np.maximum(back, stay)))
        if abs(new - calm) + abs(new_hurt - hurt) < 1e-12:
            return float(left[0] - kept[0])
        calm, hurt = new, new_hurt


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("high", [1.0, 1.5, 3.0, 5.0])
def test_r14_no_plan_pays_at_the_high_stake_exactly_from_the_critical_discount_of_grim_on(game, high):
    critical = theory.critical_discount_grim_with_stakes(*game[:3], high)
    assert gain_at_high_stake(game, critical - NEAR, high, forgives=False) > 0
    assert gain_at_high_stake(game, critical + NEAR, high, forgives=False) < 0
    assert theory.margin_grim_with_stakes(*game[:3], critical, 0, high) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("game", [AXELROD, CASE, (4.0, 3.0, 1.0, 0.5)])
@pytest.mark.parametrize(("discount", "ell"), [(0.95, 1), (0.97, 3)])
def test_r15_no_plan_pays_against_tit_for_tat_exactly_up_to_the_highest_stake(game, discount, ell):
    high = theory.highest_stake_of_tit_for_tat(*game, discount, ell - 1)
    assert gain_at_high_stake(game, discount**ell, high + NEAR, forgives=True) > 0
    assert gain_at_high_stake(game, discount**ell, high - NEAR, forgives=True) < 0


def test_r15_stakes_break_tit_for_tat_above_one_and_a_half_at_every_horizon():
    assert theory.highest_stake_of_tit_for_tat(*AXELROD, 0.99999) == pytest.approx(1.5, abs=1e-4)
    assert theory.highest_stake_of_tit_for_tat(*AXELROD, 0.5) == 0.75
    with pytest.raises(NoClosedForm, match="derived for P - S <= T - R"):
        theory.highest_stake_of_tit_for_tat(*PUNISHING, 0.9)


@pytest.mark.parametrize("ell", [1, 2, 5])
@pytest.mark.parametrize("high", [1.0, 2.0])
def test_r15b_the_margin_is_what_defecting_for_ever_from_a_high_stake_on_loses(ell, high):
    temptation, reward, punishment, _ = AXELROD
    for discount in (0.5, 0.9):
        left = discounted([temptation * high] + [temptation] * (ell - 1) + [punishment], discount)
        kept = discounted([reward * high, reward], discount)
        margin = theory.margin_grim_with_stakes(*AXELROD[:3], discount, ell - 1, high)
        assert margin == pytest.approx(kept - left)


@pytest.mark.parametrize("ell", [1, 3])
def test_r16_linked_games_hold_exactly_where_the_sum_of_defecting_in_all_stops_to_pay(ell):
    games = [(5.0, 3.0, 1.0), (5.0, 4.0, 1.0), (9.0, 4.0, 0.0)]
    critical = theory.critical_discount_linked(games, response_lag=ell - 1)
    for discount, pays in ((critical - NEAR, True), (critical + NEAR, False)):
        left = sum(discounted([t] * ell + [p], discount) for t, _, p in games)
        assert (left > sum(r for _, r, _ in games)) == pays
    alone = [theory.critical_discount_grim(*game, response_lag=ell - 1) for game in games]
    assert min(alone) < critical < max(alone)


def test_r16_identical_games_gain_nothing_by_being_linked():
    assert theory.critical_discount_linked([AXELROD[:3]] * 4) == theory.critical_discount_grim(*AXELROD[:3])


# --- R17, R18, R19 --------------------------------------------------------------------------------


@pytest.mark.parametrize("game", [AXELROD, CASE])
@pytest.mark.parametrize(("lag", "discount"), [(0, 1.0), (1, 1.0), (2, 0.97), (11, 1.0)])
def test_r17_the_best_reply_with_a_known_end_defects_in_the_last_ell_rounds(game, lag, discount):
    temptation, reward, punishment, sucker = game
    table, rounds, ell = np.array([[punishment, temptation], [sucker, reward]]), 8, lag + 1
    plans = np.array(list(itertools.product((0, 1), repeat=rounds)))
    answers = np.ones_like(plans)
    answers[:, ell:] = plans[:, : max(0, rounds - ell)]
    best = plans[np.argmax(table[plans, answers] @ discount ** np.arange(rounds))]
    theta = theory.theta_tit_for_tat(*game)
    count = theory.defections_before_known_end(theta, rounds, lag, discount)
    assert best.tolist() == [1] * (rounds - count) + [0] * count


def test_r17_where_the_future_is_too_weak_more_rounds_are_lost():
    with pytest.raises(NoClosedForm, match=r"earlier defections pay too: w\^ell = 0.49"):
        theory.defections_before_known_end(2 / 3, 10, 1, discount=0.7)
    with pytest.raises(NoClosedForm, match="does not exceed theta"):
        theory.defections_before_known_end(1.0, 10, 0)


@pytest.mark.parametrize("chance", [0.00346, 0.1, 0.5, 0.75, 0.9, 1.0])
def test_r18_mean_and_median_are_those_of_the_lengths(chance):
    rounds = np.arange(1, 20_000)
    lengths = chance * (1 - chance) ** (rounds - 1.0)
    assert theory.mean_length(chance) == pytest.approx(np.dot(rounds, lengths))
    assert theory.median_length(chance) == rounds[np.argmax(np.cumsum(lengths) >= 0.5 - 1e-12)]


@pytest.mark.parametrize("lag", [0, 1, 3])
@given(acts=st.lists(st.integers(0, 1), min_size=1, max_size=40))
@settings(max_examples=50)
def test_r19_a_tit_for_tat_never_leads_and_trails_by_no_more_than_its_greatest_deficit(lag, acts):
    own = np.array(acts)
    copy = np.r_[np.ones(lag + 1, dtype=int), own[: -lag - 1]][: len(own)]
    table = np.array([[1.0, 5.0], [0.0, 3.0]])
    deficit = (table[own, copy] - table[copy, own]).sum()
    assert 0 <= deficit <= theory.greatest_deficit_of_tit_for_tat(5, 0, lag)


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_r19_a_defector_makes_the_greatest_deficit_true(lag):
    assert theory.greatest_deficit_of_tit_for_tat(5, -1, lag) == 6 * (lag + 1)


# --- R20, R21 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("parties", [2, 3, 4, 7, 10])
def test_r20_the_chance_of_a_meeting_is_the_share_of_pairs_that_are_matched(parties):
    pairs = parties * (parties - 1) / 2
    assert theory.meeting_chance(parties) == pytest.approx((parties // 2) / pairs)


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("meeting", [1.0, 1 / 3, 1 / 9])
def test_r20_a_defection_pays_between_rare_meetings_exactly_below_the_critical_discount(game, meeting):
    temptation, reward, punishment, sucker = game

    def gain(w):
        # expected discount until the next meeting; then one act is answered, or all
        answer = w * meeting / (1 - w * (1 - meeting))
        once = temptation - reward - answer * (reward - sucker)
        always = temptation - reward - answer / (1 - answer) * (reward - punishment)
        return max(once, always)

    critical = theory.critical_discount_rare_meetings(theory.theta_tit_for_tat(*game), meeting)
    assert gain(critical - NEAR) > 0 > gain(critical + NEAR)
    index = theory.index_tit_for_tat(critical, 0, attended=meeting, noticed=1)
    assert index == pytest.approx(theory.theta_tit_for_tat(*game))


@given(theta=st.floats(0.05, 0.9), w=st.floats(0.5, 0.99), d=st.integers(0, 6), q=st.floats(0.02, 0.98))
def test_r21_the_least_number_of_monitors_is_the_first_whose_pooled_reports_reach_theta(theta, w, d, q):
    if w ** (d + 1) > theta * (1 + NEAR):
        least = theory.least_monitors(theta, w, d, q)
        assert w ** (d + 1) * theory.pooled_noticed(q, least) >= theta * (1 - NEAR)
        assert least == 1 or w ** (d + 1) * theory.pooled_noticed(q, least - 1) < theta * (1 + NEAR)


def test_r21_known_numbers_and_where_no_number_is_enough():
    assert [theory.least_monitors(2 / 3, 0.95, lag, 0.3) for lag in (0, 2, 5)] == [4, 5, 7]
    assert theory.least_monitors(0.5, 0.5, 0, 1.0) == 1
    assert theory.least_monitors(0.375, 0.5, 0, 0.5) == 2  # a tie: 1 - 1/4 is just enough
    assert theory.pooled_noticed(0.3, 0) == 0
    for case in ((0.5, 0.5, 0, 0.9), (0.6, 0.5, 0, 1.0), (0.2, 0.9, 0, 0.0)):
        with pytest.raises(NoClosedForm, match="no number of monitors is enough"):
            theory.least_monitors(*case)


# --- N1 to N11 ------------------------------------------------------------------------------------


def memory_one_payoff(mine, theirs, game, error=0.0) -> np.ndarray:
    """Long-run payoffs of two rules by chances of C after CC, CD, DC, DD (own act first) as a 4x4 chain."""
    temptation, reward, punishment, sucker = game
    mirrored = [theirs[i] for i in (0, 2, 1, 3)]
    slip = np.array([[1 - error, error], [error, 1 - error]])
    chain = np.zeros((4, 4))
    for state in range(4):
        a, b = ((slip @ np.array([p, 1 - p])) for p in (mine[state], mirrored[state]))
        chain[state] = np.outer(a, b).ravel()
    equations = np.vstack((chain.T - np.eye(4), np.ones(4)))
    stationary = np.linalg.lstsq(equations, np.array([0, 0, 0, 0, 1.0]), rcond=None)[0]
    payoffs = [[reward, sucker, temptation, punishment], [reward, temptation, sucker, punishment]]
    return np.array(payoffs) @ stationary


COPY, WIN_STAY = (1, 0, 1, 0), (1, 0, 0, 1)


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("error", [0.001, 0.1, 0.4])
def test_n1_tit_for_tat_with_slips_earns_the_mean_of_the_four_payoffs(game, error):
    assert memory_one_payoff(COPY, COPY, game, error) == pytest.approx((theory.noise_limit(*game),) * 2)


@pytest.mark.parametrize("error", [0.0, 0.01, 0.3, 1.0])
@pytest.mark.parametrize("ell", [1, 2, 5])
def test_n2_each_answer_passes_on_what_slipped_before_and_slips_itself(error, ell):
    chance = [1 - error] * ell
    for t in range(ell, 20):
        chance.append((1 - error) * chance[t - ell] + error * (1 - chance[t - ell]))
    assert [theory.cooperation_after(t, error, ell - 1) for t in range(20)] == pytest.approx(chance)


def test_n2_after_its_half_life_half_of_what_exceeds_one_half_is_left():
    assert 34 <= theory.half_life(0.01) < 35
    assert theory.half_life(0.25) == pytest.approx(1)
    assert theory.half_life(0.25, response_lag=3) == pytest.approx(4)
    excess = [theory.cooperation_after(t, 0.01) - 0.5 for t in (0, 34, 35)]
    assert excess[1] > excess[0] / 2 > excess[2]


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize(("discount", "ell"), [(0.999, 1), (0.97, 1), (0.97, 3)])
def test_n3_the_best_generosity_is_the_last_at_which_no_plan_pays(game, discount, ell):
    best = theory.best_generosity(*game, discount, ell - 1)
    assert gain_against_tit_for_tat(game, discount, ell, 1.0, 1.0, best - NEAR) < 0
    assert gain_against_tit_for_tat(game, discount, ell, 1.0, 1.0, best + NEAR) > 0


@pytest.mark.parametrize("game", GAMES)
def test_n4_without_discount_it_is_molanders(game):
    temptation, reward, punishment, sucker = game
    known = min(1 - (temptation - reward) / (reward - sucker), (reward - punishment) / (temptation - punishment))
    assert theory.best_generosity(*game) == pytest.approx(known)


def test_n3_where_the_future_is_too_weak_no_generosity_can_be_afforded():
    assert theory.best_generosity(5, 4, 1, 0, discount=0.25) == 0
    with pytest.raises(NoClosedForm, match="no generosity can be afforded"):
        theory.best_generosity(*AXELROD, discount=0.66)


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize(
    ("rule", "loss"),
    [
        ((1, 1 / 3, 1, 1 / 3), lambda *game: theory.loss_of_generous_tit_for_tat(*game, generosity=1 / 3)),
        ((1, 0.1, 1, 0.1), lambda *game: theory.loss_of_generous_tit_for_tat(*game, generosity=0.1)),
        (WIN_STAY, theory.loss_of_win_stay_lose_shift),
    ],
)
def test_n6_and_n7_what_slips_cost_is_the_slope_of_the_payoff(game, rule, loss):
    small = 1e-4
    earned = [memory_one_payoff(rule, rule, game, error)[0] for error in (small, 2 * small)]
    slope = (4 * earned[0] - earned[1] - 3 * game[1]) / (2 * small)
    assert -slope == pytest.approx(loss(*game), rel=1e-4)


@pytest.mark.parametrize("game", GAMES)
def test_n5_a_slip_of_one_of_two_contrite_parties_costs_both_together_twice_its_loss(game):
    temptation, reward, punishment, sucker = game
    table = np.array([[punishment, temptation], [sucker, reward]])
    # good standing: D only against one in bad standing; a D without that reason loses it, a C regains it
    good, acts, cost = [True, True], [1, 1], 0.0
    for t in range(20):
        acts = [int(not (good[i] and not good[1 - i])) for i in (0, 1)]
        if t == 3:
            acts[0] = 0
        good = [bool(acts[i] == 1 or (good[i] and not good[1 - i])) for i in (0, 1)]
        cost += 2 * reward - table[acts[0], acts[1]] - table[acts[1], acts[0]]
    # each of the two slips with the same chance: together 2 error slips a round, shared by two
    assert theory.loss_of_contrite_tit_for_tat(*game) == pytest.approx(2 * cost / 2)


def test_n8_forgiving_rules_rank_and_tit_for_tat_is_last():
    error = 0.01
    losses = (
        theory.loss_of_contrite_tit_for_tat(*AXELROD),
        theory.loss_of_generous_tit_for_tat(*AXELROD, generosity=1 / 3),
        theory.loss_of_win_stay_lose_shift(*AXELROD),
        theory.loss_of_generous_tit_for_tat(*AXELROD, generosity=0.1),
    )
    payoffs = [3 - error * loss for loss in losses]
    assert payoffs == pytest.approx((2.98, 2.97, 2.95, 2.90))
    assert min(payoffs) > theory.noise_limit(*AXELROD)


@pytest.mark.parametrize("punishment", [0.9, 1.0, 1.1])
def test_n9_a_defector_takes_temptation_and_punishment_in_turn_from_win_stay_lose_shift(punishment):
    state, taken = 1, []
    for _ in range(100):
        taken.append(5.0 if state else punishment)
        state = WIN_STAY[{1: 1, 0: 3}[state]]  # it played C or D against D
    assert theory.margin_win_stay_lose_shift(5, 3, punishment) == pytest.approx(3 - np.mean(taken))


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize(("chi", "phi"), [(2.0, 0.02), (3.0, 0.03), (1.5, 0.01), (1.0, 0.05)])
def test_n10_a_rule_of_a_ratio_takes_it_from_any_partner_and_the_ratio_is_found_again(game, chi, phi):
    temptation, reward, punishment, sucker = game
    surplus = [(reward, reward), (sucker, temptation), (temptation, sucker), (punishment, punishment)]
    line = [phi * ((mine - punishment) - chi * (theirs - punishment)) for mine, theirs in surplus]
    rule = (1 + line[0], 1 + line[1], line[2], 0.0)
    assert theory.extortion_ratio(rule, *game) == pytest.approx(chi)
    for partner in ((0.9, 0.4, 0.6, 0.2), (0.7, 0.7, 0.7, 0.7)):
        mine, theirs = memory_one_payoff(rule, partner, game) - punishment
        assert mine == pytest.approx(chi * theirs)


def test_n10_published_rules_have_ratios_three_and_two_and_others_none():
    assert theory.extortion_ratio((11 / 13, 1 / 2, 7 / 26, 0), *AXELROD) == pytest.approx(3)
    assert theory.extortion_ratio((8 / 9, 1 / 2, 1 / 3, 0), *AXELROD) == pytest.approx(2)
    for rule in ((0.9, 0.5, 1 / 3, 0), (8 / 9, 1 / 2, 1 / 3, 0.1), (1, 1, 0, 0), (8 / 9, 0.6, 1 / 3, 0)):
        with pytest.raises(NoClosedForm, match="enforces no line"):
            theory.extortion_ratio(rule, *AXELROD)
    # p = (0, ...) at these payoffs would need an infinite ratio or a negative one
    with pytest.raises(NoClosedForm, match="of finite ratio"):
        theory.extortion_ratio((0.0, 0.25, 0.25, 0), 3, 2, 0, -2)


def least_punishment(w: float, q: float, f: float, k: int, game=AXELROD) -> tuple[float, float] | None:
    """Smallest chance of punishment that deters every plan of a block of k rounds, and the value it leaves."""
    temptation, reward, punishment, _ = game

    def value(beta):
        bad = w**k * f**k * beta
        return ((1 - w**k) * reward + bad * punishment) / (1 - w**k + bad)

    def gain(beta):
        best = -math.inf
        for plan in itertools.product((0, 1), repeat=k):
            if any(plan):
                earned = sum((1 - w) * w**t * (temptation if d else reward) for t, d in enumerate(plan))
                bad = q ** sum(plan) * f ** (k - sum(plan)) * beta
                best = max(best, earned + w**k * ((1 - bad) * value(beta) + bad * punishment))
        return best - value(beta)

    if gain(1.0) > 1e-12:
        return None
    beta = crossing(lambda b: -gain(b), 0.0, 1.0)
    return beta, value(beta)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize(("w", "q", "f"), [(0.98, 0.6, 0.1), (0.98, 0.6, 0.3), (0.995, 0.8, 0.3), (0.9, 0.9, 0.05)])
def test_n11_pooled_signals_hold_exactly_where_some_punishment_deters_every_plan_and_leave_its_value(w, q, f, k):
    found = least_punishment(w, q, f, k)
    feasible = theory.margin_batched(*AXELROD[:3], w, q, f, k) >= 0
    assert (found is not None) == feasible
    if found:
        assert theory.batched_value(*AXELROD[:3], w, q, f, k) == pytest.approx(found[1], abs=1e-8)
        # what is left of the punishment, in payoff: the chance that is not needed
        worth = found[1] - AXELROD[2]
        assert theory.margin_batched(*AXELROD[:3], w, q, f, k) == pytest.approx(worth * (1 - found[0]), abs=1e-7)


# --- A1 to A9, A17 --------------------------------------------------------------------------------

CROWDS = [(2, 1.5), (4, 3.0), (10, 3.0), (24, 2.0)]


@pytest.mark.parametrize(("n", "r"), CROWDS)
@pytest.mark.parametrize("ell", [1, 3])
@pytest.mark.parametrize("cost", [0.0, 0.05])
def test_a1_and_a15_defecting_for_ever_in_a_grim_group_stops_to_pay_at_the_critical_discount(n, r, ell, cost):
    degree = theory.mean_links("hub", n)
    critical = theory.critical_discount_group(n, r, ell - 1, cost, degree)
    for discount, pays in ((critical - NEAR, True), (critical + NEAR, False)):
        left = discounted([r * (n - 1) / n] * ell + [0.0], discount)
        assert (left > r - 1 - cost * degree) == pays


def test_a1_to_a3_and_a15_group_size_raises_lowers_or_leaves_by_what_is_held_fixed():
    assert theory.critical_discount_group(10, 3) == pytest.approx((10 - 3) / (3 * 9))
    assert theory.critical_discount_group(10**7, 3) == pytest.approx(theory.critical_discount_large_group(3), rel=1e-6)
    assert theory.critical_discount_group(10**7, 3, 2) == pytest.approx(
        theory.critical_discount_large_group(3, 2), rel=1e-6
    )
    for n in (4, 9):  # the return to each held at .4
        assert theory.critical_discount_group(n, 0.4 * n) == pytest.approx((1 - 0.4) / (0.4 * (n - 1)))
    known = [theory.critical_discount_group(10, 3, 0, 0.1, theory.mean_links(kind, 10)) for kind in ("mesh", "hub")]
    assert [round(w, 3) for w in known] == [0.593, 0.326]


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("ell", [1, 2])
def test_a4_a_lone_free_rider_is_answered_only_if_all_others_are_needed(k, ell):
    n, r, discount, rounds = 6, 3.0, 0.9, 400
    acts = np.ones((rounds, n), dtype=int)
    acts[:, 0] = 0
    for t in range(ell, rounds):
        seen = acts[t - ell]
        acts[t, 1:] = [seen.sum() - seen[i] >= k for i in range(1, n)]
    payoffs = r * acts.sum(axis=1) / n
    earned = (1 - discount) * np.dot(discount ** np.arange(rounds), payoffs)
    assert theory.free_rider_gain(n, r, discount, k, ell - 1) == pytest.approx(earned - (r - 1))


def mean_over_groups(n: int, share: float, payoff: Callable[[int], float]) -> float:
    """Mean payoff over the number of reciprocators among the n - 1 others of a random group."""
    chances = [math.comb(n - 1, k) * share**k * (1 - share) ** (n - 1 - k) for k in range(n)]
    return sum(chance * payoff(k) for k, chance in enumerate(chances))


@pytest.mark.parametrize(("n", "r"), [(2, 1.5), (4, 3.0), (8, 3.0)])
@pytest.mark.parametrize("ell", [1, 3])
def test_a5_and_a6_at_the_separatrix_reciprocators_and_defectors_earn_the_same(n, r, ell):
    discount = 0.9
    share = theory.group_separatrix(n, r, discount, ell - 1)

    def reciprocator(k):
        return r - 1 if k == n - 1 else discounted([r * (k + 1) / n - 1] * ell + [0.0], discount)

    def defector(k):
        return discounted([r * k / n] * ell + [0.0], discount)

    assert mean_over_groups(n, share, reciprocator) == pytest.approx(mean_over_groups(n, share, defector))


def test_a6_the_separatrix_reaches_one_and_beyond_it_there_is_none():
    assert [round(theory.group_separatrix(n, 3, 0.9), 3) for n in (4, 8, 16, 24)] == [0.24, 0.619, 0.813, 0.877]
    assert theory.group_separatrix(4, 3, 1 / 9) == pytest.approx(1)
    with pytest.raises(NoClosedForm, match="defectors earn more at every share"):
        theory.group_separatrix(4, 3, 0.11)


@pytest.mark.parametrize(("n", "r"), CROWDS)
@pytest.mark.parametrize("e", [0.0, 0.01, 0.05])
def test_a7_meaning_d_in_a_noisy_trigger_group_stops_to_pay_at_the_critical_discount(n, r, e):
    kept = (r - 1) * (1 - e)
    left = r * (n - 1) / n * (1 - e) + (r / n - 1) * e
    over = (r - 1) * e
    intact, still = (1 - e) ** n, e * (1 - e) ** (n - 1)

    def gain(w):
        value = (kept + w * (1 - intact) * over / (1 - w)) / (1 - w * intact)
        return left + w * (still * value + (1 - still) * over / (1 - w)) - value

    critical = theory.critical_discount_noisy_trigger(n, r, e)
    if critical < 1:
        assert gain(critical - NEAR) > 0 > gain(critical + NEAR)
    else:  # only in the largest crowd with the most slips
        assert (n, e) == (24, 0.05)
        assert gain(0.9999) > 0


@pytest.mark.parametrize("e", [0.0, 0.01, 0.1])
def test_a7_a_noisy_pair_is_the_group_of_two_where_payoffs_are_additive(e):
    pair = theory.critical_discount_noisy_pair(0.75, 0.5, 0.0, -0.25, e)  # a public good of two with r = 1.5
    assert pair == pytest.approx(theory.critical_discount_noisy_trigger(2, 1.5, e))


@pytest.mark.parametrize("n", [1, 2, 10])
@pytest.mark.parametrize("lag", [0, 3])
def test_a8_and_a9_intact_rounds_are_counted_until_the_first_slip_is_read(n, lag):
    e, w = 0.02, 0.95
    rounds = np.arange(20_000)
    intact = (1 - e) ** (n * np.maximum(0, rounds - lag))
    assert theory.intact_share(n, e, w, lag) == pytest.approx((1 - w) * np.dot(w**rounds, intact))
    assert theory.mean_intact_run(n, e, lag) == pytest.approx(intact.sum())


def test_a8_and_a17_known_shares_and_a_sub_unit_survives_longer_than_the_whole():
    assert [round(theory.intact_share(n, 0.02, 0.95), 3) for n in (2, 10, 30)] == [0.571, 0.223, 0.104]
    assert theory.no_slip_chance(3, 0.1) == pytest.approx(0.729)
    assert theory.no_slip_chance(3, 0.1) > theory.no_slip_chance(12, 0.1)


# --- A10 to A16, A18, A19 -------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 8])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.8])
def test_a10_to_a12_the_volunteer_is_indifferent_and_counts_are_binomial(n, share):
    p = theory.volunteer_chance(n, share)
    assert 1 - share == pytest.approx(1 - (1 - p) ** (n - 1))  # acting, and leaving it to the others
    counts = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    assert theory.nobody_acts(n, share) == pytest.approx(counts[0])
    assert theory.several_act(n, share) == pytest.approx(sum(counts[2:]))
    assert theory.expected_volunteers(n, share) == pytest.approx(sum(k * c for k, c in enumerate(counts)))


def test_a11_and_a12_have_their_known_limits():
    assert theory.nobody_acts(10**6, 0.3) == pytest.approx(0.3, abs=1e-5)
    assert theory.expected_volunteers(10**6, 0.3) == pytest.approx(-math.log(0.3), abs=1e-5)
    # second order: no one of n - 1 victims punishes, price over benefit k/B
    assert theory.nobody_acts(5 - 1, 0.2) == pytest.approx(0.2 ** ((5 - 1) / (5 - 2)))


@pytest.mark.parametrize("n", [2, 3, 9, 24])
def test_a13_and_a14_links_are_counted_pair_by_pair(n):
    pairs = list(itertools.combinations(range(n), 2))
    assert theory.links("mesh", n) == len(pairs)
    assert theory.links("hub", n) == sum(0 in pair for pair in pairs)
    assert theory.mean_links("mesh", n) == n - 1
    assert theory.mean_links("hub", n) == pytest.approx(2 * (n - 1) / n)


def test_a14_at_the_largest_mesh_nothing_is_left_and_a_hub_keeps_a_surplus():
    largest = theory.largest_mesh(3, 0.25)
    assert 3 - 1 - 0.25 * theory.mean_links("mesh", round(largest)) == 0
    assert 0 < theory.critical_discount_group(8, 3, 0, 0.25, theory.mean_links("mesh", 8)) < 1
    assert 0 < theory.critical_discount_group(900, 3, 0, 0.25, theory.mean_links("hub", 900)) < 1
    with pytest.raises(NoClosedForm, match="coordination leaves no surplus"):
        theory.critical_discount_group(9, 3, 0, 0.25, theory.mean_links("mesh", 9))


@pytest.mark.parametrize(("n", "r"), CROWDS)
def test_a16_at_the_least_fine_a_defection_gains_what_it_costs_more_in_fines(n, r):
    w, q, f, lag = 0.9, 0.7, 0.2, 2
    fine = theory.least_fine(n, r, w, q, f, lag)
    kept = -(w ** (lag + 1)) * f * fine + r / n - 1
    left = -(w ** (lag + 1)) * q * fine
    assert kept == pytest.approx(left)
    assert theory.least_fine(10**7, r, w, q, f, lag) == pytest.approx(1 / (w ** (lag + 1) * (q - f)), rel=1e-5)


@pytest.mark.parametrize("case", [(0.9, 0.3, 0.3), (0.9, 0.2, 0.3), (0.0, 0.9, 0.1)])
def test_a16_findings_that_do_not_tell_or_do_not_count_deter_nobody(case):
    with pytest.raises(NoClosedForm, match="no fine deters"):
        theory.least_fine(6, 3, *case)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_a18_at_the_favoured_separatrix_weak_selection_is_neutral(n):
    # favoured iff sum (n - k)(payoff among k reciprocators - that of a defector there) > 0
    prize = 1.0
    entry = theory.favoured_separatrix(n) ** (n - 1) * prize
    differences = [-entry] * (n - 1) + [prize - entry]
    assert sum((n - k) * difference for k, difference in enumerate(differences)) == pytest.approx(0)


@pytest.mark.parametrize("game", GAMES)
def test_a19_at_the_critical_number_of_rounds_both_earn_the_same_at_a_share_of_one_third(game):
    temptation, reward, punishment, sucker = game
    m = theory.one_third_rounds(*game)
    copying = m * reward / 3 + 2 / 3 * (sucker + (m - 1) * punishment)
    defecting = (temptation + (m - 1) * punishment) / 3 + 2 / 3 * m * punishment
    assert copying == pytest.approx(defecting)


# --- T1, T2, T3, T7 to T12 ------------------------------------------------------------------------


@pytest.mark.parametrize(("gain", "penalty", "catch", "cost", "harm"), [(2, 3, 0.8, 0.5, 4), (1, 6, 1.0, 1, 3)])
def test_t1_to_t3_each_side_is_indifferent_and_commitment_is_worth_more(gain, penalty, catch, cost, harm):
    x, y = theory.inspection_chance(gain, penalty, catch), theory.violation_chance(cost, harm, catch)
    assert x * (-penalty * catch + gain * (1 - catch)) + (1 - x) * gain == pytest.approx(0)
    inspecting = -cost - y * (1 - catch) * harm
    assert inspecting == pytest.approx(-y * harm)
    assert theory.inspector_value_uncommitted(cost, harm, catch) == pytest.approx(inspecting)
    committed = theory.inspector_value_committed(gain, penalty, cost, catch)
    assert committed == pytest.approx(-x * cost)
    assert committed > inspecting


def test_t2_a_higher_penalty_lowers_inspection_and_leaves_violation():
    assert theory.inspection_chance(2, 6, 0.8) < theory.inspection_chance(2, 3, 0.8) == 0.5
    assert theory.violation_chance(0.5, 4, 0.8) == pytest.approx(0.15625)


def test_t1_beyond_its_range_the_equilibrium_is_not_mixed():
    assert theory.inspection_chance(3, 0, 1.0) == 1
    assert theory.violation_chance(4, 4, 1.0) == 1
    with pytest.raises(NoClosedForm, match="even certain inspection does not deter"):
        theory.inspection_chance(3, 1, 0.7)
    with pytest.raises(NoClosedForm, match="inspecting never pays"):
        theory.violation_chance(4, 4, 0.9)


@pytest.mark.parametrize("lag", [1, 2, 3, 4, 10])
def test_t7_moving_at_the_age_of_the_answer_is_best_or_else_staying(lag):
    gain, penalty, cost = 2.0, 3.0, 6.0
    by_age = [(gain * min(lag, age) - penalty * max(0, age - lag) - cost) / age for age in range(1, 400)]
    staying = -penalty
    best = max(*by_age, staying)
    assert theory.moving_value(lag, gain, penalty, cost) == pytest.approx(best)
    if lag * (gain + penalty) > cost:
        assert int(np.argmax(by_age)) + 1 == lag
    longest = theory.longest_deterring_lag(gain, cost)
    assert (best > 0) == (lag > longest)


def test_t7_without_a_lag_moving_gains_nothing():
    assert theory.moving_value(0, 2, 3, 0) == -3


@pytest.mark.parametrize(("modi", "gain", "penalty"), [(10, 2, 3), (7, 1, 6), (5, 1, 2), (1, 1, 5), (4, 1, 0)])
def test_t9_the_last_team_is_needed(modi, gain, penalty):
    teams = theory.teams_needed(modi, gain, penalty)

    def attack(m):
        return gain - m / modi * (gain + penalty)

    assert attack(teams) <= 1e-12 < attack(teams - 1)
    if teams <= modi:
        assert theory.attacker_value([gain] * modi, [penalty] * modi, teams) <= 1e-12


@given(
    modi=st.lists(st.tuples(st.floats(0.1, 5), st.floats(0, 5)), min_size=1, max_size=5),
    share=st.floats(0, 1),
)
@settings(max_examples=80, deadline=None)
def test_t10_the_attackers_value_is_that_of_the_linear_programme(modi, share):
    gains, penalties = (list(each) for each in zip(*modi, strict=True))
    count, teams = len(modi), share * len(modi)
    # least u with G_j - c_j (G_j + F_j) <= u, sum c <= teams
    rows = [[-(g + f) if i == j else 0.0 for i in range(count)] + [-1.0] for j, (g, f) in enumerate(modi)]
    found = optimize.linprog(
        [0.0] * count + [1.0],
        A_ub=[*rows, [1.0] * count + [0.0]],
        b_ub=[-g for g in gains] + [teams],
        bounds=[(0, 1)] * count + [(None, None)],
    )
    assert theory.attacker_value(gains, penalties, teams) == pytest.approx(found.fun, abs=1e-7)


@pytest.mark.parametrize("lag", [0, 1, 2, 4, 10])
def test_t12_corrections_by_old_news_die_out_below_the_critical_strength_and_grow_above_it(lag):
    def growth(strength):
        equation = np.zeros(lag + 2)
        equation[[0, 1]] = 1, -1
        equation[-1] += strength
        return max(abs(np.roots(equation)))

    critical = theory.critical_chasing_strength(lag)
    assert growth(critical - 1e-4) < 1 < growth(critical + 1e-4)


# --- The table ------------------------------------------------------------------------------------


def test_the_table_has_every_prediction_that_is_a_formula_and_every_function_is_in_it():
    numbers = {"G": 3, "R": 25, "N": 11, "A": 19, "T": 12}
    expected = {f"{kind}{number}" for kind, count in numbers.items() for number in range(1, count + 1)} | {"R15b"}
    assert set(theory.PREDICTIONS) == expected
    told = {function for row in theory.PREDICTIONS.values() for function in row.functions}
    public = {getattr(theory, name) for name in theory.__all__ if name.islower()}
    assert told == public


def test_each_prediction_is_a_sentence_and_speaks_of_a_mechanism_of_the_model_or_of_none():
    names = {name for name, _ in scenarios.declarations()}
    for row in theory.PREDICTIONS.values():
        assert row.functions
        assert row.statement.endswith(".")
        assert row.statement[0].isupper()
        within = (name == row.mechanism or name.startswith(row.mechanism + ".") for name in names)
        assert row.mechanism == "none" or any(within), row


def test_each_function_names_its_rows_in_its_first_line():
    for row, told in theory.PREDICTIONS.items():
        for function in told.functions:
            first_line = (function.__doc__ or "").strip().splitlines()[0]
            assert re.search(rf"\b{row}\b", first_line), (row, function.__name__)


def test_a_change_in_closed_forms_or_exact_values_leaves_compiled_rules_and_results_alone(tmp_path, monkeypatch):
    shutil.copytree(compiled._SOURCE, tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(compiled, "_SOURCE", tmp_path / "sim")
    before = compiled.source_fingerprint()
    for name in ("theory/noise.py", "exact.py"):
        with (tmp_path / "sim" / name).open("a") as file:
            file.write("# changed\n")
        assert compiled.source_fingerprint() == before
    with (tmp_path / "sim" / "games.py").open("a") as file:
        file.write("# changed\n")
    assert compiled.source_fingerprint() != before


# --- Scale and domain -----------------------------------------------------------------------------


@given(
    case=cases(),
    gap=st.floats(0.1, 5),
    scale=st.floats(0.1, 10),
    shift=st.floats(-10, 10),
    lag=st.floats(0, 9),
)
@settings(max_examples=200)
def test_no_threshold_depends_on_the_unit_or_the_zero_of_payoffs(case, gap, scale, shift, lag):
    case = case | {"sucker": case["punishment"] - gap}
    payoffs = ("temptation", "reward", "punishment", "sucker")
    moved = case | {name: scale * case[name] + shift for name in payoffs}
    moved["coordination_cost"] = scale * case["coordination_cost"]

    def thresholds(of):
        grim = {name: value for name, value in of.items() if name != "sucker"}
        game = [of[name] for name in payoffs]
        government_lag = theory.critical_government_lag(response_lag=lag, switching_chance=0.5, **grim)
        return (
            1 - 0.5**government_lag,  # the share it stands for: near 1 the lag itself magnifies rounding
            theory.theta_tit_for_tat(*game),
            theory.theta_grim(*game[:3]),
            theory.critical_discount_tit_for_tat(*game, response_lag=lag),
            theory.margin(response_lag=lag, outdated=0.5, **grim),
            theory.critical_response_lag(outdated=0.5, **grim),
            theory.critical_response_lag_tit_for_tat(outdated=0.5, **of),
        )

    assert thresholds(moved) == pytest.approx(thresholds(case), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("game", [(2, 3, 1, 0), (5, 3, 3, 0), (5, 3, 0, 1), (3, 2, 0, math.nan)])
def test_another_game_than_the_prisoners_dilemma_has_no_closed_form_here(game):
    with pytest.raises(NoClosedForm, match="prisoner's dilemma"):
        theory.critical_discount_tit_for_tat(*game)


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        (lambda: theory.index_grim(1.0, 0, 1, 1), r"discount must lie in \[0, 1\) .*, got 1.0"),
        (lambda: theory.index_grim(0.9, -1, 1, 1), "response_lag must be at least 0 rounds, got -1"),
        (lambda: theory.index_tit_for_tat(0.9, 0, 1, 1.2), "noticed must lie in .*, got 1.2"),
        (lambda: theory.index_tit_for_tat(0.9, 0, math.nan, 1), "attended must lie in .*, got nan"),
        (lambda: theory.index_tit_for_tat(0.9, 0, 1, 1, generosity=-0.1), "generosity must .*, got -0.1"),
        (lambda: theory.attended(0, 3), "attention must exceed 0 partners per round, got 0"),
        (lambda: theory.attended(1, 0.5), "partners must be at least 1 .*, got 0.5"),
        (lambda: theory.cooperation_payoffs(2, -1, -0.1, 3), "coordination_cost must .*, got -0.1"),
        (lambda: theory.longest_response_lag(0, 0.9), "theta must exceed 0 .*, got 0"),
        (lambda: theory.uncovered_share_fixed(3, 0), "interval must be at least 1 round, got 0"),
        (lambda: theory.uncovered_share_random(-1, 0.5), "government_lag must be at least 0 rounds, got -1"),
        (lambda: theory.uncovered_share_random(1, 2), "chance must lie in .*, got 2"),
    ],
)
def test_a_value_outside_the_domain_is_refused_with_value_bound_and_unit(question, complaint):
    with pytest.raises(ValueError, match=complaint):
        question()


def test_where_no_defection_is_ever_read_or_no_future_counts_no_lag_holds():
    alone = MANY | {"partners": 1.0}
    assert theory.critical_response_lag(**alone | {"noticed": 0.0}) == -math.inf
    assert theory.critical_response_lag(**alone | {"discount": 0.0}) == -math.inf
    forgiving = alone | {"sucker": -1.0, "generosity": 1.0}
    assert theory.critical_response_lag_tit_for_tat(**forgiving) == -math.inf


# --- Both sides of every border of every domain ---------------------------------------------------

DILEMMA = {"temptation": 5, "reward": 3, "punishment": 1, "sucker": 0}
NO_SUCKER = {"temptation": 5, "reward": 3, "punishment": 1}
CROWD = {"parties": 6, "multiplier": 3}
SIGNALS = NO_SUCKER | {"discount": 0.98, "noticed": 0.6, "false_alarm": 0.1, "block": 2}
READERS = {"discount": 0.9, "response_lag": 1, "attended": 0.5, "noticed": 0.8}
VALID = {
    theory.kind_of_game: DILEMMA,
    theory.mixed_cooperation_share: {"temptation": 3, "reward": 5, "punishment": 1, "sucker": 0},
    theory.cooperation_index: DILEMMA,
    theory.conflict_area: DILEMMA | {"corner": "sucker"},
    theory.theta_tit_for_tat: DILEMMA,
    theory.theta_grim: NO_SUCKER,
    theory.gain_against_alld: {"punishment": 1, "sucker": 0},
    theory.critical_discount_tit_for_tat: DILEMMA | {"response_lag": 1},
    theory.critical_discount_grim: NO_SUCKER | {"response_lag": 1},
    theory.longest_response_lag: {"theta": 0.5, "discount": 0.9},
    theory.echo_payoff: {"temptation": 5, "reward": 3, "sucker": 0, "response_lag": 1, "other_response_lag": 1},
    theory.index_of_pair: {"discount": 0.9, "response_lag": 1, "other_response_lag": 1},
    theory.cluster_share: DILEMMA | {"discount": 0.9, "response_lag": 1},
    theory.tit_for_tat_separatrix: DILEMMA | {"discount": 0.9, "response_lag": 1},
    theory.index_with_sanctioners: {
        "discount": 0.9,
        "response_lag": 1,
        "noticed": 0.5,
        "generosity": 0.5,
        "sanctioners": 0.5,
    },
    theory.margin_with_false_alarms: {
        "temptation": 3,
        "reward": 2,
        "punishment": 0,
        "sucker": -1,
        "discount": 0.9,
        "response_lag": 1,
        "noticed": 0.5,
        "false_alarm": 0.1,
        "generosity": 0.1,
        "attended": 0.9,
        "action_error": 0.1,
    },
    theory.critical_discount_grim_with_stakes: NO_SUCKER | {"highest_stake": 2},
    theory.highest_stake_of_tit_for_tat: DILEMMA | {"discount": 0.9, "response_lag": 1},
    theory.margin_grim_with_stakes: NO_SUCKER | {"discount": 0.9, "response_lag": 1, "highest_stake": 2},
    theory.defections_before_known_end: {"theta": 0.5, "rounds": 9, "response_lag": 1, "discount": 0.9},
    theory.mean_length: {"end_chance": 0.5},
    theory.median_length: {"end_chance": 0.5},
    theory.greatest_deficit_of_tit_for_tat: {"temptation": 5, "sucker": 0, "response_lag": 1},
    theory.meeting_chance: {"parties": 4},
    theory.critical_discount_rare_meetings: {"theta": 0.5, "meeting": 0.5},
    theory.pooled_noticed: {"noticed": 0.5, "monitors": 2},
    theory.least_monitors: {"theta": 0.5, "discount": 0.9, "response_lag": 1, "noticed": 0.5},
    theory.attended: {"attention": 1, "partners": 2},
    theory.index_tit_for_tat: READERS | {"generosity": 0.5},
    theory.index_grim: READERS,
    theory.cooperation_payoffs: {"reward": 2, "sucker": -1, "coordination_cost": 0.1, "partners": 3},
    theory.cooperation_after: {"rounds": 3, "action_error": 0.1, "response_lag": 1},
    theory.half_life: {"action_error": 0.1, "response_lag": 1},
    theory.best_generosity: DILEMMA | {"discount": 0.9, "response_lag": 1},
    theory.loss_of_contrite_tit_for_tat: DILEMMA,
    theory.loss_of_generous_tit_for_tat: DILEMMA | {"generosity": 0.5},
    theory.loss_of_win_stay_lose_shift: DILEMMA,
    theory.margin_win_stay_lose_shift: NO_SUCKER,
    theory.batched_value: SIGNALS,
    theory.margin_batched: SIGNALS,
    theory.critical_discount_group: CROWD | {"response_lag": 1, "coordination_cost": 0.1, "degree": 2},
    theory.critical_discount_large_group: {"multiplier": 3, "response_lag": 1},
    theory.free_rider_gain: CROWD | {"discount": 0.9, "quorum": 5, "response_lag": 1},
    theory.group_separatrix: CROWD | {"discount": 0.9, "response_lag": 1},
    theory.critical_discount_noisy_trigger: CROWD | {"action_error": 0.1},
    theory.critical_discount_noisy_pair: DILEMMA | {"action_error": 0.1},
    theory.no_slip_chance: {"parties": 3, "action_error": 0.1},
    theory.intact_share: {"parties": 3, "action_error": 0.1, "discount": 0.9, "response_lag": 1},
    theory.mean_intact_run: {"parties": 3, "action_error": 0.1, "response_lag": 1},
    theory.volunteer_chance: {"parties": 3, "cost_share": 0.3},
    theory.nobody_acts: {"parties": 3, "cost_share": 0.3},
    theory.several_act: {"parties": 3, "cost_share": 0.3},
    theory.expected_volunteers: {"parties": 3, "cost_share": 0.3},
    theory.links: {"kind": "mesh", "parties": 3},
    theory.mean_links: {"kind": "hub", "parties": 3},
    theory.largest_mesh: {"multiplier": 3, "coordination_cost": 0.1},
    theory.least_fine: CROWD | {"discount": 0.9, "noticed": 0.6, "false_alarm": 0.1, "response_lag": 1},
    theory.favoured_separatrix: {"parties": 3},
    theory.one_third_rounds: DILEMMA,
    theory.inspection_chance: {"gain": 2, "penalty": 3, "catch": 0.8},
    theory.violation_chance: {"inspection_cost": 0.5, "harm": 4, "catch": 0.8},
    theory.inspector_value_committed: {"gain": 2, "penalty": 3, "inspection_cost": 0.5, "catch": 0.8},
    theory.inspector_value_uncommitted: {"inspection_cost": 0.5, "harm": 4, "catch": 0.8},
    theory.uncovered_share_fixed: {"government_lag": 3, "interval": 12},
    theory.uncovered_share_random: {"government_lag": 3, "chance": 0.1},
    theory.uncovered_share_geometric: {"government_lag": 3, "interval": 12},
    theory.moving_value: {"government_lag": 3, "gain": 2, "penalty": 3, "switching_cost": 6},
    theory.longest_deterring_lag: {"gain": 2, "switching_cost": 6},
    theory.teams_needed: {"modi": 5, "gain": 2, "penalty": 3},
    theory.critical_chasing_strength: {"lag": 2},
}
"""Arguments inside the domain of each function; the tests below leave it, one argument at a time."""

CHANCE = ((0, 1), (-1e-9, 1 + 1e-9, math.nan))
LEAST = {
    # argument: values at its border or well inside, values just outside
    "response_lag": ((0,), (-1, math.nan, math.inf)),
    "other_response_lag": ((0,), (-1, math.nan)),
    "government_lag": ((0,), (-1e-9, math.nan)),
    "discount": ((), (-1e-9, 1 + 1e-9, math.nan)),
    "noticed": ((1,), (-1e-9, 1 + 1e-9, math.nan)),
    "attended": CHANCE,
    "sanctioners": CHANCE,
    "chance": CHANCE,
    "generosity": ((1,), (-1e-9, 1 + 1e-9, math.nan)),
    "false_alarm": ((), (-1e-9, 1 + 1e-9, math.nan)),
    "highest_stake": ((1,), (1 - 1e-9, math.nan)),
    "theta": ((), (0, -0.1, math.nan)),
    "rounds": ((1,), (-1, 1.5, math.nan)),
    "end_chance": ((1, 1e-9), (0, 1 + 1e-9, math.nan)),
    "meeting": ((1, 1e-9), (0, 1 + 1e-9, math.nan)),
    "monitors": ((0,), (-1, 1.5, math.nan)),
    "attention": ((1e-9,), (0, -1, math.nan)),
    "partners": ((1,), (1 - 1e-9, math.nan)),
    "coordination_cost": ((1e-9,), (-1e-9, math.nan)),
    "degree": ((0,), (-1e-9, math.nan)),
    "interval": ((1,), (1 - 1e-9, math.nan)),
    "block": ((1,), (0, 1.5, math.nan)),
    "quorum": ((1, 5), (0, 6, 1.5, math.nan)),
    "cost_share": ((1e-9, 1 - 1e-9), (0, 1, math.nan)),
    "catch": ((1,), (0, 1 + 1e-9, math.nan)),
    "penalty": ((), (-1e-9, math.nan)),
    "inspection_cost": ((0,), (-1e-9, math.nan)),
    "harm": ((), (0, math.nan)),
    "switching_cost": ((0,), (-1e-9, math.nan)),
    "modi": ((1,), (0, 1.5, math.nan)),
    "lag": ((0,), (-1, 0.5, math.nan)),
    "parties": ((), (0, 2.5, math.nan)),
    "action_error": ((), (-1e-9, 1 + 1e-9, math.nan)),
    "multiplier": ((), (1, 0.5, math.nan)),
    "gain": ((), (-1e-9, math.nan)),
    "corner": (("punishment",), ("middle",)),
    "kind": (("mesh", "hub"), ("ring",)),
}
ARGUMENTS = [(function, name) for function, valid in VALID.items() for name in valid if name in LEAST]


def named(case) -> str:
    return "-".join(each.__name__ if callable(each) else str(each) for each in case)


@pytest.mark.parametrize("case", ARGUMENTS, ids=named)
def test_an_argument_is_taken_up_to_its_border_and_refused_beyond_it(case):
    function, name = case
    taken, refused = LEAST[name]
    for value in taken:
        assert np.all(np.isfinite(function(**VALID[function] | {name: value}))), value
    for value in refused:
        with pytest.raises(ValueError, match=r"\w+.*(got|must|only|deter|tell|too|surplus|enough)"):
            function(**VALID[function] | {name: value})


PRECISE = [
    # function, argument, values taken, values refused
    (theory.index_tit_for_tat, "discount", (0,), (1,)),
    (theory.index_grim, "discount", (0,), (1,)),
    (theory.index_of_pair, "discount", (0,), (1,)),
    (theory.cluster_share, "discount", (0,), (1,)),
    (theory.margin_grim_with_stakes, "discount", (0,), (1,)),
    (theory.highest_stake_of_tit_for_tat, "discount", (0,), (1,)),
    (theory.longest_response_lag, "discount", (0,), (1,)),
    (theory.intact_share, "discount", (0,), (1,)),
    (theory.free_rider_gain, "discount", (0,), (1,)),
    (theory.group_separatrix, "discount", (), (1,)),
    (theory.least_fine, "discount", (1e-9,), (0, 1)),
    (theory.best_generosity, "discount", (1,), ()),
    (theory.defections_before_known_end, "discount", (1,), ()),
    (theory.batched_value, "discount", (1e-9,), (0, 1)),
    (theory.batched_value, "false_alarm", (1e-9, 0.6 - 1e-9), (0, 0.6)),
    (theory.least_fine, "false_alarm", (0, 0.6 - 1e-9), (0.6,)),
    (theory.least_fine, "noticed", (0.1 + 1e-9,), (0.1, 0)),
    (theory.margin_with_false_alarms, "false_alarm", (0, 1), ()),
    (theory.margin_with_false_alarms, "noticed", (0, 1), ()),
    (theory.loss_of_generous_tit_for_tat, "generosity", (1e-9,), (0,)),
    (theory.index_tit_for_tat, "generosity", (0,), ()),
    (theory.cooperation_after, "rounds", (0,), ()),
    (theory.defections_before_known_end, "rounds", (1,), (0,)),
    (theory.cooperation_after, "action_error", (0, 1), ()),
    (theory.half_life, "action_error", (1e-9, 0.5 - 1e-9), (0, 0.5)),
    (theory.no_slip_chance, "action_error", (0, 1), ()),
    (theory.mean_intact_run, "action_error", (1e-6, 1), (0,)),
    (theory.critical_discount_noisy_trigger, "action_error", (0, 0.5 - 1e-9), (0.5,)),
    (theory.critical_discount_noisy_pair, "action_error", (0, 0.5 - 1e-9), (0.5,)),
    (theory.margin_with_false_alarms, "action_error", (0, 0.5 - 1e-9), (0.5,)),
    (theory.critical_discount_rare_meetings, "theta", (1e-9, 1), (1 + 1e-9,)),
    (theory.longest_response_lag, "theta", (1e-9, 1, 2), ()),
    (theory.no_slip_chance, "parties", (1,), ()),
    (theory.intact_share, "parties", (1,), ()),
    (theory.volunteer_chance, "parties", (2,), (1,)),
    (theory.favoured_separatrix, "parties", (2,), (1,)),
    (theory.meeting_chance, "parties", (2,), (1,)),
    (theory.links, "parties", (2,), (1,)),
    (theory.critical_discount_group, "parties", (4,), (3, 2, 1)),
    (theory.group_separatrix, "parties", (4,), (3, 2, 1)),
    (theory.critical_discount_group, "multiplier", (1 + 0.21, 6 - 1e-9), (1.2, 1, 6)),
    (theory.group_separatrix, "multiplier", (6 - 1e-9,), (1, 6)),
    (theory.critical_discount_noisy_trigger, "multiplier", (1 + 1e-9, 6 - 1e-9), (1, 6)),
    (theory.least_fine, "multiplier", (1 + 1e-9, 6 - 1e-9), (1, 6)),
    (theory.critical_discount_large_group, "multiplier", (1 + 1e-9, 99), (1,)),
    (theory.largest_mesh, "multiplier", (1 + 1e-9, 99), (1,)),
    (theory.largest_mesh, "coordination_cost", (), (0,)),
    (theory.critical_discount_group, "coordination_cost", (0,), (1,)),
    (theory.inspection_chance, "gain", (1e-9,), (0,)),
    (theory.inspection_chance, "penalty", (0.5,), (0.49,)),
    (theory.longest_deterring_lag, "gain", (1e-9,), (0,)),
    (theory.moving_value, "gain", (0,), ()),
    (theory.moving_value, "penalty", (0,), ()),
    (theory.teams_needed, "gain", (1e-9,), (0,)),
    (theory.teams_needed, "penalty", (0,), ()),
    (theory.violation_chance, "harm", (0.625,), (0.62,)),
    (theory.violation_chance, "inspection_cost", (3.2,), (3.3,)),
    (theory.greatest_deficit_of_tit_for_tat, "temptation", (0,), (-1e-9, math.nan)),
    (theory.gain_against_alld, "punishment", (1e-9,), (0, math.nan)),
    (theory.conflict_area, "reward", (2.5,), (2.4,)),
    (theory.conflict_area, "corner", ("sucker", "punishment"), ()),
]


@pytest.mark.parametrize("case", PRECISE, ids=lambda case: named(case[:2]))
def test_a_border_of_a_domain_lies_exactly_where_it_is_said(case):
    function, name, taken, refused = case
    for value in taken:
        assert np.all(np.isfinite(function(**VALID[function] | {name: value}))), value
    for value in refused:
        with pytest.raises(ValueError, match=r"got|deter|surplus|pays|vanish|enough|telling|exceed"):
            function(**VALID[function] | {name: value})


@pytest.mark.parametrize(
    "function", [each for each, valid in VALID.items() if valid.keys() >= {"temptation", "reward", "punishment"}]
)
def test_ties_of_payoffs_leave_the_dilemma(function):
    if function in (theory.kind_of_game, theory.mixed_cooperation_share):
        return
    ties = [{"temptation": VALID[function]["reward"]}, {"reward": VALID[function]["punishment"]}]
    if "sucker" in VALID[function]:
        ties.append({"sucker": VALID[function]["punishment"]})
    for tie in ties:
        with pytest.raises(NoClosedForm, match="prisoner's dilemma, T > R > P"):
            function(**VALID[function] | tie)


def test_every_function_that_has_a_domain_is_tried():
    unbounded = {theory.pure_equilibria, theory.noise_limit}
    elsewhere = {  # sequences, or the many arguments of the headline, tried by themselves
        theory.critical_discount_linked,
        theory.extortion_ratio,
        theory.attacker_value,
        theory.margin,
        theory.critical_government_lag,
        theory.critical_response_lag,
        theory.critical_response_lag_tit_for_tat,
    }
    public = {getattr(theory, name) for name in theory.__all__ if name.islower()}
    assert set(VALID) == public - unbounded - elsewhere


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        (lambda: theory.critical_discount_linked([]), "games must name at least one game"),
        (lambda: theory.critical_discount_linked([(5, 3, 1)], -1), "response_lag must be at least 0"),
        (lambda: theory.critical_discount_linked([(5, 3, 1), (5, 5, 1)]), "prisoner's dilemma"),
        (lambda: theory.extortion_ratio((1.1, 0.5, 0.5, 0), *AXELROD), r"after must lie in \[0, 1\]"),
        (lambda: theory.attacker_value([], [], 0), "equal length, at least 1"),
        (lambda: theory.attacker_value([1], [1, 2], 0), "equal length, at least 1"),
        (lambda: theory.attacker_value([1, 2], [1, 1], 2.1), r"teams must lie in \[0, 2\]"),
        (lambda: theory.attacker_value([1, 2], [1, 1], -0.1), r"teams must lie in \[0, 2\]"),
        (lambda: theory.attacker_value([1, 2], [1, -2], 1), "must exceed 0"),
        (lambda: theory.margin(**MANY, partners=3, response_lag=-1), "response_lag must be at least 0"),
        (lambda: theory.margin(**MANY, partners=0.9, response_lag=1), "partners must be at least 1"),
        (lambda: theory.margin(**MANY, partners=3, response_lag=1, relevance=1.1), "relevance must lie in"),
        (lambda: theory.margin(**MANY, partners=3, response_lag=1, outdated=-0.1), "outdated must lie in"),
        (
            lambda: theory.critical_government_lag(
                **MANY, partners=3, response_lag=1, relevance=0.5, switching_chance=-0.1
            ),
            "switching_chance must lie in",
        ),
        (
            lambda: theory.critical_government_lag(
                **MANY, partners=3, response_lag=1, relevance=-0.5, switching_chance=0.1
            ),
            "relevance must lie in",
        ),
        (lambda: theory.critical_response_lag(**MANY | {"temptation": 2.0}, partners=3), "prisoner's dilemma"),
        (
            lambda: theory.critical_response_lag_tit_for_tat(**MANY, sucker=-1, partners=3, generosity=1.1),
            "generosity must lie in",
        ),
    ],
)
def test_sequences_and_the_headline_refuse_what_lies_outside_their_domain(question, complaint):
    with pytest.raises(ValueError, match=complaint):
        question()


def test_an_attacker_is_held_to_its_certain_loss_or_left_alone():
    assert theory.attacker_value([4, 2], [2, 1], teams=2) == -1
    assert theory.attacker_value([4, 2], [2, 1], teams=0) == 4
    assert theory.attacker_value([3], [2], teams=0.4) == pytest.approx(1)


def test_conflict_is_refused_where_mutual_cooperation_lies_inside_the_frontier_whatever_the_zero_of_payoffs():
    assert 0 < theory.conflict_area(9.0, 5.5, 4.0, 2.0, corner="punishment") < 1
    with pytest.raises(NoClosedForm, match=r"2R >= T \+ S; got 10.8 and 11.0"):
        theory.conflict_area(9.0, 5.4, 4.0, 2.0, corner="punishment")


def test_a_group_is_of_two_or_more_and_one_that_counts_of_three_or_more():
    with pytest.raises(ValueError, match="parties must be a whole number, at least 2, got 1"):
        theory.critical_discount_group(1, 1.5)
    assert theory.free_rider_gain(3, 2, 0.9, quorum=1) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="parties must be a whole number, at least 3, got 2"):
        theory.free_rider_gain(2, 1.5, 0.9, quorum=1)


def test_coordination_costs_nothing_without_links_and_links_nothing_without_a_cost():
    free = theory.critical_discount_group(10, 3)
    assert theory.critical_discount_group(10, 3, coordination_cost=0.5) == free
    assert theory.critical_discount_group(10, 3, degree=9) == free


def test_what_is_left_out_is_the_textbook_case():
    textbook = {"discount": 1, "attended": 1, **dict.fromkeys(("response_lag", "generosity", "false_alarm"), 0)}
    textbook |= dict.fromkeys(("coordination_cost", "degree", "relevance", "outdated", "action_error"), 0)
    for name in filter(str.islower, theory.__all__):
        for argument in inspect.signature(getattr(theory, name)).parameters.values():
            if argument.default is not inspect.Parameter.empty:
                assert argument.default == textbook[argument.name], (name, argument.name)


def test_borders_that_the_default_payoffs_cannot_tell_apart():
    assert theory.longest_response_lag(1.5, 0.9) == 0
    assert theory.echo_payoff(3, 2, -1, 0, 0) == 1
    with pytest.raises(NoClosedForm, match="of finite ratio"):
        theory.extortion_ratio((0.64, 0.5, 0.5, 0), 3, 2, 0.5, -2)


def test_a_line_of_infinite_ratio_is_no_extortion():
    """Payoffs 3, 2, 0, -2 and a rule in eighths: the ratio's denominator is exactly 0."""
    with pytest.raises(NoClosedForm, match="finite ratio"):
        theory.extortion_ratio((0.5, 0.25, 0.5, 0), 3, 2, 0, -2)


def test_slack_for_all_that_outdated_procedures_can_take_is_slack_for_ever():
    """T, R, P = 4, 3, 0 and w = 1/2 leave a slack of 1, and relevance 1/3 takes at most (R - P) / 3: as much."""
    asked = {"temptation": 4, "reward": 3, "punishment": 0, "discount": 0.5, "response_lag": 0, "noticed": 1}
    asked |= {"attention": 1, "partners": 1, "coordination_cost": 0, "switching_chance": 0.5}
    assert theory.critical_government_lag(relevance=1 / 3, **asked) == math.inf
    assert theory.critical_government_lag(relevance=0.34, **asked) < math.inf
