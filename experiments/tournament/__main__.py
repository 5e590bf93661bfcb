"""The command ``python -m experiments.tournament``."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from experiments import front
from experiments.chunks import tell_of_compiling
from experiments.compose import BadInput, strategies
from experiments.tournament.asked import Asked, help_text, read
from experiments.tournament.matches import matches_of, play
from experiments.tournament.spreading import shares_of
from experiments.tournament.telling import draw, identity, summary, write
from experiments.words import words
from sim import tables


def _command(line: Sequence[str]) -> str:
    return " ".join(["python -m experiments.tournament", *map(shlex.quote, line)])


def _open(folder: Path, fingerprint: str) -> None:
    """Refuse a folder that holds anything but this tournament."""
    manifest = tables.read_json(folder / "manifest.json")
    if folder.exists() and not folder.is_dir():
        raise BadInput([f"folder: {folder} is a file; give another folder="])
    if manifest is None and folder.exists() and any(folder.iterdir()):
        raise BadInput([f"folder: {folder} holds other files and no manifest.json; give an empty one"])
    if manifest is not None and manifest.get("fingerprint") != fingerprint:
        raise BadInput([f"folder: {folder} holds another configuration; give another folder="])


def _play(asked: Asked, line: Sequence[str]) -> None:
    fingerprint = tables.fingerprint(identity(asked))
    folder = Path(asked.folder or Path("results") / f"tournament-{fingerprint}")
    _open(folder, fingerprint)
    tell_of_compiling()
    with tqdm(total=matches_of(asked), desc="matches", delay=2) as progress:
        found = play(asked, progress.update)
    shares, told = shares_of(found, asked), words(asked.language)
    tables.write_json(
        {"command": _command(line), "fingerprint": fingerprint, "identity": identity(asked)}, folder / "manifest.json"
    )
    write(found, shares, folder)
    draw(found, shares, asked, told, f"{_command(line)}   [{fingerprint}]", folder)
    print(f"{summary(found, shares, asked, told)}\n\n{folder}")  # last, in case the reader of our output has gone


def _draw_strategies(asked: Asked, line: Sequence[str]) -> None:
    from experiments import figures

    told = words(asked.language)
    for name in asked.draw:
        rule = strategies()[name]
        path = Path(asked.folder or Path("results") / "strategies") / name
        caption = f"{_command(line)}   [{tables.fingerprint(asdict(rule))}]"
        figures.save(figures.automaton_diagram(rule, told, caption), path)
        print(f"{path}.png")


def main() -> None:
    """Entry of ``python -m experiments.tournament``."""
    front.spare_the_collector()
    line = sys.argv[1:]
    with front.exit_codes("Nothing is kept of a tournament that did not end."):
        if {"-h", "--help"} & set(line):
            print(help_text())
            return
        asked = read(line)
        if asked.draw:
            _draw_strategies(asked, line)
        else:
            _play(asked, line)


if __name__ == "__main__":
    main()
