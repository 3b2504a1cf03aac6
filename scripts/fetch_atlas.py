import logging
from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.receptors.download import download, read_image, region_names, save_packed
from rt1t2.regions import atlas_labels
from rt1t2.tables import write_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    image: str, labels: str, code: str, atlas: dict[str, Any], mirror: str | None
) -> None:
    if not atlas["image"]:
        raise UserError(
            "receptors.atlas.image of the config is not set: give the URL or the file of a "
            "region atlas in the template's space."
        )
    content = download(
        "receptor atlas", atlas["image"], atlas.get("image_sha256"), mirror
    )
    volume = read_image("receptor atlas", content)
    regions = [int(r) for r in atlas_labels(np.asarray(volume.dataobj))]
    names = {region: f"region {region}" for region in regions}
    if atlas["labels"]:
        what = "names of the atlas regions"
        table = download(what, atlas["labels"], atlas.get("labels_sha256"), mirror)
        names = region_names(what, table, regions)
    save_packed(content, image)
    rows = [{"index": region, "name": names[region]} for region in regions]
    write_tsv(rows, ("index", "name"), labels)
    log.info("receptor atlas: %d regions on a grid of %s", len(regions), volume.shape)


if __name__ == "__main__":
    run(main, snakemake)
