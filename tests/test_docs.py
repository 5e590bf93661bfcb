"""What the pages say is so: made pages are fresh, links lead somewhere, commands and names are accepted."""

import importlib
import re
import shlex
from operator import attrgetter
from pathlib import Path

import pytest

from experiments import docs, front, question, tournament
from experiments.compose import groups, strategies
from sim.history import SERIES
from sim.measures import MEASURES
from sim.scenario import DECLARED

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = ("*.md", "docs/**/*.md", "conf/**/*.md", "tests/**/*.md", "results/README.md", "results/reference/**/*.md")
PAGES = {str(path.relative_to(ROOT)): path for pattern in WRITTEN for path in sorted(ROOT.glob(pattern))}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)


def prose(page: str) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", PAGES[page].read_text("utf-8"))


# --- pages that are made ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", docs.PAGES)
def test_a_made_page_is_what_the_code_makes_now(name):
    committed = (ROOT / "docs" / name).read_text("utf-8")
    assert committed == docs.PAGES[name](), "stale: run python -m experiments.docs"
    assert "`python -m experiments.docs`" in committed.splitlines()[0]


def test_the_pages_tell_every_parameter_choice_measure_series_and_strategy():
    parameters, measures, told = (page() for page in docs.PAGES.values())
    assert all(f"| `{name}` |" in parameters for name in DECLARED)
    assert all(f"conf/{group}/{option}.yaml" in parameters for group, options in groups().items() for option in options)
    assert all(f"| `{name}` |" in measures for name in [*MEASURES, *SERIES])
    assert all(f"conf/strategies/{name}.yaml" in told for name in strategies())


@pytest.mark.parametrize("name", docs.PAGES)
def test_every_row_of_a_made_table_has_the_cells_of_its_head(name):
    for block in docs.PAGES[name]().split("\n\n"):
        if block.startswith("|"):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in block.splitlines()}) == 1, block


def test_a_file_tells_its_first_comment_without_directives_and_commands(tmp_path):
    path = tmp_path / "some.yaml"
    path.write_text("# @package _global_\n# One thing\n# told.\n# python -m experiments.run\nkind: x\n# later\n")
    assert docs.comment(path) == "One thing told."


# --- links, commands and names ---------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_every_link_inside_the_repository_leads_to_a_file(page):
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)", prose(page)) if ":" not in link]
    assert [link for link in links if not (PAGES[page].parent / link).exists()] == []


COMMAND = re.compile(r"^(?:\$ )?python -m (experiments\.\w+)(.*)$", re.M)


def commands() -> list[tuple[str, str, str]]:
    """Page, module and words of every command in a fenced bash block."""
    return [
        (page, module, words)
        for page, path in PAGES.items()
        for kind, block in FENCE.findall(path.read_text("utf-8"))
        if kind == "bash"
        for module, words in COMMAND.findall(block)
    ]


@pytest.mark.parametrize(("page", "module", "words"), commands())
def test_every_command_of_a_page_is_accepted_by_the_front_door(page, module, words):
    path = ROOT / module.replace(".", "/")
    assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), page
    if module in ("experiments.run", "experiments.sweep"):
        asked = front.get_args_parser().parse_args(shlex.split(words, comments=True))
        assert front.word_faults(asked.overrides, swept=asked.multirun or module == "experiments.sweep") == []
    if module == "experiments.tournament" and "--help" not in words:
        assert tournament.read(shlex.split(words, comments=True))
    if module == "experiments.border" and "--help" not in words:
        assert question.read(shlex.split(words, comments=True))


def test_every_fault_names_a_test_that_exists():
    """Of the tables of docs/faults.md: five cells, and the last one is the test that holds the row."""
    rows = [line for line in PAGES["docs/faults.md"].read_text("utf-8").splitlines() if line.startswith("| ")]
    faults = [row for row in rows if not row.startswith(("| fault |", "| --- |"))]
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    assert len(faults) > 25
    for row in faults:
        *cells, name = re.split(r"(?<!\\)\|", row.strip("| "))
        assert len(cells) == 4, row
        assert f"\ndef {name.strip(' `')}(" in source, row


FILE = re.compile(
    r"`((?:\.ci|conf|docs|experiments|hydra_plugins|results|sim|tests)/[\w./-]+)(?::[\w.]+)?`|`(\w+\.(?:py|toml|md|txt|cff))`"
)


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/model.md"])
def test_every_file_a_page_names_exists(page):
    named = ["".join(either) for either in FILE.findall(prose(page))]
    assert named
    assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/model.md"])
def test_every_function_and_test_a_page_names_exists(page):
    for package, module, name in re.findall(r"`(sim|experiments)/(\w+)\.py:([\w.]+)`", prose(page)):
        assert attrgetter(name)(importlib.import_module(f"{package}.{module}"))
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    for name in re.findall(r"`(test_\w+)`", prose(page)):
        assert f"def {name}(" in source
