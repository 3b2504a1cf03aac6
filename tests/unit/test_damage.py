import errno
import gzip
import struct
import zlib

import nibabel as nib
import numpy as np
import pytest

from rt1t2.damage import damage_told, read_to_the_end, require_offset
from rt1t2.errors import MachineError, UserError


@pytest.mark.parametrize(
    "error",
    [zlib.error("x"), struct.error("x"), OverflowError(), KeyError("x"), OSError("x")],
)
def test_whatever_a_decoder_raises_is_one_message(error):
    with pytest.raises(UserError, match=type(error).__name__) as told:
        with damage_told("a.nii is damaged ({error})."):
            raise error
    assert not isinstance(told.value, MachineError)


def test_an_absurd_size_is_damage():
    with pytest.raises(UserError, match="absurd size"), damage_told("{error}"):
        raise MemoryError


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE])
def test_the_machines_faults_are_told_as_such(code):
    with pytest.raises(MachineError), damage_told("damaged {error}"):
        raise OSError(code, "x", "/somewhere")


def test_a_message_for_the_user_stays_as_it_is():
    with pytest.raises(UserError, match=r"^own$"), damage_told("{error}"):
        raise UserError("own")


def test_a_gzip_is_read_to_its_checksum(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"abc" * 999))
    assert read_to_the_end(path) == 3 * 999
    damaged = bytearray(path.read_bytes())
    damaged[-8] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(gzip.BadGzipFile):
        read_to_the_end(path)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_voxels_do_not_begin_inside_the_header(tmp_path, kind):
    made = kind(np.zeros((3, 4, 5), np.int16), np.eye(4))
    nib.save(made, tmp_path / "a.nii")
    require_offset(nib.load(tmp_path / "a.nii"), "x")
    content = bytearray((tmp_path / "a.nii").read_bytes())
    at, code = (108, "<f") if kind is nib.Nifti1Image else (168, "<q")
    struct.pack_into(code, content, at, 0)
    (tmp_path / "a.nii").write_bytes(bytes(content))
    with pytest.raises(UserError, match="begin at byte 0, inside the header"):
        require_offset(nib.load(tmp_path / "a.nii"), "x")
