# Which rules share one cluster job (config/profiles/README.md says why). A laptop ignores it.

BUNDLES = {
    "template": ["simulate_anatomy", "simulate_receptors", "build_template"],
    "participant": [
        *("simulate_participant", "simulate_dicom", "simulate_archive"),
        *("import_participant", "prepare_participant", "normalise"),
    ],
    "cohort": ["group_mask", "protocols"],
    "contrast": [
        *("group_ttest", "group_evidence", "group_permutation", "group_error_rate"),
        *("group_leave_one_out", "group_clusters"),
    ],
    "receptors": [
        *("region_means", "receptor_regions", "receptor_correlations"),
        *("receptor_sensitivity", "figure_sensitivity"),
    ],
    "paper": [
        *("demographics", "qc_cohort", "qc_calibration"),
        *("table_1", "table_2", "table_3"),
        *("figure_1", "figure_2", "figure_3", "figure_4", "figure_design"),
        *("methods", "report"),
    ],
}
CONTROLS = frozenset(COHORT.reference)


def bundled():
    """Tell whether the profile asks for bundles; known only once the Snakefile has been read.

    Without them the check of the bundles, which costs a dry run of a large cohort more than all the
    rest, is spared. Inside a cluster job the rules of a bundle have to know each other.
    """
    return bool(workflow.group_settings.group_components) or not workflow.is_main_process


def with_the_ratio(wildcards):
    """A patient's ratio is the end of the participant's one job.

    A control's cannot be: between the landmarks and the ratio of a control lies the scale, which
    is made from all controls.
    """
    if not bundled():
        return None
    return "control" if wildcards.sub in CONTROLS else "participant"


def in_bundle(name):
    return lambda wildcards: name if bundled() else None


if MAYBE_ON_CLUSTER:
    for name, members in BUNDLES.items():
        for member in members:
            workflow.get_rule(member).group = in_bundle(name)
    for member in ("ratio_map", "qc_participant"):
        workflow.get_rule(member).group = with_the_ratio
