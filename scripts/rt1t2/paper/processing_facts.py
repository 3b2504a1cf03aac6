"""What the methods text says of software and of settings that no configuration holds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rt1t2 import __version__
from rt1t2.registration import greedy_settings
from rt1t2.tissue import joint_bias, n4_settings

# How their makers write the names of packages
NAMES = {
    "rt1t2": "rT1T2",
    "simpleitk": "SimpleITK",
    "picsl-greedy": "Greedy (picsl-greedy)",
    "scipy": "SciPy",
    "numpy": "NumPy",
    "nibabel": "NiBabel",
}


def settings() -> dict[str, dict[str, str]]:
    """Return what the bias correction and the normalisation do, as it is printed."""
    return {
        "joint": {
            "cutoff": f"{joint_bias.CUTOFF_MM:g}",
            "length": f"{joint_bias.LENGTH_MM:g}",
            "sd_mean": f"{joint_bias.FIELD_SD[0]:g}",
            "sd_ratio": f"{joint_bias.FIELD_SD[1]:g}",
            "iterations": str(joint_bias.N_ITERATIONS),
            "voxels": f"{joint_bias.N_VOXELS:,}",
        },
        "n4": {
            "spline": f"{n4_settings.SPLINE_MM:g}",
            "iterations": listed(n4_settings.ITERATIONS),
            "convergence": f"{n4_settings.CONVERGENCE:g}",
            "fwhm": f"{n4_settings.FWHM:g}",
            "shrink": f"{n4_settings.SHRINK_MM:g}",
        },
        "greedy": {
            "t1w_share": f"{greedy_settings.T1W_SHARE:g}",
            "tissue_share": f"{1 - greedy_settings.T1W_SHARE:g}",
            "window": str(2 * greedy_settings.RADIUS + 1),
            "iterations": listed(greedy_settings.ITERATIONS),
            "update_sd": f"{greedy_settings.SMOOTHING[0]:g}",
            "displacement_sd": f"{greedy_settings.SMOOTHING[1]:g}",
        },
    }


def software_sentence(
    of_scans: Mapping[str, Any],
    summaries: Iterable[Mapping[str, Any]],
    snakemake: str,
    commit: str | None,
) -> str:
    """Say which versions made the results.

    Parameters
    ----------
    of_scans
        :func:`rt1t2.qc.software.cohort_software`.
    summaries
        ``summary.json`` of every contrast.
    snakemake
        Its version.
    commit
        That is checked out; ``None`` where the workflow lies in no repository.
    """
    versions: dict[str, set[str]] = {
        name: set(found) for name, found in of_scans["PackageVersions"].items()
    }
    for summary in summaries:
        for name, version in (summary.get("PackageVersions") or {}).items():
            versions.setdefault(name, set()).add(version)
    own = versions.pop("rt1t2", {__version__})
    printed = [
        f"{NAMES.get(name, name)} {listed(sorted(versions[name]))}"
        for name in sorted(versions, key=str.lower)
    ]
    where = f" (commit {commit})" if commit else ""
    used = f" Packages: {', '.join(printed)}." if printed else ""
    own_version = listed(sorted(own))
    return f"Results were made by rT1T2 {own_version}{where} under Snakemake {snakemake}.{used}"


def map_texts(maps: Mapping[str, Mapping[str, str]], used: Iterable[str]) -> list[str]:
    """Describe the receptor maps in the order of use: name, number of people, source."""
    texts = []
    for name in dict.fromkeys(used):
        row = maps.get(name) or {}
        known = [("n = {}", row.get("n")), ("{}", row.get("source"))]
        details = [form.format(v) for form, v in known if v not in {None, "", "n/a"}]
        receptor = row.get("receptor")
        shown = name if receptor in {None, name} else f"{receptor}: {name}"
        texts.append(f"{shown} ({', '.join(details)})" if details else shown)
    return texts


def listed(values: Sequence[Any]) -> str:
    """Write ``a, b and c``."""
    texts = [str(value) for value in values]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if texts[1:] else texts)
