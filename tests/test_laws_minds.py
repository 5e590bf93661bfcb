"""Laws of the two minds above the automata: copying those who earn more, and calculating."""

import numpy as np
import pytest

from sim.learning import fermi
from sim.model import CooperationModel, run
from tests.cases import case, pairs, play, script

COUNT = 62
T, S = 5.0, 0.0


def models_after(changes: dict, replicates: int, strategies: dict | None = None) -> list[CooperationModel]:
    """The model as each replicate of 62 pairs leaves it."""
    ends: list[CooperationModel] = []
    for replicate in range(replicates):
        models: list[CooperationModel] = []
        run(pairs(COUNT, changes, strategies), 1, replicate, models.append)
        ends.append(models[-1])
    return ends


def after_one_revision(rate: float, strength: float, replicates: int) -> tuple[int, int]:
    """Where defectors meet cooperators in pairs: how many of each took the other's strategy."""
    changes = {
        "parties.organization.strategy": "alld",
        "parties.ministry.strategy": "allc",
        "horizon.rounds": 4,
        "learning.kind": "imitation",
        "learning.interval": 4,
        "learning.rate": rate,
        "learning.strength": strength,
        "learning.mutation": 0.0,
    }
    taken = [[party.strategy for party in model.parties] for model in models_after(changes, replicates)]
    return sum(t[:COUNT].count("allc") for t in taken), sum(t[COUNT:].count("alld") for t in taken)


@pytest.mark.parametrize("strength", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("rate", [0.5, 1.0])
def test_a_strategy_is_copied_with_the_fermi_chance_of_the_difference_in_payoff_per_act(strength, rate):
    replicates = 12
    found = after_one_revision(rate, strength, replicates)
    for taken, (own, model) in zip(found, [(T, S), (S, T)], strict=True):
        chance = rate * fermi(own, model, strength)
        spread = np.sqrt(chance * (1 - chance) / (COUNT * replicates))
        assert abs(taken / (COUNT * replicates) - chance) < 3 * spread


def test_under_strong_selection_all_copy_the_better_and_nobody_the_worse():
    assert after_one_revision(rate=1.0, strength=50.0, replicates=1) == (0, COUNT)
    assert after_one_revision(rate=0.0, strength=50.0, replicates=1) == (0, 0)


def test_revisions_read_old_values_so_that_two_partners_can_swap():
    # at strength 0 each copies with chance 1/2, both of a pair with chance 1/4
    defectors, cooperators = after_one_revision(rate=1.0, strength=0.0, replicates=1)
    assert defectors > 0
    assert cooperators > 0
    assert defectors + cooperators != COUNT  # in sequence the second would copy what the first has become


def test_who_changes_strategy_starts_afresh_and_who_keeps_it_goes_on():
    changes = {
        "parties.named.ministry_2.strategy": "alld",
        "horizon.rounds": 17,
        "information.response_lag": 2,
        "learning.kind": "imitation",
        "learning.interval": 5,
        "learning.rate": 0.0,
        "learning.mutation": 1.0,
        "learning.pool": ["tit_for_tat"],
    }
    played = play(case("dyad", changes))
    # after round 4 the second is tit for tat without history; the first still reads the D of rounds 2 to 4
    assert played.of_side(0, 1) == "CCCDDDDDCCCDDDCCC"
    assert played.of_side(1, 0) == "DDDDDCCCDDDCCCDDD"


def test_a_mutant_takes_any_strategy_of_the_pool_with_equal_chance_and_own_is_that_of_the_start():
    pool = ["own", "alld", "allc", "grim"]
    changes = {
        "strategy": "tit_for_tat",
        "horizon.rounds": 8,
        "learning.kind": "imitation",
        "learning.interval": 8,
        "learning.rate": 0.0,
        "learning.mutation": 0.5,
        "learning.pool": pool,
    }
    taken = [party.strategy for model in models_after(changes, 6) for party in model.parties]
    for strategy, chance in [("alld", 1 / 8), ("allc", 1 / 8), ("grim", 1 / 8), ("tit_for_tat", 5 / 8)]:
        share = taken.count(strategy) / len(taken)
        assert abs(share - chance) < 3 * np.sqrt(chance * (1 - chance) / len(taken))


def test_mutation_strikes_whether_one_revises_or_not_and_overrides_the_copy():
    changes = {
        "parties.organization.strategy": "alld",
        "parties.ministry.strategy": "allc",
        "horizon.rounds": 4,
        "learning.kind": "imitation",
        "learning.interval": 4,
        "learning.rate": 0.5,
        "learning.strength": 50.0,
        "learning.mutation": 0.5,
        "learning.pool": ["grim"],
    }
    cooperators = [party.strategy for model in models_after(changes, 8) for party in model.parties[COUNT:]]
    # a cooperator copies alld when it revises and is spared: the two chances are independent
    for strategy, chance in [("grim", 0.5), ("alld", 0.25), ("allc", 0.25)]:
        spread = np.sqrt(chance * (1 - chance) / len(cooperators))
        assert abs(cooperators.count(strategy) / len(cooperators) - chance) < 3 * spread


def test_all_that_was_earned_since_the_last_revision_counts():
    changes = {
        "parties.organization.strategy": "often",
        "parties.ministry.strategy": "last",
        "horizon.rounds": 4,
        "learning.kind": "imitation",
        "learning.interval": 4,
        "learning.rate": 1.0,
        "learning.strength": 50.0,
        "learning.mutation": 0.0,
    }
    # three times T against one T in the very last round
    (model,) = models_after(changes, 1, {"often": script("DDDC"), "last": script("CCCD")})
    assert {party.strategy for party in model.parties} == {"often"}


def test_only_what_was_earned_since_the_last_revision_counts():
    early, late = script("DDDDC"), script("CCCCD")
    changes = {
        "parties.organization.strategy": "early",
        "parties.ministry.strategy": "late",
        "horizon.rounds": 8,
        "learning.kind": "imitation",
        "learning.interval": 4,
        "learning.rate": 0.5,
        "learning.strength": 50.0,
        "learning.mutation": 0.0,
    }
    taken: list[list[str]] = []
    made = pairs(COUNT, changes, {"early": early, "late": late})
    run(made, 1, 0, lambda model: taken.append([party.strategy for party in model.parties]))
    # where nobody copied at first, the second four rounds paid T to the late defector and S to the early one;
    # over all eight rounds both earned the same, and the late one would copy as often as not
    kept = [i for i in range(COUNT) if (taken[3][i], taken[3][COUNT + i]) == ("early", "late")]
    assert len(kept) > 10
    assert {taken[7][COUNT + i] for i in kept} == {"late"}
    assert "late" in {taken[7][i] for i in kept}


def test_nobody_revises_between_two_intervals():
    changes = {"learning.kind": "imitation", "learning.interval": 6, "learning.mutation": 1.0, "horizon.rounds": 18}
    strategies: list[list[str]] = []
    made = case(changes={**changes, "learning.pool": ["own", "alld", "allc", "random"]})
    run(made, 1, 0, lambda model: strategies.append([party.strategy for party in model.parties]))
    changed = [t for t in range(1, 18) if strategies[t] != strategies[t - 1]]
    assert set(changed) == {5, 11, 17}


# --- calculating ----------------------------------------------------------------------------------


CENTRE = {
    "strategy": "grim",
    "learning.kind": "calculating",
    "horizon.rounds": 16,
    "parties.ministries": 4,
    "topology.kind": "hub",
    "topology.lead": "ministry_1",
    "information.response_lag": 2,
    "parties.named.ministry_4.discount": 0.3,
}
"""Three ministries around a centre, one of them impatient; every act is answered after three rounds."""


def test_defection_spreads_as_each_party_reads_it_and_finds_that_reciprocity_no_longer_pays():
    played = play(case("dyad", CENTRE))
    assert played.of_side(3, 0) == "D" * 16  # the impatient one, from the start
    # the centre answers what it read in round 3, and at the end of that round it turns on all:
    # one partner of three is lost, (2/3) .9^3 = .486 < 1/2
    assert played.of_side(0, 3) == "CCC" + "D" * 13
    assert played.of_side(0, 1) == played.of_side(0, 2) == "CCCC" + "D" * 12
    assert played.of_side(1, 0) == played.of_side(2, 0) == "CCCCCCC" + "D" * 9


def test_judged_one_by_one_the_others_are_not_made_to_pay_for_the_partner_that_turned():
    played = play(case("dyad", {**CENTRE, "learning.scope": "partner"}))
    assert played.of_side(3, 0) == "D" * 16
    assert played.of_side(0, 3) == "CCC" + "D" * 13
    assert played.of_side(0, 1) == played.of_side(1, 0) == "C" * 16


def test_a_centre_with_one_partner_more_can_afford_to_lose_one():
    played = play(case("dyad", {**CENTRE, "parties.ministries": 5}))  # (3/4) .9^3 = .547 > 1/2
    assert played.of_side(0, 3) == "CCC" + "D" * 13
    assert played.of_side(0, 1) == played.of_side(1, 0) == "C" * 16


def test_a_party_that_turned_returns_when_cooperating_pays_again():
    changes = {
        "strategy": "tit_for_tat",
        "learning.kind": "calculating",
        "horizon.rounds": 13,
        "horizon.discount": 0.97,
        "information.response_lag": 10,
        "parties.traffickers": 1,
        "trafficking.chance": 0.0,
        "trafficking.start": "new",
        "trafficking.government_lag": 2,
        "trafficking.relevance": 1.0,
        "trafficking.relevance_memory": 1.0,
    }
    played = play(case("dyad", changes))
    # uncovered in rounds 0 and 1, remembered in 1 and 2, learned from for 2 and 3; nothing bad is read before 13
    assert played.history.series["uncovered"][:4] == [1, 1, 0, 0]
    assert played.history.series["outdated"][:4] == [0, 1, 1, 0]
    assert played.of_side(0, 1) == played.of_side(1, 0) == "CCDDCCCCCCCCC"


def test_a_generous_party_that_has_seen_a_defection_does_not_believe_its_partner_reciprocal():
    changes = {
        "strategy": "generous_tit_for_tat",
        "learning.kind": "calculating",
        "horizon.rounds": 60,
        "parties.named.ministry_2.discount": 0.1,
    }
    played = play(case("dyad", changes))
    assert played.of_side(1, 0) == "D" * 60
    # in round 1 it may still forgive, by one chance in ten; from then on its stance is to defect
    assert played.of_side(0, 1)[0] == "C"
    assert played.of_side(0, 1)[2:] == "D" * 58
