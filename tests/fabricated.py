"""Made-up results of the steps before the pages and figures: right names, right keys."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from rt1t2.geometry.displacement import to_itk
from rt1t2.geometry.transforms import write_itk
from rt1t2.images import save, sidecar
from rt1t2.qc.participant_summary import ParticipantSummary
from rt1t2.records import save_json
from rt1t2.template.brain_and_head import class_maps
from rt1t2.template.head_classes import HEAD_LABELS
from rt1t2.template.head_model import Head
from rt1t2.template.signals import tissue_signals
from rt1t2.tissue.mask_check import DIRECTIONS, PARTS
from rt1t2.tissue.reference_tissues import PROBABILITIES

GROUPS = {
    "HC": "Controls",
    "PSP": "Post-stroke pain",
    "PSPS2": "Persistent spinal pain",
}

# What `segment` writes about a whole brain mask
MASK = {
    "MaskCheck": {
        "BrainLikeOutsideMl": dict.fromkeys(PARTS, 0.4),
        "ToSkullMm": {d: {"Median": 4.0, "Largest": 7.0} for d in DIRECTIONS},
        "UncoveredMm": dict.fromkeys(DIRECTIONS, 2.0),
        "ShortOfTemplateMm": dict.fromkeys(DIRECTIONS, -1.5),
        "AsymmetryMm": {"P95": 3.0, "Largest": 5.0},
        "PriorShiftMm": {"Inward": 4.5, "Outward": 4.0},
        "Flags": [],
    }
}

CONFIG = {
    "groups": GROUPS,
    "control_group": "HC",
    "contrasts": [
        {"name": "HC-PSP", "plus": "HC", "minus": "PSP"},
        {"name": "PSP-HC", "plus": "PSP", "minus": "HC"},
    ],
    "template": {"source": "nilearn"},
    "conform": {"voxel_mm": 1.0},
    "bias_correction": {"method": "joint"},
    "calibration": {"method": "affine", "templates": False},
    "ratio": {"formula": "t1w_over_t2w"},
    "normalisation": {"estimate_mm": 2.0, "voxel_mm": 1.0},
    "smoothing": {"fwhm_mm": 10, "edges": "normalised"},
    "statistics": {
        "variance": "unequal",
        "height_p": 0.001,
        "extent_voxels": 750,
        "explicit_mask": None,
        "covariates": [],
        "missing": "exclude_voxel",
        "label_clusters": True,
        "permutations": 1000,
        "primary_test": "permutation_extent",
        "null_studies": 1000,
        "equivalence_bound_g": 0.5,
    },
    "receptors": {
        "gm_covariate": "template",
        "background": "exclude",
        "permutations": 10000,
        "scheme": "free",
        "fdr_family": "pooled",
        "sensitivity": {
            "surrogates": 2000,
            "randomised": "receptor_map",
            "leave_one_out_permutations": 2000,
        },
    },
    "simulation": None,
    "seed": 20250422,
}

# What the participants came with, for the methods text
PEOPLE = {
    "finished_maps": 0,
    "scans": 13,
    "dicom": 26,
    "lesions": 2,
    "b1_maps": 0,
    "given_origins": 0,
    "by_group": {"HC": 7, "PSP": 6},
    "maps": {"CB1": {"receptor": "CB1", "n": "22", "source": "10.1/x"}},
    "snakemake": "9.1",
}
SOFTWARE = {
    "PackageVersions": {"numpy": ["2.0"], "picsl-greedy": ["1.4"]},
    "Converters": {"dcm2niix v1.0.2": 24, "not recorded": 2},
}

N_QUANTILES = len(PROBABILITIES)


def _levels(t1w: list[float], t2w: list[float]) -> dict:
    spread = {"t1w": t1w, "t2w": t2w, "n_voxels": [900] * len(t1w)}
    spread |= {"t1w_quantiles": [[v] * N_QUANTILES for v in t1w]}
    return spread | {"t2w_quantiles": [[v] * N_QUANTILES for v in t2w]}


REFERENCE = {
    "Controls": ["sub-01", "sub-02"],
    "Anchors": ["csf", "fat"],
    "DarkFat": [],
    "Probabilities": list(PROBABILITIES),
    "Classes": {
        "csf": _levels([0.20, 0.21], [1.0, 1.0]),
        "fat": _levels([1.90, 1.94], [0.54, 0.56]),
        "muscle": _levels([0.62, 0.64], [0.05, 0.06]),
        "eye": _levels([0.19, 0.19], [0.95, 0.97]),
    },
}
REFERENCES = {
    "Source": "all controls",
    "MinimumControls": 3,
    "AllControls": REFERENCE,
    "Protocols": [],
}


IDENTITY = {"KnotsIn": [0.0, 4.0], "KnotsOut": [0.0, 4.0]}


def summary(
    participant_id: str = "sub-00", group: str = "HC", **parts: Any
) -> ParticipantSummary:
    """Return a participant's summary that says little; curves are the identity."""
    return ParticipantSummary(
        metrics={"participant_id": participant_id, "group": group}
        | parts.get("metrics", {}),
        series=parts.get("series", []),
        landmarks={"Classes": parts.get("classes", {})},
        calibration={"T1w": IDENTITY, "T2w": IDENTITY} | parts.get("calibration", {}),
        median_ratios=parts.get("ratios", {}),
        thumbnail=parts.get("thumbnail", ""),
        software={"PackageVersions": {"numpy": ["2.0"]}, "Converters": ["a 1", "a 1"]},
    )


def mixture(head: Head, image: int) -> np.ndarray:
    """Return T1w (0) or T2w (1) of a head, white matter = 1."""
    signals = tissue_signals()
    volume = sum(f * signals[name][image] for name, f in head.fractions.items())
    return (volume / signals["wm"][image]).astype(np.float32)


def calibration_facts(*warnings: str) -> dict:
    """Return what qc_calibration writes for the other pages: one protocol, and warnings."""
    protocol = {"Label": "P1", "T1w": "3D GR, TE 2.98 ms", "T2w": "2D SE, TE 100 ms"}
    protocol |= {"Participants": {"HC": 2, "PSP": 2, "PSPS2": 2}}
    protocol |= {"ControlsInReference": 0}
    return {
        "Calibration": "affine",
        "Warnings": list(warnings),
        "Protocols": [protocol],
        "ScaleOfOthers": "all controls",
        "Associations": [],
        "Software": SOFTWARE,
        "Tests": [{"What": "landmark", "Title": "fat, T1w", "P": 0.01, "Q": 0.02}],
    }


def head_labels(head: Head) -> np.ndarray:
    """Return the head classes of a head as HEAD_LABELS."""
    parts = head.fractions
    stacked = {
        "air": parts["air"],
        "csf": np.where(head.brain, 0, parts["csf"]),
        "bone": parts["bone"] + parts["marrow"],
        "soft": parts["muscle"] + parts["skin"],
        "fat": parts["fat"],
        "eye": parts["vitreous"] + parts["lens"],
    }
    winner = np.argmax(np.stack(list(stacked.values())), axis=0)
    labels = np.array([HEAD_LABELS[name] for name in stacked])[winner]
    labels[head.brain] = HEAD_LABELS["brain"]
    deep = parts["thalamus"] + parts["striatum"] > 0.5
    labels[head.brain & deep] = HEAD_LABELS["deep"]
    return labels.astype(np.uint8)


def of_the_page(template: dict[str, str]) -> dict[str, Any]:
    """Return the template's images as qc_participant takes them."""
    names = ("template_t1w", "template_brain", "template_gm", "template_wm")
    maps = {"template_maps": [template[name] for name in names]}
    return maps | {"template_head_classes": template["template_head_classes"]}


def write_template(folder: Path, head: Head) -> dict[str, str]:
    """Write the template's images and return their paths by the rules' names."""
    folder.mkdir(parents=True, exist_ok=True)
    images = {
        "template_t1w": np.where(head.brain, mixture(head, 0), 0),
        "template_brain": head.brain,
        "template_gm": head.fractions["gm"],
        "template_wm": head.fractions["wm"],
        "template_head_classes": class_maps(head),
    }
    paths = {name: str(folder / f"{name}.nii.gz") for name in images}
    for name, data in images.items():
        save(data, head.affine, paths[name])
    return paths


def write_participant(
    folder: Path, head: Head, sub: str, group: str, seed: int, lesioned: bool = False
) -> dict[str, Any]:
    """Write everything that qc_participant reads of one person; return paths by name."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    x = np.linspace(-1, 1, head.brain.shape[0])[:, None, None]
    bias = np.broadcast_to(0.2 * x, head.brain.shape).astype(np.float32)
    lesion = np.zeros_like(head.brain)
    if lesioned:
        centre = np.array(head.brain.shape) // 2 + [5, 0, 4]
        lesion[tuple(slice(c - 2, c + 3) for c in centre)] = True
    gain = 300 * np.exp(rng.normal(0, 0.2))
    t1w = gain * mixture(head, 0) * np.exp(rng.normal(0, 0.03, head.brain.shape))
    t2w = 500 * mixture(head, 1) * np.exp(rng.normal(0, 0.03, head.brain.shape))
    t2w[:, :, -3:] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (t1w / gain) / (t2w / 1890)
    ratio[~head.brain | lesion] = np.nan
    images = {
        "conformed_t1w": t1w * np.exp(bias),
        "conformed_t2w": t2w * np.exp(-bias),
        "t1w": t1w,
        "t2w": t2w,
        "brain": head.brain,
        "gm": head.fractions["gm"],
        "wm": head.fractions["wm"],
        "head": head_labels(head),
        "lesion": lesion,
        "ratio": ratio,
        "mni_ratio": ratio,
        "smoothed": ratio,
    }
    paths = {name: str(folder / f"{sub}_{name}.nii.gz") for name in images}
    for name, data in images.items():
        save(data, head.affine, paths[name], {"Description": name})
    counted = {
        "OutsideT2wFieldOfView": 12,
        "Lesion": int(lesion.sum()),
        "LowDenominator": 3,
    }
    save_json({"ExcludedVoxels": counted, "BrainVoxels": 9}, sidecar(paths["ratio"]))
    paths["transmit"] = []
    paths["conformed"] = [paths.pop(f"conformed_{name}") for name in ("t1w", "t2w")]
    save_json(MASK, sidecar(paths["brain"]))
    records = _records(sub, gain)
    paths["affine"] = str(folder / f"{sub}_affine.txt")
    write_itk(np.eye(4), paths["affine"])
    paths["displacement"] = str(folder / f"{sub}_displacement.nii.gz")
    no_way = to_itk(np.zeros((*head.brain.shape, 3), np.float32))
    save(no_way, head.affine, paths["displacement"], intent="vector")
    save_json(records.pop("normalise_metrics"), sidecar(paths["displacement"]))
    acquired = {"T1w": records.pop("t1w_json"), "T2w": records.pop("t2w_json")}
    records["origin"] |= {
        "Acquisition": acquired,
        "T2wRegistration": records.pop("register_metrics"),
    }
    for name, content in records.items():
        paths[name] = str(folder / f"{sub}_{name}.json")
        save_json(content, paths[name])
    paths["series"] = str(folder / f"{sub}_series.tsv")
    Path(paths["series"]).write_text(
        "series\tdescription\tused\treason\n"
        "2\tT1 MPRAGE\tT1w\tthe only T1w\n"
        "3\tlocalizer <3 planes>\tn/a\t3 slices only\n"
    )
    return paths


def _records(sub: str, gain: float) -> dict[str, dict]:
    classes = {
        "csf": (0.2 * gain, 1890.0, 900),
        "fat": (1.9 * gain, 1020.0, 4000),
        "muscle": (0.63 * gain, 97.0, 3000),
    }
    landmarks = {
        name: {"t1w": t1w, "t2w": t2w, "n_voxels": n, "t1w_iqr": 9.0, "t2w_iqr": 9.0}
        | {f"{i}_quantiles": [v] * N_QUANTILES for i, v in (("t1w", t1w), ("t2w", t2w))}
        for name, (t1w, t2w, n) in classes.items()
    }
    curve = {"KnotsIn": [0.0, 100.0, 2 * gain], "Offset": 0.0}
    return {
        "t1w_json": {
            "Manufacturer": "Siemens",
            "RepetitionTime": 2.3,
            "EchoTime": 0.00298,
            "ScannerIntensityNormalisation": "NORM",
            "ConversionSoftware": "dcm2niix",
        },
        "t2w_json": {"Manufacturer": "Siemens", "RepetitionTime": 6.0, "EchoTime": 0.1},
        "origin": {"ac_mm": [1.0, 2.0, 3.0], "Method": "automatic"},
        "register_metrics": {
            "RotationDeg": 2.5,
            "TranslationMm": 5.0,
            "MutualInformationBefore": 0.4,
            "MutualInformationAfter": 0.7,
            "T2wCoverage": 0.9,
            "T2wBrainCoverage": 0.96,
        },
        "bias": {
            "Method": "joint",
            "FieldSD": {"Ratio": 0.08, "T1w": 0.2, "T2w": 0.2},
            "Offset": {"T1w": 0.0, "T2w": 0.0},
        },
        "landmarks": {
            "participant_id": sub,
            "Source": "joint",
            "Acquisition": {"T1w": {"EchoTime": 0.00298}, "T2w": {"EchoTime": 0.1}},
            "Classes": {**landmarks, "bone": None},
            "DarkFat": [],
            "Flags": ["eye: only 12 voxels, not used"],
        },
        "curve": {
            "Method": "affine",
            "Reference": "all controls",
            "Alternatives": {
                "csf_percent": 2.0 * np.log(gain / 300),
                "fat_percent": 1.0,
            },
            "T1w": {**curve, "Gain": 1 / gain, "KnotsOut": [0.0, 100.0 / gain, 2.0]},
            "T2w": {
                "Gain": 1 / 1890,
                "Offset": 0.0,
                "KnotsIn": [0.0, 1890.0],
                "KnotsOut": [0.0, 1.0],
            },
            "Flags": [],
        },
        "normalise_metrics": {
            "DiceGM": 0.82,
            "DiceWM": 0.88,
            "JacobianP0_1": 0.3,
            "JacobianP50": 1.0,
            "JacobianP99_9": 2.5,
            "FoldedVoxels": 0,
            "CrossCorrelation": 0.91,
        },
    }


def write_json(path: Path, content: dict) -> str:
    """Write a small JSON file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return str(path)
