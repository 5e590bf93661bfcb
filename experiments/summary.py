"""Printed summaries: the first sentence is the answer, and every number comes from the rows.

Outcomes have two basins, so shares of runs, medians and ranges are told, and no mean that no run showed.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import inf, isnan
from statistics import median
from typing import Any

from experiments.words import Words
from sim.scenario import Scenario, value_of
from sim.tables import NO_DILEMMA, OK

Row = Mapping[str, Any]
Shown = Callable[[float], str]


MOST_ROWS = 20
"""Rows of a table that are printed; all are in borders.csv."""


@cache
def wilson(successes: int, runs: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; everything is possible without a run.

    >>> [round(end, 3) for end in wilson(7, 10)], wilson(0, 0)
    ([0.397, 0.892], (0.0, 1.0))
    """
    if runs == 0:
        return 0.0, 1.0
    from scipy.stats import binomtest

    interval = binomtest(successes, runs).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


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
    name: str, cells: Sequence[Row], axes: Sequence[str], borders: Sequence[Row], failed: int, words: Words
) -> str:
    """Where cooperation breaks down in a sweep, and where theory says so.

    Parameters
    ----------
    cells : axes by name, share_broken, low, high, runs, status of each; shares are None without a run.
    axes : names of the parameters swept; borders are values of the first, a row for each value of the second.
    borders : y (value of the second axis), further axes by name; observed, typical, weakest, or None.
    failed : runs that failed.
    """
    counted = [cell for cell in cells if _known(cell["share_broken"])]
    lines = [_where(counted, words)]
    if counted:
        lines += [_certainty(counted, words), _runs_of(name, counted, words)]
    lines += _table(cells, axes, borders, words)
    hatched = sum(cell["status"] == NO_DILEMMA for cell in cells)
    lines += [words.say("sweep.no_dilemma", cells=words.number(hatched))] if hatched else []
    lines += [words.say("sweep.failed", failed=words.number(failed))] if failed else []
    return "\n".join([*lines, words.say("sweep.caveat")])


def _known(share: float | None) -> bool:
    return share is not None and not isnan(share)


def _where(counted: Sequence[Row], words: Words) -> str:
    broken, cells = sum(cell["share_broken"] > 0.5 for cell in counted), len(counted)
    if not cells:
        return words.say("sweep.no_answer")
    told = {"broken": words.number(broken), "cells": words.number(cells)}
    if broken == cells:
        return words.say("sweep.everywhere", **told)
    return words.say("sweep.breaks" if broken else "sweep.nowhere", **told)


def _certainty(counted: Sequence[Row], words: Words) -> str:
    broken = sum(cell["low"] > 0.5 for cell in counted)
    held = sum(cell["high"] < 0.5 for cell in counted)
    told = {"broken": broken, "held": held, "open": len(counted) - broken - held}
    return words.say("sweep.certain", **{key: words.number(value) for key, value in told.items()})


def _runs_of(name: str, counted: Sequence[Row], words: Words) -> str:
    runs = [cell["runs"] for cell in counted]
    least, most = words.number(min(runs)), words.number(max(runs))
    return words.say("sweep.name", name=name, runs=least if least == most else f"{least}-{most}")


def _table(cells: Sequence[Row], axes: Sequence[str], borders: Sequence[Row], words: Words) -> list[str]:
    """Borders by row of the second axis: observed, and theory for a typical and for the weakest party."""
    if not borders:
        return []
    columns = [column for column in ("typical", "weakest") if any(row[column] is not None for row in borders)]
    further = axes[1:]
    head = [words.label(axis) for axis in further]
    content = [[*head, words.say("sweep.observed"), *(words.say(f"sweep.{column}") for column in columns)]]
    least = min((cell[axes[0]] for cell in cells), default=-inf)
    shown = _spread_out(borders)
    for row in shown:
        start = [words.value(axis, _at(row, axis, axes)) for axis in further]
        theory = [_of_theory(row[column], least, words) for column in columns]
        content.append([*start, _seen(row, cells, axes, words), *theory])
    widths = [max(len(line[i]) for line in content) for i in range(len(content[0]))]
    laid = ["  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) for line in content]
    left_out = len(borders) - len(shown)
    more = [words.say("sweep.more", rows=words.number(left_out))] if left_out else []
    return [words.say("sweep.border", x=words.label(axes[0])), *(f"  {line}" for line in laid), *more]


def _spread_out(rows: Sequence[Row]) -> list[Row]:
    """At most ``MOST_ROWS`` of the rows, evenly spread, the first and the last among them."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    return [rows[round(i * (len(rows) - 1) / (MOST_ROWS - 1))] for i in range(MOST_ROWS)]


def _at(row: Row, axis: str, axes: Sequence[str]) -> Any:
    """Where a border lies on an axis: ``y`` for the second, the name itself for those beyond."""
    return row["y"] if axis == axes[1] else row.get(axis)


def _seen(row: Row, cells: Sequence[Row], axes: Sequence[str], words: Words) -> str:
    """The observed border, or that its row of cells has none and why."""
    if _known(row["observed"]):
        return words.number(row["observed"], 1)
    beside = [cell for cell in cells if all(cell[axis] == _at(row, axis, axes) for axis in axes[1:])]
    shares = [cell["share_broken"] for cell in beside if _known(cell["share_broken"])]
    if shares and max(shares) < 0.5:
        return words.say("sweep.no_crossing_holds")
    return words.say("sweep.no_crossing_breaks" if shares and min(shares) >= 0.5 else "sweep.no_crossing")


def _of_theory(value: float | None, least: float, words: Words) -> str:
    if value is None or isnan(value):
        return words.say("sweep.unknown")
    if value == inf:
        return words.say("sweep.never")
    if value == -inf:
        return words.say("sweep.always")
    return words.say("sweep.below", value=words.value("", least)) if value < least else words.number(value, 1)
