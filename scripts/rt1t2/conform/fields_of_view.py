"""How much of the brain an image sees, told from where the template's brain lies."""

from dataclasses import dataclass

import numpy as np

from rt1t2.geometry.transforms import apply
from rt1t2.geometry.volume import Volume
from rt1t2.template.template_head import TemplateHead

EVERY = 5  # voxel of the template's brain is looked at
USUAL_CUT = 0.005  # of the brain: by so much the affine prediction may err at its ends
SIDES = (("left", "right"), ("back", "front"), ("lower", "upper"))


@dataclass(frozen=True)
class BrainView:
    """Share of the brain that an image sees, and which end it cuts off by how many mm.

    ``side`` is the end of the brain that loses most ("lower", "front", ...); ``cut_mm`` is how far
    the brain reaches beyond the field of view there, 0 where nothing is cut.
    """

    share: float
    side: str
    cut_mm: float

    def flags(self, name: str) -> list[str]:
        """Say that an image (T1w or T2w) cuts the brain."""
        if 1 - self.share <= USUAL_CUT:
            return []
        return [
            f"the {name} ends inside the brain: about {self.cut_mm:.0f} mm of its {self.side} end "
            f"are missing ({100 * (1 - self.share):.1f} % of the brain)"
        ]


def brain_view(
    image: Volume, template: TemplateHead, template_to_image: np.ndarray
) -> BrainView:
    """Compare an image's field of view with the template's brain, carried over.

    Parameters
    ----------
    image
        Only its grid counts.
    template
        The template's head.
    template_to_image
        4x4, template RAS mm to the image's RAS mm.
    """
    voxels = np.argwhere(template.parenchyma > 0.5)[::EVERY].astype(float)
    to_voxel = np.linalg.inv(image.affine) @ template_to_image
    position = apply(to_voxel @ template.classes.affine, voxels)
    below = np.maximum(-0.5 - position, 0) * image.voxel_mm
    above = np.maximum(position - np.array(image.shape) + 0.5, 0) * image.voxel_mm
    beyond_mm = np.stack([below, above])  # side, voxel, axis of the image
    outside = (beyond_mm > 0).sum(axis=1)
    direction, axis = np.unravel_index(outside.argmax(), outside.shape)
    outwards = np.linalg.inv(to_voxel[:3, :3])[:, axis] * (-1, 1)[direction]
    of_template = int(np.abs(outwards).argmax())
    return BrainView(
        float((beyond_mm == 0).all(axis=(0, 2)).mean()),
        SIDES[of_template][int(outwards[of_template] > 0)],
        float(beyond_mm[direction, :, axis].max()),
    )
