import logging
from typing import Any

from rt1t2.images import load
from rt1t2.paper.figure_4 import pipeline_figure
from rt1t2.paper.figure_style import save_figure
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    t1w: list[str],
    t2w: list[str],
    brain: list[str],
    gm: list[str],
    wm: list[str],
    calibrated_t1w: list[str],
    calibrated_t2w: list[str],
    ratio: list[str],
    mni_ratio: list[str],
    smoothed: list[str],
    png: str,
    svg: str,
    pdf: str,
    code: str,
    config: dict[str, Any],
) -> None:
    sources = {
        "t1w": t1w,
        "t2w": t2w,
        "brain": brain,
        "gm": gm,
        "wm": wm,
        "calibrated_t1w": calibrated_t1w,
        "calibrated_t2w": calibrated_t2w,
        "ratio": ratio,
        "mni_ratio": mni_ratio,
        "smoothed": smoothed,
    }
    images = {name: load(paths[0]) for name, paths in sources.items() if paths}
    save_figure(pipeline_figure(images, config, bool(images)), png, svg, pdf)
    log.info("%d images of one participant", len(images))


if __name__ == "__main__":
    run(main, snakemake)
