"""A scenario: one complete set of parameters, each declared once with unit, symbol, range and meaning.

Validation, the help text, the documentation table, axis labels and the columns of the results table all derive from the
declarations below. Nothing here reads a file; strategies and mandate tables are handed in as values.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from math import inf, isfinite, nextafter
from operator import attrgetter
from typing import Any

from sim import automata, games, learning, topology, trafficking

PARTIES = (2, 500)
"""Least and greatest number of parties, organizations and ministries together."""
GREATEST = 1_000_000_000
"""Numbers without a bound of their own stay within this, so that sums and products of a run stay exact or finite."""


def parameter(default: Any, meaning: str, unit: str = "", symbol: str = "", **bounds: Any) -> Any:
    """Declare a parameter; ``bounds``: low, high (included), above, below (excluded), choices.

    Lists are declared by their default and hold numbers within the bounds.
    """
    metadata = {"meaning": meaning, "unit": unit, "symbol": symbol, **bounds}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def _chance(default: float, meaning: str, symbol: str = "") -> Any:
    return parameter(default, meaning, "chance", symbol, low=0.0, high=1.0)


def _payoff(default: float | None, meaning: str, symbol: str = "", **bounds: Any) -> Any:
    return parameter(default, meaning, "payoff per link and round", symbol, **bounds)


@dataclass
class KindPayoffs:
    """Payoffs of one kind of party; empty means the same as everybody's."""

    temptation: float | None = _payoff(None, "temptation of this kind of party", "T")
    reward: float | None = _payoff(None, "reward of this kind of party", "R")
    punishment: float | None = _payoff(None, "punishment of this kind of party", "P")
    sucker: float | None = _payoff(None, "sucker's payoff of this kind of party", "S")


@dataclass
class Game:
    """Mutuality of interests: the stage game on every link."""

    kind: str = parameter("prisoners_dilemma", "ordering demanded of the payoffs", choices=tuple(games.ORDERINGS))
    temptation: float = _payoff(3.0, "payoff of defecting against a cooperator", "T")
    reward: float = _payoff(2.0, "payoff of mutual cooperation", "R")
    punishment: float = _payoff(0.0, "payoff of mutual defection", "P")
    sucker: float = _payoff(-1.0, "payoff of cooperating against a defector", "S")
    coordination_cost: float = _payoff(0.02, "cost of a cooperative act for every other partner one has", "κ", low=0.0)
    stake_high: float = parameter(1.0, "irregular stakes: the high stake", "factor", "x_max", low=1.0)
    stake_chance: float = parameter(0.0, "chance of the high stake", "chance", "p", low=0.0, below=1.0)
    organization: KindPayoffs = field(default_factory=KindPayoffs)
    ministry: KindPayoffs = field(default_factory=KindPayoffs)


@dataclass
class KindRule:
    """What one kind of party plays; empty means what everybody plays."""

    strategy: str | None = parameter(None, "strategy of this kind of party", "name")


@dataclass
class NamedParty:
    """A single party's own values, taken without spread; empty means what its kind has."""

    strategy: str | None = parameter(None, "strategy of this party", "name")
    discount: float | None = parameter(None, "weight of this party's next round", "factor", "w", low=0.0, high=0.9999)
    temptation: float | None = _payoff(None, "temptation of this party", "T")
    response_lag: int | None = parameter(None, "extra rounds before this party can answer", "rounds", "d", low=0)


@dataclass
class Parties:
    """Who takes part, and how much parties differ."""

    organizations: int = parameter(1, "international organizations; one is IOM", "count", "", low=0, high=500)
    ministries: int = parameter(6, "state bodies", "count", "", low=0, high=500)
    traffickers: int = parameter(5, "traffickers, the adversary", "count", "Z", low=0, high=10000)
    organization: KindRule = field(default_factory=KindRule)
    ministry: KindRule = field(default_factory=KindRule)
    named: dict[str, NamedParty] = field(default_factory=dict)
    discount_spread: float = parameter(0.005, "half-width of the discount factors", "factor", "", low=0.0)
    temptation_spread: float = _payoff(0.2, "half-width of the temptations", "", low=0.0)


@dataclass
class Horizon:
    """The shadow of the future, and how long we watch."""

    rounds: int = parameter(120, "rounds watched (months in the case)", "rounds", "", low=1, high=1_000_000)
    discount: float = parameter(0.97, "weight of the next round", "factor", "w", low=0.0, high=0.9999)
    ending: str = parameter(
        "window",
        "a window of a longer game, or an end by chance after each round",
        choices=games.ENDINGS,
    )


@dataclass
class Information:
    """Reliability of information and quick feedback."""

    response_lag: int = parameter(
        3, "extra rounds before a party can answer an act; 0 is the textbook game", "rounds", "d", low=0
    )
    response_lag_spread: float = parameter(
        0.25, "sigma of the lognormal lag of parties, its median is response_lag", "log rounds", "σ", low=0.0
    )
    response_lag_cap: int = parameter(96, "longest lag that may be drawn", "rounds", "", low=0)
    action_error: float = _chance(0.001, "chance that an act is not the one intended", "ε")
    miss: float = _chance(0.05, "chance that a defection is not noticed", "1-q")
    false_alarm: float = _chance(0.0, "chance that a cooperative act is reported as defection", "f")


@dataclass
class Interaction:
    """How many partners a party can serve."""

    attention: float = parameter(1.0, "partners a party can attend to in a round", "partners per round", "A", above=0.0)


@dataclass
class Topology:
    """Who is linked to whom, and who holds which function."""

    kind: str = parameter("mandates", "who is linked to whom", choices=topology.KINDS)
    lead: str | None = parameter(None, "lead party: centre of the hub, first rank in its functions", "name")
    functions: int = parameter(11, "functions that parties hold", "count", "", low=0, high=62)
    hold_chance: float = _chance(0.3137, "chance that a ministry holds a function, without a table")
    organization_holds: int = parameter(8, "functions that an organization holds, without a table", "count", "", low=0)
    matrix: str | None = parameter(None, "mandate table, a file of conf/mandates", "name")


@dataclass
class Broker:
    """The international organization pools reports and passes them on sooner."""

    active: bool = parameter(False, "whether the broker works")
    reporters: int = parameter(3, "independent reports that are pooled", "count", "m", low=1, high=1000)
    lag_factor: float = parameter(
        0.35, "share of the response lag that remains on links it reaches", "factor", "", low=0.0, high=1.0
    )
    price: float = parameter(0.0, "what the broker costs every party", "payoff per round", "")


@dataclass
class Institution:
    """Mechanisms that can be switched on one by one; none changes T, R, P or S."""

    broker: Broker = field(default_factory=Broker)


@dataclass
class Learning:
    """Minds above the automata."""

    kind: str = parameter("calculating", "how parties revise what they do", choices=learning.KINDS)
    interval: int = parameter(1, "rounds between revisions", "rounds", "", low=1)
    scope: str = parameter(
        "party", "calculating: one stance toward all, or toward each partner", choices=learning.SCOPES
    )
    rate: float = _chance(0.5, "imitation: chance to compare oneself at a revision")
    strength: float = parameter(5.0, "imitation: how sharply payoffs decide", "per payoff", "β", low=0.0)
    mutation: float = _chance(0.01, "imitation: chance to take any strategy of the pool", "μ")
    pool: list[str] = parameter(["own", "alld"], "imitation: strategies of mutants; own is that at set-up", "names")


@dataclass
class Mandate:
    """Overlapping responsibility (volunteer's dilemma)."""

    cost_share: float = parameter(
        0.3, "cost of serving a function over its worth to a holder", "factor", "K/B", above=0.0, below=1.0
    )
    lead_binding: bool = parameter(False, "whether the lead alone serves every function it holds")


@dataclass
class Trafficking:
    """The adversary and how the government answers it."""

    government_lag: int = parameter(
        4, "rounds of full cooperation until a new modus is answered", "rounds", "L", low=0, high=100_000
    )
    government_lag_spread: float = parameter(
        0.0, "sigma of the lognormal government lag, drawn for each new modus", "log rounds", "", low=0.0, high=5.0
    )
    start: str = parameter("known", "whether procedures fit the first modi from the start", choices=trafficking.STARTS)
    relevance: float = parameter(
        0.25,
        "how much outdated procedures take from the reward; 0 switches the coupling off",
        "factor",
        "ρ",
        low=0.0,
        high=1.0,
    )
    relevance_memory: float = parameter(
        12.0, "rounds over which outdated procedures are remembered", "rounds", "", low=1.0
    )
    switching: str = parameter("random", "how traffickers move to a new modus", choices=trafficking.SWITCHING)
    interval: int = parameter(12, "fixed: rounds between new modi", "rounds", "τ", low=1)
    chance: float = _chance(1 / 12, "random: chance of a new modus", "s")
    gain: float = parameter(2.0, "gain of an uncovered round", "payoff per round", "G", low=0.0)
    penalty: float = parameter(3.0, "loss of a covered round", "payoff per round", "F", low=0.0)
    switching_cost: float = parameter(6.0, "cost of a new modus", "payoff", "Ks", low=0.0)
    cover_law: str = parameter("fixed", "how a modus is covered", choices=trafficking.COVER_LAWS)
    capacity: str = parameter(
        "mean",
        "joint capacity from the acts of all parties",
        choices=trafficking.CAPACITIES,
    )
    capacity_threshold: float = parameter(
        0.5, "threshold: least share of cooperative acts", "share", "", above=0.0, high=1.0
    )
    teams: int = parameter(0, "modi that can be answered at once; 0 is no limit", "count", "", low=0)
    volume: float = parameter(100.0, "attempts of a trafficker", "attempts per round", "", low=0.0)
    exposure: list[float] = parameter(
        [1.0], "mobility, one factor for each 12 rounds, the last holds", "factor", low=0.0
    )
    residual: float = parameter(
        0.2, "share of attempts that still succeed when covered", "share", "", low=0.0, high=1.0
    )
    detected_covered: float = _chance(0.3, "chance that an attempt by a covered modus is detected")
    detected_uncovered: float = _chance(0.1, "chance that an attempt by an uncovered modus is detected")
    detection_multiplier: list[float] = parameter([1.0], "factors on detection", "factor", low=0.0)
    detection_from: list[int] = parameter([0], "first rounds of the detection factors", "rounds", low=0)


@dataclass
class Breakdown:
    """What counts as observed breakdown."""

    level: float = parameter(0.5, "cooperation rate below which cooperation is broken", "share", "", low=0.0, high=1.0)
    window: int = parameter(12, "closing rounds that are looked at", "rounds", "", low=1)


@dataclass
class Scenario:
    """One complete set of parameters of one run; the meaning of each is declared with it."""

    strategy: str = parameter("grim", "what every party plays unless its kind or name says otherwise", "name")
    game: Game = field(default_factory=Game)
    parties: Parties = field(default_factory=Parties)
    horizon: Horizon = field(default_factory=Horizon)
    information: Information = field(default_factory=Information)
    interaction: Interaction = field(default_factory=Interaction)
    topology: Topology = field(default_factory=Topology)
    institution: Institution = field(default_factory=Institution)
    learning: Learning = field(default_factory=Learning)
    mandate: Mandate = field(default_factory=Mandate)
    trafficking: Trafficking = field(default_factory=Trafficking)
    breakdown: Breakdown = field(default_factory=Breakdown)


@dataclass(frozen=True)
class MandateTable:
    """A mandate table: rows of ``(name, kind, functions held)``, kind ``organization`` or ``ministry``, in order."""

    functions: tuple[str, ...]
    rows: tuple[tuple[str, str, frozenset[int]], ...]

    def names(self, kind: str) -> list[str]:
        """Names of the rows of one kind, in the order of the table."""
        return [name for name, row_kind, _ in self.rows if row_kind == kind]


@dataclass(frozen=True)
class Case:
    """A checked scenario with the automata and the mandate table that its names stand for: all a run needs but luck."""

    scenario: Scenario
    strategies: Mapping[str, automata.Automaton]
    table: MandateTable | None = None


def declarations(kind: Any = Scenario, prefix: str = "") -> Iterator[tuple[str, Field[Any]]]:
    """Every declared parameter as ``(dotted name, field)``, in order; ``parties.named`` stands for ``NAME``.

    >>> [name for name, _ in declarations()][:3]
    ['strategy', 'game.kind', 'game.temptation']
    """
    for declared in fields(kind):
        name = prefix + declared.name
        if name == "parties.named":
            yield from declarations(NamedParty, "parties.named.NAME.")
        elif is_dataclass(declared.type):
            yield from declarations(declared.type, name + ".")
        else:
            yield name, declared


DECLARED: dict[str, Field[Any]] = dict(declarations())
"""Every parameter by its dotted name."""
PLAIN = tuple(name for name in DECLARED if "NAME" not in name)
"""Those that every scenario has once, whatever its single parties."""


def declaration(name: str) -> Field[Any]:
    """The declaration of a parameter; a named party's name is taken for any name.

    >>> declaration("parties.named.polri.discount").metadata["symbol"]
    'w'
    """
    if name in DECLARED:
        return DECLARED[name]
    parts = name.split(".")
    if parts[:2] == ["parties", "named"] and len(parts) == 4:
        name = f"parties.named.NAME.{parts[3]}"
    return DECLARED[name]


def value_of(scenario: Scenario, name: str) -> Any:
    """The value of a parameter by its dotted name.

    >>> value_of(Scenario(), "information.response_lag")
    3
    """
    if not name.startswith("parties.named."):
        return values_of(name)(scenario)
    _, _, party, last = name.split(".")
    return getattr(scenario.parties.named.get(party, _NAMELESS), last)


@cache
def values_of(*names: str) -> Callable[[Scenario], Any]:
    """A reader of some parameters by their dotted names: of one its value, of several all values at once.

    >>> values_of("horizon.rounds", "information.response_lag")(Scenario())
    (120, 3)
    """
    return attrgetter(*names)


_NAMELESS = NamedParty()


def nearest(word: str, known: Any) -> str:
    """`` (did you mean ...?)`` with the nearest valid word, or what is known if nothing is near.

    >>> nearest("tit4tat", ["tit_for_tat", "grim"])
    "; did you mean 'tit_for_tat'?"
    """
    known = list(known)
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    if not close:
        close = [name for name in known if name.split(".")[-1] == word.split(".")[-1]][:1]
    return f"; did you mean '{close[0]}'?" if close else f" (known: {', '.join(known)})"


# --- what may be refused -------------------------------------------------------------------------------------------


def range_faults(name: str, value: Any, declared: Field[Any] | None = None) -> list[str]:
    """What is wrong with one value, by its declaration alone: key, value, bound and unit.

    >>> range_faults("information.miss", 1.2)
    ['information.miss: 1.2 is above 1.0 (chance)']
    """
    declared = declared or declaration(name)
    low, high = ends(declared)
    if type(value) in (int, float) and low <= value <= high:
        return []
    if value is None:
        return [] if declared.default is None else [f"{name}: a value is needed"]
    values = value if isinstance(value, list) else [value]
    faults = [] if values else [f"{name}: the list is empty"]
    for single in values:
        fault = _range_fault(declared.metadata, single)
        if fault:
            unit = declared.metadata["unit"]
            faults.append(
                f"{name}: {single} {fault}" + (f" ({unit})" if unit and "choices" not in declared.metadata else "")
            )
    return faults


@cache
def ends(declared: Field[Any]) -> tuple[float, float]:
    """The least and the greatest number that a declaration allows; none, ``(inf, -inf)``, if it allows words.

    >>> ends(declaration("horizon.rounds")), ends(declaration("topology.kind"))
    ((1, 1000000), (inf, -inf))
    """
    bounds = declared.metadata
    if "choices" in bounds:
        return inf, -inf
    low = nextafter(bounds["above"], inf) if "above" in bounds else bounds.get("low", -GREATEST)
    high = nextafter(bounds["below"], -inf) if "below" in bounds else bounds.get("high", GREATEST)
    return low, high


def _range_fault(bounds: Mapping[str, Any], value: Any) -> str:
    if "choices" in bounds:
        return "" if value in bounds["choices"] else f"is not a choice{nearest(str(value), bounds['choices'])}"
    if isinstance(value, str | bool):
        return ""
    if not isfinite(value):
        return "is not a finite number"
    low, high = bounds.get("low", -GREATEST), bounds.get("high", GREATEST)
    if value < low:
        return f"is below {low}"
    if value > high:
        return f"is above {high}"
    if "above" in bounds and value <= bounds["above"]:
        return f"is not above {bounds['above']}"
    if "below" in bounds and value >= bounds["below"]:
        return f"is not below {bounds['below']}"
    return ""


KINDS = ("organization", "ministry")


def payoffs(scenario: Scenario, kind: str) -> tuple[Any, Any, Any, Any]:
    """T, R, P, S of one kind of party: its own where given, else everybody's."""
    own, all_parties = getattr(scenario.game, kind), scenario.game
    names = ("temptation", "reward", "punishment", "sucker")
    t, r, p, s = (getattr(all_parties, n) if getattr(own, n) is None else getattr(own, n) for n in names)
    return t, r, p, s


def is_dilemma(scenario: Scenario) -> Any:
    """Whether every kind of party that is present has the ordering that ``game.kind`` demands (numbers or columns)."""
    counts = {"organization": scenario.parties.organizations, "ministry": scenario.parties.ministries}
    holds: Any = True
    for kind in KINDS:
        holds = holds & (games.has_ordering(scenario.game.kind, *payoffs(scenario, kind)) | (counts[kind] == 0))
    return holds


def _law(holds: Any, message: str) -> tuple[Any, str]:
    return holds, message


def laws(scenario: Scenario) -> list[tuple[Any, str]]:
    """What must hold between numbers, as ``(holds, message)``; takes numbers, or whole columns of a sweep.

    The message names the parameters in braces, so that the failing values can be told.
    """
    game, parties, topology = scenario.game, scenario.parties, scenario.topology
    count = parties.organizations + parties.ministries
    return [
        _law(
            (count >= PARTIES[0]) & (count <= PARTIES[1]),
            "parties.organizations + parties.ministries: {parties.organizations} + {parties.ministries} is not in "
            f"{PARTIES[0]} to {PARTIES[1]} parties",
        ),
        _law(
            game.stake_high * game.stake_chance <= 1,
            "game.stake_high * game.stake_chance: {game.stake_high} * {game.stake_chance} is above 1 "
            "(the low stake would be negative)",
        ),
        _law(
            scenario.information.response_lag < scenario.horizon.rounds,
            "information.response_lag: {information.response_lag} is not below horizon.rounds "
            "{horizon.rounds} (rounds); nobody could ever answer",
        ),
        _law(
            topology.organization_holds <= topology.functions,
            "topology.organization_holds: {topology.organization_holds} is above topology.functions "
            "{topology.functions} (count)",
        ),
    ]


def word_faults(case: Case) -> list[str]:
    """What is wrong with names, lists and tables: unknown strategies and parties, lists of unequal length."""
    scenario = case.scenario
    return (
        _strategy_faults(scenario, case.strategies)
        + _name_faults(scenario, case.table)
        + _list_faults(scenario.trafficking)
        + _table_faults(scenario, case.table)
    )


def strategies_of(scenario: Scenario) -> dict[str, str]:
    """Every strategy name by the parameter that names it, those of the pool of mutants included."""
    named = {f"parties.named.{n}.strategy": party.strategy for n, party in scenario.parties.named.items()}
    used = {
        "strategy": scenario.strategy,
        "parties.organization.strategy": scenario.parties.organization.strategy,
        "parties.ministry.strategy": scenario.parties.ministry.strategy,
        **named,
    }
    pool = {f"learning.pool[{i}]": name for i, name in enumerate(scenario.learning.pool) if name != "own"}
    return {key: name for key, name in {**used, **pool}.items() if name}


def _strategy_faults(scenario: Scenario, known: Mapping[str, automata.Automaton]) -> list[str]:
    faults = []
    for key, name in strategies_of(scenario).items():
        if name not in known:
            faults.append(f"{key}: no strategy '{name}'{nearest(name, known)}")
        elif scenario.learning.kind == "calculating" and "pool" not in key and automata.family(known[name]) is None:
            faults.append(
                f"{key}: '{name}' has no index a calculating party could compute (grim, trigger, tit_for_tat and "
                "generous_tit_for_tat have; or choose learning=none or learning=imitation)"
            )
    return faults


NUMBERED = re.compile(r"organization_([2-9]|[1-9]\d{1,2})|ministry_([1-9]\d{0,2})")
"""Names of parties that no table names."""


def party_name_faults(key: str, name: str, table: MandateTable | None) -> list[str]:
    """Whether a name can be that of a party, whatever the number of parties.

    >>> party_name_faults("topology.lead", "iom", None), party_name_faults("topology.lead", "ministry_23", None)
    ([], [])
    """
    named = ["iom", *(row[0] for row in table.rows)] if table else ["iom"]
    if name in named or NUMBERED.fullmatch(name):
        return []
    return [f"{key}: no party '{name}'{nearest(name, [*dict.fromkeys(named), 'organization_2', 'ministry_1'])}"]


def _name_faults(scenario: Scenario, table: MandateTable | None) -> list[str]:
    asked = {f"parties.named.{name}": name for name in scenario.parties.named}
    if scenario.topology.lead:
        asked["topology.lead"] = scenario.topology.lead
    found = [fault for key, name in asked.items() for fault in party_name_faults(key, name, table)]
    for name, party in scenario.parties.named.items():
        if party.response_lag is not None and party.response_lag >= scenario.horizon.rounds:
            found.append(
                f"parties.named.{name}.response_lag: {party.response_lag} is not below horizon.rounds "
                f"{scenario.horizon.rounds} (rounds)"
            )
    return found


def _list_faults(trafficking: Trafficking) -> list[str]:
    faults = []
    factors, starts = trafficking.detection_multiplier, trafficking.detection_from
    if len(factors) != len(starts):
        faults.append(
            f"trafficking.detection_multiplier: {len(factors)} factors for {len(starts)} first rounds "
            "(trafficking.detection_from needs as many)"
        )
    if starts and (starts[0] != 0 or starts != sorted(set(starts))):
        faults.append(f"trafficking.detection_from: {starts} does not start at 0 and rise (rounds)")
    return faults


def _table_faults(scenario: Scenario, table: MandateTable | None) -> list[str]:
    if table and len(table.functions) != scenario.topology.functions:
        return [
            f"topology.functions: {scenario.topology.functions} is not the number of columns of "
            f"{scenario.topology.matrix} ({len(table.functions)}, count)"
        ]
    return []


def faults(case: Case) -> list[str]:
    """Everything that is wrong with a scenario, all at once; empty if it can be run."""
    scenario = case.scenario
    found = [fault for name, value in _doubtful(scenario) for fault in range_faults(name, value)]
    found += [law_message(scenario, message) for holds, message in laws(scenario) if not holds]
    found += word_faults(case)
    if not is_dilemma(scenario):
        found.append(no_dilemma_message(scenario))
    return found


def _doubtful(scenario: Scenario) -> list[tuple[str, Any]]:
    """Every parameter with its value, but for those that are numbers within their range, as most are."""
    values = zip(_ENDS_OF_PLAIN, values_of(*PLAIN)(scenario), strict=True)
    named = [f"parties.named.{party}.{name}" for party in scenario.parties.named for name in _OF_ONE_PARTY]
    return [
        (name, value)
        for (name, low, high), value in values
        if not (type(value) in (int, float) and low <= value <= high)
    ] + [(name, value_of(scenario, name)) for name in named]


_ENDS_OF_PLAIN = [(name, *ends(DECLARED[name])) for name in PLAIN]
_OF_ONE_PARTY = [declared.name for declared in fields(NamedParty)]


def no_dilemma_message(scenario: Scenario) -> str:
    """Which payoffs are not the kind of game they are said to be."""
    told = []
    counts = {"organization": scenario.parties.organizations, "ministry": scenario.parties.ministries}
    for kind in KINDS:
        t, r, p, s = payoffs(scenario, kind)
        if counts[kind] > 0 and not games.has_ordering(scenario.game.kind, t, r, p, s):
            told.append(f"{kind} T={t} R={r} P={p} S={s}")
    return (
        f"game.kind: not a {scenario.game.kind}, which demands {games.ORDERINGS[scenario.game.kind]} "
        f"(payoff per link and round): {'; '.join(told)}"
    )


def law_message(scenario: Scenario, message: str) -> str:
    """The message of a law with the values of this scenario in place of the names in braces."""
    for name in DECLARED:
        if "{" + name + "}" in message:
            message = message.replace("{" + name + "}", str(value_of(scenario, name)))
    return message
