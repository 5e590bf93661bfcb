"""Leaving the cooperative rule: the plans a party may leave by, and what each earns in paired runs.

Definitions
-----------
Two parties play rules (automata). One of them leaves its rule by a *plan*, an automaton of its own, while the other
goes on; every plan meets the same luck (seed, replicate), so what it gains over the rule is a paired difference. A
plan *leaves* if it defects while the other still cooperates; others *stay*: the rule itself and plans that begin with
C. Payoffs are the discounted ones of the batch engine, ``(1-w) sum w^t pi(t) / (1-w^rounds)``.

Nothing here knows a closed form, an exact value or an index of a calculating party. The set of plans is stated
(``plans``), not proved to hold the best reply: without errors and at equal lags it does for automata whose next state
the last report decides, whatever the lag, and for all of up to ``ALL_SUBSETS`` states at lag 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, combinations, product
from math import ceil, log

import numpy as np

from experiments.compose import Settings, case, changed, set_value
from sim.automata import Automaton
from sim.encoding import Encoding, encode, spread
from sim.history import SERIES
from sim.scenario import Case, NamedParty, value_of
from sim.world import actors, set_up

ALL_SUBSETS = 6
"""Up to so many states of the other's rule, every set of them is one in which a plan defects."""
LONGEST_CYCLE = 5
"""Reports after which a plan that heeds none of them begins again."""
SOON, LATE = 1, 3
"""Reports after which a plan leaves its rule: the first, and in round ell + 2."""
MOST_ROUNDS = 20_000
"""A game is cut there at the latest; what is left out is told."""
TAIL_CERTAIN, TAIL = 1e-12, 1e-6
"""Weight of the first round that is left out: without chance, and with chance."""
BLOCK_BYTES = 48e6
"""Of series that are held at once."""


@dataclass(frozen=True)
class Plan:
    """What one of the two parties (0 or 1) may do; ``leaves`` tells whether it gives up the cooperative rule."""

    party: int
    name: str
    leaves: bool


RULE, FIRST, ONCE = "rule", "first then ", "once then "


@cache
def plans(rule: Automaton, other: Automaton, ell: int) -> dict[str, tuple[Automaton, bool]]:
    """Every plan by name, with whether it leaves the rule.

    Parameters
    ----------
    rule, other : what the party plays, and what its partner plays.
    ell : rounds until the partner answers an act, at least 1.

    Returns
    -------
    dict: plans that stay, ``rule`` and ``in ...``: D whenever the partner is in one of these states, C in the state it
    begins with; the same with one departure, ``first then ...``: D until the first report, and ``once then ...``: D
    after the first report; ``late``: the rule, but D in round ell + 2; ``late for good``: D from then on; ``in ...``
    with D in the state the partner begins with, which in all states is D always; ``blocks`` of ell D and ell C; and D
    and C in turn, as ``DC`` or ``DCC``, with every period of up to ``LONGEST_CYCLE``.

    Examples
    --------
    >>> copies = ((0, 1), (0, 1))
    >>> copy = Automaton("copy", ("d", "c"), 1, (0.0, 1.0), (copies, copies))
    >>> [name for name, (_, leaves) in plans(copy, copy, 1).items() if not leaves]
    ['rule', 'in nothing', 'in d']
    """
    found = {
        RULE: (rule, False),
        "blocks": (_in_turn("D" * ell + "C" * ell), True),
        "late": (_departing("late", rule, LATE), True),
        "late for good": (_departing("late for good", rule, LATE, 0.0), True),
    }
    for where in _sets_of_states(len(other.states)):
        name = "in " + (" ".join(other.states[state] for state in where) or "nothing")
        found[name] = _watching(name, other, where), other.start in where
    staying = {name: automaton for name, (automaton, leaves) in found.items() if not leaves}
    for start, reports in ((FIRST, 0), (ONCE, SOON)):
        for name, automaton in staying.items():
            found[start + name] = _departing(start + name, automaton, reports), True
    return found | {acts: (_in_turn(acts), True) for acts in _cycles()}


def departs_once(plan: str, stays: str) -> bool:
    """Whether a plan is the one that stays but for one departure, or is never to return.

    By the one-shot deviation principle (Blackwell 1965) such plans suffice, if what stays does its best after them.
    """
    return plan in (FIRST + stays, ONCE + stays, "late for good")


def _cycles() -> list[str]:
    """Every way to alternate D and C with a period of up to ``LONGEST_CYCLE`` reports, that of a shorter one once."""
    found: list[str] = []
    for length in range(2, LONGEST_CYCLE + 1):
        for acts in map("".join, product("DC", repeat=length)):
            whole = any(acts == acts[:part] * (length // part) for part in range(1, length) if length % part == 0)
            if not whole:
                found.append(acts)
    return found


def _sets_of_states(count: int) -> Iterator[tuple[int, ...]]:
    states = range(count)
    if count <= ALL_SUBSETS:
        return chain.from_iterable(combinations(states, size) for size in range(count + 1))
    sizes = (0, 1, count - 1, count)
    return chain.from_iterable(combinations(states, size) for size in sizes)


def _in_turn(acts: str) -> Automaton:
    """Some D and C in turn, and again, whatever is reported; the first holds until there is a report."""
    length = len(acts)
    after = tuple((((i + 1) % length,) * 2,) * 2 for i in range(length))
    return Automaton(acts, tuple(map(str, range(length))), 0, tuple(1.0 if act == "C" else 0.0 for act in acts), after)


def _departing(name: str, rule: Automaton, reports: int, ever_after: float | None = None) -> Automaton:
    """The rule, but D after so many reports; then the rule again, or the same chance of C ever after.

    State (k, s), numbered k * states + s: k reports were read, the rule would be in s; it goes on reading.
    """
    size, last = len(rule.states), reports + 1
    out, after = [], []
    for read in range(last + 1):
        for state in range(size):
            own = rule.out[state] if ever_after is None or read < reports else ever_after
            out.append(0.0 if read == reports else own)
            later = min(read + 1, last) * size
            (dd, dc), (cd, cc) = rule.after[state]
            after.append(((later + dd, later + dc), (later + cd, later + cc)))
    names = tuple(f"{state} {read}" for read in range(last + 1) for state in rule.states)
    return Automaton(name, names, rule.start, tuple(out), tuple(after))


def _watching(name: str, other: Automaton, defect_in: Sequence[int]) -> Automaton:
    """Work out the state of the other from own and seen acts, and defect in some of its states."""
    after = tuple(((dd, cd), (dc, cc)) for (dd, dc), (cd, cc) in other.after)  # what I do is what the other sees
    out = tuple(0.0 if state in defect_in else 1.0 for state in range(len(other.states)))
    return Automaton(name, other.states, other.start, out, after)


def is_certain(asked: Settings, axis: str) -> bool:
    """Whether nothing in a game of two is left to chance, wherever on the axis."""
    chances = ("information.action_error", "information.miss", "information.false_alarm")
    spreads = ("information.response_lag_spread", "parties.discount_spread", "parties.temptation_spread")
    told = asked.game, asked.interaction, asked.parties
    return (
        axis not in (*chances, *spreads, "interaction.attention", "game.stake_high", "game.stake_chance")
        and all(value_of(asked, name) in (0.0, 1.0) for name in chances)
        and all(value_of(asked, name) == 0 for name in spreads)
        and (told[0].stake_high == 1 or told[0].stake_chance == 0)
        and told[1].attention >= 1
        and (told[2].traffickers == 0 or asked.trafficking.relevance == 0)
        and axis not in ("trafficking.relevance", "parties.traffickers")
        and all(set(rule.out) <= {0.0, 1.0} for rule in rules(asked))
    )


def names_of_the_two(asked: Settings) -> list[str]:
    """Names of the two parties, by index."""
    return [one.name for one in _actors(asked)]


def rules(asked: Settings) -> list[Automaton]:
    """What the two play, by index."""
    known = case(asked).strategies
    return [known[one.strategy] for one in _actors(asked)]


def _actors(asked: Settings) -> list:  # type: ignore[type-arg]
    told = case(asked)
    return actors(told, set_up(encode([told]), [0], [asked.first_replicate], np.array([asked.seed], dtype=np.uint64)))


def leavers(asked: Settings, against: str | None) -> list[int]:
    """Who may leave: parties whose rule begins with C for certain; with ``against`` the first alone; of twins one."""
    both = _actors(asked)
    known = case(asked).strategies
    can = [i for i, one in enumerate(both) if known[one.strategy].out[known[one.strategy].start] == 1]
    if against:
        return [i for i in can if i == 0]
    traits = [replace(one, index=0, name="", partners=()) for one in both]
    return can[:1] if traits[0] == traits[1] else can


def with_partner(asked: Settings, against: str | None) -> Settings:
    """The scenario in which the second party plays another strategy."""
    return changed(asked, (f"parties.named.{names_of_the_two(asked)[1]}.strategy",), (against,)) if against else asked


class PairedRuns:
    """Games of two under the same luck, whatever one of them does; counts the runs it plays.

    Parameters
    ----------
    asked : a checked scenario of two parties, nobody learns.
    axis : dotted name of the parameter that is varied.
    who : the parties that may leave.
    extra : plans of your own by name, automata that leave the rule; for example an exact best reply.
    """

    def __init__(
        self, asked: Settings, axis: str, who: Sequence[int], extra: Mapping[str, Automaton] | None = None
    ) -> None:
        self.asked, self.axis, self.who, self.extra = asked, axis, tuple(who), dict(extra or {})
        self.names, self.rules = names_of_the_two(asked), rules(asked)
        self.certain = is_certain(asked, axis) and all(set(one.out) <= {0.0, 1.0} for one in self.extra.values())
        self.runs = 0
        first = self._automata(self._at(asked_value(asked, axis)))
        self.plans = [
            Plan(party, name, leaves) for party, found in first.items() for name, (_, leaves) in found.items()
        ]

    def _at(self, value: float) -> Settings:
        """The scenario at a place of the axis, long enough for its discount."""
        found = changed(self.asked, (self.axis,), (value,))
        for name in self.names:
            found.parties.named.setdefault(name, NamedParty())
        set_value(found, "horizon.rounds", self.rounds(value))
        return found

    def discount(self, value: float) -> float:
        """The greatest discount that either may have at a place of the axis."""
        found = changed(self.asked, (self.axis,), (value,))
        named = [one.discount for one in found.parties.named.values() if one.discount is not None]
        return max([min(0.9999, found.horizon.discount + found.parties.discount_spread), *named])

    def rounds(self, value: float) -> int:
        """Rounds until the weight of a round is below the tail, at most ``MOST_ROUNDS``."""
        weight = self.discount(value)
        needed = 1 if weight == 0 else ceil(log(TAIL_CERTAIN if self.certain else TAIL) / log(weight))
        return max(1, min(needed, MOST_ROUNDS))

    def left_out(self, value: float) -> float:
        """Weight of the rounds that are not played."""
        weight: float = self.discount(value) ** self.rounds(value)
        return weight

    def _automata(self, at: Settings) -> dict[int, dict[str, tuple[Automaton, bool]]]:
        told = case(at)
        encoding = encode([told])
        seed = np.array([at.seed], dtype=np.uint64)
        ell = set_up(encoding, [0], [at.first_replicate], seed).sides.ell
        own = {name: (automaton, True) for name, automaton in self.extra.items()}
        return {
            party: plans(self.rules[party], self.rules[1 - party], int(ell[1 - party])) | own for party in self.who
        }

    def payoffs(self, value: float, asked: Sequence[Plan], first: int, count: int) -> np.ndarray:
        """Discounted payoff per round of the party of each plan, of shape (plans, replicates)."""
        from sim.batch import play  # compiled code is loaded only where it is run

        encoding, party = self._encoded(self._at(value), asked), np.array([plan.party for plan in asked])
        cell = np.repeat(np.arange(len(asked)), count)
        replicate = np.tile(first + np.arange(count), len(asked))
        found = np.empty(cell.size)
        step = max(1, int(BLOCK_BYTES / (len(SERIES) * 8.0 * self.rounds(value))))
        for begin in range(0, cell.size, step):
            block = slice(begin, begin + step)
            seeds = np.full(cell[block].size, self.asked.seed, dtype=np.uint64)
            _, played = play(encoding, cell[block], replicate[block], seeds)
            found[block] = played.payoff.reshape(-1, 2)[np.arange(seeds.size), party[cell[block]]]
        self.runs += cell.size
        return found.reshape(len(asked), count)

    def _encoded(self, at: Settings, asked: Sequence[Plan]) -> Encoding:
        """A cell for each plan: one case, and who plays what as columns."""
        made = self._automata(at)
        known = dict(case(at).strategies)
        own = {plan: f"plan {plan.party} {plan.name}" for plan in asked}
        known |= {name: made[plan.party][plan.name][0] for plan, name in own.items()}
        few = encode([Case(at, known)])
        number = {name: place for place, name in enumerate(sorted(known))}
        many = spread(few, np.zeros(len(asked), dtype=np.int64), {})
        column = [list(at.parties.named).index(name) for name in self.names]
        plays = many.named.strategy.copy()
        for row, (plan, name) in enumerate(own.items()):
            plays[row, column[plan.party]] = number[name]
        return many._replace(named=many.named._replace(strategy=plays))


def asked_value(asked: Settings, axis: str) -> float:
    """What the scenario itself has for the parameter of the axis; 0 if nothing."""
    value: float = value_of(asked, axis) or 0
    return value
