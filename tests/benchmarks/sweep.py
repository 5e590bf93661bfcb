"""What a cell of a sweep costs beside its runs: the whole command with an evaluation that takes no time.

python tests/benchmarks/sweep.py CELLS FOLDER     prints seconds of CPU and the greatest memory, as JSON
"""

import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import pyarrow as pa

from experiments import chunks, front
from experiments.sweep import run_all
from sim import tables


def trivial(design, cells, replicates):
    """Rows as if every run had been played, with nothing measured but whether it broke."""
    runs = len(cells)
    columns = tables.empty_columns(runs, tables.OK)
    columns["broken"] = pa.array(cells % 2 == 0)
    return chunks._rows(design, cells, replicates, columns), None, np.zeros(0, dtype=np.int64)


def words(cells: int) -> list[str]:
    """A map of about so many cells of two rounds of two parties."""
    side = round(cells**0.5)
    axes = [f"game.temptation=range(4,{4 + side})", f"information.response_lag_cap=range(1,{side + 1})"]
    return ["scenario=dyad", "horizon.rounds=2", "information.response_lag=0", "replicates=1", *axes]


def main() -> None:
    """Run the command once and tell what it took."""
    cells, folder = int(sys.argv[1]), sys.argv[2]
    chunks._run_alike = trivial
    started = time.process_time()
    with front.exit_codes():
        run_all([*words(cells), f"folder={folder}"], [], "benchmark")
    print(json.dumps({"cells": cells, "cpu_seconds": time.process_time() - started, "megabytes": greatest_memory()}))


def greatest_memory() -> float:
    """Megabytes this program held at most; what the system counts for the process may be its parent's."""
    try:
        told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return int(told["VmHWM"].split()[0]) / 1024
    except (OSError, KeyError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
