r"""Two parties: horizon, response lag, attention, information, stakes, linkage (R3 to R9, R11 to R23)."""

import math
from collections.abc import Sequence

from sim.theory._domain import (
    TIE,
    demand,
    demand_chance,
    demand_count,
    demand_dilemma,
    demand_discount,
    demand_form,
    demand_lag,
    demand_partners,
    demand_positive,
    demand_reading,
    strength_grim,
    strength_tit_for_tat,
)
from sim.theory.games import theta_grim, theta_tit_for_tat

# --- Slow response (R3, R4, R5) ---------------------------------------------------------------------


def critical_discount_tit_for_tat(
    temptation: float, reward: float, punishment: float, sucker: float, response_lag: float = 0
) -> float:
    r"""Smallest discount at which tit for tat with a response lag sustains cooperation (R3).

    .. math:: w^* = \theta^{1/\ell}, \qquad \ell = \text{response lag} + 1

    A tit for tat that answers the act of ell rounds ago splits play into ell interleaved games, each an
    ordinary repeated game with discount :math:`w^\ell`; so :math:`w^\ell \geq \theta` is the whole condition.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round, any common unit.
    response_lag : float
        Rounds >= 0 between the earliest possible answer and the actual one; 0 is the textbook game.

    Returns
    -------
    float
        Factor per round, > 0. At 1 or more no discount sustains cooperation (2R <= T + S).

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S.
    ValueError
        If response_lag < 0.

    References
    ----------
    Axelrod (1981) at response_lag 0; the lag is derived here by interleaving.

    Examples
    --------
    >>> [round(critical_discount_tit_for_tat(5, 3, 1, 0, lag), 4) for lag in (0, 1, 2, 3)]
    [0.6667, 0.8165, 0.8736, 0.9036]
    """
    demand_lag("response_lag", response_lag)
    return float(theta_tit_for_tat(temptation, reward, punishment, sucker) ** (1 / (response_lag + 1)))


def longest_response_lag(theta: float, discount: float) -> int:
    r"""Longest ell, in rounds, at which :math:`w^\ell \geq \theta` (R5).

    .. math:: \ell^* = \left\lfloor \frac{\ln\theta}{\ln w} \right\rfloor

    **The answer counts the round of the defection**: the longest tolerable ``response_lag`` is one less. An
    ell of 0 says that not even an answer in the next round (response_lag 0) is quick enough.

    A tie, :math:`w^\ell = \theta`, is tolerated. As the quotient of logarithms is rounded, a quotient within
    1e-9 (relative) of a whole number is taken to be that number.

    Parameters
    ----------
    theta : float
        > 0, dimensionless; see :func:`theta_tit_for_tat` and :func:`theta_grim`.
    discount : float
        w in [0, 1), factor per round.

    Returns
    -------
    int
        Rounds >= 0, in the count of ell.

    Raises
    ------
    ValueError
        If theta <= 0 (nothing tempts, every lag is tolerable) or discount lies outside [0, 1).

    References
    ----------
    Derived here from R3.

    Examples
    --------
    >>> [longest_response_lag(2 / 3, discount) for discount in (0.8, 0.9, 0.95, 0.98, 0.99)]
    [1, 3, 7, 20, 40]
    >>> longest_response_lag(0.5, 0.5 ** (1 / 3))
    3
    """
    demand(theta > 0, "theta must exceed 0 (dimensionless)", theta)
    demand_discount(discount)
    if discount == 0 or theta >= 1:
        return 0
    rounds = math.log(theta) / math.log(discount)
    nearest = round(rounds)
    return nearest if math.isclose(rounds, nearest, rel_tol=TIE) else math.floor(rounds)


def critical_discount_grim(temptation: float, reward: float, punishment: float, response_lag: float = 0) -> float:
    r"""Smallest discount at which grim with a response lag sustains cooperation (R2, R4).

    .. math:: w^* = \left(\frac{T-R}{T-P}\right)^{1/\ell}, \qquad \ell = \text{response lag} + 1

    Whoever defects for ever gains T - R for ell rounds and loses R - P from then on.

    Parameters
    ----------
    temptation, reward, punishment : float
        Payoffs :math:`T > R > P` per link and round.
    response_lag : float
        Rounds >= 0; 0 is the textbook game.

    Returns
    -------
    float in (0, 1), factor per round.

    Raises
    ------
    NoClosedForm
        Unless T > R > P.
    ValueError
        If response_lag < 0.

    References
    ----------
    Friedman (1971) at response_lag 0; the lag is derived here.

    Examples
    --------
    >>> critical_discount_grim(5, 3, 1), round(critical_discount_grim(5, 3, 1, response_lag=1), 6)
    (0.5, 0.707107)
    """
    demand_lag("response_lag", response_lag)
    return float(theta_grim(temptation, reward, punishment) ** (1 / (response_lag + 1)))


def echo_payoff(temptation: float, reward: float, sucker: float, response_lag: int, other_response_lag: int) -> float:
    r"""Mean payoff of two tit for tats while one slip echoes between them (R6).

    .. math:: \frac{T + S + (\ell_1 + \ell_2 - 2) R}{\ell_1 + \ell_2}

    The slip returns to the one who made it after ell_1 + ell_2 rounds; in between each is exploited once and
    exploits once. So slow answers make a feud sparser.

    Parameters
    ----------
    temptation, reward, sucker : float
        T, R, S, payoff per link and round; any.
    response_lag, other_response_lag : int
        Rounds >= 0, of the two parties.

    Returns
    -------
    float, payoff per party and round over a period of the echo.

    Raises
    ------
    ValueError
        If a lag is not a whole number of rounds >= 0.

    References
    ----------
    Derived here.

    Examples
    --------
    >>> [echo_payoff(5, 3, 0, *lags) for lags in ((0, 0), (1, 1), (3, 0))]
    [2.5, 2.75, 2.8]
    """
    demand_count("response_lag", response_lag, 0)
    demand_count("other_response_lag", other_response_lag, 0)
    period = response_lag + other_response_lag + 2
    return (temptation + sucker + (period - 2) * reward) / period


def index_of_pair(discount: float, response_lag: float, other_response_lag: float) -> float:
    r"""Index of a pair whose parties answer with different lags: the slower one decides (R7).

    .. math:: I = w^{\max(\ell_1, \ell_2)}

    A party is deterred by the lag of the *other*; so it is the partner of the slow party who is tempted.
    The pair holds iff I >= theta of :func:`theta_tit_for_tat` or :func:`theta_grim`, by its rule.

    Parameters
    ----------
    discount : float
        w in [0, 1), factor per round.
    response_lag, other_response_lag : float
        Rounds >= 0, of the two parties.

    Returns
    -------
    float in [0, 1), dimensionless.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Derived here.

    Examples
    --------
    >>> index_of_pair(0.5, 0, 2), index_of_pair(0.5, 2, 0)
    (0.125, 0.125)
    """
    demand_discount(discount)
    demand_lag("response_lag", response_lag)
    demand_lag("other_response_lag", other_response_lag)
    return float(discount ** (max(response_lag, other_response_lag) + 1))


# --- From few to many (R8, R9) ----------------------------------------------------------------------


def cluster_share(
    temptation: float,
    reward: float,
    punishment: float,
    sucker: float,
    discount: float,
    response_lag: float = 0,
) -> float:
    r"""Least share of meetings among themselves with which few tit for tats earn more than all-out defectors (R8).

    .. math:: p = \frac{(P-S)(1-W)}{(R-P) + (1-W)(P-S)}, \qquad W = w^\ell

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round.
    discount : float
        w in [0, 1), factor per round.
    response_lag : float
        Rounds >= 0.

    Returns
    -------
    float in (0, 1), share of the meetings of a tit for tat.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S.
    ValueError
        If discount or response_lag lies outside its range.

    References
    ----------
    Axelrod (1981) at response_lag 0; the lag is derived here.

    Examples
    --------
    Axelrod's "5 per cent": 1/21.

    >>> round(cluster_share(5, 3, 1, 0, 0.9), 6), round(cluster_share(5, 3, 1, 0, 0.9, response_lag=2), 3)
    (0.047619, 0.119)
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    demand_discount(discount)
    demand_lag("response_lag", response_lag)
    entry = (punishment - sucker) * (1 - discount ** (response_lag + 1))
    return float(entry / (reward - punishment + entry))


def tit_for_tat_separatrix(
    temptation: float,
    reward: float,
    punishment: float,
    sucker: float,
    discount: float,
    response_lag: float = 0,
) -> float:
    r"""Share of tit for tat, among defectors at random meetings, above which it earns more than they (R9).

    .. math:: x = \frac{(1-W)(P-S)}{(1-W)(P-S-T) + R - WP}, \qquad W = w^\ell

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round.
    discount : float
        w in [0, 1), factor per round.
    response_lag : float
        Rounds >= 0.

    Returns
    -------
    float in (0, 1], share of the population.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S; or if W < (T-R)/(T-P), where defectors earn more at every share.
    ValueError
        If discount or response_lag lies outside its range.

    References
    ----------
    Standard, from the payoffs of the two rules against each other; the lag is derived here.

    Examples
    --------
    By hand at W = .9: .1/(.1 (1 - 5) + 3 - .9) = .1/1.7.

    >>> round(tit_for_tat_separatrix(5, 3, 1, 0, 0.9), 6), round(tit_for_tat_separatrix(5, 3, 1, 0, 0.9, 2), 3)
    (0.058824, 0.228)
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    demand_discount(discount)
    demand_lag("response_lag", response_lag)
    shadow = discount ** (response_lag + 1)
    demand_form(
        shadow >= (temptation - reward) / (temptation - punishment),
        f"defectors earn more at every share, since w^ell = {shadow:.6g} lies below (T-R)/(T-P)",
    )
    entry = (1 - shadow) * (punishment - sucker)
    return float(entry / (entry - (1 - shadow) * temptation + reward - shadow * punishment))


# --- The shadow of the future as one product (R11, R12) ---------------------------------------------


def index_with_sanctioners(
    discount: float, response_lag: float, noticed: float, generosity: float, sanctioners: float
) -> float:
    r"""Shadow of the future where a share of partners answers like (generous) tit for tat (R11).

    .. math:: I = w^\ell\, q\, (1-g)\, s

    Cooperation holds iff I >= theta of :func:`theta_tit_for_tat`. Where q (1-g) s < theta no horizon is long
    enough (R11b), and the least share of sanctioners is theta over the index at s = 1.

    Parameters
    ----------
    discount : float
        w in [0, 1), factor per round.
    response_lag : float
        Rounds >= 0.
    noticed, generosity, sanctioners : float
        q, g, s: chances and share in [0, 1].

    Returns
    -------
    float in [0, 1), dimensionless.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Derived here; the factors are those of Axelrod and Keohane (1985).

    Examples
    --------
    By hand: 1/4 times .8, .5 and .5.

    >>> round(index_with_sanctioners(0.5, 1, noticed=0.8, generosity=0.5, sanctioners=0.5), 6)
    0.05
    """
    demand_chance("sanctioners", sanctioners)
    return sanctioners * index_tit_for_tat(discount, response_lag, 1, noticed, generosity)


def margin_with_false_alarms(
    *,
    temptation: float,
    reward: float,
    punishment: float,
    sucker: float,
    discount: float,
    response_lag: float,
    noticed: float,
    false_alarm: float,
    generosity: float = 0,
    attended: float = 1,
    action_error: float = 0,
) -> float:
    r"""Index minus theta of (generous) tit for tat that also accuses cooperators, or slips; holds iff >= 0 (R12).

    .. math::
        \frac{w^\ell a (1-g)(q-f)(1-2\varepsilon)}{1-w(1-a)} - \frac{c}{b}, \qquad
        b = T - P = R - S, \quad c = T - R = P - S

    Only q - f counts: it is how much likelier an answer of D becomes by defecting. A slip of the partner turns
    its answer round; a slip of one's own turns the gain and the answer round alike, so that it does not count.
    *Holds* means that an act of C is a best reply. (The rule itself is not: to answer false alarms and slips by D
    costs more than it deters, so there unconditional C does better against it.)

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round, additive where f or epsilon > 0: :math:`T - R = P - S`.
    discount : float
        w in [0, 1), factor per round.
    response_lag : float
        Rounds >= 0.
    noticed, false_alarm, generosity, attended : float
        q, f, g, a: chances in [0, 1].
    action_error : float
        epsilon in [0, 1/2), chance of the opposite act, of either party.

    Returns
    -------
    float
        Below 1, dimensionless; negative where a defection pays.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S; or if f or epsilon > 0 and payoffs are not additive (a small decision problem instead).
    ValueError
        If another argument lies outside its range.

    References
    ----------
    Derived here.

    Examples
    --------
    By hand: .9 (.9 - .2) - 1/3.

    >>> case = dict(temptation=3, reward=2, punishment=0, sucker=-1, discount=0.9, response_lag=0)
    >>> round(margin_with_false_alarms(noticed=0.9, false_alarm=0.2, **case), 6)
    0.296667

    With slips in one of ten rounds: .9 * .8 - 1/3.

    >>> round(margin_with_false_alarms(noticed=1, false_alarm=0, action_error=0.1, **case), 6)
    0.386667
    """
    theta = theta_tit_for_tat(temptation, reward, punishment, sucker)
    demand_chance("false_alarm", false_alarm)
    demand(0 <= action_error < 0.5, "action_error must lie in [0, 1/2) (chance)", action_error)
    gain, loss = temptation - reward, punishment - sucker
    demand_form(
        false_alarm == action_error == 0 or math.isclose(gain, loss, rel_tol=TIE),
        f"with false alarms or slips the border is a product only where T - R = P - S; got {gain} and {loss}",
    )
    index = index_tit_for_tat(discount, response_lag, attended, 1, generosity)
    demand_chance("noticed", noticed)
    return index * (noticed - false_alarm) * (1 - 2 * action_error) - theta


# --- Irregular stakes (R14, R15) --------------------------------------------------------------------


def critical_discount_grim_with_stakes(
    temptation: float, reward: float, punishment: float, highest_stake: float
) -> float:
    r"""Smallest discount at which grim survives every stake that its partner sees before it acts (R14).

    .. math:: w^* = \frac{k x}{k x + 1}, \qquad k = \frac{T-R}{R-P}

    Stakes multiply all payoffs of a round and have mean 1; x is the highest. With a response lag see
    :func:`margin_grim_with_stakes`.

    Parameters
    ----------
    temptation, reward, punishment : float
        Payoffs :math:`T > R > P` per link and round.
    highest_stake : float
        x >= 1, factor.

    Returns
    -------
    float in (0, 1), factor per round.

    Raises
    ------
    NoClosedForm
        Unless T > R > P.
    ValueError
        If highest_stake < 1.

    References
    ----------
    After Rotemberg and Saloner (1986), American Economic Review; derived here.

    Examples
    --------
    >>> [round(critical_discount_grim_with_stakes(5, 3, 1, x), 4) for x in (1.5, 3, 5)]
    [0.6, 0.75, 0.8333]
    """
    demand_dilemma(temptation, reward, punishment)
    _demand_stake(highest_stake)
    tempted = (temptation - reward) / (reward - punishment) * highest_stake
    return tempted / (tempted + 1)


def _demand_stake(highest_stake: float) -> None:
    demand(highest_stake >= 1, "highest_stake must be at least 1 (factor of the mean stake)", highest_stake)


def highest_stake_of_tit_for_tat(
    temptation: float,
    reward: float,
    punishment: float,
    sucker: float,
    discount: float,
    response_lag: float = 0,
) -> float:
    r"""Highest stake, seen before acting, at which a tit for tat still deters (R15).

    .. math:: x \leq \frac{w^\ell (R-S)}{T-R}

    Tit for tat punishes by one round of mean stakes, so the cap stays below (R-S)/(T-R) at every horizon.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round, with :math:`P - S \leq T - R`.
    discount : float
        w in [0, 1), factor per round.
    response_lag : float
        Rounds >= 0.

    Returns
    -------
    float >= 0, factor of the mean stake; below 1 it does not hold even at regular stakes.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S and P - S <= T - R (else repenting at once is not the best way back).
    ValueError
        If discount or response_lag lies outside its range.

    References
    ----------
    Derived here, after Rotemberg and Saloner (1986); the lag by interleaving.

    Examples
    --------
    >>> round(highest_stake_of_tit_for_tat(5, 3, 1, 0, 0.999), 4)
    1.4985
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    demand_discount(discount)
    demand_lag("response_lag", response_lag)
    demand_form(
        punishment - sucker <= temptation - reward,
        "the cap is derived for P - S <= T - R (payoff per link and round), where repenting at once is best; "
        f"got {punishment - sucker} and {temptation - reward}",
    )
    return float(discount ** (response_lag + 1) * (reward - sucker) / (temptation - reward))


def margin_grim_with_stakes(
    temptation: float,
    reward: float,
    punishment: float,
    discount: float,
    response_lag: float,
    highest_stake: float,
) -> float:
    r"""What defecting for ever loses over the rest of the game, less what it gains; grim holds iff >= 0 (R15b).

    .. math:: (T-P)\, w^\ell - (T-R)\,(x (1-w) + w)

    Parameters
    ----------
    temptation, reward, punishment : float
        Payoffs :math:`T > R > P` per link and round.
    discount : float
        w in [0, 1), factor per round.
    response_lag : float
        Rounds >= 0.
    highest_stake : float
        x >= 1, factor; stakes have mean 1 and are seen before acting.

    Returns
    -------
    float, payoff per round (normalised by 1 - w).

    Raises
    ------
    NoClosedForm
        Unless T > R > P.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    After Rotemberg and Saloner (1986); derived here.

    Examples
    --------
    By hand: 4/4 - 2 (3/2 + 1/2).

    >>> margin_grim_with_stakes(5, 3, 1, discount=0.5, response_lag=1, highest_stake=3)
    -3.0
    """
    demand_dilemma(temptation, reward, punishment)
    demand_discount(discount)
    demand_lag("response_lag", response_lag)
    _demand_stake(highest_stake)
    tempted = (temptation - reward) * (highest_stake * (1 - discount) + discount)
    return float((temptation - punishment) * discount ** (response_lag + 1) - tempted)


# --- Linked issues (R16) ----------------------------------------------------------------------------


def critical_discount_linked(games: Sequence[tuple[float, float, float]], response_lag: float = 0) -> float:
    r"""Smallest discount at which grim holds, a defection in any game being punished in all (R16).

    .. math:: w^* = \left(\frac{\sum (T-R)}{\sum (T-P)}\right)^{1/\ell}

    Linking pools the slack of the games; identical games gain nothing by it.

    Parameters
    ----------
    games : sequence of (temptation, reward, punishment)
        At least one, each :math:`T > R > P`, payoff per round.
    response_lag : float
        Rounds >= 0.

    Returns
    -------
    float in (0, 1), factor per round.

    Raises
    ------
    NoClosedForm
        Unless T > R > P in each game.
    ValueError
        If there is no game, or response_lag < 0.

    References
    ----------
    After Bernheim and Whinston (1990), RAND Journal of Economics; the lag is derived here.

    Examples
    --------
    By hand: (2 + 1)/(4 + 4).

    >>> critical_discount_linked([(5, 3, 1), (5, 4, 1)])
    0.375
    """
    demand(len(games) > 0, "games must name at least one game", len(games))
    demand_lag("response_lag", response_lag)
    for game in games:
        demand_dilemma(*game)
    tempted = sum(temptation - reward for temptation, reward, _ in games)
    at_stake = sum(temptation - punishment for temptation, _, punishment in games)
    return float((tempted / at_stake) ** (1 / (response_lag + 1)))


# --- The end of the game (R17, R18) -----------------------------------------------------------------


def defections_before_known_end(theta: float, rounds: int, response_lag: int, discount: float = 1) -> int:
    r"""In how many last rounds the best reply to tit for tat defects, when the last round is known (R17).

    .. math:: \min(\ell, \text{rounds})

    No answer to the last ell rounds comes in time; every earlier one is deterred.

    Parameters
    ----------
    theta : float
        > 0, dimensionless, of :func:`theta_tit_for_tat`.
    rounds : int
        >= 1, length of the game.
    response_lag : int
        Rounds >= 0.
    discount : float
        w in [0, 1], factor per round; 1 where payoffs are plainly added.

    Returns
    -------
    int, rounds.

    Raises
    ------
    NoClosedForm
        If :math:`w^\ell \leq \theta`: then earlier defections pay as well, or tie.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    Derived here.

    Examples
    --------
    >>> defections_before_known_end(2 / 3, rounds=10, response_lag=2)
    3
    """
    demand_positive("theta", theta, "dimensionless")
    demand_count("rounds", rounds, 1)
    demand_count("response_lag", response_lag, 0)
    demand_chance("discount", discount)
    shadow = discount ** (response_lag + 1)
    demand_form(shadow > theta, f"earlier defections pay too: w^ell = {shadow:.6g} does not exceed theta = {theta:.6g}")
    return min(response_lag + 1, rounds)


def mean_length(end_chance: float) -> float:
    r"""Mean number of rounds of a game that ends after each round with the same chance (R18).

    .. math:: \frac{1}{h}

    Parameters
    ----------
    end_chance : float
        h in (0, 1], per round; 1 - w where the end is the only discount.

    Returns
    -------
    float >= 1, rounds.

    Raises
    ------
    ValueError
        If end_chance lies outside (0, 1].

    References
    ----------
    Axelrod (1980), Journal of Conflict Resolution, for the ending of his second tournament.

    Examples
    --------
    >>> round(mean_length(0.00346))
    289
    """
    _demand_end(end_chance)
    return 1 / end_chance


def median_length(end_chance: float) -> int:
    r"""Fewest rounds within which such a game ends with a chance of one half or more (R18).

    .. math:: \left\lceil \frac{\ln(1/2)}{\ln(1-h)} \right\rceil

    Parameters, errors and source as in :func:`mean_length`.

    Returns
    -------
    int >= 1, rounds.

    Examples
    --------
    >>> median_length(0.00346), median_length(0.5)
    (200, 1)
    """
    _demand_end(end_chance)
    if end_chance == 1:
        return 1
    return max(1, _ceiling(math.log(0.5) / math.log1p(-end_chance)))


def _demand_end(end_chance: float) -> None:
    demand(0 < end_chance <= 1, "end_chance must lie in (0, 1] (chance per round)", end_chance)


def _ceiling(quotient: float) -> int:
    """Least whole number not below a quotient that was rounded: within 1e-9 of one it is that one."""
    nearest = round(quotient)
    return nearest if math.isclose(quotient, nearest, rel_tol=TIE) else math.ceil(quotient)


def greatest_deficit_of_tit_for_tat(temptation: float, sucker: float, response_lag: int = 0) -> float:
    r"""By how much a tit for tat can at most trail its partner, in plain sums; it never leads (R19).

    .. math:: \ell (T - S)

    Parameters
    ----------
    temptation, sucker : float
        Payoffs :math:`T \geq S` per link and round.
    response_lag : int
        Rounds >= 0.

    Returns
    -------
    float >= 0, payoff.

    Raises
    ------
    ValueError
        If T < S or response_lag is not a whole number of rounds >= 0.

    References
    ----------
    Folklore at response_lag 0 (Axelrod 1984); the lag is derived here.

    Examples
    --------
    >>> greatest_deficit_of_tit_for_tat(5, 0, response_lag=2)
    15
    """
    demand(temptation >= sucker, "temptation must be at least sucker (payoff per link and round)", temptation)
    demand_count("response_lag", response_lag, 0)
    return (response_lag + 1) * (temptation - sucker)


# --- Rare meetings, pooled reports (R20, R21) -------------------------------------------------------


def meeting_chance(parties: int) -> float:
    r"""Chance that a given pair meets in a round in which all are matched at random (R20).

    .. math:: \frac{1}{n-1}\ (n \text{ even}), \qquad \frac{1}{n}\ (n \text{ odd: one rests})

    Parameters
    ----------
    parties : int
        n >= 2.

    Returns
    -------
    float in (0, 1], chance per round.

    Raises
    ------
    ValueError
        If parties is not a whole number >= 2.

    Examples
    --------
    >>> meeting_chance(2), meeting_chance(5)
    (1.0, 0.2)
    """
    demand_count("parties", parties, 2)
    return 1 / (parties - 1 + parties % 2)


def critical_discount_rare_meetings(theta: float, meeting: float) -> float:
    r"""Smallest discount at which memory of one's own meetings sustains cooperation, at response lag 0 (R20).

    .. math:: w^* = \frac{\theta}{\theta + (1-\theta)\, m}

    With a lag, attention or misses use :func:`index_grim` or :func:`index_tit_for_tat` with attended = a m: an
    answer waits for a meeting as it waits for attention. A registry that all read restores m = 1.

    Parameters
    ----------
    theta : float
        in (0, 1], dimensionless; of :func:`theta_grim` or :func:`theta_tit_for_tat`.
    meeting : float
        m in (0, 1], chance that the pair meets in a round; see :func:`meeting_chance`.

    Returns
    -------
    float in (0, 1], factor per round.

    Raises
    ------
    NoClosedForm
        If theta > 1: no discount is large enough.
    ValueError
        If theta <= 0 or meeting lies outside (0, 1].

    References
    ----------
    After Kandori (1992), Review of Economic Studies; derived here.

    Examples
    --------
    >>> [round(critical_discount_rare_meetings(2 / 3, meeting_chance(n)), 3) for n in (2, 4, 10, 30)]
    [0.667, 0.857, 0.947, 0.983]
    """
    demand_positive("theta", theta, "dimensionless")
    demand_form(theta <= 1, f"no discount is large enough at theta = {theta}")
    demand(0 < meeting <= 1, "meeting must lie in (0, 1] (chance per round)", meeting)
    return theta / (theta + (1 - theta) * meeting)


def pooled_noticed(noticed: float, monitors: int) -> float:
    r"""Chance that at least one of some independent monitors who share reports notices a defection (R21).

    .. math:: q_m = 1 - (1-q)^m

    Parameters
    ----------
    noticed : float
        q, chance in [0, 1] of each.
    monitors : int
        m >= 0.

    Returns
    -------
    float in [0, 1], chance.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    Examples
    --------
    >>> round(pooled_noticed(0.3, 2), 6)
    0.51
    """
    demand_chance("noticed", noticed)
    demand_count("monitors", monitors, 0)
    return float(1 - (1 - noticed) ** monitors)


def least_monitors(theta: float, discount: float, response_lag: float, noticed: float) -> int:
    r"""Least number of monitors whose pooled reports sustain tit for tat (R21).

    .. math:: m^* = \left\lceil \frac{\ln(1-\theta/w^\ell)}{\ln(1-q)} \right\rceil

    Here more actors help, if they share what they see.

    Parameters
    ----------
    theta : float
        > 0, dimensionless, of :func:`theta_tit_for_tat`.
    discount : float
        w in [0, 1), factor per round.
    response_lag : float
        Rounds >= 0.
    noticed : float
        q in [0, 1], chance of each monitor.

    Returns
    -------
    int >= 1, count.

    Raises
    ------
    NoClosedForm
        If no number of monitors is enough: :math:`w^\ell < \theta`, or at equality q < 1, or q = 0.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    Derived here; the information function of regimes is that of Keohane (1984), After Hegemony.

    Examples
    --------
    >>> [least_monitors(2 / 3, 0.95, lag, 0.3) for lag in (0, 2, 5)]
    [4, 5, 7]
    """
    demand_positive("theta", theta, "dimensionless")
    demand_reading(discount, response_lag, 1, noticed)
    shadow = discount ** (response_lag + 1)
    enough = shadow >= theta if noticed == 1 else shadow > theta and noticed > 0
    demand_form(
        enough, f"no number of monitors is enough at w^ell = {shadow:.6g}, theta = {theta:.6g} and q = {noticed}"
    )
    return 1 if noticed == 1 else max(1, _ceiling(math.log1p(-theta / shadow) / math.log1p(-noticed)))


# --- Limited attention and missed defections (R13, R22, R23) ----------------------------------------


def attended(attention: float, partners: float) -> float:
    r"""Chance that a party reads the report about a given partner in a round (R22, R23).

    .. math:: a = \min(1, A/k)

    Parameters
    ----------
    attention : float
        A > 0, partners a party can follow per round.
    partners : float
        k >= 1, partners it has.

    Returns
    -------
    float in (0, 1], chance per round.

    Raises
    ------
    ValueError
        If attention <= 0 or partners < 1.

    Examples
    --------
    >>> attended(1, 4), attended(6, 4)
    (0.25, 1.0)
    """
    demand(attention > 0, "attention must exceed 0 partners per round", attention)
    demand_partners(partners)
    return min(1.0, attention / partners)


def index_tit_for_tat(
    discount: float, response_lag: float, attended: float, noticed: float, generosity: float = 0
) -> float:
    r"""Shadow of the future of (generous) tit for tat that keeps its last answer while inattentive (R22).

    .. math:: I = \frac{w^\ell\, a\, q\, (1-g)}{1 - w(1-a)}

    One defection is read and seen after ell rounds with chance :math:`a q`; the answer then lasts until the
    next attended report, :math:`1/(1-w(1-a))` discounted rounds, and each of its rounds is a D with chance
    :math:`1-g`. Cooperation holds iff :math:`I \geq \theta` of :func:`theta_tit_for_tat`.

    Parameters
    ----------
    discount : float
        w in [0, 1), factor per round.
    response_lag : float
        Rounds >= 0; ell is one more.
    attended, noticed, generosity : float
        a, q, g: chances in [0, 1].

    Returns
    -------
    float in [0, 1), dimensionless.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Derived here. At a = q = 1, g = 0 it is :math:`w^\ell`, Axelrod (1981) with lag.

    Examples
    --------
    By hand: .9 * .5 * .8 / (1 - .9 * .5) = .36 / .55.

    >>> round(index_tit_for_tat(0.9, response_lag=0, attended=0.5, noticed=0.8), 6)
    0.654545
    >>> round(index_tit_for_tat(0.5, response_lag=2, attended=1, noticed=1, generosity=0.2), 6)
    0.1
    """
    demand_reading(discount, response_lag, attended, noticed)
    demand_chance("generosity", generosity)
    strength = strength_tit_for_tat(discount, attended, noticed, generosity)
    return float(discount ** (response_lag + 1) * strength)


def index_grim(discount: float, response_lag: float, attended: float, noticed: float) -> float:
    r"""Shadow of the future of grim when reports are read and defections noticed by chance (R13, R23).

    .. math:: I = \frac{w^\ell\, a q}{1 - w(1-aq)}

    Whoever defects for ever is caught in each round with chance :math:`x = aq`; the discounted weight of the
    round of the catch is :math:`x/(1-w(1-x))`, and the answer comes ell rounds later. Cooperation holds iff
    :math:`I \geq \theta` of :func:`theta_grim`.

    Parameters
    ----------
    discount : float
        w in [0, 1), factor per round.
    response_lag : float
        Rounds >= 0; ell is one more.
    attended, noticed : float
        a, q: chances in [0, 1].

    Returns
    -------
    float in [0, 1), dimensionless.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Derived here. At a = q = 1 it is :math:`w^\ell`, Friedman (1971) with lag.

    Examples
    --------
    By hand: .9 * .4 / (1 - .9 * .6) = .36 / .46.

    >>> round(index_grim(0.9, response_lag=0, attended=0.5, noticed=0.8), 6)
    0.782609
    """
    demand_reading(discount, response_lag, attended, noticed)
    return float(discount ** (response_lag + 1) * strength_grim(discount, attended, noticed))
