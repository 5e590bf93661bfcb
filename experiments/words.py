"""Words for what a person reads: one catalogue per language in ``conf/words``, English complete.

>>> english = words("en")
>>> english.label("information.response_lag")
'response lag d (rounds)'
>>> english.say("figure.runs_per_cell", runs=20)
'20 runs per cell'
>>> words("id").label("parties.named.polri.response_lag")
'jeda tanggapan polri d (putaran)'
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from experiments.compose import read_yaml
from sim.measures import MEASURES
from sim.scenario import declaration

CONF = Path(__file__).resolve().parent.parent / "conf"
ENGLISH = "en"

Catalogue = Mapping[str, str]


@dataclass
class Words:
    """The words of one language; what it lacks is said in English and listed in ``missing``, once each.

    Attributes
    ----------
    language : code of the language, the name of its file.
    own, english : texts by key, ``section.key``.
    missing : keys that fell back to English so far.
    """

    language: str
    own: Catalogue
    english: Catalogue
    missing: list[str] = field(default_factory=list)

    def say(self, key: str, **values: Any) -> str:
        """The text of a key with values in place of the names in braces; KeyError if English lacks it."""
        return self._text(key).format(**values)

    def _text(self, key: str) -> str:
        if key in self.own:
            return self.own[key]
        if key not in self.english:
            raise KeyError(f"no words for '{key}' in conf/words/{ENGLISH}.yaml")
        if key not in self.missing:
            self.missing.append(key)
        return self.english[key]

    def label(self, name: str) -> str:
        """A parameter or a measure with symbol and unit, as on an axis; a group of choices by its name."""
        if name in MEASURES:
            return self._with_unit(self.say(f"measures.{name}"), MEASURES[name].unit)
        told = _declared(name)
        symbol = f" {told['symbol']}" if told["symbol"] else ""
        return self._with_unit(self.name(name) + symbol, told["unit"])

    def name(self, parameter: str) -> str:
        """A parameter without symbol and unit.

        >>> words("en").name("trafficking.government_lag")
        'government lag'
        """
        parts = parameter.split(".")
        if parts[:2] == ["parties", "named"] and len(parts) == 4:
            return self.say(f"parameters.parties.named.NAME.{parts[3]}", party=parts[2])
        return self.say(f"parameters.{parameter}")

    def _with_unit(self, text: str, unit: str) -> str:
        shown = self.say(f"units.{unit}") if unit else ""
        return f"{text} ({shown})" if shown else text

    def title(self, name: str) -> str:
        """Heading of an experiment or scenario, and of the controls that its name goes on with.

        >>> english = words("en")
        >>> english.title("actors_by_response_lag_identical"), english.title("my_own_sweep")
        ('Many actors, slow answers to each other, identical parties', 'my own sweep')
        """
        starts = [key[7:] for key in self.english if key.startswith("titles.")]
        known = [start for start in starts if f"{name}_".startswith(f"{start}_")]
        if not known:
            return name.replace("_", " ")
        first = max(known, key=len)
        rest = name[len(first) + 1 :]
        return self.say(f"titles.{first}") + (f", {self.title(rest)}" if rest else "")

    def value(self, parameter: str, value: Any) -> str:
        """One value of a parameter as text: a choice by its words, a number in the writing of the language.

        >>> english, indonesian = words("en"), words("id")
        >>> english.value("topology.kind", "mandates"), english.value("strategy", "tit_for_tat")
        ('shared functions', 'tit for tat')
        >>> english.value("control", "no_relevance"), english.value("control", "null")
        ('without weight of outdated procedures', 'none')
        >>> indonesian.value("horizon.discount", 0.97), english.value("information.response_lag", 3)
        ('0,97', '3')
        """
        if value is None:
            return self.say("numbers.empty")
        if isinstance(value, bool):
            return self.say("numbers.yes" if value else "numbers.no")
        if isinstance(value, str):
            if value == "null":
                return self.say("numbers.none")
            keys = (f"choices.{parameter}.{value}", f"titles.{value}")
            known = [key for key in keys if key in self.english]
            return self.say(known[0]) if known else value.replace("_", " ")
        if isinstance(value, list | tuple):
            return ", ".join(self.value(parameter, one) for one in value)
        return self._written(f"{value:,.10g}")

    def number(self, value: float, digits: int = 0) -> str:
        """A number with so many decimals.

        >>> words("en").number(23400.46, 1), words("id").number(23400.46, 1)
        ('23,400.5', '23.400,5')
        """
        return self._written(f"{value:,.{digits}f}")

    def percent(self, share: float) -> str:
        """A share as a whole percentage; what is not none or all is not rounded to it.

        >>> [words("en").percent(share) for share in (0, 0.002, 0.7, 0.998, 1)]
        ['0 %', '< 1 %', '70 %', '> 99 %', '100 %']
        """
        edge = "< 1" if 0 < share < 0.005 else "> 99" if 0.995 <= share < 1 else ""
        return self.say("numbers.percent", value=edge or self.number(100 * share))

    def _written(self, english: str) -> str:
        signs = {",": self.say("numbers.thousands"), ".": self.say("numbers.decimal")}
        return "".join(signs.get(sign, sign) for sign in english)


def _declared(name: str) -> Mapping[str, Any]:
    """Unit and symbol of a parameter; what is not of the scenario (seed, groups of choices) has none."""
    try:
        return declaration(name).metadata
    except KeyError:
        return {"unit": "", "symbol": ""}


def words(language: str) -> Words:
    """The words of a language with a catalogue in ``conf/words``."""
    known = sorted(path.stem for path in (CONF / "words").glob("*.yaml"))
    if language not in known:
        raise ValueError(f"language: no catalogue '{language}' in conf/words (known: {', '.join(known)})")
    return Words(language, catalogue(language), catalogue(ENGLISH))


@cache
def catalogue(language: str) -> Catalogue:
    """Every text of one file by ``section.key``."""
    sections = read_yaml(CONF / "words" / f"{language}.yaml")
    return {f"{section}.{key}": str(text) for section, texts in sections.items() for key, text in texts.items()}
