"""The thin face that Hydra asks for: a sweeper named ``grid`` that hands the words to ``experiments.sweep``.

Hydra imports this at every start, so nothing heavy is imported here.
"""

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper


@dataclass
class GridConf:
    """Configuration of the sweeper: the experiments that are run when nothing is asked for."""

    _target_: str = "hydra_plugins.kerjasama.GridSweeper"
    headline: list[str] = field(default_factory=lambda: ["actors_by_government_lag", "actors_by_response_lag"])


ConfigStore.instance().store(group="hydra/sweeper", name="grid", node=GridConf, provider="kerjasama")


class GridSweeper(Sweeper):
    """Runs every cell of a grid, composed once for each combination of choices."""

    def __init__(self, headline: list[str]) -> None:
        self.headline = list(headline)

    def setup(self, *, hydra_context: Any, task_function: Any, config: Any) -> None:
        """Nothing to prepare: the words say everything."""

    def sweep(self, arguments: list[str]) -> Any:
        """Run the sweep that the words stand for."""
        from experiments.sweep import sweep

        return sweep(arguments, self.headline)
