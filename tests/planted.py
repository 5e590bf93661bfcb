"""The sweep command with faults planted into some of its runs; the tests start it in place of experiments.sweep.

FAULTS=segfault:1:0,hang:2:1 python tests/planted.py -m WORDS

plants a fault (kind:cell:replicate) into each of two runs. PLAYED=FILE notes every run that was played. Chunks hold
RUNS_OF_A_CHUNK runs, and no figure is drawn. The part that plants is done in worker processes too: they import the main
script again.
"""

import ctypes
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from experiments import chunks, execute, sweep

RUNS_OF_A_CHUNK = 4


def small_chunks(put):
    """Make every run look as costly as any other; ``put(module, name, value)`` sets what execute reckons with."""
    seconds = 1e-3
    put(execute, "SECONDS_PER_RUN", dict.fromkeys(chunks.ENGINES, seconds))
    put(execute, "SECONDS_PER_SIDE_AND_ROUND", dict.fromkeys(chunks.ENGINES, 0.0))
    put(execute, "CHUNK_SECONDS", 200 * RUNS_OF_A_CHUNK * seconds)
    put(execute, "SERIAL_SECONDS", 0.0)


# --- faults that end or stop a process -----------------------------------------------------------------------------


def segfault():
    """Read where no memory is."""
    ctypes.string_at(0)


def leave():
    """End the process, and say that all is well."""
    os._exit(0)


def sleep():
    """Wait for ever."""
    while True:
        time.sleep(60)


def spin():
    """Reckon for ever."""
    while True:
        pass


def wait_once():
    """Tell who is waiting in the file WAITS and wait for ever, but go on if the file is there."""
    place = Path(os.environ["WAITS"])
    if not place.exists():
        place.write_text(str(os.getpid()))
        sleep()


def error():
    """Raise."""
    raise ZeroDivisionError("planted")


BEFORE = {each.__name__: each for each in (segfault, leave, sleep, spin, wait_once, error)}


# --- faults of what is handed over ---------------------------------------------------------------------------------


def series(world, played, place):
    """A number of a series is none."""
    played.series[place, 0, 3] = np.nan


def payoff(world, played, place):
    """The payoff of a party is none."""
    played.payoff[world.runs.first_party[place]] = np.inf


AFTER = {each.__name__: each for each in (series, payoff)}


def planted(honest, faults):
    """An engine that plays as the honest one does, but for some runs."""

    def play(design, cells, replicates):
        if not design.axes:  # only to load the engine
            return honest(design, cells, replicates)
        kinds = [faults.get((cell, number)) for cell, number in zip(cells.tolist(), replicates.tolist(), strict=True)]
        for kind in filter(None, kinds):
            if kind in BEFORE:
                BEFORE[kind]()
        encoding, world, played = honest(design, cells, replicates)
        for place, kind in enumerate(kinds):
            if kind in AFTER:
                AFTER[kind](world, played, place)
        if "PLAYED" in os.environ:
            with open(os.environ["PLAYED"], "a") as told:
                told.writelines(f"{cell}:{number}\n" for cell, number in zip(cells, replicates, strict=True))
        return encoding, world, played

    return play


def read_faults(text):
    """Kinds of fault by cell and replicate."""
    parts = [part.split(":") for part in text.split(",") if part]
    return {(int(cell), int(number)): kind for kind, cell, number in parts}


def end_at_once():
    """End the first WORKERS_THAT_END processes before they are workers; the file BEGUN counts them."""
    begun = Path(os.environ["BEGUN"])
    already = len(begun.read_bytes()) if begun.exists() else 0
    if already < int(os.environ["WORKERS_THAT_END"]):
        begun.write_bytes(b"." * (already + 1))
        os._exit(9)


if __name__ in ("__main__", "__mp_main__"):
    small_chunks(setattr)
    sweep._draw = lambda *_: []
    for engine, honest in list(chunks.ENGINES.items()):
        chunks.ENGINES[engine] = planted(honest, read_faults(os.environ.get("FAULTS", "")))

if __name__ == "__mp_main__" and "WORKERS_THAT_END" in os.environ:
    end_at_once()

if __name__ == "__main__":
    sweep.main()
