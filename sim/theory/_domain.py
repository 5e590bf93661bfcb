"""What the closed forms demand of their arguments, and the refusal where there is no closed form."""

import math

# ln(theta)/ln(w) is rounded twice; an exponent this close to a whole number is that number.
TIE = 1e-9


class NoClosedForm(ValueError):
    """No closed form is known for this case; the reason is the message."""


# --- The domain -----------------------------------------------------------------------------------


def demand(fits: bool, law: str, value: float) -> None:
    if not (fits and math.isfinite(value)):
        raise ValueError(f"{law}, got {value}")


def demand_chance(name: str, value: float) -> None:
    demand(0 <= value <= 1, f"{name} must lie in [0, 1] (chance or share)", value)


def demand_discount(discount: float) -> None:
    demand(0 <= discount < 1, "discount must lie in [0, 1) (factor per round)", discount)


def demand_lag(name: str, value: float) -> None:
    demand(value >= 0, f"{name} must be at least 0 rounds", value)


def demand_interval(interval: float) -> None:
    demand(interval >= 1, "interval must be at least 1 round", interval)


def demand_partners(partners: float) -> None:
    demand(partners >= 1, "partners must be at least 1 (count of links of a party)", partners)


def demand_dilemma(temptation: float, reward: float, punishment: float, sucker: float = -math.inf) -> None:
    if not math.inf > temptation > reward > punishment > sucker:
        shown = "" if sucker == -math.inf else f", S = {sucker}"
        raise NoClosedForm(
            "the border is derived for a prisoner's dilemma, T > R > P > S (payoff per link and round); "
            f"got T = {temptation}, R = {reward}, P = {punishment}{shown}"
        )


def demand_count(name: str, value: float, least: int) -> None:
    demand(value >= least and value % 1 == 0, f"{name} must be a whole number, at least {least}", value)


def demand_positive(name: str, value: float, unit: str) -> None:
    demand(value > 0, f"{name} must exceed 0 ({unit})", value)


def demand_form(fits: bool, reason: str) -> None:
    if not fits:
        raise NoClosedForm(reason)


# --- What an index must reach, whatever the payoffs ---


def lasting_temptation(temptation: float, reward: float, punishment: float) -> float:
    return (temptation - reward) / (temptation - punishment)


def strongest_temptation(temptation: float, reward: float, punishment: float, sucker: float) -> float:
    return max((temptation - reward) / (reward - sucker), lasting_temptation(temptation, reward, punishment))


# --- Reading reports ---


def demand_reading(discount: float, response_lag: float, attended: float, noticed: float) -> None:
    demand_discount(discount)
    demand_lag("response_lag", response_lag)
    demand_chance("attended", attended)
    demand_chance("noticed", noticed)


def strength_tit_for_tat(discount: float, attended: float, noticed: float, generosity: float) -> float:
    """Index of tit for tat without its lag: what ``discount ** ell`` multiplies."""
    return attended * noticed * (1 - generosity) / (1 - discount * (1 - attended))


def strength_grim(discount: float, attended: float, noticed: float) -> float:
    """Index of grim without its lag: what ``discount ** ell`` multiplies."""
    read = attended * noticed
    return read / (1 - discount * (1 - read))
