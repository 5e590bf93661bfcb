"""One run of a finished sweep played again and held against its row, to the bit.

python -m experiments.replay folder=results/NAME cell=12 replicate=3
python -m experiments.replay folder=results/NAME cell=12 replicate=3 engine=mesa
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments import front
from experiments.chunks import run_chunk
from experiments.compose import BadInput
from experiments.grid import Design, designs
from sim import tables
from sim.compiled import source_fingerprint
from sim.scenario import nearest

WORDS = {"folder": "of a sweep", "cell": "a number of summary.csv", "replicate": "a number", "engine": "batch or mesa"}


def read_words(words: list[str]) -> dict[str, str]:
    """The words of the line by their keys; BadInput with everything that is wrong."""
    asked, wrong = {}, []
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or key not in WORDS:
            wrong.append(f"{word}: not a word of replay{nearest(key, WORDS)}")
        asked[key] = value
    wrong += [f"{key}: missing; {WORDS[key]}" for key in ("folder", "cell", "replicate") if key not in asked]
    numbers = [key for key in ("cell", "replicate") if key in asked]
    wrong += [f"{key}: {asked[key]} is not a whole number" for key in numbers if not asked[key].isdigit()]
    if asked.get("engine", "batch") not in ("batch", "mesa"):
        wrong.append(f"engine: {asked['engine']} is not a choice{nearest(asked['engine'], ('batch', 'mesa'))}")
    if wrong:
        raise BadInput(wrong)
    return asked


def design_of(folder: Path) -> Design:
    """The design that a results folder was made from."""
    manifest = tables.read_json(folder / "manifest.json")
    if manifest is None or "line" not in manifest:
        raise BadInput([f"folder: {folder} has no manifest.json of a sweep"])
    found = designs(manifest["line"], [], manifest["command"], manifest["sweeper"])
    return next(design for design in found if design.name == manifest["name"])


def replay(folder: Path, cell: int, replicate: int, engine: str | None = None) -> tuple[pa.Table, pa.Table]:
    """The row that is kept of a run, and the row of the same run played now."""
    design = design_of(folder)
    kept = pq.read_table(folder / "runs.parquet", filters=[("cell", "=", cell), ("replicate", "=", replicate)])
    if kept.num_rows != 1:
        raise BadInput([f"cell={cell} replicate={replicate}: {folder} holds no such run"])
    if engine:
        bases = {choices: replace(base, engine=engine) for choices, base in design.bases.items()}
        design = replace(design, bases=bases)
    again, _ = run_chunk(design, np.array([cell]), np.array([replicate]))
    return kept, again


def differences(kept: pa.Table, again: pa.Table) -> list[str]:
    """Columns in which two rows differ, with both values, to the last bit."""
    pairs = [(name, kept.column(name)[0].as_py(), again.column(name)[0].as_py()) for name in kept.column_names]
    return [f"{name}: {old!r} is kept, {new!r} now" for name, old, new in pairs if old != new]


def _start(words: list[str]) -> int:
    asked = read_words(words)
    folder = Path(asked["folder"])
    kept, again = replay(folder, int(asked["cell"]), int(asked["replicate"]), asked.get("engine"))
    differ = differences(kept, again)
    front.tell(f"python -m experiments.run {again.column('overrides')[0].as_py()}")
    front.tell(*(f"  {name} = {_shown(again.column(name)[0].as_py())}" for name in again.column_names))
    if not differ:
        front.tell("The same to the bit as the row that is kept.")
        return front.GOOD
    rules = (tables.read_json(folder / "manifest.json") or {})["identity"]["rules"]
    reason = "" if rules == source_fingerprint() else " (the rules have changed since)"
    front.tell(f"Not the same as the row that is kept{reason}:", *(f"  {line}" for line in differ))
    return front.SOME_FAILED


def _shown(value: Any) -> str:
    return "-" if value is None else str(value)


def main() -> None:
    """Entry of ``python -m experiments.replay``."""
    with front.exit_codes():
        words = sys.argv[1:]
        if not words or words[0] in ("-h", "--help"):
            front.tell(__doc__.strip())
            return
        if code := _start(words):
            sys.exit(code)


if __name__ == "__main__":
    main()
