"""Kinds of game, mixed shares, conflict of interest (G1 to G3), and the equilibrium of defectors (R10)."""

from collections.abc import Iterator

import numpy as np
from scipy.integrate import quad

from experiments.checks import (
    NOT_PLAYED,
    Comparison,
    Draw,
    Found,
    Game,
    Luck,
    analytic,
    chains,
    check,
    exact,
    exactly,
    runs,
    simulated,
)
from experiments.checks.plans import plans, root
from sim import exact as chain
from sim import theory
from sim.exact import Information

ACTS = {"C": chains.ALLC, "D": chains.ALLD}
PAIRS = ("CC", "CD", "DC", "DD")
TWO = tuple((pair[0], pair[1]) for pair in PAIRS)
ORDERS = ("TRPS", "RTPS", "TRSP", "RTSP", "TPRS")


def coded(pairs: tuple[str, ...]) -> int:
    """A set of pairs of acts as a number: CC 1, CD 2, DC 4, DD 8."""
    return sum(1 << PAIRS.index(pair) for pair in pairs)


def nobody_leaves(payoff: dict[str, float]) -> tuple[str, ...]:
    """Pairs of acts from which neither gains by turning away alone; payoff of the first by pair."""
    other = {"C": "D", "D": "C"}
    return tuple(
        a + b for a, b in TWO if payoff[a + b] >= payoff[other[a] + b] and payoff[b + a] >= payoff[other[b] + a]
    )


@check("G1", cases=5)
def pure_equilibria(draw: Draw) -> Iterator[Comparison]:
    game = draw.game(draw.one_of(*ORDERS))
    predicted = coded(theory.pure_equilibria(**game))
    told = {**game, "unit": "CC 1 + CD 2 + DC 4 + DD 8"}

    def by_hand() -> float:
        named = dict(zip(("DC", "CC", "DD", "CD"), game.values(), strict=True))
        return coded(nobody_leaves(named))

    def by_chain() -> float:
        stable = (
            pair
            for pair in PAIRS
            if all(
                chain.gain_of_leaving(ACTS[a], ACTS[b], chains.stage(game), Information(), 0.0) <= 0
                for a, b in (tuple(pair), tuple(reversed(pair)))
            )
        )
        return coded(tuple(stable))

    def by_runs(luck: Luck) -> Found:
        paid = {a + b: runs.payoffs(runs.dyad(ACTS[a], ACTS[b], game, 1))[0] for a, b in TWO}
        return exactly(coded(nobody_leaves(paid)))

    yield analytic(told, predicted, by_hand)
    yield exact(told, predicted, by_chain)
    yield simulated(told, predicted, by_runs)


@check("G2")
def mixed_share(draw: Draw) -> Iterator[Comparison]:
    kind = draw.one_of("RTPS", "TRSP")
    game = draw.game(kind)
    predicted = theory.mixed_cooperation_share(**game)

    def by_replicator() -> float:
        share, way = 0.5, -1 if kind == "RTPS" else 1  # in the stag hunt the share is a source: time runs backwards
        for _ in range(200_000):
            apart = share * (game["reward"] - game["temptation"]) + (1 - share) * (game["sucker"] - game["punishment"])
            step = way * 0.05 * share * (1 - share) * apart
            share += step
            if abs(step) < 1e-13:
                break
        return share

    def by_chain() -> float:
        return root(
            lambda share: (
                chains.worth(chains.ALLC, chains.constant(share), game, Information(), 0.0)
                - chains.worth(chains.ALLD, chains.constant(share), game, Information(), 0.0)
            ),
            0.0,
            1.0,
        )

    def by_runs(luck: Luck) -> Found:
        """Both acts against a partner of any share earn a straight line: its root, from pairs of pure acts."""
        paid = {a + b: runs.payoffs(runs.dyad(ACTS[a], ACTS[b], game, 1))[0] for a, b in TWO}
        against = {b: paid["C" + b] - paid["D" + b] for b in "CD"}
        return exactly(root(lambda share: share * against["C"] + (1 - share) * against["D"], 0.0, 1.0))

    def by_mixing(luck: Luck) -> Found:
        partner = chains.constant(predicted)
        gains = [
            runs.earned(runs.dyad(rule, partner, game, 10), game, 2000 * luck.times, luck)[0].mean(axis=1)
            for rule in (chains.ALLC, chains.ALLD)
        ]
        return runs.mean(gains[0] - gains[1])

    yield analytic(game, predicted, by_replicator)
    yield exact(game, predicted, by_chain)
    yield simulated(game, predicted, by_runs)
    yield simulated({**game, "gain of C over D at share": round(predicted, 6)}, 0.0, by_mixing, width=0.1)


def conflict_by_area(game: Game, corner: str) -> float:
    """Area of the square of joint demands beyond the frontier, over the area of the square."""
    least = game["sucker"] if corner == "sucker" else game["punishment"]
    best, both = game["temptation"], game["reward"]
    points = np.array([[game["sucker"], best], [both, both], [best, game["sucker"]]])

    def beyond(demand: float) -> float:
        return best - max(least, float(np.interp(demand, points[:, 0], points[:, 1])))

    kinks = [both, float(np.interp(-least, -points[:, 1], points[:, 0]))]
    return float(quad(beyond, least, best, points=kinks)[0]) / (best - least) ** 2


@check(
    "G3",
    exact=f"{NOT_PLAYED}: an area in the plane of payoffs",
    simulated=f"{NOT_PLAYED}: an area in the plane of payoffs",
)
def conflict(draw: Draw) -> Iterator[Comparison]:
    game = draw.dilemma()
    for corner in ("sucker", "punishment"):
        predicted = theory.conflict_area(**game, corner=corner)
        yield analytic({**game, "corner": corner}, predicted, lambda corner=corner: conflict_by_area(game, corner))
    yield analytic(
        {**game, "index": "cooperation"},
        theory.cooperation_index(**game),
        lambda: (
            1
            - (game["temptation"] - game["reward"] + game["punishment"] - game["sucker"]) / np.ptp(list(game.values()))
        ),
    )


@check("R10")
def against_a_defector(draw: Draw) -> Iterator[Comparison]:
    game, discount = draw.dilemma(), draw.number(0.1, 0.9)
    predicted = theory.gain_against_alld(game["punishment"], game["sucker"])
    told = {**game, "discount": discount}

    def by_plans() -> float:
        worth = np.where(plans() == 1, game["sucker"], game["punishment"]) @ discount ** np.arange(plans().shape[1])
        leaves = plans().min(axis=1) < plans().max(axis=1)  # any C, and not for ever
        once = worth[leaves & (plans()[:, 0] == 1)].max()
        return float(once - worth.max())

    def by_chain() -> float:
        alld = chains.ALLD
        return chain.gain_of_leaving(alld, alld, chains.stage(game), Information(), discount) / (1 - discount)

    def by_runs(luck: Luck) -> Found:
        paid = [
            runs.payoffs(runs.dyad(rule, chains.ALLD, game, 40, horizon__discount=discount))[0]
            for rule in (chains.script("CD"), chains.ALLD)
        ]
        return exactly((paid[0] - paid[1]) * (1 - discount**40) / (1 - discount))

    yield analytic(told, predicted, by_plans)
    yield exact(told, predicted, by_chain)
    yield simulated(told, predicted, by_runs)
