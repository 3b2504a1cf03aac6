"""A real SLURM of one node on loopback: python cluster.py up|down [FOLDER].

munge, slurmctld and slurmd from Debian's packages, started without systemd, with keys, state, logs
and process ids under FOLDER (/tmp/rt1t2-slurm). Outside of it only /etc/slurm/slurm.conf is made,
a link into FOLDER, because the executor plugin drops SLURM_CONF; ``down`` takes it away again.
No database: job states come from squeue. Needs root, and a machine without a SLURM of its own.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path("/tmp/rt1t2-slurm")
LINK = Path("/etc/slurm/slurm.conf")
DAEMONS = ("munged", "slurmctld", "slurmd")
SKIPPED = 77

CONF = """ClusterName=rt1t2test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/run/munge.socket
CredType=cred/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,defer
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/log/jobs.txt
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
MinJobAge=300
KillWait=5
OverTimeLimit=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} Boards=1 SocketsPerBoard=1 \
CoresPerSocket={cpus} ThreadsPerCore=1 RealMemory={memory_mb} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE DefMemPerCPU=1000 State=UP
"""


def why_not() -> str:
    """Return why SLURM cannot be brought up here; empty where it can."""
    if os.geteuid() != 0:
        return "it needs root: the packages, and /etc/slurm/slurm.conf"
    if LINK.exists() and not LINK.is_symlink():
        return f"{LINK} is there: this machine has a SLURM of its own"
    if any(shutil.which(name) is None for name in DAEMONS) and not _install():
        return "the packages slurm-wlm and munge cannot be installed with apt-get"
    return ""


def _install() -> bool:
    if shutil.which("apt-get") is None:
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "slurm-wlm", "munge"]):
        command = ["apt-get", "-qq", *arguments]
        run = subprocess.run(command, env=environment, capture_output=True, check=False)
        if run.returncode:
            return False
    return all(shutil.which(name) for name in DAEMONS)


def up(folder: Path = FOLDER) -> None:
    """Start the three daemons and wait until the node takes jobs."""
    for name in ("run", "state", "spool", "log"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    key = folder / "run/munge.key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    text = CONF.format(
        host=socket.gethostname().split(".")[0],
        folder=folder,
        cpus=os.cpu_count(),
        memory_mb=int(memory_mb * 0.9),
    )
    (folder / "slurm.conf").write_text(text)
    LINK.parent.mkdir(exist_ok=True)
    LINK.unlink(missing_ok=True)
    LINK.symlink_to(folder / "slurm.conf")
    options = {
        "key-file": key,
        "socket": folder / "run/munge.socket",
        "pid-file": folder / "run/munged.pid",
        "log-file": folder / "log/munged.log",
        "seed-file": folder / "run/munge.seed",
    }
    munged = ["munged", "--force", *(f"--{k}={v}" for k, v in options.items())]
    subprocess.run(munged, check=True)
    for daemon in ("slurmctld", "slurmd"):
        start(daemon)
    wait_until_idle()


def path_without_sacct(folder: Path = FOLDER) -> str:
    """Return a PATH with every program but ``sacct``, as on a cluster without accounting.

    Debian ships it all the same. The executor plugin turns to it when slurmctld does not answer,
    gets no answer there either, and forgets the jobs that it waits for (2.8.0).
    """
    farm = folder / "bin"
    farm.mkdir(parents=True, exist_ok=True)
    for program in Path("/usr/bin").iterdir():
        link = farm / program.name
        if program.name != "sacct" and not link.is_symlink():
            link.symlink_to(program)
    folders = [
        f for f in os.environ["PATH"].split(":") if not Path(f, "sacct").exists()
    ]
    return ":".join([*folders, str(farm)])


def start(daemon: str) -> None:
    subprocess.run([daemon], check=True)


def wait_until_idle(seconds: int = 60) -> None:
    """Wait until the node takes jobs; TimeoutError where it does not."""
    for _ in range(seconds * 5):
        state = subprocess.run(
            ["sinfo", "-h", "-o", "%T"], capture_output=True, text=True, check=False
        )
        if state.stdout.strip() in ("idle", "mixed", "allocated"):
            return
        time.sleep(0.2)
    raise TimeoutError(f"the SLURM node is not ready: {state.stdout}{state.stderr}")


def stop(daemon: str, folder: Path = FOLDER) -> None:
    """End one daemon by the process id that it wrote, and wait until it is gone."""
    file = folder / f"run/{daemon}.pid"
    if not file.exists() or not file.read_text().strip():
        return
    pid = int(file.read_text())
    try:
        os.kill(pid, signal.SIGTERM)
        for _ in range(300):
            os.kill(pid, 0)
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    file.unlink(missing_ok=True)


def down(folder: Path = FOLDER) -> None:
    """Cancel what runs, end the daemons that ``up`` started, and remove what it wrote."""
    if LINK.is_symlink() and LINK.readlink() == folder / "slurm.conf":
        subprocess.run(["scancel", "--user=root"], capture_output=True, check=False)
        time.sleep(1)
    for daemon in reversed(DAEMONS):
        stop(daemon, folder)
    if LINK.is_symlink() and LINK.readlink() == folder / "slurm.conf":
        LINK.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def jobs(folder: Path = FOLDER) -> list[dict[str, str]]:
    """Return what SLURM itself wrote of every job that ended, oldest first."""
    file = folder / "log/jobs.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return [
        dict(field.split("=", 1) for field in line.split() if "=" in field)
        for line in lines
    ]


if __name__ == "__main__":
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    where = Path(sys.argv[2]) if len(sys.argv) > 2 else FOLDER
    if command == "up":
        if reason := why_not():
            sys.stdout.write(f"SLURM is not brought up: {reason}\n")
            sys.exit(SKIPPED)
        up(where)
    elif command == "down":
        down(where)
    else:
        sys.exit(__doc__)
