"""Whole commands, timed from outside: first and second start, the map of 200,000 runs, two threads, Hydra's own.

Every function starts fresh processes and returns seconds of CPU (of the process and its children) or of the wall.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTIES, ROUNDS = 10, 200


def command(*words: str, cwd: Path = ROOT, **environment: str) -> tuple[float, float, str]:
    """Wall seconds, CPU seconds and output of a Python command that must succeed."""
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words], cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - began, os.times()
    if done.returncode:
        raise RuntimeError(done.stderr)
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, spent, done.stdout


# --- P6: until the first figure ------------------------------------------------------------------------------------


def starts() -> tuple[float, float]:
    """Wall seconds from the command to its first figure in a fresh copy (it compiles), and the second time."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", "results", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=left_out)
        first, second = (
            command("-m", "experiments.sweep", f"folder={folder}/out{turn}", cwd=copy, PYTHONPATH=str(copy))[0]
            for turn in range(2)
        )
        assert list(Path(folder).glob("out0/*.png")), "no figure"
    return first, second


# --- P4: a cell without its runs -----------------------------------------------------------------------------------


def cell(cells: int) -> tuple[float, float]:
    """CPU seconds and greatest megabytes of a sweep whose runs take no time."""
    with tempfile.TemporaryDirectory() as folder:
        _, spent, told = command("tests/benchmarks/sweep.py", str(cells), f"{folder}/out")
    return spent, float(json.loads(told.splitlines()[-1])["megabytes"])


STOCK = """
import hydra
from experiments.compose import CONF

@hydra.main(config_path=str(CONF), config_name="run", version_base="1.3")
def trivial(composed):
    pass

trivial()
"""


def stock_job(few: int = 5, many: int = 25) -> float:
    """CPU seconds of a job of Hydra's own sweeper and launcher, over the same configuration, doing nothing."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "stock.py"
        program.write_text(STOCK)
        spent = []
        for jobs in (few, many):
            seeds = "seed=" + ",".join(map(str, range(1, jobs + 1)))
            spent.append(command(str(program), "-m", seeds, PYTHONPATH=str(ROOT))[1])
    return (spent[1] - spent[0]) / (many - few)


# --- P5: ten thousand cells ----------------------------------------------------------------------------------------

MAP = [
    "scenario=baseline", "topology=complete", "learning=none", f"parties.ministries={PARTIES - 1}",
    f"horizon.rounds={ROUNDS}", "replicates=20", "information.miss=range(0,.5,.005)",
    "information.action_error=range(0,.25,.0025)",
]  # fmt: skip
"""10,000 cells of 20 runs: 10 parties, complete, traffickers and functions as in the baseline."""

ENGINE_SHARE = """
import sys, threading, time
import sim.batch
from experiments import sweep

spent, lock, honest = [0.0], threading.Lock(), sim.batch.play

def timed(*asked):
    began = time.thread_time()
    played = honest(*asked)
    with lock:
        spent[0] += time.thread_time() - began
    return played

sim.batch.play = timed
sys.argv[0] = "experiments.sweep"
try:
    sweep.main()
finally:
    print("engine", spent[0] / time.process_time())
"""


def map_of_ten_thousand(workers: int = 0) -> tuple[float, float, float]:
    """Wall and CPU seconds from the command line to the figure, and the share of the CPU that the engine takes."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "timed.py"
        program.write_text(ENGINE_SHARE)
        words = [*MAP, f"workers={workers}", f"folder={folder}/out"]
        wall, spent, told = command(str(program), "-m", *words, PYTHONPATH=str(ROOT))
        assert (Path(folder) / "out" / "figures" / "phase_diagram.png").exists(), "no figure"
    return wall, spent, float(re.findall(r"engine ([\d.]+)", told)[-1])


# --- P8: two threads -----------------------------------------------------------------------------------------------

HALF = [word for word in MAP if not word.startswith("replicates")]


def two_threads(replicates: int = 8) -> tuple[float, float]:
    """Wall seconds of a sweep on two threads, and of its halves in two processes that know nothing of each other."""
    with tempfile.TemporaryDirectory() as folder:
        whole = _together([[*HALF, f"replicates={replicates}", "workers=2", f"folder={folder}/whole"]])
        half = f"replicates={replicates // 2}"
        parts = [
            [*HALF, half, f"first_replicate={first}", "workers=1", f"folder={folder}/part{first}"]
            for first in (0, replicates // 2)
        ]
        apart = _together(parts)
    return whole, apart


def _together(lines: Sequence[Sequence[str]]) -> float:
    began = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    begin = [sys.executable, "-m", "experiments.sweep", "-m"]
    started = [subprocess.Popen([*begin, *words], cwd=ROOT, **quiet) for words in lines]
    for each in started:
        if each.wait():
            raise RuntimeError("a sweep failed")
    return time.perf_counter() - began
