import nibabel as nib
import numpy as np

from rt1t2.tables import read_tsv


def test_maps_and_covariate_are_measured_on_their_own_grids(script_main, tmp_path):
    labels = np.zeros((10, 10, 10), dtype=np.uint8)
    labels[2:5, 2:8, 2:8], labels[5:8, 2:8, 2:8] = 1, 2
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    nib.Nifti1Image(labels, affine).to_filename(tmp_path / "atlas.nii.gz")
    (tmp_path / "atlas.tsv").write_text("index\tname\n1\tLeft\n2\tRight\n")
    receptor = np.where(labels == 1, 40.0, -4.3).astype(np.float32)
    receptor[5, 2:8, 2:8] = 90.0
    nib.Nifti1Image(receptor, affine).to_filename(tmp_path / "map.nii.gz")
    gm = np.zeros((10, 10, 10, 2), dtype=np.float32)
    gm[2:5, ..., 0] = 0.6
    gm[5:7, ..., 0], gm[..., 1] = 0.3, 9.0
    nib.Nifti1Image(gm, affine).to_filename(tmp_path / "gm.nii.gz")

    def measured(background, covariate):
        script_main("receptor_regions")(
            maps=[str(tmp_path / "map.nii.gz")],
            atlas=str(tmp_path / "atlas.nii.gz"),
            labels=str(tmp_path / "atlas.tsv"),
            gm_covariate=covariate,
            regions=str(tmp_path / "regions.tsv"),
            code="code",
            names=["CB1_x"],
            background=background,
        )
        rows = read_tsv(tmp_path / "regions.tsv")
        return [
            (
                r["kind"],
                r["name"],
                r["label"],
                round(float(r["mean"]), 4),
                r["coverage"],
            )
            for r in rows
        ]

    third = repr(1 / 3)
    assert measured("exclude", []) == [
        ("map", "CB1_x", "Left", 40.0, "1.0"),
        ("map", "CB1_x", "Right", 90.0, third),
    ]
    rows = read_tsv(tmp_path / "regions.tsv")
    with_background = [round(float(r["mean_other_background"]), 4) for r in rows]
    assert with_background == [40.0, round((90 - 2 * 4.3) / 3, 4)]
    # JuSpace averages the background; a grey-matter probability of 0 always counts
    assert measured("include", str(tmp_path / "gm.nii.gz")) == [
        ("map", "CB1_x", "Left", 40.0, "1.0"),
        ("map", "CB1_x", "Right", round((90 - 2 * 4.3) / 3, 4), third),
        ("covariate", "GM", "Left", 0.6, "1.0"),
        ("covariate", "GM", "Right", 0.2, repr(2 / 3)),
    ]
