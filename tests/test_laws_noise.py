"""Laws of noise (N1, N2, N8): what errors do to repeated play in the long run.

Each run holds 62 dyads that share nothing, luck included, so that a mean over dyads has an honest standard error.
Published values are those of the two automata as a Markov chain, to three decimals; the tolerance is three
standard errors and half a unit of the last decimal (what is left out of order error^2 is smaller: 0.0001).
"""

import numpy as np
import pytest

from sim.automata import Automaton
from sim.model import CooperationModel, run
from tests.cases import pairs, play

PAIRS = 62
T, R, P, S = 5.0, 3.0, 1.0, 0.0
TIT_FOR_TAT_LIMIT = (R + S + T + P) / 4
ROUNDED = 0.0005

_COPY = ((1, 0), (1, 0))
GENEROUS = Automaton("molander", ("c", "d"), 0, (1.0, 1 / 3), (_COPY, _COPY))
"""Tit for tat of Molander's generosity, which is 1/3 at 5, 3, 1, 0."""


def long_run(strategy: str, noise: dict, rounds: int, settled: int, replicates: int = 1) -> tuple[float, float]:
    """Mean payoff per party and round after ``settled`` rounds, and its standard error over dyads."""
    changes = {"strategy": strategy, "horizon.rounds": rounds, **noise}
    made = pairs(PAIRS, changes, {"molander": GENEROUS})
    found = np.concatenate([_of_pairs(made, settled, replicate) for replicate in range(replicates)])
    return found.mean(), found.std(ddof=1) / np.sqrt(found.size)


def _of_pairs(made, settled: int, replicate: int) -> np.ndarray:
    earned: list[list[float]] = []

    def watch(model: CooperationModel) -> None:
        if model.round in (settled, made.scenario.horizon.rounds):
            earned.append([party.total_payoff for party in model.parties])

    run(made, 1, replicate, watch)
    by_party = (np.array(earned[1]) - earned[0]) / (made.scenario.horizon.rounds - settled)
    return (by_party[:PAIRS] + by_party[PAIRS:]) / 2


ACTION = {"information.action_error": 0.01}
MISPERCEPTION = {"information.miss": 0.01, "information.false_alarm": 0.01}


@pytest.mark.parametrize("error", [0.05, 0.2])
@pytest.mark.parametrize("lag", [0, 1])
def test_tit_for_tat_against_itself_earns_a_quarter_of_all_four_payoffs_whatever_the_error(error, lag):
    noise = {"information.action_error": error, "information.response_lag": lag}
    # the start is forgotten once the dyads settle: (1 - 2 error)^(settled / ell) < .01
    mean, spread = long_run("tit_for_tat", noise, rounds=1000, settled=100)
    assert abs(mean - TIT_FOR_TAT_LIMIT) < 3 * spread


@pytest.mark.slow
def test_tit_for_tat_forgets_its_start_even_at_an_error_of_one_in_a_hundred():
    mean, spread = long_run("tit_for_tat", ACTION, rounds=20_000, settled=400, replicates=2)
    assert 3 * spread < 0.02
    assert abs(mean - TIT_FOR_TAT_LIMIT) < 3 * spread


@pytest.mark.parametrize("lag", [0, 2])
def test_cooperation_of_two_tit_for_tats_decays_with_the_number_of_answers_so_far(lag):
    error, replicates = 0.02, 50
    made = pairs(
        PAIRS,
        {
            "strategy": "tit_for_tat",
            "horizon.rounds": 51,
            "information.action_error": error,
            "information.response_lag": lag,
        },
    )
    # the two sides of a dyad are not independent: one of them is counted
    total = sum(play(made, replicate=replicate).acts[:, :PAIRS].sum(axis=1) for replicate in range(replicates))
    count = PAIRS * replicates
    for t in (0, 1, 2, 5, 20, 50):
        chance = (1 + (1 - 2 * error) ** (t // (lag + 1) + 1)) / 2
        assert abs(total[t] / count - chance) < 3 * np.sqrt(chance * (1 - chance) / count), t


LONG_RUN = [
    ("contrite_tit_for_tat", ACTION, 2.980),
    ("molander", ACTION, 2.970),
    ("win_stay_lose_shift", ACTION, 2.951),
]


@pytest.mark.parametrize(("strategy", "noise", "published"), LONG_RUN, ids=[name for name, _, _ in LONG_RUN])
def test_a_rule_that_repairs_a_slip_earns_its_published_mean_under_action_error(strategy, noise, published):
    mean, spread = long_run(strategy, noise, rounds=1600, settled=100)
    assert spread < 0.003  # so that the three can be told apart
    assert abs(mean - published) < 3 * spread + ROUNDED


def test_contrition_repairs_a_slip_that_both_saw_but_not_a_misperception():
    repaired, spread = long_run("contrite_tit_for_tat", ACTION, rounds=600, settled=100)
    feud, spread_of_feud = long_run("contrite_tit_for_tat", MISPERCEPTION, rounds=2500, settled=400)
    assert repaired > 2.9 > 2.5 > feud
    assert abs(repaired - 2.980) < 3 * spread + ROUNDED
    assert abs(feud - 2.250) < 3 * spread_of_feud + ROUNDED


@pytest.mark.slow
def test_contrition_under_misperception_ends_at_the_limit_of_tit_for_tat():
    mean, spread = long_run("contrite_tit_for_tat", MISPERCEPTION, rounds=20_000, settled=800, replicates=2)
    assert 3 * spread < 0.02
    assert abs(mean - TIT_FOR_TAT_LIMIT) < 3 * spread


def test_without_noise_none_of_these_rules_loses_anything():
    for strategy in ("tit_for_tat", "contrite_tit_for_tat", "molander", "win_stay_lose_shift"):
        assert long_run(strategy, {}, rounds=30, settled=5) == (R, 0.0)
