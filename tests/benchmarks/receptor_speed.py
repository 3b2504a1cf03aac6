"""CPU seconds of the receptor stage: python receptor_speed.py.

10,000 permutations of 11 patients and 18 controls with 17 maps and a covariate, and the
region means of one image of 91 x 109 x 91 voxels with 119 regions, written and read.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import numpy as np

from rt1t2.nifti import nib
from rt1t2.receptors.correlation import correlate_group
from rt1t2.receptors.region_table import RegionMeasure
from rt1t2.receptors.relabelling import allocate

N_PATIENTS, PEOPLE, N_REGIONS, N_MAPS = 11, 29, 119, 17
N_PERMUTATIONS, N_IMAGES = 10_000, 10
SHAPE = (91, 109, 91)


def permutations_cpu_s() -> float:
    """Time the permutation test, drawing the labels included."""
    rng = np.random.default_rng(0)
    values, maps = rng.normal(size=(PEOPLE, N_REGIONS)), rng.random((N_MAPS, N_REGIONS))
    gm, is_patient = rng.random(N_REGIONS), np.arange(PEOPLE) < N_PATIENTS
    start = time.process_time()
    correlate_group(
        values,
        is_patient,
        maps,
        gm,
        allocate(is_patient, N_PERMUTATIONS, "free", rng),
        range(PEOPLE),
        range(N_MAPS),
    )
    return time.process_time() - start


def region_means_cpu_s() -> float:
    """Time one image, reading included, the atlas already on its grid."""
    rng = np.random.default_rng(0)
    # slabs of regions in a box about as large as the brain
    atlas = np.zeros(SHAPE, np.uint8)
    labels = 1 + np.arange(60 * 80 * 60) * N_REGIONS // (60 * 80 * 60)
    atlas[15:75, 15:95, 15:75] = labels.reshape(60, 80, 60)
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nib.Nifti1Image(atlas, affine).to_filename(folder / "atlas.nii.gz")
        rows = "".join(f"{k}\tr{k}\n" for k in range(1, N_REGIONS + 1))
        (folder / "atlas.tsv").write_text("index\tname\n" + rows)
        for k in range(N_IMAGES + 1):
            ratio = np.where(atlas > 0, rng.normal(1.2, 0.1, SHAPE), np.nan)
            image = nib.Nifti1Image(ratio.astype(np.float32), affine)
            image.to_filename(folder / f"{k}.nii.gz")
        measure = RegionMeasure(str(folder / "atlas.nii.gz"), str(folder / "atlas.tsv"))
        measure.rows("participant", "first", str(folder / "0.nii.gz"), "exclude")
        start = time.process_time()
        for k in range(1, N_IMAGES + 1):
            path = str(folder / f"{k}.nii.gz")
            measure.rows("participant", f"sub-{k}", path, "exclude")
        return (time.process_time() - start) / N_IMAGES


if __name__ == "__main__":
    sys.stdout.write(
        f"{N_PERMUTATIONS} permutations, {PEOPLE} participants, {N_MAPS} maps, covariate: "
        f"{permutations_cpu_s():.2f} CPU s (at most 1.5)\n"
        f"region means: {region_means_cpu_s():.3f} CPU s an image (at most 0.05)\n"
    )
