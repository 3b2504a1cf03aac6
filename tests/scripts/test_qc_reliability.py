import fabricated
import pytest

from rt1t2.qc.brain_parts import PARTS
from rt1t2.qc.calibration_check import METHODS, TISSUES
from rt1t2.tables import read_tsv

PEOPLE = (("sub-1", "n/a", 1.0), ("sub-2", "n/a", 1.4), ("sub-3", "n/a", 1.2))
PEOPLE += (("sub-1b", "sub-1", 1.1), ("sub-2b", "sub-2", 1.3))


@pytest.fixture
def made(tmp_path, script_main):
    paths = []
    for who, _, gain in PEOPLE:
        regions = {n: 1 + 0.1 * i for i, n in enumerate((*TISSUES, *PARTS))}
        raw = {n: gain * value for n, value in regions.items()}
        ratios = dict.fromkeys(METHODS, regions | {"deep": None}) | {"none": raw}
        content = vars(fabricated.summary(who, "HC", ratios=ratios))
        paths.append(fabricated.write_json(tmp_path / f"{who}.json", content))
    files = {"page": tmp_path / "r.html", "table": tmp_path / "r.tsv"}
    script_main("qc_reliability")(
        summaries=paths,
        **{name: str(path) for name, path in files.items()},
        code="abc",
        participants=[
            {"participant_id": who, "group": "HC", "retest_of": first}
            for who, first, _ in PEOPLE
        ],
        control_group="HC",
        calibration="weighted",
        simulated=True,
    )
    return files["page"].read_text(), read_tsv(files["table"])


def test_the_table_has_every_calibration_criterion_and_region(made):
    rows = {(r["calibration"], r["criterion"], r["region"]): r for r in made[1]}
    assert len(rows) == len(made[1]) == len(METHODS) * (2 + 5 + 3 * 13)
    icc = rows["none", "icc_3_1", "wm"]
    # 1, 1.4 and 1.1, 1.3: mean squares of people .09, of the residual .01
    assert float(icc["value"]) == pytest.approx((0.09 - 0.01) / (0.09 + 0.01))
    assert float(icc["low"]) < 0 < float(icc["value"]) < float(icc["high"]) < 1
    assert icc["n"] == "2"
    assert rows["affine", "icc_3_1", "deep"]["value"] == "n/a"


def test_the_page_opens_offline_and_says_what_it_is(made):
    page = made[0]
    assert "Simulated data" in page
    assert 'href="calibration.html"' in page
    assert 'href="https' not in page
    assert "weighted (in use)" in page
    assert "Nobody was scanned twice" not in page
    assert "0.80" in page
