# A finished study as it can be passed on: defaced, described, checked, and one zip of it.
#
# deface, [deface_transmit_map], share_participant (everyone) -> share_study -> share_archive

from rt1t2.share import files as shared
from rt1t2.share.settings import public_settings


rule deface:
    """Remove the face from one participant's whole-head images, and check that the brain is untouched."""
    input:
        raw=[rules.import_participant.output.t1w, rules.import_participant.output.t2w],
        raw_json=[
            rules.import_participant.output.t1w_json,
            rules.import_participant.output.t2w_json,
        ],
        derivatives=[anat(f"{{sub}}_{name}.nii.gz") for name in shared.FACES],
        derivatives_json=[anat(f"{{sub}}_{name}.json") for name in shared.FACES],
        brain=rules.segment.output.brain,
        origin=rules.conform.output.origin,
        xfm=rules.conform.output.xfm,
        template_brain=rules.build_template.output.brain,
    output:
        shared_raw=shared.of_study(shared.with_ending(shared.DEFACED_RAW, "nii.gz")),
        shared_raw_json=shared.of_study(shared.with_ending(shared.DEFACED_RAW, "json")),
        shared_derivatives=shared.of_study(shared.with_ending(shared.DEFACED_DERIVATIVES, "nii.gz")),
        shared_derivatives_json=shared.of_study(
            shared.with_ending(shared.DEFACED_DERIVATIVES, "json")
        ),
        picture="results/share/defacing/{sub}.jpg",
    log:
        "logs/deface/{sub}.log",
    benchmark:
        "benchmarks/deface/{sub}.tsv"
    wildcard_constraints:
        sub="sub-[A-Za-z0-9]+",
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


rule deface_transmit_map:
    """Remove the face from an image of a measured transmit field, as from the T1w; only who has one."""
    input:
        raw_b1=f"results/{shared.TRANSMIT}.nii.gz",
        raw_b1_json=f"results/{shared.TRANSMIT}.json",
        placed=rules.transmit_map.output.b1_json,
        brain=rules.segment.output.brain,
        origin=rules.conform.output.origin,
        template_brain=rules.build_template.output.brain,
    output:
        shared_b1=f"{shared.STUDY}{shared.TRANSMIT}.nii.gz",
        shared_b1_json=f"{shared.STUDY}{shared.TRANSMIT}.json",
        picture="results/share/defacing/{sub}_{b1}.jpg",
    log:
        "logs/deface_transmit_map/{sub}_{b1}.log",
    benchmark:
        "benchmarks/deface_transmit_map/{sub}_{b1}.tsv"
    wildcard_constraints:
        sub="sub-[A-Za-z0-9]+",
    group:
        bundle("share")
    conda:
        "../envs/share.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        code=code_digest("deface_transmit_map"),
        participant_id="{sub}",
    script:
        "../scripts/deface_transmit_map.py"


rule share_participant:
    """Copy what shows no face: masks, tissue, transforms, ratio maps, records."""
    input:
        files=[f"results/{name}" for name in shared.COPIED],
    output:
        shared=shared.of_study(shared.COPIED.values()),
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
        records=lambda wildcards: shared.of_study(shared.TOLD.values(), COHORT.scanned),
        summaries=of_contrasts("summary.json"),
    output:
        raw=shared.DESCRIBED_RAW,
        derivatives=shared.DESCRIBED_DERIVATIVES,
        readme=shared.README,
        checklist_table=shared.CHECKLIST,
        settings=shared.SETTINGS,
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
        kinds=list(shared.TOLD),
        rows=COHORT.scanned_rows(),
        config=public_settings(config),
    script:
        "../scripts/share_study.py"


rule share_archive:
    """Write the RO-Crate and the list of checksums, and pack everything into one zip."""
    input:
        files=lambda wildcards: shared.packed_files(
            COHORT.scanned, of_transmit_maps(shared.TRANSMIT, COHORT.scanned)
        ),
    output:
        crate=shared.CRATE,
        checksums_list=shared.CHECKSUMS,
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
        of_transmit_maps("results/share/defacing/{sub}_{b1}.jpg", COHORT.scanned),
