"""The committed figures and tables of results/reference/, made again: the headline and its controls.

python3 dev.py figures
"""

import shutil
import sys
from pathlib import Path

from experiments import front
from experiments.sweep import run_all

FINE = "experiment=actors_by_government_lag_fine,actors_by_response_lag_fine"
FULL = "experiment=actors_by_government_lag_full,actors_by_response_lag_full"
BORDER = "hydra/sweeper=border"
PUBLISHED = {
    "headline": [FINE],
    "no_attention_no_cost": [FINE, "control=no_attention_no_cost"],
    "no_relevance": [FINE, "control=no_relevance"],
    "generous": [FINE, "control=generous"],
    "identical": [FINE, "control=identical"],
    "imitation": [FINE, "control=imitation"],
    "headline_in_full": [FULL],
    "headline_by_border": [BORDER, FULL],
}
"""What is published, and the words of ``python -m experiments.sweep`` that make it."""
KEPT = ("summary.csv", "borders.csv", "manifest.json")
"""The small tables that are committed of each map; the rows of single runs stay where they were made."""


def publish(name: str, words: list[str]) -> None:
    """Run one published pair of maps and copy its figure and small tables."""
    made, published = Path("results") / "published" / name, Path("results") / "reference" / name
    shutil.rmtree(made, ignore_errors=True)  # made again from nothing, whatever the rules were before
    command = " ".join(["python -m experiments.sweep", *words])
    asked = [word for word in words if word != BORDER]
    run_all([*asked, f"folder={made}"], [], command, "border" if BORDER in words else "grid")
    published.mkdir(parents=True, exist_ok=True)
    shutil.copy(made / "joint.png", published / "maps.png")
    for folder in sorted(path for path in made.iterdir() if path.is_dir()):
        for table in KEPT:
            if (folder / table).exists():
                shutil.copy(folder / table, published / f"{folder.name}.{table}")
    (published / "command.txt").write_text(command + "\n", "utf-8")


def main() -> None:
    """Publish what is named on the line, or everything."""
    with front.exit_codes():
        for name in sys.argv[1:] or PUBLISHED:
            publish(name, PUBLISHED[name])


if __name__ == "__main__":
    main()
