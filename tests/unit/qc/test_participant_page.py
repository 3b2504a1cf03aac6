"""A participant's page from made-up files: what is measured, noted, and in which order."""

import json
from dataclasses import replace

import fabricated
import numpy as np
import pytest

from rt1t2.qc import participant_page
from rt1t2.qc.page_parts import PANELS
from rt1t2.qc.participant_page import acquisition_rows, make_page, provenance
from rt1t2.records import read_json
from rt1t2.tables import read_tsv

ROW = {"participant_id": "sub-02", "group": "PSP"}
TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.fixture(scope="module")
def read(tmp_path_factory, head):
    """Return everything that one page is made of, read from files."""
    folder = tmp_path_factory.mktemp("participant")
    files = fabricated.write_participant(folder, head, "sub-02", "PSP", 2, True)
    template = fabricated.write_template(folder / "template", head)
    images = ("t1w", "t2w", "brain", "lesion", "gm", "wm", "head", "ratio")
    native = participant_page.read_native(
        *(files[name] for name in images), *files["conformed"]
    )
    maps = ("affine", "displacement", "mni_ratio", "smoothed")
    in_template = participant_page.read_in_template(
        native, **{name: files[name] for name in maps}, **template
    )
    steps = (
        "origin",
        "bias",
        "brain",
        "landmarks",
        "curve",
        "ratio",
        "displacement",
        "smoothed",
    )
    records = participant_page.read_records(**{name: files[name] for name in steps})
    return native, in_template, records, files


def page_of(read, **changed):
    native, in_template, records, files = read
    return make_page(
        native,
        changed.get("in_template", in_template),
        changed.get("records", records),
        fabricated.REFERENCES,
        read_tsv(files["series"]),
        ROW,
        "abc",
    )


def test_masks_are_masks_and_an_identity_carries_the_t1w_unchanged(read, head):
    native, in_template, _, _ = read
    assert native.brain.dtype == native.lesion.dtype == in_template.brain.dtype == bool
    assert (native.conformed_t1w != native.t1w).any()
    np.testing.assert_allclose(in_template.affine, head.affine)
    inside = head.brain
    np.testing.assert_allclose(
        in_template.t1w[inside], native.t1w[inside], rtol=1e-4, atol=1e-2
    )


def test_one_file_of_the_origin_holds_three_records(read):
    _, _, records, files = read
    written = read_json(files["origin"])
    assert records.acquisition_t1w == written["Acquisition"]["T1w"]
    assert records.registration["RotationDeg"] == 2.5
    assert set(records.origin) == {"ac_mm", "Method"}
    assert records.bias["Method"] == "joint"
    assert records.normalisation["DiceGM"] == 0.82


def test_panels_have_the_numbers_by_which_metrics_call_them(read):
    page, _ = page_of(read)
    assert tuple(panel.title for panel in page.panels) == PANELS


def test_a_flag_is_a_metric_out_of_range_or_a_steps_own(read):
    page, summary = page_of(read)
    assert page.notes == ["eye: only 12 voxels, not used"]
    assert summary.metrics["flags"][-1] == page.notes[0]
    assert len(summary.metrics["flags"]) == len(page.flagged) + 1
    _, _, records, _ = read
    folded = records.normalisation | {"FoldedVoxels": 7, "Flags": ["7 voxels folded"]}
    worse, summary = page_of(read, records=replace(records, normalisation=folded))
    added = {f.metric.name for f in worse.flagged} - {
        f.metric.name for f in page.flagged
    }
    assert added == {"folded_voxels"}
    assert "Folded voxels: 7 (0 expected)" in summary.metrics["flags"]
    assert worse.notes == page.notes  # the verdict has said it


def test_white_matter_that_is_brighter_on_one_side_is_measured(read):
    _, in_template, _, _ = read
    x = in_template.affine[0, 0] * np.arange(in_template.ratio.shape[0])
    left = (x + in_template.affine[0, 3] < 0)[:, None, None]
    factor = np.where(left & (in_template.wm > 0.9), 1.1, 1.0)
    tilted = replace(in_template, ratio=in_template.ratio * factor)
    _, summary = page_of(read, in_template=tilted)
    asymmetry = summary.metrics["ratio_left_right_percent"]
    assert asymmetry == pytest.approx(200 * 0.1 / 2.1, abs=1)


def test_acquisition_in_the_units_of_its_labels():
    t1w = {"RepetitionTime": 2.3, "EchoTime": 0.00298, "VoxelSizeMm": [1, 1, 1.2]}
    t2w = {"EchoTime": 0.1, "Manufacturer": "Siemens"}
    t2w |= {"ScannerIntensityNormalisation": "NORM"}
    rows = {label: values for label, *values in acquisition_rows(t1w, t2w)}
    assert rows["TR (ms)"] == ["2300", "n/a"]
    assert rows["TE (ms)"] == ["2.98", "100"]
    assert rows["Voxel (mm)"] == [f"1 {TIMES} 1 {TIMES} 1.2", "n/a"]
    assert rows["Manufacturer"] == ["n/a", "Siemens"]
    assert rows["Scanner's intensity correction"] == ["not recorded", "NORM"]
    assert "Flip angle (deg)" not in rows  # neither tells it


def test_provenance_prints_every_record_and_the_code(read):
    _, _, records, _ = read
    printed = dict(provenance(records.by_title(), "abc"))
    assert list(printed)[-1] == "this page"
    assert json.loads(printed["this page"]) == {"CodeDigest": "abc"}
    assert json.loads(printed["calibration curve"]) == records.curve
    assert len(printed) == 12
