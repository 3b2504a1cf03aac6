"""Images without the face, for a copy that is passed on: the brain keeps every value."""

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from rt1t2.errors import UserError
from rt1t2.geometry.morphology import depth_mm
from rt1t2.geometry.resampling import resample
from rt1t2.geometry.transforms import apply
from rt1t2.geometry.volume import Volume
from rt1t2.share.face import Face, find_face

# Around the brain mask nothing is cleared, for on its side to the face it ends up to 4.5 mm early;
# but the less, the farther from the template's brain, for it may have spilled into the face: of
# simulated heads brain and face part at a distance to it + 0.25 of that to the template's brain.
KEPT_MM = 5.2
TEMPLATE_WEIGHT = 0.25
CLEARED = 0  # air, in images as in the labels of the head
FAR_MM = 1000.0


@dataclass(frozen=True)
class Defacing:
    """Where one participant's face and brain are, for every grid.

    Attributes
    ----------
    face
        The planes that cut it off.
    brain
        The brain mask, AC-centred RAS mm.
    to_brain_mm
        Distance to the brain mask, on its grid.
    to_template_brain_mm
        Distance to the template's brain, template RAS mm.
    """

    face: Face
    brain: Volume
    to_brain_mm: Volume
    to_template_brain_mm: Volume
    _cleared: dict[tuple[object, ...], np.ndarray] = field(
        default_factory=dict, repr=False
    )

    def cleared(self, image: Volume) -> np.ndarray:
        """Return the voxels of an image that are cleared (bool): the face without the brain.

        ``image``: any grid in AC-centred RAS mm; only its place counts, and images on one grid
        share what was found for the first.
        """
        grid = (image.shape, image.affine.tobytes())
        if grid not in self._cleared:
            self._cleared[grid] = self._find_cleared(image)
        return self._cleared[grid]

    def _find_cleared(self, image: Volume) -> np.ndarray:
        distance = _carried(self.to_brain_mm, image, outside=FAR_MM)
        face: np.ndarray = self.face.on(image.affine, image.shape)
        face &= ~self._in_brain(image)
        # a thick slice that only touches the brain with its edge is kept too
        kept_mm = max(KEPT_MM, float(np.linalg.norm(image.voxel_mm)) / 2)
        near = np.nonzero(face & (distance <= kept_mm))
        to_template = self._to_template_brain_mm(image, near)
        face[near] = distance[near] + TEMPLATE_WEIGHT * to_template > kept_mm
        return face

    def _to_template_brain_mm(
        self, image: Volume, voxels: tuple[np.ndarray, ...]
    ) -> np.ndarray:
        """Return how far voxels of an image are from the template's brain, by the affine."""
        template = self.to_template_brain_mm
        there = np.linalg.inv(template.affine) @ self.face.t1w_to_template
        places = apply(there @ image.affine, np.column_stack(voxels).astype(float))
        distance: np.ndarray = ndimage.map_coordinates(
            template.data, places.T, order=1, mode="nearest"
        )
        return distance

    def _in_brain(self, image: Volume) -> np.ndarray:
        """Carry the mask to a grid (bool)."""
        inside: np.ndarray = _carried(self.brain, image, outside=0) >= 0.5
        return inside

    def changed_in_brain(self, before: Volume, after: np.ndarray) -> int:
        """Count the voxels of the brain whose value is another one (NaN is NaN)."""
        same = (before.data == after) | (np.isnan(before.data) & np.isnan(after))
        return int(np.count_nonzero(self._in_brain(before) & ~same))


def find_defacing(
    brain: Volume, template_brain: Volume, template_to_t1w: np.ndarray
) -> Defacing:
    """Lay the planes around a participant's brain.

    Parameters
    ----------
    brain
        Brain mask, AC-centred RAS mm.
    template_brain
        The template's brain mask, template RAS mm.
    template_to_t1w
        4x4, template RAS mm to AC-centred RAS mm.
    """
    face = find_face(_surface_mm(brain), _surface_mm(template_brain), template_to_t1w)
    inside = (brain.data > 0).astype(np.float32)
    return Defacing(
        face, brain.like(inside), _distance_to(brain), _distance_to(template_brain)
    )


def deface(image: Volume, cleared: np.ndarray) -> np.ndarray:
    """Return an image's values with 0 where ``cleared`` (bool); the type stays."""
    kept: np.ndarray = np.where(cleared, image.data.dtype.type(CLEARED), image.data)
    return kept


def check_brain(
    before: Volume, after: np.ndarray, defacing: Defacing, name: str
) -> None:
    """Stop if a voxel of the brain changed.

    Parameters
    ----------
    before
        The image, AC-centred RAS mm.
    after
        Its values as they were written.
    defacing
        Of the same participant.
    name
        Participant and image, for the message.

    Raises
    ------
    UserError
        It did: nothing is shared then.
    """
    if changed := defacing.changed_in_brain(before, after):
        raise UserError(
            f"{name}: defacing changed {changed} voxels of the brain. Look at the brain mask "
            "and at the page of this participant, and correct the mask or leave the "
            "participant out; nothing is shared until then."
        )


def _distance_to(mask: Volume) -> Volume:
    """Return the distance (mm) of every voxel to a mask, 0 inside."""
    return mask.like(depth_mm(~(mask.data > 0), mask.voxel_mm))


def _surface_mm(mask: Volume) -> np.ndarray:
    """Return the corners (n, 3) in mm of the voxels at a mask's surface."""
    inside = mask.data > 0
    surface = inside & ~ndimage.binary_erosion(inside)
    return apply(mask.affine, np.argwhere(surface).astype(float))


def _carried(volume: Volume, grid: Volume, outside: float) -> np.ndarray:
    if volume.shape == grid.shape and np.allclose(
        volume.affine, grid.affine, atol=1e-6
    ):
        return volume.data
    return resample(
        volume.data,
        volume.affine,
        grid.affine,
        grid.shape,
        antialias=False,
        outside=outside,
    )
