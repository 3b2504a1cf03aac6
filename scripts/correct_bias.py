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
    sources = conformed_t1w, conformed_t2w
    corrected = correct_bias(bias, *map(Volume.load, sources))
    made_by = generated_by(code, "numpy", "scipy")
    written = zip(DESCRIPTIONS.items(), sources, corrected, (t1w, t2w), strict=True)
    for (name, description), source, image, path in written:
        about = {
            "Description": description,
            "Sources": [source, bias_fields],
            "SkullStripped": False,
            "BiasCorrection": bias.record["Method"],
        }
        if name == "T2w":
            about["SpatialReference"] = images.bids_uri(t1w)
        level = bias.record["BrainMedian"][name]
        image.save(path, about | made_by, rounding.step_of(level, rounding.HEAD_STEP))


if __name__ == "__main__":
    run(main, snakemake)
