"""What stands beside a border that was searched: the closed form and the exact value, or why there is none.

Both are only printed; the search sees neither. Along a parameter with whole values only (a response lag) the closed
form L* need not be whole: cooperation holds exactly at the whole numbers up to L*. The exact value there is the first
whole number, from the low end of the range, at which leaving pays, if it does not at the low end; else the first at
which it no longer pays. So of a lag with both, exact = floor(L*) + 1, and the search has the same number as its
``high``, one less as its ``low``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isinf
from typing import Any, NamedTuple

import numpy as np

from experiments.cells import DRAWN
from experiments.compose import Settings, case, changed
from experiments.crossings import TIE
from experiments.leaving import leavers, with_partner
from experiments.margins import ERROR, critical_value, formula, may_slip
from experiments.question import OBSERVED, Question, paired_runs
from experiments.reasons import Reason, reason_of
from sim import exact, theory
from sim.encoding import encode
from sim.scenario import payoffs
from sim.world import Actor, actors, set_up


class Beside(NamedTuple):
    """A border that was not simulated, or the reason why there is none.

    Attributes
    ----------
    value : in the unit of the axis; None if there is none, and then there is a ``reason``.
    formula : of a closed form: the predictions it is made of, by their names in ``theory.PREDICTIONS``.
    leaves_out : of a closed form: what there is in the scenario that it takes no account of.
    without_slips : of a closed form that action errors spoil: what it would be without them, None if nothing.
    ends : of an exact value along whole numbers: whether it is the first at which leaving no longer pays, and not the
        first at which it pays.
    """

    value: float | None
    reason: Reason | None = None
    formula: tuple[str, ...] = ()
    leaves_out: tuple[Reason, ...] = ()
    without_slips: float | None = None
    ends: bool = False


def _none(key: str, **values: float | str) -> Beside:
    return Beside(None, Reason(key, tuple(values.items())))


# --- closed form ---------------------------------------------------------------------------------------------------


def closed_form(question: Question) -> Beside:
    """Where theory puts the border for a typical party, and why if nowhere; it has no part in the search.

    Where parties follow a rule and may slip, R22 to R25 do not hold: then it is A7, or none, and what it would be
    without slips is told apart.

    >>> from experiments.question import read
    >>> found = closed_form(read(["scenario=dyad", "axis=horizon.discount"]))
    >>> round(found.value, 6), found.formula
    (0.666667, ('R3',))
    """
    asked, axis = question.scenario, question.asked.axis
    if axis.startswith("parties.named."):
        return _none("parties_by_name")
    if question.asked.against and question.asked.against != asked.strategy:
        return _none("several_strategies")
    found = _crossing(question)
    if found.reason == Reason("action_error") and axis != ERROR:
        clean = _crossing(replace(question, scenario=changed(asked, (ERROR,), (0.0,))))
        return found._replace(without_slips=clean.value)
    return found


def _crossing(question: Question) -> Beside:
    asked, axis = question.scenario, question.asked.axis
    try:
        world = set_up(
            encode([case(asked)]), np.zeros(DRAWN, dtype=np.int64), np.arange(DRAWN), np.full(DRAWN, asked.seed)
        )
        partners = world.sides.ell.size / world.parties.kind.size
        found = critical_value(asked, axis, (question.low, question.high), partners, weakest=False)
    except (theory.NoClosedForm, ValueError) as error:
        return Beside(None, reason_of(error))
    if found is None:
        return _none("not_once")
    if isinf(found):
        return _none("holds_throughout" if found > 0 else "fails_throughout")
    return Beside(found, None, formula(asked, axis), tuple(_left_out(question)))


def _left_out(question: Question) -> Iterator[Reason]:
    """What there is in the scenario that the closed form takes no account of."""
    asked = question.scenario
    spreads = asked.parties.discount_spread, asked.parties.temptation_spread, asked.information.response_lag_spread
    left_out = {
        "left_out_action_error": asked.information.action_error > 0 and not may_slip(asked, question.asked.axis),
        "left_out_spread": any(spreads),
        "left_out_stakes": asked.game.stake_high > 1 and asked.game.stake_chance > 0,
        "left_out_outdated": asked.parties.traffickers > 0 and asked.trafficking.relevance > 0,
        "left_out_rules": question.asked.breakdown == OBSERVED and asked.learning.kind == "none",
    }
    return (Reason(key) for key, applies in left_out.items() if applies)


# --- exact value ---------------------------------------------------------------------------------------------------

IN_EXACT = {
    "horizon.discount": "discount",
    "interaction.attention": "attended",
    **{f"game.{name}": name for name in ("temptation", "reward", "punishment", "sucker")},
    **{f"information.{name}": name for name in ("action_error", "miss", "false_alarm")},
}
"""Parameters along which an exact value is found between any two values, by their names in ``sim.exact``."""


def exact_value(question: Question) -> Beside:
    """Where the exact gain of leaving changes sign, and why if nowhere; it has no part in the search.

    Along a response lag it is the first whole lag, from the low end, at which leaving pays or no longer pays.

    >>> from experiments.question import read
    >>> exact_value(read(["scenario=dyad", "axis=information.response_lag"])).value
    3.0

    (At a discount of .9 a lag of 2 is the longest that holds, R5: ell = 3.)
    """
    asked, axis = with_partner(question.scenario, question.asked.against), question.asked.axis
    if question.asked.breakdown == OBSERVED:
        return _none("not_observed")
    lag = _is_lag(axis)
    if axis not in IN_EXACT and not lag:
        return _none("not_along_exact", axis=axis)
    reasons = {
        "stakes": asked.game.stake_high > 1 and asked.game.stake_chance > 0,
        "chance_differences": asked.parties.discount_spread > 0
        or asked.parties.temptation_spread > 0
        or asked.information.response_lag_spread > 0,
        "outdated": asked.parties.traffickers > 0 and asked.trafficking.relevance > 0,
        "broker_changes": asked.institution.broker.active,
        "own_payoffs": any(
            one.discount is not None or one.temptation is not None for one in asked.parties.named.values()
        ),
        "kinds_of_party": payoffs(asked, "organization") != payoffs(asked, "ministry"),
    }
    for reason, applies in reasons.items():
        if applies:
            return _none(reason)
    try:
        return _first_whole(question, asked) if lag else _exact_of_the_pair(question, asked)
    except exact.TooLarge as large:
        return _none("too_large", states=large.states, most=large.most)


def _is_lag(axis: str) -> bool:
    return axis == "information.response_lag" or (axis.startswith("parties.named.") and axis.endswith(".response_lag"))


def _first_whole(question: Question, asked: Settings) -> Beside:
    """The first whole lag at which it is otherwise than at the low end: whether one of the two gains by leaving."""
    axis, certain = question.asked.axis, paired_runs(question).certain
    who, at_first = leavers(asked, axis, question.asked.against), False
    for lag in range(int(question.low), int(question.high) + 1):
        try:
            told = _told(changed(asked, (axis,), (lag,)))
            pays = any(_gain(_settled(asked, told, party, certain)) > TIE for party in who)
        except exact.TooLarge as large:
            if lag == question.low:
                raise
            key = "too_large_pays" if at_first else "too_large_holds"
            return _none(key, axis=axis, last=lag - 1, states=large.states, most=large.most)
        if lag == question.low:
            at_first = pays
        elif pays != at_first:
            return Beside(float(lag), ends=at_first)
    return _none("pays_at_all" if at_first else "holds_at_all")


def _exact_of_the_pair(question: Question, asked: Settings) -> Beside:
    """The pair holds where neither gains: of two borders the one that fails first."""
    told, certain = _told(asked), paired_runs(question).certain
    found, fails_above, always = [], True, False
    name, low, high = IN_EXACT[question.asked.axis], question.low, question.high
    high = min(high, 1.0) if name == "attended" else high
    for party in leavers(asked, question.asked.axis, question.asked.against):
        settled = _settled(asked, told, party, certain)
        gains = [_gain(settled, name, value) for value in (low, high)]
        if min(gains) > TIE:
            always = True
        elif max(gains) > TIE:  # else this party stays at both ends, and the border is that of the other
            try:
                found.append(exact.critical_value(name, low, high, **settled))
            except exact.TooLarge:
                raise
            except ValueError:  # the signs differ, so it is met by a jump
                return _none("jumps", axis=question.asked.axis)
            fails_above = gains[1] > gains[0]
    if always:
        return _none("pays_at_both_ends")
    if not found:
        return _none("holds_at_both_ends")
    return Beside((min if fails_above else max)(found))


def _told(asked: Settings) -> tuple[list[Actor], Mapping[str, Any]]:
    """The two parties, and the strategies by name."""
    told = case(asked)
    seed = np.array([asked.seed], dtype=np.uint64)
    return actors(told, set_up(encode([told]), [0], [0], seed)), told.strategies


def _settled(asked: Settings, told: tuple[list[Actor], Mapping[str, Any]], party: int, certain: bool) -> dict[str, Any]:
    """What ``sim.exact`` is asked for one party, with all parameters as they stand."""
    both, strategies = told
    mine, other = (strategies[both[i].strategy] for i in (party, 1 - party))
    return {
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


def _gain(settled: Mapping[str, Any], name: str = "", value: float = 0.0) -> float:
    """The exact gain of leaving, with one parameter set anew if it is named."""
    own, change = dict(settled), {name: value}
    if name in exact.IN_GAME:
        own["game"] = replace(own["game"], **change)
    elif name in exact.IN_INFORMATION:
        own["information"] = replace(own["information"], **change)
    elif name:
        own["discount"] = value
    mine = own.pop("mine")
    return exact.gain_of_leaving(mine, **own) if mine else exact.gain_of_defecting(**own)
