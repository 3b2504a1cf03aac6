"""How participants are rearranged: labels of groups, places within groups, signs of differences."""

import math
from collections.abc import Iterator
from itertools import combinations, islice, product

import numpy as np

from rt1t2.contrasts import ANY_GROUP, GROUPS, VISITS
from rt1t2.group.design import Design


def relabellings(design: Design) -> int:
    """Return the number of ways to rearrange the participants, at most a billion.

    Of groups the ways to assign their labels; of visits the signs of the differences; of
    slopes the orders within the groups.
    """
    sizes = list(design.sizes().values())
    ways: int
    if design.kind == VISITS:
        ways = 2 ** sum(sizes)
    elif design.kind in (GROUPS, ANY_GROUP):
        # n! / (n1! n2! ...), one group after the other
        ways = math.prod(math.comb(sum(sizes[i:]), sizes[i]) for i in range(len(sizes)))
    else:
        ways = math.prod(map(math.factorial, sizes))
    return min(ways, 1_000_000_000)


def is_enumerated(design: Design, n: int) -> bool:
    """Tell whether ``n`` permutations are every relabelling instead of random ones."""
    plain = design.plain_groups or (design.kind == VISITS and len(design.columns) == 1)
    return plain and relabellings(design) - 1 <= n


def permutations(design: Design, n: int, seed: int) -> Iterator[np.ndarray]:
    """Yield rearrangements: n random ones, or every one but the observed.

    Every one where the design has no covariates and these are at most ``n``. A rearrangement
    is an order of the participants (integers), or of visits their signs (±1, floats).
    """
    participants = np.arange(len(design.group))
    if is_enumerated(design, n):
        yield from (
            _every_sign(len(participants))
            if design.kind == VISITS
            else (_every_label(design))
        )
        return
    rng = np.random.default_rng(seed)
    for _ in range(n):
        if design.kind == VISITS:
            yield 1.0 - 2 * rng.integers(0, 2, len(participants))
        elif design.kind in (GROUPS, ANY_GROUP):
            yield rng.permutation(participants)
        else:
            order = participants.copy()
            for g in range(len(design.levels)):
                members = np.flatnonzero(design.group == g)
                order[members] = rng.permutation(members)
            yield order


def _every_label(design: Design) -> Iterator[np.ndarray]:
    participants = np.arange(len(design.group))
    plus, minus = (np.flatnonzero(design.group == g) for g in (0, 1))
    for chosen in combinations(participants, len(plus)):
        if not np.array_equal(chosen, plus):
            order = participants.copy()
            order[plus] = chosen
            order[minus] = np.setdiff1d(participants, chosen)
            yield order


def _every_sign(n: int) -> Iterator[np.ndarray]:
    for signs in islice(product((1.0, -1.0), repeat=n), 1, None):
        yield np.array(signs)
