"""Laws of dev.py and of what may be committed."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def dev():
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("numpy==2.1.0\n")
    return tmp_path


def test_an_untouched_checkout_is_installed_once(dev, checkout):
    assert dev.fingerprint(checkout, (3, 11)) == dev.fingerprint(checkout, (3, 11))


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_another_pin_or_requirement_is_installed_again(dev, checkout, name):
    before = dev.fingerprint(checkout, (3, 11))
    (checkout / name).write_text("numpy==2.1.1\n")
    assert dev.fingerprint(checkout, (3, 11)) != before


def test_another_python_is_installed_again(dev, checkout):
    assert dev.fingerprint(checkout, (3, 11)) != dev.fingerprint(checkout, (3, 13))


@pytest.mark.parametrize(
    ("version", "fits"),
    [((3, 10, 13), False), ((3, 11, 0), True), ((3, 12, 1), True), ((3, 13, 9), True), ((3, 14, 0), False)],
)
def test_python_3_11_to_3_13_are_supported(dev, version, fits):
    assert dev.supported(version) is fits


def test_the_refusal_names_the_version_found_and_the_versions_needed(dev):
    sentence = dev.refusal((3, 9, 18))
    assert "This is Python 3.9," in sentence
    assert "3.11, 3.12 or 3.13" in sentence


@pytest.mark.parametrize(("words", "code"), [([], 2), (["--help"], 0), (["tset"], 2), (["run"], 2)])
def test_an_unknown_command_prints_the_usage_and_installs_nothing(dev, monkeypatch, capsys, words, code):
    monkeypatch.setattr(dev, "prepare", lambda _: pytest.fail("must not install"))
    assert dev.main(words) == code
    assert "python3 dev.py demo" in capsys.readouterr().out


def test_every_stage_runs_after_one_failed_and_pytest_comes_last(dev, monkeypatch, capsys):
    called = []

    def call(arguments, cwd):
        called.append(arguments)
        return 1 if "ruff" in arguments else 0

    monkeypatch.setattr(dev.subprocess, "call", call)
    assert dev.test([]) == 1
    assert len(called) == len(dev.CHECKS) + 1
    assert "pytest" in called[-1]
    assert capsys.readouterr().out.splitlines()[-1].startswith("FAILED: ruff FAILED in ")


def test_pins_are_names_and_versions_without_addresses():
    pin = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+( ; .+)?")
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not pin.fullmatch(line)] == []


# Written so that this file does not hold what it forbids.
HOSTS = "|".join(name + "[.]org" for name in ("pypi", "pythonhosted"))
FOLDERS = "|".join(("root", "work", "opt/pypi"))
OF_ONE_MACHINE = re.compile(rf"\b(?:{HOSTS})\b|(?<![\w.-])/(?:{FOLDERS})/")


def tracked_texts():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    for name in filter(None, listing.stdout.decode().split("\0")):
        try:
            yield name, (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # an image, or a file just deleted


def test_no_committed_file_names_a_package_index_or_a_path_of_one_machine():
    found = {name: hits for name, text in tracked_texts() if (hits := OF_ONE_MACHINE.findall(text))}
    assert found == {}


@pytest.mark.parametrize("text", ["https://py" + "pi.org/x", "'/wo" + "rk/main'", "cd /ro" + "ot/.pyenv"])
def test_the_search_for_machine_paths_finds_them(text):
    assert OF_ONE_MACHINE.search(text)


def test_the_search_for_machine_paths_leaves_web_addresses_alone():
    assert not OF_ONE_MACHINE.search("https://www.example.net/wo" + "rk/papers/1")
