import logging
from pathlib import Path
from typing import Any

from rt1t2 import images
from rt1t2.simulate.dicom_writer import (
    LOCALIZER_HEADER,
    SAGITTAL,
    T1W_HEADER,
    T2W_HEADER,
    Person,
    Study,
    Volume,
    localizer,
    reordered,
)
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    t1w: str,
    t2w: str,
    dicom: str,
    code: str,
    participant: dict[str, str],
    simulation: dict[str, Any],
    seed: int,
) -> None:
    folder = Path(dicom)
    folder.mkdir(parents=True, exist_ok=True)
    study = Study(folder, _person(participant), seed)
    head, head_affine = images.load(t1w)
    study.write(localizer(head, head_affine), LOCALIZER_HEADER)
    sagittal = reordered(head, head_affine, SAGITTAL)
    study.write([Volume(*sagittal, simulation["t1w_voxel_mm"])], T1W_HEADER)
    slices, slices_affine = images.load(t2w)
    thickness_mm = simulation["t2w_voxel_mm"][2]
    study.write([Volume(slices, slices_affine, thickness_mm)], T2W_HEADER)
    log.info("%d files", len(list(folder.iterdir())))


def _person(participant: dict[str, str]) -> Person:
    sex, age = participant.get("sex", "n/a"), participant.get("age", "n/a")
    return Person(
        label=participant["participant_id"].removeprefix("sub-"),
        sex="" if sex == "n/a" else sex,
        age_years=None if age == "n/a" else int(float(age)),
    )


if __name__ == "__main__":
    run(main, snakemake)
