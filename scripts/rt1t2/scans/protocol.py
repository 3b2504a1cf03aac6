"""The scan protocol of one participant: what identifies it, and whether two agree."""

import math
from collections.abc import Mapping
from typing import Any

IMAGES = ("T1w", "T2w")
TIMING = ("RepetitionTime", "EchoTime", "InversionTime", "FlipAngle")
# One protocol's own jitter, +- share; two scans of it may be twice as far apart.
JITTER = {
    "MagneticFieldStrength": 0.05,
    "RepetitionTime": 0.05,
    "EchoTime": 0.03,
    "InversionTime": 0.05,
    "FlipAngle": 0.05,
    "VoxelSizeMm": 0.05,
}
SAME = (
    "Manufacturer",
    "MRAcquisitionType",
    "ScanningSequence",
    "ScannerIntensityNormalisation",
    "FatSuppression",
)

# Image ("T1w", "T2w") -> what is known of its acquisition
Acquisition = Mapping[str, Mapping[str, Any]]


def acquisition(sidecars: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what identifies the protocol of a pair; what is unknown is left out.

    Parameters
    ----------
    sidecars
        Image ("T1w", "T2w") -> BIDS sidecar with ``VoxelSizeMm``; times in s.
    """
    unknown: tuple[object, ...] = (None, "", [], "unknown", "other")
    return {
        image: {
            key: entries[key]
            for key in (*SAME, *JITTER)
            if entries.get(key) not in unknown
        }
        for image, entries in sidecars.items()
    }


def same_protocol(a: Acquisition, b: Acquisition) -> bool:
    """Tell whether two acquisitions agree in everything that is known of both."""
    for image in IMAGES:
        first, second = a.get(image, {}), b.get(image, {})
        for key in first.keys() & second.keys():
            if key in JITTER:
                if not _close(first[key], second[key], 2 * JITTER[key]):
                    return False
            elif first[key] != second[key]:
                return False
    return True


def judged_by(scans: Acquisition) -> str:
    """Say what the protocol of a pair is told from."""
    timed = [scans.get(image, {}).keys() & set(TIMING) for image in IMAGES]
    if all(timed):
        return "acquisition"
    voxels = all("VoxelSizeMm" in scans.get(image, {}) for image in IMAGES)
    return "voxel size" if voxels else "nothing"


def _close(a: Any, b: Any, share: float) -> bool:
    first, second = (v if isinstance(v, list | tuple) else [v] for v in (a, b))
    return len(first) == len(second) and all(
        x == y or (x > 0 and y > 0 and abs(math.log(x / y)) <= share)
        for x, y in zip(first, second, strict=True)
    )
