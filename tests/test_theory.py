"""Laws of the closed forms, each on both sides of its border, against published values and a search of plans.

The searches know no formula: they play out a single deviator against the lagged, inattentive rule and add up
discounted payoffs. Cooperation holds if no plan that starts with a defection beats cooperating for ever.
"""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import theory
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
