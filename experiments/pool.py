"""Where chunks are played: threads, or processes that outlive a run that kills or hangs one.

A cluster engine would take the place of the pool: it needs ``schedule(run, args, timeout)`` that returns a future.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import parent_process
from threading import Thread, current_thread, main_thread
from typing import Any

import numpy as np

from experiments import chunks
from experiments.chunks import Rows, failed_rows
from experiments.front import WorkersEnded
from experiments.grid import Design
from experiments.stages import Stage
from sim import tables


@dataclass(frozen=True)
class Chunk:
    """Runs ``first`` to ``last`` - 1 of a stage, and the seconds they may take."""

    number: int
    first: int
    last: int
    stage: Stage = field(compare=False)
    seconds: float = field(compare=False)

    @property
    def runs(self) -> tuple[np.ndarray, np.ndarray]:
        """Cell and replicate of each run."""
        return self.stage.slice(self.first, self.last)


class Stopping:
    """Whether somebody pressed Ctrl-C: once, what is under way is finished and kept; twice, everything ends now."""

    def __init__(self) -> None:
        self.asked = False

    @contextmanager
    def listening(self, told: Callable[[], None]) -> Iterator[None]:
        """Listen to Ctrl-C while the block runs; ``told`` says that the first one was heard."""
        if current_thread() is not main_thread():
            yield
            return

        def heard(*_: Any) -> None:
            if self.asked:
                raise KeyboardInterrupt
            self.asked = True
            told()

        before = signal.signal(signal.SIGINT, heard)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def play(
    design: Design, waiting: Sequence[Chunk], workers: int, processes: bool, stopping: Stopping
) -> Generator[tuple[Chunk, Rows], None, None]:
    """Rows of all chunks, as they are finished; ends early, with what is under way, once ``stopping`` is asked."""
    if not waiting:
        return
    left = list(waiting)
    for attempt in range(1, POOLS + 1):
        try:
            with _pool(design, workers, processes) as schedule:
                for played in _play_in(schedule, design, left, workers, stopping):
                    left.remove(played[0])
                    yield played
            return
        except BrokenProcessPool:
            if attempt == POOLS:
                raise WorkersEnded(f"worker processes were started {POOLS} times and ended before they began") from None


POOLS = 3
"""How often workers are started before a sweep gives up: all of them may be ended at once, and no run is to blame."""


def _play_in(
    schedule: "Schedule", design: Design, waiting: Sequence[Chunk], workers: int, stopping: Stopping
) -> Generator[tuple[Chunk, Rows], None, None]:
    left: deque[Chunk] = deque(waiting)
    running: dict[Future[Rows], Chunk] = {}
    while (left and not stopping.asked) or running:
        while left and len(running) <= workers and not stopping.asked:  # one waits, so that no worker does
            chunk = left.popleft()
            running[schedule(*chunk.runs, _limit(design, chunk))] = chunk
        if stopping.asked:
            running = {future: chunk for future, chunk in running.items() if future.running() or future.done()}
        finished, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
        for future in finished:
            chunk = running.pop(future)
            yield chunk, _rows_of(design, future, chunk, schedule)


Schedule = Callable[[np.ndarray, np.ndarray, float], "Future[Rows]"]


@contextmanager
def _pool(design: Design, workers: int, processes: bool) -> Iterator[Schedule]:
    """A way to have runs played elsewhere; leaving it by an exception abandons what is under way."""
    pool: Any
    if processes:
        from experiments.workers import process_pool

        pool = process_pool(workers, _begin_worker, (design,))
    else:
        from pebble import ThreadPool

        pool = ThreadPool(workers)

    def schedule(cells: np.ndarray, replicates: np.ndarray, limit: float) -> "Future[Rows]":
        if processes:
            try:
                return pool.schedule(_run_in_worker, args=(cells, replicates), timeout=limit)
            except RuntimeError as error:  # so it says that it is broken
                raise BrokenProcessPool from error
        return pool.schedule(lambda: chunks.run_chunk(design, cells, replicates))

    try:
        yield schedule
    except BaseException:  # who interrupts does not want to wait for the runs under way
        pool.stop()
        raise
    pool.stop()  # nothing is under way any more but what nobody asks for
    pool.join()


def _limit(design: Design, chunk: Chunk) -> float:
    return design.settings.patience + 20.0 * chunk.seconds


# --- a worker that dies or hangs -----------------------------------------------------------------------------------


def _rows_of(design: Design, future: "Future[Rows]", chunk: Chunk, schedule: Schedule) -> Rows:
    """What was played; a chunk that cost its worker is tried again run by run, and who fails twice is the culprit."""
    if _end(future) is None:
        return future.result()
    runs = [chunk.stage.slice(run, run + 1) for run in range(chunk.first, chunk.last)]
    again = [(one, schedule(*one, design.settings.patience)) for one in runs]
    parts = []
    for one, alone in again:
        error = _end(alone)
        parts.append((failed_rows(design, *one, error), None) if error else alone.result())
    series = [part[1] for part in parts if part[1] is not None]
    return tables.concatenate(part[0] for part in parts), tables.concatenate(series) if series else None


def _end(future: "Future[Rows]") -> str | None:
    """How the worker of a task ended, None if it did not; what the task raised is raised."""
    import pebble

    try:
        future.result()
    except TimeoutError:
        return "Hung: the run took longer than patience allows, twice"
    except pebble.ProcessExpired as end:
        return f"Died: the run ended its process, twice (exit code {end.exitcode})"
    return None


# --- inside a worker process ---------------------------------------------------------------------------------------

_OF_WORKER: dict[str, Design] = {}


def _begin_worker(design: Design) -> None:
    _OF_WORKER["design"] = design
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends its workers
    Thread(target=_leave_with_parent, daemon=True).start()
    with suppress(Exception):  # what is wrong with an engine, its first chunk tells better
        chunks.load(design.settings.engine)  # before the clock of the first chunk runs


def _leave_with_parent() -> None:
    """A worker whose command was killed must not wait for it for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run_in_worker(cells: np.ndarray, replicates: np.ndarray) -> Rows:
    return chunks.run_chunk(_OF_WORKER["design"], cells, replicates)
