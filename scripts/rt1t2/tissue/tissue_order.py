"""Is it a T1w and a T2w? The order of CSF, grey and white matter tells."""

import numpy as np

from rt1t2.errors import UserError

N_SUREST = 3000  # voxels a tissue
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
    brain_names = ("csf", "gm", "wm", "deep", "stem")
    intracranial = sum(priors[name] for name in brain_names) > INTRACRANIAL
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
