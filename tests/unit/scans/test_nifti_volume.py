"""Where a NIfTI given by the user lies: clear, doubtful or impossible."""

import nibabel as nib
import numpy as np
import pytest
from dicom_files import volume

from rt1t2.errors import UserError
from rt1t2.scans.nifti_volume import check_placed, shear_deg


def write_nifti(path, data, affine=None, codes=1):
    image = nib.Nifti1Image(data, np.eye(4) if affine is None else affine)
    image.set_sform(image.affine, codes)
    image.set_qform(image.affine, codes)
    nib.save(image, path)
    return path


def placed(path, change):
    image = nib.Nifti1Image(volume(), np.diag([2.0, 3, 4, 1]))
    image.set_sform(image.affine, 1)
    image.set_qform(image.affine, 1)
    image.header.set_xyzt_units("mm")
    change(image)
    nib.save(image, path)
    return path


def sheared(image):
    affine = image.affine.copy()
    affine[0, 1] = 0.5
    image.set_sform(affine, 1)


def mirrored(image):
    image.set_qform(image.affine @ np.diag([-1, 1, 1, 1]), 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (sheared, "sheared by 9.5 degrees"),
        (mirrored, "left and right exchanged"),
        (lambda image: image.header.set_xyzt_units("micron"), "microns"),
        (lambda image: image.header.set_xyzt_units("meter", "sec"), "metres"),
    ],
)
def test_a_place_that_is_not_clear_is_refused(tmp_path, change, words):
    with pytest.raises(UserError, match=words):
        check_placed(placed(tmp_path / "a.nii", change), "the T1w")


def shifted(image):
    affine = image.affine.copy()
    affine[1, 3] = 7
    image.set_qform(affine, 1)


def unit_pixdim(image):
    image.set_qform(None, 0)
    image.header["pixdim"][1:4] = 1


@pytest.mark.parametrize(
    ("change", "flags"),
    [
        (lambda image: None, []),
        (lambda image: image.header.set_xyzt_units(0, "sec"), []),
        (lambda image: image.set_qform(None, 0), []),
        (shifted, ["sform (used) and qform differ by up to 7.0 mm"]),
        (unit_pixdim, ["voxel sizes in the header (pixdim) and in the sform"]),
    ],
)
def test_what_is_only_suspicious_is_flagged(tmp_path, change, flags):
    got = check_placed(placed(tmp_path / "a.nii", change), "the T1w")
    assert len(got) == len(flags)
    assert all(words in flag for words, flag in zip(flags, got, strict=True))


def test_rotation_and_flips_are_no_shear():
    turn = nib.eulerangles.euler2mat(0.3, 0.2, 0.1)
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([-1, 2, 5])
    assert shear_deg(affine) < 1e-6
