import logging
from pathlib import Path

from rt1t2.errors import UserError
from rt1t2.scans.raw_image import save_raw
from rt1t2.scans.transmit_import import read_transmit_image
from rt1t2.workflow.bids_dataset import parse_name
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(measured_b1: str, raw_b1: str, code: str, participant_id: str) -> None:
    kind = parse_name(Path(raw_b1).name).suffix
    try:
        image = read_transmit_image(Path(measured_b1).absolute(), kind)
    except UserError as error:
        raise type(error)(f"{participant_id}: {error}") from None
    log.info("%s", save_raw(image, raw_b1, generated_by(code, "nibabel", "numpy")))
    for flag in image[2]["Flags"]:
        log.warning("%s", flag)


if __name__ == "__main__":
    run(main, snakemake)
