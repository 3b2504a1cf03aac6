"""The block of facts at the top of the report: who, from what, with which software."""

from collections.abc import Mapping, Sequence
from typing import Any

from rt1t2 import __version__
from rt1t2.workflow.checkout import commit
from rt1t2.workflow.exclusions import excluded_people


def study_facts(
    config: Mapping[str, Any],
    people: Mapping[str, Any],
    n_processed: int,
    exclusions: Sequence[Mapping[str, str]],
) -> dict[str, str]:
    """Return the facts by their names, in their order.

    Parameters
    ----------
    config
        The configuration without local paths.
    people
        What the analysed came with, and how many are in each group (``by_group``).
    n_processed
        Number of pairs of scans that were processed, repeated ones too.
    exclusions
        Rows of ``exclusions.tsv``.
    """
    sizes, groups = people["by_group"], config["groups"]
    counted = [f"{n} {groups[group]}" for group, n in sizes.items()]
    listed = f": {', '.join(counted)}" if counted else ""
    facts = {
        "Participants": f"{sum(sizes.values())} analysed{listed}; "
        f"{len(excluded_people(exclusions))} not analysed"
    }
    if n_processed:
        repeated = n_processed - people["scans"]
        facts["Scans"] = f"{n_processed} pairs processed"
        facts["Scans"] += f", {repeated} of them repeated scans" if repeated else ""
    if people["finished_maps"]:
        facts["Finished maps"] = str(people["finished_maps"])
    if n_processed:
        facts["Maps"] = (
            f"calibration {config['calibration']['method']}, bias correction "
            f"{config['bias_correction']['method']}, {config['smoothing']['fwhm_mm']:g} mm "
            "smoothing"
        )
    statistics = config["statistics"]
    facts["Thresholds"] = (
        f"p < {statistics['height_p']:g}, at least {statistics['extent_voxels']} voxels"
    )
    checked_out = commit()
    where = f", commit {checked_out}" if checked_out else ""
    facts["Software"] = f"rT1T2 {__version__}{where}, seed {config['seed']}"
    return facts
