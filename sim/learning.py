r"""Two minds above the automata: copying those who earn more, and calculating whether reciprocity pays.

Definitions
-----------
*Imitation* is the pairwise comparison of Blume (1993) and Traulsen, Pacheco & Nowak (2007): a party meets a model and
takes its strategy with the Fermi chance. A *calculating* party keeps its reciprocal strategy and a *stance*: it stays
reciprocal while the shadow of the future outweighs the temptation,

.. math:: \frac{1}{k_i} \sum_j b_{ij} I_{ij} \ge \theta_i,

where :math:`I_{ij}` is the index of Axelrod & Keohane's three conditions toward partner j (horizon, information, quick
feedback), :math:`b_{ij}` whether it still believes j reciprocal, and :math:`\theta_i` the temptation in relation to
what the punishment takes away. Partners are taken to be like oneself; a tie cooperates.
"""

from sim.arithmetic import exponential, power
from sim.compiled import rule

KINDS = ("none", "imitation", "calculating")
NONE, IMITATION, CALCULATING = range(3)
SCOPES = ("party", "partner")
PARTY, PARTNER = range(2)


@rule
def fermi(own: float, model: float, strength: float) -> float:
    r"""Chance to take the model's strategy, :math:`1 / (1 + e^{-\beta (\pi_m - \pi_i)})`.

    ``own`` and ``model`` are payoffs per act since the last revision, ``strength`` is :math:`\beta` per payoff.

    >>> fermi(1.0, 1.0, 5.0), fermi(0.0, 1.0, 5.0) > 0.99
    (0.5, True)
    """
    return 1.0 / (1.0 + exponential(-strength * (model - own)))


@rule
def shadow(discount: float, ell: int) -> float:
    r"""Weight of the first answered round, :math:`w^\ell`, by repeated products.

    >>> shadow(0.5, 3)
    0.125
    """
    return power(discount, ell)


@rule
def grim_index(discount: float, ell: int, attended: float, noticed: float) -> float:
    r"""Index against a partner that never forgives, :math:`w^\ell x / (1 - w (1 - x))`, :math:`x = a q` (R4, R13, R23).

    >>> grim_index(0.5, 2, 1.0, 1.0)
    0.25
    """
    x = attended * noticed
    return shadow(discount, ell) * x / (1.0 - discount * (1.0 - x))


@rule
def tit_for_tat_index(discount: float, ell: int, attended: float, noticed: float, generosity: float) -> float:
    r"""Index against a partner that answers once, :math:`w^\ell a q (1 - g) / (1 - w (1 - a))` (R11, R22).

    >>> tit_for_tat_index(0.5, 2, 1.0, 1.0, 0.5)
    0.125
    """
    x = attended * noticed
    return shadow(discount, ell) * x * (1.0 - generosity) / (1.0 - discount * (1.0 - attended))


@rule
def reciprocity_pays(
    believed_index: float, temptation: float, reward: float, punishment: float, sucker: float, forgives: bool
) -> bool:
    r"""Whether staying reciprocal is a best reply, given the mean index over the partners still believed reciprocal.

    ``reward`` and ``sucker`` are those after coordination cost and outdated procedures. Reciprocity pays if there is no
    temptation (T <= R), never if cooperation earns no more than its collapse (R <= P), else iff

    .. math:: I \ge \theta,\quad \theta = \frac{T-R}{T-P}\ \text{(unforgiving)},\quad
              \theta = \max\left(\frac{T-R}{R-S}, \frac{T-R}{T-P}\right)\ \text{(forgiving; first term only if R > S)}.

    >>> reciprocity_pays(0.5, 5.0, 3.0, 1.0, 0.0, forgives=False), reciprocity_pays(0.5, 5.0, 3.0, 1.0, 0.0, True)
    (True, False)
    """
    if temptation <= reward:
        return True
    if reward <= punishment:
        return False
    theta = (temptation - reward) / (temptation - punishment)
    if forgives and reward > sucker:
        theta = max(theta, (temptation - reward) / (reward - sucker))
    return believed_index >= theta
