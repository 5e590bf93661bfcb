"""Who is linked to whom.

A *link* is a pair i < j of parties that play a game with each other in every round.
"""

Links = list[tuple[int, int]]


def complete(count: int) -> Links:
    """Every pair.

    >>> complete(3)
    [(0, 1), (0, 2), (1, 2)]
    """
    return [(i, j) for i in range(count) for j in range(i + 1, count)]


def hub(count: int, lead: int) -> Links:
    """Every party with the lead, and with nobody else.

    >>> hub(3, lead=1)
    [(0, 1), (1, 2)]
    """
    return [(min(i, lead), max(i, lead)) for i in range(count) if i != lead]


def mandates(held: list[frozenset[int]]) -> Links:
    """Two parties are linked if they share a function; ``held[i]`` is the set of functions party i holds.

    >>> mandates([{0, 1}, {1}, {2}])
    [(0, 1)]
    """
    return [(i, j) for i, j in complete(len(held)) if held[i] & held[j]]


def leave_nobody_alone(links: Links, count: int, lead: int) -> Links:
    """The same links, and one to the lead for each party without partner (for the lead itself: to party 0, or 1).

    >>> leave_nobody_alone([(0, 1)], count=4, lead=1)
    [(0, 1), (1, 2), (1, 3)]
    """
    found = set(links)
    linked = {party for link in links for party in link}
    for i in range(count):
        if i not in linked:
            partner = lead if i != lead else (0 if lead != 0 else 1)
            found.add((min(i, partner), max(i, partner)))
            linked |= {i, partner}
    return sorted(found)
