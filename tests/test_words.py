"""What people read has words in English, and in Indonesian or an honest list of what is still missing."""

import re
import string
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from experiments.words import CONF, Words, catalogue, words
from sim.history import SERIES
from sim.measures import MEASURES
from sim.scenario import DECLARED, declaration

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = sorted(path.stem for path in (CONF / "words").glob("*.yaml"))


def places(text):
    """Names in braces of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_catalogue_speaks_english_and_indonesian():
    assert LANGUAGES == ["en", "id"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DECLARED)
def test_every_parameter_has_a_label_with_its_unit_and_symbol(name, language):
    told = words(language)
    label = told.label(name.replace("NAME", "polri"))
    unit = declaration(name).metadata["unit"]
    shown = told.say(f"units.{unit}") if unit else ""
    assert label.endswith(f"({shown})") if shown else "(" not in label
    assert declaration(name).metadata["symbol"] in label
    assert told.missing == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_has_a_label_with_its_unit(name, language):
    told = words(language)
    assert told.label(name).endswith(f"({told.say('units.' + MEASURES[name].unit)})")
    assert told.missing == []


@pytest.mark.parametrize("name", [*SERIES, "window_cooperation_rate"])
def test_every_series_has_english(name):
    assert words("en").say(f"series.{name}")


def test_every_choice_has_words_and_no_words_are_left_of_a_choice_that_is_gone():
    asked = {
        f"{name}.{value}" for name, told in DECLARED.items() for value in told.metadata.get("choices", ())
    }
    assert {key.removeprefix("choices.") for key in catalogue("en") if key.startswith("choices.")} == asked


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_left_of_a_parameter_or_measure_that_is_gone(language):
    groups = {path.name for path in CONF.iterdir() if path.is_dir()} | {"seed"}
    for section, known in (("parameters", {*DECLARED, *groups}), ("measures", set(MEASURES))):
        named = {
            key.removeprefix(f"{section}.") for key in catalogue(language) if key.startswith(f"{section}.")
        }
        assert named <= known


def test_a_key_that_english_lacks_is_an_error():
    with pytest.raises(KeyError, match=r"figure\.nonsense"):
        words("en").say("figure.nonsense")
    with pytest.raises(KeyError, match=r"figure\.nonsense"):
        words("id").say("figure.nonsense")


def test_a_key_that_indonesian_lacks_is_said_in_english_and_listed_once():
    told = Words("id", own={"a.known": "dikenal"}, english={"a.known": "known", "a.new": "{n} new"})
    assert [told.say("a.new", n=2), told.say("a.known"), told.say("a.new", n=3)] == [
        "2 new",
        "dikenal",
        "3 new",
    ]
    assert told.missing == ["a.new"]


def test_a_language_without_a_catalogue_is_refused_with_those_that_have_one():
    with pytest.raises(ValueError, match="known: en, id"):
        words("nl")


def test_both_languages_fill_in_the_same_names():
    english, indonesian = catalogue("en"), catalogue("id")
    assert set(indonesian) <= set(english)
    assert {key: places(text) for key, text in indonesian.items()} == {
        key: places(english[key]) for key in indonesian
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_a_text_and_no_key_is_written_twice(language):
    source = (CONF / "words" / f"{language}.yaml").read_text("utf-8")
    for section in yaml.safe_load(source).values():
        assert all(isinstance(key, str) and isinstance(text, str) for key, text in section.items())
    written = re.findall(r"^(?:  )?[\w\"].*?:(?= |$)", source, re.M)
    assert len(written) == len(catalogue(language)) + len(yaml.safe_load(source))


FILES = ("_", ".csv", ".parquet", ".yaml", ".json")  # the start of a key, or the name of a file


def keys_said():
    """Every key in the source of the experiments, with the file that says it."""
    found = []
    said = re.compile(r"""say\(\s*(?:[^()"']*?\bif\b[^()]*?\belse\b\s*)?["']([\w.\- ]+)["']""")
    quoted = re.compile(r"""["']((?:figure|run|sweep|tournament|status|lines|numbers|series)\.\w+)["']""")
    for source in sorted((ROOT / "experiments").glob("*.py")):
        text = source.read_text("utf-8")
        whole = {key for key in quoted.findall(text) if not key.endswith(FILES)}
        for key in sorted({*said.findall(text), *whole}):
            found.append(pytest.param(key, id=f"{source.stem}:{key}"))
    return found


@pytest.mark.parametrize("key", keys_said())
def test_every_key_that_the_experiments_say_has_english(key):
    assert key in catalogue("en")


def test_a_named_party_is_called_by_its_name():
    assert (
        words("en").label("parties.named.polri.discount") == "weight of the next round for polri w (factor)"
    )
    assert words("id").name("parties.named.bp2mi.temptation") == "godaan bagi bp2mi"


@pytest.mark.parametrize(
    "value, english, indonesian",
    [
        (0.25, "0.25", "0,25"),
        (12345.5, "12,345.5", "12.345,5"),
        (-3, "-3", "-3"),
        (True, "yes", "ya"),
        (None, "not set", "tidak diisi"),
    ],
)
def test_values_are_written_as_the_language_writes_them(value, english, indonesian):
    assert words("en").value("horizon.discount", value) == english
    assert words("id").value("horizon.discount", value) == indonesian


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_experiment_scenario_and_control_has_a_title(language):
    told = words(language)
    for group in ("experiment", "scenario", "control"):
        for path in (CONF / group).glob("*.yaml"):
            assert f"titles.{path.stem}" in told.own


def test_a_name_without_a_title_is_shown_as_it_is():
    assert words("id").title("sweep_imitation") == "kisi pilihan sendiri, peniruan"
    assert words("en").title("baselines_of_mine") == "baselines of mine"


def test_words_hold_no_state_but_what_is_missing():
    assert [field.name for field in fields(Words)] == ["language", "own", "english", "missing"]
    first = words("en")
    first.missing.append("x")
    assert words("en").missing == []
