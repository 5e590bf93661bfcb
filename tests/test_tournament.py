"""Tournaments: the scores of Axelrod's library, exact and in the mean; a tournament computed by hand; its ecology."""

import csv
import json
import re
import subprocess
import sys
import warnings
from functools import cache
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pytest

from experiments import diagram, simulate
from experiments.compose import BadInput, scenario, strategies
from experiments.figures import automaton_diagram, score_map, share_diagram
from experiments.tournament import Asked, ecology, read, shares_of, tournament
from experiments.tournament.__main__ import main
from experiments.tournament.asked import DECLARED
from experiments.tournament.matches import Sums
from experiments.tournament.telling import summary
from experiments.words import words
from sim.automata import PAIRS

ROOT = Path(__file__).resolve().parents[1]
SEVERAL = 3.0
"""Standard errors that a mean may lie from another."""


# --- against Axelrod's library -------------------------------------------------------------------------------------


@cache
def oracle():
    """Axelrod's library. It must be there: without it these tests fail, they are not skipped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own, on newer Pythons
        import axelrod
    assert axelrod.__version__ == "4.13.1"
    return axelrod


def their(name, toss=0.0):
    """The same strategy in Axelrod's library; ``toss`` in [0, 1) settles a first act that we draw and they fix."""
    library, rule = oracle(), strategies()[name]
    if name in ("memory_one", "extortionate_zero_determinant"):
        chance = dict(zip(rule.states, rule.out, strict=True))
        vector = tuple(chance[state] for state in ("cc", "cd", "dc", "dd"))
        first = library.Action.C if toss < rule.out[rule.start] else library.Action.D
        return library.MemoryOnePlayer(vector, initial=first)
    if name == "generous_tit_for_tat":
        return library.GTFT(p=rule.out[rule.states.index("d")])
    if name == "trigger":  # the same as long as nobody slips: after a slip of both at once theirs would forgive
        return library.MemoryOnePlayer((1, 0, 0, 0), initial=library.Action.C)
    return getattr(library, THEIR_NAMES[name])()


THEIR_NAMES = {
    "allc": "Cooperator",
    "alld": "Defector",
    "contrite_tit_for_tat": "ContriteTitForTat",
    "firm_but_fair": "FirmButFair",
    "grim": "Grudger",
    "random": "Random",
    "soft_grim": "SoftGrudger",
    "suspicious_tit_for_tat": "SuspiciousTitForTat",
    "tit_for_tat": "TitForTat",
    "tit_for_two_tats": "TitFor2Tats",
    "two_tits_for_tat": "TwoTitsForTat",
    "win_stay_lose_shift": "WinStayLoseShift",
}
WITHOUT_COUNTERPART: set[str] = set()
"""Strategies of ours that Axelrod's library does not have."""
COMPARED = {name: rule for name, rule in strategies().items() if name not in WITHOUT_COUNTERPART}
CERTAIN = sorted(name for name, rule in COMPARED.items() if set(rule.out) <= {0.0, 1.0})
UNLIKE_UNDER_NOISE = {"contrite_tit_for_tat", "trigger"}
"""Theirs is contrite after a slip that met a C, whatever its standing; their trigger is ours only without slips."""
ALIKE_UNDER_NOISE = sorted(set(COMPARED) - UNLIKE_UNDER_NOISE)


def test_every_strategy_of_ours_is_compared_with_axelrods_library():
    special = {"memory_one", "extortionate_zero_determinant", "generous_tit_for_tat", "trigger"}
    assert set(THEIR_NAMES) | special | WITHOUT_COUNTERPART == set(strategies())


def noiseless(lengths):
    """Pairs whose totals differ from those of Axelrod's library, after each number of turns."""
    library, differing = oracle(), []
    ours = {turns: tournament(CERTAIN, rounds=turns, repetitions=1).score * turns for turns in lengths}
    for (i, mine), (j, other) in combinations_with_replacement(enumerate(CERTAIN), 2):
        match = library.Match((their(mine), their(other)), turns=max(lengths), seed=1)
        acts = match.play()
        for turns in lengths:
            theirs = np.array([library.Game().score(pair) for pair in acts[:turns]]).sum(axis=0)
            told = ours[turns][i, j], ours[turns][j, i]
            # a total is a whole number, the mean its quotient: times the turns it is off by less than one last place
            if [round(total) for total in told] != theirs.tolist() or not np.allclose(told, theirs, rtol=1e-15, atol=0):
                differing.append((mine, other, turns, told, theirs.tolist()))
    return differing


def noisy(names, error, ours, theirs):
    """Pairs with their distance in standard errors, by ``ours`` and ``theirs`` repetitions of 200 turns."""
    library, toss = oracle(), np.random.default_rng(5)
    found = tournament(names, repetitions=ours, action_error=error)
    distance = {}
    for number, ((i, mine), (j, other)) in enumerate(combinations_with_replacement(enumerate(names), 2)):
        totals = np.zeros((theirs, 2))
        for repetition in range(theirs):
            pair = their(mine, toss.random()), their(other, toss.random())
            match = library.Match(pair, turns=200, noise=error, seed=1000 * number + repetition + 1)
            match.play()
            totals[repetition] = match.final_score_per_turn()
        if i == j:  # ours is the mean of both sides
            totals[:] = totals.mean(axis=1, keepdims=True)
        for side, (row, column) in enumerate(((i, j), (j, i))):
            spread = found.score_error[row, column] * np.sqrt(ours)  # of one match; ours are many, so it is known well
            error_of_both = spread * np.sqrt(1 / ours + 1 / theirs)
            distance[names[row], names[column]] = (found.score[row, column] - totals[:, side].mean()) / error_of_both
    return distance


def test_without_noise_every_pair_scores_exactly_what_it_scores_in_axelrods_library():
    assert noiseless((1, 2, 3, 4, 5, 6, 7, 200)) == []


def test_with_slips_and_chance_every_pair_scores_in_the_mean_what_it_scores_in_axelrods_library():
    names = ["grim", "random", "tit_for_tat", "win_stay_lose_shift"]
    distance = noisy(names, 0.05, ours=2000, theirs=30)
    assert max(map(abs, distance.values())) < SEVERAL, distance


@pytest.mark.slow
def test_with_slips_every_strategy_alike_scores_in_the_mean_what_it_scores_in_axelrods_library():
    distance = noisy(ALIKE_UNDER_NOISE, 0.05, ours=20000, theirs=200)
    far = {pair: z for pair, z in distance.items() if abs(z) > SEVERAL}
    # 105 independent pairs have both sides within 3 standard errors but for 0.6 of them in the mean; 5 is beyond chance
    assert len(far) < 5, far
    assert max(map(abs, distance.values())) < 4.5, far
    assert 0.8 < np.std(list(distance.values())) < 1.2  # so the standard errors are neither too wide nor too narrow


def test_a_first_act_of_another_kind_would_be_noticed():
    """The comparison can fail: suspicious tit for tat is not tit for tat, after one turn and after 200."""
    score = tournament(["suspicious_tit_for_tat", "tit_for_tat"], repetitions=1).score
    assert score[0, 1] == 2.5 != score[1, 1]


# --- by hand -------------------------------------------------------------------------------------------------------


FIVE = ["allc", "alld", "tit_for_tat", "grim", "random"]
COIN = 200 * 2.25  # the mean of 5, 3, 1, 0, which who copies a coin gets too, but for the first round
BY_HAND = np.array(
    [
        [600, 0, 600, 600, 300],
        [1000, 200, 204, 204, 600],
        [600, 199, 600, 600, COIN - 2.25 + 1.5],
        [600, 199, 600, 600, 597],  # 1.5 until the first D of the coin, after 2 rounds in the mean, and 3 from then on
        [800, 100, COIN - 2.25 + 4.0, 107, COIN],
    ]
)
"""Totals of 200 rounds at 5, 3, 1, 0, in the mean."""


def test_a_tournament_of_five_gives_the_totals_that_are_computed_by_hand():
    found = tournament(FIVE, repetitions=400)
    drawn = np.zeros((5, 5), dtype=bool)
    drawn[4], drawn[:, 4] = True, True
    assert (found.score[~drawn] * 200).round(9).tolist() == BY_HAND[~drawn].tolist()
    assert (found.score_error[~drawn] == 0).all()
    assert (np.abs(found.score - BY_HAND / 200)[drawn] < SEVERAL * found.score_error[drawn]).all()
    expected = np.array([420.0, 441.6, 489.65, 519.2, 381.75])
    np.testing.assert_allclose(BY_HAND.mean(axis=1), expected, atol=1e-12)
    assert (np.abs(found.mean * 200 - expected) < SEVERAL * found.mean_error * 200).all()
    assert found.ranking == ("grim", "tit_for_tat", "alld", "allc", "random")


def test_the_ecology_of_these_five_ends_with_the_shares_that_are_computed_by_hand():
    shares = ecology(BY_HAND / 200, 1000)
    assert shares.shape == (1001, 5)
    assert shares[-1].round(3).tolist() == [0.178, 0.0, 0.362, 0.460, 0.0]
    asked = Asked(strategies=FIVE, repetitions=400)
    measured = shares_of(tournament(FIVE, repetitions=400), asked)[-1]
    np.testing.assert_allclose(measured, shares[-1], atol=0.01)


def test_shares_add_to_one_and_equal_earners_keep_theirs():
    assert ecology(np.full((3, 3), 2.0), 5).tolist() == [[1 / 3] * 3] * 6
    shares = ecology(np.random.default_rng(1).random((6, 6)), 300)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-12)
    assert ecology(np.zeros((2, 2)), 3).tolist() == [[0.5, 0.5]] * 4  # nobody earns anything


def test_payoffs_below_nothing_are_counted_from_the_least_of_the_game():
    """At 3, 2, 0, -1 the replicator sees 4, 3, 1, 0, so that no share falls below nothing."""
    asked = Asked(strategies=["allc", "alld"], game="prisoners_dilemma", generations=3, repetitions=1)
    found = tournament(["allc", "alld"], game="prisoners_dilemma", repetitions=1)
    assert found.score.tolist() == [[2, -1], [3, 0]]
    assert shares_of(found, asked).tolist() == ecology(np.array([[3.0, 0], [4, 1]]), 3).tolist()


# --- laws ----------------------------------------------------------------------------------------------------------


NOISY = {"rounds": 60, "repetitions": 40, "action_error": 0.05, "miss": 0.1, "false_alarm": 0.02, "response_lag": 1}


def test_a_pair_scores_the_same_whoever_else_plays_and_in_whatever_order():
    few = tournament(["tit_for_tat", "grim"], **NOISY)
    many = tournament(["win_stay_lose_shift", "grim", "alld", "tit_for_tat"], **NOISY)
    order = [3, 1]
    for name in ("score", "score_error", "cooperation"):
        assert np.array_equal(getattr(few, name), getattr(many, name)[np.ix_(order, order)]), name


def test_the_blocks_in_which_repetitions_are_played_change_no_score(monkeypatch):
    whole = tournament(FIVE, **NOISY)
    for matches in (50, 15, 4):  # of 15 pairs: some repetitions at a time, one, and some matches of one
        monkeypatch.setattr("experiments.tournament.matches.AT_ONCE", matches)
        parts = tournament(FIVE, **NOISY)
        for name in ("score", "score_error", "cooperation", "mean", "mean_error", "lead_error"):
            np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-9, atol=1e-12)


def test_a_match_is_a_run_of_two_parties_that_can_be_repeated_alone():
    found = tournament(["generous_tit_for_tat", "win_stay_lose_shift"], seed=7, **NOISY)
    words_of_the_run = [
        "parties.organizations=1", "parties.ministries=1", "seed=7", "horizon.rounds=60",
        "parties.organization.strategy=generous_tit_for_tat", "parties.ministry.strategy=win_stay_lose_shift",
        "information.action_error=.05", "information.miss=.1", "information.false_alarm=.02",
        "information.response_lag=1", "information.response_lag_spread=0",
    ]  # fmt: skip
    runs = simulate(scenario("dyad", *words_of_the_run), replicates=40)
    np.testing.assert_allclose(found.cooperation[0, 1], runs["organization_cooperation_rate"].mean(), rtol=1e-12)
    np.testing.assert_allclose(found.cooperation[1, 0], runs["ministry_cooperation_rate"].mean(), rtol=1e-12)
    mean_of_both = (found.score[0, 1] + found.score[1, 0]) / 2
    np.testing.assert_allclose(mean_of_both, runs["mean_payoff"].mean(), rtol=1e-12)


def test_standard_errors_are_those_of_the_repetitions():
    scores = np.random.default_rng(3).normal(2, 1, (50, 4, 4))
    sums = Sums(4)
    for part in (scores[:7], scores[7:8], scores[8:]):
        sums.add(part, part)
    found, means = sums.outcome(tuple("abcd")), scores.mean(axis=2)
    np.testing.assert_allclose(found.score, scores.mean(axis=0))
    np.testing.assert_allclose(found.score_error, scores.std(axis=0, ddof=1) / np.sqrt(50))
    np.testing.assert_allclose(found.mean_error, means.std(axis=0, ddof=1) / np.sqrt(50))
    apart = (means[:, :, None] - means[:, None, :]).std(axis=0, ddof=1) / np.sqrt(50)
    np.testing.assert_allclose(found.lead_error, apart, atol=1e-12)
    assert np.allclose(found.half_width(1.0), 2.0096, atol=1e-4)  # Student's t, 49 degrees of freedom


def test_one_repetition_has_no_standard_error():
    found = tournament(["grim", "random"], repetitions=1)
    assert np.isnan(found.score_error).all()
    assert np.isnan(found.half_width(found.mean_error)).all()


def test_the_lag_lets_a_defector_exploit_longer():
    """Against grim an unconditional defector earns T in the d + 1 rounds before the answer, and P after."""
    for lag in (0, 1, 3):
        score = tournament(["alld", "grim"], rounds=10, repetitions=1, response_lag=lag).score
        assert score[0, 1] * 10 == pytest.approx(5 * (lag + 1) + (9 - lag))


# --- the front door ------------------------------------------------------------------------------------------------


def refused(*line):
    with pytest.raises(BadInput) as told:
        read(line)
    return told.value.faults


@pytest.mark.parametrize(
    "line, parts",
    [
        (["strategies=tit4tat,grim"], ["strategies", "'tit4tat'", "did you mean 'tit_for_tat'"]),
        (["strategies=[grim,grim]"], ["strategies", "'grim' occurs twice"]),
        (["strategies=grim"], ["strategies", "nobody to play"]),
        (["strategies=glob(nothing*)"], ["strategies", "nothing*"]),
        (["round=3"], ["round", "did you mean 'rounds'"]),
        (["rounds=2.5"], ["rounds", "2.5", "not a whole number"]),
        (["rounds=0"], ["rounds", "0 is below 1", "rounds"]),
        (["rounds=3", "response_lag=3"], ["response_lag: 3 is not below rounds 3"]),
        (["rounds=3,4"], ["rounds=3,4", "one value"]),
        (["action_error=1.01"], ["action_error", "above 1.0", "chance"]),
        (["miss=-.1"], ["miss", "below 0.0", "chance"]),
        (["repetitions=0"], ["repetitions", "below 1", "count"]),
        (["game=textbok"], ["game", "did you mean 'textbook'"]),
        (["temptation=3"], ["not a prisoners_dilemma", "T=3.0 R=3 P=1 S=0"]),
        (["temptation=nan"], ["temptation", "not a finite number"]),
        (["language=fr"], ["language", "fr"]),
        (["seed=-1"], ["seed", "below 0"]),
        (["draw=tit_for_tat", "rounds=3"], ["rounds", "no meaning beside draw="]),
        (["draw=gri"], ["draw", "did you mean 'grim'"]),
        (["rounds"], ["rounds", "cannot be read"]),
    ],
)
def test_a_wrong_word_is_refused_with_what_would_be_right(line, parts):
    told = "\n".join(refused(*line))
    assert all(part in told for part in parts), told


def test_all_errors_are_told_at_once():
    assert len(refused("strategies=tit4tat,grim", "round=3", "rounds=2.5", "miss=2")) == 4


@pytest.mark.parametrize(
    "line", [["temptation=3.01"], ["rounds=4", "response_lag=3"], ["action_error=1"], ["rounds=1"]]
)
def test_just_inside_a_bound_is_accepted(line):
    read(line)


def test_from_python_the_same_is_refused():
    with pytest.raises(BadInput, match="did you mean 'tit_for_tat'"):
        tournament(["tit4tat", "grim"])
    with pytest.raises(BadInput, match="did you mean 'rounds'"):
        tournament(["tit_for_tat", "grim"], round=3)
    with pytest.raises(BadInput, match="above 1"):
        tournament(["tit_for_tat", "grim"], miss=1.5)


def test_lists_are_written_as_everywhere_on_the_command_line():
    for written in ("strategies=tit_for_tat,grim", "strategies=[tit_for_tat,grim]"):
        assert read([written]).strategies == ["tit_for_tat", "grim"]
    assert read(["strategies=glob(*grim)"]).strategies == ["grim", "soft_grim"]


def test_no_words_mean_every_strategy():
    assert tournament(rounds=2, repetitions=1).strategies == tuple(sorted(strategies()))


# --- what is left and told -----------------------------------------------------------------------------------------


def rows(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


@pytest.fixture
def command(capsys, monkeypatch):
    """The command in this process: its exit code, what it prints and what it complains of."""

    def run(*line):
        monkeypatch.setattr(sys, "argv", ["tournament", *line])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return run


def test_the_command_leaves_tables_and_figures_and_says_first_who_wins(tmp_path, command):
    folder = tmp_path / "a"
    line = ["strategies=[tit_for_tat,grim,alld]", "action_error=.05", "rounds=50", f"folder={folder}"]
    code, told, _ = command(*line)
    assert code == 0
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    figures = {f"figures/{name}.{suffix}" for name in ("scores", "ecology") for suffix in ("png", "svg")}
    assert left == figures | {"ranking.csv", "scores.csv", "ecology.csv", "manifest.json"}
    found = tournament(["tit_for_tat", "grim", "alld"], action_error=0.05, rounds=50)
    assert tuple(row["strategy"] for row in rows(folder / "ranking.csv")) == found.ranking
    assert told.startswith(found.ranking[0].replace("_", " "))
    scores = {(row["strategy"], row["against"]): row for row in rows(folder / "scores.csv")}
    assert float(scores["grim", "alld"]["score"]) == found.score[1, 2]
    assert float(scores["grim", "alld"]["standard_error"]) == found.score_error[1, 2]
    assert len(rows(folder / "ecology.csv")) == 1001
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["identity"]["asked"]["rounds"] == 50
    assert command(*line)[:2] == (0, told)  # again: the same
    code, _, complaint = command(*line, "seed=2")
    assert code == 2
    assert "another configuration" in complaint


def test_mistakes_end_with_2_and_a_place_that_cannot_be_written_with_5(tmp_path, command):
    code, told, complaint = command("strategies=tit4tat,grim", "miss=2")
    assert (code, told) == (2, "")
    assert "2 errors" in complaint
    (tmp_path / "file").write_text("x")
    code, _, complaint = command("draw=grim", f"folder={tmp_path / 'file' / 'below'}")
    assert code == 5
    assert "Storage" in complaint
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    code, _, complaint = command("strategies=grim,alld", f"folder={tmp_path / 'full'}")
    assert code == 2
    assert "other files" in complaint


def test_an_interruption_ends_with_4(command, monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *_: None)  # this process goes on

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("experiments.tournament.__main__.play", interrupted)
    code, _, complaint = command("strategies=grim,alld", "folder=never-made")
    assert code == 4
    assert "Nothing is kept" in complaint
    assert not Path("never-made").exists()


def test_the_command_draws_strategies(tmp_path):
    line = [sys.executable, "-m", "experiments.tournament", "draw=tit_for_tat,grim", f"folder={tmp_path}"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}.{suffix}" for name in ("tit_for_tat", "grim") for suffix in ("png", "svg")
    }


def test_help_tells_every_word(command):
    code, told, _ = command("--help")
    assert code == 0
    assert all(f"  {name}: " in told for name in DECLARED)


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize(
    "who, asked, key",
    [
        (["tit_for_tat", "alld"], {"repetitions": 2}, "always"),
        (["tit_for_tat", "grim"], {"repetitions": 2}, "tie"),
        (["tit_for_tat", "random"], {"repetitions": 1}, "once"),
        (["grim", "random"], {"repetitions": 20}, "wins"),
        (["random", "tit_for_tat"], {"repetitions": 3, "rounds": 3, "action_error": 0.5}, "open"),
    ],
)
def test_the_first_sentence_is_the_answer_and_as_certain_as_it_is(who, asked, key, language):
    asked, told = Asked(strategies=who, generations=5, **asked), words(language)
    found = tournament(who, **{name: getattr(asked, name) for name in ("repetitions", "rounds", "action_error")})
    said = summary(found, shares_of(found, asked), asked, told)
    tail = told.english[f"tournament.{key}"] if language == "en" else told.own[f"tournament.{key}"]
    assert said.splitlines()[0].endswith(tail.rsplit("}", 1)[1])
    assert told.missing == []


# --- figures -------------------------------------------------------------------------------------------------------


def overlapping(axes):
    """Texts of a panel that lie on each other."""
    axes.figure.canvas.draw()
    texts = [text for text in axes.texts if text.get_text()]
    boxes = [text.get_window_extent() for text in texts]
    return [
        (a.get_text(), b.get_text())
        for i, (a, one) in enumerate(zip(texts, boxes, strict=True))
        for b, other in zip(texts[:i], boxes, strict=False)
        if one.overlaps(other)
    ]


@pytest.mark.parametrize("name", sorted(strategies()))
def test_a_diagram_has_every_state_and_every_report_once_and_no_two_texts_on_each_other(name):
    rule = strategies()[name]
    figure = automaton_diagram(rule, words("en"), "a caption")
    shown = [text.get_text() for text in figure.axes[0].texts]
    assert set(rule.states) <= set(shown)
    reports = sum(4 if text == "always" else len(re.findall(r"\([CD], [CD]\)", text)) for text in shown)
    assert reports == 4 * len(rule.states)
    assert overlapping(figure.axes[0]) == []


def test_the_arrows_of_a_diagram_are_the_table_of_the_strategy():
    for rule in strategies().values():
        told = {(arrow.begin, own, seen): arrow.end for arrow in diagram.arrows(rule) for own, seen in arrow.reports}
        pairs = {pair: ("DC".index(pair[0]), "DC".index(pair[1])) for pair in PAIRS}
        assert told == {
            (state, own, seen): rule.after[state][own][seen]
            for state in range(len(rule.states))
            for own, seen in pairs.values()
        }


@pytest.mark.parametrize("language", ["en", "id"])
def test_figures_of_a_tournament_speak_both_languages_and_show_every_score(language):
    told = words(language)
    found = tournament(FIVE, repetitions=2)
    names = [told.value("strategy", name) for name in FIVE]
    scores = score_map(names, found.score, told, "a caption", "told")
    shown = [text.get_text() for text in scores.axes[0].texts]
    assert all(told.number(score, 2) in shown for score in found.score.flat)
    assert overlapping(scores.axes[0]) == []
    shares = share_diagram(names, ecology(found.score, 50), told, "a caption", "told")
    assert [text.get_text() for text in shares.legends[0].get_texts()] == names
    automaton_diagram(strategies()["grim"], told, "a caption")
    assert told.missing == []


def test_sixteen_strategies_have_sixteen_looks():
    names = sorted(strategies())
    figure = share_diagram(names, np.full((3, 16), 1 / 16), words("en"), "a caption", "told")
    looks = {(area.get_facecolor().tobytes(), area.get_hatch()) for area in figure.axes[0].collections}
    assert len(looks) == 16
