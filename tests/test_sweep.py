"""The results contract: a run is a pure function, nothing is lost, nothing is overwritten, one bad run is one row."""

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.optimize import brentq
from test_front import ROOT, command

from experiments import chunks, execute, pool, scenario, simulate, stages
from experiments.cells import border_rows, cell_columns, crossing
from experiments.compose import BadInput
from experiments.grid import designs
from experiments.margins import WIDTH, critical_value, zero_between
from sim import tables, theory

GRID = ["scenario=indonesia_2019_2023", "trafficking.government_lag=0,24", "parties.ministries=4,26", "replicates=3"]
SMALL = [*GRID, "horizon.rounds=24"]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Chunks of some runs, however quick the engine is."""
    monkeypatch.setattr(execute, "CHUNK_SECONDS", 1e-3)


def design_of(*words: str, folder: Path):
    (design,) = designs([*words, f"folder={folder}"], [], "test")
    return design


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every table of a folder; times live in the manifest only."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".parquet", ".csv")}


# --- a run is a pure function --------------------------------------------------------------------------------------


def test_serial_and_parallel_sweeps_give_the_same_bytes(tmp_path, monkeypatch):
    execute.execute(design_of(*SMALL, "workers=1", folder=tmp_path / "serial"))
    monkeypatch.setattr(execute, "SERIAL_SECONDS", 0.0)
    execute.execute(design_of(*SMALL, "workers=2", folder=tmp_path / "parallel"))
    assert bytes_of(tmp_path / "serial") == bytes_of(tmp_path / "parallel")


def test_both_engines_give_the_same_bytes(tmp_path):
    execute.execute(design_of(*SMALL, "engine=batch", folder=tmp_path / "batch"))
    execute.execute(design_of(*SMALL, "engine=mesa", folder=tmp_path / "mesa"))
    assert bytes_of(tmp_path / "batch") == bytes_of(tmp_path / "mesa")


@pytest.mark.parametrize(
    "words",
    [
        ["parties.ministries=3,5", "strategy=grim,tit_for_tat", "information.miss=0,.2"],
        ["learning=none,imitation", "game.temptation=2.5,4", "topology.lead=iom,ministry_2"],
        ["trafficking.exposure=[1],[1,.5]", "parties.named.iom.discount=.5,.9", "mandate.cost_share=.2,.6"],
        ["game.ministry.temptation=4,null", "seed=1,2", "topology.matrix=null,indonesia_2019_2023"],
        ["learning.pool=[own],[alld,allc]", "learning.kind=imitation,none", "parties.organizations=1,2"],
    ],
)
def test_cells_made_as_columns_are_the_cells_made_one_by_one(tmp_path, words):
    """The compiled engine reads numbers that were set for many cells at once; the agents read each cell's scenario."""
    small = [*words, "horizon.rounds=15", "replicates=1"]
    execute.execute(design_of(*small, "engine=batch", folder=tmp_path / "batch"))
    execute.execute(design_of(*small, "engine=mesa", folder=tmp_path / "mesa"))
    assert bytes_of(tmp_path / "batch") == bytes_of(tmp_path / "mesa")


def test_a_cell_is_repeated_by_the_same_words_on_a_single_scenario(tmp_path):
    results = execute.execute(design_of(*SMALL, folder=tmp_path))
    row = results.runs.to_pylist()[7]
    words = [word for word in row["overrides"].split() if not word.startswith(("scenario=", "folder="))]
    once = simulate(scenario("indonesia_2019_2023", *words), replicates=1, first_replicate=row["replicate"])
    for name in ("cooperation_rate", "payoff", "true_cases", "gap", "fell_at"):
        assert once[name][0] == row[name] or (row[name] is None and np.isnan(once[name][0]))


def test_replicates_do_not_depend_on_their_neighbours():
    asked = scenario("baseline", "horizon.rounds=30")
    whole, last = simulate(asked, replicates=4), simulate(asked, replicates=1, first_replicate=3)
    assert whole["payoff"][3] == last["payoff"][0]
    assert whole["payoff"].nunique() == 4


# --- nothing is lost -----------------------------------------------------------------------------------------------


def test_what_was_kept_is_not_run_again_and_the_bytes_are_the_same(tmp_path, monkeypatch):
    execute.execute(design_of(*SMALL, folder=tmp_path / "whole"))
    interrupted = design_of(*SMALL, folder=tmp_path / "interrupted")
    (planned, _) = execute.plan(interrupted, next(stages.grid(interrupted, None)))
    assert len(planned) > 2  # see the fixture
    honest, kept = pool.play, []

    def stops_after_two(*asked):
        for played in islice(honest(*asked), 2):  # on two threads any two
            kept.append(played[0])
            yield played
        raise KeyboardInterrupt

    monkeypatch.setattr(pool, "play", stops_after_two)
    with pytest.raises(KeyboardInterrupt):
        execute.execute(interrupted)
    again = []
    monkeypatch.setattr(pool, "play", lambda design, left, *how: again.extend(left) or honest(design, left, *how))
    execute.execute(interrupted)
    assert len(kept) == 2
    assert again == [chunk for chunk in planned if chunk not in kept]
    assert bytes_of(tmp_path / "whole") == bytes_of(tmp_path / "interrupted")


def test_a_chunk_that_was_cut_off_is_run_again(tmp_path, monkeypatch):
    whole = execute.execute(design_of(*SMALL, folder=tmp_path / "whole"))
    torn = design_of(*SMALL, folder=tmp_path / "torn")
    monkeypatch.setattr(execute, "_merge", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        execute.execute(torn)
    monkeypatch.undo()
    first = sorted((tmp_path / "torn" / "chunks").iterdir())[0]
    first.write_bytes(first.read_bytes()[:100])
    execute.execute(torn)
    assert bytes_of(tmp_path / "torn") == bytes_of(whole.folder)


def kill_and_start_again(tmp_path: Path, times: int, words: tuple[str, ...] = (*GRID, "replicates=12")) -> int:
    """Kill a sweep at random moments and let it end; how often it was killed with something left to do."""
    line = [sys.executable, "-m", "experiments.sweep", "-m", *words, "workers=2"]
    whole = subprocess.run([*line, f"folder={tmp_path / 'whole'}"], cwd=ROOT, capture_output=True, check=True)
    assert whole.returncode == 0
    rng, unfinished = np.random.default_rng(1), 0
    for _ in range(times):
        started = subprocess.Popen(
            [*line, f"folder={tmp_path / 'killed'}"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(float(rng.uniform(1.0, 3.0)))
        started.send_signal(signal.SIGKILL)
        started.wait()
        unfinished += not (tables.read_json(tmp_path / "killed" / "manifest.json") or {"finished": None})["finished"]
    last = subprocess.run([*line, f"folder={tmp_path / 'killed'}"], cwd=ROOT, capture_output=True, check=True)
    assert last.returncode == 0
    assert bytes_of(tmp_path / "whole") == bytes_of(tmp_path / "killed")
    return unfinished


def test_a_killed_sweep_goes_on_where_it_was(tmp_path):
    kill_and_start_again(tmp_path, times=2)


@pytest.mark.slow
def test_a_sweep_killed_twenty_times_ends_with_the_same_bytes(tmp_path):
    kill_and_start_again(tmp_path, times=20)


def test_workers_of_a_killed_sweep_do_not_stay_behind(tmp_path):
    words = [*GRID, "replicates=200", "workers=2", "engine=mesa", f"folder={tmp_path / 'out'}"]
    line = [sys.executable, "-m", "experiments.sweep", "-m", *words]
    started = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(children(started.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    workers = children(started.pid)
    assert len(workers) >= 2
    started.kill()
    started.wait()
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]


def children(pid: int) -> list[int]:
    """Worker processes of a process, where the system tells."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        pytest.skip("this system does not tell the children of a process")


def test_two_processes_never_write_into_one_folder_at_once(tmp_path):
    """One ends with the whole table; the other says why it does not, or finds the table finished."""
    line = [sys.executable, "-m", "experiments.sweep", "-m", *GRID, "replicates=400", f"folder={tmp_path / 'out'}"]
    for delay in (0.0, 1.5):
        both = []
        for _ in range(2):
            both.append(subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
            time.sleep(delay)
        told = [(each.communicate(timeout=120)[1], each.returncode) for each in both]
        assert sorted({code for _, code in told}) in ([0], [0, 5]), told
        assert all("another process" in text for text, code in told if code == 5), told
        assert pq.read_table(tmp_path / "out" / "runs.parquet").num_rows == 4 * 400
        shutil.rmtree(tmp_path / "out")


def test_a_finished_folder_with_missing_rows_is_filled_again(tmp_path):
    whole = execute.execute(design_of(*SMALL, folder=tmp_path))
    before = bytes_of(tmp_path)
    tables.write_parquet([whole.runs.slice(0, 5)], tmp_path / "runs.parquet")
    execute.execute(design_of(*SMALL, folder=tmp_path))
    assert bytes_of(tmp_path) == before


def test_a_file_in_place_of_a_folder_is_refused_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="is a file"):
        execute.execute(design_of(*SMALL, folder=tmp_path / "file"))


@pytest.mark.parametrize("engine, presses", [("batch", 1), ("mesa", 1), ("batch", 2), ("mesa", 2)])
def test_ctrl_c_once_keeps_what_is_under_way_and_twice_ends_at_once(tmp_path, engine, presses):
    many = {("batch", 1): 400_000, ("batch", 2): 400_000, ("mesa", 1): 1_500, ("mesa", 2): 20_000}[engine, presses]
    words = [*GRID, f"replicates={many}", "workers=2", f"engine={engine}", f"folder={tmp_path / 'out'}"]
    line = [sys.executable, "-m", "experiments.sweep", "-m", *words]
    started = subprocess.Popen(
        line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not any((tmp_path / "out").glob("chunks/runs*")) and time.monotonic() < deadline:
        time.sleep(0.2)
    kept = len(list((tmp_path / "out").glob("chunks/runs*")))
    assert kept
    for press in range(presses):
        os.killpg(started.pid, signal.SIGINT)
        time.sleep(0.5 * (press + 1 < presses))
    began = time.monotonic()
    told = started.communicate(timeout=90)[1]
    assert started.returncode == 4, told
    assert "Stopping" in told
    assert "Interrupted" in told
    if presses == 2:
        assert time.monotonic() - began < 8  # a chunk takes longer
    else:
        assert len(list((tmp_path / "out").glob("chunks/runs*"))) > kept


CTRL_C_AT_THE_END = """
import atexit, os, signal
from experiments.front import exit_codes
press = lambda: os.kill(os.getpid(), signal.SIGINT)
atexit.register(press)
with exit_codes():
    press()
"""


def test_one_more_ctrl_c_while_the_command_ends_changes_no_exit_code():
    line = [sys.executable, "-c", CTRL_C_AT_THE_END]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("Interrupted.")
    assert done.stderr.count("\n") == 1


# --- nothing is overwritten ----------------------------------------------------------------------------------------


def test_a_folder_of_another_configuration_is_refused_and_left_as_it_was(tmp_path):
    execute.execute(design_of(*SMALL, folder=tmp_path))
    before = bytes_of(tmp_path)
    with pytest.raises(BadInput, match=r"another configuration.*horizon\.discount"):
        execute.execute(design_of(*SMALL, "horizon.discount=.9", folder=tmp_path))
    assert bytes_of(tmp_path) == before


def test_results_of_other_rules_are_refused(tmp_path, monkeypatch):
    from experiments import grid

    execute.execute(design_of(*SMALL, folder=tmp_path))
    monkeypatch.setattr(grid, "source_fingerprint", lambda: "other")
    with pytest.raises(BadInput, match="rules"):
        execute.execute(design_of(*SMALL, folder=tmp_path))


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BadInput, match=r"no manifest\.json"):
        execute.execute(design_of(*SMALL, folder=tmp_path))


def test_folders_are_named_by_configuration_so_that_two_never_meet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one, other = designs(SMALL, [], "")[0], designs([*SMALL, "seed=2"], [], "")[0]
    assert execute.execute(one).folder != execute.execute(other).folder


def test_language_and_processes_do_not_change_the_folder():
    one, other = designs(SMALL, [], "")[0], designs([*SMALL, "language=id", "workers=1"], [], "")[0]
    assert tables.fingerprint(one.identity()) == tables.fingerprint(other.identity())


# --- one bad run is one row ----------------------------------------------------------------------------------------


def test_a_failing_run_is_a_row_with_its_error_and_the_words_that_repeat_it(tmp_path, monkeypatch):
    honest = chunks.ENGINES["batch"]

    def fails_once(design, cells, replicate):
        for cell, number in zip(cells, replicate, strict=True):
            if number == 1 and design.value(cell, "parties.ministries") == 26:
                raise ZeroDivisionError("planted")
        return honest(design, cells, replicate)

    monkeypatch.setitem(chunks.ENGINES, "batch", fails_once)
    results = execute.execute(design_of(*SMALL, folder=tmp_path))
    rows = results.runs.to_pylist()
    failed = [row for row in rows if row["status"] == "failed"]
    assert results.failed == len(failed) == 2
    assert failed[0]["error"] == "ZeroDivisionError: planted"
    assert "parties.ministries=26" in failed[0]["overrides"]
    assert "first_replicate=1 replicates=1" in failed[0]["overrides"]
    assert all(row["cooperation_rate"] is not None for row in rows if row["status"] == "ok")
    assert cell_columns(results)["failed"].tolist() == [0, 1, 0, 1]


def test_cells_without_dilemma_are_rows_without_measures(tmp_path):
    results = execute.execute(design_of("game.temptation=1.5,3", "replicates=2", "horizon.rounds=20", folder=tmp_path))
    assert [row["status"] for row in results.runs.to_pylist()] == ["no_dilemma", "no_dilemma", "ok", "ok"]
    assert cell_columns(results)["status"].tolist() == ["no_dilemma", "ok"]


# --- what a sweep leaves -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("swept") / "out"
    done = command("sweep", "-m", *SMALL, "series=true", f"folder={folder}")
    assert done.returncode == 0, done.stderr
    return folder, done


def test_a_sweep_leaves_one_folder_of_few_files(swept):
    folder, done = swept
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == [
        "borders.csv",
        "design.parquet",
        "figures/phase_diagram.png",
        "figures/phase_diagram.svg",
        "manifest.json",
        "runs.csv",
        "runs.parquet",
        "series.parquet",
        "summary.csv",
    ]
    assert done.stdout.startswith("Cooperation")


def test_the_summary_has_a_row_per_cell_with_dotted_names_and_an_interval(swept):
    header, *lines = (swept[0] / "summary.csv").read_text().splitlines()
    names = header.replace('"', "").split(",")
    assert names[:3] == ["cell", "trafficking.government_lag", "parties.ministries"]
    assert {"share_broken", "low", "high", "runs", "cooperation_rate_mean"} <= set(names)
    assert len(lines) == 4


def test_the_manifest_tells_how_the_results_came_to_be(swept):
    manifest = json.loads((swept[0] / "manifest.json").read_text())
    assert {"command", "seed", "versions", "git", "platform", "purpose", "limits", "identity"} <= set(manifest)
    assert manifest["finished"]
    assert manifest["command"].startswith("python -m experiments.sweep -m scenario=indonesia_2019_2023")


def test_series_are_kept_on_demand(swept):
    series = pq.read_table(swept[0] / "series.parquet")
    assert series.num_rows == 4 * 3 * 24


def test_started_again_a_finished_sweep_only_draws(swept):
    folder, _ = swept
    before = bytes_of(folder)
    shutil.rmtree(folder / "figures")
    done = command("sweep", "-m", *SMALL, "series=true", f"folder={folder}", "language=id")
    assert done.returncode == 0, done.stderr
    assert (folder / "figures" / "phase_diagram.png").exists()
    assert bytes_of(folder) == before


def test_one_scenario_leaves_summary_table_series_and_figure(tmp_path):
    done = command("run", "scenario=dyad", "replicates=2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "results").iterdir()
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"runs.parquet", "runs.csv", "series.parquet", "series.csv", "manifest.json", "time_course.png"} <= names


def test_stock_multirun_still_works_on_one_scenario(tmp_path):
    done = command("run", "-m", "scenario=dyad", "replicates=1", "seed=1,2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len([path for path in (tmp_path / "results").iterdir() if path.name.startswith("run_dyad")]) == 2


# --- borders -------------------------------------------------------------------------------------------------------


def test_a_crossing_is_found_where_the_share_passes_one_half():
    x = np.array([0.0, 2.0, 4.0])
    assert crossing(x, np.array([0.0, 0.0, 1.0])) == 3.0
    assert crossing(x, np.array([1.0, 0.0, 0.0])) == 1.0
    assert crossing(x, np.array([0.0, 0.1, 0.4])) is None
    assert crossing(x, np.array([0.6, 0.7, 1.0])) is None


CASE = {"temptation": 3, "reward": 2, "punishment": 0, "discount": 0.97, "noticed": 0.95, "attention": 1.0}


def test_the_crossings_of_the_margin_are_those_of_the_closed_forms():
    asked = scenario("indonesia_2019_2023")
    of_response = critical_value(asked, "information.response_lag", range(25), 17.0, weakest=False)
    outdated = theory.uncovered_share_random(7, 1 / 12)
    assert of_response == pytest.approx(
        theory.critical_response_lag(**CASE, partners=17.0, coordination_cost=0.02, relevance=0.25, outdated=outdated),
        abs=1e-8,
    )
    of_government = critical_value(asked, "trafficking.government_lag", range(25), 18.0, weakest=False)
    assert of_government == pytest.approx(
        theory.critical_government_lag(
            **CASE,
            response_lag=3,
            partners=18.0,
            coordination_cost=0.02,
            relevance=0.25,
            switching_chance=1 / 12,
        ),
        abs=1e-8,
    )


def test_along_the_discount_the_crossing_is_that_of_lagged_tit_for_tat():
    asked = scenario("dyad", "information.response_lag=2")
    found = critical_value(asked, "horizon.discount", (0.5, 0.95), 1.0, weakest=False)
    assert found == pytest.approx(theory.critical_discount_tit_for_tat(5, 3, 1, 0, response_lag=2), abs=1e-8)


@pytest.mark.parametrize(
    "margin",
    [
        lambda x, zero, bend: (x - zero) ** 3 + bend * (x - zero),
        lambda x, zero, bend: math.tanh(5 * bend * (x - zero)),
        lambda x, zero, bend: math.exp(bend * x) - math.exp(bend * zero),
        lambda x, zero, bend: math.floor(7 * (x - zero)) + bend / 2,  # it jumps over zero
    ],
)
def test_the_zero_of_a_margin_is_that_of_scipys_brent(margin):
    chance = np.random.default_rng(1)
    met = 0
    for _ in range(200):
        zero, bend = 3 * chance.normal(), chance.random() + 0.01
        left, right = zero - 4 * chance.random(), zero + 4 * chance.random()
        if margin(left, zero, bend) * margin(right, zero, bend) <= 0:
            met += 1
            found = zero_between(lambda x, zero=zero, bend=bend: margin(x, zero, bend), left, right)
            brents = brentq(margin, left, right, args=(zero, bend), xtol=WIDTH)
            assert found == pytest.approx(brents, rel=0, abs=3 * WIDTH)  # each within its own bracket of that width
    assert met > 150


def test_a_margin_that_is_zero_at_an_end_crosses_there():
    assert zero_between(lambda x: -x, 0.0, 2.0) == pytest.approx(0.0, abs=WIDTH)
    assert zero_between(lambda x: x, -2.0, 0.0) == pytest.approx(0.0, abs=WIDTH)


def test_theory_says_why_it_has_no_line():
    reasons = {
        ("learning=imitation",): "imitation",
        ("information.false_alarm=.1",): "false alarms",
        ("institution.broker.active=true",): "broker",
        ("trafficking=adaptive",): "adaptive",
        ("learning=none", "strategy=win_stay_lose_shift"): "neither",
    }
    for words, reason in reasons.items():
        with pytest.raises(theory.NoClosedForm, match=reason):
            critical_value(scenario("baseline", *words), "trafficking.government_lag", (0, 4), 4.0, weakest=False)


# --- the headline, small -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lag, values", [("trafficking.government_lag", "0,4,8,12,16,20,24"), ("information.response_lag", "0,6,12,18,24")]
)
def test_identical_parties_on_a_complete_network_meet_the_formula_within_one_cell(tmp_path, lag, values):
    """They evaluate the index of R25 themselves: this checks the code, not the world."""
    words = ["scenario=indonesia_2019_2023", "control=identical", f"{lag}={values}", "parties.ministries=14,16,18"]
    results = execute.execute(design_of(*words, "replicates=5", folder=tmp_path))
    cell = float(np.diff(results.design.axes[0].values)[0])
    for row in border_rows(results, cell_columns(results)):
        if row["observed"] is not None:
            assert abs(row["observed"] - row["typical"]) <= cell, row


def test_the_observed_border_lies_between_the_typical_and_the_weakest_party(tmp_path):
    words = [
        "experiment=actors_by_response_lag",
        "information.response_lag=range(0,25,3)",
        "parties.ministries=6,14,22",
    ]
    results = execute.execute(design_of(*words, "replicates=5", folder=tmp_path))
    rows = border_rows(results, cell_columns(results))
    assert [row["observed"] is not None for row in rows] == [True, True, True]
    for row in rows:
        assert row["weakest"] - 1 <= row["observed"] <= row["typical"], row


@pytest.mark.parametrize("control", ["no_attention_no_cost", "no_relevance"])
def test_a_channel_switched_off_takes_its_effect_away(tmp_path, control):
    words = [f"control={control}", "scenario=indonesia_2019_2023", "trafficking.government_lag=0,12", "replicates=4"]
    results = execute.execute(design_of(*words, "parties.ministries=6,26", folder=tmp_path))
    cells = cell_columns(results)
    share = dict(
        zip(zip(cells["trafficking.government_lag"], cells["parties.ministries"]), cells["share_broken"])  # noqa: B905
    )
    if control == "no_relevance":
        assert all(share[0, n] == share[12, n] for n in (6, 26))
    else:
        assert all(share[lag, 6] == share[lag, 26] for lag in (0, 12))


def test_another_mandate_table_under_the_same_name_is_another_configuration(tmp_path, monkeypatch):
    from dataclasses import replace

    from experiments import compose, grid

    execute.execute(design_of(*SMALL, folder=tmp_path))
    table = compose.table("indonesia_2019_2023")
    name, kind, held = table.rows[0]
    changed = replace(table, rows=((name, kind, held | {0}), *table.rows[1:]))
    monkeypatch.setattr(grid, "table", lambda asked: changed)
    with pytest.raises(BadInput, match="mandates"):
        execute.execute(design_of(*SMALL, folder=tmp_path))


def test_a_strategy_nobody_uses_does_not_make_another_configuration(tmp_path, monkeypatch):
    from experiments import compose, grid

    execute.execute(design_of(*SMALL, folder=tmp_path))
    fewer = {name: one for name, one in compose.strategies().items() if name != "random"}
    monkeypatch.setattr(grid, "strategies", lambda: fewer)
    assert execute.execute(design_of(*SMALL, folder=tmp_path)).runs.num_rows == 12


def test_a_sweep_that_does_not_ask_for_agents_never_loads_mesa():
    program = "import sys, experiments.sweep, sim.batch; sys.exit('mesa' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
