"""Two questions to exact values that no closed form of theory answers: a small tournament, and borders of other rules.

X1 holds published numbers as what is predicted; X2 what the Markov chain says, and runs against it.
"""

from collections.abc import Iterator

import numpy as np

from experiments.checks import Comparison, Draw, Found, Luck, analytic, chains, check, exact, searched, simulated
from experiments.tournament import tournament
from sim import exact as chain
from sim.automata import Automaton
from sim.exact import Information

STATEMENTS = {
    "X1": "A small tournament of 200 rounds with self-play has known row means; grim wins because of the random rule.",
    "X2": "Other rules than grim and tit for tat hold from a discount on that the chain of two automata gives.",
}
"""What is asked beside the predictions of theory, by its id."""

FIELD = {"allc": 420.0, "alld": 441.6, "tit_for_tat": 489.65, "grim": 519.2, "random": 381.75}
"""Row means of a match of 200 rounds at 5, 3, 1, 0, to two decimals."""
AXELROD = {"temptation": 5.0, "reward": 3.0, "punishment": 1.0, "sucker": 0.0}
ROUNDS = 200


def expected(mine: Automaton, other: Automaton) -> float:
    """Payoff of the first in a match, round by round over the chances of all pairs of states."""
    places = {(mine.start, other.start): 1.0}
    total, table = 0.0, chains.stage(AXELROD).table()
    for _ in range(ROUNDS):
        after: dict[tuple[int, int], float] = {}
        for (one, two), chance in places.items():
            for a in (0, 1):
                for b in (0, 1):
                    likely = chance * abs(1 - a - mine.out[one]) * abs(1 - b - other.out[two])
                    if likely > 0:
                        total += likely * table[a, b]
                        at = mine.after[one][a][b], other.after[two][b][a]
                        after[at] = after.get(at, 0.0) + likely
        places = after
    return float(total)


@check("X1", cases=1)
def small_tournament(draw: Draw) -> Iterator[Comparison]:
    rules = {name: chains.KNOWN[name] for name in FIELD}

    def by_chain(mine: Automaton, other: Automaton) -> float:
        return ROUNDS * chain.window_payoffs(mine, other, chains.stage(AXELROD), Information(), 1, ROUNDS)[0]

    def by_runs(luck: Luck, name: str) -> Found:
        found = tournament(list(FIELD), rounds=ROUNDS, repetitions=80 * luck.times, seed=luck.seed)
        place = found.strategies.index(name)
        mean, half = float(found.mean[place]), float(found.half_width(found.mean_error[place]))
        return Found(ROUNDS * mean, ROUNDS * (mean - half), ROUNDS * (mean + half))

    for name, mean in FIELD.items():
        told, mine = {"strategy": name, "field": list(FIELD)}, rules[name]
        # published to two decimals, so what is found is rounded as they are
        yield analytic(
            told, mean, lambda mine=mine: round(float(np.mean([expected(mine, other) for other in rules.values()])), 2)
        )
        yield exact(
            told, mean, lambda mine=mine: round(float(np.mean([by_chain(mine, other) for other in rules.values()])), 2)
        )
        yield simulated(told, mean, lambda luck, name=name: by_runs(luck, name), width=4.0)


OTHERS = ("win_stay_lose_shift", "two_tits_for_tat", "soft_grim", "firm_but_fair")
"""Rules that are neither of the grim nor of the tit-for-tat family; the last draws."""


@check(
    "X2",
    cases=2,
    analytic="no closed form: what is predicted is the exact value itself",
    exact="it is what is predicted",
)
def other_rules(draw: Draw) -> Iterator[Comparison]:
    for name in OTHERS:
        rule = chains.KNOWN[name]
        drawn = any(chance not in (0.0, 1.0) for chance in rule.out)
        game, critical = draw.until(
            lambda rule=rule: (made := draw.dilemma(), chains.critical_discount(rule, made, Information())),
            lambda told: 0.2 < told[1] < 0.85,
        )
        width = searched.WIDTH if drawn else 0.0
        yield simulated(
            {**game, "strategy": name},
            critical,
            lambda luck, name=name, game=game, width=width: searched.border(name, game, luck, width=width),
            width,
        )
