"""What the engines cost, in CPU seconds of one core: ``python -m tests.benchmarks.engine``.

Nothing is asserted: seconds depend on the machine. Ratios of numbers that were taken in turns do not, or less.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from itertools import product
from statistics import median
from time import process_time
from typing import Any

import numpy as np

from sim import luck
from sim.batch import play
from sim.compiled import kernel
from sim.encoding import Encoding, encode
from sim.luck import philox4x32
from sim.model import run
from sim.scenario import Case
from sim.tables import run_columns
from tests.cases import case

COMPLETE = {"topology.kind": "complete", "horizon.rounds": 200}
UNIFORM = {
    "strategy": "tit_for_tat",
    "learning.kind": "none",
    "parties.traffickers": 0,
    "topology.functions": 0,
    "topology.organization_holds": 0,
    "information.response_lag_spread": 0.0,
    "interaction.attention": 499.0,
}
"""All sides play the same, with one lag and unlimited attention, and nothing but the meetings goes on."""
DYAD = {
    **UNIFORM,
    "parties.organizations": 1,
    "parties.ministries": 1,
    "information.action_error": 0.05,
    "horizon.rounds": 200,
}
SHORT_RUN = (
    "allc", "alld", "firm_but_fair", "generous_tit_for_tat", "grim", "suspicious_tit_for_tat", "tit_for_tat",
    "win_stay_lose_shift",
)  # fmt: skip
"""Eight strategies, 36 pairs of them."""


def bare_loop(sides: int, rounds: int) -> float:
    """The draws of all sides and what they decide, and nothing else: what no engine can do without."""
    who, counts = np.arange(sides, dtype=np.uint32), np.zeros(4, dtype=np.int64)
    return _cpu(lambda: _draw_and_compare(who, rounds, np.uint64(1), np.array([2**31, 2**26, 2**28, 2**30]), counts))


@kernel
def _draw_and_compare(who, rounds, seed, chances, counts):  # type: ignore[no-untyped-def]
    decide, error, report, attend = chances[0], chances[1], chances[2], chances[3]
    for time in range(rounds):
        decided = slipped = missed = attended = 0
        for lane in range(who.size):
            words = philox4x32(0, time, who[lane], luck.SIDE, seed, np.uint64(0))
            decided += np.int64(words[0]) < decide
            slipped += np.int64(words[1]) < error
            missed += np.int64(words[2]) < report
            attended += np.int64(words[3]) < attend
        counts[0] += decided
        counts[1] += slipped
        counts[2] += missed
        counts[3] += attended


def batch(parties: int, rounds: int, runs: int, changes: Mapping[str, Any] | None = None) -> float:
    """The batch engine from scenario to columns of the results table: set-up, play, measures."""
    encoding = encode([_case(parties, rounds, changes)])
    return _cpu(lambda: _play(encoding, np.zeros(runs, dtype=np.int64), np.arange(runs)))


def mesa(parties: int, rounds: int) -> float:
    """One run of the same by agents."""
    one = _case(parties, rounds, None)
    return _cpu(lambda: run(one, 1, 0))


def tournament_of_dyads(repetitions: int) -> float:
    """Eight strategies against each other and themselves: 36 pairs, 200 rounds, 5 % of acts slip."""
    pairs = [(a, b) for a, b in product(SHORT_RUN, repeat=2) if a <= b]
    encoding = encode(
        [case("dyad", {**DYAD, "parties.organization.strategy": a, "parties.ministry.strategy": b}) for a, b in pairs]
    )

    def play_all() -> None:
        for cell in range(len(pairs)):
            _play(encoding, np.full(repetitions, cell), np.arange(repetitions))

    return _cpu(play_all)


def compile_seconds() -> tuple[float, float]:
    """The first run of all in a fresh process that compiles everything, and in one that finds it compiled."""
    program = (
        "import sys, numba, numpy, sim.compiled; numba.config.CACHE_DIR = sys.argv[1]\n"
        "from time import process_time\n"
        "from tests.cases import case\n"
        "from sim.encoding import encode\n"
        "one = encode([case()])\n"
        "begin = process_time()\n"
        "from sim.batch import play\n"
        "play(one, [0], [0], [1])\n"
        "print(process_time() - begin)"
    )
    with tempfile.TemporaryDirectory() as folder:
        cold, cached = (
            float(subprocess.run([sys.executable, "-c", program, folder], check=True, stdout=subprocess.PIPE).stdout)
            for _ in range(2)
        )
    return cold, cached


def _case(parties: int, rounds: int, changes: Mapping[str, Any] | None) -> Case:
    return case(changes={**COMPLETE, "parties.ministries": parties - 1, "horizon.rounds": rounds, **(changes or {})})


def _play(encoding: Encoding, cell: np.ndarray, replicate: np.ndarray) -> None:
    world, played = play(encoding, cell, replicate, np.ones(cell.size, dtype=np.uint64))
    run_columns(encoding, world, played)


def _cpu(what: Callable[[], Any]) -> float:
    begin = process_time()
    what()
    return process_time() - begin


def in_turns(tasks: Mapping[str, Callable[[], float]], times: int = 5) -> dict[str, float]:
    """Median of each task, all taken in turns, after one turn that warms up."""
    turns = [{name: task() for name, task in tasks.items()} for _ in range(times + 1)][1:]
    return {name: median(turn[name] for turn in turns) for name in tasks}


def main(times: int = 5) -> None:
    """Print nanoseconds per directed link and round, ratios, and seconds."""
    sizes = {10: 200, 30: 24, 100: 2}  # parties, and runs of the batch
    sides = {parties: parties * (parties - 1) for parties in sizes}
    tasks: dict[str, Callable[[], float]] = {}
    for parties, runs in sizes.items():
        tasks[f"bare {parties}"] = lambda parties=parties, runs=runs: bare_loop(sides[parties] * runs, 200)
        tasks[f"batch {parties}"] = lambda parties=parties, runs=runs: batch(parties, 200, runs)
        tasks[f"uniform {parties}"] = lambda parties=parties, runs=runs: batch(parties, 200, runs, UNIFORM)
        tasks[f"mesa {parties}"] = lambda parties=parties: mesa(parties, 20)
    for lag in (0, 64):
        lagging = {**UNIFORM, "information.response_lag": lag}
        tasks[f"lag {lag}"] = lambda lagging=lagging: batch(30, 200, 24, lagging)
    for rounds in (200, 2000):
        tasks[f"rounds {rounds}"] = lambda rounds=rounds: batch(30, rounds, 24)
    tasks["dyads"] = lambda: tournament_of_dyads(1000)
    found = in_turns(tasks, times)
    print("parties  bare  batch  uniform  mesa (ns per directed link and round)  batch/bare  uniform/bare  mesa/batch")
    for parties, runs in sizes.items():
        per = 1e9 / (sides[parties] * 200 * runs)
        bare, whole, uniform = (found[f"{name} {parties}"] * per for name in ("bare", "batch", "uniform"))
        agents = found[f"mesa {parties}"] * 1e9 / (sides[parties] * 20)
        print(
            f"{parties:7} {bare:5.2f} {whole:6.2f} {uniform:8.2f} {agents:5.0f}"
            f" {whole / bare:38.1f} {uniform / bare:13.1f} {agents / whole:11.0f}"
        )
    print(f"dyads: {found['dyads'] * 1e9 / (36 * 1000 * 200):.1f} ns per run and round, measures included")
    print(f"lag 64 over lag 0: {found['lag 64'] / found['lag 0']:.3f}")
    print(f"exponent in rounds: {np.log10(found['rounds 2000'] / found['rounds 200']):.3f}")
    per_run = [np.log(found[f"batch {parties}"] / runs) for parties, runs in sizes.items()]
    print(f"exponent in parties: {(per_run[-1] - per_run[0]) / np.log(10):.3f}")
    print("compiled cold and cached: {:.1f} and {:.2f} s".format(*compile_seconds()))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main(*map(int, sys.argv[1:]))
