import logging
from pathlib import Path

from rt1t2.qc.pages import save_page
from rt1t2.qc.participant_page import (
    make_page,
    read_in_template,
    read_native,
    read_records,
    read_transmit_field,
)
from rt1t2.records import read_json, save_json
from rt1t2.tables import read_tsv
from rt1t2.workflow.job import run

log = logging.getLogger("rt1t2")


def main(
    series: str,
    origin: str,
    lesion: str,
    t1w: str,
    t2w: str,
    brain: str,
    gm: str,
    wm: str,
    head: str,
    conformed: list[str],
    bias: str,
    transmit: list[str],
    landmarks: str,
    reference: str,
    affine: str,
    displacement: str,
    curve: str,
    ratio: str,
    mni_ratio: str,
    smoothed: str,
    template_maps: list[str],
    template_head_classes: str,
    page: str,
    summary: str,
    code: str,
    participant: dict[str, str],
    simulated: bool,
) -> None:
    native = read_native(t1w, t2w, brain, lesion, gm, wm, head, ratio, *conformed)
    field = read_transmit_field(native, transmit[0]) if transmit else None
    template = *template_maps, template_head_classes
    in_template = read_in_template(
        native, affine, displacement, mni_ratio, smoothed, *template
    )
    records = read_records(
        origin, bias, brain, landmarks, curve, ratio, displacement, smoothed
    )
    series_rows, references = read_tsv(series), read_json(reference)
    content, summarised = make_page(
        native, in_template, records, references, series_rows, participant, code, field
    )
    save_json(vars(summarised), summary)
    save_page(
        "participant.html.j2",
        page,
        participant=participant,
        simulated=simulated,
        **vars(content),
    )
    log.info(
        "%s: %d flags, page of %.2f MB",
        summarised.participant_id,
        len(summarised.metrics["flags"]),
        Path(page).stat().st_size / 1e6,
    )


if __name__ == "__main__":
    run(main, snakemake)
