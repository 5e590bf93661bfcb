"""Why there is no number, as data: a key of ``reasons`` in ``conf/words``, and what is filled in.

>>> Reason("not_along_exact", (("axis", "horizon.rounds"),)).said(words("en"))
'exact values are not computed along length of the run'
>>> Reason("too_large", (("states", 16384), ("most", 12000))).said(words("id"))
'rantainya mempunyai 16.384 keadaan, dan paling banyak 12.000 dapat dihitung'
"""

from dataclasses import dataclass

from experiments.words import Words, words
from sim import theory

Values = tuple[tuple[str, float | str], ...]


@dataclass(frozen=True)
class Reason:
    """One reason: its key, and values by the names in braces of its text.

    A number is written as the language writes numbers; ``axis`` is the dotted name of a parameter.
    """

    key: str
    values: Values = ()

    def said(self, told: Words) -> str:
        """The reason in words."""
        return told.say(f"reasons.{self.key}", **{name: _shown(name, value, told) for name, value in self.values})


def _shown(name: str, value: float | str, told: Words) -> str:
    if name == "axis":
        return told.name(str(value))
    return value if isinstance(value, str) else told.value("", float(f"{value:.9g}"))


class NoLine(theory.NoClosedForm):
    """Theory has no line for a scenario; the message is the reason in English."""

    def __init__(self, key: str, **values: float | str) -> None:
        self.reason = Reason(key, tuple(values.items()))
        super().__init__(self.reason.said(words("en")))


def reason_of(error: ValueError) -> Reason:
    """The reason of a refusal of theory.

    Of the refusals of ``sim.theory`` itself an index and what it must reach can give two: payoffs without a dilemma
    (NoClosedForm), and an argument out of its range.
    """
    if isinstance(error, NoLine):
        return error.reason
    return Reason("no_dilemma" if isinstance(error, theory.NoClosedForm) else "out_of_range")
