"""Downloading what may not be redistributed: mirror first, checksum always, one clear message."""

import contextlib
import gzip
import hashlib
import io
import socket
import socketserver
import threading
import tracemalloc

import nibabel as nib
import numpy as np
import pytest

from rt1t2.errors import MachineError, UserError
from rt1t2.receptors import download as module
from rt1t2.receptors.download import (
    check_nifti,
    download,
    read_image,
    region_names,
    save_packed,
)

CONTENT = b"a receptor map"
SUM = hashlib.sha256(CONTENT).hexdigest()
NOWHERE = "http://127.0.0.1:9/maps/CB1_x.nii"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(module, "PAUSE_S", 0)


@pytest.mark.parametrize("name", ["CB1_x.nii", "deep/er/CB1_x.nii.gz"])
def test_the_mirror_is_searched_with_its_subfolders_before_any_download(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(CONTENT) if name.endswith("gz") else CONTENT)
    assert download("map", NOWHERE, SUM, str(tmp_path), ["CB1_x.nii.gz"]) == CONTENT
    assert download("map", NOWHERE, SUM.upper(), str(tmp_path)) == CONTENT


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return what a server sends."""
    lines = (f"HTTP/1.1 {status}", *headers, "Connection: close", "", "")
    return "\r\n".join(lines).encode() + body


def complete(body: bytes = CONTENT) -> bytes:
    return answer(body, f"Content-Length: {len(body)}")


@pytest.fixture
def serve():
    """Return a function that starts a server on this machine, which sends answers in turn.

    The last one is repeated. It gives the address, and the list of what was asked for.
    """
    servers = []

    def start(*answers: bytes) -> tuple[str, list[str]]:
        asked: list[str] = []

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                asked.append(self.request.recv(1 << 16).decode().split("\r\n")[0])
                sent = answers[min(len(asked), len(answers)) - 1]
                with contextlib.suppress(OSError):  # who asked has heard enough
                    self.request.sendall(sent)

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}/maps/CB1_x.nii", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_what_the_mirror_lacks_is_downloaded(tmp_path, serve):
    url, asked = serve(complete())
    assert download("map", url, SUM, str(tmp_path)) == CONTENT
    assert download("map", f"{url}?raw=1", "n/a", None) == CONTENT
    assert len(asked) == 2


CHUNKED = "Transfer-Encoding: chunked"
BAD_ANSWERS = {
    "a cut chunk": answer(b"ff\r\nabc", CHUNKED),
    "no last chunk": answer(b"3\r\nabc\r\n", CHUNKED),
    "no size of a chunk": answer(b"xyz\r\nabc", CHUNKED),
    "too short": answer(b"abc", "Content-Length: 99"),
    "no length": answer(b"abc", "Content-Length: many"),
    "no HTTP": b"220 mail.example.org ready\r\n",
    "nothing": b"",
    "an endless line": b"HTTP/1.1 200 " + b"x" * 70_000,
    "out of order": answer(b"", status="503 Service Unavailable"),
    "too many at once": answer(b"", status="429 Too Many Requests"),
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_a_bad_answer_is_asked_for_again_and_then_one_message(serve, kind):
    url, asked = serve(BAD_ANSWERS[kind])
    with pytest.raises(
        MachineError, match=rf"{url} could not.*3 tries.*mirror"
    ) as said:
        download("receptor map CB1_x", url, SUM, None)
    assert "\n" not in str(said.value)
    assert len(str(said.value)) < 500
    assert len(asked) == 3
    url, asked = serve(BAD_ANSWERS[kind], complete())
    assert download("map", url, SUM, None) == CONTENT
    assert len(asked) == 2


def test_a_server_that_does_not_answer_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/CB1_x.nii"
        with pytest.raises(MachineError, match="timed out"):
            download("map", url, SUM, None)


def test_what_trickles_in_for_ever_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(module, "LONGEST_S", -1)
    url, _ = serve(complete())
    with pytest.raises(MachineError, match="not finished"):
        download("map", url, SUM, None)


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "410 Gone"])
def test_what_is_not_there_is_asked_for_once(serve, status):
    url, asked = serve(answer(b"", status=status))
    with pytest.raises(UserError, match=rf"{status[:3]}.*Correct the address") as said:
        download("map", url, SUM, None)
    assert not isinstance(said.value, MachineError)
    assert len(asked) == 1


SECRET = b"root:x:0:0"
SCHEMES = ("file://{}", "FILE://{}", "ftp://127.0.0.1{}", "data:,{}", "gopher://h{}")


@pytest.mark.parametrize("address", SCHEMES[:3] + SCHEMES[4:])
def test_only_the_web_is_asked(tmp_path, address):
    (tmp_path / "passwd").write_bytes(SECRET)
    with pytest.raises(UserError, match="no address that is downloaded"):
        download("map", address.format(tmp_path / "passwd"), None, None)


@pytest.mark.parametrize("address", SCHEMES)
def test_no_redirection_leads_away_from_the_web(tmp_path, serve, address):
    (tmp_path / "passwd").write_bytes(SECRET)
    target = address.format(tmp_path / "passwd")
    url, _ = serve(answer(b"", f"Location: {target}", status="302 Found"))
    with pytest.raises(UserError, match="could not be downloaded"):
        download("map", url, None, None)


def test_a_redirection_within_the_web_is_followed(serve):
    target, _ = serve(complete())
    url, _ = serve(answer(b"", f"Location: {target}", status="302 Found"))
    assert download("map", url, SUM, None) == CONTENT


def bomb(n_mb: int) -> bytes:
    """Return a small gzip file of so many MB of zeros."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(n_mb):
            file.write(bytes(1 << 20))
    return packed.getvalue()


@pytest.mark.parametrize("where", ["the web", "a mirror", "a file"])
def test_a_bomb_is_not_unpacked(tmp_path, serve, monkeypatch, where):
    monkeypatch.setattr(module, "MAX_BYTES", 1 << 22)
    packed = bomb(200)
    (tmp_path / "CB1_x.nii.gz").write_bytes(packed)
    source, mirror = serve(complete(packed))[0], None
    if where == "a mirror":
        source, mirror = NOWHERE, str(tmp_path)
    elif where == "a file":
        source = str(tmp_path / "CB1_x.nii.gz")
    tracemalloc.start()
    with pytest.raises(UserError, match="larger than 4 MB"):
        download("map", source, None, mirror)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * module.MAX_BYTES


@pytest.mark.parametrize(
    "endless",
    [
        answer(bytes(1 << 23), "Content-Type: x"),
        answer(b"", "Content-Length: 9000000"),
        answer(b"400000\r\n" + bytes(0x400000) + b"\r\n400000\r\n" + bytes(9), CHUNKED),
    ],
)
def test_what_is_too_large_is_not_read(serve, monkeypatch, endless):
    monkeypatch.setattr(module, "MAX_BYTES", 1 << 22)
    url, _ = serve(endless)
    with pytest.raises(UserError):
        download("map", url, None, None)


def test_no_network_names_the_file_the_url_and_the_mirror():
    with pytest.raises(UserError) as error:
        download("receptor map CB1_x", NOWHERE, SUM, None)
    for part in ("receptor map CB1_x", NOWHERE, "CB1_x.nii", "resources.mirror"):
        assert part in str(error.value)


def test_another_file_under_the_same_name_is_refused(tmp_path):
    (tmp_path / "CB1_x.nii").write_bytes(b"something else")
    with pytest.raises(UserError, match=f"CB1_x.nii is not the expected file.*{SUM}"):
        download("map", NOWHERE, SUM, str(tmp_path))


def test_a_mirror_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"resources\.mirror is .*absent"):
        download("map", NOWHERE, SUM, str(tmp_path / "absent"))


def test_a_damaged_gzip_file_is_named(tmp_path):
    (tmp_path / "CB1_x.nii.gz").write_bytes(gzip.compress(CONTENT)[:-6])
    with pytest.raises(UserError, match=r"CB1_x\.nii\.gz is a damaged gzip file"):
        download("map", NOWHERE, SUM, str(tmp_path))


def test_a_local_file_is_taken_as_it_is_and_missed_by_name(tmp_path):
    (tmp_path / "own.nii").write_bytes(CONTENT)
    assert download("map", str(tmp_path / "own.nii"), None, None) == CONTENT
    with pytest.raises(UserError, match=r"no file other\.nii"):
        download("map", "other.nii", None, str(tmp_path))


def test_a_web_page_is_not_an_image():
    header = bytearray(352)
    header[344:348] = b"n+1\0"
    check_nifti("map", bytes(header))
    with pytest.raises(UserError, match="not a NIfTI image"):
        check_nifti("map", b"<!DOCTYPE html>" + b" " * 400)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_an_image_that_is_cut_is_told(kind):
    content = kind(np.ones((4, 5, 6), np.float32), np.eye(4)).to_bytes()
    assert read_image("map", content).shape == (4, 5, 6)
    for damaged in (content[:-1], content[:353], content[:42] + b"\xff\x7f" * 4):
        with pytest.raises(UserError):
            read_image("map", damaged)


def test_packed_files_have_the_same_bytes_at_any_time(tmp_path, monkeypatch):
    save_packed(CONTENT, tmp_path / "a.nii.gz")
    monkeypatch.setattr("time.time", lambda: 1e9)
    save_packed(CONTENT, tmp_path / "b.nii.gz")
    first, second = ((tmp_path / f"{n}.nii.gz").read_bytes() for n in "ab")
    assert first == second
    assert gzip.decompress(first) == CONTENT


@pytest.mark.parametrize(
    "table",
    [
        "index\tname\tvoxels\n23\tRight Accumbens\t21\n30\tLeft Accumbens\t28\n",
        "No;Number;Region\n1;23;Right Accumbens\n2;30;Left Accumbens\n",
        "Number,Region\n23,Right Accumbens\n30,Left Accumbens\n4,Ventricle\n",
    ],
)
def test_region_names_are_found_in_common_tables(table):
    names = region_names("names", table.encode(), np.array([23, 30]))
    assert names == {23: "Right Accumbens", 30: "Left Accumbens"}


def test_a_region_without_a_name_is_said():
    with pytest.raises(UserError, match=r"all 2 regions.*receptors\.atlas\.labels"):
        region_names("names", b"index\tname\n23\tRight\n", [23, 30])


@pytest.mark.parametrize(
    ("table", "names"),
    [
        # the rows are counted in a column before the labels
        ("no\tvalue\tname\n1\t3\ta\n2\t1\tb\n3\t2\tc\n", {1: "b", 2: "c", 3: "a"}),
        (",label,region\n0,3,a\n1,1,b\n2,2,c\n3,7,d\n", {1: "b", 2: "c", 3: "a"}),
        ("index,value,name\n1,2,a\n2,3,b\n3,1,c\n", {1: "c", 2: "a", 3: "b"}),
        ("id;x_mm;side;name\n1;7;L;a\n2;8;R;b\n3;9;L;c\n", {1: "a", 2: "b", 3: "c"}),
        ("index\tname\n1\ta\n2\tb\n3\tc\n", {1: "a", 2: "b", 3: "c"}),
    ],
)
def test_the_value_of_a_label_comes_before_the_number_of_its_row(table, names):
    assert region_names("names", table.encode(), [1, 2, 3]) == names
    assert region_names("names", table.encode("utf-16"), [1, 2, 3]) == names


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "no\tvalue\tname\n1\t3\ta\n2\t1\tb\n3\t9\tc\n",
            "column value lacks the region 2",
        ),
        ("a\tb\tname\n3\t2\tx\n1\t3\ty\n2\t1\tz\n", "columns a and b both hold"),
    ],
)
def test_labels_that_cannot_be_told_are_not_guessed(table, message):
    with pytest.raises(UserError, match=message):
        region_names("names", table.encode(), [1, 2, 3])
