"""Set-up: everything that is drawn or computed once, before round 0, and that every engine reads.

Definitions
-----------
Parties are numbered 0..n-1, organizations first. A *side* i->j is one party's half of a link; sides are sorted by
(i, j), so that the sides of a party lie together. The world is frozen: no engine writes into it.
"""

from dataclasses import dataclass
from math import exp, floor
from statistics import NormalDist

import numpy as np

from sim import automata, information, institutions, learning, luck, mandates, topology, trafficking
from sim.automata import Automaton
from sim.scenario import Case, MandateTable, NamedParty, Scenario, payoffs


@dataclass(frozen=True)
class Actor:
    """A party as it enters the game: its traits, drawn once.

    ``discount`` is a factor, payoffs are per link and round, ``response_lag`` in rounds, ``attended`` the chance to
    attend to a link in a round.
    """

    index: int
    name: str
    kind: str
    strategy: str
    discount: float
    temptation: float
    reward: float
    punishment: float
    sucker: float
    response_lag: int
    functions: frozenset[int]
    partners: tuple[int, ...]
    attended: float


@dataclass(frozen=True)
class SideTraits:
    """What one side i->j reads of the other: how late (``ell`` rounds after the act) and how surely (chances)."""

    reader: int
    other: int
    ell: int
    miss: float
    false_alarm: float


@dataclass(frozen=True)
class World:
    """The frozen set-up of one run.

    Attributes
    ----------
    actors : parties by index. sides : sorted by (reader, other). first_side : index of each party's first side.
    lead : index of the lead party, or None if nobody present is named. holders : for each function its holders in rank
    order. serving : threshold of p(c) for c = 1.. holders standing alone. new_modus_lags : the equally likely
    government lags of a new modus, rounds. index : I of each side (None outside the families of the closed forms).
    """

    case: Case
    seed: int
    replicate: int
    actors: tuple[Actor, ...]
    sides: tuple[SideTraits, ...]
    first_side: tuple[int, ...]
    lead: int | None
    holders: tuple[tuple[int, ...], ...]
    serving: tuple[int, ...]
    new_modus_lags: tuple[int, ...]
    index: tuple[float | None, ...]

    @property
    def scenario(self) -> Scenario:
        """The scenario this world was set up from."""
        return self.case.scenario

    def strategy(self, name: str, party: int) -> Automaton:
        """The automaton a name stands for; ``own`` is what the party had at set-up."""
        return self.case.strategies[self.actors[party].strategy if name == "own" else name]


def set_up(case: Case, seed: int, replicate: int) -> World:
    """Draw the traits of all parties and who is linked to whom: a pure function of its arguments."""
    scenario = case.scenario
    mandates_held = _mandates_held(case, seed, replicate)
    names = [name for name, _ in mandates_held]
    held = [functions for _, functions in mandates_held]
    lead = names.index(scenario.topology.lead) if scenario.topology.lead in names else None
    partners = _partners(scenario, held, lead)
    actors = _actors(scenario, names, held, partners, seed, replicate)
    sides = _sides(scenario, actors)
    holders = tuple(_holders(held, function, lead) for function in range(scenario.topology.functions))
    cost_share = scenario.mandate.cost_share
    lags = trafficking.lags_of_a_new_modus(
        scenario.trafficking.government_lag, scenario.trafficking.government_lag_spread
    )
    return World(
        case=case,
        seed=seed,
        replicate=replicate,
        actors=actors,
        sides=sides,
        first_side=_first_sides(actors),
        lead=lead,
        holders=holders,
        serving=tuple(luck.threshold(mandates.serving_chance(c, cost_share)) for c in range(1, len(actors) + 1)),
        new_modus_lags=tuple(lags),
        index=_indices(case, actors, sides),
    )


def _draws_of_parties(seed: int, replicate: int, parties: int, block: int) -> list[list[int]]:
    who = np.arange(parties, dtype=np.int64)
    return _words(seed, replicate, luck.address(who, who), block)


def _words(seed: int, replicate: int, who: np.ndarray, block: int) -> list[list[int]]:
    blocks = np.full(who.size, block, dtype=np.int64)
    words: list[list[int]] = luck.draws(seed, replicate, luck.SET_UP, who, blocks).tolist()
    return words


# --- who holds what ------------------------------------------------------------------------------------------------


def _mandates_held(case: Case, seed: int, replicate: int) -> list[tuple[str, frozenset[int]]]:
    """Name and functions of every party, organizations first."""
    parties, places = case.scenario.parties, case.scenario.topology
    count = parties.organizations + parties.ministries
    named = _organization_rows(case.table, parties.organizations)
    for number in range(len(named) + 1, parties.organizations + 1):
        name = "iom" if number == 1 else f"organization_{number}"
        named.append((name, frozenset(range(places.organization_holds))))
    named += _ministry_rows(case, seed, replicate)
    for index in range(len(named), count):
        name = f"ministry_{index - parties.organizations + 1}"
        named.append((name, _drawn_functions(case.scenario, seed, replicate, index)))
    return named


def _organization_rows(table: MandateTable | None, wanted: int) -> list[tuple[str, frozenset[int]]]:
    rows = [(name, held) for name, kind, held in table.rows if kind == "organization"] if table else []
    return rows[:wanted]


def _ministry_rows(case: Case, seed: int, replicate: int) -> list[tuple[str, frozenset[int]]]:
    """The ministry rows that take part: those with the smallest draws, in the order of the table."""
    rows = [(name, held) for name, kind, held in case.table.rows if kind == "ministry"] if case.table else []
    parties = case.scenario.parties
    order = _draws_of_parties(seed, replicate, parties.organizations + len(rows), luck.TRAITS)
    drawn = sorted(range(len(rows)), key=lambda row: (order[parties.organizations + row][luck.ORDER], row))
    return [rows[row] for row in sorted(drawn[: parties.ministries])]


def _drawn_functions(scenario: Scenario, seed: int, replicate: int, party: int) -> frozenset[int]:
    functions = np.arange(scenario.topology.functions, dtype=np.int64)
    words = _words(seed, replicate, luck.address(party, functions), luck.HOLDS)
    holds = luck.threshold(scenario.topology.hold_chance)
    return frozenset(function for function, word in enumerate(words) if word[0] < holds)


def _holders(held: list[frozenset[int]], function: int, lead: int | None) -> tuple[int, ...]:
    holders = [party for party, functions in enumerate(held) if function in functions]
    return tuple(sorted(holders, key=lambda party: (party != lead, party)))


# --- who meets whom ------------------------------------------------------------------------------------------------


def _partners(scenario: Scenario, held: list[frozenset[int]], lead: int | None) -> list[tuple[int, ...]]:
    count, centre = len(held), lead or 0
    match scenario.topology.kind:
        case "complete":
            links = topology.complete(count)
        case "hub":
            links = topology.hub(count, centre)
        case _:
            links = topology.mandates(held)
    met: list[list[int]] = [[] for _ in range(count)]
    for i, j in topology.leave_nobody_alone(links, count, centre):
        met[i].append(j)
        met[j].append(i)
    return [tuple(sorted(partners)) for partners in met]


def _first_sides(actors: tuple[Actor, ...]) -> tuple[int, ...]:
    first, total = [], 0
    for actor in actors:
        first.append(total)
        total += len(actor.partners)
    return tuple(first)


# --- what parties are like -----------------------------------------------------------------------------------------


def _actors(
    scenario: Scenario,
    names: list[str],
    held: list[frozenset[int]],
    partners: list[tuple[int, ...]],
    seed: int,
    replicate: int,
) -> tuple[Actor, ...]:
    traits = _draws_of_parties(seed, replicate, len(names), luck.TRAITS)
    return tuple(
        _actor(scenario, index, names[index], held[index], partners[index], traits[index])
        for index in range(len(names))
    )


def _actor(
    scenario: Scenario, index: int, name: str, held: frozenset[int], partners: tuple[int, ...], words: list[int]
) -> Actor:
    kind = "organization" if index < scenario.parties.organizations else "ministry"
    own = scenario.parties.named.get(name, NamedParty())
    temptation, reward, punishment, sucker = payoffs(scenario, kind)
    return Actor(
        index=index,
        name=name,
        kind=kind,
        strategy=own.strategy or getattr(scenario.parties, kind).strategy or scenario.strategy,
        discount=_drawn_discount(scenario, words[luck.DISCOUNT]) if own.discount is None else own.discount,
        temptation=_drawn_temptation(scenario, temptation, words[luck.TEMPTATION])
        if own.temptation is None
        else own.temptation,
        reward=reward,
        punishment=punishment,
        sucker=sucker,
        response_lag=_drawn_lag(scenario, words[luck.LAG]) if own.response_lag is None else own.response_lag,
        functions=held,
        partners=partners,
        attended=information.attended_share(scenario.interaction.attention, len(partners)),
    )


def _drawn_discount(scenario: Scenario, word: int) -> float:
    """Uniform within the spread around the centre, a factor in [0, 0.9999]."""
    w = scenario.horizon.discount + scenario.parties.discount_spread * (2.0 * luck.uniform(word) - 1.0)
    return min(max(w, 0.0), 0.9999)


def _drawn_temptation(scenario: Scenario, temptation: float, word: int) -> float:
    return temptation + scenario.parties.temptation_spread * (2.0 * luck.uniform(word) - 1.0)


def _drawn_lag(scenario: Scenario, word: int) -> int:
    """Lognormal with median ``response_lag``, in whole rounds up to the cap; lag 0 stays 0."""
    told = scenario.information
    factor = exp(told.response_lag_spread * NormalDist().inv_cdf(luck.uniform(word)))
    return min(told.response_lag_cap, floor(told.response_lag * factor + 0.5))


# --- what sides are like -------------------------------------------------------------------------------------------


def _sides(scenario: Scenario, actors: tuple[Actor, ...]) -> tuple[SideTraits, ...]:
    """Every side by (reader, other); the broker reaches a link if it is one of its ends or a partner of both."""
    broker = scenario.institution.broker
    reach = [{actor.index, *actor.partners} for actor in actors if broker.active and actor.kind == "organization"]
    return tuple(
        _side(scenario, i, j, actors[i].response_lag, any(i in met and j in met for met in reach))
        for i in range(len(actors))
        for j in actors[i].partners
    )


def _side(scenario: Scenario, i: int, j: int, lag: int, brokered: bool) -> SideTraits:
    told, broker = scenario.information, scenario.institution.broker
    if not brokered:
        return SideTraits(i, j, lag + 1, told.miss, told.false_alarm)
    return SideTraits(
        i,
        j,
        institutions.brokered_lag(lag, broker.lag_factor) + 1,
        institutions.brokered_miss(told.miss, broker.reporters),
        institutions.brokered_false_alarm(told.false_alarm, broker.reporters),
    )


def _indices(case: Case, actors: tuple[Actor, ...], sides: tuple[SideTraits, ...]) -> tuple[float | None, ...]:
    """I of each side toward its partner, computed with the *partner's* lag, attention and reading (R7)."""
    place = {(side.reader, side.other): side for side in sides}
    families = {name: automata.family(case.strategies[name]) for name in {actor.strategy for actor in actors}}
    found: list[float | None] = []
    for side in sides:
        family = families[actors[side.reader].strategy]
        back = place[side.other, side.reader]
        found.append(None if family is None else _index(family, actors[side.reader], actors[side.other], back))
    return tuple(found)


def _index(family: tuple[str, float], own: Actor, other: Actor, back: SideTraits) -> float:
    name, generosity = family
    noticed = 1.0 - back.miss
    index: float
    if name == "grim":
        index = learning.grim_index(own.discount, back.ell, other.attended, noticed)
    else:
        index = learning.tit_for_tat_index(own.discount, back.ell, other.attended, noticed, generosity)
    return index
