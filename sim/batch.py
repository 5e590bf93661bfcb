"""The same five phases over many runs at once: each is some passes over lanes, and each pass calls the agents' rules.

Definitions
-----------
A *lane* is a side of a run; the lanes of some whole runs (about ``LANES``) are played together, so that their state
stays in the cache. Reports wait in a ring of words, sixteen rounds in each, until the longest lag is over. Counts are
integers; sums of floats follow the order of parties, sides and rounds, whatever the block, so that the two engines
agree to the bit.
"""

from typing import Any, NamedTuple

import numpy as np

from sim import games, history, learning, luck, trafficking
from sim.compiled import borrowing, kernel
from sim.encoding import NOBODY, TIT_FOR_TAT, Encoding
from sim.games import outdated_reward, realised, round_payoff, stake
from sim.history import History
from sim.information import seen
from sim.learning import fermi, reciprocity_pays
from sim.luck import philox4x32, pick, threshold
from sim.mandates import serves
from sim.trafficking import (
    FULL,
    answer_by_teams,
    chance_of_cover,
    detected_cases,
    is_answered,
    lag_of_a_new_modus,
    mean_capacity,
    moves_by_calendar,
    moves_by_chance,
    new_modus_pays,
    remember,
    threshold_capacity,
    trafficker_payoff,
    true_cases,
)
from sim.world import World, set_up

_LOW, _HALF, _COUNT = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(0xFFFF)
LANES = 2048
"""Sides that are played together: whole runs, at least so many if there are."""
REPORTS = 16
"""Rounds whose reports share a word of the ring, two bits each."""
DRAWN = 32
"""Draws are made so many at once; arrays of them have so many entries more, so that none is left to be made alone."""


class Lanes(NamedTuple):
    """The state of each side: what it answers by, the ring of its reports, what it meant and did.

    ``who``, ``replicate`` are the coordinates of its luck, ``words`` the draws of the round, four for each side.
    ``begun`` is the first round whose report is one of the present strategy; ``ring`` has shape (words, sides), two
    bits for each round. ``trusts`` is whom the last sum over trusted partners was made of, ``believed`` its terms,
    ``both`` whether both cooperated, ``meeting`` the counts of the meeting side by side in one word (see ``_meet``),
    ``so_far`` their sum up to this side (one entry more).
    """

    who: np.ndarray
    replicate: np.ndarray
    words: np.ndarray
    ell: np.ndarray
    mirror: np.ndarray
    begun: np.ndarray
    ring: np.ndarray
    reads: np.ndarray
    reports: np.ndarray
    readers: np.ndarray
    attended: np.ndarray
    action_error: np.ndarray
    code: np.ndarray
    state: np.ndarray
    trusts: np.ndarray
    believed: np.ndarray
    reciprocal: np.ndarray
    intended: np.ndarray
    act: np.ndarray
    other: np.ndarray
    both: np.ndarray
    meeting: np.ndarray
    so_far: np.ndarray


class Players(NamedTuple):
    """The state of each party: what it plays now and next, its meetings of the round, its stance and its payoffs.

    ``met`` holds four counts of the round in 16 bits each, lowest first: own acts of C, those intended, meetings in
    which both cooperated, acts of C of the others; ``so_far`` the first two up to this party, in 32 bits each (one entry
    more). ``trust`` is the sum of its index over the partners it trusts (``waiting`` lists whose is to be made),
    ``pays`` whether reciprocity pays by that, ``forgives`` whether its strategy does, ``stance`` whether it is
    reciprocal to any. What its run says of all its parties stands here again, so that a loop over parties needs to look
    nowhere else: ``alive``, ``stake`` and ``outdated``, which change, and ``relevance``, ``coordination``, ``price`` and
    the number of its ``partners``, which do not.
    """

    run: np.ndarray
    partners: np.ndarray
    relevance: np.ndarray
    coordination: np.ndarray
    price: np.ndarray
    alive: np.ndarray
    stake: np.ndarray
    outdated: np.ndarray
    payoff: np.ndarray
    so_far: np.ndarray
    strategy: np.ndarray
    next_strategy: np.ndarray
    reward: np.ndarray
    met: np.ndarray
    trust: np.ndarray
    waiting: np.ndarray
    forgives: np.ndarray
    pays: np.ndarray
    stance: np.ndarray
    weight: np.ndarray
    weighted_payoff: np.ndarray
    total_payoff: np.ndarray
    tally: np.ndarray
    tally_acts: np.ndarray


_COUNTED = (
    "strategy", "next_strategy", "waiting", "stance",
    "tally_acts",
)  # fmt: skip
_PAID = (
    "relevance", "coordination", "price", "stake", "outdated", "payoff", "reward", "trust", "weight",
    "weighted_payoff", "total_payoff", "tally",
)  # fmt: skip
"""Fields of ``Players`` that are whole numbers, and those that are not."""


class Adversary(NamedTuple):
    """The state of each trafficker; ``first`` has one more entry than there are runs.

    ``who``, ``replicate`` are the coordinates of its luck, ``words`` the draws of the round, four for each.
    """

    first: np.ndarray
    who: np.ndarray
    replicate: np.ndarray
    words: np.ndarray
    effort: np.ndarray
    accumulated: np.ndarray
    lag: np.ndarray
    covered: np.ndarray
    became_covered: np.ndarray
    moved: np.ndarray


class Government(NamedTuple):
    """The state of each run: whether it goes on, joint capacity, modi not covered, outdated procedures.

    ``memory`` is how long procedures are remembered as outdated, in rounds.
    ``reciprocal`` counts the parties with that stance; the parties from ``first_ministry`` on are ministries.
    """

    alive: np.ndarray
    capacity: np.ndarray
    uncovered: np.ndarray
    outdated: np.ndarray
    memory: np.ndarray
    reciprocal: np.ndarray
    first_ministry: np.ndarray


class Volunteers(NamedTuple):
    """Who may serve: by duty the coordinates of luck and the ``function``, numbered through over all runs.

    Three counts so far give numbers without a guess: ``met`` of seniors met in cooperation, by senior; ``stood`` of
    holders that stand alone, by duty; ``served`` of those that serve, by holder standing alone. These lie together in
    ``standing_*``; ``words`` are their draws. By function: its ``first_duty``, the ``cell`` of its run, the ``chance``
    to serve, a threshold, whether a binding lead alone serves it (``is_led``), and the gaps and duplications before it,
    as one ``number``. ``first_function`` is by run; the firsts and the counts have one entry more.
    """

    who: np.ndarray
    replicate: np.ndarray
    function: np.ndarray
    senior_side: np.ndarray
    met: np.ndarray
    stood: np.ndarray
    served: np.ndarray
    standing_who: np.ndarray
    standing_replicate: np.ndarray
    standing_for: np.ndarray
    words: np.ndarray
    first_duty: np.ndarray
    cell: np.ndarray
    chance: np.ndarray
    is_led: np.ndarray
    number: np.ndarray
    first_function: np.ndarray


class Block(NamedTuple):
    """Runs that are played together, ``first`` up to ``last`` - 1, and what goes on in any of them.

    ``shortest`` and ``longest`` are the fewest and the most rounds until an act can be answered.
    """

    first: int
    last: int
    shortest: int
    longest: int
    is_short: bool
    is_certain: bool
    has_functions: bool
    has_traffickers: bool
    has_stakes: bool
    ends_at_random: bool
    revises: bool
    imitates: bool
    averages: bool


class Table(NamedTuple):
    """All that changes while runs are played."""

    lanes: Lanes
    players: Players
    adversary: Adversary
    government: Government
    volunteers: Volunteers


def play(
    encoding: Encoding, cell: Any, replicate: Any, seed: Any, with_series: bool = True
) -> tuple[World, History]:
    """Set up and play a block of runs, each a pure function of its cell, replicate and seed.

    Without series, the most of what a run hands over, each round is written over the one before; totals stay.
    """
    world = set_up(encoding, cell, replicate, seed)
    rounds = encoding.cells["horizon_rounds"][world.runs.cell]
    played = history.empty_history(rounds.size, world.parties.kind.size, int(rounds.max()) if with_series else 1)
    by_round = played._replace(series=played.series.transpose(1, 2, 0))
    _play(encoding, world, _lay_the_table(encoding, world), by_round)
    return world, played


def _lay_the_table(encoding: Encoding, world: World) -> Table:
    """The state of all runs before round 0, empty."""
    cells = encoding.cells[world.runs.cell]
    sides, parties, runs = world.sides.ell.size, world.parties.kind.size, world.runs.cell.size
    first = np.concatenate(([0], np.cumsum(cells["parties_traffickers"])))
    traffickers = int(first[-1])
    longest = min(int(world.sides.ell.max()), int(cells["horizon_rounds"].max()))
    byte, word, whole, real = np.int8, np.uint32, np.int64, np.float64

    def zeros(count: int, *kinds: Any) -> list[np.ndarray]:
        return [np.zeros(count, dtype=kind) for kind in kinds]

    return Table(
        Lanes(
            who=np.zeros(sides + DRAWN, dtype=word),
            replicate=_with_room(np.repeat(world.runs.replicate, np.diff(world.runs.first_side))),
            words=np.zeros((4, sides + DRAWN), dtype=word),
            ell=world.sides.ell.astype(np.int32),
            mirror=world.sides.mirror.astype(word),
            begun=np.zeros(sides, dtype=np.int32),
            ring=np.zeros((longest // REPORTS + 2, sides), dtype=word),
            reads=np.zeros(sides, dtype=byte),
            reports=np.zeros(sides, dtype=word),
            readers=np.zeros(sides, dtype=word),
            attended=world.parties.attended[world.sides.reader],
            action_error=np.zeros(sides, dtype=whole),
            code=np.zeros(sides, dtype=word),
            state=np.zeros(sides, dtype=word),
            trusts=np.zeros(sides, dtype=word),
            believed=np.zeros(sides, dtype=real),
            reciprocal=np.ones(sides, dtype=byte),
            intended=np.zeros(sides, dtype=byte),
            act=np.zeros(sides, dtype=byte),
            other=np.zeros(sides, dtype=byte),
            both=np.zeros(sides, dtype=byte),
            meeting=np.zeros(sides, dtype=np.uint64),
            so_far=np.zeros(sides + 1, dtype=np.uint64),
        ),
        Players(
            run=np.repeat(np.arange(runs, dtype=word), np.diff(world.runs.first_party)),
            partners=np.diff(world.parties.first_side),
            alive=np.zeros(parties, dtype=np.bool_),
            forgives=np.zeros(parties, dtype=np.bool_),
            pays=np.zeros(parties, dtype=np.bool_),
            so_far=np.zeros(parties + 1, dtype=np.uint64),
            met=np.zeros(parties, dtype=np.uint64),
            **{name: np.zeros(parties, dtype=whole) for name in _COUNTED},
            **{name: np.zeros(parties) for name in _PAID},
        ),
        Adversary(
            first,
            who=np.zeros(traffickers + DRAWN, dtype=word),
            replicate=_with_room(np.repeat(world.runs.replicate, np.diff(first))),
            words=np.zeros((4, traffickers + DRAWN), dtype=word),
            **dict(
                zip(Adversary._fields[4:], zeros(traffickers, whole, whole, whole, *[np.bool_] * 3), strict=True)
            ),
        ),
        Government(
            alive=np.zeros(runs, dtype=np.bool_),
            capacity=np.zeros(runs, dtype=whole),
            uncovered=np.zeros(runs, dtype=whole),
            outdated=np.zeros(runs),
            memory=cells["trafficking_relevance_memory"].astype(real),
            reciprocal=np.zeros(runs, dtype=whole),
            first_ministry=world.runs.first_party[:-1] + cells["parties_organizations"],
        ),
        _volunteers(cells, world),
    )


def _with_room(coordinates: np.ndarray) -> np.ndarray:
    return np.concatenate((coordinates, np.zeros(DRAWN, dtype=np.int64))).astype(np.uint32)


def _volunteers(cells: np.ndarray, world: World) -> Volunteers:
    runs, duties, count = world.runs, world.duties, world.duties.party.size
    run = np.repeat(np.arange(runs.cell.size), np.diff(runs.first_duty))
    first_function = np.concatenate(([0], np.cumsum(cells["topology_functions"])))
    function = first_function[run] + duties.function
    first_duty = np.searchsorted(function, np.arange(first_function[-1] + 1))
    leads = cells["mandate_lead_binding"].astype(bool)[run] & (duties.party == runs.lead[run])
    is_led = np.zeros(first_function[-1], dtype=np.bool_)  # the lead is the first of those that hold a function
    is_led[function[leads]] = True
    return Volunteers(
        who=luck.address(duties.party - runs.first_party[run], duties.function).astype(np.uint32),
        replicate=runs.replicate[run].astype(np.uint32),
        function=function.astype(np.uint32),
        senior_side=duties.senior_side.astype(np.uint32),
        met=np.zeros(duties.senior_side.size + 1, dtype=np.uint32),
        stood=np.zeros(count + 1, dtype=np.int64),
        served=np.zeros(count + 1, dtype=np.int64),
        standing_who=np.zeros(count + DRAWN, dtype=np.uint32),
        standing_replicate=np.zeros(count + DRAWN, dtype=np.uint32),
        standing_for=np.zeros(count, dtype=np.uint32),
        words=np.zeros((4, count + DRAWN), dtype=np.uint32),
        first_duty=first_duty,
        cell=np.repeat(runs.cell, np.diff(first_function)),
        chance=np.zeros(first_function[-1], dtype=np.int64),
        is_led=is_led,
        number=np.zeros(first_function[-1] + 1, dtype=np.uint64),
        first_function=first_function,
    )


@kernel
def _play(encoding, world, table, played):
    """Play all runs, some at a time: those that fit into a block of lanes."""
    runs, functions, first = world.runs, table.volunteers.first_function, 0
    while first < runs.cell.size:
        last = first + 1
        while (
            last < runs.cell.size
            and runs.first_side[last] - runs.first_side[first] < LANES
            and encoding.cells[runs.cell[first]].horizon_rounds == encoding.cells[runs.cell[last]].horizon_rounds
            and runs.seed[first] == runs.seed[last]
        ):
            last += 1
        block = _begin(encoding, world, table, played, first, last)
        sides = slice(runs.first_side[first], runs.first_side[last])
        for time in range(encoding.cells[runs.cell[first]].horizon_rounds):
            told_at = time if time < played.series.shape[1] else 0
            _draw(runs, table.lanes, table.adversary, first, last, time)
            _observe(encoding.minds, table.lanes, sides, block, time)
            _decide_and_act(encoding.minds, runs, table.lanes, first, last, block.is_certain)
            _meet(world, table.lanes, first, last, time)
            _count_acts(world, table.lanes, table.players, first, last)
            if block.has_traffickers:
                _move_traffickers(encoding.cells, runs, table, played, first, last, time)
            _join_forces(encoding.cells, world, table, played.series[:, told_at], block)
            if block.has_functions:
                standing = _stand_alone(world, table.lanes, table.volunteers, first, last)
                _draw_volunteers(table.volunteers, runs.seed[first], standing, time)
                _serve(encoding.lists.serving, table.volunteers, standing, functions[first], functions[last])
                _count_services(runs, table.volunteers, table.government, played.series[:, told_at], block)
            _pay(encoding.cells, world, table, played, block, time)
            if block.has_traffickers:
                _pay_traffickers(encoding, runs, table, played, played.series[:, told_at], first, last, time)
            _learn(encoding, world, table, played.series[:, told_at], block, time)
            if block.has_traffickers:
                _remember(runs, table, played.series[:, told_at], block)
            if block.ends_at_random and not _close_round(encoding.cells, runs, table, played, block, time):
                break
        _close(encoding.cells, world, table.players, played, first, last)
        first = last


# --- before round 0 ------------------------------------------------------------------------------------------------


@borrowing
def _begin(encoding, world, table, played, first, last):
    """Everything before round 0 of the runs of a block, and what goes on in them."""
    runs, lanes, government = world.runs, table.lanes, table.government
    has_traffickers = has_stakes = ends_at_random = revises = imitates = False
    is_short = is_certain = averages = True
    shortest, longest = world.sides.ell[runs.first_side[first]], np.int64(0)
    for run in range(first, last):
        cell = encoding.cells[runs.cell[run]]
        government.alive[run], government.capacity[run], played.rounds[run] = True, FULL, cell.horizon_rounds
        for party in range(runs.first_party[run], runs.first_party[run + 1]):
            _begin_party(cell, world, table.players, party)
            is_certain &= encoding.minds.is_certain[world.parties.strategy[party]]
            is_short &= encoding.minds.is_short[world.parties.strategy[party]]
            for side in range(world.parties.first_side[party], world.parties.first_side[party + 1]):
                other = world.sides.other[side] - runs.first_party[run]
                lanes.who[side] = luck.address(party - runs.first_party[run], other)
                lanes.action_error[side] = threshold(cell.information_action_error)
                shortest, longest = min(shortest, world.sides.ell[side]), max(longest, world.sides.ell[side])
            _take_up(encoding.minds, world, lanes, table.players, party, world.parties.strategy[party], 0)
        _begin_traffickers(cell, runs, table.adversary, run)
        has_traffickers |= cell.parties_traffickers > 0
        has_stakes |= cell.game_stake_chance > 0.0
        ends_at_random |= cell.horizon_ending == games.RANDOM
        revises |= cell.learning_kind != learning.NONE
        if cell.learning_kind == learning.IMITATION:
            imitates = True
            is_short &= _is_short(encoding.lists, encoding.minds, runs.cell[run])
        averages &= cell.trafficking_capacity == trafficking.MEAN
    _calculate(encoding.cells, world, table, first, last, -1)
    for run in range(first, last):
        _count_reciprocal(runs, table, run)
    functions = table.volunteers.first_function
    has_functions = functions[last] > functions[first]
    is_certain &= not imitates  # who imitates may come to play anything of the pool
    return Block(
        first, last, shortest, longest, is_short, is_certain, has_functions, has_traffickers, has_stakes, ends_at_random, revises, imitates, averages
    )


@borrowing
def _is_short(lists, minds, row):
    """Whether all that may be taken up by imitation are short, besides what parties play of their own."""
    is_short = True
    for place in range(lists.pool_count[row]):
        is_short &= lists.pool[row, place] == NOBODY or minds.is_short[lists.pool[row, place]]
    return is_short


@borrowing
def _begin_party(cell, world, players, party):
    players.reward[party], players.weight[party] = world.parties.reward[party], 1.0
    players.alive[party], players.stake[party], players.outdated[party] = True, 1.0, 0.0
    players.relevance[party], players.coordination[party] = cell.trafficking_relevance, cell.game_coordination_cost
    players.price[party] = cell.institution_broker_price if cell.institution_broker_active else 0.0


@borrowing
def _begin_traffickers(cell, runs, adversary, run):
    for z in range(cell.parties_traffickers):
        one = adversary.first[run] + z
        who = adversary.who[one] = luck.address(z, 0)
        draw = _word(runs.replicate[run], luck.SET_UP, who, luck.TRAFFICKER, runs.seed[run], luck.NEW_LAG)
        lag = lag_of_a_new_modus(draw, cell.trafficking_government_lag, cell.trafficking_government_lag_spread)
        adversary.effort[one], adversary.lag[one] = 1, lag
        adversary.covered[one] = cell.trafficking_start == trafficking.KNOWN or lag == 0


@borrowing
def _take_up(minds, world, lanes, players, party, strategy, time):
    """Begin a strategy afresh from round ``time`` on: its start state toward everybody, older reports dropped."""
    players.strategy[party] = players.next_strategy[party] = strategy
    players.stance[party], players.forgives[party] = 1, minds.family[strategy] == TIT_FOR_TAT
    for side in range(world.parties.first_side[party], world.parties.first_side[party + 1]):
        lanes.state[side], lanes.code[side] = minds.start[strategy], minds.code[strategy]
        lanes.begun[side] = time


# --- luck ----------------------------------------------------------------------------------------------------------


@kernel
def _four_words(replicate, time, who, block, seed):
    """The draws of one thing that is not a side; compiled once, for it is long."""
    return philox4x32(replicate, time, who, block, seed & _LOW, seed >> _HALF)


@borrowing
def _word(replicate, time, who, block, seed, word):
    """One draw that is not of a side."""
    return np.int64(_four_words(replicate, time, who, block, seed)[word])


@kernel
def _fill(words, replicate, time, who, block, seed, begin, end):
    """The four words of many, from ``begin`` to ``end`` and some further on; compiled once, for it is long."""
    low, high, own = seed & _LOW, seed >> _HALF, slice(begin, begin + (end - begin + DRAWN - 1) // DRAWN * DRAWN)
    first, second, third, fourth = words[0][own], words[1][own], words[2][own], words[3][own]
    replicate, who = replicate[own], who[own]
    for lane in range(who.size):
        drawn = philox4x32(replicate[lane], time, who[lane], block, low, high)
        first[lane], second[lane], third[lane], fourth[lane] = drawn[0], drawn[1], drawn[2], drawn[3]


@borrowing
def _draw(runs, lanes, adversary, first, last, time):
    """The words of every side and every trafficker in this round."""
    seed, begin, end = runs.seed[first], runs.first_side[first], runs.first_side[last]
    _fill(lanes.words, lanes.replicate, time, lanes.who, luck.SIDE, seed, begin, end)
    begin, end = adversary.first[first], adversary.first[last]
    if end > begin:
        _fill(adversary.words, adversary.replicate, time, adversary.who, luck.TRAFFICKER, seed, begin, end)


# --- passes over sides: loops from 0 over slices, which the compiler turns into vectors ----------------------------


@borrowing
def _observe(minds, lanes, sides, block, time):
    """Read the report that falls due, if the link is attended to, and step the automaton.

    A report lies in the word of its round; where lags differ, so do the words, and each is gone through in turn.
    """
    begin, end = max(time - block.longest, 0) // REPORTS, (time - block.shortest) // REPORTS
    for word in range(begin, end + 1):
        if block.is_short:
            _step_short(lanes, lanes.ring[word % lanes.ring.shape[0]], sides, word, time)
        else:
            _step(minds, lanes, lanes.ring[word % lanes.ring.shape[0]], sides, word, time)


@borrowing
def _step_short(lanes, ring, own, word, time):
    """Step the automata that read a report of this word; each carries its own rows."""
    ring, begun, ell, attended, state, code, attend = (
        ring[own], lanes.begun[own], lanes.ell[own], lanes.attended[own], lanes.state[own], lanes.code[own],
        lanes.words[luck.ATTEND][own],
    )  # fmt: skip
    now, word = np.int32(time), np.int32(word)
    for lane in range(state.size):
        tau = now - ell[lane]
        reads = (tau // np.int32(REPORTS) == word) & (tau >= begun[lane]) & (attend[lane] < attended[lane])
        report = ring[lane] >> np.uint32(2) * np.uint32(tau % np.int32(REPORTS)) & np.uint32(3)
        here = state[lane] & np.uint32(3)
        after = state[lane] ^ here | code[lane] >> (np.uint32(8) * here + np.uint32(2) * report) & np.uint32(3)
        state[lane] = after if reads else state[lane]


@borrowing
def _step(minds, lanes, ring, own, word, time):
    """The same for automata of any size, whose rows have to be looked up."""
    ring, begun, ell, attended, state, attend, reads, reports, readers = (
        ring[own], lanes.begun[own], lanes.ell[own], lanes.attended[own], lanes.state[own],
        lanes.words[luck.ATTEND][own], lanes.reads[own], lanes.reports[own], lanes.readers[own],
    )  # fmt: skip
    now, word, count = np.int32(time), np.int32(word), np.int64(0)
    for lane in range(state.size):
        tau = now - ell[lane]
        reads[lane] = (tau // np.int32(REPORTS) == word) & (tau >= begun[lane]) & (attend[lane] < attended[lane])
        reports[lane] = ring[lane] >> np.uint32(2) * np.uint32(tau % np.int32(REPORTS)) & np.uint32(3)
        count += reads[lane]
    if 2 * count > state.size:  # to guess who reads costs more than to look up what most do not need
        for lane in range(state.size):
            after = minds.after[state[lane], reports[lane]]
            state[lane] = after if reads[lane] != 0 else state[lane]
        return
    place = np.uint64(0)
    for lane in range(state.size):
        readers[place] = lane
        place += np.uint64(reads[lane])
    for one in range(count):
        lane = readers[one]
        state[lane] = minds.after[state[lane], reports[lane]]


@borrowing
def _decide_and_act(minds, runs, lanes, first, last, is_certain):
    """Intend what the state says, or D by the stance; do it, or by an action error its opposite."""
    own = slice(runs.first_side[first], runs.first_side[last])
    state, reciprocal, action_error, intended, act = (
        lanes.state[own], lanes.reciprocal[own], lanes.action_error[own], lanes.intended[own], lanes.act[own],
    )  # fmt: skip
    decide, error = lanes.words[luck.DECIDE][own], lanes.words[luck.ACTION_ERROR][own]
    if is_certain:  # nobody draws what it intends: it is written in the number of the state
        for lane in range(state.size):
            intended[lane] = np.int8(_trusts(state[lane])) & reciprocal[lane]
    else:
        for lane in range(state.size):
            intended[lane] = np.int8(decide[lane] < minds.out[state[lane]]) & reciprocal[lane]
    for lane in range(state.size):
        act[lane] = realised(intended[lane], error[lane], action_error[lane])


@borrowing
def _meet(world, lanes, first, last, time):
    """File what both did in each meeting, the other's act as it was seen, and what there is to count of it."""
    own = slice(world.runs.first_side[first], world.runs.first_side[last])
    mirror, miss, false_alarm = lanes.mirror[own], world.sides.miss[own], world.sides.false_alarm[own]
    act, other, both, intended, meeting, report = (
        lanes.act[own], lanes.other[own], lanes.both[own], lanes.intended[own], lanes.meeting[own],
        lanes.words[luck.REPORT][own],
    )  # fmt: skip
    ring, shift = lanes.ring[time // REPORTS % lanes.ring.shape[0]][own], np.uint32(2 * (time % REPORTS))
    earlier = (np.uint32(1) << shift) - np.uint32(1)
    for lane in range(act.size):
        other[lane] = lanes.act[mirror[lane]]
    for lane in range(act.size):
        filed = np.uint32(2 * act[lane] + seen(other[lane], report[lane], miss[lane], false_alarm[lane]))
        ring[lane] = ring[lane] & earlier | filed << shift
        both[lane] = act[lane] & other[lane]
        meeting[lane] = (
            np.uint64(act[lane]) | np.uint64(intended[lane]) << np.uint64(16) | np.uint64(both[lane]) << _HALF
            | np.uint64(other[lane]) << np.uint64(48)
        )  # fmt: skip


@borrowing
def _count_acts(world, lanes, players, first, last):
    """Count the outcomes that met each party: four counts of 16 bits in a sum, see ``Players``.

    The sum runs on over all parties, and a party's own part is a difference: whatever wraps in it cancels.
    """
    begin, end = world.runs.first_side[first], world.runs.first_side[last]
    meeting, lanes_so_far, so_far = lanes.meeting[begin:end], lanes.so_far[begin : end + 1], np.uint64(0)
    for lane in range(meeting.size):
        lanes_so_far[lane] = so_far
        so_far += meeting[lane]
    lanes_so_far[meeting.size] = so_far
    begin, end = world.runs.first_party[first], world.runs.first_party[last]
    ends, met, parties_so_far = world.parties.first_side[begin : end + 1], players.met[begin:end], np.uint64(0)
    so_far = players.so_far[begin : end + 1]
    for party in range(met.size):
        met[party] = lanes.so_far[ends[party + 1]] - lanes.so_far[ends[party]]
        so_far[party] = parties_so_far
        parties_so_far += met[party] & _COUNT | (met[party] >> np.uint64(16) & _COUNT) << _HALF
    so_far[met.size] = parties_so_far


# --- passes over runs ----------------------------------------------------------------------------------------------


@borrowing
def _remember(runs, table, told, block):
    """Remember what was uncovered, and tell it to the parties."""
    government, players, own = table.government, table.players, slice(block.first, block.last)
    alive, outdated, uncovered, memory = (
        government.alive[own], government.outdated[own], government.uncovered[own], government.memory[own],
    )  # fmt: skip
    before, active = told[history.OUTDATED, own], told[history.ACTIVE, own]
    for run in range(alive.size):
        before[run] = outdated[run] if alive[run] else 0.0
        after = remember(outdated[run], uncovered[run], np.int64(active[run]), memory[run])
        outdated[run] = after if alive[run] else outdated[run]
    for party in range(runs.first_party[block.first], runs.first_party[block.last]):
        players.outdated[party] = government.outdated[players.run[party]]


@borrowing
def _close_round(cells, runs, table, played, block, time):
    """Draw whether a run of random ending goes on; returns whether any of the block does."""
    government, players, going_on = table.government, table.players, False
    for run in range(block.first, block.last):
        if not government.alive[run]:
            continue
        cell = cells[runs.cell[run]]
        goes_on, is_last = True, time + 1 >= cell.horizon_rounds
        if cell.horizon_ending == games.RANDOM:
            draw = _word(runs.replicate[run], time, 0, luck.RUN, runs.seed[run], luck.END)
            goes_on = draw < threshold(cell.horizon_discount)
            played.capped[run] = goes_on and is_last
        played.rounds[run] = time + 1
        government.alive[run] = goes_on and not is_last
        going_on |= government.alive[run]
    for party in range(runs.first_party[block.first], runs.first_party[block.last]):
        players.alive[party] = government.alive[players.run[party]]
    return going_on


@borrowing
def _join_forces(cells, world, table, told, block):
    """Joint capacity from the acts of all parties."""
    runs, players, government = world.runs, table.players, table.government
    own = slice(block.first, block.last)
    first, ministry, last = runs.first_party[own], government.first_ministry[own], runs.first_party[1:][own]
    first_side, last_side, alive, capacity = (
        runs.first_side[own], runs.first_side[1:][own], government.alive[own], government.capacity[own],
    )  # fmt: skip
    organizations, ministries, intended, capacities = (
        told[history.ORGANIZATION_COOPERATION, own], told[history.MINISTRY_COOPERATION, own],
        told[history.INTENDED_COOPERATION, own], told[history.CAPACITY, own],
    )  # fmt: skip
    for run in range(first.size):
        ours = players.so_far[ministry[run]] - players.so_far[first[run]]
        theirs = players.so_far[last[run]] - players.so_far[ministry[run]]
        all_of_them = ours + theirs
        acts_of_all = np.int64(all_of_them & _LOW)
        mean = mean_capacity(acts_of_all, last_side[run] - first_side[run])
        capacity[run] = mean
        organizations[run] = np.int64(ours & _LOW) if alive[run] else 0
        ministries[run] = np.int64(theirs & _LOW) if alive[run] else 0
        intended[run] = np.int64(all_of_them >> _HALF) if alive[run] else 0
        capacities[run] = mean if alive[run] else 0
    if not block.averages:
        _join_otherwise(cells, world, table, told, block)


@borrowing
def _join_otherwise(cells, world, table, told, block):
    """Joint capacity of the runs where it is not the mean."""
    runs, government = world.runs, table.government
    for run in range(block.first, block.last):
        cell = cells[runs.cell[run]]
        if cell.trafficking_capacity == trafficking.MEAN or not government.alive[run]:
            continue
        if cell.trafficking_capacity == trafficking.THRESHOLD:
            demanded = int(cell.trafficking_capacity_threshold * FULL + 0.5)
            capacity = threshold_capacity(government.capacity[run], demanded)
        else:
            begin, end = runs.first_party[run], runs.first_party[run + 1]
            least, greatest = _least_and_greatest(world.parties, table.players, begin, end)
            capacity = least if cell.trafficking_capacity == trafficking.WEAKEST_LINK else greatest
        government.capacity[run] = told[history.CAPACITY, run] = capacity


@borrowing
def _least_and_greatest(parties, players, first, last):
    """Capacity of the weakest and of the strongest party."""
    least, greatest = FULL, 0
    for party in range(first, last):
        partners = parties.first_side[party + 1] - parties.first_side[party]
        share = mean_capacity(np.int64(players.met[party] & _COUNT), partners)
        least, greatest = min(least, share), max(greatest, share)
    return least, greatest


@borrowing
def _stand_alone(world, lanes, volunteers, first, last):
    """List the holders that leave their function to nobody: loops without a guess, whoever cooperates with whom."""
    begin, end = world.runs.first_duty[first], world.runs.first_duty[last]
    first_senior = world.duties.first_senior[begin : end + 1]
    seniors = volunteers.senior_side[first_senior[0] : first_senior[-1]]
    who, replicate, function, stood = (
        volunteers.who[begin:end], volunteers.replicate[begin:end], volunteers.function[begin:end],
        volunteers.stood[begin : end + 1],
    )  # fmt: skip
    met, so_far = volunteers.met, np.uint32(0)
    for place in range(seniors.size):
        met[place] = so_far
        so_far += np.uint32(lanes.both[seniors[place]])
    met[seniors.size] = so_far
    standing, earlier, before = np.uint64(0), met[0], first_senior[0]
    for duty in range(who.size):
        now = met[np.uint64(first_senior[duty + 1] - before)]
        stood[duty] = standing
        volunteers.standing_who[standing], volunteers.standing_replicate[standing] = who[duty], replicate[duty]
        volunteers.standing_for[standing] = function[duty]
        standing += np.uint64(now == earlier)
        earlier = now
    stood[who.size] = standing
    return np.int64(standing)


@borrowing
def _draw_volunteers(volunteers, seed, standing, time):
    """The words of those that stand alone."""
    who, replicate = volunteers.standing_who, volunteers.standing_replicate
    _fill(volunteers.words, replicate, time, who, luck.MANDATE, seed, 0, standing)


@borrowing
def _serve(chances, volunteers, standing, first, last):
    """Who stands alone serves with the volunteer's chance, which depends on how many do."""
    own, ends = slice(first, last), volunteers.first_duty[first : last + 1]
    cell, chance, stood = volunteers.cell[own], volunteers.chance[own], volunteers.stood
    for function in range(chance.size):
        alone = stood[ends[function + 1]] - stood[ends[function]]
        chance[function] = chances[cell[function], max(alone, 1) - 1]
    served = 0
    for one in range(standing):
        volunteers.served[one] = served
        draw = np.int64(volunteers.words[luck.SERVE, one])
        served += serves(draw, volunteers.chance[volunteers.standing_for[one]])
    volunteers.served[standing] = served


@borrowing
def _count_services(runs, volunteers, government, told, block):
    """Count the functions that nobody serves, and those that two or more do."""
    functions, own = volunteers.first_function, slice(block.first, block.last)
    begin, end = functions[block.first], functions[block.last]
    ends, is_led, number = volunteers.first_duty[begin : end + 1], volunteers.is_led[begin:end], volunteers.number
    served, stood, so_far = volunteers.served, volunteers.stood, np.uint64(0)
    for function in range(is_led.size):
        serving = served[stood[ends[function + 1]]] - served[stood[ends[function]]]
        serving = 1 if is_led[function] else serving
        number[function] = np.uint64(serving == 0) | np.uint64(serving >= 2) << _HALF
    for function in range(is_led.size):
        earlier = so_far
        so_far += number[function]
        number[function] = earlier
    number[is_led.size] = so_far
    functions, alive = functions[block.first : block.last + 1], government.alive[own]
    gaps, duplications = told[history.GAPS, own], told[history.DUPLICATIONS, own]
    for run in range(alive.size):
        both = number[functions[run + 1] - begin] - number[functions[run] - begin]
        gaps[run] = np.int64(both & _LOW) if alive[run] else 0
        duplications[run] = np.int64(both >> _HALF) if alive[run] else 0


# --- passes over traffickers ---------------------------------------------------------------------------------------


@borrowing
def _move_traffickers(cells, runs, table, played, first, last, time):
    """Each notices whether its modus is answered and takes a new one by the law of the scenario."""
    adversary, government = table.adversary, table.government
    for run in range(first, last):
        if not government.alive[run]:
            continue
        cell = cells[runs.cell[run]]
        government.uncovered[run] = 0
        for z in range(cell.parties_traffickers):
            one = adversary.first[run] + z
            effort, covered = adversary.effort[one], adversary.covered[one]
            if not covered and is_answered(adversary.accumulated[one], adversary.lag[one]):
                covered = True
                adversary.became_covered[one] = effort == 1
                played.covered[run] += effort
            switch, new_lag = adversary.words[luck.SWITCH, one], adversary.words[luck.NEW_LAG, one]
            moved = False
            if cell.trafficking_switching == trafficking.FIXED:
                moved = moves_by_calendar(time, z, cell.parties_traffickers, cell.trafficking_interval)
            elif cell.trafficking_switching == trafficking.RANDOM:
                moved = moves_by_chance(time, np.int64(switch), threshold(cell.trafficking_chance))
            elif time == 0 or covered or effort == 0:
                moved = new_modus_pays(
                    cell.trafficking_gain, cell.trafficking_government_lag, cell.trafficking_switching_cost,
                    government.capacity[run],
                )  # fmt: skip
                effort = 1 if moved else 0
            if moved:
                played.displaced[run] += adversary.became_covered[one]
                adversary.became_covered[one] = False
                adversary.accumulated[one] = 0
                adversary.lag[one] = lag_of_a_new_modus(
                    np.int64(new_lag), cell.trafficking_government_lag,
                    cell.trafficking_government_lag_spread,
                )  # fmt: skip
                covered = adversary.lag[one] == 0
            adversary.effort[one], adversary.covered[one], adversary.moved[one] = effort, covered, moved
            government.uncovered[run] += effort == 1 and not covered


@borrowing
def _pay_traffickers(encoding, runs, table, played, told, first, last, time):
    """Attempts, what succeeds and what is detected; payoffs; then the capacity of the round is brought to bear."""
    lists, adversary, government = encoding.lists, table.adversary, table.government
    for run in range(first, last):
        if not government.alive[run]:
            continue
        row = runs.cell[run]
        cell = encoding.cells[row]
        if cell.parties_traffickers == 0:
            continue
        active, sum_of_attempts, sum_of_true, sum_of_detected = 0, 0.0, 0.0, 0.0
        exposure = lists.exposure[row, min(time // 12, lists.exposure.shape[1] - 1)]
        multiplier = 1.0
        for entry in range(lists.detection_from.shape[1]):
            if lists.detection_from[row, entry] <= time:
                multiplier = lists.detection_multiplier[row, entry]
        for z in range(cell.parties_traffickers):
            one = adversary.first[run] + z
            effort, covered = adversary.effort[one], adversary.covered[one]
            attempts = exposure * cell.trafficking_volume * effort
            detection = cell.trafficking_detected_covered if covered else cell.trafficking_detected_uncovered
            active += effort
            sum_of_attempts += attempts
            sum_of_true += true_cases(attempts, covered, cell.trafficking_residual)
            sum_of_detected += detected_cases(attempts, detection, multiplier)
            played.trafficker_payoff[run] += trafficker_payoff(
                effort, covered, adversary.moved[one], cell.trafficking_gain, cell.trafficking_penalty,
                cell.trafficking_switching_cost,
            )  # fmt: skip
            if effort == 1 and not covered:
                answer = answer_by_teams(government.capacity[run], cell.trafficking_teams, government.uncovered[run])
                if cell.trafficking_cover_law == trafficking.BY_AGE:
                    adversary.accumulated[one] += answer
                else:
                    draw = np.int64(adversary.words[luck.COVER, one])
                    if draw < threshold(chance_of_cover(answer, adversary.lag[one])):
                        adversary.covered[one] = adversary.became_covered[one] = True
                        played.covered[run] += 1
        told[history.ACTIVE, run], told[history.ATTEMPTS, run] = active, sum_of_attempts
        told[history.TRUE_CASES, run], told[history.DETECTED_CASES, run] = sum_of_true, sum_of_detected
        told[history.UNCOVERED, run] = government.uncovered[run]


# --- passes over parties -------------------------------------------------------------------------------------------


@borrowing
def _pay(cells, world, table, played, block, time):
    """Payoffs of the round from how often each outcome met each party."""
    parties, players = world.parties, table.players
    if block.has_stakes:
        _draw_stakes(cells, world.runs, players, block, time)
    own = slice(world.runs.first_party[block.first], world.runs.first_party[block.last])
    base, sucker, temptation, punishment, discount = (
        parties.reward[own], parties.sucker[own], parties.temptation[own], parties.punishment[own],
        parties.discount[own],
    )  # fmt: skip
    partners, relevance, coordination, price, alive, factor, outdated = (
        players.partners[own], players.relevance[own], players.coordination[own], players.price[own],
        players.alive[own], players.stake[own], players.outdated[own],
    )  # fmt: skip
    met, reward, payoff, weight, weighted_payoff, total_payoff, total_acts = (
        players.met[own], players.reward[own], players.payoff[own], players.weight[own], players.weighted_payoff[own], players.total_payoff[own],
        played.cooperative_acts[own],
    )  # fmt: skip
    for party in range(met.size):
        acts, cc = np.int64(met[party] & _COUNT), np.int64(met[party] >> _HALF & _COUNT)
        cd, dc = acts - cc, np.int64(met[party] >> np.uint64(48)) - cc
        dd = partners[party] - cc - cd - dc
        reward[party] = outdated_reward(base[party], punishment[party], relevance[party], outdated[party])
        payoff[party] = (
            round_payoff(
                factor[party], reward[party], sucker[party], temptation[party], punishment[party], cc, cd, dc, dd,
                coordination[party], partners[party],
            )
            - price[party]
        )  # fmt: skip
        if alive[party]:
            weighted_payoff[party] += weight[party] * payoff[party]
            weight[party] *= discount[party]
            total_payoff[party] += payoff[party]
            total_acts[party] += acts
    if block.imitates:
        for party in range(own.start, own.stop):
            players.tally[party] += players.payoff[party]
            players.tally_acts[party] += players.partners[party]


@borrowing
def _draw_stakes(cells, runs, players, block, time):
    """What is at stake in this round, by run; where it varies, for a draw nobody looks at need not be made."""
    for run in range(block.first, block.last):
        cell = cells[runs.cell[run]]
        if cell.game_stake_chance > 0.0:
            draw = _word(runs.replicate[run], time, 0, luck.RUN, runs.seed[run], luck.STAKE)
            low_stake = (1.0 - cell.game_stake_chance * cell.game_stake_high) / (1.0 - cell.game_stake_chance)
            factor = stake(draw, threshold(cell.game_stake_chance), cell.game_stake_high, low_stake)
            players.stake[runs.first_party[run] : runs.first_party[run + 1]] = factor


@borrowing
def _learn(encoding, world, table, told, block, time):
    """Revise by the mind the scenario gives; all read what held before anybody revised."""
    if block.revises:
        _calculate(encoding.cells, world, table, block.first, block.last, time)
        for run in range(block.first, block.last):
            cell = encoding.cells[world.runs.cell[run]]
            if _revises(cell, table, run, time, learning.IMITATION):
                _imitate(encoding, cell, world, table.players, run, time)
                _commit(encoding.minds, world, table.lanes, table.players, run, time)
            _count_reciprocal(world.runs, table, run)
    own = slice(block.first, block.last)
    reciprocal, alive, count = table.government.reciprocal[own], table.government.alive[own], told[history.RECIPROCAL, own]
    for run in range(reciprocal.size):
        count[run] = reciprocal[run] if alive[run] else 0


@borrowing
def _revises(cell, table, run, time, kind):
    """Whether a run goes on, learns by this kind of mind, and at the end of this round."""
    return table.government.alive[run] and cell.learning_kind == kind and (time + 1) % cell.learning_interval == 0


@borrowing
def _count_reciprocal(runs, table, run):
    reciprocal = 0
    for party in range(runs.first_party[run], runs.first_party[run + 1]):
        reciprocal += table.players.stance[party]
    table.government.reciprocal[run] = reciprocal


@borrowing
def _calculate(cells, world, table, first, last, time):
    """Stay reciprocal while the index over the partners still believed reciprocal outweighs the temptation."""
    lanes, players, parties = table.lanes, table.players, world.parties
    calculating, waiting = False, 0
    for run in range(first, last):
        cell = cells[world.runs.cell[run]]
        if _revises(cell, table, run, time, learning.CALCULATING):
            calculating = True
            if cell.learning_scope == learning.PARTY:
                begin, end = world.runs.first_party[run], world.runs.first_party[run + 1]
                waiting = _note_who_turned(parties.first_side, world.sides.index, lanes, players, begin, end, waiting)
    if not calculating:
        return
    _sum_what_is_believed(parties.first_side, lanes, players, waiting)
    _weigh(parties, players, slice(world.runs.first_party[first], world.runs.first_party[last]))
    for run in range(first, last):
        cell = cells[world.runs.cell[run]]
        if _revises(cell, table, run, time, learning.CALCULATING):
            for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
                own = slice(parties.first_side[party], parties.first_side[party + 1])
                if cell.learning_scope == learning.PARTNER:
                    players.stance[party] = _answer_each(world, lanes, players, party, own)
                elif players.pays[party] != players.stance[party]:
                    players.stance[party] = players.pays[party]
                    lanes.reciprocal[own] = players.pays[party]


@borrowing
def _weigh(parties, players, own):
    """Whether reciprocity pays each party, by the mean index over its partners."""
    temptation, punishment, base_sucker = parties.temptation[own], parties.punishment[own], parties.sucker[own]
    trust, partners, coordination, reward, forgives, pays = (
        players.trust[own], players.partners[own], players.coordination[own], players.reward[own],
        players.forgives[own], players.pays[own],
    )  # fmt: skip
    for party in range(pays.size):
        cost = coordination[party] * (partners[party] - 1)
        pays[party] = reciprocity_pays(
            trust[party] / partners[party], temptation[party], reward[party] - cost, punishment[party],
            base_sucker[party] - cost, forgives[party],
        )  # fmt: skip


@borrowing
def _answer_each(world, lanes, players, party, own):
    """Judge each partner alone; returns whether the party is reciprocal to any."""
    parties, stance = world.parties, False
    cost = players.coordination[party] * (players.partners[party] - 1)
    for side in range(own.start, own.stop):
        believed = world.sides.index[side] if _trusts(lanes.state[side]) else 0.0
        pays = reciprocity_pays(
            believed, parties.temptation[party], players.reward[party] - cost, parties.punishment[party],
            parties.sucker[party] - cost, players.forgives[party],
        )  # fmt: skip
        lanes.reciprocal[side] = pays
        stance |= pays
    return stance


@borrowing
def _trusts(state):
    """Whether a state means to cooperate, read off its number (see ``Minds``)."""
    return state & np.uint32(1)


@borrowing
def _note_who_turned(ends, index, lanes, players, first, last, count):
    """Add the parties of a run that trust others than before to those that wait for a new sum; returns how many do."""
    if _has_turned(lanes.state, lanes.trusts, ends[first], ends[last]):
        for party in range(first, last):
            if _believe(lanes, index, slice(ends[party], ends[party + 1])):
                players.waiting[count] = party
                count += 1
    return count


@borrowing
def _sum_what_is_believed(ends, lanes, players, count):
    """Sum the index of each waiting party over the partners it trusts, in their order, four parties at a time.

    A sum of floats that must keep its order waits for every addition; four of them wait together.
    """
    for place in range(0, count - count % 4, 4):
        one, two, three, four = (
            players.waiting[place], players.waiting[place + 1], players.waiting[place + 2], players.waiting[place + 3],
        )  # fmt: skip
        shared = min(ends[one + 1] - ends[one], ends[two + 1] - ends[two])
        shared = min(shared, ends[three + 1] - ends[three], ends[four + 1] - ends[four])
        sums = _sum_of_four(
            lanes.believed[ends[one] :], lanes.believed[ends[two] :], lanes.believed[ends[three] :],
            lanes.believed[ends[four] :], shared,
        )  # fmt: skip
        for each in range(4):
            party = players.waiting[place + each]
            players.trust[party] = _add_up(lanes.believed[ends[party] + shared : ends[party + 1]], sums[each])
    for place in range(count - count % 4, count):
        party = players.waiting[place]
        players.trust[party] = _add_up(lanes.believed[ends[party] : ends[party + 1]], 0.0)


@borrowing
def _has_turned(state, trusts, begin, end):
    """Whether any partner is trusted that was not, or the reverse; most often none, and this loop is a fast one."""
    state, trusts, turned = state[begin:end], trusts[begin:end], np.uint32(0)
    for lane in range(state.size):
        turned |= _trusts(state[lane]) ^ trusts[lane]
    return turned != 0


@borrowing
def _believe(lanes, index, own):
    """Note whom a party trusts; returns whether they are others than before."""
    if not _has_turned(lanes.state, lanes.trusts, own.start, own.stop):
        return False
    state, trusts, believed, index = lanes.state[own], lanes.trusts[own], lanes.believed[own], index[own]
    for lane in range(state.size):
        trusts[lane] = _trusts(state[lane])
        believed[lane] = index[lane] if _trusts(state[lane]) else 0.0
    return True


@borrowing
def _sum_of_four(one, two, three, four, count):
    sum_1 = sum_2 = sum_3 = sum_4 = 0.0
    for place in range(count):
        sum_1 += one[place]
        sum_2 += two[place]
        sum_3 += three[place]
        sum_4 += four[place]
    return sum_1, sum_2, sum_3, sum_4


@borrowing
def _add_up(values, total):
    for place in range(values.size):
        total += values[place]
    return total


@borrowing
def _imitate(encoding, cell, world, players, run, time):
    """Meet a partner as model and take its strategy the likelier, the more it earned per act; or mutate."""
    runs, parties = world.runs, world.parties
    for party in range(runs.first_party[run], runs.first_party[run + 1]):
        who = luck.address(party - runs.first_party[run], party - runs.first_party[run])
        words = _four_words(runs.replicate[run], time, who, luck.PARTY, runs.seed[run])
        if np.int64(words[luck.REVISE]) < threshold(cell.learning_rate):
            begin = parties.first_side[party]
            model = world.sides.other[begin + pick(np.int64(words[luck.MODEL]), parties.first_side[party + 1] - begin)]
            own_payoff = players.tally[party] / players.tally_acts[party]
            model_payoff = players.tally[model] / players.tally_acts[model]
            chance = fermi(own_payoff, model_payoff, cell.learning_strength)
            if np.int64(words[luck.ADOPT]) < threshold(chance):
                players.next_strategy[party] = players.strategy[model]
        words = _four_words(runs.replicate[run], time, who, luck.MUTATION, runs.seed[run])
        if np.int64(words[luck.MUTATE]) < threshold(cell.learning_mutation):
            row = runs.cell[run]
            mutant = encoding.lists.pool[row, pick(np.int64(words[luck.MUTANT]), encoding.lists.pool_count[row])]
            players.next_strategy[party] = parties.strategy[party] if mutant == NOBODY else mutant


@borrowing
def _commit(minds, world, lanes, players, run, time):
    """After everybody has learned: begin the new strategies; tallies of all start again."""
    for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
        if players.next_strategy[party] != players.strategy[party]:
            _take_up(minds, world, lanes, players, party, players.next_strategy[party], time + 1)
        players.tally[party], players.tally_acts[party] = 0.0, 0


# --- after the last round ------------------------------------------------------------------------------------------


@borrowing
def _close(cells, world, players, played, first, last):
    """Payoffs of the run by party."""
    for run in range(first, last):
        window = cells[world.runs.cell[run]].horizon_ending == games.WINDOW
        for party in range(world.runs.first_party[run], world.runs.first_party[run + 1]):
            payoff, discount = players.total_payoff[party], world.parties.discount[party]
            played.mean_payoff[party] = payoff / played.rounds[run]
            if window:
                payoff = (1.0 - discount) * players.weighted_payoff[party] / (1.0 - players.weight[party])
            played.payoff[party] = payoff
