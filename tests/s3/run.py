"""Run the demo with an S3 store and no shared file system: python run.py REFERENCE [FOLDER].

REFERENCE is the folder of a finished demo (``make demo``: ``demo``); FOLDER (.s3-test) is where
the run works and where the store's objects are copied to in the end. The store is moto's server,
on this machine. Ends with 1 where a byte of ``results`` differs.
"""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

sys.path.insert(0, str(Path(__file__).parents[1]))

import same_bytes

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "rt1t2"
# moto takes any
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def snakemake(folder: Path, endpoint: str, *arguments: str) -> None:
    """Run the demo in a folder; every file that is not the user's lies in the store."""
    command = [sys.executable, "-m", "snakemake", "all", *arguments]
    command += ["--configfile", "config/demo.yaml", "--directory", str(folder)]
    command += ["--default-storage-provider", "s3"]
    command += ["--default-storage-prefix", f"s3://{BUCKET}"]
    command += ["--storage-s3-endpoint-url", endpoint, "--shared-fs-usage", "none"]
    subprocess.run(command, cwd=ROOT, env=os.environ | CREDENTIALS, check=True)


def main(reference: Path, folder: Path) -> bool:
    """Run the demo and compare what is in the store; True if the same."""
    shutil.rmtree(folder, ignore_errors=True)
    run, copy = folder / "run", folder / "copy"
    run.mkdir(parents=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    try:
        store = boto3.resource(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        bucket = store.create_bucket(Bucket=BUCKET)
        snakemake(run, endpoint, "--cores", "2")
        for entry in bucket.objects.filter(Prefix="results/"):
            path = copy / entry.key
            path.parent.mkdir(parents=True, exist_ok=True)
            bucket.download_file(entry.key, str(path))
    finally:
        server.stop()
    return same_bytes.report(reference, copy)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    where = Path(sys.argv[2] if len(sys.argv) > 2 else ROOT / ".s3-test")
    sys.exit(not main(Path(sys.argv[1]).resolve(), where.resolve()))
