"""What a person runs: one command per file, and two calls for notebooks.

>>> from experiments import scenario, simulate
>>> table = simulate(scenario("dyad", "information.response_lag=2"), replicates=2)
>>> table["cooperation_rate"].tolist()
[1.0, 1.0]
"""

from typing import Any

from experiments.compose import BadInput, Settings, scenario

__all__ = ["BadInput", "Settings", "scenario", "simulate"]


def simulate(asked: Settings, replicates: int = 20, first_replicate: int = 0) -> Any:
    """Run a scenario some times and return a table: one row per run, one column per measure.

    Parameters
    ----------
    asked : Settings
        A checked scenario, from ``scenario(name, *words)``. Its ``seed`` is the key of all luck.
    replicates, first_replicate : int
        How many runs, and the number of the first; run r is the same whatever its neighbours.

    Returns
    -------
    pandas.DataFrame with columns replicate, seed, status, error and the measures of ``sim.measures.MEASURES``.
    """
    from dataclasses import replace

    import numpy as np

    from experiments.chunks import run_chunk
    from experiments.grid import single

    design = single([], "notebook", "simulate", replace(asked, replicates=replicates, first_replicate=first_replicate))
    cells = np.zeros(replicates, dtype=np.int64)
    rows, _ = run_chunk(design, cells, first_replicate + np.arange(replicates))
    return rows.drop_columns(["cell", "overrides"]).to_pandas()
