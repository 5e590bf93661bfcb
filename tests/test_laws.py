"""Laws of repeated play between two parties, met by whole runs: timing, simultaneous moves, echoes, lags.

Lag counts from 0: with response lag d an act is answered d + 1 rounds later, ell = d + 1.
"""

from statistics import NormalDist

import numpy as np
import pytest

from sim import luck
from sim.automata import Automaton
from sim.measures import measures_of
from sim.model import CooperationModel, run
from tests.cases import SIX, case, pairs, play, script, trajectory

T, R, P, S = 5.0, 3.0, 1.0, 0.0
THETA = {"tit_for_tat": 2 / 3, "grim": 1 / 2}
PAYOFF = np.array([[P, T], [S, R]])  # [own][other], 1 = C

LIBRARY = (
    *("allc", "alld", "tit_for_tat", "suspicious_tit_for_tat", "tit_for_two_tats", "two_tits_for_tat"),
    *("contrite_tit_for_tat", "grim", "trigger", "win_stay_lose_shift", "soft_grim", "random"),
    *("generous_tit_for_tat", "firm_but_fair", "memory_one", "extortionate_zero_determinant"),
)


def dyad(one: str, other: str, lags: tuple[int, int] = (0, 0), rounds: int = 12, **strategies: Automaton):
    """Two ministries with a strategy and a response lag each."""
    changes = {
        "horizon.rounds": rounds,
        "parties.named.ministry_1.strategy": one,
        "parties.named.ministry_2.strategy": other,
        "parties.named.ministry_1.response_lag": lags[0],
        "parties.named.ministry_2.response_lag": lags[1],
    }
    return case("dyad", changes, strategies)


def sheet(made) -> tuple[str, str]:
    """Acts of both parties of a dyad, as letters."""
    played = play(made)
    return played.of_side(0, 1), played.of_side(1, 0)


# --- lag is counted from zero ---------------------------------------------------------------------


@pytest.mark.parametrize("lag", [0, 1, 3, 8])
@pytest.mark.parametrize("lag_of_the_other", [0, 5])
def test_a_first_defection_is_answered_from_round_lag_plus_one_on_and_not_before(lag, lag_of_the_other):
    we, they = sheet(dyad("tit_for_tat", "alld", (lag, lag_of_the_other)))
    assert they == "D" * 12
    assert we == "C" * (lag + 1) + "D" * (12 - lag - 1)


@pytest.mark.parametrize(
    ("lag", "answer"),
    [
        # they:  C C D C C C C C C C C C
        (0, "CCCDCCCCCCCC"),
        (1, "CCCCDCCCCCCC"),
        (4, "CCCCCCCDCCCC"),
    ],
)
def test_a_single_defection_is_answered_once_lag_plus_one_rounds_later(lag, answer):
    made = dyad("tit_for_tat", "script", (lag, 0), script=script("CCDC"))
    assert sheet(made) == (answer, "CCDCCCCCCCCC")


@pytest.mark.parametrize("lag", [0, 2, 5])
def test_before_history_a_party_plays_its_start_state_and_takes_no_step(lag):
    we, _ = sheet(dyad("script", "allc", (lag, 0), script=script("DCDC")))
    # one step for each report that falls due, the first in round lag + 1
    assert we[: lag + 2] == "D" * (lag + 1) + "C"
    assert we[lag + 1 : lag + 4] == "CDC"


def test_the_lag_of_a_party_is_its_own_and_changes_nothing_about_what_the_other_reads():
    slow, fast = sheet(dyad("grim", "grim", (4, 1))), sheet(dyad("grim", "grim", (1, 4)))
    assert slow == fast == ("C" * 12, "C" * 12)
    assert sheet(dyad("grim", "alld", (4, 1)))[0] == "CCCCCDDDDDDD"
    assert sheet(dyad("grim", "alld", (1, 4)))[0] == "CCDDDDDDDDDD"


# --- moves of a round are simultaneous -------------------------------------------------------------


def test_nobody_sees_an_act_of_the_same_round():
    # Acting in sequence would let one side copy the D of this very round: both would end in D, or in C.
    assert sheet(dyad("suspicious_tit_for_tat", "tit_for_tat", rounds=6)) == ("DCDCDC", "CDCDCD")
    assert sheet(dyad("tit_for_tat", "suspicious_tit_for_tat", rounds=6)) == ("CDCDCD", "DCDCDC")
    assert sheet(dyad("suspicious_tit_for_tat", "suspicious_tit_for_tat", rounds=6)) == ("DDDDDD", "DDDDDD")
    assert sheet(dyad("suspicious_tit_for_tat", "win_stay_lose_shift", rounds=6)) == ("DCDDCD", "CDDCDD")


@pytest.mark.parametrize("base", SIX)
def test_the_order_of_mesas_agents_changes_no_bit(base):
    made = case(base, {"horizon.rounds": 30, "information.action_error": 0.02})
    shuffled = CooperationModel(made, 1, 0)
    before = [agent.unique_id for agent in shuffled.agents]
    while shuffled.running:
        shuffled.agents.shuffle(inplace=True)
        shuffled.step()
    assert [agent.unique_id for agent in shuffled.agents] != before or base == "dyad"
    assert trajectory(shuffled.finish()) == trajectory(run(made, 1, 0))


@pytest.mark.parametrize("kind", ["none", "imitation"])
def test_the_reversed_order_of_agents_changes_no_bit_whatever_the_mind(kind):
    changes = {"learning.kind": kind, "learning.pool": ["own", "alld"], "learning.mutation": 0.2}
    made = case(changes={"horizon.rounds": 15, "information.action_error": 0.02, **changes})
    backwards = CooperationModel(made, 1, 0)
    backwards.agents.sort("unique_id", ascending=False, inplace=True)
    while backwards.running:
        backwards.step()
    assert trajectory(backwards.finish()) == trajectory(run(made, 1, 0))


# --- one slip echoes (R6) --------------------------------------------------------------------------


def payoffs_by_round(played) -> np.ndarray:
    """Payoffs of both parties of a dyad, shape (rounds, 2)."""
    one, other = played.acts.T
    return np.stack([PAYOFF[one, other], PAYOFF[other, one]], axis=1)


def run_with_one_slip(made, at_the_latest: int):
    """The first replicate in which exactly one act is not what was intended, and that early."""
    for replicate in range(200):
        played = play(made, replicate=replicate)
        slips = np.argwhere(played.acts != played.intended)
        if len(slips) == 1 and slips[0][0] <= at_the_latest:
            return played, slips[0][0]
    raise AssertionError("no replicate with exactly one early slip")


@pytest.mark.parametrize(("lags", "mean"), [((0, 0), 2.5), ((1, 1), 2.75), ((3, 0), 2.8), ((0, 3), 2.8), ((2, 1), 2.8)])
def test_one_slip_echoes_for_ever_with_the_period_of_both_lags_together(lags, mean):
    changes = {
        "horizon.rounds": 50,
        "information.action_error": 0.01,
        "parties.named.ministry_1.response_lag": lags[0],
        "parties.named.ministry_2.response_lag": lags[1],
    }
    played, slip = run_with_one_slip(case("dyad", changes), at_the_latest=20)
    period = (lags[0] + 1) + (lags[1] + 1)
    assert mean == (T + S + (period - 2) * R) / period
    since = payoffs_by_round(played)[slip:]
    whole = len(since) // period * period
    assert whole >= 4 * period
    for start in range(0, whole, period):
        assert since[start : start + period].mean(axis=0).tolist() == pytest.approx([mean, mean], abs=1e-12)
    assert (payoffs_by_round(played)[:slip] == R).all()


# --- the longest lag binds (R3, R4, R7) ------------------------------------------------------------


def stances(strategy: str, lags: tuple[int, int], discount: float) -> tuple[bool, bool]:
    """Who stays reciprocal at set-up, of two calculating parties."""
    changes = {
        "strategy": strategy,
        "learning.kind": "calculating",
        "horizon.discount": discount,
        "parties.named.ministry_1.response_lag": lags[0],
        "parties.named.ministry_2.response_lag": lags[1],
    }
    one, other = CooperationModel(case("dyad", changes), 1, 0).sides
    return one.reciprocal, other.reciprocal


def border(strategy: str, lags: tuple[int, int]) -> float:
    """The least discount factor at which both parties stay reciprocal, by bisection."""
    low, high = 0.0, 0.9999
    while high - low > 1e-10:
        middle = (low + high) / 2
        low, high = (low, middle) if all(stances(strategy, lags, middle)) else (middle, high)
    return high


@pytest.mark.parametrize("strategy", THETA)
@pytest.mark.parametrize("lag", [0, 1, 4])
def test_the_border_of_the_discount_is_theta_to_one_over_ell(strategy, lag):
    assert border(strategy, (lag, lag)) == pytest.approx(THETA[strategy] ** (1 / (lag + 1)), abs=1e-9)


@pytest.mark.parametrize("strategy", THETA)
@pytest.mark.parametrize("lags", [(0, 3), (2, 5)])
def test_swapping_the_lags_keeps_the_border_and_changes_who_defects_the_partner_of_the_slow_one(strategy, lags):
    here, swapped = border(strategy, lags), border(strategy, lags[::-1])
    assert here == swapped == pytest.approx(THETA[strategy] ** (1 / (max(lags) + 1)), abs=1e-9)
    # party 2 is the slow one: party 1 is tempted; and the other way round
    assert stances(strategy, lags, here - 1e-6) == (False, True)
    assert stances(strategy, lags[::-1], here - 1e-6) == (True, False)
    assert stances(strategy, lags, here + 1e-6) == stances(strategy, lags[::-1], here + 1e-6) == (True, True)


@pytest.mark.parametrize("strategy", THETA)
def test_below_the_border_a_run_breaks_and_the_fast_party_is_first_while_above_it_stays_whole(strategy):
    lags, at = (0, 3), THETA[strategy] ** (1 / 4)
    found = {}
    for discount in (at - 0.001, at + 0.001):
        changes = {
            "strategy": strategy,
            "learning.kind": "calculating",
            "horizon.discount": discount,
            "horizon.rounds": 40,
            "parties.named.ministry_1.response_lag": lags[0],
            "parties.named.ministry_2.response_lag": lags[1],
        }
        played = play(case("dyad", changes))
        found[discount > at] = (played.of_side(0, 1), played.of_side(1, 0), measures_of(played.history))
    first, second, told = found[False]
    assert first == "D" * 40
    assert second == "C" * 4 + "D" * 36
    assert (told["broken"], told["incentive_broken"]) == (True, True)
    first, second, told = found[True]
    assert first == second == "C" * 40
    assert (told["broken"], told["incentive_broken"]) == (False, False)


# --- tit for tat never leads and never trails far (R19) --------------------------------------------


@pytest.mark.parametrize("lag", [0, 1, 3])
@pytest.mark.parametrize("lag_of_the_other", [0, 2])
def test_tit_for_tat_never_leads_and_trails_by_at_most_ell_temptations_whoever_it_meets(lag, lag_of_the_other):
    count = len(LIBRARY)
    named = {f"parties.named.other_{i}.strategy": name for i, name in enumerate(LIBRARY)}
    lags = {f"parties.named.other_{i}.response_lag": lag_of_the_other for i in range(count)}
    changes = {"horizon.rounds": 150, "information.response_lag": lag, **named, **lags}
    played = play(pairs(count, changes))
    we, they = played.acts[:, :count], played.acts[:, count:]
    behind = np.cumsum(PAYOFF[they, we] - PAYOFF[we, they], axis=0)
    assert behind.min() >= 0
    assert behind.max() <= (lag + 1) * (T - S)
    assert (behind[:, LIBRARY.index("alld")].max(), behind[:, 0].max()) == ((lag + 1) * (T - S), 0)


def test_every_strategy_of_the_library_was_met():
    assert set(case("dyad").strategies) == set(LIBRARY)


# --- what a run pays, and when it ends -------------------------------------------------------------


def test_a_window_pays_the_discounted_mean_and_beside_it_the_plain_one():
    changes = {"horizon.rounds": 30, "information.action_error": 0.2, "parties.named.ministry_2.discount": 0.5}
    played = play(case("dyad", changes))
    paid = payoffs_by_round(played)
    for party, discount in enumerate((0.9, 0.5)):
        weights = discount ** np.arange(30)
        expected = (weights * paid[:, party]).sum() / weights.sum()
        assert played.history.payoffs[party] == pytest.approx(expected, rel=1e-12)
        assert played.history.mean_payoffs[party] == pytest.approx(paid[:, party].mean(), rel=1e-12)


def test_a_constant_stream_is_worth_itself_whatever_the_discount():
    for discount in (0.0, 0.5, 0.9999):
        assert run(case("dyad", {"horizon.discount": discount}), 1, 0).payoffs == pytest.approx([R, R])


def test_a_random_ending_pays_the_plain_sum_and_lasts_one_over_the_end_chance_on_average():
    discount, replicates = 0.8, 600
    made = case("dyad", {"horizon.ending": "random", "horizon.discount": discount})
    histories = [run(made, 1, replicate) for replicate in range(replicates)]
    lengths = np.array([history.rounds for history in histories])
    assert all(history.payoffs == [R * history.rounds] * 2 for history in histories)
    assert not any(history.capped for history in histories)
    spread = np.sqrt(discount) / (1 - discount) / np.sqrt(replicates)
    assert abs(lengths.mean() - 1 / (1 - discount)) < 3 * spread
    first = (lengths == 1).mean()
    assert abs(first - (1 - discount)) < 3 * np.sqrt(discount * (1 - discount) / replicates)


def test_a_random_ending_is_capped_by_the_rounds_watched_and_says_so():
    made = case("dyad", {"horizon.ending": "random", "horizon.discount": 0.9, "horizon.rounds": 5})
    histories = [run(made, 1, replicate) for replicate in range(60)]
    assert {history.rounds for history in histories if history.capped} == {5}
    assert any(history.rounds < 5 for history in histories)
    # the last round may also end by chance, which is no cap
    ends_by_chance = [not goes_on(replicate, 4) for replicate in range(60)]
    reached = [history.rounds == 5 for history in histories]
    assert any(there and by_chance for there, by_chance in zip(reached, ends_by_chance, strict=True))
    for history, there, by_chance in zip(histories, reached, ends_by_chance, strict=True):
        assert history.capped == (there and not by_chance)


def goes_on(replicate: int, time: int) -> bool:
    """Whether a run with discount .9 goes on after a round, by its own draw."""
    drawn = luck.draws(1, replicate, time, np.array([0]), np.array([luck.RUN]))
    return bool(drawn[0, luck.END] < luck.threshold(0.9))


def test_irregular_stakes_multiply_the_payoff_of_everybody_at_once_and_have_mean_one():
    high, chance, rounds = 3.0, 0.2, 3000
    changes = {"game.stake_high": high, "game.stake_chance": chance, "horizon.rounds": rounds}
    paid: list[list[float]] = []
    made = case("dyad", changes)
    run(made, 1, 0, lambda model: paid.append([party.payoff for party in model.parties]))
    low = (1 - chance * high) / (1 - chance)
    assert all(one == other for one, other in paid)
    assert {one for one, _ in paid} == {high * R, low * R}
    share = np.mean([one == high * R for one, _ in paid])
    assert abs(share - chance) < 3 * np.sqrt(chance * (1 - chance) / rounds)
    assert chance * high + (1 - chance) * low == pytest.approx(1)


# --- how much parties differ -----------------------------------------------------------------------


def traits(**changes) -> dict[str, np.ndarray]:
    """Traits of 499 ministries around IOM."""
    many = {"parties.ministries": 499, "topology.kind": "hub", "topology.functions": 0}
    made = case(changes={**many, "topology.organization_holds": 0, **changes})
    actors = CooperationModel(made, 1, 0).actors
    names = ("discount", "temptation", "response_lag")
    return {name: np.array([getattr(actor, name) for actor in actors]) for name in names}


def test_discount_and_temptation_are_uniform_around_their_centre():
    drawn = traits(**{"parties.discount_spread": 0.02, "parties.temptation_spread": 0.4})
    for name, centre, spread in (("discount", 0.97, 0.02), ("temptation", 3.0, 0.4)):
        place = (drawn[name] - centre) / spread
        assert abs(place).max() <= 1
        assert abs(place.mean()) < 3 * np.sqrt(1 / 3 / 500)
        for share in (0.25, 0.5, 0.75):
            below = (place <= 2 * share - 1).mean()
            assert abs(below - share) < 3 * np.sqrt(share * (1 - share) / 500)


def test_the_response_lag_is_lognormal_around_its_median_and_lag_zero_stays_zero():
    lags = traits(**{"information.response_lag": 6, "information.response_lag_spread": 0.5})["response_lag"]
    for whole in (3, 6, 9):  # a lag is rounded, so it is at most `whole` below whole + 1/2
        share = NormalDist().cdf(np.log((whole + 0.5) / 6) / 0.5)
        assert abs((lags <= whole).mean() - share) < 3 * np.sqrt(share * (1 - share) / 500)
    assert set(traits(**{"information.response_lag": 0})["response_lag"]) == {0}
    capped = traits(**{"information.response_lag": 6, "information.response_lag_cap": 7})["response_lag"]
    assert capped.max() == 7


def test_a_discount_factor_stays_a_factor_however_wide_the_spread():
    high = traits(**{"horizon.discount": 0.9999, "parties.discount_spread": 0.1})["discount"]
    low = traits(**{"horizon.discount": 0.0, "parties.discount_spread": 0.1})["discount"]
    assert (high.max(), low.min()) == (0.9999, 0.0)


def test_a_named_party_has_its_own_values_without_spread_and_without_cap():
    named = {"discount": 0.5, "temptation": 4.0, "response_lag": 99}
    changes = {f"parties.named.ministry_3.{name}": value for name, value in named.items()}
    own, others = traits(**changes), traits()
    for name, value in named.items():
        assert own[name][3] == value
        assert (np.delete(own[name], 3) == np.delete(others[name], 3)).all()
