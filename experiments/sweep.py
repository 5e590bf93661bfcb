"""A grid of scenarios: one folder, one table, one phase diagram with the border that theory has.

python -m experiments.sweep                      the headline: two maps of when cooperation breaks down
python -m experiments.sweep -m information.response_lag=range(0,25,2) parties.ministries=2,6,10,14,18,22,26,30
"""

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import hydra
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments import front
from experiments.compose import CONF, SETTINGS
from experiments.execute import Results, execute
from experiments.grid import Design, designs
from experiments.words import Words, words
from sim import tables
from sim.scenario import PLAIN

Rows = list[tables.Row]
Cells = dict[str, np.ndarray]


@hydra.main(config_path=str(CONF), config_name="sweep", version_base="1.3")
def _start(composed: Any) -> None:
    raise SystemExit("experiments.sweep needs its own sweeper; use experiments.run for one scenario")


def sweep(arguments: Sequence[str], headline: Sequence[str], sweeper: str) -> None:
    """Run every design that the words stand for, each into its folder; leave with the exit code of the outcome."""
    typed = [word for word in sys.argv[1:] if not word.startswith("++parties.named={")]
    with front.exit_codes():
        if run_all(arguments, headline, " ".join(["python -m experiments.sweep", *map(shlex.quote, typed)]), sweeper):
            sys.exit(front.SOME_FAILED)


def run_all(arguments: Sequence[str], headline: Sequence[str], command: str, sweeper: str = "grid") -> int:
    """Run, draw and tell every design that the words stand for; the number of runs that failed."""
    planned = designs(arguments, headline, command, sweeper)
    told = words(planned[0].settings.language)
    if planned[0].settings.plan:
        from experiments.forecast import forecast

        front.tell("\n\n".join(forecast(design, told) for design in planned))
        return 0
    maps, failed = [], 0
    for design in planned:
        results = execute(design)
        maps += _report(results, told)
        failed += results.failed
    if len(planned) > 1 and maps:
        _draw_jointly(planned, maps, command, told)
    return failed


def _report(results: Results, told: Words) -> list[Any]:
    """Write the tables of the cells, draw the figure, print the summary; returns the maps for a joint figure."""
    from experiments.cells import border_rows, cell_columns
    from experiments.summary import sweep_summary

    design, folder = results.design, results.folder
    cells = cell_columns(results)
    borders = border_rows(results, cells) if _is_numeric(design.axes[0].values) else []
    tables.write_csv(_table(cells), folder / "summary.csv")
    cells = {name: column for name, column in cells.items() if not name.endswith("_mean")}  # of a million cells, much
    tables.write_parquet(_design_table(design), folder / "design.parquet")
    if borders:
        tables.write_csv([tables.table(borders)], folder / "borders.csv")
    _write_failures(results)
    differences = _compare(results, told)
    axes = tuple(axis.name for axis in design.axes)
    maps = _draw(results, cells, borders, told)
    rows = [{**row, "y": row[axes[1]] if len(axes) > 1 else None} for row in borders]
    text = sweep_summary(told.title(design.name), cells, axes, rows, results.failed, told, results.tally.audit)
    # last, so that nothing is missing when the reader of our output has gone
    front.tell(text, *differences, f"\n{folder}\n")
    return maps


DESIGN_ROWS = 2**16
"""Cells of a table that are held at once."""


def _table(cells: Cells) -> Iterator[pa.Table]:
    """The columns of the cells as tables, some cells at a time; what is not known is empty, and a list is a text."""
    for first in range(0, len(cells["runs"]), DESIGN_ROWS):
        part = {name: _flat(column[first : first + DESIGN_ROWS]) for name, column in cells.items()}
        yield pa.table({name: pa.array(column, from_pandas=True) for name, column in part.items()})


def _flat(column: np.ndarray) -> np.ndarray:
    if column.dtype != object:
        return column
    return np.array([str(value) if isinstance(value, list) else value for value in column] + [None])[:-1]


def _design_table(design: Design) -> Iterator[pa.Table]:
    """Every parameter of every cell, a column each; some cells at a time."""
    for first in range(0, design.size, DESIGN_ROWS):
        cells = np.arange(first, min(first + DESIGN_ROWS, design.size))
        columns = {name: _flat(design.column(name, cells)) for name in PLAIN}
        columns |= {axis.name: _flat(design.column(axis.name, cells)) for axis in design.axes}
        yield pa.table({"cell": cells, "overrides": design.overrides(cells), **columns})


def _write_failures(results: Results) -> None:
    if not results.failed:
        return
    failures = results.runs.filter(pc.equal(results.runs.column("status"), tables.FAILED))
    tables.write_csv([failures], results.folder / "failures.csv")
    print(
        f"{results.failed} runs failed; failures.csv has their errors and the words that repeat them.", file=sys.stderr
    )


def _compare(results: Results, told: Words) -> list[str]:
    """Write and tell the paired differences, if a comparison was asked for."""
    if not results.design.settings.compare:
        return []
    from experiments.paired import difference_rows, difference_summary

    rows = difference_rows(results)
    tables.write_csv([tables.table(rows)], results.folder / "differences.csv")
    return [difference_summary(rows, results.design, told)]


def _is_numeric(values: tuple[Any, ...]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


# --- figures -------------------------------------------------------------------------------------------------------


def _draw(results: Results, cells: Cells, borders: Rows, told: Words) -> list[Any]:
    from experiments import figures

    design, caption = results.design, f"{results.design.command}   [{results.fingerprint}]"
    if len(design.axes) == 1:
        figures.save(_line_diagram(results, cells, borders, told, caption), results.folder / "figures" / "shares")
        return []
    maps = _maps(results, cells, borders, told)
    figures.save(figures.phase_diagram(maps, told, caption), results.folder / "figures" / "phase_diagram")
    return maps


def _line_diagram(results: Results, cells: Cells, borders: Rows, told: Words, caption: str) -> Any:
    from experiments import figures
    from experiments.summary import shares

    axis = results.design.axes[0]
    return figures.line_diagram(
        axis.name,
        axis.values,
        shares(cells).tolist(),
        cells["low"].tolist(),
        cells["high"].tolist(),
        _runs_told(cells["runs"], told),
        _lines(None, borders, _weighs(results.design)),
        told,
        caption,
        told.title(results.design.name),
    )


def _maps(results: Results, cells: Cells, borders: Rows, told: Words) -> list[Any]:
    """One map for each combination of the axes beyond the second."""
    from experiments.figures import Map
    from experiments.summary import shares

    design = results.design
    x, y, *rest = design.axes
    share, status = shares(cells).reshape(design.shape), cells["status"].astype(str).reshape(design.shape)
    maps = []
    for place in np.ndindex(share.shape[2:]):
        fixed = {axis.name: axis.values[i] for axis, i in zip(rest, place, strict=True)}
        here = (slice(None), slice(None), *place)
        maps.append(
            Map(
                title=_title(design, fixed, told),
                x=x.name,
                y=y.name,
                x_values=x.values,
                y_values=y.values,
                share=share[here].T,
                status=status[here].T,
                lines=_lines(
                    y.name, [row for row in borders if all(row[n] == v for n, v in fixed.items())], _weighs(design)
                ),
                runs=_runs_told(cells["runs"], told),
                fixed=_held(design, told),
            )
        )
    return maps


def _runs_told(runs: np.ndarray, told: Words) -> str:
    """How many runs a cell has, of those that have any: a number or a range."""
    least, most = (told.number(int(end)) for end in (min(runs[runs > 0], default=0), max(runs, default=0)))
    return least if least == most else f"{least}-{most}"


def _title(design: Design, fixed: dict[str, Any], told: Words) -> str:
    if fixed:
        return "; ".join(f"{told.label(name)} = {told.value(name, value)}" for name, value in fixed.items())
    return told.title(design.name)


def _held(design: Design, told: Words) -> str:
    """What a reader asks first, where it is not swept: both lags, the discount and the strategy, by their symbols."""
    names = ("information.response_lag", "trafficking.government_lag", "horizon.discount", "strategy")
    swept = {axis.name for axis in design.axes}
    values = {name: told.value(name, design.value(0, name)) for name in names if name not in swept}
    signs = {name: SETTINGS[name].metadata["symbol"] for name in values}
    return ", ".join(f"{signs[name]} = {value}" if signs[name] else value for name, value in values.items())


def _weighs(design: Design) -> bool:
    """Whether parties weigh the index themselves; else the line only says where leaving the rule would pay."""
    return design.settings.learning.kind == "calculating"


LEGEND = {"grim": "lines.", "tit_for_tat": "lines.tit_for_tat_"}
"""Which row of theory a line is, by the family of the strategy; the words name it."""


def _lines(y: str | None, borders: Rows, weighs: bool) -> tuple[Any, ...]:
    from experiments.figures import Line

    lines = []
    for key in ("typical", "weakest"):
        rows = [row for row in borders if row[key] is not None]
        alike = key == "weakest" and all(row["typical"] == row["weakest"] for row in rows)
        if rows and not alike:
            points = tuple((row[key], row[y] if y else 0.0) for row in rows)
            lines.append(Line((LEGEND[rows[0]["family"]] if weighs else "lines.leaving_") + key, points))
    return tuple(lines)


def _draw_jointly(planned: list[Design], maps: list[Any], command: str, told: Words) -> None:
    """All maps of a command in one figure, beside the folders of its experiments."""
    from experiments import figures

    fingerprint = tables.fingerprint([design.identity() for design in planned])
    name = "+".join(design.name for design in planned)
    folder = planned[0].settings.folder
    path = Path(folder).parent / "joint" if folder else Path("results") / f"{name}-{fingerprint}"
    figures.save(figures.phase_diagram(maps, told, f"{command}   [{fingerprint}]"), path)
    front.tell(f"{path}.png")


def main() -> None:
    """Entry of ``python -m experiments.sweep`` and of ``kerjasama-sweep``."""
    front.enter("sweep", _start)


if __name__ == "__main__":
    main()
