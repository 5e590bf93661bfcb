"""The thin face that Hydra asks for: sweepers ``grid`` and ``border`` that hand the words to ``experiments.sweep``.

Hydra imports this at every start, so nothing heavy is imported here.
"""

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.plugins.sweeper import Sweeper

HEADLINE = ["actors_by_government_lag", "actors_by_response_lag"]


@dataclass
class GridConf:
    """Configuration of a sweeper: the experiments that are run when nothing is asked for."""

    _target_: str = "hydra_plugins.kerjasama.GridSweeper"
    headline: list[str] = field(default_factory=lambda: list(HEADLINE))


@dataclass
class BorderConf(GridConf):
    """The same for the sweeper that refines where the outcome changes."""

    _target_: str = "hydra_plugins.kerjasama.BorderSweeper"


for name, conf in (("grid", GridConf), ("border", BorderConf)):
    ConfigStore.instance().store(group="hydra/sweeper", name=name, node=conf, provider="kerjasama")


class GridSweeper(Sweeper):
    """Runs every cell of a grid, composed once for each combination of choices."""

    name = "grid"

    def __init__(self, headline: list[str]) -> None:
        self.headline = list(headline)

    def setup(self, *, hydra_context: Any, task_function: Any, config: Any) -> None:
        """Nothing to prepare: the words say everything."""

    def sweep(self, arguments: list[str]) -> Any:
        """Run the sweep that the words stand for."""
        from experiments.sweep import sweep

        return sweep(arguments, self.headline, self.name)


class BorderSweeper(GridSweeper):
    """Runs the cells that tell where the outcome changes, and audits the others at random."""

    name = "border"
