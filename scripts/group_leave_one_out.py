import logging

import numpy as np

from rt1t2 import images
from rt1t2.group.design import read_design
from rt1t2.group.leave_one_out import COLUMNS, omit_each
from rt1t2.group.maps import MaskedMaps
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
    omissions = omit_each(
        MaskedMaps(maps, np.isfinite(volume)),
        read_design(design),
        read_model(model),
        volume,
        images.load(df)[0],
        height_p,
        extent_voxels,
    )
    log.info(
        "%d clusters, each without %d participants in turn",
        *(len(omissions) // len(maps), len(maps)),
    )
    write_tsv(map(vars, omissions), COLUMNS, table)


if __name__ == "__main__":
    run(main, snakemake)
