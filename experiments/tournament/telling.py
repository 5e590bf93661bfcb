"""What is told of a tournament: the answer in sentences, tables, figures, and what its numbers depend on."""

from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from experiments.compose import strategies
from experiments.tournament.asked import IN_A_SCENARIO, NOT_RESULTS, PAYOFFS, Asked, game_of
from experiments.tournament.matches import Outcome
from experiments.words import Words
from sim import compiled, tables


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
    game, letters = game_of(asked), zip("TRPS", PAYOFFS, strict=True)
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
        "game": asdict(game_of(asked)),
        "strategies": {name: asdict(strategies()[name]) for name in names},
        "rules": compiled.source_fingerprint(),
    }


def write(found: Outcome, shares: np.ndarray, folder: Path) -> None:
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


def draw(found: Outcome, shares: np.ndarray, asked: Asked, told: Words, caption: str, folder: Path) -> None:
    from experiments import figures

    order, about = found.order, _about(found, asked, told)
    names = [told.value("strategy", found.strategies[i]) for i in order]
    score = found.score[np.ix_(order, order)]
    figures.save(figures.score_map(names, score, told, caption, about), folder / "figures" / "scores")
    figures.save(figures.share_diagram(names, shares[:, order], told, caption, about), folder / "figures" / "ecology")
