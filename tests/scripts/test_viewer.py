"""The page in a browser: it draws, reads t at a peak as the table does, and asks for nothing."""

import re

import chromium
import numpy as np
import pytest
from PIL import Image
from small_study import write_study

from rt1t2.images import load, save
from rt1t2.records import save_json
from rt1t2.tables import write_tsv

PEAK_T = 6.437


@pytest.fixture
def page(tmp_path, script_main):
    """Return the page of two groups with one cluster."""
    study = write_study(tmp_path)
    mask, affine = load(study.mask)
    t = np.where(mask > 0, 1.0, np.nan)
    t[8, 9, 7] = PEAK_T
    folder = tmp_path / "group/A-B"
    folder.mkdir(parents=True)
    names = ("t", "hedges_g", "log10_bf10", "permutation_cluster_p")
    for name in names:
        save(
            np.clip(t, 0, 1) if name.endswith("_p") else t,
            affine,
            folder / f"{name}.nii.gz",
        )
    mm = (affine @ [8, 9, 7, 1])[:3]
    row = {f"peak_{axis}_mm": value for axis, value in zip("xyz", mm, strict=True)}
    row |= {
        "peak_t": PEAK_T,
        "volume_mm3": 64,
        "label": "n/a",
        "cluster_p_fwe_permutation": 0.01,
    }
    write_tsv([row], list(row), folder / "clusters.tsv")
    save_json({"height_t": 3.1}, folder / "summary.json")
    save(np.where(mask > 0, 50.0, 0.0), affine, tmp_path / "template.nii.gz")
    Image.new("RGB", (8, 6)).save(tmp_path / "figure_1.png")
    script_main("viewer")(
        maps=[str(folder / f"{name}.nii.gz") for name in names],
        tables=[str(folder / "clusters.tsv")],
        summaries=[str(folder / "summary.json")],
        ratio_maps=study.maps,
        template_t1w=str(tmp_path / "template.nii.gz"),
        picture=str(tmp_path / "figure_1.png"),
        page=str(tmp_path / "viewer.html"),
        code="x",
        config={
            "groups": {"A": "Group A", "B": "Group </script><b>"},
            "control_group": "B",
            "contrasts": [{"name": "A-B", "plus": "A", "minus": "B"}],
            "simulation": True,
            "statistics": {"primary_test": "permutation_extent"},
        },
        groups=[row["group"] for row in study.rows],
    )
    return tmp_path / "viewer.html"


def test_one_file_that_asks_for_nothing(page):
    text = page.read_text()
    assert not re.search(r'(src|href)="(https?:)?//', text)
    assert text.count("</script>") == 3
    assert "Simulated data." in text


@chromium.ABSENT
def test_it_draws_and_reads_t_at_the_peak_as_the_table_does(page, tmp_path):
    run = chromium.opened(page, tmp_path / "profile")
    assert 'data-drawn="yes"' in run.stdout, run.stderr[-2000:]
    read = re.search(r'id="read"[^>]*>([^<]*)<', run.stdout)[1]
    assert read.endswith(f"t = {PEAK_T:.2f}")
    assert len(re.findall(r"<button>", run.stdout)) == 1
    assert "Group &lt;/script&gt;&lt;b&gt; higher" in run.stdout
    assert not re.search(r"CONSOLE.*(Error|error)", run.stderr)
