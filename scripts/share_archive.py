import logging
from pathlib import Path
from typing import Any

from rt1t2.records import save_json
from rt1t2.share.archive import check_folder, checksums, pack
from rt1t2.share.crate import crate_metadata
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    files: list[str],
    crate: str,
    checksums_list: str,
    archive: str,
    code: str,
    about: dict[str, Any],
    simulated: bool,
) -> None:
    folder = Path(crate).parent
    save_json(crate_metadata(about, simulated), crate)
    listed = [*map(Path, files), Path(crate)]
    check_folder([*listed, Path(checksums_list)], folder)
    Path(checksums_list).write_text(checksums(listed, folder))
    pack([*listed, Path(checksums_list)], folder, Path(archive))
    log.info("%d files, %d bytes", len(listed) + 1, Path(archive).stat().st_size)


if __name__ == "__main__":
    run(main, snakemake)
