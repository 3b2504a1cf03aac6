import logging
from pathlib import Path
from typing import Any

from rt1t2.contrasts import entry
from rt1t2.geometry.volume import Volume
from rt1t2.paper import viewer
from rt1t2.paper.primary_test import PRIMARY_TESTS
from rt1t2.qc.pages import picture_uri, save_page
from rt1t2.records import read_json
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    maps: list[str],
    tables: list[str],
    summaries: list[str],
    ratio_maps: list[str],
    template_t1w: str,
    picture: str,
    page: str,
    code: str,
    config: dict[str, Any],
    groups: list[str],
) -> None:
    names = config["groups"]
    contrasts = [Path(path).parent.name for path in tables]
    read = dict(zip(contrasts, map(read_tsv, tables), strict=True))
    heights = {
        c: entry(read_json(s), "height_t")
        for c, s in zip(contrasts, summaries, strict=True)
    }
    volumes = {path: Volume.load(path) for path in maps}
    pairs = viewer.pairs(
        config["contrasts"],
        names,
        {
            c: [v for p, v in volumes.items() if Path(p).parent.name == c]
            for c in contrasts
        },
        read,
        heights,
        PRIMARY_TESTS[config["statistics"]["primary_test"]],
    )
    means = {
        names[code]: [
            p for p, group in zip(ratio_maps, groups, strict=True) if group == code
        ]
        for code in dict.fromkeys(groups)
    }
    data = viewer.page_data(Volume.load(template_t1w), pairs, viewer.mean_maps(means))
    save_page(
        "viewer.html.j2",
        page,
        data=data,
        drawing_script=viewer.drawing_script(),
        picture=picture_uri(picture),
        simulated=config["simulation"],
    )
    log.info("viewer of %.1f MB", Path(page).stat().st_size / 1e6)


if __name__ == "__main__":
    run(main, snakemake)
