"""nibabel without its types: ``from rt1t2.nifti import nib``.

They are partial: what ``nib.load`` returns has neither shape nor affine there.
"""

from typing import Any

import nibabel

nib: Any = nibabel

__all__ = ["nib"]
