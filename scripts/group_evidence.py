import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from rt1t2 import images
from rt1t2.group.evidence import evidence_of
from rt1t2.group.maps import about_map, in_volume, source_name
from rt1t2.records import save_json
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")

TWO_GROUPS = {"measure": "hedges_g", "df_effect": 1}
# What an effect size is called, and what its limits are of
EFFECT_NAMES = {
    "hedges_g": ("Hedges g", "standardised difference"),
    "d_z": ("Mean change in standard deviations of the change", "standardised change"),
    "partial_r": ("Partial correlation", "partial correlation"),
    "partial_eta2": ("Partial eta squared", "partial eta squared"),
}


def main(
    t: str,
    df: str,
    effective_n: str,
    g: str,
    g_low: str,
    g_high: str,
    equivalence: str,
    log10_bf10: str,
    counts: str,
    code: str,
    equivalence_bound_g: float,
    tested_by: Mapping[str, Any] = TWO_GROUPS,
) -> None:
    volume, affine = images.load(t)
    tested = np.isfinite(volume)
    tests = (
        images.load(path)[0][tested].astype(float) for path in (t, df, effective_n)
    )
    evidence = evidence_of(*tests, equivalence_bound_g, **tested_by)
    name, of_limits = EFFECT_NAMES[tested_by["measure"]]
    bound = f"{equivalence_bound_g:g} SD"
    bayes_factor = "Bayes factor, effect against none"
    software = generated_by(code, "numpy", "scipy", "nibabel")
    for path, values, description in (
        (g, evidence.g, name),
        (g_low, evidence.g_low, f"Lower 95 % limit of the {of_limits}"),
        (g_high, evidence.g_high, f"Upper 95 % limit of the {of_limits}"),
        (equivalence, evidence.equivalence, f"p of a difference beyond {bound}"),
        (log10_bf10, evidence.log10_bf10, f"log10 of the {bayes_factor}"),
    ):
        about = about_map(description, [source_name(t, "statistic map")]) | software
        images.save(in_volume(values, tested), affine, path, about)
    log.info(
        "%d voxels: %.1f %% with evidence for an effect, %.1f %% for none",
        evidence.counts.n_voxels,
        100 * evidence.counts.share_effect,
        100 * evidence.counts.share_null,
    )
    record = vars(evidence.counts) | {
        "equivalence_bound_g": equivalence_bound_g,
        "lowest_possible_bf10": evidence.lowest_possible_bf10,
    }
    save_json(record | software, counts)


if __name__ == "__main__":
    run(main, snakemake)
