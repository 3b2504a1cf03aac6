import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from rt1t2 import images
from rt1t2.group.cluster_evidence import EFFECTS, EVIDENCE_COLUMNS, P_MAPS, EvidenceMaps
from rt1t2.group.clusters import CLUSTER_COLUMNS, PEAK_COLUMNS
from rt1t2.group.contrast_tables import Atlas, contrast_tables
from rt1t2.group.maps import about_map, source_name
from rt1t2.group.model_record import read_model
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
    effects: list[str],
    evidence: str,
    permutation: list[str],
    error_rate: str,
    leave_one_out: str,
    places: list[str],  # where lesions lie, then an atlas where there is one
    clusters: str,
    table: str,
    peaks: str,
    summary: str,
    code: str,
    height_p: float,
    extent_voxels: int,
) -> None:
    volume, affine = images.load(t)
    fitted = read_model(model)
    (*p_maps, permutation_facts), (lesions, *atlas) = permutation, places
    known = {"evidence": _facts(evidence), "error_rate": _facts(error_rate)}
    known["permutation"] = _facts(permutation_facts)
    maps = EvidenceMaps(
        _named_maps(EFFECTS, effects),
        _named_maps(P_MAPS, p_maps),
        images.load(lesions)[0],
        known["permutation"]["grid_step"],
        known["permutation"].get("grid_start"),
    )
    tables = contrast_tables(
        volume,
        images.load(df)[0],
        affine,
        fitted,
        maps,
        read_tsv(leave_one_out),
        Atlas(*images.load(atlas[0]), read_labels(atlas[1])) if atlas else None,
        height_p,
        extent_voxels,
    )
    inference, found = tables.inference, tables.inference.summary
    log.info(
        "%s > %.3f, at least %d voxels: %d of %d clusters are left",
        *(fitted.statistic, found.height_t, extent_voxels),
        *(found.n_clusters, found.n_clusters_any_extent),
    )
    software = generated_by(code, "numpy", "scipy", "nibabel")
    about = about_map(
        "Clusters; label k is row k of clusters.tsv", [source_name(t, "statistic map")]
    )
    images.save(inference.labels, affine, clusters, about | software)
    for rows, columns, path in (
        (tables.cluster_rows(), [*CLUSTER_COLUMNS, *EVIDENCE_COLUMNS], table),
        (map(vars, inference.peaks), PEAK_COLUMNS, peaks),
    ):
        write_tsv(map(fitted.named, rows), list(map(fitted.own_name, columns)), path)
    beyond = known | {"power": {n: vars(value) for n, value in tables.power.items()}}
    content = fitted.summary() | fitted.named(vars(found)) | beyond | software
    save_json(content, summary)


def _named_maps(names: Sequence[str], paths: list[str]) -> dict[str, np.ndarray]:
    return {name: images.load(path)[0] for name, path in zip(names, paths, strict=True)}


def _facts(path: str) -> dict[str, Any]:
    """Read a JSON file without its entries on the software."""
    software = {"PackageVersions", "CodeDigest"}
    return {key: value for key, value in read_json(path).items() if key not in software}


if __name__ == "__main__":
    run(main, snakemake)
