"""From names to values: configuration by Hydra, strategies and mandate tables from their files.

Everything that reads ``conf/`` is here, for the commands and for notebooks alike.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from sim.automata import Automaton, automaton
from sim.scenario import Case, MandateTable, NamedParty, Scenario, declarations, faults, parameter, range_faults

CONF = Path(__file__).resolve().parent.parent / "conf"
NOT_GROUPS = ("strategies", "mandates", "words")
"""Folders of conf/ that hold values, not choices."""


@dataclass
class Settings(Scenario):
    """A scenario and how it is run: luck, replicates, what is swept, language, place and processes."""

    seed: int = parameter(1, "key of all luck", "64-bit number", low=0, high=2**64 - 1)
    replicates: int = parameter(20, "runs of each scenario, each with other luck", "count", low=1, high=2**31)
    first_replicate: int = parameter(0, "number of the first replicate", "count", low=0, high=2**31)
    axes: list[str] = field(
        default_factory=list, metadata={"meaning": "what is swept, as on the command line", "unit": ""}
    )
    series: bool = parameter(False, "whether a sweep keeps the series of every run")
    language: str = parameter("en", "language of figures and summaries", choices=("en", "id"))
    folder: str | None = parameter(None, "where results go; empty: results/NAME-HASH", "path")
    engine: str = parameter(
        "batch",
        "batch plays many runs at once, mesa one agent at a time; the results are the same",
        choices=("batch", "mesa"),
    )
    compute: str = parameter(
        "auto",
        "threads are quickest; processes outlive a run that kills or hangs one; auto: threads, processes for agents",
        choices=("auto", "threads", "processes"),
    )
    workers: int = parameter(
        0, "threads or processes; 0 is one for each core; the results are the same", "count", low=0, high=1024
    )
    patience: float = parameter(300.0, "what a run may take in a process before it is given up", "seconds", above=0)
    fail_fast: bool = parameter(False, "whether a sweep ends at the first run that fails")
    precision: float = parameter(
        0.0,
        "replicates are added to a cell until the interval of its share broken is at most this to either side; 0: none",
        "share",
        low=0,
        below=0.5,
    )
    most_replicates: int = parameter(1000, "where adding replicates to a cell ends", "count", low=1, high=2**31)
    monotone: str | None = parameter(
        None, "border sweeper: a swept parameter along which cooperation breaks down once; halving finds it", "name"
    )
    audit: int = parameter(
        64, "border sweeper: cells drawn at random that check what was inferred", "count", low=0, high=10**6
    )
    compare: str | None = parameter(
        None, "swept parameter whose values are compared with its first, run by run under the same luck", "name"
    )
    plan: bool = parameter(False, "only tell what a sweep would take: runs, minutes, disk, the border of theory")


NOT_RESULTS = (
    "axes", "language", "folder", "engine", "compute", "workers", "patience", "fail_fast", "compare", "plan",
)  # fmt: skip
"""Settings that change no number of a result."""
OF_A_SWEEP = ("replicates", "first_replicate", "series", "precision", "most_replicates", "monotone", "audit")
"""Settings that decide which runs there are, and no number of any."""
SETTINGS = dict(declarations(Settings))
"""Every parameter of the command line by its dotted name."""

ConfigStore.instance().store("schema", Settings)


class BadInput(ValueError):
    """What was asked cannot be run; ``faults`` tells everything that is wrong, one sentence each."""

    def __init__(self, found: list[str]) -> None:
        self.faults = list(dict.fromkeys(found))
        super().__init__("\n".join(self.faults))


def read_yaml(path: Path) -> Any:
    """What a yaml file of ``conf/`` holds, by the quick reader where the library was built with it."""
    return yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def groups() -> dict[str, list[str]]:
    """Every group of choices and its options, as they lie in conf/."""
    return {
        folder.name: sorted(option.stem for option in folder.glob("*.yaml"))
        for folder in sorted(CONF.iterdir())
        if folder.is_dir() and folder.name not in NOT_GROUPS
    }


@cache
def strategies() -> dict[str, Automaton]:
    """Every strategy of conf/strategies, by the name of its file."""
    found, wrong = {}, []
    for path in sorted((CONF / "strategies").glob("*.yaml")):
        try:
            found[path.stem] = automaton(path.stem, read_yaml(path))
        except ValueError as error:
            wrong += [f"conf/strategies/{path.name}: {line}" for line in str(error).splitlines()]
        except yaml.YAMLError as error:
            wrong.append(f"conf/strategies/{path.name}: cannot be read: {' '.join(str(error).split())}")
    if wrong:
        raise BadInput(wrong)
    return found


def tables() -> list[str]:
    """Names of the mandate tables of conf/mandates."""
    return sorted(path.stem for path in (CONF / "mandates").glob("*.csv"))


@cache
def table(name: str | None) -> MandateTable | None:
    """A mandate table by the name of its file; None for no name."""
    if not name:
        return None
    if name not in tables():
        raise BadInput([f"topology.matrix: no table '{name}' in conf/mandates (known: {', '.join(tables())})"])
    with open(CONF / "mandates" / f"{name}.csv", encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    functions = header[3:]
    wrong = _table_faults(name, functions, rows)
    if wrong:
        raise BadInput(wrong)
    held = [frozenset(f for f, cell in enumerate(row[3:]) if cell != "-") for row in rows]
    return MandateTable(tuple(functions), tuple((row[0], row[2], own) for row, own in zip(rows, held, strict=True)))


def _table_faults(name: str, functions: list[str], rows: list[list[str]]) -> list[str]:
    wrong = []
    for number, row in enumerate(rows, start=2):
        where = f"conf/mandates/{name}.csv, line {number}"
        if len(row) != len(functions) + 3:
            wrong.append(f"{where}: {len(row)} cells instead of {len(functions) + 3}")
        elif row[2] not in ("organization", "ministry"):
            wrong.append(f"{where}: kind '{row[2]}' is neither organization nor ministry")
        else:
            wrong += [f"{where}: cell '{cell}' is not L, S or -" for cell in row[3:] if cell not in ("L", "S", "-")]
    names = [row[0] for row in rows if row]
    return wrong + [f"conf/mandates/{name}.csv: '{n}' occurs twice" for n in set(names) if names.count(n) > 1]


def case(scenario: Scenario) -> Case:
    """A scenario with the strategies and the table its names stand for; not yet checked."""
    return Case(scenario, strategies(), table(scenario.topology.matrix))


@contextmanager
def _hydra() -> Iterator[None]:
    """Hydra's composer: the running command's own, or one for a notebook."""
    if GlobalHydra.instance().is_initialized():
        yield
    else:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            yield


def settings(words: list[str]) -> Settings:
    """The settings that command-line words without lists stand for."""
    with _hydra():
        composed = compose("run", overrides=with_named_parties([without_nothing(word) for word in words]))
    return plain(composed)


def without_nothing(word: str) -> str:
    """A choice of nothing in Hydra's own writing.

    >>> without_nothing("control=null"), without_nothing("control=generous"), without_nothing("topology.lead=null")
    ('~control', 'control=generous', 'topology.lead=null')
    """
    key, _, value = word.partition("=")
    return f"~{key}" if key in groups() and value == "null" else word


def plain(composed: Any) -> Settings:
    """A composed configuration as plain values."""
    values: Any = OmegaConf.to_object(composed)
    return values


def with_named_parties(words: list[str]) -> list[str]:
    """The same words, and before them an entry for each single party they name.

    >>> with_named_parties(["parties.named.polri.discount=.9"])
    ['++parties.named={polri:{}}', 'parties.named.polri.discount=.9']
    """
    names = dict.fromkeys(
        word.lstrip("+").split("=")[0].split(".")[2] for word in words if word.lstrip("+").startswith("parties.named.")
    )
    return ([f"++parties.named={{{','.join(f'{name}:{{}}' for name in names)}}}"] if names else []) + words


def run_faults(asked: Settings) -> list[str]:
    """Everything that is wrong with one scenario and how it is run."""
    own = [name for name in SETTINGS if name in Settings.__dataclass_fields__ and name != "axes"]
    found = [
        fault
        for name in own
        if name not in Scenario.__dataclass_fields__
        for fault in range_faults(name, getattr(asked, name), SETTINGS[name])
    ]
    try:
        return found + faults(case(asked))
    except BadInput as error:
        return found + error.faults


def scenario(name: str = "baseline", *words: str) -> Settings:
    """A checked scenario by name, changed by words as on the command line.

    Raises
    ------
    BadInput
        With everything that is wrong, if anything is.

    Examples
    --------
    >>> scenario("dyad", "information.response_lag=2").information.response_lag
    2
    """
    from experiments.front import word_faults

    asked = [f"scenario={name}", *words]
    if wrong := word_faults(asked, swept=False):
        raise BadInput(wrong)
    found = settings(asked)
    if wrong := run_faults(found):
        raise BadInput(wrong)
    return found


def changed(base: Settings, names: tuple[str, ...], values: tuple[Any, ...]) -> Settings:
    """A copy of the settings with some parameters set by their dotted names."""
    copy = deepcopy(base)
    for name, value in zip(names, values, strict=True):
        set_value(copy, name, value)
    return copy


def set_value(target: Any, name: str, value: Any) -> None:
    """Set one parameter by its dotted name."""
    *path, last = name.split(".")
    for part in path:
        target = target.setdefault(part, NamedParty()) if isinstance(target, dict) else getattr(target, part)
    setattr(target, last, value)
