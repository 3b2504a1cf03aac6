"""Who lives in the zoo: 24 people, each with an anatomy, a shape and a look of its own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from zoo_anatomy import Anatomy, brainweb_anatomy, real_anatomy, template_anatomy

from rt1t2 import images
from rt1t2.simulate.atrophy import atrophied
from rt1t2.simulate.cropping import Side, cut_field_of_view, defaced
from rt1t2.simulate.phantom import (
    T1W_CENTRE_MM,
    T1W_SIZE_MM,
    Scan,
    simulate_scan,
)
from rt1t2.simulate.pose import LATTICE_MM, Warp, at_points, field_of_view
from rt1t2.template.ellipsoids import LOWEST_MM
from rt1t2.template.signals import (
    FLASH_2D,
    MPRAGE,
    SPIN_ECHO_T1W,
    WATER_EXCITATION_MPRAGE,
    T1wProtocol,
)

SEED = 16
FRONT_LEFT = 0.35  # a forehead's fat is then darker than white matter
TRUTH_MM = 1.0
SHARE_STEP = 1 / 200  # of the stored truth
MAPS = ("brain", "GM", "WM", "CSF")


@dataclass(frozen=True)
class Person:
    """One of the zoo. ``clean`` people look ordinary: nothing may be flagged in them."""

    number: int
    anatomy: str
    look: str
    clean: bool = False
    t1w_voxel_mm: float | tuple[float, float, float] = 1.0
    t2w_voxel_mm: tuple[float, float, float] = (0.9, 0.9, 4.0)
    planes: tuple[str, str] = ("axial", "axial")
    t1w_protocol: T1wProtocol = MPRAGE
    front_left: float = 1.0
    atrophy: bool = False
    deface: bool = False
    cuts: dict[Side, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the participant's name and folder."""
        return f"sub-{self.number:02d}"


ICBM, COLIN = "template", "brainweb"
DARK = {"t1w_protocol": WATER_EXCITATION_MPRAGE}
DIM = {"front_left": FRONT_LEFT}
FLASH = {"t1w_protocol": FLASH_2D}
SPIN_ECHO = {"t1w_protocol": SPIN_ECHO_T1W}
SAGITTAL = {"planes": ("sagittal", "axial")}
CORONAL = {"planes": ("coronal", "coronal")}
_ROWS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (ICBM, "MPRAGE 1 mm", {"clean": True}),
    (ICBM, "MPRAGE 0.8 mm sagittal", {"clean": True, "t1w_voxel_mm": 0.8, **SAGITTAL}),
    (ICBM, "FLASH 5 mm", {"clean": True, "t1w_voxel_mm": (0.9, 0.9, 5.0), **FLASH}),
    (
        ICBM,
        "spin echo 4 mm coronal",
        {"clean": True, "t1w_voxel_mm": (0.9, 0.9, 4.0), **SPIN_ECHO, **CORONAL},
    ),
    (ICBM, "MPRAGE 3 mm", {"clean": True, "t1w_voxel_mm": (0.9, 0.9, 3.0)}),
    (ICBM, "MPRAGE, T2w 1 mm", {"clean": True, "t2w_voxel_mm": (1.0, 1.0, 1.0)}),
    (ICBM, "dark fat", DARK),
    (ICBM, "dark fat, defaced", {"deface": True, **DARK}),
    (ICBM, "dim front", DIM),
    (
        ICBM,
        "dim front 3 mm, cut above",
        {"t1w_voxel_mm": (0.9, 0.9, 3.0), "cuts": {"above": -6.0}, **DIM},
    ),
    (ICBM, "atrophy, cut below", {"atrophy": True, "cuts": {"below": -12.0}}),
    (
        ICBM,
        "FLASH 5 mm, cut in front",
        {"t1w_voxel_mm": (0.9, 0.9, 5.0), "cuts": {"front": 4.0}, **FLASH},
    ),
    (COLIN, "MPRAGE 1 mm", {"clean": True}),
    (COLIN, "FLASH 5 mm", {"clean": True, "t1w_voxel_mm": (0.9, 0.9, 5.0), **FLASH}),
    (
        COLIN,
        "spin echo 3 mm",
        {"clean": True, "t1w_voxel_mm": (0.9, 0.9, 3.0), **SPIN_ECHO},
    ),
    (COLIN, "MPRAGE 0.8 mm sagittal", {"clean": True, "t1w_voxel_mm": 0.8, **SAGITTAL}),
    (COLIN, "dark fat", DARK),
    (COLIN, "dim front 3 mm", {"t1w_voxel_mm": (0.9, 0.9, 3.0), **DIM}),
    (COLIN, "dark fat, cut above", {"cuts": {"above": -6.0}, **DARK}),
    (
        COLIN,
        "atrophy, defaced, dim front coronal",
        {"atrophy": True, "deface": True, **DIM, **CORONAL},
    ),
    ("isotropic-dark-fat", "MPRAGE 1 mm", {"clean": True}),
    (
        "openms-04_s1",
        "MPRAGE 3 mm",
        {"clean": True, "t1w_voxel_mm": (0.9, 0.9, 3.0)},
    ),
    ("isotropic-dark-fat", "dark fat, cut in front", {"cuts": {"front": 4.0}, **DARK}),
    (
        "openms-01_s2",
        "dim front FLASH 4 mm",
        {"t1w_voxel_mm": (0.9, 0.9, 4.0), **FLASH, **DIM},
    ),
)
PEOPLE = tuple(
    Person(number, anatomy, look, **options)
    for number, (anatomy, look, options) in enumerate(_ROWS, start=1)
)


def anatomy_of(
    person: Person,
    shared: Path | None,
    keep: Path,
    template: dict[str, str],
    head_mm: float,
) -> Anatomy:
    """Return a person's anatomy before it is warped; folds of other heads need 1 mm."""
    if person.anatomy == ICBM:
        return template_anatomy(head_mm, person.number)
    if shared is None:
        raise SystemExit(f"{person.name} needs --shared, the folder of reference data")
    if person.anatomy == COLIN:
        return brainweb_anatomy(shared, 1.0)
    return real_anatomy(shared, person.anatomy, 1.0, keep, template)


def scan_of(person: Person, anatomy: Anatomy) -> Scan:
    """Scan a person. A head that is known in part lies straight, its scan ends with it."""
    head = atrophied(anatomy.head) if person.atrophy else anatomy.head
    scan = simulate_scan(
        head,
        (SEED, person.number),
        t1w_voxel_mm=person.t1w_voxel_mm,
        t2w_voxel_mm=person.t2w_voxel_mm,
        t2w_gap_mm=0.0 if person.t2w_voxel_mm[2] == 1 else 0.4,
        planes=person.planes,
        t1w_protocol=person.t1w_protocol,
        front_left=person.front_left,
        pose=anatomy.end_mm is None,
    )
    if person.deface:
        scan = defaced(scan, head)
    cuts = dict(person.cuts)
    if anatomy.end_mm is not None:
        end = scan.warp.from_template((0.0, -15.0, anatomy.end_mm))
        brain = np.argwhere(scan.sample(head.brain.astype(np.float32)) > 0.5)
        heights = brain @ scan.t1w_affine[2, :3] + scan.t1w_affine[2, 3]
        cuts["above"] = float(end[2] - heights.max() - 1.0)
    for side, beyond_mm in cuts.items():
        scan = cut_field_of_view(scan, head, side, beyond_mm)
    return scan


def write_person(person: Person, anatomy: Anatomy, folder: Path) -> None:
    """Write the two native images, and the truth on a grid of 1 mm in scanner space.

    truth.nii.gz holds the shares of MAPS in steps of SHARE_STEP; truth.npz the warp to the
    template and the surface of the thalami in scanner RAS mm (no points: not known).
    """
    folder.mkdir(parents=True, exist_ok=True)
    head = atrophied(anatomy.head) if person.atrophy else anatomy.head
    scan = scan_of(person, anatomy)
    images.save(scan.t1w, scan.t1w_affine, folder / "native_T1w.nii.gz")
    images.save(scan.t2w, scan.t2w_affine, folder / "native_T2w.nii.gz")
    tissue = dict(anatomy.tissue)
    if person.atrophy:
        lost = [sum(h.fractions[n] for n in ("gm", "wm")) for h in (anatomy.head, head)]
        kept = np.clip(lost[1] / np.maximum(lost[0], 1e-3), 0, 1)
        tissue["CSF"] = tissue["CSF"] + (tissue["GM"] + tissue["WM"]) * (1 - kept)
        tissue |= {name: tissue[name] * kept for name in ("GM", "WM")}
    centre = np.linalg.inv(scan.world_to_template) @ [*T1W_CENTRE_MM, 1.0]
    affine, shape = field_of_view(
        np.round(centre[:3]), T1W_SIZE_MM, [TRUTH_MM] * 3, np.zeros(3)
    )
    maps = [head.brain.astype(np.float32), *(tissue[name] for name in MAPS[1:])]
    shares = np.stack(scan.warp.sample(maps, head.affine, affine, shape), axis=-1)
    counts = np.round(shares / SHARE_STEP).astype(np.uint8)
    images.save(counts, affine, folder / "truth.nii.gz", {"Volumes": MAPS})
    thalamus = anatomy.thalamus_mm
    np.savez_compressed(
        folder / "truth.npz",
        world_to_template=scan.world_to_template,
        displacement=scan.displacement,
        thalamus_mm=np.zeros((0, 3))
        if thalamus is None
        else to_scanner(scan.warp, thalamus),
    )


def to_scanner(warp: Warp, points_mm: np.ndarray) -> np.ndarray:
    """Return the scanner points (n, 3), RAS mm, of template points, by iteration."""
    lattice = np.eye(4)
    lattice[:3, :3] *= LATTICE_MM
    lattice[:3, 3] = LOWEST_MM
    target = points_mm.T.astype(np.float32)
    before = target.copy()
    for _ in range(20):
        shift = [at_points(d, lattice, before) for d in warp.displacement]
        before = target - np.stack(shift)
    to_world = np.linalg.inv(warp.world_to_template)
    return (to_world[:3, :3] @ before + to_world[:3, 3:]).T
