"""Files under the name of an image: whatever they are, one message that begins with whose."""

import errno
import gzip
import zipfile

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import MachineError, UserError
from rt1t2.user_images import open_image

AFFINE = np.array([[-2.0, 0, 0, 20], [0, 3, 0, -15], [0, 0, 2.5, -10], [0, 0, 0, 1]])
DATA = np.arange(60, dtype=np.float32).reshape(3, 4, 5)


def volume():
    return nib.Nifti1Image(DATA, AFFINE)


def packed(folder):
    path = folder / "whole.nii.gz"
    nib.save(volume(), path)
    return path.read_bytes()


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"  \n<html>", "a web page"),
        (b"PK\x03\x04" + bytes(400), "a zip archive"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        (b"\x89PNG\r\n", "a picture"),
        (bytes(348), "cannot be read"),
        (b"just some text", "cannot be read"),
        (gzip.compress(b"just some text", mtime=0), "cannot be read"),
    ],
)
def test_what_is_no_image_is_said(tmp_path, ending, content, reason):
    path = tmp_path / f"map{ending}"
    path.write_bytes(content)
    with pytest.raises(UserError, match=reason) as found:
        open_image(path, "sub-01: map").values()
    assert str(found.value).startswith("sub-01: map: ")


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_a_cut_image_is_refused(tmp_path, share):
    whole = packed(tmp_path)
    noise = np.random.default_rng(1).standard_normal((20, 20, 20)).astype(np.float32)
    nib.save(nib.Nifti1Image(noise, AFFINE), tmp_path / "whole.nii.gz")
    whole = (tmp_path / "whole.nii.gz").read_bytes()
    (tmp_path / "cut.nii.gz").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(UserError, match=r"sub-01: map: .* cannot be read"):
        open_image(tmp_path / "cut.nii.gz", "sub-01: map").values()


def test_a_real_zip_and_a_missing_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "map.nii.gz", "w") as archive:
        archive.writestr("map.nii", b"x")
    with pytest.raises(UserError, match="a zip archive"):
        open_image(tmp_path / "map.nii.gz", "map")
    with pytest.raises(UserError, match="there is no such file"):
        open_image(tmp_path / "none.nii.gz", "map")


@pytest.mark.parametrize(
    ("data", "affine", "reason"),
    [
        (
            np.zeros((3, 4, 5, 2), np.float32),
            AFFINE,
            "3 x 4 x 5 x 2, and one 3D volume",
        ),
        (np.zeros((3, 4), np.float32), AFFINE, "one 3D volume"),
        (DATA.astype(np.complex64), AFFINE, "no real numbers"),
        (
            np.zeros((3, 4, 5), [("R", "u1"), ("G", "u1"), ("B", "u1")]),
            AFFINE,
            "no real",
        ),
    ],
)
def test_what_is_no_volume_in_space_is_said(tmp_path, data, affine, reason):
    nib.save(nib.Nifti1Image(data, affine), tmp_path / "map.nii")
    with pytest.raises(UserError, match=reason):
        open_image(tmp_path / "map.nii", "map").values()


@pytest.mark.parametrize("axes", ["RAS", "LAS", "PIR", "SLP"])
def test_voxels_stay_where_they_are_in_every_order_of_axes(tmp_path, axes):
    turn = nib.orientations.ornt_transform(
        nib.io_orientation(AFFINE), nib.orientations.axcodes2ornt(axes)
    )
    nib.save(volume().as_reoriented(turn), tmp_path / "map.nii")
    opened = open_image(tmp_path / "map.nii", "map")
    values = opened.values()
    assert nib.aff2axcodes(opened.affine) == ("R", "A", "S")
    assert values.shape == opened.shape
    for voxel in ((0, 0, 0), (2, 1, 3)):
        mm = opened.affine @ [*voxel, 1]
        stored = np.rint(np.linalg.inv(AFFINE) @ mm)[:3].astype(int)
        assert values[voxel] == DATA[tuple(stored)]


def test_the_first_of_a_series_and_one_volume_of_four_dimensions(tmp_path):
    nib.save(nib.Nifti1Image(DATA[..., None], AFFINE), tmp_path / "one.nii")
    assert open_image(tmp_path / "one.nii", "map").values().shape == (3, 4, 5)
    series = np.stack([DATA, DATA + 1], axis=-1)
    nib.save(nib.Nifti1Image(series, AFFINE), tmp_path / "two.nii")
    first = open_image(tmp_path / "two.nii", "GM", series=True, turned=False)
    assert np.array_equal(first.values(), DATA)


def test_an_image_without_a_place_in_space_is_refused(tmp_path):
    image = nib.Nifti1Image(DATA, AFFINE)
    nib.save(image, tmp_path / "map.nii")
    content = bytearray((tmp_path / "map.nii").read_bytes())
    content[280:328] = bytes(48)  # srow_x, srow_y, srow_z of the header
    (tmp_path / "map.nii").write_bytes(bytes(content))
    with pytest.raises(UserError, match="no valid position"):
        open_image(tmp_path / "map.nii", "map")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ENOSPC])
def test_what_the_machine_does_not_give_is_nobodys_mistake(tmp_path, monkeypatch, code):
    nib.save(volume(), tmp_path / "map.nii")
    opened = open_image(tmp_path / "map.nii", "map")

    def fail(*_args, **_more):
        raise OSError(code, "x", "/data/map.nii")

    monkeypatch.setattr(nib.arrayproxy.ArrayProxy, "__getitem__", fail)
    with pytest.raises(MachineError):
        opened.values()
    monkeypatch.setattr(nib, "load", fail)
    with pytest.raises(MachineError):
        open_image(tmp_path / "map.nii", "map")


def test_a_wrong_checksum_is_damage(tmp_path):
    noise = np.random.default_rng(1).standard_normal((20, 20, 20)).astype(np.float32)
    nib.save(nib.Nifti1Image(noise, AFFINE), tmp_path / "map.nii.gz")
    content = bytearray((tmp_path / "map.nii.gz").read_bytes())
    content[-8:-4] = b"\0\1\2\3"
    (tmp_path / "map.nii.gz").write_bytes(bytes(content))
    with pytest.raises(UserError, match=r"map: .* cannot be read as an image \(CRC"):
        open_image(tmp_path / "map.nii.gz", "map")


def test_a_map_without_a_certain_place_is_refused(tmp_path):
    image = volume()
    image.header.set_xyzt_units("micron")
    nib.save(image, tmp_path / "map.nii")
    with pytest.raises(UserError, match=r"sub-01: map: .* in microns"):
        open_image(tmp_path / "map.nii", "sub-01: map")
