"""Tables and files: the only module of the science that writes.

Every file is written to a temporary name beside its place, flushed to the disk and renamed, so that a killed process
leaves either the old file or the new one, never half of it. The same rows give the same bytes under the same versions
of the libraries; times belong in the manifest only.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from sim.encoding import Encoding
from sim.history import REAL, SERIES, History, is_finite
from sim.measures import MEASURES, measures, window_rates
from sim.world import World

OK, FAILED, NO_DILEMMA, INFERRED = "ok", "failed", "no_dilemma", "inferred"
"""Status of a run: its measures hold; it raised; its payoffs are not the kind of game they are said to be. A cell that
was not run, because its neighbours agree on it, is inferred."""

Row = dict[str, Any]


def run_columns(encoding: Encoding, world: World, played: History) -> dict[str, pa.Array]:
    """Status, error and measures of a block of runs, a column each."""
    found, sound = measures(encoding, world, played), is_finite(world, played)
    values = np.stack(list(found.values()))
    missing = np.isnan(values) | ~sound
    filled = np.where(missing, 0.0, values)
    return {
        "status": pa.array(np.where(sound, OK, FAILED)),
        "error": pa.array([None if each else NOT_FINITE for each in sound.tolist()], pa.string()),
        **{
            name: pa.array(column.astype(COLUMN_TYPES[name].to_pandas_dtype()), mask=null)
            for name, column, null in zip(found, filled, missing, strict=True)
        },
    }


NOT_FINITE = "NotFinite: a series or a payoff of the run is not a finite number"
"""A run that went wrong without raising: its measures would be nulls or nonsense."""


def empty_columns(runs: int, status: str, error: str | None = None) -> dict[str, pa.Array]:
    """The same for runs without measures: they failed, or their game is not the kind it says."""
    told = {"status": pa.array([status] * runs), "error": pa.array([error] * runs, pa.string())}
    return told | {name: pa.nulls(runs, COLUMN_TYPES[name]) for name in MEASURES}


def series_columns(encoding: Encoding, world: World, played: History) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The run of each row, and a column for each series: one row for each round played of each run."""
    windows = {"breakdown_window": encoding.cells["breakdown_window"][world.runs.cell]}
    rates = window_rates(windows, world, played)
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


PART = ".part"
"""How the temporary name of a file ends that is being written."""
ROW_GROUP = 2**16


def write_parquet(parts: Iterable[pa.Table], path: Path) -> int:
    """Write tables one after the other as one Parquet file, whole or not at all; returns the number of rows.

    Rows are written in groups of a fixed size, so that the bytes do not tell how the work was divided, and no more than
    a part and a group are held at once.
    """
    rows = 0

    def write(temporary: Path) -> None:
        nonlocal rows
        writer = None
        for group in _groups(parts):
            writer = writer or pa.parquet.ParquetWriter(temporary, group.schema, compression="zstd")
            writer.write_table(group.cast(writer.schema), row_group_size=ROW_GROUP)
            rows += group.num_rows
        if writer is None:
            raise OSError(f"nothing to write into {path}")
        writer.close()

    _write(path, write)
    return rows


def _groups(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in groups of ROW_GROUP, the last one shorter."""
    held: pa.Table | None = None
    for part in parts:
        held = part if held is None else concatenate([held, part])
        while held.num_rows > ROW_GROUP:
            yield held.slice(0, ROW_GROUP).combine_chunks()
            held = held.slice(ROW_GROUP)
    if held is not None:
        yield held.combine_chunks()


def write_csv(parts: Iterable[pa.Table], path: Path) -> None:
    """Write tables one after the other as one CSV file, whole or not at all."""

    def write(temporary: Path) -> None:
        writer = None
        for part in parts:
            writer = writer or pa.csv.CSVWriter(temporary, part.schema)
            writer.write_table(part)
        if writer is None:
            raise OSError(f"nothing to write into {path}")
        writer.close()

    _write(path, write)


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write a mapping as JSON, whole or not at all."""
    _write(
        path, lambda temporary: temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    )


def read(path: Path, columns: Sequence[str] | None = None) -> pa.Table | None:
    """A Parquet table or some columns of it, or None if there is none or it was cut off."""
    with _none_if_cut_off():
        return pa.parquet.read_table(path, columns=columns and list(columns))
    return None


def rows_of(path: Path) -> int | None:
    """Number of rows of a Parquet table, or None if there is none or it was cut off."""
    with _none_if_cut_off():
        rows: int = pa.parquet.read_metadata(path).num_rows
        return rows
    return None


@contextmanager
def _none_if_cut_off() -> Iterator[None]:
    """Pass over a table that is not there or is no table; a disk that cannot be read is still an error."""
    try:
        yield
    except (FileNotFoundError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return
    except OSError as error:
        if error.errno is not None:  # the library tells of garbage by an OSError too, but the system numbers its own
            raise


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON mapping, or None if there is none."""
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return content


def _write(path: Path, write: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{PART}")
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
