r"""Closed forms of repeated cooperation: where reciprocity must break, before anything is simulated.

This package imports nothing of ours: it is the second opinion that both the agents and the tests are held
against. Every function is pure, takes plain numbers and returns a plain number. Row names (R3, T5) are those
of the table of predictions, :data:`PREDICTIONS`, which a command can walk.

============ =======================================================================================
games        kinds of game, indices, what an index must reach (G1 to G3, R1, R2, R10)
reciprocity  two parties: lag, information, attention, stakes, linkage, endings (R2 to R23)
headline     number of actors and both lags in one inequality (R24, R25)
noise        errors, generosity, extortion, batches (N1 to N11, A7 for two)
groups       many parties in one group, volunteers, links, fines (A1 to A19)
trafficking  inspection, moving modi, few teams (T1 to T12)
predictions  the table
============ =======================================================================================

Definitions and notation
------------------------
The game. Two parties choose C (cooperate) or D (defect) in each round. A party gets :math:`R` (reward) when
both cooperate, :math:`S` (sucker) when it alone cooperates, :math:`T` (temptation) when it alone defects, and
:math:`P` (punishment) when both defect. All borders of two parties are for the prisoner's dilemma,
:math:`T > R > P > S`, those of groups for the public good of :mod:`sim.theory.groups`; outside its domain a
function raises :class:`NoClosedForm` or ValueError, with the reason.

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
f        false_alarm              chance, [0, 1]             a cooperative act is reported as a defection
epsilon  action_error             chance, [0, 1]             the opposite act happens
x        highest_stake            factor, >= 1               of stakes with mean 1, seen before acting
n        parties                  count, >= 2                parties of a group, or all who are matched
r        multiplier               payoff, 1 < r < n          what a contribution of 1 adds for all together
K/B      cost_share               share, (0, 1)              price of acting over the benefit to each
beta     catch                    chance, (0, 1]             an inspection catches a violation
G, F     gain, penalty            payoff                     of a violation uncaught, loss if caught
Ks       switching_cost           payoff, >= 0               price of a new modus
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

from sim.theory._domain import (
    NoClosedForm,
)
from sim.theory.games import (
    conflict_area,
    cooperation_index,
    gain_against_alld,
    kind_of_game,
    mixed_cooperation_share,
    pure_equilibria,
    theta_grim,
    theta_tit_for_tat,
)
from sim.theory.groups import (
    critical_discount_group,
    critical_discount_large_group,
    critical_discount_noisy_trigger,
    expected_volunteers,
    favoured_separatrix,
    free_rider_gain,
    group_separatrix,
    intact_share,
    largest_mesh,
    least_fine,
    links,
    mean_intact_run,
    mean_links,
    no_slip_chance,
    nobody_acts,
    one_third_rounds,
    several_act,
    volunteer_chance,
)
from sim.theory.headline import (
    cooperation_payoffs,
    critical_government_lag,
    critical_response_lag,
    critical_response_lag_tit_for_tat,
    margin,
)
from sim.theory.noise import (
    batched_value,
    best_generosity,
    cooperation_after,
    critical_discount_noisy_pair,
    extortion_ratio,
    half_life,
    loss_of_contrite_tit_for_tat,
    loss_of_generous_tit_for_tat,
    loss_of_win_stay_lose_shift,
    margin_batched,
    margin_win_stay_lose_shift,
    noise_limit,
)
from sim.theory.predictions import (
    PREDICTIONS,
    Prediction,
)
from sim.theory.reciprocity import (
    attended,
    cluster_share,
    critical_discount_grim,
    critical_discount_grim_with_stakes,
    critical_discount_linked,
    critical_discount_rare_meetings,
    critical_discount_tit_for_tat,
    defections_before_known_end,
    echo_payoff,
    greatest_deficit_of_tit_for_tat,
    highest_stake_of_tit_for_tat,
    index_grim,
    index_of_pair,
    index_tit_for_tat,
    index_with_sanctioners,
    least_monitors,
    longest_response_lag,
    margin_grim_with_stakes,
    margin_with_false_alarms,
    mean_length,
    median_length,
    meeting_chance,
    pooled_noticed,
    tit_for_tat_separatrix,
)
from sim.theory.trafficking import (
    attacker_value,
    critical_chasing_strength,
    inspection_chance,
    inspector_value_committed,
    inspector_value_uncommitted,
    longest_deterring_lag,
    moving_value,
    teams_needed,
    uncovered_share_fixed,
    uncovered_share_geometric,
    uncovered_share_random,
    violation_chance,
)

__all__ = [
    "PREDICTIONS",
    "NoClosedForm",
    "Prediction",
    "attacker_value",
    "attended",
    "batched_value",
    "best_generosity",
    "cluster_share",
    "conflict_area",
    "cooperation_after",
    "cooperation_index",
    "cooperation_payoffs",
    "critical_chasing_strength",
    "critical_discount_grim",
    "critical_discount_grim_with_stakes",
    "critical_discount_group",
    "critical_discount_large_group",
    "critical_discount_linked",
    "critical_discount_noisy_pair",
    "critical_discount_noisy_trigger",
    "critical_discount_rare_meetings",
    "critical_discount_tit_for_tat",
    "critical_government_lag",
    "critical_response_lag",
    "critical_response_lag_tit_for_tat",
    "defections_before_known_end",
    "echo_payoff",
    "expected_volunteers",
    "extortion_ratio",
    "favoured_separatrix",
    "free_rider_gain",
    "gain_against_alld",
    "greatest_deficit_of_tit_for_tat",
    "group_separatrix",
    "half_life",
    "highest_stake_of_tit_for_tat",
    "index_grim",
    "index_of_pair",
    "index_tit_for_tat",
    "index_with_sanctioners",
    "inspection_chance",
    "inspector_value_committed",
    "inspector_value_uncommitted",
    "intact_share",
    "kind_of_game",
    "largest_mesh",
    "least_fine",
    "least_monitors",
    "links",
    "longest_deterring_lag",
    "longest_response_lag",
    "loss_of_contrite_tit_for_tat",
    "loss_of_generous_tit_for_tat",
    "loss_of_win_stay_lose_shift",
    "margin",
    "margin_batched",
    "margin_grim_with_stakes",
    "margin_win_stay_lose_shift",
    "margin_with_false_alarms",
    "mean_intact_run",
    "mean_length",
    "mean_links",
    "median_length",
    "meeting_chance",
    "mixed_cooperation_share",
    "moving_value",
    "no_slip_chance",
    "nobody_acts",
    "noise_limit",
    "one_third_rounds",
    "pooled_noticed",
    "pure_equilibria",
    "several_act",
    "teams_needed",
    "theta_grim",
    "theta_tit_for_tat",
    "tit_for_tat_separatrix",
    "uncovered_share_fixed",
    "uncovered_share_geometric",
    "uncovered_share_random",
    "violation_chance",
    "volunteer_chance",
]
