"""Scan protocols: what identifies one, and which participants share one."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

IMAGES = ("T1w", "T2w")
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
UNITS = {
    "RepetitionTime": ("TR", 1000, "ms"),
    "EchoTime": ("TE", 1000, "ms"),
    "InversionTime": ("TI", 1000, "ms"),
    "FlipAngle": ("flip", 1, "°"),
}

Acquisition = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Protocol:
    """A protocol: its label, and the acquisition ("T1w", "T2w") of its typical scan."""

    label: str
    acquisition: Acquisition


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
    timed = [scans.get(image, {}).keys() & UNITS.keys() for image in IMAGES]
    if all(timed):
        return "acquisition"
    voxels = all("VoxelSizeMm" in scans.get(image, {}) for image in IMAGES)
    return "voxel size" if voxels else "nothing"


def find_protocols(
    scans: Mapping[str, Acquisition],
    named: Mapping[str, str],
    known: Sequence[Protocol] = (),
) -> tuple[list[Protocol], dict[str, str]]:
    """Tell protocols apart.

    The most complete, then most frequent acquisition starts the first protocol; whoever
    agrees with it belongs to it, the others go on in the same way. So neither the order of
    the participants nor a chain of small differences matters. An incomplete acquisition
    belongs to the first protocol that it does not contradict.

    Parameters
    ----------
    scans
        Participant -> :func:`acquisition`.
    named
        Participant -> protocol, where the participants table tells it.
    known
        Protocols found before; they come first and keep their labels.

    Returns
    -------
    protocols, labels
        ``known``, then the named ones, then new ones (``P1``, ``P2``, ... by size); and
        the label of everybody in ``scans``.
    """
    protocols = list(known)
    labels = {who: name for who, name in named.items() if who in scans}
    for name in sorted(set(labels.values()) - {one.label for one in known}):
        members = [scans[who] for who in labels if labels[who] == name]
        protocols.append(Protocol(name, _by_typicality(members)[0]))
    found: list[tuple[Acquisition, list[str]]] = []
    rest = [who for who in scans if who not in labels]
    for scan in _by_typicality([scans[who] for who in rest]):
        people = [who for who in rest if scans[who] == scan]
        match = next((p for p in protocols if same_protocol(p.acquisition, scan)), None)
        if match:
            labels |= dict.fromkeys(people, match.label)
            continue
        own = next((m for first, m in found if same_protocol(first, scan)), None)
        if own is None:
            found.append((scan, people))
        else:
            own += people
    taken = {one.label for one in protocols} | set(labels.values())
    free = (f"P{i}" for i in range(1, 10**6) if f"P{i}" not in taken)
    for scan, people in sorted(found, key=lambda one: -len(one[1])):
        protocols.append(Protocol(next(free), scan))
        labels |= dict.fromkeys(people, protocols[-1].label)
    return protocols, labels


def in_words(entries: Mapping[str, Any]) -> str:
    """Describe one image's acquisition: ``Siemens 3 T, 3D GR IR, TR 2300 ms, ...``."""
    strength = entries.get("MagneticFieldStrength")
    maker = [entries.get("Manufacturer"), strength and f"{strength:.2g} T"]
    sequence = entries.get("ScanningSequence", [])
    codes = [sequence] if isinstance(sequence, str) else sequence
    parts = [
        " ".join(filter(None, maker)),
        " ".join(filter(None, [entries.get("MRAcquisitionType"), *codes])),
    ]
    for key, (name, factor, unit) in UNITS.items():
        if key in entries:
            space = "" if unit == "°" else " "
            parts.append(f"{name} {entries[key] * factor:.4g}{space}{unit}")
    if "VoxelSizeMm" in entries:
        sizes = (f"{mm:.2f}" for mm in entries["VoxelSizeMm"])
        parts.append(" \N{MULTIPLICATION SIGN} ".join(sizes) + " mm")
    if entries.get("ScannerIntensityNormalisation") == "NORM":
        parts.append("NORM")
    if entries.get("FatSuppression"):
        parts.append("fat-suppressed")
    return ", ".join(filter(None, parts)) or "unknown"


def _by_typicality(scans: Sequence[Acquisition]) -> list[Acquisition]:
    """Return the different acquisitions: most complete first, then most frequent."""
    texts = [json.dumps(scan, sort_keys=True) for scan in scans]
    count = Counter(texts)
    different = dict(zip(texts, scans, strict=True))

    def rank(text: str) -> tuple[int, int, str]:
        n_known = sum(len(entries) for entries in different[text].values())
        return -n_known, -count[text], text

    return [different[text] for text in sorted(different, key=rank)]


def _close(a: Any, b: Any, share: float) -> bool:
    first, second = (v if isinstance(v, list | tuple) else [v] for v in (a, b))
    return len(first) == len(second) and all(
        x == y or (x > 0 and y > 0 and abs(math.log(x / y)) <= share)
        for x, y in zip(first, second, strict=True)
    )
