import numpy as np
import pytest

from rt1t2.conform.skull_stripping import check_scalp
from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume


@pytest.fixture(scope="module")
def pair(head, scan, template_head):
    """T1w, T2w on its grid, the true brain, and the template with its true way to it."""
    t1w = Volume(scan.t1w, scan.t1w_affine)
    t2w = Volume(scan.t2w, scan.t2w_affine).on(t1w, scan.t2w_to_t1w, outside=np.nan)
    brain = scan.sample(head.brain.astype("f4")) > 0.5
    levels = {"T1w": np.median(t1w.data[brain]), "T2w": np.nanmedian(t2w.data[brain])}
    template = template_head, np.linalg.inv(scan.world_to_template)
    return t1w, t2w, brain, (levels, *template, "sub-01")


def test_a_whole_head_has_its_scalp(pair):
    t1w, t2w, _, where = pair
    shares = check_scalp({"T1w": t1w, "T2w": t2w}, *where)
    assert min(shares.values()) > 0.8


@pytest.mark.parametrize("stripped", ["T1w", "T2w"])
def test_a_stripped_image_is_refused_by_name(pair, stripped):
    t1w, t2w, brain, where = pair
    images = {"T1w": t1w, "T2w": t2w}
    whole = images[stripped]
    images[stripped] = whole.like(np.where(brain, whole.data, 0))
    with pytest.raises(UserError, match=rf"sub-01: the {stripped} is skull-stripped"):
        check_scalp(images, *where)


def test_a_face_that_was_removed_is_no_reason(pair):
    t1w, t2w, _, where = pair
    index = np.indices(t1w.shape)
    front = index[1] > 0.7 * t1w.shape[1]
    low = index[2] < 0.5 * t1w.shape[2]
    faceless = t1w.like(np.where(front & low, 0, t1w.data))
    assert check_scalp({"T1w": faceless, "T2w": t2w}, *where)["T1w"] > 0.6
