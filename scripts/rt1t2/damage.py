"""What cannot be decoded becomes one message; what is the machine's fault is told as such."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rt1t2.errors import UserError, machine_fault

CHUNK = 1 << 20


@contextmanager
def damage_told(message: str) -> Iterator[None]:
    """Turn whatever a decoder raises inside into one :class:`UserError`.

    Decoders of damaged files raise nearly anything (``zlib.error``, ``struct.error``,
    ``HeaderDataError``, ``OverflowError``, …), so no list of theirs would be complete.

    Parameters
    ----------
    message
        What the user is told; ``{error}`` is the kind of error.

    Raises
    ------
    MachineError
        A full disk, no permission, a drive that cannot be read: no damage of the file.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if isinstance(error, MemoryError):  # a damaged header may ask for any size
            raise UserError(message.format(error="absurd size")) from None
        raise (
            machine_fault(error)
            or UserError(message.format(error=type(error).__name__))
        ) from None


def require_offset(image: Any, name: str) -> None:
    """Refuse a single-file NIfTI whose voxels would begin inside its header.

    Raises
    ------
    UserError
        nibabel would read the header's bytes as voxels, and shift all others.
    """
    header = image.header
    if getattr(header, "is_single", False) and image.dataobj.offset < header.sizeof_hdr:
        raise UserError(
            f"{name} is damaged: by its header the voxels begin at byte "
            f"{image.dataobj.offset}, inside the header. Copy or convert it again."
        )


def read_to_the_end(path: Path) -> int:
    """Unpack a gzip file to its end, where its checksum is; return how many bytes it holds.

    Raises
    ------
    OSError, EOFError, zlib.error
        Damaged or cut short.
    """
    length = 0
    with gzip.open(path) as packed:
        while chunk := packed.read(CHUNK):
            length += len(chunk)
    return length
