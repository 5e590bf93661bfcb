"""The predictions as data: which function holds each, what it says, and which mechanism of the model it speaks of."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sim.theory import games, groups, headline, noise, reciprocity, trafficking


class Prediction(NamedTuple):
    """One row of theory: its functions, one sentence, and the mechanism of the model it speaks of.

    ``mechanism`` is the name of a section of parameters or of a parameter, or ``none`` where nothing in the
    model plays it and only exact values or a calculation of one's own can meet it.
    """

    functions: tuple[Callable[..., Any], ...]
    statement: str
    mechanism: str


def _row(statement: str, mechanism: str, *functions: Callable[..., Any]) -> Prediction:
    return Prediction(functions, statement, mechanism)


PREDICTIONS: dict[str, Prediction] = {
    "G1": _row(
        "The ordering of the payoffs fixes the kind of game and its pure equilibria.",
        "game.kind",
        games.kind_of_game,
        games.pure_equilibria,
    ),
    "G2": _row(
        "Stag hunt and chicken have one share of C at which both acts earn the same.",
        "game",
        games.mixed_cooperation_share,
    ),
    "G3": _row(
        "Conflict of interest as an area depends on the corner from which it is measured.",
        "game",
        games.conflict_area,
        games.cooperation_index,
    ),
    "R1": _row("Tit for tat is stable from a discount of theta on.", "horizon.discount", games.theta_tit_for_tat),
    "R2": _row(
        "Grim is stable from a discount of (T-R)/(T-P) on.",
        "horizon.discount",
        games.theta_grim,
        reciprocity.critical_discount_grim,
    ),
    "R3": _row(
        "Response lag takes the root of the critical discount of tit for tat.",
        "information.response_lag",
        reciprocity.critical_discount_tit_for_tat,
    ),
    "R4": _row(
        "Response lag takes the root of the critical discount of grim.",
        "information.response_lag",
        reciprocity.critical_discount_grim,
    ),
    "R5": _row(
        "There is a longest lag that a discount tolerates.",
        "information.response_lag",
        reciprocity.longest_response_lag,
    ),
    "R6": _row(
        "One slip echoes with the period of both lags, so that slow answers make a feud sparser.",
        "information.response_lag",
        reciprocity.echo_payoff,
    ),
    "R7": _row(
        "The larger of two lags decides, and the partner of the slow party is tempted.",
        "parties.named",
        reciprocity.index_of_pair,
    ),
    "R8": _row(
        "Few reciprocators can enter a world of defectors if they meet each other often enough.",
        "none",
        reciprocity.cluster_share,
    ),
    "R9": _row(
        "Reciprocity spreads only above a share that grows with the response lag.",
        "learning",
        reciprocity.tit_for_tat_separatrix,
    ),
    "R10": _row(
        "Unconditional defection is stable at every discount.",
        "horizon.discount",
        games.gain_against_alld,
    ),
    "R11": _row(
        "Horizon, lag, notice, generosity and share of sanctioners enter as one product.",
        "information",
        reciprocity.index_with_sanctioners,
    ),
    "R12": _row(
        "With false alarms only the difference of hits and false alarms counts, if payoffs are additive.",
        "information.false_alarm",
        reciprocity.margin_with_false_alarms,
    ),
    "R13": _row(
        "Grim that misses defections waits for its next chance to see one.",
        "information.miss",
        reciprocity.index_grim,
    ),
    "R14": _row(
        "Rare high stakes raise the critical discount of grim.",
        "none",
        reciprocity.critical_discount_grim_with_stakes,
    ),
    "R15": _row(
        "Tit for tat breaks above a stake that no horizon lifts.",
        "none",
        reciprocity.highest_stake_of_tit_for_tat,
    ),
    "R15b": _row(
        "Response lag and high stakes add up against grim.",
        "none",
        reciprocity.margin_grim_with_stakes,
    ),
    "R16": _row(
        "Linked games pool their slack; identical games gain nothing.",
        "none",
        reciprocity.critical_discount_linked,
    ),
    "R17": _row(
        "With a known last round the best reply to tit for tat defects in the last ell rounds.",
        "none",
        reciprocity.defections_before_known_end,
    ),
    "R18": _row(
        "A random ending has a median below its mean.",
        "horizon.ending",
        reciprocity.mean_length,
        reciprocity.median_length,
    ),
    "R19": _row(
        "Tit for tat never leads and trails by at most ell times T - S.",
        "information.response_lag",
        reciprocity.greatest_deficit_of_tit_for_tat,
    ),
    "R20": _row(
        "Rare meetings stretch the critical discount as inattention does.",
        "none",
        reciprocity.meeting_chance,
        reciprocity.critical_discount_rare_meetings,
    ),
    "R21": _row(
        "Pooled reports of more monitors sustain cooperation where one does not.",
        "institution.broker",
        reciprocity.pooled_noticed,
        reciprocity.least_monitors,
    ),
    "R22": _row(
        "Attention shared among more partners weakens tit for tat.",
        "interaction.attention",
        reciprocity.attended,
        reciprocity.index_tit_for_tat,
    ),
    "R23": _row(
        "Attention shared among more partners weakens grim.",
        "interaction.attention",
        reciprocity.attended,
        reciprocity.index_grim,
    ),
    "R24": _row(
        "Coordination cost lowers reward and sucker's payoff with each further partner.",
        "game.coordination_cost",
        headline.cooperation_payoffs,
    ),
    "R25": _row(
        "Number of actors and both lags decide together whether a pair holds.",
        "trafficking.government_lag",
        headline.margin,
        headline.critical_government_lag,
        headline.critical_response_lag,
        headline.critical_response_lag_tit_for_tat,
    ),
    "N1": _row(
        "Any error brings tit for tat down to the mean of the four payoffs.",
        "information.action_error",
        noise.noise_limit,
    ),
    "N2": _row(
        "Cooperation of two tit for tats decays by one factor for each answer.",
        "information.action_error",
        noise.cooperation_after,
        noise.half_life,
    ),
    "N3": _row(
        "Slow parties can afford less generosity.",
        "information.response_lag",
        noise.best_generosity,
    ),
    "N4": _row(
        "Without discount the best generosity is Molander's.",
        "information.action_error",
        noise.best_generosity,
    ),
    "N5": _row(
        "Contrite tit for tat loses two rounds of one C and one D for each slip.",
        "information.action_error",
        noise.loss_of_contrite_tit_for_tat,
    ),
    "N6": _row(
        "Generous tit for tat loses in proportion to one over its generosity.",
        "information.action_error",
        noise.loss_of_generous_tit_for_tat,
    ),
    "N7": _row(
        "Win-stay lose-shift loses one round of mutual defection for each slip besides.",
        "information.action_error",
        noise.loss_of_win_stay_lose_shift,
    ),
    "N8": _row(
        "Under rare slips the forgiving rules rank contrite, generous, win-stay lose-shift; tit for tat is last.",
        "information.action_error",
        noise.loss_of_contrite_tit_for_tat,
        noise.loss_of_generous_tit_for_tat,
        noise.loss_of_win_stay_lose_shift,
        noise.noise_limit,
    ),
    "N9": _row(
        "Win-stay lose-shift resists defectors iff 2R exceeds T + P.",
        "strategy",
        noise.margin_win_stay_lose_shift,
    ),
    "N10": _row("An extortionate rule fixes the ratio of surpluses.", "strategy", noise.extortion_ratio),
    "N11": _row(
        "With noisy public signals, pooling over some rounds can make cooperation possible.",
        "none",
        noise.batched_value,
        noise.margin_batched,
    ),
    "A1": _row(
        "With r held fixed a larger group needs more future.",
        "none",
        groups.critical_discount_group,
    ),
    "A2": _row(
        "With r held fixed the critical discount stays below one over r.",
        "none",
        groups.critical_discount_large_group,
    ),
    "A3": _row(
        "With the return to each held fixed a larger group needs less future.",
        "none",
        groups.critical_discount_group,
    ),
    "A4": _row(
        "A lone free rider is deterred only if the whole group stops.",
        "none",
        groups.free_rider_gain,
    ),
    "A5": _row(
        "The share of reciprocators from which reciprocity spreads rises with group size.",
        "none",
        groups.group_separatrix,
    ),
    "A6": _row(
        "That share tends to one in large groups and rises with response lag.",
        "none",
        groups.group_separatrix,
    ),
    "A7": _row(
        "Slips raise the critical discount of a group that stops for ever.",
        "none",
        groups.critical_discount_noisy_trigger,
        noise.critical_discount_noisy_pair,
    ),
    "A8": _row(
        "Slips add up over parties: the discounted share of intact rounds falls like one over n.",
        "information.action_error",
        groups.no_slip_chance,
        groups.intact_share,
    ),
    "A9": _row(
        "The mean intact run falls like one over n.",
        "information.action_error",
        groups.mean_intact_run,
    ),
    "A10": _row("Each volunteers less often the more there are.", "mandate.cost_share", groups.volunteer_chance),
    "A11": _row(
        "Gap and duplication occur at once at every number of holders.",
        "mandate.cost_share",
        groups.nobody_acts,
        groups.several_act,
    ),
    "A12": _row(
        "The mean number of volunteers is bounded.",
        "mandate.cost_share",
        groups.expected_volunteers,
    ),
    "A13": _row(
        "Links grow with the square of n in a mesh, and with n in a hub.",
        "topology.kind",
        groups.links,
    ),
    "A14": _row(
        "A mesh has a largest size at which coordination leaves a surplus.",
        "game.coordination_cost",
        groups.mean_links,
        groups.largest_mesh,
    ),
    "A15": _row(
        "A mesh needs more future than a hub of the same size.",
        "game.coordination_cost",
        groups.critical_discount_group,
        groups.mean_links,
    ),
    "A16": _row(
        "A targeted fine deters at a size that stays bounded in n.",
        "none",
        groups.least_fine,
    ),
    "A17": _row(
        "A sub-unit survives slips longer than the whole.",
        "none",
        groups.no_slip_chance,
    ),
    "A18": _row(
        "In a finite population larger groups can help reciprocators.",
        "none",
        groups.favoured_separatrix,
    ),
    "A19": _row(
        "In a finite population tit for tat is favoured from a number of rounds on.",
        "none",
        groups.one_third_rounds,
    ),
    "T1": _row(
        "Inspection and violation are mixed, each chance fixed by the payoffs of the other side.",
        "none",
        trafficking.inspection_chance,
        trafficking.violation_chance,
    ),
    "T2": _row(
        "A higher penalty lowers inspection and leaves violation alone.",
        "none",
        trafficking.inspection_chance,
        trafficking.violation_chance,
    ),
    "T3": _row(
        "An inspector who commits itself is better off.",
        "none",
        trafficking.inspector_value_committed,
        trafficking.inspector_value_uncommitted,
    ),
    "T4": _row(
        "Under fixed switching the uncovered share is L over tau.",
        "trafficking.switching",
        trafficking.uncovered_share_fixed,
    ),
    "T5": _row(
        "Under random switching the uncovered share is 1 - (1-s)^L.",
        "trafficking.switching",
        trafficking.uncovered_share_random,
    ),
    "T6": _row(
        "With answers at random too, the uncovered share is L over L + tau - 1.",
        "trafficking.cover_law",
        trafficking.uncovered_share_geometric,
    ),
    "T7": _row(
        "An adaptive trafficker moves as soon as its modus is answered, if that pays.",
        "trafficking.switching",
        trafficking.moving_value,
    ),
    "T8": _row(
        "Above a critical government lag trafficking pays, and nothing is covered.",
        "trafficking.government_lag",
        trafficking.longest_deterring_lag,
    ),
    "T9": _row(
        "Equal modi are all deterred from a number of teams on.",
        "trafficking.teams",
        trafficking.teams_needed,
    ),
    "T10": _row(
        "Teams spread over unequal modi hold the attacker to one value.",
        "trafficking.teams",
        trafficking.attacker_value,
    ),
    "T11": _row(
        "Over a cycle of inspection and violation the averages are those of the mixed equilibrium.",
        "none",
        trafficking.inspection_chance,
        trafficking.violation_chance,
    ),
    "T12": _row(
        "Corrections by old news overshoot for ever above a strength that falls with the lag.",
        "none",
        trafficking.critical_chasing_strength,
    ),
}
"""Every prediction that is a formula, by its id."""
