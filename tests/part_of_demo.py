"""A finished demo of which one patient, from the scanner on, and the group have to be made again.

For runs elsewhere (a cluster, an environment per rule) where the whole demo takes too long.
"""

import shutil
from pathlib import Path

PATIENT = "sub-09"
GROUP = ("group", "receptors", "paper")


def without_one_patient_and_the_group(demo: Path, folder: Path) -> None:
    """Copy a finished demo, but for the scans and results of one patient and for the group's."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(demo, folder)
    for name in ("scans", "truth", "dicom"):
        shutil.rmtree(folder / "simulation" / name / PATIENT)
    for name in (f"bids/{PATIENT}", f"derivatives/rt1t2/{PATIENT}", *GROUP):
        shutil.rmtree(folder / "results" / name)
