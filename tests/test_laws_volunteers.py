"""Laws of overlapping responsibility (A10 to A12): gaps and duplications at once, or neither."""

import numpy as np
import pytest

from sim.measures import measures_of
from sim.model import run
from tests.cases import case

COST_SHARE, FUNCTIONS = 0.3, 62

PUBLISHED = [
    # holders, chance that nobody serves, chance that two or more do (K/B = .3, three decimals)
    (2, 0.090, 0.490),
    (3, 0.164, 0.429),
    (5, 0.222, 0.388),
    (8, 0.253, 0.368),
    (12, 0.269, 0.358),
    (24, 0.285, 0.348),
]


def holders(count: int, strategy: str, rounds: int, **changes):
    """Parties that all hold all of 62 functions, each function with luck of its own, on a complete network."""
    return case(
        changes={
            "strategy": strategy,
            "parties.organizations": 0,
            "parties.ministries": count,
            "parties.traffickers": 0,
            "horizon.rounds": rounds,
            "information.response_lag": 0,
            "information.action_error": 0.0,
            "topology.kind": "complete",
            "topology.functions": FUNCTIONS,
            "topology.hold_chance": 1.0,
            "learning.kind": "none",
            "mandate.cost_share": COST_SHARE,
            **changes,
        }
    )


@pytest.mark.parametrize(("count", "nobody", "two_or_more"), PUBLISHED)
def test_without_cooperation_functions_are_left_and_served_twice_as_in_the_volunteers_dilemma(
    count, nobody, two_or_more
):
    rounds = 100
    told = measures_of(run(holders(count, "alld", rounds), 1, 0))
    for found, chance in ((told["gap"], nobody), (told["duplication"], two_or_more)):
        spread = np.sqrt(chance * (1 - chance) / (rounds * FUNCTIONS))
        assert abs(found - chance) < 3 * spread + 0.0005  # the published values are rounded


@pytest.mark.parametrize("defector", ["ministry_1", "ministry_2"])
def test_a_function_is_left_to_a_senior_only_if_both_cooperated(defector):
    rounds = 100
    one_sided = {f"parties.named.{defector}.strategy": "alld"}
    told = measures_of(run(holders(2, "allc", rounds, **one_sided), 1, 0))
    for found, chance in ((told["gap"], COST_SHARE**2), (told["duplication"], (1 - COST_SHARE) ** 2)):
        assert abs(found - chance) < 3 * np.sqrt(chance * (1 - chance) / (rounds * FUNCTIONS))


@pytest.mark.parametrize("count", [2, 3, 5, 8, 12, 24])
def test_with_full_cooperation_every_function_is_served_exactly_once(count):
    told = measures_of(run(holders(count, "allc", 10), 1, 0))
    assert (told["gap"], told["duplication"]) == (0, 0)


@pytest.mark.parametrize("count", [2, 5, 12])
def test_a_binding_lead_leaves_neither_gap_nor_duplication_even_without_cooperation(count):
    binding = {"topology.lead": "ministry_2", "mandate.lead_binding": True}
    told = measures_of(run(holders(count, "alld", 20, **binding), 1, 0))
    assert (told["gap"], told["duplication"]) == (0, 0)


def test_a_lead_that_does_not_bind_changes_nothing_without_cooperation():
    lead = {"topology.lead": "ministry_2"}
    named, nobody = (run(holders(5, "alld", 20, **changes), 1, 0) for changes in (lead, {}))
    assert named.series == nobody.series


def test_a_binding_lead_binds_only_in_the_functions_it_holds():
    # IOM holds functions 0 to 7 of 11; of the others it is no holder, so they are left to chance
    changes = {
        "strategy": "alld",
        "learning.kind": "none",
        "topology.hold_chance": 1.0,
        "topology.lead": "iom",
        "mandate.lead_binding": True,
    }
    history = run(case(changes=changes), 1, 0)
    assert 0 < max(history.series["gaps"]) <= 3
    assert 0 < max(history.series["duplications"]) <= 3


@pytest.mark.parametrize("cost_share", [0.1, 0.7])
def test_gaps_grow_with_the_number_of_holders_and_never_exceed_the_cost_share(cost_share):
    cost = {"mandate.cost_share": cost_share}
    gaps = [measures_of(run(holders(count, "alld", 60, **cost), 1, 0))["gap"] for count in (2, 4, 12)]
    spread = np.sqrt(0.25 / (60 * FUNCTIONS))
    assert gaps == sorted(gaps)
    assert gaps[-1] < cost_share + 3 * spread
    for count, gap in zip((2, 4, 12), gaps, strict=True):
        chance = cost_share ** (count / (count - 1))
        assert abs(gap - chance) < 3 * np.sqrt(chance * (1 - chance) / (60 * FUNCTIONS))
