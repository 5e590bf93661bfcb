"""Which runs a sweep asks for, a stage after the other; what it knows so far decides on the next.

A stage depends on the design and on the results before it alone, so a sweep that was killed asks for the same again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from experiments.grid import Design
from experiments.summary import wilson
from sim import tables


@dataclass(frozen=True)
class Stage:
    """Runs asked for at once: ``count`` replicates from number ``first`` on, of each of some cells.

    Run r of a stage is replicate ``first + r % count`` of cell ``cells[r // count]``.
    """

    cells: np.ndarray
    first: int
    count: int

    @property
    def runs(self) -> int:
        """Number of runs."""
        return int(self.cells.size) * self.count

    def slice(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Cell and replicate of the runs ``first`` to ``last`` - 1."""
        run = np.arange(first, last)
        return self.cells[run // self.count], self.first + run % self.count


@dataclass
class Tally:
    """What is known of every cell: runs with measures, how many of them broke, how many runs failed.

    ``inferred`` is 1 where a cell without runs is taken to break, 0 where it is taken to hold, nan elsewhere; ``audit``
    tells how that was checked.
    """

    runs: np.ndarray
    broken: np.ndarray
    failed: np.ndarray
    inferred: np.ndarray | None = None
    audit: dict[str, int] = field(default_factory=dict)

    @classmethod
    def empty(cls, cells: int) -> "Tally":
        """Nothing is known yet."""
        runs, broken, failed = np.zeros((3, cells), dtype=np.int32)
        return cls(runs, broken, failed)

    def add(self, rows: pa.Table) -> None:
        """Count the rows of some runs."""
        cells = rows.column("cell").to_numpy()
        status = rows.column("status").to_numpy(zero_copy_only=False)
        ok = status == tables.OK
        broken = rows.column("broken").fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
        for column, chosen in ((self.runs, ok), (self.broken, ok & broken), (self.failed, status == tables.FAILED)):
            np.add.at(column, cells[chosen], 1)


def grid(design: Design, tally: Tally) -> Iterator[Stage]:
    """Every cell; then, if a precision is asked for, more replicates of the cells that do not have it yet.

    What a cell has is doubled each time, until Wilson's 95 % interval of its share broken reaches at most ``precision``
    to either side, or the cell has ``most_replicates``. (Stopping by what was seen costs a little coverage: a nominal
    95 % is about 94 % for shares near one half; the tests measure it.)
    """
    asked = design.settings
    yield Stage(np.arange(design.size), asked.first_replicate, asked.replicates)
    if not asked.precision:
        return
    have, open_cells = asked.replicates, np.arange(design.size)
    while have < asked.most_replicates:
        open_cells = open_cells[~narrow(tally, asked.precision)[open_cells] & (tally.runs[open_cells] > 0)]
        if not open_cells.size:
            return
        more = min(have, asked.most_replicates - have)
        yield Stage(open_cells, asked.first_replicate + have, more)
        have += more


def narrow(tally: Tally, precision: float) -> np.ndarray:
    """For each cell whether the interval of its share broken is at most ``precision`` to either side on average."""
    low, high = intervals(tally.broken, tally.runs)
    found: np.ndarray = high - low <= 2 * precision
    return found


def intervals(broken: np.ndarray, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's 95 % interval of the share broken of every cell; 0 and 1 without runs."""
    pairs, place = np.unique(np.stack((broken, runs)), axis=1, return_inverse=True)
    ends = np.array([wilson(int(b), int(n)) for b, n in pairs.T]).reshape(-1, 2)
    place = place.ravel()
    return ends[place, 0], ends[place, 1]
