import logging

import numpy as np

from rt1t2 import images
from rt1t2.group.design import read_design
from rt1t2.group.leave_one_out import COLUMNS, omit_each
from rt1t2.group.map_stack import MapStack
from rt1t2.group.model_record import read_model
from rt1t2.tables import write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    maps: list[str],
    t: str,
    df: str,
    model: str,
    design: str,
    table: str,
    code: str,
    height_p: float,
    extent_voxels: int,
) -> None:
    volume = images.load(t)[0]
    plan, fitted = read_design(design), read_model(model)
    stack = MapStack.load(*maps)
    omissions = omit_each(
        plan.data(stack, np.isfinite(volume)),
        plan,
        fitted,
        volume,
        images.load(df)[0],
        height_p,
        extent_voxels,
    )
    n = len(plan.participants)
    log.info(
        "%d clusters, each without %d participants in turn", len(omissions) // n, n
    )
    rows = (fitted.named(vars(omission)) for omission in omissions)
    write_tsv(rows, list(map(fitted.own_name, COLUMNS)), table)


if __name__ == "__main__":
    run(main, snakemake)
