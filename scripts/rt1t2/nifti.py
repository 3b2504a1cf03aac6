"""nibabel, loaded without pydicom: ``from rt1t2.nifti import nib``.

Where pydicom is installed nibabel loads it, for a header extension that nothing here uses.
That is half a second of every job, more than many of them need for their work.
"""

import sys
from typing import Any

_hide = "pydicom" not in sys.modules
if _hide:
    sys.modules["pydicom"] = None  # type: ignore[assignment]
import nibabel  # noqa: E402

if _hide:
    del sys.modules["pydicom"]

nib: Any = nibabel  # its types are partial: what load() gives has no shape there

__all__ = ["nib"]
