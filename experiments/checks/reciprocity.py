"""Two parties: lag, information, attention, stakes, linkage, endings (R1 to R9, R11 to R23)."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from experiments.checks import (
    NO_MECHANISM,
    NO_PAIR,
    PAYOFFS,
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
    searched,
    simulated,
)
from experiments.checks.plans import Memory, discounted, root
from sim import exact as chain
from sim import theory
from sim.automata import Automaton
from sim.exact import Information

COPY, FORGET_NOT = Memory(), Memory(forgives=False)
OF = {COPY: chains.TIT_FOR_TAT, FORGET_NOT: chains.GRIM}
RUNS, WIDTH = 6000, 0.03
"""Runs of each plan, and the widest interval of a critical discount that counts."""
CLOCK = "a plan reads the clock; runs and automata have none"


def three(game: Game) -> dict[str, float]:
    """T, R and P without S."""
    return {name: game[name] for name in PAYOFFS[:3]}


def trp(game: Game) -> tuple[float, float, float]:
    """T, R and P in a row."""
    return game["temptation"], game["reward"], game["punishment"]


def within(low: float, high: float, critical: Callable[[Game], float]) -> Callable[[Game], bool]:
    """Keeps dilemmas whose critical discount lies in a range."""

    def keep(game: Game) -> bool:
        try:
            return low < critical(game) < high
        except theory.NoClosedForm:
            return False

    return keep


def one_plan_binds(game: Game) -> bool:
    """Whether one defection and lasting defection tempt differently, so that no two plans tie at the border."""
    once = (game["temptation"] - game["reward"]) / (game["reward"] - game["sucker"])
    always = (game["temptation"] - game["reward"]) / (game["temptation"] - game["punishment"])
    return abs(once - always) > 0.1


def border(told: Mapping[str, Any], predicted: float, game: Game, memory: Memory, lag: int) -> Iterator[Comparison]:
    """A critical discount without noise on all three floors."""
    rule = OF[memory]
    yield analytic(told, predicted, lambda: plans.critical_discount(game, memory, lag + 1))
    yield exact(told, predicted, lambda: chains.critical_discount(rule, game, Information(lag)))
    yield simulated(
        told, predicted, lambda luck: searched.border(rule.name, game, luck, f"information.response_lag={lag}")
    )


@check("R1")
def tit_for_tat(draw: Draw) -> Iterator[Comparison]:
    game = draw.dilemma(within(0.1, 0.85, lambda game: theory.theta_tit_for_tat(**game)))
    yield from border(game, theory.theta_tit_for_tat(**game), game, COPY, 0)


@check("R2")
def grim(draw: Draw) -> Iterator[Comparison]:
    game = draw.dilemma(within(0.1, 0.85, lambda game: theory.theta_grim(**three(game))))
    yield from border(game, theory.critical_discount_grim(**three(game)), game, FORGET_NOT, 0)


@check("R3")
def lagged_tit_for_tat(draw: Draw) -> Iterator[Comparison]:
    lag = draw.whole(1, 4)
    game = draw.dilemma(within(0.2, 0.86, lambda game: theory.critical_discount_tit_for_tat(**game, response_lag=lag)))
    predicted = theory.critical_discount_tit_for_tat(**game, response_lag=lag)
    yield from border({**game, "response_lag": lag}, predicted, game, COPY, lag)


@check("R4")
def lagged_grim(draw: Draw) -> Iterator[Comparison]:
    lag = draw.whole(1, 5)
    game = draw.dilemma(within(0.2, 0.86, lambda game: theory.critical_discount_grim(**three(game), response_lag=lag)))
    predicted = theory.critical_discount_grim(**three(game), response_lag=lag)
    yield from border({**game, "response_lag": lag}, predicted, game, FORGET_NOT, lag)


def last_that_holds(gain: Callable[[int], float], most: int = 60) -> float:
    """The greatest whole number, from 0 on, up to which nothing is gained; -1 if already at 0 something is."""
    for number in range(most):
        if gain(number) > 1e-12:
            return number - 1
    return float("nan")


@check("R5")
def longest_lag(draw: Draw) -> Iterator[Comparison]:
    def off_a_tie(drawn: tuple[Game, float]) -> bool:
        game, discount = drawn
        theta = theory.theta_tit_for_tat(**game)
        real = np.log(theta) / np.log(discount) if theta < 1 else 0.0
        return bool(0.1 < real % 1 < 0.9 and 1 < real < 7)

    game, discount = draw.until(lambda: (draw.dilemma(), draw.number(0.7, 0.95)), off_a_tie)
    predicted = theory.longest_response_lag(theory.theta_tit_for_tat(**game), discount)
    told = {**game, "discount": discount}

    def by_plans(lag: int) -> float:
        return plans.gain(plans.payoffs(game, COPY, lag + 1), discount)

    def by_chain(lag: int) -> float:
        rule = chains.TIT_FOR_TAT
        return chain.gain_of_leaving(rule, rule, chains.stage(game), Information(lag), discount)

    def by_runs(lag: int) -> float:
        def paid(mine: Automaton) -> float:
            told = {"information__response_lag": lag, "parties__named__iom__response_lag": 0}
            return runs.payoffs(runs.dyad(mine, chains.TIT_FOR_TAT, game, 500, horizon__discount=discount, **told))[0]

        return max(paid(plan) for plan in runs.PLANS.values()) - paid(chains.ALLC)

    yield analytic(told, predicted, lambda: last_that_holds(by_plans) + 1)
    yield exact(told, predicted, lambda: last_that_holds(by_chain) + 1)
    yield simulated(told, predicted, lambda luck: exactly(last_that_holds(by_runs) + 1))


def echo_by_hand(game: Game, lags: tuple[int, int]) -> float:
    """One forced slip between two copies, played out; mean of both sides over whole periods."""
    period = sum(lags) + 2
    acts = np.ones((30 * period, 2), dtype=int)
    for t in range(len(acts)):
        for side in (0, 1):
            if t > lags[side]:
                acts[t, side] = acts[t - lags[side] - 1, 1 - side]
        if t == 5:
            acts[t, 0] = 0
    table = np.array([[game["punishment"], game["temptation"]], [game["sucker"], game["reward"]]])
    return float(table[acts[-10 * period :, 0], acts[-10 * period :, 1]].mean())


@check("R6")
def echo(draw: Draw) -> Iterator[Comparison]:
    game, lags = draw.dilemma(), (0, draw.whole(0, 6))
    free = (draw.whole(0, 5), draw.whole(0, 5))
    rest = {name: game[name] for name in ("temptation", "reward", "sucker")}
    for pair in (free, lags):
        told = {**game, "response_lag": pair[0], "other_response_lag": pair[1]}
        predicted = theory.echo_payoff(**rest, response_lag=pair[0], other_response_lag=pair[1])
        yield analytic(told, predicted, lambda pair=pair: echo_by_hand(game, pair))
    known = Information(*lags)
    slip, copy = chains.slips_first(), chains.TIT_FOR_TAT  # with lag 0 it slips exactly once
    yield exact(told, predicted, lambda: chains.long_run(slip, copy, game, known)[0])

    def by_runs(luck: Luck) -> Found:
        told = {"parties__named__iom__response_lag": 0, "parties__named__ministry_1__response_lag": lags[1]}
        return exactly(runs.mean_payoffs(runs.dyad(slip, copy, game, 12 * (sum(lags) + 2), **told))[1])

    yield simulated(told, predicted, by_runs)


@check("R7")
def two_lags(draw: Draw) -> Iterator[Comparison]:
    lags = draw.until(lambda: (draw.whole(0, 4), draw.whole(0, 4)), lambda pair: pair[0] != pair[1])

    def critical(game: Game) -> float:
        theta = theory.theta_tit_for_tat(**game)
        return root(lambda discount: theory.index_of_pair(discount, *lags) - theta, 0.0, 0.9999)

    game = draw.dilemma(within(0.2, 0.86, critical))
    told = {**game, "response_lag": lags[0], "other_response_lag": lags[1]}
    rule = chains.TIT_FOR_TAT

    def by_plans() -> float:
        return max(plans.critical_discount(game, COPY, lag + 1) for lag in lags)

    def by_chain() -> float:
        return max(chains.critical_discount(rule, game, Information(*pair)) for pair in (lags, lags[::-1]))

    def by_runs(luck: Luck) -> Found:
        """Both may leave; each is answered with the lag of the other."""
        named = (f"parties.named.ministry_{i + 1}.response_lag={lag}" for i, lag in enumerate(lags))
        return searched.border(rule.name, game, luck, *named)

    yield analytic(told, critical(game), by_plans)
    yield exact(told, critical(game), by_chain)
    yield simulated(told, critical(game), by_runs)


# --- invasion (R8, R9) ---------------------------------------------------------------------------------------------


def pairs_by_hand(game: Game, discount: float, lag: int) -> dict[str, float]:
    """Payoff of the first of a pair, c tit for tat and d a defector, by adding up their rounds."""
    ell = lag + 1
    return {
        "cc": game["reward"],
        "cd": discounted([game["sucker"]] * ell + [game["punishment"]], discount),
        "dc": discounted([game["temptation"]] * ell + [game["punishment"]], discount),
        "dd": game["punishment"],
    }


def pairs_by_chain(game: Game, discount: float, lag: int) -> dict[str, float]:
    who = {"c": chains.TIT_FOR_TAT, "d": chains.ALLD}
    return {a + b: chains.worth(who[a], who[b], game, Information(lag), discount) for a, b in product("cd", repeat=2)}


def pairs_by_runs(game: Game, discount: float, lag: int) -> dict[str, float]:
    who = {"c": chains.TIT_FOR_TAT, "d": chains.ALLD}
    told = {"horizon__discount": discount, "information__response_lag": lag}
    return {a + b: runs.payoffs(runs.dyad(who[a], who[b], game, 600, **told))[0] for a, b in product("cd", repeat=2)}


def invaded(paid: dict[str, float]) -> float:
    """Share of meetings among themselves at which a few copies earn what the defectors earn."""
    return root(lambda share: share * paid["cc"] + (1 - share) * paid["cd"] - paid["dd"], 0.0, 1.0)


def separatrix(paid: dict[str, float]) -> float:
    """The share that neither grows nor falls: the replicator backwards in time ends there."""
    share = 0.5
    for _ in range(400_000):
        apart = share * (paid["cc"] - paid["dc"]) + (1 - share) * (paid["cd"] - paid["dd"])
        step = -0.1 * share * (1 - share) * apart
        share += step
        if abs(step) < 1e-14:
            break
    return share


def _invasion(
    draw: Draw, form: Callable[..., float], find: Callable[[dict[str, float]], float]
) -> Iterator[Comparison]:
    lag, discount = draw.whole(0, 3), draw.number(0.88, 0.96)

    def keep(game: Game) -> bool:
        return theory.critical_discount_grim(**three(game), response_lag=lag) < discount - 0.03

    game = draw.dilemma(keep)
    predicted = form(**game, discount=discount, response_lag=lag)
    told = {**game, "discount": discount, "response_lag": lag}
    yield analytic(told, predicted, lambda: find(pairs_by_hand(game, discount, lag)))
    yield exact(told, predicted, lambda: find(pairs_by_chain(game, discount, lag)))
    yield simulated(told, predicted, lambda luck: exactly(find(pairs_by_runs(game, discount, lag))))


@check("R8")
def cluster(draw: Draw) -> Iterator[Comparison]:
    yield from _invasion(draw, lambda **told: theory.cluster_share(**told), invaded)


@check("R9")
def basin(draw: Draw) -> Iterator[Comparison]:
    yield from _invasion(draw, lambda **told: theory.tit_for_tat_separatrix(**told), separatrix)


# --- what is read (R11 to R13, R21 to R23) -------------------------------------------------------------------------


def reading(
    told: Mapping[str, Any],
    predicted: float,
    game: Game,
    memory: Memory,
    rule: Automaton,
    lag: int,
    leave: tuple[str, ...],
    on_chain: bool = True,
) -> Iterator[Comparison]:
    """A critical discount with reports that are lost, missed or false, on all three floors."""
    errors: dict[str, Any] = {"miss": 1 - memory.noticed, "false_alarm": memory.false_alarm}
    known = Information(lag, attended=memory.attended, **errors)
    yield analytic(told, predicted, lambda: plans.critical_discount(game, memory, lag + 1))
    if on_chain:
        yield exact(told, predicted, lambda: chains.critical_discount(rule, game, known, leaving=False))
        said = {f"information__{name}": value for name, value in errors.items()}
        yield simulated(
            told,
            predicted,
            lambda luck: runs.critical_discount(
                rule, game, luck, RUNS, leave,
                information__response_lag=lag, interaction__attention=memory.attended, **said,
            ),
            WIDTH,
        )  # fmt: skip


def by_command(draw: Draw, family: str) -> Iterator[Comparison]:
    """A critical discount under misses and inattention as the command for borders finds it, by plans of its own."""
    rule = {"grim": chains.GRIM, "tit_for_tat": chains.TIT_FOR_TAT}[family]

    def make() -> tuple[Game, dict[str, float]]:
        attended = draw.number(0.5, 0.9) if family == "grim" else 1.0
        return draw.dilemma(), {"response_lag": draw.whole(0, 1), "attended": attended, "noticed": draw.number(0.7, 1)}

    def critical(game: Game, read: dict[str, float]) -> float:
        if family == "grim":
            return indexed(lambda w: theory.index_grim(w, **read), theory.theta_grim(**three(game)))
        return indexed(lambda w: theory.index_tit_for_tat(w, **read), theory.theta_tit_for_tat(**game))

    game, read = draw.until(make, lambda told: 0.2 < critical(*told) < 0.8 and one_plan_binds(told[0]))
    said = (
        f"information.response_lag={read['response_lag']}",
        f"information.miss={1 - read['noticed']:.4f}",
        f"interaction.attention={read['attended']}",
    )
    yield simulated(
        {**game, **read, "found by": "experiments.border"},
        critical(game, read),
        lambda luck: searched.border(rule.name, game, luck, *said, width=searched.WIDTH),
        searched.WIDTH,
    )


def indexed(index: Callable[[float], float], theta: float) -> float:
    """The discount at which an index reaches theta; nan if none below .9999 does."""
    return root(lambda discount: index(discount) - theta, 0.0, 0.9999)


@check("R11")
def product_of_factors(draw: Draw) -> Iterator[Comparison]:
    def make(sanctioners: float) -> tuple[Game, dict[str, float]]:
        read = {"response_lag": draw.whole(0, 2), "noticed": draw.number(0.7, 1), "generosity": draw.number(0, 0.25)}
        return draw.dilemma(), {**read, "sanctioners": sanctioners}

    def critical(game: Game, read: dict[str, float]) -> float:
        theta = theory.theta_tit_for_tat(**game)
        return indexed(lambda w: theory.index_with_sanctioners(w, **read), theta)

    for sanctioners in (1.0, draw.number(0.6, 0.95)):
        game, read = draw.until(
            lambda sanctioners=sanctioners: make(sanctioners),
            lambda told: 0.2 < critical(*told) < 0.8 and one_plan_binds(told[0]),
        )
        memory = Memory(**{name: value for name, value in read.items() if name != "response_lag"})
        lag, rule, leave = int(read["response_lag"]), chains.generous(read["generosity"]), ("always", "once")
        told = {**game, **read}
        yield from reading(told, critical(game, read), game, memory, rule, lag, leave, on_chain=sanctioners == 1)
    yield from by_command(draw, "tit_for_tat")


@check("R12")
def false_alarms(draw: Draw) -> Iterator[Comparison]:
    def make() -> tuple[Game, dict[str, float]]:
        read = {"noticed": draw.number(0.75, 1), "false_alarm": draw.number(0.02, 0.2)}
        return draw.additive(), {"response_lag": draw.whole(0, 2), **read, "generosity": draw.number(0, 0.15)}

    def critical(game: Game, read: dict[str, float]) -> float:
        return root(lambda w: theory.margin_with_false_alarms(**game, discount=w, **read), 0.0, 0.9999)

    game, read = draw.until(make, lambda told: 0.2 < critical(*told) < 0.8)
    memory = Memory(**{name: value for name, value in read.items() if name != "response_lag"})
    lag, rule = int(read["response_lag"]), chains.generous(read["generosity"])
    yield from reading({**game, **read}, critical(game, read), game, memory, rule, lag, ("always",))


def _grim_that_reads(draw: Draw, a: float, q: float) -> Iterator[Comparison]:
    def critical(game: Game, lag: int) -> float:
        return indexed(lambda w: theory.index_grim(w, lag, a, q), theory.theta_grim(**three(game)))

    game, lag = draw.until(lambda: (draw.dilemma(), draw.whole(0, 3)), lambda told: 0.2 < critical(*told) < 0.82)
    told = {**game, "response_lag": lag, "attended": a, "noticed": q}
    memory = Memory(forgives=False, attended=a, noticed=q)
    yield from reading(told, critical(game, lag), game, memory, chains.GRIM, lag, ("always",))


@check("R13")
def grim_that_misses(draw: Draw) -> Iterator[Comparison]:
    yield from _grim_that_reads(draw, 1.0, draw.number(0.4, 0.95))


@check("R23")
def grim_that_does_not_attend(draw: Draw) -> Iterator[Comparison]:
    attention, partners = draw.number(1, 4, 1), draw.whole(4, 6)
    a = theory.attended(attention, partners)
    yield analytic({"attention": attention, "partners": partners}, a, lambda: attended_by_count(attention, partners))
    yield from _grim_that_reads(draw, round(a, 4), draw.number(0.6, 1))
    yield from by_command(draw, "grim")


def attended_by_count(attention: float, partners: int) -> float:
    """Share of reports that are read when tenths of a partner are handed out in turn, none more than one."""
    left, share = round(attention * 1000), 0
    each = min(1000, left // partners)
    share = each * partners + min(left - each * partners, (1000 - each) * partners)
    return share / (1000 * partners)


@check("R22")
def tit_for_tat_that_does_not_attend(draw: Draw) -> Iterator[Comparison]:
    def make() -> tuple[Game, dict[str, float]]:
        read = {"attended": draw.number(0.4, 0.9), "noticed": draw.number(0.8, 1), "generosity": draw.number(0, 0.1)}
        return draw.dilemma(), {"response_lag": draw.whole(0, 2), **read}

    def critical(game: Game, read: dict[str, float]) -> float:
        return indexed(lambda w: theory.index_tit_for_tat(w, **read), theory.theta_tit_for_tat(**game))

    def lasting_binds(game: Game) -> bool:  # inattention stretches a deviator's own plans too, but not D for ever
        return game["temptation"] - game["punishment"] < game["reward"] - game["sucker"] - 0.2

    game, read = draw.until(make, lambda told: 0.2 < critical(*told) < 0.82 and lasting_binds(told[0]))
    memory = Memory(**{name: value for name, value in read.items() if name != "response_lag"})
    lag, rule = int(read["response_lag"]), chains.generous(read["generosity"])
    yield from reading({**game, **read}, critical(game, read), game, memory, rule, lag, ("always",))


@check("R21")
def pooled_reports(draw: Draw) -> Iterator[Comparison]:
    q, lag = draw.number(0.2, 0.6), draw.whole(0, 2)

    def wanted(drawn: tuple[Game, float]) -> bool:
        game, discount = drawn
        theta = theory.theta_tit_for_tat(**game)
        if discount ** (lag + 1) <= theta * 1.05:
            return False
        least = theory.least_monitors(theta, discount, lag, q)
        near = [discount ** (lag + 1) * (1 - (1 - q) ** m) - theta for m in (least - 1, least)]
        return 2 <= least <= 8 and min(map(abs, near)) > 0.03 and one_plan_binds(game)

    game, discount = draw.until(lambda: (draw.dilemma(), draw.number(0.8, 0.95)), wanted)
    theta = theory.theta_tit_for_tat(**game)
    told = {**game, "discount": discount, "response_lag": lag, "noticed": q}
    predicted = theory.least_monitors(theta, discount, lag, q)

    def noticed(monitors: int) -> float:
        """Chance that one of them notices, over every way in which they may."""
        ways = product((q, 1 - q), repeat=monitors)
        return sum(float(np.prod(way)) for way in ways) - (1 - q) ** monitors

    def first(gain: Callable[[int], float]) -> float:
        return next(m for m in range(1, 12) if gain(m) <= 0)

    def by_plans(monitors: int) -> float:
        return plans.gain(plans.payoffs(game, Memory(noticed=noticed(monitors)), lag + 1), discount)

    def by_chain(monitors: int) -> float:
        known = Information(lag, miss=(1 - q) ** monitors)
        return chain.gain_of_defecting(chains.TIT_FOR_TAT, chains.stage(game), known, discount)

    def by_runs(luck: Luck) -> Found:
        """The broker pools reports; how many it takes, and the interval of those that may be enough."""
        signs = {m: _gain_under_a_broker(game, discount, lag, q, m, luck) for m in range(1, predicted + 4)}
        least = min([m for m, sign in signs.items() if sign.low <= 0], default=predicted + 4)
        most = min([m for m, sign in signs.items() if sign.high < 0], default=predicted + 4)
        return Found(min([m for m, sign in signs.items() if sign.value <= 0], default=most), least, most)

    yield analytic(
        {"noticed": q, "monitors": predicted}, theory.pooled_noticed(q, predicted), lambda: noticed(predicted)
    )
    yield analytic(told, predicted, lambda: first(by_plans))
    yield exact(told, predicted, lambda: first(by_chain))
    yield simulated(told, predicted, by_runs, width=0.5)


def _gain_under_a_broker(game: Game, discount: float, lag: int, q: float, monitors: int, luck: Luck) -> Found:
    """What the better of two plans gains over cooperating, with its interval."""
    told = {
        "institution__broker__active": True,
        "institution__broker__reporters": monitors,
        "institution__broker__lag_factor": 1.0,
        "institution__broker__price": 0.0,
        "information__miss": 1 - q,
        "information__response_lag": lag,
        "parties__named__iom__response_lag": 0,
    }
    weights = (1 - discount) * discount ** np.arange(200)
    paid = [
        runs.earned(runs.dyad(plan, chains.TIT_FOR_TAT, game, 200, **told), game, 2500 * luck.times, luck)[0] @ weights
        for plan in (runs.PLANS["always"], runs.PLANS["once"])
    ]
    best = max(paid, key=lambda each: float(each.mean()))
    return runs.mean(best - game["reward"])


# --- stakes and links between games (R14 to R16) -------------------------------------------------------------------

UNSEEN = "no party of the model sees a stake before it acts"


def gain_at_high_stake(game: Game, shadow: float, high: float, chance: float, forgives: bool) -> float:
    """Gain of a first D at the high stake with the best plan after it; two stakes of mean 1, values by iteration."""
    stakes = np.array([high, (1 - chance * high) / (1 - chance)])
    chances, calm, hurt = np.array([chance, 1 - chance]), game["reward"], game["punishment"]
    while True:
        keep = (1 - shadow) * game["reward"] * stakes + shadow * calm
        leave = (1 - shadow) * game["temptation"] * stakes + shadow * hurt
        back = (1 - shadow) * game["sucker"] * stakes + shadow * (calm if forgives else hurt)
        stay = (1 - shadow) * game["punishment"] * stakes + shadow * hurt
        new = float(chances @ np.maximum(keep, leave)), float(chances @ np.maximum(back, stay))
        if abs(new[0] - calm) + abs(new[1] - hurt) < 1e-14:
            return float(leave[0] - keep[0])
        calm, hurt = new


@check("R14", exact=f"{NO_PAIR}: an automaton sees no stake", simulated=f"{NO_MECHANISM}: {UNSEEN}")
def stakes_and_grim(draw: Draw) -> Iterator[Comparison]:
    high, chance = draw.number(1.2, 4), draw.number(0.05, 0.2)
    game = draw.dilemma(
        within(0.2, 0.95, lambda game: theory.critical_discount_grim_with_stakes(**three(game), highest_stake=high))
    )
    predicted = theory.critical_discount_grim_with_stakes(**three(game), highest_stake=high)
    yield analytic(
        {**game, "highest_stake": high, "chance": chance},
        predicted,
        lambda: root(lambda w: gain_at_high_stake(game, w, high, chance, forgives=False), 0.02, 0.98),
    )


@check("R15", exact=f"{NO_PAIR}: an automaton sees no stake", simulated=f"{NO_MECHANISM}: {UNSEEN}")
def stakes_and_tit_for_tat(draw: Draw) -> Iterator[Comparison]:
    lag, discount, chance = draw.whole(0, 2), draw.number(0.9, 0.97), draw.number(0.05, 0.15)

    def keep(game: Game) -> bool:
        if game["punishment"] - game["sucker"] > game["temptation"] - game["reward"]:
            return False
        return 1.05 < theory.highest_stake_of_tit_for_tat(**game, discount=discount, response_lag=lag) < 4

    game = draw.dilemma(keep)
    predicted = theory.highest_stake_of_tit_for_tat(**game, discount=discount, response_lag=lag)
    shadow = discount ** (lag + 1)
    yield analytic(
        {**game, "discount": discount, "response_lag": lag, "chance": chance},
        predicted,
        lambda: root(lambda high: gain_at_high_stake(game, shadow, high, chance, forgives=True), 1.0, 6.0),
    )


@check("R15b", exact=f"{NO_PAIR}: an automaton sees no stake", simulated=f"{NO_MECHANISM}: {UNSEEN}")
def stakes_and_lag(draw: Draw) -> Iterator[Comparison]:
    lag, high = draw.whole(1, 4), draw.number(1.2, 3)

    def critical(game: Game) -> float:
        return root(
            lambda w: theory.margin_grim_with_stakes(**three(game), discount=w, response_lag=lag, highest_stake=high),
            0.0,
            0.9999,
        )

    game = draw.dilemma(within(0.2, 0.95, critical))

    def by_plans() -> float:
        earned = plans.payoffs(game, FORGET_NOT, lag + 1)
        earned[:, 0] *= high  # the stake of round 0 is seen; those that follow are worth their mean
        return root(lambda w: plans.gain(earned, w), plans.LOW, plans.HIGH)

    yield analytic({**game, "response_lag": lag, "highest_stake": high}, critical(game), by_plans)


@check("R16", simulated=f"{NO_MECHANISM}: parties play one game, issues are not linked")
def linked_games(draw: Draw) -> Iterator[Comparison]:
    lag, count = draw.whole(0, 2), draw.whole(2, 4)
    games = [draw.dilemma() for _ in range(count)]
    predicted = theory.critical_discount_linked([trp(game) for game in games], lag)
    told = {"games": [list(game.values()) for game in games], "response_lag": lag}

    def by_plans() -> float:
        """A D in any of the games, whatever subset, is answered by P in all from round ell on."""

        def gain(discount: float) -> float:
            best = -np.inf
            for chosen in product((0, 1), repeat=count):
                if any(chosen):
                    early = sum(
                        game["temptation"] if d else game["reward"] for game, d in zip(games, chosen, strict=True)
                    )
                    late = sum(game["punishment"] for game in games)
                    best = max(best, discounted([early] * (lag + 1) + [late], discount))
            return best - sum(game["reward"] for game in games)

        return root(gain, 0.01, 0.995)

    def by_chain() -> float:
        """One act in all: the games added up."""
        total = {name: sum(game[name] for game in games) for name in PAYOFFS}
        return chains.critical_discount(chains.GRIM, total, Information(lag))

    yield analytic(told, predicted, by_plans)
    yield exact(told, predicted, by_chain)
    same = theory.critical_discount_linked([trp(games[0])] * count, lag)
    yield exact(
        {**games[0], "identical games": count, "response_lag": lag},
        same,
        lambda: chains.critical_discount(chains.GRIM, games[0], Information(lag)),
    )


# --- endings and sums (R17 to R20) ---------------------------------------------------------------------------------


@check("R17", simulated=f"{NO_MECHANISM}: no strategy of the model reads the clock")
def known_end(draw: Draw) -> Iterator[Comparison]:
    rounds, lag, discount = draw.whole(6, 7), draw.whole(0, 3), draw.number(0.93, 1)

    def keep(game: Game) -> bool:
        return theory.theta_tit_for_tat(**game) < discount ** (lag + 1) - 0.02

    game = draw.dilemma(keep)
    predicted = theory.defections_before_known_end(theory.theta_tit_for_tat(**game), rounds, lag, discount)
    told = {**game, "rounds": rounds, "response_lag": lag, "discount": discount}
    every = np.array(list(product((0, 1), repeat=rounds)))

    def by_hand() -> float:
        answer = np.ones_like(every)
        answer[:, lag + 1 :] = every[:, : max(0, rounds - lag - 1)]
        table = np.array([[game["punishment"], game["temptation"]], [game["sucker"], game["reward"]]])
        best = every[np.argmax(table[every, answer] @ discount ** np.arange(rounds))]
        return float(rounds - best.sum()) if (np.diff(best) <= 0).all() else float("nan")

    def by_chain() -> float:
        known = Information(0, lag)

        def paid(plan: np.ndarray) -> float:
            mine = chains.script("".join("DC"[act] for act in plan))
            return chain.window_payoffs(mine, chains.TIT_FOR_TAT, chains.stage(game), known, discount, rounds)[0]

        best = max(every, key=paid)
        return float(rounds - best.sum()) if (np.diff(best) <= 0).all() else float("nan")

    yield analytic(told, predicted, by_hand)
    yield exact(told, predicted, by_chain)


@check("R18", exact=f"{NO_PAIR}: {CLOCK}")
def random_ending(draw: Draw) -> Iterator[Comparison]:
    chance = draw.number(0.02, 0.3, 3)
    told = {"end_chance": chance}
    rounds = np.arange(1, 20_000)
    lengths = chance * (1 - chance) ** (rounds - 1.0)
    mean, median = theory.mean_length(chance), theory.median_length(chance)
    yield analytic({**told, "length": "mean"}, mean, lambda: float(rounds @ lengths))
    yield analytic({**told, "length": "median"}, median, lambda: float(rounds[np.argmax(np.cumsum(lengths) >= 0.5)]))

    def lasted(luck: Luck) -> np.ndarray:
        case = runs.dyad(
            chains.ALLC, chains.ALLC, draw_free, 1200, horizon__ending="random", horizon__discount=1 - chance
        )
        return runs.measured(case, "rounds_played", 4000 * luck.times, luck)

    def middle(luck: Luck) -> Found:
        found = np.sort(lasted(luck))
        off = 1.96 * np.sqrt(found.size) / 2
        low, high = found[int(found.size / 2 - off) - 1], found[int(found.size / 2 + off)]
        return Found(float(np.median(found)), float(low), float(high))

    yield simulated({**told, "length": "mean"}, mean, lambda luck: runs.mean(lasted(luck)), width=0.1 * mean)
    yield simulated({**told, "length": "median"}, median, middle, width=0.12 * mean + 1)


draw_free: Game = {"temptation": 5.0, "reward": 3.0, "punishment": 1.0, "sucker": 0.0}


@check("R19")
def never_leads(draw: Draw) -> Iterator[Comparison]:
    game, lag = draw.dilemma(), draw.whole(0, 4)
    predicted = theory.greatest_deficit_of_tit_for_tat(game["temptation"], game["sucker"], lag)
    told = {**game, "response_lag": lag}

    def by_hand() -> float:
        own = np.array(list(product((0, 1), repeat=11)))
        copy = np.ones_like(own)
        copy[:, lag + 1 :] = own[:, : -lag - 1]
        table = np.array([[game["punishment"], game["temptation"]], [game["sucker"], game["reward"]]])
        behind = np.cumsum(table[own, copy] - table[copy, own], axis=1)
        return float(behind.max()) if behind.min() >= -1e-9 else float("nan")

    def by_chain() -> float:
        both = chain.window_payoffs(chains.ALLD, chains.TIT_FOR_TAT, chains.stage(game), Information(lag), 1, 30)
        return 30 * (both[0] - both[1])

    def by_runs(luck: Luck) -> Found:
        """The greatest deficit against many a partner, scripts of every way to begin among them."""
        worst = -np.inf
        told = {"information__response_lag": lag, "parties__named__iom__response_lag": 0}
        for acts in ("D", "DC", "CD", "DCD", "CCD", "DDC"):
            theirs, ours = runs.earned(
                runs.dyad(chains.script(acts), chains.TIT_FOR_TAT, game, 30, **told), game, 1, luck
            )
            worst = max(worst, float(np.cumsum(theirs - ours).max()))
        return exactly(worst)

    yield analytic(told, predicted, by_hand)
    yield exact(told, predicted, by_chain)
    yield simulated(told, predicted, by_runs)


@check(
    "R20",
    exact=f"{NO_PAIR}: who meets whom is drawn",
    simulated=f"{NO_MECHANISM}: links last, parties are not matched at random",
)
def rare_meetings(draw: Draw) -> Iterator[Comparison]:
    parties = 2 * draw.whole(1, 6)
    meeting = theory.meeting_chance(parties)
    yield analytic(
        {"parties": parties},
        meeting,
        lambda: (parties // 2) / len([p for p in product(range(parties), repeat=2) if p[0] < p[1]]),
    )
    game = draw.dilemma(lambda game: theory.theta_tit_for_tat(**game) < 0.9)
    predicted = theory.critical_discount_rare_meetings(theory.theta_tit_for_tat(**game), meeting)
    wait = np.arange(1, 40_000)
    chances = meeting * (1 - meeting) ** (wait - 1.0)

    def gain(discount: float) -> float:
        """Of one D, or of D for ever, over C at all meetings; the game counts meetings, the discount rounds."""
        answer = float(chances @ discount**wait)  # what the next meeting weighs
        once = game["temptation"] - game["reward"] + answer * (game["sucker"] - game["reward"])
        later = sum(answer**k for k in range(1, 3000)) if answer < 0.98 else answer / (1 - answer)
        always = game["temptation"] - game["reward"] + later * (game["punishment"] - game["reward"])
        return max(once, always)

    yield analytic({**game, "parties": parties}, predicted, lambda: root(gain, 0.01, 0.9995))
