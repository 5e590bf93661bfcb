"""Index minus theta of a typical or of the weakest party of a scenario, and where along a parameter it is 0.

The border that theory has: which formulas a scenario falls under, and the reason where it falls under none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, inf, isclose
from typing import Any

import numpy as np

from experiments.compose import Settings, case
from experiments.reasons import NoLine
from sim import automata, theory
from sim.scenario import DECLARED, payoffs, value_of

WEAKEST_LAG = 1.35
"""The weakest party's lag lies this many spreads above the median: the mean largest of seven draws (a judgement)."""


@dataclass(frozen=True)
class Typical:
    """What the closed forms read of a scenario: one party like the others, or the weakest one."""

    family: str
    generosity: float
    arguments: dict[str, float]
    sucker: float
    switching: str
    interval: int
    chance: float
    government_lag: float


def _margin(told: dict[str, Any], partners: float, weakest: bool, changes: dict[str, float]) -> float:
    """Index minus theta (R3, R4, R22 to R25); negative where cooperation fails. ``partners`` is their mean number."""
    found = _typical(told | changes, partners, weakest)
    outdated = _uncovered_share(found) if found.arguments["relevance"] > 0 else 0.0
    if found.family == "grim":
        return theory.margin(**found.arguments, outdated=outdated)
    return _margin_tit_for_tat(found, outdated)


_READ = (
    "parties.temptation_spread", "parties.discount_spread", "horizon.discount", "information.response_lag",
    "information.response_lag_spread", "information.miss", "information.false_alarm", "information.action_error",
    "interaction.attention", "game.coordination_cost", "trafficking.relevance", "trafficking.chance",
    "trafficking.government_lag",
)  # fmt: skip


def _read(asked: Settings) -> dict[str, Any]:
    """All that the closed forms read of a scenario, once for many margins; under dotted names what may be swept."""
    rules = asked.trafficking
    return {
        "family": closed_form_family(asked),
        "switching": "geometric" if rules.cover_law == "geometric" else rules.switching,
        "interval": rules.interval,
        "has_traffickers": asked.parties.traffickers > 0,
        **{f"game.{name}": value for name, value in zip(_PAYOFFS, payoffs(asked, "ministry"), strict=True)},
        **{name: value_of(asked, name) for name in _READ},
    }


def _typical(told: dict[str, Any], partners: float, weakest: bool) -> Typical:
    t, r, p, s = (told[f"game.{name}"] for name in _PAYOFFS)
    spread = 1.0 if weakest else 0.0
    lag_factor = exp(WEAKEST_LAG * told["information.response_lag_spread"] * spread)
    return Typical(
        family=told["family"][0],
        generosity=told["family"][1],
        arguments={
            "temptation": t + spread * told["parties.temptation_spread"],
            "reward": r,
            "punishment": p,
            "discount": max(0.0, told["horizon.discount"] - spread * told["parties.discount_spread"]),
            "response_lag": told["information.response_lag"] * lag_factor,
            "noticed": 1.0 - told["information.miss"],
            "attention": told["interaction.attention"],
            "partners": partners,
            "coordination_cost": told["game.coordination_cost"],
            "relevance": told["trafficking.relevance"] if told["has_traffickers"] else 0.0,
        },
        sucker=s,
        switching=told["switching"],
        interval=told["interval"],
        chance=told["trafficking.chance"],
        government_lag=told["trafficking.government_lag"],
    )


_PAYOFFS = ("temptation", "reward", "punishment", "sucker")


def closed_form_family(asked: Settings) -> tuple[str, float]:
    """The family of the one strategy everybody plays; NoLine, with the reason, where theory has no line."""
    names = set(_strategies_in_use(asked).values())
    reasons = {
        "parties_by_name": bool(asked.parties.named),
        "several_strategies": len(names) > 1,
        "imitation": asked.learning.kind == "imitation",
        "broker": asked.institution.broker.active,
        "kinds_of_party": payoffs(asked, "organization") != payoffs(asked, "ministry"),
        "hub": asked.topology.kind == "hub",
        "another_game": asked.game.kind not in ("prisoners_dilemma", "free"),
    }
    for reason, applies in reasons.items():
        if applies:
            raise NoLine(reason)
    family = automata.family(case(asked).strategies[names.pop()])
    if family is None:
        raise NoLine("strategy")
    return family


def _strategies_in_use(asked: Settings) -> dict[str, str]:
    counts = {"organization": asked.parties.organizations, "ministry": asked.parties.ministries}
    return {
        kind: getattr(asked.parties, kind).strategy or asked.strategy for kind, count in counts.items() if count > 0
    }


def _uncovered_share(found: Typical) -> float:
    """u(L) under full cooperation, by the law of switching (T4, T5) or of coverage (T6)."""
    if found.switching == "random":
        return theory.uncovered_share_random(found.government_lag, found.chance)
    if found.switching == "fixed":
        return theory.uncovered_share_fixed(found.government_lag, found.interval)
    raise NoLine(found.switching)  # "adaptive" or "geometric"


def _margin_tit_for_tat(found: Typical, outdated: float) -> float:
    """R22 with the payoffs of R24 and R25."""
    told = found.arguments
    theory.theta_tit_for_tat(told["temptation"], told["reward"], told["punishment"], found.sucker)  # a dilemma?
    reward, sucker = theory.cooperation_payoffs(
        told["reward"], found.sucker, told["coordination_cost"], told["partners"]
    )
    reward -= told["relevance"] * outdated * (told["reward"] - told["punishment"])
    gain = told["temptation"] - reward
    if reward <= told["punishment"] or gain <= 0:
        return -1.0 if gain > 0 else 1.0
    theta = gain / (told["temptation"] - told["punishment"])
    if reward > sucker:
        theta = max(theta, gain / (reward - sucker))
    attended = theory.attended(told["attention"], told["partners"])
    index = theory.index_tit_for_tat(
        told["discount"], told["response_lag"], attended, told["noticed"], found.generosity
    )
    return index - theta


def critical_value(asked: Settings, name: str, values: Sequence[float], partners: float, weakest: bool) -> float | None:
    """Where along one parameter cooperation stops to pay, in theory.

    Looked for within the swept values and twice their span on either side, as far as the parameter may go. Where more
    of the parameter is worse, ``inf`` says that cooperation holds throughout and ``-inf`` that it fails throughout.
    ``theory.critical_response_lag`` and ``theory.critical_government_lag`` are the same crossings in closed form.
    R22 to R25 leave action errors and false alarms out. Calculating parties leave action errors out of account too; for
    parties that follow a rule there is a line only where R12 or A7 has one.

    Raises
    ------
    theory.NoClosedForm, ValueError
        Where theory has no line; ``experiments.reasons.reason_of`` names the reason.
    """
    told = _read(asked)
    if _errs(asked, name):
        return _first_crossing(_margin_with_errors(asked, told, name), name, values)
    if name not in told or name in (ERROR, FALSE_ALARM):
        raise NoLine("not_along", axis=name)
    return _critical_value(tuple(told.items()), name, tuple(values), partners, weakest)


ERROR, FALSE_ALARM = "information.action_error", "information.false_alarm"


def may_slip(asked: Settings, name: str) -> bool:
    """Whether action errors move the border along a parameter: parties that calculate leave them out of account."""
    return asked.learning.kind != "calculating" and (asked.information.action_error > 0 or name == ERROR)


def _errs(asked: Settings, name: str) -> bool:
    return may_slip(asked, name) or asked.information.false_alarm > 0 or name == FALSE_ALARM


def formula(asked: Settings, name: str) -> tuple[str, ...]:
    """The predictions whose formulas ``critical_value`` asks, by their names in ``theory.PREDICTIONS``.

    >>> from experiments.compose import settings
    >>> dyad, missing = (settings(["scenario=dyad", word]) for word in ("seed=1", "information.miss=.1"))
    >>> formula(dyad, "horizon.discount"), formula(missing, "horizon.discount"), formula(settings([]), "game.reward")
    (('R3',), ('R11',), ('R23', 'R24', 'R25'))
    """
    family, generosity = closed_form_family(asked)
    parties = asked.parties.organizations + asked.parties.ministries
    limited = asked.interaction.attention < parties - 1 or name == "interaction.attention"
    unsure = asked.information.miss > 0 or generosity > 0 or name == "information.miss"
    clean, unsure_alone, with_limits = ("R4", "R13", "R23") if family == "grim" else ("R3", "R11", "R22")
    if _errs(asked, name):
        return ("A7",) if family == "grim" else ("R12", "R22") if limited else ("R12",)
    coupled = asked.parties.traffickers > 0 and (asked.trafficking.relevance > 0 or name == "trafficking.relevance")
    costly = parties > 2 and (asked.game.coordination_cost > 0 or name == "game.coordination_cost")
    return (
        with_limits if limited else unsure_alone if unsure else clean,
        *(["R24"] if costly else []),
        *(["R25"] if coupled else []),
    )


# --- with action errors and false alarms ---------------------------------------------------------------------------


def _margin_with_errors(asked: Settings, told: dict[str, Any], name: str) -> Callable[[float], float]:
    """Margin of two parties alike that follow a rule, where acts slip or cooperators are accused, along a parameter.

    A7 for trigger at response lag 0, whatever the payoffs, if only acts err; R12 for (generous) tit for tat, if what
    a defection gains is the same whatever the other does, T - R = P - S.

    Raises
    ------
    NoLine
        Otherwise.
    """
    family, generosity = told["family"]
    slips, fixed = may_slip(asked, name), ("horizon.discount", ERROR)
    if _two_alike(asked) and family == "grim" and name in (*fixed, *_DILEMMA) and _is_noisy_trigger(asked):
        return lambda value: _margin_trigger({**told, name: value})
    t, r, p, s = payoffs(asked, "ministry")
    along = (*fixed, FALSE_ALARM, "information.response_lag", "information.miss", "interaction.attention")
    if _two_alike(asked) and family == "tit_for_tat" and name in along and isclose(t - r, p - s, rel_tol=1e-9):
        return lambda value: _margin_additive({**told, name: value}, generosity)
    raise NoLine("action_error" if slips else "false_alarms")


def _two_alike(asked: Settings) -> bool:
    """Whether two parties follow their rule, and nothing parts them or couples them to traffickers."""
    return (
        asked.parties.organizations + asked.parties.ministries == 2
        and asked.learning.kind == "none"
        and asked.parties.discount_spread == asked.parties.temptation_spread == 0
        and asked.information.response_lag_spread == 0
        and (asked.parties.traffickers == 0 or asked.trafficking.relevance == 0)
    )


def _is_noisy_trigger(asked: Settings) -> bool:
    """Whether an own slip ends it too, and all is seen, at once and as it was."""
    rule, known = case(asked).strategies[next(iter(_strategies_in_use(asked).values()))], asked.information
    ends = rule.after[rule.start][automata.D][automata.C] != rule.start
    seen = known.miss == known.false_alarm == 0 and asked.interaction.attention >= 1
    return ends and seen and known.response_lag == 0


_DILEMMA = tuple(f"game.{name}" for name in _PAYOFFS)


def _margin_trigger(told: dict[str, Any]) -> float:
    dilemma = {name: told[f"game.{name}"] for name in _PAYOFFS}
    return told["horizon.discount"] - theory.critical_discount_noisy_pair(**dilemma, action_error=told[ERROR])


def _margin_additive(told: dict[str, Any], generosity: float) -> float:
    return theory.margin_with_false_alarms(
        **{name: told[f"game.{name}"] for name in _PAYOFFS},
        discount=told["horizon.discount"],
        response_lag=told["information.response_lag"],
        noticed=1.0 - told["information.miss"],
        false_alarm=told[FALSE_ALARM],
        generosity=generosity,
        attended=theory.attended(told["interaction.attention"], 1),
        action_error=told[ERROR],
    )


# --- without -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)  # the rows of a map often differ only in what no closed form reads
def _critical_value(
    told: tuple[tuple[str, Any], ...], name: str, values: tuple[float, ...], partners: float, weakest: bool
) -> float | None:
    return _first_crossing(lambda value: _margin(dict(told), partners, weakest, {name: value}), name, values)


def _first_crossing(at: Callable[[float], float], name: str, values: Sequence[float]) -> float | None:
    """The first zero of a margin; where it has no closed form it is no dilemma, or a value is out of its range."""
    first = last = None
    reason: Exception | None = None
    for place in _places(name, values):
        try:
            point = place, at(place)
        except (theory.NoClosedForm, ValueError) as error:
            reason = error
            continue
        if last is not None and (last[1] >= 0) != (point[1] >= 0):
            return zero_between(at, last[0], point[0])
        first, last = first or point, point
    if first is None or last is None:
        raise reason or ValueError(f"{name}: no values")
    if last[1] > first[1]:
        return None
    return inf if first[1] >= 0 else -inf


WIDTH = 1e-11
"""Of the bracket in which a crossing is left, in the unit of its parameter."""


def zero_between(margin: Callable[[float], float], left: float, right: float) -> float:
    """Where a margin changes sign between two values, by halving; within ``WIDTH``.

    A library would load longer than a map takes to run.

    >>> round(zero_between(lambda value: value**2 - 4, 0.0, 3.0), 9)
    2.0
    """
    holds = margin(left) >= 0
    while right - left > WIDTH and left < (middle := (left + right) / 2) < right:
        left, right = (middle, right) if (margin(middle) >= 0) == holds else (left, middle)
    return (left + right) / 2


def _places(name: str, values: Sequence[float]) -> list[float]:
    bounds = DECLARED[name].metadata
    span = float(max(values)) - float(min(values))
    low = max(float(min(values)) - 2 * span, float(bounds.get("low", -inf)))
    high = min(float(max(values)) + 2 * span, float(bounds.get("high", inf)))
    return [float(place) for place in np.linspace(low, high, 241)]
