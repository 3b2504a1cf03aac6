import logging

import numpy as np

from rt1t2 import images
from rt1t2.group.evidence import (
    effect_interval,
    equivalence_p,
    evidence_counts,
    hedges_g,
    log10_bayes_factor,
)
from rt1t2.group.maps import source_name
from rt1t2.records import save_json
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


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
) -> None:
    volume, affine = images.load(t)
    tested = np.isfinite(volume)
    given = [
        images.load(path)[0][tested].astype(float) for path in (t, df, effective_n)
    ]
    low, high = effect_interval(*given)
    p = equivalence_p(*given, equivalence_bound_g)
    log10_bf = log10_bayes_factor(*given)
    about = generated_by(code, "numpy", "scipy", "nibabel")
    for path, values, description in (
        (g, hedges_g(*given), "Hedges g"),
        (g_low, low, "Lower 95 % limit of the standardised difference"),
        (g_high, high, "Upper 95 % limit of the standardised difference"),
        (equivalence, p, f"p of a difference beyond {equivalence_bound_g:g} SD"),
        (log10_bf10, log10_bf, "log10 of the Bayes factor, effect against none"),
    ):
        volume = np.full(tested.shape, np.nan, np.float32)
        volume[tested] = values
        images.save(
            volume,
            affine,
            path,
            {
                "Description": description,
                "Sources": [source_name(t)],
                "SpatialReference": "MNI152NLin2009aSym",
                **about,
            },
        )
    middle = [np.median(values, keepdims=True) for values in given[1:]]
    found = evidence_counts(log10_bf, p) | {
        "equivalence_bound_g": equivalence_bound_g,
        "lowest_possible_bf10": 10 ** log10_bayes_factor(np.zeros(1), *middle)[0],
    }
    log.info(
        "%d voxels: %.1f %% with evidence for an effect, %.1f %% for none",
        found["n_voxels"],
        100 * found["share_effect"],
        100 * found["share_null"],
    )
    save_json(found | about, counts)


if __name__ == "__main__":
    run(main, snakemake)
