import re

import fabricated
import numpy as np
import pytest
from PIL import Image

from rt1t2.paper.tables import CERTAINTY, TABLE_1, TABLE_2
from rt1t2.receptors.sensitivity_table import SENSITIVITY
from rt1t2.tables import write_tsv

FIGURES = [f"figure_{name}" for name in (1, 2, 3, 4, "design")] + ["sensitivity"]

TABLES = ("table_1", "table_2", "table_3", "sensitivity", "map_correlations")
TABLES += ("tests", "exclusions", "metrics")


@pytest.fixture
def page(tmp_path, script_main):
    write_tsv([dict.fromkeys(TABLE_1, "7")], TABLE_1, tmp_path / "table_1.tsv")
    cluster = dict.fromkeys(TABLE_2, "-3") | {"Contrast": "HC-PSP", "Cluster": "1"}
    cluster |= {"Volume (mm³)": "900", "Location": "A & B"}
    none = {
        "Contrast": "PSP-HC",
        "Cluster": "no cluster survived",
        "Location": "p < 0.001",
    }
    cluster |= dict.fromkeys(CERTAINTY, "0.5") | {
        "p FWE (extent, permutation)": "0.020",
        "Found without one participant (%)": "93",
    }
    write_tsv([cluster, none], TABLE_2 + CERTAINTY, tmp_path / "table_2.tsv")
    heads = [
        "Receptor",
        "Map",
        "Pain: mean Fisher z",
        "Pain: p FDR, 2 tests (* < 0.05)",
    ]
    rows = [("a", "CB1", "0.3", "0.01*"), ("b", "D1", "-0.1", "0.7")]
    rows = [dict(zip(heads, row, strict=True)) for row in rows]
    write_tsv(rows, heads, tmp_path / "table_3.tsv")
    for level, name in enumerate(FIGURES):
        picture = Image.fromarray(np.full((3, 3, 3), level, np.uint8))
        picture.save(tmp_path / f"{name}.png")
    (tmp_path / "methods.md").write_text("# Methods\n\nDone with **care**.\n")
    write_tsv([], ["variable", "comparison", "p"], tmp_path / "tests.tsv")
    write_tsv([], ["participant_id", "reason"], tmp_path / "exclusions.tsv")
    quality = [{"participant_id": "sub-01", "group": "HC", "n_flags": 2}]
    quality[0]["flags"] = "Brain mask (ml): 1,962"
    write_tsv(quality, list(quality[0]), tmp_path / "metrics.tsv")
    about = {"group": "PSP", "receptor": "D1", "map": "D1"}
    rows = [
        dict.fromkeys(SENSITIVITY, "n/a") | about | cells
        for cells in (
            {"variant": "main", "mean_fisher_z": 0.3},
            {
                "variant": "leave_one_region_out",
                "fisher_z_low": 0.2,
                "fisher_z_high": 0.35,
                "n_omissions": 40,
                "n_sign_changes": 0,
                "most_influential": "Thalamus <left>",
            },
        )
    ]
    rows += [rows[0] | {"variant": part} for part in ("cortex", "subcortex")]
    write_tsv(rows, SENSITIVITY, tmp_path / "sensitivity.tsv")
    alone = {"map": "D1", "closest_map": "n/a"}
    write_tsv([alone], list(alone), tmp_path / "map_correlations.tsv")
    power = {"t": 3.4, "power": {"0.5": 0.03, "0.8": 0.12}, "detectable_g": 1.6}
    summary = fabricated.write_json(
        tmp_path / "s.json",
        {
            "height_p": 0.001,
            "extent_voxels": 750,
            "contrast": "HC-PSP",
            "error_rate": {
                "stationary": {
                    "studies": 400,
                    "rate": 0.263,
                    "rate_low": 0.21,
                    "rate_high": 0.32,
                },
            },
            "power": {"height": power, "fwe_peak": power},
            "evidence": {"share_null": 0.123, "equivalence_bound_g": 0.5},
            "permutation": {"reason_against": "too many <maps>"},
        },
    )
    script_main("report")(
        tables=[str(tmp_path / f"{name}.tsv") for name in TABLES],
        figures=[str(tmp_path / f"{name}.png") for name in FIGURES],
        methods=str(tmp_path / "methods.md"),
        summaries=[summary, summary],
        linked=[],
        records=[
            fabricated.write_json(
                tmp_path / "c.json",
                fabricated.calibration_facts("Confounded <protocols>."),
            ),
            fabricated.write_json(
                tmp_path / "h.json", {"Refused": "P1 has <no> controls"}
            ),
        ],
        page=str(tmp_path / "report.html"),
        code="abc",
        config=fabricated.CONFIG | {"simulation": {"seed": 1}},
        people=fabricated.PEOPLE,
    )
    return (tmp_path / "report.html").read_text()


def test_summary_comes_first_and_says_what_was_found(page):
    assert page.index("Summary</h2>") < page.index("Table 1")
    assert page.index("Confounded &lt;protocols&gt;.") < page.index("Summary</h2>")
    assert "1 cluster, found by the primary test" in page
    assert "no cluster at p &lt; 0.001" in page
    assert "Brain mask (ml): 1,962" in page
    assert "P1 has &lt;no&gt; controls" in page
    assert "CB1 (0.30)" in page
    assert "Simulated data" in page
    assert "13 analysed: 7 Controls, 6 Post-stroke pain; 0 not analysed" in page
    assert "seed 20250422" in page


def test_sensitivity_stands_below_the_table_it_is_about(page):
    assert page.index("Table 3.") < page.index('id="figure-sensitivity"')
    assert 'href="receptors/sensitivity.tsv"' in page
    assert page.index('id="figure-sensitivity"') < page.index("0.200 to 0.350")
    assert "is 0.100 (Post-stroke pain, D1, without Thalamus &lt;left&gt;)." in page


def test_nothing_is_loaded_from_elsewhere(page):
    assert page.count("data:image/webp;base64,") == 6
    assert not re.findall(r'(?:src|<link[^>]*href)="https?:', page)


def test_tables_methods_and_links(page):
    assert "A &amp; B" in page
    assert "<strong>care</strong>" in page
    assert 'href="qc/sub-01.html"' in page
    assert 'href="qc/index.html"' in page
    assert re.search(r'<tr class="strong"><td>HC-PSP', page)
    assert "<strong>0.01*</strong>" in page
    assert '<th class="over" scope="colgroup" colspan="2">Pain</th>' in page


def test_what_the_thresholds_do_and_what_a_null_result_means(page):
    assert "26.3 (21.0 to 32.0)" in page
    assert "the share of 400 studies without an effect" in page
    assert "g = 0.8" in page
    assert "12.3" in page
    assert "BF₁₀ &lt; 1/3" in page
    assert page.count("No permutation: too many &lt;maps&gt;") == 1
    assert '<td class="n">93</td>' in page
    assert 'alt="Design matrices"' in page
