r"""Government and traffickers: inspection, moving modi, few teams, chasing with delay (T1 to T12)."""

import itertools
import math
from collections.abc import Sequence

from sim.theory._domain import (
    TIE,
    demand,
    demand_chance,
    demand_count,
    demand_form,
    demand_interval,
    demand_lag,
    demand_positive,
)

# --- Inspection (T1, T2, T3, T11) -------------------------------------------------------------------


def inspection_chance(gain: float, penalty: float, catch: float) -> float:
    r"""Chance of inspection in the mixed equilibrium of the inspection game (T1, T2, T11).

    .. math:: x = \frac{G}{\beta (G+F)}

    It keeps the violator indifferent; a higher penalty lowers it. It is also the time average over a cycle of
    two adapting populations (T11), of which a snapshot says nothing.

    Parameters
    ----------
    gain, penalty : float
        G > 0, of a violation that is not caught; F >= 0, loss of a violator who is.
    catch : float
        beta in (0, 1], chance that an inspection catches a violation.

    Returns
    -------
    float in (0, 1], chance.

    Raises
    ------
    NoClosedForm
        If beta (G + F) < G: no inspection deters, the equilibrium is not mixed.
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Avenhaus, von Stengel and Zamir (2002), for the family of games; Tsebelis (1989) for T2.

    Examples
    --------
    By hand: 2/(.8 * 5).

    >>> inspection_chance(gain=2, penalty=3, catch=0.8)
    0.5
    """
    demand_positive("gain", gain, "payoff of a violation")
    demand(penalty >= 0, "penalty must be at least 0 (payoff)", penalty)
    demand(0 < catch <= 1, "catch must lie in (0, 1] (chance)", catch)
    chance = gain / (catch * (gain + penalty))
    demand_form(chance <= 1, f"even certain inspection does not deter: it would take a chance of {chance:.6g}")
    return chance


def violation_chance(inspection_cost: float, harm: float, catch: float) -> float:
    r"""Chance of violation in the mixed equilibrium of the inspection game (T1, T2, T11).

    .. math:: y = \frac{i}{\beta H}

    It keeps the inspector indifferent; **the penalty plays no part in it** (T2).

    Parameters
    ----------
    inspection_cost, harm : float
        i >= 0, of an inspection; H > 0, cost of an uncaught violation to the government.
    catch : float
        beta in (0, 1], chance that an inspection catches a violation.

    Returns
    -------
    float in [0, 1], chance.

    Raises
    ------
    NoClosedForm
        If i > beta H: inspecting never pays, the equilibrium is not mixed.
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Avenhaus, von Stengel and Zamir (2002), for the family of games; Tsebelis (1989) for T2.

    Examples
    --------
    By hand: .5/(.8 * 4).

    >>> round(violation_chance(inspection_cost=0.5, harm=4, catch=0.8), 6)
    0.15625
    """
    demand(inspection_cost >= 0, "inspection_cost must be at least 0 (payoff)", inspection_cost)
    demand_positive("harm", harm, "payoff of an uncaught violation")
    demand(0 < catch <= 1, "catch must lie in (0, 1] (chance)", catch)
    chance = inspection_cost / (catch * harm)
    demand_form(chance <= 1, f"inspecting never pays: it would take a chance of violation of {chance:.6g}")
    return chance


def inspector_value_committed(gain: float, penalty: float, inspection_cost: float, catch: float) -> float:
    r"""Payoff of an inspector who announces its chance of inspection and keeps to it (T3).

    .. math:: -\frac{i\, G}{\beta (G+F)}

    Announcing just enough deters every violation.

    Parameters
    ----------
    gain, penalty, catch : float
        As in :func:`inspection_chance`.
    inspection_cost : float
        i >= 0, payoff.

    Returns
    -------
    float <= 0, payoff.

    Raises
    ------
    NoClosedForm, ValueError
        As in :func:`inspection_chance`.

    References
    ----------
    Maschler (1966), inspector leadership.

    Examples
    --------
    >>> inspector_value_committed(2, 3, inspection_cost=0.5, catch=0.8)
    -0.25
    """
    demand(inspection_cost >= 0, "inspection_cost must be at least 0 (payoff)", inspection_cost)
    return -inspection_cost * inspection_chance(gain, penalty, catch)


def inspector_value_uncommitted(inspection_cost: float, harm: float, catch: float) -> float:
    r"""Payoff of the inspector in the mixed equilibrium (T3).

    .. math:: -\frac{i}{\beta}

    Parameters, errors and source as in :func:`violation_chance`.

    Returns
    -------
    float <= 0, payoff.

    Examples
    --------
    >>> inspector_value_uncommitted(inspection_cost=0.5, harm=4, catch=0.8)
    -0.625
    """
    return -harm * violation_chance(inspection_cost, harm, catch)


# --- Slow answers to a moving modus (T4, T5, T6) ----------------------------------------------------


def uncovered_share_fixed(government_lag: float, interval: float) -> float:
    r"""Share of rounds without an answer to the modus in use, new modi at fixed intervals (T4).

    .. math:: u = \min(1, L/\tau)

    Parameters
    ----------
    government_lag : float
        L >= 0, rounds; a modus is uncovered at ages 0 to L - 1.
    interval : float
        tau >= 1, rounds.

    Returns
    -------
    float in [0, 1], share of rounds.

    Raises
    ------
    ValueError
        If government_lag < 0 or interval < 1.

    References
    ----------
    Renewal argument, derived here.

    Examples
    --------
    >>> uncovered_share_fixed(3, 12), uncovered_share_fixed(20, 12)
    (0.25, 1.0)
    """
    demand_lag("government_lag", government_lag)
    demand_interval(interval)
    return min(1.0, government_lag / interval)


def uncovered_share_random(government_lag: float, chance: float) -> float:
    r"""Share of rounds without an answer to the modus in use, new modi at random (T5).

    .. math:: u = 1 - (1-s)^L

    The age of the modus in use is geometric; it is uncovered while its age is below L.

    Parameters
    ----------
    government_lag : float
        L >= 0, rounds.
    chance : float
        s in [0, 1], chance of a new modus per round.

    Returns
    -------
    float in [0, 1], share of rounds.

    Raises
    ------
    ValueError
        If government_lag < 0 or chance lies outside [0, 1].

    References
    ----------
    Renewal argument, derived here.

    Examples
    --------
    By hand: 1 - (3/4)^2 = 7/16.

    >>> uncovered_share_random(2, 0.25)
    0.4375
    """
    demand_lag("government_lag", government_lag)
    demand_chance("chance", chance)
    return float(1 - (1 - chance) ** government_lag)


def uncovered_share_geometric(government_lag: float, interval: float) -> float:
    r"""Share of rounds without an answer, both new modi and answers at random (T6).

    .. math:: u = \frac{L}{L + \tau - 1}, \qquad u = 0 \text{ at } L = 0

    In each round a new modus comes with chance :math:`1/\tau`; after each round without an answer one is
    found with chance :math:`1/L` and holds from the next round. It is a law of the *answer*: with the same
    mean switching as T5, only a lag of certain length has become a lag of mean length L. (:math:`L/(L+\tau)`
    is its limit for short rounds.)

    Parameters
    ----------
    government_lag : float
        L, mean rounds to an answer: 0, or at least 1. Values between only draw the curve.
    interval : float
        tau >= 1, mean rounds between switches.

    Returns
    -------
    float in [0, 1], share of rounds.

    Raises
    ------
    ValueError
        If government_lag < 0 or interval < 1.

    References
    ----------
    Renewal argument, derived here.

    Examples
    --------
    >>> uncovered_share_geometric(4, 13), uncovered_share_geometric(0, 1)
    (0.25, 0.0)
    """
    demand_lag("government_lag", government_lag)
    demand_interval(interval)
    return 0.0 if government_lag == 0 else government_lag / (government_lag + interval - 1)


# --- Traffickers who move when it pays (T7, T8) -----------------------------------------------------


def moving_value(government_lag: float, gain: float, penalty: float, switching_cost: float) -> float:
    r"""Best payoff of a trafficker who must act: moving as its modus is answered, or staying (T7).

    .. math:: \max\left(G - \frac{K_s}{L},\ -F\right)

    It moves at age L, so that the uncovered share is 1, iff :math:`L (G+F) > K_s`; at L = 0 it gains nothing
    by moving. Staying out pays 0, see :func:`longest_deterring_lag`.

    Parameters
    ----------
    government_lag : float
        L >= 0, rounds to an answer.
    gain, penalty, switching_cost : float
        G >= 0 per uncovered round, F >= 0 per covered round, Ks >= 0 per new modus.

    Returns
    -------
    float, payoff per round in the long run.

    Raises
    ------
    ValueError
        If an argument is negative.

    References
    ----------
    Derived here.

    Examples
    --------
    By hand: 2 - 6/4, and -3 at L = 1.

    >>> moving_value(4, gain=2, penalty=3, switching_cost=6), moving_value(1, 2, 3, 6)
    (0.5, -3)
    """
    demand_lag("government_lag", government_lag)
    for name, value in (("gain", gain), ("penalty", penalty), ("switching_cost", switching_cost)):
        demand(value >= 0, f"{name} must be at least 0 (payoff)", value)
    if government_lag == 0:
        return -penalty
    return max(gain - switching_cost / government_lag, -penalty)


def longest_deterring_lag(gain: float, switching_cost: float) -> float:
    r"""Longest government lag at which adaptive traffickers stay out (T8).

    .. math:: L^* = \frac{K_s}{G}

    Trafficking pays iff L > L*; there the uncovered share jumps to 1.

    Parameters
    ----------
    gain, switching_cost : float
        G > 0, payoff per uncovered round; Ks >= 0, payoff per new modus.

    Returns
    -------
    float >= 0, rounds, not rounded.

    Raises
    ------
    ValueError
        If gain <= 0 or switching_cost < 0.

    References
    ----------
    Derived here.

    Examples
    --------
    >>> longest_deterring_lag(gain=2, switching_cost=6)
    3.0
    """
    demand_positive("gain", gain, "payoff per uncovered round")
    demand(switching_cost >= 0, "switching_cost must be at least 0 (payoff)", switching_cost)
    return switching_cost / gain


# --- Many modi, few teams (T9, T10) -----------------------------------------------------------------


def teams_needed(modi: int, gain: float, penalty: float) -> int:
    r"""Least number of teams that deter all of some equal modi (T9).

    .. math:: m \geq \frac{M G}{G+F}

    Teams are spread at random, so that each modus is covered with chance m/M.

    Parameters
    ----------
    modi : int
        M >= 1.
    gain, penalty : float
        G > 0 if not covered, F >= 0 lost if covered; payoff.

    Returns
    -------
    int, teams, 1 to M.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    The family of Kiekintveld et al. (2009), security games.

    Examples
    --------
    >>> teams_needed(10, gain=2, penalty=3)
    4
    """
    demand_count("modi", modi, 1)
    demand_positive("gain", gain, "payoff per round")
    demand(penalty >= 0, "penalty must be at least 0 (payoff)", penalty)
    exact = modi * gain / (gain + penalty)
    nearest = round(exact)
    return nearest if math.isclose(exact, nearest, rel_tol=TIE) else math.ceil(exact)


def attacker_value(gains: Sequence[float], penalties: Sequence[float], teams: float) -> float:
    r"""Least payoff to which some teams can hold an attacker who picks the best of unequal modi (T10).

    .. math:: \sum_j \min\left(1, \max\left(0, \frac{G_j - u}{G_j + F_j}\right)\right) = m

    u solves it; where teams are left over although the best modus is covered for certain, u is the value of
    that modus, the greatest -F. The attack is deterred iff u <= 0.

    Parameters
    ----------
    gains, penalties : sequences of float, of equal length >= 1
        G_j if modus j is not covered, F_j lost if it is; :math:`G_j + F_j > 0`; payoff.
    teams : float
        m, 0 to the number of modi.

    Returns
    -------
    float, payoff.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    The family of Kiekintveld et al. (2009), security games.

    Examples
    --------
    By hand: at u = 1 the two modi take 3/6 and 1/4 of a team.

    >>> round(attacker_value([4, 2], [2, 2], teams=0.75), 9)
    1.0
    """
    demand(len(gains) == len(penalties) > 0, "gains and penalties must be of equal length, at least 1", len(gains))
    demand(0 <= teams <= len(gains), f"teams must lie in [0, {len(gains)}] (count)", teams)
    for gain, penalty in zip(gains, penalties, strict=True):
        demand(gain + penalty > 0, "gain + penalty of each modus must exceed 0 (payoff)", gain + penalty)

    def needed(value: float) -> float:
        shares = ((gain - value) / (gain + penalty) for gain, penalty in zip(gains, penalties, strict=True))
        return sum(min(1.0, max(0.0, share)) for share in shares)

    # What is needed is linear between these payoffs, and falls from one to the next.
    kinks = sorted({*gains, *(-penalty for penalty in penalties)})
    least = max(-penalty for penalty in penalties)
    kinks = [kink for kink in kinks if kink >= least]
    if needed(least) <= teams:
        return least
    low, high = next((a, b) for a, b in itertools.pairwise(kinks) if needed(b) <= teams)
    return low + (high - low) * (needed(low) - teams) / (needed(low) - needed(high))


# --- Chasing with delay (T12) -----------------------------------------------------------------------


def critical_chasing_strength(lag: int) -> float:
    r"""Strength of correction above which a share that is corrected by old news oscillates for ever (T12).

    .. math:: x_{t+1} = x_t - k\, x_{t-L} \text{ is stable iff } 0 < k < 2 \cos\frac{L\pi}{2L+1}

    Parameters
    ----------
    lag : int
        L >= 0, rounds by which the news is old.

    Returns
    -------
    float in (0, 2], per round.

    Raises
    ------
    ValueError
        If lag is not a whole number of rounds >= 0.

    References
    ----------
    Levin and May (1976), Theoretical Population Biology.

    Examples
    --------
    >>> [round(critical_chasing_strength(lag), 3) for lag in (0, 1, 2, 4, 10)]
    [2.0, 1.0, 0.618, 0.347, 0.149]
    """
    demand_count("lag", lag, 0)
    return 2 * math.cos(lag * math.pi / (2 * lag + 1))
