"""Tables and files: the only module of the science that writes.

Every file is written to a temporary name beside its place, flushed to the disk and renamed, so that a killed process
leaves either the old file or the new one, never half of it. The same rows give the same bytes under the same versions
of the libraries; times belong in the manifest only.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from sim.encoding import Encoding
from sim.history import REAL, SERIES, History
from sim.measures import MEASURES, measures, window_rates
from sim.world import World

OK, FAILED, NO_DILEMMA = "ok", "failed", "no_dilemma"
"""Status of a run: its measures hold; it raised; its payoffs are not the kind of game they are said to be."""

Row = dict[str, Any]


def run_columns(encoding: Encoding, world: World, played: History) -> dict[str, pa.Array]:
    """Status, error and measures of a block of runs, a column each."""
    runs = world.runs.cell.size
    found = measures(encoding, world, played)
    return {
        "status": pa.array([OK] * runs),
        "error": pa.nulls(runs, pa.string()),
        **{name: _measure(name, values) for name, values in found.items()},
    }


def _measure(name: str, values: np.ndarray) -> pa.Array:
    """A measure as a column of its type, null for nan."""
    null = np.isnan(values)
    kind = COLUMN_TYPES[name]
    return (
        pa.array(np.where(null, 0, values), mask=null).cast(kind)
        if kind != pa.bool_()
        else pa.array(np.where(null, 0, values).astype(bool), mask=null)
    )


def empty_columns(runs: int, status: str, error: str | None = None) -> dict[str, pa.Array]:
    """The same for runs without measures: they failed, or their game is not the kind it says."""
    told = {"status": pa.array([status] * runs), "error": pa.array([error] * runs, pa.string())}
    return told | {name: pa.nulls(runs, COLUMN_TYPES[name]) for name in MEASURES}


def series_columns(encoding: Encoding, world: World, played: History) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The run of each row, and a column for each series: one row for each round played of each run."""
    rates = window_rates(encoding.cells[world.runs.cell], world, played)
    time = np.arange(rates.shape[1])
    run, round_ = np.nonzero(time[None, :] < played.rounds[:, None])
    columns = {name: played.series[run, place, round_] for place, name in enumerate(SERIES)}
    counts = {name: values if name in REAL else values.astype(np.int64) for name, values in columns.items()}
    return run, {"round": round_, **counts, "window_cooperation_rate": rates[run, round_]}


_TYPES = {"yes or no": pa.bool_(), "round": pa.int64(), "rounds": pa.int64()}
_MEASURE_TYPES = {name: _TYPES.get(measure.unit, pa.float64()) for name, measure in MEASURES.items()}
COLUMN_TYPES = {"status": pa.string(), "error": pa.string(), **_MEASURE_TYPES}


def table(rows: Sequence[Row]) -> pa.Table:
    """A table of rows that share their keys; measures have fixed types, even where every value is null."""
    names = list(rows[0]) if rows else []
    columns = [pa.array([row[name] for row in rows], type=COLUMN_TYPES.get(name)) for name in names]
    return pa.table(dict(zip(names, columns, strict=True)))


def write_parquet(content: pa.Table, path: Path) -> None:
    """Write a table as Parquet, whole or not at all."""

    def write(temporary: Path) -> None:
        pa.parquet.write_table(content, temporary, compression="zstd")

    _write(path, write)


def write_csv(content: pa.Table, path: Path) -> None:
    """Write a table as CSV, whole or not at all."""
    _write(path, lambda temporary: pa.csv.write_csv(content, temporary))


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write a mapping as JSON, whole or not at all."""
    _write(
        path, lambda temporary: temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    )


def read(path: Path) -> pa.Table | None:
    """A Parquet table, or None if there is none or it was cut off."""
    try:
        return pa.parquet.read_table(path)
    except (FileNotFoundError, pa.ArrowInvalid):
        return None


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON mapping, or None if there is none."""
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return content


def _write(path: Path, write: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(temporary)
        with open(temporary, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def plain(table: Any) -> list[Any]:
    """A mandate table as plain lists."""
    return [list(table.functions), [[name, kind, sorted(held)] for name, kind, held in table.rows]]


def fingerprint(content: Any) -> str:
    """A short hash of any plain value, the same on every machine.

    >>> fingerprint({"b": 1, "a": [2.0]}) == fingerprint({"a": [2.0], "b": 1})
    True
    """
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def concatenate(parts: Iterable[pa.Table]) -> pa.Table:
    """Tables one after the other; a column that is null in one part takes the type it has in the others."""
    return pa.concat_tables(list(parts), promote_options="permissive")
