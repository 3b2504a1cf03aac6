"""The exceptions that are meant for the person who runs the workflow."""

import errno

# What the machine does, whatever the input: disk, rights, devices, limits.
MACHINE_FAULTS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EIO: "the disk or the network drive cannot be read or written",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.ENOMEM: "there is not enough memory",
    errno.ESTALE: "the network drive has lost the file",
    errno.ETIMEDOUT: "the network drive does not answer",
}


class UserError(Exception):
    """Bad input that the user can mend: the message says what, where and what to do."""


class MachineError(UserError):
    """A fault of the machine, not of anybody's data: no participant is left out for it."""


def machine_fault(error: BaseException) -> MachineError | None:
    """Return what to tell the user if an error is the machine's own fault.

    Parameters
    ----------
    error
        Anything that was caught; the path that it names is repeated.
    """
    if isinstance(error, MemoryError):
        return MachineError(
            "there is not enough memory. Give the job more (mem_mb) and run it again."
        )
    if not isinstance(error, OSError) or error.errno not in MACHINE_FAULTS:
        return None
    place = f" ({error.filename})" if error.filename else ""
    advice = "Mend that, and give the same command again."
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        advice = (
            "Free some space there or, for temporary files, point TMPDIR at another disk, "
            "and give the same command again."
        )
    return MachineError(f"{MACHINE_FAULTS[error.errno]}{place}. {advice}")
