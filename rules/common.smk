# What the rules share: only functions and the tables they look things up in.
import shlex
import sys
import time
from difflib import get_close_matches
from functools import cache

import yaml
from snakemake.cli import get_argument_parser
from snakemake import __version__ as SNAKEMAKE_VERSION
from snakemake.logging import logger
from snakemake.utils import update_config

# Not workflow.basedir: as a module of another workflow, that is the other one's folder
ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
sys.path.insert(0, str(ROOT / "scripts"))

from rt1t2.contrasts import QC, both_directions, columns_of, covariates_of, kind_of, levels_of
from rt1t2.contrasts import measure_of, rows_of, statistic_of
from rt1t2.errors import UserError, machine_fault
from rt1t2.paper.contrast_pairs import contrast_pairs
from rt1t2.workflow.bids_dataset import applicable_sidecars
from rt1t2.workflow.cohort import TEMPLATES, Participant, narrow_row
from rt1t2.workflow.cohort import write_exclusions as write_exclusions_table
from rt1t2.workflow.config import check_config, find_file, own_groups, read_receptors
from rt1t2.workflow.earlier_run import ended_in_order, find_disorder
from rt1t2.workflow.failure_records import FAILURES, failure_record
from rt1t2.workflow.failure_records import outdated_failures, recorded_failures
from rt1t2.workflow.last_screen import EXCLUSIONS, failed_jobs, screen
from rt1t2.workflow.file_state import name_from_here, state_of
from rt1t2.workflow.next_run import begin, is_a_run
from rt1t2.workflow.participants import read_cohort
from rt1t2.workflow.progress import show_progress
from rt1t2.workflow.provenance import code_digest
from rt1t2.workflow.run_lock import SNAKEMAKE
from rt1t2.workflow.transmit_files import BIDS_NAMES, PLACED, transmit_files

OF_A_FAILED_RUN = (1, 1)  # date of the list of exclusions
NATIVE = "results/derivatives/rt1t2/{sub}/anat/"
RUN_BEGAN = time.time()


def command_line():
    """What the command line says, in any spelling; none where Snakemake is used as a library.

    `workflow.execution_settings` was tried first: it is None until the whole Snakefile has been
    read, and the cohort is needed before.
    """
    if Path(sys.argv[0]).stem not in {"snakemake", "__main__"}:
        return None
    return get_argument_parser().parse_known_args(sys.argv[1:])[0]


def stop(error):
    """End with the one message, without a traceback."""
    raise WorkflowError(f"\n{error}\n")


# Not by `configfile:`, which a module of another workflow ignores: it is given that one's config
defaults = yaml.safe_load((ROOT / "config/config.yaml").read_text())
try:
    chosen_groups = own_groups({**defaults, **config}, workflow.overwrite_configfiles)
except UserError as error:
    stop(error)
update_config(defaults, config)
config.update(defaults, groups=chosen_groups)

# Snakemake writes the path of Python into shell commands as it is, and no setting quotes it: in a
# folder whose name has a space no job would start.
if not sys.executable.startswith("'"):
    sys.executable = shlex.quote(sys.executable)

COMMAND = command_line()
# Only the command line may leave people out: a profile that was written long ago should not
KEEP_GOING = COMMAND is not None and COMMAND.keep_going
THE_RUN = workflow.is_main_process and COMMAND is not None and is_a_run(COMMAND)


def config_path(name, key):
    """Find a file that the config names: beside the user's config, in the run folder, or here."""
    beside = [Path(file).resolve().parent for file in workflow.overwrite_configfiles]
    try:
        return find_file(name, [*reversed(beside), Path.cwd(), ROOT], key)
    except UserError as error:
        stop(error)


def table_columns():
    """The columns of the participants table that contrasts name as numbers or words."""
    named = config["statistics"]["covariates"] + config["receptors"]["covariates"]
    for contrast in config["contrasts"]:
        named += [contrast["slope"]] if "slope" in contrast else []
        named += contrast.get("covariates", [])
    return list(dict.fromkeys(name for name in named if not name.startswith(QC)))


def read_participants():
    """Read the table; stop at bad rows, or leave them out when --keep-going was asked for."""
    table = config_path(config["participants"], "participants")
    cohort, problems = read_cohort(
        table,
        config["groups"],
        config["control_group"],
        data_root=Path(config["data_root"]) if config["data_root"] else None,
        bids_dir=Path(config["bids_dir"]) if config["bids_dir"] else None,
        simulated=bool(config["simulation"]),
        covariates=table_columns(),
    )
    if templates := config["calibration"]["templates"]:
        paths = {
            image: str(config_path(name, f"calibration.templates.{image}"))
            for image, name in templates.items()
        }
        cohort.templates = Participant(TEMPLATES, "", {}, **paths)
    if problems and workflow.is_main_process and not KEEP_GOING:
        advice = "Correct the table, or use --keep-going to go on without these participants."
        raise UserError("\n".join([*(p.message for p in problems), advice]))
    cohort.leave_out(problems)
    return table, cohort


def transmit_names(sub):
    """What BIDS calls the images of a measured transmit field; none where there is no map."""
    named = COHORT[sub].b1
    return list(transmit_files(named).by_bids_name()) if named else []


def measured_maps():
    """Whose transmit map belongs to the study, by the names of its files."""
    people = [sub for sub, person in COHORT.participants.items() if person.b1]
    return {f"{sub}_{b1}" for sub in people for b1 in (*transmit_names(sub), PLACED)}


def prepare_run():
    """Have the folder to ourselves, what an earlier run left in order, and failures tried again.

    Returns the lock that this process keeps. Where no job is run, only what would be done is said.
    """
    if not workflow.is_main_process:  # a job: the run has decided
        COHORT.leave_out(recorded_failures(COHORT))
        return None
    own = (PARTICIPANTS_TABLE, *map(Path, workflow.overwrite_configfiles))
    if KEEP_GOING:
        again = outdated_failures(COHORT, code_digest, own)
    else:
        again = list(FAILURES.glob("*.json"))
    failed = [p for p in recorded_failures(COHORT) if failure_record(p.participant_id) not in again]
    lock = None
    if THE_RUN:
        members = {*COHORT.participants, TEMPLATES}
        contrasts = {c["name"]: {statistic_of(c), measure_of(c)} for c in config["contrasts"]}
        try:
            lock = begin(SNAKEMAKE, members, contrasts, measured_maps(), logger.warning)
        except OSError as error:  # a full disk, a folder that may not be written
            raise machine_fault(error) or error
        if Path(EXCLUSIONS).exists() and os.stat(EXCLUSIONS).st_mtime == OF_A_FAILED_RUN[1]:
            os.unlink(EXCLUSIONS)
        for record in again:
            record.unlink(missing_ok=True)
    elif words := find_disorder(SNAKEMAKE).in_words():
        logger.warning(f"A run would begin with this. {words}")
    COHORT.leave_out(failed)
    return lock


if THE_RUN and not COMMAND.quiet:
    show_progress(logger, sys.stderr.isatty() and not (COMMAND.verbose or COMMAND.printshellcmds))


def end_run():
    """Note that all is in order, so that the next start need not look at every result."""
    if THE_RUN:
        ended_in_order(SNAKEMAKE)


def check_designs():
    """Build every design while the plan is made, and not after hours of preprocessing."""
    try:
        from rt1t2.group.contrast_design import contrast_design, known_before_a_run
    except ModuleNotFoundError:  # a bare runner without numpy: group_ttest makes the same check
        return
    check_quality_columns()
    for name, contrast in CONTRASTS.items():
        covariates = known_before_a_run(contrast, contrast_covariates(name))
        if covariates is not None:
            contrast_design(contrast, contrast_rows(name), covariates)


def check_quality_columns():
    """Refuse qc: columns that no quality page has, or that a finished map cannot have."""
    of_contrasts = {
        f"contrast {name}": (
            columns_of(contrast, contrast_covariates(name)),
            [row["participant_id"] for row in contrast_rows(name)],
        )
        for name, contrast in CONTRASTS.items()
    }
    of_receptors = config["receptors"]["covariates"], COHORT.people
    for where, (columns, people) in {**of_contrasts, "receptors.covariates": of_receptors}.items():
        named = [name.removeprefix(QC) for name in columns if name.startswith(QC)]
        if not named:
            continue
        from rt1t2.qc.metric_definitions import BY_NAME

        for name in named:
            if name.removesuffix("_robust_z") not in BY_NAME:
                near = get_close_matches(name, BY_NAME, 1)
                hint = f"did you mean {QC}{near[0]}?" if near else "see qc/metrics.tsv."
                raise UserError(f"{where}: quality control has no column {name}; {hint}")
        if finished := [sub for sub in people if COHORT[sub].map]:
            raise UserError(
                f"{where}: {QC}{named[0]} is undefined for participants with a finished map "
                f"({', '.join(finished[:6])}). Take it out, or give them images."
            )


def check_contrasts():
    """Find the rows of every contrast; two independent groups need two rows each."""
    for name, contrast in CONTRASTS.items():
        rows = contrast_rows(name)
        if kind_of(contrast) != "groups" or "column" in contrast:
            continue
        for side in ("plus", "minus"):
            n = sum(row["group"] == contrast[side] for row in rows)
            if n < 2:
                raise UserError(
                    f"contrast {contrast['name']}: group {contrast[side]} has {n} analysed "
                    "participant(s), and a t-test needs 2. Add participants, or take the "
                    "contrast out of the config."
                )


@cache
def contrast_rows(contrast):
    """The rows of the participants table whose maps a contrast compares."""
    rows = [COHORT.row(sub) for sub in COHORT.analysed]
    return rows_of(CONTRASTS[contrast], rows, list(config["groups"]))


def contrast_covariates(contrast):
    """The covariates of a contrast: those of all, then its own."""
    return covariates_of(CONTRASTS[contrast], config["statistics"]["covariates"])


def design_rows(contrast):
    """The same with the columns that a design is built from."""
    columns = columns_of(CONTRASTS[contrast], contrast_covariates(contrast))
    return [narrow_row(row, *columns) for row in contrast_rows(contrast)]


try:
    check_config(config, ROOT / "config/schemas/config.schema.yaml")
    PARTICIPANTS_TABLE, COHORT = read_participants()
    RUN_LOCK = prepare_run()
    if not COHORT.analysed:  # the pages say so
        config["contrasts"] = []
    CONTRASTS = {contrast["name"]: contrast for contrast in config["contrasts"]}
    check_contrasts()
    check_designs()
    RECEPTORS = read_receptors(
        config_path(config["receptors"]["table"], "receptors.table"),
        config["receptors"]["choose"],
    )
except UserError as error:
    stop(error)

CONTROLS = frozenset(COHORT.reference)
# What harmonised values of regions are adjusted for again when they are tested
HARMONISED = ["protocol"] if config["regions"]["harmonise"] == "combat" else []
SIMULATED_RECEPTOR_MAPS = list(RECEPTORS) if config["simulation"] else []


def write_exclusions(path):
    """List who is missing after a failed run; its date tells the next run to write it afresh."""
    COHORT.leave_out(recorded_failures(COHORT))
    Path(path).unlink(missing_ok=True)  # what is linked to it elsewhere stays as it is
    write_exclusions_table(COHORT.exclusions, path)
    os.utime(path, OF_A_FAILED_RUN)


def say_who_is_missing():
    """End a failed run with one screen: who, at which step, why, and the log."""
    if text := screen(COHORT.exclusions, failed_jobs(RUN_BEGAN), KEEP_GOING):
        logger.error(text)


def anat(name):
    """Path of a participant's derivative."""
    return NATIVE + name


# Files of many participants or contrasts are named by their path, not by expand(rules.….output): an
# object store flags what rules put out, and expand refuses flags.


def of_participants(pattern, participants):
    return [pattern.format(sub=sub) for sub in participants]


def of_contrasts(name):
    return [f"results/group/{contrast}/{name}" for contrast in CONTRASTS]


def landmarks(sub):
    return anat("{sub}_desc-landmarks_stats.json").format(sub=sub)


def own(path):
    """A file of the user's: it stays local even where results go to an object store."""
    return (
        local(name_from_here(path, PARTICIPANTS_TABLE.parent)) if Path(path).is_absolute() else path
    )


def own_files(*paths):
    """The state of the user's files among these paths, for `params`: see rt1t2/workflow/file_state.py."""
    made = ("results/", "simulation/", "resources/")
    return state_of(path for path in paths if path and not path.startswith(made))


def source(image):
    return lambda wildcards: own(getattr(COHORT[wildcards.sub], image))


def drawn_lesion(wildcards):
    lesion = COHORT[wildcards.sub].lesion
    return own(lesion) if lesion else []


def transmit_source(wildcards):
    """The user's file of which an image of a measured transmit field is the copy."""
    return transmit_files(COHORT[wildcards.sub].b1).by_bids_name()[wildcards.b1]


def measured_b1(wildcards):
    return own(transmit_source(wildcards))


def measured_b1_sidecars(wildcards):
    return [own(str(path)) for path in applicable_sidecars(Path(transmit_source(wildcards)))]


def of_transmit_maps(pattern, participants):
    """One file per image of a measured transmit field."""
    return [pattern.format(sub=sub, b1=b1) for sub in participants for b1 in transmit_names(sub)]


def raw_transmit_map(wildcards):
    return of_transmit_maps("results/bids/{sub}/fmap/{sub}_{b1}.nii.gz", [wildcards.sub])


def raw_transmit_map_json(wildcards):
    return of_transmit_maps("results/bids/{sub}/fmap/{sub}_{b1}.json", [wildcards.sub])


def transmit_map(wildcards):
    """The transmit field on the T1w, where one was measured."""
    return [rules.transmit_map.output.b1] if COHORT[wildcards.sub].b1 else []


def transmit_map_json(wildcards):
    return rules.transmit_map.output.b1_json if COHORT[wildcards.sub].b1 else []


def source_sidecar(image):
    """The JSON sidecars of a NIfTI source: beside it, and those it inherits in a BIDS data set."""

    def paths(wildcards):
        scan = getattr(COHORT[wildcards.sub], image)
        is_nifti = scan.lower().endswith((".nii", ".nii.gz"))
        return [own(str(path)) for path in applicable_sidecars(Path(scan))] if is_nifti else []

    return paths


def source_files_state(wildcards):
    """All that the import reads, to the last file of a DICOM folder."""
    person = COHORT[wildcards.sub]
    sidecars = [path for image in ("t1w", "t2w") for path in source_sidecar(image)(wildcards)]
    return own_files(person.t1w, person.t2w, *sidecars, person.lesion)


def smoothed_map(sub):
    """The map that enters group statistics: the workflow's own, or the one in the table."""
    name = "{sub}_space-MNI152NLin2009aSym_desc-smoothed_T1wT2wratio.nii.gz"
    finished = COHORT[sub].map
    return own(finished) if finished else anat(name).format(sub=sub)


@cache
def study_maps():
    """The maps of all who are analysed."""
    return [smoothed_map(sub) for sub in COHORT.analysed]


@cache
def peoples_maps():
    """The maps of all who are analysed, of each person the first."""
    return [smoothed_map(sub) for sub in COHORT.people]


def per_participant(files):
    """One file per participant, as an input.

    A function, because Snakemake hashes a plain list once for each of its files: of 5,000
    participants, 75 million file names.
    """
    files = list(files)
    return lambda wildcards: files


def table_entries(wildcards):
    """What the participants table says of a scan: its protocol, and whose repeated scan it is."""
    row = COHORT.row(wildcards.sub)
    return {name: row[name] for name in ("protocol", "retest_of") if row.get(name, "n/a") != "n/a"}


def named_protocols(participants):
    """Scan protocols that the participants table names; the others are detected from the headers."""
    named = {sub: COHORT.row(sub).get("protocol", "n/a") for sub in participants}
    return {sub: name for sub, name in named.items() if name != "n/a"}


def tables_of_columns(*contrasts):
    """The tables of scan protocols and of quality control, where contrasts name a column of theirs."""
    return named_tables(named_columns(*contrasts))


def named_columns(*contrasts):
    """The columns that contrasts name."""
    return [
        column
        for contrast in contrasts
        for column in columns_of(CONTRASTS[contrast], contrast_covariates(contrast))
    ]


def named_tables(named):
    """The tables of scan protocols and of quality control, where columns of theirs are named."""
    tables = [rules.protocols.output.table] if "protocol" in named else []
    return tables + ["results/qc/metrics.tsv"] * any(name.startswith(QC) for name in named)


def contrasts_with(statistic, measure=None):
    """A constraint of the wildcard `contrast`: those of one statistic, and of one effect size."""
    names = [
        name
        for name, contrast in CONTRASTS.items()
        if statistic_of(contrast) == statistic
        and measure_of(contrast) in (measure, measure or measure_of(contrast))
    ]
    return "|".join(names) or "no-contrast"


def statistic_map(contrast):
    """The t or F map of a contrast."""
    return f"results/group/{contrast}/{statistic_of(CONTRASTS[contrast])}.nii.gz"


def statistic_maps():
    return [statistic_map(contrast) for contrast in CONTRASTS]


def effect_maps(contrast):
    """The effect size of a contrast with its limits, and the Bayes factor."""
    measure = measure_of(CONTRASTS[contrast])
    names = (measure, f"{measure}_low", f"{measure}_high", "log10_bf10")
    return [f"results/group/{contrast}/{name}.nii.gz" for name in names]


def effect_size(contrast):
    """Measure of a contrast's effect, and its numerator degrees of freedom: 1 of t."""
    chosen = CONTRASTS[contrast]
    df_effect = len(levels_of(chosen, [])) - 1 if statistic_of(chosen) == "F" else 1
    return {"measure": measure_of(chosen), "df_effect": df_effect}


@cache
def first_direction(contrast):
    """The first contrast that tests the same, in this or in the other direction."""
    same = both_directions(CONTRASTS[contrast])
    return next(n for n, c in CONTRASTS.items() if both_directions(c) == same)


@cache
def comparisons():
    """The contrasts whose maps are shown: of two that are one another's mirror, the first."""
    chosen = config["contrasts"], list(config["groups"]), config["control_group"]
    return [pair.source for pair in contrast_pairs(*chosen)]


def viewer_maps(contrast):
    """What the viewer shows of a comparison: t (or F), effect size, Bayes factor and corrected p."""
    folders = contrast, first_direction(contrast)
    others = [
        f"results/group/{folder}/{name}.nii.gz"
        for folder, name in zip(folders, ("log10_bf10", "permutation_cluster_p"))
    ]
    return [statistic_map(contrast), effect_maps(contrast)[0], *others]


def either_direction(*names):
    """Files of the first contrast of the same two groups, whose results hold for both directions."""

    def paths(wildcards):
        first = first_direction(wildcards.contrast)
        files = [f"results/group/{first}/{name}" for name in names]
        return files if len(files) > 1 else files[0]

    return paths


def chosen_atlases():
    """The atlases of the regions by name; null takes a default one out."""
    return {name: atlas for name, atlas in config["regions"]["atlases"].items() if atlas}


def region_atlases(part):
    """Images or label tables of the atlases that are carried to each participant."""
    files = []
    for name, atlas in chosen_atlases().items():
        chosen = atlas[part]
        key = f"regions.atlases.{name}.{part}"
        files.append(
            receptor_atlas(part) if chosen == "receptors" else own(str(config_path(chosen, key)))
        )
    return files


def region_choices():
    """Name and tissue of these atlases."""
    return [{"name": n, "tissue": atlas["tissue"]} for n, atlas in chosen_atlases().items()]


def harmonised_people():
    """Those with values of regions, and the covariates that ComBat protects."""
    covariates = config["statistics"]["covariates"]
    return [narrow_row(COHORT.row(sub), *covariates) for sub in COHORT.analysed_scans]


def harmonised_controls():
    """The controls that the protocols' effects are fitted on: one scan of each person."""
    people = set(COHORT.people)
    control_group = config["control_group"]
    return [
        sub for sub in COHORT.analysed_scans if sub in people and COHORT[sub].group == control_group
    ]


def region_covariates(contrast):
    """The covariates of a contrast, and the protocol where its effect was fitted and taken out."""
    covariates = contrast_covariates(contrast)
    return [*covariates, *(name for name in HARMONISED if name not in covariates)]


def template_files():
    """The user's own template images: brain maps, then the whole head where given."""
    template = config["template"]
    if template["source"] == "nilearn":
        return []
    keys = ("t1w", "brain_mask", "gm", "wm", "head_t1w", "head_t2w")
    return [
        own(str(config_path(template[key], f"template.{key}"))) for key in keys if key in template
    ]


def all_covariates():
    """The covariates of all contrasts together."""
    named = [name for contrast in CONTRASTS for name in contrast_covariates(contrast)]
    return list(dict.fromkeys(named))


def explicit_mask():
    mask = config["statistics"]["explicit_mask"]
    return [own(str(config_path(mask, "statistics.explicit_mask")))] if mask else []


def simulated_receptor_map(wildcards):
    """The simulated receptor map whose pattern the demo plants in the patients."""
    name = config["simulation"]["receptor_pattern"]["map"]
    return f"simulation/receptors/{name}.nii.gz"


def described_people():
    """What the methods text says of who was analysed, and with what."""
    maps = {name: narrow_row(row, "receptor", "n", "source") for name, row in RECEPTORS.items()}
    return COHORT.sources() | {
        "by_group": COHORT.sizes(config["groups"]),
        "maps": maps,
        "snakemake": SNAKEMAKE_VERSION,
    }


def receptor_map(name):
    folder = "simulation/receptors" if config["simulation"] else "resources/receptors"
    return f"{folder}/{name}.nii.gz"


def receptor_atlas(part):
    """Image or labels of the region atlas: simulated in the demo, downloaded in a study."""
    ending = {"image": "nii.gz", "labels": "tsv"}[part]
    folder = "simulation/receptors" if config["simulation"] else "resources/atlas"
    return f"{folder}/atlas.{ending}"


def correlation_atlas(part):
    """The region atlas of the receptor correlations; none where no receptor map is used."""
    return receptor_atlas(part) if RECEPTORS else []


def anatomical_atlas():
    """Image and labels of the atlas that names clusters; none where the config switches it off."""
    named = config["statistics"]["label_clusters"]
    return [receptor_atlas("image"), receptor_atlas("labels")] if named else []


def gm_covariate():
    if not config["receptors"]["gm_covariate"] or not RECEPTORS:
        return []
    if config["simulation"]:
        return "simulation/receptors/gm.nii.gz"
    if config["receptors"]["gm_covariate"] == "template":
        return "results/template/GM.nii.gz"
    return own(str(config_path(config["receptors"]["gm_covariate"], "receptors.gm_covariate")))


def receptor_settings(*keys):
    """Choices of the config's section `receptors`, with the seed."""
    return {key: config["receptors"][key] for key in keys} | {"seed": config["seed"]}


def other_gm_covariate():
    """The covariate that the sensitivity analysis adds where the main one has none."""
    if config["receptors"]["gm_covariate"] or not RECEPTORS:
        return []
    if config["simulation"]:
        return "simulation/receptors/gm.nii.gz"
    return "results/template/GM.nii.gz"


def example_image(name):
    """One participant's image, for the figure of the processing steps; none if all enter by map."""
    return [anat(f"{sub}_{name}.nii.gz").format(sub=sub) for sub in COHORT.controls[:1]]


def measured_so_far(wildcards=None):
    """What Snakemake measured of every job, those of people who have left included.

    For `params`: as inputs these files would be asked of the rules that they measure.
    """
    paths = sorted(map(str, Path("benchmarks").rglob("*.tsv")))
    return [path for path in paths if Path(path).stem != "benchmark_table"]


def choices(*keys):
    """The sections and keys of the config that a rule's script reads, and whether people are simulated.

    Nothing else: a change of another key makes nothing again.
    """
    chosen = {"simulation": bool(config["simulation"])}
    for key in keys:
        section, _, name = key.partition(".")
        if name:
            chosen.setdefault(section, {})[name] = config[section][name]
        else:
            chosen[section] = config[section]
    return chosen


def methods_config():
    """The configuration as the methods text prints it: whether a file was given, not which."""
    said = choices(
        *("groups", "control_group", "contrasts", "conform", "bias_correction", "calibration"),
        *("ratio", "normalisation", "smoothing", "statistics", "receptors.background"),
        *("receptors.scheme", "receptors.fdr_family", "receptors.gm_covariate"),
        *("receptors.sensitivity", "seed"),
    )
    for section, key in (
        ("calibration", "templates"),
        ("statistics", "explicit_mask"),
        ("receptors", "gm_covariate"),
    ):
        said[section] = said[section] | {key: bool(said[section][key])}
    return said


def shown(path, caption, category, **labels):
    """An output that `snakemake --report` shows, with its caption from resources/report/captions."""
    where = f"../resources/report/captions/{caption}.rst"
    return report(path, caption=where, category=category, labels=labels)
