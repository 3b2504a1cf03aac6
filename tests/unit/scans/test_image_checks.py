import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.scans.image_checks import check_head_image, check_lesion, same_image

AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])


def test_a_simulated_head_passes_without_flags(scan):
    assert check_head_image(scan.t1w, scan.t1w_affine, "T1w") == []
    assert check_head_image(scan.t2w, scan.t2w_affine, "T2w") == []


def test_a_brain_without_head_is_flagged(head, scan):
    brain = np.where(head.brain, 1 + np.indices(head.brain.shape).sum(axis=0), 0)
    (flag,) = check_head_image(brain, head.affine, "T1w")
    assert "skull-stripped" in flag


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: np.where(d > 40, np.nan, d), "undefined"),
        (lambda d: d * 0, "same value"),
        (lambda d: (d > 30) * 1.0, "mask"),
        (lambda d: d[:, :, :8], "too small for a head"),
        (lambda d: d[:20, :20], "too small for a head"),
    ],
)
def test_what_is_no_scan_of_a_head_is_refused(change, words):
    data = np.indices((40, 40, 40)).sum(axis=0).astype(np.float32)
    assert check_head_image(data, AFFINE, "T1w") == []
    with pytest.raises(UserError, match=words):
        check_head_image(change(data), AFFINE, "T1w")


def test_t1w_and_t2w_of_one_head_are_two_images(scan):
    pair = scan.t1w, scan.t1w_affine, scan.t2w, scan.t2w_affine
    assert not same_image(*pair)


@pytest.mark.parametrize("how", ["copy", "rescaled", "turned", "resampled"])
def test_the_same_image_is_recognised(scan, how):
    data, affine = scan.t1w, scan.t1w_affine
    image = nib.Nifti1Image(data.astype(np.float32), affine)
    if how == "rescaled":
        image = nib.Nifti1Image(data.astype(np.float32) * 275 + 3, affine)
    if how == "turned":
        image = image.as_reoriented(np.array([[1, -1], [0, 1], [2, -1]]))
    if how == "resampled":
        half = affine @ np.diag([2.0, 2.0, 2.0, 1.0])
        half[:3, 3] += affine[:3, :3] @ [0.5, 0.5, 0.5]
        n = np.array(data.shape) // 2
        blocks = data[: 2 * n[0], : 2 * n[1], : 2 * n[2]]
        blocks = blocks.reshape(n[0], 2, n[1], 2, n[2], 2).mean(axis=(1, 3, 5))
        image = nib.Nifti1Image(blocks.astype(np.float32), half)
    assert same_image(data, affine, image.get_fdata(), image.affine)


def test_lesion_may_be_stored_in_another_axis_order():
    lesion = np.zeros((10, 12, 14), np.uint8)
    lesion[2, 3, 4] = 1
    image = nib.Nifti1Image(lesion, AFFINE)
    turned = image.as_reoriented(np.array([[2, 1], [0, -1], [1, 1]]))

    flags = check_lesion(
        np.asarray(turned.dataobj), turned.affine, lesion.shape, AFFINE, "lesion"
    )

    assert flags == []


def test_unusable_lesions_are_refused():
    lesion = np.zeros((10, 12, 14))
    lesion[5] = 1
    moved = AFFINE.copy()
    moved[0, 3] = 1.0
    with pytest.raises(UserError, match=r"origin \(1.0, 0.0, 0.0\) mm instead of"):
        check_lesion(lesion, moved, lesion.shape, AFFINE, "lesion")
    with pytest.raises(UserError, match="not on the grid"):
        check_lesion(lesion[:9], AFFINE, lesion.shape, AFFINE, "lesion")
    with pytest.raises(UserError, match="0 and 1"):
        check_lesion(lesion * 0.5, AFFINE, lesion.shape, AFFINE, "lesion")


def test_an_empty_lesion_is_flagged():
    empty = np.zeros((10, 12, 14))
    assert check_lesion(empty, AFFINE, empty.shape, AFFINE, "lesion") == [
        "the lesion mask is empty"
    ]


@pytest.mark.shared
def test_real_pairs_are_two_images_and_stripped_brains_are_flagged(shared):
    for folder in sorted((shared / "data" / "pairs").glob("*-*")):
        if not folder.is_dir():
            continue
        t1w, t2w = (
            nib.load(*folder.glob(f"{name}[Ww].nii.gz")) for name in ("T1", "T2")
        )
        a, b = np.asarray(t1w.dataobj), np.asarray(t2w.dataobj)
        assert not same_image(a, t1w.affine, b, t2w.affine)
        assert check_head_image(a, t1w.affine, "T1w") == []
    for path in sorted((shared / "data" / "negatives").glob("kirby*")):
        image = nib.load(path)
        (flag,) = check_head_image(np.asarray(image.dataobj), image.affine, "T1w")
        assert "skull-stripped" in flag


def test_impossible_voxels_are_refused():
    data = np.indices((40, 40, 40)).sum(axis=0).astype(np.float32)
    for mm in (5000.0, 0.03, 25.0, 19.0):
        with pytest.raises(UserError, match=r"voxels of .* mm"):
            check_head_image(data, np.diag([mm, mm, mm, 1.0]), "T1w")


def test_a_lesion_of_the_smallest_integer_is_not_binary():
    lesion = np.zeros((10, 12, 14), np.int8)
    lesion[5] = -128
    with pytest.raises(UserError, match="0 and 1"):
        check_lesion(lesion, AFFINE, lesion.shape, AFFINE, "lesion")


def test_a_head_lies_near_the_magnet(scan):
    far = scan.t1w_affine.copy()
    far[0, 3] = 1e6
    with pytest.raises(UserError, match="no usable position"):
        check_head_image(scan.t1w, far, "T1w")
