"""More replicates only where they are wanted; differences under the same luck; what a sweep would take; a run again."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from test_front import ROOT, command
from test_sweep import bytes_of, design_of

from experiments import execute, paired, replay, scenario
from experiments.cells import cell_columns
from experiments.compose import BadInput
from experiments.forecast import forecast
from experiments.grid import designs, single
from experiments.stages import Tally, grid, intervals
from experiments.words import words as catalogue

CASE = ["scenario=indonesia_2019_2023", "parties.ministries=6,18", "horizon.rounds=24"]


def sequential(shares, precision, first=20, most=5000, seed=1):
    """Play the stages of a grid whose cells break with planted chances; the tally in the end."""
    asked = replace(scenario("dyad"), replicates=first, precision=precision, most_replicates=most)
    design = replace(single([], "planted", "test", asked), dilemma=np.ones(1, dtype=bool))
    rng, found = np.random.default_rng(seed), []
    for share in shares:
        tally = Tally.empty(1)
        for stage in grid(design, tally):
            tally.runs[0] += stage.count
            tally.broken[0] += rng.binomial(stage.count, share)
        found.append((int(tally.broken[0]), int(tally.runs[0])))
    return np.array(found).T


def test_replicates_are_added_until_the_interval_is_as_narrow_as_asked_and_no_longer():
    broken, runs = sequential([0.0, 0.5, 0.9, 1.0], precision=0.05)
    low, high = intervals(broken, runs)
    assert (high - low <= 0.1).all()
    half = intervals((broken // 2).astype(int), (runs // 2).astype(int))
    assert (half[1] - half[0] > 0.1).all(), "half as many would not have been enough"
    assert runs[1] > runs[0]


def test_a_cell_ends_at_its_budget_and_says_so(tmp_path):
    results = execute.execute(
        design_of(
            *CASE,
            "trafficking.government_lag=7",
            "replicates=5",
            "precision=.05",
            "most_replicates=30",
            folder=tmp_path,
        )
    )
    cells = cell_columns(results)
    assert set(cells["settled_by"]) <= {"precision", "budget"}
    assert (cells["runs"][cells["settled_by"] == "budget"] == 30).all()
    assert (cells["high"] - cells["low"] <= 0.1)[cells["settled_by"] == "precision"].all()


def test_runs_of_later_stages_are_those_of_a_longer_sweep(tmp_path):
    short = [*CASE, "trafficking.government_lag=7", "precision=.01"]
    stepwise = execute.execute(design_of(*short, "replicates=5", "most_replicates=20", folder=tmp_path / "steps"))
    at_once = execute.execute(
        design_of(*CASE, "trafficking.government_lag=7", "replicates=20", folder=tmp_path / "once")
    )
    order = [("cell", "ascending"), ("replicate", "ascending")]
    assert (
        stepwise.runs.sort_by(order)
        .drop_columns("overrides")
        .equals(at_once.runs.sort_by(order).drop_columns("overrides"))
    )


def test_stopping_when_narrow_enough_costs_little_coverage():
    """Planted shares; nominal 95 %. 600 sequences: a standard error of .9 points, so four of them below 93.5 is 90."""
    for share in (0.1, 0.5):
        broken, runs = sequential([share] * 600, precision=0.08)
        low, high = intervals(broken, runs)
        assert ((low <= share) & (share <= high)).mean() > 0.90


def test_an_interrupted_precision_sweep_ends_with_the_same_bytes(tmp_path, monkeypatch):
    asked = [*CASE, "replicates=3", "precision=.1", "most_replicates=48"]
    execute.execute(design_of(*asked, folder=tmp_path / "whole"))
    honest, calls = execute._run_chunks, []

    def stops_in_the_third_stage(*given):
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        honest(*given)

    monkeypatch.setattr(execute, "_run_chunks", stops_in_the_third_stage)
    with pytest.raises(KeyboardInterrupt):
        execute.execute(design_of(*asked, folder=tmp_path / "interrupted"))
    monkeypatch.undo()
    execute.execute(design_of(*asked, folder=tmp_path / "interrupted"))
    assert bytes_of(tmp_path / "whole") == bytes_of(tmp_path / "interrupted")


def test_a_budget_below_the_first_replicates_is_refused():
    with pytest.raises(BadInput, match="most_replicates: 10 is below replicates = 20"):
        designs([*CASE, "precision=.1", "most_replicates=10", "replicates=20"], [], "test")


# --- paired differences --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes_or_no", [True, False])
def test_paired_intervals_cover_the_planted_difference(yes_or_no):
    """1,000 samples of 30 pairs that share luck: coverage of 95 % has a standard error of .7 points."""
    rng = np.random.default_rng(7)
    covered, narrower = 0, 0
    for _ in range(1000):
        luck = rng.normal(size=30)
        first, other = luck + 0.3 * rng.normal(size=30), luck + 0.5 + 0.3 * rng.normal(size=30)
        if yes_or_no:
            first, other = (first > 0.5).astype(float), (other > 0.5).astype(float)
        told = paired.difference(first, other, yes_or_no)
        truth = 0.5 if not yes_or_no else _share(0.0) - _share(0.5)
        covered += told["low"] <= truth <= told["high"]
        narrower += (told["unpaired_width"] or 0) > 1
    assert 0.92 < covered / 1000 < 0.98
    assert narrower > 900


def _share(threshold):
    """P(N(0, 1.09) > threshold)."""
    from math import erfc, sqrt

    return erfc(threshold / sqrt(2 * 1.09)) / 2


def test_pairs_that_all_agree_are_not_taken_for_certainty():
    told = paired.difference(np.zeros(10), np.zeros(10), yes_or_no=True)
    assert told["difference"] == 0
    assert told["low"] < -0.05
    assert told["high"] > 0.05


def test_a_condition_that_changes_nothing_differs_nowhere_and_one_that_does_is_told_apart(tmp_path):
    asked = [*CASE, "control=null,no_relevance", "trafficking.government_lag=8", "replicates=30", "compare=control"]
    results = execute.execute(design_of(*asked, folder=tmp_path))
    rows = {(row["parties.ministries"], row["measure"]): row for row in paired.difference_rows(results)}
    assert rows[6, "gap"]["difference"] == pytest.approx(0, abs=0.05)
    told = rows[18, "mean_payoff"]
    assert told["pairs"] == 30
    assert told["low"] > 0
    assert told["unpaired_width"] > 1
    assert {row["against"] for row in rows.values()} == {"null"}


def test_what_is_compared_must_be_swept():
    with pytest.raises(BadInput, match=r"compare: control is not swept"):
        designs([*CASE, "compare=control"], [], "test")


# --- plan ----------------------------------------------------------------------------------------------------------


def test_a_plan_tells_runs_time_disk_and_theory_and_writes_nothing(tmp_path):
    done = command("sweep", "-m", "trafficking.government_lag=0,8", *CASE, "plan=true", f"folder={tmp_path / 'out'}")
    assert done.returncode == 0, done.stderr
    assert "4 cells, 80 runs" in done.stdout
    assert re.search(r"about \d+ seconds on \d+ workers and [\d.]+ MB", done.stdout)
    assert "never breaks" in done.stdout
    assert done.stdout.strip().endswith("leave plan=true away to start.")
    assert not (tmp_path / "out").exists()


def test_the_plan_has_the_theory_that_the_sweep_then_draws(tmp_path):
    asked = [
        "scenario=indonesia_2019_2023",
        "information.response_lag=0,12,24",
        "parties.ministries=14,22",
        "replicates=4",
    ]
    (design,) = designs([*asked, f"folder={tmp_path}"], [], "test")
    text = forecast(design, catalogue("en"))
    from experiments.cells import border_rows

    results = execute.execute(design)
    for row in border_rows(results, cell_columns(results)):
        line = next(line for line in text.splitlines() if line.split()[:1] == [str(row["parties.ministries"])])
        typical, weakest = (float(number) for number in line.split()[1:])
        # partners are drawn in five set-ups here, and measured in the runs there
        assert typical == pytest.approx(row["typical"], rel=0.1)
        assert weakest == pytest.approx(row["weakest"], rel=0.1)


def test_where_the_first_axis_is_in_no_formula_the_plan_claims_no_border():
    (design,) = designs([*CASE, "trafficking.government_lag=0,8"], [], "test")
    assert "theory has no formula along ministries" in forecast(design, catalogue("en"))


def test_where_theory_is_silent_the_plan_says_why_in_the_language_of_the_reader():
    (design,) = designs([*CASE, "learning=imitation", "trafficking.government_lag=0,8"], [], "test")
    assert "dalam peniruan tidak ada yang menimbang indeks" in forecast(design, catalogue("id"))


def test_where_theory_is_silent_the_plan_says_why():
    (design,) = designs([*CASE, "learning=imitation", "trafficking.government_lag=0,8"], [], "test")
    assert "imitation" in forecast(design, catalogue("en"))


# --- replay --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replayed") / "out"
    words = [*CASE, "control=null,no_relevance", "trafficking.government_lag=0,8", "replicates=3"]
    done = command("sweep", "-m", *words, f"folder={folder}")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("engine", ["batch", "mesa"])
def test_any_row_is_played_again_to_the_bit_in_either_engine(swept, engine):
    for cell, replicate in ((0, 0), (5, 2), (7, 1)):
        kept, again = replay.replay(swept, cell, replicate, engine)
        assert replay.differences(kept, again) == []
        assert kept.equals(again.select(kept.column_names).cast(kept.schema))


def test_a_row_that_was_tampered_with_is_told(swept, tmp_path):
    import shutil

    shutil.copytree(swept, tmp_path / "copy")
    rows = pq.read_table(swept / "runs.parquet")
    place = rows.column_names.index("payoff")
    changed = rows.set_column(place, "payoff", [np.nextafter(rows.column("payoff").to_numpy(), np.inf)])
    pq.write_table(changed, tmp_path / "copy" / "runs.parquet")
    kept, again = replay.replay(tmp_path / "copy", 5, 2)
    assert [line.split(":")[0] for line in replay.differences(kept, again)] == ["payoff"]


def replayed(*words):
    return subprocess.run(
        [sys.executable, "-m", "experiments.replay", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_replay_prints_the_run_and_says_that_it_is_the_same(swept):
    done = replayed(f"folder={swept}", "cell=5", "replicate=2")
    assert done.returncode == 0, done.stderr
    assert "python -m experiments.run scenario=indonesia_2019_2023" in done.stdout
    assert done.stdout.strip().endswith("The same to the bit as the row that is kept.")


def test_rules_that_have_changed_since_are_named_as_the_reason(swept, tmp_path):
    import shutil

    shutil.copytree(swept, tmp_path / "old")
    manifest = json.loads((swept / "manifest.json").read_text())
    manifest["identity"]["rules"] = "older"
    (tmp_path / "old" / "manifest.json").write_text(json.dumps(manifest))
    rows = pq.read_table(swept / "runs.parquet")
    place = rows.column_names.index("payoff")
    pq.write_table(
        rows.set_column(place, "payoff", [rows.column("payoff").to_numpy() + 1]), tmp_path / "old" / "runs.parquet"
    )
    done = replayed(f"folder={tmp_path / 'old'}", "cell=5", "replicate=2")
    assert done.returncode == 3
    assert "the rules have changed since" in done.stdout


def test_all_that_is_wrong_with_the_words_of_replay_is_told_at_once(swept):
    done = replayed(f"foldr={swept}", "cell=x", "engine=mesh")
    assert done.returncode == 2
    for told in ("foldr", "did you mean 'folder'", "folder: missing", "replicate: missing", "cell: x", "engine: mesh"):
        assert told in done.stderr
    assert replayed(f"folder={swept}", "cell=99", "replicate=0").returncode == 2
    assert replayed("folder=nowhere", "cell=9", "replicate=0").returncode == 2
