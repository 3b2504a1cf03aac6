import logging

import numpy as np

from rt1t2 import images, rounding
from rt1t2.conform.participant import conform_pair, import_notes
from rt1t2.conform.resample import conform_lesion
from rt1t2.geometry.transforms import write_itk
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json, save_json
from rt1t2.template.template_head import TemplateHead
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    native_t1w: str,
    native_t2w: str,
    drawn_lesion: str | list[str],
    head_t1w: str,
    head_t2w: str,
    head_classes: str,
    t1w: str,
    t2w: str,
    origin: str,
    xfm: str,
    lesion: str,
    code: str,
    participant_id: str,
    ac_mm: str | list[float] | None,
    voxel_mm: float,
) -> None:
    made_by = generated_by(code, "numpy", "scipy", "nibabel", "edt")
    natives = native_t1w, native_t2w
    template = TemplateHead(*map(Volume.load, (head_t1w, head_t2w, head_classes)))
    scans = [Volume.load(path) for path in natives]
    scanned = [read_json(images.sidecar(path)) for path in natives]
    with import_notes(scanned):
        pair = conform_pair(*scans, template, participant_id, ac_mm, voxel_mm)

    write_itk(pair.t1w_to_t2w, xfm)
    about = {
        "Description": "Anterior commissure, the template's affine alignment, the T1w "
        "on isotropic voxels with its origin there, and the T2w registered to it",
        "Sources": natives,
        "Acquisition": dict(zip(("T1w", "T2w"), scanned, strict=True)),
        "native_voxel_mm": scans[0].voxel_mm,
    }
    save_json(about | pair.record | made_by, origin)
    meta = {"Sources": [*natives, origin], "SkullStripped": False} | made_by
    about = {"Description": "T1w, origin at the AC"} | meta
    pair.t1w.save(t1w, about, rounding.step_of(pair.levels["T1w"], rounding.HEAD_STEP))
    description = "T2w on the T1w's grid; NaN where it or the T1w sees nothing"
    reference = {"SpatialReference": images.bids_uri(t1w)}
    about = {"Description": description} | reference | meta
    pair.t2w.save(t2w, about, rounding.step_of(pair.levels["T2w"], rounding.HEAD_STEP))

    mask = np.zeros(pair.t1w.shape, dtype=bool)
    if drawn_lesion:
        drawn = Volume.load(drawn_lesion)
        mask = conform_lesion(drawn, pair.origin.ac_mm, pair.t1w, participant_id)
    log.info("lesion: %d voxels", mask.sum())
    about = {
        "Description": "Lesion, left out of the ratio map; 1 = lesion",
        "Sources": ["lesion of the participants table"] if drawn_lesion else [],
        "SkullStripped": False,
        "Type": "Lesion",
        "LesionDrawn": bool(drawn_lesion),
        **reference,
        "LesionVoxels": int(mask.sum()),
        "LesionVolumeMl": float(mask.sum() * pair.t1w.voxel_ml),
    }
    pair.t1w.like(mask).save(lesion, about | made_by)


if __name__ == "__main__":
    run(main, snakemake)
