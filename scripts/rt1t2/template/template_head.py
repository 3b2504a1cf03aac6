"""The template's whole head: both contrasts and its tissue classes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rt1t2.geometry.volume import Volume
from rt1t2.template.head_classes import HEAD_CLASSES, PARENCHYMA


@dataclass(frozen=True, eq=False)
class TemplateHead:
    """Three images on one grid, RAS mm of the template.

    Attributes
    ----------
    t1w, t2w
        In units of white matter, not negative.
    classes
        Share of every class, shape (x, y, z, HEAD_CLASSES).
    """

    t1w: Volume
    t2w: Volume
    classes: Volume

    @cached_property
    def parenchyma(self) -> np.ndarray:
        """Share of brain tissue without CSF, shape (x, y, z)."""
        return share_of(self.classes, *PARENCHYMA)

    @cached_property
    def intracranial(self) -> np.ndarray:
        """Share of brain tissue and CSF, shape (x, y, z)."""
        return share_of(self.classes, "csf", *PARENCHYMA)


def share_of(classes: Volume, *names: str) -> np.ndarray:
    """Return the summed share of some classes, shape (x, y, z)."""
    index = [HEAD_CLASSES.index(name) for name in names]
    share: np.ndarray = classes.data[..., index].sum(axis=-1)
    return share
