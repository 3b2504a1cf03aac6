"""The tissue classes of a whole head: one order and one set of names from template to QC page."""

# Channels of the template's head_classes.nii.gz and of a participant's head priors.
HEAD_CLASSES = (
    "air",
    "bone",
    "csf",
    "vitreous",
    "muscle",
    "temporalis",
    "fat",
    "gm",
    "wm",
    "deep",
    "stem",
)

# Values of a participant's *_desc-head_dseg.nii.gz; deep grey matter is a part of the brain.
HEAD_LABELS = {
    "air": 0,
    "brain": 1,
    "csf": 2,
    "bone": 3,
    "soft": 4,
    "fat": 5,
    "eye": 6,
    "temporalis": 7,
    "deep": 8,
}

PARENCHYMA = ("gm", "wm", "deep", "stem")  # the brain without CSF
