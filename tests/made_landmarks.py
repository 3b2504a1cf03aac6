"""Landmark records with known levels, as ``intensity_landmarks`` writes them."""

import numpy as np
from scipy import stats

from rt1t2.tissue.levels_reference import dark_fat
from rt1t2.tissue.reference_tissues import PROBABILITIES

# White matter 1: levels of a 3 T MPRAGE and TSE
LEVELS = {
    "csf": (0.20, 3.7),
    "fat": (1.90, 2.0),
    "muscle": (0.63, 0.16),
    "bone": (0.10, 0.08),
    "eye": (0.19, 3.6),
    "temporalis": (0.62, 0.15),
    "air": (0.02, 0.02),
}


def record(name, gain=(1.0, 1.0), gamma=(1.0, 1.0), offset=(0.0, 0.0), **changed):
    """Landmarks of someone; every class is a narrow Gaussian around its level."""
    classes = {}
    for label, levels in (LEVELS | changed).items():
        entry = {"n_voxels": 5000}
        relative = 0.57 if label == "air" else 0.06  # noise reaches down to 0
        for image, level, g, power, added in zip(
            ("t1w", "t2w"), levels, gain, gamma, offset, strict=True
        ):
            spread = stats.norm.ppf(PROBABILITIES) * relative * level
            top = LEVELS["csf"][1]
            curve = lambda x, p=power, t=top: t * (np.maximum(x, 0) / t) ** p  # noqa: E731
            entry[image] = float(g * curve(level) + added)
            entry[f"{image}_quantiles"] = list(g * curve(level + spread) + added)
        classes[label] = entry
    levels = {"wm": (1.0, 1.0)} | LEVELS | changed
    plain = {
        n: dict(zip(("t1w", "t2w"), both, strict=True)) for n, both in levels.items()
    }
    return {
        "participant_id": name,
        "Classes": classes,
        "DarkFat": dark_fat(plain),
        "Probabilities": PROBABILITIES,
    }


def controls(n=6):
    rng = np.random.default_rng(0)
    return [
        record(f"sub-{i}", gain=tuple(10 ** rng.uniform(0, 3, 2))) for i in range(n)
    ]
