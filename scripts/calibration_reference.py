import logging

from rt1t2.ratio.calibration import ON_REFERENCE
from rt1t2.ratio.protocol_references import build_references, template_references
from rt1t2.records import read_json, save_json
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

log = logging.getLogger("rt1t2")


def main(
    landmarks: list[str],
    reference: str,
    code: str,
    named_protocols: dict[str, str],
    method: str,
    templates: bool,
) -> None:
    records = [read_json(path) for path in landmarks]
    if templates:
        built = template_references(records[0])
    else:
        built = build_references(records, named_protocols, method in ON_REFERENCE)
    save_json(built | generated_by(code, "numpy"), reference)
    everybody = built["AllControls"]
    log.info(
        "%d of %d controls, anchors %s",
        len(everybody["Controls"]),
        len(records),
        ", ".join(everybody["Anchors"]),
    )
    for protocol in built["Protocols"]:
        log.info(
            "protocol %s: %d controls, %s reference of its own",
            protocol["Label"],
            len(protocol["Controls"]),
            "a" if protocol["Reference"] else "no",
        )
    for participant_id in everybody["LeftOut"]:
        log.warning("%s is left out: landmarks missing, or fat dark", participant_id)


if __name__ == "__main__":
    run(main, snakemake)
