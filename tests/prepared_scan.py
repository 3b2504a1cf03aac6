"""The rules from the native pair to the reference tissues, with files in one folder."""

from pathlib import Path
from typing import Any

from rt1t2.images import sidecar
from rt1t2.records import read_json

IMAGES = (
    *("conformed_t1w", "conformed_t2w", "lesion", "prior", "bias_fields"),
    *("t1w", "t2w", "brain", "gm", "wm", "csf", "head"),
)
RECORDS = ("origin", "landmarks")


def files_in(folder: Path) -> dict[str, str]:
    """Return the files that the rules write in a folder, by name."""
    files = {name: str(folder / f"{name}.nii.gz") for name in IMAGES}
    files |= {name: str(folder / f"{name}.json") for name in RECORDS}
    return files | {"xfm": str(folder / "xfm.txt")}


def prepare_steps(
    folder: Path,
    head_files: dict[str, str],
    *,
    voxel_mm: float,
    participant_id: str = "sub-01",
    bias_correction: str = "joint",
    seed: int = 1,
) -> dict[str, dict[str, Any]]:
    """Return what each rule's script is called with, in the order of the rules.

    The folder holds ``native_T1w.nii.gz`` and ``native_T2w.nii.gz`` with their sidecars, and
    ``drawn_lesion.nii.gz`` if a lesion was drawn; ``head_files`` are the template's head.
    """
    files = files_in(folder)
    drawn = folder / "drawn_lesion.nii.gz"
    conformed = {name: files[f"conformed_{name}"] for name in ("t1w", "t2w")}
    person, by_seed = {"participant_id": participant_id}, {"seed": seed}

    def named(names: str) -> dict[str, str]:
        return {name: files[name] for name in names.split()}

    head = {name: head_files[name] for name in ("head_t1w", "head_classes")}
    steps: dict[str, dict[str, Any]] = {
        "conform": {
            "native_t1w": str(folder / "native_T1w.nii.gz"),
            "native_t2w": str(folder / "native_T2w.nii.gz"),
            "drawn_lesion": str(drawn) if drawn.exists() else [],
            "head_t2w": head_files["head_t2w"],
            "ac_mm": None,
            "voxel_mm": voxel_mm,
            **(head | conformed | named("origin xfm lesion") | person),
        },
        "head_prior": {"head_classes": head_files["head_classes"]}
        | (conformed | named("origin prior") | person | by_seed),
        "estimate_bias": {
            "method": bias_correction,
            "transmit": [],
            **(conformed | named("prior lesion bias_fields") | person | by_seed),
        },
        "correct_bias": person
        | named("conformed_t1w conformed_t2w bias_fields t1w t2w"),
        "segment": {"head_classes": head_files["head_classes"]}
        | (named("t1w t2w prior lesion origin brain gm wm csf head") | person),
        "reference_tissues": person
        | by_seed
        | named("conformed_t1w conformed_t2w bias_fields t1w t2w")
        | named("brain head prior lesion origin landmarks"),
    }
    return {rule: arguments | {"code": "abc"} for rule, arguments in steps.items()}


def records_in(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the records and sidecars that the rules wrote, by the names of the files."""
    files = files_in(folder)
    about = {name: read_json(sidecar(files[name])) for name in IMAGES}
    return about | {name: read_json(files[name]) for name in RECORDS}
