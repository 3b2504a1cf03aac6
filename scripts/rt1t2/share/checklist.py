"""The COBIDAS checklist as far as it can be filled from what ran: one row per item.

Committee on Best Practices in Data Analysis and Sharing: Nichols et al. 2017,
doi:10.1038/nn.4500. Every value is computed from a sidecar, the table or the configuration;
nothing is repeated from memory, and what no file tells is ``n/a``.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rt1t2 import __version__
from rt1t2.tables import parse_number

COLUMNS = ("section", "item", "value", "source")
Record = Mapping[str, Any]

ACQUISITION = (
    ("scanner", ("Manufacturer", "ManufacturersModelName")),
    ("field strength (T)", ("MagneticFieldStrength",)),
    ("sequence", ("ScanningSequence", "SequenceVariant")),
    ("2D or 3D", ("MRAcquisitionType",)),
    ("repetition time (s)", ("RepetitionTime",)),
    ("echo time (s)", ("EchoTime",)),
    ("inversion time (s)", ("InversionTime",)),
    ("flip angle (degrees)", ("FlipAngle",)),
    ("voxel size (mm)", ("VoxelSizeMm",)),
    ("slice thickness (mm)", ("SliceThickness",)),
    ("number of slices", ("NumberOfSlices",)),
    ("parallel imaging factor", ("ParallelReductionFactorInPlane",)),
    ("fat suppression", ("FatSuppression",)),
    ("converted by", ("ConversionSoftware", "ConversionSoftwareVersion")),
)
# Item, which record of a participant, key.
PROCESSING = (
    ("origin", "origin", "Method"),
    ("resampling of the T1w", "origin", "Interpolation"),
    ("voxel of the native maps (mm)", "origin", "voxel_mm"),
    ("T2w to T1w: criterion", "origin", "T2wRegistration.Metric"),
    ("T2w to T1w: interpolation", "origin", "T2wRegistration.Interpolation"),
    ("T2w to T1w: rotation (degrees)", "origin", "T2wRegistration.RotationDeg"),
    ("T2w to T1w: shift (mm)", "origin", "T2wRegistration.TranslationMm"),
    ("bias field", "bias_fields", "Method"),
    ("brain volume (ml)", "brain", "VolumeMl"),
    ("intensity calibration", "ratio", "CalibrationMethod"),
    ("ratio", "ratio", "Formula"),
    ("undefined voxels of the ratio", "ratio", "ExcludedVoxels"),
    ("template", "displacement", "SpatialReference"),
    ("normalisation: images compared", "displacement", "Contrast"),
    ("normalisation: voxel (mm)", "displacement", "EstimateVoxel_mm"),
    ("normalisation: overlap of grey matter", "displacement", "DiceGM"),
    ("normalisation: overlap of white matter", "displacement", "DiceWM"),
    ("ratio to the template", "mni_ratio", "Interpolation"),
    ("smoothing, FWHM (mm)", "smoothed", "SmoothingFWHM_mm"),
    ("smoothing at edges", "smoothed", "SmoothingEdges"),
    ("defacing", "t1w", "Defacing.Method"),
)
CHOICES = (
    ("variance", "variance"),
    ("covariates", "covariates"),
    ("voxels with missing data", "missing"),
    ("cluster-forming p (one-sided, uncorrected)", "height_p"),
    ("smallest cluster (voxels)", "extent_voxels"),
    ("primary test", "primary_test"),
    ("permutations", "permutations"),
    ("simulated null studies", "null_studies"),
)
RESULTS = (
    ("statistic", ("statistic",)),
    ("participants", ("n_plus", "n_minus")),
    ("degrees of freedom", ("df",)),
    ("height threshold (t)", ("height_t",)),
    ("search volume (voxels)", ("n_voxels",)),
    ("smoothness, FWHM (mm)", ("fwhm_mm",)),
    ("resels", ("resels",)),
    ("peak t for p(FWE) = 0.05", ("fwe_peak_t",)),
    ("cluster size for p(FWE) = 0.05 (voxels)", ("fwe_cluster_voxels",)),
    ("clusters", ("n_clusters",)),
)


def checklist(
    rows: Sequence[Mapping[str, str]],
    records: Mapping[str, Sequence[Record]],
    config: Record,
    summaries: Sequence[Record],
) -> list[dict[str, str]]:
    """Return the rows of the checklist.

    Parameters
    ----------
    rows
        Of the participants table, those who were scanned.
    records
        Sidecars of all participants by kind: ``t1w``, ``t2w`` of the raw images, and those
        that :data:`PROCESSING` names.
    config
        The configuration.
    summaries
        ``summary.json`` of every contrast.
    """
    found: list[tuple[str, str, str, str]] = []
    table = "participants.tsv"
    found.append(("Participants", "scanned", str(len(rows)), table))
    for code, label in config["groups"].items():
        members = [row for row in rows if row["group"] == code]
        ages = [parse_number(row.get("age", "n/a")) for row in members]
        sexes = [row.get("sex", "n/a") for row in members]
        counted = ", ".join(f"{sexes.count(s)} {s}" for s in sorted(set(sexes)))
        found += [
            ("Participants", f"{label} ({code})", str(len(members)), table),
            ("Participants", f"{code}: age (years)", told(ages), table),
            ("Participants", f"{code}: sex", counted or "n/a", table),
        ]
    for image in ("t1w", "t2w"):
        section = f"Acquisition, {image[:2].upper()}w"
        source = f"bids/sub-*/anat/*_{image[:2].upper()}w.json"
        found += [
            (section, item, _together(records[image], keys), source)
            for item, keys in ACQUISITION
        ]
    found += [
        ("Preprocessing", item, _together(records[kind], (key,)), f"sidecars: {kind}")
        for item, kind, key in PROCESSING
    ]
    found += [
        ("Statistics", item, told([config["statistics"][key]]), "config.yaml")
        for item, key in CHOICES
    ]
    for summary in summaries:
        section = f"Results, {summary['contrast']}"
        found += [
            (section, item, _of_summary(summary, keys), "group/*/summary.json")
            for item, keys in RESULTS
        ]
    found += [("Reproducibility", "rT1T2", __version__, "code")]
    found += [
        ("Reproducibility", name, told(versions), "sidecars: PackageVersions")
        for name, versions in _packages(records).items()
    ]
    found.append(("Reproducibility", "seed", told([config["seed"]]), "config.yaml"))
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def told(values: Iterable[Any]) -> str:
    """Return the values of all participants as one text: a range, a list, or the common one."""
    known = [value for value in values if value not in (None, "", [], {})]
    if not known:
        return "n/a"
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
        low, high = (_number(end) for end in (min(known), max(known)))
        return low if low == high else f"{low} to {high}"
    if all(isinstance(value, Mapping) for value in known):
        names = sorted({name for value in known for name in value})
        return "; ".join(f"{n}: {told([v.get(n) for v in known])}" for n in names)
    texts = sorted({_text(value) for value in known})
    return "; ".join(texts)


def _of_summary(summary: Record, keys: Sequence[str]) -> str:
    """Return what a summary says; an F contrast has names of its own, and no two sides."""
    if summary.get("statistic") == "F":
        keys = [key[:-1] + "f" if key.endswith("_t") else key for key in keys]
    if keys[0] == "n_plus" and summary.get("n_plus") is None and "n" in summary:
        return " / ".join(str(n) for n in summary["n"].values())
    return _together([summary], keys)


def _together(records: Iterable[Record], keys: Sequence[str]) -> str:
    """Return what records say under some keys, which may lead inwards by dots."""
    values = []
    for record in records:
        parts = [_inside(record, key) for key in keys]
        if len(keys) == 1:
            values += parts
        elif any(part not in (None, "") for part in parts):
            values.append(" / ".join(_text(part) for part in parts))
    return told(values)


def _inside(record: Any, key: str) -> Any:
    for part in key.split("."):
        record = record.get(part) if isinstance(record, Mapping) else None
    return record


def _packages(records: Mapping[str, Sequence[Record]]) -> dict[str, list[str]]:
    """Return the versions of every package that a sidecar names."""
    found: dict[str, set[str]] = {}
    for record in (record for kind in records.values() for record in kind):
        for name, version in record.get("PackageVersions", {}).items():
            found.setdefault(name, set()).add(version)
    return {name: sorted(found[name]) for name in sorted(set(found) - {"rt1t2"})}


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "n/a"
    if isinstance(value, list | tuple):
        return " x ".join(_text(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _number(value) if isinstance(value, int | float) else str(value)
