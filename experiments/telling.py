"""A border in words: the answer in a sentence, how sure it is, theory and the exact value beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    lines += _beside(question, answer, beside, told)
    lines.append(told.say("border.runs", runs=told.number(answer.runs), axis=told.label(name)))
    if answer.cut:
        weight = told.value("", _round(answer.cut))
        lines.append(told.say("border.cut", rounds=told.number(leaving.MOST_ROUNDS), weight=weight))
    lines += without_effect(question, answer, told)
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
    if question.whole and found.settled:
        ends = {key: told.value("", end) for key, end in (("low", found.low), ("high", found.high))}
        return told.say(f"border.{kind}_whole_{side}", axis=told.name(question.asked.axis), **ends)
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


def _beside(question: Question, answer: Answer, beside: tuple[Beside, Beside], told: Words) -> list[str]:
    closed, exact = beside
    lines = [_closed_form(closed, told)]
    if closed.value is not None:
        lines[0] += _left_out(closed, told)
        lines += [_whole(closed.value, told)] if question.whole else []
    elif closed.without_slips is not None:
        lines[0] += told.say("border.without_slips", value=told.value("", round(closed.without_slips, 9)))
    lines.append(_exact(question, exact, told))
    if exact.value is not None and not answer.certain:
        lines.append(told.say("border.knows"))
    return lines


def _closed_form(beside: Beside, told: Words) -> str:
    if beside.reason:
        return told.say("border.no_closed_form", reason=beside.reason.said(told))
    value = told.value("", round(beside.value or 0.0, 9))
    return told.say("border.closed_form", value=value, formula=formulas([beside], told))


def formulas(some: Sequence[Beside], told: Words) -> str:
    """The predictions that closed forms are made of, each once, as in the table of agreement.

    >>> from experiments.words import words
    >>> formulas([Beside(0.5, None, ("R23", "R24")), Beside(0.6, None, ("R23",)), Beside(None)], words("en"))
    'R23 (attention, grim), R24 (cost of coordination)'
    """
    names = dict.fromkeys(name for beside in some for name in beside.formula)
    return ", ".join(f"{name} ({told.say(f'agreement.{name}')})" for name in names)


def _left_out(beside: Beside, told: Words) -> str:
    without = "; ".join(reason.said(told) for reason in beside.leaves_out)
    return told.say("border.leaves_out", what=without) if without else ""


NEAR = 1e-6
"""A closed form so near a whole number is that number: at a tie one cooperates."""


def _whole(value: float, told: Words) -> str:
    """What a closed form that need not be whole says of whole numbers."""
    last = floor(value + NEAR)
    return told.say("border.whole_closed_form", last=told.value("", last), first=told.value("", last + 1))


def _exact(question: Question, beside: Beside, told: Words) -> str:
    """The exact value, and what it means along whole numbers; or why there is none."""
    if beside.value is None or beside.reason:
        return told.say("border.no_exact", reason=beside.reason.said(told) if beside.reason else "")
    value = told.value("", round(beside.value, 9))
    if not question.whole:
        return told.say("border.exact", value=value)
    key = "border.exact_first_holds" if beside.ends else "border.exact_first_pays"
    return told.say(key, axis=told.name(question.asked.axis), value=value)


def asides(question: Question, answer: Answer, beside: tuple[Beside, Beside], told: Words) -> list[str]:
    """What there is to say beside a border that is one of a curve: formula, what it leaves out, what there is not."""
    closed, exact = beside
    if closed.value is None:
        lines = [_closed_form(closed, told)]
    else:
        lines = [told.say("border.curve_formula", formula=formulas([closed], told)) + _left_out(closed, told)]
    lines += [_exact(question, exact, told)] if exact.value is None else []
    return lines + without_effect(question, answer, told)


def without_effect(question: Question, answer: Answer, told: Words) -> list[str]:
    """A line on words that were said and do nothing: where nothing is drawn, or along whole numbers."""
    given = question.given
    if answer.certain:
        idle = [word for word in ("width", "replicates", "seed", "first_replicate") if word in given]
        return [told.say("border.idle_certain", words=_equals(idle))] if idle else []
    if question.whole and "width" in given:
        return [told.say("border.idle_whole", words="width=")]
    return []


def _equals(names: Sequence[str]) -> str:
    return ", ".join(f"{name}=" for name in names)


def record(question: Question, answer: Answer, beside: tuple[Beside, Beside]) -> dict[str, Any]:
    """The answer for programs; None where there is none."""
    found = answer.border
    return {
        "axis": question.asked.axis,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "closed_form": beside[0].value,
        "exact": beside[1].value,
        "breakdown": question.asked.breakdown,
        "runs": answer.runs,
    }


def together(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Records of a curve as one: lists in the order of the values of the second axis, runs added up."""
    lists = {key: [one[key] for one in records] for key in ("value", "low", "high", "closed_form", "exact")}
    return {**records[0], **lists, "runs": sum(one["runs"] for one in records)}


# --- a curve -------------------------------------------------------------------------------------------------------


@dataclass
class Curve:
    """Borders for the values of a second parameter: rows of a table, a sentence each, and what there is to say beside.

    ``asides`` holds the values for which a sentence beside is true, by the sentence; ``silent`` likewise why there is
    no closed form.
    """

    question: Question
    told: Words
    values: list[float] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    asides: dict[str, list[float]] = field(default_factory=dict)
    silent: dict[str, list[float]] = field(default_factory=dict)
    closed: list[Beside] = field(default_factory=list)

    def add(self, value: float, one: Question, answer: Answer, beside: tuple[Beside, Beside]) -> None:
        """Take in the border at one value of the second parameter."""
        met = {"outcome": answer.border.outcome, "above": answer.border.above}
        self.values.append(value)
        self.rows.append(record(one, answer, beside) | met)
        self.sentences.append(f"{self._at([value])}: {sentence(one, answer, self.told)}")
        self.closed.append(beside[0])
        for text in asides(one, answer, beside, self.told):
            self.asides.setdefault(text, []).append(value)
        if beside[0].value is None:
            self.silent.setdefault(_closed_form(beside[0], self.told), []).append(value)

    def _at(self, values: Sequence[float]) -> str:
        shown = "; ".join(self.told.value("", value) for value in values)
        return f"{self.told.name(self.question.asked.axis2 or '')} {shown}"

    def _said(self, texts: Mapping[str, Sequence[float]]) -> list[str]:
        """Sentences, each with the values for which it is true unless that is all."""
        whole = len(self.values)
        return [text if len(at) == whole else f"{self._at(at)}: {text}" for text, at in texts.items()]

    def lines(self) -> list[str]:
        """All that is told on the terminal but for the caveat."""
        return [*self.sentences, *self._said(self.asides)]

    def below_the_title(self) -> str:
        """How many runs the curve took, and where theory has no line and why."""
        runs = self.told.number(sum(row["runs"] for row in self.rows))
        return "; ".join([self.told.say("border.runs_in_all", runs=runs), *self._said(self.silent)])

    def labels(self) -> dict[str, str]:
        """What the lines beside the simulated border are called."""
        formula = ", ".join(dict.fromkeys(name for one in self.closed for name in one.formula))
        exact = "border.curve_exact_whole" if self.question.whole else "border.curve_exact"
        closed_form = self.told.say("border.curve_closed_form", formula=formula)
        return {"closed_form": closed_form, "exact": self.told.say(exact)}
