"""Running a design: chunks of runs through one narrow door, kept as they finish, merged when complete.

A run is a pure function of (scenario, replicate). The plan of chunks depends on the design alone, so a sweep that was
killed goes on where it was and ends with the same bytes.
"""

import os
import platform
import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
from tqdm import tqdm

from experiments.compose import BadInput, case
from experiments.grid import Design
from sim import tables

SECONDS_PER_SIDE_AND_ROUND = 1.5e-6
"""About what the Mesa engine takes; it only decides how large chunks are."""
CHUNK_SECONDS = 10.0
SERIAL_SECONDS = 3.0
"""Below this a pool of processes costs more than it saves."""
PURPOSE = "Theoretical exploration and illustration of when cooperation breaks down; not a forecast."
LIMITS = (
    "Payoffs and discount factors of real agencies are not measurable; values of cases are illustrative unless their "
    "file names a source. What counts is the ordering of conditions, not the place on the map."
)
LIBRARIES = ("mesa", "numpy", "numba", "scipy", "pyarrow", "hydra-core")

Chunk = tuple[int, int]
"""First run and the run after the last; run r is cell r // replicates."""


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


def run_chunk(design: Design, chunk: Chunk) -> tuple[list[tables.Row], list[tables.Row]]:
    """Rows and series of the runs of a chunk, in order: the one call behind which an engine works."""
    from sim.model import run

    rows: list[tables.Row] = []
    series: list[tables.Row] = []
    known: tuple[int, Any] = (-1, None)
    for number in range(*chunk):
        cell, replicate = _place(design, number)
        if known[0] != cell:
            known = (cell, case(design.cell(cell)))
        head = _head(design, cell, replicate)
        if not design.dilemma[cell]:
            tail = tables.empty_row(tables.NO_DILEMMA)
        else:
            try:
                history = run(known[1], known[1].scenario.seed, replicate)
                tail = tables.run_row(history)
                if design.settings.series:
                    series += [{"cell": cell, "replicate": replicate, **row} for row in tables.series_rows(history)]
            except Exception as error:  # one bad run must not cost the others
                tail = tables.empty_row(tables.FAILED, f"{type(error).__name__}: {error}")
        rows.append({**head, **tail, "overrides": design.overrides(cell, replicate)})
    return rows, series


def _place(design: Design, number: int) -> tuple[int, int]:
    cell, offset = divmod(number, design.settings.replicates)
    return cell, design.settings.first_replicate + offset


def _head(design: Design, cell: int, replicate: int) -> tables.Row:
    swept = {axis.name: _plain(value) for axis, value in zip(design.axes, design.values(cell), strict=True)}
    return {"cell": cell, "replicate": replicate, "seed": design.value(cell, "seed"), **swept}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, list) else value


_OF_WORKER: dict[str, Design] = {}


def _begin_worker(design: Design) -> None:
    _OF_WORKER["design"] = design


def _run_in_worker(chunk: Chunk) -> tuple[Chunk, list[tables.Row], list[tables.Row]]:
    return chunk, *run_chunk(_OF_WORKER["design"], chunk)


# --- the plan ------------------------------------------------------------------------------------------------------


def _seconds(design: Design, cell: int) -> float:
    """A guess at what one run of a cell takes, for the size of chunks."""
    parties = design.value(cell, "parties.organizations") + design.value(cell, "parties.ministries")
    sides = parties * max(parties - 1, 1)
    return 1e-3 + SECONDS_PER_SIDE_AND_ROUND * sides * float(design.value(cell, "horizon.rounds"))


def plan(design: Design) -> tuple[list[Chunk], float]:
    """The chunks of a design and the seconds it may take on one core: a function of the design alone."""
    replicates = design.settings.replicates
    cost = [_seconds(design, cell) for cell in range(design.size)]
    total = sum(cost) * replicates
    aim = min(CHUNK_SECONDS, max(total / 40, 0.05))
    chunks, first, filled = [], 0, 0.0
    for number in range(design.size * replicates):
        filled += cost[number // replicates]
        if filled >= aim:
            chunks.append((first, number + 1))
            first, filled = number + 1, 0.0
    if first < design.size * replicates:
        chunks.append((first, design.size * replicates))
    return chunks, total


# --- running it ----------------------------------------------------------------------------------------------------


def execute(design: Design) -> Results:
    """Run what is not yet run, and write the tables; a folder of another configuration is refused."""
    identity = design.identity()
    hash_of_all = tables.fingerprint(identity)
    folder = Path(design.settings.folder or Path("results") / f"{design.name}-{hash_of_all}")
    finished = _open_folder(folder, hash_of_all, identity)
    if not finished:
        started = datetime.now(UTC)
        tables.write_json(_manifest(design, hash_of_all, identity, started, None), folder / "manifest.json")
        _run_chunks(design, folder)
        _merge(design, folder)
        tables.write_json(
            _manifest(design, hash_of_all, identity, started, datetime.now(UTC)), folder / "manifest.json"
        )
    runs, series = tables.read(folder / "runs.parquet"), tables.read(folder / "series.parquet")
    assert runs is not None  # noqa: S101  it was written or checked just now
    return Results(design, folder, runs, series, hash_of_all)


def _open_folder(folder: Path, hash_of_all: str, identity: dict[str, Any]) -> bool:
    """Whether the folder already holds the finished results of this design; BadInput if it belongs to another."""
    manifest = tables.read_json(folder / "manifest.json")
    if manifest is None:
        if folder.exists() and any(folder.iterdir()):
            raise BadInput([f"folder: {folder} holds other files and no manifest.json; give an empty one"])
        return False
    if manifest["fingerprint"] != hash_of_all:
        told = ", ".join(_differences(manifest["identity"], identity)[:6])
        raise BadInput([f"folder: {folder} holds another configuration (it differs in {told}); give another folder="])
    return manifest["finished"] is not None and tables.read(folder / "runs.parquet") is not None


def _differences(old: Any, new: Any, name: str = "") -> list[str]:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [] if tables.fingerprint(old) == tables.fingerprint(new) else [name.strip(".")]
    keys = dict.fromkeys([*old, *new])
    return [found for key in keys for found in _differences(old.get(key), new.get(key), f"{name}.{key}".strip("."))]


def _run_chunks(design: Design, folder: Path) -> None:
    chunks, seconds = plan(design)
    missing = [chunk for chunk in chunks if not _is_kept(folder, chunk)]
    done = sum(last - first for first, last in chunks if (first, last) not in missing)
    total = design.size * design.settings.replicates
    workers = min(design.settings.workers or _cores(), len(missing))
    serial = workers <= 1 or seconds < SERIAL_SECONDS
    finished = _serially(design, missing) if serial else _in_processes(design, missing, workers)
    with tqdm(total=total, initial=done, desc=design.name, unit="run", delay=2) as progress:
        for chunk, rows, series in finished:
            if design.settings.series:
                tables.write_parquet(tables.table(series), _chunk_path(folder, chunk, "series"))
            tables.write_parquet(tables.table(rows), _chunk_path(folder, chunk, "runs"))
            progress.update(chunk[1] - chunk[0])


def _serially(design: Design, chunks: list[Chunk]) -> Iterator[tuple[Chunk, list[tables.Row], list[tables.Row]]]:
    for chunk in chunks:
        yield chunk, *run_chunk(design, chunk)


def _in_processes(
    design: Design, chunks: list[Chunk], workers: int
) -> Iterator[tuple[Chunk, list[tables.Row], list[tables.Row]]]:
    # spawn: the same on every system, and safe beside the threads of the table library
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin_worker, (design,)) as pool:
        pending = [pool.submit(_run_in_worker, chunk) for chunk in chunks]
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
