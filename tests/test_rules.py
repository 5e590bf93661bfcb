"""The rules are pure and mean the same in both engines; each border is looked at from both sides."""

import ast
import importlib
import inspect
import math
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numba import njit

import sim
from sim import games, information, institutions, learning, luck, mandates, theory, topology, trafficking
from sim.games import C, D
from sim.model import CooperationModel
from sim.scenario import MandateTable
from sim.trafficking import FULL
from tests.cases import case

AXELROD = (5.0, 3.0, 1.0, 0.0)
CASE = (3.0, 2.0, 0.0, -1.0)
DISCOUNTS, CHANCES = some.floats(0.0, 0.9999), some.floats(0.0, 1.0)
WORDS, THRESHOLDS = some.integers(0, 2**32 - 1), some.integers(0, 2**32)
ACTS, YES_OR_NO = some.sampled_from([C, D]), some.booleans()
PAYOFFS, COUNTS = some.floats(-100.0, 100.0), some.integers(0, 500)


# --- one rule, two engines: the same bits ---------------------------------------------------------


def rules() -> list[tuple[str, str]]:
    """Every function in sim that is marked as a rule, by module and name; read from the source."""
    found = []
    for file in sorted(Path(sim.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            marks = getattr(node, "decorator_list", [])
            if any(isinstance(mark, ast.Name) and mark.id == "rule" for mark in marks):
                found.append((file.stem, node.name))
    return found


AFTER = some.lists(some.integers(0, 2), min_size=12, max_size=12).map(lambda to: np.array(to).reshape(3, 2, 2))

ARGUMENTS = {
    # acts, counts and words
    **dict.fromkeys(["own", "seen", "act", "intended", "active"], ACTS),
    **dict.fromkeys(["covered", "moved", "forgives"], YES_OR_NO),
    **dict.fromkeys(["c0", "c1", "c2", "c3", "k0", "k1", "draw"], WORDS),
    **dict.fromkeys(["action_error", "miss", "false_alarm"], THRESHOLDS),
    **dict.fromkeys(["cc", "cd", "dc", "dd"], COUNTS),
    **dict.fromkeys(["count", "partners", "traffickers", "uncovered"], some.integers(1, 500)),
    "after": AFTER,
    "state": some.integers(0, 2),
    "time": some.integers(0, 10**6),
    "ell": some.integers(1, 120),
    # payoffs, factors and chances
    **dict.fromkeys(["temptation", "reward", "punishment", "sucker", "own_payoff"], PAYOFFS),
    **dict.fromkeys(["relevance", "outdated", "attended", "noticed", "generosity", "residual"], CHANCES),
    **dict.fromkeys(["gain", "penalty", "switching_cost", "strength"], some.floats(0.0, 100.0)),
    **dict.fromkeys(["high", "low", "stake", "coordination"], some.floats(0.0, 50.0)),
    "discount": DISCOUNTS,
    "believed_index": some.floats(0.0, 1.0),
    "x": some.floats(-800.0, 800.0),
    "multiplier": some.floats(0.0, 20.0),
    "memory": some.floats(1.0, 100.0),
    "attempts": some.floats(0.0, 1e6),
    # traffickers
    "capacity": some.integers(0, FULL),
    "mean": some.integers(0, FULL),
    "least": some.integers(0, FULL),
    "accumulated": some.integers(0, 100 * FULL),
    "lag": some.integers(1, 100),
    "government_lag": some.integers(0, 100),
    "teams": some.integers(0, 20),
    "trafficker": some.integers(0, 100),
    "interval": some.integers(1, 100),
    "cooperative_acts": COUNTS,
    "acts": some.integers(0, 1000),
}
"""What an argument of that name may be."""
ARGUMENTS |= {
    # set-up
    **dict.fromkeys(["i", "j", "party", "centre"], some.integers(0, 499)),
    **dict.fromkeys(["held_i", "held_j"], some.integers(0, 2**62 - 1)),
    **dict.fromkeys(["a", "b"], some.integers(0, 32767)),
    "kind": some.sampled_from([topology.COMPLETE, topology.HUB, topology.MANDATES]),
    "attention": some.floats(0.01, 499.0),
    "reporters": some.integers(1, 20),
    "lag_factor": CHANCES,
    "base": CHANCES,
    "times": some.integers(0, 120),
    "p": some.floats(1e-12, 1 - 1e-12),
    "spread": some.floats(0.0, 5.0),
    **dict.fromkeys(["above", "below"], some.tuples(*[some.floats(0.1, 10.0)] * 8)),
    "factor": some.floats(-1.0, 1.0),
}

SPECIAL = {
    ("institutions", "brokered_miss", "miss"): CHANCES,
    ("institutions", "brokered_false_alarm", "false_alarm"): CHANCES,
    ("luck", "threshold", "chance"): CHANCES,
    ("games", "stake", "chance"): THRESHOLDS,
    ("mandates", "serves", "chance"): THRESHOLDS,
    ("trafficking", "moves_by_chance", "chance"): THRESHOLDS,
    ("trafficking", "detected_cases", "chance"): CHANCES,
    ("trafficking", "remember", "active"): some.integers(0, 500),
    ("learning", "fermi", "own"): PAYOFFS,
    ("learning", "fermi", "model"): PAYOFFS,
}
"""The same name with another meaning."""


def bits(answer: object) -> object:
    """A number as what it is, to the bit; a whole number does not equal one with a fraction part."""
    if isinstance(answer, tuple):
        return tuple(map(bits, answer))
    if isinstance(answer, float):
        return answer.hex()
    return int(answer)


@pytest.mark.parametrize(("module", "name"), rules())
def test_a_rule_gives_the_same_bits_plain_and_compiled(module, name):
    plain = getattr(importlib.import_module(f"sim.{module}"), name)
    compiled = njit(plain)
    arguments = [
        SPECIAL[module, name, argument] if (module, name, argument) in SPECIAL else ARGUMENTS[argument]
        for argument in inspect.signature(plain).parameters
    ]

    @settings(max_examples=60, deadline=None)
    @given(some.tuples(*arguments))
    def agrees(values):
        assert bits(plain(*values)) == bits(compiled(*values))

    agrees()


def test_there_are_rules_to_compare():
    assert len(rules()) >= 25


# --- the five games -------------------------------------------------------------------------------

LITTLE = 1e-9
INSIDE = {
    "prisoners_dilemma": (5.0, 3.0, 1.0, 0.0),
    "stag_hunt": (2.0, 3.0, 1.0, 0.0),
    "chicken": (5.0, 3.0, 0.0, 1.0),
    "harmony": (2.0, 3.0, 0.0, 1.0),
    "deadlock": (5.0, 1.0, 3.0, 0.0),
}
T, R, P, S = 0, 1, 2, 3
# game, the greater payoff, the smaller one, whether equality still belongs to the game
BORDERS = [
    *[("prisoners_dilemma", a, b, False) for a, b in [(T, R), (R, P), (P, S)]],
    *[("stag_hunt", R, T, False), ("stag_hunt", T, P, True), ("stag_hunt", P, S, False)],
    *[("chicken", a, b, False) for a, b in [(T, R), (R, S), (S, P)]],
    *[("harmony", a, b, False) for a, b in [(R, T), (S, P)]],
    *[("deadlock", a, b, False) for a, b in [(T, P), (P, R), (R, S)]],
]


@pytest.mark.parametrize(("kind", "greater", "smaller", "tie"), BORDERS)
def test_a_game_ends_exactly_where_its_ordering_does(kind, greater, smaller, tie):
    payoffs = list(INSIDE[kind])
    for step, belongs in [(LITTLE, True), (0.0, tie), (-LITTLE, False)]:
        payoffs[greater] = payoffs[smaller] + step
        assert games.has_ordering(kind, *payoffs) == belongs


@pytest.mark.parametrize("kind", INSIDE)
def test_no_payoffs_belong_to_two_games(kind):
    others = [other for other in INSIDE if other != kind]
    assert games.has_ordering(kind, *INSIDE[kind])
    assert not any(games.has_ordering(other, *INSIDE[kind]) for other in others)


def test_a_whole_column_is_judged_like_single_numbers():
    temptation = np.array([1.0, 3.0, 3.5, 5.0])
    column = games.has_ordering("prisoners_dilemma", temptation, 3.0, 1.0, 0.0)
    assert column.tolist() == [False, False, True, True]
    assert all(games.has_ordering("free", temptation, 3.0, 1.0, 0.0))


def test_an_unknown_game_is_refused_by_name():
    with pytest.raises(ValueError, match="no game 'battle'"):
        games.has_ordering("battle", *AXELROD)


# --- acts and reports -----------------------------------------------------------------------------


@given(ACTS, WORDS, THRESHOLDS)
def test_an_act_is_the_opposite_of_what_was_intended_exactly_below_the_error(intended, draw, error):
    assert games.realised(intended, draw, error) == (1 - intended if draw < error else intended)


@given(ACTS, WORDS)
def test_without_error_nobody_slips_and_with_certain_error_everybody_does(intended, draw):
    assert games.realised(intended, draw, luck.threshold(0.0)) == intended
    assert games.realised(intended, draw, luck.threshold(1.0)) == 1 - intended


@given(WORDS, THRESHOLDS, THRESHOLDS)
def test_a_defection_is_missed_and_a_cooperation_accused_each_by_its_own_chance(draw, miss, false_alarm):
    assert information.seen(D, draw, miss, false_alarm) == (C if draw < miss else D)
    assert information.seen(C, draw, miss, false_alarm) == (D if draw < false_alarm else C)


@given(some.floats(0.01, 499), some.integers(1, 499))
def test_attention_is_shared_among_partners_and_never_above_one(attention, partners):
    share = information.attended_share(attention, partners)
    assert 0 < share <= 1
    assert share == (1.0 if partners <= attention else attention / partners)


# --- what a round pays ----------------------------------------------------------------------------


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_a_round_pays_the_sum_of_its_links_less_the_cost_of_coordination(cc, cd, dc, dd):
    t, r, p, s = AXELROD
    paid = games.round_payoff(2.0, r, s, t, p, cc, cd, dc, dd, coordination=0.25, partners=9)
    assert paid == 2.0 * (r * cc + s * cd + t * dc + p * dd) - 0.25 * 8 * (cc + cd)


def test_the_cost_of_coordination_is_per_other_partner_so_a_single_partner_costs_nothing():
    assert games.round_payoff(1.0, 3.0, 0.0, 5.0, 1.0, 1, 0, 0, 0, coordination=0.5, partners=1) == 3.0
    assert games.round_payoff(1.0, 3.0, 0.0, 5.0, 1.0, 3, 0, 0, 0, coordination=0.5, partners=3) == 9.0 - 3.0


@given(CHANCES, CHANCES)
def test_outdated_procedures_move_the_reward_toward_the_punishment_and_never_past_it(relevance, outdated):
    assert 1.0 <= games.outdated_reward(3.0, 1.0, relevance, outdated) <= 3.0
    assert games.outdated_reward(3.0, 1.0, 0.0, outdated) == 3.0
    assert games.outdated_reward(3.0, 1.0, 1.0, 1.0) == 1.0


@given(WORDS, some.floats(1.0, 20.0), some.floats(0.0, 1.0))
def test_irregular_stakes_have_mean_one(draw, high, share):
    chance = share / high * 0.999
    low = (1 - chance * high) / (1 - chance)
    assert games.stake(draw, luck.threshold(chance), high, low) in (high, low)
    assert chance * high + (1 - chance) * low == pytest.approx(1.0)


# --- who is linked to whom ------------------------------------------------------------------------


def links(kind, held, lead=0):
    """The links of parties that hold these functions, as set-up makes them."""
    rows = tuple((f"ministry_{i + 1}", "ministry", frozenset(functions)) for i, functions in enumerate(held))
    changes = {
        "parties.organizations": 0,
        "parties.ministries": len(held),
        "topology.kind": kind,
        "topology.lead": f"ministry_{lead + 1}",
        "topology.functions": 6,
        "topology.matrix": "held",
        "topology.organization_holds": 0,
    }
    made = case(changes=changes, mandates=MandateTable(tuple("abcdef"), rows))
    return [(i, j) for i, j in CooperationModel(made, 1, 0).history.sides if i < j]


@pytest.mark.parametrize(("count", "mesh", "hub"), [(3, 3, 2), (9, 36, 8), (24, 276, 23)])
def test_a_mesh_has_all_pairs_and_a_hub_one_link_for_each_party_but_its_lead(count, mesh, hub):
    nothing = [frozenset()] * count
    assert len(links("complete", nothing)) == mesh
    for lead in (0, count - 1):
        found = links("hub", nothing, lead)
        assert len(set(found)) == hub
        assert all(lead in link for link in found)


@settings(max_examples=30)
@given(some.lists(some.frozensets(some.integers(0, 5)), min_size=2, max_size=12), some.integers(0, 1))
def test_everybody_has_a_partner_and_only_lonely_parties_get_one_they_share_nothing_with(held, lead):
    found = links("mandates", held, lead)
    assert {party for link in found for party in link} == set(range(len(held)))
    for i, j in found:
        alone = [party for party in (i, j) if not any(held[party] & held[k] for k in range(len(held)) if k != party)]
        assert held[i] & held[j] or alone
    for i in range(len(held)):
        for j in range(i + 1, len(held)):
            assert not held[i] & held[j] or (i, j) in found


def test_a_lead_who_is_found_by_a_lonely_party_needs_no_further_link():
    one, none = frozenset([0]), frozenset()
    assert links("mandates", [one, none, none, one], lead=2) == [(0, 3), (1, 2)]
    assert links("mandates", [one, one, none], lead=2) == [(0, 1), (0, 2)]
    assert links("mandates", [none, one, one], lead=0) == [(0, 1), (1, 2)]


# --- minds ----------------------------------------------------------------------------------------


@given(some.floats(-700.0, 700.0))
def test_our_exponential_is_the_librarys_within_four_units_in_the_last_place(x):
    exact = math.exp(x)
    assert abs(learning.exponential(x) - exact) <= 4 * math.ulp(exact)


def test_our_exponential_ends_in_zero_and_never_overflows():
    assert learning.exponential(-700.1) == 0.0 < learning.exponential(-700.0)
    assert learning.exponential(1e9) == learning.exponential(700.0) < math.inf


@given(PAYOFFS, PAYOFFS, some.floats(0.0, 50.0))
def test_the_fermi_chance_is_one_half_at_equal_payoffs_and_symmetric_around_it(own, model, strength):
    chance, other_way = learning.fermi(own, model, strength), learning.fermi(model, own, strength)
    assert learning.fermi(own, own, strength) == 0.5
    assert chance + other_way == pytest.approx(1.0, abs=1e-15)
    assert (chance - 0.5) * (model - own) >= 0


@given(DISCOUNTS, some.integers(0, 60))
def test_the_shadow_is_the_discount_to_the_power_of_the_lag(discount, ell):
    assert learning.shadow(discount, ell) == pytest.approx(discount**ell, rel=1e-14, abs=1e-300)
    assert learning.shadow(discount, 0) == 1.0


READING = (some.floats(0.0, 0.9999), some.integers(1, 40), some.floats(0.05, 1.0), some.floats(0.05, 1.0))


@given(*READING)
def test_the_index_against_grim_is_that_of_the_closed_form(discount, ell, attended, noticed):
    ours = learning.grim_index(discount, ell, attended, noticed)
    closed = theory.index_grim(discount, ell - 1, attended, noticed)
    assert ours == pytest.approx(closed, rel=1e-12, abs=1e-300)


@given(*READING, some.floats(0.0, 1.0))
def test_the_index_against_tit_for_tat_is_that_of_the_closed_form(discount, ell, attended, noticed, generosity):
    ours = learning.tit_for_tat_index(discount, ell, attended, noticed, generosity)
    closed = theory.index_tit_for_tat(discount, ell - 1, attended, noticed, generosity)
    assert ours == pytest.approx(closed, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("payoffs", "forgives", "theta"),
    [
        (AXELROD, False, 1 / 2),
        (AXELROD, True, 2 / 3),
        (CASE, False, 1 / 3),
        (CASE, True, 1 / 3),  # T - R = P - S: both terms are equal
        ((4.0, 3.0, 1.0, -2.0), True, 1 / 3),  # P - S > T - R: the second term binds
        ((4.0, 3.0, 1.0, 3.5), True, 1 / 3),  # R < S: the first term does not count
    ],
)
def test_reciprocity_pays_exactly_from_theta_on(payoffs, forgives, theta):
    assert learning.reciprocity_pays(theta + 1e-12, *payoffs, forgives)
    assert not learning.reciprocity_pays(theta - 1e-12, *payoffs, forgives)


def test_a_tie_cooperates():
    assert learning.reciprocity_pays(0.5, 5.0, 3.0, 1.0, 0.0, False)
    assert not learning.reciprocity_pays(math.nextafter(0.5, 0), 5.0, 3.0, 1.0, 0.0, False)


@given(some.floats(0.0, 1.0), YES_OR_NO)
def test_without_temptation_reciprocity_always_pays_and_without_surplus_never(index, forgives):
    assert learning.reciprocity_pays(index, 3.0, 3.0, 1.0, 0.0, forgives)
    assert not learning.reciprocity_pays(index, math.nextafter(1.0, 2), 1.0, 1.0, 0.0, forgives)
    assert learning.reciprocity_pays(1.0, 3.0, math.nextafter(1.0, 2), 1.0, -1e9, False)


# --- the broker -----------------------------------------------------------------------------------


@given(CHANCES, some.integers(1, 30))
def test_pooled_reporters_miss_a_defection_only_if_all_do_and_accuse_if_any_does(chance, reporters):
    missed = institutions.brokered_miss(chance, reporters)
    assert missed == pytest.approx(chance**reporters, rel=1e-13, abs=1e-300)
    assert missed <= chance
    accused = institutions.brokered_false_alarm(chance, reporters)
    assert accused == pytest.approx(1 - (1 - chance) ** reporters, abs=1e-13)
    assert accused >= chance - 1e-15


@given(some.integers(0, 96), CHANCES)
def test_the_broker_never_makes_a_lag_longer(lag, factor):
    shorter = institutions.brokered_lag(lag, factor)
    assert 0 <= shorter <= lag
    assert shorter == math.floor(factor * lag)
    assert institutions.brokered_lag(lag, 1.0) == lag


# --- overlapping responsibility -------------------------------------------------------------------


@given(some.integers(2, 500), some.floats(0.001, 0.999))
def test_a_volunteer_is_indifferent_serving_costs_what_being_left_alone_would(standing_alone, cost_share):
    idle = 1 - mandates.serving_chance(standing_alone, cost_share)
    nobody_else = math.exp((standing_alone - 1) * math.log(idle))
    assert nobody_else == pytest.approx(cost_share, rel=1e-9)


def test_one_who_stands_alone_serves_for_certain():
    assert mandates.serving_chance(1, 0.3) == 1.0
    assert mandates.serves(2**32 - 1, luck.threshold(1.0))


# --- traffickers ----------------------------------------------------------------------------------


@given(some.integers(0, 1000), some.integers(1, 2**40))
def test_a_modus_is_answered_exactly_when_its_lag_in_full_cooperation_is_reached(lag, short):
    assert trafficking.is_answered(lag * FULL, lag)
    assert not trafficking.is_answered(lag * FULL - short, lag)


@given(some.integers(1, 24), some.integers(1, 24))
def test_by_the_calendar_each_trafficker_moves_once_in_every_interval_but_never_at_first(interval, count):
    for z in range(count):
        moves = [t for t in range(4 * interval) if trafficking.moves_by_calendar(t, z, count, interval)]
        assert all(after - before == interval for before, after in pairwise(moves))
        assert 1 <= moves[0] <= interval


def test_by_the_calendar_traffickers_are_evenly_out_of_step():
    moves = [sum(trafficking.moves_by_calendar(t, z, 4, 12) for z in range(4)) for t in range(12, 24)]
    assert moves == [1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]


@given(WORDS, THRESHOLDS, some.integers(1, 1000))
def test_by_chance_a_trafficker_moves_below_the_threshold_but_never_at_first(draw, chance, time):
    assert trafficking.moves_by_chance(time, draw, chance) == (draw < chance)
    assert not trafficking.moves_by_chance(0, draw, chance)


@pytest.mark.parametrize(("gain", "cost", "critical"), [(2.0, 6.0, 3), (1.0, 4.0, 4), (3.0, 3.0, 1)])
def test_a_new_modus_pays_exactly_above_the_critical_government_lag(gain, cost, critical):
    assert not trafficking.new_modus_pays(gain, critical, cost, FULL)
    assert trafficking.new_modus_pays(gain, critical + 1, cost, FULL)
    # failing cooperation: at half of capacity the same modus lasts twice as long
    assert trafficking.new_modus_pays(gain, critical, cost, FULL - 1)
    assert not trafficking.new_modus_pays(gain, 0, cost, FULL // 2)


@given(some.integers(0, FULL), some.integers(1, 30), some.integers(1, 30))
def test_few_teams_share_the_capacity_among_open_modi_and_enough_do_not_bind(capacity, teams, open_modi):
    answer = trafficking.answer_by_teams(capacity, teams, open_modi)
    assert answer == (capacity if teams >= open_modi else capacity * teams // open_modi)
    assert trafficking.answer_by_teams(capacity, 0, open_modi) == capacity


@given(some.integers(1, 100))
def test_geometric_coverage_takes_the_lag_on_average(lag):
    assert trafficking.chance_of_cover(FULL, lag) * lag == pytest.approx(1.0)


@given(some.floats(0, 1e6), CHANCES, some.floats(0, 20), CHANCES)
def test_neither_true_nor_detected_cases_exceed_attempts(attempts, chance, multiplier, residual):
    assert 0 <= trafficking.detected_cases(attempts, chance, multiplier) <= attempts
    assert trafficking.true_cases(attempts, False, residual) == attempts
    assert trafficking.true_cases(attempts, True, residual) == attempts * residual


@given(some.floats(0.0, 1.0), some.integers(0, 9), some.floats(1.0, 50.0))
def test_memory_moves_toward_the_uncovered_share_and_stays_a_share(outdated, uncovered, memory):
    after = trafficking.remember(outdated, uncovered, 9, memory)
    low, high = sorted([outdated, uncovered / 9])
    assert low - 1e-15 <= after <= high + 1e-15
    assert trafficking.remember(outdated, 0, 0, memory) == trafficking.remember(outdated, 0, 5, memory)


def test_memory_of_one_round_forgets_all_else():
    assert trafficking.remember(0.9, 1, 4, 1.0) == 0.25


@given(some.integers(1, 1000), some.data())
def test_mean_capacity_is_the_share_of_cooperative_acts_rounded_down(acts, data):
    cooperative = data.draw(some.integers(0, acts))
    share = trafficking.mean_capacity(cooperative, acts)
    assert share <= cooperative / acts * FULL < share + 1
    assert trafficking.mean_capacity(acts, acts) == FULL
    assert trafficking.mean_capacity(0, 0) == 0


@given(some.integers(1, FULL))
def test_threshold_capacity_is_all_or_nothing(least):
    assert trafficking.threshold_capacity(least, least) == FULL
    assert trafficking.threshold_capacity(least - 1, least) == 0


def all_lags(lag, spread):
    """The lag of each entry, by the least draw that chooses it."""
    return [trafficking.lag_of_a_new_modus(entry << 22, lag, spread) for entry in range(trafficking.ENTRIES)]


@pytest.mark.parametrize(("lag", "spread"), [(7, 0.25), (7, 0.6), (37, 0.6)])
def test_the_lag_of_a_new_modus_is_lognormal_with_the_stated_median(lag, spread):
    lags = all_lags(lag, spread)
    assert len(lags) == trafficking.ENTRIES == 1024
    assert lags == sorted(lags)
    assert lags[511] == lags[512] == lag
    for whole in range(lag // 2, 2 * lag):  # a lag is rounded, so it is at most `whole` below whole + 1/2
        share = sum(each <= whole for each in lags) / len(lags)
        assert abs(share - NormalDist().cdf(math.log((whole + 0.5) / lag) / spread)) <= 0.5 / 1024 + 1e-12


def test_without_spread_every_modus_has_the_same_lag_and_lag_zero_stays_zero():
    assert set(all_lags(7, 0.0)) == {7}
    assert set(all_lags(0, 0.6)) == {0}
