"""The front door of every command: each word is checked before Hydra composes, and all errors are told at once.

Hydra alone stops at its first error. Here every word is compared with the declared parameters and the files of conf/,
every value with its type and range; what remains (laws between parameters) is checked before the first run.
"""

import atexit
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import Field, dataclass
from functools import cache
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, QuotedString
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from experiments.compose import (
    SETTINGS,
    BadInput,
    Settings,
    groups,
    run_faults,
    settings,
    strategies,
    table,
    tables,
    with_named_parties,
    without_nothing,
)
from sim.scenario import NamedParty, Scenario, declaration, nearest, party_name_faults, range_faults

GOOD, BAD_INPUT, SOME_FAILED, INTERRUPTED, STORAGE = 0, 2, 3, 4, 5
"""Exit codes of every command."""

_OWN = [name for name in Settings.__dataclass_fields__ if name not in Scenario.__dataclass_fields__]
NOT_SWEPT = tuple(name for name in _OWN if name != "seed")
"""Settings of a whole sweep; they have one value."""


@dataclass(frozen=True)
class Asked:
    """One word of the command line: a group or a parameter, and the values it asks for."""

    word: str
    key: str
    values: tuple[Any, ...]
    is_group: bool
    is_swept: bool


def read(words: list[str]) -> tuple[list[Asked], list[str]]:
    """Every word with its values, and everything that is wrong with them; words of Hydra's own are passed over."""
    asked, wrong = [], []
    for word in words:
        try:
            override = OverridesParser.create().parse_override(word)
            if override.key_or_group.split("/")[0].split(".")[0] == "hydra":
                continue
            asked.append(_asked(word, override))
        except BadInput as error:
            wrong += error.faults
        except HydraException as error:
            wrong.append(f"{word}: cannot be read ({str(error).splitlines()[0]})")
    return asked, wrong


def _asked(word: str, override: Override) -> Asked:
    key = override.key_or_group
    if override.is_delete():
        if key not in groups():
            raise BadInput([f"~{key}: only a choice can be taken away{nearest(key, groups())}"])
        return Asked(word, key, (), True, False)
    if key in groups():
        return Asked(word, key, _choices(key, override), True, override.is_sweep_override())
    check_key(key)
    values = tuple(_converted(key, value) for value in _values(key, override))
    return Asked(word, key, values, False, override.is_sweep_override())


def check_key(key: str) -> None:
    """BadInput, with the nearest name, if nothing has this name."""
    if key in SETTINGS or key == "axes":
        return
    parts = key.split(".")
    if parts[:2] == ["parties", "named"] and len(parts) == 4:
        fields = list(NamedParty.__dataclass_fields__)
        if parts[3] in fields:
            return
        raise BadInput([f"{key}: a single party has no '{parts[3]}'{nearest(parts[3], fields)}"])
    known = [name for name in SETTINGS if "NAME" not in name] + list(groups())
    hint = nearest(key, known) if _is_near(key, known) else "; --help lists all parameters"
    raise BadInput([f"{key}: no parameter of this name{hint}"])


def _is_near(key: str, known: Iterable[str]) -> bool:
    return "did you mean" in nearest(key, known)


def _choices(key: str, override: Override) -> tuple[Any, ...]:
    options = groups()[key]
    found: list[str] = []
    for value in _values(key, override):
        if value is not None and str(value) not in options:
            raise BadInput([f"{key}: '{value}' is not a choice{nearest(str(value), options)}"])
        found.append("null" if value is None else str(value))
    return tuple(found)


def _values(key: str, override: Override) -> list[Any]:
    """The values a word stands for; glob(...) is expanded against the files of conf/."""
    value = override.value()
    if isinstance(value, Glob):
        names = value.filter(_names_of_files(key))
        if not names:
            raise BadInput([f"{override.input_line}: no name fits (known: {', '.join(_names_of_files(key))})"])
        return list(names)
    if not override.is_sweep_override():
        return [_plain(value)]
    return [_plain(each) for each in override.sweep_iterator(transformer=lambda element: element)]


def _names_of_files(key: str) -> list[str]:
    if key in groups():
        return groups()[key]
    if key == "strategy" or key.endswith(".strategy"):
        return sorted(strategies())
    if key == "topology.matrix":
        return tables()
    raise BadInput([f"{key}: glob(...) stands for files, and this parameter has none"])


def _plain(value: Any) -> Any:
    return value.text if isinstance(value, QuotedString) else value


def _converted(key: str, value: Any) -> Any:
    """The value in the declared type and range, or BadInput."""
    if key == "axes":
        return value
    declared = SETTINGS.get(key) or declaration(key)
    plain = in_declared_type(_typed(), key, value, declared)
    if wrong := range_faults(key, plain, declared) + _name_faults(key, plain):
        raise BadInput(wrong)
    return plain


def in_declared_type(typed: Any, key: str, value: Any, declared: Field[Any]) -> Any:
    """A value in its declared type, by an OmegaConf of all declared parameters, or BadInput."""
    parts = key.split(".")
    try:
        if parts[:2] == ["parties", "named"]:
            OmegaConf.update(typed, "parties.named", {parts[2]: {parts[3]: value}}, merge=True)
        else:
            OmegaConf.update(typed, key, value)
        node = OmegaConf.select(typed, key)
        plain = OmegaConf.to_container(node) if OmegaConf.is_config(node) else node
    except OmegaConfBaseException as error:
        told = f"{key}: {value} is not {_type_in_words(declared)} ({str(error).splitlines()[0]})"
        raise BadInput([told]) from None
    return plain


@cache
def _typed() -> Any:
    """An empty typed configuration, in which a value takes its declared type."""
    return OmegaConf.structured(Settings)


def _type_in_words(declared: Field[Any]) -> str:
    for python, words in (
        ("list", "a list"),
        ("int", "a whole number"),
        ("float", "a number"),
        ("bool", "true or false"),
    ):
        if python in str(declared.type):
            return words
    return "a name"


def _name_faults(key: str, value: Any) -> list[str]:
    """Names that stand for nothing: of strategies, tables and single parties."""
    if value and (key == "strategy" or key.endswith(".strategy")) and value not in strategies():
        return [f"{key}: no strategy '{value}'{nearest(value, strategies())}"]
    if value and key == "topology.matrix" and value not in tables():
        return [f"{key}: no table '{value}'{nearest(value, tables())}"]
    name = value if key == "topology.lead" else key.split(".")[2] if key.startswith("parties.named.") else None
    if name and all(party_name_faults(key, name, table(each)) for each in [None, *tables()]):
        return party_name_faults(key, name, table(tables()[0]))
    return []


def word_faults(words: list[str], swept: bool) -> list[str]:
    """Everything that is wrong with the words of a command; ``swept`` says whether lists are allowed."""
    asked, wrong = read(words)
    for each in asked:
        if each.is_swept and not swept:
            wrong.append(f"{each.word}: one scenario takes one value; lists are for experiments.sweep (or add -m)")
        if each.is_swept and each.key in NOT_SWEPT:
            wrong.append(f"{each.word}: {each.key} has one value for a whole sweep")
    return wrong


def enter(command: str, start: Callable[[], None]) -> None:
    """Check the words of the command line, then let Hydra start."""
    spare_the_collector()
    with exit_codes():
        words = sys.argv[1:]
        arguments = get_args_parser().parse_intermixed_args(words)  # -m may stand anywhere
        if arguments.help:
            tell(help_text(command))
            return
        if not (arguments.hydra_help or arguments.shell_completion or arguments.info):
            wrong = _sweeper_faults(arguments.overrides) if command == "sweep" else []
            refuse(wrong + _all_faults(arguments.overrides, swept=command == "sweep" or arguments.multirun))
            flags = [word for word in words if word not in arguments.overrides]
            sys.argv[1:] = [*flags, *with_named_parties([settable(word) for word in arguments.overrides])]
        start()


def spare_the_collector() -> None:
    """Let what was imported be: it is no garbage while a command runs, and ends with it.

    To look through a million objects of libraries again and again, and to take them apart at the end, takes longer
    than a small sweep takes to run; and a fifth of the time of a compiler, which makes objects by the million.
    """
    gc.freeze()
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)


KEPT = "What is finished is kept; the same line goes on where it was."


class RunFailed(Exception):
    """A run failed, and the sweep was to end at the first that does."""


class WorkersEnded(Exception):
    """Worker processes cannot be kept alive, whatever they are given to play."""


def tell(*lines: str) -> None:
    """Print lines; a reader who has gone, as in ``| head``, ends nothing and changes no exit code."""
    try:
        print(*lines, sep="\n", flush=True)
    except OSError as error:
        _silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise


def _silence(stream: Any) -> None:
    """Let what is still held for a stream go nowhere; at its end Python would fail on it once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def exit_codes(kept: str = KEPT) -> Iterator[None]:
    """Leave with the exit code that the outcome has; Hydra itself would make a traceback and a 1 of it."""
    try:
        yield
    except BadInput as error:
        refuse(error.faults)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends already: one more Ctrl-C must not change the exit code
        print(f"Interrupted. {kept}", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except RunFailed as error:
        print(f"A run failed, and fail_fast=true: {error}", file=sys.stderr)
        sys.exit(SOME_FAILED)
    except WorkersEnded as error:
        print(
            f"Interrupted: {error}; is the memory full? What is finished is kept; the same line goes on where it was.",
            file=sys.stderr,
        )
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of our messages has gone, as in `2>&1 | head`
        _silence(sys.stdout)
        _silence(sys.stderr)
        sys.exit(INTERRUPTED)
    except OSError as error:
        print(f"Storage: {error}. Once this is mended, type the same line again. {kept}", file=sys.stderr)
        sys.exit(STORAGE)


SWEEPERS = ("grid", "border")
"""Sweepers of experiments.sweep; experiments.run takes Hydra's own."""


def _sweeper_faults(words: list[str]) -> list[str]:
    """What is wrong with the sweeper, which Hydra would only tell after everything else."""
    named = [word.partition("=")[2] for word in words if word.lstrip("+").partition("=")[0] == "hydra/sweeper"]
    unknown = [name for name in named if name not in SWEEPERS]
    return [f"hydra/sweeper: '{name}' is not a choice{nearest(name, SWEEPERS)}" for name in unknown]


def _all_faults(words: list[str], swept: bool) -> list[str]:
    """What is wrong with the words; if anything is, also what is wrong with the scenario that the others make."""
    wrong = word_faults(words, swept)
    if not wrong:
        return []
    good = [word for word in words if not word_faults([word], swept=False)]
    try:
        return wrong + run_faults(settings([settable(word) for word in good]))
    except (BadInput, HydraException):
        return wrong


def settable(word: str) -> str:
    """``+key=value`` of a parameter that exists sets it, as ``key=value`` does."""
    key = word.lstrip("+").split("=")[0]
    known = key in SETTINGS or key in groups() or key.startswith("parties.named.")
    return without_nothing(word.lstrip("+")) if known else word


def refuse(found: list[str]) -> None:
    """Tell everything that is wrong and leave with exit code 2; do nothing if nothing is."""
    if not found:
        return
    told = list(dict.fromkeys(found))
    head = "1 error" if len(told) == 1 else f"{len(told)} errors"
    print(f"{head} in what was asked; nothing was run:", file=sys.stderr)
    for fault in told:
        print(f"  {fault}", file=sys.stderr)
    sys.exit(BAD_INPUT)


def help_text(command: str) -> str:
    """Every parameter with unit, range and meaning, and every choice: the text of --help."""
    lines = [f"python -m experiments.{command} [name=value ...] [group=option ...]", ""]
    if command == "sweep":
        lines += ["A list a,b,c, range(first,end,step) or glob(pattern) sweeps; the first axis is drawn as x.", ""]
    lines += ["Choices (group=option):"]
    lines += [f"  {name}: {', '.join(options)}" for name, options in groups().items()]
    lines += ["", f"Strategies: {', '.join(sorted(strategies()))}", "", "Parameters (name=value):"]
    for name, declared in SETTINGS.items():
        bounds = bounds_in_words(declared.metadata)
        lines.append(f"  {name}: {declared.metadata['meaning']}" + (f" [{bounds}]" if bounds else ""))
    return "\n".join(lines)


def bounds_in_words(told: Any) -> str:
    """Unit, bounds and choices of a declaration."""
    signs = {"low": ">=", "high": "<=", "above": ">", "below": "<"}
    bounds = [f"{sign} {told[bound]}" for bound, sign in signs.items() if bound in told]
    choices = [", ".join(told["choices"])] if "choices" in told else []
    return "; ".join(filter(None, [told["unit"], *bounds, *choices]))
