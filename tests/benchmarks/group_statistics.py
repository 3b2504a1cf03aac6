"""Time and peak memory of the group statistics beside nilearn's, and of many maps: [N maps].

29 maps at 2 mm go through both; then N maps (1000) through ours, one at a time, and through the
receptor stage (17 maps, 119 regions, a covariate, 1,000 permutations). The error rate is of 20 null
studies. The maps are smooth noise with a planted ball, rounded so that they take little room.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
GROUPS = {"A": 11 / 29, "B": 18 / 29}
HEIGHT_P, EXTENT_VOXELS = 0.001, 94
N_REGIONS, N_RECEPTORS, N_RELABELLINGS = 119, 17, 1000
N_NULL_STUDIES = 20


def make_maps(folder: Path, n: int) -> None:
    """Write n maps on the 2 mm grid of nilearn's brain mask, and the mask."""
    from nilearn.datasets import load_mni152_brain_mask
    from scipy import ndimage

    from rt1t2 import images

    image = load_mni152_brain_mask(resolution=2)
    brain = image.get_fdata() > 0.5
    rng = np.random.default_rng(1)
    pool = np.stack(
        [
            ndimage.gaussian_filter(rng.standard_normal(brain.shape), 2.5)
            for _ in range(24)
        ]
    ).astype(np.float32)
    pool /= pool.std()
    ball = np.linalg.norm(np.indices(brain.shape).T - (45, 55, 40), axis=-1).T < 8
    for number in range(n):
        # no two alike: weights of unit length on the pool
        weights = rng.standard_normal(24)
        noise = np.tensordot(weights / np.linalg.norm(weights), pool, axes=1)
        data = 1.5 + 0.2 * noise + 0.25 * ball * (number < round(GROUPS["A"] * n))
        data = np.where(brain, np.round(data * 128) / 128, np.nan)
        images.save(data, image.affine, folder / f"sub-{number:04d}.nii.gz")
    images.save(brain, image.affine, folder / "brain.nii.gz")


def script(name: str):
    """Return the ``main`` of a rule's script."""
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def paths(folder: Path, **names: str) -> dict[str, str]:
    """Return paths of results by the scripts' names."""
    return {key: str(folder / "out" / name) for key, name in names.items()}


def all_maps(folder: Path) -> list[str]:
    """Return the paths of all maps, those of group A first."""
    return sorted(str(path) for path in folder.glob("sub-*.nii.gz"))


def stack(folder: Path) -> list[str]:
    """Return the file of all maps and the mask of its voxels."""
    return [str(folder / "out" / name) for name in ("maps.npy", "mask.nii.gz")]


def all_rows(folder: Path) -> list[dict[str, str]]:
    """Return the participants table, in the order of the maps."""
    maps = all_maps(folder)
    n_a = round(GROUPS["A"] * len(maps))
    return [
        {"participant_id": Path(path).name[:8], "group": "A" if i < n_a else "B"}
        for i, path in enumerate(maps)
    ]


FITTED = {
    "t": "t.nii.gz",
    "df": "df.nii.gz",
    "effective_n": "n.nii.gz",
    "rpv": "rpv.nii.gz",
    "model": "model.json",
    "design": "design.tsv",
}
THRESHOLDS = {"height_p": HEIGHT_P, "extent_voxels": EXTENT_VOXELS}


def mask(folder: Path) -> None:
    """Find the analysed voxels."""
    rows = all_rows(folder)
    out = paths(
        folder,
        stack="maps.npy",
        mask="mask.nii.gz",
        n="n_all.nii.gz",
        lesion_overlap="l.nii.gz",
    )
    script("group_mask")(
        maps=all_maps(folder),
        lesions=[],
        template_brain=str(folder / "brain.nii.gz"),
        explicit_mask=[],
        **out,
        code="",
        participant_ids=[row["participant_id"] for row in rows],
        groups=[row["group"] for row in rows],
        missing="exclude_voxel",
    )


def two_sample_t(folder: Path) -> None:
    """Compute t and smoothness."""
    script("group_ttest")(
        maps=stack(folder),
        **paths(folder, **FITTED),
        code="",
        contrast={"name": "A-B", "plus": "A", "minus": "B"},
        rows=all_rows(folder),
        variance="unequal",
        missing="exclude_voxel",
        covariates=[],
    )


def evidence(folder: Path) -> None:
    """Compute effect size, equivalence and Bayes factor."""
    given = {name: FITTED[name] for name in ("t", "df", "effective_n")}
    maps = ("g", "g_low", "g_high", "equivalence", "log10_bf10")
    names = {name: f"{name}.nii.gz" for name in maps} | {"counts": "counts.json"}
    out = paths(folder, **given, **names)
    script("group_evidence")(**out, code="", equivalence_bound_g=0.5)


def leave_one_out(folder: Path) -> None:
    """Analyse without each participant."""
    given = {name: FITTED[name] for name in ("t", "df", "model", "design")}
    files = paths(folder, **given, table="left_out.tsv")
    script("group_leave_one_out")(maps=stack(folder), **files, **THRESHOLDS, code="")


def permutation(folder: Path) -> None:
    """Say that nothing is permuted, as where there are too many maps."""
    given = {name: FITTED[name] for name in ("t", "model", "design")}
    names = {"cluster_p": "cp.nii.gz", "tfce_p": "tp.nii.gz", "facts": "perm.json"}
    script("group_permutation")(
        maps=stack(folder), **paths(folder, **given, **names), **THRESHOLDS,
        permutations=0, seed=1, code="",
    )  # fmt: skip


def error_rate(folder: Path) -> None:
    """Look for false clusters in simulated null studies."""
    given = {name: FITTED[name] for name in ("t", "model", "design")}
    script("group_error_rate")(
        maps=stack(folder), **paths(folder, **given, error_rate="rate.json"), **THRESHOLDS,
        studies=N_NULL_STUDIES, seed=1, code="",
    )  # fmt: skip


def clusters(folder: Path) -> None:
    """Compute clusters, peaks and all p values."""
    effects = ("g", "g_low", "g_high", "log10_bf10")
    names = {name: FITTED[name] for name in ("t", "df", "model")} | {
        "evidence": "counts.json",
        "error_rate": "rate.json",
        "leave_one_out": "left_out.tsv",
        "clusters": "clusters.nii.gz",
        "table": "clusters.tsv",
        "peaks": "peaks.tsv",
        "summary": "summary.json",
    }
    script("group_clusters")(
        **paths(folder, **names),
        effects=[str(folder / f"out/{name}.nii.gz") for name in effects],
        permutation=[
            str(folder / f"out/{name}")
            for name in ("cp.nii.gz", "tp.nii.gz", "perm.json")
        ],
        **THRESHOLDS,
        places=[str(folder / "out/l.nii.gz")],
        code="",
    )


def atlas_regions(folder: Path) -> None:
    """Measure all maps in slabs of the brain as regions, and the last ones as receptors."""
    from rt1t2 import images

    brain, affine = images.load(folder / "brain.nii.gz")
    slab = 1 + np.arange(int(brain.sum())) * N_REGIONS // int(brain.sum())
    brain[brain > 0] = slab
    atlas, labels = folder / "out/atlas.nii.gz", folder / "out/atlas.tsv"
    images.save(brain.astype(np.int16), affine, atlas)
    rows = "".join(f"{k}\tr{k}\n" for k in range(1, N_REGIONS + 1))
    labels.write_text("index\tname\n" + rows)
    maps = all_maps(folder)
    ids = [row["participant_id"] for row in all_rows(folder)]
    measured = {"atlas": str(atlas), "labels": str(labels), "code": ""}
    measured["background"] = "exclude"
    script("region_means")(
        maps=maps, participant_ids=ids, **measured, **paths(folder, regions="p.tsv")
    )
    script("receptor_regions")(
        maps=maps[-N_RECEPTORS:],
        names=[f"m{k}" for k in range(N_RECEPTORS)],
        gm_covariate=maps[0],
        **measured,
        **paths(folder, regions="m.tsv"),
    )


def receptors(folder: Path) -> None:
    """Correlate the patients' maps with the receptors."""
    printed = {"A": "HC", "B": "PSP"}
    people = [row | {"group": printed[row["group"]]} for row in all_rows(folder)]
    names = {"participant_regions": "p.tsv", "map_regions": "m.tsv", "null": "null.npz"}
    names |= {"correlations": "c.tsv", "regions": "r.tsv", "individual": "i.tsv"}
    script("receptor_correlations")(
        **paths(folder, **names),
        code="",
        participants=people,
        control_group="HC",
        receptors={f"m{k}": {"receptor": f"m{k}"} for k in range(N_RECEPTORS)},
        settings={
            "permutations": N_RELABELLINGS,
            "scheme": "free",
            "fdr_family": "pooled",
            "seed": 1,
        },
    )


def nilearn(folder: Path) -> None:
    """Fit nilearn's second-level model, compute t and its table of clusters."""
    import pandas as pd
    from nilearn.glm.second_level import SecondLevelModel
    from nilearn.reporting import get_clusters_table
    from scipy import stats

    groups = [row["group"] for row in all_rows(folder)]
    n_a, n_b = groups.count("A"), groups.count("B")
    design = pd.DataFrame({"A": [1] * n_a + [0] * n_b, "B": [0] * n_a + [1] * n_b})
    fitted = SecondLevelModel(mask_img=str(folder / "brain.nii.gz")).fit(
        all_maps(folder), design_matrix=design
    )
    t = fitted.compute_contrast("A - B", second_level_stat_type="t", output_type="stat")
    threshold = stats.t.isf(HEIGHT_P, n_a + n_b - 2)
    table = get_clusters_table(t, threshold, cluster_threshold=EXTENT_VOXELS)
    table.to_csv(folder / "out/nilearn.csv")


STAGES = {
    f.__name__: f
    for f in (
        mask,
        two_sample_t,
        evidence,
        leave_one_out,
        permutation,
        error_rate,
        clusters,
        atlas_regions,
        receptors,
        nilearn,
    )
}


def measure(stage: str, folder: Path) -> tuple[float, float]:
    """Run one stage in a process of its own; return its CPU seconds and peak memory in MB.

    This process stays small, for a child is counted with the memory it was forked with.
    """
    process = subprocess.Popen([sys.executable, __file__, stage, str(folder)])
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{stage} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3


def report(n: int, stages: list[str]) -> dict[str, tuple[float, float]]:
    """Make n maps, run the stages on them, and print what each took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "out").mkdir()
        started = time.time()
        measure(f"maps:{n}", folder)
        size = sum(path.stat().st_size for path in folder.glob("*.gz")) / 1e6
        sys.stdout.write(
            f"{n} maps, {size:.0f} MB, made in {time.time() - started:.0f} s\n"
        )
        used = {stage: measure(stage, folder) for stage in stages}
    for stage, (seconds, megabytes) in used.items():
        sys.stdout.write(f"  {stage:14} {seconds:7.1f} CPU s {megabytes:6.0f} MB\n")
    return used


def main(n_many: int) -> None:
    """Compare both on 29 maps, then run ours on many."""
    ours = [stage for stage in STAGES if stage != "nilearn"]
    used = report(29, [*ours, "nilearn"])
    same = [used[stage] for stage in ("mask", "two_sample_t", "clusters")]
    seconds, megabytes = sum(s for s, _ in same), max(m for _, m in same)
    sys.stdout.write(
        f"t, clusters and all p values: {seconds:.1f} CPU s and {megabytes:.0f} MB; nilearn, "
        f"t and clusters without p: {used['nilearn'][0]:.1f} CPU s and "
        f"{used['nilearn'][1]:.0f} MB; ratio {seconds / used['nilearn'][0]:.2f} and "
        f"{megabytes / used['nilearn'][1]:.2f}\n"
    )
    largest = max(megabytes for _, megabytes in report(n_many, ours).values())
    sys.stdout.write(f"{n_many} maps: at most {largest:.0f} MB\n")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        stage, _, n_maps = sys.argv[1].partition(":")
        if stage == "maps":
            make_maps(Path(sys.argv[2]), int(n_maps))
        else:
            STAGES[stage](Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
