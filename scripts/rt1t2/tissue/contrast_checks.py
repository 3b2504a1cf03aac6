"""Is it a T1w and a T2w? The order of the tissues tells, and what it does not show."""

from typing import Any

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.morphology import dilate, erode
from rt1t2.geometry.volume import Volume
from rt1t2.template.head_classes import PARENCHYMA
from rt1t2.tissue.levels_reference import dark_fat

N_SUREST = 3000  # voxels per tissue
INTRACRANIAL = 0.97  # prior of brain or CSF: away from the skull
MIN_T2W_CSF = 1.25  # T2w of CSF over grey matter; proton density lies below
REMEDY = "Check the series in the ledger of the import, or set exclude."


def tissue_medians(
    pair: np.ndarray, priors: dict[str, np.ndarray], participant_id: str
) -> dict[str, tuple[float, float]]:
    """Return the median (T1w, T2w) of csf, gm and wm where their priors are highest.

    Parameters
    ----------
    pair
        (2, voxels), defined.
    priors
        Prior of every tissue, (voxels,).
    participant_id
        Named in messages.

    Raises
    ------
    UserError
        A tissue has no place where both images see the brain.
    """
    intracranial = sum(priors[name] for name in ("csf", *PARENCHYMA)) > INTRACRANIAL
    medians = {}
    for name in ("csf", "gm", "wm"):
        prior = priors[name] * intracranial
        surest = np.argsort(-prior, kind="stable")[:N_SUREST]
        surest = surest[prior[surest] > 0.2]
        if surest.size < 30:
            raise UserError(
                f"{participant_id}: no place for {name} was found where both images see the "
                "brain: the scan is not a whole head, or the template could not be aligned. "
                "Check the T1w and T2w, or set exclude in the participants table."
            )
        t1w, t2w = np.median(pair[:, surest], axis=1)
        medians[name] = (float(t1w), float(t2w))
    return medians


def check_tissue_order(
    medians: dict[str, tuple[float, float]], participant_id: str
) -> list[str]:
    """Refuse a wrong contrast; return flags for doubtful ones.

    T1w: CSF < GM < WM. T2w: CSF > GM > WM.

    Raises
    ------
    UserError
        With what the image looks like.
    """
    csf, gm, wm = (np.array(medians[name]) for name in ("csf", "gm", "wm"))
    t1w_right = csf[0] < gm[0] < wm[0]
    if not t1w_right and csf[0] > gm[0] > wm[0]:
        raise UserError(
            f"{participant_id}: the T1w looks like a T2w: CSF is brighter than grey, grey "
            f"brighter than white matter. Are t1w and t2w exchanged? {REMEDY}"
        )
    if not t1w_right:
        raise UserError(
            f"{participant_id}: the T1w is not T1-weighted: CSF {csf[0] / wm[0]:.2f} and grey "
            f"matter {gm[0] / wm[0]:.2f} of white matter, both should be below 1 in "
            f"this order. {REMEDY}"
        )
    if csf[1] < wm[1] < gm[1]:
        raise UserError(
            f"{participant_id}: the T2w looks like a FLAIR: CSF is darker than white matter "
            f"({csf[1] / wm[1]:.2f} of it). {REMEDY}"
        )
    if csf[1] < gm[1] < wm[1]:
        raise UserError(
            f"{participant_id}: the T2w looks like a T1w: CSF is darker than grey, grey darker "
            f"than white matter. {REMEDY}"
        )
    if not csf[1] > gm[1] > wm[1]:
        raise UserError(
            f"{participant_id}: the T2w is not T2-weighted: CSF {csf[1] / wm[1]:.2f} and grey "
            f"matter {gm[1] / wm[1]:.2f} of white matter, both should be above 1, "
            f"CSF most. {REMEDY}"
        )
    if csf[1] < MIN_T2W_CSF * gm[1]:
        return [
            f"CSF is only {csf[1] / gm[1]:.2f} times as bright as grey matter in the T2w: "
            "is it a proton density image?"
        ]
    return []


# T2w, CSF over grey matter. `tests/benchmarks/wrong_images.py` shows what
# right and wrong images have, and so how far they are from these limits.
MIN_CSF_OVER_GM = 1.35
USUAL_CSF_OVER_GM = 1.45
# At the brain's surface: share of voxels brighter than white matter in the T1w (fat is, too) and
# much darker than fat in the T2w.
SURFACE_MM, BRIGHT, DARKER_THAN_FAT = 4.0, 1.25, 0.4
JUDGED_MM = 2.5
MAX_BRIGHT_SHARE = 0.0025


def check_contrast(
    t1w: Volume,
    t2w: Volume,
    brain: np.ndarray,
    levels: dict[str, dict[str, float]],
    medians: dict[str, tuple[float, float]],
    participant_id: str,
) -> dict[str, Any]:
    """Refuse a proton density image as T2w; flag a T1w that looks contrast-enhanced.

    In a proton density image CSF is about as bright as grey matter. After gadolinium the
    venous sinuses and the dura, dark or grey before, are brighter than white matter; so is
    fat, but also in the T2w.

    Parameters
    ----------
    t1w, t2w, brain
        Corrected images (T2w NaN where undefined) and brain mask (bool), on one grid.
    levels
        Of the mixture: class -> {"t1w", "t2w"}.
    medians
        Of the segmentation: tissue -> (T1w, T2w). Partial volume lowers its CSF, odd fat
        the mixture's: the larger contrast of the two counts.
    participant_id
        Named in messages.

    Returns
    -------
    dict
        ``T2wCsfOverGm``, ``T1wBrightShareAtSurface`` and ``Flags``.

    Raises
    ------
    UserError
        Proton density instead of T2w.
    """
    csf_over_gm = max(
        levels["csf"]["t2w"] / levels["gm"]["t2w"], medians["csf"][1] / medians["gm"][1]
    )
    fat_dark_in_t2w = "t2w" in dark_fat(levels)
    if csf_over_gm < MIN_CSF_OVER_GM:
        suppressed = " or fat-suppressed" if fat_dark_in_t2w else ""
        raise UserError(
            f"{participant_id}: the T2w looks like a proton density{suppressed} image: CSF is "
            f"{csf_over_gm:.2f} times as bright as grey matter (a T2w: over "
            f"{MIN_CSF_OVER_GM:g}). Of a dual echo take the later one, check the series in the "
            "ledger of the import, or set exclude in the participants table."
        )
    share = float("nan")  # dark fat looks like an enhanced vessel
    if not fat_dark_in_t2w:
        share = bright_share_at_surface(t1w, t2w, brain, levels)
    flags = []
    if csf_over_gm < USUAL_CSF_OVER_GM:
        flags.append(
            f"T2w: CSF is only {csf_over_gm:.2f} times as bright as grey matter (usual: over "
            f"{USUAL_CSF_OVER_GM:g}); is it weakly T2-weighted?"
        )
    if share > MAX_BRIGHT_SHARE:
        flags.append(
            f"T1w: {100 * share:.2f} % of the brain's surface is far brighter than white "
            f"matter (usual: under {100 * MAX_BRIGHT_SHARE:g} %): vessels or dura after a "
            "contrast agent? Give the T1w before it, or set exclude"
        )
    return {
        "T2wCsfOverGm": csf_over_gm,
        "T1wBrightShareAtSurface": share,
        "Flags": flags,
    }


def bright_share_at_surface(
    t1w: Volume,
    t2w: Volume,
    brain: np.ndarray,
    levels: dict[str, dict[str, float]],
) -> float:
    """Return the share of bright voxels that are no fat at the brain's surface.

    T1w above BRIGHT x white matter, T2w below DARKER_THAN_FAT x fat, within SURFACE_MM on both
    sides of the surface: a mask may take the sinuses for brain. Counted in voxels of
    JUDGED_MM, in which small veins and noise, bright in plain images as well, are averaged
    out. Parameters as in :func:`check_contrast`; NaN where the T2w sees nothing.
    """
    share = t1w.like(brain.astype("f4")).reduced_to(JUDGED_MM)
    t1w, t2w = t1w.reduced_to(JUDGED_MM), t2w.reduced_to(JUDGED_MM)
    brain, size = share.data > 0.5, share.voxel_mm
    surface = dilate(brain, SURFACE_MM, size) & ~erode(brain, SURFACE_MM, size)
    surface &= np.isfinite(t2w.data)
    if not surface.any():
        return float("nan")
    bright = t1w.data[surface] > BRIGHT * levels["wm"]["t1w"]
    darker_than_fat = t2w.data[surface] < DARKER_THAN_FAT * levels["fat"]["t2w"]
    return float((bright & darker_than_fat).mean())
