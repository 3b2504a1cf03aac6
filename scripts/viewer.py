import logging
from pathlib import Path
from typing import Any

from rt1t2.contrasts import measure_of
from rt1t2.geometry.volume import Volume
from rt1t2.paper import viewer
from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.paper.pair_maps import pair_maps
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
    table_of, summary_of = (
        {Path(path).parent.name: path for path in paths}
        for paths in (tables, summaries)
    )
    names = config["groups"]
    primary = PRIMARY_TESTS[config["statistics"]["primary_test"]]
    measures = {c["name"]: measure_of(c) for c in config["contrasts"]}
    pairs = contrast_pairs(config["contrasts"], list(names), config["control_group"])
    four = zip(*[iter(maps)] * 4, strict=True)  # of each comparison
    shown = []
    for pair, paths in zip(pairs, four, strict=True):
        of_t, *others = map(Volume.load, paths)
        rows = {name: read_tsv(table_of[name]) for name, _ in pair.tested}
        summary = read_json(summary_of[pair.source])
        of_pair = pair_maps(pair, of_t, [], rows, summary, primary.column)
        measure = measures[pair.source]
        shown.append(viewer.shown_pair(of_pair, measure, *others, names, primary))
    means = {
        names[code]: [
            m for m, group in zip(ratio_maps, groups, strict=True) if group == code
        ]
        for code in dict.fromkeys(groups)
    }
    data = viewer.page_data(Volume.load(template_t1w), shown, viewer.mean_maps(means))
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
