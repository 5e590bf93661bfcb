"""Nine runs whose every act was computed before by slow references written from the rules alone.

The acts are compared by the first 16 hexadecimal digits of the SHA-256 of all realised acts, written as a
string of 0 and 1, rounds in order, sides sorted by (i, j).
"""

import hashlib

import numpy as np
import pytest

from sim.measures import measures_of
from tests.cases import case, play

IMITATION = {
    "parties.ministries": 10,
    "learning.kind": "imitation",
    "strategy": "generous_tit_for_tat",
    "learning.pool": ["generous_tit_for_tat", "alld"],
    "learning.interval": 6,
    "trafficking.relevance": 0.0,
    "information.response_lag": 8,
}
HUB = {
    "topology.kind": "hub",
    "trafficking.switching": "adaptive",
    "horizon.ending": "random",
    "strategy": "tit_for_tat",
    "horizon.discount": 0.99,
    "trafficking.switching_cost": 4.0,
}
COMPLETE = {
    "topology.kind": "complete",
    "learning.kind": "none",
    "strategy": "win_stay_lose_shift",
    "game.stake_high": 3.0,
    "game.stake_chance": 0.2,
    "trafficking.cover_law": "geometric",
    "trafficking.teams": 2,
    "trafficking.capacity": "weakest_link",
    "information.false_alarm": 0.02,
}
CASE = "indonesia_2019_2023"
FEWER = {
    "parties.organizations": 1,
    "parties.ministries": 14,
    "strategy": "tit_for_tat",
    "learning.scope": "partner",
    "learning.interval": 3,
    "information.response_lag": 2,
    "trafficking.government_lag": 9,
    "trafficking.government_lag_spread": 0.6,
    "trafficking.start": "new",
    "trafficking.switching": "fixed",
    "trafficking.capacity": "threshold",
    "trafficking.capacity_threshold": 0.7,
}
LEAD = {
    "topology.lead": "polri",
    "mandate.lead_binding": True,
    "trafficking.capacity": "best_shot",
    "trafficking.government_lag": 9,
    "trafficking.government_lag_spread": 0.6,
}
IOM = {
    "parties.ministries": 12,
    "topology.kind": "hub",
    "topology.lead": "iom",
    "learning.kind": "none",
    "parties.organization.strategy": "allc",
    "information.false_alarm": 0.02,
}

RUNS = {
    "case": (CASE, {}),
    "strong_iom": ("strong_iom", {}),
    "imitation": ("baseline", IMITATION),
    "hub": ("baseline", HUB),
    "complete": ("baseline", COMPLETE),
    "fewer": (CASE, FEWER),
    "lead": (CASE, LEAD),
    "iom_hub": ("baseline", IOM),
}

# run, replicate | sides, C acts, acts | digest | gaps, duplications, open modi | fell at | payoff first, last
ANSWERS = """
case       0 | 408 16380 24480 | e8c4fca43af81817 |  64 164 173 |   46 | 29.183161680442016 23.070151677307887
case       1 | 408 11655 24480 | 0d6e2271f0348c05 |  91 198 233 |   35 | 18.35161240357632 20.887779193195367
strong_iom 0 | 398 47425 47760 | 98cfc07140abdddc |   0   0 204 | none | 34.238580338736185 16.90169514977286
imitation  0 |  82  3295  9840 | 5871c52ba0eee68e | 188 422 412 |   44 | 11.956882718679305 9.03146137217335
hub        0 |  12   227   228 | b96a1d1c184b4f75 |  12  20  95 | none | 190.11834706639254 33.35140057777203
complete   0 |  42  4736  5040 | 48e560263c952bd0 |   4  31 194 | none | 10.266071674487137 9.841441717757798
fewer      0 | 142  7376  8520 | 94879f68115a7470 |  32 106 237 | none | 16.491071866752808 9.83010699070027
lead       2 | 408 14034 24480 | fe8d082e68480566 |  15  49 193 |   40 | 30.56569282588415 21.415781348299067
iom_hub    0 |  24  2110  2880 | 8c0da4c0a4335e77 | 203 458 249 | none | 10.897410032721465 1.8626972780763618
"""
LINES = ANSWERS.strip().splitlines()


@pytest.mark.parametrize("line", LINES, ids=[" ".join(line.split()[:2]) for line in LINES])
def test_a_run_gives_its_known_answer_act_for_act(line):
    which, counts, digest, totals, fell_at, payoffs = (cell.split() for cell in line.split("|"))
    made = play(case(*RUNS[which[0]]), seed=1, replicate=int(which[1]))
    history, acts = made.history, "".join(map(str, made.acts.ravel()))
    assert [len(history.sides), made.acts.sum(), made.acts.size] == list(map(int, counts))
    assert hashlib.sha256(acts.encode()).hexdigest()[:16] == digest[0]
    series = ("gaps", "duplications", "uncovered")
    assert [sum(history.series[name]) for name in series] == list(map(int, totals))
    assert measures_of(history)["fell_at"] == (None if fell_at == ["none"] else int(fell_at[0]))
    ends = [history.payoffs[0], history.payoffs[-1]]
    assert ends == pytest.approx(list(map(float, payoffs)), abs=1e-12, rel=0)


def test_the_series_count_exactly_the_acts_that_were_played():
    made = play(case("strong_iom", {"horizon.rounds": 20}))
    series, organizations = made.history.series, made.history.case.scenario.parties.organizations
    of_organizations = np.array([side[0] < organizations for side in made.history.sides])
    assert series["organization_cooperation"] == made.acts[:, of_organizations].sum(axis=1).tolist()
    assert series["ministry_cooperation"] == made.acts[:, ~of_organizations].sum(axis=1).tolist()
    assert series["intended_cooperation"] == made.intended.sum(axis=1).tolist()
