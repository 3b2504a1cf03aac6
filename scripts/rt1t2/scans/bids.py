"""What makes folders BIDS data sets: descriptions, ignore lists, the participants table."""

from collections.abc import Mapping, Sequence
from typing import Any

from rt1t2 import __version__
from rt1t2.tables import tsv_text
from rt1t2.user_text import in_markdown

BIDS_VERSION = "1.10.0"
NAME = "T1w/T2w ratio study"
# Derivatives for which BIDS has no name yet: the ratio, and transforms (BEP014).
PROPOSED = ("**/*_T1wT2wratio.*", "**/*_xfm.*")
# What the workflow measured on the way, for which BIDS has no place.
RECORDS = ("**/*_curve.json", "**/*_stats.json", "**/*_fields.*")
UNSTANDARDISED = PROPOSED + RECORDS
COLUMN_DESCRIPTIONS: dict[str, dict[str, Any]] = {
    "participant_id": {"Description": "Participant, sub-<label>"},
    "group": {"Description": "Group"},
    "age": {"Description": "Age", "Units": "year"},
    "sex": {"Description": "Sex", "Levels": {"F": "female", "M": "male"}},
}


def raw_description(simulated: bool) -> dict[str, Any]:
    """Return ``dataset_description.json`` of the raw data set."""
    return {
        "Name": _name(simulated),
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [_generator("DICOM or NIfTI to BIDS")],
    }


def derivative_description(simulated: bool) -> dict[str, Any]:
    """Return ``dataset_description.json`` of the derivatives."""
    return {
        "Name": f"{_name(simulated)}: derivatives",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [_generator("T1w/T2w ratio maps")],
        "SourceDatasets": [{"URL": "../../bids", "Version": "as imported"}],
    }


def readme(
    simulated: bool,
    n_participants: int,
    groups: Mapping[str, str],
    defaced: bool = False,
) -> str:
    """Return the README of the raw data set, or of its copy without faces."""
    faces = (
        "The faces were removed: voxels of eyes, nose, mouth, ears and neck are 0, and no "
        "voxel of the brain was changed."
        if defaced
        else "Faces are not removed from the images: do not share the images of real "
        "people without defacing (`snakemake share` makes a copy without faces)."
    )
    labels = "\n".join(
        f"- {code}: {in_markdown(label)}" for code, label in groups.items()
    )
    return (
        f"# {_name(simulated)}\n\n{_warning(simulated)}"
        f"T1-weighted and T2-weighted head images of {n_participants} participants, as "
        "scanned: converted from DICOM, or copied from NIfTI, without resampling. A folder "
        "`fmap`, where there is one, holds a measured transmit field (B1+).\n"
        "Sidecars hold acquisition parameters only; dates, identifiers and free text of the "
        f"DICOM headers are left out. {faces}\n\n"
        f"Groups:\n\n{labels}\n"
    )


def derivatives_readme(simulated: bool, defaced: bool = False) -> str:
    """Return the README of the derivatives, or of their copy without faces."""
    faces = (
        "Whole-head images (`desc-conformed`, `desc-preproc`, `desc-head_dseg`) have no face: "
        "its voxels are 0. No voxel of the brain was changed.\n\n"
        if defaced
        else ""
    )
    return (
        f"# {_name(simulated)}: derivatives\n\n{_warning(simulated)}"
        f"T1w/T2w ratio maps made by rT1T2 {__version__} from the raw data set, with the "
        "images, masks and transforms behind them. Every image has a JSON sidecar with its "
        "sources, parameters, counts of undefined voxels and software versions.\n\n"
        f"{faces}"
        "- `*_T1wT2wratio`: the calibrated ratio in the participant's space; with "
        "`space-MNI152NLin2009aSym` in the template's, with `desc-smoothed` smoothed\n"
        "- `*_desc-preproc_*`, `*_desc-calibrated_*`: T1w, and T2w on its grid, corrected for "
        "bias, and on the scale of the controls inside the brain\n"
        "- `*_mask`, `*_probseg`, `*_dseg`: brain, lesion, tissues, and labels of the head\n"
        "- `*_xfm.*`: transforms in ITK's convention\n\n"
        "`T1wT2wratio` and transforms have no name in BIDS yet, so `.bidsignore` lists them.\n"
    )


def participants_table(
    rows: Sequence[Mapping[str, str]],
    groups: Mapping[str, str],
    covariates: Sequence[str],
) -> tuple[str, dict[str, Any]]:
    """Return ``participants.tsv`` and ``participants.json``.

    Parameters
    ----------
    rows
        The participants' rows. Columns that the analysis does not use stay out: they may
        hold paths, names or remarks.
    groups
        Group code to label.
    covariates
        Further columns to keep.

    Returns
    -------
    table, descriptions
        TSV text, and a description of each column.
    """
    own = ["participant_id", "age", "sex", "group"]
    # the scan protocol may be a covariate that no row tells
    told = {column for row in rows for column in row}
    further = [column for column in covariates if column in told - {*own}]
    columns = own + further
    ordered = sorted(rows, key=lambda row: row["participant_id"])
    lines = [{column: row.get(column) or None for column in columns} for row in ordered]
    described = {
        column: dict(COLUMN_DESCRIPTIONS.get(column, {})) for column in columns
    }
    described["group"]["Levels"] = dict(groups)
    for column in further:
        described[column]["Description"] = "Covariate"
    return tsv_text(lines, columns), described


def bidsignore(patterns: Sequence[str] = ()) -> str:
    """Return the content of ``.bidsignore``."""
    return "".join(f"{pattern}\n" for pattern in patterns)


def _warning(simulated: bool) -> str:
    return (
        "**Simulated data: no real person was scanned.** The images come from a computed "
        "head with known tissue values.\n\n"
        if simulated
        else ""
    )


def _name(simulated: bool) -> str:
    return f"Simulated {NAME}" if simulated else NAME


def _generator(description: str) -> dict[str, str]:
    return {"Name": "rT1T2", "Version": __version__, "Description": description}
