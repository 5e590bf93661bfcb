"""What a person may type, and what is refused before the first run."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from experiments import simulate
from experiments.compose import BadInput, case, groups, scenario, settings, strategies, with_named_parties
from experiments.front import read, word_faults
from experiments.grid import designs
from sim.model import CooperationModel

ROOT = Path(__file__).resolve().parent.parent
HEADLINE = ["actors_by_government_lag", "actors_by_response_lag"]


def command(name: str, *words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", f"experiments.{name}", *words]
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def refused(words: list[str]) -> list[str]:
    """Everything that is wrong with a sweep of these words."""
    with pytest.raises(BadInput) as told:
        designs(words, [], "")
    return told.value.faults


# --- one word ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word, parts",
    [
        ("information.respons_lag=3", ["information.respons_lag", "did you mean 'information.response_lag'"]),
        ("respons_lag=3", ["respons_lag", "no parameter"]),
        ("strategy=tit4tat", ["strategy", "tit4tat", "did you mean 'tit_for_tat'"]),
        ("parties.ministry.strategy=grimm", ["parties.ministry.strategy", "did you mean 'grim'"]),
        ("parties.named.polrii.discount=.9", ["polrii", "did you mean 'polri'"]),
        ("parties.named.polri.discoun=.9", ["discoun", "did you mean 'discount'"]),
        ("parties.named.polri.discount=1.2", ["parties.named.polri.discount", "1.2", "0.9999", "factor"]),
        ("topology.lead=polrii", ["topology.lead", "did you mean 'polri'"]),
        ("topology.matrix=indonesia", ["topology.matrix", "did you mean 'indonesia_2019_2023'"]),
        ("information.miss=1.2", ["information.miss", "1.2", "above 1.0", "chance"]),
        ("horizon.discount=1", ["horizon.discount", "above 0.9999", "factor"]),
        ("horizon.rounds=2.5", ["horizon.rounds", "2.5", "not a whole number"]),
        ("interaction.attention=0", ["interaction.attention", "not above 0.0", "partners per round"]),
        ("mandate.cost_share=1.0", ["mandate.cost_share", "not below 1.0"]),
        ("trafficking.exposure=[1,-2]", ["trafficking.exposure", "-2.0", "below 0.0"]),
        ("information.miss=nan", ["information.miss", "not a finite number"]),
        ("game.temptation=1e308", ["game.temptation", "above 1000000000", "payoff"]),
        ("trafficking.interval=4611686018427387904", ["trafficking.interval", "above 1000000000", "rounds"]),
        ("learning.kind=imitate", ["learning.kind", "did you mean 'imitation'"]),
        ("game=chickn", ["game", "did you mean 'chicken'"]),
        ("language=fr", ["language", "fr"]),
        ("seed=-1", ["seed", "-1", "below 0"]),
        ("replicates=0", ["replicates", "below 1"]),
        ("strategy=glob(x*)", ["no name fits"]),
        ("a b", ["cannot be read"]),
    ],
)
def test_a_wrong_word_is_told_with_key_value_bound_unit_and_nearest_name(word, parts):
    (fault,) = word_faults([word], swept=True)
    assert all(part in fault for part in parts), fault


def test_all_wrong_words_are_told_at_once():
    assert len(word_faults(["strategy=tit4tat", "information.miss=2", "foo=1"], swept=False)) == 3


def test_a_single_scenario_takes_no_list():
    assert "lists are for experiments.sweep" in word_faults(["parties.ministries=2,3"], swept=False)[0]
    assert word_faults(["parties.ministries=2,3"], swept=True) == []


def test_single_parties_are_named_without_plus_and_keep_what_is_not_said():
    asked = settings(["scenario=indonesia_2019_2023", "parties.named.polri.discount=.9"])
    assert asked.parties.named["polri"].discount == 0.9
    assert asked.parties.named["polri"].strategy is None
    assert with_named_parties(["seed=2"]) == ["seed=2"]


def test_lists_ranges_globs_and_choices_are_expanded():
    words = ["information.response_lag=range(0,5,2)", "strategy=glob(tit*)", "learning=glob(*)", "game.reward=1,2.5"]
    values = [each.values for each in read(words)[0]]
    assert values == [(0, 2, 4), ("tit_for_tat", "tit_for_two_tats"), ("calculating", "imitation", "none"), (1.0, 2.5)]


# --- laws between values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words, parts",
    [
        (["game.temptation=1.5"], ["not a prisoners_dilemma", "T > R > P > S", "T=1.5"]),
        (["game=stag_hunt", "game.sucker=2"], ["not a stag_hunt", "S=2.0"]),
        (["information.response_lag=120"], ["120", "not below horizon.rounds"]),
        (["parties.organizations=0", "parties.ministries=1"], ["0 + 1", "2 to 500"]),
        (["parties.ministries=500"], ["1 + 500", "2 to 500"]),
        (["game.stake_high=4", "game.stake_chance=.5"], ["4.0 * 0.5", "above 1"]),
        (["topology.functions=4"], ["topology.organization_holds", "8", "4"]),
        (["topology.matrix=indonesia_2019_2023", "topology.functions=10"], ["10", "11"]),
        (["trafficking.detection_multiplier=[1,2]"], ["2 factors for 1 first rounds"]),
        (["strategy=win_stay_lose_shift"], ["no index", "learning=none"]),
        (["parties.named.iom.response_lag=120"], ["parties.named.iom.response_lag", "120"]),
    ],
)
def test_a_law_between_values_is_told_before_the_first_run(words, parts):
    with pytest.raises(BadInput) as told:
        scenario("baseline", *words)
    assert all(part in str(told.value) for part in parts), str(told.value)


def test_both_sides_of_each_law():
    scenario("baseline", "information.response_lag=119")
    scenario("baseline", "parties.ministries=499")
    scenario("baseline", "game.stake_high=4", "game.stake_chance=.25")
    scenario("baseline", "learning=none", "strategy=win_stay_lose_shift")
    scenario("baseline", "game=free", "game.temptation=0")


def test_a_drawn_lag_may_outlast_the_run():
    """It is no error: a party whose answer comes after the last round simply never answers."""
    words = ["horizon.rounds=30", "information.response_lag=20", "information.response_lag_spread=1", "learning=none"]
    asked = scenario("baseline", *words, "parties.ministry.strategy=alld")
    lags = [actor.response_lag for actor in CooperationModel(case(asked), 1, 0).actors]
    assert min(lags) < 30 <= max(lags) <= asked.information.response_lag_cap
    for engine in ("batch", "mesa"):
        assert simulate(replace(asked, engine=engine), replicates=2)["status"].tolist() == ["ok", "ok"]


# --- sweeps --------------------------------------------------------------------------------------------------------


def test_the_headline_is_two_experiments():
    assert [design.name for design in designs([], HEADLINE, "")] == HEADLINE


def test_axes_on_the_line_replace_those_of_an_experiment():
    (design,) = designs(["experiment=actors_by_response_lag", "parties.ministries=2,4"], [], "")
    assert [axis.name for axis in design.axes] == ["parties.ministries"]


def test_a_single_value_takes_an_axis_away_from_an_experiment():
    (design,) = designs(["experiment=actors_by_response_lag", "parties.ministries=6"], [], "")
    assert [axis.name for axis in design.axes] == ["information.response_lag"]
    assert design.settings.parties.ministries == 6


def test_choices_are_composed_once_each_and_cells_follow_the_order_of_the_line():
    (design,) = designs(["information.response_lag=0,1", "learning=none,imitation", "strategy=grim,alld"], [], "")
    assert len(design.bases) == 2
    assert [design.values(cell) for cell in (0, 1, 2, 4)] == [
        (0, "none", "grim"),
        (0, "none", "alld"),
        (0, "imitation", "grim"),
        (1, "none", "grim"),
    ]
    assert design.cell(2).learning.interval == 6


@pytest.mark.parametrize(
    "words, part",
    [
        (["information.response_lag=range(5,2)"], "no cells"),
        (["parties.ministries=2,2"], "holds a value twice"),
        (["replicates=1,2"], "one value for a whole sweep"),
        (["game.temptation=1,1.5"], "in every cell"),
        (["information.response_lag=0,200"], "in 1 of 2 cells"),
        (["parties.ministries=0,3"], "in 1 of 2 cells"),
        (["strategy=grim,win_stay_lose_shift"], "no index"),
        (["seed=1"], "nothing is swept"),
    ],
)
def test_a_sweep_that_cannot_be_run_is_refused(words, part):
    if words == ["seed=1"]:
        words = [*words, "experiment=null"]
    assert any(part in fault for fault in refused(words))


def test_all_faults_of_a_sweep_are_told_at_once():
    assert len(refused(["information.response_lag=0,200", "parties.ministries=0,3", "topology.functions=4"])) == 3


def test_cells_without_dilemma_are_marked_and_the_others_stay():
    (design,) = designs(["game.temptation=1.5,2,2.5", "parties.ministries=2,3"], [], "")
    assert design.dilemma.tolist() == [False, False, False, False, True, True]


def test_a_kind_of_game_may_be_swept():
    (design,) = designs(["game.kind=prisoners_dilemma,chicken,free"], [], "")
    assert design.dilemma.tolist() == [True, False, True]


# --- through the real door -----------------------------------------------------------------------------------------


def test_wrong_words_end_with_exit_code_two_and_leave_nothing_behind(tmp_path):
    done = command("run", "information.respons_lag=3", "strategy=tit4tat", "game.temptation=2", cwd=tmp_path)
    assert done.returncode == 2
    assert "3 errors" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broken_law_ends_with_exit_code_two(tmp_path):
    done = command("sweep", "-m", "game.temptation=1,1.5", "information.response_lag=0,200", cwd=tmp_path)
    assert done.returncode == 2
    assert "2 errors" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_tells_every_parameter_and_every_choice():
    done = command("sweep", "--help")
    assert done.returncode == 0
    assert "trafficking.government_lag: rounds of full cooperation" in done.stdout
    assert all(name in done.stdout for name in [*groups(), *strategies()])


def test_a_malformed_strategy_file_is_refused_with_its_name(tmp_path, monkeypatch):
    from experiments import compose

    (tmp_path / "strategies").mkdir()
    broken = "start: c\nstates:\n  c: {out: 1.2, next: {DD: x, DC: c, CD: c, CC: c}}\n"
    (tmp_path / "strategies" / "mine.yaml").write_text(broken)
    monkeypatch.setattr(compose, "CONF", tmp_path)
    with pytest.raises(BadInput) as told:
        compose.strategies.__wrapped__()
    assert len(told.value.faults) == 2
    assert all("mine.yaml" in fault for fault in told.value.faults)


def test_a_mistyped_sweeper_is_told_with_all_other_errors():
    done = command("sweep", "-m", "hydra/sweeper=bordr", "information.response_lg=0,1")
    assert done.returncode == 2
    assert "hydra/sweeper: 'bordr' is not a choice; did you mean 'border'?" in done.stderr
    assert "did you mean 'information.response_lag'?" in done.stderr
