"""Running a design: chunks of runs through one narrow door, kept as they finish, merged when complete.

A run is a pure function of (scenario, replicate). The plan of chunks depends on the design alone, so a sweep that was
killed goes on where it was and ends with the same bytes.
"""

import os
import platform
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any, TextIO

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from experiments.compose import BadInput, case
from experiments.grid import Design
from sim import compiled, tables
from sim.encoding import Encoding, encode, is_column, spread
from sim.history import SERIES, History, join
from sim.world import World

SECONDS_PER_SIDE_AND_ROUND = {"batch": 1.5e-8, "mesa": 1.5e-6}
"""About what an engine takes; it only decides how large chunks are."""
SECONDS_PER_RUN = {"batch": 5e-5, "mesa": 3e-3}
CHUNK_SECONDS = 10.0
CHUNK_BYTES = 128e6
"""Of series and sides that a chunk may hold at once: the memory of a sweep does not grow with its cells."""
SERIAL_SECONDS = 3.0
"""Below this a pool of threads or processes costs more than it saves."""
PURPOSE = "Theoretical exploration and illustration of when cooperation breaks down; not a forecast."
LIMITS = (
    "Payoffs and discount factors of real agencies are not measurable; values of cases are illustrative unless their "
    "file names a source. What counts is the ordering of conditions, not the place on the map."
)
LIBRARIES = ("mesa", "numpy", "numba", "scipy", "pyarrow", "hydra-core")

Chunk = tuple[int, int]
"""First run and the run after the last; run r is cell r // replicates."""
Done = tuple[Chunk, pa.Table, pa.Table | None]
"""A chunk, the rows of its runs, and their series if they were asked for."""
Played = tuple[Encoding, World, History]


@dataclass(frozen=True)
class Results:
    """What a finished sweep holds: its folder, a row per run, and the series if they were asked for."""

    design: Design
    folder: Path
    runs: pa.Table
    series: pa.Table | None
    fingerprint: str

    @property
    def failed(self) -> int:
        """Number of runs that raised."""
        return self.runs.column("status").to_pylist().count(tables.FAILED)


# --- the door: a chunk goes in, its rows come out ------------------------------------------------------------------


def run_chunk(design: Design, chunk: Chunk) -> tuple[pa.Table, pa.Table | None]:
    """Rows and series of the runs of a chunk, in order: the one call behind which an engine works."""
    return _joined([_run_alike(design, alike) for alike in _alike(design, chunk)])


def _joined(parts: list[tuple[pa.Table, pa.Table | None]]) -> tuple[pa.Table, pa.Table | None]:
    series = [part[1] for part in parts if part[1] is not None]
    return tables.concatenate(part[0] for part in parts), tables.concatenate(series) if series else None


def _alike(design: Design, chunk: Chunk) -> Iterator[Chunk]:
    """Parts of a chunk whose cells share a mandate table, and have a dilemma or not."""
    replicates = design.settings.replicates
    first, kind = chunk[0], None
    for cell in range(chunk[0] // replicates, (chunk[1] - 1) // replicates + 1):
        now = design.dilemma[cell], design.value(cell, "topology.matrix")
        begin = max(chunk[0], cell * replicates)
        if kind is not None and now != kind:
            yield first, begin
            first = begin
        kind = now
    yield first, chunk[1]


def _run_alike(design: Design, chunk: Chunk) -> tuple[pa.Table, pa.Table | None]:
    runs, replicates = range(*chunk), design.settings.replicates
    cells = [run // replicates for run in runs]
    if not design.dilemma[cells[0]]:
        return _rows(design, runs, tables.empty_columns(len(runs), tables.NO_DILEMMA)), None
    replicate = np.array([design.settings.first_replicate + run % replicates for run in runs])
    try:
        encoding, world, played = ENGINES[design.settings.engine](design, np.array(cells), replicate)
    except Exception as error:  # one bad run must not cost the others
        if len(runs) > 1:
            return _joined([_run_alike(design, (run, run + 1)) for run in runs])
        failed = tables.empty_columns(1, tables.FAILED, f"{type(error).__name__}: {error}")
        return _rows(design, runs, failed), None
    rows = _rows(design, runs, tables.run_columns(encoding, world, played))
    if not design.settings.series:
        return rows, None
    run, columns = tables.series_columns(encoding, world, played)
    return rows, pa.table({"cell": np.array(cells)[run], "replicate": replicate[run], **columns})


def _play_batch(design: Design, cells: np.ndarray, replicate: np.ndarray) -> Played:
    from sim.batch import play

    distinct = range(int(cells[0]), int(cells[-1]) + 1)
    encoding = encode_cells(design, distinct)
    seed = np.array([design.value(cell, "seed") for cell in distinct], dtype=np.uint64)
    place = cells - distinct[0]
    world, played = play(encoding, place, replicate, seed[place])
    return encoding, world, played


def encode_cells(design: Design, cells: range) -> Encoding:
    """Cells as numbers: one scenario for each combination of words and choices, and columns for what is a number."""
    words = [at for at, axis in enumerate(design.axes) if not is_column(axis.name)]
    values = [design.values(cell) for cell in cells]
    first: dict[tuple[str, ...], int] = {}
    keys = [tuple(str(value[at]) for at in words) for value in values]
    for cell, key in zip(cells, keys, strict=True):
        first.setdefault(key, cell)
    few = encode([case(design.cell(cell)) for cell in first.values()])
    number = {key: at for at, key in enumerate(first)}
    columns = {
        axis.name: np.array([value[at] for value in values]) for at, axis in enumerate(design.axes) if at not in words
    }
    return spread(few, np.array([number[key] for key in keys]), columns)


def _play_mesa(design: Design, cells: np.ndarray, replicate: np.ndarray) -> Played:
    from sim.model import run

    distinct = range(int(cells[0]), int(cells[-1]) + 1)
    cases = {cell: case(design.cell(cell)) for cell in distinct}
    runs = [
        run(cases[cell], design.value(cell, "seed"), number)
        for cell, number in zip(cells.tolist(), replicate.tolist(), strict=True)
    ]
    world, played = join(runs, cells - distinct[0])
    return encode(list(cases.values())), world, played


ENGINES = {"batch": _play_batch, "mesa": _play_mesa}
"""Each plays some runs of some cases and hands over the same, to the bit."""


def _rows(design: Design, runs: range, tail: dict[str, pa.Array]) -> pa.Table:
    """The rows of some runs: who they are, what was swept, their measures, and the words that repeat them."""
    replicates, settings = design.settings.replicates, design.settings
    cells = [run // replicates for run in runs]
    numbers = [settings.first_replicate + run % replicates for run in runs]
    values = {cell: design.values(cell) for cell in dict.fromkeys(cells)}
    words = {cell: design.overrides(cell, 0).removesuffix("first_replicate=0 replicates=1") for cell in values}
    seeds = {cell: design.value(cell, "seed") for cell in values}
    swept = {axis.name: [_plain(values[cell][at]) for cell in cells] for at, axis in enumerate(design.axes)}
    return pa.table(
        {
            "cell": cells,
            "replicate": numbers,
            "seed": pa.array([seeds[cell] for cell in cells], pa.uint64()),
            **swept,
            **tail,
            "overrides": [
                f"{words[cell]}first_replicate={number} replicates=1"
                for cell, number in zip(cells, numbers, strict=True)
            ],
        }
    )


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, list) else value


_OF_WORKER: dict[str, Design] = {}


def _begin_worker(design: Design) -> None:
    _OF_WORKER["design"] = design
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends its workers
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """A worker whose command was killed must not wait for it for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_in_worker(chunk: Chunk) -> Done:
    return chunk, *run_chunk(_OF_WORKER["design"], chunk)


# --- the plan ------------------------------------------------------------------------------------------------------


COSTLY = (
    "parties.organizations",
    "parties.ministries",
    "horizon.rounds",
    "information.response_lag",
    "information.response_lag_cap",
)
"""What time and memory of a run depend on most."""


def _cost(engine: str, organizations: int, ministries: int, rounds: int, *lags: int) -> tuple[float, float]:
    """A guess at what one run takes, seconds and bytes, for the size of chunks."""
    parties = organizations + ministries
    sides = parties * max(parties - 1, 1)
    seconds = SECONDS_PER_RUN[engine] + SECONDS_PER_SIDE_AND_ROUND[engine] * sides * float(rounds)
    reports = min(rounds, max(lags) + 1)
    return seconds, len(SERIES) * 8.0 * rounds + (120.0 + reports) * sides


def plan(design: Design) -> tuple[list[Chunk], float]:
    """The chunks of a design and the seconds it may take on one core: a function of the design alone."""
    replicates = design.settings.replicates
    known: dict[tuple[Any, ...], tuple[float, float]] = {}
    cost = []
    for cell in range(design.size):
        what = tuple(design.value(cell, name) for name in COSTLY)
        if what not in known:
            known[what] = _cost(design.settings.engine, *what)
        cost.append(known[what])
    total = sum(seconds for seconds, _ in cost) * replicates
    aim = min(CHUNK_SECONDS, max(total / 40, CHUNK_SECONDS / 200))
    chunks, first, filled, held = [], 0, 0.0, 0.0
    for number in range(design.size * replicates):
        seconds, size = cost[number // replicates]
        filled, held = filled + seconds, held + size
        if filled >= aim or held >= CHUNK_BYTES:
            chunks.append((first, number + 1))
            first, filled, held = number + 1, 0.0, 0.0
    if first < design.size * replicates:
        chunks.append((first, design.size * replicates))
    return chunks, total


# --- running it ----------------------------------------------------------------------------------------------------


def execute(design: Design) -> Results:
    """Run what is not yet run, and write the tables; a folder of another configuration is refused."""
    identity = design.identity()
    hash_of_all = tables.fingerprint(identity)
    folder = Path(design.settings.folder or Path("results") / f"{design.name}-{hash_of_all}")
    if not _open_folder(design, folder, hash_of_all, identity):
        with _alone_in(folder):
            if not _open_folder(design, folder, hash_of_all, identity):  # another process may just have finished it
                _fill(design, folder, hash_of_all, identity)
    runs, series = tables.read(folder / "runs.parquet"), tables.read(folder / "series.parquet")
    assert runs is not None  # noqa: S101  it was written or checked just now
    return Results(design, folder, runs, series, hash_of_all)


def _fill(design: Design, folder: Path, hash_of_all: str, identity: dict[str, Any]) -> None:
    started = datetime.now(UTC)
    tables.write_json(_manifest(design, hash_of_all, identity, started, None), folder / "manifest.json")
    _run_chunks(design, folder)
    _merge(design, folder)
    tables.write_json(_manifest(design, hash_of_all, identity, started, datetime.now(UTC)), folder / "manifest.json")


LOCK = ".lock"


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One process at a time writes into a folder; the system takes the lock away from one that was killed."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / LOCK, "a+") as lock:
        if not (_take(lock) and (folder / LOCK).exists()):
            raise OSError(f"another process is writing into {folder}; wait for it, or give another folder=")
        try:
            yield
        finally:
            (folder / LOCK).unlink(missing_ok=True)


def _take(lock: TextIO) -> bool:
    """Lock an open file for this process alone, or say that somebody else has it."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _open_folder(design: Design, folder: Path, hash_of_all: str, identity: dict[str, Any]) -> bool:
    """Whether the folder already holds the finished results of this design; BadInput if it belongs to another."""
    if folder.exists() and not folder.is_dir():
        raise BadInput([f"folder: {folder} is a file; give another folder="])
    manifest = tables.read_json(folder / "manifest.json")
    if manifest is None:
        if folder.exists() and any(path.name != LOCK for path in folder.iterdir()):
            raise BadInput([f"folder: {folder} holds other files and no manifest.json; give an empty one"])
        return False
    if manifest["fingerprint"] != hash_of_all:
        told = ", ".join(_differences(manifest["identity"], identity)[:6])
        raise BadInput([f"folder: {folder} holds another configuration (it differs in {told}); give another folder="])
    runs = tables.read(folder / "runs.parquet")
    return manifest["finished"] is not None and runs is not None and runs.num_rows == _runs_of(design)


def _runs_of(design: Design) -> int:
    return design.size * design.settings.replicates


def _differences(old: Any, new: Any, name: str = "") -> list[str]:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [] if tables.fingerprint(old) == tables.fingerprint(new) else [name.strip(".")]
    keys = dict.fromkeys([*old, *new])
    return [found for key in keys for found in _differences(old.get(key), new.get(key), f"{name}.{key}".strip("."))]


def _run_chunks(design: Design, folder: Path) -> None:
    chunks, seconds = plan(design)
    missing = [chunk for chunk in chunks if not _is_kept(folder, chunk)]
    done = sum(last - first for first, last in chunks if (first, last) not in missing)
    total = _runs_of(design)
    workers = min(design.settings.workers or _cores(), len(missing))
    with tqdm(total=total, initial=done, desc=design.name, unit="run", delay=2) as progress:
        for chunk, rows, series in _run_all(design, missing, workers, seconds):
            if series is not None:
                tables.write_parquet(series, _chunk_path(folder, chunk, "series"))
            tables.write_parquet(rows, _chunk_path(folder, chunk, "runs"))
            progress.update(chunk[1] - chunk[0])


def _run_all(design: Design, chunks: list[Chunk], workers: int, seconds: float) -> Iterator[Done]:
    """Threads for compiled loops, processes for agents, neither for what is done at once."""
    if design.settings.engine == "batch" and not compiled.is_compiled():
        print("Compiling the rules, once for each version of them (about half a minute) ...", file=sys.stderr)
    if workers <= 1 or seconds < SERIAL_SECONDS:
        yield from ((chunk, *run_chunk(design, chunk)) for chunk in chunks)
    elif design.settings.engine == "batch":
        with ThreadPoolExecutor(workers) as pool:
            yield from _as_finished(pool, lambda chunk: (chunk, *run_chunk(design, chunk)), chunks)
    else:
        # spawn: the same on every system, and safe beside the threads of the table library
        with ProcessPoolExecutor(workers, get_context("spawn"), _begin_worker, (design,)) as processes:
            started = processes._processes  # the pool forgets its workers once it is shut down
            try:
                yield from _as_finished(processes, _run_in_worker, chunks)
            except BaseException:  # who interrupts does not want to wait for the runs under way
                for process in list((started or {}).values()):
                    process.terminate()
                raise


def _as_finished(pool: Executor, work: Callable[[Chunk], Done], chunks: list[Chunk]) -> Iterator[Done]:
    pending = [pool.submit(work, chunk) for chunk in chunks]
    try:
        for future in as_completed(pending):
            yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def _chunk_path(folder: Path, chunk: Chunk, kind: str) -> Path:
    return folder / "chunks" / f"{kind}-{chunk[0]:09d}-{chunk[1]:09d}.parquet"


def _is_kept(folder: Path, chunk: Chunk) -> bool:
    kept = tables.read(_chunk_path(folder, chunk, "runs"))
    return kept is not None and kept.num_rows == chunk[1] - chunk[0]


def _merge(design: Design, folder: Path) -> None:
    """One table of all runs, in order; the chunks are removed once it is on the disk."""
    chunks, _ = plan(design)
    for kind in ("series", "runs") if design.settings.series else ("runs",):
        parts = [tables.read(_chunk_path(folder, chunk, kind)) for chunk in chunks]
        whole = tables.concatenate(part for part in parts if part is not None and part.num_rows)
        if kind == "runs" and whole.num_rows != _runs_of(design):
            raise OSError(f"{folder} holds {whole.num_rows} of {_runs_of(design)} runs; start the same line again")
        whole = whole.combine_chunks()  # the bytes must not tell how the work was divided
        tables.write_parquet(whole, folder / f"{kind}.parquet")
        if kind == "runs":
            tables.write_csv(whole, folder / "runs.csv")
    for path in (folder / "chunks").iterdir():
        path.unlink()
    (folder / "chunks").rmdir()


# --- what is told beside the tables --------------------------------------------------------------------------------


def _manifest(
    design: Design, hash_of_all: str, identity: dict[str, Any], started: datetime, finished: datetime | None
) -> dict[str, Any]:
    return {
        "name": design.name,
        "command": design.command,
        "fingerprint": hash_of_all,
        "cells": design.size,
        "replicates": design.settings.replicates,
        "first_replicate": design.settings.first_replicate,
        "seed": design.settings.seed,
        "purpose": PURPOSE,
        "limits": LIMITS,
        "started": started.isoformat(timespec="seconds"),
        "finished": finished and finished.isoformat(timespec="seconds"),
        "seconds": finished and round((finished - started).total_seconds(), 3),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: version(name) for name in LIBRARIES},
        "git": _git_state(),
        "identity": identity,
    }


def _git_state() -> str | None:
    """The commit of the code and whether it was changed, if git can tell."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip()
