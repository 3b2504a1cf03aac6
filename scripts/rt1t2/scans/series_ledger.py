"""The ledger of every series that was found: what it is, whether it was used, and why."""

from pathlib import Path

import numpy as np

from rt1t2.images import voxel_sizes_mm
from rt1t2.scans.acquisition import manufacturer, sequence_words
from rt1t2.scans.dicom_series import Series
from rt1t2.scans.header_facts import normalised_by_scanner
from rt1t2.scans.series_contrast import guess_contrast
from rt1t2.scans.slice_geometry import slice_plane
from rt1t2.tables import write_tsv

COLUMNS = (
    "source",
    "kind",
    "series_number",
    "modality",
    "manufacturer",
    "sequence",
    "tr_ms",
    "te_ms",
    "ti_ms",
    "flip_deg",
    "matrix",
    "n_slices",
    "n_copies",
    "pixel_mm",
    "slice_spacing_mm",
    "orientation",
    "contrast",
    "norm",
    "rescale_slope",
    "rescale_intercept",
    "decision",
    "reason",
)

Row = dict[str, str]


def series_row(series: Series, source: str, kind: str) -> Row:
    """Describe a DICOM series from numbers and codes of its header, without free text."""
    header, geometry = series.header, series.geometry
    times = ("RepetitionTime", "EchoTime", "InversionTime", "FlipAngle")
    slopes = sorted(series.rescale_slopes)
    row = dict(zip(("tr_ms", "te_ms", "ti_ms", "flip_deg"), times, strict=True))
    row = {column: _number(header.get(field)) for column, field in row.items()}
    modality = "".join(header.get("Modality", ()))
    return row | {
        "source": source,
        "kind": kind,
        "series_number": _number(series.number),
        "modality": modality if modality in {"MR", "CT", "PT", "NM", "US"} else "other",
        "manufacturer": manufacturer(str(header.get("Manufacturer", ""))),
        "sequence": sequence_words(series),
        "matrix": f"{geometry.shape[0]} x {geometry.shape[1]}",
        "n_slices": str(geometry.shape[2]),
        "n_copies": str(series.n_copies),
        "pixel_mm": " x ".join(_number(mm) for mm in header.get("PixelSpacing", ()))
        or "n/a",
        "slice_spacing_mm": _number(round(geometry.slice_spacing_mm, 4)),
        "orientation": "n/a"
        if geometry.affine is None
        else slice_plane(geometry.affine),
        "contrast": guess_contrast(header),
        "norm": normalised_by_scanner(header),
        "rescale_slope": _number(slopes[0]) if len(slopes) == 1 else "varies",
        "rescale_intercept": _number(header.get("RescaleIntercept")),
    }


def nifti_row(shape: tuple[int, ...], affine: np.ndarray, source: str) -> Row:
    """Describe a NIfTI input; its acquisition is unknown here."""
    sizes = voxel_sizes_mm(affine)
    return {
        "source": source,
        "kind": "nifti",
        "matrix": f"{shape[0]} x {shape[1]}",
        "n_slices": str(shape[2]),
        "pixel_mm": f"{sizes[0]:.4g} x {sizes[1]:.4g}",
        "slice_spacing_mm": f"{sizes[2]:.4g}",
        "orientation": slice_plane(affine),
    }


def write_ledger(rows: list[Row], path: str | Path) -> None:
    """Write the ledger as TSV."""
    write_tsv(rows, COLUMNS, path)


def row_in_words(row: Row) -> str:
    """Put a row on one line for the log."""
    said = [
        f"{column} {row[column]}"
        for column in COLUMNS
        if row.get(column, "n/a") != "n/a"
    ]
    return ", ".join(said)


def _number(value: float | None) -> str:
    if value is None or value != value:
        return "n/a"
    return str(value) if isinstance(value, int) else f"{value:.6g}"
