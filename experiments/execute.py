"""Running a design: stages of chunks, kept as they finish, merged when complete.

A run is a pure function of (scenario, replicate), and the plan of chunks depends on the design and the results before
it alone, so a sweep that was killed goes on where it was and ends with the same bytes.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from experiments import pool, refine, stages
from experiments.chunks import tell_of_compiling
from experiments.compose import BadInput
from experiments.front import RunFailed
from experiments.grid import Design
from experiments.pool import Chunk, Stopping
from experiments.stages import Stage, Tally
from sim import tables
from sim.history import SERIES

SECONDS_PER_SIDE_AND_ROUND = {"batch": 1e-8, "mesa": 1.5e-6}
"""About what an engine takes; it only decides how large chunks are."""
SECONDS_PER_RUN = {"batch": 5e-5, "mesa": 3e-3}
CHUNK_SECONDS = 10.0
CHUNK_BYTES = 128e6
"""Of series and sides that a chunk may hold at once: the memory of a sweep does not grow with its cells."""
SERIAL_SECONDS = 3.0
"""Below this a second worker costs more than it saves."""
MOST_CSV_ROWS = 100_000
"""Up to so many runs are also written as CSV; beyond, a spreadsheet could not open them."""
SWEEPERS = {"grid": stages.grid, "border": refine.border}
"""Which runs a sweep asks for."""
PURPOSE = "Theoretical exploration and illustration of when cooperation breaks down; not a forecast."
LIMITS = (
    "Payoffs and discount factors of real agencies are not measurable; values of cases are illustrative unless their "
    "file names a source. What counts is the ordering of conditions, not the place on the map."
)
LIBRARIES = ("mesa", "numpy", "numba", "scipy", "pyarrow", "hydra-core")


@dataclass(frozen=True)
class Results:
    """What a finished sweep holds: its folder, what was counted of each cell, and its tables on the disk."""

    design: Design
    folder: Path
    fingerprint: str
    tally: Tally

    @cached_property
    def runs(self) -> pa.Table:
        """A row for each run, the whole table."""
        return pq.read_table(self.folder / "runs.parquet")

    @property
    def series(self) -> pa.Table | None:
        """The series of all runs, if they were asked for."""
        return tables.read(self.folder / "series.parquet")

    def column(self, name: str) -> pa.ChunkedArray:
        """One column of the runs; a large sweep does not hold all of them at once."""
        with pq.ParquetFile(self.folder / "runs.parquet") as runs:
            return runs.read([name]).column(name)

    @property
    def failed(self) -> int:
        """Number of runs that have an error in place of measures."""
        return int(self.tally.failed.sum())


# --- the plan ------------------------------------------------------------------------------------------------------


COSTLY = (
    "parties.organizations",
    "parties.ministries",
    "horizon.rounds",
    "information.response_lag",
    "information.response_lag_cap",
)
"""What time and memory of a run depend on most."""


def costs(design: Design, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A guess at what one run of each of some cells takes, in seconds and bytes."""
    organizations, ministries, rounds, *lags = (design.column(name, cells).astype(float) for name in COSTLY)
    parties = organizations + ministries
    sides, engine = parties * np.maximum(parties - 1, 1), design.settings.engine
    seconds = SECONDS_PER_RUN[engine] + SECONDS_PER_SIDE_AND_ROUND[engine] * sides * rounds
    reports = np.minimum(rounds, np.maximum(*lags) + 1)
    return seconds, len(SERIES) * 8.0 * rounds + (120.0 + reports) * sides


def plan(design: Design, stage: Stage, number: int = 0) -> tuple[list[Chunk], float]:
    """The chunks of a stage and the seconds it may take on one core: a function of the two alone."""
    seconds, size = costs(design, stage.cells)
    total = float(seconds.sum()) * stage.count
    aim = min(CHUNK_SECONDS, max(total / 40, CHUNK_SECONDS / 200))
    load = np.maximum(seconds / aim, size / CHUNK_BYTES)  # of a run, in chunks
    ends = np.cumsum(load * stage.count)
    cuts = np.arange(1, int(np.ceil(ends[-1])))
    cell = np.searchsorted(ends, cuts)
    within = np.ceil(stage.count - (ends[cell] - cuts) / load[cell])
    borders = np.unique(np.concatenate(([0], cell * stage.count + within.astype(np.int64), [stage.runs])))
    spent = total / stage.runs
    return [
        Chunk(number, first, last, stage, spent * (last - first))
        for first, last in pairwise(borders.tolist())
    ], total


# --- running it ----------------------------------------------------------------------------------------------------


def execute(design: Design) -> Results:
    """Run what is not yet run, and write the tables; a folder of another configuration is refused."""
    identity = design.identity()
    hash_of_all = tables.fingerprint(identity)
    folder = Path(design.settings.folder or Path("results") / f"{design.name}-{hash_of_all}")
    tally = None
    if not _open_folder(design, folder, hash_of_all, identity):
        with _alone_in(folder):
            if not _open_folder(design, folder, hash_of_all, identity):  # another process may just have finished it
                tally = _fill(design, folder, hash_of_all, identity)
    if tally is None:
        _clear(folder)  # what a process left that was killed when all else was done
        if (folder / LOCK).exists():
            (folder / LOCK).unlink(missing_ok=True)
        tally = _counted_again(design, folder)
    return Results(design, folder, hash_of_all, tally)


def _fill(design: Design, folder: Path, hash_of_all: str, identity: dict[str, Any]) -> Tally:
    started = datetime.now(UTC)
    told = _manifest(design, hash_of_all, identity, started)
    tables.write_json(told, folder / "manifest.json")
    chunks, tally = _run_stages(design, folder)
    _merge(design, folder, chunks)
    finished = datetime.now(UTC)
    told |= {
        "finished": finished.isoformat(timespec="seconds"),
        "seconds": round((finished - started).total_seconds(), 3),
        "runs": sum(chunk.last - chunk.first for chunk in chunks),
        "audit": tally.audit,
    }
    tables.write_json(told, folder / "manifest.json")
    _clear(folder)  # last: a disk that is full, or a kill, must not cost what was played
    return tally


def _clear(folder: Path) -> None:
    """Remove the chunks, which nobody needs once the tables are whole."""
    kept = folder / "chunks"
    if kept.exists():
        for path in kept.iterdir():
            path.unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # another process may do the same
            kept.rmdir()


def _counted_again(design: Design, folder: Path) -> Tally:
    """The tally of a finished folder: its rows lie in the order in which the stages asked for them."""
    rows = pq.read_table(folder / "runs.parquet", columns=["cell", "status", "broken"])
    tally, first = Tally.empty(design.size), 0
    for stage in SWEEPERS[design.sweeper](design, tally):
        tally.add(rows.slice(first, stage.runs))
        first += stage.runs
    return tally


def _run_stages(design: Design, folder: Path) -> tuple[list[Chunk], Tally]:
    """Play what is not kept yet of every stage; all chunks in order, and what they add up to."""
    tally, stopping, planned = Tally.empty(design.size), Stopping(), []
    with tqdm(total=0, desc=design.name, unit="run", delay=2) as progress, stopping.listening(_told_to_stop):
        for number, stage in enumerate(SWEEPERS[design.sweeper](design, tally)):
            chunks, seconds = plan(design, stage, number)
            planned += chunks
            progress.total += stage.runs
            _run_chunks(design, folder, chunks, seconds, tally, stopping, progress)
    return planned, tally


def _told_to_stop() -> None:
    print("\nStopping: what is under way is finished and kept; Ctrl-C again ends at once.", file=sys.stderr)


def _run_chunks(
    design: Design, folder: Path, chunks: list[Chunk], seconds: float, tally: Tally, stopping: Stopping, progress: Any
) -> None:
    missing = []
    for chunk in chunks:
        kept = tables.read(_chunk_path(folder, chunk, "runs"), ["cell", "status", "broken"])
        if kept is None or kept.num_rows != chunk.last - chunk.first:
            missing.append(chunk)
            continue
        tally.add(kept)
        progress.update(kept.num_rows)
    engine, compute = design.settings.engine, design.settings.compute
    if engine == "batch":
        tell_of_compiling()
    at_once = seconds < SERIAL_SECONDS
    processes = compute == "processes" or (compute == "auto" and engine == "mesa" and not at_once)
    workers = 1 if at_once else max(1, min(design.settings.workers or cores(), len(missing)))
    with closing(pool.play(design, missing, workers, processes, stopping)) as played:
        for chunk, (rows, series) in played:
            if design.settings.fail_fast and tables.FAILED in rows.column("status").to_pylist():
                raise RunFailed(_first_failure(rows))
            if series is not None:
                tables.write_parquet([series], _chunk_path(folder, chunk, "series"))
            tables.write_parquet([rows], _chunk_path(folder, chunk, "runs"))
            tally.add(rows)
            progress.update(rows.num_rows)
    if stopping.asked:
        raise KeyboardInterrupt


def _first_failure(rows: pa.Table) -> str:
    row = next(row for row in rows.to_pylist() if row["status"] == tables.FAILED)
    return f"{row['error']} (repeat it: python -m experiments.run {row['overrides']})"


LOCK = ".lock"

@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One process at a time writes into a folder; the system takes the lock away from one that was killed."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / LOCK, "a+") as lock:
        if not (_take(lock) and (folder / LOCK).exists()):
            raise OSError(f"another process is writing into {folder}; wait for it, or give another folder=")
        for half_written in folder.rglob(f".*{tables.PART}"):  # by a process that was killed
            half_written.unlink(missing_ok=True)
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
        if folder.exists() and not all(map(_left_behind, folder.iterdir())):
            raise BadInput([f"folder: {folder} holds other files and no manifest.json; give an empty one"])
        return False
    if manifest["fingerprint"] != hash_of_all:
        told = ", ".join(_differences(manifest["identity"], identity)[:6])
        raise BadInput([f"folder: {folder} holds another configuration (it differs in {told}); give another folder="])
    if manifest["finished"] is None or tables.rows_of(folder / "runs.parquet") != manifest["runs"]:
        return False
    return not design.settings.series or tables.rows_of(folder / "series.parquet") is not None


def _left_behind(path: Path) -> bool:
    """Whether a file is what a command leaves that was killed before it wrote the manifest."""
    return path.name == LOCK or path.match(f".manifest.json.*{tables.PART}")


def _differences(old: Any, new: Any, name: str = "") -> list[str]:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [] if tables.fingerprint(old) == tables.fingerprint(new) else [name.strip(".")]
    keys = dict.fromkeys([*old, *new])
    return [found for key in keys for found in _differences(old.get(key), new.get(key), f"{name}.{key}".strip("."))]


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def _chunk_path(folder: Path, chunk: Chunk, kind: str) -> Path:
    return folder / "chunks" / f"{kind}-{chunk.number:03d}-{chunk.first:09d}-{chunk.last:09d}.parquet"


def _merge(design: Design, folder: Path, chunks: list[Chunk]) -> None:
    """One table of all runs, in the order they were asked for."""
    asked = sum(chunk.last - chunk.first for chunk in chunks)
    for kind in ("series", "runs") if design.settings.series else ("runs",):
        paths = [_chunk_path(folder, chunk, kind) for chunk in chunks]
        parts = (part for part in map(tables.read, paths) if part is not None and part.num_rows)
        written = tables.write_parquet(parts, folder / f"{kind}.parquet")
        if kind == "runs" and written != asked:
            (folder / "runs.parquet").unlink()
            raise OSError(f"{folder} holds {written} of {asked} runs; start the same line again")
    if asked <= MOST_CSV_ROWS:
        tables.write_csv([pq.read_table(folder / "runs.parquet")], folder / "runs.csv")


# --- what is told beside the tables --------------------------------------------------------------------------------


def _manifest(
    design: Design, hash_of_all: str, identity: dict[str, Any], started: datetime
) -> dict[str, Any]:
    return {
        "name": design.name,
        "command": design.command,
        "line": list(design.line),
        "sweeper": design.sweeper,
        "fingerprint": hash_of_all,
        "cells": design.size,
        "replicates": design.settings.replicates,
        "first_replicate": design.settings.first_replicate,
        "seed": design.settings.seed,
        "purpose": PURPOSE,
        "limits": LIMITS,
        "started": started.isoformat(timespec="seconds"),
        "finished": None,
        "seconds": None,
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
