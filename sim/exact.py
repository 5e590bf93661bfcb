r"""Exact values of two automata that play each other, with errors and lag: no runs, no formula, linear algebra.

Definitions
-----------
The dyad is that of the model with one link: two parties, an automaton each, no coordination cost, stakes of 1.
In a round a report that falls due moves the automaton; the intended act is C with chance out[state]; the act that
happens is its opposite with chance ``action_error``; each party then gets a report of (own act, act seen), in which
a D is seen as C with chance ``miss`` and a C as D with chance ``false_alarm``, independently for the two; with chance
``attended`` it is read, ell = lag + 1 rounds later, else lost.

The chain. A state of the chain holds, for each side, the state of its automaton after observing and the lag reports
that are still on their way. Reports that move the automaton alike are one; a report lost, or of the rounds before the
game, moves nothing. With n states and m kinds of report a side has n m^lag states, the chain their product. If more
than ``LARGEST`` are reached it is refused.

Values are normalised: a payoff of c in each round is worth c. The *discounted* payoff is what the measure ``payoff``
of a run tends to as its window grows, :func:`window_payoffs` what it is in expectation for a given window.

What a party that leaves its rule knows. :func:`best_reply` lets it see the state of the other's automaton and the
reports on their way there. Without errors it can work these out from its own acts, so the value is exact. With errors
a real party knows less, the value is an upper bound of its best reply, and it is exact where knowing does not help:
where the answer to one more D is the same whatever the state (additive payoffs against the tit-for-tat family, R12),
where the plan that binds needs no sight (defect for ever: R13, R23), and where both see all (trigger under action
error: A7).

References
----------
Puterman (1994), Markov Decision Processes, for policy iteration; Kemeny and Snell (1960), Finite Markov Chains.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import brentq
from scipy.sparse import csgraph
from scipy.sparse.linalg import splu

from sim.automata import Automaton, C, D

LARGEST = 600_000
"""Most states of a chain that is built at all."""
SOLVABLE = 12_000
"""Most states that can be reached from the start for which equations are solved."""
TIE = 1e-12
"""An act is better only by more than this, in payoff per round; else rounding would decide."""

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Payoffs:
    """The stage game, the same for both: T, R, P, S, payoff per round; any numbers."""

    temptation: float
    reward: float
    punishment: float
    sucker: float

    def table(self) -> Array:
        """Payoff by [own act][other's act], C = 1 and D = 0."""
        return np.array([[self.punishment, self.temptation], [self.sucker, self.reward]], dtype=float)


@dataclass(frozen=True)
class Information:
    """What reaches whom, how late and how surely.

    Parameters
    ----------
    response_lag, other_response_lag : int
        Rounds >= 0, of the first and of the second party; None: that of the first.
    action_error, miss, false_alarm : float
        Chances in [0, 1], as in the parameters of the model.
    attended : float
        Chance in [0, 1] that a report that falls due is read.
    """

    response_lag: int = 0
    other_response_lag: int | None = None
    action_error: float = 0.0
    miss: float = 0.0
    false_alarm: float = 0.0
    attended: float = 1.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if name.endswith("lag"):
                if value is not None and not (value >= 0 and value % 1 == 0):
                    raise ValueError(f"{name} must be a whole number of rounds, at least 0, got {value}")
            elif not 0 <= value <= 1:
                raise ValueError(f"{name} must lie in [0, 1] (chance), got {value}")

    def lag_of(self, side: int) -> int:
        """Response lag of the first (0) or second (1) party, rounds."""
        return self.response_lag if side == 0 or self.other_response_lag is None else self.other_response_lag


class TooLarge(ValueError):
    """A chain has more states than can be built or solved; the message says of what, and how to make it smaller.

    Attributes
    ----------
    states, most : the states it has (reached, or in all where it is not even built), and how many may be.
    """

    def __init__(self, message: str, states: int, most: int) -> None:
        super().__init__(message)
        self.states, self.most = states, most


@dataclass(frozen=True)
class BestReply:
    """The best that can be had against an automaton, and by which first act.

    Parameters
    ----------
    value : float
        Discounted payoff per round of the best plan.
    defecting, cooperating : float
        The same of the best plan among those that begin by meaning D, and C.
    """

    value: float
    defecting: float
    cooperating: float


# --- The chain --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Side:
    """One party's part of the chain; its states are numbered state * kinds ** lag + queue, oldest report first."""

    automaton: Automaton
    information: Information
    lag: int

    @cached_property
    def kinds(self) -> list[tuple[int, ...]]:
        """Kinds of report: where each moves every state. The first moves nothing."""
        states = range(len(self.automaton.states))
        moves = {tuple(states): None}
        for own, seen in itertools.product((D, C), repeat=2):
            moves[tuple(self.automaton.after[state][own][seen] for state in states)] = None
        return list(moves)

    @cached_property
    def waiting(self) -> int:
        """Number of queues of reports on their way."""
        return int(len(self.kinds) ** self.lag)

    @cached_property
    def size(self) -> int:
        """Number of states, reached or not."""
        return len(self.automaton.states) * self.waiting

    @cached_property
    def start(self) -> int:
        return self.automaton.start * self.waiting

    def intends(self, states: Array) -> Array:
        """Chance that C is intended, by state of the side."""
        chance: Array = np.array(self.automaton.out, dtype=float)[states // self.waiting]
        return chance

    def acts(self, act: int, states: Array) -> Array:
        """Chance that an act happens, by state of the side."""
        error, intends = self.information.action_error, self.intends(states)
        cooperates = intends * (1 - error) + (1 - intends) * error
        return cooperates if act == C else 1 - cooperates

    def reports(self, own: int, other: int) -> Iterator[tuple[int, float]]:
        """Kinds of report that two acts give, each with its chance, if that is above 0."""
        known = self.information
        sees_defection = known.false_alarm if other == C else 1 - known.miss
        weights = np.zeros(len(self.kinds))
        weights[0] = 1 - known.attended
        for seen, chance in ((D, sees_defection), (C, 1 - sees_defection)):
            move = tuple(after[own][seen] for after in self.automaton.after)
            weights[self.kinds.index(move)] += known.attended * chance
        return ((kind, float(weight)) for kind, weight in enumerate(weights) if weight > 0)

    def next(self, kind: int, states: Array) -> Array:
        """Next states of the side, when a report of this kind is written and the oldest is read."""
        state, queue = np.divmod(states, self.waiting)
        oldest, left = np.divmod(queue * len(self.kinds) + kind, self.waiting)
        moved: Array = np.array(self.kinds)[oldest, state] * self.waiting + left
        return moved


Branch = tuple[Array, Array]
"""Where some states may lead, and with what chance: next states and weights, one for each state."""


def _explore(start: int, branches: Callable[[Array], Iterable[Branch]], name: str, size: int) -> Array:
    """Sorted numbers of the states that can be reached from a start."""
    refusal = (
        f"{name} would have {size} states, at most {LARGEST} can be built: shorten the lags or take smaller automata"
    )
    if size * 16 > np.iinfo(np.int64).max:  # their numbers must be whole numbers of the machine
        raise TooLarge(refusal, size, LARGEST)
    known = fresh = np.array([start])
    while fresh.size:
        led = np.unique(np.concatenate([there[weight > 0] for there, weight in branches(fresh)]))
        fresh = np.setdiff1d(led, known, assume_unique=True)
        known = np.union1d(known, fresh)
        if known.size > LARGEST:
            raise TooLarge(f"{refusal} (so many and more are reached)", size, LARGEST)
    return known


def _transitions(states: Array, branches: Iterable[Branch]) -> Any:
    """Sparse matrix of the chances that states lead to each other."""
    here = np.arange(states.size)
    total = sparse.csr_array((states.size, states.size))
    for there, weight in branches:
        likely = weight > 0
        places = np.searchsorted(states, there[likely])
        total = total + sparse.csr_array((weight[likely], (here[likely], places)), shape=total.shape)
    return total


@dataclass(frozen=True)
class _Chain:
    """The states that can be reached, in any order: transitions, expected payoffs and chances of C (states, 2).

    ``start`` is the place of the first state; ``states`` holds the states of the two sides, shape (2, states).
    """

    transitions: Any
    payoffs: Array
    cooperation: Array
    start: int
    states: Array


def _chain(mine: Automaton, other: Automaton, game: Payoffs, information: Information) -> _Chain:
    first = _Side(mine, information, information.lag_of(0))
    second = _Side(other, information, information.lag_of(1))
    start = first.start * second.size + second.start

    def branches(states: Array) -> Iterator[Branch]:
        one, two = np.divmod(states, second.size)
        for own, others in itertools.product((D, C), repeat=2):
            chance = first.acts(own, one) * second.acts(others, two)
            for (kind, likely), (kind_of_other, likely_of_other) in itertools.product(
                first.reports(own, others), second.reports(others, own)
            ):
                there = first.next(kind, one) * second.size + second.next(kind_of_other, two)
                yield there, chance * likely * likely_of_other

    name = f"the chain of '{mine.name}' (response lag {first.lag}) and '{other.name}' (response lag {second.lag})"
    reached = _explore(start, branches, name, first.size * second.size)
    one, two = np.divmod(reached, second.size)
    cooperation = np.stack((first.acts(C, one), second.acts(C, two)), axis=1)
    return _Chain(
        transitions=_transitions(reached, branches(reached)),
        payoffs=_earned(cooperation, game),
        cooperation=cooperation,
        start=int(np.searchsorted(reached, start)),
        states=np.stack((one, two)),
    )


def _earned(cooperation: Array, game: Payoffs) -> Array:
    """Expected payoffs of both, shape (states, 2), from their chances of C in a state of the chain."""
    table, mine, theirs = game.table(), cooperation[:, 0], cooperation[:, 1]
    both = np.stack((1 - mine, mine)), np.stack((1 - theirs, theirs))
    return np.stack((np.einsum("as,bs,ab->s", *both, table), np.einsum("as,bs,ba->s", *both, table)), axis=1)


def _solve(matrix: Any, right: Array) -> Array:
    """Solution x of matrix @ x = right."""
    if matrix.shape[0] > SOLVABLE:
        raise TooLarge(
            f"{matrix.shape[0]} states of the chain can be reached, equations of at most {SOLVABLE} are solved: "
            "shorten the lags, take smaller automata, or ask for a window of rounds (window_payoffs)",
            matrix.shape[0],
            SOLVABLE,
        )
    solution: Array = splu(sparse.csc_array(matrix)).solve(right)
    return solution


def _demand_discount(discount: float, most: float = np.nextafter(1, 0)) -> None:
    if not 0 <= discount <= most:
        bound = "[0, 1]" if most == 1 else "[0, 1)"
        raise ValueError(f"discount must lie in {bound} (factor per round), got {discount}")


def _discounted(transitions: Any, payoffs: Array, discount: float) -> Array:
    identity = sparse.eye_array(transitions.shape[0])
    return _solve(identity - discount * transitions, (1 - discount) * payoffs)


# --- Payoffs of two automata ------------------------------------------------------------------------


def discounted_payoffs(
    mine: Automaton, other: Automaton, game: Payoffs, information: Information, discount: float
) -> tuple[float, float]:
    r"""Expected discounted payoffs of two automata from round 0 on.

    .. math:: (1-w) \sum_{t \geq 0} w^t\, E\,\pi(t)

    Parameters
    ----------
    mine, other : Automaton
        The two rules; the first of each pair of numbers belongs to ``mine``.
    game : Payoffs
    information : Information
    discount : float
        w in [0, 1), factor per round.

    Returns
    -------
    tuple of two floats, payoff per round.

    Raises
    ------
    ValueError
        If discount lies outside [0, 1), or, as TooLarge, the chain would be too large (it says how large).

    Examples
    --------
    By hand, tit for tat against a defector at w = 1/2: S/2 + P/2 and T/2 + P/2.

    >>> from sim.automata import automaton
    >>> copies = {"DD": "d", "DC": "c", "CD": "d", "CC": "c"}
    >>> copy = automaton("copy", {"start": "c", "states": {"c": {"out": 1, "next": copies},
    ...                                                    "d": {"out": 0, "next": copies}}})
    >>> alld = automaton("alld", {"start": "d", "states": {"d": {"out": 0, "next": dict.fromkeys(copies, "d")}}})
    >>> discounted_payoffs(copy, alld, Payoffs(5, 3, 1, 0), Information(), discount=0.5)
    (0.5, 3.0)
    """
    _demand_discount(discount)
    chain = _chain(mine, other, game, information)
    first, second = _discounted(chain.transitions, chain.payoffs, discount)[chain.start]
    return float(first), float(second)


def window_payoffs(
    mine: Automaton, other: Automaton, game: Payoffs, information: Information, discount: float, rounds: int
) -> tuple[float, float]:
    r"""Expected payoffs of two automata in a window of rounds: the measure ``payoff`` of a run.

    .. math:: \frac{\sum_{t < n} w^t\, E\,\pi(t)}{\sum_{t < n} w^t}

    Parameters
    ----------
    mine, other, game, information
        As in :func:`discounted_payoffs`.
    discount : float
        w in [0, 1], factor per round; 1 gives the plain mean, ``mean_payoff``.
    rounds : int
        n >= 1.

    Returns
    -------
    tuple of two floats, payoff per round.

    Raises
    ------
    ValueError
        If an argument lies outside its range, or the chain would be too large.

    Examples
    --------
    >>> from sim.automata import PAIRS, automaton
    >>> allc = automaton("allc", {"start": "c", "states": {"c": {"out": 1, "next": dict.fromkeys(PAIRS, "c")}}})
    >>> window_payoffs(allc, allc, Payoffs(5, 3, 1, 0), Information(), discount=1, rounds=200)
    (3.0, 3.0)
    """
    _demand_discount(discount, most=1)
    chain = _chain(mine, other, game, information)
    weights: Array = discount ** np.arange(_whole("rounds", rounds, 1))
    earned = sum(weight * (where @ chain.payoffs) for weight, where in zip(weights, _places(chain), strict=False))
    first, second = np.asarray(earned) / weights.sum()
    return float(first), float(second)


def cooperation_rates(mine: Automaton, other: Automaton, information: Information, rounds: int) -> Array:
    """Chance that each of two automata cooperates (the act that happens), round by round.

    Parameters
    ----------
    mine, other, information
        As in :func:`discounted_payoffs`.
    rounds : int
        >= 1.

    Returns
    -------
    array of shape (rounds, 2), chances.

    Raises
    ------
    ValueError
        If rounds < 1, or the chain would be too large.

    Examples
    --------
    >>> from sim.automata import PAIRS, automaton
    >>> allc = automaton("allc", {"start": "c", "states": {"c": {"out": 1, "next": dict.fromkeys(PAIRS, "c")}}})
    >>> cooperation_rates(allc, allc, Information(action_error=0.25), rounds=2).tolist()
    [[0.75, 0.75], [0.75, 0.75]]
    """
    chain = _chain(mine, other, Payoffs(0, 0, 0, 0), information)
    places = zip(range(_whole("rounds", rounds, 1)), _places(chain), strict=False)
    return np.array([where @ chain.cooperation for _, where in places])


def _whole(name: str, value: int, least: int) -> int:
    if not (value >= least and value % 1 == 0):
        raise ValueError(f"{name} must be a whole number, at least {least}, got {value}")
    return int(value)


def _places(chain: _Chain) -> Iterator[Array]:
    """Where the chain is in round 0, 1, ...: chances of its states."""
    where = np.zeros(chain.transitions.shape[0])
    where[chain.start] = 1.0
    onward = chain.transitions.T.tocsr()
    while True:
        yield where
        where = onward @ where


def long_run_payoffs(mine: Automaton, other: Automaton, game: Payoffs, information: Information) -> tuple[float, float]:
    r"""Expected mean payoffs of two automata over an endless game.

    .. math:: \lim_{n \to \infty} \frac{1}{n} \sum_{t < n} E\,\pi(t)

    It exists always: play ends in one of the closed sets of states, and in each the mean is that of its
    stationary distribution. Without errors it depends on the start.

    Parameters
    ----------
    mine, other, game, information
        As in :func:`discounted_payoffs`.

    Returns
    -------
    tuple of two floats, payoff per round.

    Raises
    ------
    ValueError
        If the chain would be too large.

    Examples
    --------
    Tit for tat with slips earns a quarter of all four payoffs (Molander 1985).

    >>> from sim.automata import automaton
    >>> copies = {"DD": "d", "DC": "c", "CD": "d", "CC": "c"}
    >>> copy = automaton("copy", {"start": "c", "states": {"c": {"out": 1, "next": copies},
    ...                                                    "d": {"out": 0, "next": copies}}})
    >>> [round(each, 9) for each in long_run_payoffs(copy, copy, Payoffs(5, 3, 1, 0), Information(action_error=0.01))]
    [2.25, 2.25]
    """
    chain = _chain(mine, other, game, information)
    count, member = csgraph.connected_components(chain.transitions, directed=True, connection="strong")
    rows, columns = chain.transitions.nonzero()
    leaves = np.zeros(count, dtype=bool)
    leaves[member[rows][member[rows] != member[columns]]] = True
    limits = np.zeros_like(chain.payoffs)
    for closed in np.flatnonzero(~leaves):
        inside = np.flatnonzero(member == closed)
        limits[inside] = _stationary(chain.transitions[inside][:, inside]) @ chain.payoffs[inside]
    passing = np.flatnonzero(leaves[member])
    if passing.size:
        ended = np.flatnonzero(~leaves[member])
        onward = chain.transitions[passing]
        identity = sparse.eye_array(passing.size)
        limits[passing] = _solve(identity - onward[:, passing], onward[:, ended] @ limits[ended])
    first, second = limits[chain.start]
    return float(first), float(second)


def _stationary(transitions: Any) -> Array:
    """The stationary distribution of a chain all of whose states lead to each other."""
    size = transitions.shape[0]
    equations = sparse.lil_array((transitions.T - sparse.eye_array(size)).tocsr())
    equations[0] = np.ones(size)  # one equation follows from the others; the sum of chances takes its place
    right = np.zeros(size)
    right[0] = 1.0
    return _solve(equations, right)


# --- Best replies -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Decision:
    """A party's choice against an automaton, in every state of the other's side that any plan reaches.

    ``moves`` and ``earned`` are, for meaning D and C, transitions between the states and expected payoffs.
    """

    states: Array
    start: int
    moves: tuple[Any, Any]
    earned: tuple[Array, Array]


def _decision(other: Automaton, game: Payoffs, information: Information) -> _Decision:
    side, table = _Side(other, information, information.lag_of(1)), game.table()

    def branches(states: Array, own: int) -> Iterator[Branch]:
        for others in (D, C):
            chance = side.acts(others, states)
            for kind, likely in side.reports(others, own):
                yield side.next(kind, states), chance * likely

    def both(states: Array) -> Iterator[Branch]:
        return itertools.chain(branches(states, D), branches(states, C))

    name = f"'{other.name}' with response lag {side.lag} and its reports on their way"
    reached = _explore(side.start, both, name, side.size)
    right, slip = 1 - information.action_error, information.action_error
    moves = [_transitions(reached, branches(reached, own)) for own in (D, C)]
    earned = [sum(side.acts(others, reached) * table[own][others] for others in (D, C)) for own in (D, C)]
    return _Decision(
        states=reached,
        start=int(np.searchsorted(reached, side.start)),
        moves=(right * moves[D] + slip * moves[C], right * moves[C] + slip * moves[D]),
        earned=(right * earned[D] + slip * earned[C], right * earned[C] + slip * earned[D]),
    )


def _worth(asked: _Decision, discount: float) -> Array:
    """Best discounted payoff after meaning D and after meaning C, shape (2, states)."""
    moves, earned = asked.moves, asked.earned
    means = np.full(asked.states.size, C)
    while True:  # policy iteration: each plan is better than the one before, and there are finitely many
        plan = sparse.diags_array(means * 1.0) @ moves[C] + sparse.diags_array(1.0 - means) @ moves[D]
        value = _discounted(plan, np.where(means == C, earned[C], earned[D]), discount)
        worth = np.stack([(1 - discount) * earned[act] + discount * (moves[act] @ value) for act in (D, C)])
        tied = np.abs(worth[D] - worth[C]) <= TIE
        improved = np.where(tied, means, np.where(worth[D] > worth[C], D, C))
        if (improved == means).all():
            return worth
        means = improved


def best_reply(other: Automaton, game: Payoffs, information: Information, discount: float) -> BestReply:
    """The best that can be had against an automaton, by a party that knows where it stands.

    A small Markov decision problem over the other side's states, solved by policy iteration. See the head of the
    module for what the party knows, and where that is an upper bound.

    Parameters
    ----------
    other : Automaton
        The rule that is replied to.
    game : Payoffs
    information : Information
        The lag that counts is ``other_response_lag``, or else ``response_lag``.
    discount : float
        w in [0, 1), factor per round.

    Returns
    -------
    BestReply

    Raises
    ------
    ValueError
        If discount lies outside [0, 1), or the side has too many states (it says how many).

    Examples
    --------
    Against unconditional C the best is to defect for ever.

    >>> from sim.automata import PAIRS, automaton
    >>> allc = automaton("allc", {"start": "c", "states": {"c": {"out": 1, "next": dict.fromkeys(PAIRS, "c")}}})
    >>> best_reply(allc, Payoffs(5, 3, 1, 0), Information(), discount=0.5)
    BestReply(value=5.0, defecting=5.0, cooperating=4.0)
    """
    _demand_discount(discount)
    asked = _decision(other, game, information)
    defecting, cooperating = (float(each) for each in _worth(asked, discount)[:, asked.start])
    return BestReply(max(defecting, cooperating), defecting, cooperating)


def gain_of_leaving(
    mine: Automaton, other: Automaton, game: Payoffs, information: Information, discount: float
) -> float:
    """What the best plan that leaves the rule gains over following it, where it gains most on the way.

    On the way are all states that play reaches while both follow their rules. At or below 0 the rule is a best reply
    to the other's, so that for two equal rules both are in (Nash) equilibrium; above 0 it is not.

    Parameters
    ----------
    mine, other, game, information, discount
        As in :func:`discounted_payoffs`; ``mine`` is the rule that is left.

    Returns
    -------
    float, discounted payoff per round; negative where every departure costs.

    Raises
    ------
    ValueError
        If discount lies outside [0, 1), or, as TooLarge, the chain would be too large (it says how large).

    Examples
    --------
    At 5, 3, 1, 0 tit for tat holds against itself from a discount of 2/3 on (Axelrod 1981).

    >>> from sim.automata import automaton
    >>> copies = {"DD": "d", "DC": "c", "CD": "d", "CC": "c"}
    >>> copy = automaton("copy", {"start": "c", "states": {"c": {"out": 1, "next": copies},
    ...                                                    "d": {"out": 0, "next": copies}}})
    >>> [gain_of_leaving(copy, copy, Payoffs(5, 3, 1, 0), Information(), w) > 0 for w in (0.66, 0.67)]
    [True, False]
    """
    _demand_discount(discount)
    chain = _chain(mine, other, game, information)
    followed = _discounted(chain.transitions, chain.payoffs[:, 0], discount)
    asked = _decision(other, game, information)
    worth = _worth(asked, discount)[:, np.searchsorted(asked.states, chain.states[1])]
    intends = _Side(mine, information, information.lag_of(0)).intends(chain.states[0])
    gains = [(worth[act] - followed)[intends != certain] for act, certain in ((D, 0.0), (C, 1.0))]
    return float(max(gain.max() for gain in gains if gain.size))


def gain_of_defecting(other: Automaton, game: Payoffs, information: Information, discount: float) -> float:
    """What meaning D in round 0 gains over meaning C, if one does one's best ever after.

    Where errors make a rule no best reply to itself (it answers slips that it had better pardon), this still tells
    whether cooperation pays against it: the borders R11 to R13, R22 and R23.

    Parameters
    ----------
    other, game, information, discount
        As in :func:`best_reply`.

    Returns
    -------
    float, discounted payoff per round.

    Raises
    ------
    ValueError
        As in :func:`best_reply`.

    Examples
    --------
    >>> from sim.automata import PAIRS, automaton
    >>> allc = automaton("allc", {"start": "c", "states": {"c": {"out": 1, "next": dict.fromkeys(PAIRS, "c")}}})
    >>> gain_of_defecting(allc, Payoffs(5, 3, 1, 0), Information(), discount=0.5)
    1.0
    """
    reply = best_reply(other, game, information, discount)
    return reply.defecting - reply.cooperating


# --- Critical values --------------------------------------------------------------------------------

IN_GAME = tuple(field.name for field in fields(Payoffs))
IN_INFORMATION = ("action_error", "miss", "false_alarm", "attended")
PARAMETERS = ("discount", *IN_GAME, *IN_INFORMATION)
"""What may have a critical value."""


def critical_value(
    parameter: str,
    low: float,
    high: float,
    *,
    mine: Automaton | None,
    other: Automaton,
    game: Payoffs,
    information: Information,
    discount: float,
) -> float:
    """Where along one parameter the gain of leaving the rule changes sign, all else as given.

    Parameters
    ----------
    parameter : str
        discount, temptation, reward, punishment, sucker, action_error, miss, false_alarm or attended.
    low, high : float
        Values of it between which the sign changes once.
    mine : Automaton or None
        The rule that may be left: :func:`gain_of_leaving`. None: whether to defect, :func:`gain_of_defecting`.
    other, game, information, discount
        As in :func:`discounted_payoffs`.

    Returns
    -------
    float, in the unit of the parameter, to 1e-12 of the distance between low and high.

    Raises
    ------
    ValueError
        If the parameter is unknown, if a value lies outside its range, if the gain has the same sign at low and
        high, or if it jumps over 0 in between.

    Examples
    --------
    >>> from sim.automata import automaton
    >>> copies = {"DD": "d", "DC": "c", "CD": "d", "CC": "c"}
    >>> copy = automaton("copy", {"start": "c", "states": {"c": {"out": 1, "next": copies},
    ...                                                    "d": {"out": 0, "next": copies}}})
    >>> dyad = dict(mine=copy, other=copy, game=Payoffs(5, 3, 1, 0), information=Information(), discount=0.9)
    >>> round(critical_value("discount", 0.1, 0.9, **dyad), 9), round(critical_value("miss", 0.1, 0.9, **dyad), 9)
    (0.666666667, 0.259259259)
    """
    if parameter not in PARAMETERS:
        raise ValueError(f"no parameter '{parameter}' (known: {', '.join(PARAMETERS)})")

    def gain(value: float) -> float:
        changes: dict[str, Any] = {parameter: value}
        played = replace(game, **changes) if parameter in IN_GAME else game
        known = replace(information, **changes) if parameter in IN_INFORMATION else information
        weight = value if parameter == "discount" else discount
        if mine is None:
            return gain_of_defecting(other, played, known, weight)
        return gain_of_leaving(mine, other, played, known, weight)

    ends = gain(low), gain(high)
    if ends[0] * ends[1] > 0:
        raise ValueError(
            f"no critical {parameter} between {low} and {high}: "
            f"leaving gains {ends[0]:.6g} and {ends[1]:.6g} (payoff per round) there, which has one sign"
        )
    found = float(brentq(gain, low, high, xtol=1e-12 * abs(high - low), rtol=1e-14))
    if abs(gain(found)) > 1e-6 * max(1.0, *(abs(end) for end in ends)):
        raise ValueError(f"the gain jumps over 0 at {parameter} = {found:.9g}, where it is {gain(found):.6g}")
    return found
