r"""Errors: what they do to repeated play, and what forgiveness is best (N1 to N11)."""

import math

from sim.theory._domain import (
    TIE,
    NoClosedForm,
    demand,
    demand_chance,
    demand_count,
    demand_dilemma,
    demand_form,
    demand_positive,
    strongest_temptation,
)

# --- Tit for tat with slips (N1, N2) ----------------------------------------------------------------


def noise_limit(temptation: float, reward: float, punishment: float, sucker: float) -> float:
    r"""Long-run payoff of tit for tat against itself under any action error or misperception (N1, N8).

    .. math:: \frac{R+S+T+P}{4}

    All four pairs of acts become equally frequent, whatever the error and the lags; these only set the speed.
    (Reading errors: misses and false alarms equally likely.)

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        T, R, P, S, payoff per link and round; any.

    Returns
    -------
    float, payoff per round. It does not hold without errors, nor for an error of 1.

    References
    ----------
    Molander (1985), Journal of Conflict Resolution.

    Examples
    --------
    >>> noise_limit(5, 3, 1, 0)
    2.25
    """
    return (temptation + reward + punishment + sucker) / 4


def cooperation_after(rounds: int, action_error: float, response_lag: int = 0) -> float:
    r"""Chance of C in round t of a tit for tat against another of the same lag, both liable to slip (N2).

    .. math:: \frac{1 + (1-2\varepsilon)^{\lfloor t/\ell \rfloor + 1}}{2}

    Parameters
    ----------
    rounds : int
        t >= 0, the round; 0 is the first.
    action_error : float
        epsilon, chance in [0, 1] of the opposite act.
    response_lag : int
        Rounds >= 0; ell is one more.

    Returns
    -------
    float in [0, 1], chance of the act that happens.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Derived here: each answer passes the slips so far on, and adds one of its own.

    Examples
    --------
    By hand: (1 + .8^2)/2 in rounds 1 at lag 0, and 2 and 3 at lag 1.

    >>> [round(cooperation_after(t, 0.1, lag), 4) for t, lag in ((0, 0), (1, 0), (2, 1), (3, 1))]
    [0.9, 0.82, 0.82, 0.82]
    """
    demand_count("rounds", rounds, 0)
    demand_chance("action_error", action_error)
    demand_count("response_lag", response_lag, 0)
    return float((1 + (1 - 2 * action_error) ** (rounds // (response_lag + 1) + 1)) / 2)


def half_life(action_error: float, response_lag: int = 0) -> float:
    r"""Rounds in which the excess of C over one half is halved, two tit for tats with slips (N2).

    .. math:: \ell\, \frac{\ln(1/2)}{\ln(1-2\varepsilon)}

    Parameters
    ----------
    action_error : float
        epsilon in (0, 1/2), chance.
    response_lag : int
        Rounds >= 0.

    Returns
    -------
    float, rounds.

    Raises
    ------
    ValueError
        If an argument lies outside its range (without error nothing decays; from 1/2 on nothing is left).

    References
    ----------
    Derived here from :func:`cooperation_after`.

    Examples
    --------
    >>> round(half_life(0.01), 1)
    34.3
    """
    demand(0 < action_error < 0.5, "action_error must lie in (0, 1/2) (chance)", action_error)
    demand_count("response_lag", response_lag, 0)
    return (response_lag + 1) * math.log(0.5) / math.log1p(-2 * action_error)


# --- Generosity (N3, N4) ----------------------------------------------------------------------------


def best_generosity(
    temptation: float,
    reward: float,
    punishment: float,
    sucker: float,
    discount: float = 1,
    response_lag: float = 0,
) -> float:
    r"""Largest chance of pardon at which generous tit for tat still deters (N3; N4 at discount 1).

    .. math::
        g^* = 1 - \frac{\theta}{w^\ell}, \qquad
        \text{at } w = 1:\ \min\left(1 - \frac{T-R}{R-S}, \frac{R-P}{T-P}\right)

    The more generous, the smaller the loss to errors; so the largest is the best. Slow parties can afford less.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round.
    discount : float
        w in [0, 1], factor per round.
    response_lag : float
        Rounds >= 0.

    Returns
    -------
    float in [0, 1), chance.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S; or if :math:`w^\ell < \theta`, where even no pardon at all does not deter.
    ValueError
        If discount or response_lag lies outside its range.

    References
    ----------
    Molander (1985) and Nowak and Sigmund (1992), Nature, at discount 1; discount and lag derived here.

    Examples
    --------
    >>> [round(best_generosity(5, 3, 1, 0, w, lag), 3) for w, lag in ((1, 0), (0.95, 0), (0.95, 2))]
    [0.333, 0.298, 0.222]
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    demand_chance("discount", discount)
    demand(response_lag >= 0, "response_lag must be at least 0 rounds", response_lag)
    theta = strongest_temptation(temptation, reward, punishment, sucker)
    shadow = discount ** (response_lag + 1)
    demand_form(shadow >= theta, f"w^ell = {shadow:.6g} lies below theta = {theta:.6g}: no generosity can be afforded")
    return float(1 - theta / shadow)


# --- What a slip costs (N5 to N8) -------------------------------------------------------------------


def loss_of_contrite_tit_for_tat(temptation: float, reward: float, punishment: float, sucker: float) -> float:
    r"""Payoff that contrite tit for tat loses per unit of action error, against itself (N5, N8).

    .. math:: 2\,(2R-T-S)

    The payoff is :math:`R - \varepsilon` times this, up to order :math:`\varepsilon^2`: a slip costs two rounds
    of one C and one D. At response lag 0 and under action error only: misperception ends in :func:`noise_limit`.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round.

    Returns
    -------
    float, payoff per round and unit of error.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S.

    References
    ----------
    Derived here; the rule is that of Sugden (1986) and Boyd (1989), Journal of Theoretical Biology.

    Examples
    --------
    >>> loss_of_contrite_tit_for_tat(5, 3, 1, 0), 3 - 0.01 * loss_of_contrite_tit_for_tat(5, 3, 1, 0)
    (2, 2.98)
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    return 2 * (2 * reward - temptation - sucker)


def loss_of_generous_tit_for_tat(
    temptation: float, reward: float, punishment: float, sucker: float, generosity: float
) -> float:
    r"""Payoff that generous tit for tat loses per unit of action error, against itself (N6, N8).

    .. math:: \frac{2R-T-S}{g}

    As :func:`loss_of_contrite_tit_for_tat`; here an echo ends with chance g in each round. First order, so
    error must be small against g.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round.
    generosity : float
        g in (0, 1], chance.

    Returns
    -------
    float, payoff per round and unit of error.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S; or at g = 0, where the loss does not vanish with the error (:func:`noise_limit`).
    ValueError
        If generosity lies outside [0, 1].

    References
    ----------
    Derived here.

    Examples
    --------
    >>> round(loss_of_generous_tit_for_tat(5, 3, 1, 0, 1 / 3), 6), loss_of_generous_tit_for_tat(5, 3, 1, 0, 0.1)
    (3.0, 10.0)
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    demand_chance("generosity", generosity)
    demand_form(generosity > 0, "without generosity the loss does not vanish with the error: see noise_limit")
    return (2 * reward - temptation - sucker) / generosity


def loss_of_win_stay_lose_shift(temptation: float, reward: float, punishment: float, sucker: float) -> float:
    r"""Payoff that win-stay lose-shift loses per unit of action error, against itself (N7, N8).

    .. math:: 4R - T - S - 2P

    After a slip both defect once, and are back. As :func:`loss_of_contrite_tit_for_tat` otherwise.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round.

    Returns
    -------
    float, payoff per round and unit of error.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S.

    References
    ----------
    Derived here; the rule is that of Nowak and Sigmund (1993), Nature.

    Examples
    --------
    >>> loss_of_win_stay_lose_shift(5, 3, 1, 0)
    5
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    return 4 * reward - temptation - sucker - 2 * punishment


# --- A pair that stops at any slip (A7) ------------------------------------------------------------


def critical_discount_noisy_pair(
    temptation: float, reward: float, punishment: float, sucker: float, action_error: float
) -> float:
    r"""Smallest discount at which two parties hold that stop for ever after any defection, slips included (A7).

    .. math::
        w^* = \frac{G}{(1-\varepsilon)(1-2\varepsilon)(R-P) + (1-\varepsilon)^2 G}, \qquad
        G = (1-\varepsilon)(T-R) + \varepsilon(P-S)

    To mean D instead of C makes the act of D likelier by :math:`1-2\varepsilon`. It gains G, as the other slips
    with chance epsilon, and ends a cooperation that would have gone on with chance :math:`1-\varepsilon`. The own slip
    counts (strategy *trigger*). At response lag 0. With :math:`T - R = P - S` it is
    :func:`sim.theory.groups.critical_discount_noisy_trigger` of two parties.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round.
    action_error : float
        epsilon in [0, 1/2), chance of the opposite act, of either party.

    Returns
    -------
    float > 0, factor per round. At 1 or more no discount is large enough.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S.
    ValueError
        If action_error lies outside [0, 1/2).

    References
    ----------
    Derived here.

    Examples
    --------
    By hand: G = .9 * 2 + .1 = 1.9; 1.9/(.9 * .8 * 2 + .81 * 1.9).

    >>> round(critical_discount_noisy_pair(5, 3, 1, 0, 0.1), 6), critical_discount_noisy_pair(5, 3, 1, 0, 0)
    (0.637798, 0.5)
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    demand(0 <= action_error < 0.5, "action_error must lie in [0, 1/2) (chance)", action_error)
    right = 1 - action_error
    gain = right * (temptation - reward) + action_error * (punishment - sucker)
    return float(gain / (right * (1 - 2 * action_error) * (reward - punishment) + right**2 * gain))


# --- Win-stay lose-shift, extortion (N9, N10) -------------------------------------------------------


def margin_win_stay_lose_shift(temptation: float, reward: float, punishment: float) -> float:
    r"""What win-stay lose-shift earns with itself more than a defector earns from it; resists iff > 0 (N9).

    .. math:: R - \frac{T+P}{2}

    Against a defector it alternates, so that the defector gets T and P in turn. In the long run, without errors.

    Parameters
    ----------
    temptation, reward, punishment : float
        Payoffs :math:`T > R > P` per link and round.

    Returns
    -------
    float, payoff per round. At 5, 3, 1 it is 0, a knife edge.

    Raises
    ------
    NoClosedForm
        Unless T > R > P.

    References
    ----------
    Nowak and Sigmund (1993), Nature.

    Examples
    --------
    >>> [round(margin_win_stay_lose_shift(5, 3, p), 6) for p in (0.9, 1, 1.1)]
    [0.05, 0.0, -0.05]
    """
    demand_dilemma(temptation, reward, punishment)
    return reward - (temptation + punishment) / 2


def extortion_ratio(
    after: tuple[float, float, float, float], temptation: float, reward: float, punishment: float, sucker: float
) -> float:
    r"""Ratio chi that an extortionate rule enforces between the surpluses of the two parties (N10).

    .. math::
        \pi_{own} - P = \chi\, (\pi_{other} - P), \qquad
        \frac{1-\chi}{1+\chi} = \frac{(p_{CC}-1)\,(T-S)}{(R-P)\,(1 - p_{CD} + p_{DC})}

    Parameters
    ----------
    after : four floats
        Chances of C after CC, CD, DC, DD, own act first.
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round.

    Returns
    -------
    float >= 1, dimensionless; holds in the long run without errors and lag against any partner.

    Raises
    ------
    NoClosedForm
        If the rule is not extortionate: its chances enforce no such line through (P, P); or T > R > P > S fails.
    ValueError
        If a chance lies outside [0, 1].

    References
    ----------
    Press and Dyson (2012), Proceedings of the National Academy of Sciences.

    Examples
    --------
    Their example for 5, 3, 1, 0.

    >>> round(extortion_ratio((11 / 13, 1 / 2, 7 / 26, 0), 5, 3, 1, 0), 9)
    3.0
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    for chance in after:
        demand_chance("after", chance)
    both, alone, exploiting, neither = after
    spread = 1 - alone + exploiting
    kept = (both - 1) / (reward - punishment)  # phi (1 - chi)
    drift = kept * (temptation + sucker - 2 * punishment)
    fits = neither == 0 and spread > 0 and math.isclose(alone - 1 + exploiting, drift, rel_tol=TIE, abs_tol=TIE)
    demand_form(fits, f"the rule {after} (chances of C after CC, CD, DC, DD) enforces no line through (P, P)")
    ratio = kept * (temptation - sucker) / spread
    demand_form(ratio > -1, f"the rule {after} enforces no line of finite ratio")
    return (1 - ratio) / (1 + ratio)


# --- Batches of reports (N11) -----------------------------------------------------------------------


def batched_value(
    temptation: float, reward: float, punishment: float, discount: float, noticed: float, false_alarm: float, block: int
) -> float:
    r"""Best payoff that cooperation reaches when public signals are released k rounds at a time (N11).

    .. math:: v_k = R - \frac{f\,(T-R)(1-w)}{(q-f)(1-w^k)}

    Punishment is for ever, with the smallest sufficient chance, and only if all k signals are bad. The value is
    reached iff :func:`margin_batched` >= 0. Pooling can turn an impossible regime into a possible one.

    Parameters
    ----------
    temptation, reward, punishment : float
        Payoffs :math:`T > R > P` per link and round.
    discount : float
        w in (0, 1), factor per round.
    noticed, false_alarm : float
        q > f > 0: chance of a bad public signal after a defection, and after none.
    block : int
        k >= 1, rounds.

    Returns
    -------
    float, payoff per round.

    Raises
    ------
    NoClosedForm
        Unless T > R > P and q > f.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    After Abreu, Milgrom and Pearce (1991), Econometrica 59:1713-1733; this small version is derived here.

    Examples
    --------
    >>> [round(batched_value(5, 3, 1, 0.98, 0.6, 0.1, k), 3) for k in (1, 2)]
    [2.6, 2.798]
    """
    _demand_signals(temptation, reward, punishment, discount, noticed, false_alarm, block)
    loss = false_alarm * (temptation - reward) * (1 - discount)
    return float(reward - loss / ((noticed - false_alarm) * (1 - discount**block)))


def margin_batched(
    temptation: float, reward: float, punishment: float, discount: float, noticed: float, false_alarm: float, block: int
) -> float:
    r"""What is left of the punishment when its chance is as small as it may be; feasible iff >= 0 (N11).

    .. math:: v_k - P - \frac{(T-R)(1-w)}{w^k (q-f) f^{k-1}}

    Parameters, errors and source as in :func:`batched_value`.

    Returns
    -------
    float, payoff per round.

    Examples
    --------
    At f = .3 only blocks of two rounds cooperate at all.

    >>> [margin_batched(5, 3, 1, 0.98, 0.6, 0.3, k) >= 0 for k in (1, 2, 3)]
    [False, True, False]
    """
    value = batched_value(temptation, reward, punishment, discount, noticed, false_alarm, block)
    deterring = discount**block * (noticed - false_alarm) * false_alarm ** (block - 1)
    return float(value - punishment - (temptation - reward) * (1 - discount) / deterring)


def _demand_signals(
    temptation: float, reward: float, punishment: float, discount: float, noticed: float, false_alarm: float, block: int
) -> None:
    demand_dilemma(temptation, reward, punishment)
    demand(0 < discount < 1, "discount must lie in (0, 1) (factor per round)", discount)
    demand_chance("noticed", noticed)
    demand_positive("false_alarm", false_alarm, "chance")
    demand_count("block", block, 1)
    if noticed <= false_alarm:
        raise NoClosedForm(f"signals must tell: noticed must exceed false_alarm, got {noticed} and {false_alarm}")
