"""What the viewer page holds: small maps that read as the large ones do, and a button a cluster."""

import base64
import gzip
import json

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.images import save
from rt1t2.paper import viewer
from rt1t2.paper.primary_test import PRIMARY_TESTS

EXTENT = PRIMARY_TESTS["permutation_extent"]
NAMES = {"HC": "Controls", "PSP": "Pain <b>"}
CONTRASTS = [
    {"name": "HC-PSP", "plus": "HC", "minus": "PSP"},
    {"name": "PSP-HC", "plus": "PSP", "minus": "HC"},
]


def volume(voxel_mm: float, seed: int = 0) -> Volume:
    affine = np.diag([-voxel_mm, voxel_mm, voxel_mm, 1.0])
    affine[:3, 3] = (20, -30, -10)
    data = np.random.default_rng(seed).normal(0, 3, (21, 24, 19)).astype(np.float32)
    data[:2] = np.nan
    return Volume(data, affine)


def unpacked(text: str) -> nib.Nifti1Image:
    return nib.Nifti1Image.from_bytes(gzip.decompress(base64.b64decode(text)))


def value_at(image, mm) -> float:
    voxel = np.rint(np.linalg.inv(image.affine) @ [*mm, 1])[:3].astype(int)
    return float(image.get_fdata()[tuple(voxel)])


def cluster(peak_mm, t, **columns) -> dict[str, str]:
    row = {f"peak_{axis}_mm": str(mm) for axis, mm in zip("xyz", peak_mm, strict=True)}
    row |= {"peak_t": str(t), "volume_mm3": "1500", "label": "Thalamus 80 %"}
    return row | {"cluster_p_fwe_permutation": "0.012"} | columns


def test_a_map_of_two_millimetres_keeps_every_value_to_its_step():
    full = volume(2.0)
    image = unpacked(viewer.packed(full, 0.01))
    assert image.shape == full.shape
    assert np.allclose(image.affine, full.affine)
    expected = np.nan_to_num(full.data)
    assert np.abs(image.get_fdata() - expected).max() < 0.0051
    assert viewer.packed(full, 0.01) == viewer.packed(full, 0.01)


def test_a_finer_map_is_thinned_out_and_keeps_the_highest_peak():
    full = volume(1.0)
    peak = (full.affine @ [7, 12, 9, 1])[:3]
    image = unpacked(viewer.packed(full, 0.01, list(peak)))
    assert np.allclose(image.header.get_zooms(), 2)
    assert value_at(image, peak) == pytest.approx(float(full.data[7, 12, 9]), abs=0.006)
    # every kept voxel lies where its value was
    for voxel in ((1, 3, 2), (6, 8, 7)):
        mm = (image.affine @ [*voxel, 1])[:3]
        there = np.rint(np.linalg.inv(full.affine) @ [*mm, 1])[:3].astype(int)
        value = np.nan_to_num(full.data[tuple(there)])
        assert image.get_fdata()[voxel] == pytest.approx(float(value), abs=0.006)


def test_buttons_of_both_directions_with_the_primary_p():
    tables = [[cluster((-6, -22, 16), 5.1)], [cluster((8, 0, 2), 7.4, label="n/a")]]
    first, second = viewer.cluster_buttons(tables, EXTENT)
    assert first["mm"] == [8, 0, 2]
    assert first["t"] == -7.4
    assert "t \N{MINUS SIGN}7.40" in first["text"]
    assert second["text"] == (
        "(-6, -22, 16) mm, t 5.10, 1.50 ml, p(FWE) 0.012, Thalamus 80 %"
    )


def test_each_pair_of_groups_once_with_all_kinds_of_maps():
    maps = [volume(2.0, seed) for seed in range(3)]
    p = volume(2.0)
    p = p.like(np.clip(np.abs(p.data) / 10, 0.01, 1))
    tables = {"HC-PSP": [], "PSP-HC": [cluster((8, 0, 2), 7.4)]}
    heights = {"HC-PSP": 3.4, "PSP-HC": 3.4}
    (pair,) = viewer.pairs(
        CONTRASTS, NAMES, {"HC-PSP": [*maps, p]}, tables, heights, EXTENT
    )
    assert (pair.warm, pair.cold) == ("Controls higher", "Pain <b> higher")
    assert [one.title for one in pair.maps] == [kind.title for kind in viewer.KINDS]
    assert pair.maps[0].low == 3.4
    assert len(pair.buttons) == 1
    inverse = unpacked(pair.maps[-1].data).get_fdata()
    known = np.isfinite(p.data)
    assert np.abs(inverse[known] - (1 - p.data[known])).max() < 0.00051

    text = viewer.page_data(Volume(np.ones((4, 4, 4)), np.eye(4)), [pair], [])
    assert "<" not in text
    assert json.loads(text)["pairs"][0]["cold"] == "Pain <b> higher"


def test_the_mean_of_a_group_counts_who_has_a_value(tmp_path):
    paths = []
    for number, value in enumerate((1.0, 3.0)):
        data = np.full((4, 4, 4), value, np.float32)
        data[number] = np.nan
        data[3] = np.nan
        paths.append(str(tmp_path / f"{number}.nii.gz"))
        save(data, np.eye(4), paths[-1])
    mean = viewer.mean_map(paths).data
    assert mean[0, 0, 0] == 3
    assert mean[1, 0, 0] == 1
    assert mean[2, 0, 0] == 2
    assert np.isnan(mean[3]).all()
    (shown,) = viewer.mean_maps({"Controls": paths})
    assert shown.title == "mean ratio, Controls"
    assert viewer.mean_maps({}) == []


def test_another_script_than_the_known_one_is_refused(tmp_path, monkeypatch):
    assert "</script" not in viewer.drawing_script()
    (tmp_path / "niivue.umd.js").write_text("alert(1)")
    monkeypatch.setattr(viewer, "NIIVUE", tmp_path / "niivue.umd.js")
    with pytest.raises(UserError, match="not the version"):
        viewer.drawing_script()
