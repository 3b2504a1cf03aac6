import art_editor
import fabricated
import numpy as np
import pytest

from rt1t2.images import save
from rt1t2.tables import write_tsv

COLUMNS = ["cluster", "peak_x_mm", "peak_y_mm", "peak_z_mm", "volume_mm3", "peak_t"]
COLUMNS += ["cluster_p_fwe", "label"]


def write_contrast(folder, head, name, with_cluster):
    folder = folder / name
    folder.mkdir(parents=True)
    t = np.where(head.brain, 1.0, np.nan)
    labels = np.zeros(head.brain.shape, np.int32)
    rows = []
    if with_cluster:
        middle = tuple(n // 2 for n in t.shape)
        labels[middle] = 1
        t[middle] = 6
        peak = head.affine[:3, :3] @ middle + head.affine[:3, 3]
        values = [1, *peak, 64.0, 6.0, 0.004, "Thalamus 80 %"]
        rows = [dict(zip(COLUMNS, values, strict=True))]
    paths = {
        "t": str(folder / "t.nii.gz"),
        "clusters": str(folder / "clusters.nii.gz"),
        "tables": str(folder / "clusters.tsv"),
        "summaries": str(folder / "summary.json"),
    }
    save(t, head.affine, paths["t"])
    save(labels, head.affine, paths["clusters"])
    write_tsv(rows, COLUMNS, paths["tables"])
    summary = {"height_p": 0.001, "height_t": 3.4, "extent_voxels": 1}
    summary |= {"n_plus": 6, "n_minus": 5}
    fabricated.write_json(folder / "summary.json", summary)
    return paths


ENDINGS = ("png", "svg", "pdf")


@pytest.mark.parametrize("with_cluster", [True, False])
def test_figure_with_and_without_clusters(tmp_path, script_main, head, with_cluster):
    template = fabricated.write_template(tmp_path / "template", head)
    made = [
        write_contrast(tmp_path, head, "HC-PSP", with_cluster),
        write_contrast(tmp_path, head, "PSP-HC", False),
    ]
    inputs = {name: [paths[name] for paths in made] for name in made[0]}
    contrasts = [
        {"name": "HC-PSP", "plus": "HC", "minus": "PSP"},
        {"name": "PSP-HC", "plus": "PSP", "minus": "HC"},
    ]
    statistics = {"primary_test": "random_field_extent"}
    config = fabricated.CONFIG | {"contrasts": contrasts, "statistics": statistics}
    for run in "ab":
        files = {ending: str(tmp_path / f"{run}.{ending}") for ending in ENDINGS}
        script_main("figure_1")(
            **inputs,
            template_t1w=template["template_t1w"],
            **files,
            code="abc",
            config=config | {"simulation": {"seed": 1}},
        )
    for ending in ENDINGS:
        first, second = ((tmp_path / f"{run}.{ending}").read_bytes() for run in "ab")
        assert first == second, ending
        assert len(first) < 1.5e6
    art_editor.check(*(tmp_path / f"a.{ending}" for ending in ENDINGS))
    lines = [text.words for text in art_editor.texts(tmp_path / "a.svg")]
    assert ("1  Thalamus 80 %" in lines) == with_cluster
    assert any("No cluster" in line for line in lines) != with_cluster
    assert (
        f"{fabricated.GROUPS['PSP']} \N{MINUS SIGN} {fabricated.GROUPS['HC']}" in lines
    )
