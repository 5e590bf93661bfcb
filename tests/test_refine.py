"""The border sweeper finds borders of any shape, islands and corners, from a part of the cells; halving from fewer."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_sweep import bytes_of, design_of

from experiments import execute, refine
from experiments.cells import border_rows, cell_columns
from experiments.compose import BadInput
from experiments.grid import Axis, designs, single
from experiments.stages import Tally


def a_design(shape, words=(), **asked):
    """A design over planted verdicts: axes of numbers named after parameters nobody plays here."""
    names = ("information.response_lag", "parties.ministries", "trafficking.government_lag")
    base = single([], "planted", "test", replace(designs(["seed=1,2"], [], "")[0].settings, **asked))
    axes = [Axis(name, tuple(range(size))) for name, size in zip(names, shape, strict=False)]
    axes += [Axis("strategy", tuple(words))] if words else []
    size = int(np.prod(shape)) * max(1, len(words))
    return replace(base, axes=tuple(axes), dilemma=np.ones(size, dtype=bool), sweeper="border")


def refined(design, breaks, replicates=1):
    """Drive the sweeper over cells whose runs all say what ``breaks`` (of the shape of the design) plants."""
    tally, planted = Tally.empty(design.size), np.asarray(breaks).ravel()
    for stage in refine.border(design, tally):
        assert not tally.runs[stage.cells].any(), "a cell is never run twice"
        tally.runs[stage.cells] += replicates
        tally.broken[stage.cells] += replicates * planted[stage.cells]
    return tally


def verdicts(tally):
    return np.where(tally.runs > 0, 2 * tally.broken > tally.runs, tally.inferred)


def grid(shape):
    return np.meshgrid(*(np.linspace(0, 1, size) for size in shape), indexing="ij")


SHAPES = {
    "a straight border": lambda x, y: x + 0.4 * y > 0.7,
    "a curved border": lambda x, y: x > 0.2 + 0.6 * y**2,
    "a border that comes back": lambda x, y: np.abs(x - 0.5) < 0.3 * (1 - y),
    "a large island": lambda x, y: (x - 0.4) ** 2 + (y - 0.6) ** 2 < 0.05,
    "nothing breaks": lambda x, y: x > 2,
    "everything breaks": lambda x, y: x > -1,
}


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("shape", [(65, 65), (33, 50), (7, 100), (2, 2), (1, 9)])
def test_every_cell_is_right_whatever_the_shape_of_the_border(kind, shape):
    breaks = SHAPES[kind](*grid(shape))
    tally = refined(a_design(shape, audit=10**6), breaks)
    assert (verdicts(tally) == breaks.ravel()).all()


@pytest.mark.parametrize("kind", SHAPES)
def test_without_the_audit_a_smooth_border_is_found_from_a_fraction_of_the_cells(kind):
    breaks = SHAPES[kind](*grid((129, 129)))
    tally = refined(a_design((129, 129), audit=0), breaks)
    assert (verdicts(tally) == breaks.ravel()).all()
    assert (tally.runs > 0).sum() < 129 * 129 / 6


def test_an_island_between_the_corners_is_found_by_the_audit_and_then_refined_whole():
    x, y = grid((129, 129))
    breaks = (np.abs(x - 0.55) < 0.03) & (np.abs(y - 0.3) < 0.03)  # lies inside one coarse box
    blind, audited = (refined(a_design((129, 129), audit=audit), breaks) for audit in (0, 2000))
    assert verdicts(blind).sum() == 0
    assert (verdicts(audited) == breaks.ravel()).all()
    assert audited.audit["disagreed"] > 0
    assert audited.audit["audited"] == 2000


def test_three_axes_are_refined_at_once():
    x, y, z = grid((17, 17, 17))
    breaks = x + y * z > 0.8
    tally = refined(a_design((17, 17, 17), audit=0), breaks)
    assert (verdicts(tally) == breaks.ravel()).all()
    assert (tally.runs > 0).mean() < 0.5


def test_words_have_a_border_each():
    x, _ = grid((33, 33))
    breaks = np.stack([x > 0.3, x > 0.8], axis=-1)
    tally = refined(a_design((33, 33), words=("grim", "alld"), audit=0), breaks)
    assert (verdicts(tally) == breaks.ravel()).all()


MONOTONE = {"monotone": "information.response_lag"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 33), min_size=1, max_size=9), st.booleans())
def test_halving_finds_the_one_change_of_every_column_wherever_it_is(changes, falling):
    breaks = np.arange(33)[:, None] >= np.array(changes)[None, :]
    if falling:
        breaks = breaks[::-1]
    tally = refined(a_design(breaks.shape, audit=0, **MONOTONE), breaks)
    assert (verdicts(tally) == breaks.ravel()).all()


def test_halving_takes_a_handful_of_cells_a_column():
    x, y = grid((129, 129))
    breaks = x > 0.2 + 0.6 * y**2
    tally = refined(a_design((129, 129), audit=0, **MONOTONE), breaks)
    assert (verdicts(tally) == breaks.ravel()).all()
    assert (tally.runs > 0).sum() / 129 < 5


def test_a_column_that_is_not_monotone_after_all_is_run_whole_once_the_audit_strikes_it():
    x, y = grid((65, 65))
    breaks = (x > 0.7) | ((np.abs(x - 0.3) < 0.1) & (np.abs(y - 0.5) < 0.1))
    tally = refined(a_design((65, 65), audit=500, **MONOTONE), breaks)
    assert tally.audit["disagreed"] > 0
    assert (verdicts(tally) != breaks.ravel()).mean() < 0.01


def test_cells_without_a_dilemma_are_never_asked_for_and_nothing_is_inferred_of_them():
    x, y = grid((33, 33))
    design = replace(a_design((33, 33), audit=50), dilemma=(y < 0.6).ravel())
    tally = refined(design, x > 0.5)
    assert not tally.runs[~design.dilemma].any()
    assert np.isnan(tally.inferred[~design.dilemma]).all()
    known = design.dilemma & (tally.runs == 0)
    assert (tally.inferred[known] == (x > 0.5).ravel()[known]).all()


# --- on the command line -------------------------------------------------------------------------------------------

CASE = ["scenario=indonesia_2019_2023", "trafficking.government_lag=range(0,25)", "parties.ministries=range(10,27)"]


def test_border_and_grid_find_the_same_border_where_both_have_run(tmp_path):
    whole = execute.execute(design_of(*CASE, "replicates=10", folder=tmp_path / "grid"))
    for name, words in (("boxes", []), ("halved", ["monotone=trafficking.government_lag"])):
        (design,) = designs(
            [*CASE, *words, "replicates=10", "audit=20", f"folder={tmp_path / name}"], [], "test", "border"
        )
        found = execute.execute(design)
        asked = found.tally.runs > 0
        assert 0 < asked.sum() < design.size
        assert (found.tally.broken[asked] == whole.tally.broken[asked]).all()  # the same runs, to the bit
        pairs = zip(border_rows(found, cell_columns(found)), border_rows(whole, cell_columns(whole)), strict=True)
        for mine, its in pairs:
            if its["observed"] is not None:
                assert abs(mine["observed"] - its["observed"]) <= 1, mine


def test_a_border_sweep_that_was_finished_is_counted_again_from_its_table(tmp_path):
    (design,) = designs([*CASE, "replicates=2", f"folder={tmp_path}"], [], "test", "border")
    first = execute.execute(design)
    before = bytes_of(tmp_path)
    again = execute.execute(design)
    assert bytes_of(tmp_path) == before
    for name in ("runs", "broken", "inferred"):
        assert np.array_equal(getattr(first.tally, name), getattr(again.tally, name), equal_nan=True)
    assert first.tally.audit == again.tally.audit


@pytest.mark.parametrize(
    "words, told",
    [
        (["strategy=grim,trigger"], "a border lies along numbers"),
        ([*CASE, "monotone=parties.ministry"], "monotone: parties.ministry is not swept"),
        ([*CASE, "precision=.1"], "precision: the border sweeper has fixed replicates"),
        (["information.response_lag=4,2,0", "seed=1,2", "monotone=information.response_lag"], "rising order"),
    ],
)
def test_what_the_border_sweeper_cannot_do_is_told_before_the_first_run(words, told):
    with pytest.raises(BadInput, match=told):
        designs(words, [], "test", "border")


def test_the_grid_does_not_pretend_to_read_what_only_the_border_sweeper_reads():
    with pytest.raises(BadInput, match="hydra/sweeper=border"):
        designs([*CASE, "monotone=parties.ministries"], [], "test")
