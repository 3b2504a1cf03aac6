"""What the viewer page holds: small maps that read as the large ones do, and a button a cluster."""

import base64
import gzip
import json

import nibabel as nib
import numpy as np
import pytest

from rt1t2.contrasts import measure_of, statistic_of
from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.images import save
from rt1t2.paper import viewer
from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.pair_maps import pair_maps
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


def cluster(peak_mm, t, p="0.012", **columns) -> dict[str, str]:
    row = {f"peak_{axis}_mm": str(mm) for axis, mm in zip("xyz", peak_mm, strict=True)}
    row |= {"peak_t": str(t), "volume_mm3": "1500", "label": "Thalamus 80 %"}
    return row | {"cluster_p_fwe_permutation": p} | columns


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


def shown(contrasts, tables, statistic: Volume, effect: Volume, **summary):
    """Pack the only comparison of some contrasts."""
    (pair,) = contrast_pairs(contrasts, list(NAMES), "HC")
    height = {"height_f" if pair.statistic == "F" else "height_t": 3.4}
    maps = pair_maps(pair, statistic, [], tables, height | summary, EXTENT.column)
    p = statistic.like(np.clip(np.abs(statistic.data) / 10, 0.01, 1))
    contrast = next(c for c in contrasts if c["name"] == pair.source)
    others = effect, volume(2.0, 7), p
    return viewer.shown_pair(maps, measure_of(contrast), *others, NAMES, EXTENT)


def test_two_mirrored_contrasts_are_shown_once_as_patients_minus_controls():
    t, effect = volume(2.0), volume(2.0, 1)
    tables = {
        "HC-PSP": [cluster((-6, -22, 16), 5.1)],
        "PSP-HC": [cluster((8, 0, 2), 7.4, label="n/a", p="0.001")],
    }
    pair = shown(CONTRASTS, tables, t, effect)
    assert pair.title == "Pain <b> \N{MINUS SIGN} Controls"
    of_t, of_g, of_bf, of_p = pair.maps
    assert (of_t.title, of_g.title) == ("t", "Hedges g")
    assert (of_t.warm, of_t.cold) == ("Pain <b> higher", "Controls higher")
    assert of_t.low == 3.4
    # neither a Bayes factor nor p has a direction
    assert of_bf.cold == "evidence for none"
    assert "either direction" in of_p.warm

    known = np.isfinite(t.data)
    for packed, values in ((of_t, -t.data), (of_g, -effect.data)):
        read = unpacked(packed.data)
        turned = nib.as_closest_canonical(nib.Nifti1Image(values, t.affine))
        read = nib.as_closest_canonical(read).get_fdata()
        assert np.abs(read - np.nan_to_num(turned.get_fdata())).max() < 0.0051
    p = np.clip(np.abs(t.data) / 10, 0.01, 1)
    assert np.abs(unpacked(of_p.data).get_fdata() - (1 - p))[known].max() < 0.00051

    first, second = pair.buttons
    assert first["mm"] == [8, 0, 2]
    assert "t 7.40" in first["text"]
    assert second["text"] == (
        "(\N{MINUS SIGN}6, \N{MINUS SIGN}22, 16) mm, t \N{MINUS SIGN}5.10, 1.50 ml, "
        "p(FWE) 0.012, Thalamus 80 %"
    )
    text = viewer.page_data(Volume(np.ones((4, 4, 4)), np.eye(4)), [pair], [])
    assert "<" not in text
    assert json.loads(text)["pairs"][0]["maps"][0]["warm"] == "Pain <b> higher"


@pytest.mark.parametrize(
    ("contrast", "effect", "warm", "cold"),
    [
        (
            {"slope": "age"},
            "partial r",
            "rises with age",
            "falls with age",
        ),
        (
            {"slope": "age", "plus": "PSP", "minus": "HC"},
            "partial r",
            "slope of age larger in Pain <b>",
            "slope of age larger in Controls",
        ),
        (
            {"any_of": ["HC", "PSP"]},
            "partial \N{GREEK SMALL LETTER ETA}\N{SUPERSCRIPT TWO}",
            "any difference of HC, PSP",
            "",
        ),
        (
            {"within": "person", "column": "session", "plus": "2", "minus": "1"},
            "d_z",
            "2 higher",
            "1 higher",
        ),
    ],
)  # fmt: skip
def test_every_kind_of_contrast_is_shown_with_its_own_effect_size(
    contrast, effect, warm, cold
):
    pair = shown([{"name": "c"} | contrast], {"c": []}, volume(2.0), volume(2.0, 1))
    assert [one.title for one in pair.maps[:2]] == [
        statistic_of(contrast),
        effect,
    ]
    assert (pair.maps[0].warm, pair.maps[0].cold) == (warm, cold)
    assert pair.buttons == []


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
