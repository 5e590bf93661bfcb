"""The exact floor: automata and the questions to ``sim.exact`` that several predictions share."""

from typing import Any

from experiments.checks import PAYOFFS, Game
from experiments.compose import strategies
from sim import exact
from sim.automata import Automaton
from sim.exact import Information, Payoffs

KNOWN = strategies()
TIT_FOR_TAT, GRIM, TRIGGER = KNOWN["tit_for_tat"], KNOWN["grim"], KNOWN["trigger"]
ALLC, ALLD, WIN_STAY = KNOWN["allc"], KNOWN["alld"], KNOWN["win_stay_lose_shift"]
CONTRITE = KNOWN["contrite_tit_for_tat"]
LOW, HIGH = 0.001, 0.9995


def generous(g: float) -> Automaton:
    """Tit for tat that pardons a D with chance g."""
    return Automaton("generous", ("c", "d"), 0, (1.0, g), (((1, 0), (1, 0)), ((1, 0), (1, 0))))


def constant(chance: float) -> Automaton:
    """C with the same chance in every round."""
    return Automaton("constant", ("only",), 0, (chance,), (((0, 0), (0, 0)),))


def memory_one(after: tuple[float, ...]) -> Automaton:
    """Chances of C after CC, CD, DC, DD, own act first; starts with C."""
    cc, cd, dc, dd = range(4)
    moves = ((dd, dc), (cd, cc))
    return Automaton("memory_one", ("cc", "cd", "dc", "dd", "start"), 4, (*after, 1.0), (moves,) * 5)


def script(acts: str) -> Automaton:
    """These acts, one for each report that is read, and then the last one for ever."""
    last = len(acts) - 1
    after = tuple(((min(i + 1, last),) * 2,) * 2 for i in range(len(acts)))
    return Automaton(
        "script", tuple(f"act {i}" for i in range(len(acts))), 0, tuple(float(act == "C") for act in acts), after
    )


def slips_first() -> Automaton:
    """Tit for tat that means D until its first report."""
    return Automaton("slips_first", ("slip", "c", "d"), 0, (0.0, 1.0, 0.0), (((2, 1), (2, 1)),) * 3)


def stage(game: Game) -> Payoffs:
    """The game as ``sim.exact`` takes it."""
    return Payoffs(*(game[name] for name in PAYOFFS))


def critical_discount(rule: Automaton, game: Game, known: Information, leaving: bool = True) -> float:
    """Where leaving a rule (else: defecting at all) stops to gain against the same rule; nan if nowhere."""
    asked: dict[str, Any] = {"other": rule, "game": stage(game), "information": known, "discount": 0.5}
    try:
        return exact.critical_value("discount", LOW, HIGH, mine=rule if leaving else None, **asked)
    except ValueError:
        return float("nan")


def worth(mine: Automaton, other: Automaton, game: Game, known: Information, discount: float) -> float:
    """Discounted payoff per round of the first."""
    return exact.discounted_payoffs(mine, other, stage(game), known, discount)[0]


def long_run(mine: Automaton, other: Automaton, game: Game, known: Information) -> tuple[float, float]:
    """Mean payoffs of an endless game."""
    return exact.long_run_payoffs(mine, other, stage(game), known)
