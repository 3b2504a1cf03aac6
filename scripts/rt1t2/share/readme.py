"""The first page of a shared study."""

from collections.abc import Mapping
from typing import Any

from rt1t2 import __version__


def study_readme(share: Mapping[str, Any], simulated: bool, n_participants: int) -> str:
    """Return the README (Markdown).

    Parameters
    ----------
    share
        Section ``share`` of the configuration.
    simulated
        Whether nobody was scanned.
    n_participants
        How many were scanned.
    """
    warning = "**Simulated data: no real person was scanned.**\n\n" if simulated else ""
    authors = f"Authors: {', '.join(share['authors'])}\n\n" if share["authors"] else ""
    return (
        f"# {share['title']}\n\n{warning}{share['description']}\n\n{authors}"
        f"Licence: {share['licence']}\n\n"
        f"T1w and T2w of {n_participants} participants and their T1w/T2w ratio maps, made by "
        f"rT1T2 {__version__}.\n\n"
        "| path | what |\n|---|---|\n"
        "| `bids/` | raw T1w and T2w, and transmit fields where measured, as scanned but for the "
        "face: a BIDS data set |\n"
        "| `derivatives/rt1t2/` | masks, tissue, transforms, ratio maps: BIDS derivatives |\n"
        "| `records/` | bias fields, reference tissues and calibration curves, for which BIDS "
        "has no place |\n"
        "| `checklist.tsv` | the COBIDAS checklist (doi:10.1038/nn.4500), filled from what "
        "ran |\n"
        "| `config.yaml` | the configuration; paths are left out |\n"
        "| `ro-crate-metadata.json` | RO-Crate 1.3 |\n"
        "| `sha256sums.txt` | `sha256sum -c sha256sums.txt` checks every file |\n\n"
        "Faces, ears and necks were removed from all whole-head images after the intensities "
        "were calibrated, so the calibration cannot be repeated with these images; its curves "
        "are in `records/`. No voxel of the brain mask was changed, and so no ratio.\n"
    )
