"""What goes wrong around a sweep costs no more than docs/faults.md says: the culprit's row, and no other byte."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import count, product
from pathlib import Path

import planted
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from pebble import ProcessExpired
from test_front import ROOT
from test_sweep import GRID, SMALL, bytes_of, design_of, kill_and_start_again

from experiments import chunks, compose, execute, front, pool, sweep
from experiments.grid import designs, single
from experiments.workers import _Attentive, process_pool
from sim import tables

FILES = ("runs.parquet", "runs.csv")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """The chunks that tests/planted.py makes."""
    planted.small_chunks(monkeypatch.setattr)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """The sweep without a fault, and the bytes of the chunks it kept on its way."""
    with pytest.MonkeyPatch.context() as patch:
        planted.small_chunks(patch.setattr)
        patch.setattr(execute, "_clear", lambda folder: None)
        results = execute.execute(design_of(*SMALL, folder=tmp_path_factory.mktemp("honest") / "out"))
    kept = [path.stat().st_size for path in sorted((results.folder / "chunks").iterdir())]
    assert len(kept) == 3
    return results, kept


def line(folder, *words):
    """The command with the faults of tests/planted.py."""
    return [sys.executable, str(ROOT / "tests" / "planted.py"), "-m", *SMALL, "workers=2", f"folder={folder}", *words]


def swept(folder, *words, faults="", **how):
    """The command, run to its end; ``PLAYED`` and the like go into its environment."""
    names = {name: str(how.pop(name)) for name in list(how) if name.isupper()}
    environment = {**os.environ, "FAULTS": faults, **names}
    return subprocess.run(
        line(folder, *words), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False, **how
    )


def same_bytes(folder, honest):
    return all((folder / name).read_bytes() == (honest[0].folder / name).read_bytes() for name in FILES)


def only_these_failed(folder, honest, culprits):
    """The rows of the culprits failed; without them the rest is what it is without them, byte for byte."""
    rows, before = pq.read_table(folder / "runs.parquet"), honest[0].runs
    places = [f"{row['cell']}:{row['replicate']}" for row in before.select(["cell", "replicate"]).to_pylist()]
    failed = [place in culprits for place in places]
    assert [status == "failed" for status in rows.column("status").to_pylist()] == failed
    kept = [not each for each in failed]
    assert rows.filter(kept).equals(before.filter(kept))
    old, new = ((path / "runs.csv").read_bytes().splitlines() for path in (honest[0].folder, folder))
    assert [a for a, other in zip(new[1:], failed, strict=True) if not other] == [
        b for b, other in zip(old[1:], failed, strict=True) if not other
    ]
    told = pyarrow.csv.read_csv(folder / "failures.csv")
    assert told.column("overrides").to_pylist() == before.filter(failed).column("overrides").to_pylist()
    return dict(zip((place for place in places if place in culprits), told.column("error").to_pylist(), strict=True))


TOLD = {
    "segfault": "Died: the run ended its process, twice",
    "leave": "Hung",
    "sleep": "Hung: the run took longer than patience allows, twice",
    "spin": "Hung: the run took longer than patience allows, twice",
    "error": "ZeroDivisionError: planted",
    "series": "NotFinite",
    "payoff": "NotFinite",
}


# --- a run ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "engine, kinds", [("batch", ["segfault", "sleep", "series", "error"]), ("mesa", ["payoff", "spin"])]
)
def test_runs_that_die_hang_or_hand_over_no_number_are_failed_rows_and_cost_no_other_byte(
    tmp_path, honest, engine, kinds
):
    """Two of them share a chunk."""
    culprits = dict(zip(["0:1", "0:2", "1:1", "3:0"], kinds, strict=False))
    faults = ",".join(f"{kind}:{place}" for place, kind in culprits.items())
    words = [f"engine={engine}", "compute=processes", "workers=1", "patience=2"]
    done = swept(tmp_path / "out", *words, faults=faults)
    assert done.returncode == 3, done.stderr
    assert f"{len(kinds)} runs failed; failures.csv has their errors" in done.stderr
    told = only_these_failed(tmp_path / "out", honest, culprits)
    assert all(told[place].startswith(TOLD[kind]) for place, kind in culprits.items()), told


@pytest.mark.slow
@pytest.mark.parametrize("engine, kind", [*product(["batch", "mesa"], TOLD)])
def test_a_fault_of_any_kind_costs_its_own_run_and_no_other(tmp_path, honest, engine, kind):
    done = swept(
        tmp_path / "out", f"engine={engine}", "compute=processes", "patience=2", faults=f"{kind}:2:1"
    )
    assert done.returncode == 3, done.stderr
    assert only_these_failed(tmp_path / "out", honest, ["2:1"])["2:1"].startswith(TOLD[kind])


def test_the_words_of_a_failed_run_play_it_again(tmp_path, honest, monkeypatch):
    """Here without the fault: the row that the sweep lacks."""
    with monkeypatch.context() as patch:
        patch.setitem(chunks.ENGINES, "batch", planted.planted(chunks.ENGINES["batch"], {(3, 1): "error"}))
        sweep._write_failures(execute.execute(design_of(*SMALL, folder=tmp_path / "out")))
    only_these_failed(tmp_path / "out", honest, ["3:1"])
    words = pyarrow.csv.read_csv(tmp_path / "out" / "failures.csv").column("overrides")[0].as_py()
    asked = compose.settings([*words.split(), f"folder={tmp_path / 'again'}"])
    again = execute.execute(single(words.split(), "again", "test", asked)).runs
    before = honest[0].runs.filter(pc.equal(honest[0].runs.column("overrides"), words))
    same = [name for name in before.column_names if name in again.column_names and name not in ("cell", "overrides")]
    assert again.num_rows == 1
    assert len(same) > 20
    assert again.select(same).cast(before.select(same).schema).equals(before.select(same))


def test_a_fault_that_kills_threads_ends_the_command_and_processes_finish_the_same_line(tmp_path, honest):
    out, played = tmp_path / "out", tmp_path / "played"
    died = swept(out, "compute=threads", "workers=1", faults="segfault:3:0", PLAYED=played)
    assert died.returncode == -signal.SIGSEGV
    kept = [names_runs(path.name) for path in (out / "chunks").glob("runs*")]
    assert kept
    played.unlink()
    done = swept(out, "compute=processes", "workers=1", faults="segfault:3:0", PLAYED=played)
    assert done.returncode == 3, done.stderr
    assert only_these_failed(out, honest, ["3:0"])["3:0"].startswith(TOLD["segfault"])
    assert len(played.read_text().split()) == 12 - sum(kept) - 1, "what was kept is not played again"


def names_runs(name):
    """How many runs the name of a chunk says that it holds."""
    first, last = re.fullmatch(r"runs-\d+-(\d+)-(\d+)\.parquet", name).groups()
    return int(last) - int(first)


def test_a_sweep_told_to_fail_fast_ends_at_the_first_run_that_fails(tmp_path, honest, monkeypatch, capsys):
    """What was finished before is kept; the same line meets the fault again, and goes on when it is gone."""
    asked = [*SMALL, "workers=1", "fail_fast=true"]
    with monkeypatch.context() as patch:
        patch.setitem(chunks.ENGINES, "batch", planted.planted(chunks.ENGINES["batch"], {(2, 1): "error"}))
        for _ in range(2):
            with pytest.raises(SystemExit) as left, front.exit_codes():
                execute.execute(design_of(*asked, folder=tmp_path))
            assert left.value.code == 3
            told = capsys.readouterr().err
            assert "A run failed, and fail_fast=true: ZeroDivisionError: planted (repeat it: python -m exp" in told
            kept = [path.stem for path in tmp_path.glob("chunks/*")]
            assert "runs-000-000000004-000000008" not in kept
    assert execute.execute(design_of(*asked, folder=tmp_path)).failed == 0
    assert same_bytes(tmp_path, honest)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sleep", "spin"])
def test_a_run_that_never_ends_in_a_thread_is_ended_by_ctrl_c_twice(tmp_path, kind):
    environment = {**os.environ, "FAULTS": f"{kind}:3:2"}
    command = line(tmp_path / "out", "compute=threads")
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as started:
        deadline = time.monotonic() + 60
        while len(list((tmp_path / "out").glob("chunks/runs*"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        for _ in range(2):
            time.sleep(1)
            started.send_signal(signal.SIGINT)
        told = started.communicate(timeout=60)[1]
    assert started.returncode == 4, told
    assert len(list((tmp_path / "out").glob("chunks/runs*"))) == 2


@pytest.mark.parametrize("engine", ["batch", "mesa"])
def test_a_worker_loads_its_engine_before_the_clock_of_a_run(tmp_path, monkeypatch, engine):
    """And one whose engine cannot be loaded begins all the same: its first chunk says why."""
    loaded = []

    def fails(*asked):
        loaded.append(asked)
        raise RuntimeError

    monkeypatch.setitem(chunks.ENGINES, engine, fails)
    before = signal.getsignal(signal.SIGINT)
    try:
        pool._begin_worker(design_of(*SMALL, f"engine={engine}", folder=tmp_path))
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(loaded) == 1
    monkeypatch.undo()
    chunks.load(engine)


def nothing():
    """What a worker of the next test begins with."""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_before_its_pool_has_read_what_it_sent_costs_its_own_task_alone(monkeypatch, workers):
    """It sends that it took a task, its result, that it took the next, and dies; all of this is read later."""
    heard = _Attentive.process_next_message

    def hears_late(manager, timeout):
        time.sleep(0.4)
        heard(manager, timeout)

    monkeypatch.setattr(_Attentive, "process_next_message", hears_late)
    pool = process_pool(workers, nothing, ())
    try:
        tasks = [pool.schedule(*task) for task in [(abs, (1,)), (os._exit, (3,)), (abs, (2,)), (os._exit, (4,))] * 2]
        for future, code in zip(tasks, [0, 3, 0, 4] * 2, strict=True):
            if code == 0:
                assert future.result(timeout=60) in (1, 2)
            else:
                with pytest.raises(ProcessExpired) as end:
                    future.result(timeout=60)
                assert end.value.exitcode == code
    finally:
        pool.stop()
        pool.join()


# --- workers killed from outside -----------------------------------------------------------------------------------


def test_a_worker_killed_from_outside_costs_nothing(tmp_path, honest):
    out, waits = tmp_path / "out", tmp_path / "waits"
    environment = {**os.environ, "FAULTS": "wait_once:1:2", "WAITS": str(waits)}
    command = line(out, "compute=processes", "workers=1")
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as started:
        deadline = time.monotonic() + 60
        while not (waits.exists() and waits.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(int(waits.read_text()), signal.SIGKILL)
        told = started.communicate(timeout=120)[1]
    assert started.returncode == 0, told
    assert same_bytes(out, honest)


@pytest.mark.parametrize("times, code", [(1, 0), pytest.param(100, 4, marks=pytest.mark.slow)])
def test_workers_that_end_before_they_begin_are_started_again_but_not_for_ever(tmp_path, honest, times, code):
    out = tmp_path / "out"
    done = swept(out, "compute=processes", "workers=1", WORKERS_THAT_END=times, BEGUN=tmp_path / "begun")
    assert done.returncode == code, done.stderr
    if code:
        assert "Interrupted: worker processes were started 3 times and ended" in done.stderr
        done = swept(out, "compute=processes")
        assert done.returncode == 0, done.stderr
    assert same_bytes(out, honest)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        (
            "hydra/sweeper=border",
            "scenario=indonesia_2019_2023",
            "trafficking.government_lag=range(0,61)",
            "parties.ministries=range(4,41)",
            "replicates=300",
        ),
        (*GRID, "precision=.001", "most_replicates=80000"),
    ],
)
def test_a_sweep_in_stages_killed_twenty_times_ends_with_the_same_bytes(tmp_path, words):
    assert kill_and_start_again(tmp_path, 20, words) >= 5


class Killed(BaseException):
    """Nothing may catch it."""


def killed_at(write, half_written, monkeypatch):
    """Let the n-th write of a process end it: with half of a file under its temporary name, or whole and named."""
    writes = count(1)

    def replace(temporary, path):
        last = next(writes) == write
        if last and half_written:
            half = temporary.read_bytes()[: temporary.stat().st_size // 2]
            temporary.with_name(f"{temporary.stem}0{tables.PART}").write_bytes(half)  # as nobody was left to remove it
        else:
            os.rename(temporary, path)
        if last:
            raise Killed

    monkeypatch.setattr(tables.os, "replace", replace)


@pytest.mark.parametrize(
    "sweeper, words",
    [
        ("grid", ["series=true"]),
        ("grid", ["precision=.1", "most_replicates=6"]),
        ("border", ["trafficking.government_lag=0,6,12,18,24", "audit=2"]),
    ],
)
def test_wherever_a_sweep_is_killed_the_same_line_ends_with_the_same_bytes(tmp_path, monkeypatch, sweeper, words):
    """At every file it writes; its lock and what it was writing stay behind. What it kept is not played again."""

    def run(folder):
        bases = {choices: replace(base, folder=str(folder)) for choices, base in design.bases.items()}
        return execute.execute(replace(design, bases=bases)).folder

    def play(design, waiting, *_):
        for chunk in waiting:
            yield chunk, chunks.run_chunk(design, *chunk.runs)

    swept_anew = {word.split("=")[0] for word in words}
    asked = [*(word for word in SMALL if word.split("=")[0] not in swept_anew), *words]
    (design,) = designs(asked, [], "test", sweeper)
    monkeypatch.setattr(pool, "play", play)  # without threads: what counts here is what is written
    monkeypatch.setattr(execute, "_git_state", lambda: None)
    played, engine = [], chunks.ENGINES["batch"]
    monkeypatch.setitem(chunks.ENGINES, "batch", lambda *runs: played.append(len(runs[1])) or engine(*runs))
    whole = bytes_of(run(tmp_path / "whole"))
    all_runs = sum(played)
    for write in count(1):
        for half_written in (True, False):
            folder = tmp_path / f"{write}-{half_written}"
            with monkeypatch.context() as patch:
                killed_at(write, half_written, patch)
                try:
                    run(folder)
                except Killed:
                    (folder / execute.LOCK).touch()
                else:
                    assert write > 6
                    return
            kept = sum(pq.read_metadata(path).num_rows for path in folder.glob("chunks/runs*.parquet"))
            played.clear()
            assert bytes_of(run(folder)) == whole
            assert sum(played) == all_runs - kept
            assert not [path for path in folder.rglob("*") if path.name.startswith((".", "chunks"))]


# --- the disk ------------------------------------------------------------------------------------------------------


def test_a_file_that_may_not_grow_ends_the_sweep_and_more_room_goes_on_with_it(tmp_path, honest, monkeypatch):
    """Every system can limit the size of a file; the chunks fit below this limit, the table of all runs does not."""
    import resource

    results, kept = honest
    limit = (max(kept) + (results.folder / "runs.parquet").stat().st_size) // 2
    assert max(kept) < limit
    out = tmp_path / "out"
    first = swept(out, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)))
    assert first.returncode == 5, first.stderr
    assert re.search(r"Storage: .*File too large.*Once this is mended, type the same line again", first.stderr)
    assert len(list((out / "chunks").iterdir())) == 3
    assert not list(out.rglob(f".*{tables.PART}"))
    monkeypatch.setattr(pool, "_pool", lambda *_: pytest.fail("all was kept"))
    assert execute.execute(design_of(*SMALL, folder=out)).failed == 0
    assert same_bytes(out, honest)


@pytest.fixture(scope="module")
def mounting():
    """How to run a script that mounts file systems nobody else sees."""
    tried = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    if not shutil.which("unshare"):
        pytest.skip("this system has no unshare, which mounts a file system for one process")
    done = subprocess.run(tried, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this system lets nobody mount a file system for one process: {done.stderr.strip()}")
    return tried[:-1]


FULL = """
mount -t tmpfs -o size=$SIZE tmpfs $DISK
PLAYED=$SAVED/first "$@"; echo $? > $SAVED/code; ls $DISK/out/chunks > $SAVED/chunks
mount -o remount,size=64m $DISK
PLAYED=$SAVED/again "$@" || exit
cp -r $DISK/out $SAVED/out
"""
READ_ONLY = """
mount -t tmpfs tmpfs $DISK && mount -o remount,ro $DISK
"$@"
"""


def mounted(mounting, script, tmp_path, size=0):
    """Run the command between mounts, with its results on a disk of some size in bytes."""
    disk, saved = tmp_path / "disk", tmp_path / "saved"
    disk.mkdir()
    saved.mkdir()
    environment = {**os.environ, "DISK": str(disk), "SAVED": str(saved), "SIZE": str(size)}
    return saved, subprocess.run(
        [*mounting, script, "sh", *line(disk / "out")],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_full_disk_ends_the_sweep_and_more_room_goes_on_with_it(tmp_path, honest, mounting):
    """Room for the manifest and two of three chunks."""
    page = 4096
    pages = [-(-size // page) for size in [(honest[0].folder / "manifest.json").stat().st_size, *honest[1][:2]]]
    saved, done = mounted(mounting, FULL, tmp_path, size=(sum(pages) + 1) * page)
    assert (saved / "code").read_text() == "5\n", done.stderr
    assert "Storage: " in done.stderr
    assert "No space left on device" in done.stderr
    assert "Once this is mended, type the same line again" in done.stderr
    assert done.returncode == 0, done.stderr
    kept = (saved / "chunks").read_text().split()
    assert kept
    assert same_bytes(saved / "out", honest)
    left = 12 - sum(map(names_runs, kept))
    assert len((saved / "again").read_text().split()) == left, "what was kept is not played again"


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path, mounting):
    _, done = mounted(mounting, READ_ONLY, tmp_path)
    assert done.returncode == 5, done.stderr
    assert re.search(r"Storage: .*Read-only file system: '.*disk/out'", done.stderr), done.stderr


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path, capsys):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as left, front.exit_codes():
        execute.execute(design_of(*SMALL, folder=tmp_path / "file" / "out"))
    assert left.value.code == 5
    assert re.search(r"Storage: .*Not a directory: '.*file/out/", capsys.readouterr().err)


def test_a_disk_that_fails_within_a_run_is_not_blamed_on_the_run(tmp_path, monkeypatch, capsys):
    """As when the compiled rules cannot be kept: a row must not say for ever that its run failed."""
    def has_no_room(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setitem(chunks.ENGINES, "batch", has_no_room)
        with pytest.raises(SystemExit) as left, front.exit_codes():
            execute.execute(design_of(*SMALL, folder=tmp_path))
    assert left.value.code == 5
    assert "No space left on device" in capsys.readouterr().err
    assert execute.execute(design_of(*SMALL, folder=tmp_path)).failed == 0


# --- files that are torn -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["runs.parquet", "series.parquet"])
def test_a_finished_folder_whose_table_is_torn_is_filled_again(tmp_path, name):
    folder = execute.execute(design_of(*SMALL, "series=true", folder=tmp_path)).folder
    before = bytes_of(folder)
    for torn in (b"", before[name][:100], before[name][:-1], before[name][:50] + b"garbage" * 9 + before[name][-50:]):
        (folder / name).write_bytes(torn)
        execute.execute(design_of(*SMALL, "series=true", folder=tmp_path))
        assert bytes_of(folder) == before, len(torn)


def test_a_chunk_of_garbage_is_run_again(tmp_path, honest, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(execute, "_merge", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            execute.execute(design_of(*SMALL, folder=tmp_path))
    for chunk in (tmp_path / "chunks").iterdir():
        whole = bytearray(chunk.read_bytes())
        whole[100:-100] = bytes(len(whole) - 200)
        chunk.write_bytes(whole)
    execute.execute(design_of(*SMALL, folder=tmp_path))
    assert same_bytes(tmp_path, honest)


# --- who reads the output ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("faults, code", [("", 0), pytest.param("error:0:0", 3, marks=pytest.mark.slow)])
def test_a_reader_who_has_gone_ends_nothing_and_changes_no_exit_code(tmp_path, faults, code):
    """As in ``| head -1``; all is written, and Python does not complain of it when it ends."""
    reading, writing = os.pipe()
    os.close(reading)
    environment = {**os.environ, "FAULTS": faults, "PYTHONUNBUFFERED": ""}
    command = line(tmp_path / "out")
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.returncode == code, done.stderr
    assert b"BrokenPipe" not in done.stderr
    assert (tmp_path / "out" / "summary.csv").exists()
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["finished"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.slow
def test_output_that_cannot_be_written_is_told_after_all_is_kept(tmp_path):
    environment = {**os.environ, "PYTHONUNBUFFERED": ""}
    command = line(tmp_path / "out")
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 5, done.stderr
    assert b"No space left on device" in done.stderr
    assert (tmp_path / "out" / "summary.csv").exists()


# --- many cells ----------------------------------------------------------------------------------------------------

BYTES_PER_CELL = 330
"""What a cell beyond the first 100,000 was measured to take: 468 MB at 10^5, 765 MB at 10^6."""


@pytest.mark.parametrize(
    "cells, most", [(10**5, 1000 - 0.9 * BYTES_PER_CELL), pytest.param(10**6, 1000, marks=pytest.mark.slow)]
)
def test_a_million_cells_fit_into_a_gigabyte(tmp_path, cells, most):
    """100,000 must leave room for the 900,000 others."""
    program = ROOT / "tests" / "benchmarks" / "sweep.py"
    done = subprocess.run(
        [sys.executable, program, str(cells), tmp_path / "out"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["cells"] == cells
    assert 200 < told["megabytes"] < most
