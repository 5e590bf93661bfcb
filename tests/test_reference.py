"""What README and docs/controls.md say of the published maps, held against the published tables."""

import csv
import json
from math import inf
from pathlib import Path

import pytest

REFERENCE = Path(__file__).resolve().parent.parent / "results" / "reference"
LAGS = {"government": "trafficking.government_lag", "response": "information.response_lag"}


def rows(name: str, lag: str, table: str) -> list[dict[str, str]]:
    (path,) = (REFERENCE / name).glob(f"actors_by_{lag}_lag_fine*.{table}.csv")
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shares(name: str, lag: str) -> dict[tuple[int, int], float]:
    return {
        (int(row["parties.ministries"]), int(row[LAGS[lag]])): float(row["share_broken"])
        for row in rows(name, lag, "summary")
    }


@pytest.mark.parametrize("name", ["headline", "generous", "no_relevance"])
@pytest.mark.parametrize("lag", LAGS)
def test_the_observed_border_lies_between_the_lines_or_at_most_one_round_below_the_weakest(name, lag):
    crossed = [row for row in rows(name, lag, "borders") if row["observed"]]
    for row in crossed:
        assert float(row["weakest"]) - 1 <= float(row["observed"]) <= float(row["typical"]), row
    assert crossed or (name, lag) == ("no_relevance", "government")


@pytest.mark.parametrize("name", ["headline", "generous"])
@pytest.mark.parametrize("lag", LAGS)
def test_where_theory_says_never_or_always_the_maps_agree(name, lag):
    share = shares(name, lag)
    for row in rows(name, lag, "borders"):
        of_row = [value for (ministries, _), value in share.items() if ministries == int(row["parties.ministries"])]
        if float(row["weakest"]) == inf:
            assert max(of_row) < 0.5, row
        if float(row["typical"]) == -inf:
            assert min(of_row) > 0.5, row


@pytest.mark.parametrize("lag", LAGS)
def test_identical_parties_meet_the_line_within_one_cell(lag):
    crossed = [row for row in rows("identical", lag, "borders") if row["observed"]]
    assert len(crossed) >= 4
    assert all(abs(float(row["observed"]) - float(row["typical"])) <= 2 for row in crossed)


def test_a_channel_that_is_off_leaves_no_effect():
    for (ministries, _), share in shares("no_relevance", "government").items():
        assert share == shares("no_relevance", "government")[ministries, 0]
    free = shares("no_attention_no_cost", "response")
    assert all(free[ministries, lag] <= 0.5 for ministries, lag in free if lag <= 22)


@pytest.mark.parametrize("name", ["headline", "generous", "imitation"])
@pytest.mark.parametrize("lag", LAGS)
def test_more_ministries_and_longer_lags_break_more_runs(name, lag):
    """The ordering that is the finding, by the mean over rows and columns."""
    share = shares(name, lag)

    def mean(chosen):
        found = [value for place, value in share.items() if chosen(*place)]
        return sum(found) / len(found)

    assert mean(lambda n, _: n <= 10) < mean(lambda n, _: 12 <= n <= 20) < mean(lambda n, _: n >= 22)
    assert mean(lambda _, d: d <= 4) < mean(lambda _, d: d >= 20)


def test_every_published_map_tells_its_command():
    for folder in filter(Path.is_dir, REFERENCE.iterdir()):
        assert (folder / "command.txt").read_text().startswith("python -m experiments.sweep "), folder
        assert (folder / "maps.png").stat().st_size < 600_000


@pytest.mark.parametrize("lag", LAGS)
def test_the_border_sweeper_finds_the_borders_of_the_headline_in_full_from_little_more_than_a_third_of_the_runs(lag):
    def read(name, ending):
        with open(REFERENCE / name / f"actors_by_{lag}_lag_full{ending}", encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file)) if ending.endswith("csv") else json.load(file)

    whole, part = read("headline_in_full", ".borders.csv"), read("headline_by_border", "_border.borders.csv")
    assert [row["observed"] for row in part] == [row["observed"] for row in whole]
    runs = [read("headline_in_full", ".manifest.json"), read("headline_by_border", "_border.manifest.json")]
    assert runs[0]["runs"] == 725 * 100
    assert runs[1]["runs"] < 0.37 * runs[0]["runs"]
    assert runs[1]["audit"]["disagreed"] == 0
