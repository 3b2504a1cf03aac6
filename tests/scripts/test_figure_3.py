import art_editor
import fabricated
import numpy as np
import pytest

from rt1t2.images import save
from rt1t2.tables import write_tsv

ENDINGS = ("png", "svg", "pdf")
PEOPLE = [(f"sub-{i}", list(fabricated.GROUPS)[i % 3]) for i in range(6)]


@pytest.mark.parametrize("with_cluster", [True, False])
def test_figure_is_drawn_and_repeats(tmp_path, script_main, head, with_cluster):
    template = fabricated.write_template(tmp_path / "template", head)
    labels = np.zeros(head.brain.shape, np.int32)
    labels[20:24, 20:24, 20:24] = int(with_cluster)
    t = np.where(head.brain, 1.0, np.nan)
    maps = []
    for i, (sub, _) in enumerate(PEOPLE):
        maps.append(str(tmp_path / f"{sub}.nii.gz"))
        save(np.where(head.brain, 2.0 + 0.1 * i, np.nan), head.affine, maps[-1])
    name = fabricated.CONFIG["contrasts"][0]["name"]
    (tmp_path / name).mkdir()
    save(labels, head.affine, tmp_path / name / "clusters.nii.gz")
    save(t, head.affine, tmp_path / "t.nii.gz")
    rows = [
        {"group": g, "receptor": m, "map": m, "mean_fisher_z": z, "p_fdr": p}
        for g in ("PSP", "PSPS2")
        for m, z, p in (("CB1", 0.3, 0.01), ("D1", -0.1, 0.6), ("MU", None, None))
    ]
    write_tsv(rows, list(rows[0]), tmp_path / "correlations.tsv")
    for run in "ab":
        script_main("figure_3")(
            correlations=str(tmp_path / "correlations.tsv"),
            t=[str(tmp_path / "t.nii.gz")],
            clusters=[str(tmp_path / name / "clusters.nii.gz")],
            maps=maps,
            template_t1w=template["template_t1w"],
            png=str(tmp_path / f"{run}.png"),
            svg=str(tmp_path / f"{run}.svg"),
            pdf=str(tmp_path / f"{run}.pdf"),
            code="abc",
            config=fabricated.CONFIG
            | {
                "contrasts": fabricated.CONFIG["contrasts"][:1],
                "simulation": {"seed": 1},
            },
            participants=[{"participant_id": s, "group": g} for s, g in PEOPLE],
        )
    art_editor.check(*(tmp_path / f"a.{ending}" for ending in ENDINGS))
    for ending in ENDINGS:
        first, second = (tmp_path / f"{run}.{ending}" for run in "ab")
        assert first.read_bytes() == second.read_bytes()
        assert first.stat().st_size < 1.5e6
