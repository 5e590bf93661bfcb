"""A tournament: each strategy plays each, itself included; who earns how much, and who would spread.

python -m experiments.tournament strategies=tit_for_tat,grim,alld rounds=200 action_error=.05 seed=1
python -m experiments.tournament draw=tit_for_tat

From Python:

>>> found = tournament(["tit_for_tat", "alld"], rounds=10, repetitions=2)
>>> found.score.tolist()  # of the strategy of the row against that of the column, per round
[[3.0, 0.9], [1.4, 1.0]]
>>> found.ranking
('tit_for_tat', 'alld')
"""

import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob
from hydra.errors import HydraException
from omegaconf import OmegaConf
from scipy.special import stdtrit
from tqdm import tqdm

from experiments import front
from experiments.compose import CONF, SETTINGS, BadInput, case, groups, read_yaml, strategies
from experiments.words import Words, words
from sim import compiled, tables
from sim.encoding import Encoding, encode, spread
from sim.history import MINISTRY_COOPERATION, ORGANIZATION_COOPERATION, SERIES
from sim.scenario import (
    Breakdown,
    Case,
    Game,
    Horizon,
    Information,
    Learning,
    Parties,
    Scenario,
    Topology,
    Trafficking,
    faults,
    nearest,
    parameter,
    range_faults,
)

BLOCK_BYTES = 16e6
"""Of series that are held at once: memory does not grow with the repetitions."""
CERTAIN = 0.95
"""Coverage of the intervals."""


# --- what may be asked ---------------------------------------------------------------------------------------------


def _as_in_a_scenario(name: str, default: Any) -> Any:
    """The parameter of a scenario, declared there, with what it is here if nothing is said."""
    return field(default=default, metadata=SETTINGS[name].metadata)


@dataclass
class Asked:
    """Who plays, how long, under what conditions: the words of the command, and of ``tournament``."""

    strategies: list[str] = parameter([], "who plays; empty: every strategy of conf/strategies", "names")
    draw: list[str] = parameter([], "strategies to draw as diagrams, in place of a tournament", "names")
    rounds: int = _as_in_a_scenario("horizon.rounds", 200)
    repetitions: int = parameter(10, "matches of each pair, each with other luck", "count", low=1, high=10_000_000)
    action_error: float = _as_in_a_scenario("information.action_error", 0.0)
    miss: float = _as_in_a_scenario("information.miss", 0.0)
    false_alarm: float = _as_in_a_scenario("information.false_alarm", 0.0)
    response_lag: int = _as_in_a_scenario("information.response_lag", 0)
    game: str = parameter("textbook", "payoffs, a file of conf/game", choices=tuple(groups()["game"]))
    temptation: float | None = _as_in_a_scenario("game.temptation", None)
    reward: float | None = _as_in_a_scenario("game.reward", None)
    punishment: float | None = _as_in_a_scenario("game.punishment", None)
    sucker: float | None = _as_in_a_scenario("game.sucker", None)
    generations: int = parameter(1000, "generations of the ecology", "count", low=1, high=100_000)
    seed: int = _as_in_a_scenario("seed", 1)
    language: str = _as_in_a_scenario("language", "en")
    folder: str | None = _as_in_a_scenario("folder", None)


DECLARED = {declared.name: declared for declared in fields(Asked)}
LISTS = ("strategies", "draw")
PAYOFFS = ("temptation", "reward", "punishment", "sucker")
NOT_RESULTS = ("draw", "language", "folder")
"""Words that change no number of a result."""
IN_A_SCENARIO = {
    "horizon.rounds": "rounds",
    **{f"information.{name}": name for name in ("action_error", "miss", "false_alarm", "response_lag")},
}


def read(line: Sequence[str]) -> Asked:
    """What the words of a command line ask for.

    Raises
    ------
    BadInput
        With everything that is wrong, if anything is.

    Examples
    --------
    >>> read(["strategies=glob(tit*)", "action_error=.05"]).strategies
    ['tit_for_tat', 'tit_for_two_tats']
    """
    values: dict[str, Any] = {}
    wrong = []
    for word in line:
        try:
            key, value = _read_one(word)
            values[key] = front.in_declared_type(_typed(), key, value, DECLARED[key])
        except BadInput as error:
            wrong += error.faults
        except HydraException as error:
            wrong.append(f"{word}: cannot be read ({str(error).splitlines()[0]})")
    asked = Asked(**values)
    wrong += _faults(asked)
    if asked.draw:
        wrong += [
            f"{key}: has no meaning beside draw=, which draws a strategy and plays no tournament"
            for key in values
            if key not in NOT_RESULTS
        ]
    if wrong:
        raise BadInput(wrong)
    return asked


def _read_one(word: str) -> tuple[str, Any]:
    override = OverridesParser.create().parse_override(word)
    key, value = override.key_or_group.lstrip("+"), override.value()
    if override.is_delete() or key not in DECLARED:
        hint = nearest(key, DECLARED) if get_close_matches(key, DECLARED) else "; --help lists all words"
        raise BadInput([f"{key}: no word of a tournament{hint}"])
    if key in LISTS and isinstance(value, Glob):
        return key, value.filter(sorted(strategies())) or [word]
    if override.is_sweep_override():
        if key not in LISTS:
            raise BadInput([f"{word}: a tournament takes one value; lists are for strategies and draw"])
        return key, [str(each) for each in override.sweep_iterator(transformer=lambda element: element)]
    return key, [value] if key in LISTS and not isinstance(value, list) else value


@cache
def _typed() -> Any:
    return OmegaConf.structured(Asked)


def _faults(asked: Asked) -> list[str]:
    """Everything that is wrong, all at once, in the words of this command; empty if it can be played."""
    wrong = [
        fault
        for name, declared in DECLARED.items()
        if name not in LISTS and not (name in PAYOFFS and getattr(asked, name) is None)
        for fault in range_faults(name, getattr(asked, name), declared)
    ]
    for key in LISTS:
        names = getattr(asked, key)
        wrong += [f"{key}: no strategy '{n}'{nearest(n, strategies())}" for n in names if n not in strategies()]
        wrong += [f"{key}: '{name}' occurs twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if len(asked.strategies) == 1:
        wrong.append(f"strategies: {asked.strategies[0]} alone has nobody to play; name two or more (count)")
    if not wrong:
        wrong = [_in_short_words(fault) for fault in faults(case(_base(asked)))]
    return wrong


def _in_short_words(fault: str) -> str:
    for name, short in IN_A_SCENARIO.items():
        fault = fault.replace(name, short)
    return fault


def help_text() -> str:
    """Every word with unit, range and meaning: the text of --help."""
    lines = ["python -m experiments.tournament [name=value ...]", ""]
    lines += [f"Strategies: {', '.join(sorted(strategies()))}", "", "Words (name=value; lists are a,b,c):"]
    for name, declared in DECLARED.items():
        default = "" if declared.default in (None, "") or name in LISTS else f", {declared.default} if nothing is said"
        bounds = front.bounds_in_words(declared.metadata)
        lines.append(f"  {name}: {declared.metadata['meaning']}{default}" + (f" [{bounds}]" if bounds else ""))
    return "\n".join(lines)


# --- playing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What a tournament found; rows and columns of the arrays are in the order of ``strategies``.

    Attributes
    ----------
    strategies : names, as they were asked for.
    score : float array of shape (strategies, strategies)
        Mean payoff per round of the strategy of the row against that of the column; on the diagonal both are it.
    score_error : its standard error over repetitions, nan if there is one repetition.
    cooperation : share of the acts of the strategy of the row that were C, of the same shape.
    mean, mean_error : float arrays of shape (strategies,)
        Mean of a row of ``score``, self-play included, and its standard error.
    lead_error : float array of shape (strategies, strategies)
        Standard error of ``mean[row] - mean[column]``. All matches of a repetition share their luck, so it is that of
        the differences within repetitions.
    repetitions : matches of each pair.
    """

    strategies: tuple[str, ...]
    score: np.ndarray
    score_error: np.ndarray
    cooperation: np.ndarray
    mean: np.ndarray
    mean_error: np.ndarray
    lead_error: np.ndarray
    repetitions: int

    @property
    def order(self) -> list[int]:
        """Places of the strategies, best mean first; equal ones by name."""
        return sorted(range(len(self.strategies)), key=lambda i: (-round(float(self.mean[i]), 9), self.strategies[i]))

    @property
    def ranking(self) -> tuple[str, ...]:
        """Names, best mean first."""
        return tuple(self.strategies[i] for i in self.order)

    def half_width(self, standard_error: Any) -> Any:
        """Half of the interval of Student's t that covers with chance ``CERTAIN``, for means over repetitions."""
        if self.repetitions < 2:
            return np.full_like(standard_error, np.nan)
        return stdtrit(self.repetitions - 1, 0.5 + CERTAIN / 2) * standard_error


def tournament(who: Sequence[str] = (), **asked: Any) -> Outcome:
    """Play every pair of some strategies, each also against itself.

    Parameters
    ----------
    who : names of files of conf/strategies; none are all.
    asked : the words of ``Asked``, which declares their defaults: ``rounds``, ``repetitions``, ``action_error``,
        ``miss``, ``false_alarm``, ``response_lag``, ``game`` (a name of conf/game), ``temptation``, ``reward``,
        ``punishment``, ``sucker``, ``seed``.

    Returns
    -------
    Outcome

    Raises
    ------
    BadInput
        With everything that is wrong, if anything is.

    Notes
    -----
    A match is a run of two parties, the first by name as an organization and the other as a ministry, on the compiled
    engine. It depends on seed, repetition and its two strategies, not on who else plays. Noise is a slip of the hand:
    strategies learn of their own realised act, as in Axelrod's library.

    References
    ----------
    Axelrod (1980), J. Conflict Resolution 24:3-25.
    """
    if unknown := [f"{key}: no word of a tournament{nearest(key, DECLARED)}" for key in asked if key not in DECLARED]:
        raise BadInput(unknown)
    wanted = Asked(strategies=list(who), **asked)
    if wrong := _faults(wanted):
        raise BadInput(wrong)
    return play(wanted)


def play(asked: Asked, shown: bool = False) -> Outcome:
    """The same for checked words; ``shown`` tells on the terminal how far it is, if it takes long."""
    names = asked.strategies or sorted(strategies())
    sums = _Sums(len(names))
    for scores, acts in _blocks(asked, names, shown):
        sums.add(scores, acts)
    return sums.outcome(tuple(names))


def _base(asked: Asked) -> Scenario:
    """Two parties and nothing else: no traffickers, no functions, nobody learns."""
    return Scenario(
        game=_game(asked),
        parties=Parties(organizations=1, ministries=1, traffickers=0, discount_spread=0.0, temptation_spread=0.0),
        horizon=Horizon(rounds=asked.rounds, ending="window"),
        information=Information(
            response_lag=asked.response_lag,
            response_lag_spread=0.0,
            response_lag_cap=max(asked.response_lag, 0),
            action_error=asked.action_error,
            miss=asked.miss,
            false_alarm=asked.false_alarm,
        ),
        topology=Topology(kind="complete", functions=0, organization_holds=0),
        learning=Learning(kind="none", pool=["own"]),
        trafficking=Trafficking(relevance=0.0),
        breakdown=Breakdown(window=1),
    )


def _game(asked: Asked) -> Game:
    own = {name: getattr(asked, name) for name in PAYOFFS if getattr(asked, name) is not None}
    return replace(_game_of_file(asked.game), **own)


@cache
def _game_of_file(name: str) -> Game:
    values = read_yaml(CONF / "game" / f"{name}.yaml")
    return Game(coordination_cost=0.0, **values)


def _blocks(asked: Asked, names: list[str], shown: bool) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Scores and shares of C of some repetitions at a time, arrays of shape (repetitions, strategies, strategies)."""
    first, second = _pairs(names)
    encoding, pairs = _encoded(asked, names, first, second), first.size
    at_once = max(1, int(BLOCK_BYTES / (len(SERIES) * 8.0 * asked.rounds)))
    step = max(1, at_once // pairs)
    with tqdm(total=asked.repetitions * pairs, desc="matches", delay=2, disable=not shown) as progress:
        for begin in range(0, asked.repetitions, step):
            matches = np.arange(begin * pairs, min(begin + step, asked.repetitions) * pairs)
            parts = [matches[at : at + at_once] for at in range(0, matches.size, at_once)]
            told = np.concatenate([_matches(encoding, asked.seed, part) for part in parts], axis=1)
            progress.update(matches.size)
            scores, acts = told.reshape(2, -1, pairs, 2)
            yield _in_tables(scores, first, second), _in_tables(acts, first, second)


def _pairs(names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Places of the first and second of each pair, the first by name first, so that a match is the same in any list."""
    one, other = np.triu_indices(len(names))
    by_name = np.argsort(np.argsort(names))
    swapped = by_name[one] > by_name[other]
    return np.where(swapped, other, one), np.where(swapped, one, other)


def _in_tables(values: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Values of both sides, of shape (repetitions, pairs, 2), by row and column; with itself the mean of both sides."""
    count = int(first.max()) + 1
    found = np.empty((len(values), count, count))
    found[:, first, second], found[:, second, first] = values[..., 0], values[..., 1]
    itself = first == second
    found[:, first[itself], first[itself]] = values[:, itself].mean(axis=-1)
    return found


def _encoded(asked: Asked, names: list[str], first: np.ndarray, second: np.ndarray) -> Encoding:
    """A cell for each pair: one case, and who plays what as columns."""
    who = {name: strategies()[name] for name in names}
    plays = np.argsort(np.argsort(names))  # encoded strategies are numbered in the order of their names
    columns = {"organization_plays": plays[first], "ministry_plays": plays[second]}
    few = encode([Case(replace(_base(asked), strategy=names[0]), who)])
    return spread(few, np.zeros(first.size, dtype=np.int64), columns)


def _matches(encoding: Encoding, seed: int, number: np.ndarray) -> np.ndarray:
    """Mean payoff per round and share of C of both sides of some matches, an array of shape (2, matches, 2).

    Matches are numbered repetition by repetition, and within one in the order of the cells.
    """
    from sim.batch import play as play_runs  # compiled code is loaded only where it is run

    repetition, cell = np.divmod(number, encoding.cells.size)
    _, played = play_runs(encoding, cell, repetition, np.full(cell.size, seed, dtype=np.uint64))
    acts = [played.series[:, kind].sum(axis=1) for kind in (ORGANIZATION_COOPERATION, MINISTRY_COOPERATION)]
    return np.stack((played.mean_payoff.reshape(-1, 2), np.stack(acts, axis=1) / played.rounds[:, None]))


class _Sums:
    """Sums over repetitions, of differences from the first, so that what never varies has a variance of exactly 0."""

    def __init__(self, count: int) -> None:
        self.repetitions = 0
        self.origin = np.zeros((count, count))
        self.scores, self.squares, self.acts = np.zeros((3, count, count))
        self.means, self.products = np.zeros(count), np.zeros((count, count))

    def add(self, scores: np.ndarray, acts: np.ndarray) -> None:
        if self.repetitions == 0:
            self.origin = scores[0].copy()
        self.repetitions += len(scores)
        apart = scores - self.origin
        means = apart.mean(axis=2)
        self.scores += apart.sum(axis=0)
        self.squares += (apart**2).sum(axis=0)
        self.acts += acts.sum(axis=0)
        self.means += means.sum(axis=0)
        self.products += means.T @ means

    def outcome(self, names: tuple[str, ...]) -> Outcome:
        n = self.repetitions
        score = self.origin + self.scores / n
        covariance = self._of_the_mean(self.products, np.outer(self.means, self.means))
        variance = np.maximum(np.diag(covariance), 0.0)  # rounding may leave a little less than nothing
        return Outcome(
            strategies=names,
            score=score,
            score_error=np.sqrt(np.maximum(self._of_the_mean(self.squares, self.scores**2), 0.0)),
            cooperation=self.acts / n,
            mean=score.mean(axis=1),
            mean_error=np.sqrt(variance),
            lead_error=np.sqrt(np.maximum(variance[:, None] + variance - 2 * covariance, 0.0)),
            repetitions=n,
        )

    def _of_the_mean(self, products: np.ndarray, product_of_sums: np.ndarray) -> np.ndarray:
        """Covariance of means over repetitions: ``(sum of products - product of sums / n) / (n (n - 1))``."""
        n = self.repetitions
        if n < 2:
            return np.full(products.shape, np.nan)
        found: np.ndarray = (products - product_of_sums / n) / (n * (n - 1))
        return found


# --- the ecology ---------------------------------------------------------------------------------------------------


def ecology(score: np.ndarray, generations: int, least: float = 0.0) -> np.ndarray:
    r"""Shares of strategies over generations that are offspring of what each earns.

    Parameters
    ----------
    score : float array of shape (strategies, strategies)
        Mean payoff per round of row against column.
    generations : count.
    least : payoff per round that leaves no offspring; 0, or the least payoff of a game that pays less than 0.

    Returns
    -------
    float array of shape (generations + 1, strategies), shares from equal ones on, each row of sum 1.

    Notes
    -----
    With :math:`a_{ij}` = score - least, shares follow the discrete replicator equation

    .. math:: x_i(t + 1) = x_i(t) \frac{\sum_j a_{ij} x_j(t)}{\sum_k x_k(t) \sum_j a_{kj} x_j(t)}

    so the more frequent a strategy is, the more often it is met. No mutation, no chance; where nobody earns anything
    shares stay as they are.

    References
    ----------
    Axelrod (1984), The Evolution of Cooperation, chapter 2; Taylor & Jonker (1978), Math. Biosci. 40:145-156.

    Examples
    --------
    >>> ecology(np.array([[3.0, 0.0], [5.0, 1.0]]), 1).tolist()  # 1/2 * 1.5 and 1/2 * 3, over their sum
    [[0.5, 0.5], [0.3333333333333333, 0.6666666666666666]]
    """
    offspring = score - least
    shares = np.empty((generations + 1, len(score)))
    shares[0] = 1 / len(score)
    for now in range(generations):
        grown = shares[now] * (offspring @ shares[now])
        total = grown.sum()
        shares[now + 1] = grown / total if total > 0 else shares[now]
    return shares


def shares_of(found: Outcome, asked: Asked) -> np.ndarray:
    """The ecology on the scores that were measured."""
    game = _game(asked)
    return ecology(found.score, asked.generations, min(0.0, *(getattr(game, name) for name in PAYOFFS)))


# --- what is told --------------------------------------------------------------------------------------------------


def summary(found: Outcome, shares: np.ndarray, asked: Asked, told: Words) -> str:
    """The answer in a sentence, the table, and who would spread."""
    lines = [_answer(found, told), "", *_table(found, shares, told), "", _about(found, asked, told)]
    if found.repetitions > 1:
        lines.append(told.say("tournament.margin"))
    last = shares[-1]
    spreading = [i for i in np.argsort(-last, kind="stable") if last[i] >= 0.005]
    named = ", ".join(f"{told.value('strategy', found.strategies[i])} {told.percent(last[i])}" for i in spreading)
    lines.append(told.say("tournament.ecology", generations=told.number(asked.generations), shares=named))
    return "\n".join([*lines, told.say("tournament.caveat")])


def _answer(found: Outcome, told: Words) -> str:
    first, second = found.order[:2]
    lead = found.mean[first] - found.mean[second]
    half = float(found.half_width(found.lead_error[first, second]))
    values = {
        "first": told.value("strategy", found.strategies[first]),
        "second": told.value("strategy", found.strategies[second]),
        "score": told.number(found.mean[first], 3),
        "lead": told.number(lead, 3),
        "low": told.number(lead - half, 3),
        "high": told.number(lead + half, 3),
    }
    if round(lead, 9) == 0 and not half > 0:
        return told.say("tournament.tie", **values)
    if isnan(half):
        return told.say("tournament.once", **values)
    if half == 0:
        return told.say("tournament.always", **values)
    return told.say("tournament.wins" if lead > half else "tournament.open", **values)


def _table(found: Outcome, shares: np.ndarray, told: Words) -> list[str]:
    head = ("rank", "strategy", "score", "within", "cooperation", "with_itself", "share")
    content = [[told.say(f"tournament.{name}") for name in head]]
    half = found.half_width(found.mean_error)
    for rank, i in enumerate(found.order, start=1):
        content.append(
            [
                str(rank),
                told.value("strategy", found.strategies[i]),
                told.number(found.mean[i], 3),
                "-" if isnan(half[i]) else told.number(half[i], 3),
                told.percent(found.cooperation[i].mean()),
                told.number(found.score[i, i], 3),
                told.percent(shares[-1, i]),
            ]
        )
    widths = [max(len(line[column]) for line in content) for column in range(len(head))]
    return [
        "  ".join(
            text.ljust(width) if name == "strategy" else text.rjust(width)
            for name, text, width in zip(head, line, widths, strict=True)
        ).rstrip()
        for line in content
    ]


def _about(found: Outcome, asked: Asked, told: Words) -> str:
    game, letters = _game(asked), zip("TRPS", PAYOFFS, strict=True)
    noise = [
        f"{told.name(name)} {told.value(name, getattr(asked, short))}"
        for name, short in IN_A_SCENARIO.items()
        if short != "rounds" and getattr(asked, short)
    ]
    return told.say(
        "tournament.about",
        strategies=told.number(len(found.strategies)),
        rounds=told.number(asked.rounds),
        repetitions=told.number(found.repetitions),
        # no-break spaces: a heading of a figure may be wrapped, but not between T and its value
        payoffs=", ".join(f"{letter}\u00a0{told.value('', getattr(game, name))}" for letter, name in letters),
        conditions="; ".join(noise) or told.say("tournament.clean"),
    )


def identity(asked: Asked) -> dict[str, Any]:
    """Everything that the numbers of a tournament depend on."""
    names = asked.strategies or sorted(strategies())
    values = {name: value for name, value in asdict(asked).items() if name not in NOT_RESULTS}
    return {
        "asked": {**values, "strategies": names},
        "game": asdict(_game(asked)),
        "strategies": {name: asdict(strategies()[name]) for name in names},
        "rules": compiled.source_fingerprint(),
    }


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
    if not compiled.is_compiled():
        print("Compiling the rules, once for each version of them (about half a minute) ...", file=sys.stderr)
    found = play(asked, shown=True)
    shares, told = shares_of(found, asked), words(asked.language)
    tables.write_json(
        {"command": _command(line), "fingerprint": fingerprint, "identity": identity(asked)}, folder / "manifest.json"
    )
    _write(found, shares, folder)
    _draw(found, shares, asked, told, f"{_command(line)}   [{fingerprint}]", folder)
    print(f"{summary(found, shares, asked, told)}\n\n{folder}")  # last, in case the reader of our output has gone


def _write(found: Outcome, shares: np.ndarray, folder: Path) -> None:
    order, names = found.order, found.strategies
    ranking = [
        {
            "rank": rank,
            "strategy": names[i],
            "score": found.mean[i],
            "standard_error": _known(found.mean_error[i]),
            "cooperation": found.cooperation[i].mean(),
            "with_itself": found.score[i, i],
            "share": shares[-1, i],
        }
        for rank, i in enumerate(order, start=1)
    ]
    scores = [
        {
            "strategy": names[i],
            "against": names[j],
            "score": found.score[i, j],
            "standard_error": _known(found.score_error[i, j]),
            "cooperation": found.cooperation[i, j],
        }
        for i in order
        for j in order
    ]
    generations = [{"generation": t, **{names[i]: row[i] for i in order}} for t, row in enumerate(shares)]
    for name, rows in (("ranking", ranking), ("scores", scores), ("ecology", generations)):
        tables.write_csv([tables.table(rows)], folder / f"{name}.csv")


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _draw(found: Outcome, shares: np.ndarray, asked: Asked, told: Words, caption: str, folder: Path) -> None:
    from experiments import figures

    order, about = found.order, _about(found, asked, told)
    names = [told.value("strategy", found.strategies[i]) for i in order]
    score = found.score[np.ix_(order, order)]
    figures.save(figures.score_map(names, score, told, caption, about), folder / "figures" / "scores")
    figures.save(figures.share_diagram(names, shares[:, order], told, caption, about), folder / "figures" / "ecology")


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
