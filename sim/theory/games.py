r"""The stage game: its kind, its indices, and what an index of the future must reach (G1, G2, G3, R1, R2)."""

from collections.abc import Callable

from sim.theory._domain import demand, demand_dilemma, demand_form, lasting_temptation, strongest_temptation

# --- Kinds of game (G1, G2) -------------------------------------------------------------------------


def kind_of_game(temptation: float, reward: float, punishment: float, sucker: float) -> str:
    """Name of a symmetric game of two acts, by the ordering of its payoffs (G1).

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs T, R, P, S per link and round.

    Returns
    -------
    str
        ``prisoners_dilemma`` T > R > P > S, ``stag_hunt`` R > T >= P > S, ``chicken`` T > R > S > P,
        ``harmony`` R > T and S > P, ``deadlock`` T > P > R > S.

    Raises
    ------
    NoClosedForm
        If the payoffs have none of these orderings, as where two of them tie.

    References
    ----------
    Rapoport and Guyer (1966), General Systems, list the orderings.

    Examples
    --------
    >>> kind_of_game(5, 3, 1, 0), kind_of_game(3, 5, 1, 0), kind_of_game(5, 3, 0, 1)
    ('prisoners_dilemma', 'stag_hunt', 'chicken')
    """
    t, r, p, s = temptation, reward, punishment, sucker
    orderings = {
        "prisoners_dilemma": t > r > p > s,
        "stag_hunt": r > t >= p > s,
        "chicken": t > r > s > p,
        "harmony": r > t and s > p,
        "deadlock": t > p > r > s,
    }
    named = [kind for kind, holds in orderings.items() if holds]
    demand_form(bool(named), f"no kind of game has T = {t}, R = {r}, P = {p}, S = {s} (payoff per link and round)")
    return named[0]


def pure_equilibria(temptation: float, reward: float, punishment: float, sucker: float) -> tuple[str, ...]:
    r"""Pairs of acts, own act first, from which no single party gains by turning away alone, played once (G1).

    CC iff :math:`R \geq T`; DD iff :math:`P \geq S`; CD and DC iff :math:`T \geq R` and :math:`S \geq P`.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs T, R, P, S per link and round; any.

    Returns
    -------
    tuple of str, in the order CC, CD, DC, DD.

    References
    ----------
    Nash (1950), Proceedings of the National Academy of Sciences, for the concept.

    Examples
    --------
    >>> pure_equilibria(5, 3, 1, 0), pure_equilibria(3, 5, 1, 0), pure_equilibria(5, 3, 0, 1)
    (('DD',), ('CC', 'DD'), ('CD', 'DC'))
    """
    apart = temptation >= reward and sucker >= punishment
    holds = {"CC": reward >= temptation, "CD": apart, "DC": apart, "DD": punishment >= sucker}
    return tuple(pair for pair, does in holds.items() if does)


def mixed_cooperation_share(temptation: float, reward: float, punishment: float, sucker: float) -> float:
    r"""Share of C at which both acts earn the same (G2).

    .. math:: x = \frac{P-S}{P-S+R-T}

    In a stag hunt a population that starts above x ends in C and below it in D; in chicken it ends at x.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs of a stag hunt or of chicken, per link and round.

    Returns
    -------
    float in (0, 1), share of C.

    Raises
    ------
    NoClosedForm
        For any other kind of game: there one act is best whatever the others do.

    References
    ----------
    Maynard Smith (1982), Evolution and the Theory of Games, for the mixed equilibrium of chicken.

    Examples
    --------
    By hand: 1/(1 + 2).

    >>> round(mixed_cooperation_share(3, 5, 1, 0), 6), round(mixed_cooperation_share(5, 3, 0, 1), 6)
    (0.333333, 0.333333)
    """
    kind = kind_of_game(temptation, reward, punishment, sucker)
    demand_form(kind in ("stag_hunt", "chicken"), f"only stag hunt and chicken have a mixed share; this is {kind}")
    return (punishment - sucker) / (punishment - sucker + reward - temptation)


# --- Mutuality of interests (G3) --------------------------------------------------------------------


def cooperation_index(temptation: float, reward: float, punishment: float, sucker: float) -> float:
    r"""Index of cooperation of a prisoner's dilemma (G3).

    .. math:: K = \frac{R-P}{T-S}

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round.

    Returns
    -------
    float in (0, 1), dimensionless; the larger, the more mutual cooperation is worth.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S.

    References
    ----------
    Rapoport and Chammah (1965), Prisoner's Dilemma.

    Examples
    --------
    >>> cooperation_index(5, 3, 1, 0)
    0.4
    """
    demand_dilemma(temptation, reward, punishment, sucker)
    return (reward - punishment) / (temptation - sucker)


def conflict_area(temptation: float, reward: float, punishment: float, sucker: float, corner: str) -> float:
    r"""Share of the square of joint demands that no agreement can meet (G3).

    .. math::
        \text{corner S: } \frac{T-R}{T-S}, \qquad
        \text{corner P: } \frac{T-R}{(T-P)^2}\left(T - S - \frac{(P-S)^2}{R-S}\right)

    The square reaches from the corner payoff to T for both parties; what lies beyond the line from (S, T) over
    (R, R) to (T, S) is out of reach. **It is after an idea of Axelrod (1967), not his measure**: which corner he
    uses for the dilemma has not been checked against his text.

    Parameters
    ----------
    temptation, reward, punishment, sucker : float
        Payoffs :math:`T > R > P > S` per link and round, :math:`2R \geq T + S`.
    corner : str
        ``sucker`` or ``punishment``: the least payoff of the square.

    Returns
    -------
    float in (0, 1), share of the square.

    Raises
    ------
    NoClosedForm
        Unless T > R > P > S and 2R >= T + S (else the frontier is another line).
    ValueError
        If corner is another word.

    References
    ----------
    Areas derived here.

    Examples
    --------
    By hand: 2/5, and 2/16 of 5 - 1/3.

    >>> conflict_area(5, 3, 1, 0, corner="sucker"), round(conflict_area(5, 3, 1, 0, corner="punishment"), 6)
    (0.4, 0.583333)
    """
    t, r, p, s = temptation, reward, punishment, sucker
    demand_dilemma(t, r, p, s)
    demand_form(2 * r >= t + s, f"mutual cooperation must lie on the frontier, 2R >= T + S; got {2 * r} and {t + s}")
    areas: dict[str, Callable[[], float]] = {
        "sucker": lambda: (t - r) / (t - s),
        "punishment": lambda: (t - r) * (t - s - (p - s) ** 2 / (r - s)) / (t - p) ** 2,
    }
    if corner not in areas:
        raise ValueError(f"corner must be one of {', '.join(areas)}, got {corner!r}")
    return areas[corner]()


# --- What an index must reach (R1, R2) --------------------------------------------------------------


def theta_tit_for_tat(temptation: float, reward: float, punishment: float, sucker: float) -> float:
    r"""Smallest index at which tit for tat deters both a single and lasting defection (R1).

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
    demand_dilemma(temptation, reward, punishment, sucker)
    return strongest_temptation(temptation, reward, punishment, sucker)


def theta_grim(temptation: float, reward: float, punishment: float) -> float:
    r"""Smallest index at which grim deters defection (R2).

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
    demand_dilemma(temptation, reward, punishment)
    return lasting_temptation(temptation, reward, punishment)


def gain_against_alld(punishment: float, sucker: float) -> float:
    r"""What one act of C gains against a party that always defects: nothing, at every discount (R10).

    .. math:: S - P < 0

    No answer follows, so the discount plays no part, and a world of defectors is stable.

    Parameters
    ----------
    punishment, sucker : float
        Payoffs :math:`P > S` per link and round.

    Returns
    -------
    float < 0, payoff per round in which it cooperates.

    Raises
    ------
    ValueError
        Unless P > S.

    References
    ----------
    Axelrod (1981), collective stability of unconditional defection.

    Examples
    --------
    >>> gain_against_alld(punishment=1, sucker=0)
    -1
    """
    demand(punishment > sucker, "punishment must exceed sucker (payoff per link and round)", punishment)
    return sucker - punishment
