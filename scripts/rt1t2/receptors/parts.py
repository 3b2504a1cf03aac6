"""Which atlas regions are cortex and which subcortex, by their names."""

from collections.abc import Mapping, Sequence

import numpy as np

from rt1t2.errors import UserError
from rt1t2.receptors.correlation import MIN_REGIONS

# In this order: a cerebellar cortex is neither, whatever else its name says
PRECEDENCE = ("neither", "subcortex", "cortex")
PARTS = ("cortex", "subcortex")
MOST_NAMED = 5


def regions_of(
    part: str, names: Sequence[str], words: Mapping[str, Sequence[str]]
) -> np.ndarray:
    """Return the positions of a part's regions.

    A region belongs to the first of ``neither``, ``subcortex`` and ``cortex`` that has a word
    which occurs in its name, in capital letters or not.

    Parameters
    ----------
    part
        ``cortex`` or ``subcortex``.
    names
        Of all regions of the atlas.
    words
        ``receptors.parts`` of the configuration.

    Raises
    ------
    UserError
        A region is in no part, so that any division would be a guess; or the part has fewer
        regions than a correlation needs.
    """
    found = [_part_of(name, words) for name in names]
    unknown = [
        name for name, its_part in zip(names, found, strict=True) if not its_part
    ]
    if unknown:
        more = f" and {len(unknown) - MOST_NAMED} more" * (len(unknown) > MOST_NAMED)
        raise UserError(
            f"receptors.parts does not say what {', '.join(unknown[:MOST_NAMED])}{more} of "
            "the receptor atlas are. Give it words of their names, under cortex, subcortex "
            "or neither."
        )
    regions = np.flatnonzero(np.array(found) == part)
    if len(regions) < MIN_REGIONS:
        raise UserError(
            f"the receptor atlas has {len(regions)} regions of the {part}, and a correlation "
            f"needs {MIN_REGIONS}."
        )
    return regions


def _part_of(name: str, words: Mapping[str, Sequence[str]]) -> str | None:
    for part in PRECEDENCE:
        if any(word.casefold() in name.casefold() for word in words[part]):
            return part
    return None
