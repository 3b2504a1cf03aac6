import logging
from collections.abc import Iterator

import numpy as np
from scipy import stats

from rt1t2 import images
from rt1t2.group.clusters import find_clusters
from rt1t2.group.design import two_sample_design, with_protocol
from rt1t2.group.leave_one_out import COLUMNS, leave_one_out
from rt1t2.group.maps import read_map
from rt1t2.group.model import sum_groups
from rt1t2.group.random_fields import equal_p_t
from rt1t2.records import read_json
from rt1t2.tables import write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    plus: list[str],
    minus: list[str],
    t: str,
    df: str,
    model: str,
    table: str,
    code: str,
    contrast: dict[str, str],
    rows_plus: list[dict[str, str]],
    rows_minus: list[dict[str, str]],
    variance: str,
    missing: str,
    covariates: list[str],
    height_p: float,
    extent_voxels: int,
    protocols: str | list[str] = "",
) -> None:
    facts = read_json(model)
    own_t = images.load(t)[0]
    common_t = equal_p_t(own_t, images.load(df)[0], facts["df"])
    found = find_clusters(common_t, stats.t.isf(height_p, facts["df"]))
    peaks = found.peaks(found.large(extent_voxels))
    if len(peaks) == 0:
        log.info("no cluster, nothing to leave anybody out of")
        write_tsv([], COLUMNS, table)
        return
    mask = np.isfinite(own_t)
    paths = [*plus, *minus]
    sides = (with_protocol(side, protocols) for side in (rows_plus, rows_minus))
    plan = two_sample_design(contrast, *sides, covariates)

    def maps() -> Iterator[np.ndarray]:
        for path in paths:
            yield read_map(path)[mask]

    sums = sum_groups(maps(), plan, int(mask.sum()), missing)
    variances = facts["relative_variance"]
    analyses = leave_one_out(
        maps(),
        sums,
        plan,
        variance,
        None if variances is None else np.array(variances),
        mask,
        peaks,
        height_p,
        extent_voxels,
    )
    rows = [
        {"participant_id": who["participant_id"], **row}
        for who, cluster_rows in zip([*rows_plus, *rows_minus], analyses, strict=True)
        for row in cluster_rows
    ]
    log.info(
        "%d clusters, each without %d participants in turn", len(peaks), len(paths)
    )
    write_tsv(sorted(rows, key=lambda row: row["cluster"]), COLUMNS, table)


if __name__ == "__main__":
    run(main, snakemake)
