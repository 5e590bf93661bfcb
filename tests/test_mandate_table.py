"""The Indonesian table of mandates says what its note says, and what it was counted to say at first."""

import csv
from itertools import combinations
from pathlib import Path

TABLE = Path(__file__).parents[1] / "conf" / "mandates" / "indonesia_2019_2023.csv"
FUNCTIONS = [
    *("prevention", "licensing", "border", "detection", "online", "investigate_prosecute"),
    *("identification", "shelter", "repatriation", "reintegration", "data_coord"),
]


def rows() -> list[dict]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = rows()
STATE, ORGANIZATIONS = ROWS[:22], ROWS[22:]
NATIONAL = ROWS[:21]  # local governments are the 22nd state row


def held(row: dict) -> set:
    """Functions a row holds: a lead and a share both mean that it holds them."""
    return {function for function in FUNCTIONS if row[function] in ("L", "S")}


def holders(some_rows: list[dict]) -> list[int]:
    return [sum(function in held(row) for row in some_rows) for function in FUNCTIONS]


def shared(some_rows: list[dict]) -> list[int]:
    """Number of functions that each pair of rows shares."""
    return [len(held(a) & held(b)) for a, b in combinations(some_rows, 2)]


def test_the_header_is_name_title_kind_and_the_eleven_functions():
    assert list(ROWS[0]) == ["name", "title", "kind", *FUNCTIONS]


def test_twenty_two_state_rows_come_before_two_organizations():
    assert [row["kind"] for row in ROWS] == ["ministry"] * 22 + ["organization"] * 2
    assert [row["name"] for row in ORGANIZATIONS] == ["iom", "ngos"]
    assert STATE[21]["name"] == "local_governments"


def test_names_are_slugs_and_no_name_or_title_occurs_twice():
    assert all(row["name"].isascii() and row["name"].isidentifier() and row["name"].islower() for row in ROWS)
    assert len({row["name"] for row in ROWS}) == len({row["title"] for row in ROWS}) == 24


def test_a_cell_is_lead_share_or_none():
    assert {row[function] for row in ROWS for function in FUNCTIONS} == {"L", "S", "-"}


def test_each_function_has_exactly_one_lead():
    leads = {function: [row["name"] for row in ROWS if row[function] == "L"] for function in FUNCTIONS}
    assert leads == {
        "prevention": ["kemenpppa"],
        "licensing": ["kemnaker"],
        "border": ["kemenkumham"],
        "detection": ["polri"],
        "online": ["kominfo"],
        "investigate_prosecute": ["polri"],
        "identification": ["kemenpppa"],
        "shelter": ["kemensos"],
        "repatriation": ["kemlu"],
        "reintegration": ["kemensos"],
        "data_coord": ["kemenpppa"],
    }


def test_holders_of_each_function_add_to_105():
    assert holders(ROWS) == [14, 6, 8, 12, 6, 7, 12, 9, 11, 8, 12]
    assert sum(holders(ROWS)) == 105


def test_national_holders_of_each_function_add_to_83():
    assert holders(NATIONAL) == [11, 5, 7, 10, 6, 6, 9, 6, 8, 5, 10]
    assert sum(holders(NATIONAL)) == 83


def test_functions_held_by_each_row():
    assert [len(held(row)) for row in ROWS] == [
        *(2, 3, 7, 8, 7, 5, 11, 5, 5, 2, 2, 2, 2, 2, 4, 5, 4, 2, 2, 2, 1, 8),
        *(8, 6),
    ]


def test_204_of_276_pairs_share_a_function_and_142_of_210_national_ones():
    everybody, national = shared(ROWS), shared(NATIONAL)
    assert (sum(n >= 1 for n in everybody), len(everybody)) == (204, 276)
    assert (sum(n >= 1 for n in national), len(national)) == (142, 210)


def test_128_pairs_share_two_or_more_functions_and_62_three_or_more():
    assert [sum(n >= least for n in shared(ROWS)) for least in (2, 3)] == [128, 62]


def test_487_links_when_each_shared_function_counts_and_295_national_ones():
    assert (sum(shared(ROWS)), sum(shared(NATIONAL))) == (487, 295)


def test_iom_holds_eight_functions_and_shares_with_22_of_23():
    iom = ORGANIZATIONS[0]
    others = [row for row in ROWS if row is not iom]
    assert len(held(iom)) == 8
    assert (sum(bool(held(iom) & held(row)) for row in others), len(others)) == (22, 23)
