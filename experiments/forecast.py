"""What a sweep would take, told before anything is spent: runs, minutes, disk, and where theory puts the border."""

import numpy as np

from experiments.cells import partners_of_rows, theory_rows
from experiments.execute import MOST_CSV_ROWS, SERIAL_SECONDS, cores, costs
from experiments.grid import Design
from experiments.summary import border_table
from experiments.words import Words
from sim.history import SERIES

BYTES_PER_RUN = 200.0
"""Of a row in runs.parquet, as it was found in sweeps of some ten thousand runs."""
BYTES_PER_CSV_ROW = 650.0
BYTES_PER_ROUND = 25.0
"""Of a round in series.parquet."""


def forecast(design: Design, words: Words) -> str:
    """A few lines that say what the sweep asks for; nothing is run and nothing is written."""
    asked, cells = design.settings, np.arange(design.size)
    most = asked.most_replicates if asked.precision else asked.replicates
    seconds, _ = costs(design, cells)
    least = 0 if design.sweeper == "border" else design.size * asked.replicates
    runs = design.size * most
    workers = (asked.workers or cores()) if seconds.sum() * most > SERIAL_SECONDS else 1
    told = {
        "name": words.title(design.name),
        "cells": words.number(design.size),
        "runs": words.number(runs),
        "least": words.number(least),
        "time": _time(float(seconds.sum()) * most / workers, words),
        "workers": words.number(workers),
        "megabytes": words.number(_bytes(design, runs) / 1e6, 1),
    }
    lines = [words.say("plan.runs" if runs == least else "plan.at_most", **told)]
    hatched = int((~design.dilemma).sum())
    lines += [words.say("sweep.no_dilemma", cells=words.number(hatched))] if hatched else []
    return "\n".join([*lines, *_theory(design, words), words.say("plan.nothing_was_run")])


def _time(seconds: float, words: Words) -> str:
    if seconds < 90:
        return words.say("plan.seconds", seconds=words.number(max(1, round(seconds))))
    return words.say("plan.minutes", minutes=words.number(seconds / 60))


def _bytes(design: Design, runs: int) -> float:
    csv = BYTES_PER_CSV_ROW if runs <= MOST_CSV_ROWS else 0.0
    rounds = design.column("horizon.rounds", np.arange(design.size)).mean() if design.settings.series else 0.0
    return runs * (BYTES_PER_RUN + csv + BYTES_PER_ROUND * float(rounds) * len(SERIES) / 10)


def _theory(design: Design, words: Words) -> list[str]:
    """The table of borders with nothing observed; the reason, if theory is silent throughout."""
    axes = tuple(axis.name for axis in design.axes)
    rows = theory_rows(design, partners_of_rows(design), words.language)
    if not rows:
        return []
    reasons = {row["no_closed_form"] for row in rows if row["no_closed_form"]}
    if len(rows) == sum(row["no_closed_form"] is not None for row in rows):
        return [words.say("plan.no_closed_form", reason=sorted(reasons)[0])]
    shown = [{**row, "y": row[axes[1]] if len(axes) > 1 else None} for row in rows]
    return border_table(axes, shown, float(min(design.axes[0].values)), None, words)
