"""The tables of one contrast: clusters with their regions and evidence, peaks, and a summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rt1t2.group.cluster_evidence import (
    ClusterEvidence,
    EvidenceMaps,
    cluster_evidence,
)
from rt1t2.group.clusters import (
    Cluster,
    Inference,
    describe_clusters,
    region_shares,
    regions_at,
)
from rt1t2.group.leave_one_out import stability
from rt1t2.group.model_record import ModelRecord
from rt1t2.group.power import ThresholdPower, design_power


@dataclass(frozen=True)
class Atlas:
    """A label image that names regions.

    Attributes
    ----------
    image, affine
        Labels, shape (x, y, z), 0 is no region; voxel to RAS mm.
    names
        Name of each label.
    """

    image: np.ndarray
    affine: np.ndarray
    names: dict[int, str]


@dataclass(frozen=True)
class ContrastTables:
    """What is printed of one contrast.

    Attributes
    ----------
    inference
        Clusters, peaks and summary.
    evidence
        One per cluster.
    power
        Of one voxel at the thresholds ``height`` and ``fwe_peak``.
    """

    inference: Inference
    evidence: list[ClusterEvidence]
    power: dict[str, ThresholdPower]

    def cluster_rows(self) -> list[dict[str, Any]]:
        """Return the rows of ``clusters.tsv``."""
        return [
            vars(cluster) | vars(evidence)
            for cluster, evidence in zip(
                self.inference.clusters, self.evidence, strict=True
            )
        ]


def contrast_tables(
    t: np.ndarray,
    df: np.ndarray,
    affine: np.ndarray,
    model: ModelRecord,
    maps: EvidenceMaps,
    omissions: Sequence[Mapping[str, str]],
    atlas: Atlas | None,
    height_p: float,
    extent_voxels: int,
) -> ContrastTables:
    """Threshold one contrast and describe its clusters and peaks.

    Parameters
    ----------
    t, df
        t and its degrees of freedom, shape (x, y, z); NaN where not tested.
    affine
        Voxel to RAS mm.
    model
        The fitted contrast.
    maps
        Where the evidence is looked up.
    omissions
        Rows of ``leave_one_out.tsv``.
    atlas
        Names the clusters; ``None`` leaves them without a name.
    height_p, extent_voxels
        Thresholds.
    """
    n_voxels = int(np.isfinite(t).sum())
    field = model.field(n_voxels)
    common = model.common(t, df)
    inference = describe_clusters(common, affine, field, height_p, extent_voxels, t)
    if atlas is not None:
        inference = replace(inference, clusters=_named(inference, affine, atlas))
    summary = inference.summary
    return ContrastTables(
        inference,
        cluster_evidence(
            inference.clusters,
            inference.labels,
            affine,
            maps,
            stability(omissions, len(inference.clusters)),
        ),
        design_power(
            model.df,
            model.effective_n,
            {"height": summary.height_t, "fwe_peak": summary.fwe_peak_t},
            model.df_effect if model.statistic == "F" else None,
        ),
    )


def _named(inference: Inference, affine: np.ndarray, atlas: Atlas) -> list[Cluster]:
    named = []
    for cluster in inference.clusters:
        voxels = np.argwhere(inference.labels == cluster.cluster)
        regions = regions_at(voxels, affine, atlas.image, atlas.affine)
        named.append(replace(cluster, label=region_shares(regions, atlas.names)))
    return named
