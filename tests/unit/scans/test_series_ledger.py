"""The ledger: one row per series, without any free text of its header."""

import csv

import numpy as np
from dicom_files import MPRAGE, PRIVATE, find_series, volume, write_series

from rt1t2.scans.series_ledger import (
    COLUMNS,
    nifti_row,
    row_in_words,
    series_row,
    write_ledger,
)


def row_of(folder, **fields):
    write_series(folder, volume(), number=7, **{**MPRAGE, **fields})
    (series,) = find_series(folder)
    return series_row(series, "t1w", "dicom")


def test_a_series_is_described_by_numbers_and_codes(tmp_path):
    assert row_of(tmp_path, SeriesDescription=PRIVATE) == {
        "source": "t1w",
        "kind": "dicom",
        "series_number": "7",
        "modality": "MR",
        "manufacturer": "Siemens",
        "sequence": "3D gradient echo + inversion recovery",
        "tr_ms": "2300",
        "te_ms": "2.98",
        "ti_ms": "900",
        "flip_deg": "9",
        "matrix": "30 x 32",
        "n_slices": "12",
        "n_copies": "0",
        "pixel_mm": "4.5 x 5",
        "slice_spacing_mm": "4",
        "orientation": "axial",
        "contrast": "T1w",
        "norm": "none",
        "rescale_slope": "1",
        "rescale_intercept": "n/a",
    }


def test_what_a_header_does_not_say_is_not_available(tmp_path):
    row = row_of(
        tmp_path,
        Modality="MUSTER",
        Manufacturer=PRIVATE,
        slopes=np.linspace(1, 3, 12),
        spacing_mm=0.0,
    )
    assert (row["modality"], row["manufacturer"]) == ("other", "other")
    assert row["rescale_slope"] == "varies"
    assert row["orientation"] == "n/a"
    assert "Muster" not in "".join(row.values())


def test_a_nifti_is_described_by_its_grid():
    affine = np.array(
        [[0, 0, 4.4, -50], [-0.5, 0, 0, 9], [0, 0.75, 0, 8], [0, 0, 0, 1]]
    )
    assert nifti_row((256, 224, 30), affine, "t2w") == {
        "source": "t2w",
        "kind": "nifti",
        "matrix": "256 x 224",
        "n_slices": "30",
        "pixel_mm": "0.5 x 0.75",
        "slice_spacing_mm": "4.4",
        "orientation": "sagittal",
    }


def test_a_ledger_is_read_back_with_gaps_filled(tmp_path):
    rows = [{"source": "t1w", "reason": "FLAIR"}, {"source": "t2w", "n_slices": "30"}]
    write_ledger(rows, tmp_path / "series.tsv")
    with (tmp_path / "series.tsv").open() as file:
        read = list(csv.DictReader(file, delimiter="\t"))
    assert read == [dict.fromkeys(COLUMNS, "n/a") | row for row in rows]
    assert row_in_words(read[1]) == "source t2w, n_slices 30"
