"""Errors, generosity, extortion, batches (N1 to N11)."""

from collections.abc import Callable, Iterator
from itertools import combinations, product
from typing import Any

import numpy as np

from experiments.checks import (
    NO_MECHANISM,
    NO_PAIR,
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
    plans,
    runs,
    simulated,
)
from experiments.checks.plans import Memory, root
from experiments.checks.reciprocity import one_plan_binds, three
from sim import exact as chain
from sim import theory
from sim.automata import Automaton
from sim.exact import Information

COPY, WIN_STAY = (1.0, 0.0, 1.0, 0.0), (1.0, 0.0, 0.0, 1.0)
PUBLIC = "one signal for both parties is not played"


def generous(g: float) -> tuple[float, float, float, float]:
    """Chances of C after CC, CD, DC, DD."""
    return (1.0, g, 1.0, g)


def in_turn(mine: tuple[float, ...], theirs: tuple[float, ...], game: Game, error: float = 0.0) -> np.ndarray:
    """Long-run payoffs of two rules by chances of C after CC, CD, DC, DD: the chain of acts, its powers squared."""
    mirrored = [theirs[i] for i in (0, 2, 1, 3)]
    step = np.empty((4, 4))
    for state in range(4):
        a, b = ((1 - error) * p + error * (1 - p) for p in (mine[state], mirrored[state]))
        step[state] = [a * b, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b)]
    for _ in range(48):
        step = step @ step
        step /= step.sum(axis=1, keepdims=True)
    payoffs = [[game[name] for name in order] for order in (_OWN, _OTHER)]
    return np.array(payoffs) @ step[0]


_OWN = ("reward", "sucker", "temptation", "punishment")
_OTHER = ("reward", "temptation", "sucker", "punishment")


def settled(mine: Automaton, other: Automaton, game: Game, error: float, luck: Luck, **size: int) -> np.ndarray:
    """Mean payoffs of both sides of every run after some rounds, of shape (2, runs)."""
    rounds, left, count = size.get("rounds", 700), size.get("left", 200), size.get("count", 300)
    case = runs.dyad(mine, other, game, rounds, information__action_error=error)
    both = runs.earned(case, game, count * luck.times, luck)
    return np.array([stream[:, left:].mean(axis=1) for stream in both])


# --- tit for tat (N1, N2) ------------------------------------------------------------------------------------------


@check("N1")
def noise_limit(draw: Draw) -> Iterator[Comparison]:
    game, error, lag = draw.dilemma(), draw.number(0.03, 0.25), draw.whole(0, 2)
    predicted = theory.noise_limit(**game)
    told = {**game, "action_error": error, "response_lag": lag}
    rule = chains.TIT_FOR_TAT
    yield analytic(told, predicted, lambda: in_turn(COPY, COPY, game, error)[0])
    yield exact(told, predicted, lambda: chains.long_run(rule, rule, game, Information(lag, action_error=error))[0])

    def by_runs(luck: Luck) -> Found:
        left = int(np.ceil((lag + 1) * np.log(1e-6) / np.log(1 - 2 * error)))  # rounds until the start is forgotten
        case = runs.dyad(rule, rule, game, left + 400, information__action_error=error, information__response_lag=lag)
        both = runs.earned(case, game, 300 * luck.times, luck)
        return runs.mean((both[0] + both[1])[:, left:].mean(axis=1) / 2)

    yield simulated(told, predicted, by_runs, width=0.04)


@check("N2")
def decay(draw: Draw) -> Iterator[Comparison]:
    error, lag, at = draw.number(0.005, 0.1, 3), draw.whole(0, 3), draw.whole(1, 30)
    predicted = theory.cooperation_after(at, error, lag)
    told = {"action_error": error, "response_lag": lag, "rounds": at}

    def played_out(rounds: int, error: float) -> list[float]:
        chance = [1 - error] * (lag + 1)
        for t in range(lag + 1, rounds + 1):
            chance.append((1 - error) * chance[t - lag - 1] + error * (1 - chance[t - lag - 1]))
        return chance

    rule = chains.TIT_FOR_TAT
    yield analytic(told, predicted, lambda: played_out(at, error)[at])
    yield exact(
        told,
        predicted,
        lambda: chain.cooperation_rates(rule, rule, Information(lag, action_error=error), at + 1)[at, 0],
    )

    def by_runs(luck: Luck) -> Found:
        case = runs.dyad(rule, rule, FREE, at + 1, information__action_error=error, information__response_lag=lag)
        mine, _ = runs.acts(case, 5000 * luck.times, luck)
        return runs.share(int(mine[:, at].sum()), len(mine))

    yield simulated(told, predicted, by_runs, width=0.03)
    answers = draw.whole(3, 30)
    halving = (1 - 0.5 ** (1 / answers)) / 2  # an error whose half-life is a whole number of answers
    found = theory.half_life(halving, lag)

    def counted() -> float:
        excess = np.array(played_out(200, halving)) - 0.5
        return float(np.argmax(excess <= excess[0] / 2 + 1e-12))

    yield analytic({"action_error": round(halving, 9), "response_lag": lag}, found, counted)


FREE: Game = {"temptation": 5.0, "reward": 3.0, "punishment": 1.0, "sucker": 0.0}


# --- generosity (N3, N4) -------------------------------------------------------------------------------------------


@check("N3")
def generosity_with_discount(draw: Draw) -> Iterator[Comparison]:
    lag, discount = draw.whole(0, 2), draw.number(0.7, 0.8)

    def keep(game: Game) -> bool:
        best = 1 - theory.theta_tit_for_tat(**game) / discount ** (lag + 1)
        return 0.05 < best < 0.5 and one_plan_binds(game)

    game = draw.dilemma(keep)
    best = theory.best_generosity(**game, discount=discount, response_lag=lag)
    told = {**game, "discount": discount, "response_lag": lag}

    def by_plans() -> float:
        short = plans.plans(200)
        return root(
            lambda g: plans.gain(plans.payoffs(game, Memory(generosity=g), lag + 1, short), discount, short), 0.0, 0.9
        )

    def by_chain() -> float:
        def gain(g: float) -> float:
            rule = chains.generous(g)
            return chain.gain_of_leaving(rule, rule, chains.stage(game), Information(lag), discount)

        return root(gain, 0.001, 0.9)

    def by_runs(luck: Luck) -> Found:
        """The discount at which this generosity stops to deter."""
        rule = chains.generous(best)
        return runs.critical_discount(rule, game, luck, 5000, ("always", "once"), information__response_lag=lag)

    yield analytic(told, best, by_plans)
    yield exact(told, best, by_chain)
    said = {**game, "generosity": round(best, 6), "response_lag": lag, "asked": "discount"}
    yield simulated(said, discount, by_runs, width=0.03)


@check("N4")
def generosity_without_discount(draw: Draw) -> Iterator[Comparison]:
    game = draw.dilemma(lambda game: theory.theta_tit_for_tat(**game) < 0.9 and one_plan_binds(game))
    best = theory.best_generosity(**game)

    def gain(g: float) -> float:
        """Undiscounted: what one D adds up to, or the mean of D for ever, over C for ever."""
        acts = np.ones((2, 30), dtype=int)
        acts[0, 0], acts[1] = 0, 0
        earned = plans.payoffs(game, Memory(generosity=g), 1, acts) - game["reward"]
        return float(max(earned[0].sum(), earned[1, 10:].mean()))

    def by_chain() -> float:
        """The limit of critical generosities as the discount tends to 1, by two of them."""

        def critical(discount: float) -> float:
            def gain(g: float) -> float:
                rule = chains.generous(g)
                return chain.gain_of_leaving(rule, rule, chains.stage(game), Information(), discount)

            return root(gain, 0.0, 0.95)

        near, far = critical(0.9998), critical(0.9996)
        return 2 * near - far

    def by_runs(luck: Luck) -> Found:
        rule, size = chains.generous(best), 4000 * luck.times
        kept, once, always = (
            runs.earned(runs.dyad(plan, rule, game, 22), game, size, luck)[0]
            for plan in (chains.ALLC, runs.PLANS["once"], runs.PLANS["always"])
        )
        gains = ((once - kept).sum(axis=1), (always - kept)[:, 2:].mean(axis=1))
        return runs.mean(max(gains, key=lambda each: float(each.mean())))

    yield analytic(game, best, lambda: root(gain, 0.0, 1.0))
    yield exact(game, best, by_chain)
    said = {**game, "generosity": round(best, 6), "asked": "gain of the best plan"}
    yield simulated(said, 0.0, by_runs, width=0.15)


# --- what a slip costs (N5 to N8) ----------------------------------------------------------------------------------


def slope(payoff: Callable[[float], float], step: float = 1e-4) -> float:
    """Loss of payoff per unit of error at error 0, from four errors; what is left out is of their cube."""
    at = [payoff(number * step) for number in range(4)]
    return (11 * at[0] - 18 * at[1] + 9 * at[2] - 2 * at[3]) / (6 * step)


def _loss(
    told: dict[str, Any], predicted: float, rule: Automaton, game: Game, by_hand: Callable[[], float], width: float
) -> Iterator[Comparison]:
    yield analytic(told, predicted, by_hand)

    def payoff(error: float) -> float:
        return chains.long_run(rule, rule, game, Information(action_error=error))[0]

    yield exact(told, predicted, lambda: slope(payoff))

    def by_runs(luck: Luck) -> Found:
        """From two errors, under the same luck, so that what is of their square drops out."""
        small = 0.004
        lost = [
            game["reward"] - settled(rule, rule, game, error, luck, rounds=2200, left=200, count=300).mean(axis=0)
            for error in (small, 2 * small)
        ]
        return runs.mean((4 * lost[0] - lost[1]) / (2 * small))

    yield simulated(told, predicted, by_runs, width)


def contrite_slip(game: Game) -> float:
    """What a slip of one of two contrite parties costs both together, by standing; each slips, so it is the loss."""
    table = np.array([[game["punishment"], game["temptation"]], [game["sucker"], game["reward"]]])
    good, cost = [True, True], 0.0
    for t in range(20):
        acts = [int(not (good[i] and not good[1 - i])) for i in (0, 1)]
        if t == 3:
            acts[0] = 0
        good = [bool(acts[i] == 1 or (good[i] and not good[1 - i])) for i in (0, 1)]
        cost += float(2 * game["reward"] - table[acts[0], acts[1]] - table[acts[1], acts[0]])
    return cost


@check("N5", cases=3)
def contrite(draw: Draw) -> Iterator[Comparison]:
    game = draw.dilemma()
    predicted = theory.loss_of_contrite_tit_for_tat(**game)
    yield from _loss(game, predicted, chains.CONTRITE, game, lambda: contrite_slip(game), 0.12 * predicted)


@check("N6", cases=3)
def generous_loss(draw: Draw) -> Iterator[Comparison]:
    game, g = draw.dilemma(), draw.number(0.2, 0.6)
    predicted = theory.loss_of_generous_tit_for_tat(**game, generosity=g)

    def by_hand() -> float:
        return slope(lambda error: float(in_turn(generous(g), generous(g), game, error)[0]))

    yield from _loss({**game, "generosity": g}, predicted, chains.generous(g), game, by_hand, 0.15 * predicted)


@check("N7", cases=3)
def win_stay_loss(draw: Draw) -> Iterator[Comparison]:
    game = draw.dilemma()
    predicted = theory.loss_of_win_stay_lose_shift(**game)

    def by_hand() -> float:
        return slope(lambda error: float(in_turn(WIN_STAY, WIN_STAY, game, error)[0]))

    yield from _loss(game, predicted, chains.WIN_STAY, game, by_hand, 0.12 * predicted)


def _order(values: list[float]) -> list[bool]:
    return [a > b for a, b in combinations(values, 2)]


@check("N8", cases=3)
def ranking(draw: Draw) -> Iterator[Comparison]:
    g, error = draw.number(0.25, 0.4), 0.005

    def losses(game: Game) -> list[float]:
        return [
            theory.loss_of_contrite_tit_for_tat(**game),
            theory.loss_of_generous_tit_for_tat(**game, generosity=g),
            theory.loss_of_win_stay_lose_shift(**game),
            (game["reward"] - theory.noise_limit(**game)) / error,
        ]

    game = draw.dilemma(lambda game: bool(np.diff(sorted(losses(game))).min() > 1.0))
    rules = [chains.CONTRITE, chains.generous(g), chains.WIN_STAY, chains.TIT_FOR_TAT]
    predicted = _order([-loss for loss in losses(game)])
    told = {**game, "generosity": g, "action_error": error, "unit": "pairs of 4 rules in the order predicted"}

    def agree(values: list[float]) -> float:
        return float(sum(one == other for one, other in zip(_order(values), predicted, strict=True)))

    def by_hand() -> float:
        three_rules = [float(in_turn(rule, rule, game, error)[0]) for rule in (generous(g), WIN_STAY, COPY)]
        return agree([game["reward"] - error * contrite_slip(game), *three_rules])

    def by_chain() -> float:
        return agree([chains.long_run(rule, rule, game, Information(action_error=error))[0] for rule in rules])

    def by_runs(luck: Luck) -> Found:
        """Pairs in the order predicted, and how many may be and how many are for certain (99 % each)."""
        earned = [
            settled(rule, rule, game, error, luck, rounds=2400, left=800, count=150).mean(axis=0) for rule in rules
        ]
        apart = [runs.mean(a - b) for a, b in combinations(earned, 2)]
        half = [1.31 * (each.high - each.low) / 2 for each in apart]  # 99 % by 95 %
        signs = [each.value if above else -each.value for each, above in zip(apart, predicted, strict=True)]
        low = sum(sign > wide for sign, wide in zip(signs, half, strict=True))
        high = sum(sign > -wide for sign, wide in zip(signs, half, strict=True))
        return Found(float(sum(sign > 0 for sign in signs)), float(low), float(high))

    yield analytic(told, 6, by_hand)
    yield exact(told, 6, by_chain)
    yield simulated(told, 6, by_runs, width=0.5)


# --- strategies of memory one (N9, N10) ----------------------------------------------------------------------------


@check("N9")
def knife_edge(draw: Draw) -> Iterator[Comparison]:
    game = draw.dilemma()
    predicted = theory.margin_win_stay_lose_shift(**three(game))

    def by_hand() -> float:
        cooperates, taken = True, []
        for _ in range(1000):
            taken.append(game["temptation"] if cooperates else game["punishment"])
            cooperates = not cooperates  # a C met by D is left, a D met by D as well
        return game["reward"] - float(np.mean(taken))

    def by_chain() -> float:
        rule = chains.WIN_STAY
        kept = chains.long_run(rule, rule, game, Information())[0]
        return kept - chains.long_run(chains.ALLD, rule, game, Information())[0]

    def by_runs(luck: Luck) -> Found:
        paid = [
            runs.mean_payoffs(runs.dyad(mine, chains.WIN_STAY, game, 60))[0] for mine in (chains.WIN_STAY, chains.ALLD)
        ]
        return exactly(paid[0] - paid[1])

    yield analytic(game, predicted, by_hand)
    yield exact(game, predicted, by_chain)
    yield simulated(game, predicted, by_runs)


@check("N10")
def extortion(draw: Draw) -> Iterator[Comparison]:
    chi, game = draw.number(1.3, 3), draw.dilemma()
    surplus = {
        pair: (game[mine] - game["punishment"], game[theirs] - game["punishment"])
        for pair, mine, theirs in zip(("CC", "CD", "DC"), _OWN, _OTHER, strict=False)
    }
    line = {pair: mine - chi * theirs for pair, (mine, theirs) in surplus.items()}
    phi = 0.9 * min(1 / max(-line["CC"], -line["CD"]), 1 / line["DC"])
    rule = (1 + phi * line["CC"], 1 + phi * line["CD"], phi * line["DC"], 0.0)
    predicted = theory.extortion_ratio(rule, **game)
    partner = tuple(draw.number(0.3, 0.95) for _ in range(4))
    told = {**game, "after CC CD DC DD": [round(p, 6) for p in rule], "partner": list(partner)}

    def by_hand() -> float:
        mine, theirs = in_turn(rule, partner, game) - game["punishment"]
        return float(mine / theirs)

    def by_chain() -> float:
        both = chains.long_run(chains.memory_one(rule), chains.memory_one(partner), game, Information())
        return (both[0] - game["punishment"]) / (both[1] - game["punishment"])

    def by_runs(luck: Luck) -> Found:
        case = chains.memory_one(rule), chains.memory_one(partner)
        both = settled(*case, game, 0.0, luck, rounds=1100, left=100, count=300) - game["punishment"]
        return runs.ratio(both[0], both[1])

    yield analytic(told, predicted, by_hand)
    yield exact(told, predicted, by_chain)
    yield simulated(told, predicted, by_runs, width=0.15)


# --- batches (N11) -------------------------------------------------------------------------------------------------


def least_punishment(game: Game, w: float, q: float, f: float, k: int) -> tuple[float, float] | None:
    """Smallest chance of punishment that deters every plan of a block of k rounds, and the value it leaves."""
    reward, punishment = game["reward"], game["punishment"]

    def value(beta: float) -> float:
        """Of cooperating for ever: blocks are added up until nothing is left of the weight of one."""
        bad, total, weight, intact = f**k * beta, 0.0, 1.0, 1.0
        while weight > 1e-15:
            total += weight * (1 - w**k) * (intact * reward + (1 - intact) * punishment)
            weight, intact = weight * w**k, intact * (1 - bad)
        return total

    def gain(beta: float) -> float:
        kept, best = value(beta), -np.inf
        for plan in product((0, 1), repeat=k):
            if any(plan):
                paid = (game["temptation"] if d else reward for d in plan)
                now = sum((1 - w) * w**t * one for t, one in enumerate(paid))
                bad = q ** sum(plan) * f ** (k - sum(plan)) * beta
                best = max(best, now + w**k * ((1 - bad) * kept + bad * punishment))
        return float(best - kept)

    if gain(1.0) > 1e-12:
        return None
    beta = root(gain, 0.0, 1.0)
    return beta, value(beta)


@check(
    "N11",
    exact=f"{NO_PAIR}: a signal common to both, released in blocks, is not in the chain",
    simulated=f"{NO_MECHANISM}: {PUBLIC}",
)
def batches(draw: Draw) -> Iterator[Comparison]:
    k, w, q = draw.whole(1, 4), draw.number(0.95, 0.99), draw.number(0.6, 0.9)
    f = draw.number(0.05, 0.4)
    game = draw.dilemma(
        lambda game: abs(theory.margin_batched(**three(game), discount=w, noticed=q, false_alarm=f, block=k)) > 0.02
    )
    rest: dict[str, Any] = {"discount": w, "noticed": q, "false_alarm": f, "block": k}
    margin = theory.margin_batched(**{**three(game), **rest})
    told = {**game, **rest}
    yield analytic({**told, "asked": "feasible"}, margin >= 0, lambda: least_punishment(game, w, q, f, k) is not None)
    if margin >= 0:

        def left() -> tuple[float, float]:
            beta, value = least_punishment(game, w, q, f, k) or (np.nan, np.nan)
            return (value - game["punishment"]) * (1 - beta), value

        yield analytic({**told, "asked": "value"}, theory.batched_value(**{**three(game), **rest}), lambda: left()[1])
        yield analytic({**told, "asked": "margin"}, margin, lambda: left()[0])
