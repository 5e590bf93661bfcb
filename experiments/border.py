"""Where along one parameter cooperation fails: a border with its interval, beside theory and the exact value.

python -m experiments.border scenario=dyad axis=horizon.discount information.response_lag=2
python -m experiments.border scenario=dyad axis=horizon.discount axis2=information.response_lag values=0,1,2,4
python -m experiments.border breakdown=observed axis=information.response_lag

From Python:

>>> question = read(["scenario=dyad", "axis=horizon.discount"])
>>> round(search(question).border.value, 6)
0.666667
"""

import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments import front
from experiments.beside import closed_form, exact_value
from experiments.chunks import tell_of_compiling
from experiments.compose import BadInput, strategies
from experiments.question import Question, each, help_text, read
from experiments.search import search
from experiments.telling import Curve, record, summary, together
from experiments.words import Words, words
from sim import compiled, tables

NOT_RESULTS = ("language", "folder")


def identity(question: Question) -> dict[str, Any]:
    """Everything that the numbers of a border depend on."""
    scenario = {name: value for name, value in asdict(question.scenario).items() if name not in NOT_RESULTS}
    return {
        "asked": asdict(question.asked),
        "scenario": scenario,
        "strategies": {name: asdict(rule) for name, rule in strategies().items()},
        "rules": compiled.source_fingerprint(),
    }


def _command(line: Sequence[str]) -> str:
    return " ".join(["python -m experiments.border", *map(shlex.quote, line)])


def _open(folder: Path, fingerprint: str) -> None:
    """Refuse a folder that holds anything but this border."""
    manifest = tables.read_json(folder / "manifest.json")
    if folder.exists() and not folder.is_dir():
        raise BadInput([f"folder: {folder} is a file; give another folder="])
    if folder.exists() and any(folder.iterdir()) and (manifest or {}).get("fingerprint") != fingerprint:
        raise BadInput([f"folder: {folder} holds something else; give another folder="])


def _find(question: Question, told: Words) -> None:
    """One border, told on the terminal."""
    answer, beside = search(question, shown=True), (closed_form(question), exact_value(question))
    print(f"{summary(question, answer, beside, told)}\n\n{json.dumps(record(question, answer, beside))}")


def _draw(question: Question, told: Words) -> None:
    """A border for each value of the second axis, as a curve in a folder."""
    from experiments import figures

    fingerprint = tables.fingerprint(identity(question))
    folder = Path(question.scenario.folder or Path("results") / f"border-{fingerprint}")
    _open(folder, fingerprint)
    curve = Curve(question, told)
    for value, one in each(question):
        curve.add(value or 0, one, search(one, shown=True), (closed_form(one), exact_value(one)))
    tables.write_json(
        {"command": _command(question.line), "fingerprint": fingerprint, "identity": identity(question)},
        folder / "manifest.json",
    )
    table: list[tables.Row] = [
        {question.asked.axis2 or "": value, **row} for value, row in zip(curve.values, curve.rows, strict=True)
    ]
    tables.write_csv([tables.table(table)], folder / "border.csv")
    figure = figures.border_diagram(
        question.asked.axis2 or "",
        tuple(curve.values),
        question.asked.axis,
        (question.low, question.high),
        curve.rows,
        told,
        f"{_command(question.line)}   [{fingerprint}]",
        told.say(f"border.title_{question.asked.breakdown}"),
        curve.below_the_title(),
        curve.labels(),
    )
    figures.save(figure, folder / "figures" / "border")
    record_of_all = together([{key: row[key] for key in _RECORD} for row in curve.rows])
    lines = [*curve.lines(), told.say("border.caveat"), "", str(folder), json.dumps(record_of_all)]
    print("\n".join(lines))


_RECORD = ("axis", "value", "low", "high", "closed_form", "exact", "breakdown", "runs")


def main() -> None:
    """Entry of ``python -m experiments.border``."""
    front.spare_the_collector()
    line = sys.argv[1:]
    with front.exit_codes("Nothing is kept of a border that was not found."):
        if {"-h", "--help"} & set(line):
            print(help_text())
            return
        question = read(line)
        tell_of_compiling()
        (_draw if question.asked.axis2 else _find)(question, words(question.scenario.language))


if __name__ == "__main__":
    main()
