import re
from pathlib import Path

import fabricated
import numpy as np
import pytest

from rt1t2.images import save
from rt1t2.qc.mosaics import jpeg_uri
from rt1t2.records import read_json
from rt1t2.tables import read_tsv

PEOPLE = [(f"sub-{i:02d}", list(fabricated.GROUPS)[i % 3]) for i in range(1, 7)]


@pytest.fixture(scope="module")
def made(tmp_path_factory, script_main, head):
    folder = tmp_path_factory.mktemp("cohort")
    template = fabricated.write_template(folder / "template", head)
    records = {
        sub: fabricated.write_participant(folder / sub, head, sub, group, i)
        for i, (sub, group) in enumerate(PEOPLE)
    }
    summaries = []
    for i, (sub, group) in enumerate(PEOPLE):
        content = {
            "participant_id": sub,
            "group": group,
            "brain_volume_ml": 1400 + 9 * i,
        }
        content |= {"flags": ["look <here>"] if i == 2 else [], "dice_gm": None}
        content["brain_volume_ml"] = 200.0 if i == 4 else content["brain_volume_ml"]
        summary = {
            "metrics": content,
            "series": read_tsv(records[sub]["series"]),
            "landmarks": read_json(records[sub]["landmarks"]),
            "calibration": read_json(records[sub]["curve"]),
            "median_ratios": {},
            "thumbnail": jpeg_uri(np.zeros((8, 8, 3), np.uint8)),
            "software": {"PackageVersions": {}, "Converters": []},
        }
        summaries.append(fabricated.write_json(folder / f"{sub}.json", summary))
    exclusions = folder / "exclusions.tsv"
    exclusions.write_text(
        "participant_id\tgroup\tstage\treason\nsub-20\tHC\ttable\tmotion\n"
    )
    n, lesions = str(folder / "n.nii.gz"), str(folder / "lesions.nii.gz")
    save(6 * head.brain.astype(np.float32), head.affine, n)
    save(np.zeros(head.brain.shape), head.affine, lesions)
    outputs = {
        "pages": [str(folder / "index.html"), str(folder / "cohort.js")],
        "metrics": str(folder / "metrics.tsv"),
        "series": str(folder / "series.tsv"),
    }
    script_main("qc_cohort")(
        summaries=summaries,
        calibration_facts=fabricated.write_json(
            folder / "c.json", fabricated.calibration_facts("other <protocol>")
        ),
        exclusions=str(exclusions),
        n=n,
        lesion_overlap=lesions,
        template_t1w=template["template_t1w"],
        **outputs,
        code="abc",
        participants=[{"participant_id": s, "group": g} for s, g in PEOPLE],
        groups=fabricated.GROUPS,
        simulated=False,
    )
    return outputs


def test_page_links_everybody_and_marks_the_outlier(made):
    page = Path(made["pages"][0]).read_text()
    for sub, _ in PEOPLE:
        assert f'href="{sub}.html"' in page
    assert page.count('class="n outlier" data-value') == 1
    assert page.count('<svg class="chart strip"') == 1
    beside = Path(made["pages"][1]).read_text()
    assert "brain_volume_ml" in beside
    assert "look &lt;here&gt;" in page
    assert "motion" in page
    assert page.index("other &lt;protocol&gt;") < page.index("Contact sheet</h2>")
    assert "The groups differ in fat, T1w" in page
    assert 'href="calibration.html"' in page
    assert "Simulated data" not in page
    assert not re.findall(r'src="https?:', page)


def test_tables_hold_everybody(made):
    metrics = read_tsv(made["metrics"])
    assert [row["participant_id"] for row in metrics] == [sub for sub, _ in PEOPLE]
    assert float(metrics[4]["brain_volume_ml_robust_z"]) < -3.5
    assert metrics[2]["n_flags"] == "1"
    assert metrics[0]["dice_gm"] == "n/a"
    series = read_tsv(made["series"])
    assert len(series) == 2 * len(PEOPLE)
    assert series[0]["participant_id"] == "sub-01"
