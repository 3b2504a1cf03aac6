"""The rules of one contrast, one after the other as Snakemake runs them, on finished maps."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rt1t2.contrasts import measure_of, statistic_of
from rt1t2.tables import read_tsv

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
DEFAULTS = {
    "variance": "unequal",
    "missing": "exclude_voxel",
    "height_p": 0.001,
    "extent_voxels": 20,
    "permutations": 49,
    "null_studies": 20,
    "covariates": [],
    "seed": 1,
}


class Chain:
    """Files of one contrast in a folder, under the names of the contract."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, name: str) -> str:
        """Return the path of a file."""
        return str(self.folder / name)

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a table."""
        return read_tsv(self(name))


def run_chain(
    script_main: Callable[[str], Callable[..., None]],
    folder: Path,
    maps: Sequence[str],
    rows: Sequence[dict[str, str]],
    brain: str,
    **statistics: Any,
) -> Chain:
    """Run group_mask to group_clusters of a contrast; return where the files are.

    Parameters
    ----------
    maps, rows
        Of both groups, A first.
    brain
        The brain mask.
    statistics
        What differs from DEFAULTS; ``contrast`` is A - B by default.
    """
    chosen = DEFAULTS | statistics
    contrast = {"name": "A-B", "plus": "A", "minus": "B"}
    contrast = chosen.get("contrast", contrast)
    measure, statistic = measure_of(contrast), statistic_of(contrast)
    at = Chain(folder)
    thresholds = {key: chosen[key] for key in ("height_p", "extent_voxels")}
    groups = [row["group"] for row in rows]
    script_main("group_mask")(
        maps=list(maps),
        lesions=[],
        template_brain=brain,
        explicit_mask=[],
        mask=at("mask.nii.gz"),
        n=at("n.nii.gz"),
        lesion_overlap=at("lesion_overlap.nii.gz"),
        stack=at("maps.npy"),
        code="",
        participant_ids=[row["participant_id"] for row in rows],
        groups=groups,
        missing=chosen["missing"],
    )
    analysed = [at("maps.npy"), at("mask.nii.gz")]
    fitted = {
        "t": at(f"{statistic}.nii.gz"),
        "df": at("df.nii.gz"),
        "model": at("model.json"),
    }
    script_main("group_ttest")(
        maps=analysed,
        **fitted,
        effective_n=at("effective_n.nii.gz"),
        rpv=at("rpv.nii.gz"),
        design=at("design.tsv"),
        code="",
        contrast=contrast,
        rows=list(rows),
        **{key: chosen[key] for key in ("variance", "missing", "covariates")},
    )
    effects = (measure, f"{measure}_low", f"{measure}_high")
    script_main("group_evidence")(
        t=fitted["t"],
        df=fitted["df"],
        effective_n=at("effective_n.nii.gz"),
        g=at(f"{effects[0]}.nii.gz"),
        g_low=at(f"{effects[1]}.nii.gz"),
        g_high=at(f"{effects[2]}.nii.gz"),
        equivalence=at("equivalence_p.nii.gz"),
        log10_bf10=at("log10_bf10.nii.gz"),
        counts=at("evidence.json"),
        code="",
        equivalence_bound_g=0.5,
        tested_by={
            "measure": measure,
            "df_effect": len(contrast.get("any_of", "AB")) - 1,
        },
    )
    permuted = [
        at(name)
        for name in (
            "permutation_cluster_p.nii.gz",
            "permutation_tfce_p.nii.gz",
            "permutation.json",
        )
    ]
    script_main("group_permutation")(
        maps=analysed,
        t=fitted["t"],
        model=fitted["model"],
        design=at("design.tsv"),
        cluster_p=permuted[0],
        tfce_p=permuted[1],
        facts=permuted[2],
        code="",
        **thresholds,
        permutations=chosen["permutations"],
        seed=chosen["seed"],
    )
    script_main("group_error_rate")(
        maps=analysed,
        t=fitted["t"],
        model=fitted["model"],
        design=at("design.tsv"),
        error_rate=at("error_rate.json"),
        code="",
        **thresholds,
        studies=chosen["null_studies"],
        seed=chosen["seed"],
    )
    script_main("group_leave_one_out")(
        maps=analysed,
        **fitted,
        design=at("design.tsv"),
        table=at("leave_one_out.tsv"),
        code="",
        **thresholds,
    )
    script_main("group_clusters")(
        **fitted,
        effects=[at(f"{name}.nii.gz") for name in (*effects, "log10_bf10")],
        evidence=at("evidence.json"),
        permutation=permuted,
        error_rate=at("error_rate.json"),
        leave_one_out=at("leave_one_out.tsv"),
        places=[at("lesion_overlap.nii.gz")],
        clusters=at("clusters.nii.gz"),
        table=at("clusters.tsv"),
        peaks=at("peaks.tsv"),
        summary=at("summary.json"),
        code="",
        **thresholds,
    )
    return at


def draw_figure_1(
    script_main: Callable[[str], Callable[..., None]], at: Chain, template: str
) -> str:
    """Draw figure 1 of a chain; return its path."""
    script_main("figure_1")(
        t=[at("t.nii.gz")],
        clusters=[at("clusters.nii.gz")],
        tables=[at("clusters.tsv")],
        summaries=[at("summary.json")],
        template_t1w=template,
        png=at("figure_1.png"),
        svg=at("figure_1.svg"),
        pdf=at("figure_1.pdf"),
        code="",
        config=_figure_config(at)
        | {"statistics": {"primary_test": "random_field_extent"}},
    )
    return at("figure_1.png")


def draw_figure_3(
    script_main: Callable[[str], Callable[..., None]],
    at: Chain,
    template: str,
    maps: Sequence[str],
    rows: Sequence[dict[str, str]],
) -> str:
    """Draw figure 3 of a chain without receptor maps; return its path."""
    Path(at("correlations.tsv")).write_text("group\tmap\tmean_fisher_z\tp_fdr\n")
    script_main("figure_3")(
        correlations=at("correlations.tsv"),
        t=[at("t.nii.gz")],
        clusters=[at("clusters.nii.gz")],
        maps=list(maps),
        template_t1w=template,
        png=at("figure_3.png"),
        svg=at("figure_3.svg"),
        pdf=at("figure_3.pdf"),
        code="",
        config=_figure_config(at),
        participants=list(rows),
    )
    return at("figure_3.png")


def _figure_config(at: Chain) -> dict[str, Any]:
    """Return the choices that figures read; a contrast is named by its folder."""
    name = Path(at("t.nii.gz")).parent.name
    return {
        "groups": {"A": "Group A", "B": "Group B"},
        "control_group": "B",
        "contrasts": [{"name": name, "plus": "A", "minus": "B"}],
        "simulation": None,
    }
