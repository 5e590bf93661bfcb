"""The design of a sweep: which cells, of which scenarios, checked before the first run.

The configuration is composed once for each combination of choices (groups), never once for each cell; every distinct
value is checked once; laws between parameters are comparisons over whole columns.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.compose import (
    NOT_RESULTS,
    OF_A_SWEEP,
    SETTINGS,
    BadInput,
    Settings,
    case,
    changed,
    run_faults,
    set_value,
    settings,
    strategies,
    table,
)
from experiments.compose import tables as mandate_tables
from experiments.front import NOT_SWEPT, Asked, read
from sim import tables
from sim.compiled import source_fingerprint
from sim.scenario import (
    is_dilemma,
    law_message,
    laws,
    nearest,
    no_dilemma_message,
    strategies_of,
    value_of,
    word_faults,
)


@dataclass(frozen=True)
class Axis:
    """One swept parameter, or one group of choices, and its values in order."""

    name: str
    values: tuple[Any, ...]
    is_group: bool = False


@dataclass(frozen=True)
class Design:
    """A sweep, ready to run.

    Attributes
    ----------
    name : of the experiment. words : what is fixed, as on the command line. axes : what is swept, the last fastest.
    bases : composed settings by the choices of the group axes. dilemma : array of bool, for each cell whether its game
    is of the kind it says. sweeper : which cells are run: all of a grid, or those around a border. line : the words of
    the command, which make the design again.

    Cells are numbers; what belongs to many of them is read as columns, so that a million cells cost no objects.
    """

    name: str
    command: str
    words: tuple[str, ...]
    axes: tuple[Axis, ...]
    bases: dict[tuple[str, ...], Settings]
    dilemma: np.ndarray
    sweeper: str = "grid"
    line: tuple[str, ...] = ()

    @property
    def settings(self) -> Settings:
        """The settings of the first cell's base; everything that is not swept."""
        return next(iter(self.bases.values()))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each axis."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(np.prod(self.shape, dtype=np.int64))

    def places(self, cells: Any) -> tuple[Any, ...]:
        """For each axis, which of its values each of some cells has."""
        return tuple(np.unravel_index(cells, self.shape)) if self.axes else ()

    def values(self, cell: int) -> tuple[Any, ...]:
        """The values of a cell, one for each axis."""
        return tuple(axis.values[int(at)] for axis, at in zip(self.axes, self.places(cell), strict=True))

    def value(self, cell: int, name: str) -> Any:
        """One parameter of a cell by its dotted name."""
        values = self.values(cell)
        for axis, value in zip(self.axes, values, strict=True):
            if axis.name == name:
                return value
        return value_of(self._base(values), name)

    def column(self, name: str, cells: np.ndarray) -> np.ndarray:
        """One parameter of some cells: an array of numbers, or of objects where the values are no numbers."""
        places = self.places(cells)
        for axis, at in zip(self.axes, places, strict=True):
            if axis.name == name:
                return _array(axis.values)[at]
        own = _array(tuple(value_of(base, name) for base in self.bases.values()))
        return own[self._number_of_base(places, len(cells))]

    def _number_of_base(self, places: tuple[Any, ...], cells: int) -> np.ndarray:
        """Which of the bases each of some cells belongs to."""
        number = np.zeros(cells, dtype=np.int64)
        for axis, at in zip(self.axes, places, strict=True):
            if axis.is_group:
                number = number * len(axis.values) + at
        return number

    def _base(self, values: tuple[Any, ...]) -> Settings:
        return self.bases[tuple(v for axis, v in zip(self.axes, values, strict=True) if axis.is_group)]

    def cell(self, cell: int) -> Settings:
        """The settings of one cell."""
        values = self.values(cell)
        named = [(axis.name, v) for axis, v in zip(self.axes, values, strict=True) if not axis.is_group]
        return changed(self._base(values), tuple(name for name, _ in named), tuple(value for _, value in named))

    def overrides(self, cells: np.ndarray, replicates: np.ndarray | None = None) -> pa.Array:
        """The words that repeat each of some cells, or one run of each, with ``experiments.run``."""
        told = [pa.array([" ".join(self._fixed_words(replicates is not None))] * len(cells), pa.string())]
        for axis, at in zip(self.axes, self.places(cells), strict=True):
            told.append(pa.array([f"{axis.name}={_word(value)}" for value in axis.values]).take(pa.array(at)))
        if replicates is not None:
            numbers = pa.array(replicates).cast(pa.string())
            told.append(pc.binary_join_element_wise("first_replicate=", numbers, " replicates=1", ""))
        return pc.utf8_ltrim(pc.binary_join_element_wise(*told, " "), " ")

    def _fixed_words(self, one_run: bool) -> list[str]:
        passed_over = (*NOT_RESULTS, *OF_A_SWEEP) if one_run else NOT_RESULTS
        return [word for word in self.words if word.lstrip("+").split("=")[0] not in passed_over]

    def identity(self) -> dict[str, Any]:
        """Everything a result depends on: settings, axes and the source of the rules."""
        bases = {" ".join(choices): _without(asdict(base)) for choices, base in self.bases.items()}
        axes = [[axis.name, list(axis.values)] for axis in self.axes]
        told = {"settings": bases, "axes": axes, **self._files(), "rules": source_fingerprint()}
        return told if self.sweeper == "grid" else {**told, "sweeper": self.sweeper}

    def _files(self) -> dict[str, Any]:
        """The content of every strategy and mandate table that is in use."""
        bases = self.bases.values()
        named = {name for base in bases for name in strategies_of(base).values()}
        swept = {str(value) for axis in self.axes for value in axis.values}
        used = {name: asdict(one) for name, one in sorted(strategies().items()) if name in named | swept}
        matrices = {str(base.topology.matrix) for base in bases} | swept
        return {
            "strategies": used,
            "mandates": {name: tables.plain(table(name)) for name in mandate_tables() if name in matrices},
        }


def _array(values: tuple[Any, ...]) -> np.ndarray:
    """Values as a column: of numbers if all are, else of objects."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        unsigned = all(isinstance(value, int) and value >= 0 for value in values)
        return np.array(values, dtype=np.uint64) if unsigned and max(values) >= 2**63 else np.array(values)
    column = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):  # a list is a value, not a row of numbers
        column[place] = value
    return column


def _without(settings_of_base: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings_of_base.items() if name not in NOT_RESULTS}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ",".join(_word(v) for v in value) + "]"
    return "null" if value is None else str(value)


# --- from words to designs -----------------------------------------------------------------------------------------


def designs(words: Sequence[str], headline: Sequence[str], command: str, sweeper: str = "grid") -> list[Design]:
    """The sweeps that a command line stands for, one for each experiment it names; BadInput with all that is wrong.

    Without a list on the line and without an experiment, the headline experiments are meant.
    """
    asked, wrong = read([word for word in words if not word.startswith("++parties.named={")])
    if wrong:
        raise BadInput(wrong)
    swept = [each for each in asked if each.is_swept and each.key != "experiment"]
    fixed = [each.word for each in asked if not each.is_swept and each.key != "experiment"]
    chosen = [name for each in asked if each.key == "experiment" for name in each.values]
    experiments: list[str | None] = [*chosen] or ([None] if swept else [*headline])
    found: list[Design] = []
    for experiment in experiments:
        try:
            found.append(_design(experiment, fixed, swept, command, sweeper))
        except BadInput as error:
            wrong += error.faults
    if wrong:
        raise BadInput(wrong)
    found = [replace(design, line=tuple(words) or tuple(f"experiment={name}" for name in headline)) for design in found]
    return found if len(found) == 1 else [_in_own_folder(design) for design in found]


def _in_own_folder(design: Design) -> Design:
    """Several experiments under one folder have one folder each."""
    for base in design.bases.values():
        base.folder = base.folder and f"{base.folder}/{design.name}"
    return design


def single(words: Sequence[str], name: str, command: str, asked: Settings) -> Design:
    """The design of one scenario: no axis, one cell."""
    if wrong := run_faults(asked):
        raise BadInput(wrong)
    return Design(name, command, tuple(words), (), {(): asked}, np.array([True]))


def _design(experiment: str | None, fixed: list[str], swept: list[Asked], command: str, sweeper: str) -> Design:
    words = [*([f"experiment={experiment}"] if experiment else []), *fixed]
    composed = cache(lambda *choices: settings([*words, *choices]))  # by Hydra, which takes long
    asked = swept or _axes_of(composed(), words)
    axes = tuple(Axis(each.key, tuple(each.values), each.is_group) for each in asked)
    _check_axes(axes, experiment)
    groups = [axis for axis in axes if axis.is_group]
    bases = {
        choices: composed(*(f"{axis.name}={choice}" for axis, choice in zip(groups, choices, strict=True)))
        for choices in product(*(axis.values for axis in groups))
    }
    other = [] if sweeper == "grid" else [sweeper]
    name = "_".join(filter(None, [experiment or "sweep", *_controls(fixed), *other]))
    dilemma = _check_cells(axes, bases)
    design = Design(name, command, tuple(words), axes, bases, dilemma, sweeper)
    if wrong := list(_faults_of_sweep(design)):
        raise BadInput(wrong)
    return design


def _faults_of_sweep(design: Design) -> Iterator[str]:
    """What the settings of a whole sweep ask of its axes."""
    asked, names = design.settings, [axis.name for axis in design.axes]
    for key, name in (("compare", asked.compare), ("monotone", asked.monotone)):
        if name and name not in names:
            yield f"{key}: {name} is not swept{nearest(name, names)}"
    if asked.precision and asked.most_replicates < asked.replicates:
        yield f"most_replicates: {asked.most_replicates} is below replicates = {asked.replicates}"
    if design.sweeper != "border":
        if asked.monotone:
            yield "monotone: only the border sweeper reads it; add hydra/sweeper=border"
        return
    if asked.precision:
        yield "precision: the border sweeper has fixed replicates; refine with more values, or use hydra/sweeper=grid"
    numbers = [axis for axis in design.axes if len(axis.values) > 1 and is_ordered(axis.values)]
    if not numbers:
        yield "hydra/sweeper=border: a border lies along numbers, and no swept parameter has two of them in order"
    if asked.monotone in names and not is_ordered(design.axes[names.index(asked.monotone)].values):
        yield f"monotone: the values of {asked.monotone} are not numbers in rising order"


def is_ordered(values: tuple[Any, ...]) -> bool:
    """Whether values are numbers that rise, so that between two of them something can change."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return numbers and all(a < b for a, b in pairwise(values))


def _controls(fixed: list[str]) -> list[str]:
    return [word.split("=")[1] for word in fixed if word.startswith("control=") and word != "control=null"]


def _axes_of(composed: Settings, words: list[str]) -> list[Asked]:
    """The axes an experiment brings, without those that the line gives a single value."""
    asked, wrong = read(composed.axes)
    if wrong:
        raise BadInput(wrong)
    single_values = {word.lstrip("+").split("=")[0] for word in words}
    return [each for each in asked if each.key not in single_values]


def _check_axes(axes: tuple[Axis, ...], experiment: str | None) -> None:
    if not axes:
        raise BadInput(
            [f"{experiment or 'sweep'}: nothing is swept; give a list, range(...) or glob(...), or experiment=NAME"]
        )
    wrong = [f"{axis.name}: a sweep of no cells (the list is empty)" for axis in axes if not axis.values]
    wrong += [f"{axis.name}: has one value for a whole sweep" for axis in axes if axis.name in NOT_SWEPT]
    names = [axis.name for axis in axes]
    wrong += [f"{name}: swept twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    wrong += [
        f"{axis.name}: {axis.values} holds a value twice"
        for axis in axes
        if len({str(value) for value in axis.values}) < len(axis.values)
    ]
    if wrong:
        raise BadInput(wrong)


# --- checks over whole columns -------------------------------------------------------------------------------------


def _check_cells(axes: tuple[Axis, ...], bases: dict[tuple[str, ...], Settings]) -> np.ndarray:
    """For each cell, in order, whether its game is of its kind; BadInput if a cell breaks another law, or none is."""
    wrong: list[str] = []
    parts = []
    for base in bases.values():
        inner = tuple(axis for axis in axes if not axis.is_group)
        wrong += _faults_of_words(inner, base)
        parts.append(_check_columns(inner, base, wrong))
    dilemma = _in_order(axes, parts)
    if not dilemma.any():
        wrong.append(f"in every cell, for one: {no_dilemma_message(changed(*_first(axes, bases)))}")
    if wrong:
        raise BadInput(wrong)
    return dilemma.astype(bool)


def _first(axes: tuple[Axis, ...], bases: dict[tuple[str, ...], Settings]) -> Any:
    inner = [axis for axis in axes if not axis.is_group]
    return next(iter(bases.values())), tuple(a.name for a in inner), tuple(a.values[0] for a in inner)


def _in_order(axes: tuple[Axis, ...], parts: list[np.ndarray]) -> np.ndarray:
    """Bring the cells of all bases (group axes first) into the order of the axes."""
    order = sorted(range(len(axes)), key=lambda place: not axes[place].is_group)
    shaped = np.concatenate(parts).reshape([len(axes[place].values) for place in order])
    return shaped.transpose(np.argsort(order)).ravel()


def _check_columns(axes: tuple[Axis, ...], base: Settings, wrong: list[str]) -> np.ndarray:
    """Laws between numbers over all cells of one base at once; the first failing cell stands for its law."""
    cells = int(np.prod([len(axis.values) for axis in axes], dtype=np.int64))
    columns = deepcopy(base)
    grid = np.indices([len(axis.values) for axis in axes]).reshape(len(axes), cells)
    for axis, places in zip(axes, grid, strict=True):
        if _is_number(axis.name):
            set_value(columns, axis.name, np.array(axis.values)[places])
    if any(axis.name.startswith("game.kind") or _is_optional_number(axis) for axis in axes):
        return _check_one_by_one(axes, base, grid, wrong)
    for holds, message in laws(columns):
        failing = np.flatnonzero(~np.broadcast_to(holds, cells))
        if failing.size:
            wrong.append(_told(axes, base, grid[:, failing[0]], message, failing.size, cells))
    return np.broadcast_to(is_dilemma(columns), cells)


def _is_number(name: str) -> bool:
    declared = SETTINGS.get(name)
    return declared is not None and declared.type in (int, float)


def _is_optional_number(axis: Axis) -> bool:
    """A kind's own payoff may be empty in some cells, which no column of numbers can say."""
    return axis.name.startswith(("game.organization.", "game.ministry."))


def _check_one_by_one(axes: tuple[Axis, ...], base: Settings, grid: np.ndarray, wrong: list[str]) -> np.ndarray:
    """The same for axes that are no columns of numbers: words and values that may be empty."""
    found = []
    for places in grid.T:
        cell = changed(base, *_named(axes, places))
        wrong += [law_message(cell, message) for holds, message in laws(cell) if not holds]
        found.append(bool(is_dilemma(cell)))
    return np.array(found)


def _named(axes: tuple[Axis, ...], places: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    values = tuple(axis.values[int(place)] for axis, place in zip(axes, places, strict=True))
    return tuple(axis.name for axis in axes), values


def _told(axes: tuple[Axis, ...], base: Settings, places: Any, message: str, failing: int, cells: int) -> str:
    cell = changed(base, *_named(axes, places))
    return f"{law_message(cell, message)} (in {failing} of {cells} cells)"


def _faults_of_words(axes: tuple[Axis, ...], base: Settings) -> Iterator[str]:
    """Faults of names, lists and tables, once for each combination of the axes they depend on."""
    words = [axis for axis in axes if not _is_number(axis.name) or axis.name in ("topology.functions",)]
    for values in product(*(axis.values for axis in words)):
        cell = changed(base, tuple(axis.name for axis in words), values)
        yield from run_faults_of_words(cell)


def run_faults_of_words(cell: Settings) -> list[str]:
    """Faults of one scenario that no column of numbers tells: names, lists, tables."""
    try:
        return word_faults(case(cell))
    except BadInput as error:
        return error.faults
