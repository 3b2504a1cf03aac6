import errno

import pytest

from rt1t2.errors import MACHINE_FAULTS, machine_fault


@pytest.mark.parametrize("code", MACHINE_FAULTS)
def test_a_fault_of_the_machine_says_what_and_where(code):
    fault = machine_fault(OSError(code, "x", "/data/study"))
    assert MACHINE_FAULTS[code] in str(fault)
    assert "/data/study" in str(fault)


def test_a_full_disk_names_tmpdir_and_memory_its_request():
    assert "TMPDIR" in str(machine_fault(OSError(errno.ENOSPC, "x")))
    assert "mem_mb" in str(machine_fault(MemoryError()))


@pytest.mark.parametrize(
    "error", [OSError("damaged"), FileNotFoundError(2, "x"), ValueError("x")]
)
def test_other_errors_are_not(error):
    assert machine_fault(error) is None
