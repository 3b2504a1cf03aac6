"""Pages in Chromium, wide and narrow: what their scripts do, what axe says, what is printed."""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import chromium
import pytest

pytestmark = chromium.ABSENT

NAMES = ("report.html", "qc/index.html", "qc/calibration.html", "qc/sub-01.html")

# Runs in a copy of the page, after its own script, and leaves what it found in an element.
PROBE = f"<script>{Path(__file__).with_name('page_probe.js').read_text()}</script>"


@pytest.fixture(scope="module")
def pages(demo, tmp_path_factory):
    """Return copies of the demo's pages with the probe, beside the file that they load."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "qc").mkdir()
    shutil.copy(demo / "results/qc/cohort.js", folder / "qc")
    for name in NAMES:
        text = (demo / "results" / name).read_text()
        (folder / name).write_text(text.replace("</body>", f"{PROBE}</body>"))
    return folder


def probed(page: Path, profile: Path, width: int) -> dict:
    """Open a page at a width and return what the probe found; the console must be clean."""
    run = chromium.opened(page, profile, width)
    console = [line for line in run.stderr.splitlines() if "CONSOLE" in line]
    assert not console
    return json.loads(
        html.unescape(re.search(r'<pre id="probe">(.*?)</pre>', run.stdout)[1])
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [400, 1400])
def test_a_page_works_wide_and_narrow(pages, tmp_path, name, width):
    found = probed(pages / name, tmp_path / "profile", width)
    assert found["overflow"] <= 0
    assert found["broken"] == found["nameless"] == 0
    assert found["unsorted"] == []
    if name == "qc/sub-01.html":
        assert found["neighbours"] == ["all participants", "sub-02 \u2192"]
        assert found["cohort"] > 20
        assert ["Showing: T1w", "Showing: T2w", "true"] in found["flips"]
        assert "not swapped back" not in found["flips"]


@pytest.fixture(scope="session")
def axe(tmp_path_factory) -> str:
    """Return axe-core's script: RT1T2_AXE, or from npm."""
    if given := os.environ.get("RT1T2_AXE"):
        return Path(given).read_text()
    folder = tmp_path_factory.mktemp("axe")
    command = ["npm", "pack", "axe-core@4.14.1", "--silent"]
    try:
        subprocess.run(command, cwd=folder, check=True, timeout=60, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"axe-core cannot be had: {type(error).__name__}")
    shutil.unpack_archive(next(folder.glob("*.tgz")), folder)
    return (folder / "package/axe.min.js").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(pages, axe, tmp_path, name):
    page = pages / name
    text = page.read_text().replace(PROBE, f"<script>{axe}</script>{PROBE}")
    checked = page.with_name(f"axe_{page.name}")
    checked.write_text(text)
    assert probed(checked, tmp_path / "profile", 1400)["violations"] == []


@pytest.mark.skipif(
    not shutil.which("pdftotext"), reason="poppler's pdftotext is absent"
)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_on_paper(demo, tmp_path, name):
    pdf, page = tmp_path / "page.pdf", demo / "results" / name
    chromium.printed(page, pdf, tmp_path / "profile")
    run = subprocess.run(
        ["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True
    )
    printed = re.sub(r"[\W_]+", "", run.stdout)
    shown = re.sub(r"(?s)<(script|style|details).*?</\1>", "", page.read_text())
    cells = re.findall(r"(?s)<t[hd](?: [^>]*)?>(.*?)</t[hd]>", shown)
    lines = [re.sub(r"<br[^>]*>", " ", cell) for cell in cells]
    plain = [html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in lines]
    # cell by cell would not do: pdftotext reads the lines of neighbours in turn
    words = {re.sub(r"[\W_]+", "", word) for cell in plain for word in cell.split()}
    assert len(words) > 10
    assert [word for word in words if word not in printed] == []
