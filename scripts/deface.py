import logging

import numpy as np

from rt1t2.geometry.transforms import read_itk, translation
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.share.deface import find_defacing
from rt1t2.share.participant import deface_file
from rt1t2.share.picture import draw_views
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    raw: list[str],
    derivatives: list[str],
    brain: str,
    origin: str,
    xfm: str,
    template_brain: str,
    shared_raw: list[str],
    shared_derivatives: list[str],
    picture: str,
    code: str,
    participant_id: str,
) -> None:
    aligned = read_json(origin)
    to_t1w = np.array(aligned["template_to_t1w"])
    defacing = find_defacing(Volume.load(brain), Volume.load(template_brain), to_t1w)
    made_by = generated_by(code, "numpy", "scipy", "nibabel", "edt")
    to_native = translation(np.array(aligned["ac_mm"])), read_itk(xfm)
    files = [*zip(raw, shared_raw, to_native, strict=True)]
    files += [
        (source, target, np.eye(4))
        for source, target in zip(derivatives, shared_derivatives, strict=True)
    ]
    written = [deface_file(*f, defacing, participant_id, made_by) for f in files]
    draw_views(written[:2], to_t1w, picture)
    log.info("%d images without the face, the brain unchanged in all", len(written))


if __name__ == "__main__":
    run(main, snakemake)
