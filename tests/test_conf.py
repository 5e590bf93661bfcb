"""Every file of conf/ composes, runs, and says nothing twice."""

from dataclasses import replace
from math import inf, nextafter
from pathlib import Path

import numpy as np
import pytest
import yaml

from experiments.chunks import run_chunk
from experiments.compose import CONF, case, groups, run_faults, set_value, settings
from experiments.grid import designs, single
from sim import tables
from sim.scenario import DECLARED, GREATEST, Scenario, faults, range_faults, value_of

CHOICES = [(group, option) for group, options in groups().items() for option in options]


@pytest.mark.parametrize("group, option", CHOICES)
def test_every_choice_composes_and_runs(group, option):
    asked = settings([f"{group}={option}"])
    assert run_faults(asked) == []
    short = replace(asked, replicates=1, horizon=replace(asked.horizon, rounds=25))
    rows, _ = run_chunk(single([], "test", "test", short), np.array([0]), np.array([0]))
    assert rows.column("status").to_pylist() == [tables.OK]


def test_no_choice_repeats_a_default_of_the_declarations():
    """A default stands in sim/scenario.py alone; a choice may only say which choice it is."""
    plain = Scenario()
    for group, option in CHOICES:
        if group in ("scenario", "experiment", "control"):
            continue
        for name, value in yaml.safe_load((CONF / group / f"{option}.yaml").read_text()).items():
            says_which = name in ("kind", "switching")
            repeats = value == value_of(plain, f"{group}.{name}")
            assert says_which or not repeats or group == "game", f"{group}/{option}: {name}"


def test_every_file_begins_with_a_comment_that_says_what_it_is():
    for path in Path(CONF).glob("**/*.yaml"):
        assert path.read_text("utf-8").startswith("#"), path


def test_scenarios_have_the_numbers_of_their_cases():
    asked = settings(["scenario=indonesia_2019_2023"])
    assert (asked.parties.organizations, asked.parties.ministries, asked.parties.traffickers) == (2, 22, 5)
    assert (asked.horizon.rounds, asked.trafficking.government_lag) == (60, 7)
    assert len(case(asked).table.rows) == 24
    dyad = settings(["scenario=dyad"])
    assert (dyad.game.temptation, dyad.game.reward, dyad.game.punishment, dyad.game.sucker) == (5, 3, 1, 0)
    assert settings(["scenario=baseline"]) == settings([])


def test_a_choice_on_the_line_outranks_the_scenario():
    asked = settings(["scenario=dyad", "game=chicken", "learning=imitation"])
    assert (asked.game.kind, asked.game.temptation, asked.learning.kind) == ("chicken", 5, "imitation")


def test_every_experiment_brings_axes_that_can_be_run():
    for option in groups()["experiment"]:
        (design,) = designs([f"experiment={option}"], [], "")
        assert len(design.axes) == 2
        assert all(design.dilemma)


def test_declared_parameters_have_unit_or_choices_and_a_meaning():
    for name, declared in DECLARED.items():
        assert declared.metadata["meaning"], name
        is_word = declared.metadata["unit"] or "choices" in declared.metadata or declared.type is bool
        assert is_word, name


SIDES = {"low": (0, -1), "high": (0, 1), "above": (1, 0), "below": (-1, 0)}
"""Steps from a bound of a declaration to the nearest number inside of it, and outside."""


@pytest.mark.parametrize("name", [name for name, declared in DECLARED.items() if declared.type in (int, float)])
def test_the_nearest_number_inside_every_bound_is_taken_and_the_nearest_outside_refused(name):
    declared = DECLARED[name]
    bounds = {"low": -GREATEST, "high": GREATEST} | {k: v for k, v in declared.metadata.items() if k in SIDES}
    if "above" in bounds:
        del bounds["low"]
    if "below" in bounds:
        del bounds["high"]
    for kind, bound in bounds.items():
        inside, outside = (stepped(bound, step, declared.type) for step in SIDES[kind])
        assert range_faults(name, inside) == [], kind
        assert len(range_faults(name, outside)) == 1, kind
        asked = settings([])
        set_value(asked, name, outside)
        assert range_faults(name, outside)[0] in faults(case(asked))
    assert len(range_faults(name, float("nan"))) == len(range_faults(name, inf)) == 1


def stepped(bound, step, kind):
    """The number that lies a smallest step above a bound (1), below it (-1), or it itself (0)."""
    return bound + step if kind is int else nextafter(bound, step * inf) if step else bound
