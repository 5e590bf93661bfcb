"""A border in words: the answer in a sentence, how sure it is, theory and the exact value beside it."""

from collections.abc import Sequence
from math import floor, log10
from typing import Any

from experiments import leaving
from experiments.beside import Beside
from experiments.crossings import MET, OPEN, Border
from experiments.leaving import FIRST, ONCE, RULE
from experiments.question import Question
from experiments.search import Answer
from experiments.words import Words


def summary(question: Question, answer: Answer, beside: tuple[Beside, Beside], told: Words) -> str:
    """The answer in a sentence, how sure it is, theory and the exact value beside it."""
    found, name = answer.border, question.asked.axis
    lines = [sentence(question, answer, told)]
    if found.outcome == MET:
        lines += _sureness(question, answer, told)
    lines += _beside(answer, beside, told)
    lines.append(told.say("border.runs", runs=told.number(answer.runs), axis=told.label(name)))
    if answer.cut:
        weight = told.value("", _round(answer.cut))
        lines.append(told.say("border.cut", rounds=told.number(leaving.MOST_ROUNDS), weight=weight))
    return "\n".join([*lines, told.say("border.caveat")])


def sentence(question: Question, answer: Answer, told: Words) -> str:
    """The answer in one sentence."""
    found, kind = answer.border, question.asked.breakdown
    low, high = (told.value("", _round(end)) for end in (question.low, question.high))
    if found.outcome != MET:
        key = "open" if found.outcome == OPEN else found.outcome
        said = {"holds": "border.{}_holds", "pays": "border.{}_fails", "open": "border.{}_open"}[key].format(kind)
        return told.say(said, axis=told.name(question.asked.axis), low=low, high=high)
    side = "above" if found.above else "below"
    shown = _shown(found, told)
    return told.say(f"border.{kind}_{side}", axis=told.name(question.asked.axis), **shown)


def _shown(found: Border, told: Words) -> dict[str, str]:
    """Value and interval with as many digits as the interval bears."""
    low, high = float(found.low or 0.0), float(found.high or 0.0)
    digits = max(0, min(9, 1 - floor(log10(high - low)))) if high > low else 9
    ends = {"value": found.value or 0.0, "low": low, "high": high}
    shown = {key: told.value("", round(end, digits) + 0.0) for key, end in ends.items()}
    within = told.say("border.within", **shown) if shown["low"] != shown["high"] else ""
    return {"value": shown["value"], "within": within}


def _round(value: float) -> float:
    return float(f"{value:.6g}")


def _sureness(question: Question, answer: Answer, told: Words) -> list[str]:
    found, lines = answer.border, []
    if found.plan:
        plan = _plan(found.plan.name, told)
        who = told.say("border.who", party=answer.who) if answer.who else ""
        lines.append(told.say("border.binds", plan=plan, who=who))
    if not answer.certain and not question.whole:
        lines.append(told.say("border.interval"))
    if not found.settled:
        lines.append(told.say("border.budget", runs=told.number(question.asked.most_runs)))
    if found.again:
        lines.append(told.say("border.again"))
    if answer.basins:
        lines += _basins(question, answer.basins, told)
    return lines


def _plan(name: str, told: Words) -> str:
    """A plan in words."""
    for start, key in ((FIRST, "first"), (ONCE, "once")):
        if name.startswith(start):
            return told.say(f"border.plan_{key}", rest=_plan(name.removeprefix(start), told))
    if name.startswith("in "):
        states = name.removeprefix("in ")
        return told.say("border.plan_C") if states == "nothing" else told.say("border.plan_watching", states=states)
    if set(name) <= {"C", "D"}:
        return told.say("border.plan_in_turn", acts=name)
    known = {RULE: "rule", "blocks": "blocks", "late": "late", "late for good": "late_for_good"}
    return told.say(f"border.plan_{known.get(name, 'own')}", plan=name)


def _basins(question: Question, told_of: dict[str, float], told: Words) -> list[str]:
    lines = [
        told.say(
            "border.shares",
            place=told.value("", _round(told_of["place"])),
            broken=told.number(told_of["broken"]),
            runs=told.number(told_of["runs"]),
        )
    ]
    if "closing_broken" in told_of and "closing_held" in told_of:
        rates = {key: told.percent(told_of[f"closing_{key}"]) for key in ("broken", "held")}
        lines.append(told.say("border.basins", **rates))
    return lines


def _beside(answer: Answer, beside: tuple[Beside, Beside], told: Words) -> list[str]:
    lines = []
    for key, (value, reason) in zip(("closed_form", "exact"), beside, strict=True):
        if value is None:
            lines.append(told.say(f"border.no_{key}", reason=reason))
        else:
            lines.append(told.say(f"border.{key}", value=told.value("", round(value, 9))))
    if beside[1][0] is not None and not answer.certain:
        lines.append(told.say("border.knows"))
    return lines


def record(question: Question, answer: Answer, beside: tuple[Beside, Beside]) -> dict[str, Any]:
    """The answer for programs; None where there is none."""
    found = answer.border
    return {
        "axis": question.asked.axis,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "closed_form": beside[0][0],
        "exact": beside[1][0],
        "breakdown": question.asked.breakdown,
        "runs": answer.runs,
    }


def together(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Records of a curve as one: lists in the order of the values of the second axis, runs added up."""
    lists = {key: [one[key] for one in records] for key in ("value", "low", "high", "closed_form", "exact")}
    return {**records[0], **lists, "runs": sum(one["runs"] for one in records)}
