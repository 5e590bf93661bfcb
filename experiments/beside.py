"""What stands beside a border that was searched: the closed form and the exact value, or why there is none.

Both are only printed; the search sees neither.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import isinf
from typing import Any

import numpy as np

from experiments.cells import DRAWN, critical_value
from experiments.compose import Settings, case
from experiments.crossings import TIE
from experiments.leaving import leavers, with_partner
from experiments.question import OBSERVED, Question, paired_runs
from sim import exact, theory
from sim.encoding import encode
from sim.scenario import payoffs
from sim.world import actors, set_up

Beside = tuple[float | None, str]
"""A border that was not simulated, or None and the reason."""


def closed_form(question: Question) -> Beside:
    """Where theory puts the border for a typical party, and why if nowhere; it has no part in the search."""
    asked = question.scenario
    if question.asked.axis.startswith("parties.named."):
        return None, "parties differ by name"
    if question.asked.against and question.asked.against != asked.strategy:
        return None, "several strategies are played"
    try:
        world = set_up(
            encode([case(asked)]), np.zeros(DRAWN, dtype=np.int64), np.arange(DRAWN), np.full(DRAWN, asked.seed)
        )
        partners = world.sides.ell.size / world.parties.kind.size
        found = critical_value(asked, question.asked.axis, (question.low, question.high), partners, weakest=False)
    except (theory.NoClosedForm, ValueError) as reason:
        return None, str(reason)
    if found is None:
        return None, "theory does not cross once in this range"
    if isinf(found):
        return None, "theory has no crossing here: cooperation " + ("holds" if found > 0 else "fails") + " throughout"
    return found, ""


IN_EXACT = {
    "horizon.discount": "discount",
    "interaction.attention": "attended",
    **{f"game.{name}": name for name in ("temptation", "reward", "punishment", "sucker")},
    **{f"information.{name}": name for name in ("action_error", "miss", "false_alarm")},
}


def exact_value(question: Question) -> Beside:
    """Where the exact gain of leaving changes sign, and why if nowhere; it has no part in the search."""
    asked = with_partner(question.scenario, question.asked.against)
    if question.asked.breakdown == OBSERVED:
        return None, "exact values are of incentives, not of what is observed"
    if question.asked.axis not in IN_EXACT:
        return None, f"exact critical values are not along {question.asked.axis}"
    reasons = {
        "stakes vary": asked.game.stake_high > 1 and asked.game.stake_chance > 0,
        "parties differ by chance": asked.parties.discount_spread > 0
        or asked.parties.temptation_spread > 0
        or asked.information.response_lag_spread > 0,
        "outdated procedures change the reward": asked.parties.traffickers > 0 and asked.trafficking.relevance > 0,
        "the broker changes what is seen": asked.institution.broker.active,
        "single parties have discounts or temptations of their own": any(
            one.discount is not None or one.temptation is not None for one in asked.parties.named.values()
        ),
        "kinds of party have payoffs of their own": payoffs(asked, "organization") != payoffs(asked, "ministry"),
    }
    for reason, applies in reasons.items():
        if applies:
            return None, reason
    try:
        return _exact_of_the_pair(question, asked)
    except ValueError as reason:
        return None, str(reason)


def _exact_of_the_pair(question: Question, asked: Settings) -> Beside:
    """The pair holds where neither gains: of two borders the one that fails first."""
    told = case(asked)
    both = actors(told, set_up(encode([told]), [0], [0], np.array([asked.seed], dtype=np.uint64)))
    certain, found, fails_above = paired_runs(question).certain, [], True
    name, low, high = IN_EXACT[question.asked.axis], question.low, question.high
    high = min(high, 1.0) if name == "attended" else high
    for party in leavers(asked, question.asked.axis, question.asked.against):
        mine, other = (told.strategies[both[i].strategy] for i in (party, 1 - party))
        settled: dict[str, Any] = {
            "mine": mine if certain else None,
            "other": other,
            "game": exact.Payoffs(*payoffs(asked, "ministry")),
            "information": exact.Information(
                both[party].response_lag,
                both[1 - party].response_lag,
                asked.information.action_error,
                asked.information.miss,
                asked.information.false_alarm,
                min(1.0, asked.interaction.attention),
            ),
            "discount": asked.horizon.discount,
        }
        gains = [_exact_gain(name, value, settled) for value in (low, high)]
        if max(gains) > TIE:  # else this party stays throughout, and the border is that of the other
            found.append(exact.critical_value(name, low, high, **settled))
            fails_above = gains[1] > gains[0]
    if not found:
        return None, "neither party gains by leaving anywhere in this range"
    return (min if fails_above else max)(found), ""


def _exact_gain(name: str, value: float, settled: Mapping[str, Any]) -> float:
    """The exact gain of leaving with one parameter set."""
    own, change = dict(settled), {name: value}
    if name in exact.IN_GAME:
        own["game"] = replace(own["game"], **change)
    elif name in exact.IN_INFORMATION:
        own["information"] = replace(own["information"], **change)
    else:
        own["discount"] = value
    mine = own.pop("mine")
    return exact.gain_of_leaving(mine, **own) if mine else exact.gain_of_defecting(**own)
