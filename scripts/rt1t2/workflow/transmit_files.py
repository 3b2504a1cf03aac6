"""Which files a measured transmit field (B1+) consists of, by their BIDS names.

Standard library only, for the Snakefile. BIDS (appendix Quantitative MRI): a ``TB1AFI`` has an
image at the shorter (``acq-tr1…``) and one at the longer repetition time (``acq-tr2…``), a
``TB1TFL`` an image like an anatomical one (``acq-anat…``) and flip angles (``acq-famp…``; some
data sets write ``acq-fmap…``). What stands behind these words is the same in both files.
"""

import os
from pathlib import Path
from typing import NamedTuple

from rt1t2.columns import NIFTI
from rt1t2.errors import UserError
from rt1t2.workflow.bids_dataset import parse_name

PAIRS = {
    "TB1AFI": (("tr1",), ("tr2",)),
    "TB1TFL": (("anat",), ("famp", "fmap")),
}
# What the files are called in the raw data set: the image first, then its partner
BIDS_NAMES = {
    "TB1map": ("TB1map",),
    "TB1AFI": ("acq-tr1_TB1AFI", "acq-tr2_TB1AFI"),
    "TB1TFL": ("acq-famp_TB1TFL", "acq-anat_TB1TFL"),
}
PLACED = "space-T1w_TB1map"  # the derivative: the field on the T1w
# Other collections of BIDS, which have to be turned into a map first
UNKNOWN = ("TB1DAM", "TB1EPI", "TB1RFM", "TB1SRGE", "RB1COR", "RB1map")


class TransmitFiles(NamedTuple):
    """The files of a map.

    Attributes
    ----------
    kind
        ``TB1map``, ``TB1AFI`` or ``TB1TFL``.
    image
        The map; the image at the shorter repetition time; the flip angles.
    partner
        None; the image at the longer repetition time; the image like an anatomical one, if
        there is one.
    """

    kind: str
    image: str
    partner: str | None

    def images(self) -> list[str]:
        """Return the NIfTI files."""
        return [self.image, *([self.partner] if self.partner else [])]

    def by_bids_name(self) -> dict[str, str]:
        """Return the NIfTI files by what BIDS calls them behind ``sub-<label>_``."""
        return dict(zip(BIDS_NAMES[self.kind], self.images(), strict=False))


def transmit_files(named: str) -> TransmitFiles:
    """Return the files of the map of which one is named.

    Raises
    ------
    UserError
        A collection that is not known, or whose other file is not there.
    """
    name = parse_name(Path(named).name)
    if name.suffix in UNKNOWN:
        raise UserError(
            f"b1: {named} is a {name.suffix}, which is not read. Compute the map from it "
            "(hMRI and qMRLab do), and give that as a TB1map."
        )
    if name.suffix not in PAIRS:
        return TransmitFiles("TB1map", named, None)
    sides = PAIRS[name.suffix]
    label = name.entities.get("acq", "")
    for own, other in (sides, sides[::-1]):
        word = next((word for word in own if label.startswith(word)), None)
        if word:
            rest = label.removeprefix(word)
            partner = _beside(named, label, [f"{word}{rest}" for word in other])
            return _as_pair(named, name.suffix, partner, own is sides[0], other)
    words = " nor ".join(word for side in sides for word in side[:1])
    raise UserError(
        f"b1: {named} is a {name.suffix} whose acq entity begins with neither {words}, so "
        "that its other file is not known. Rename both as BIDS does."
    )


def _as_pair(
    named: str, kind: str, partner: str | None, first: bool, other: tuple[str, ...]
) -> TransmitFiles:
    if kind == "TB1TFL" and not first:
        return TransmitFiles(kind, named, partner)
    if partner is None:
        raise UserError(
            f"b1: beside {named} there is no file of the same name with acq-{other[0]}, which "
            f"a {kind} needs. Put it there, or write n/a."
        )
    image = named if kind == "TB1AFI" and first else partner
    return TransmitFiles(kind, image, partner if image == named else named)


def _beside(named: str, label: str, others: list[str]) -> str | None:
    """Find the file whose name differs in the acq entity alone, compressed or not."""
    path = Path(named)
    ending = next((e for e in NIFTI[::-1] if path.name.lower().endswith(e)), "")
    stem, written = path.name[: len(path.name) - len(ending)], path.name[-len(ending) :]
    for other in others:
        renamed = stem.replace(f"acq-{label}", f"acq-{other}", 1)
        for end in dict.fromkeys((written, *NIFTI)):
            if (found := path.with_name(f"{renamed}{end}")).is_file():
                return os.path.join(os.path.dirname(named), found.name)  # noqa: PTH118, PTH120
    return None
