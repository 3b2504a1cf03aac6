"""Which files a shared study holds, and what each is made from; for the Snakefile.

Names are those below ``results/``, with ``{sub}`` for a participant. Standard library only.
"""

from collections.abc import Iterable, Sequence

STUDY = "results/share/study/"
RAW = "bids/{sub}/anat/{sub}_"
DERIVED = "derivatives/rt1t2/{sub}/anat/{sub}_"
RECORDED = "records/{sub}/{sub}_"
ENDINGS = ("nii.gz", "json")

# Whole-head images, whose face is removed; everything else of a participant is copied.
FACES = (
    *("desc-conformed_T1w", "space-T1w_desc-conformed_T2w"),
    *("desc-preproc_T1w", "space-T1w_desc-preproc_T2w", "desc-head_dseg"),
)
DISPLACEMENT = "from-T1w_to-MNI152NLin2009aSym_mode-image_desc-displacement_xfm"
FACELESS = (
    *("desc-prior_probseg", "desc-brain_mask", "label-lesion_mask"),
    *("label-GM_probseg", "label-WM_probseg", "label-CSF_probseg"),
    *("desc-calibrated_T1w", "space-T1w_desc-calibrated_T2w", "T1wT2wratio"),
    DISPLACEMENT,
    "space-MNI152NLin2009aSym_T1wT2wratio",
    "space-MNI152NLin2009aSym_label-lesion_mask",
    "space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio",
)
TRANSFORMS = (
    "desc-origin_xfm.json",
    "from-T2w_to-T1w_mode-image_xfm.txt",
    "from-T1w_to-MNI152NLin2009aSym_mode-image_desc-affine_xfm.txt",
)
# BIDS has no place for these: they go beside the two data sets.
RECORDS = (
    *("desc-bias_fields.nii.gz", "desc-bias_fields.json"),
    *("desc-landmarks_stats.json", "desc-calibration_curve.json"),
)
# An image of a measured transmit field, for those who have one. What was made of it, the field on
# the T1w, is not passed on: what it does is in the bias fields.
TRANSMIT = "bids/{sub}/fmap/{sub}_{b1}"
# What a participant's folders hold, by the file it is made from.
COPIED = {
    **{
        f"{DERIVED}{n}.{end}": f"{DERIVED}{n}.{end}"
        for n in FACELESS
        for end in ENDINGS
    },
    **{f"{DERIVED}{name}": f"{DERIVED}{name}" for name in TRANSFORMS},
    **{f"{DERIVED}{name}": f"{RECORDED}{name}" for name in RECORDS},
}
DEFACED_RAW = tuple(f"{RAW}{name}" for name in ("T1w", "T2w"))
DEFACED_DERIVATIVES = tuple(f"{DERIVED}{name}" for name in FACES)
# What the checklist is filled from.
TOLD = {
    "t1w": f"{RAW}T1w.json",
    "t2w": f"{RAW}T2w.json",
    "origin": f"{DERIVED}desc-origin_xfm.json",
    "bias_fields": f"{RECORDED}desc-bias_fields.json",
    "brain": f"{DERIVED}desc-brain_mask.json",
    "ratio": f"{DERIVED}T1wT2wratio.json",
    "displacement": f"{DERIVED}{DISPLACEMENT}.json",
    "mni_ratio": f"{DERIVED}space-MNI152NLin2009aSym_T1wT2wratio.json",
    "smoothed": f"{DERIVED}space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio.json",
}
DESCRIBED_RAW = tuple(
    f"{STUDY}bids/{name}"
    for name in (
        *("dataset_description.json", "README.md"),
        *("participants.tsv", "participants.json"),
    )
)
DESCRIBED_DERIVATIVES = tuple(
    f"{STUDY}derivatives/rt1t2/{name}"
    for name in ("dataset_description.json", "README.md", ".bidsignore")
)
README, CHECKLIST, SETTINGS, CRATE, CHECKSUMS = (
    f"{STUDY}{name}"
    for name in (
        *("README.md", "checklist.tsv", "config.yaml"),
        *("ro-crate-metadata.json", "sha256sums.txt"),
    )
)


def of_study(
    names: Iterable[str], participants: Sequence[str] = ("{sub}",)
) -> list[str]:
    """Return files of the shared study, for each of the participants."""
    names = list(names)
    return [f"{STUDY}{name.format(sub=sub)}" for sub in participants for name in names]


def with_ending(names: Iterable[str], ending: str) -> list[str]:
    """Return names of images or of their sidecars."""
    return [f"{name}.{ending}" for name in names]


def packed_files(
    participants: Sequence[str], transmit: Iterable[str] = ()
) -> list[str]:
    """Return everything in the zip but the crate and the checksums.

    ``transmit``: the images of measured transmit fields, without their endings.
    """
    whole = (*DEFACED_RAW, *DEFACED_DERIVATIVES)
    defaced = [f"{name}.{end}" for name in whole for end in ENDINGS]
    people = of_study([*defaced, *COPIED.values()], participants)
    described = (*DESCRIBED_RAW, *DESCRIBED_DERIVATIVES, README, CHECKLIST, SETTINGS)
    maps = [f"{STUDY}{name}.{end}" for name in transmit for end in ENDINGS]
    return [*people, *maps, *described]
