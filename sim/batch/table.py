"""The state of runs that are played together: a named column for each thing that changes, and for what it is read by.

Lanes are sides, players parties; the columns of a tuple have one entry for each. Nothing here is a rule.
"""

from typing import NamedTuple

import numpy as np

from sim import luck
from sim.encoding import Encoding
from sim.world import World

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
    ``both`` whether both cooperated, ``meeting`` the counts of the meeting side by side in one word (see ``meet``),
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
    which both cooperated, acts of C of the others; ``so_far`` the first two up to this party, in 32 bits each, one
    entry more. ``trust`` is the sum of its index over the partners it trusts (``waiting`` lists whose is to be made),
    ``pays`` whether reciprocity pays by that, ``forgives`` whether its strategy does, ``stance`` whether it is
    reciprocal to any. What its run says of all its parties stands here again, so that a loop over parties needs to look
    nowhere else: ``alive``, ``stake`` and ``outdated``, which change, and ``relevance``, ``coordination``, ``price``
    and the number of its ``partners``, which do not.
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


_COUNTED = ("strategy", "next_strategy", "waiting", "stance", "tally_acts")
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

    ``memory`` is how long procedures are remembered as outdated, in rounds; ``reciprocal`` counts the parties with that
    stance; the parties from ``first_ministry`` on are ministries.
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

    It ``tells`` the series of every round. ``parties`` and ``sides`` are theirs; ``shortest`` and ``longest`` the
    fewest and the most rounds until an act can be answered. It ``is_short`` if all strategies fit into one word,
    ``is_certain`` if none draws, and ``averages`` if joint capacity is the mean in all.
    """

    first: int
    last: int
    tells: bool
    parties: slice
    sides: slice
    shortest: int
    longest: int
    is_short: bool
    is_certain: bool
    has_functions: bool
    has_traffickers: bool
    has_stakes: bool
    ends_at_random: bool
    calculates: bool
    imitates: bool
    averages: bool


class Table(NamedTuple):
    """All that changes while runs are played."""

    lanes: Lanes
    players: Players
    adversary: Adversary
    government: Government
    volunteers: Volunteers


def lay_the_table(encoding: Encoding, world: World) -> Table:
    """The state of all runs before round 0, empty."""
    names = (
        "horizon_rounds", "parties_organizations", "parties_traffickers", "topology_functions", "mandate_lead_binding",
        "trafficking_relevance_memory",
    )  # fmt: skip
    cells = {name: encoding.cells[name][world.runs.cell] for name in names}
    sides, parties, runs = world.sides.ell.size, world.parties.kind.size, world.runs.cell.size
    first = np.concatenate(([0], np.cumsum(cells["parties_traffickers"])))
    traffickers = int(first[-1])
    ell = np.minimum(world.sides.ell, cells["horizon_rounds"].max())  # who answers later never does
    byte, word, whole, real = np.int8, np.uint32, np.int64, np.float64

    return Table(
        Lanes(
            who=np.zeros(sides + DRAWN, dtype=word),
            replicate=_with_room(np.repeat(world.runs.replicate, np.diff(world.runs.first_side))),
            words=np.zeros((4, sides + DRAWN), dtype=word),
            ell=ell.astype(np.int32),
            mirror=world.sides.mirror.astype(word),
            begun=np.zeros(sides, dtype=np.int32),
            ring=np.zeros((int(ell.max()) // REPORTS + 2, sides), dtype=word),
            reads=np.zeros(sides, dtype=byte),
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
            effort=np.zeros(traffickers, dtype=whole),
            accumulated=np.zeros(traffickers, dtype=whole),
            lag=np.zeros(traffickers, dtype=whole),
            covered=np.zeros(traffickers, dtype=np.bool_),
            became_covered=np.zeros(traffickers, dtype=np.bool_),
            moved=np.zeros(traffickers, dtype=np.bool_),
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


def _volunteers(cells: dict[str, np.ndarray], world: World) -> Volunteers:
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
