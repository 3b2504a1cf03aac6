import json

import numpy as np
import pytest

from rt1t2 import images
from rt1t2.errors import UserError
from rt1t2.origin import AC_TEMPLATE_MM, parse_ac
from rt1t2.template import class_maps, head_images
from rt1t2.transforms import apply


@pytest.fixture(scope="module")
def template(head, tmp_path_factory):
    """Write the template's three head images, as build_template does."""
    folder = tmp_path_factory.mktemp("template")
    t1w, t2w = head_images(head)
    paths = {}
    for name, data in (("t1w", t1w), ("t2w", t2w), ("classes", class_maps(head))):
        paths[f"head_{name}"] = str(folder / f"head_{name}.nii.gz")
        images.save(data, head.affine, paths[f"head_{name}"])
    return paths


@pytest.fixture
def align(script_main, template, tmp_path):
    """Return a function that runs the script on two images and gives its record."""

    def run(t1w, t1w_affine, t2w, t2w_affine, ac_mm=None):
        images.save(t1w, t1w_affine, tmp_path / "t1w.nii.gz")
        images.save(t2w, t2w_affine, tmp_path / "t2w.nii.gz")
        origin = tmp_path / "sub-01_desc-origin_xfm.json"
        script_main("find_origin")(
            t1w=str(tmp_path / "t1w.nii.gz"),
            t2w=str(tmp_path / "t2w.nii.gz"),
            **template,
            origin=str(origin),
            code="0",
            ac_mm=ac_mm,
        )
        return json.loads(origin.read_text())

    return run


def true_ac_mm(scan):
    return apply(np.linalg.inv(scan.world_to_template), AC_TEMPLATE_MM)


def test_the_commissure_is_found(align, scan, head):
    record = align(scan.t1w, scan.t1w_affine, scan.t2w, scan.t2w_affine)
    assert record["Method"] == "automatic"
    # the person's own shape moves the commissure by a few mm besides the affine
    assert np.linalg.norm(np.array(record["ac_mm"]) - true_ac_mm(scan)) < 4
    matrix = np.array(record["template_to_t1w"])
    np.testing.assert_allclose(apply(matrix, AC_TEMPLATE_MM), 0, atol=1e-9)
    brain = apply(head.affine, np.argwhere(head.brain)[::23].astype(float))
    truth = apply(np.linalg.inv(scan.world_to_template), brain)
    found = apply(matrix, brain) + record["ac_mm"]
    assert np.linalg.norm(found - truth, axis=1).mean() < 4
    assert record["Determinant"] == pytest.approx(np.linalg.det(matrix[:3, :3]))


def test_the_table_has_the_last_word(align, scan):
    ac = np.round(true_ac_mm(scan) + np.array([0, 1.5, -1]), 2)
    record = align(
        scan.t1w, scan.t1w_affine, scan.t2w, scan.t2w_affine, ",".join(map(str, ac))
    )
    assert record["Method"] == "table"
    assert record["ac_mm"] == ac.tolist()
    from_template = apply(np.array(record["template_to_t1w"]), AC_TEMPLATE_MM) + ac
    np.testing.assert_allclose(from_template, record["ac_from_template_mm"], atol=1e-9)
    assert np.linalg.norm(from_template - true_ac_mm(scan)) < 4


def test_an_image_without_a_head_stops(align):
    noise = np.random.default_rng(0).random((2, 34, 40, 34)).astype(np.float32)
    affine = np.diag([6.0, 6, 6, 1])
    with pytest.raises(UserError, match=r"sub-01: .*ac_mm.*exclude"):
        align(noise[0], affine, noise[1], affine)


@pytest.mark.parametrize("nothing", [None, "n/a", ""])
def test_no_manual_commissure(nothing):
    assert parse_ac(nothing, "sub-01") is None


@pytest.mark.parametrize("value", ["1,2,-3.5", " 1, 2,-3.5", [1, 2, -3.5]])
def test_a_manual_commissure(value):
    np.testing.assert_array_equal(parse_ac(value, "sub-01"), [1, 2, -3.5])


@pytest.mark.parametrize("value", ["1,2", "1;2;3", "1,2,nan", "front", [1, 2]])
def test_a_manual_commissure_that_is_none(value):
    with pytest.raises(UserError, match=r"sub-07: ac_mm is .* x,y,z"):
        parse_ac(value, "sub-07")
