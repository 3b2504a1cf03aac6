"""The participants table as every stage knows it: its empty cell, its paths, and their kinds."""

MISSING = "n/a"
# What stands for it elsewhere and would be taken as a value here
OTHER_MISSING = {
    *("na", "n.a.", "n.a", "n a", "k.a.", "nan", "none", "null", "nil", "missing"),
    *("-", "--", "\u2013", "\u2014", ".", "?"),
    *("#n/a", "#na", "#value!", "#ref!", "#div/0!"),
}
A_LEVEL = {"none", "nil"}  # of words: nobody's medication is missing
RETEST_OF = "retest_of"  # whose repeated scan this is
PATHS = ("t1w", "t2w", "lesion", "map", "b1")
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


def means_missing(cell: str) -> bool:
    """Tell whether a cell is what other programs write for a missing value."""
    return cell != MISSING and cell.lower() in OTHER_MISSING | {MISSING}
