import logging

import numpy as np

from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.share.deface import find_defacing
from rt1t2.share.participant import deface_file
from rt1t2.share.picture import draw_views
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    raw_b1: str,
    placed: str,
    brain: str,
    origin: str,
    template_brain: str,
    shared_b1: str,
    picture: str,
    code: str,
    participant_id: str,
) -> None:
    to_t1w = np.array(read_json(origin)["template_to_t1w"])
    defacing = find_defacing(Volume.load(brain), Volume.load(template_brain), to_t1w)
    to_map = np.array(read_json(placed)["T1wToMap"])
    made_by = generated_by(code, "numpy", "scipy", "nibabel")
    written = deface_file(raw_b1, shared_b1, to_map, defacing, participant_id, made_by)
    draw_views([written], to_t1w, picture)
    log.info("the transmit map without the face, the brain unchanged")


if __name__ == "__main__":
    run(main, snakemake)
