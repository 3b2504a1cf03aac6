from rt1t2 import images, rounding
from rt1t2.geometry.volume import Volume
from rt1t2.tissue.bias import correct_bias, read_estimate
from rt1t2.workflow.job import run
from rt1t2.workflow.provenance import generated_by

DESCRIPTIONS = {
    "T1w": "T1w, origin at the AC, bias-corrected",
    "T2w": "T2w on the T1w's grid, bias-corrected; NaN where it or the T1w sees nothing",
}


def main(
    conformed_t1w: str,
    conformed_t2w: str,
    bias_fields: str,
    t1w: str,
    t2w: str,
    code: str,
    participant_id: str,
) -> None:
    bias = read_estimate(bias_fields, participant_id)
    fields, fit = bias.log_fields, bias.record
    made_by = generated_by(code, "numpy", "scipy")
    pairs = {"T1w": (conformed_t1w, t1w), "T2w": (conformed_t2w, t2w)}
    for k, (name, (source, path)) in enumerate(pairs.items()):
        field = fields.like(fields.data[..., k])
        corrected = correct_bias(Volume.load(source), field, fit["Offset"][name])
        about = {
            "Description": DESCRIPTIONS[name],
            "Sources": [source, bias_fields],
            "SkullStripped": False,
            "BiasCorrection": fit["Method"],
        }
        if name == "T2w":
            about["SpatialReference"] = images.bids_uri(t1w)
        step = rounding.step_of(fit["BrainMedian"][name], rounding.HEAD_STEP)
        image = corrected.data, corrected.affine
        images.save(*image, path, about | made_by, step=step)


if __name__ == "__main__":
    run(main, snakemake)
