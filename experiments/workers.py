"""Worker processes of which every death is told to the task that died with them, and to no other.

A worker sends messages: that it took a task, and what came of it. The library's manager asks who has died beside them,
so a worker that dies at once may be found dead before its last messages are read. Then the task it had finished would
be said to have died, and of the one it took nobody would ever hear again. Here what a dead worker sent is read first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from pebble import ProcessPool
from pebble.pool.process import PoolManager

QUIET, LOOKS = 3, 50
"""Looks, ten a second: so many without a message waiting and all are read; after so many a death is told anyway."""


@dataclass
class _Dead:
    """A worker that ended unexpectedly (its number and exit code), and how often was looked since."""

    expiration: tuple[int, int]
    quiet: int = 0
    looks: int = 0


class _Attentive(PoolManager):
    """The library's manager, which hears a dead worker out."""

    def __init__(self, context: Any, processes: Any) -> None:
        super().__init__(context, processes)
        self.dead: list[_Dead] = []

    def update_workers(self) -> None:
        """Tell the tasks of workers that ended unexpectedly, and start others in their place."""
        self.dead += [_Dead(expiration) for expiration in self.worker_manager.inspect_workers()]
        self.worker_manager.create_workers()  # type: ignore[no-untyped-call]
        channel = self.worker_manager.pool_channel
        for one in list(self.dead):
            one.quiet = 0 if channel is None or channel.poll(0) else one.quiet + 1
            one.looks += 1
            if one.quiet == QUIET or one.looks == LOOKS:
                self.dead.remove(one)
                self.handle_worker_expiration(one.expiration)


def process_pool(workers: int, initializer: Callable[..., None], initargs: tuple[Any, ...]) -> Any:
    """Worker processes, started afresh (spawn): the same on every system, and safe beside other threads."""
    spawn = get_context("spawn")
    pool: Any = ProcessPool(workers, initializer=initializer, initargs=initargs, context=spawn)
    pool._pool_manager = _Attentive(pool._context, spawn)
    return pool
