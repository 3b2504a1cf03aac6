import logging
from typing import Any

import numpy as np

from rt1t2 import images
from rt1t2.records import save_json
from rt1t2.regions import region_means, regions_on_grid
from rt1t2.simulate.cohort import (
    load_head,
    participant_seed,
    planted_effects,
    planted_lesions,
    planted_transmit,
    truth_of,
)
from rt1t2.simulate.dicom_writer import AXIAL, reordered
from rt1t2.simulate.phantom import simulate_scan
from rt1t2.simulate.receptor_maps import receptor_pattern
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    anatomy: str,
    atlas: str,
    receptor_map: str,
    t1w: str,
    t2w: str,
    lesion: str,
    truth_ratio: str,
    truth: str,
    code: str,
    participant: dict[str, str],
    simulation: dict[str, Any],
    seed: int,
) -> None:
    name, group = participant["participant_id"], participant["group"]
    planted = simulation["receptor_pattern"]
    pattern = None
    if group in planted["groups"]:
        labels, labels_affine = images.load(atlas)
        density, density_affine = images.load(receptor_map)
        grid = regions_on_grid(labels, labels_affine, density.shape, density_affine)
        means, _ = region_means(density, grid, "exclude")
        pattern = receptor_pattern(labels.astype(int), means, planted["amplitude"])
    scan = simulate_scan(
        load_head(anatomy),
        participant_seed(seed, name),
        effects=planted_effects(simulation, group),
        lesions=planted_lesions(simulation, name),
        pattern=pattern,
        t1w_voxel_mm=simulation["t1w_voxel_mm"],
        t2w_voxel_mm=tuple(simulation["t2w_voxel_mm"]),
        t2w_gap_mm=simulation["t2w_gap_mm"],
        deformation_mm=simulation["deformation_mm"],
        tissue_spread=tuple(simulation["tissue_spread"]),
        transmit=planted_transmit(simulation),
    )
    # whole numbers, as scanners store them, and slices in the order of a converter
    images.save(np.rint(scan.t1w).astype(np.int32), scan.t1w_affine, t1w)
    slices, slices_affine = reordered(scan.t2w, scan.t2w_affine, AXIAL)
    images.save(np.rint(slices).astype(np.int32), slices_affine, t2w)
    images.save(scan.lesion, scan.t1w_affine, lesion)
    images.save(scan.truth_ratio, scan.t1w_affine, truth_ratio)
    facts = {"participant_id": name, **truth_of(scan, simulation, group)}
    save_json(facts, truth)
    log.info("%s (%s): lesion %.1f mL", name, group, facts["LesionVolume_mL"])


if __name__ == "__main__":
    run(main, snakemake)
