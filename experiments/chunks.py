"""The narrow door: a chunk of runs goes in, a table comes out.

A run is a pure function of (scenario, replicate), so it does not matter where a chunk is played, with which others, or
how often it was tried. Whatever plays chunks (threads, processes, later the machines of a cluster) needs ``run_chunk``
and nothing else.
"""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from experiments.compose import Settings, case
from experiments.grid import Axis, Design, single
from sim import compiled, tables
from sim.encoding import Encoding, encode, is_column, spread
from sim.history import History, join
from sim.world import World

Rows = tuple[pa.Table, pa.Table | None]
"""A row for each run, and their series if they were asked for."""
Part = tuple[pa.Table, pa.Table | None, np.ndarray]
"""Rows, series, and the run of each row of the series."""
Played = tuple[Encoding, World, History]


def tell_of_compiling() -> None:
    """Say so where the first run of a version of the rules has to wait for them to be compiled."""
    if not compiled.is_compiled():
        print("Compiling the rules, once for each version of them (some ten to thirty seconds) ...", file=sys.stderr)


def run_chunk(design: Design, cells: np.ndarray, replicates: np.ndarray) -> Rows:
    """Rows and series of some runs, in their order; ``cells`` and ``replicates`` have an entry for each.

    A run that raises is a row with its error, and costs its neighbours nothing. OSError: the disk is at fault.
    """
    places = list(_alike(design, cells))
    parts = [_run_alike(design, cells[at], replicates[at]) for at in places]
    order = np.argsort(np.concatenate(places), kind="stable")
    rows = tables.concatenate(part[0] for part in parts)
    return rows if len(parts) == 1 else rows.take(pa.array(order)), _series(parts, places)


def _series(parts: list[Part], places: list[np.ndarray]) -> pa.Table | None:
    """The series of all parts, run by run."""
    found = [(part[1], at[part[2]]) for part, at in zip(parts, places, strict=True) if part[1] is not None]
    if not found:
        return None
    order = np.argsort(np.concatenate([at for _, at in found]), kind="stable")
    return tables.concatenate(table for table, _ in found).take(pa.array(order))


def _alike(design: Design, cells: np.ndarray) -> Iterator[np.ndarray]:
    """Places of the runs that can be played together: they share a mandate table, and have a dilemma or not."""
    matrix = [str(name) for name in design.column("topology.matrix", cells)]
    told = [f"{dilemma} {name}" for dilemma, name in zip(design.dilemma[cells], matrix, strict=True)]
    _, kinds = np.unique(told, return_inverse=True)
    for kind in range(kinds.max() + 1):
        yield np.flatnonzero(kinds == kind)


def _run_alike(design: Design, cells: np.ndarray, replicates: np.ndarray) -> Part:
    """Runs that an engine can play together."""
    nothing = np.zeros(0, dtype=np.int64)
    if not design.dilemma[cells[0]]:
        return _rows(design, cells, replicates, tables.empty_columns(len(cells), tables.NO_DILEMMA)), None, nothing
    try:
        encoding, world, played = ENGINES[design.settings.engine](design, cells, replicates)
    except OSError:  # a run reads and writes nothing: the disk is to blame, and no row may say otherwise
        raise
    except Exception as error:
        if len(cells) > 1:
            return _run_one_by_one(design, cells, replicates)
        return failed_rows(design, cells, replicates, f"{type(error).__name__}: {error}"), None, nothing
    rows = _rows(design, cells, replicates, tables.run_columns(encoding, world, played))
    if not design.settings.series:
        return rows, None, nothing
    run, columns = tables.series_columns(encoding, world, played)
    return rows, pa.table({"cell": cells[run], "replicate": replicates[run], **columns}), run


def _run_one_by_one(design: Design, cells: np.ndarray, replicates: np.ndarray) -> Part:
    """The same with every run alone, to find the one that raises."""
    alone = [_run_alike(design, cells[at : at + 1], replicates[at : at + 1]) for at in range(len(cells))]
    series = [part[1] for part in alone if part[1] is not None]
    run = np.concatenate([part[2] + at for at, part in enumerate(alone)])
    return tables.concatenate(part[0] for part in alone), tables.concatenate(series) if series else None, run


def failed_rows(design: Design, cells: np.ndarray, replicates: np.ndarray, error: str) -> pa.Table:
    """Rows of runs that have no measures, with the reason."""
    return _rows(design, cells, replicates, tables.empty_columns(len(cells), tables.FAILED, error))


def _rows(design: Design, cells: np.ndarray, replicates: np.ndarray, tail: dict[str, pa.Array]) -> pa.Table:
    """The rows of some runs: who they are, what was swept, their measures, and the words that repeat them."""
    swept = {
        axis.name: _values(axis).take(pa.array(at)) for axis, at in zip(design.axes, design.places(cells), strict=True)
    }
    return pa.table(
        {
            "cell": cells,
            "replicate": replicates,
            "seed": pa.array(design.column("seed", cells), pa.uint64()),
            **swept,
            **tail,
            "overrides": design.overrides(cells, replicates),
        }
    )


def _values(axis: Axis) -> pa.Array:
    return pa.array([str(value) if isinstance(value, list) else value for value in axis.values])


def load(engine: str) -> None:
    """Load an engine, compiled if need be, by a run of the defaults; later calls find it ready."""
    first = np.zeros(1, dtype=np.int64)
    tables.run_columns(*ENGINES[engine](single([], "", "", Settings()), first, first))


# --- the engines ---------------------------------------------------------------------------------------------------


def _play_batch(design: Design, cells: np.ndarray, replicates: np.ndarray) -> Played:
    from sim.batch import play

    distinct, place = np.unique(cells, return_inverse=True)
    encoding = encode_cells(design, distinct)
    seed = design.column("seed", distinct).astype(np.uint64)
    world, played = play(encoding, place, replicates, seed[place])
    return encoding, world, played


def encode_cells(design: Design, cells: np.ndarray) -> Encoding:
    """Cells as numbers: one scenario for each combination of words and choices, and columns for what is a number."""
    places = design.places(cells)
    combination = np.zeros(len(cells), dtype=np.int64)
    columns = {}
    for axis, at in zip(design.axes, places, strict=True):
        if is_column(axis.name):
            columns[axis.name] = design.column(axis.name, cells)
        else:
            combination = combination * len(axis.values) + at
    _, first, number = np.unique(combination, return_index=True, return_inverse=True)
    few = encode([case(design.cell(cell)) for cell in cells[first].tolist()])
    return spread(few, number, columns)


def _play_mesa(design: Design, cells: np.ndarray, replicates: np.ndarray) -> Played:
    from sim.model import run

    distinct, place = np.unique(cells, return_inverse=True)
    cases = [case(design.cell(cell)) for cell in distinct.tolist()]
    seed = [int(design.value(cell, "seed")) for cell in distinct.tolist()]
    runs = [run(cases[at], seed[at], number) for at, number in zip(place.tolist(), replicates.tolist(), strict=True)]
    world, played = join(runs, place)
    return encode(cases), world, played


ENGINES: dict[str, Any] = {"batch": _play_batch, "mesa": _play_mesa}
"""Each plays some runs of some cells and hands over the same, to the bit."""
