"""One scenario, some replicates: a summary to read, a table, series and a figure.

python -m experiments.run scenario=indonesia_2019_2023 seed=1
"""

import shlex
import sys
from dataclasses import replace
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig

from experiments import front
from experiments.compose import CONF, Settings, plain
from experiments.execute import Results, execute
from experiments.grid import single
from experiments.words import words


@hydra.main(config_path=str(CONF), config_name="run", version_base="1.3")
def _start(composed: Any) -> None:
    with front.exit_codes():
        _run(replace(plain(composed), series=True), HydraConfig.get())


def _run(asked: Settings, told: Any) -> None:
    chosen, typed = told.runtime.choices, list(told.overrides.task)
    name = "_".join(filter(None, ["run", chosen["scenario"], chosen.get("control")]))
    results = execute(single(typed, name, " ".join(["python -m experiments.run", *map(shlex.quote, typed)]), asked))
    _report(results)
    if results.failed:
        sys.exit(front.SOME_FAILED)


def _report(results: Results) -> None:
    """Print the summary and draw the figure."""
    from experiments import figures
    from experiments.summary import run_summary
    from sim import tables

    design, told = results.design, words(results.design.settings.language)
    rows, title = results.runs.to_pylist(), told.title(design.name.removeprefix("run_"))
    failures = [row for row in rows if row["status"] == tables.FAILED]
    if failures:
        tables.write_csv([tables.table(failures)], results.folder / "failures.csv")
    if results.series is not None:
        figure = figures.time_course(
            results.series.to_pandas(),
            told,
            f"{design.command}   [{results.fingerprint}]",
            title,
            design.settings.breakdown.level,
            design.settings.topology.functions,
            [row["fell_at"] for row in rows],
        )
        figures.save(figure, results.folder / "figures" / "time_course")
        tables.write_csv([results.series], results.folder / "series.csv")
    # last, so that nothing is missing when the reader of our output has gone
    front.tell(f"{run_summary(rows, design.settings, title, told)}\n\n{results.folder}")


def main() -> None:
    """Entry of ``python -m experiments.run`` and of ``kerjasama-run``."""
    front.enter("run", _start)


if __name__ == "__main__":
    main()
