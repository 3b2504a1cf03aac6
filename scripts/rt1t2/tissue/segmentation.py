"""From a corrected T1w/T2w pair and head priors to a brain mask, tissues and head labels."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from rt1t2.errors import UserError
from rt1t2.geometry.volume import Volume
from rt1t2.template.head_classes import HEAD_CLASSES, HEAD_LABELS, PARENCHYMA
from rt1t2.tissue.brain_mask import brain_mask
from rt1t2.tissue.contrast_checks import check_tissue_order
from rt1t2.tissue.head_sample import sample_priors, scaled_pair, tissue_priors
from rt1t2.tissue.mixture import (
    TISSUES,
    csf_share,
    fit_mixture,
    grey_share,
    posteriors,
)

PLACES = ("csf", "vitreous", "muscle", "temporalis", "deep")  # tell alike tissues apart
# Grey share of the template's deep nuclei (thalamus, striatum) and of pallidum and brainstem: the
# means of GM / (GM + WM) of ICBM 2009a there. Intensities alone call the thalamus white matter.
GREY_SHARE = {"deep": 0.75, "stem": 0.41}
VOLUME_ML = (700.0, 2200.0)


@dataclass(frozen=True)
class HeadTissues:
    """Where brain and the tissues around it are, on the grid of the images.

    Attributes
    ----------
    brain
        bool, brain with ventricles and sulcal CSF, lesion included.
    head
        uint8 labels HEAD_LABELS; ``brain`` is what is not CSF inside the mask, ``deep`` the
        part of it whose prior says deep grey matter; ``csf`` lies inside or outside it.
    medians
        Per tissue (csf, gm, wm) the median (T1w, T2w) where its prior is highest.
    flags
        What a reader should know.
    """

    brain: np.ndarray
    head: np.ndarray
    medians: dict[str, tuple[float, float]]
    flags: list[str]


@dataclass(frozen=True)
class Segmentation(HeadTissues):
    """Result of :func:`segment`.

    Attributes
    ----------
    gm, wm, csf
        Probabilities inside the brain mask, float32; deep nuclei and brain stem are divided
        between GM and WM about the template's share by their intensities, sulci between
        CSF and GM by the T1w. In the lesion they are the priors.
    """

    gm: np.ndarray
    wm: np.ndarray
    csf: np.ndarray

    @property
    def maps(self) -> dict[str, np.ndarray]:
        """The three probabilities by name."""
        return {"gm": self.gm, "wm": self.wm, "csf": self.csf}


def segment(
    t1w: Volume,
    t2w: Volume,
    head_prior: Volume,
    lesion: np.ndarray,
    participant_id: str,
) -> Segmentation:
    """Segment a head by a Gaussian mixture of both contrasts with spatial priors.

    Parameters
    ----------
    t1w, t2w
        On one grid; the T2w is NaN outside its field of view, where the T1w decides alone.
    head_prior
        Of the classes of the head (x, y, z, HEAD_CLASSES), on its own grid.
    lesion
        bool, on the grid of the images; it has no part in the mixture.
    participant_id
        Named in messages.

    Raises
    ------
    UserError
        The order of the tissues shows another contrast than T1w or T2w, or the brain has
        an impossible volume.
    """
    voxels, classes = sample_priors(head_prior, t1w)
    prior = tissue_priors(classes)
    # millions of voxels: only the classes that the labels need are kept
    place = {name: classes[HEAD_CLASSES.index(name)].copy() for name in PLACES}
    del classes
    healthy = ~lesion.ravel()[voxels]
    pair, medians = scaled_pair(t1w, t2w, voxels, prior, healthy, participant_id)
    both = np.isfinite(pair[1]) & healthy
    flags = check_tissue_order(medians, participant_id)

    mixture = fit_mixture(pair[:, both], prior[:, both])
    posterior = posteriors(pair, prior, mixture)
    posterior[:, ~healthy] = prior[:, ~healthy]
    tissue = dict(zip(TISSUES, posterior, strict=True))

    def on_grid(values: np.ndarray) -> np.ndarray:
        volume = np.zeros(t1w.data.size, values.dtype)
        volume[voxels] = values
        return volume.reshape(t1w.shape)

    # the Gaussian of CSF also takes its partial volume with grey matter: give that back, and
    # what the T1w shows as bright as grey matter to the brain mask too
    ventricles = medians["csf"][0] / medians["wm"][0]
    pure = np.where(healthy, csf_share(pair[0], ventricles, mixture), 1)
    parenchyma = sum(tissue[name] for name in PARENCHYMA)
    parenchyma += tissue["csf"] * (pure == 0)
    possible = sum(prior[list(TISSUES).index(n)] for n in (*PARENCHYMA, "csf"))
    brain = brain_mask(
        on_grid(np.where(healthy, parenchyma, 1).astype("f4")),
        on_grid(tissue["csf"]),
        on_grid(cast(np.ndarray, possible)),
        t1w.voxel_mm,
    )
    _check_volume(float(brain.sum() * t1w.voxel_ml), participant_id)

    grey = {
        name: tissue[name] * grey_share(pair, mixture, name, mean)
        for name, mean in GREY_SHARE.items()
    }
    inside = brain.ravel()[voxels]
    labels = _head_labels(tissue, place, inside, pure)
    return Segmentation(
        brain=brain,
        gm=on_grid(
            inside * (tissue["gm"] + sum(grey.values()) + tissue["csf"] * (1 - pure))
        ),
        wm=on_grid(
            inside * (tissue["wm"] + sum(tissue[name] - grey[name] for name in grey))
        ),
        csf=on_grid(inside * tissue["csf"] * pure),
        head=on_grid(labels),
        medians=medians,
        flags=flags,
    )


def _head_labels(
    tissue: dict[str, np.ndarray],
    place: dict[str, np.ndarray],
    inside: np.ndarray,
    pure_csf: np.ndarray,
) -> np.ndarray:
    """Label voxels by their likeliest tissue; place tells eye from CSF, temporalis from soft."""
    names = ("air", "bone", "csf", "soft", "fat")
    outside_brain = np.stack([tissue[name] for name in names])
    # tissue that looks like brain outside the mask: dura, nerves, glands
    outside_brain[names.index("soft")] += sum(tissue[name] for name in PARENCHYMA)
    values = np.array([HEAD_LABELS[name] for name in names], np.uint8)
    labels: np.ndarray = values[outside_brain.argmax(axis=0)]
    eye = (labels == HEAD_LABELS["csf"]) & (place["vitreous"] > place["csf"])
    labels[eye] = HEAD_LABELS["eye"]
    beside = (labels == HEAD_LABELS["soft"]) & (place["temporalis"] > place["muscle"])
    labels[beside] = HEAD_LABELS["temporalis"]
    csf = tissue["csf"] * pure_csf > 0.5
    brain = np.where(place["deep"] > 0.5, HEAD_LABELS["deep"], HEAD_LABELS["brain"])
    labels[inside] = np.where(csf, HEAD_LABELS["csf"], brain)[inside]
    return labels


def _check_volume(volume_ml: float, participant_id: str) -> None:
    low, high = VOLUME_ML
    if not low <= volume_ml <= high:
        raise UserError(
            f"{participant_id}: the brain mask has {volume_ml:.0f} ml (a brain has "
            f"{low:.0f}-{high:.0f}). Check that the T1w is a whole head, set ac_mm in the "
            "participants table if its origin is wrong, or set exclude."
        )
