"""Many parties in one group, volunteers, links, fines (A1 to A19)."""

import math
from collections.abc import Callable, Iterator
from itertools import combinations, product

import numpy as np
from scipy.integrate import quad

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
    plans,
    runs,
    simulated,
)
from experiments.checks.plans import discounted, root
from sim import theory
from sim.exact import Information

GROUPS = "the model has links of two, no group whose members share one return"
COLLECTIVE = f"{NO_MECHANISM}: {GROUPS}"
RANDOM_GROUPS = f"{NO_PAIR}: random groups of more than two"


def others_as_one(parties: int, multiplier: float, cost: float = 0.0) -> Game:
    """The game of one member of a public good with all the others, who act as one; cost of a C act."""
    share = multiplier / parties
    return {
        "temptation": share * (parties - 1),
        "reward": multiplier - 1 - cost,
        "punishment": 0.0,
        "sucker": share - 1 - cost,
    }


def group_streams(parties: int, multiplier: float, lag: int, cost: float = 0.0) -> np.ndarray:
    """Payoffs of a lone deviator in a group of grim contributors, by plan and round: acts of all are counted."""
    acts = plans.plans()
    group = np.ones((parties, *acts.shape), dtype=np.int8)
    group[0] = acts
    broken = np.zeros(len(acts), dtype=bool)
    for t in range(lag + 1, acts.shape[1]):
        broken |= group[:, :, t - lag - 1].min(axis=0) == 0
        group[1:, broken, t] = 0
    contributions: np.ndarray = group.sum(axis=0)
    return multiplier * contributions / parties - (1 + cost) * acts


def searched_group(parties: int, multiplier: float, lag: int, cost: float = 0.0) -> float:
    """The discount from which on no plan pays in a group of grim contributors."""
    earned = group_streams(parties, multiplier, lag, cost)
    return root(lambda w: plans.gain(earned, w), 0.001, plans.HIGH)


def _group(draw: Draw, parties: int, multiplier: float, lag: int, **told: float) -> Iterator[Comparison]:
    predicted = theory.critical_discount_group(parties, multiplier, lag)
    told = {"parties": parties, "multiplier": multiplier, "response_lag": lag, **told}
    game = others_as_one(parties, multiplier)
    yield analytic(told, predicted, lambda: searched_group(parties, multiplier, lag))
    yield exact(told, predicted, lambda: chains.critical_discount(chains.GRIM, game, Information(lag)))


def _holds(parties: int, multiplier: float, lag: int) -> bool:
    """Whether a critical discount lies where plans are searched."""
    return 1.1 < multiplier < parties - 0.1 and theory.critical_discount_group(parties, multiplier, lag) < 0.95


@check("A1", simulated=COLLECTIVE)
def held_total(draw: Draw) -> Iterator[Comparison]:
    multiplier, lag = draw.number(1.4, 3), draw.whole(0, 2)
    for parties in (draw.whole(4, 6), draw.whole(7, 12)):
        if _holds(parties, multiplier, lag):
            yield from _group(draw, parties, multiplier, lag)


@check("A2", exact=f"{NO_PAIR}: a limit of endless groups", simulated=COLLECTIVE)
def large_group(draw: Draw) -> Iterator[Comparison]:
    multiplier, lag = draw.number(1.3, 4), draw.whole(0, 3)

    def limit() -> float:
        """The lone deviator's count in groups of 10^4 and 2 10^4, carried on to endless ones."""

        def critical(parties: int) -> float:
            kept, left = multiplier - 1, multiplier * (parties - 1) / parties
            return root(lambda w: discounted([left] * (lag + 1) + [0.0], w) - kept, 0.01, 0.995)

        few, many = critical(10_000), critical(20_000)
        return 2 * many - few

    yield analytic(
        {"multiplier": multiplier, "response_lag": lag}, theory.critical_discount_large_group(multiplier, lag), limit
    )


@check("A3", simulated=COLLECTIVE)
def held_return(draw: Draw) -> Iterator[Comparison]:
    each, lag = draw.number(0.3, 0.7), draw.whole(0, 1)
    for parties in (draw.whole(4, 6), draw.whole(7, 12)):
        if _holds(parties, each * parties, lag):
            yield from _group(draw, parties, each * parties, lag, return_to_each=each)


@check("A4", simulated=COLLECTIVE)
def lone_free_rider(draw: Draw) -> Iterator[Comparison]:
    parties, lag, discount = draw.whole(4, 7), draw.whole(0, 2), draw.number(0.6, 0.95)
    multiplier = draw.number(1.5, parties - 1)
    for quorum in (parties - 1, draw.whole(1, parties - 2)):
        predicted = theory.free_rider_gain(parties, multiplier, discount, quorum, lag)

        def by_hand(quorum: int = quorum) -> float:
            acts = np.ones((600, parties), dtype=int)
            acts[:, 0] = 0
            for t in range(lag + 1, len(acts)):
                seen = acts[t - lag - 1]
                acts[t, 1:] = [seen.sum() - seen[i] >= quorum for i in range(1, parties)]
            paid = multiplier * acts.sum(axis=1) / parties
            return float((1 - discount) * paid @ discount ** np.arange(len(acts)) - (multiplier - 1))

        def by_chain(quorum: int = quorum) -> float:
            """The others as one: they read the free rider, and where all are needed they stop together."""
            other = chains.TIT_FOR_TAT if quorum == parties - 1 else chains.ALLC
            game = others_as_one(parties, multiplier)
            return chains.worth(chains.ALLD, other, game, Information(lag), discount) - game["reward"]

        told = {"parties": parties, "multiplier": multiplier, "discount": discount, "quorum": quorum}
        yield analytic({**told, "response_lag": lag}, predicted, by_hand)
        yield exact({**told, "response_lag": lag}, predicted, by_chain)


def group_separatrix(parties: int, multiplier: float, discount: float, lag: int) -> float:
    """Share at which both earn the same, over all compositions of a random group."""

    def lasting(contributors: int, own: int) -> float:
        return discounted([multiplier * contributors / parties - own] * (lag + 1) + [0.0], discount)

    reciprocal = [lasting(k + 1, 1) for k in range(parties - 1)] + [multiplier - 1]
    defecting = [lasting(k, 0) for k in range(parties)]

    def apart(share: float) -> float:
        chances = [math.comb(parties - 1, k) * share**k * (1 - share) ** (parties - 1 - k) for k in range(parties)]
        return float(np.dot(chances, np.subtract(reciprocal, defecting)))

    return root(apart, 0.0, 1.0)


def _separatrix(draw: Draw, lag: int) -> Iterator[Comparison]:
    discount = draw.number(0.85, 0.97)

    def inside(drawn: tuple[int, float]) -> bool:
        return _holds(*drawn, lag) and theory.critical_discount_group(*drawn, lag) < discount - 0.02

    big = draw.until(lambda: (draw.whole(3, 12), draw.number(1.5, 4)), inside)
    pair = draw.until(
        lambda: (2, draw.number(1.2, 1.9)), lambda drawn: drawn[1] > 1.15 and inside((drawn[0], drawn[1]))
    )
    for parties, multiplier in (big, pair):
        predicted = theory.group_separatrix(parties, multiplier, discount, lag)
        told = {"parties": parties, "multiplier": multiplier, "discount": discount, "response_lag": lag}
        yield analytic(told, predicted, lambda n=parties, r=multiplier: group_separatrix(n, r, discount, lag))
    game, known = others_as_one(*pair), Information(lag)

    def by_chain() -> float:
        def paid(mine: str, other: str) -> float:
            who = {"c": chains.TIT_FOR_TAT, "d": chains.ALLD}
            return chains.worth(who[mine], who[other], game, known, discount)

        gains = paid("c", "c") - paid("d", "c"), paid("c", "d") - paid("d", "d")
        return root(lambda share: share * gains[0] + (1 - share) * gains[1], 0.0, 1.0)

    yield exact(told, predicted, by_chain)


@check("A5", simulated=COLLECTIVE)
def basin_of_groups(draw: Draw) -> Iterator[Comparison]:
    yield from _separatrix(draw, 0)


@check("A6", simulated=COLLECTIVE)
def basin_of_slow_groups(draw: Draw) -> Iterator[Comparison]:
    yield from _separatrix(draw, draw.whole(1, 3))


@check("A7", simulated=COLLECTIVE)
def noisy_trigger(draw: Draw) -> Iterator[Comparison]:
    def inside(drawn: tuple[int, float, float]) -> bool:
        return drawn[1] < drawn[0] - 0.1 and theory.critical_discount_noisy_trigger(*drawn) < 0.93

    several = draw.until(lambda: (draw.whole(3, 8), draw.number(1.4, 3), draw.number(0.005, 0.05, 3)), inside)
    pair = draw.until(lambda: (2, draw.number(1.2, 1.9), draw.number(0.005, 0.08, 3)), inside)
    for drawn in (several, pair):
        told = dict(zip(("parties", "multiplier", "action_error"), drawn, strict=True))
        predicted = theory.critical_discount_noisy_trigger(*drawn)
        yield analytic(told, predicted, lambda drawn=drawn: noisy_by_rounds(*drawn))
    game, known = others_as_one(2, pair[1]), Information(action_error=pair[2])
    yield exact(told, predicted, lambda: chains.critical_discount(chains.TRIGGER, game, known, leaving=False))


def noisy_by_rounds(parties: int, multiplier: float, error: float) -> float:
    """Meaning D once, in round 0, against never: what all do is followed as chances, round by round."""

    def expected(means: int) -> tuple[float, float]:
        """Payoff of a member that means C or D while the others mean C, and the chance that nobody defects."""
        paid = stay = 0.0
        for slips in product((0, 1), repeat=parties):
            chance = float(np.prod([error if slip else 1 - error for slip in slips]))
            done = [means ^ slips[0], *(1 ^ slip for slip in slips[1:])]
            paid += chance * (multiplier * sum(done) / parties - done[0])
            stay += chance * all(done)
        return paid, stay

    kept, left, over = expected(1), expected(0), (multiplier - 1) * error
    rounds = 1500

    def worth(discount: float, first: tuple[float, float]) -> float:
        total, intact, weight = first[0], first[1], discount
        for _ in range(rounds):
            total += weight * (intact * kept[0] + (1 - intact) * over)
            intact, weight = intact * kept[1], weight * discount
            if weight < 1e-16:
                break
        return total

    return root(lambda w: worth(w, left) - worth(w, kept), 0.01, 0.97)


# --- slips add up (A8, A9, A17) ------------------------------------------------------------------------------------


def intact_by_count(parties: int, error: float, lag: int, rounds: int = 20_000) -> np.ndarray:
    """Chance that all still mean C, round by round: no slip of anybody has been read."""
    nobody = np.prod([1 - error] * parties)
    return np.r_[np.ones(lag), np.cumprod(np.r_[1.0, np.full(rounds, nobody)])][:rounds]


def _sides(parties: int) -> int:
    return len(list(combinations(range(parties), 2))) * 2


def _intact(draw: Draw, measure: str) -> Iterator[Comparison]:
    parties, error, lag = draw.whole(2, 4), draw.number(0.005, 0.02, 3), draw.whole(0, 2)
    discount, rounds = draw.number(0.85, 0.94), 400 if measure == "intact" else 1500
    slippers = _sides(parties)  # in the model each side of a link slips for itself
    told = {"slip for themselves": slippers, "action_error": error, "response_lag": lag}
    intact = intact_by_count(slippers, error, lag)
    if measure == "intact":
        told["discount"] = discount
        predicted = theory.intact_share(slippers, error, discount, lag)
        yield analytic(told, predicted, lambda: float((1 - discount) * intact @ discount ** np.arange(intact.size)))
        known = {"action_error": error, "discount": discount, "response_lag": lag, "slip for themselves": 2}
        yield exact(known, theory.intact_share(2, error, discount, lag), lambda: _intact_pair(error, discount, lag))
    else:
        predicted = theory.mean_intact_run(slippers, error, lag)
        yield analytic(told, predicted, lambda: float(intact.sum()))

    def by_runs(luck: Luck) -> Found:
        case = runs.made(
            {
                "parties.ministries": parties - 1,
                "horizon.rounds": rounds,
                "horizon.discount": discount,
                "information.action_error": error,
                "information.response_lag": lag,
            },
            {"trigger": chains.TRIGGER},
        )
        return runs.mean(runs.measured(case, measure, 1500 * luck.times, luck))

    width = 0.035 if measure == "intact" else 0.12 * predicted
    yield simulated({**told, "parties": parties}, predicted, by_runs, width)


def _intact_pair(error: float, discount: float, lag: int) -> float:
    """From the discounted share of rounds in which both cooperate, less those that slip into it after the end."""
    both = {"temptation": 0.0, "reward": 1.0, "punishment": 0.0, "sucker": 0.0}
    known = Information(lag, action_error=error)
    share = chains.worth(chains.TRIGGER, chains.TRIGGER, both, known, discount)
    meant, slipped = (1 - error) ** 2, error**2
    return (share - slipped) / (meant - slipped)


@check("A8")
def slips_add_up(draw: Draw) -> Iterator[Comparison]:
    yield from _intact(draw, "intact")


@check("A9", exact=f"{NO_PAIR}: a mean time to the first slip is no payoff of the chain")
def intact_run(draw: Draw) -> Iterator[Comparison]:
    yield from _intact(draw, "intact_rounds")


@check(
    "A17",
    exact=f"{NO_PAIR}: parties slip, nobody plays",
    simulated=f"{NO_MECHANISM}: no federal links, no sub-units",
)
def sub_units(draw: Draw) -> Iterator[Comparison]:
    error, whole = draw.number(0.01, 0.2), draw.whole(6, 12)
    for parties in (draw.whole(2, 5), whole):

        def nobody(parties: int = parties) -> float:
            """Over every pattern of who slips."""
            masks = np.arange(2**parties)
            slips = ((masks[:, None] >> np.arange(parties)) & 1).sum(axis=1)
            chances: np.ndarray = error**slips * (1 - error) ** (parties - slips)
            return float(1 - chances[masks > 0].sum())

        yield analytic({"parties": parties, "action_error": error}, theory.no_slip_chance(parties, error), nobody)


# --- volunteers (A10 to A12) ---------------------------------------------------------------------------------------

STAGE = f"{NO_PAIR}: volunteers of one round, nothing is repeated"
FUNCTIONS = 40


def indifferent(parties: int, cost_share: float) -> float:
    """The chance at which acting (1 - K/B) is worth as much as leaving it to the others."""

    def apart(p: float) -> float:
        somebody = sum(math.comb(parties - 1, k) * p**k * (1 - p) ** (parties - 1 - k) for k in range(1, parties))
        return 1 - cost_share - somebody

    return root(apart, 0.0, 1.0)


def unserved(parties: int, cost_share: float, luck: Luck) -> dict[str, np.ndarray]:
    """Gap and duplication of every run of holders that leave nothing to each other."""
    changes = {
        "parties.organizations": 1,
        "parties.ministries": parties - 1,
        "topology.functions": FUNCTIONS,
        "topology.hold_chance": 1.0,
        "topology.organization_holds": FUNCTIONS,
        "mandate.cost_share": cost_share,
        "horizon.rounds": 10,
    }
    case = runs.made(changes, {"alld": chains.ALLD})
    return {name: runs.measured(case, name, 60 * luck.times, luck) for name in ("gap", "duplication")}


def _binomial(parties: int, p: float) -> list[float]:
    return [math.comb(parties, k) * p**k * (1 - p) ** (parties - k) for k in range(parties + 1)]


def _volunteers(draw: Draw) -> tuple[int, float, dict[str, float]]:
    parties, cost_share = draw.whole(2, 12), draw.number(0.1, 0.8)
    return parties, cost_share, {"parties": parties, "cost_share": cost_share}


def _chance_of(parties: int) -> Callable[[float], float]:
    """The chance of each from the share that nobody serves."""
    return lambda gap: 1 - max(gap, 0.0) ** (1 / parties)


@check("A10", exact=STAGE)
def each_volunteers(draw: Draw) -> Iterator[Comparison]:
    parties, cost_share, told = _volunteers(draw)
    predicted = theory.volunteer_chance(parties, cost_share)
    yield analytic(told, predicted, lambda: indifferent(parties, cost_share))

    def by_runs(luck: Luck) -> Found:
        return runs.moved(runs.mean(unserved(parties, cost_share, luck)["gap"]), _chance_of(parties))

    yield simulated(told, predicted, by_runs, width=0.01)


@check("A11", exact=STAGE)
def gap_and_duplication(draw: Draw) -> Iterator[Comparison]:
    parties, cost_share, told = _volunteers(draw)
    counts = {"gap": lambda n: n[0], "duplication": lambda n: sum(n[2:])}
    forms = {"gap": theory.nobody_acts, "duplication": theory.several_act}
    for name, form in forms.items():
        predicted = form(parties, cost_share)
        yield analytic(
            {**told, "asked": name},
            predicted,
            lambda name=name: counts[name](_binomial(parties, indifferent(parties, cost_share))),
        )
        yield simulated(
            {**told, "asked": name},
            predicted,
            lambda luck, name=name: runs.mean(unserved(parties, cost_share, luck)[name]),
            width=0.015,
        )


@check("A12", exact=STAGE)
def number_of_volunteers(draw: Draw) -> Iterator[Comparison]:
    parties, cost_share, told = _volunteers(draw)
    predicted = theory.expected_volunteers(parties, cost_share)
    yield analytic(
        told, predicted, lambda: float(np.dot(range(parties + 1), _binomial(parties, indifferent(parties, cost_share))))
    )

    def by_runs(luck: Luck) -> Found:
        gap = runs.mean(unserved(parties, cost_share, luck)["gap"])
        return runs.moved(gap, lambda share: parties * _chance_of(parties)(share))

    yield simulated(told, predicted, by_runs, width=0.06)


# --- links and their cost (A13 to A15) -----------------------------------------------------------------------------

COUNT = f"{NO_PAIR}: links are counted, nobody plays"


def counted(kind: str, parties: int) -> int:
    """Pairs that are linked: all, or those with the hub among them."""
    return sum(1 for pair in combinations(range(parties), 2) if kind == "mesh" or 0 in pair)


def partners(kind: str, parties: int) -> float:
    """Mean number of partners in a run on such links."""
    topology = {"mesh": "complete", "hub": "hub"}[kind]
    case = runs.made(
        {"parties.ministries": parties - 1, "topology.kind": topology, "horizon.rounds": 1}, {"allc": chains.ALLC}
    )
    return float(runs.measured(case, "partners")[0])


@check("A13", exact=COUNT)
def number_of_links(draw: Draw) -> Iterator[Comparison]:
    parties = draw.whole(3, 40)
    for kind in ("mesh", "hub"):
        told, predicted = {"kind": kind, "parties": parties}, theory.links(kind, parties)
        yield analytic(told, predicted, lambda kind=kind: counted(kind, parties))
        yield simulated(told, predicted, lambda luck, kind=kind: _sure(partners(kind, parties) * parties / 2))


def _sure(value: float) -> Found:
    return Found(value, value, value)


@check("A14", exact=COUNT)
def largest_mesh(draw: Draw) -> Iterator[Comparison]:
    parties = draw.whole(3, 40)
    for kind in ("mesh", "hub"):
        told, predicted = {"kind": kind, "parties": parties}, theory.mean_links(kind, parties)
        yield analytic(told, predicted, lambda kind=kind: 2 * counted(kind, parties) / parties)
        yield simulated(told, predicted, lambda luck, kind=kind: _sure(partners(kind, parties)))
    multiplier, cost = draw.until(
        lambda: (draw.number(1.5, 5), draw.number(0.05, 0.4)), lambda told: 0.05 < (told[0] - 1) / told[1] % 1 < 0.95
    )

    def by_counting() -> float:
        """The last mesh in which contributing leaves a surplus after every link of one's own is paid for."""
        return next(n for n in range(2, 500) if multiplier - 1 - sum([cost] * n) < 0)

    predicted = math.floor(theory.largest_mesh(multiplier, cost))
    yield analytic({"multiplier": multiplier, "coordination_cost": cost}, predicted, by_counting)


@check("A15", simulated=f"{COLLECTIVE}; the model's cost of coordination is that of R24")
def mesh_and_hub(draw: Draw) -> Iterator[Comparison]:
    parties, multiplier, lag = draw.whole(4, 10), draw.number(2, 3.5), draw.whole(0, 2)
    cost = draw.number(0.02, 0.9 * (multiplier - 1) / parties, 3)
    for kind in ("mesh", "hub"):
        degree = 2 * counted(kind, parties) / parties
        predicted = theory.critical_discount_group(parties, multiplier, lag, cost, theory.mean_links(kind, parties))
        told = {"parties": parties, "multiplier": multiplier, "response_lag": lag, "coordination_cost": cost}
        if not 0.01 < predicted < 0.96:
            continue
        game = others_as_one(parties, multiplier, cost * degree)
        yield analytic(
            {**told, "kind": kind},
            predicted,
            lambda degree=degree: searched_group(parties, multiplier, lag, cost * degree),
        )
        yield exact(
            {**told, "kind": kind},
            predicted,
            lambda game=game: chains.critical_discount(chains.GRIM, game, Information(lag)),
        )


# --- fines and finite populations (A16, A18, A19) ------------------------------------------------------------------


@check(
    "A16",
    exact=f"{NO_PAIR}: a monitor fines, the others do not answer",
    simulated=f"{NO_MECHANISM}: no monitor and no fines",
)
def targeted_fine(draw: Draw) -> Iterator[Comparison]:
    parties, lag, discount = draw.whole(3, 20), draw.whole(0, 3), draw.number(0.8, 0.98)
    multiplier = draw.number(1.2, parties - 0.5)
    q, f = draw.number(0.5, 1), draw.number(0, 0.3)
    predicted = theory.least_fine(parties, multiplier, discount, q, f, lag)
    acts, rounds = plans.plans(), plans.ROUNDS
    weights = discount ** np.arange(rounds + lag + 1)

    def gain(fine: float) -> float:
        """Of the best plan with a D in it, the others contributing whatever happens, over C for ever."""
        paid = multiplier * (parties - 1 + acts) / parties - acts
        found = np.where(acts == 1, f, q) * fine  # expected, lag + 1 rounds later
        worth = paid @ weights[:rounds] - found @ weights[lag + 1 :]
        kept = acts.min(axis=1) == 1
        return float(worth[~kept].max() - worth[kept].max())

    told = {"parties": parties, "multiplier": multiplier, "discount": discount, "response_lag": lag}
    yield analytic({**told, "noticed": q, "false_alarm": f}, predicted, lambda: root(gain, 0.0, 100.0))


FINITE = f"{NO_MECHANISM}: imitation in the model is neither weak selection nor a Moran process"


def favoured(apart: Callable[[float], float]) -> float:
    """Whether weak selection favours the rarer: its gain over a share x, weighted by 1 - x (fixation, large N)."""
    return float(quad(lambda share: (1 - share) * apart(share), 0.0, 1.0)[0])


@check("A18", exact=RANDOM_GROUPS, simulated=FINITE)
def finite_groups(draw: Draw) -> Iterator[Comparison]:
    parties = draw.whole(2, 12)

    def by_fixation() -> float:
        """Reciprocators pay an entry and win 1 if all others are; the entry at which they are neutral, as a share."""
        entry = root(lambda price: favoured(lambda share: share ** (parties - 1) - price), 0.0, 1.0)
        return root(lambda share: share ** (parties - 1) - entry, 0.0, 1.0)

    yield analytic({"parties": parties}, theory.favoured_separatrix(parties), by_fixation)


@check("A19", exact=f"{NO_PAIR}: a whole population", simulated=FINITE)
def one_third(draw: Draw) -> Iterator[Comparison]:
    game = draw.dilemma()
    predicted = theory.one_third_rounds(**game)

    def apart(share: float, rounds: float) -> float:
        later = (rounds - 1) * game["punishment"]
        copying = share * rounds * game["reward"] + (1 - share) * (game["sucker"] + later)
        return copying - share * (game["temptation"] + later) - (1 - share) * rounds * game["punishment"]

    yield analytic(
        game, predicted, lambda: root(lambda rounds: favoured(lambda share: apart(share, rounds)), 1.0, 500.0)
    )
