"""Docking (Axtell, Axelrod, Epstein & Cohen 1996): the agents and the compiled loops are one model, to the bit.

Cases are drawn from the whole parameter space, each by its number alone. The compiled loops keep no acts; what is
compared of acts is their number per round by kind of actor, how many were meant as cooperation, and what every party
earned from them. In a dyad of one organization and one ministry those counts are the acts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from math import inf, nextafter
from typing import Any

import numpy as np
import pytest

from experiments import compose
from sim import automata, batch, games, learning
from sim.automata import Automaton
from sim.batch.table import REPORTS
from sim.encoding import Encoding, encode
from sim.history import SERIES, History
from sim.measures import MEASURES, measures
from sim.scenario import DECLARED, Case
from sim.world import World
from tests.cases import Played, case, play

Changes = dict[str, Any]
"""Values of parameters by their dotted names, for ``tests.cases.case``."""
Told = dict[str, dict[str, np.ndarray]]
"""All that is known of a run: by what it is counted (party, side, round ...), and by name, an entry for each."""

SOME, MANY = range(60), range(60, 1560)
"""Numbers of the cases that are played always, and of those that are played when there is time."""
TABLE = "indonesia_2019_2023"
PAYOFFS = ("temptation", "reward", "punishment", "sucker")
SEEDS = (0, 1, 2**32, 2**64 - 1)
REPLICATES = (0, 1, 77, 2**32 - 1)


# --- a case by its number -------------------------------------------------------------------------

REPRESENTATIVE = {
    # parameters without a least or greatest value, or that reach farther than one wants to play
    "game.coordination_cost": (0.0, 0.02, 0.3),
    "parties.traffickers": (0, 1, 2, 5, 13),
    "parties.discount_spread": (0.0, 0.005, 0.05, 1.0),
    "parties.temptation_spread": (0.0, 0.2, 1.0, 5.0),
    "horizon.discount": (0.0, 0.5, 0.9, 0.97, 0.99, 0.9999),
    "information.response_lag_spread": (0.0, 0.25, 1.0, 3.0, 20.0, 1e6),
    "information.response_lag_cap": (0, 2, 20, 96, 1000),
    "interaction.attention": (0.1, 1.0, 2.5, 499.0),
    "institution.broker.reporters": (1, 2, 3, 1000),
    "institution.broker.price": (-1.0, 0.0, 0.1),
    "learning.interval": (1, 2, 6, 100),
    "learning.strength": (0.0, 0.5, 5.0, 1e4),
    "mandate.cost_share": (1e-9, 0.3, 0.9, 1.0 - 1e-9),
    "trafficking.government_lag": (0, 1, 2, 4, 9, 100_000),
    "trafficking.government_lag_spread": (0.0, 0.0, 0.6, 5.0),
    "trafficking.relevance_memory": (1.0, 3.7, 12.0, 1000.0),
    "trafficking.interval": (1, 2, 7, 12, 500),
    "trafficking.gain": (0.0, 2.0, 3.3),
    "trafficking.penalty": (0.0, 3.0, 4.7),
    "trafficking.switching_cost": (0.0, 0.1, 4.0, 6.0),
    "trafficking.capacity_threshold": (1e-9, 0.5, 0.8, 1.0),
    "trafficking.teams": (0, 1, 2, 50),
    "trafficking.volume": (0.0, 0.7, 100.0),
    "breakdown.window": (1, 3, 12, 1000),
}


def random_automaton(states: int) -> Automaton:
    """A strategy that nobody would think of."""
    luck = np.random.default_rng(states)
    out = tuple(luck.choice([0.0, 0.3, 0.5, 0.9, 1.0], states).tolist())
    after = tuple(((a, b), (c, d)) for a, b, c, d in luck.integers(0, states, (states, 4)).tolist())
    return Automaton("drawn", tuple(map(str, range(states))), states // 2, out, after)


STRATEGIES = {"drawn_3": random_automaton(3), "drawn_7": random_automaton(7)}
KNOWN = {**compose.strategies(), **STRATEGIES}


def some_of(luck: np.random.Generator, values: Sequence[Any]) -> Any:
    """One of some values, all equally likely."""
    return values[int(luck.integers(len(values)))]


def often(luck: np.random.Generator, chance: float) -> bool:
    return bool(luck.random() < chance)


def one_value(luck: np.random.Generator, name: str) -> Any:
    """A value of a parameter by its declaration: its default, a border of its range, or anything between."""
    declared = DECLARED[name]
    if name in REPRESENTATIVE:
        return some_of(luck, REPRESENTATIVE[name])
    if "choices" in declared.metadata:
        return some_of(luck, declared.metadata["choices"])
    if declared.type is bool:
        return often(luck, 0.5)
    if declared.type is float and {"low", "high"} <= set(declared.metadata):
        low, high = declared.metadata["low"], declared.metadata["high"]
        return some_of(luck, (declared.default, low, high, float(luck.uniform(low, high)), (low + high) / 64))
    return declared.default


def changes(number: int) -> Changes:
    """The case of a number: a value for every parameter, by its dotted name."""
    luck = np.random.default_rng([2604, number])
    found = {name: one_value(luck, name) for name in DECLARED if "NAME" not in name}
    found |= _of_parties(luck)
    found |= _of_rounds(luck)
    found |= _of_stakes(luck) | _of_games(luck) | _of_lists(luck)
    found |= _of_strategies(luck, found["learning.kind"])
    return found | _of_single_parties(luck, found)


def _of_parties(luck: np.random.Generator) -> Changes:
    count = int(luck.integers(13, 31) if often(luck, 0.1) else luck.integers(2, 13))
    organizations = min(count, some_of(luck, (0, 1, 1, 2, 3, count, int(luck.integers(0, count + 1)))))
    matrix = some_of(luck, (None, None, TABLE))
    functions = some_of(luck, (0, 1, 3, 11, int(luck.integers(0, 63)), 62))
    if matrix:
        functions = len(compose.table(matrix).functions)
    return {
        "parties.organizations": organizations,
        "parties.ministries": count - organizations,
        "topology.matrix": matrix,
        "topology.lead": some_of(luck, (None, *_names(matrix))),
        "topology.functions": functions,
        "topology.organization_holds": some_of(luck, (0, functions, int(luck.integers(0, functions + 1)))),
    }


def _names(matrix: str | None) -> tuple[str, ...]:
    """Names of parties, some of which may not take part."""
    rows = compose.table(matrix).rows if matrix else ()
    return "iom", "organization_2", "ministry_1", "ministry_2", "ministry_29", *(row[0] for row in rows)


def _of_rounds(luck: np.random.Generator) -> Changes:
    rounds = some_of(luck, (1, 2, 24, 36, 60, int(luck.integers(1, 61))))
    return {
        "horizon.rounds": rounds,
        "information.response_lag": some_of(luck, (0, rounds - 1, *luck.integers(0, min(rounds, 9), 4).tolist())),
    }


def _of_stakes(luck: np.random.Generator) -> Changes:
    high = some_of(luck, (1.0, 1.5, 4.0))
    return {
        "game.stake_high": high,
        "game.stake_chance": some_of(luck, (0.0, 1e-12, 0.2, 0.25, min(0.999, 1.0 / high))),
    }


def _of_games(luck: np.random.Generator) -> Changes:
    """Payoffs with the ordering of a kind of game; organizations and ministries may have their own."""
    kind = some_of(luck, tuple(games.ORDERINGS))
    everybody = _payoffs(luck, kind)
    found: Changes = {"game.kind": kind, **{f"game.{name}": value for name, value in everybody.items()}}
    for who in ("organization", "ministry"):
        given = {name: value if often(luck, 0.3) else None for name, value in _payoffs(luck, kind).items()}
        together = [everybody[name] if given[name] is None else given[name] for name in PAYOFFS]
        if not games.has_ordering(kind, *together):
            given = dict.fromkeys(PAYOFFS)
        found |= {f"game.{who}.{name}": value for name, value in given.items()}
    return found


def _payoffs(luck: np.random.Generator, kind: str) -> dict[str, float]:
    while True:
        found = luck.integers(-2, 6, 4).astype(float) if often(luck, 0.5) else luck.uniform(-2.0, 6.0, 4)
        if games.has_ordering(kind, *found):
            return dict(zip(PAYOFFS, found.tolist(), strict=True))


def _of_lists(luck: np.random.Generator) -> Changes:
    starts = [0, *sorted(set(luck.integers(1, 80, 3).tolist()))][: int(luck.integers(1, 5))]
    return {
        "trafficking.exposure": luck.choice([0.0, 0.41, 1.0, 1.7], int(luck.integers(1, 8))).tolist(),
        "trafficking.detection_from": starts,
        "trafficking.detection_multiplier": luck.choice([0.0, 0.5, 1.0, 7.0], len(starts)).tolist(),
    }


def _of_strategies(luck: np.random.Generator, learning: str) -> Changes:
    able = _able(learning)
    pool = [some_of(luck, ("own", *KNOWN)) for _ in range(int(luck.integers(1, 5)))]
    return {
        "strategy": some_of(luck, able),
        "parties.organization.strategy": some_of(luck, (None, some_of(luck, able))),
        "parties.ministry.strategy": some_of(luck, (None, some_of(luck, able))),
        "learning.pool": pool,
    }


def _able(learning: str) -> tuple[str, ...]:
    """Strategies that parties may have under a mind: a calculating party needs one with an index."""
    return tuple(name for name in KNOWN if learning != "calculating" or automata.family(KNOWN[name]) is not None)


def _of_single_parties(luck: np.random.Generator, found: Changes) -> Changes:
    rounds, able = found["horizon.rounds"], _able(found["learning.kind"])
    own = {
        "strategy": able,
        "discount": (0.0, 0.9, 0.99, 0.9999),
        "temptation": (-3.0, 2.5, 9.0),
        "response_lag": (0, rounds - 1, rounds // 2),
    }
    return {
        f"parties.named.{name}.{trait}": some_of(luck, (None, some_of(luck, values)))
        for name in _names(found["topology.matrix"])
        if often(luck, 0.15)
        for trait, values in own.items()
    }


def made(asked: Changes) -> Case:
    """The checked case of some changes, whose strategies are those of all cases here."""
    return case(changes=asked, strategies=STRATEGIES)


def coordinates(number: int) -> tuple[int, int]:
    """Seed and replicate of the run of a case."""
    luck = np.random.default_rng([2605, number])
    return some_of(luck, SEEDS), some_of(luck, REPLICATES)


# --- all that is known of a run -------------------------------------------------------------------


def told_of_all(encoding: Encoding, world: World, played: History) -> list[Told]:
    """All that is known of each run of a block; parties and sides are counted within their run."""
    measured = measures(encoding, world, played)
    return [
        {
            "set-up of party": _rows(world.parties._asdict(), world.runs.first_party, place, without=["first_side"]),
            "set-up of side": _sides(world, place),
            "set-up of duty": _duties(world, place),
            "round": dict(zip(SERIES, _rounds(encoding, world, played, place), strict=True)),
            "payoff of party": _rows(
                {"payoff": played.payoff, "mean payoff": played.mean_payoff, "acts": played.cooperative_acts},
                world.runs.first_party, place,
            ),
            "run": {
                "lead": world.runs.lead[[place]] - (world.runs.lead[place] >= 0) * world.runs.first_party[place],
                **{name: getattr(world.runs, name)[[place]] for name in ("replicate", "seed", "failing")},
                **{name: getattr(played, name)[[place]] for name in _TOTALS},
                **{f"measure {name}": values[[place]] for name, values in measured.items()},
            },
        }
        for place in range(world.runs.cell.size)
    ]


_TOTALS = ("rounds", "capped", "covered", "displaced", "trafficker_payoff")


def _rows(
    columns: Mapping[str, np.ndarray], first: np.ndarray, place: int, without: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    own = slice(first[place], first[place + 1])
    return {name: column[own] for name, column in columns.items() if name not in without}


def _sides(world: World, place: int) -> dict[str, np.ndarray]:
    found = _rows(world.sides._asdict(), world.runs.first_side, place)
    party, side = world.runs.first_party[place], world.runs.first_side[place]
    return found | {
        "reader": found["reader"] - party,
        "other": found["other"] - party,
        "mirror": found["mirror"] - side,
    }


def _duties(world: World, place: int) -> dict[str, np.ndarray]:
    duties, first, last = world.duties, world.runs.first_duty[place], world.runs.first_duty[place + 1]
    seniors = slice(duties.first_senior[first], duties.first_senior[last])
    return {
        "party": duties.party[first:last] - world.runs.first_party[place],
        "function": duties.function[first:last],
        "seniors": np.diff(duties.first_senior[first : last + 1]),
        "side toward a senior": duties.senior_side[seniors] - world.runs.first_side[place],
    }


def _rounds(encoding: Encoding, world: World, played: History, place: int) -> np.ndarray:
    """Every series over all rounds watched; after the last round played they are 0."""
    assert not played.series[place, :, played.rounds[place] :].any()
    return played.series[place, :, : encoding.cells["horizon_rounds"][world.runs.cell[place]]]


def first_difference(ours: Told, theirs: Told) -> str | None:
    """Where two runs part first, with both values; None if all their bits are the same.

    Set-up comes before rounds, rounds before payoffs and measures; of the series the earliest round counts.
    """
    for counted, columns in ours.items():
        found = []
        for order, (name, values) in enumerate(columns.items()):
            other = theirs[counted][name]
            if values.dtype != other.dtype or values.shape != other.shape:
                return f"{counted}, {name}: {values.size} values of {values.dtype} and {other.size} of {other.dtype}"
            if values.tobytes() != other.tobytes():
                bits = values.view(np.uint8).reshape(values.size, -1) != other.view(np.uint8).reshape(values.size, -1)
                at = int(bits.any(axis=1).argmax())
                found.append((at, order, f"{name}: {values[at].item()!r} and {other[at].item()!r}"))
        if found:
            at, _, what = min(found)
            return f"{counted}, {what}" if counted == "run" else f"{counted} {at}, {what}"
    return None


def by_agents(one: Case, seed: int, replicate: int) -> tuple[Told, Played]:
    """What the Mesa model tells of a run, and its acts."""
    played = play(one, seed, replicate)
    return told_of_all(encode([one]), played.history.world, played.history.history)[0], played


def by_loops(cases: Sequence[Case], cell: Any, replicate: Any, seed: Any) -> list[Told]:
    """What the compiled loops tell of a block of runs."""
    encoding = encode(cases)
    return told_of_all(encoding, *batch.play(encoding, cell, replicate, np.array(seed, dtype=np.uint64)))


def by_loops_alone(one: Case, seed: int, replicate: int) -> Told:
    """What the compiled loops tell of one run."""
    return by_loops([one], [0], [replicate], [seed])[0]


def difference(asked: Changes, seed: int, replicate: int) -> str | None:
    """Where the two engines part in one run, agents first."""
    one = made(asked)
    return first_difference(by_agents(one, seed, replicate)[0], by_loops_alone(one, seed, replicate))


def fewest(asked: Changes, fails: Callable[[Changes], bool]) -> Changes:
    """As few of the changes as still fail: each is left out if the rest can be made and fails."""
    for name in list(asked):
        rest = {other: value for other, value in asked.items() if other != name}
        try:
            asked = rest if fails(rest) else asked
        except ValueError:
            continue
    return asked


# --- the cases and the tools of this file are what they say ----------------------------------------


@cache
def many_changes() -> list[Changes]:
    return [changes(number) for number in range(300)]


def values_of_parameters() -> dict[str, set[str]]:
    """Every declared parameter with the values it takes in 300 cases; those of any single party together."""
    found: dict[str, set[str]] = {name: set() for name in DECLARED}
    for asked in many_changes():
        for name, value in asked.items():
            parts = name.split(".")
            if parts[:2] == ["parties", "named"]:
                name = f"parties.named.NAME.{parts[3]}"
            found[name].add(repr(value))
    return found


@pytest.mark.parametrize("name", DECLARED)
def test_every_declared_parameter_is_varied_and_every_choice_is_made(name):
    values, bounds = values_of_parameters()[name], DECLARED[name].metadata
    assert len(values) >= 2
    assert values >= {repr(choice) for choice in bounds.get("choices", ())}


@pytest.mark.parametrize("name", [name for name in DECLARED if DECLARED[name].metadata["unit"] == "chance"])
def test_every_chance_is_at_times_never_and_at_times_always(name):
    bounds = DECLARED[name].metadata
    assert values_of_parameters()[name] >= {repr(bounds[end]) for end in ("low", "high") if end in bounds}


def test_every_strategy_is_played_and_every_case_is_valid():
    assert values_of_parameters()["strategy"] == {repr(name) for name in KNOWN}
    for asked in many_changes():
        made(asked)  # raises with everything that is wrong


def test_cases_reach_the_corners_of_the_ring_of_reports_and_of_the_set_up():
    def reached(corner: Callable[[Changes], bool]) -> int:
        return sum(corner(asked) for asked in (changes(number) for number in SOME))

    def drawn_lag_beyond_the_run(number: int) -> bool:
        one = made(changes(number))
        lags = by_loops_alone(one, *coordinates(number))["set-up of party"]["response_lag"]
        return bool(lags.max() >= one.scenario.horizon.rounds)

    def drawn_lags_read_from_many_words(number: int) -> bool:
        one = made(changes(number))
        ell = by_loops_alone(one, *coordinates(number))["set-up of side"]["ell"]
        return bool(min(ell.max(), one.scenario.horizon.rounds) - ell.min() > 2 * REPORTS)

    def all_short(number: int) -> bool:
        one = made(changes(number))
        encoding, world = encode([one]), by_agents(one, *coordinates(number))[1].history.world
        pool = encoding.lists.pool[0] if one.scenario.learning.kind == "imitation" else np.array([], dtype=int)
        may_be_played = [*world.parties.strategy, *pool[pool >= 0]]
        return bool(encoding.minds.is_short[may_be_played].all())

    assert sum(drawn_lags_read_from_many_words(number) for number in SOME) > 0
    assert 3 < sum(all_short(number) for number in SOME) < len(SOME) - 3
    assert reached(lambda asked: asked["information.response_lag"] == 0) > 3
    assert reached(lambda asked: 0 < asked["information.response_lag"] == asked["horizon.rounds"] - 1) > 3
    assert sum(drawn_lag_beyond_the_run(number) for number in SOME) > 3
    assert reached(lambda asked: asked["parties.traffickers"] == 0) > 3
    assert reached(lambda asked: asked["topology.functions"] == 0) > 3
    assert reached(lambda asked: asked["parties.organizations"] == 0) > 3
    assert reached(lambda asked: asked["parties.ministries"] == 0) > 3
    assert reached(lambda asked: asked["parties.organizations"] + asked["parties.ministries"] > 12) > 3
    assert reached(lambda asked: asked["topology.matrix"] == TABLE and asked["topology.lead"] is not None) > 3
    assert reached(lambda asked: asked["learning.kind"] == "imitation" and len(asked["learning.pool"]) > 1) > 3
    assert reached(lambda asked: asked["learning.kind"] == "calculating" and asked["learning.scope"] == "partner") > 3


@cache
def told_of_some() -> list[Told]:
    """Runs of the cases that are played always, by the compiled loops."""
    return [by_loops_alone(made(changes(number)), *coordinates(number)) for number in SOME]


@pytest.mark.parametrize("name", SERIES)
def test_every_series_moves_within_a_run_in_many_cases(name):
    assert sum(len(set(told["round"][name])) > 1 for told in told_of_some()) >= 5


@pytest.mark.parametrize("name", [*_TOTALS, *(f"measure {name}" for name in MEASURES)])
def test_every_total_and_measure_differs_between_cases(name):
    values = {float(told["run"][name][0]) for told in told_of_some()}
    assert len({value for value in values if value == value}) >= 2


def test_the_first_difference_is_that_of_the_earliest_round_and_names_series_and_both_values():
    ours = by_loops_alone(made({"horizon.rounds": 20}), 1, 0)
    theirs = {counted: {name: values.copy() for name, values in table.items()} for counted, table in ours.items()}
    assert first_difference(ours, theirs) is None

    theirs["run"]["measure gap"][0] = 0.75
    assert first_difference(ours, theirs) == f"run, measure gap: {float(ours['run']['measure gap'][0])} and 0.75"
    theirs["payoff of party"]["payoff"][3] += 1e-15  # less than a test for closeness would see
    assert first_difference(ours, theirs).startswith("payoff of party 3, payoff: ")
    theirs["round"]["organization_cooperation"][12] += 1
    theirs["round"]["gaps"][7] = 99.0
    assert first_difference(ours, theirs) == f"round 7, gaps: {float(ours['round']['gaps'][7])} and 99.0"
    theirs["round"]["ministry_cooperation"][7] = -0.5
    assert first_difference(ours, theirs).startswith("round 7, ministry_cooperation: ")
    theirs["set-up of side"]["ell"][2] = 4242
    assert first_difference(ours, theirs).startswith("set-up of side 2, ell: ")


def test_zero_and_minus_zero_differ_and_two_numbers_that_are_none_do_not():
    def told(value: float) -> Told:
        return {"run": {"payoff": np.array([value])}}

    assert first_difference(told(0.0), told(-0.0)) == "run, payoff: 0.0 and -0.0"
    assert first_difference(told(np.nan), told(np.nan)) is None
    assert first_difference(told(1.0), {"run": {"payoff": np.array([1])}}) is not None


def test_a_failing_case_is_told_by_the_fewest_changes_that_still_fail():
    def fails(asked: Changes) -> bool:
        if "c" in asked and "d" not in asked:
            raise ValueError("c needs d")
        return "a" in asked and asked.get("b") == 2

    assert fewest({"a": 1, "x": 0, "b": 2, "d": 4, "y": 5}, fails) == {"a": 1, "b": 2}
    assert fewest({"a": 1, "b": 2, "d": 4, "c": 3}, fails) == {"a": 1, "b": 2, "d": 4}  # d cannot go before c


# --- one model in two engines ---------------------------------------------------------------------


def blocks(numbers: range, size: int) -> Iterator[range]:
    return (numbers[first : first + size] for first in range(0, len(numbers), size))


NUMBERS = [
    *blocks(SOME, 15),
    *(pytest.param(block, marks=pytest.mark.slow) for block in blocks(MANY, 150)),
]


@pytest.mark.parametrize("numbers", NUMBERS, ids=lambda block: f"{block.start}-{block.stop - 1}")
def test_agents_and_compiled_loops_tell_the_same_of_a_run_to_the_bit(numbers):
    for number in numbers:
        asked, (seed, replicate) = changes(number), coordinates(number)
        found = difference(asked, seed, replicate)
        if found:
            few = fewest(asked, lambda rest: difference(rest, seed, replicate) is not None)  # noqa: B023
            pytest.fail(f"case {number}, seed {seed}, replicate {replicate}: {found}; the fewest changes: {few}")


@pytest.mark.parametrize("number", SOME[::3])
def test_the_compiled_loops_count_the_acts_and_intentions_of_the_agents_round_by_round(number):
    one, (seed, replicate) = made(changes(number)), coordinates(number)
    _, played = by_agents(one, seed, replicate)
    series = by_loops_alone(one, seed, replicate)["round"]
    rounds, organizations = len(played.acts), one.scenario.parties.organizations
    of_organizations = np.array([reader < organizations for reader, _ in played.history.sides])
    counted = {
        "organization_cooperation": played.acts[:, of_organizations],
        "ministry_cooperation": played.acts[:, ~of_organizations],
        "intended_cooperation": played.intended,
    }
    for name, acts in counted.items():
        assert series[name][:rounds].tolist() == acts.sum(axis=1).tolist()


@pytest.mark.parametrize("number", range(200, 212))
def test_in_a_dyad_of_an_organization_and_a_ministry_the_engines_agree_act_for_act(number):
    alone = {"parties.organizations": 1, "parties.ministries": 1, "horizon.rounds": 60, "horizon.ending": "window"}
    one, (seed, replicate) = made(changes(number) | alone), coordinates(number)
    _, played = by_agents(one, seed, replicate)
    series = by_loops_alone(one, seed, replicate)["round"]
    assert played.history.sides == [(0, 1), (1, 0)]
    assert series["organization_cooperation"].tolist() == played.acts[:, 0].tolist()
    assert series["ministry_cooperation"].tolist() == played.acts[:, 1].tolist()


def on_the_edge(seed: int, defector: int | None, stays: bool) -> Changes:
    """Every party has the greatest temptation at which its partners but the defector keep it reciprocal, or the next
    number above: whoever sums in another order decides otherwise.
    """
    asked = {
        "parties.ministries": 9,
        "parties.traffickers": 0,
        "topology.kind": "complete",
        "interaction.attention": 499.0,
        "game.coordination_cost": 0.0,
        "information.miss": 0.0,
        "information.action_error": 0.0,
        "information.response_lag_spread": 0.6,
    }
    one = made(asked)
    game, sides = one.scenario.game, by_loops_alone(one, seed, 0)["set-up of side"]
    for party in range(10):
        total = 0.0
        for index in sides["index"][(sides["reader"] == party) & (sides["other"] != defector)].tolist():
            total += index
        edge = greatest_temptation(total / 9, game.reward, game.punishment, game.sucker)
        temptation = 99.0 if party == defector else edge if stays else nextafter(edge, inf)
        asked[f"parties.named.{'iom' if party == 0 else f'ministry_{party}'}.temptation"] = temptation
    return asked


def greatest_temptation(index: float, reward: float, punishment: float, sucker: float) -> float:
    """The greatest number at which an unforgiving party stays reciprocal."""

    def pays(temptation: float) -> bool:
        return bool(learning.reciprocity_pays(index, temptation, reward, punishment, sucker, False))

    found = (reward - index * punishment) / (1.0 - index)
    while not pays(found):
        found = nextafter(found, -inf)
    while pays(nextafter(found, inf)):
        found = nextafter(found, inf)
    return found


@pytest.mark.parametrize("stays", [True, False])
@pytest.mark.parametrize("defector", [None, 1])
def test_where_the_last_bit_decides_who_stays_reciprocal_the_engines_decide_alike(defector, stays):
    for seed in range(8):
        one = made(on_the_edge(seed, defector, stays))
        ours, theirs = by_agents(one, seed, 0)[0], by_loops_alone(one, seed, 0)
        assert first_difference(ours, theirs) is None
        reciprocal = ours["round"]["reciprocal"]
        if defector is None:
            assert set(reciprocal) == {10 if stays else 0}
        else:
            assert reciprocal[0] == 9  # nobody has read the defection yet
            assert (reciprocal.min() == 9) == stays


# --- a run is the same whoever is played beside it -------------------------------------------------


class Mix:
    """Forty runs of a dozen cells that share a table: two seeds, any replicates, any rounds, some runs twice."""

    def __init__(self, table: str | None) -> None:
        numbers = [number for number in range(100) if changes(number)["topology.matrix"] == table][:12]
        luck = np.random.default_rng(40)
        self.cases = [made(changes(number)) for number in numbers]
        self.cell = luck.integers(0, len(self.cases), 40)
        self.replicate = luck.choice(REPLICATES, 40)
        self.seed = luck.choice(np.array([1, 2**64 - 1], dtype=np.uint64), 40)
        self.together = self.play(np.arange(40))

    def play(self, order: Sequence[int] | np.ndarray) -> list[Told]:
        """Some of the runs as one block, in this order."""
        order = np.asarray(order)
        return by_loops(self.cases, self.cell[order], self.replicate[order], self.seed[order])

    def assert_same(self, order: Sequence[int] | np.ndarray, told: Sequence[Told]) -> None:
        """Every run is what it was in the whole block."""
        assert len(order) == len(told) > 0
        for run, found in zip(order, told, strict=True):
            assert (first_difference(self.together[run], found), run) == (None, run)

    def by_kind(self) -> np.ndarray:
        """All runs, those of the same seed and rounds beside each other: as many as can share lanes do."""
        rounds = np.array([one.scenario.horizon.rounds for one in self.cases])[self.cell]
        return np.lexsort((self.seed, rounds))

    def groups(self, seed: int) -> list[np.ndarray]:
        """All runs in random order, cut at random places."""
        luck = np.random.default_rng(seed)
        cuts = np.sort(luck.choice(np.arange(1, 40), int(luck.integers(1, 12)), replace=False))
        return np.split(luck.permutation(40), cuts)


@pytest.fixture(scope="module", params=[None, TABLE], ids=["no_table", "table"])
def mix(request: pytest.FixtureRequest) -> Mix:
    return Mix(request.param)


def test_the_mix_has_runs_that_share_lanes_and_runs_that_do_not(mix):
    order = mix.by_kind()
    rounds = np.array([one.scenario.horizon.rounds for one in mix.cases])[mix.cell[order]]
    alike = [a == b for a, b in pairwise(zip(rounds.tolist(), mix.seed[order].tolist(), strict=True))]
    assert 10 < sum(alike) < 39
    assert len(set(mix.cell.tolist())) == len(mix.cases) == 12


def test_runs_that_fill_more_than_two_blocks_of_lanes_are_those_played_alone_to_the_bit():
    wide = {"topology.kind": "complete", "parties.ministries": 19, "horizon.rounds": 15}
    cases = [case("baseline", wide | {"information.action_error": error}) for error in (0.0, 0.05)]
    replicates = range(3 * batch.LANES // (20 * 19))
    cells = [replicate % 2 for replicate in replicates]
    together = by_loops(cases, cells, replicates, [1] * len(cells))
    assert sum(told["set-up of side"]["ell"].size for told in together) > 2 * batch.LANES
    for cell, replicate, told in zip(cells, replicates, together, strict=True):
        assert first_difference(by_loops(cases, [cell], [replicate], [1])[0], told) is None


def test_runs_played_one_by_one_are_those_of_the_block_to_the_bit(mix):
    for run in range(40):
        mix.assert_same([run], mix.play([run]))


def test_the_order_of_the_runs_of_a_block_changes_no_bit(mix):
    for order in (np.arange(40)[::-1], mix.by_kind(), mix.by_kind()[::-1]):
        mix.assert_same(order, mix.play(order))


def test_any_grouping_of_the_runs_changes_no_bit(mix):
    for seed in range(10):
        for group in mix.groups(seed):
            mix.assert_same(group, mix.play(group))


@pytest.mark.parametrize("strategy", ["soft_grim", "grim"])
def test_an_answer_that_comes_long_after_the_run_is_never_read(strategy):
    lags = {"response_lag": 15, "response_lag_spread": 3.0, "response_lag_cap": 10_000, "action_error": 0.2}
    rules = {"topology.kind": "complete", "interaction.attention": 499.0, "strategy": strategy, "learning.kind": "none"}
    asked = {**rules, "horizon.rounds": 16, **{f"information.{name}": value for name, value in lags.items()}}
    one, longest = case("baseline", asked), 0
    for replicate in range(12):
        told, _ = by_agents(one, 1, replicate)
        longest = max(longest, told["set-up of side"]["ell"].max())
        assert first_difference(by_loops_alone(one, 1, replicate), told) is None
    assert longest > 1_000


def test_without_series_every_total_is_the_same_to_the_bit(mix):
    encoding = encode(mix.cases)
    _, whole = batch.play(encoding, mix.cell, mix.replicate, mix.seed)
    _, totals = batch.play(encoding, mix.cell, mix.replicate, mix.seed, with_series=False)
    assert totals.series.shape == (40, len(SERIES), 1)
    for name in History._fields[1:]:
        np.testing.assert_array_equal(getattr(whole, name), getattr(totals, name), err_msg=name)


def test_a_run_that_stands_twice_in_a_block_is_the_same_twice(mix):
    order = np.repeat(np.arange(40), 2)
    mix.assert_same(order, mix.play(order))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_changes_no_bit(mix, threads):
    groups = [group for seed in range(6) for group in mix.groups(seed)]
    with ThreadPoolExecutor(threads) as pool:
        for group, told in zip(groups, pool.map(mix.play, groups), strict=True):
            mix.assert_same(group, told)


def test_runs_of_the_mix_are_those_of_the_agents_to_the_bit(mix):
    for run in range(0, 40, 4):
        one = mix.cases[mix.cell[run]]
        told, _ = by_agents(one, int(mix.seed[run]), int(mix.replicate[run]))
        mix.assert_same([run], [told])


def test_a_block_of_cells_reads_each_cell_as_if_it_were_alone(mix):
    for cell, one in enumerate(mix.cases):
        alone = by_loops_alone(one, 9, 5)
        assert first_difference(alone, by_loops(mix.cases, [cell], [5], [9])[0]) is None
