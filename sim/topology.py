"""Who is linked to whom.

A *link* is a pair of parties that play a game with each other in every round.
"""

from sim.compiled import rule

KINDS = ("complete", "hub", "mandates")
COMPLETE, HUB, MANDATES = range(3)


@rule
def linked(kind: int, i: int, j: int, held_i: int, held_j: int, centre: int) -> bool:
    """Whether two parties i != j are linked: everybody, everybody with the centre, or those who share a function.

    ``held`` is the set of functions a party holds, as a bit mask.

    >>> linked(COMPLETE, 0, 1, 0, 0, 0), linked(HUB, 1, 2, 0, 0, 0), linked(MANDATES, 1, 2, 0b110, 0b010, 0)
    (True, False, True)
    """
    if kind == COMPLETE:
        return True
    if kind == HUB:
        return i == centre or j == centre
    return held_i & held_j != 0


@rule
def partner_of_one_alone(party: int, centre: int) -> int:
    """Whom a party without partner is linked to: the centre; the centre itself to party 0, or to 1 if it is 0.

    >>> partner_of_one_alone(3, centre=1), partner_of_one_alone(1, centre=1), partner_of_one_alone(0, centre=0)
    (1, 0, 1)
    """
    if party != centre:
        return centre
    return 0 if centre != 0 else 1
