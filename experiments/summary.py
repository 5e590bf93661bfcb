"""Printed summaries: the first sentence is the answer, and every number comes from the rows.

Outcomes have two basins, so shares of runs, medians and ranges are told, and no mean that no run showed.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import inf, isnan, sqrt
from statistics import median
from typing import Any

import numpy as np

from experiments.words import Words
from sim.scenario import Scenario, value_of
from sim.tables import NO_DILEMMA, OK

Row = Mapping[str, Any]
Columns = Mapping[str, np.ndarray]
Shown = Callable[[float], str]


MOST_ROWS = 20
"""Rows of a table that are printed; all are in borders.csv."""


CERTAIN = 1.959963984540054
"""Standard deviations to either side of a normal law that hold 95 %."""


@cache
def wilson(successes: int, runs: int) -> tuple[float, float]:
    r"""Wilson's 95 % interval of a share; everything is possible without a run.

    .. math:: \frac{p + z^2/2n \pm z \sqrt{p(1-p)/n + z^2/4n^2}}{1 + z^2/n}

    Written out, since the library that has it takes longer to load than a small sweep to run; tests hold the two equal.
    Source: Wilson (1927), J. Amer. Statist. Assoc. 22:209-212.

    >>> [round(end, 3) for end in wilson(7, 10)], wilson(0, 0)
    ([0.397, 0.892], (0.0, 1.0))
    """
    if runs == 0:
        return 0.0, 1.0
    share, weight = successes / runs, CERTAIN**2 / runs
    centre = (share + weight / 2) / (1 + weight)
    half = CERTAIN * sqrt(share * (1 - share) / runs + weight / (4 * runs)) / (1 + weight)
    return (0.0 if successes == 0 else centre - half), (1.0 if successes == runs else centre + half)


# --- one scenario ---------------------------------------------------------------------------------


def run_summary(rows: Sequence[Row], settings: Scenario, name: str, words: Words) -> str:
    """What the runs of one scenario showed, about twelve lines.

    Parameters
    ----------
    rows : one per run: replicate, status, error and the measures.
    settings : the scenario, for the level and the window of breakdown.
    name : of the scenario.
    """
    counted = [row for row in rows if row["status"] == OK]
    lines = [_answer(rows, counted, words)]
    lines += _failed_runs(rows, words)
    if counted:
        lines += [_about(settings, name, len(counted), words)]
        for part in (_rates, _kinds, _falls, _incentives, _functions, _traffickers, _payoffs):
            lines += part(counted, words)
    return "\n".join([*lines, words.say("run.caveat")])


def _answer(rows: Sequence[Row], counted: Sequence[Row], words: Words) -> str:
    broken, runs = sum(row["broken"] for row in counted), len(counted)
    if not runs:
        return words.say("run.one_failed" if len(rows) == 1 else "run.no_answer", failed=words.number(len(rows)))
    if runs == 1:
        return words.say("run.one_broke" if broken else "run.one_held")
    low, high = wilson(broken, runs)
    told = {
        "broken": words.number(broken),
        "runs": words.number(runs),
        "share": words.percent(broken / runs),
        "low": words.number(100 * low),
        "high": words.percent(high),
    }
    if broken == runs:
        return words.say("run.all_broke", **told)
    return words.say("run.some_broke" if broken else "run.none_broke", **told)


def _failed_runs(rows: Sequence[Row], words: Words) -> list[str]:
    failed = [row for row in rows if row["status"] != OK]
    if not failed:
        return []
    counts = {"failed": words.number(len(failed)), "all": words.number(len(rows))}
    return [words.say("run.failed", error=failed[0]["error"], **counts)]


def _about(settings: Scenario, name: str, runs: int, words: Words) -> str:
    level, window = value_of(settings, "breakdown.level"), value_of(settings, "breakdown.window")
    key = "run.about" if runs > 1 else "run.about_one"
    return words.say(key, name=name, level=words.percent(level), window=words.number(window))


def _spread(rows: Sequence[Row], name: str, shown: Shown, words: Words) -> str | None:
    """Median of a measure, with the least and the greatest where they differ; None if no run has it."""
    values = [row[name] for row in rows if row[name] is not None]
    if not values:
        return None
    middle, least, greatest = shown(median(values)), shown(min(values)), shown(max(values))
    if least == greatest:
        return middle
    return words.say("run.spread", median=middle, least=least, greatest=greatest)


def _rates(rows: Sequence[Row], words: Words) -> list[str]:
    whole = _spread(rows, "cooperation_rate", words.percent, words)
    closing = _spread(rows, "closing_cooperation_rate", words.percent, words)
    lines = [words.say("run.cooperation", whole=whole, closing=closing)]
    basins = [[row for row in rows if row["broken"] is broken] for broken in (True, False)]
    if all(basins):
        broken, held = (_spread(basin, "closing_cooperation_rate", words.percent, words) for basin in basins)
        lines.append(words.say("run.basins", broken=broken, held=held))
    return lines


def _by_kind(rows: Sequence[Row], measure: str, shown: Shown, words: Words) -> dict[str, str]:
    """A measure of organizations and of ministries, of those that are present."""
    found = {
        kind: _spread(rows, measure.format(kind=one), shown, words)
        for kind, one in (("organizations", "organization"), ("ministries", "ministry"))
    }
    return {kind: text for kind, text in found.items() if text is not None}


def _kinds(rows: Sequence[Row], words: Words) -> list[str]:
    told = _by_kind(rows, "{kind}_cooperation_rate", words.percent, words)
    if len(told) == 2:
        return [words.say("run.kinds", **told)]
    return [words.say("run.kinds_one", kind=words.say(f"run.{kind}"), rate=rate) for kind, rate in told.items()]


def _falls(rows: Sequence[Row], words: Words) -> list[str]:
    def whole(value: float) -> str:
        return words.number(value, 0 if value == int(value) else 1)

    fell = _spread(rows, "fell_at", whole, words)
    lines = [words.say("run.fell", rounds=fell)] if fell is not None else []
    recovered = sum(bool(row["recovered"]) for row in rows)
    if recovered:
        told = {"recovered": words.number(recovered), "runs": words.number(len(rows))}
        lines.append(words.say("run.recovered", **told))
    return lines


def _incentives(rows: Sequence[Row], words: Words) -> list[str]:
    defined = [row for row in rows if row["incentive_broken"] is not None]
    links = _spread(defined, "incentive_failing_links", words.percent, words)
    if links is None:
        return [words.say("run.incentive_none")]
    if len(rows) == 1:
        return [words.say("run.incentive_one", links=links)]
    told = {"broken": sum(row["incentive_broken"] for row in defined), "runs": len(defined)}
    return [words.say("run.incentive", links=links, **{key: words.number(value) for key, value in told.items()})]


def _functions(rows: Sequence[Row], words: Words) -> list[str]:
    gap, duplication = (_spread(rows, name, words.percent, words) for name in ("gap", "duplication"))
    return [] if gap is None else [words.say("run.mandates", gap=gap, duplication=duplication)]


def _traffickers(rows: Sequence[Row], words: Words) -> list[str]:
    uncovered = _spread(rows, "uncovered", words.percent, words)
    true, detected = (_spread(rows, name, words.number, words) for name in ("true_cases", "detected_cases"))
    displacement = _spread(rows, "displacement", words.percent, words)
    lines = [] if uncovered is None else [words.say("run.uncovered", uncovered=uncovered)]
    if true is not None:
        lines.append(words.say("run.cases", true=true, detected=detected))
        key = "run.no_displacement" if displacement is None else "run.displacement"
        lines.append(words.say(key, displacement=displacement))
    return lines


def _payoffs(rows: Sequence[Row], words: Words) -> list[str]:
    told = _by_kind(rows, "{kind}_payoff", lambda value: words.number(value, 1), words)
    if len(told) == 2:
        return [words.say("run.payoffs", **told)]
    return [words.say("run.payoffs_one", kind=words.say(f"run.{kind}"), payoff=text) for kind, text in told.items()]


# --- a sweep --------------------------------------------------------------------------------------


def sweep_summary(
    name: str,
    cells: Columns,
    axes: Sequence[str],
    borders: Sequence[Row],
    failed: int,
    words: Words,
    audit: Mapping[str, int] | None = None,
) -> str:
    """Where cooperation breaks down in a sweep, and where theory says so.

    Parameters
    ----------
    cells : columns with an entry for each cell: axes by name, share_broken, low, high, runs, status; shares are nan
        without a run. Perhaps settled_by (a precision was asked for) and inferred (the border sweeper's verdicts).
    axes : names of the parameters swept; borders are values of the first, a row for each value of the second.
    borders : y (value of the second axis), further axes by name; observed, typical, weakest, or None.
    failed : runs that failed. audit : how a border sweep checked itself, ``stages.Tally.audit``.
    """
    lines = [_where(shares(cells), words)]
    if (cells["runs"] > 0).any():
        lines += [_certainty(cells, words), _runs_of(name, cells["runs"], words)]
    lines += [_audit(cells, audit, words)] if audit else []
    lines += _settled(cells, words)
    lines += _table(cells, axes, borders, words)
    hatched = int((cells["status"] == NO_DILEMMA).sum())
    lines += [words.say("sweep.no_dilemma", cells=words.number(hatched))] if hatched else []
    lines += [words.say("sweep.failed", failed=words.number(failed))] if failed else []
    return "\n".join([*lines, words.say("sweep.caveat")])


def shares(cells: Columns) -> np.ndarray:
    """Share broken of every cell; where it was not run, 0 or 1 as inferred."""
    if "inferred" not in cells:
        return cells["share_broken"]
    found: np.ndarray = np.where(cells["runs"] > 0, cells["share_broken"], cells["inferred"])
    return found


def _known(share: float | None) -> bool:
    return share is not None and not isnan(share)


def _where(share: np.ndarray, words: Words) -> str:
    broken, cells = int((share > 0.5).sum()), int((~np.isnan(share)).sum())
    if not cells:
        return words.say("sweep.no_answer")
    told = {"broken": words.number(broken), "cells": words.number(cells)}
    if broken == cells:
        return words.say("sweep.everywhere", **told)
    return words.say("sweep.breaks" if broken else "sweep.nowhere", **told)


def _certainty(cells: Columns, words: Words) -> str:
    broken, held = int((cells["low"] > 0.5).sum()), int((cells["high"] < 0.5).sum())
    told = {"broken": broken, "held": held, "open": int((cells["runs"] > 0).sum()) - broken - held}
    return words.say("sweep.certain", **{key: words.number(value) for key, value in told.items()})


def _runs_of(name: str, runs: np.ndarray, words: Words) -> str:
    runs = runs[runs > 0]
    least, most = words.number(int(runs.min())), words.number(int(runs.max()))
    return words.say("sweep.name", name=name, runs=least if least == most else f"{least}-{most}")


def _settled(cells: Columns, words: Words) -> list[str]:
    """Which cells became as certain as was asked, and which ran out of replicates."""
    if "settled_by" not in cells:
        return []
    count = {by: int((cells["settled_by"] == by).sum()) for by in ("precision", "budget")}
    return [words.say("sweep.settled", **{by: words.number(number) for by, number in count.items()})]


def _audit(cells: Columns, audit: Mapping[str, int], words: Words) -> str:
    """How much of a border sweep was run, and what the cells drawn at random said of the rest."""
    run, all_cells, audited = audit["cells_run"], len(cells["runs"]), audit["audited"]
    told = {
        "run": words.number(run),
        "cells": words.number(all_cells),
        "share": words.percent(run / all_cells),
        "audited": words.number(audited),
        "disagreed": words.number(audit["disagreed"]),
    }
    if not audited:
        return words.say("sweep.not_audited", **told)
    bound = words.number(100 * (1 - 0.05 ** (1 / audited)), 1)
    return words.say("sweep.audited" if not audit["disagreed"] else "sweep.audited_again", bound=bound, **told)


def _table(cells: Columns, axes: Sequence[str], borders: Sequence[Row], words: Words) -> list[str]:
    """Borders by row of the second axis: observed, and theory for a typical and for the weakest party."""
    if not borders:
        return []
    return border_table(axes, borders, float(min(cells[axes[0]])), lambda row: _seen(row, cells, axes, words), words)


def border_table(
    axes: Sequence[str], borders: Sequence[Row], least: float, seen: Callable[[Row], str] | None, words: Words
) -> list[str]:
    """The lines of a table of borders; without ``seen`` nothing was observed yet."""
    columns = [column for column in ("typical", "weakest") if any(row[column] is not None for row in borders)]
    further = axes[1:]
    observed = [words.say("sweep.observed")] if seen else []
    content = [[*(words.label(axis) for axis in further), *observed, *(words.say(f"sweep.{c}") for c in columns)]]
    shown = _spread_out(borders)
    for row in shown:
        start = [words.value(axis, _at(row, axis, axes)) for axis in further]
        theory = [_of_theory(row[column], least, words) for column in columns]
        content.append([*start, *([seen(row)] if seen else []), *theory])
    widths = [max(len(line[i]) for line in content) for i in range(len(content[0]))]
    laid = ["  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) for line in content]
    left_out = len(borders) - len(shown)
    more = [words.say("sweep.more" if seen else "plan.more", rows=words.number(left_out))] if left_out else []
    head = words.say("sweep.border" if seen else "plan.border", x=words.label(axes[0]))
    return [head, *(f"  {line}" for line in laid), *more]


def _spread_out(rows: Sequence[Row]) -> list[Row]:
    """At most ``MOST_ROWS`` of the rows, evenly spread, the first and the last among them."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    return [rows[round(i * (len(rows) - 1) / (MOST_ROWS - 1))] for i in range(MOST_ROWS)]


def _at(row: Row, axis: str, axes: Sequence[str]) -> Any:
    """Where a border lies on an axis: ``y`` for the second, the name itself for those beyond."""
    return row["y"] if axis == axes[1] else row.get(axis)


def _seen(row: Row, cells: Columns, axes: Sequence[str], words: Words) -> str:
    """The observed border, or that its row of cells has none and why."""
    if _known(row["observed"]):
        return words.number(row["observed"], 1)
    beside = np.ones(len(cells["runs"]), dtype=bool)
    for axis in axes[1:]:
        beside &= np.array([value == _at(row, axis, axes) for value in cells[axis]])
    share = shares(cells)[beside]
    share = share[~np.isnan(share)]
    if share.size and share.max() < 0.5:
        return words.say("sweep.no_crossing_holds")
    return words.say("sweep.no_crossing_breaks" if share.size and share.min() >= 0.5 else "sweep.no_crossing")


def _of_theory(value: float | None, least: float, words: Words) -> str:
    if value is None or isnan(value):
        return words.say("sweep.unknown")
    if value == inf:
        return words.say("sweep.never")
    if value == -inf:
        return words.say("sweep.always")
    return words.say("sweep.below", value=words.value("", least)) if value < least else words.number(value, 1)
