"""Speed against peers and against the limit, side by side: a table of ratios, not of seconds.

python -m experiments.benchmark              every row, about a quarter of an hour; writes results/benchmark.csv
python -m experiments.benchmark P2 P9        some rows

A ratio is the median over turns in which both sides were timed one after the other; low and high are the least and the
greatest turn. Seconds depend on the machine, ratios less; nothing here is a test.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from math import log
from pathlib import Path
from statistics import median
from typing import Any

from experiments import front
from experiments.compose import BadInput
from sim import tables
from sim.scenario import nearest

TURNS = 5

Row = dict[str, Any]
Task = Callable[[], float]


def row(name: str, what: str, against: str, ratios: Sequence[float], goal: float, least: bool = True) -> Row:
    """A row of the table; ``least`` says whether the goal is a floor or a ceiling."""
    middle = median(ratios)
    met = middle >= goal if least else middle <= goal
    told = f"{'>=' if least else '<='} {goal:g}"
    return {
        "id": name, "what": what, "against": against, "ratio": round(middle, 4), "low": round(min(ratios), 4),
        "high": round(max(ratios), 4), "goal": told, "met": met,
    }  # fmt: skip


def in_turns(mine: Task, other: Task, turns: int = TURNS) -> list[float]:
    """Ratios other / mine, the two timed one after the other; the first turn warms up and is left out."""
    return [other() / mine() for _ in range(turns + 1)][1:]


# --- the rows ------------------------------------------------------------------------------------------------------


def tournaments() -> Iterator[Row]:
    """P1: a tournament through the public call against Axelrod's library."""
    from tests.benchmarks import tournament as bench

    bench.ours(2), bench.theirs(1)
    what, against = "tournament of 8 strategies, 200 turns, 5 % action error, CPU", "Axelrod 4.13.1, serial"
    pairs = [(median(bench.ours(10) for _ in range(5)), bench.theirs(10)) for _ in range(3)]
    yield row("P1", f"{what}, 10 repetitions", against, [theirs / ours for ours, theirs in pairs], 500)
    pairs = [(bench.ours(1000), bench.theirs(20) * 50) for _ in range(3)]
    scaled = f"{against} (20 repetitions, times 50)"
    yield row("P1", f"{what}, 1,000 repetitions", scaled, [theirs / ours for ours, theirs in pairs], 1500)


SIZES = {10: 200, 30: 24, 100: 2}
"""Parties, and runs of the compiled engine in one turn."""
ROUNDS = 200


def engines() -> Iterator[Row]:
    """P2: the compiled engine against the agents; the agents are given too, since their speed decides the goal."""
    from tests.benchmarks import engine as bench

    for parties, runs in SIZES.items():
        sides = parties * (parties - 1)
        turns = [(bench.batch(parties, ROUNDS, runs) / runs, bench.mesa(parties, 20)) for _ in range(TURNS + 1)][1:]
        ratios = [agents * ROUNDS / 20 / batch for batch, agents in turns]
        per = median(agents for _, agents in turns) / (sides * 20) * 1e6
        what = f"whole model, {parties} parties, one core, CPU"
        yield row("P2", what, f"our own agents ({per:.2f} microseconds per directed link and round)", ratios, 100)


def limits() -> Iterator[Row]:
    """P3: the distance to a loop that does the draws and compares and nothing else."""
    from tests.benchmarks import engine as bench

    for parties, runs in SIZES.items():
        sides = parties * (parties - 1) * runs
        for name, changes, goal in (("whole model", None, 3.0), ("uniform lanes", bench.UNIFORM, 2.0)):
            turns = [
                (bench.batch(parties, ROUNDS, runs, changes), bench.bare_loop(sides, ROUNDS)) for _ in range(TURNS + 1)
            ][1:]
            what, against = f"{name}, {parties} parties, set-up and measures included", "a bare loop of the same draws"
            yield row("P3", what, against, [whole / bare for whole, bare in turns], goal, least=False)


def cells() -> Iterator[Row]:
    """P4: a cell of a sweep beside its runs."""
    from tests.benchmarks import whole as bench

    many, few = 100_000, 100
    spent = [(bench.cell(many)[0] - bench.cell(few)[0]) / (many - few) for _ in range(3)]
    jobs = [bench.stock_job() for _ in range(3)]
    what = "a cell of a sweep of 100,000, nothing evaluated, from the words to figure and tables"
    yield row("P4", f"{what}, microseconds of CPU", "nothing", [1e6 * each for each in spent], 20, least=False)
    yield row("P4", what, "a job of Hydra's own launcher", [b / a for a, b in zip(spent, jobs, strict=True)], 5000)
    peak = [bench.cell(1_000_000)[1]]
    yield row("P4", "a sweep of 1,000,000 cells, greatest megabytes", "nothing", peak, 1000, least=False)


def map_of_ten_thousand() -> Iterator[Row]:
    """P5: ten thousand cells of twenty runs, from the command line to the figure."""
    from tests.benchmarks import whole as bench

    turns = [bench.map_of_ten_thousand() for _ in range(3)]
    what = f"10,000 cells x 20 runs, {bench.PARTIES} parties, {bench.ROUNDS} rounds, command line to figure"
    yield row("P5", f"{what}, wall seconds on all cores", "nothing", [wall for wall, _, _ in turns], 15, least=False)
    yield row("P5", f"{what}, the engine's share", "all CPU time", [share for *_, share in turns], 0.6)


def starts() -> Iterator[Row]:
    """P6: the first start, which compiles and says so, and the second."""
    from tests.benchmarks import whole as bench

    turns = [bench.starts() for _ in range(3)]
    what = "from the command to the figure of the headline maps"
    yield row("P6", f"{what}, fresh copy, wall seconds", "nothing", [first for first, _ in turns], 15, least=False)
    yield row("P6", f"{what}, second start, wall seconds", "nothing", [second for _, second in turns], 2.5, least=False)


def growth() -> Iterator[Row]:
    """P7: exponents of cost."""
    from tests.benchmarks import engine as bench

    def exponent(small: Task, large: Task, step: float) -> list[float]:
        return [log(ratio) / log(step) for ratio in in_turns(small, large)]

    few, many = (lambda n=n, runs=runs: bench.batch(n, ROUNDS, runs) / runs for n, runs in ((10, 200), (100, 2)))
    yield row("P7", "cost of a run, 10 to 100 parties, exponent", "parties", exponent(few, many, 10), 2.15, least=False)
    short, long = (lambda rounds=rounds: bench.batch(30, rounds, 24) for rounds in (200, 2000))
    found = exponent(short, long, 10)
    yield row("P7", "cost of a run, 200 to 2,000 rounds, exponent", "rounds", found, 1.02, least=False)
    lagging = ({**bench.UNIFORM, "information.response_lag": lag} for lag in (0, 64))
    now, late = (lambda changes=changes: bench.batch(30, ROUNDS, 24, changes) for changes in lagging)
    yield row("P7", "response lag 64", "response lag 0", in_turns(now, late), 1.1, least=False)


def threads() -> Iterator[Row]:
    """P8: two threads against two processes that know nothing of each other."""
    from tests.benchmarks import whole as bench

    turns = [bench.two_threads() for _ in range(4)][1:]
    what = "a sweep on two threads, share of the speed"
    yield row("P8", what, "its halves in two processes at once", [apart / whole for whole, apart in turns], 0.95)


def borders() -> Iterator[Row]:
    """P9: runs that a border takes at the error of the full grid."""
    from tests.benchmarks import border as bench

    for monotone, name, goal in ((False, "any shape", 8.0), (True, "one axis declared monotone", 15.0)):
        found = bench.saved(monotone)
        worse = max(part - whole for _, whole, part in found)
        what = f"runs for a noisy planted border at 1/{bench.SIDE - 1}, {name}, audit included"
        against = f"the full grid, whose error is at most {worse:.2f} cells less"
        yield row("P9", what, against, [ratio for ratio, *_ in found], goal)


ROWS = {
    "P1": tournaments, "P2": engines, "P3": limits, "P4": cells, "P5": map_of_ten_thousand, "P6": starts, "P7": growth,
    "P8": threads, "P9": borders,
}  # fmt: skip


def main() -> None:
    """Time what is named on the line, or everything; print and keep the table."""
    with front.exit_codes():
        asked = sys.argv[1:] or list(ROWS)
        if "--help" in asked:
            print(__doc__.strip())
            return
        if wrong := [f"{name}: no row of this name{nearest(name, ROWS)}" for name in asked if name not in ROWS]:
            raise BadInput(wrong)
        found = []
        for name in asked:
            for each in ROWS[name]():
                print("{id}  {ratio:>10g} ({low:g} to {high:g}), goal {goal}: {what} against {against}".format(**each))
                sys.stdout.flush()
                found.append(each)
        path = Path("results") / "benchmark.csv"
        tables.write_csv([tables.table(found)], path)
        print(path)


if __name__ == "__main__":
    main()
