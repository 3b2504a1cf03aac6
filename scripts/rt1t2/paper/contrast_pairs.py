"""Two contrasts that are one another's mirror are one comparison: patients minus reference.

A config may test both directions of a comparison, or one. What is drawn, or said in words, is
said once: the map of the first of the two, turned so that positive is higher in the patients.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rt1t2.contrasts import (
    FALLS,
    both_directions,
    directions,
    level_column,
    statistic_of,
)

Contrast = Mapping[str, Any]


@dataclass(frozen=True)
class ContrastPair:
    """One comparison, as a reader sees it.

    Attributes
    ----------
    source
        Name of the contrast whose maps are shown: of the two, the first in the config.
    sign
        1 or -1: what the values of ``source`` are multiplied with, so that they are positive
        where ``higher`` is higher.
    higher, lower
        Codes of the two levels that are compared (groups, or what the contrast names as ``plus``
        and ``minus``); empty where a contrast compares none (a slope, an F test).
    positive, negative
        Names of the contrasts whose clusters are positive and negative on the shown map;
        ``None`` where that direction was not tested.
    slope
        Column of the participants table whose slope is tested; empty where means are.
    statistic
        ``t`` or ``F``.
    words
        What it means that the shown map is positive, then that it is negative (not of F), by the
        codes: ``PSP > HC``.
    note
        Tells comparisons of the same two levels apart: the name of ``source``.
    """

    source: str
    sign: int
    higher: str
    lower: str
    positive: str | None
    negative: str | None
    slope: str = ""
    statistic: str = "t"
    words: tuple[str, ...] = ()
    note: str = ""

    @property
    def tested(self) -> list[tuple[str, int]]:
        """Name and sign (on the shown map) of every contrast, the positive one first."""
        both = ((self.positive, 1), (self.negative, -1))
        return [(name, sign) for name, sign in both if name is not None]

    @property
    def compared(self) -> str:
        """Name what is compared shortly, by the codes: ``PSP − HC``."""
        return self.title({})

    def direction(self, sign: int) -> str:
        """Name a direction shortly, by the codes: ``PSP < HC``."""
        if not self.higher:
            return self._noted(self.words[0 if sign > 0 else -1])
        relation = ">" if sign > 0 else "<"
        before = f"slope of {self.slope}: " if self.slope else ""
        return self._noted(f"{before}{self.higher} {relation} {self.lower}")

    def title(self, names: Mapping[str, str]) -> str:
        """Say in words what is compared; ``names`` are the printed names of the levels."""
        slope = f"slope of {self.slope}" if self.slope else ""
        if self.statistic == "F":
            return self._noted(self.words[0])
        if not self.higher:
            return self._noted(slope)
        first, second = (names.get(code, code) for code in (self.higher, self.lower))
        compared = f"{first} \N{MINUS SIGN} {second}"
        return self._noted(f"{slope}: {compared}" if slope else compared)

    def _noted(self, text: str) -> str:
        return f"{text} ({self.note})" if self.note else text


def contrast_pairs(
    contrasts: Sequence[Contrast], groups: Sequence[str], control_group: str
) -> list[ContrastPair]:
    """Pair every contrast with its mirror, in the order of the config.

    Parameters
    ----------
    contrasts
        Of the config. A mirror differs in nothing but its name and its direction.
    groups
        Codes of all groups, in the order of the config.
    control_group
        Its code: it is always the lower end. Of two other groups the later one is.

    Returns
    -------
    list of ContrastPair
        A contrast without a mirror is a pair of its own. One that has been named twice is too.
    """
    pairs = []
    paired: set[str] = set()
    for contrast in contrasts:
        name = contrast["name"]
        if name in paired:
            continue
        mirror = next(
            (
                other["name"]
                for other in contrasts
                if other["name"] not in {name, *paired} and _mirrored(contrast, other)
            ),
            None,
        )
        paired |= {name} if mirror is None else {name, mirror}
        pairs.append(_pair(contrast, mirror, groups, control_group))
    titles = [pair.title({}) for pair in pairs]
    return [
        replace(pair, note=pair.source) if titles.count(title) > 1 else pair
        for pair, title in zip(pairs, titles, strict=True)
    ]


def compared(n_contrasts: int, n_comparisons: int) -> str:
    """Say how many comparisons there are, and of how many contrasts."""
    text = f"{n_comparisons} comparison{'s' if n_comparisons > 1 else ''}"
    both = f" ({n_contrasts} contrasts, for both directions count)"
    return text + (both if n_contrasts > n_comparisons else "")


def _pair(
    contrast: Contrast, mirror: str | None, groups: Sequence[str], control_group: str
) -> ContrastPair:
    """Turn a contrast and the name of its mirror so that patients are the higher end."""
    name, plus, minus = (
        contrast["name"],
        contrast.get("plus", ""),
        contrast.get("minus", ""),
    )
    of_groups = bool(plus) and level_column(contrast) == "group"
    turned = contrast.get("direction") == FALLS
    turned |= of_groups and _is_reference(plus, minus, groups, control_group)
    words = directions(contrast)
    return ContrastPair(
        source=name,
        sign=-1 if turned else 1,
        higher=minus if turned else plus,
        lower=plus if turned else minus,
        positive=mirror if turned else name,
        negative=name if turned else mirror,
        slope=contrast.get("slope", ""),
        statistic=statistic_of(contrast),
        words=tuple(words[::-1] if turned else words),
    )


def _mirrored(one: Contrast, other: Contrast) -> bool:
    """Tell whether two contrasts differ in their direction, and in nothing else."""
    if statistic_of(one) == "F" or both_directions(one) != both_directions(other):
        return False
    return directions(one) == directions(other)[::-1]


def _is_reference(
    plus: str, minus: str, groups: Sequence[str], control_group: str
) -> bool:
    """Tell whether ``plus`` is what the other one is compared with."""
    if control_group in {plus, minus}:
        return plus == control_group
    if plus not in groups or minus not in groups:
        return False
    return groups.index(plus) > groups.index(minus)
