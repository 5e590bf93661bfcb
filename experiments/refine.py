"""The border sweeper: runs only the cells that tell where the outcome changes, and checks itself by random ones.

Definitions
-----------
The *verdict* on a cell is whether more than half of its runs broke. Axes of numbers in rising order are refined; any
other axis (words, choices) has its own border for each value. A *box* is an interval of every refined axis, with its
ends; a *column* is all the values of a monotone axis while the others are fixed.

Boxes whose corners, or any cell run within them, differ in their verdict are halved along every axis until they are
cells; all of a box whose verdicts agree is taken to have the same. Where one axis is declared monotone, the single
change along each column is searched instead: outwards from where its neighbours have it, then by halving. Then cells
drawn at random are run; where one differs from what was inferred, its box or column is refined and the audit begins
again.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Any

import numpy as np

from experiments.grid import Design, is_ordered
from experiments.stages import Stage, Tally

UNKNOWN, HOLDS, BREAKS, NO_ANSWER = -1, 0, 1, 2
"""Verdicts; no answer where the game is no dilemma or every run failed."""
COARSE = 8
"""Boxes an axis is first cut into: an island thinner than one of them is for the audit to find."""

Box = tuple[tuple[int, int], ...]
Asked = Iterator[np.ndarray]
"""Cells of a part of the design whose verdict is needed next."""


@dataclass
class Part:
    """The cells of one value of every axis that is not refined: their numbers and their verdicts, by refined axis."""

    cells: np.ndarray
    verdict: np.ndarray
    boxes: list[Box] = field(default_factory=list)
    inferred: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def unknown(self, places: np.ndarray) -> np.ndarray:
        """Those of some places (flat) that have no verdict yet, each once."""
        found: np.ndarray = np.unique(places)
        return found[self.verdict.ravel()[found] == UNKNOWN]


def border(design: Design, tally: Tally) -> Iterator[Stage]:
    """Stages of runs until the border is known to the cell and an audit agrees; fills ``tally.inferred``."""
    asked = design.settings
    parts = [_part(design, cells) for cells in _parts(design)]
    search = _columns if asked.monotone else _boxes
    axis = _monotone_axis(design)
    rng = np.random.Generator(np.random.Philox(key=asked.seed % 2**64))
    audited = disagreed = 0
    work: list[Asked] = [search(part, axis) for part in parts]
    while True:
        while cells := _next_cells(parts, work):
            yield Stage(np.array(sorted(cells)), asked.first_replicate, asked.replicates)
            _judge(tally, parts)
        sample = _sample(parts, asked.audit, rng)
        if not sample.size:
            break
        yield Stage(sample, asked.first_replicate, asked.replicates)
        before = [part.verdict.copy() for part in parts]
        _judge(tally, parts)
        wrong = [_wrong(part, old) for part, old in zip(parts, before, strict=True)]
        audited, disagreed = int(sample.size), disagreed + sum(int(w.sum()) for w in wrong)
        if not any(w.any() for w in wrong):
            break
        work = [_mend(part, w, axis, search) for part, w in zip(parts, wrong, strict=True)]
    tally.inferred = _inferred(design, parts)
    tally.audit = {"cells_run": int((tally.runs + tally.failed > 0).sum()), "audited": audited, "disagreed": disagreed}


def _parts(design: Design) -> Iterator[np.ndarray]:
    """Numbers of the cells of each part, an array with an axis for each refined axis."""
    numbers = np.arange(design.size).reshape(design.shape)
    refined = [len(axis.values) > 1 and is_ordered(axis.values) for axis in design.axes]
    whole: list[Any] = [slice(None)]
    choices = [whole if free else range(size) for free, size in zip(refined, design.shape, strict=True)]
    for place in product(*choices):
        yield numbers[place]


def _part(design: Design, cells: np.ndarray) -> Part:
    verdict = np.where(design.dilemma[cells], UNKNOWN, NO_ANSWER).astype(np.int8)
    return Part(cells, verdict, inferred=np.full(cells.shape, np.nan))


def _monotone_axis(design: Design) -> int:
    """Which of the refined axes is declared monotone; 0 if none is."""
    refined = [axis.name for axis in design.axes if len(axis.values) > 1 and is_ordered(axis.values)]
    return refined.index(design.settings.monotone) if design.settings.monotone else 0


def _next_cells(parts: list[Part], work: list[Asked]) -> set[int]:
    """The cells that all searches need next; those of a search that is finished are no more."""
    cells: set[int] = set()
    for part, search in zip(parts, work, strict=True):
        places = next(search, None)
        if places is not None:
            cells.update(part.cells.ravel()[places].tolist())
    return cells


def _judge(tally: Tally, parts: list[Part]) -> None:
    """Verdicts of all cells that have runs by now."""
    for part in parts:
        runs, broken, failed = (column[part.cells] for column in (tally.runs, tally.broken, tally.failed))
        part.verdict[runs > 0] = np.where(2 * broken > runs, BREAKS, HOLDS)[runs > 0]
        part.verdict[(runs == 0) & (failed > 0)] = NO_ANSWER


# --- boxes ---------------------------------------------------------------------------------------------------------


def _boxes(part: Part, _: int = 0) -> Asked:
    """Refine all boxes of a part; yields the flat places that need a verdict."""
    part.boxes = part.boxes or list(product(*(_intervals(size) for size in part.verdict.shape)))
    shape = part.verdict.shape
    while True:
        corners = np.array([np.ravel_multi_index(c, shape) for box in part.boxes for c in product(*box)])
        if (needed := part.unknown(corners)).size:
            yield needed
            continue
        halved = [_halves(box) if _is_mixed(part.verdict, box) else [box] for box in part.boxes]
        if all(len(boxes) == 1 for boxes in halved):
            break
        part.boxes = [box for boxes in halved for box in boxes]
    for box in part.boxes:
        _infer(part, box)


def _intervals(size: int) -> list[tuple[int, int]]:
    """An axis cut into at most COARSE intervals of nearly the same length, which share their ends.

    >>> _intervals(5), len(_intervals(129))
    ([(0, 1), (1, 2), (2, 3), (3, 4)], 8)
    """
    ends = np.unique(np.linspace(0, size - 1, min(COARSE, size - 1) + 1).round().astype(int)).tolist()
    return list(pairwise(ends))


def _inside(box: Box) -> tuple[slice, ...]:
    return tuple(slice(low, high + 1) for low, high in box)


def _is_mixed(verdict: np.ndarray, box: Box) -> bool:
    """Whether the cells of a box that have a verdict differ in it, so that a border runs through."""
    known = verdict[_inside(box)]
    return len(np.unique(known[known != UNKNOWN])) > 1


def _halves(box: Box) -> list[Box]:
    """The box cut in half along every axis that can be cut; itself alone if none can.

    >>> _halves(((0, 2), (0, 1)))
    [((0, 1), (0, 1)), ((1, 2), (0, 1))]
    """
    cuts = [[(a, (a + b) // 2), ((a + b) // 2, b)] if b - a > 1 else [(a, b)] for a, b in box]
    return list(product(*cuts))


def _infer(part: Part, box: Box) -> None:
    """All of a box has the verdict of its corners, if they agree."""
    known = part.verdict[_inside(box)]
    found = np.unique(known[known != UNKNOWN])
    if len(found) == 1 and found[0] in (HOLDS, BREAKS):
        part.inferred[_inside(box)] = found[0]


# --- columns of a monotone axis ------------------------------------------------------------------------------------


def _columns(part: Part, axis: int) -> Asked:
    """Find the one change along every column, coarse columns first; yields the flat places that need a verdict."""
    verdict = np.moveaxis(part.verdict, axis, 0)
    places = np.moveaxis(np.arange(part.verdict.size).reshape(part.verdict.shape), axis, 0).reshape(len(verdict), -1)
    at = np.stack(np.unravel_index(np.arange(places.shape[1]), verdict.shape[1:] or (1,)), axis=1)
    levels = list(_levels(verdict.shape[1:]))
    yield from _ask(part, places[[0, -1]][:, levels[0]].ravel())
    ends = part.verdict.ravel()[places[[0, -1]][:, levels[0]]]
    rising = (ends[1] > ends[0]).sum() >= (ends[1] < ends[0]).sum()
    places = places if rising else places[::-1]
    change = np.full(places.shape[1], len(places) // 2)
    solved = np.zeros(0, dtype=np.int64)
    for level in levels:
        guess = _guess(at, change, solved, level)
        change[level] = yield from _search(part, places[:, level], guess)
        solved = np.concatenate((solved, level))
    inferred = (np.arange(len(places))[:, None] >= change[None, :]).astype(float)
    part.inferred.ravel()[places] = inferred


def _levels(shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """Columns in order of search: the ends of coarse intervals, then what lies halfway, and so on to the last one."""
    known = [np.unique([end for pair in _intervals(size) for end in pair] or [0]) for size in shape]
    done = np.zeros(shape or (1,), dtype=bool)
    while True:
        now = np.zeros_like(done)
        now[np.ix_(*known) if shape else slice(None)] = True
        if (new := np.flatnonzero(now & ~done)).size:
            yield new
        done |= now
        if done.all():
            return
        known = [np.unique(np.concatenate((k, (k[:-1] + k[1:]) // 2))) for k in known]


def _guess(at: np.ndarray, change: np.ndarray, solved: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Where a column may change: as those of its nearest neighbours that are known."""
    if not solved.size:
        return change[level]
    from scipy.spatial import cKDTree

    _, near = cKDTree(at[solved]).query(at[level], k=min(2, solved.size))
    found: np.ndarray = change[solved][near].reshape(len(level), -1).mean(axis=1).round().astype(np.int64)
    return found


def _search(part: Part, places: np.ndarray, guess: np.ndarray) -> Generator[np.ndarray, None, np.ndarray]:
    """The first place of each column that breaks (the length of the column if none does), from a guess outwards.

    ``places`` has shape (length, columns). The change lies in [low, high]; a bound is *met* once a verdict shows it.
    Steps double until both are met, then the interval is halved: about 2 verdicts for a good guess, never more than
    about twice the logarithm of the length.
    """
    length, columns = places.shape
    low, high = np.zeros(columns, dtype=np.int64), np.full(columns, length)
    met_low, met_high = np.zeros(columns, dtype=bool), np.zeros(columns, dtype=bool)
    step = np.ones(columns, dtype=np.int64)
    while (open_ := np.flatnonzero(low < high)).size:
        outwards = np.where(met_high, high - step, np.where(met_low, low + step - 1, guess))
        probe = np.clip(np.where(met_low & met_high, (low + high) // 2, outwards), low, high - 1)[open_]
        yield from _ask(part, places[probe, open_])
        breaks = part.verdict.ravel()[places[probe, open_]] >= BREAKS
        high[open_], low[open_] = np.where(breaks, probe, high[open_]), np.where(breaks, low[open_], probe + 1)
        met_high[open_] |= breaks
        met_low[open_] |= ~breaks
        step[open_] *= 2
    return high


def _ask(part: Part, places: np.ndarray) -> Asked:
    """Yield what of some places has no verdict yet, if anything."""
    if (needed := part.unknown(places)).size:
        yield needed


# --- the audit -----------------------------------------------------------------------------------------------------


def _sample(parts: list[Part], count: int, rng: np.random.Generator) -> np.ndarray:
    """Cells drawn at random from those that were inferred, in order."""
    open_ = np.concatenate([part.cells[(part.verdict == UNKNOWN) & ~np.isnan(part.inferred)] for part in parts])
    return np.sort(rng.permutation(open_)[:count])


def _wrong(part: Part, before: np.ndarray) -> np.ndarray:
    """Cells whose verdict is new and not what was inferred."""
    new = (before == UNKNOWN) & (part.verdict != UNKNOWN)
    return new & ~np.isnan(part.inferred) & (part.verdict != part.inferred)


def _mend(part: Part, wrong: np.ndarray, axis: int, search: object) -> Asked:
    """Refine where an audited cell differs: boxes are halved as before; a column that changes twice is run whole."""
    if search is _boxes:
        yield from _boxes(part)
        return
    columns = np.moveaxis(wrong, axis, 0).any(axis=0)
    whole = np.broadcast_to(np.expand_dims(columns, axis), part.verdict.shape)
    yield from _ask(part, np.flatnonzero(whole.ravel()))


def _inferred(design: Design, parts: list[Part]) -> np.ndarray:
    """For every cell what it is taken to be where it was not run: 1 breaks, 0 holds, nan if nothing can be said."""
    found = np.full(design.size, np.nan)
    for part in parts:
        open_ = part.verdict == UNKNOWN
        found[part.cells[open_]] = part.inferred[open_]
    return found
