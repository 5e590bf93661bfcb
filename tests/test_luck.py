"""Luck is a function of coordinates: published vectors, and what that buys."""

import gc
import random
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numba import njit

from sim import luck
from sim.luck import philox4x32, pick, threshold, uniform
from sim.model import CooperationModel, run
from tests.cases import case, play, trajectory

WORDS = some.integers(0, 2**32 - 1)
SEEDS = some.integers(0, 2**64 - 1)

# Random123, kat_vectors, philox4x32 with 10 rounds: counter (4 words), key (2 words), answer (4 words)
PUBLISHED = [
    (
        "00000000 00000000 00000000 00000000",
        "00000000 00000000",
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ),
    (
        "ffffffff ffffffff ffffffff ffffffff",
        "ffffffff ffffffff",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


@njit
def compiled(c0, c1, c2, c3, k0, k1):
    return philox4x32(c0, c1, c2, c3, k0, k1)


def words(text: str) -> tuple[int, ...]:
    return tuple(int(word, 16) for word in text.split())


@pytest.mark.parametrize("engine", [philox4x32, compiled], ids=["plain", "compiled"])
@pytest.mark.parametrize(("counter", "key", "answer"), PUBLISHED, ids=["zeros", "ones", "digits of pi"])
def test_philox_gives_the_published_vectors(engine, counter, key, answer):
    assert engine(*words(counter), *words(key)) == words(answer)


@given(WORDS, WORDS, WORDS, WORDS, WORDS, WORDS)
def test_philox_gives_the_same_words_plain_and_compiled(c0, c1, c2, c3, k0, k1):
    assert philox4x32(c0, c1, c2, c3, k0, k1) == compiled(c0, c1, c2, c3, k0, k1)


@given(SEEDS, WORDS, WORDS, some.integers(0, 32767), some.integers(0, 65535), some.integers(0, 8))
def test_all_draws_of_a_round_are_those_of_their_coordinates_low_word_of_the_seed_first(
    seed, replicate, time, a, b, block
):
    who, blocks = np.array([7, luck.address(a, b)]), np.array([1, block])
    row = luck.draws(seed, replicate, time, who, blocks)[1].tolist()
    assert tuple(row) == philox4x32(replicate, time, 65536 * a + b, block, seed % 2**32, seed // 2**32)


# Chance, choice, uniform


@given(WORDS)
def test_chance_one_is_always_and_chance_zero_is_never(draw):
    assert draw < threshold(1.0)
    assert not draw < threshold(0.0)


@pytest.mark.parametrize("chance", [2**-32, 0.25, 0.5, 0.75, 1 - 2**-32])
def test_a_chance_is_the_share_of_words_below_its_threshold(chance):
    below = threshold(chance)
    assert below == chance * 2**32
    assert luck.threshold(chance - 2**-33) == below  # half a word rounds up
    assert luck.threshold(chance - 2**-33 - 2**-40) == below - 1


@given(some.integers(1, 500), some.data())
def test_each_of_several_things_is_picked_by_an_equal_share_of_words(count, data):
    k = data.draw(some.integers(0, count - 1))
    first = -(-k * 2**32 // count)  # the least word that picks k
    assert pick(first, count) == k
    assert first == 0 or pick(first - 1, count) == k - 1


@given(WORDS, some.integers(1, 10_000))
def test_a_pick_is_an_index(draw, count):
    assert 0 <= pick(draw, count) < count


def test_the_uniform_number_is_never_zero_or_one_and_symmetric():
    assert uniform(0) > 0
    assert uniform(2**32 - 1) < 1
    assert uniform(0) + uniform(2**32 - 1) == 1
    assert uniform(2**31 - 1) + uniform(2**31) == 1


@pytest.mark.parametrize("word", range(4))
@pytest.mark.parametrize("chance", [0.001, 0.05, 1 / 12, 0.5])
def test_an_event_happens_as_often_as_its_chance_says(word, chance):
    count = 100_000
    drawn = luck.draws(1, 0, 0, np.arange(count), np.zeros(count, dtype=np.int64))[:, word]
    share = (drawn < threshold(chance)).mean()
    assert abs(share - chance) < 3 * np.sqrt(chance * (1 - chance) / count)


def test_words_of_neighbouring_coordinates_are_uncorrelated():
    count = 100_000
    who, block = np.arange(count), np.zeros(count, dtype=np.int64)
    here = luck.draws(1, 0, 0, who, block)
    neighbours = {
        "next word": np.roll(here, 1, axis=1),
        "next party": np.roll(here, 1, axis=0),
        "next round": luck.draws(1, 0, 1, who, block),
        "next replicate": luck.draws(1, 1, 0, who, block),
        "next seed": luck.draws(2, 0, 0, who, block),
        "next block": luck.draws(1, 0, 0, who, block + 1),
    }
    for which, there in neighbours.items():
        for word in range(4):
            correlation = np.corrcoef(here[:, word], there[:, word])[0, 1]
            # 24 comparisons: four standard errors keep the chance of one false alarm below 1 in 600
            assert abs(correlation) < 4 / np.sqrt(count), which


# What nobody can disturb


SMALL = {"horizon.rounds": 12, "information.action_error": 0.1, "information.response_lag": 2}


def luck_of_sides(made, replicate: int = 0) -> list[dict]:
    """Per round: the four words of each side, by (reader, other)."""
    rounds: list[dict] = []

    def watch(model: CooperationModel) -> None:
        drawn = np.array(model.words).T
        rounds.append({side: drawn[i].tolist() for i, side in enumerate(model.history.sides)})

    run(made, 1, replicate, watch)
    return rounds


@pytest.mark.parametrize("kind", ["complete", "hub", "mandates"])
def test_more_parties_change_nobody_elses_luck(kind):
    few = luck_of_sides(case(changes={**SMALL, "topology.kind": kind}))
    many = luck_of_sides(case(changes={**SMALL, "topology.kind": kind, "parties.ministries": 9}))
    shared = set(few[0]) & set(many[0])
    assert len(shared) > len(few[0]) / 2
    assert any(few[0][side] != few[1][side] for side in shared)
    for before, after in zip(few, many, strict=True):
        assert all(before[side] == after[side] for side in shared)


def test_more_parties_change_nobodys_traits_and_nobodys_mandates():
    few, many = (CooperationModel(case(changes={"parties.ministries": count}), 1, 0).actors for count in (6, 20))
    for before, after in zip(few, many, strict=False):
        for trait in ("name", "discount", "temptation", "response_lag", "functions"):
            assert getattr(before, trait) == getattr(after, trait)


@pytest.mark.parametrize("changed", ["parties.traffickers", "topology.functions"])
def test_more_traffickers_or_functions_change_no_partys_luck(changed):
    assert luck_of_sides(case(changes={**SMALL, "topology.kind": "complete", changed: 13})) == luck_of_sides(
        case(changes={**SMALL, "topology.kind": "complete"})
    )


def test_silencing_one_party_leaves_every_draw_and_every_slip_of_the_others_as_it_was():
    changes = {**SMALL, "learning.kind": "none", "strategy": "tit_for_tat"}
    speaking = case(changes=changes)
    silenced = case(changes={**changes, "parties.named.ministry_2.strategy": "alld"})
    assert luck_of_sides(speaking) == luck_of_sides(silenced)
    before, after = play(speaking), play(silenced)
    others = np.array([side[0] != 2 for side in before.history.sides])
    slips = before.acts != before.intended
    assert slips[:, others].any()
    assert (slips == (after.acts != after.intended)).all()
    assert (before.acts[:, others] != after.acts[:, others]).any()  # they answer it, but with the same luck


def test_replicates_and_seeds_differ():
    made = case(changes=SMALL)
    coordinates = [(1, 0), (1, 1), (2, 0), (2**32, 0)]  # the last has seed 0 in its low word
    histories = [trajectory(run(made, seed, replicate)) for seed, replicate in coordinates]
    assert all(a != b for i, a in enumerate(histories) for b in histories[:i])


# A run is a pure function


MIND = {"learning.kind": "imitation", "learning.interval": 3, "learning.pool": ["own", "alld", "random"]}


@pytest.mark.parametrize("changes", [{}, MIND], ids=["calculating", "imitation"])
def test_a_run_gives_the_same_bits_again_whatever_ran_before_or_between(changes):
    made, other = case(changes={**SMALL, **changes}), case(changes={"horizon.rounds": 5})
    first = trajectory(run(made, 1, 0))
    run(other, 1, 0)
    started, between = CooperationModel(made, 1, 0), CooperationModel(other, 7, 3)
    while started.running:
        started.step()
        if between.running:
            between.step()
    assert trajectory(started.finish()) == first
    assert trajectory(run(made, 1, 0)) == first


def test_a_run_neither_uses_nor_moves_mesas_stream_or_the_global_ones():
    made = case(changes=SMALL)
    untouched = CooperationModel(made, 1, 0)
    streams = untouched.rng.bit_generator.state, untouched.random.getstate()
    everybodys = random.getstate(), repr(np.random.get_state())  # noqa: NPY002 - it must not be moved
    ends: list[CooperationModel] = []
    run(made, 1, 0, ends.append)
    assert (ends[-1].rng.bit_generator.state, ends[-1].random.getstate()) == streams
    assert (random.getstate(), repr(np.random.get_state())) == everybodys  # noqa: NPY002
    moved = CooperationModel(made, 1, 0)
    moved.rng.random()
    moved.random.random()
    while moved.running:
        moved.step()
    assert trajectory(moved.finish()) == trajectory(ends[-1].history)


def test_a_model_does_not_outlive_its_run():
    """A sweep of agents must not fill the memory with models that are over."""
    seen = []
    run(case(changes=SMALL), 1, 0, lambda model: seen.append(weakref.ref(model)))
    gc.collect()
    assert seen[0]() is None
