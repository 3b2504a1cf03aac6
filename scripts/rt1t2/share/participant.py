"""One participant's images without the face, each on its own grid, and what was done to them."""

from pathlib import Path
from typing import Any

import numpy as np

from rt1t2 import images
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.share.deface import KEPT_MM, Defacing, check_brain, deface
from rt1t2.share.face import MARGIN_MM

METHOD = (
    "Voxels beyond planes around the brain towards front, sides and below, and those of orbits "
    "and nose, are 0 (after quickshear, Schimke and Hale 2011); the brain mask is untouched"
)


def deface_file(
    source: str,
    target: str,
    to_image: np.ndarray,
    defacing: Defacing,
    participant_id: str,
    made_by: dict[str, Any],
) -> Volume:
    """Write an image without the face, with its sidecar, and read it again to check the brain.

    Parameters
    ----------
    source, target
        Image as the workflow made it, with its sidecar, and the copy.
    to_image
        4x4, AC-centred RAS mm to RAS mm of the image.
    defacing
        Of this participant.
    participant_id
        Named in messages.
    made_by
        Versions, for the sidecar.

    Returns
    -------
    Volume
        The copy, AC-centred RAS mm.

    Raises
    ------
    UserError
        A voxel of the brain is another one in the copy.
    """
    data, affine = images.load_stored(source)
    image = Volume(data, np.linalg.inv(to_image) @ affine)
    cleared = defacing.cleared(image)
    about = read_json(images.sidecar(source))
    about["Defacing"] = made_by | {
        "Method": METHOD,
        "ClearedShare": float(cleared.mean()),
        "PlanesOffBrainMm": MARGIN_MM,
        "KeptAroundBrainMm": KEPT_MM,
    }
    step = about.pop("RoundedToMultiplesOf", None)
    images.save(deface(image, cleared), affine, target, about, step=step)
    written = image.like(images.load_stored(target)[0])
    check_brain(image, written.data, defacing, f"{participant_id}, {Path(source).name}")
    return written
