"""The participants table as every stage knows it: its empty cell, its paths, and their kinds."""

MISSING = "n/a"
RETEST_OF = "retest_of"  # whose repeated scan this is
PATHS = ("t1w", "t2w", "lesion", "map")
# Cells that are names of something, where a letter that is not seen is a mistake to be told
CODES = (
    "participant_id",
    "group",
    RETEST_OF,
    "person",
    "session",
    "age",
    "sex",
    "ac_mm",
)
# What a path may end with, in any case; a folder holds DICOM
NIFTI = (".nii", ".nii.gz")
ZIP = (".zip",)
TAR = (".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz")
DICOM = (".dcm", ".ima", ".dicom", ".dcm.gz", ".ima.gz")
