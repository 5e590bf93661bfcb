"""Scenarios as numbers: what compiled code reads in place of names, lists and nested dataclasses.

Definitions
-----------
A *cell* is one scenario of a sweep; cells that share their strategies and their mandate table are encoded together. A
record of ``CELL`` holds every parameter that is a number or a choice, under its dotted name with underscores; a choice
is its place among the declared choices. Strategies are numbered in the order of their names. A party's *identity* says
who it is, whatever its index: organization k is k, row r of the ministries of a table is ``ROWS + r``, and the m-th
ministry of no table is ``NUMBERED + m``.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np

from sim import automata, luck, mandates
from sim.automata import Automaton
from sim.scenario import DECLARED, KINDS, PLAIN, Case, MandateTable, Scenario, payoffs, values_of

ROWS, NUMBERED = 1000, 2000
NOBODY = -1
NONE, GRIM, TIT_FOR_TAT = 0, 1, 2
"""Families of the closed forms a calculating party can evaluate."""
_FAMILIES = {"grim": GRIM, "tit_for_tat": TIT_FOR_TAT}


def choice(name: str, value: str) -> int:
    """The place of a choice among those its parameter declares.

    >>> choice("learning.kind", "imitation")
    1
    """
    place: int = DECLARED[name].metadata["choices"].index(value)
    return place


def _is_number(name: str) -> bool:
    declared = DECLARED[name]
    return declared.type in (int, float, bool, float | None) or "choices" in declared.metadata


ENCODED = tuple(name for name in PLAIN if _is_number(name))
"""Parameters that a record of ``CELL`` holds."""
CELL = np.dtype(
    [
        (name.replace(".", "_"), np.float64 if DECLARED[name].type in (float, float | None) else np.int64)
        for name in ENCODED
    ]
    + [(f"{kind}_{payoff}", np.float64) for kind in KINDS for payoff in "TRPS"]
    + [(f"{kind}_plays", np.int64) for kind in KINDS]
    + [("lead", np.int64)]
)


class Minds(NamedTuple):
    """Every strategy as tables; the states of all are numbered through, so that one number is strategy and state.

    An even number is a state that defects, an odd one a state that cooperates with a chance of half or more (it
    *trusts*): so a compiled loop need not look up what it can read off. A strategy begins at a multiple of four; the
    numbers it does not need are nobody's. ``start``, ``is_certain`` (whether it never draws), ``is_short`` (whether its
    states fit into four numbers), ``family`` and ``generosity`` (those of the closed forms) are by strategy; ``out``
    (thresholds) by state; ``after`` has shape (states, 4), by twice the own act plus the seen act. ``code`` is the rows
    of a short strategy in one word: the last two bits of the state after state s and report r are its bits 8 s + 2 r.
    """

    start: np.ndarray
    is_certain: np.ndarray
    is_short: np.ndarray
    code: np.ndarray
    out: np.ndarray
    after: np.ndarray
    family: np.ndarray
    generosity: np.ndarray


class Lists(NamedTuple):
    """Parameters that are lists, a row for each cell, padded to the longest."""

    exposure: np.ndarray
    detection_multiplier: np.ndarray
    detection_from: np.ndarray
    pool: np.ndarray
    pool_count: np.ndarray
    serving: np.ndarray


class Named(NamedTuple):
    """What single parties have of their own: ``identity`` by column, and a row for each cell; nan or -1 is nothing."""

    identity: np.ndarray
    strategy: np.ndarray
    discount: np.ndarray
    temptation: np.ndarray
    response_lag: np.ndarray


class Encoding(NamedTuple):
    """Some cells as numbers; ``organizations_hold`` and ``ministries_hold`` are the rows of the table as bit masks."""

    cells: np.ndarray
    minds: Minds
    lists: Lists
    named: Named
    organizations_hold: np.ndarray
    ministries_hold: np.ndarray


def encode(cases: Sequence[Case]) -> Encoding:
    """Encode cases that share their strategies and their mandate table."""
    strategies, table = cases[0].strategies, cases[0].table
    number = {name: place for place, name in enumerate(sorted(strategies))}
    scenarios = [case.scenario for case in cases]
    rows = {kind: _masks(table, kind) for kind in ("organization", "ministry")}
    cells = _records(scenarios, number, table)
    return Encoding(
        cells=cells,
        minds=_minds(*(strategies[name] for name in number)),
        lists=_lists(scenarios, number, cells),
        named=_named(scenarios, number, table),
        organizations_hold=rows["organization"],
        ministries_hold=rows["ministry"],
    )


def _masks(table: MandateTable | None, kind: str) -> np.ndarray:
    rows = [held for _, row_kind, held in table.rows if row_kind == kind] if table else []
    return np.array([sum(1 << function for function in held) for held in rows], dtype=np.int64)


# --- records -------------------------------------------------------------------------------------------------------


def _records(scenarios: Sequence[Scenario], number: Mapping[str, int], table: MandateTable | None) -> np.ndarray:
    rows = []
    for scenario in scenarios:
        values: list[Any] = [np.nan if value is None else value for value in _encoded(scenario)]
        for place, name in _CHOICES:
            values[place] = choice(name, values[place])
        plays = [number[getattr(scenario.parties, kind).strategy or scenario.strategy] for kind in KINDS]
        lead = identity_of(scenario.topology.lead, table) if scenario.topology.lead else NOBODY
        rows.append((*values, *(payoff for kind in KINDS for payoff in payoffs(scenario, kind)), *plays, lead))
    return np.array(rows, dtype=CELL)


_encoded = values_of(*ENCODED)
_CHOICES = [(place, name) for place, name in enumerate(ENCODED) if "choices" in DECLARED[name].metadata]


def _set_payoffs(cells: np.ndarray) -> None:
    """T, R, P, S of each kind of party: its own where given (not nan), else everybody's."""
    for kind in KINDS:
        for letter, payoff in zip("TRPS", ("temptation", "reward", "punishment", "sucker"), strict=True):
            own = cells[f"game_{kind}_{payoff}"]
            cells[f"{kind}_{letter}"] = np.where(np.isnan(own), cells[f"game_{payoff}"], own)


def is_column(name: str) -> bool:
    """Whether a parameter can be set for many cells at once, as a column of numbers."""
    return name in ENCODED and DECLARED[name].type in (int, float)


def spread(encoding: Encoding, place: np.ndarray, columns: Mapping[str, np.ndarray]) -> Encoding:
    """Many cells from few: cell i is ``place[i]`` of the encoding with its entry of each column set."""
    cells = encoding.cells.take(place)
    for name, values in columns.items():
        cells[name.replace(".", "_")] = values
    *lists, serving = encoding.lists
    serving = serving[place] if _SERVING.isdisjoint(columns) else _serving(cells)
    if any(name.startswith("game.") for name in columns):
        _set_payoffs(cells)
    named = Named(encoding.named.identity, *(column[place] for column in encoding.named[1:]))
    found = Lists._make([*(column[place] for column in lists), serving])
    return encoding._replace(cells=cells, lists=found, named=named)


_SERVING = {"mandate.cost_share", "parties.organizations", "parties.ministries"}
"""What the thresholds of serving depend on."""


def identity_of(name: str, table: MandateTable | None) -> int:
    """The identity a party's name stands for; NOBODY if no party of this table can have it.

    >>> identity_of("iom", None), identity_of("organization_2", None), identity_of("ministry_23", None)
    (0, 1, 2022)
    """
    organizations = table.names("organization") if table else []
    ministries = table.names("ministry") if table else []
    if name in organizations:
        return organizations.index(name)
    if name in ministries:
        return ROWS + ministries.index(name)
    if found := re.fullmatch(r"(organization|ministry)_(\d+)", name):
        place = int(found[2]) - 1
        if found[1] == "ministry":
            return NUMBERED + place
        return place if place >= len(organizations) else NOBODY
    return 0 if name == "iom" and not organizations else NOBODY


def name_of(identity: int, table: MandateTable | None) -> str:
    """The name of a party by its identity.

    >>> name_of(0, None), name_of(1, None), name_of(NUMBERED + 22, None)
    ('iom', 'organization_2', 'ministry_23')
    """
    if identity >= NUMBERED:
        return f"ministry_{identity - NUMBERED + 1}"
    if identity >= ROWS and table:
        return table.names("ministry")[identity - ROWS]
    organizations = table.names("organization") if table else []
    if identity < len(organizations):
        return organizations[identity]
    return "iom" if identity == 0 else f"organization_{identity + 1}"


# --- strategies ----------------------------------------------------------------------------------------------------


SHORT = 4
"""States of a strategy that fit into one word, with their rows."""


@lru_cache(maxsize=64)  # many calls, of tournaments or of chunks, have the same strategies
def _minds(*found: Automaton) -> Minds:
    numbers = [_numbers(one) for one in found]
    room = [SHORT * (max(own) // SHORT + 1) for own in numbers]
    first = np.cumsum([0, *room])
    out, after = np.zeros(first[-1], dtype=np.int64), np.zeros((first[-1], 4), dtype=np.uint32)
    for begin, own, one in zip(first, numbers, found, strict=False):
        out[begin + own] = [luck.threshold(chance) for chance in one.out]
        after[begin + own] = begin + own[np.reshape(one.after, (-1, 4))]
    families = [automata.family(one) or ("", 0.0) for one in found]
    return Minds(
        start=np.array([own[one.start] for own, one in zip(numbers, found, strict=True)], dtype=np.uint32)
        + first[:-1].astype(np.uint32),
        is_certain=np.array([all(chance in (0.0, 1.0) for chance in one.out) for one in found]),
        is_short=np.array(room) == SHORT,
        code=np.array([_code(after[begin : begin + SHORT]) for begin in first[:-1]], dtype=np.uint32),
        out=out,
        after=after,
        family=np.array([_FAMILIES.get(name, NONE) for name, _ in families], dtype=np.int64),
        generosity=np.array([generosity for _, generosity in families], dtype=np.float64),
    )


def _numbers(one: Automaton) -> np.ndarray:
    """The number of each state within its strategy: odd where it trusts, even where it does not."""
    trusts = np.array([chance >= 0.5 for chance in one.out])
    return np.where(trusts, 2 * np.cumsum(trusts) - 1, 2 * np.cumsum(~trusts) - 2)


def _code(after: np.ndarray) -> int:
    """Four rows of four states as one word, two bits each."""
    return sum(int(state) % SHORT << 2 * place for place, state in enumerate(after.flat))


# --- lists ---------------------------------------------------------------------------------------------------------


def _lists(scenarios: Sequence[Scenario], number: Mapping[str, int], cells: np.ndarray) -> Lists:
    rules = [scenario.trafficking for scenario in scenarios]
    pools = [[NOBODY if n == "own" else number[n] for n in scenario.learning.pool] for scenario in scenarios]
    return Lists(
        exposure=_padded([rule.exposure for rule in rules], np.float64),
        detection_multiplier=_padded([rule.detection_multiplier for rule in rules], np.float64),
        detection_from=_padded([rule.detection_from for rule in rules], np.int64),
        pool=_padded(pools, np.int64),
        pool_count=np.array([len(pool) for pool in pools], dtype=np.int64),
        serving=_serving(cells),
    )


def _padded(rows: Sequence[Sequence[Any]], kind: Any) -> np.ndarray:
    """Rows of unequal length as one array; the last value of a row holds on."""
    width = max(len(row) for row in rows)
    return np.array([[*row, *[row[-1]] * (width - len(row))] for row in rows], dtype=kind)


def _serving(cells: np.ndarray) -> np.ndarray:
    """Thresholds of p(c) for every number of holders standing alone, a row for each cell."""
    count = int((cells["parties_organizations"] + cells["parties_ministries"]).max())
    shares, place = np.unique(cells["mandate_cost_share"], return_inverse=True)
    rows = np.array([serving_thresholds(float(share), count) for share in shares], dtype=np.int64)
    of_cells: np.ndarray = rows[place]
    return of_cells


@cache
def serving_thresholds(cost_share: float, count: int) -> tuple[int, ...]:
    """Thresholds of p(c) for c = 1..count holders that stand alone."""
    return tuple(luck.threshold(mandates.serving_chance(c, cost_share)) for c in range(1, count + 1))


# --- single parties ------------------------------------------------------------------------------------------------


def _named(scenarios: Sequence[Scenario], number: Mapping[str, int], table: MandateTable | None) -> Named:
    names = list(dict.fromkeys(name for scenario in scenarios for name in scenario.parties.named))
    shape = (len(scenarios), len(names))
    found = Named(
        identity=np.array([identity_of(name, table) for name in names], dtype=np.int64),
        strategy=np.full(shape, NOBODY, dtype=np.int64),
        discount=np.full(shape, np.nan),
        temptation=np.full(shape, np.nan),
        response_lag=np.full(shape, NOBODY, dtype=np.int64),
    )
    for row, scenario in enumerate(scenarios):
        for name, own in scenario.parties.named.items():
            at = row, names.index(name)
            if own.strategy is not None:
                found.strategy[at] = number[own.strategy]
            if own.discount is not None:
                found.discount[at] = own.discount
            if own.temptation is not None:
                found.temptation[at] = own.temptation
            if own.response_lag is not None:
                found.response_lag[at] = own.response_lag
    return found
