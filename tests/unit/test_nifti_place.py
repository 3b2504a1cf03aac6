import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.nifti_place import require_place

AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


def image(sform=1, qform=1, unit="mm", mirrored=False, kind=nib.Nifti1Image):
    made = kind(np.zeros((3, 4, 5), np.float32), AFFINE)
    made.set_qform(MIRROR @ AFFINE if mirrored else AFFINE, qform)
    made.set_sform(AFFINE, sform)
    made.header.set_xyzt_units(unit)
    return made


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sform": 0, "qform": 0}, "neither sform nor qform"),
        ({"mirrored": True}, "left and right exchanged"),
        ({"unit": "micron"}, "in microns"),
        ({"unit": "meter"}, "in metres"),
    ],
)
def test_what_does_not_tell_its_place_is_refused(kind, change, words):
    with pytest.raises(UserError, match=f"the map .*{words}"):
        require_place(image(kind=kind, **change), "the map x.nii")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"sform": 4},
        {"qform": 0, "mirrored": True},
        {"sform": 0, "mirrored": True},
        {"unit": "unknown"},
    ],
)
def test_what_tells_it_once_is_fine(change):
    require_place(image(**change), "x")


def test_other_formats_are_asked_nothing():
    require_place(nib.MGHImage(np.zeros((3, 4, 5), np.float32), AFFINE), "x")
