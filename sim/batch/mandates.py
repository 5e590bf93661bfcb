"""Passes over duties and functions: who stands alone, who serves, what nobody or several serve."""

import numpy as np

from sim import history, luck
from sim.batch.draws import fill
from sim.compiled import borrowing
from sim.mandates import serves

_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


@borrowing
def stand_alone(first_duty, first_senior, both, volunteers, block):
    """List the holders that leave their function to nobody: loops without a guess, whoever cooperates with whom."""
    begin, end = first_duty[block.first], first_duty[block.last]
    first_senior = first_senior[begin : end + 1]
    seniors = volunteers.senior_side[first_senior[0] : first_senior[-1]]
    who, replicate, function, stood = (
        volunteers.who[begin:end], volunteers.replicate[begin:end], volunteers.function[begin:end],
        volunteers.stood[begin : end + 1],
    )  # fmt: skip
    met, so_far = volunteers.met, np.uint32(0)
    for place in range(seniors.size):
        met[place] = so_far
        so_far += np.uint32(both[seniors[place]])
    met[seniors.size] = so_far
    standing, earlier, before = np.uint64(0), met[0], first_senior[0]
    for duty in range(who.size):
        now = met[np.uint64(first_senior[duty + 1] - before)]
        stood[duty] = standing
        volunteers.standing_who[standing], volunteers.standing_replicate[standing] = who[duty], replicate[duty]
        volunteers.standing_for[standing] = function[duty]
        standing += np.uint64(now == earlier)
        earlier = now
    stood[who.size] = standing
    return np.int64(standing)


@borrowing
def draw_volunteers(seed, volunteers, standing, time):
    """The words of those that stand alone."""
    who, replicate = volunteers.standing_who, volunteers.standing_replicate
    fill(volunteers.words, replicate, time, who, luck.MANDATE, seed, 0, standing)


@borrowing
def serve_functions(chances, volunteers, standing, block):
    """Who stands alone serves with the volunteer's chance, which depends on how many do."""
    first, last = volunteers.first_function[block.first], volunteers.first_function[block.last]
    own, ends = slice(first, last), volunteers.first_duty[first : last + 1]
    cell, chance, stood = volunteers.cell[own], volunteers.chance[own], volunteers.stood
    for function in range(chance.size):
        alone = stood[ends[function + 1]] - stood[ends[function]]
        chance[function] = chances[cell[function], max(alone, 1) - 1]
    served = 0
    for one in range(standing):
        volunteers.served[one] = served
        draw = np.int64(volunteers.words[luck.SERVE, one])
        served += serves(draw, volunteers.chance[volunteers.standing_for[one]])
    volunteers.served[standing] = served


@borrowing
def count_services(volunteers, alive, told, block):
    """Count the functions that nobody serves, and those that two or more do."""
    functions, own = volunteers.first_function, slice(block.first, block.last)
    begin, end = functions[block.first], functions[block.last]
    ends, is_led, number = volunteers.first_duty[begin : end + 1], volunteers.is_led[begin:end], volunteers.number
    served, stood, so_far = volunteers.served, volunteers.stood, np.uint64(0)
    for function in range(is_led.size):
        serving = served[stood[ends[function + 1]]] - served[stood[ends[function]]]
        serving = 1 if is_led[function] else serving
        number[function] = np.uint64(serving == 0) | np.uint64(serving >= 2) << _HALF
    for function in range(is_led.size):
        earlier = so_far
        so_far += number[function]
        number[function] = earlier
    number[is_led.size] = so_far
    functions, alive = functions[block.first : block.last + 1], alive[own]
    gaps, duplications = told[history.GAPS, own], told[history.DUPLICATIONS, own]
    for run in range(alive.size):
        both = number[functions[run + 1] - begin] - number[functions[run] - begin]
        gaps[run] = np.int64(both & _LOW) if alive[run] else 0
        duplications[run] = np.int64(both >> _HALF) if alive[run] else 0
