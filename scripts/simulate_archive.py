import logging
import zipfile
from pathlib import Path

from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(dicom: str, archive: str, code: str) -> None:
    files = sorted(path for path in Path(dicom).rglob("*") if path.is_file())
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
        for path in files:
            # an entry's own default date, 1980, keeps the archive the same in every run
            name = zipfile.ZipInfo(f"export/{path.relative_to(dicom)}")
            pack.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED, 1)
    log.info("%d files, %.1f MB", len(files), Path(archive).stat().st_size / 1e6)


if __name__ == "__main__":
    run(main, snakemake)
