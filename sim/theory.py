r"""Closed forms of repeated cooperation: where reciprocity must break, before anything is simulated.

This module imports nothing of ours: it is the second opinion that both the agents and the tests are held
against. Every function is pure, takes plain numbers and returns a plain number. Row names (R3, T5) are those
of the table of predictions.

Definitions and notation
------------------------
The game. Two parties choose C (cooperate) or D (defect) in each round. A party gets :math:`R` (reward) when
both cooperate, :math:`S` (sucker) when it alone cooperates, :math:`T` (temptation) when it alone defects, and
:math:`P` (punishment) when both defect. All borders below are for the prisoner's dilemma,
:math:`T > R > P > S`.

======== ======================== ========================== =================================================
symbol   name in the code         unit, range                meaning
======== ======================== ========================== =================================================
T, R     temptation, reward       payoff per link and round  see above
P, S     punishment, sucker       payoff per link and round  see above
w        discount                 factor, [0, 1)             weight of the next round against this one
ell      response lag + 1         rounds, >= 1               rounds for which a defection goes unanswered
d        response_lag             rounds, >= 0               ell - 1
theta    theta                    dimensionless, > 0         what an index must reach
I        index                    dimensionless, [0, 1)      shadow of the future: holds iff I >= theta
A        attention                partners per round, > 0    reports a party can read in a round
k        partners                 count, >= 1, may be real   partners of a party; a mean when parties differ
a        attended                 chance, [0, 1]             a report is read: min(1, A/k)
q        noticed                  chance, [0, 1]             a defection that is read is seen as one: 1 - miss
g        generosity               chance, [0, 1]             a seen defection is answered by C all the same
kappa    coordination_cost        payoff, >= 0               price of a cooperative act per *other* partner
L        government_lag           rounds, >= 0               rounds until a new modus is answered
tau      interval                 rounds, >= 1               (mean) life of a modus of traffickers
s        switching_chance, chance chance, [0, 1]             a trafficker takes a new modus in a round
u        outdated                 share, [0, 1]              share of time in which procedures are outdated
rho      relevance                share, [0, 1]              share of R - P lost while they are outdated
======== ======================== ========================== =================================================

Lag convention. ell counts the round of the defection itself: ``response_lag`` 0 is the textbook game, in
which a defection is answered in the very next round and ell = 1.

Lags and partners may be real numbers, since curves are drawn through them (a mean number of partners, a
lag drawn from a lognormal law). In a run they are whole.

What a border is. "Holds" means: mutual cooperation is an equilibrium, that is, no plan of a single deviator
pays against the given rule. No function says that agents *will* cooperate inside the border. At equality
cooperation holds; a test of a run should keep off the border, since rounding decides there.

References
----------
Axelrod (1981), American Political Science Review 75:306-318. Axelrod (1984), The Evolution of Cooperation.
Axelrod and Keohane (1985), World Politics 38:226-254. Friedman (1971), Review of Economic Studies 38:1-12.
Where a function says *derived here*, the derivation is in its docstring, and the tests search a
deviator's plans.
"""

import math

__all__ = [
    "NoClosedForm",
    "attended",
    "cooperation_payoffs",
    "critical_discount_tit_for_tat",
    "critical_government_lag",
    "critical_response_lag",
    "critical_response_lag_tit_for_tat",
    "index_grim",
    "index_tit_for_tat",
    "longest_response_lag",
    "margin",
    "theta_grim",
    "theta_tit_for_tat",
    "uncovered_share_fixed",
    "uncovered_share_geometric",
    "uncovered_share_random",
]

# ln(theta)/ln(w) is rounded twice; an exponent this close to a whole number is that number.
TIE = 1e-9


class NoClosedForm(ValueError):
    """No closed form is known for this case; the reason is the message."""


# --- The domain -----------------------------------------------------------------------------------


def _demand(fits: bool, law: str, value: float) -> None:
    if not (fits and math.isfinite(value)):
        raise ValueError(f"{law}, got {value}")


def _demand_chance(name: str, value: float) -> None:
    _demand(0 <= value <= 1, f"{name} must lie in [0, 1] (chance or share)", value)


def _demand_discount(discount: float) -> None:
    _demand(0 <= discount < 1, "discount must lie in [0, 1) (factor per round)", discount)


def _demand_lag(name: str, value: float) -> None:
    _demand(value >= 0, f"{name} must be at least 0 rounds", value)


def _demand_interval(interval: float) -> None:
    _demand(interval >= 1, "interval must be at least 1 round", interval)


def _demand_partners(partners: float) -> None:
    _demand(partners >= 1, "partners must be at least 1 (count of links of a party)", partners)


def _demand_dilemma(temptation: float, reward: float, punishment: float, sucker: float = -math.inf) -> None:
    if not math.inf > temptation > reward > punishment > sucker:
        shown = "" if sucker == -math.inf else f", S = {sucker}"
        raise NoClosedForm(
            "the border is derived for a prisoner's dilemma, T > R > P > S (payoff per link and round); "
            f"got T = {temptation}, R = {reward}, P = {punishment}{shown}"
        )


# --- What an index must reach ---------------------------------------------------------------------


def _theta_grim(temptation: float, reward: float, punishment: float) -> float:
    return (temptation - reward) / (temptation - punishment)


def _theta_tit_for_tat(temptation: float, reward: float, punishment: float, sucker: float) -> float:
    return max((temptation - reward) / (reward - sucker), _theta_grim(temptation, reward, punishment))


def theta_tit_for_tat(temptation: float, reward: float, punishment: float, sucker: float) -> float:
    r"""Smallest index at which tit for tat deters both a single defection and lasting defection.

    .. math:: \theta = \max\left(\frac{T-R}{R-S}, \frac{T-R}{T-P}\right)

    The first ratio belongs to the deviator who defects once and repents (it gains T - R, then loses R - S),
    the second to the one who defects for ever (it loses T - P in each punished round).

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round, any common unit.

    Returns
    -------
    float
        theta > 0, dimensionless. At 1 or more (that is, unless 2R > T + S) no discount is large enough.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S.

    References
    ----------
    Axelrod (1981), theorem on the collective stability of tit for tat; also Axelrod (1984), appendix B.

    Examples
    --------
    >>> round(theta_tit_for_tat(5, 3, 1, 0), 4)
    0.6667
    """
    _demand_dilemma(temptation, reward, punishment, sucker)
    return _theta_tit_for_tat(temptation, reward, punishment, sucker)


def theta_grim(temptation: float, reward: float, punishment: float) -> float:
    r"""Smallest index at which grim deters defection.

    .. math:: \theta = \frac{T-R}{T-P}

    Grim never forgives, so whoever defects once does best to defect for ever.

    Parameters
    ----------
    temptation, reward, punishment : float
        Payoffs :math:`T > R > P` per link and round, any common unit.

    Returns
    -------
    float in (0, 1), dimensionless.

    Raises
    ------
    NoClosedForm
        Unless T > R > P.

    References
    ----------
    Friedman (1971).

    Examples
    --------
    >>> theta_grim(5, 3, 1)
    0.5
    """
    _demand_dilemma(temptation, reward, punishment)
    return _theta_grim(temptation, reward, punishment)


# --- Slow response (R3, R5) -----------------------------------------------------------------------


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
    _demand_lag("response_lag", response_lag)
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
    _demand(theta > 0, "theta must exceed 0 (dimensionless)", theta)
    _demand_discount(discount)
    if discount == 0 or theta >= 1:
        return 0
    rounds = math.log(theta) / math.log(discount)
    nearest = round(rounds)
    return nearest if math.isclose(rounds, nearest, rel_tol=TIE) else math.floor(rounds)


# --- Limited attention and missed defections (R22, R23) -------------------------------------------


def attended(attention: float, partners: float) -> float:
    r"""Chance that a party reads the report about a given partner in a round.

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
    _demand(attention > 0, "attention must exceed 0 partners per round", attention)
    _demand_partners(partners)
    return min(1.0, attention / partners)


def _demand_reading(discount: float, response_lag: float, attended: float, noticed: float) -> None:
    _demand_discount(discount)
    _demand_lag("response_lag", response_lag)
    _demand_chance("attended", attended)
    _demand_chance("noticed", noticed)


def _strength_tit_for_tat(discount: float, attended: float, noticed: float, generosity: float) -> float:
    """Index of tit for tat without its lag: what ``discount ** ell`` multiplies."""
    return attended * noticed * (1 - generosity) / (1 - discount * (1 - attended))


def _strength_grim(discount: float, attended: float, noticed: float) -> float:
    """Index of grim without its lag: what ``discount ** ell`` multiplies."""
    read = attended * noticed
    return read / (1 - discount * (1 - read))


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
    _demand_reading(discount, response_lag, attended, noticed)
    _demand_chance("generosity", generosity)
    strength = _strength_tit_for_tat(discount, attended, noticed, generosity)
    return float(discount ** (response_lag + 1) * strength)


def index_grim(discount: float, response_lag: float, attended: float, noticed: float) -> float:
    r"""Shadow of the future of grim when reports are read and defections noticed by chance (R23).

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
    _demand_reading(discount, response_lag, attended, noticed)
    return float(discount ** (response_lag + 1) * _strength_grim(discount, attended, noticed))


# --- Coordination complexity (R24) ----------------------------------------------------------------


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
    _demand(coordination_cost >= 0, "coordination_cost must be at least 0 (payoff)", coordination_cost)
    _demand_partners(partners)
    cost = coordination_cost * (partners - 1)
    return reward - cost, sucker - cost


# --- Slow answers to a moving modus (T4, T5, T6) --------------------------------------------------


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
    _demand_lag("government_lag", government_lag)
    _demand_interval(interval)
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
    _demand_lag("government_lag", government_lag)
    _demand_chance("chance", chance)
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
    _demand_lag("government_lag", government_lag)
    _demand_interval(interval)
    return 0.0 if government_lag == 0 else government_lag / (government_lag + interval - 1)


# --- Number of actors and both lags in one inequality (R25) ---------------------------------------


def _loss_of_reward(reward: float, punishment: float, relevance: float, outdated: float) -> float:
    _demand_chance("relevance", relevance)
    _demand_chance("outdated", outdated)
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
    _demand_dilemma(temptation, reward, punishment)
    index = index_grim(discount, response_lag, attended(attention, partners), noticed)
    kept, _ = cooperation_payoffs(reward, 0.0, coordination_cost, partners)
    kept -= _loss_of_reward(reward, punishment, relevance, outdated)
    return index - _theta_grim(temptation, kept, punishment)


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
    _demand_chance("relevance", relevance)
    _demand_chance("switching_chance", switching_chance)
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
    _demand_dilemma(temptation, reward, punishment)
    _demand_reading(discount, 0, attended(attention, partners), noticed)
    kept, _ = cooperation_payoffs(reward, 0.0, coordination_cost, partners)
    kept -= _loss_of_reward(reward, punishment, relevance, outdated)
    strength = _strength_grim(discount, attended(attention, partners), noticed)
    return _longest_lag_for_theta(_theta_grim(temptation, kept, punishment), discount, strength)


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
    r"""Longest response lag at which a pair of (generous) tit for tat parties cooperates (R22 with R24).

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
    _demand_dilemma(temptation, reward, punishment, sucker)
    _demand_reading(discount, 0, attended(attention, partners), noticed)
    _demand_chance("generosity", generosity)
    kept, exploited = cooperation_payoffs(reward, sucker, coordination_cost, partners)
    kept -= _loss_of_reward(reward, punishment, relevance, outdated)
    strength = _strength_tit_for_tat(discount, attended(attention, partners), noticed, generosity)
    theta = _theta_tit_for_tat(temptation, kept, punishment, exploited)
    return _longest_lag_for_theta(theta, discount, strength)
