"""Which software made a participant's results, and the cohort's, by the steps' own records."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

NOT_RECORDED = "not recorded"
IMAGES = ("acquisition of the T1w", "acquisition of the T2w")


def participant_software(records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return ``PackageVersions`` of all steps, and the ``Converters`` of both images.

    Parameters
    ----------
    records
        What each step wrote about itself, by :data:`IMAGES` and other titles.
    """
    versions: dict[str, set[str]] = {}
    for record in records.values():
        for package, version in (record.get("PackageVersions") or {}).items():
            versions.setdefault(package, set()).add(str(version))
    return {
        "PackageVersions": {name: sorted(versions[name]) for name in sorted(versions)},
        "Converters": [_converter(records.get(title) or {}) for title in IMAGES],
    }


def _converter(acquisition: Mapping[str, Any]) -> str:
    name = acquisition.get("ConversionSoftware")
    parts = [str(p) for p in (name, acquisition.get("ConversionSoftwareVersion")) if p]
    return " ".join(" ".join(parts).split()) if name else NOT_RECORDED


def cohort_software(people: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return every version that anyone's results have, and the number of images by converter."""
    versions: dict[str, set[str]] = {}
    converters: Counter[str] = Counter()
    for person in people:
        converters.update(person["Converters"])
        for package, found in person["PackageVersions"].items():
            versions.setdefault(package, set()).update(found)
    return {
        "PackageVersions": {name: sorted(versions[name]) for name in sorted(versions)},
        "Converters": dict(sorted(converters.items())),
    }
