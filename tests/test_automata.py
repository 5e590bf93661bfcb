"""Laws and score sheets of the strategies, read from their files."""

import pickle
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some
from numba import njit

from sim.automata import LETTERS, PAIRS, Automaton, C, D, automaton, family, play, step

FOLDER = Path(__file__).parents[1] / "conf" / "strategies"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml"))
T, R, P, S = 5, 3, 1, 0


def description(name: str) -> dict:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def strategy(name: str) -> Automaton:
    return automaton(name, description(name))


def table(rule: Automaton) -> dict:
    """State -> (chance of C, next states on DD DC CD CC), by name: what a reader checks against a page."""
    ways = [" ".join(rule.states[to] for to in (*after_d, *after_c)) for after_d, after_c in rule.after]
    return dict(zip(rule.states, zip(rule.out, ways, strict=True), strict=True))


def answers(rule: Automaton) -> dict:
    """Chance of C after each pair of acts, for a rule whose next state ignores the state it is in."""
    assert len(set(rule.after)) == 1, f"{rule.name} remembers more than the last acts"
    return {pair: rule.out[rule.after[0][LETTERS.index(pair[0])][LETTERS.index(pair[1])]] for pair in PAIRS}


# Score sheets

SHEETS = [
    # strategy                  they         we
    ("allc", "CDDDC", "CCCCC"),
    ("alld", "CCDCC", "DDDDD"),
    ("tit_for_tat", "CDDCC", "CCDDC"),
    ("suspicious_tit_for_tat", "CDDCC", "DCDDC"),
    ("tit_for_two_tats", "CDDCC", "CCCDC"),
    ("tit_for_two_tats", "DCDCDC", "CCCCCC"),
    ("tit_for_two_tats", "DDDDCD", "CCDDDC"),
    ("two_tits_for_tat", "CDCCC", "CCDDC"),
    ("two_tits_for_tat", "CDDCCC", "CCDDDC"),
    ("two_tits_for_tat", "CDCDCCC", "CCDDDDC"),
    ("contrite_tit_for_tat", "CDDCC", "CCDDC"),
    ("grim", "CCDCCC", "CCCDDD"),
    ("trigger", "CCDCCC", "CCCDDD"),
    ("win_stay_lose_shift", "CDDCC", "CCDCC"),
    ("win_stay_lose_shift", "DDDDD", "CDCDC"),
    ("win_stay_lose_shift", "DCCCD", "CDDDD"),
    ("soft_grim", "CDCCCCCC", "CCDDDDCC"),
    ("soft_grim", "DDDDDDD", "CDDDDCC"),
    ("soft_grim", "DCCCCDCC", "CDDDDCCC"),
    ("soft_grim", "DCCCCCDC", "CDDDDCCD"),
]


@pytest.mark.parametrize(("name", "they", "we"), SHEETS)
def test_score_sheet(name, they, we):
    assert play(strategy(name), they) == we


MEMORY_ONE = {
    # chance of C after           DD              DC               CD              CC, own act first
    "random": (Fraction(1, 2), Fraction(1, 2), Fraction(1, 2), Fraction(1, 2)),
    "generous_tit_for_tat": (Fraction(1, 10), 1, Fraction(1, 10), 1),
    "firm_but_fair": (Fraction(2, 3), 1, 0, 1),
    "memory_one": (Fraction(42, 100), Fraction(266, 1000), Fraction(229, 1000), Fraction(935, 1000)),
    "extortionate_zero_determinant": (0, Fraction(7, 26), Fraction(1, 2), Fraction(11, 13)),
}


@pytest.mark.parametrize("name", MEMORY_ONE)
def test_a_rule_with_chance_answers_the_last_acts_as_its_source_says(name):
    assert answers(strategy(name)) == dict(zip(PAIRS, map(float, MEMORY_ONE[name]), strict=True))


def test_every_strategy_has_a_score_sheet():
    assert set(NAMES) == {name for name, _, _ in SHEETS} | set(MEMORY_ONE)


TABLES = {
    "tit_for_tat": {"c": (1, "d c d c"), "d": (0, "d c d c")},
    "grim": {"c": (1, "d c d c"), "d": (0, "d d d d")},
    "trigger": {"c": (1, "d d d c"), "d": (0, "d d d d")},
    "win_stay_lose_shift": {"c": (1, "c d d c"), "d": (0, "c d d c")},
    "contrite_tit_for_tat": {
        "ok": (1, "ok contrite provoked ok"),
        "provoked": (0, "provoked ok provoked ok"),
        "contrite": (1, "contrite contrite ok ok"),
    },
}


@pytest.mark.parametrize("name", TABLES)
def test_the_core_strategies_are_exactly_their_published_tables(name):
    assert table(strategy(name)) == TABLES[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_file_says_what_it_is_and_where_it_comes_from(name):
    text, read = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), description(name)
    assert text.startswith("# ")
    assert all(isinstance(called, str) for called in [read["name"], *read["also"]])
    assert any(map(str.isdigit, read["source"])), "a source without a year"


@pytest.mark.parametrize("name", NAMES)
def test_every_automaton_can_be_hashed_and_sent_to_another_process(name):
    rule = strategy(name)
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert hash(strategy(name)) == hash(rule)


# Laws


def payoff(own: str, other: str) -> int:
    return sum({"CC": R, "CD": S, "DC": T, "DD": P}[a + b] for a, b in zip(own, other, strict=True))


@given(some.text("CD", max_size=60))
def test_tit_for_tat_never_leads_and_trails_by_at_most_one_temptation(they):
    we = play(strategy("tit_for_tat"), they)
    assert 0 <= payoff(they, we) - payoff(we, they) <= T - S


def acts_after_a_slip(name: str, rounds: int = 5) -> list[str]:
    """Acts of two sides that play the same rule, round by round; the first side slips in round 0."""
    rule = strategy(name)
    states, rounds_played = [rule.start, rule.start], []
    for t in range(rounds):
        acts = [int(rule.out[state]) for state in states]
        if t == 0:
            acts[0] = 1 - acts[0]
        states = [step(rule.after, states[i], acts[i], acts[1 - i]) for i in (0, 1)]
        rounds_played.append("".join(LETTERS[act] for act in acts))
    return rounds_played


SLIPS = {
    "tit_for_tat": "DC CD DC CD DC",
    "contrite_tit_for_tat": "DC CD CC CC CC",
    "win_stay_lose_shift": "DC DD CC CC CC",
    "grim": "DC CD DD DD DD",
    "trigger": "DC DD DD DD DD",
    "tit_for_two_tats": "DC CC CC CC CC",
}


@pytest.mark.parametrize("name", SLIPS)
def test_one_slip_echoes_for_ever_is_repaired_or_ends_cooperation(name):
    assert acts_after_a_slip(name) == SLIPS[name].split()


@given(some.lists(some.floats(0.01, 0.99), min_size=4, max_size=4))
def test_the_extortioner_gains_three_times_what_its_partner_gains(partner):
    p = answers(strategy("extortionate_zero_determinant"))
    q = dict(zip(PAIRS, partner, strict=True))
    chance = [(p[pair], q[pair[::-1]]) for pair in PAIRS]
    move = np.array([[(1 - x) * (1 - y), (1 - x) * y, x * (1 - y), x * y] for x, y in chance])
    # Long-run shares of DD, DC, CD, CC: what flows in flows out; the last equation says that they add to 1.
    balance = move.T - np.eye(4)
    balance[3] = 1
    share = np.linalg.solve(balance, [0, 0, 0, 1])
    gain, gain_of_partner = share @ [0, T - P, S - P, R - P], share @ [0, S - P, T - P, R - P]
    assert gain == pytest.approx(3 * gain_of_partner, abs=1e-9)


@njit
def compiled_step(after, state, own, seen):
    return step(after, state, own, seen)


@pytest.mark.parametrize("name", NAMES)
def test_step_gives_the_same_state_plain_and_compiled(name):
    rule = strategy(name)
    after = np.array(rule.after, dtype=np.int64)
    for state, own, seen in product(range(len(rule.states)), (D, C), (D, C)):
        assert step(rule.after, state, own, seen) == step(after, state, own, seen)
        assert step(rule.after, state, own, seen) == compiled_step(after, state, own, seen)


# Families


@pytest.mark.parametrize("name", NAMES)
def test_only_grim_trigger_and_the_two_tit_for_tats_are_in_a_reciprocal_family(name):
    known = {
        "grim": ("grim", 0.0),
        "trigger": ("grim", 0.0),
        "tit_for_tat": ("tit_for_tat", 0.0),
        "generous_tit_for_tat": ("tit_for_tat", 0.1),
    }
    assert family(strategy(name)) == known.get(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_family_depends_neither_on_the_order_of_the_states_nor_on_any_name(name):
    read = description(name)
    read["states"] = dict(reversed(read["states"].items()))
    assert family(automaton("another name", read)) == family(strategy(name))


def two_states(c: str, d: str, out_d: float = 0) -> Automaton:
    """A rule that starts in c (out 1); c and d hold the next states on DD DC CD CC."""
    rows = {"c": (1, c), "d": (out_d, d)}
    states = {s: {"out": out, "next": dict(zip(PAIRS, to, strict=True))} for s, (out, to) in rows.items()}
    return automaton("two states", {"start": "c", "states": states})


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (two_states("dcdc", "dddc"), "the second state is left"),
        (two_states("dcdc", "dddd", out_d=0.1), "the second state cooperates at times"),
        (two_states("dccc", "dddd"), "a seen D is forgiven after an own C"),
        (two_states("dcdd", "dddd"), "mutual cooperation ends cooperation"),
        (two_states("dddc", "dcdc"), "tit for tat, but its own slip counts"),
    ],
)
def test_a_rule_one_step_away_from_a_family_is_outside(rule, why):
    assert family(rule) is None, why


# What a wrong file is told


def told(read: object) -> list[str]:
    with pytest.raises(ValueError, match="strategy 'mine'") as error:
        automaton("mine", read)
    return str(error.value).splitlines()


def broken(change) -> dict:
    read = description("tit_for_tat")
    change(read)
    return read


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda r: r.pop("start"), "key start is missing"),
        (lambda r: r.update(start="e"), "start is 'e', which is not a state (known: c, d)"),
        (lambda r: r.update(sorce="x"), "unknown key 'sorce'; did you mean 'source'?"),
        (lambda r: r["states"]["c"].update(out=1.2), "state c: out, the chance of C, must be a number"),
        (lambda r: r["states"]["c"].update(out=1.2), "in [0, 1], got 1.2"),
        (lambda r: r["states"]["c"].update(out=-0.1), "got -0.1"),
        (lambda r: r["states"]["c"].update(out="often"), "got 'often'"),
        (lambda r: r["states"]["c"].update(out=True), "got True"),
        (lambda r: r["states"]["c"].update(out=float("nan")), "got nan"),
        (lambda r: r["states"]["c"].pop("out"), "state c: key out is missing"),
        (lambda r: r["states"]["d"].pop("next"), "state d: key next is missing"),
        (lambda r: r["states"]["d"]["next"].pop("DC"), "state d: next: key DC is missing"),
        (lambda r: r["states"]["d"]["next"].update(DX="c"), "state d: next: unknown key 'DX'"),
        (lambda r: r["states"]["d"]["next"].update(DC=["c"]), "state d: next: DC is ['c'], which is not"),
        (lambda r: r["states"]["d"].update(next="c"), "state d: next must have keys DD, DC, CD, CC, got 'c'"),
        (lambda r: r["states"].update(d=0), "state d: must have keys out and next, got 0"),
    ],
)
def test_each_single_fault_is_told_in_one_line(change, line):
    lines = told(broken(change))
    assert len(lines) == 1
    assert lines[0].startswith("strategy 'mine': ")
    assert line in lines[0]


def test_a_next_state_that_does_not_exist_is_told_with_the_nearest_name():
    read = description("contrite_tit_for_tat")
    read["states"]["ok"]["next"]["CD"] = "provokd"
    (line,) = told(read)
    assert "state ok: next: CD is 'provokd', which is not a state; did you mean 'provoked'?" in line


def test_all_faults_are_told_at_once():
    read = description("tit_for_tat")
    read["start"] = "C"
    read["states"]["c"]["out"] = 1.2
    del read["states"]["c"]["next"]["DD"]
    read["states"]["d"]["next"]["CC"] = "e"
    assert len(told(read)) == 4


@pytest.mark.parametrize("states", [{}, None, []])
def test_an_automaton_without_states_is_refused(states):
    lines = told({"start": "c", "states": states})
    assert any("states must name at least one state" in line for line in lines)


def test_a_state_that_yaml_reads_as_a_truth_value_is_told():
    read = yaml.safe_load("{start: 'no', states: {no: {out: 1, next: {DD: no, DC: no, CD: no, CC: no}}}}")
    assert any("must be text, got False" in line for line in told(read))


def test_what_is_not_a_mapping_is_refused():
    assert told(None) == ["strategy 'mine': must have keys start and states, got None"]


def test_a_rule_with_chance_has_no_score_sheet():
    with pytest.raises(ValueError, match=r"in state d the chance of C must be 0 or 1, got 0\.1"):
        play(strategy("generous_tit_for_tat"), "CD")


def test_a_score_sheet_takes_the_letters_c_and_d_only():
    with pytest.raises(ValueError, match="letters C and D, got 'CXD'"):
        play(strategy("tit_for_tat"), "CXD")
