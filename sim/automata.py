r"""Strategies as finite automata: what a party remembers of a partner, and what it does next.

Definitions
-----------
Acts are C = 1 (cooperate) and D = 0 (defect). A strategy is a finite automaton (Rubinstein 1986) with

========================= ============================================================================
start                     state before the first report is read
out[state]                chance of C in that state, in [0, 1]
after[state][own][seen]   next state, once the report (own act, act seen of the partner) is read
========================= ============================================================================

*own* is the act that was realised, not the act that was intended: with the intended act contrition fails,
because a party would never learn of its own slip. *seen* is what the report says, errors included. One
automaton per side reads the reports in order, however late they are.

In a file the four pairs (own, seen) are the keys DD, DC, CD, CC, own act first.

References
----------
Rubinstein (1986), J. Econ. Theory 39:83-96, for repeated games played by automata.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sim.compiled import rule

C, D = 1, 0
LETTERS = "DC"
"""The letter of each act: LETTERS[D] and LETTERS[C]."""

PAIRS = ("DD", "DC", "CD", "CC")
"""The four reports, own act first, in the order of the tables."""


@dataclass(frozen=True)
class Automaton:
    """A strategy: start state, chance of C in each state, and the next state after each report.

    Parameters
    ----------
    name : str
        The name of its file.
    states : tuple of str
        Names of the states; everything below refers to them by index, from 0.
    start : int
        Index of the state before the first report.
    out : tuple of float, one per state
        Chance of C, dimensionless, in [0, 1].
    after : nested tuple of int of shape (states, 2, 2)
        after[state][own][seen] is the next state; own and seen are acts, C = 1 and D = 0.

    Notes
    -----
    Nothing is checked here: `automaton` builds from a description and tells every fault.
    """

    name: str
    states: tuple[str, ...]
    start: int
    out: tuple[float, ...]
    after: tuple[tuple[tuple[int, int], tuple[int, int]], ...]


@rule
def step(after: Any, state: int, own: int, seen: int) -> int:
    """Next state of an automaton that reads one report.

    Parameters
    ----------
    after : nested tuple, or int array, of shape (states, 2, 2)
        after[state][own][seen] is the next state.
    state, own, seen : int
        State now; realised own act and seen act of the partner, C = 1 and D = 0.

    Examples
    --------
    >>> copy = (((1, 0), (1, 0)), ((1, 0), (1, 0)))  # tit for tat: to state 0 after a seen C, to 1 after D
    >>> step(copy, 0, C, D), step(copy, 1, D, C)
    (1, 0)
    """
    return after[state][own][seen]


def automaton(name: str, description: Mapping[str, Any]) -> Automaton:
    """Strategy of a description, as it stands in a file of strategies.

    Parameters
    ----------
    name : str
        Name of the strategy, that of its file.
    description : mapping
        `start` (a state) and `states`, which maps each state to `out` (chance of C, in [0, 1]) and `next` (a
        state for each of DD, DC, CD, CC: own realised act, then the partner's act as seen). `name`, `also`
        and `source` are for the reader and may be left out.

    Raises
    ------
    ValueError
        If anything is wrong: one line for each fault, with the strategy, the state, the value and the bound.

    Examples
    --------
    >>> automaton("allc", {"start": "c", "states": {"c": {"out": 1, "next": dict.fromkeys(PAIRS, "c")}}})
    Automaton(name='allc', states=('c',), start=0, out=(1.0,), after=(((0, 0), (0, 0)),))
    """
    if found := list(faults(description)):
        raise ValueError("\n".join(f"strategy '{name}': {fault}" for fault in found))
    states = description["states"]
    index = {state: i for i, state in enumerate(states)}
    goes = [{pair: index[to] for pair, to in state["next"].items()} for state in states.values()]
    return Automaton(
        name=name,
        states=tuple(states),
        start=index[description["start"]],
        out=tuple(float(state["out"]) for state in states.values()),
        after=tuple(((to["DD"], to["DC"]), (to["CD"], to["CC"])) for to in goes),
    )


def faults(description: Any) -> Iterator[str]:
    """Everything that keeps a description from being an automaton, in words; nothing if it is one."""
    if not isinstance(description, Mapping):
        yield f"must have keys start and states, got {description!r}"
        return
    yield from key_faults("", description, needed=("start", "states"), allowed=("name", "also", "source"))
    states = description.get("states", {})
    if not isinstance(states, Mapping) or ("states" in description and not states):
        yield f"states must name at least one state, got {states!r}"
        states = {}
    if "start" in description:
        yield from state_faults("start", description["start"], states)
    for state, content in states.items():
        yield from content_faults(state, content, states)


def content_faults(state: Any, content: Any, states: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong inside one state: its name, its chance of C, its four next states."""
    where = f"state {state}: "
    if not isinstance(state, str):
        # YAML reads no, off and 1 as values; a state of that name could not be found again.
        yield where + f"its name must be text, got {state!r} (put it in quotes)"
    if not isinstance(content, Mapping):
        yield where + f"must have keys out and next, got {content!r}"
        return
    yield from key_faults(where, content, needed=("out", "next"))
    if "out" in content and not is_chance(content["out"]):
        yield where + f"out, the chance of C, must be a number in [0, 1], got {content['out']!r}"
    goes = content.get("next", {})
    if not isinstance(goes, Mapping):
        yield where + f"next must have keys {', '.join(PAIRS)}, got {goes!r}"
        return
    if "next" in content:
        yield from key_faults(where + "next: ", goes, needed=PAIRS)
    for pair in (pair for pair in PAIRS if pair in goes):
        yield from state_faults(where + f"next: {pair}", goes[pair], states)


def key_faults(
    where: str, content: Mapping[Any, Any], needed: tuple[str, ...], allowed: tuple[str, ...] = ()
) -> Iterator[str]:
    """Keys that are missing, and keys that nobody knows, with the nearest known one."""
    for key in needed:
        if key not in content:
            yield f"{where}key {key} is missing"
    known = needed + allowed
    for key in content:
        if key not in known:
            yield f"{where}unknown key {key!r}{nearest(key, known)}"


def state_faults(where: str, state: Any, states: Mapping[str, Any]) -> Iterator[str]:
    """Whether a state that is referred to exists; if not, the nearest name that does."""
    # The type comes first: a list could not even be looked up.
    if not isinstance(state, str) or state not in states:
        yield f"{where} is {state!r}, which is not a state{nearest(state, states)}"


def nearest(name: Any, known: Any) -> str:
    """A hint: the nearest of the known names, and all of them.

    >>> nearest("provokd", ("ok", "provoked"))
    "; did you mean 'provoked'? (known: ok, provoked)"
    """
    names = [str(each) for each in known]
    if not names:
        return ""
    meant = get_close_matches(str(name), names, n=1)
    guess = f"; did you mean '{meant[0]}'?" if meant else ""
    return f"{guess} (known: {', '.join(names)})"


def is_chance(value: Any) -> bool:
    """Whether a value is a number in [0, 1]; truth values are not numbers here, and nan is in no interval."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def family(automaton: Automaton) -> tuple[str, float] | None:
    """The reciprocal family of a strategy, and its generosity g; None outside both families.

    Structure decides, never the name, and the order of the states does not matter. Both families have two
    states and start in one with out 1.

    * ``grim``: the other state has out 0 and is never left; a seen D leads to it, mutual C does not. Whether
      an own slip leads to it as well is free: that is grim against trigger. g is 0.
    * ``tit_for_tat``: a seen C leads to the first state, a seen D to the other, which has out g, and nothing
      else counts.

    The closed forms of the two differ because grim never forgets and tit for tat remembers one report.

    References
    ----------
    Friedman (1971), Rev. Econ. Stud. 38:1-12, for grim; Axelrod (1984), The Evolution of Cooperation, for tit
    for tat; Molander (1985), J. Conflict Resolution 29:611-618, for generosity.

    Examples
    --------
    >>> family(Automaton("mine", ("hurt", "calm"), 1, (0.1, 1.0), (((0, 1), (0, 1)), ((0, 1), (0, 1)))))
    ('tit_for_tat', 0.1)
    """
    if len(automaton.states) != 2 or automaton.out[automaton.start] != 1:
        return None
    first, other = automaton.start, 1 - automaton.start
    after, generosity = automaton.after, automaton.out[other]
    copies = ((other, first), (other, first))
    if after[first] == copies and after[other] == copies:
        return "tit_for_tat", generosity
    hurt = [after[first][D][D], after[first][C][D]]
    absorbs = after[other] == ((other, other), (other, other))
    if generosity == 0 and absorbs and hurt == [other, other] and after[first][C][C] == first:
        return "grim", 0.0
    return None


def play(automaton: Automaton, seen: str) -> str:
    """Score sheet: the acts of a strategy without chance against given acts of its partner; no lag, no error.

    Parameters
    ----------
    automaton : Automaton
        Every out is 0 or 1.
    seen : str
        The partner's acts, round by round, as letters C and D.

    Returns
    -------
    str of the same length
        Own acts; the first comes from the start state, each later one after the report of the round before.

    Raises
    ------
    ValueError
        If a state cooperates by chance, or seen has other letters.

    Examples
    --------
    >>> copy = ((1, 0), (1, 0))
    >>> play(Automaton("tit_for_tat", ("c", "d"), 0, (1.0, 0.0), (copy, copy)), "CDDCC")
    'CCDDC'
    """
    for name, out in zip(automaton.states, automaton.out, strict=True):
        if out not in (0, 1):
            raise ValueError(
                f"strategy '{automaton.name}' has no score sheet: "
                f"in state {name} the chance of C must be 0 or 1, got {out}"
            )
    if set(seen) - set(LETTERS):
        raise ValueError(f"the partner's acts must be letters C and D, got '{seen}'")
    state, acts = automaton.start, ""
    for letter in seen:
        own = C if automaton.out[state] == 1 else D
        acts += LETTERS[own]
        state = step(automaton.after, state, own, LETTERS.index(letter))
    return acts
