"""What the report shows of given tables: order, warnings, and which clusters are bold."""

from dataclasses import replace

from fabricated import CONFIG, PEOPLE, calibration_facts

from rt1t2.paper.report_page import Results, make_page
from rt1t2.paper.tables import CERTAINTY, TABLE_2

CLUSTER = dict.fromkeys(TABLE_2, "-3") | dict.fromkeys(CERTAINTY, "0.5")
CLUSTER |= {"Contrast": "HC-PSP", "Cluster": "1", "Volume (mm³)": "900"}
NOTHING = {"Contrast": "PSP-HC", "Cluster": "no cluster survived"}
SUMMARIES = [
    {"contrast": name, "height_p": 0.001, "extent_voxels": 750}
    for name in ("HC-PSP", "PSP-HC")
]
RESULTS = Results(
    people=PEOPLE,
    table_1=[],
    table_2=[
        row | {name: row.get(name, "n/a") for name in TABLE_2 + CERTAINTY}
        for row in (CLUSTER, NOTHING)
    ],
    table_3=[{"Map": "CB1", "Pain: mean Fisher z": "0.3", "Pain: p FDR": "0.01*"}],
    figures={"figure_1": "data:1"},
    methods="# Methods\n\nDone.\n",
    tests=[{"variable": "age", "comparison": "HC - PSP", "p": "0.01"}],
    exclusions=[{"participant_id": "sub-9", "reason": "motion"}],
    metrics=[{"participant_id": "sub-1", "n_flags": "2"}, {"n_flags": "0"}],
    sensitivity=[],
    map_correlations=[],
    summaries=SUMMARIES,
    calibration=calibration_facts("One protocol in one group."),
)


def test_findings_of_contrasts_and_receptors_in_the_order_of_the_config():
    page = make_page(CONFIG, RESULTS)
    assert [(one.name, one.found_any) for one in page.contrasts] == [
        ("Post-stroke pain \N{MINUS SIGN} Controls", True),
    ]
    assert [(one.name, one.found_any) for one in page.receptors] == [("Pain", True)]
    assert page.n_scanned == 2
    assert page.groups == CONFIG["groups"]
    assert "<h2>Methods</h2>" in page.methods


def test_table_2_has_the_papers_columns_and_the_rest_stands_below():
    page = make_page(CONFIG, RESULTS)
    primary = "p FWE (extent, permutation)"
    with_primary = (*TABLE_2[:-1], primary, TABLE_2[-1])
    assert [tuple(row) for row in page.tables["clusters"].rows] == [with_primary] * 2
    beside = tuple(name for name in CERTAINTY if name != primary)
    certain = page.tables["certainty"].rows
    assert [tuple(row) for row in certain] == [(*TABLE_2[:2], *beside)]


def test_warnings_of_the_results_and_of_the_calibration():
    page = make_page(CONFIG, RESULTS)
    text = " ".join(page.warnings)
    assert "1 of 2 processed participants" in text
    assert "1 participant is not analysed" in text
    assert "differ in age (HC - PSP)" in text
    assert "uncorrected threshold" in text  # because there is a cluster
    assert page.calibration_warnings == ["One protocol in one group."]
    without = make_page(CONFIG, replace(RESULTS, table_2=[RESULTS.table_2[1]]))
    assert "uncorrected threshold" not in " ".join(without.warnings)


def test_simulated_data_are_called_so():
    assert not make_page(CONFIG, RESULTS).simulated
    assert make_page(CONFIG | {"simulation": {"seed": 1}}, RESULTS).simulated
