import logging

from rt1t2.receptors.download import download, read_image, save_packed
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(map: str, code: str, row: dict[str, str], mirror: str | None) -> None:
    what = f"receptor map {row['map']}"
    name = f"{row['map']}.nii.gz"
    content = download(what, row["url"], row["sha256"], mirror, names=[name])
    read_image(what, content)
    save_packed(content, map)
    log.info(
        "%s: %s, n = %s, licence: %s", what, row["source"], row["n"], row["licence"]
    )


if __name__ == "__main__":
    run(main, snakemake)
