"""The rules of every kind of contrast, one after the other, on maps with a planted effect."""

import numpy as np
import pytest
from group_chain import run_chain
from scipy import ndimage
from small_study import AFFINE, SHAPE

from rt1t2 import images
from rt1t2.contrasts import entry, measure_of, rows_of
from rt1t2.records import read_json

BALL = np.linalg.norm(np.indices(SHAPE).T - (8, 9, 7), axis=-1).T < 3.5
GROUPS = ["A", "B", "C"]
CONTRASTS = {
    "slope": {"slope": "score", "only": {"visit": "1"}, "covariates": ["age"]},
    "slopes": {"slope": "score", "plus": "A", "minus": "B", "only": {"visit": "1"}},
    "visits": {"column": "visit", "plus": "2", "minus": "1", "within": "person"},
    "any_group": {"any_of": GROUPS, "only": {"visit": "1"}},
    "any_slope": {"any_of": GROUPS, "slope": "score", "only": {"visit": "1"}},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """24 people, 8 of each group, twice: the ball follows score and is lower in C and later."""
    folder, rng = tmp_path_factory.mktemp("designs"), np.random.default_rng(5)
    mask = np.zeros(SHAPE, bool)
    mask[2:14, 2:16, 2:12] = True
    images.save(mask, AFFINE, folder / "brain.nii.gz")
    rows = []
    for number in range(24):
        score, group = rng.normal(), GROUPS[number // 8]
        for visit in "12":
            noise = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 1.5)
            slope = {"A": 0.4, "B": 0.1, "C": 0.1}[group]
            effect = slope * score + 0.4 * (visit == "2") - 0.5 * (group == "C")
            name = f"sub-{number:02d}v{visit}"
            values = 1 + 0.1 * noise / noise.std() + effect * BALL
            images.save(
                np.where(mask, values, np.nan), AFFINE, folder / f"{name}.nii.gz"
            )
            rows.append(
                {"participant_id": name, "group": group, "visit": visit}
                | {"score": f"{score:.4f}", "age": str(50 + 7 * number % 23)}
                | {"person": f"p{number}"}
            )
    return folder, rows


@pytest.mark.parametrize("kind", CONTRASTS)
def test_every_number_of_a_contrast(script_main, study, kind):
    folder, rows = study
    contrast = {"name": kind, **CONTRASTS[kind]}
    chosen = rows_of(contrast, rows, GROUPS)
    at = run_chain(
        script_main,
        folder / kind,
        [str(folder / f"{row['participant_id']}.nii.gz") for row in chosen],
        chosen,
        str(folder / "brain.nii.gz"),
        contrast=contrast,
        covariates=contrast.get("covariates", []),
    )
    summary, measure = read_json(at("summary.json")), measure_of(contrast)
    is_f = kind.startswith("any")
    assert summary["statistic"] == ("F" if is_f else "t")
    expected = {"slope": 19, "slopes": 12, "visits": 23, "any_group": [2, 21]}
    assert summary["df"] == expected.get(kind, [2, 18])
    (cluster, *_) = at.rows("clusters.tsv")
    peak = [float(cluster[f"peak_{axis}_mm"]) for axis in "xyz"]
    voxel = np.rint((np.array(peak) - AFFINE[:3, 3]) / 2).astype(int)
    assert BALL[tuple(voxel)]
    assert float(entry(cluster, "peak_t")) > entry(summary, "height_t")
    assert ("peak_f" in cluster) == is_f
    for name in ("cluster_p_fwe_permutation", "tfce_p_fwe"):
        assert float(cluster[name]) == pytest.approx(1 / 50)  # none of 49 is as large
    low, effect, high = (
        float(cluster[f"{measure}{end}"]) for end in ("_low", "", "_high")
    )
    assert 0 < low < effect < high
    assert float(cluster["log10_bf10"]) > 1
    assert float(cluster["loo_share"]) == 1
    omissions = at.rows("leave_one_out.tsv")
    assert len({row["participant_id"] for row in omissions}) == 24 - 8 * (
        kind == "slopes"
    )
    for rate in ("from_residuals", "stationary"):
        assert summary["error_rate"][rate]["reason_against"] is None
    assert 0 < summary["power"]["height"]["detectable_g"] < 5
    directions = summary["permutation"]["cluster_voxels_p05"]
    assert set(directions) == set(summary["directions"])
    assert len(directions) == (1 if is_f else 2)
