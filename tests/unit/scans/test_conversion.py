import json

import nibabel as nib
import numpy as np
import pydicom
import pytest
from dicom_files import (
    MPRAGE,
    ORIENTATIONS,
    PHILIPS,
    PRIVATE,
    TSE,
    add_philips_scale,
    edit_files,
    encode,
    find_series,
    volume,
    write_multiframe,
    write_series,
)

from rt1t2.errors import MachineError, UserError
from rt1t2.scans.acquisition import sequence_words
from rt1t2.scans.conversion import convert_series, without_padding
from rt1t2.scans.series_choice import reason_against


def canonical(data, affine):
    image = nib.as_closest_canonical(nib.Nifti1Image(data.astype(np.float64), affine))
    return image.get_fdata(), image.affine


def assert_same_image(got, expected, atol=0.0):
    (got_data, got_affine), (data, affine) = canonical(*got), canonical(*expected)
    np.testing.assert_allclose(got_data, data, atol=atol, rtol=1e-6)
    np.testing.assert_allclose(got_affine, affine, atol=1e-4)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_voxels_and_affine_survive_the_dicom_chain(tmp_path, orientation):
    affine = write_series(tmp_path / "d", volume(), orientation=orientation, **MPRAGE)
    (series,) = find_series(tmp_path / "d")

    data, got_affine, _ = convert_series(series, tmp_path / "scratch")

    assert np.issubdtype(data.dtype, np.integer)
    assert_same_image((data, got_affine), (volume(), affine))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_mark_on_the_left_stays_on_the_left(tmp_path, orientation):
    mark_ras = np.array([-32.0, 15.0, 21.0])  # left, front, top; of a centre in RAS mm
    how = {"orientation": orientation, "spacing_mm": 8.0}
    affine = write_series(tmp_path / "where", volume(), **how)
    shape = np.array(volume().shape)
    centre = nib.affines.apply_affine(affine, (shape - 1) / 2)
    places = nib.affines.apply_affine(affine, np.indices(shape).reshape(3, -1).T)
    near = np.abs(places - centre - mark_ras).max(axis=1) < 5
    assert near.any()
    marked = np.where(near.reshape(shape), 4000, volume())
    write_series(tmp_path / "d", marked, **how, **MPRAGE)
    (series,) = find_series(tmp_path / "d")

    data, got_affine, _ = convert_series(series, tmp_path / "scratch")

    found = nib.affines.apply_affine(got_affine, np.argwhere(data == 4000)) - centre
    assert len(found) == near.sum()
    np.testing.assert_allclose(found.mean(axis=0), mark_ras, atol=5)


@pytest.mark.parametrize("how", ["RLE", "JPEG", "JPEG2000", "big endian"])
def test_other_encodings_keep_every_voxel(tmp_path, how):
    affine = write_series(tmp_path / "d", volume(), **MPRAGE)
    edit_files(tmp_path / "d", lambda image: encode(image, how))
    (series,) = find_series(tmp_path / "d")

    data, got_affine, _ = convert_series(series, tmp_path / "scratch")

    assert_same_image((data, got_affine), (volume(), affine))


@pytest.mark.parametrize("slopes", [[0.25] * 12, np.linspace(1, 3, 12)])
def test_rescale_slopes_are_applied(tmp_path, slopes):
    affine = write_series(tmp_path / "d", volume(), slopes=slopes, **TSE)
    (series,) = find_series(tmp_path / "d")

    data, got_affine, entries = convert_series(series, tmp_path / "scratch")

    assert_same_image((data, got_affine), (volume() * np.array(slopes), affine), 0.01)
    assert entries.get("RescaleSlope") == (0.25 if slopes[0] == 0.25 else None)


def test_multiframe_keeps_voxels(tmp_path):
    write_multiframe(tmp_path / "image", volume(), (93.0,))
    (series,) = find_series(tmp_path)

    data, affine, entries = convert_series(series, tmp_path / "scratch")

    assert_same_image((data, affine), (volume(), series.geometry.affine))
    assert entries["EchoTime"] == 0.093


@pytest.mark.parametrize(
    "order", [range(11, -1, -1), [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]]
)
def test_frames_in_any_order_become_the_same_volume(tmp_path, order):
    write_multiframe(tmp_path / "image", volume(), (93.0,))

    def reorder(image):
        frames = list(image.PerFrameFunctionalGroupsSequence)
        image.PixelData = image.pixel_array[list(order)].tobytes()
        image.PerFrameFunctionalGroupsSequence = [frames[k] for k in order]

    edit_files(tmp_path, reorder)
    (series,) = find_series(tmp_path)

    data, affine, _ = convert_series(series, tmp_path / "scratch")

    assert_same_image((data, affine), (volume(), series.geometry.affine))


def test_compressed_frames_keep_every_voxel(tmp_path):
    write_multiframe(tmp_path / "image", volume(), (93.0,))
    edit_files(tmp_path, lambda image: encode(image, "RLE"))
    (series,) = find_series(tmp_path)

    data, affine, _ = convert_series(series, tmp_path / "scratch")

    assert_same_image((data, affine), (volume(), series.geometry.affine))


def philips(folder, kind, slopes, scales):
    """Write a Philips series, slice by slice or as one file, with its scaling."""
    if kind == "frames":
        folder.mkdir()
        write_multiframe(folder / "image", volume(), (93.0,), **PHILIPS)
    else:
        write_series(folder, volume(), **TSE, **PHILIPS)

    def scale(image):
        frames = image.get("PerFrameFunctionalGroupsSequence") or [image]
        first = image.get("InstanceNumber", 1) - 1
        for k, frame in enumerate(frames, start=first):
            add_philips_scale(frame, slopes[k], scales[k])

    edit_files(folder, scale)
    (series,) = find_series(folder)
    return series


@pytest.mark.parametrize("kind", ["slices", "frames"])
def test_philips_values_compare_between_series(tmp_path, kind):
    # Chenevert 2014, doi:10.1593/tlo.13811: stored / scale slope, whatever the display
    series = philips(tmp_path / "d", kind, [2.5] * 12, [0.004] * 12)

    data, affine, entries = convert_series(series, tmp_path / "scratch")

    assert_same_image((data, affine), (volume() / 0.004, series.geometry.affine), 0.1)
    assert entries["RescaleSlope"] == entries["PhilipsRescaleSlope"] == 2.5
    assert entries["PhilipsScaleSlope"] == 0.004
    assert entries["UsePhilipsFloatNotDisplayScaling"] == 1


@pytest.mark.parametrize("kind", ["slices", "frames"])
@pytest.mark.parametrize("what", ["slope", "scale", "both"])
def test_philips_scaling_that_differs_between_slices_is_refused(tmp_path, kind, what):
    rising = np.linspace(1, 3, 12)
    slopes = rising if what != "scale" else [2.0] * 12
    scales = 0.004 * rising if what != "slope" else [0.004] * 12
    series = philips(tmp_path / "d", kind, slopes, scales)

    with pytest.raises(UserError, match="Philips' scaling differs between slices"):
        convert_series(series, tmp_path / "scratch")


def test_a_slope_that_differs_between_frames_is_refused(tmp_path):
    write_multiframe(tmp_path / "image", volume(), (93.0,))

    def scale(image):
        for k, frame in enumerate(image.PerFrameFunctionalGroupsSequence):
            transformation = pydicom.Dataset()
            transformation.RescaleSlope, transformation.RescaleIntercept = 1 + k, 0
            frame.PixelValueTransformationSequence = [transformation]

    edit_files(tmp_path, scale)
    (series,) = find_series(tmp_path)

    assert reason_against(series) == series.problem
    with pytest.raises(UserError, match="slope differs between the frames of one file"):
        convert_series(series, tmp_path / "scratch")


def test_sidecar_has_the_acquisition_and_nothing_else(tmp_path):
    write_series(tmp_path / "d", volume(), SeriesDescription=PRIVATE, **MPRAGE)
    (series,) = find_series(tmp_path / "d")

    entries = convert_series(series, tmp_path / "scratch")[2]

    assert entries["RepetitionTime"] == 2.3
    assert entries["InversionTime"] == 0.9
    assert entries["Manufacturer"] == "Siemens"
    assert entries["MagneticFieldStrength"] == 3
    assert entries["NumberOfSlices"] == 12
    assert entries["ConversionSoftware"] == "dcm2niix"
    assert sequence_words(series) == "3D gradient echo + inversion recovery"
    text = json.dumps(entries)
    for personal in ("Muster", "1960", "2020", "1206", "UID"):
        assert personal not in text


@pytest.mark.parametrize("how", ["uncompressed", "RLE", "JPEG", "JPEG2000"])
def test_a_damaged_file_is_refused(tmp_path, how):
    write_series(tmp_path / "d", volume(), **MPRAGE)
    if how != "uncompressed":
        edit_files(tmp_path / "d", lambda image: encode(image, how))
    damaged = tmp_path / "d" / "IM0005"
    damaged.write_bytes(damaged.read_bytes()[:-900])
    (series,) = find_series(tmp_path / "d")

    with pytest.raises(UserError, match=r"series 1 .* cannot be converted"):
        convert_series(series, tmp_path / "scratch")


def test_uneven_slices_are_never_resampled(tmp_path):
    write_series(tmp_path / "d", volume(), skip=(3,), **MPRAGE)
    (series,) = find_series(tmp_path / "d")

    with pytest.raises(UserError, match="missing"):
        convert_series(series, tmp_path / "scratch")


@pytest.mark.parametrize("signed", [False, True])
def test_padding_becomes_zero(tmp_path, signed):
    voxels = volume().astype(np.int32)
    value = -2000 if signed else 65000
    voxels[:4] = value
    write_series(tmp_path / "d", voxels.astype(np.uint16), **MPRAGE)

    def pad(image):
        image.PixelRepresentation = int(signed)
        image.add_new("PixelPaddingValue", "SS" if signed else "US", value)

    edit_files(tmp_path / "d", pad)
    (series,) = find_series(tmp_path / "d")
    data, _, entries = convert_series(series, tmp_path / "scratch")
    assert entries["PaddedVoxels"] == 4 * 32 * 12
    assert data.min() == 0
    assert data.max() == voxels[4:].max()


def test_padding_is_found_after_rescaling_and_only_where_it_is():
    data = np.array([[[-1024.0, 0.0, 7.0, 20.0]]], np.float32)
    header = {
        "PixelPaddingValue": 0.0,
        "RescaleSlope": 2.0,
        "RescaleIntercept": -1024.0,
    }
    assert without_padding(data, header) == (data, 0)
    header |= {"PixelPaddingValue": 512.0, "PixelPaddingRangeLimit": 515.0}
    padded, n = without_padding(data, header)
    np.testing.assert_array_equal(padded, [[[-1024.0, 0.0, 7.0, 20.0]]])
    assert n == 1
    header |= {"PixelPaddingRangeLimit": 516.0}
    np.testing.assert_array_equal(
        without_padding(data, header)[0], [[[-1024.0, 0.0, 0.0, 20.0]]]
    )


@pytest.mark.parametrize(
    ("keyword", "usual", "odd"),
    [
        ("EchoTime", "2.9500001", "2.9499999"),
        ("InversionTime", "900", "900.4"),
        ("RepetitionTime", "2300", "2300.001"),
    ],
)
def test_times_that_differ_by_noise_are_converted_as_one(tmp_path, keyword, usual, odd):
    write_series(tmp_path / "d", volume(), **MPRAGE)
    for k, path in enumerate(sorted((tmp_path / "d").iterdir())):
        image = pydicom.dcmread(path)
        setattr(image, keyword, odd if k % 3 == 1 else usual)
        image.save_as(path)
    (series,) = find_series(tmp_path / "d")
    data, affine, _ = convert_series(series, tmp_path / "scratch")
    assert_same_image((data, affine), (volume(), series.geometry.affine), 0.1)


def test_a_full_disk_is_told_from_damaged_files(tmp_path, monkeypatch):
    write_series(tmp_path / "d", volume(), **MPRAGE)
    (series,) = find_series(tmp_path / "d")
    monkeypatch.setattr("rt1t2.scans.conversion.run_converter", lambda *_, **__: [])

    def full(*_):
        raise OSError(28, "No space left on device")

    with pytest.raises(UserError, match="dcm2niix made no image"):
        convert_series(series, tmp_path)
    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(MachineError, match="disk is full"):
        convert_series(series, tmp_path)
