"""Set-up: parties, links and duties, drawn once before round 0 and read by every engine.

Definitions
-----------
A *block* is some runs that are set up together; a run is one cell and one replicate. Parties, sides and duties of all
its runs lie one after the other. A *side* i->j is one party's half of a link; the sides of a run are sorted by (i, j),
so that the sides of a party lie together. A *duty* is a party's share in a function it holds; the duties of a function
lie in rank order, the lead first. No engine writes into a world.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from sim import luck
from sim.arithmetic import exponential, normal
from sim.compiled import borrowing, kernel
from sim.encoding import GRIM, NOBODY, NONE, NUMBERED, ROWS, TIT_FOR_TAT, Encoding, name_of
from sim.information import attended_share
from sim.institutions import brokered_false_alarm, brokered_lag, brokered_miss
from sim.learning import grim_index, reciprocity_pays, tit_for_tat_index
from sim.luck import philox4x32, threshold, uniform
from sim.scenario import Case
from sim.topology import linked, partner_of_one_alone

ORGANIZATION, MINISTRY = 0, 1
KINDS = ("organization", "ministry")


class Runs(NamedTuple):
    """One entry for each run; ``first_*`` have one more: run r owns ``first[r]:first[r + 1]``.

    ``lead`` is the lead party in the block, or -1. ``failing`` counts the links on which leaving the cooperative rule
    pays at set-up, or is -1 outside the families of the closed forms.
    """

    cell: np.ndarray
    replicate: np.ndarray
    seed: np.ndarray
    lead: np.ndarray
    failing: np.ndarray
    first_party: np.ndarray
    first_side: np.ndarray
    first_duty: np.ndarray


class Parties(NamedTuple):
    """One entry for each party; payoffs per link and round, ``held`` a bit mask, ``attended`` a threshold.

    ``first_side`` has one more: party i owns the sides ``first_side[i]:first_side[i + 1]``.
    """

    identity: np.ndarray
    kind: np.ndarray
    strategy: np.ndarray
    discount: np.ndarray
    temptation: np.ndarray
    reward: np.ndarray
    punishment: np.ndarray
    sucker: np.ndarray
    response_lag: np.ndarray
    held: np.ndarray
    attended: np.ndarray
    first_side: np.ndarray


class Sides(NamedTuple):
    """One entry for each side: reader and other (parties of the block) and mirror (the side j->i).

    ``ell`` is the rounds until an act of the other can be answered, ``miss`` and ``false_alarm`` are thresholds,
    ``noticed`` the chance q that a defection is noticed, ``index`` is I of the reader toward the other (0 outside the
    families of the closed forms).
    """

    reader: np.ndarray
    other: np.ndarray
    mirror: np.ndarray
    ell: np.ndarray
    miss: np.ndarray
    false_alarm: np.ndarray
    noticed: np.ndarray
    index: np.ndarray  # type: ignore[assignment]  # the name a reader expects


class Duties(NamedTuple):
    """One entry for each duty: its party (of the block) and function.

    ``first_senior`` has one more: duty d owns ``senior_side[first_senior[d]:first_senior[d + 1]]``, the sides of its
    party toward the higher-ranked holders it is linked to.
    """

    party: np.ndarray
    function: np.ndarray
    first_senior: np.ndarray
    senior_side: np.ndarray


class World(NamedTuple):
    """The set-up of a block of runs."""

    runs: Runs
    parties: Parties
    sides: Sides
    duties: Duties


@dataclass(frozen=True)
class Actor:
    """A party as a reader knows it: its name, its traits, whom it meets and what it holds.

    ``index`` counts within the run; ``discount`` is a factor, payoffs are per link and round, ``response_lag`` in
    rounds, ``attended`` the threshold to attend to a link in a round.
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
    attended: int


def actors(case: Case, world: World, run: int = 0) -> list[Actor]:
    """The parties of one run, by index."""
    names = sorted(case.strategies)
    first, last = int(world.runs.first_party[run]), int(world.runs.first_party[run + 1])
    table = {name: column[first:last].tolist() for name, column in world.parties._asdict().items()}
    ends = world.parties.first_side[first : last + 1].tolist()
    others = (world.sides.other[ends[0] : ends[-1]] - first).tolist()
    return [
        Actor(
            index=i,
            name=name_of(table["identity"][i], case.table),
            kind=KINDS[table["kind"][i]],
            strategy=names[table["strategy"][i]],
            functions=frozenset(f for f in range(64) if table["held"][i] >> f & 1),
            partners=tuple(others[ends[i] - ends[0] : ends[i + 1] - ends[0]]),
            **{name: table[name][i] for name in _TRAITS},
        )
        for i in range(last - first)
    ]


_TRAITS = ("discount", "temptation", "reward", "punishment", "sucker", "response_lag", "attended")


def set_up(encoding: Encoding, cell: Any, replicate: Any, seed: Any) -> World:
    """Draw the traits of all parties and who is linked to whom: a pure function of its arguments.

    ``cell``, ``replicate`` and ``seed`` (64-bit) have one entry for each run of the block.
    """
    cell = np.asarray(cell, dtype=np.int64)
    replicate, seed = np.asarray(replicate, dtype=np.int64), np.asarray(seed, dtype=np.uint64)
    count = encoding.cells["parties_organizations"][cell] + encoding.cells["parties_ministries"][cell]
    none = np.zeros(0, dtype=np.int64)
    runs = Runs(cell, replicate, seed, np.full(cell.size, NOBODY), none, _firsts(count), none, none)
    parties = _no_parties(int(count.sum()))
    sizes = np.zeros((cell.size, 3), dtype=np.int64)
    room = _room(count, encoding.ministries_hold.size)
    holds = encoding.organizations_hold, encoding.ministries_hold
    _draw_parties(encoding.cells, encoding.named, *holds, runs, parties, sizes, room)
    runs = runs._replace(
        failing=np.zeros(cell.size, dtype=np.int64), first_side=_firsts(sizes[:, 0]), first_duty=_firsts(sizes[:, 1])
    )
    sides, duties = _no_sides(int(sizes[:, 0].sum())), _no_duties(int(sizes[:, 1].sum()), int(sizes[:, 2].sum()))
    _link_parties(encoding.cells, encoding.minds, runs, parties, sides, duties, room)
    return World(runs, parties, sides, duties)


def _firsts(sizes: np.ndarray) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def _no_parties(count: int) -> Parties:
    whole, real = np.zeros((6, count), dtype=np.int64), np.zeros((5, count))
    return Parties(
        identity=whole[0], kind=whole[1], strategy=whole[2], discount=real[0], temptation=real[1], reward=real[2],
        punishment=real[3], sucker=real[4], response_lag=whole[3], held=whole[4], attended=whole[5],
        first_side=np.zeros(count + 1, dtype=np.int64),
    )  # fmt: skip


def _no_sides(count: int) -> Sides:
    whole = np.zeros((6, count), dtype=np.int64)
    return Sides(whole[0], whole[1], whole[2], whole[3], whole[4], whole[5], np.zeros(count), np.zeros(count))


def _no_duties(count: int, seniors: int) -> Duties:
    whole = np.zeros((2, count), dtype=np.int64)
    return Duties(whole[0], whole[1], np.zeros(count + 1, dtype=np.int64), np.zeros(seniors, dtype=np.int64))


# --- who takes part, and what they are like ------------------------------------------------------------------------


class _Room(NamedTuple):
    """Room for one run at a time: who is linked to whom, the side of each pair, holders in rank order, draws."""

    links: np.ndarray
    place: np.ndarray
    holders: np.ndarray
    draws: np.ndarray


def _room(count: np.ndarray, rows: int) -> _Room:
    most = int(count.max())
    return _Room(
        links=np.zeros((most, most), dtype=np.bool_),
        place=np.zeros((most, most), dtype=np.int64),
        holders=np.zeros(most, dtype=np.int64),
        draws=np.zeros(rows, dtype=np.int64),
    )


@kernel
def _draw_parties(cells, named, organizations_hold, ministries_hold, runs, parties, sizes, room):
    """Fill identity, traits and functions of all parties; count the sides, duties and seniors of each run."""
    for run in range(runs.cell.size):
        cell = cells[runs.cell[run]]
        first, last = runs.first_party[run], runs.first_party[run + 1]
        low, high = runs.seed[run] & np.uint64(0xFFFFFFFF), runs.seed[run] >> np.uint64(32)
        _choose_rows(cell, runs.replicate[run], low, high, parties, first, room.draws)
        for party in range(first, last):
            parties.kind[party] = ORGANIZATION if party - first < cell.parties_organizations else MINISTRY
            _draw_functions(
                cell, organizations_hold, ministries_hold, runs.replicate[run], low, high, parties, first, party
            )
            _draw_traits(cell, named, runs.cell[run], runs.replicate[run], low, high, parties, first, party)
            if parties.identity[party] == cell.lead:
                runs.lead[run] = party
        _link(cell, parties, first, last, runs.lead[run], room.links)
        sizes[run, 0] = _count_links(room.links, last - first)
        for function in range(cell.topology_functions):
            holders = _rank_holders(parties, first, last, function, runs.lead[run], room.holders)
            sizes[run, 1] += holders
            for rank in range(holders):
                for senior in range(rank):
                    sizes[run, 2] += room.links[room.holders[rank] - first, room.holders[senior] - first]


@borrowing
def _count_links(links, count):
    found = 0
    for i in range(count):
        for j in range(count):
            found += links[i, j]
    return found


@borrowing
def _choose_rows(cell, replicate, low, high, parties, first, draws):
    """Identities: organizations in order, the ministry rows with the smallest draws in table order, then numbers."""
    organizations, ministries = cell.parties_organizations, cell.parties_ministries
    for number in range(organizations):
        parties.identity[first + number] = number
    rows = draws.size
    for row in range(rows):
        who = luck.address(organizations + row, organizations + row)
        draws[row] = np.int64(philox4x32(replicate, luck.SET_UP, who, luck.TRAITS, low, high)[luck.ORDER])
    taken = 0
    for row in range(rows):
        earlier = 0
        for other in range(rows):
            earlier += draws[other] < draws[row] or (draws[other] == draws[row] and other < row)
        if earlier < ministries:
            parties.identity[first + organizations + taken] = ROWS + row
            taken += 1
    for number in range(taken, ministries):
        parties.identity[first + organizations + number] = NUMBERED + number


@borrowing
def _draw_functions(cell, organizations_hold, ministries_hold, replicate, low, high, parties, first, party):
    """What a party holds: its row of the table; without one the first functions of organizations, or draws."""
    identity = parties.identity[party]
    if parties.kind[party] == ORGANIZATION:
        table = organizations_hold
        parties.held[party] = table[identity] if identity < table.size else (1 << cell.topology_organization_holds) - 1
    elif identity < NUMBERED:
        parties.held[party] = ministries_hold[identity - ROWS]
    else:
        holds, held = threshold(cell.topology_hold_chance), 0
        for function in range(cell.topology_functions):
            who = luck.address(party - first, function)
            draw = np.int64(philox4x32(replicate, luck.SET_UP, who, luck.HOLDS, low, high)[0])
            if draw < holds:
                held |= 1 << function
        parties.held[party] = held


@borrowing
def _draw_traits(cell, named, row, replicate, low, high, parties, first, party):
    """Strategy, discount, temptation and lag: a single party's own where given, else its kind's with the spread."""
    who = luck.address(party - first, party - first)
    words = philox4x32(replicate, luck.SET_UP, who, luck.TRAITS, low, high)
    half = 2.0 * uniform(np.int64(words[luck.DISCOUNT])) - 1.0
    parties.discount[party] = min(max(cell.horizon_discount + cell.parties_discount_spread * half, 0.0), 0.9999)
    half = 2.0 * uniform(np.int64(words[luck.TEMPTATION])) - 1.0
    factor = 1.0
    if cell.information_response_lag_spread > 0.0:
        factor = exponential(cell.information_response_lag_spread * normal(uniform(np.int64(words[luck.LAG]))))
    lag = min(cell.information_response_lag * factor + 0.5, float(cell.information_response_lag_cap))
    parties.response_lag[party] = int(lag)
    if parties.kind[party] == ORGANIZATION:
        parties.strategy[party] = cell.organization_plays
        parties.temptation[party] = cell.organization_T + cell.parties_temptation_spread * half
        parties.reward[party], parties.punishment[party] = cell.organization_R, cell.organization_P
        parties.sucker[party] = cell.organization_S
    else:
        parties.strategy[party] = cell.ministry_plays
        parties.temptation[party] = cell.ministry_T + cell.parties_temptation_spread * half
        parties.reward[party], parties.punishment[party] = cell.ministry_R, cell.ministry_P
        parties.sucker[party] = cell.ministry_S
    _set_own(named, row, parties, party)


@borrowing
def _set_own(named, row, parties, party):
    for place in range(named.identity.size):
        if named.identity[place] == parties.identity[party]:
            if named.strategy[row, place] >= 0:
                parties.strategy[party] = named.strategy[row, place]
            if not np.isnan(named.discount[row, place]):
                parties.discount[party] = named.discount[row, place]
            if not np.isnan(named.temptation[row, place]):
                parties.temptation[party] = named.temptation[row, place]
            if named.response_lag[row, place] >= 0:
                parties.response_lag[party] = named.response_lag[row, place]


# --- who meets whom ------------------------------------------------------------------------------------------------


@borrowing
def _link(cell, parties, first, last, lead, links):
    """Fill in who is linked to whom, a symmetric table of one run; nobody is left alone."""
    count, centre = last - first, (lead - first if lead >= 0 else 0)
    for i in range(count):
        links[i, i] = False
        for j in range(i + 1, count):
            links[i, j] = links[j, i] = linked(
                cell.topology_kind, i, j, parties.held[first + i], parties.held[first + j], centre
            )
    for i in range(count):
        partners = 0
        for j in range(count):
            partners += links[i, j]
        if partners == 0:
            j = partner_of_one_alone(i, centre)
            links[i, j] = links[j, i] = True


@borrowing
def _rank_holders(parties, first, last, function, lead, holders):
    """Fill in the holders of a function in rank order, the lead first, then by index; returns how many there are."""
    count = 0
    if lead >= 0 and parties.held[lead] >> function & 1:
        holders[0] = lead
        count = 1
    for party in range(first, last):
        if party != lead and parties.held[party] >> function & 1:
            holders[count] = party
            count += 1
    return count


@kernel
def _link_parties(cells, minds, runs, parties, sides, duties, room):
    """Fill sides and duties, and count the links that fail."""
    senior = 0
    for run in range(runs.cell.size):
        cell = cells[runs.cell[run]]
        first, last = runs.first_party[run], runs.first_party[run + 1]
        _link(cell, parties, first, last, runs.lead[run], room.links)
        _number_sides(runs, parties, sides, run, room.links, room.place, first, last)
        for side in range(runs.first_side[run], runs.first_side[run + 1]):
            i, j = sides.reader[side] - first, sides.other[side] - first
            sides.mirror[side] = room.place[j, i]
            brokered = _is_brokered(cell, room.links, i, j)
            _inform(cell, sides, side, parties.response_lag[first + i], brokered)
        for party in range(first, last):
            partners = parties.first_side[party + 1] - parties.first_side[party]
            parties.attended[party] = threshold(attended_share(cell.interaction_attention, partners))
        runs.failing[run] = _weigh(cell, minds, runs, parties, sides, run)
        senior = _rank(cell, runs, parties, duties, run, room, senior)


@borrowing
def _number_sides(runs, parties, sides, run, links, place, first, last):
    """The sides of a run, sorted; fills in the side of each pair (i, j), or -1."""
    side = runs.first_side[run]
    for i in range(last - first):
        parties.first_side[first + i] = side
        for j in range(last - first):
            place[i, j] = -1
            if links[i, j]:
                sides.reader[side], sides.other[side] = first + i, first + j
                place[i, j] = side
                side += 1
    parties.first_side[last] = side


@borrowing
def _is_brokered(cell, links, i, j):
    """A broker reaches a link if it is one of its ends, or a partner of both."""
    if cell.institution_broker_active:
        for o in range(cell.parties_organizations):
            if (o == i or links[o, i]) and (o == j or links[o, j]):
                return True
    return False


@borrowing
def _inform(cell, sides, side, lag, brokered):
    miss, false_alarm = cell.information_miss, cell.information_false_alarm
    if brokered:
        lag = brokered_lag(lag, cell.institution_broker_lag_factor)
        miss = brokered_miss(miss, cell.institution_broker_reporters)
        false_alarm = brokered_false_alarm(false_alarm, cell.institution_broker_reporters)
    sides.ell[side] = lag + 1
    sides.miss[side] = threshold(miss)
    sides.false_alarm[side] = threshold(false_alarm)
    sides.noticed[side] = 1.0 - miss


@borrowing
def _rank(cell, runs, parties, duties, run, room, senior):
    """The duties of a run, function by function in rank order, each with its linked seniors."""
    first, last = runs.first_party[run], runs.first_party[run + 1]
    duty = runs.first_duty[run]
    for function in range(cell.topology_functions):
        holders = _rank_holders(parties, first, last, function, runs.lead[run], room.holders)
        for rank in range(holders):
            duties.party[duty], duties.function[duty] = room.holders[rank], function
            duties.first_senior[duty] = senior
            for higher in range(rank):
                side = room.place[room.holders[rank] - first, room.holders[higher] - first]
                if side >= 0:
                    duties.senior_side[senior] = side
                    senior += 1
            duty += 1
    duties.first_senior[duty] = senior
    return senior


# --- the index of the calculating parties --------------------------------------------------------------------------


@borrowing
def _weigh(cell, minds, runs, parties, sides, run):
    """Set I of each side, by the partner's lag, attention and reading (R7); returns the links that fail, or -1."""
    failing = 0
    for side in range(runs.first_side[run], runs.first_side[run + 1]):
        mirror, own, other = sides.mirror[side], sides.reader[side], sides.other[side]
        family = minds.family[parties.strategy[own]]
        if family == NONE:
            failing = -1
        partners = parties.first_side[other + 1] - parties.first_side[other]
        attended = attended_share(cell.interaction_attention, partners)
        noticed = sides.noticed[mirror]
        if family == GRIM:
            sides.index[side] = grim_index(parties.discount[own], sides.ell[mirror], attended, noticed)
        elif family == TIT_FOR_TAT:
            generosity = minds.generosity[parties.strategy[own]]
            sides.index[side] = tit_for_tat_index(
                parties.discount[own], sides.ell[mirror], attended, noticed, generosity
            )
    if failing < 0:
        return failing
    for side in range(runs.first_side[run], runs.first_side[run + 1]):
        mirror = sides.mirror[side]
        if side < mirror and not (
            _holds(cell, minds, parties, sides, side) and _holds(cell, minds, parties, sides, mirror)
        ):
            failing += 1
    return failing


@borrowing
def _holds(cell, minds, parties, sides, side):
    """Whether staying reciprocal pays at set-up, with every partner believed reciprocal."""
    own = sides.reader[side]
    cost = cell.game_coordination_cost * (parties.first_side[own + 1] - parties.first_side[own] - 1)
    return reciprocity_pays(
        sides.index[side],
        parties.temptation[own],
        parties.reward[own] - cost,
        parties.punishment[own],
        parties.sucker[own] - cost,
        minds.family[parties.strategy[own]] == TIT_FOR_TAT,
    )
