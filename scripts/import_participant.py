import logging
from pathlib import Path

from rt1t2.errors import UserError
from rt1t2.scans.conversion import Converted
from rt1t2.scans.image_checks import check_lesion
from rt1t2.scans.nifti_volume import read_volume
from rt1t2.scans.raw_image import save_raw
from rt1t2.scans.scan_import import check_pair, import_image, ledger_rows, open_scans
from rt1t2.scans.series_ledger import row_in_words, write_ledger
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by
from rt1t2.workflow.scratch import scratch_folder

log = logging.getLogger("rt1t2")


def main(
    t1w_source: str,
    t2w_source: str,
    lesion: str,
    t1w: str,
    t2w: str,
    series: str,
    code: str,
    participant_id: str,
) -> None:
    # Whole paths, for the messages
    sources = {"T1w": Path(t1w_source).absolute(), "T2w": Path(t2w_source).absolute()}
    lesion = str(Path(lesion).absolute()) if lesion else lesion
    try:
        images = import_pair(sources, lesion, series)
    except UserError as error:
        raise type(error)(f"{participant_id}: {error}") from None
    made_by = generated_by(code, "dcm2niix", "pydicom", "nibabel", "numpy")
    for path, image in zip((t1w, t2w), images, strict=True):
        log.info("%s", save_raw(image, path, made_by))
        for flag in image[2]["Flags"]:
            log.warning("%s: %s", Path(path).name, flag)


def import_pair(sources: dict[str, Path], lesion: str, ledger: str) -> list[Converted]:
    with scratch_folder() as scratch:
        scans = open_scans(sources, scratch)
        rows = ledger_rows(scans)
        write_ledger(rows, ledger)
        for row in rows:  # a refused participant keeps only the log
            log.info("%s", row_in_words(row))
        t1w, t2w = (import_image(s, scratch / s.contrast) for s in scans)
    check_pair(scans, t1w, t2w)
    if lesion:
        mask, mask_affine = read_volume(Path(lesion), f"the lesion mask ({lesion})")
        name = f"the lesion mask ({lesion})"
        t1w[2]["Flags"] += check_lesion(mask, mask_affine, t1w[0].shape, t1w[1], name)
    return [t1w, t2w]


if __name__ == "__main__":
    run(main, snakemake)
