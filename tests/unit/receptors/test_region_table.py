import nibabel as nib
import numpy as np
import pytest

from rt1t2.receptors.region_table import RegionMeasure


def test_centres_are_mean_positions_in_mm(tmp_path):
    labels = np.zeros((6, 6, 6), dtype=np.uint8)
    labels[1, 2, 3], labels[3, 2, 3], labels[4:6, 1, 1] = 9, 9, 4
    affine = np.diag([-2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (90, -126, -72)
    nib.Nifti1Image(labels, affine).to_filename(tmp_path / "atlas.nii.gz")
    (tmp_path / "atlas.tsv").write_text("index\tname\n4\tA\n9\tB\n")
    measure = RegionMeasure(str(tmp_path / "atlas.nii.gz"), str(tmp_path / "atlas.tsv"))
    expected = [[90 - 9, -124, -70], [90 - 4, -122, -66]]
    assert measure.centroids_mm() == pytest.approx(np.array(expected))
