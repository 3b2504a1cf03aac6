import logging

from rt1t2 import images
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json, save_json
from rt1t2.scans.protocol import acquisition
from rt1t2.tissue.assumed_sequence import sequences_of
from rt1t2.tissue.bias import levels_under, read_estimate
from rt1t2.tissue.reference_tissues import reference_record
from rt1t2.tissue.segmentation import HeadTissues
from rt1t2.tissue.transmit_response import record_without_field
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    conformed_t1w: str,
    conformed_t2w: str,
    bias_fields: str,
    t1w: str,
    t2w: str,
    brain: str,
    head: str,
    prior: str,
    lesion: str,
    origin: str,
    landmarks: str,
    code: str,
    participant_id: str,
    seed: int,
) -> None:
    mask, excluded, labels = images.load_on(t1w, brain, lesion, head)
    told = read_json(images.sidecar(head))
    medians = {n: (m["t1w"], m["t2w"]) for n, m in told["TissueMedians"].items()}
    where = Volume.load(prior), excluded > 0
    bias = read_estimate(bias_fields, participant_id)
    conformed = map(Volume.load, (conformed_t1w, conformed_t2w))
    mixture, doubts = levels_under(bias, *conformed, *where, participant_id, seed)
    tissues = HeadTissues(mask > 0, labels.astype("u1"), medians, told["Flags"])
    corrected = map(Volume.load, (t1w, t2w))
    levels = mixture, doubts
    record = reference_record(*corrected, tissues, *where, *levels, participant_id)
    scanned = acquisition(read_json(origin)["Acquisition"])
    if "TransmitMap" in bias.record:
        ln_b1 = bias.record["TransmitMap"]["MeanLnB1"]
        record = record_without_field(record, ln_b1, sequences_of(scanned))
    about = {"participant_id": participant_id, "Acquisition": scanned}
    save_json(about | record | generated_by(code, "numpy", "scipy", "edt"), landmarks)
    for name, level in record["Classes"].items():
        if level:
            values = name, level["n_voxels"], level["t1w"], level["t2w"]
            log.info("%s: %d voxels, T1w %.4g, T2w %.4g", *values)
    for flag in record["Flags"]:
        log.warning("%s", flag)


if __name__ == "__main__":
    run(main, snakemake)
