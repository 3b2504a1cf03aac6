# A finished study as it can be passed on: defaced, described, checked, and one zip of it.
#
# deface, share_participant (everyone) -> share_study -> share_archive

from rt1t2.share.settings import public_settings

STUDY = "results/share/study/"
# Whole-head images, whose face is removed; everything else of a participant is copied.
FACES = (
    *("desc-conformed_T1w", "space-T1w_desc-conformed_T2w"),
    *("desc-preproc_T1w", "space-T1w_desc-preproc_T2w", "desc-head_dseg"),
)
FACELESS = (
    *("desc-prior_probseg", "desc-brain_mask", "label-lesion_mask"),
    *("label-GM_probseg", "label-WM_probseg", "label-CSF_probseg"),
    *("desc-calibrated_T1w", "space-T1w_desc-calibrated_T2w", "T1wT2wratio"),
    "from-T1w_to-MNI152NLin2009aSym_mode-image_desc-displacement_xfm",
    "space-MNI152NLin2009aSym_T1wT2wratio",
    "space-MNI152NLin2009aSym_label-lesion_mask",
    "space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio",
)
TRANSFORMS = (
    "desc-origin_xfm.json",
    "from-T2w_to-T1w_mode-image_xfm.txt",
    "from-T1w_to-MNI152NLin2009aSym_mode-image_desc-affine_xfm.txt",
)
# BIDS has no place for these: they go beside the two data sets.
RECORDS = (
    *("desc-bias_fields.nii.gz", "desc-bias_fields.json"),
    *("desc-landmarks_stats.json", "desc-calibration_curve.json"),
)
RAW = "bids/{sub}/anat/{sub}_"
DERIVED = "derivatives/rt1t2/{sub}/anat/{sub}_"
RECORDED = "records/{sub}/{sub}_"


def with_sidecars(names):
    return [f"{name}.{ending}" for name in names for ending in ("nii.gz", "json")]


# What a participant's folders hold, by the file it is made from.
COPIED = {
    **{DERIVED + name: DERIVED + name for name in [*with_sidecars(FACELESS), *TRANSFORMS]},
    **{DERIVED + name: RECORDED + name for name in RECORDS},
}
DEFACED = [
    *(RAW + name for name in with_sidecars(("T1w", "T2w"))),
    *(DERIVED + name for name in with_sidecars(FACES)),
]
# What the checklist is filled from.
TOLD = {
    "t1w": RAW + "T1w.json",
    "t2w": RAW + "T2w.json",
    "origin": DERIVED + "desc-origin_xfm.json",
    "bias_fields": RECORDED + "desc-bias_fields.json",
    "brain": DERIVED + "desc-brain_mask.json",
    "ratio": DERIVED + "T1wT2wratio.json",
    "displacement": DERIVED
    + "from-T1w_to-MNI152NLin2009aSym_mode-image_desc-displacement_xfm.json",
    "mni_ratio": DERIVED + "space-MNI152NLin2009aSym_T1wT2wratio.json",
    "smoothed": DERIVED + "space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio.json",
}
DESCRIBED = {
    "raw": ("dataset_description.json", "README.md", "participants.tsv", "participants.json"),
    "derivatives": ("dataset_description.json", "README.md", ".bidsignore"),
}


def of_study(names, participants=("{sub}",)):
    """Files of the shared study, for each of the participants."""
    return [STUDY + name.format(sub=sub) for sub in participants for name in names]


def packed_files():
    """Everything in the zip but the crate and the checksums; not a list, which every plan would build."""
    described = [f"bids/{name}" for name in DESCRIBED["raw"]]
    described += [f"derivatives/rt1t2/{name}" for name in DESCRIBED["derivatives"]]
    described += ["README.md", "checklist.tsv", "config.yaml"]
    people = of_study([*DEFACED, *COPIED.values()], COHORT.scanned)
    return [*people, *(STUDY + name for name in described)]


rule deface:
    """Remove the face from one participant's whole-head images, and check that the brain is untouched."""
    input:
        raw=[rules.import_participant.output.t1w, rules.import_participant.output.t2w],
        raw_json=[
            rules.import_participant.output.t1w_json,
            rules.import_participant.output.t2w_json,
        ],
        derivatives=[anat("{sub}_" + name + ".nii.gz") for name in FACES],
        derivatives_json=[anat("{sub}_" + name + ".json") for name in FACES],
        brain=rules.segment.output.brain,
        origin=rules.conform.output.origin,
        xfm=rules.conform.output.xfm,
        template_brain=rules.build_template.output.brain,
    output:
        shared_raw=of_study([RAW + "T1w.nii.gz", RAW + "T2w.nii.gz"]),
        shared_raw_json=of_study([RAW + "T1w.json", RAW + "T2w.json"]),
        shared_derivatives=of_study([DERIVED + name + ".nii.gz" for name in FACES]),
        shared_derivatives_json=of_study([DERIVED + name + ".json" for name in FACES]),
        picture="results/share/defacing/{sub}.jpg",
    log:
        "logs/deface/{sub}.log",
    benchmark:
        "benchmarks/deface/{sub}.tsv"
    group:
        bundle("share")
    conda:
        "../envs/share.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        code=code_digest("deface"),
        participant_id="{sub}",
    script:
        "../scripts/deface.py"


rule share_participant:
    """Copy what shows no face: masks, tissue, transforms, ratio maps, records."""
    input:
        files=["results/" + name for name in COPIED],
    output:
        shared=of_study(COPIED.values()),
    log:
        "logs/share_participant/{sub}.log",
    benchmark:
        "benchmarks/share_participant/{sub}.tsv"
    group:
        bundle("share")
    conda:
        "../envs/share.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    params:
        code=code_digest("share_participant"),
    script:
        "../scripts/share_participant.py"


rule share_study:
    """Describe the shared study: data sets, configuration, and the COBIDAS checklist of what ran."""
    input:
        records=lambda wildcards: of_study(TOLD.values(), COHORT.scanned),
        summaries=of_contrasts("summary.json"),
    output:
        raw=of_study([f"bids/{name}" for name in DESCRIBED["raw"]]),
        derivatives=of_study([f"derivatives/rt1t2/{name}" for name in DESCRIBED["derivatives"]]),
        readme=STUDY + "README.md",
        checklist_table=STUDY + "checklist.tsv",
        settings=STUDY + "config.yaml",
    log:
        "logs/share_study.log",
    benchmark:
        "benchmarks/share_study.tsv"
    group:
        bundle("share_study")
    conda:
        "../envs/share.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    params:
        code=code_digest("share_study"),
        kinds=list(TOLD),
        rows=COHORT.scanned_rows(),
        config=public_settings(config),
    script:
        "../scripts/share_study.py"


rule share_archive:
    """Write the RO-Crate and the list of checksums, and pack everything into one zip."""
    input:
        files=lambda wildcards: packed_files(),
    output:
        crate=STUDY + "ro-crate-metadata.json",
        checksums_list=STUDY + "sha256sums.txt",
        archive="results/share/study.zip",
    log:
        "logs/share_archive.log",
    benchmark:
        "benchmarks/share_archive.tsv"
    group:
        bundle("share_study")
    conda:
        "../envs/share.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=minutes(60),
    params:
        code=code_digest("share_archive"),
        about=config["share"],
        simulated=bool(config["simulation"]),
    script:
        "../scripts/share_archive.py"


rule share:
    """The study for others: a folder, one zip of it, and a picture of every defaced head."""
    input:
        rules.share_archive.output,
        of_participants("results/share/defacing/{sub}.jpg", COHORT.scanned),
