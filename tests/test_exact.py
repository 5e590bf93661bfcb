"""Laws of exact values: they meet the closed forms to rounding, and runs of both engines within their luck.

The closed forms know no chain and the chain knows no formula; the runs know neither.
"""

import itertools

import nashpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import compose, scenario, simulate
from sim import exact, theory
from sim.automata import Automaton
from sim.exact import Information, Payoffs

AXELROD = Payoffs(5.0, 3.0, 1.0, 0.0)
CASE = Payoffs(3.0, 2.0, 0.0, -1.0)  # additive
PUNISHING = Payoffs(4.0, 3.0, 1.0, -2.0)  # P - S > T - R
GAMES = (AXELROD, CASE, PUNISHING)
KNOWN = compose.strategies()
TIT_FOR_TAT, GRIM, TRIGGER = KNOWN["tit_for_tat"], KNOWN["grim"], KNOWN["trigger"]
ROUNDING = 1e-9
NEAR = 1e-6


def of(game: Payoffs) -> tuple[float, float, float, float]:
    return game.temptation, game.reward, game.punishment, game.sucker


def generous(g: float) -> Automaton:
    return Automaton("generous", ("c", "d"), 0, (1.0, g), (((1, 0), (1, 0)), ((1, 0), (1, 0))))


def memory_one(after: tuple[float, float, float, float]) -> Automaton:
    """Chances of C after CC, CD, DC, DD, own act first; starts with C."""
    cc, cd, dc, dd = range(4)
    moves = ((dd, dc), (cd, cc))
    return Automaton("memory_one", ("cc", "cd", "dc", "dd", "start"), 4, (*after, 1.0), (moves,) * 5)


def critical(parameter: str, low: float, high: float, rule: Automaton, **changes) -> float:
    asked = {"mine": rule, "other": rule, "game": AXELROD, "information": Information(), "discount": 0.9}
    return exact.critical_value(parameter, low, high, **asked | changes)


# --- Borders of theory ------------------------------------------------------------------------------


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("lag", [0, 1, 2, 3])
def test_tit_for_tat_stops_being_a_best_reply_to_itself_at_the_root_of_theta(game, lag):
    found = critical("discount", 0.05, 0.999, TIT_FOR_TAT, game=game, information=Information(response_lag=lag))
    assert found == pytest.approx(theory.critical_discount_tit_for_tat(*of(game), response_lag=lag), abs=ROUNDING)


@pytest.mark.parametrize("rule", [GRIM, TRIGGER])
@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("lag", [0, 1, 2, 5])
def test_grim_stops_being_a_best_reply_to_itself_at_the_root_of_its_theta(rule, game, lag):
    found = critical("discount", 0.05, 0.999, rule, game=game, information=Information(response_lag=lag))
    assert found == pytest.approx(theory.critical_discount_grim(*of(game)[:3], response_lag=lag), abs=ROUNDING)


@pytest.mark.parametrize("discount", [0.8, 0.9, 0.95])
def test_the_longest_lag_of_theory_is_the_last_at_which_leaving_does_not_pay(discount):
    longest = theory.longest_response_lag(theory.theta_tit_for_tat(*of(AXELROD)), discount)
    gains = [
        exact.gain_of_leaving(TIT_FOR_TAT, TIT_FOR_TAT, AXELROD, Information(response_lag=ell - 1), discount)
        for ell in (longest, longest + 1)
    ]
    assert gains[0] <= 0 < gains[1]


@pytest.mark.parametrize(("lag", "other_lag"), [(0, 2), (2, 0), (1, 1), (3, 1)])
def test_the_lag_of_the_other_side_binds_and_it_is_the_partner_of_the_slow_who_is_tempted(lag, other_lag):
    known = Information(response_lag=lag, other_response_lag=other_lag)
    found = critical("discount", 0.05, 0.999, TIT_FOR_TAT, information=known)
    assert found == pytest.approx(theory.critical_discount_tit_for_tat(*of(AXELROD), other_lag), abs=ROUNDING)
    mirrored = Information(response_lag=other_lag, other_response_lag=lag)
    pair = max(found, critical("discount", 0.05, 0.999, TIT_FOR_TAT, information=mirrored))
    assert theory.index_of_pair(pair, lag, other_lag) == pytest.approx(theory.theta_tit_for_tat(*of(AXELROD)))


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("lag", [0, 1, 3])
@pytest.mark.parametrize(("a", "q"), [(1.0, 0.8), (0.4, 1.0), (0.6, 0.7)])
def test_grim_that_misses_or_does_not_attend_holds_exactly_where_its_index_reaches_theta(game, lag, a, q):
    known = Information(response_lag=lag, miss=1 - q, attended=a)
    found = critical("discount", 0.05, 0.9999, GRIM, game=game, information=known)
    index, theta = theory.index_grim(found, lag, a, q), theory.theta_grim(*of(game)[:3])
    assert index == pytest.approx(theta, abs=ROUNDING)


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("lag", [0, 1, 2])
@pytest.mark.parametrize(("a", "q", "g"), [(1.0, 0.9, 0.0), (0.5, 0.95, 0.0), (0.7, 1.0, 0.1), (1.0, 0.9, 0.1)])
def test_generous_tit_for_tat_that_does_not_attend_holds_exactly_where_its_index_reaches_theta(game, lag, a, q, g):
    known = Information(response_lag=lag, miss=1 - q, attended=a)
    found = critical("discount", 0.05, 0.9999, generous(g), game=game, information=known)
    index, theta = theory.index_tit_for_tat(found, lag, a, q, g), theory.theta_tit_for_tat(*of(game))
    assert index == pytest.approx(theta, abs=ROUNDING)


@pytest.mark.parametrize("lag", [0, 2])
@pytest.mark.parametrize(("q", "f", "g"), [(0.9, 0.2, 0.0), (1.0, 0.3, 0.0), (0.9, 0.1, 0.2)])
def test_only_hits_less_false_alarms_decide_whether_cooperation_pays_if_payoffs_are_additive(lag, q, f, g):
    known = Information(response_lag=lag, miss=1 - q, false_alarm=f)
    asked = {"mine": None, "other": generous(g), "game": CASE, "information": known, "discount": 0.9}
    found = exact.critical_value("discount", 0.1, 0.999, **asked)
    told = dict(zip(("temptation", "reward", "punishment", "sucker"), of(CASE), strict=True))
    told |= {"response_lag": lag, "noticed": q, "false_alarm": f, "generosity": g}
    assert theory.margin_with_false_alarms(discount=found, **told) == pytest.approx(0, abs=ROUNDING)


@pytest.mark.parametrize(("parameter", "low", "high"), [("miss", 0.0, 0.9), ("attended", 0.05, 1.0)])
def test_a_critical_chance_of_reading_is_where_the_index_of_grim_reaches_theta(parameter, low, high):
    found = critical(parameter, low, high, GRIM)
    a, q = (1.0, 1 - found) if parameter == "miss" else (found, 1.0)
    assert theory.index_grim(0.9, 0, a, q) == pytest.approx(0.5, abs=ROUNDING)


@pytest.mark.parametrize(
    ("parameter", "low", "high", "known"),
    [("temptation", 3.1, 5.9, 5.7), ("reward", 2.6, 4.0, 5 / 1.9), ("sucker", -3.0, 0.99, 3 - 2 / 0.9)],
)
def test_a_critical_payoff_of_tit_for_tat_solves_theta_equal_to_the_discount(parameter, low, high, known):
    # by hand at w = .9 from (T-R)/(R-S) = w: T = R + w (R-S), R = (T + w S)/(1 + w), S = R - (T-R)/w
    assert critical(parameter, low, high, TIT_FOR_TAT) == pytest.approx(known, abs=ROUNDING)


def test_a_critical_punishment_of_grim_solves_its_theta():
    # by hand: (5 - 3)/(5 - P) = .9
    assert critical("punishment", 0.5, 2.95, GRIM) == pytest.approx(5 - 2 / 0.9, abs=ROUNDING)


@pytest.mark.parametrize("error", [0.01, 0.1])
def test_a_pair_that_stops_at_any_slip_holds_from_the_discount_of_the_noisy_group_of_two(error):
    # a public good of two with r = 1.5: T = .75, R = .5, P = 0, S = -.25
    pair = Payoffs(0.75, 0.5, 0.0, -0.25)
    known = Information(action_error=error)
    asked = {"other": TRIGGER, "game": pair, "information": known, "discount": 0.5}
    found = exact.critical_value("discount", 0.1, 0.99, mine=None, **asked)
    assert found == pytest.approx(theory.critical_discount_noisy_trigger(2, 1.5, error), abs=ROUNDING)


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("error", [0.0, 0.01, 0.1])
def test_a_pair_that_stops_at_any_slip_holds_from_its_critical_discount_whatever_the_payoffs(game, error):
    asked = {"mine": None, "other": TRIGGER, "game": game, "information": Information(action_error=error)}
    critical = theory.critical_discount_noisy_pair(*of(game), error)
    if critical < 0.999:
        assert exact.critical_value("discount", 0.05, 0.999, discount=0.5, **asked) == pytest.approx(critical, abs=1e-9)
    else:
        with pytest.raises(ValueError, match="which has one sign"):
            exact.critical_value("discount", 0.05, 0.999, discount=0.5, **asked)


@pytest.mark.parametrize("lag", [0, 2])
@pytest.mark.parametrize(
    ("q", "f", "g", "a", "e"), [(1, 0, 0, 1, 0.1), (0.9, 0.1, 0.2, 1, 0.05), (0.9, 0, 0.1, 0.7, 0.05)]
)
def test_slips_take_one_factor_from_the_index_of_tit_for_tat_if_payoffs_are_additive(lag, q, f, g, a, e):
    known = Information(lag, None, e, 1 - q, f, a)
    asked = {"mine": None, "other": generous(g), "game": CASE, "information": known, "discount": 0.9}
    found = exact.critical_value("discount", 0.1, 0.999, **asked)
    told = dict(zip(("temptation", "reward", "punishment", "sucker"), of(CASE), strict=True))
    told |= {"response_lag": lag, "noticed": q, "false_alarm": f, "generosity": g, "attended": a, "action_error": e}
    assert theory.margin_with_false_alarms(discount=found, **told) == pytest.approx(0, abs=ROUNDING)


def test_a_chain_that_is_too_large_tells_its_size_as_a_number():
    with pytest.raises(exact.TooLarge) as told:
        exact.gain_of_defecting(TIT_FOR_TAT, CASE, Information(response_lag=20), 0.9)
    assert told.value.states > told.value.most


def test_unconditional_defection_is_left_at_a_loss_at_every_discount():
    for discount in (0.0, 0.5, 0.99):
        gain = exact.gain_of_leaving(KNOWN["alld"], KNOWN["alld"], AXELROD, Information(), discount)
        assert gain == pytest.approx((1 - discount) * theory.gain_against_alld(1, 0))


def test_no_rule_that_answers_slips_is_a_best_reply_to_itself_under_slips():
    known = Information(action_error=0.01)
    assert exact.gain_of_leaving(TIT_FOR_TAT, TIT_FOR_TAT, AXELROD, known, 0.95) > 0
    assert exact.gain_of_defecting(TIT_FOR_TAT, AXELROD, known, 0.95) < 0


# --- Noise ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [0.001, 0.2, 0.7])
@pytest.mark.parametrize("lag", [0, 1, 3])
def test_tit_for_tat_with_slips_earns_a_quarter_of_all_four_payoffs(error, lag):
    for game in GAMES:
        for known in (
            Information(response_lag=lag, action_error=error),
            Information(response_lag=lag, miss=error, false_alarm=error),
        ):
            found = exact.long_run_payoffs(TIT_FOR_TAT, TIT_FOR_TAT, game, known)
            assert found == pytest.approx((theory.noise_limit(*of(game)),) * 2, abs=ROUNDING)


@pytest.mark.parametrize("lag", [0, 1, 3])
@pytest.mark.parametrize("error", [0.0, 0.01, 0.3])
def test_cooperation_of_two_tit_for_tats_decays_as_theory_has_it(lag, error):
    found = exact.cooperation_rates(TIT_FOR_TAT, TIT_FOR_TAT, Information(lag, action_error=error), rounds=30)
    known = [theory.cooperation_after(t, error, lag) for t in range(30)]
    assert np.allclose(found, np.array(known)[:, None], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("game", [AXELROD, CASE, PUNISHING])
@pytest.mark.parametrize(
    ("rule", "loss"),
    [
        (KNOWN["contrite_tit_for_tat"], theory.loss_of_contrite_tit_for_tat),
        (generous(1 / 3), lambda *game: theory.loss_of_generous_tit_for_tat(*game, 1 / 3)),
        (generous(0.1), lambda *game: theory.loss_of_generous_tit_for_tat(*game, 0.1)),
        (KNOWN["win_stay_lose_shift"], theory.loss_of_win_stay_lose_shift),
    ],
    ids=["contrite", "molander", "generous", "win_stay_lose_shift"],
)
def test_what_a_slip_costs_is_the_slope_of_the_long_run_payoff(rule, loss, game):
    def payoff(error):
        return exact.long_run_payoffs(rule, rule, game, Information(action_error=error))[0]

    small = 1e-5
    slope = (4 * payoff(small) - payoff(2 * small) - 3 * payoff(0.0)) / (2 * small)  # errors of order small^2
    assert -slope == pytest.approx(loss(*of(game)), abs=1e-5)


@pytest.mark.parametrize(
    ("rule", "known", "lag", "payoff"),
    [
        (KNOWN["contrite_tit_for_tat"], {"action_error": 0.01}, 0, 2.980),
        (generous(1 / 3), {"action_error": 0.01}, 0, 2.970),
        (generous(0.1), {"action_error": 0.01}, 0, 2.908),
        (KNOWN["win_stay_lose_shift"], {"action_error": 0.01}, 0, 2.951),
        (KNOWN["contrite_tit_for_tat"], {"action_error": 0.01}, 1, 2.822),
        (KNOWN["contrite_tit_for_tat"], {"action_error": 0.01}, 2, 2.795),
        (KNOWN["contrite_tit_for_tat"], {"miss": 0.01, "false_alarm": 0.01}, 0, 2.250),
    ],
)
def test_rules_under_errors_earn_their_known_means(rule, known, lag, payoff):
    found = exact.long_run_payoffs(rule, rule, AXELROD, Information(lag, **known))
    assert found == pytest.approx((payoff, payoff), abs=5.001e-4)


def test_the_best_generosity_is_where_cooperation_stops_to_pay():
    for lag in (0, 2):
        best = theory.best_generosity(*of(AXELROD), 0.95, lag)
        gains = [
            exact.gain_of_leaving(rule, rule, AXELROD, Information(lag), 0.95)
            for rule in (generous(best - NEAR), generous(best + NEAR))
        ]
        assert gains[0] < 0 < gains[1]


@pytest.mark.parametrize("punishment", [0.9, 1.0, 1.1])
def test_a_defector_earns_half_of_temptation_and_punishment_from_win_stay_lose_shift(punishment):
    game = Payoffs(5, 3, punishment, 0)
    rule, alld = KNOWN["win_stay_lose_shift"], KNOWN["alld"]
    kept = exact.long_run_payoffs(rule, rule, game, Information())[0]
    taken = exact.long_run_payoffs(alld, rule, game, Information())[0]
    assert kept - taken == pytest.approx(theory.margin_win_stay_lose_shift(5, 3, punishment), abs=ROUNDING)


@pytest.mark.parametrize(("after", "ratio"), [((11 / 13, 1 / 2, 7 / 26, 0), 3), ((8 / 9, 1 / 2, 1 / 3, 0), 2)])
@pytest.mark.parametrize("partner", ["allc", "random", "firm_but_fair", "win_stay_lose_shift"])
def test_an_extortionate_rule_takes_its_ratio_of_the_surplus_from_any_partner(after, ratio, partner):
    assert theory.extortion_ratio(after, *of(AXELROD)) == pytest.approx(ratio, abs=ROUNDING)
    mine, theirs = exact.long_run_payoffs(memory_one(after), KNOWN[partner], AXELROD, Information())
    assert theirs > AXELROD.punishment + NEAR
    assert mine - AXELROD.punishment == pytest.approx(ratio * (theirs - AXELROD.punishment), abs=ROUNDING)


# --- Echo, invasion, tournaments --------------------------------------------------------------------


@pytest.mark.parametrize(("lag", "other_lag"), [(0, 0), (1, 1), (3, 0), (0, 3), (2, 1)])
def test_one_slip_echoes_with_the_period_of_both_lags(lag, other_lag):
    # The first party means D until its first report, so in ell rounds; each slip echoes for itself, and where
    # payoffs are additive so do their costs.
    slips = lag + 1
    late = Automaton("slips_first", ("slip", "c", "d"), 0, (0.0, 1.0, 0.0), (((2, 1), (2, 1)),) * 3)
    period = lag + other_lag + 2
    acts = exact.cooperation_rates(late, TIT_FOR_TAT, Information(lag, other_lag), rounds=4 * period)
    assert (acts[period:] == acts[:-period]).all()
    assert (acts[:period] == 0).sum(axis=0).tolist() == [slips, slips]
    found = exact.long_run_payoffs(late, TIT_FOR_TAT, CASE, Information(lag, other_lag))
    cost = CASE.reward - theory.echo_payoff(CASE.temptation, CASE.reward, CASE.sucker, lag, other_lag)
    assert found == pytest.approx((CASE.reward - slips * cost,) * 2, abs=ROUNDING)


@pytest.mark.parametrize("lag", [0, 2])
def test_a_cluster_and_a_population_break_even_at_their_shares(lag):
    alld = KNOWN["alld"]

    def worth(mine, other):
        return exact.discounted_payoffs(mine, other, AXELROD, Information(lag), 0.9)[0]

    share = theory.cluster_share(*of(AXELROD), 0.9, lag)
    inside, outside = worth(TIT_FOR_TAT, TIT_FOR_TAT), worth(TIT_FOR_TAT, alld)
    assert share * inside + (1 - share) * outside == pytest.approx(worth(alld, alld), abs=ROUNDING)
    share = theory.tit_for_tat_separatrix(*of(AXELROD), 0.9, lag)
    defectors = share * worth(alld, TIT_FOR_TAT) + (1 - share) * worth(alld, alld)
    assert share * inside + (1 - share) * outside == pytest.approx(defectors, abs=ROUNDING)


def test_a_small_tournament_of_two_hundred_rounds_with_self_play_has_its_known_row_means():
    field = ("allc", "alld", "tit_for_tat", "grim", "random")
    rules = [KNOWN[name] for name in field]
    table = [[exact.window_payoffs(a, b, AXELROD, Information(), 1, 200)[0] * 200 for b in rules] for a in rules]
    assert np.mean(table, axis=1) == pytest.approx([420.0, 441.6, 489.65, 519.2, 381.75], abs=0.005)
    assert np.array(table)[:4, 4] == pytest.approx([300, 600, 449.25, 597], abs=0.02)


# --- Against plain searches -------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in sorted(KNOWN) if not set(KNOWN[name].out) - {0.0, 1.0}])
@pytest.mark.parametrize("lag", [0, 1])
def test_without_chance_values_are_those_of_playing_it_out(name, lag):
    rule = KNOWN[name]
    discount, table = 0.8, AXELROD.table()
    for other in ("tit_for_tat", "grim", "alld", "win_stay_lose_shift"):
        rules, state, acts = (rule, KNOWN[other]), [rule.start, KNOWN[other].start], []
        for t in range(200):
            if t > lag:
                pair = acts[t - lag - 1]
                state = [rules[i].after[state[i]][pair[i]][pair[1 - i]] for i in (0, 1)]
            acts.append([int(rules[i].out[state[i]]) for i in (0, 1)])
        total = sum((1 - discount) * discount**t * table[pair[0], pair[1]] for t, pair in enumerate(acts))
        found = exact.discounted_payoffs(rule, KNOWN[other], AXELROD, Information(lag), discount)
        assert found[0] == pytest.approx(total, abs=ROUNDING)


@given(
    out=st.lists(st.floats(0, 1), min_size=3, max_size=3),
    moves=st.lists(st.integers(0, 2), min_size=12, max_size=12),
    discount=st.floats(0, 0.95),
    errors=st.lists(st.floats(0, 0.4), min_size=3, max_size=3),
    lag=st.integers(0, 1),
)
@settings(max_examples=40, deadline=None)
def test_no_automaton_earns_more_than_the_best_reply_and_the_best_plan_is_either_first_act(
    out, moves, discount, errors, lag
):
    def shaped(at):
        return tuple(((moves[4 * s + at], moves[4 * s + 1]), (moves[4 * s + 2], moves[4 * s + 3])) for s in range(3))

    other = Automaton("any", ("a", "b", "c"), 0, tuple(out), shaped(0))
    known = Information(lag, None, *errors)
    reply = exact.best_reply(other, AXELROD, known, discount)
    assert reply.value == max(reply.defecting, reply.cooperating)
    assert exact.gain_of_defecting(other, AXELROD, known, discount) == reply.defecting - reply.cooperating
    for mine in KNOWN.values():
        earned, _ = exact.discounted_payoffs(mine, other, AXELROD, known, discount)
        assert earned <= reply.value + ROUNDING
        gain = exact.gain_of_leaving(mine, other, AXELROD, known, discount)
        if earned < reply.value - NEAR:
            assert gain > 0
        if gain <= 0:
            assert earned == pytest.approx(reply.value, abs=ROUNDING)


@pytest.mark.parametrize("game", [*GAMES, Payoffs(3, 5, 1, 0), Payoffs(5, 3, 0, 1), Payoffs(2, 3, 0, 1)])
def test_without_a_future_pairs_of_acts_that_nobody_leaves_are_the_pure_equilibria_of_the_stage_game(game):
    acts = {"C": KNOWN["allc"], "D": KNOWN["alld"]}
    stable = {
        a + b
        for a, b in itertools.product("CD", repeat=2)
        if exact.gain_of_leaving(acts[a], acts[b], game, Information(), 0.0) <= 0
        and exact.gain_of_leaving(acts[b], acts[a], game, Information(), 0.0) <= 0
    }
    assert stable == set(theory.pure_equilibria(*of(game)))


@pytest.mark.parametrize("game", [*GAMES, Payoffs(3, 5, 1, 0), Payoffs(5, 3, 0, 1), Payoffs(2, 3, 0, 1)])
def test_equilibria_of_the_stage_game_are_those_that_a_library_finds(game):
    table = game.table()
    found = list(nashpy.Game(table, table.T).support_enumeration())
    pure = {
        "DC"[int(a[1] < 0.5) ^ 1] + "DC"[int(b[1] < 0.5) ^ 1] for a, b in found if max(a) > 1 - NEAR < max(b) + NEAR
    }
    mixed = [a[1] for a, b in found if max(a) < 1 - NEAR]
    assert pure == set(theory.pure_equilibria(*of(game)))
    if theory.kind_of_game(*of(game)) in ("stag_hunt", "chicken"):
        assert mixed == pytest.approx([theory.mixed_cooperation_share(*of(game))])
    else:
        assert not mixed


# --- Runs -------------------------------------------------------------------------------------------


def random_dyads() -> list[tuple]:
    """A dozen and a half of random dyads, lags 0 to 3 on either side, with and without each error."""
    luck = np.random.default_rng(20)
    names = sorted(KNOWN)
    dyads = []
    for number in range(18):
        errors = {name: float(luck.choice([0.0, 0.02, 0.1])) for name in ("action_error", "miss", "false_alarm")}
        lags = [int(number % 4), int(luck.integers(0, 4))]
        mine, other = (str(name) for name in luck.choice(names, 2))
        attended = float(luck.choice([1.0, 0.6]))
        dyads.append((mine, other, lags, errors, attended, GAMES[number % 3], float(luck.choice([0.7, 0.9, 0.97]))))
    return dyads


def asked_of(mine, other, lags, errors, attended, game, discount, rounds, *more):
    words = [f"game.{name}={value}" for name, value in vars(game).items()]
    words += [f"information.{name}={value}" for name, value in errors.items()]
    return scenario(
        "dyad",
        "game=free",
        "parties.organizations=1",
        "parties.ministries=1",
        f"parties.organization.strategy={mine}",
        f"parties.ministry.strategy={other}",
        f"+parties.named.iom.response_lag={lags[0]}",
        f"+parties.named.ministry_1.response_lag={lags[1]}",
        f"interaction.attention={attended}",
        f"horizon.discount={discount}",
        f"horizon.rounds={rounds}",
        *words,
        *more,
    )


def difference(table, name: str, expected: float, replicates: int) -> float:
    """How many standard errors a mean over runs lies from what is expected (0/0 counts as 0)."""
    found = table[name].to_numpy(dtype=float)
    error = found.std(ddof=1) / np.sqrt(replicates)
    off = abs(found.mean() - expected)
    return 0.0 if off < ROUNDING else off / max(error, 1e-15)


@pytest.mark.parametrize("dyad", random_dyads(), ids=lambda dyad: f"{dyad[0]}-{dyad[1]}-{dyad[2]}")
def test_runs_earn_what_the_chain_says_within_their_luck(dyad):
    mine, other, lags, errors, attended, game, discount = dyad
    rounds, replicates = 60, 4000
    table = simulate(asked_of(*dyad, rounds), replicates=replicates)
    known = Information(lags[0], lags[1], attended=attended, **errors)
    for column, weight in (("payoff", discount), ("mean_payoff", 1.0)):
        pair = exact.window_payoffs(KNOWN[mine], KNOWN[other], game, known, weight, rounds)
        if column == "payoff":
            assert difference(table, "organization_payoff", pair[0], replicates) < 4
            assert difference(table, "ministry_payoff", pair[1], replicates) < 4
        assert difference(table, column, sum(pair) / 2, replicates) < 4


@pytest.mark.parametrize("dyad", random_dyads()[1:4], ids=lambda dyad: f"{dyad[0]}-{dyad[1]}-{dyad[2]}")
def test_runs_of_agents_earn_what_the_chain_says_within_their_luck(dyad):
    mine, other, lags, errors, attended, game, discount = dyad
    table = simulate(asked_of(*dyad, 20, "engine=mesa"), replicates=300)
    known = Information(lags[0], lags[1], attended=attended, **errors)
    pair = exact.window_payoffs(KNOWN[mine], KNOWN[other], game, known, discount, 20)
    assert difference(table, "organization_payoff", pair[0], 300) < 4
    assert difference(table, "ministry_payoff", pair[1], 300) < 4


def test_the_payoff_of_a_long_window_is_the_discounted_payoff():
    mine, other, lags, errors, attended, game, discount = random_dyads()[2]
    known = Information(lags[0], lags[1], attended=attended, **errors)
    long = exact.window_payoffs(KNOWN[mine], KNOWN[other], game, known, discount, 2000)
    assert long == pytest.approx(exact.discounted_payoffs(KNOWN[mine], KNOWN[other], game, known, discount), abs=1e-9)


def test_the_mean_of_a_long_run_is_the_limit_of_ever_more_patient_discounting():
    for mine, other in (("grim", "win_stay_lose_shift"), ("tit_for_two_tats", "suspicious_tit_for_tat")):
        for known in (Information(1), Information(1, action_error=0.05)):
            limit = exact.long_run_payoffs(KNOWN[mine], KNOWN[other], AXELROD, known)
            patient = exact.discounted_payoffs(KNOWN[mine], KNOWN[other], AXELROD, known, 1 - 1e-7)
            assert patient == pytest.approx(limit, abs=1e-4)


def test_a_long_run_that_may_end_in_several_ways_weighs_them():
    # grim against a partner that means C by half: once it has seen a D it defects; before, it cooperates
    found = exact.long_run_payoffs(GRIM, KNOWN["random"], AXELROD, Information())
    assert found == pytest.approx(((5 + 1) / 2, (0 + 1) / 2), abs=ROUNDING)
    # a coin in round 0 that both remember: CC for ever, or D against C for ever
    coin = Automaton(
        "coin", ("toss", "c", "d"), 0, (0.5, 1.0, 0.0), (((2, 2), (1, 1)), ((1, 1), (1, 1)), ((2, 2), (2, 2)))
    )
    found = exact.long_run_payoffs(coin, KNOWN["allc"], AXELROD, Information())
    assert found == pytest.approx((0.5 * 3 + 0.5 * 5, 0.5 * 3 + 0.5 * 0), abs=ROUNDING)


# --- Domain -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        (lambda: Information(response_lag=-1), "response_lag must be a whole number of rounds, at least 0, got -1"),
        (lambda: Information(0, 1.5), "other_response_lag must be a whole number .*, got 1.5"),
        (lambda: Information(miss=1.1), r"miss must lie in \[0, 1\] \(chance\), got 1.1"),
        (
            lambda: exact.discounted_payoffs(GRIM, GRIM, AXELROD, Information(), 1.0),
            r"discount must lie in \[0, 1\) \(factor per round\), got 1.0",
        ),
        (
            lambda: exact.window_payoffs(GRIM, GRIM, AXELROD, Information(), 1.1, 5),
            r"discount must lie in \[0, 1\] .*, got 1.1",
        ),
        (lambda: exact.cooperation_rates(GRIM, GRIM, Information(), 0), "rounds must be .* at least 1, got 0"),
        (
            lambda: exact.long_run_payoffs(TIT_FOR_TAT, TIT_FOR_TAT, AXELROD, Information(12, action_error=0.1)),
            r"'tit_for_tat' \(response lag 12\) .* would have 1129718145924 states, at most 600000 .*reached",
        ),
        (
            lambda: exact.best_reply(TIT_FOR_TAT, AXELROD, Information(14), 0.9),
            "states of the chain can be reached, equations of at most",
        ),
        (
            lambda: exact.long_run_payoffs(
                TIT_FOR_TAT, TIT_FOR_TAT, AXELROD, Information(6, miss=0.1, false_alarm=0.1)
            ),
            "states of the chain can be reached, equations of at most 12000 are solved",
        ),
        (lambda: critical("discont", 0, 1, GRIM), "no parameter 'discont' .known: discount, temptation"),
        (lambda: critical("discount", 0.6, 0.9, GRIM), "no critical discount between 0.6 and 0.9: leaving gains -"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(question, complaint):
    with pytest.raises(ValueError, match=complaint):
        question()


def test_a_gain_that_jumps_over_zero_is_told_and_not_called_critical():
    def jump(*_):
        return 1.0 if _[4] < 0.5 else -1.0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "gain_of_leaving", jump)
        with pytest.raises(ValueError, match=r"the gain jumps over 0 at discount = 0\.5"):
            critical("discount", 0.1, 0.9, GRIM)
