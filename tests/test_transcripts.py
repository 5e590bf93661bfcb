"""Readable transcripts of one run of each scenario, played again and compared line by line.

python -m tests.test_transcripts            print them
python -m tests.test_transcripts --write    write tests/transcripts/ anew, after a change that was meant
"""

import sys
from pathlib import Path

import pytest

from sim.model import CooperationModel, run
from tests.cases import SIX, case

FOLDER = Path(__file__).parent / "transcripts"
FIRST, EVERY = 12, 10
SMALL = 8
"""Up to so many parties every act is shown; above, each party's share of cooperative acts."""

ACTS = "acts of each party toward its partners in order"
SHARES = "one letter per party: C all its acts were C, D none was, a digit for the tenths between"
TRAFFICKERS = "n new modus, u uncovered, c covered, . idle"


def transcript(scenario: str, seed: int = 1, replicate: int = 0) -> list[str]:
    """The first rounds of one run and then every tenth, one line each, under a heading that explains them."""
    made = case(scenario)
    rounds: list[str] = []
    history = run(made, seed, replicate, lambda model: rounds.append(line(model)))
    actors = history.actors
    shown = ACTS if len(actors) <= SMALL else SHARES
    head = [
        f"scenario {scenario}, seed {seed}, replicate {replicate}",
        "",
        f"acts         {shown}",
        f"traffickers  {TRAFFICKERS}",
        "capacity     joint capacity as a share of full cooperation",
        "gaps, twice  functions served by nobody, by two or more",
        "outdated     how outdated procedures are",
        "",
        "party                     strategy             discount  temptation  lag  partners",
        *[
            f"{actor.name:25} {actor.strategy:20} {actor.discount:8.4f}  {actor.temptation:10.4f}"
            f"  {actor.response_lag:3}  {len(actor.partners):8}"
            for actor in actors
        ],
        "",
        "round  capacity  gaps  twice  outdated  traffickers  acts",
    ]
    later = [round_ for t, round_ in enumerate(rounds) if t >= FIRST and (t + 1) % EVERY == 0]
    return [*head, *rounds[:FIRST], "...", *later]


def line(model: CooperationModel) -> str:
    """One round in one line."""
    series = model.history.series
    adversary = "".join(map(letter, model.traffickers)) or "-"
    return (
        f"{model.round - 1:5}  {series['capacity'][-1] / 2**20:8.4f}  {series['gaps'][-1]:4}"
        f"  {series['duplications'][-1]:5}  {series['outdated'][-1]:8.4f}  {adversary:11}  {acts(model)}"
    )


def letter(trafficker) -> str:
    """State of one trafficker in a round."""
    if not trafficker.effort:
        return "."
    if trafficker.moved:
        return "n"
    return "c" if trafficker.covered else "u"


def acts(model: CooperationModel) -> str:
    """What all parties did in a round."""
    if len(model.parties) <= SMALL:
        return " ".join("".join("DC"[side.act] for side in party.sides) for party in model.parties)
    return "".join(tenths(party.cooperative_acts, len(party.sides)) for party in model.parties)


def tenths(cooperative: int, all_acts: int) -> str:
    """A share as one letter.

    >>> tenths(4, 4), tenths(0, 4), tenths(1, 4), tenths(3, 4)
    ('C', 'D', '2', '7')
    """
    if cooperative == all_acts:
        return "C"
    return str(10 * cooperative // all_acts) if cooperative else "D"


@pytest.mark.parametrize("scenario", SIX)
def test_a_run_goes_as_its_transcript_says_line_by_line(scenario):
    written = (FOLDER / f"{scenario}.txt").read_text(encoding="utf-8").splitlines()
    played = transcript(scenario)
    for number, (before, now) in enumerate(zip(written, played, strict=False), start=1):
        assert now == before, f"{scenario}.txt, line {number}"
    assert len(played) == len(written)


def test_every_transcript_belongs_to_a_scenario():
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(SIX)


if __name__ == "__main__":
    for name in SIX:
        text = "\n".join(transcript(name)) + "\n"
        if "--write" in sys.argv:
            (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")
        else:
            print(text)
