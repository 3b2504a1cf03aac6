"""The T2w on the T1w: refusals, and real pairs against other people's registration."""

import csv
from contextlib import nullcontext

import numpy as np
import pytest

from rt1t2.conform.origin import (
    AC_TEMPLATE_MM,
    HeadAlignment,
    Origin,
)
from rt1t2.conform.participant import conform_pair, register_t2w
from rt1t2.conform.resample import conform_t1w
from rt1t2.errors import UserError
from rt1t2.geometry.transforms import apply, from_parameters, translation
from rt1t2.geometry.volume import Volume
from rt1t2.registration.linear import Alignment
from rt1t2.simulate.phantom import simulate_scan

VOXEL_MM = 3.0


def true_ac_mm(scan):
    return scan.warp.from_template(AC_TEMPLATE_MM)


def test_too_little_of_the_brain_stops(scan, template_head):
    n_cut = scan.t2w.shape[2] * 6 // 10
    part = scan.t2w_affine @ translation([0, 0, n_cut])
    t2w = Volume(scan.t2w[:, :, n_cut:], part)
    origin = known_origin(np.linalg.inv(scan.world_to_template), true_ac_mm(scan))
    t1w, _ = conform_t1w(Volume(scan.t1w, scan.t1w_affine), origin.ac_mm, VOXEL_MM)
    with pytest.raises(UserError, match=r"sub-01: the T2w covers \d+ % .*needs 80 %"):
        register_t2w(t1w, t2w, template_head, origin, "sub-01")


@pytest.mark.parametrize(
    ("t2w_mm", "cut", "snr"),
    [((1.0, 1.0, 6.0), 0, (40, 45)), ((1.5, 1.5, 4.0), 14, (15, 15))],
)
def test_one_head_is_one_head_in_thick_slices_cut_noisy_and_with_lesions(
    head, template_head, t2w_mm, cut, snr
):
    lesions = [((24, -10, 24), 16), ((-30, 20, 10), 12)]
    options = {"t1w_voxel_mm": 2.0, "t2w_voxel_mm": t2w_mm, "snr": snr}
    scan = simulate_scan(head, 4, lesions=lesions, **options)
    t2w = Volume(scan.t2w[:, :, cut:], scan.t2w_affine @ translation([0, 0, cut]))
    origin = known_origin(np.linalg.inv(scan.world_to_template), true_ac_mm(scan))
    t1w, _ = conform_t1w(Volume(scan.t1w, scan.t1w_affine), origin.ac_mm, VOXEL_MM)
    record = register_t2w(t1w, t2w, template_head, origin, "sub-01")[2]
    assert record["EdgeAgreement"] > 2.3
    assert bool(record["Flags"]) == bool(cut)


def test_two_people_in_one_pair_are_refused(head, template_head):
    options = {"t1w_voxel_mm": 2.0, "t2w_voxel_mm": (1.5, 1.5, 4.0)}
    mine, others = (simulate_scan(head, seed, **options) for seed in (1, 2))
    origin = known_origin(np.linalg.inv(mine.world_to_template), true_ac_mm(mine))
    t1w, _ = conform_t1w(Volume(mine.t1w, mine.t1w_affine), origin.ac_mm, VOXEL_MM)
    t2w = Volume(others.t2w, others.t2w_affine)
    with pytest.raises(
        UserError, match=r"sub-01: .*not show the same brain.*one person.*exclude"
    ):
        register_t2w(t1w, t2w, template_head, origin, "sub-01")


PAIRS = ("openms-01_s1", "openms-04_s1", "tcga-FG-6692", "isotropic-dark-fat")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("mine", "other"),
    # the right ones and the wrong ones that are nearest to the limit
    [(PAIRS[1], PAIRS[1]), (PAIRS[3], PAIRS[3]), PAIRS[:2], (PAIRS[3], PAIRS[0])],
)
def test_real_pairs_of_two_people(shared, template_head, mine, other):
    paths = [shared / "data/pairs" / n for n in (mine, other)]
    t1w, t2w = (
        Volume.load(next(p.glob(f"[Tt]{i}[Ww].nii.gz")))
        for i, p in zip((1, 2), paths, strict=True)
    )
    refusal = pytest.raises(UserError, match=f"{mine}: .*same brain")
    with nullcontext() if mine == other else refusal:
        conform_pair(t1w, t2w, template_head, mine, None, VOXEL_MM)


def known_origin(template_to_world, ac_mm):
    """Return an origin that needs no search."""
    head = Alignment(template_to_world, 1.0, 1.0)
    return Origin(ac_mm, HeadAlignment(head, head, template_to_world), True)


# Anterior commissures by eye, in T1w scanner mm: where its dark band in the T2w and the bridge
# between the white matter of both sides in the T1w cross the midline.
COMMISSURES = {
    "openms-01_s1": [1.2, 7.4, -9.6],
    "openms-01_s2": [-0.2, 5.5, -16.3],
    "openms-04_s1": [-6.1, 20.8, 13.6],
    "tcga-FG-6692": [1.4, 27.1, 23.3],
}


PATIENTS = {
    ("patient01", "study1"): "openms-01_s1",
    ("patient01", "study2"): "openms-01_s2",
    ("patient04", "study1"): "openms-04_s1",
}


@pytest.mark.shared
@pytest.mark.parametrize("key", PATIENTS)
def test_patients_with_thick_slices_and_a_displaced_t2w(shared, template_head, key):
    """Against the data set's own registration; the T2w lies 20 mm and 15 degrees off."""
    folder = PATIENTS[key]
    with (shared / "reference/openms_t1_to_t2_ras.tsv").open() as file:
        rows = {
            (r["patient"], r["study"]): r for r in csv.DictReader(file, delimiter="\t")
        }
    cells = [float(rows[key][f"m{i}{j}"]) for i in range(4) for j in range(4)]
    paths = [shared / f"data/pairs/{folder}/T{i}W.nii.gz" for i in (1, 2)]
    t1w, t2w = map(Volume.load, paths)
    ac_mm = np.array(COMMISSURES[folder])
    turn = 15 / np.sqrt(3)
    displaced = from_parameters(np.array([12.0, -12, 10.6, turn, turn, turn]), ac_mm)
    conformed, _ = conform_t1w(t1w, ac_mm, VOXEL_MM)
    origin = known_origin(translation(ac_mm), ac_mm)
    moved = t2w.moved(displaced)
    _, matrix, record = register_t2w(conformed, moved, template_head, origin, "sub-01")
    assert record["EdgeAgreement"] > 2.4
    brain = np.random.default_rng(0).normal([0, -20, 10], [28, 35, 28], (2000, 3))
    truth = apply(displaced @ np.reshape(cells, (4, 4)), brain + ac_mm)
    error_mm = np.linalg.norm(apply(matrix, brain) - truth, axis=1).mean()
    assert error_mm < 1.5
