import json
import logging
from pathlib import Path

import numpy as np

from rt1t2 import images
from rt1t2.clusters import (
    CLUSTER_COLUMNS,
    PEAK_COLUMNS,
    describe_clusters,
    region_shares,
    regions_at,
)
from rt1t2.group_maps import source_name
from rt1t2.provenance import generated_by
from rt1t2.random_fields import TField, equal_p_t
from rt1t2.region_table import read_labels
from rt1t2.script import run
from rt1t2.tables import write_tsv

log = logging.getLogger("rt1t2")


def main(
    t: str,
    df: str,
    model: str,
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
    facts = json.loads(Path(model).read_text())
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
    write_tsv(found.clusters, CLUSTER_COLUMNS, table)
    write_tsv(found.peaks, PEAK_COLUMNS, peaks)
    images.save_json(facts | found.summary | about, summary)


if __name__ == "__main__":
    run(main, snakemake)
