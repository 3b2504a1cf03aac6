"""Whatever happens to a run, the same command ends, and the results are those of a fresh run.

Two events, to the group statistics, always. By hand to the report, and more of them: one of each
kind with ``RT1T2_EVENTS=14 .venv-test/bin/python -m pytest tests/workflow/test_chaos.py`` (100 take
an hour of two cores); more than there are kinds are shuffled by RT1T2_SEED. The disk is filled
where this user may mount one.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from map_study import AFFINE, MapStudy
from same_bytes import differences

from .conftest import ROOT, SNAKEMAKE

BY_HAND = "RT1T2_EVENTS" in os.environ
EVENTS = int(os.environ.get("RT1T2_EVENTS", "2"))
TARGETS = () if BY_HAND else ("group",)
LATEST_S = 20 if BY_HAND else 6  # after the start, in the midst of its work
SEED = int(os.environ.get("RT1T2_SEED", "1"))
DISK_MB = 400
DAY_S = 86_400
LONGEST_S = 900
COMPARED_EVERY = 4 if EVENTS < 20 else 10  # events


class Patient:
    """A small study, what happens to it, and the command that has to mend it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.study = MapStudy(folder / "study", {"HC": 3, "PSP": 3}, effect=1.0)
        self.study.no_receptors()
        self.run_folder = folder / "run"
        self.run_folder.mkdir()
        self.said = ""

    @property
    def command(self) -> list[str]:
        config = self.study.write()
        return [*SNAKEMAKE, *TARGETS, "--configfile", config, "--directory"]

    def start(self) -> subprocess.Popen:
        """Start the command of the README, in a session of its own."""
        return subprocess.Popen(
            [*self.command, str(self.run_folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def ends(self) -> None:
        """Give the command of the README, which ends without help."""
        process = self.start()
        self.said, _ = process.communicate(timeout=LONGEST_S)
        assert process.returncode == 0, self.said[-6000:]

    def results(self) -> list[Path]:
        return [p for p in sorted(self.run_folder.glob("results/**/*")) if p.is_file()]

    def half_way(self) -> subprocess.Popen:
        """Give the run something to do, and return it at a random moment of its work."""
        self.change_config()
        process = self.start()
        time.sleep(self.random.uniform(2, LATEST_S))
        return process

    # what may happen

    def kill_the_run(self) -> None:
        process = self.half_way()
        process.kill()
        process.communicate()

    def kill_everything(self) -> None:
        process = self.half_way()
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def kill_a_worker(self) -> None:
        process = self.half_way()
        subprocess.run(["pkill", "-9", "-f", f"{self.run_folder}/.snakemake/scripts"])
        process.communicate()

    def press_ctrl_c(self) -> None:
        process = self.half_way()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()

    def fill_the_disk(self) -> None:
        filler = self.run_folder / "filler"
        process = self.half_way()
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
        process.communicate()
        filler.unlink(missing_ok=True)

    def delete_a_result(self) -> None:
        self.random.choice(self.results()).unlink()

    def delete_a_folder(self) -> None:
        folders = {path.parent for path in self.results()}
        shutil.rmtree(self.random.choice(sorted(folders)))

    def cut_a_result(self) -> None:
        path = self.random.choice(self.results())
        path.write_bytes(path.read_bytes()[: self.random.choice((0, 1, 100))])

    def spoil_a_result(self) -> None:
        path = self.random.choice(self.results())
        data = bytearray(path.read_bytes() or b"x")
        data[self.random.randrange(len(data))] ^= 0xFF
        path.write_bytes(data)

    def change_a_map(self) -> None:
        path = self.study.folder / self.random.choice(self.study.rows)["map"]
        data = np.asarray(nib.load(path).dataobj)
        data = data + 0.01 * self.study.field()
        nib.save(nib.Nifti1Image(data.astype(np.float32), AFFINE), path)
        if self.random.random() < 0.5:  # out of a backup
            os.utime(path, (time.time() - 9 * DAY_S,) * 2)

    def change_config(self) -> None:
        config = self.study.config
        self.random.choice(
            (
                lambda: config.update(seed=self.random.randrange(1000)),
                lambda: config["statistics"].update(
                    extent_voxels=self.random.choice((5, 12, 20))
                ),
                lambda: config["statistics"].update(
                    variance=self.random.choice(("equal", "welch", "unequal"))
                ),
                lambda: config.update(
                    contrasts=self.random.choice((CONTRASTS, CONTRASTS[:1]))
                ),
                lambda: config["groups"].update(
                    PSP=self.random.choice(("Patients", "Others"))
                ),
            )
        )()

    def change_the_table(self) -> None:
        row = self.random.choice(self.study.rows)
        kind = self.random.choice(("age", "exclude", "add"))
        if kind == "age":
            row["age"] = str(self.random.randrange(20, 80))
        elif kind == "exclude":
            for other in self.study.rows:
                other["exclude"] = "n/a"
            row["exclude"] = self.random.choice(("moved", "withdrew", "n/a"))
        else:
            self.study.add(row["group"], (1 + 0.1 * self.study.field()).astype("f4"))

    def jump_the_clock(self) -> None:
        """The machine's clock was a day ahead while the last steps ran."""
        for path in self.random.sample(self.results(), 5):
            date = path.stat().st_mtime + DAY_S
            os.utime(path, (date, date))

    def start_twice(self) -> None:
        process = self.half_way()
        second = self.start()
        said, _ = second.communicate(timeout=LONGEST_S)
        if process.poll() is None:
            assert second.returncode != 0
            assert "Another run is at work" in said, said[-3000:]
        process.communicate()


CONTRASTS = [
    {"name": "PSP-HC", "plus": "PSP", "minus": "HC"},
    {"name": "HC-PSP", "plus": "HC", "minus": "PSP"},
]
HAPPENINGS: tuple[Callable[[Patient], None], ...] = (
    Patient.kill_the_run,
    Patient.delete_a_result,
    Patient.change_a_map,
    Patient.kill_everything,
    Patient.spoil_a_result,
    Patient.change_the_table,
    Patient.fill_the_disk,
    Patient.jump_the_clock,
    Patient.start_twice,
    Patient.kill_a_worker,
    Patient.cut_a_result,
    Patient.press_ctrl_c,
    Patient.delete_a_folder,
    Patient.change_config,
)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """Mount a disk of a few hundred MB for the run; ``None`` where this user may not."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    mounted = shutil.which("mount") and subprocess.run(mount).returncode == 0
    yield folder if mounted else None
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.timeout(2 * LONGEST_S + 120 * EVENTS)
def test_after_every_event_the_same_command_ends_with_the_results_of_a_fresh_run(
    tmp_path, small_disk
):
    patient = Patient(small_disk or tmp_path, SEED)
    patient.ends()
    happenings = list(HAPPENINGS)
    if not small_disk:
        happenings.remove(Patient.fill_the_disk)
    rounds = -(-EVENTS // len(happenings))
    order = happenings if EVENTS <= len(happenings) else happenings * rounds
    if EVENTS > len(happenings):
        patient.random.shuffle(order)
    for number, happening in enumerate(order[:EVENTS], start=1):
        happening(patient)
        patient.ends()
        fresh = tmp_path / f"fresh_{number}"
        if number % COMPARED_EVERY == 0 or number == EVENTS:
            subprocess.run(
                [*patient.command, str(fresh)],
                cwd=ROOT,
                check=True,
                capture_output=True,
            )
            wrong = differences(patient.run_folder, fresh)
            assert not wrong, (number, happening.__name__, wrong, patient.said[-3000:])
            shutil.rmtree(fresh)
        sys.stdout.write(f"{number} {happening.__name__}: right\n")
        sys.stdout.flush()
