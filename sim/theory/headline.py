r"""The number of actors and both lags in one inequality (R24, R25; R22 with R24)."""

import math

from sim.theory._domain import (
    demand,
    demand_chance,
    demand_dilemma,
    demand_partners,
    demand_reading,
    lasting_temptation,
    strength_grim,
    strength_tit_for_tat,
    strongest_temptation,
)
from sim.theory.reciprocity import attended, index_grim

# --- Coordination complexity (R24) ------------------------------------------------------------------


def cooperation_payoffs(reward: float, sucker: float, coordination_cost: float, partners: float) -> tuple[float, float]:
    r"""Payoffs of a cooperative act when it must be squared with every other partner (R24).

    .. math:: R' = R - \kappa(k-1), \qquad S' = S - \kappa(k-1)

    T and P do not fall, so every border moves inward as k grows. Once :math:`R' \leq P` no discount
    is large enough.

    Parameters
    ----------
    reward, sucker : float
        R and S, payoff per link and round.
    coordination_cost : float
        kappa >= 0, same unit, per cooperative act and other partner.
    partners : float
        k >= 1.

    Returns
    -------
    tuple of two floats
        R' and S', payoff per link and round.

    Raises
    ------
    ValueError
        If coordination_cost < 0 or partners < 1.

    References
    ----------
    Derived here; transaction costs that grow with the number of players are one of the routes of Oye (1985),
    World Politics 38:1-24.

    Examples
    --------
    >>> cooperation_payoffs(reward=2, sucker=-1, coordination_cost=0.25, partners=3)
    (1.5, -1.5)
    """
    demand(coordination_cost >= 0, "coordination_cost must be at least 0 (payoff)", coordination_cost)
    demand_partners(partners)
    cost = coordination_cost * (partners - 1)
    return reward - cost, sucker - cost


# --- Number of actors and both lags (R25) ------------------------------------------------------------


def _loss_of_reward(reward: float, punishment: float, relevance: float, outdated: float) -> float:
    demand_chance("relevance", relevance)
    demand_chance("outdated", outdated)
    return relevance * outdated * (reward - punishment)


def margin(
    *,
    temptation: float,
    reward: float,
    punishment: float,
    discount: float,
    response_lag: float,
    noticed: float,
    attention: float,
    partners: float,
    coordination_cost: float,
    relevance: float = 0,
    outdated: float = 0,
) -> float:
    r"""Index minus theta of a pair of grim parties with k partners each; holds iff >= 0 (R25).

    .. math::
        \frac{w^\ell x}{1-w(1-x)} - \frac{T-R'}{T-P}, \qquad x = q \min(1, A/k), \qquad
        R' = R - \kappa(k-1) - \rho u (R-P)

    The number of actors enters through k, slow reaction to each other through ell, slow reaction to new modi
    through u (:func:`uncovered_share_random`, :func:`uncovered_share_fixed`). S does not enter: grim is not
    tempted by one defection but by lasting defection.

    Parameters
    ----------
    temptation, reward, punishment : float
        Payoffs :math:`T > R > P` per link and round.
    discount : float
        w in [0, 1), factor per round.
    response_lag : float
        d >= 0, rounds; ell = d + 1.
    noticed : float
        q, chance in [0, 1].
    attention : float
        A > 0, partners per round.
    partners : float
        k >= 1.
    coordination_cost : float
        kappa >= 0, payoff per cooperative act and other partner.
    relevance, outdated : float
        rho and u, shares in [0, 1].

    Returns
    -------
    float
        Below 1, dimensionless; negative where cooperation fails.

    Raises
    ------
    NoClosedForm
        Unless T > R > P.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    Derived here from R23, R24 and the coverage laws T4 and T5.

    Examples
    --------
    By hand: x = .5, I = .25/.75 = 1/3; R' = 2 - .25 = 1.75, theta = 1.25/3.

    >>> round(margin(temptation=3, reward=2, punishment=0, discount=0.5, response_lag=0, noticed=1,
    ...              attention=1, partners=2, coordination_cost=0.25), 6)
    -0.083333
    """
    demand_dilemma(temptation, reward, punishment)
    index = index_grim(discount, response_lag, attended(attention, partners), noticed)
    kept, _ = cooperation_payoffs(reward, 0.0, coordination_cost, partners)
    kept -= _loss_of_reward(reward, punishment, relevance, outdated)
    return index - lasting_temptation(temptation, kept, punishment)


def _longest_lag_for_share(share: float, chance: float) -> float:
    """Largest L with ``1 - (1 - chance) ** L <= share``; below 0 if there is none from 0 on."""
    if share >= 1 or (chance == 0 and share >= 0):
        return math.inf
    if chance in (0, 1):
        return 0.0 if share >= 0 else -math.inf
    return math.log1p(-share) / math.log1p(-chance)


def critical_government_lag(
    *,
    temptation: float,
    reward: float,
    punishment: float,
    discount: float,
    response_lag: float,
    noticed: float,
    attention: float,
    partners: float,
    coordination_cost: float,
    relevance: float,
    switching_chance: float,
) -> float:
    r"""Longest government lag at which a pair of grim parties cooperates, under random switching (R25).

    .. math::
        L^* = \frac{\ln(1-u^*)}{\ln(1-s)}, \qquad u^* = \frac{R - \kappa(k-1) - T + (T-P) I}{\rho (R-P)}

    I is :func:`index_grim`, u* the largest share of outdated procedures that cooperation survives.
    Convention: cooperation holds exactly for :math:`0 \leq L \leq L^*`. So infinity says that no slowness
    breaks it (:math:`u^* \geq 1`, or rho = 0 or s = 0 and it holds at all); a value below 0 says that it
    fails already at L = 0 (:math:`u^* < 0`), and minus infinity that there L plays no part in it (rho = 0 or
    s = 0).

    Parameters
    ----------
    temptation, reward, punishment, discount, response_lag, noticed, attention, partners, coordination_cost,
    relevance
        As in :func:`margin`.
    switching_chance : float
        s in [0, 1], chance of a new modus per round.

    Returns
    -------
    float
        L*, rounds, not rounded; may be negative or infinite as said above.

    Raises
    ------
    NoClosedForm
        Unless T > R > P.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    Derived here: :func:`margin` set to 0 with u = 1 - (1-s)^L.

    Examples
    --------
    The illustrative case, 24 ministries and links to 68 % of them: a lag of 22 rounds is survived, 23 is not.

    >>> case = dict(temptation=3, reward=2, punishment=0, discount=0.97, response_lag=4, noticed=0.95,
    ...             attention=1, coordination_cost=0.02, relevance=0.25, switching_chance=1 / 12)
    >>> round(critical_government_lag(partners=0.68 * 24, **case), 2)
    22.27
    >>> critical_government_lag(partners=0.68 * 12, **case)
    inf
    """
    demand_chance("relevance", relevance)
    demand_chance("switching_chance", switching_chance)
    slack = (temptation - punishment) * margin(
        temptation=temptation,
        reward=reward,
        punishment=punishment,
        discount=discount,
        response_lag=response_lag,
        noticed=noticed,
        attention=attention,
        partners=partners,
        coordination_cost=coordination_cost,
    )
    if relevance == 0:
        return math.inf if slack >= 0 else -math.inf
    return _longest_lag_for_share(slack / (relevance * (reward - punishment)), switching_chance)


def _longest_lag_for_theta(theta: float, discount: float, strength: float) -> float:
    """Largest d with ``discount ** (d + 1) * strength >= theta``, a real number; minus infinity if none."""
    if discount == 0 or strength == 0:
        return -math.inf
    return math.log(theta / strength) / math.log(discount) - 1


def critical_response_lag(
    *,
    temptation: float,
    reward: float,
    punishment: float,
    discount: float,
    noticed: float,
    attention: float,
    partners: float,
    coordination_cost: float,
    relevance: float = 0,
    outdated: float = 0,
) -> float:
    r"""Longest response lag at which a pair of grim parties cooperates (R25).

    .. math::
        d^* = \frac{\ln\left(\theta' \, (1-w(1-x)) / x\right)}{\ln w} - 1, \qquad \theta' = \frac{T-R'}{T-P}

    with x and R' as in :func:`margin`. Convention: cooperation holds exactly for :math:`0 \leq d \leq d^*`. A
    value below 0 says that it fails even at response lag 0; this is always so where :math:`R' \leq P`. Minus
    infinity says that no defection is ever read or no future counts (x = 0 or w = 0). The longest tolerable
    ell is one more than d*.

    Parameters
    ----------
    temptation, reward, punishment, discount, noticed, attention, partners, coordination_cost, relevance,
    outdated
        As in :func:`margin`.

    Returns
    -------
    float
        d*, rounds, not rounded; may be negative or minus infinity as said above.

    Raises
    ------
    NoClosedForm
        Unless T > R > P.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    Derived here: :func:`margin` solved for the lag.

    Examples
    --------
    By hand: x = 1 and w = 1/2 with theta = 1/8 give ell = 3, so d* = 2.

    >>> critical_response_lag(temptation=9, reward=8, punishment=1, discount=0.5, noticed=1, attention=1,
    ...                       partners=1, coordination_cost=0)
    2.0
    """
    demand_dilemma(temptation, reward, punishment)
    demand_reading(discount, 0, attended(attention, partners), noticed)
    kept, _ = cooperation_payoffs(reward, 0.0, coordination_cost, partners)
    kept -= _loss_of_reward(reward, punishment, relevance, outdated)
    strength = strength_grim(discount, attended(attention, partners), noticed)
    return _longest_lag_for_theta(lasting_temptation(temptation, kept, punishment), discount, strength)


def critical_response_lag_tit_for_tat(
    *,
    temptation: float,
    reward: float,
    punishment: float,
    sucker: float,
    discount: float,
    noticed: float,
    attention: float,
    partners: float,
    coordination_cost: float,
    generosity: float = 0,
    relevance: float = 0,
    outdated: float = 0,
) -> float:
    r"""Longest response lag at which a pair of (generous) tit for tat parties cooperates (R22, R24, R25).

    .. math::
        d^* = \frac{\ln\left(\theta' \, (1-w(1-a)) / (a q (1-g))\right)}{\ln w} - 1, \qquad
        \theta' = \max\left(\frac{T-R'}{R'-S'}, \frac{T-R'}{T-P}\right)

    with R' as in :func:`margin` and :math:`S' = S - \kappa(k-1)`. Convention as in
    :func:`critical_response_lag`: cooperation holds exactly for :math:`0 \leq d \leq d^*`, and a value below
    0 says that it fails even at response lag 0.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round.
    discount, noticed, attention, partners, coordination_cost, relevance, outdated
        As in :func:`margin`.
    generosity : float
        g, chance in [0, 1].

    Returns
    -------
    float
        d*, rounds, not rounded; minus infinity if no defection is ever answered (q = 0, g = 1 or w = 0).

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    Derived here: :func:`index_tit_for_tat` set to theta' and solved for the lag.

    Examples
    --------
    By hand: w = 1/2 against theta = 1/4 gives ell = 2, so d* = 1; half the reports forgiven cost one round.

    >>> pair = dict(temptation=5, reward=4, punishment=1, sucker=0, discount=0.5, noticed=1,
    ...             attention=1, partners=1, coordination_cost=0)
    >>> critical_response_lag_tit_for_tat(**pair), critical_response_lag_tit_for_tat(**pair, generosity=0.5)
    (1.0, 0.0)
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    demand_reading(discount, 0, attended(attention, partners), noticed)
    demand_chance("generosity", generosity)
    kept, exploited = cooperation_payoffs(reward, sucker, coordination_cost, partners)
    kept -= _loss_of_reward(reward, punishment, relevance, outdated)
    strength = strength_tit_for_tat(discount, attended(attention, partners), noticed, generosity)
    theta = strongest_temptation(temptation, kept, punishment, exploited)
    return _longest_lag_for_theta(theta, discount, strength)
