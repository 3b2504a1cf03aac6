import logging

from rt1t2 import images, rounding
from rt1t2.conform.transmit_alignment import align_transmit_map
from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.records import read_json
from rt1t2.scans.protocol import acquisition
from rt1t2.scans.transmit_map import read_transmit_map
from rt1t2.tissue.transmit_response import mean_ln_b1
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    raw_b1: list[str],
    t1w: str,
    prior: str,
    origin: str,
    b1: str,
    code: str,
    participant_id: str,
) -> None:
    placed = read_json(origin)
    head_prior = Volume.load(prior)
    name = f"the transmit map of column b1 ({raw_b1[0]})"
    try:
        measured = read_transmit_map(raw_b1, name)
        ac_mm = placed["ac_mm"]
        found = align_transmit_map(measured, Volume.load(t1w), head_prior, ac_mm, name)
    except UserError as error:
        raise type(error)(f"{participant_id}: {error}") from None
    about = {
        "Description": "Flip angles over those prescribed (B1+), measured, smoothed, and "
        "continued beyond the map",
        "Sources": [*raw_b1, t1w, prior, origin],
        "SkullStripped": False,
        "Units": "arbitrary",
        "SpatialReference": images.bids_uri(t1w),
        **found.record,
        "MeanLnB1": mean_ln_b1(found.field, head_prior),
        "Acquisition": acquisition(placed["Acquisition"]),
        "Flags": found.flags,
        **generated_by(code, "numpy", "scipy", "nibabel"),
    }
    found.field.save(b1, about, rounding.LOG_FIELD_STEP)
    log.info(
        "%s: median %.3f in the brain, covers %.0f %%, %.1f mm from the scanner's place",
        found.record["Kind"],
        found.record["BrainMedian"],
        100 * found.record["BrainCoverage"],
        found.record["ShiftMm"],
    )
    for flag in found.flags:
        log.warning("%s", flag)


if __name__ == "__main__":
    run(main, snakemake)
