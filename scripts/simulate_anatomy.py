import logging
from typing import Any

from rt1t2.simulate.cohort import save_head
from rt1t2.template.head_model import build_head
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(anatomy: str, code: str, simulation: dict[str, Any]) -> None:
    head = build_head(simulation["anatomy_mm"])
    save_head(head, anatomy)
    brain_ml = head.brain.sum() * head.voxel_mm**3 / 1000
    log.info("head at %.1f mm, brain %.0f mL", head.voxel_mm, brain_ml)


if __name__ == "__main__":
    run(main, snakemake)
