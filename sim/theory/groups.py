r"""Many parties in one group: public good, coordination, monitors, volunteers (A1 to A19).

The public good. Each of n parties may pay 1 to add r, which all share: whoever contributes gets back r/n. It is
a dilemma iff 1 < r < n.
"""

from sim.theory._domain import (
    NoClosedForm,
    demand,
    demand_chance,
    demand_count,
    demand_dilemma,
    demand_discount,
    demand_form,
    demand_lag,
    demand_positive,
)


def _demand_group(parties: int, multiplier: float) -> None:
    """Refuse what is no dilemma: n parties and a multiplier r with 1 < r < n."""
    demand_count("parties", parties, 2)
    if not 1 < multiplier < parties:
        raise NoClosedForm(f"a public good is a dilemma iff 1 < r < n; got r = {multiplier}, n = {parties}")


# --- Group size and the future (A1, A2, A3, A15) ----------------------------------------------------


def critical_discount_group(
    parties: int,
    multiplier: float,
    response_lag: float = 0,
    coordination_cost: float = 0,
    degree: float = 0,
) -> float:
    r"""Smallest discount at which a group of grim contributors holds (A1; A3, A15).

    .. math::
        w^* = \left(1 - \frac{r - 1 - \kappa\delta}{r (n-1)/n}\right)^{1/\ell}, \qquad
        \text{at } \kappa = 0:\ \left(\frac{n-r}{r(n-1)}\right)^{1/\ell}

    With r held fixed, more parties raise it towards :func:`critical_discount_large_group`; with the return to
    each, m = r/n, held fixed (r = m n), more parties lower it towards 0 (A3); with pair payoffs held fixed it
    is that of two parties.

    Parameters
    ----------
    parties : int
        n >= 2.
    multiplier : float
        r, :math:`1 < r < n`, payoff that a contribution of 1 adds for all together.
    response_lag : float
        Rounds >= 0.
    coordination_cost, degree : float
        kappa >= 0, payoff per link and contribution; delta >= 0, links of a party; see :func:`mean_links`.

    Returns
    -------
    float in (0, 1), factor per round.

    Raises
    ------
    NoClosedForm
        Unless 1 < r < n; or if coordination eats the surplus, :math:`\kappa\delta \geq r - 1`.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    Standard; coordination cost and lag derived here.

    Examples
    --------
    By hand: 7/27, and with coordination in a mesh of ten 1 - 1.1/2.7.

    >>> round(critical_discount_group(10, 3), 4), round(critical_discount_group(10, 3, 0, 0.1, degree=9), 3)
    (0.2593, 0.593)
    """
    _demand_group(parties, multiplier)
    demand_lag("response_lag", response_lag)
    demand(coordination_cost >= 0, "coordination_cost must be at least 0 (payoff per link)", coordination_cost)
    demand(degree >= 0, "degree must be at least 0 (links of a party)", degree)
    surplus = multiplier - 1 - coordination_cost * degree
    demand_form(
        surplus > 0,
        f"coordination leaves no surplus: r - 1 = {multiplier - 1} against a cost of {coordination_cost * degree}",
    )
    exploited = multiplier * (parties - 1) / parties
    return float((1 - surplus / exploited) ** (1 / (response_lag + 1)))


def critical_discount_large_group(multiplier: float, response_lag: float = 0) -> float:
    r"""What :func:`critical_discount_group` tends to as the group grows with r held fixed (A2).

    .. math:: w^* \to r^{-1/\ell}

    Parameters
    ----------
    multiplier : float
        r > 1.
    response_lag : float
        Rounds >= 0.

    Returns
    -------
    float in (0, 1), factor per round.

    Raises
    ------
    ValueError
        If multiplier <= 1 or response_lag < 0.

    References
    ----------
    Standard; the lag derived here.

    Examples
    --------
    >>> critical_discount_large_group(4), critical_discount_large_group(4, response_lag=1)
    (0.25, 0.5)
    """
    demand(multiplier > 1, "multiplier must exceed 1 (payoff per contribution)", multiplier)
    demand_lag("response_lag", response_lag)
    return float(multiplier ** (-1 / (response_lag + 1)))


# --- Reciprocators that count (A4, A5, A6) ----------------------------------------------------------


def free_rider_gain(parties: int, multiplier: float, discount: float, quorum: int, response_lag: float = 0) -> float:
    r"""What a lone free rider gains among reciprocators who act iff k others did (A4).

    .. math::
        1 - \frac{r}{n} \ \ (k < n-1), \qquad
        (1-w^\ell)\,\frac{r(n-1)}{n} - (r-1) \ \ (k = n-1)

    With k < n-1 the others go on as before, so it gains at every discount: only the collapse of the whole
    group deters.

    Parameters
    ----------
    parties : int
        n >= 3.
    multiplier : float
        r, :math:`1 < r < n`.
    discount : float
        w in [0, 1), factor per round.
    quorum : int
        k, 1 to n - 1 *other* parties.
    response_lag : float
        Rounds >= 0.

    Returns
    -------
    float, payoff per round (normalised by 1 - w) above that of contributing for ever.

    Raises
    ------
    NoClosedForm
        Unless 1 < r < n.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    Derived here for the rules of Boyd and Richerson (1988), Journal of Theoretical Biology 132:337-356.

    Examples
    --------
    By hand, six parties, r = 3, w = .9: 1 - 1/2, and .1 times 2.5 less 2.

    >>> [round(free_rider_gain(6, 3, 0.9, k), 6) for k in (4, 5)]
    [0.5, -1.75]
    """
    demand_count("parties", parties, 3)
    _demand_group(parties, multiplier)
    demand_discount(discount)
    demand_count("quorum", quorum, 1)
    demand(quorum <= parties - 1, f"quorum must be at most {parties - 1}, the number of others", quorum)
    demand_lag("response_lag", response_lag)
    if quorum < parties - 1:
        return 1 - multiplier / parties
    unanswered = 1 - discount ** (response_lag + 1)
    return float(unanswered * multiplier * (parties - 1) / parties - (multiplier - 1))


def group_separatrix(parties: int, multiplier: float, discount: float, response_lag: float = 0) -> float:
    r"""Share of all-or-nothing reciprocators above which they earn more than defectors, random groups (A5, A6).

    .. math:: x^* = \left(\frac{(1-r/n)(1-W)}{W (r-1)}\right)^{1/(n-1)}, \qquad W = w^\ell

    It tends to 1 as the group grows: reciprocity cannot start where few reciprocate.

    Parameters
    ----------
    parties : int
        n >= 2.
    multiplier : float
        r, :math:`1 < r < n`.
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
        Unless 1 < r < n; or if W is so small that defectors earn more at every share (x* > 1).
    ValueError
        If another argument lies outside its range.

    References
    ----------
    After Boyd and Richerson (1988); formula and lag derived here.

    Examples
    --------
    >>> [round(group_separatrix(n, 3, 0.9), 3) for n in (4, 8, 16, 24)]
    [0.24, 0.619, 0.813, 0.877]
    """
    _demand_group(parties, multiplier)
    demand_discount(discount)
    demand_lag("response_lag", response_lag)
    shadow = discount ** (response_lag + 1)
    entry, prize = (1 - multiplier / parties) * (1 - shadow), shadow * (multiplier - 1)
    demand_form(prize >= entry, f"defectors earn more at every share at w^ell = {shadow:.6g}")
    return float((entry / prize) ** (1 / (parties - 1)))


# --- Slips in a group (A7, A8, A9, A17) -------------------------------------------------------------


def critical_discount_noisy_trigger(parties: int, multiplier: float, action_error: float) -> float:
    r"""Smallest discount at which a group holds that stops for ever after any defection, slips included (A7).

    .. math::
        w^* = \frac{1 - r/n}{(1-2\varepsilon)(1-\varepsilon)^{n-1}(r-1) + (1-r/n)(1-\varepsilon)^n}

    The own slip counts too (strategy *trigger*); plain grim, which overlooks it, has another border. At
    response lag 0.

    Parameters
    ----------
    parties : int
        n >= 2.
    multiplier : float
        r, :math:`1 < r < n`.
    action_error : float
        epsilon in [0, 1/2), chance of the opposite act.

    Returns
    -------
    float > 0, factor per round. At 1 or more no discount is large enough.

    Raises
    ------
    NoClosedForm
        Unless 1 < r < n.
    ValueError
        If action_error lies outside [0, 1/2).

    References
    ----------
    Derived here.

    Examples
    --------
    By hand at two parties: .25/(.8 * .9 * .5 + .25 * .81).

    >>> round(critical_discount_noisy_trigger(2, 1.5, 0.1), 6)
    0.444444
    """
    _demand_group(parties, multiplier)
    demand(0 <= action_error < 0.5, "action_error must lie in [0, 1/2) (chance)", action_error)
    tempted, right = 1 - multiplier / parties, 1 - action_error
    kept = (1 - 2 * action_error) * right ** (parties - 1) * (multiplier - 1) + tempted * right**parties
    return float(tempted / kept)


def no_slip_chance(parties: int, action_error: float) -> float:
    r"""Chance that none of some parties slips in a round (A8, A9; A17 for a sub-unit).

    .. math:: (1-\varepsilon)^n

    Parameters
    ----------
    parties : int
        n >= 1, of the group or of the sub-unit.
    action_error : float
        epsilon, chance in [0, 1].

    Returns
    -------
    float in [0, 1], chance per round.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Derived here; sub-units after Bendor and Mookherjee (1987), American Political Science Review.

    Examples
    --------
    >>> no_slip_chance(2, 0.5)
    0.25
    """
    demand_count("parties", parties, 1)
    demand_chance("action_error", action_error)
    return float((1 - action_error) ** parties)


def intact_share(parties: int, action_error: float, discount: float, response_lag: int = 0) -> float:
    r"""Discounted share of rounds in which all mean to cooperate, before the first slip ends it (A8).

    .. math:: 1 - w^{d} + w^{d}\, \frac{1-w}{1-w(1-\varepsilon)^n}

    The round of the first slip still counts, and so do the d rounds until it is read. For unforgiving rules
    that count their own slip.

    Parameters
    ----------
    parties : int
        n >= 1.
    action_error : float
        epsilon, chance in [0, 1].
    discount : float
        w in [0, 1), factor per round.
    response_lag : int
        d >= 0, rounds.

    Returns
    -------
    float in (0, 1], share of discounted rounds.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Derived here.

    Examples
    --------
    >>> [round(intact_share(n, 0.02, 0.95), 3) for n in (2, 10, 30)]
    [0.571, 0.223, 0.104]
    """
    demand_discount(discount)
    demand_lag("response_lag", response_lag)
    waiting = discount**response_lag
    return float(1 - waiting + waiting * (1 - discount) / (1 - discount * no_slip_chance(parties, action_error)))


def mean_intact_run(parties: int, action_error: float, response_lag: int = 0) -> float:
    r"""Mean number of rounds in which all mean to cooperate, before the first slip ends it (A9).

    .. math:: \frac{1}{1-(1-\varepsilon)^n} + d

    Counted as in :func:`intact_share`.

    Parameters
    ----------
    parties : int
        n >= 1.
    action_error : float
        epsilon in (0, 1], chance.
    response_lag : int
        d >= 0, rounds.

    Returns
    -------
    float >= 1, rounds.

    Raises
    ------
    ValueError
        If an argument lies outside its range (without error it never ends).

    References
    ----------
    Derived here.

    Examples
    --------
    By hand: 1/(1 - 1/4), and two rounds more.

    >>> round(mean_intact_run(2, 0.5), 6), round(mean_intact_run(2, 0.5, response_lag=2), 6)
    (1.333333, 3.333333)
    """
    demand_positive("action_error", action_error, "chance")
    demand_lag("response_lag", response_lag)
    return 1 / (1 - no_slip_chance(parties, action_error)) + response_lag


# --- Volunteers (A10, A11, A12) ---------------------------------------------------------------------


def volunteer_chance(parties: int, cost_share: float) -> float:
    r"""Chance with which each acts, in the symmetric equilibrium of the volunteer's dilemma (A10).

    .. math:: p = 1 - (K/B)^{1/(n-1)}

    Each gets B if at least one acts, an actor pays K.

    Parameters
    ----------
    parties : int
        n >= 2.
    cost_share : float
        K/B in (0, 1), dimensionless.

    Returns
    -------
    float in (0, 1), chance. The payoff is B - K, whatever n.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Diekmann (1985), Journal of Conflict Resolution.

    Examples
    --------
    >>> round(volunteer_chance(2, 0.3), 6), round(volunteer_chance(3, 0.25), 6)
    (0.7, 0.5)
    """
    demand_count("parties", parties, 2)
    demand(0 < cost_share < 1, "cost_share must lie in (0, 1) (cost over benefit)", cost_share)
    return float(1 - cost_share ** (1 / (parties - 1)))


def nobody_acts(parties: int, cost_share: float) -> float:
    r"""Chance that nobody acts in that equilibrium: the gap (A11).

    .. math:: (K/B)^{n/(n-1)}

    It rises to K/B with n. With n - 1 victims of a defection, and K the price of punishing it, the chance that
    no one punishes is the value at n - 1.

    Parameters, errors and source as in :func:`volunteer_chance`.

    Returns
    -------
    float in (0, 1), chance.

    Examples
    --------
    >>> [round(nobody_acts(n, 0.3), 3) for n in (2, 3, 5, 8, 12, 24)]
    [0.09, 0.164, 0.222, 0.253, 0.269, 0.285]
    """
    return float((1 - volunteer_chance(parties, cost_share)) ** parties)


def several_act(parties: int, cost_share: float) -> float:
    r"""Chance that two or more act in that equilibrium: the duplication (A11).

    .. math:: 1 - (1-p)^n - n p (1-p)^{n-1}

    Parameters, errors and source as in :func:`volunteer_chance`.

    Returns
    -------
    float in (0, 1), chance.

    Examples
    --------
    >>> [round(several_act(n, 0.3), 3) for n in (2, 3, 5, 8, 12, 24)]
    [0.49, 0.429, 0.388, 0.368, 0.358, 0.348]
    """
    one = parties * volunteer_chance(parties, cost_share) * cost_share
    return 1 - nobody_acts(parties, cost_share) - one


def expected_volunteers(parties: int, cost_share: float) -> float:
    r"""Mean number of parties that act in that equilibrium (A12).

    .. math:: n p \to -\ln(K/B)

    Parameters, errors and source as in :func:`volunteer_chance`.

    Returns
    -------
    float > 0, parties.

    Examples
    --------
    >>> round(expected_volunteers(2, 0.3), 6), round(expected_volunteers(10**6, 0.3), 3)
    (1.4, 1.204)
    """
    return parties * volunteer_chance(parties, cost_share)


# --- Links, fines (A13, A14, A16) -------------------------------------------------------------------


def links(kind: str, parties: int) -> int:
    r"""Number of links of a mesh, :math:`n(n-1)/2`, or of a hub, :math:`n-1` (A13).

    Parameters
    ----------
    kind : str
        ``mesh``: all with all; ``hub``: all with one.
    parties : int
        n >= 2.

    Returns
    -------
    int, count.

    Raises
    ------
    ValueError
        If kind is another word, or parties is not a whole number >= 2.

    Examples
    --------
    >>> [(links("mesh", n), links("hub", n)) for n in (3, 9, 24)]
    [(3, 2), (36, 8), (276, 23)]
    """
    demand_count("parties", parties, 2)
    counts = {"mesh": parties * (parties - 1) // 2, "hub": parties - 1}
    if kind not in counts:
        raise ValueError(f"kind must be one of {', '.join(counts)}, got {kind!r}")
    return counts[kind]


def mean_links(kind: str, parties: int) -> float:
    r"""Mean number of links of a party, :math:`2/n` times :func:`links` (A14, A15).

    Parameters and errors as in :func:`links`.

    Returns
    -------
    float >= 1, links per party: n - 1 in a mesh, 2(n-1)/n in a hub whose cost all share equally.

    Examples
    --------
    >>> mean_links("mesh", 10), mean_links("hub", 10)
    (9.0, 1.8)
    """
    return 2 * links(kind, parties) / parties


def largest_mesh(multiplier: float, coordination_cost: float) -> float:
    r"""Group size below which a mesh keeps a surplus after coordination (A14).

    .. math:: n < 1 + \frac{r-1}{\kappa}

    A hub whose cost all share equally, :math:`2\kappa(n-1)/n` each, keeps one at every size iff
    :math:`r - 1 \geq 2\kappa`.

    Parameters
    ----------
    multiplier : float
        r > 1.
    coordination_cost : float
        kappa > 0, payoff per own link while contributing.

    Returns
    -------
    float, parties, not rounded; at this size nothing is left.

    Raises
    ------
    ValueError
        If an argument lies outside its range.

    References
    ----------
    Derived here.

    Examples
    --------
    >>> largest_mesh(3, 0.25)
    9.0
    """
    demand(multiplier > 1, "multiplier must exceed 1 (payoff per contribution)", multiplier)
    demand_positive("coordination_cost", coordination_cost, "payoff per link")
    return 1 + (multiplier - 1) / coordination_cost


def least_fine(
    parties: int,
    multiplier: float,
    discount: float,
    noticed: float,
    false_alarm: float = 0,
    response_lag: float = 0,
) -> float:
    r"""Smallest fine by which a central monitor deters a free rider (A16).

    .. math:: F \geq \frac{1 - r/n}{w^\ell (q-f)}

    Bounded in n (it tends to :math:`1/(w^\ell (q-f))`), where :func:`group_separatrix` tends to 1: a targeted
    sanction does not lose its edge in large groups.

    Parameters
    ----------
    parties : int
        n >= 2.
    multiplier : float
        r, :math:`1 < r < n`.
    discount : float
        w in (0, 1), factor per round.
    noticed, false_alarm : float
        q, f: chance of a finding against a defector and against a contributor.
    response_lag : float
        Rounds >= 0 of the monitor.

    Returns
    -------
    float > 0, payoff per finding.

    Raises
    ------
    NoClosedForm
        Unless 1 < r < n and q > f: else no fine deters; nor if w = 0.
    ValueError
        If another argument lies outside its range.

    References
    ----------
    After Bendor and Mookherjee (1987); formula derived here.

    Examples
    --------
    By hand: .5/(.25 * .5).

    >>> least_fine(6, 3, discount=0.5, noticed=0.6, false_alarm=0.1, response_lag=1)
    4.0
    """
    _demand_group(parties, multiplier)
    demand_discount(discount)
    demand_lag("response_lag", response_lag)
    demand_chance("noticed", noticed)
    demand_chance("false_alarm", false_alarm)
    edge = discount ** (response_lag + 1) * (noticed - false_alarm)
    demand_form(edge > 0, f"no fine deters: findings must tell and count, w^ell (q - f) = {edge}")
    return float((1 - multiplier / parties) / edge)


# --- Finite populations (A18, A19) ------------------------------------------------------------------


def favoured_separatrix(parties: int) -> float:
    r"""Separatrix below which selection favours reciprocators of groups of n, finite population (A18).

    .. math:: \left(\frac{2}{n(n+1)}\right)^{1/(n-1)}

    Large population, weak selection, :func:`group_separatrix` as the game has it. It is 1/3 at n = 2.

    Parameters
    ----------
    parties : int
        n >= 2, of a group.

    Returns
    -------
    float in (0, 1), share.

    Raises
    ------
    ValueError
        If parties is not a whole number >= 2.

    References
    ----------
    Kurokawa and Ihara (2009), Proceedings of the Royal Society B.

    Examples
    --------
    >>> round(favoured_separatrix(2), 6), round(favoured_separatrix(3), 6)
    (0.333333, 0.408248)
    """
    demand_count("parties", parties, 2)
    return float((2 / (parties * (parties + 1))) ** (1 / (parties - 1)))


def one_third_rounds(temptation: float, reward: float, punishment: float, sucker: float) -> float:
    r"""Rounds above which selection favours tit for tat replacing defectors, finite population (A19).

    .. math:: m > \frac{T + P - 2S}{R - P}

    Large population, weak selection, a known number of rounds at response lag 0.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per round.

    Returns
    -------
    float, rounds, not rounded.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S.

    References
    ----------
    Nowak, Sasaki, Taylor and Fudenberg (2004), Nature.

    Examples
    --------
    >>> one_third_rounds(5, 3, 1, 0)
    3.0
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    return (temptation + punishment - 2 * sucker) / (reward - punishment)
