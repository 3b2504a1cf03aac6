import json
import logging
from pathlib import Path

import numpy as np

from rt1t2 import images
from rt1t2.conforming import conform_lesion, conform_t1w
from rt1t2.provenance import generated_by
from rt1t2.script import run

log = logging.getLogger("rt1t2")


def main(
    native_t1w: str,
    origin: str,
    drawn_lesion: str | list[str],
    t1w: str,
    lesion: str,
    record: str,
    code: str,
    voxel_mm: float,
) -> None:
    participant = Path(t1w).name.split("_")[0]
    ac_mm = np.array(json.loads(Path(origin).read_text())["ac_mm"])
    native, native_affine = images.load(native_t1w)
    conformed, affine, n_below_zero = conform_t1w(
        native, native_affine, ac_mm, voxel_mm
    )
    if drawn_lesion:
        mask = conform_lesion(
            *images.load(drawn_lesion), ac_mm, affine, conformed.shape, participant
        )
    else:
        mask = np.zeros(conformed.shape, dtype=bool)
    log.info(
        "%s voxels of %s mm -> %s voxels of %g mm; %d values below 0 set to 0; lesion %d voxels",
        native.shape,
        np.round(images.voxel_sizes_mm(native_affine), 2).tolist(),
        conformed.shape,
        voxel_mm,
        n_below_zero,
        mask.sum(),
    )
    made_by = generated_by(code, "numpy", "scipy", "nibabel")
    images.save(conformed, affine, t1w)
    images.save_json(
        {
            "Description": "T1w on isotropic voxels, origin at the anterior commissure",
            "Sources": [native_t1w, origin],
            "Interpolation": "B-spline of degree 4",
            "voxel_mm": voxel_mm,
            "native_voxel_mm": images.voxel_sizes_mm(native_affine),
            "ac_mm": ac_mm,
            "ValuesBelowZeroSetToZero": n_below_zero,
            **made_by,
        },
        record,
    )
    images.save(
        mask,
        affine,
        lesion,
        {
            "Description": "Lesion, left out of the ratio map; 1 = lesion",
            "Sources": ["lesion of the participants table"] if drawn_lesion else [],
            "SkullStripped": False,
            "LesionDrawn": bool(drawn_lesion),
            "LesionVoxels": int(mask.sum()),
            "LesionVolumeMl": float(mask.sum() * voxel_mm**3 / 1000),
            **made_by,
        },
    )


if __name__ == "__main__":
    run(main, snakemake)
