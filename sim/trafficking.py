r"""Traffickers: a modus that works until the government has answered it, and the choice of a new one.

Definitions
-----------
A trafficker holds one *modus* and an *effort* of 0 (idle) or 1 (active). *Joint capacity* is the share of full
cooperation the government reached in a round, in integer units of 2^-20. A modus is *covered* once the capacity that
was brought to bear on it (``accumulated``) reaches L = ``government_lag`` rounds of full cooperation: full cooperation
covers it at exactly age L, failing cooperation later. Payoffs per round: gain G while active and uncovered, penalty F
while active and covered, switching cost Ks for each new modus. *Attempts*, *true incidence* and *detected cases* are
three separate series.
"""

import numpy as np

from sim.arithmetic import exponential, normal
from sim.compiled import rule
from sim.luck import pick

SWITCHING = ("fixed", "random", "adaptive")
FIXED, RANDOM, ADAPTIVE = range(3)
COVER_LAWS = ("fixed", "geometric")
BY_AGE, BY_CHANCE = range(2)
CAPACITIES = ("mean", "weakest_link", "best_shot", "threshold")
MEAN, WEAKEST_LINK, BEST_SHOT, THRESHOLD = range(4)
STARTS = ("known", "new")
KNOWN, NEW = range(2)
FULL = 1 << 20
"""Joint capacity of full cooperation; the unit is 2^-20."""
ENTRIES = 1024
"""Quantiles of the lag of a new modus that a draw chooses from."""
QUANTILES = np.array([normal((entry + 0.5) / ENTRIES) for entry in range(ENTRIES)])
"""Those of the standard normal law, made once, in plain Python, for both engines."""


@rule
def is_answered(accumulated: int, lag: int) -> bool:
    """Whether the capacity brought to bear on a modus covers it: ``accumulated >= lag`` rounds of full cooperation.

    >>> is_answered(4 * FULL, 4), is_answered(4 * FULL - 1, 4)
    (True, False)
    """
    return accumulated >= lag << 20


@rule
def moves_by_calendar(time: int, trafficker: int, traffickers: int, interval: int) -> bool:
    """Fixed switching: a new modus every ``interval`` rounds, traffickers evenly out of step.

    >>> [t for t in range(9) if moves_by_calendar(t, trafficker=1, traffickers=2, interval=4)]
    [2, 6]
    """
    return time > 0 and (time + trafficker * interval // traffickers) % interval == 0


@rule
def moves_by_chance(time: int, draw: int, chance: int) -> bool:
    """Random switching: a new modus with the same chance in every round after the first (T5).

    >>> moves_by_chance(0, 0, chance=9), moves_by_chance(1, 8, chance=9), moves_by_chance(1, 9, chance=9)
    (False, True, False)
    """
    return time > 0 and draw < chance


@rule
def new_modus_pays(gain: float, government_lag: int, switching_cost: float, capacity: int) -> bool:
    """Best reply of an adaptive trafficker: the gain while uncovered exceeds the cost of a new modus (T7, T8).

    The modus stays uncovered ``government_lag * FULL / capacity`` rounds, hence ``G L FULL > Ks capacity``.

    >>> new_modus_pays(2.0, 3, 6.0, FULL), new_modus_pays(2.0, 4, 6.0, FULL), new_modus_pays(2.0, 3, 6.0, FULL // 2)
    (False, True, True)
    """
    return gain * government_lag * 1048576.0 > switching_cost * capacity


@rule
def answer_by_teams(capacity: int, teams: int, uncovered: int) -> int:
    """Capacity brought to bear on each uncovered modus when only ``teams`` of them can be answered at once (0: all).

    >>> answer_by_teams(FULL, teams=2, uncovered=4) == FULL // 2, answer_by_teams(FULL, 0, 4) == FULL
    (True, True)
    """
    if teams == 0:
        return capacity
    return (capacity * min(teams, uncovered)) // uncovered


@rule
def chance_of_cover(capacity: int, lag: int) -> float:
    """Geometric coverage: chance that an uncovered modus is covered from the next round on, capacity / (2^20 L) (T6).

    >>> chance_of_cover(FULL, 4), chance_of_cover(FULL // 2, 4)
    (0.25, 0.125)
    """
    return capacity / (lag << 20)


@rule
def trafficker_payoff(
    active: int, covered: int, moved: int, gain: float, penalty: float, switching_cost: float
) -> float:
    """Payoff per round: G while active and uncovered, -F while active and covered, -Ks for a new modus.

    >>> trafficker_payoff(1, 0, 1, 2.0, 3.0, 6.0), trafficker_payoff(1, 1, 0, 2.0, 3.0, 6.0)
    (-4.0, -3.0)
    """
    earned = 0.0
    if active:
        earned = -penalty if covered else gain
    return earned - switching_cost if moved else earned


@rule
def true_cases(attempts: float, covered: int, residual: float) -> float:
    """True incidence, cases per round: attempts succeed while uncovered, a ``residual`` share of them when covered.

    >>> true_cases(100.0, 0, 0.25), true_cases(100.0, 1, 0.25)
    (100.0, 25.0)
    """
    return attempts * residual if covered else attempts


@rule
def detected_cases(attempts: float, chance: float, multiplier: float) -> float:
    """Detected cases per round, never above attempts: ``attempts * min(1, multiplier * chance)``.

    >>> detected_cases(100.0, 0.25, 2.0), detected_cases(100.0, 0.25, 7.0)
    (50.0, 100.0)
    """
    return attempts * min(1.0, multiplier * chance)


@rule
def remember(outdated: float, uncovered: int, active: int, memory: float) -> float:
    """How outdated procedures are, in [0, 1]: the uncovered share of active effort, smoothed over ``memory`` rounds.

    With nobody active the share counts 0.

    >>> remember(0.0, uncovered=3, active=4, memory=3.0), remember(0.5, 0, 0, 2.0)
    (0.25, 0.25)
    """
    share = uncovered / active if active > 0 else 0.0
    return outdated + (share - outdated) / memory


@rule
def mean_capacity(cooperative_acts: int, acts: int) -> int:
    """Joint capacity as the share of cooperative acts (``mean``; of one party for ``weakest_link``, ``best_shot``).

    >>> mean_capacity(3, 4) == 3 * FULL // 4, mean_capacity(0, 0)
    (True, 0)
    """
    return int(cooperative_acts * 1048576.0 / acts) if acts > 0 else 0


@rule
def threshold_capacity(mean: int, least: int) -> int:
    """All or nothing: full capacity if the mean reaches ``least`` (both in units of 2^-20), else none.

    >>> threshold_capacity(FULL // 2, FULL // 2) == FULL, threshold_capacity(FULL // 2 - 1, FULL // 2)
    (True, 0)
    """
    return 1048576 if mean >= least else 0


@rule
def lag_of_a_new_modus(draw: int, lag: int, spread: float) -> int:
    """Government lag of a new modus, rounds: lognormal with median ``lag``, one of ``ENTRIES`` equally likely values.

    Entry e, chosen by the draw, is ``floor(lag * exp(spread * z((e + .5) / 1024)) + .5)``, z the normal quantile.

    >>> lag_of_a_new_modus(5, 7, 0.0), lag_of_a_new_modus(2**31, 7, 0.6), lag_of_a_new_modus(2**32 - 1, 7, 0.6)
    (7, 7, 51)
    """
    if spread == 0.0:
        return lag
    entry = pick(draw, ENTRIES)
    return int(lag * exponential(spread * QUANTILES[entry]) + 0.5)
