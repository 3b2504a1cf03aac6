"""The rule region_values: files of one participant in, one table of regions out."""

import numpy as np
import pytest

from rt1t2 import images
from rt1t2.geometry.displacement import to_itk
from rt1t2.geometry.transforms import write_itk
from rt1t2.tables import read_tsv

SHAPE = (16, 16, 16)
AFFINE = np.diag([1.0, 1, 1, 1])
AFFINE[:3, 3] = -8


def test_regions_of_a_participant(script_main, tmp_path):
    def saved(name, data, affine=AFFINE):
        path = str(tmp_path / f"{name}.nii.gz")
        images.save(data, affine, path)
        return path

    x = np.indices(SHAPE)[0]
    labels = np.where(x < 8, 3, 7).astype(np.int16)
    (tmp_path / "labels.tsv").write_text("index\tname\n3\tLeft\n7\tRight\n")
    field = np.diag([4.0, 4, 4, 1])
    field[:3, 3] = -16
    write_itk(np.eye(4), tmp_path / "affine.txt")
    table = tmp_path / "out.tsv"
    script_main("region_values")(
        ratio=saved("ratio", np.where(x < 8, 1.5, 3.0)),
        tissues=[saved("gm", np.full(SHAPE, 0.8)), saved("wm", np.full(SHAPE, 0.2))],
        lesion=saved("lesion", np.zeros(SHAPE, np.uint8)),
        way=[
            str(tmp_path / "affine.txt"),
            saved("way", to_itk(np.zeros((9, 9, 9, 3), np.float32)), field),
        ],
        atlas_images=[saved("atlas", labels)],
        atlas_labels=[str(tmp_path / "labels.tsv")],
        table=str(table),
        code="",
        participant={"participant_id": "sub-1", "group": "HC"},
        atlases=[{"name": "halves", "tissue": "WM"}],
        spheres={"middle": [-4, 0, 0, 2]},
    )
    rows = read_tsv(table)
    assert [(row["atlas"], row["region"]) for row in rows] == [
        *(("tissues", "GM"), ("tissues", "WM")),
        *(("halves", "Left"), ("halves", "Right"), ("spheres", "middle")),
    ]
    assert {row["participant_id"] for row in rows} == {"sub-1"}
    means = [float(row["mean"]) for row in rows]
    assert means == pytest.approx([2.25, 2.25, 1.5, 3, 1.5], rel=1e-4)
