"""The reference pages of docs/, made from the declarations, so that they cannot say anything else.

python -m experiments.docs
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, Field
from pathlib import Path
from textwrap import fill
from typing import Any

import yaml

from experiments.compose import CONF, SETTINGS, Settings, groups, strategies, tables
from sim.automata import PAIRS, Automaton, family
from sim.history import SERIES
from sim.measures import MEASURES
from sim.scenario import DECLARED

FOLDER = CONF.parent / "docs"
NOTE = "*Made by `python -m experiments.docs` from {sources}. Change those and make it again; do not edit this page.*"


# --- parameters and choices ----------------------------------------------------------------------------------------


def parameters_page() -> str:
    """Every parameter of the command line, and every choice of conf/."""
    sections = dict.fromkeys(name.split(".")[0] for name in SETTINGS if "." in name)
    return _page(
        "the declarations in [sim/scenario.py](../sim/scenario.py) and"
        " [experiments/compose.py](../experiments/compose.py) and the files of [conf/](../conf)",
        "# Parameters and choices",
        "A parameter is set by `name=value`, a choice by `group=option`; a value on the line outranks every choice."
        " *Empty* is written `null`. `NAME` stands for a single party: `iom`, a name of the mandate table,"
        " `organization_2` or `ministry_7`. Values are illustrative unless the file of a scenario names a source.",
        *_section("General", "What every run has.", [name for name in DECLARED if "." not in name]),
        *(line for section in sections for line in _section_of(section)),
        *_section("How it is run", "Settings of a command; none is part of the model.", _run_settings()),
        "## Choices",
        *(line for group, options in groups().items() for line in _group(group, options)),
        "### Mandate tables (`topology.matrix=NAME`)",
        _table(("name", "sources"), [(_code(name), _sources_of(name)) for name in tables()]),
    )


def _section_of(section: str) -> list[str]:
    meaning = str(Settings.__dataclass_fields__[section].type.__doc__)
    return _section(section, meaning, [name for name in SETTINGS if name.startswith(f"{section}.")])


def _run_settings() -> list[str]:
    return [name for name in SETTINGS if name not in DECLARED]


def _section(title: str, meaning: str, names: Sequence[str]) -> list[str]:
    head = ("name", "symbol", "unit", "range", "default", "meaning")
    return [f"## {title}", meaning, _table(head, [_parameter_row(name, SETTINGS[name]) for name in names])]


def _parameter_row(name: str, declared: Field[Any]) -> tuple[str, ...]:
    told = declared.metadata
    return (
        _code(name),
        told.get("symbol", ""),
        told["unit"],
        range_in_words(declared),
        _written(default_of(declared)),
        told["meaning"],
    )


def default_of(declared: Field[Any]) -> Any:
    """The default of a parameter; lists are made by a factory."""
    return declared.default if declared.default_factory is MISSING else declared.default_factory()


def range_in_words(declared: Field[Any]) -> str:
    """What values a parameter takes.

    >>> range_in_words(SETTINGS["information.miss"]), range_in_words(SETTINGS["parties.named.NAME.response_lag"])
    ('number, 0 to 1', 'whole number, ≥ 0')
    """
    told = declared.metadata
    if "choices" in told:
        return ", ".join(map(_code, told["choices"]))
    if "low" in told and "high" in told:
        bounds = [f"{_plain(told['low'])} to {_plain(told['high'])}"]
    else:
        signs = {"low": "≥", "above": ">", "high": "≤", "below": "<"}
        bounds = [f"{sign} {_plain(told[bound])}" for bound, sign in signs.items() if bound in told]
    return ", ".join([_type_in_words(str(declared.type)), *bounds])


def _type_in_words(python: str) -> str:
    singles = {"int": "whole number", "float": "number", "bool": "true or false", "str": "text"}
    kind = next(words for name, words in singles.items() if name in python)
    return f"list of {kind}s" if "list" in python else kind


def _group(group: str, options: Iterable[str]) -> list[str]:
    rows = [(f"[{name}](../conf/{group}/{name}.yaml)", comment(CONF / group / f"{name}.yaml")) for name in options]
    return [f"### `{group}=`", _table(("option", "what it is"), rows)]


def _sources_of(table: str) -> str:
    page = CONF / "mandates" / f"{table}.md"
    return f"[conf/mandates/{page.name}](../conf/mandates/{page.name})" if page.exists() else ""


def comment(path: Path) -> str:
    """What a configuration file says of itself: its first comment, without directives and commands."""
    told = []
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            break
        words = line.lstrip("# ")
        if not words.startswith(("@package", "python -m ")):
            told.append(words)
    return " ".join(told)


# --- measures ------------------------------------------------------------------------------------------------------


def measures_page() -> str:
    """Every measure of a run, and every series of its rounds."""
    measured = [(_code(name), measure.unit, measure.meaning) for name, measure in MEASURES.items()]
    return _page(
        "[sim/measures.py](../sim/measures.py) and [sim/history.py](../sim/history.py)",
        "# Measures and series",
        "## Measures of a run",
        "One row per run, in `runs.csv` and `runs.parquet` of a results folder. Beside them: `cell`, `replicate`,"
        " `seed`, what is swept, `status` (`ok`, `failed`, `no_dilemma`), `error`, and `overrides`, the words that"
        " repeat the run with `python -m experiments.run`. A measure that has no meaning in a run (no traffickers, the"
        " round of a fall that did not happen) is empty. In `summary.csv` a cell has `share_broken` with its 95 %"
        " interval (`low`, `high`) and the mean of every other measure over its runs, as `NAME_mean`.",
        _table(("name", "unit", "meaning"), measured),
        "## Series of a run",
        "One row per round: `series.parquet`, and `series.csv` beside it, of `experiments.run`; `series.parquet` of"
        " `experiments.sweep` with `series=true`. Beside them: `cell`, `replicate`, `round`, and"
        " `window_cooperation_rate`, the cooperation rate (share) over the last `breakdown.window` rounds.",
        _table(("name", "unit", "meaning"), [_series_row(name, told) for name, told in SERIES.items()]),
    )


def _series_row(name: str, told: str) -> tuple[str, str, str]:
    meaning, _, unit = told.rpartition(", ")
    return _code(name), unit, meaning


# --- strategies ----------------------------------------------------------------------------------------------------


def strategies_page() -> str:
    """Every strategy with its names, its source and its states."""
    return _page(
        "the files of [conf/strategies/](../conf/strategies)",
        "# Strategies",
        "A strategy is a finite automaton: in each state a chance of cooperating (C), and the next state after each"
        " report (own realised act, then the partner's act as it was seen). Play begins in the first state shown."
        " `strategy=NAME learning=none` lets everybody play one.",
        *(line for name, rule in strategies().items() for line in _strategy(name, rule)),
    )


def _strategy(name: str, rule: Automaton) -> list[str]:
    path = CONF / "strategies" / f"{name}.yaml"
    told = yaml.safe_load(path.read_text("utf-8"))
    names = ", ".join([told["name"], *told["also"]])
    order = sorted(range(len(rule.states)), key=lambda state: state != rule.start)
    head = ("state", "chance of C", *(f"after {pair}" for pair in PAIRS))
    return [
        f"## [{name}](../conf/strategies/{name}.yaml)",
        f"{names}. {comment(path)}",
        f"Source: {told['source']}. {_family_in_words(rule)}",
        _table(head, [_state_row(rule, state) for state in order]),
    ]


def _state_row(rule: Automaton, state: int) -> tuple[str, ...]:
    (after_dd, after_dc), (after_cd, after_cc) = rule.after[state]
    goes = (rule.states[to] for to in (after_dd, after_dc, after_cd, after_cc))
    return rule.states[state], _written(rule.out[state]), *goes


def _family_in_words(rule: Automaton) -> str:
    """Whether a calculating party can play it."""
    found = family(rule)
    if found is None:
        return "It has no index, so `learning=calculating` refuses it."
    generosity = f", generosity g = {_written(found[1])}" if found[1] else ""
    return f"Its index is that of the {found[0].replace('_', ' ')} family{generosity}."


# --- Markdown ------------------------------------------------------------------------------------------------------


def _page(sources: str, *blocks: str) -> str:
    return "\n\n".join(map(_wrapped, [NOTE.format(sources=sources), *blocks])) + "\n"


def _wrapped(block: str) -> str:
    """Prose in short lines; headings and tables as they are."""
    return block if block.startswith(("#", "|")) else fill(block, 110, break_long_words=False, break_on_hyphens=False)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`"


def _plain(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _written(value: Any) -> str:
    """A value as it is typed on a command line.

    >>> _written(1 / 12), _written(["own", "alld"]), _written(False), _written(None)
    ('0.0833333', '[own, alld]', 'false', 'empty')
    """
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    return "[" + ", ".join(map(_written, value)) + "]" if isinstance(value, list) else _plain(value)


PAGES: dict[str, Callable[[], str]] = {
    "parameters.md": parameters_page,
    "measures.md": measures_page,
    "strategies.md": strategies_page,
}
"""Every page that is made, by its name in docs/."""


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), "utf-8", newline="\n")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
