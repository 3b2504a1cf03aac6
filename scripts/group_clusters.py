import logging
from typing import Any

import numpy as np

from rt1t2 import images
from rt1t2.group.cluster_evidence import EVIDENCE_COLUMNS, cluster_evidence
from rt1t2.group.clusters import (
    CLUSTER_COLUMNS,
    PEAK_COLUMNS,
    describe_clusters,
    region_shares,
    regions_at,
)
from rt1t2.group.leave_one_out import stability
from rt1t2.group.maps import source_name
from rt1t2.group.power import design_power
from rt1t2.group.random_fields import TField, equal_p_t
from rt1t2.receptors.region_table import read_labels
from rt1t2.records import read_json, save_json
from rt1t2.tables import read_tsv, write_tsv
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    t: str,
    df: str,
    model: str,
    hedges_g: str,
    hedges_g_low: str,
    hedges_g_high: str,
    log10_bf10: str,
    evidence: str,
    cluster_p: str,
    tfce_p: str,
    permutation: str,
    error_rate: str,
    leave_one_out: str,
    atlas: str | list[str],
    labels: str | list[str],
    clusters: str,
    table: str,
    peaks: str,
    summary: str,
    code: str,
    height_p: float,
    extent_voxels: int,
) -> None:
    facts = read_json(model)
    own_t, affine = images.load(t)
    resels, fwhm_voxels = (
        np.array(facts[name], dtype=float) for name in ("resels", "fwhm_voxels")
    )
    field = TField(facts["df"], resels, fwhm_voxels, int(np.isfinite(own_t).sum()))
    common_t = equal_p_t(own_t, images.load(df)[0], field.df)
    found = describe_clusters(
        common_t, affine, field, height_p, extent_voxels, reported_t=own_t
    )
    if atlas:
        regions, regions_affine = images.load(atlas)
        names = read_labels(labels)
        for row in found.clusters:
            voxels = np.argwhere(found.labels == row["cluster"])
            row["label"] = region_shares(
                regions_at(voxels, affine, regions, regions_affine), names
            )
    permuted = _facts(permutation)
    effects = {
        "hedges_g": hedges_g,
        "hedges_g_low": hedges_g_low,
        "hedges_g_high": hedges_g_high,
        "log10_bf10": log10_bf10,
    }
    p_maps = {"cluster_p_fwe_permutation": cluster_p, "tfce_p_fwe": tfce_p}
    known = cluster_evidence(
        found.clusters,
        found.labels,
        affine,
        {name: images.load(path)[0] for name, path in effects.items()},
        {name: images.load(path)[0] for name, path in p_maps.items()},
        permuted["grid_step"],
    )
    stable = stability(read_tsv(leave_one_out), len(found.clusters))
    for row, own, without_one in zip(found.clusters, known, stable, strict=True):
        row |= own | without_one
    beyond = {
        "evidence": _facts(evidence),
        "permutation": permuted,
        "error_rate": _facts(error_rate),
        "power": design_power(
            facts["df"],
            facts["effective_n"],
            {
                "height": found.summary["height_t"],
                "fwe_peak": found.summary["fwe_peak_t"],
            },
        ),
    }
    log.info(
        "t > %.3f, at least %d voxels: %d of %d clusters are left",
        found.summary["height_t"],
        extent_voxels,
        found.summary["n_clusters"],
        found.summary["n_clusters_any_extent"],
    )
    about = generated_by(code, "numpy", "scipy", "nibabel")
    images.save(
        found.labels,
        affine,
        clusters,
        {
            "Description": "Clusters; label k is row k of clusters.tsv",
            "Sources": [source_name(t)],
            "SpatialReference": "MNI152NLin2009aSym",
            **about,
        },
    )
    write_tsv(found.clusters, [*CLUSTER_COLUMNS, *EVIDENCE_COLUMNS], table)
    write_tsv(found.peaks, PEAK_COLUMNS, peaks)
    save_json(facts | found.summary | beyond | about, summary)


def _facts(path: str) -> dict[str, Any]:
    """Read a JSON file without what it says of the software."""
    content = read_json(path)
    return {
        name: value
        for name, value in content.items()
        if name not in {"PackageVersions", "CodeDigest"}
    }


if __name__ == "__main__":
    run(main, snakemake)
