"""No dead parameter: each moves something where its mechanism is on, and no bit where it is off."""

import pytest

from sim import history
from sim.luck import threshold
from sim.measures import measures_of
from sim.model import CooperationModel, run
from sim.scenario import DECLARED, faults
from tests.cases import case, play, trajectory

# --- witnesses: where each parameter matters ------------------------------------------------------

SHORT = {"horizon.rounds": 30}
NOISY = {**SHORT, "information.action_error": 0.05, "learning.kind": "none", "strategy": "tit_for_tat"}
IMITATING = {
    **NOISY,
    "learning.kind": "imitation",
    "learning.interval": 3,
    "learning.rate": 0.5,
    "learning.mutation": 0.05,
    "parties.named.ministry_1.strategy": "alld",
}
BROKERED = {**SHORT, "institution.broker.active": True, "information.miss": 0.5, "information.action_error": 0.05}
DEFECTING = {**SHORT, "strategy": "alld", "learning.kind": "none"}
STAKES = {**SHORT, "game.stake_high": 3.0, "game.stake_chance": 0.2}
THRESHOLD = {**NOISY, "trafficking.capacity": "threshold", "trafficking.capacity_threshold": 0.5}
STEPS = {**SHORT, "trafficking.detection_multiplier": [1.0, 2.0], "trafficking.detection_from": [0, 9]}

WITNESSES = {
    # name: (changes to the baseline, one value, another)
    "strategy": (NOISY, "tit_for_tat", "grim"),
    "game.kind": (SHORT, "prisoners_dilemma", "chicken"),
    "game.temptation": (NOISY, 3.0, 3.5),
    "game.reward": (NOISY, 2.0, 2.5),
    "game.punishment": (NOISY, 0.0, 0.5),
    "game.sucker": (NOISY, -1.0, -0.5),
    "game.coordination_cost": (NOISY, 0.02, 0.1),
    "game.stake_high": (STAKES, 3.0, 4.0),
    "game.stake_chance": (STAKES, 0.2, 0.1),
    "game.organization.temptation": (NOISY, None, 3.5),
    "game.organization.reward": (NOISY, None, 2.5),
    "game.organization.punishment": (NOISY, None, 0.5),
    "game.organization.sucker": (NOISY, None, -0.5),
    "game.ministry.temptation": (NOISY, None, 3.5),
    "game.ministry.reward": (NOISY, None, 2.5),
    "game.ministry.punishment": (NOISY, None, 0.5),
    "game.ministry.sucker": (NOISY, None, -0.5),
    "parties.organizations": (SHORT, 1, 2),
    "parties.ministries": (SHORT, 6, 7),
    "parties.traffickers": (SHORT, 5, 6),
    "parties.organization.strategy": (NOISY, None, "alld"),
    "parties.ministry.strategy": (NOISY, None, "alld"),
    "parties.named.NAME.strategy": (NOISY, None, "alld"),
    "parties.named.NAME.discount": (SHORT, None, 0.5),
    "parties.named.NAME.temptation": (NOISY, None, 3.5),
    "parties.named.NAME.response_lag": (NOISY, None, 9),
    "parties.discount_spread": (SHORT, 0.005, 0.01),
    "parties.temptation_spread": (NOISY, 0.2, 0.4),
    "horizon.rounds": (SHORT, 30, 31),
    "horizon.discount": (SHORT, 0.97, 0.96),
    "horizon.ending": (SHORT, "window", "random"),
    "information.response_lag": (NOISY, 3, 4),
    "information.response_lag_spread": (NOISY, 0.0, 0.8),
    "information.response_lag_cap": (NOISY, 96, 1),
    "information.action_error": (SHORT, 0.0, 0.05),
    "information.miss": (NOISY, 0.0, 0.5),
    "information.false_alarm": (NOISY, 0.0, 0.1),
    "interaction.attention": (NOISY, 1.0, 3.0),
    "topology.kind": (SHORT, "complete", "hub"),
    "topology.lead": ({**SHORT, "topology.kind": "hub"}, None, "ministry_3"),
    "topology.functions": (DEFECTING, 11, 9),
    "topology.hold_chance": (SHORT, 0.3137, 0.6),
    "topology.organization_holds": (DEFECTING, 8, 3),
    "topology.matrix": (SHORT, None, "indonesia_2019_2023"),
    "institution.broker.active": (BROKERED, False, True),
    "institution.broker.reporters": (BROKERED, 1, 5),
    "institution.broker.lag_factor": (BROKERED, 1.0, 0.0),
    "institution.broker.price": (BROKERED, 0.0, 0.1),
    "learning.kind": (IMITATING, "none", "imitation"),
    "learning.interval": (IMITATING, 3, 5),
    "learning.scope": ({**SHORT, "information.action_error": 0.05}, "party", "partner"),
    "learning.rate": (IMITATING, 0.0, 1.0),
    "learning.strength": (IMITATING, 0.0, 50.0),
    "learning.mutation": (IMITATING, 0.0, 0.5),
    "learning.pool": ({**IMITATING, "learning.mutation": 0.5}, ["own", "alld"], ["allc"]),
    "mandate.cost_share": (DEFECTING, 0.3, 0.6),
    "mandate.lead_binding": ({**DEFECTING, "topology.lead": "iom"}, False, True),
    "trafficking.government_lag": (SHORT, 4, 7),
    "trafficking.government_lag_spread": (SHORT, 0.0, 0.6),
    "trafficking.start": (SHORT, "known", "new"),
    "trafficking.relevance": (SHORT, 0.0, 0.25),
    "trafficking.relevance_memory": (SHORT, 12.0, 3.0),
    "trafficking.switching": (SHORT, "fixed", "random"),
    "trafficking.interval": ({**SHORT, "trafficking.switching": "fixed"}, 12, 6),
    "trafficking.chance": (SHORT, 1 / 12, 0.3),
    "trafficking.gain": (SHORT, 2.0, 4.0),
    "trafficking.penalty": (SHORT, 3.0, 4.0),
    "trafficking.switching_cost": (SHORT, 6.0, 4.0),
    "trafficking.cover_law": (SHORT, "fixed", "geometric"),
    "trafficking.capacity": (NOISY, "mean", "weakest_link"),
    "trafficking.capacity_threshold": (THRESHOLD, 0.5, 1.0),
    "trafficking.teams": ({**SHORT, "trafficking.chance": 0.5}, 0, 1),
    "trafficking.volume": (SHORT, 100.0, 120.0),
    "trafficking.exposure": (SHORT, [1.0], [1.0, 0.4]),
    "trafficking.residual": (SHORT, 0.2, 0.1),
    "trafficking.detected_covered": (SHORT, 0.3, 0.4),
    "trafficking.detected_uncovered": (SHORT, 0.1, 0.2),
    "trafficking.detection_multiplier": (SHORT, [1.0], [2.0]),
    "trafficking.detection_from": (STEPS, [0, 9], [0, 10]),
    "breakdown.level": (DEFECTING, 0.5, 0.0),
    "breakdown.window": ({**NOISY, "parties.ministry.strategy": "alld"}, 12, 3),
}
SOMEBODY = "ministry_2"


def witness(name: str, value, further: dict | None = None):
    """The witness of a parameter, with that value."""
    return case(changes={**WITNESSES[name][0], **(further or {}), name.replace("NAME", SOMEBODY): value})


def test_every_declared_parameter_has_a_witness():
    assert list(WITNESSES) == list(DECLARED)


MEASURED_ONLY = ("breakdown.level", "breakdown.window")


@pytest.mark.parametrize("name", [name for name in WITNESSES if name != "game.kind"])
def test_every_parameter_moves_a_trajectory(name):
    one, other = (run(witness(name, value), 1, 0) for value in WITNESSES[name][1:])
    if name in MEASURED_ONLY:
        assert trajectory(one) == trajectory(other)
        assert measures_of(one) != measures_of(other)
    else:
        assert trajectory(one) != trajectory(other)


def test_the_kind_of_game_is_a_demand_not_a_rule():
    assert faults(witness("game.kind", "prisoners_dilemma")) == []
    with pytest.raises(ValueError, match=r"game\.kind: not a chicken, which demands T > R > S > P"):
        witness("game.kind", "chicken")
    demanded, free = (run(witness("game.kind", kind), 1, 0) for kind in ("prisoners_dilemma", "free"))
    assert trajectory(demanded) == trajectory(free)


# --- off: where the same change moves no bit -------------------------------------------------------

NO_MIND = {"learning.kind": "none"}
CALCULATING = {"learning.kind": "calculating", "parties.named.ministry_1.strategy": "tit_for_tat"}
NOBODY = {"parties.traffickers": 0}
TABLE = {"topology.matrix": "indonesia_2019_2023"}
UNBROKERED = {"institution.broker.active": False}
MANDATES_ONLY = {"topology.kind": "complete", "topology.functions": 0, "topology.organization_holds": 0}
OF_TRAFFICKERS = [
    name for name in DECLARED if name.startswith("trafficking.") and not name.startswith("trafficking.capacity")
]

OFF = [
    # what changes, and what switches its mechanism off in the same witness
    *[(f"institution.broker.{name}", UNBROKERED) for name in ("reporters", "lag_factor", "price")],
    ("institution.broker.active", {"parties.organizations": 0, "parties.ministries": 7}),
    ("game.stake_high", {"game.stake_chance": 0.0}),
    ("game.stake_chance", {"game.stake_high": 1.0}),
    *[(f"learning.{name}", NO_MIND) for name in ("interval", "scope", "rate", "strength", "mutation", "pool")],
    *[(f"learning.{name}", CALCULATING) for name in ("rate", "strength", "mutation", "pool")],
    ("learning.scope", {"learning.kind": "imitation"}),
    ("learning.strength", {"learning.rate": 0.0}),
    ("learning.pool", {"learning.mutation": 0.0}),
    ("mandate.lead_binding", {"topology.lead": None}),
    ("mandate.lead_binding", {"topology.lead": "ministry_400"}),
    ("mandate.cost_share", {"strategy": "allc", "information.action_error": 0.0}),
    ("topology.lead", MANDATES_ONLY),
    ("topology.hold_chance", TABLE),
    ("topology.organization_holds", TABLE),
    ("trafficking.interval", {"trafficking.switching": "random"}),
    ("trafficking.interval", {"trafficking.switching": "adaptive"}),
    ("trafficking.chance", {"trafficking.switching": "fixed"}),
    ("trafficking.chance", {"trafficking.switching": "adaptive"}),
    ("trafficking.capacity_threshold", {"trafficking.capacity": "mean"}),
    ("trafficking.teams", {"parties.traffickers": 1}),
    ("trafficking.government_lag_spread", {"trafficking.government_lag": 0}),
    ("trafficking.start", {"trafficking.government_lag": 0}),
    ("trafficking.relevance", {"trafficking.government_lag": 0}),
    *[(name, NOBODY) for name in OF_TRAFFICKERS],
    ("information.response_lag_spread", {"information.response_lag": 0}),
    ("information.response_lag_cap", {"information.response_lag": 1, "information.response_lag_spread": 0.0}),
    ("game.ministry.reward", {"parties.organizations": 7, "parties.ministries": 0}),
    ("parties.organization.strategy", {"parties.organizations": 0, "parties.ministries": 7}),
]


def told(off: dict) -> str:
    return ", ".join(f"{name}={value}" for name, value in off.items())


@pytest.mark.parametrize(("name", "off"), OFF, ids=[f"{name} with {told(off)}" for name, off in OFF])
def test_a_mechanism_switched_off_changes_no_bit_whatever_its_parameters(name, off):
    one, other = (run(witness(name, value, off), 1, 0) for value in WITNESSES[name][1:])
    assert trajectory(one) == trajectory(other)


@pytest.mark.parametrize("name", [name for name in WITNESSES if ".NAME." in name])
def test_a_named_party_that_is_absent_changes_no_bit(name):
    changes, *values = WITNESSES[name]
    absent = name.replace("NAME", "ministry_400")
    one, other = (run(case(changes={**changes, absent: value}), 1, 0) for value in values)
    assert trajectory(one) == trajectory(other)


def test_without_relevance_the_memory_of_outdated_procedures_is_recorded_but_moves_nobody():
    off = {"trafficking.relevance": 0.0}
    one, other = (run(witness("trafficking.relevance_memory", memory, off), 1, 0) for memory in (12.0, 3.0))
    outdated = [run.series["outdated"] for run in (one, other)]
    assert outdated[0] != outdated[1]
    one.history.series[:, history.OUTDATED] = other.history.series[:, history.OUTDATED]
    assert trajectory(one) == trajectory(other)


CASES = ("volume", "exposure", "residual", "detected_covered", "detected_uncovered")
COUNTED = [
    *[f"trafficking.{name}" for name in (*CASES, "detection_multiplier", "detection_from")],
    "mandate.cost_share",
    "mandate.lead_binding",
]


@pytest.mark.parametrize("name", COUNTED)
def test_cases_and_mandates_are_counted_and_move_nobody(name):
    one, other = (play(witness(name, value)) for value in WITNESSES[name][1:])
    assert (one.acts == other.acts).all()
    for what in ("payoffs", "trafficker_payoff", "covered", "displaced"):
        assert getattr(one.history, what) == getattr(other.history, what)
    for series in ("capacity", "active", "uncovered", "outdated", "reciprocal"):
        assert one.history.series[series] == other.history.series[series]


# --- decisive: what a calculating party reads, on both sides of its border -------------------------

TWO = {
    "strategy": "grim",
    "learning.kind": "calculating",
    "horizon.rounds": 20,
    "parties.organizations": 1,
    "parties.ministries": 1,
}
FORGIVING = {**TWO, "strategy": "tit_for_tat"}
THREE = {**TWO, "parties.ministries": 2}
OUTDATED = {
    **TWO,
    "parties.traffickers": 3,
    "trafficking.government_lag": 50,
    "trafficking.start": "new",
    "trafficking.relevance_memory": 1.0,
}
BLIND = {**TWO, "information.miss": 0.95}
SLOW = {**TWO, "information.response_lag": 7, "institution.broker.active": True}

DECISIVE = [
    # grim pays iff w^ell x / (1 - w (1 - x)) >= (T - R) / (T - P); w = .9, ell = 1, x = 1: .9 >= 2/4
    ("horizon.discount", TWO, 0.51, 0.49),
    ("information.response_lag", TWO, 5, 6),  # .9^6 = .531, .9^7 = .478
    ("information.miss", TWO, 0.88, 0.92),  # .54, .43
    ("interaction.attention", TWO, 0.12, 0.08),  # .52, .42
    ("game.temptation", TWO, 20.0, 22.0),  # theta .895, .905
    ("game.reward", TWO, 1.41, 1.39),  # theta .898, .903
    ("game.punishment", TWO, 2.75, 2.79),  # theta .889, .905
    ("game.sucker", FORGIVING, 0.77, 0.79),  # tit for tat: 2 / (3 - S) is .897, .905
    ("strategy", {**TWO, "horizon.discount": 0.6}, "grim", "tit_for_tat"),  # theta 1/2, 2/3
    ("game.coordination_cost", THREE, 1.59, 1.61),  # one other partner: R' = 1.41, 1.39
    # tit for tat: R' and S' fall alike, (2 + cost) / 3 is .897, .903
    ("game.coordination_cost", {**THREE, "strategy": "tit_for_tat"}, 0.69, 0.71),
    ("trafficking.relevance", OUTDATED, 0.79, 0.81),  # all uncovered: R' = 1.42, 1.38
    ("trafficking.government_lag", {**OUTDATED, "trafficking.relevance": 0.81}, 0, 50),
    ("institution.broker.reporters", {**BLIND, "institution.broker.active": True}, 3, 2),  # miss .857, .903
    ("institution.broker.active", {**BLIND, "institution.broker.reporters": 3}, True, False),
    ("institution.broker.lag_factor", SLOW, 0.8, 1.0),  # ell 6, 8
    *[
        (f"parties.named.{who}.{what}", TWO, good, bad)
        for who in ("iom", "ministry_1")
        for what, good, bad in [("discount", 0.51, 0.49), ("temptation", 20.0, 22.0), ("response_lag", 5, 6)]
    ],
    *[
        (f"game.{kind}.{what}", TWO, good, bad)
        for kind in ("organization", "ministry")
        for what, good, bad in [("temptation", 20.0, 22.0), ("reward", 1.41, 1.39), ("punishment", 2.75, 2.79)]
    ],
    *[(f"game.{kind}.sucker", FORGIVING, 0.77, 0.79) for kind in ("organization", "ministry")],
]


@pytest.mark.parametrize(("name", "changes", "holds", "fails"), DECISIVE)
def test_calculating_parties_cooperate_throughout_on_one_side_of_their_border_and_end_in_defection_on_the_other(
    name, changes, holds, fails
):
    whole = play(case("dyad", {**changes, name: holds}))
    broken = play(case("dyad", {**changes, name: fails}))
    assert whole.acts.all()
    assert not broken.acts[-1].any()


# --- the broker reaches its links and no other -----------------------------------------------------


def test_the_broker_sharpens_and_hastens_exactly_the_links_with_iom_or_between_its_partners():
    changes = {
        "parties.ministries": 8,
        "topology.organization_holds": 2,
        "information.false_alarm": 0.1,
        "information.response_lag": 9,
    }
    with_it, without = (
        CooperationModel(case(changes={**changes, "institution.broker.active": active}), 1, 0).history
        for active in (True, False)
    )
    iom = without.actors[0]
    reached = {*iom.partners, 0}
    assert any({side[0], side[1]} - reached for side in without.sides)
    brokered, plain = with_it.world.sides, without.world.sides
    for side, ends in enumerate(without.sides):
        if {*ends} <= reached:
            assert brokered.ell[side] == int(0.35 * (plain.ell[side] - 1)) + 1 < plain.ell[side]
            assert brokered.miss[side] == threshold(0.05 * 0.05 * 0.05)
            assert brokered.noticed[side] == pytest.approx(1 - 0.05**3)
            assert brokered.false_alarm[side] == pytest.approx(threshold(1 - 0.9**3), abs=1)
        else:
            for name in ("ell", "miss", "false_alarm", "noticed"):
                assert getattr(brokered, name)[side] == getattr(plain, name)[side]
