"""Passes over traffickers: a new modus, attempts and payoffs, the answer of the government."""

import numpy as np

from sim import history, luck, trafficking
from sim.batch.draws import single_word
from sim.compiled import borrowing
from sim.luck import threshold
from sim.trafficking import (
    answer_by_teams,
    chance_of_cover,
    detected_cases,
    is_answered,
    lag_of_a_new_modus,
    moves_by_calendar,
    moves_by_chance,
    new_modus_pays,
    trafficker_payoff,
    true_cases,
)


@borrowing
def begin_traffickers(cell, runs, adversary, run):
    """The modi in use before round 0."""
    for z in range(cell.parties_traffickers):
        one = adversary.first[run] + z
        who = adversary.who[one] = luck.address(z, 0)
        draw = single_word(runs.replicate[run], luck.SET_UP, who, luck.TRAFFICKER, runs.seed[run], luck.NEW_LAG)
        lag = lag_of_a_new_modus(draw, cell.trafficking_government_lag, cell.trafficking_government_lag_spread)
        adversary.effort[one], adversary.lag[one] = 1, lag
        adversary.covered[one] = cell.trafficking_start == trafficking.KNOWN or lag == 0


@borrowing
def move_traffickers(cells, runs, adversary, government, played, block, time):
    """Each notices whether its modus is answered and takes a new one by the law of the scenario."""
    for run in range(block.first, block.last):
        if not government.alive[run]:
            continue
        cell = cells[runs.cell[run]]
        government.uncovered[run] = 0
        for z in range(cell.parties_traffickers):
            one = adversary.first[run] + z
            effort, covered = adversary.effort[one], adversary.covered[one]
            if not covered and is_answered(adversary.accumulated[one], adversary.lag[one]):
                covered = True
                adversary.became_covered[one] = effort == 1
                played.covered[run] += effort
            switch, new_lag = adversary.words[luck.SWITCH, one], adversary.words[luck.NEW_LAG, one]
            moved = False
            if cell.trafficking_switching == trafficking.FIXED:
                moved = moves_by_calendar(time, z, cell.parties_traffickers, cell.trafficking_interval)
            elif cell.trafficking_switching == trafficking.RANDOM:
                moved = moves_by_chance(time, np.int64(switch), threshold(cell.trafficking_chance))
            elif time == 0 or covered or effort == 0:
                moved = new_modus_pays(
                    cell.trafficking_gain, cell.trafficking_government_lag, cell.trafficking_switching_cost,
                    government.capacity[run],
                )  # fmt: skip
                effort = 1 if moved else 0
            if moved:
                played.displaced[run] += adversary.became_covered[one]
                adversary.became_covered[one] = False
                adversary.accumulated[one] = 0
                adversary.lag[one] = lag_of_a_new_modus(
                    np.int64(new_lag), cell.trafficking_government_lag,
                    cell.trafficking_government_lag_spread,
                )  # fmt: skip
                covered = adversary.lag[one] == 0
            adversary.effort[one], adversary.covered[one], adversary.moved[one] = effort, covered, moved
            government.uncovered[run] += effort == 1 and not covered


@borrowing
def pay_traffickers(cells, lists, runs, adversary, government, played, told, block, time):
    """Attempts, what succeeds and what is detected; payoffs; then the capacity of the round is brought to bear."""
    for run in range(block.first, block.last):
        if not government.alive[run]:
            continue
        row = runs.cell[run]
        cell = cells[row]
        if cell.parties_traffickers == 0:
            continue
        active, sum_of_attempts, sum_of_true, sum_of_detected = 0, 0.0, 0.0, 0.0
        exposure = lists.exposure[row, min(time // 12, lists.exposure.shape[1] - 1)]
        multiplier = 1.0
        for entry in range(lists.detection_from.shape[1]):
            if lists.detection_from[row, entry] <= time:
                multiplier = lists.detection_multiplier[row, entry]
        for z in range(cell.parties_traffickers):
            one = adversary.first[run] + z
            effort, covered = adversary.effort[one], adversary.covered[one]
            attempts = exposure * cell.trafficking_volume * effort
            detection = cell.trafficking_detected_covered if covered else cell.trafficking_detected_uncovered
            active += effort
            sum_of_attempts += attempts
            sum_of_true += true_cases(attempts, covered, cell.trafficking_residual)
            sum_of_detected += detected_cases(attempts, detection, multiplier)
            played.trafficker_payoff[run] += trafficker_payoff(
                effort, covered, adversary.moved[one], cell.trafficking_gain, cell.trafficking_penalty,
                cell.trafficking_switching_cost,
            )  # fmt: skip
            if effort == 1 and not covered:
                answer = answer_by_teams(government.capacity[run], cell.trafficking_teams, government.uncovered[run])
                if cell.trafficking_cover_law == trafficking.BY_AGE:
                    adversary.accumulated[one] += answer
                else:
                    draw = np.int64(adversary.words[luck.COVER, one])
                    if draw < threshold(chance_of_cover(answer, adversary.lag[one])):
                        adversary.covered[one] = adversary.became_covered[one] = True
                        played.covered[run] += 1
        told[history.ACTIVE, run], told[history.ATTEMPTS, run] = active, sum_of_attempts
        told[history.TRUE_CASES, run], told[history.DETECTED_CASES, run] = sum_of_true, sum_of_detected
        told[history.UNCOVERED, run] = government.uncovered[run]
