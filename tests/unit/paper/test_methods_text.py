import copy
import re

import pytest
from fabricated import CONFIG, PEOPLE, SOFTWARE

from rt1t2.paper import methods_text

SUMMARIES = [
    {
        "contrast": name,
        "n_plus": n_plus,
        "n_minus": n_minus,
        "df": 11.0,
        "height_p": 0.001,
        "height_t": 4.025,
        "extent_voxels": 750,
        "fwhm_mm": [11.0, 11.5, 12.0],
        "n_voxels": 1900000,
        "n_clusters": 1,
        "fwe_peak_t": 8.8,
        "fwe_cluster_voxels": None,
    }
    for name, n_plus, n_minus in (("HC-PSP", 7, 6), ("PSP-HC", 6, 7))
]
CORRELATIONS = [
    {
        "group": "PSP",
        "map": name,
        "mean_fisher_z": "0.25",
        "p_fdr": p,
        "n_permutations": "10000",
        "n_regions": "119",
        "map_n": "22",
        "other_maps": others,
    }
    for name, p, others in (
        ("CB1", "0.0029", "n/a"),
        ("D1", "0.8", "D1_b (n = 9)"),
    )
]
SENSITIVITY = [
    {"group": "PSP", "map": name, "variant": variant, "p": p, "p_high": p_high}
    for name, variant, p, p_high in (
        ("CB1", "main", "0.001", "n/a"),
        ("CB1", "leave_one_out", "n/a", "0.02"),
        ("D1", "main", "0.001", "n/a"),
        ("D1", "leave_one_out", "n/a", "0.05"),
        ("D2", "main", "n/a", "n/a"),
    )
]
TESTS = [
    {
        "variable": "age",
        "comparison": "HC - PSP",
        "test": "Student t",
        "p": "0.4453",
        "note": "n/a",
    }
]
EXCLUSIONS = [
    {"participant_id": "sub-9", "reason": "sub-9: no T2w"},
    {"participant_id": "sub-8", "reason": "sub-8: no T2w"},
    {"participant_id": "sub-7", "reason": "motion"},
]
METRICS = [{"brain_volume_ml": v, "dice_gm": "n/a"} for v in ("1300", "1400", "1600")]


CALIBRATION = {
    "ScaleOfOthers": "all controls",
    "Software": SOFTWARE,
    "Protocols": [
        {"Label": "P1", "T1w": "3D GR", "T2w": "2D SE", "ControlsInReference": 7,
         "Participants": {"HC": 7, "PSP": 3}},
        {"Label": "P2", "T1w": "unknown", "T2w": "unknown", "ControlsInReference": 0,
         "Participants": {"HC": 0, "PSP": 3}},
    ],
    "Associations": [
        {"Groups": ["HC", "PSP"], "FisherFreemanHaltonP": 0.07, "SharingAProtocol": 10,
         "Participants": 13},
    ],
}  # fmt: skip


NO_SCANS = {"PackageVersions": {}, "Converters": {}}

FWHM = "11.0 \N{MULTIPLICATION SIGN} 11.5 \N{MULTIPLICATION SIGN} 12.0 | 1,900,000 |"


def written(people=PEOPLE, summaries=SUMMARIES, correlations=CORRELATIONS, **changes):
    config = copy.deepcopy(CONFIG)
    for key, value in changes.items():
        section, name = key.split("__")
        config[section][name] = value
    found = methods_text.facts(
        config,
        summaries,
        correlations,
        SENSITIVITY,
        TESTS,
        EXCLUSIONS,
        METRICS if people["scans"] else [],
        CALIBRATION if people["scans"] else {"Software": NO_SCANS},
        people,
    )
    return methods_text.written(found)[0]


def test_templates_are_named_where_they_set_the_scale():
    text = written(calibration__templates=True)
    assert "to the intensity scale of a pair of whole-head templates with" in text
    assert "own values were left out" not in text
    assert "to the intensity scale of the controls with" in written()


def test_protocols_and_whose_scale_each_has():
    text = written()
    assert (
        "- Protocol P1 (7 HC, 3 PSP): T1w 3D GR; T2w 2D SE; intensity scale of its own 7 "
        "controls." in text
    )
    assert (
        "Protocol P2 (3 PSP): T1w unknown; T2w unknown; intensity scale of all" in text
    )
    assert "10 of 13 participants had a protocol that was used in both groups" in text
    assert "p = 0.070, Fisher-Freeman-Halton" in text
    assert "was not adjusted for protocol" in text
    assert "was adjusted for protocol" in written(statistics__covariates=["protocol"])
    assert (
        "intensity scale"
        not in written(calibration__method="none").split("## From")[1].split("\n\n")[1]
    )


def test_numbers_come_from_the_results():
    text = written()
    assert (
        "13 participants were analysed: 7 in the group Controls (HC), 6 in the group "
        "Post-stroke pain (PSP)" in text
    )
    assert "3 were not analysed: motion (n = 1); no T2w (n = 2)." in text
    assert "| HC-PSP | 7 / 6 | 11.0 | 4.03 | 750 | " + FWHM in text
    assert "CB1 (mean Fisher z = 0.25, p(FDR) = 0.003)" in text
    assert "D1 (mean" not in text
    assert "| Brain mask (ml) | 1,400 | 1,300 | 1,600 | 3 |" in text
    assert "Student t, p = 0.445" in text
    assert "750 voxels (0.75 ml)" in text
    assert "10,000 permutations" in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"bias_correction__method": "n4"}, "from each image with N4"),
        ({"bias_correction__method": "none"}, "was **not** corrected"),
        ({"calibration__method": "nonlinear"}, "resembles, and does not reproduce"),
        ({"calibration__method": "none"}, "were **not** calibrated"),
        ({"ratio__formula": "t1w_over_ln_t2w"}, "T1w / ln(1000 T2w)"),
        ({"smoothing__edges": "zero_fill"}, "counted as zero, as in SPM"),
        ({"statistics__variance": "welch"}, "of Welch"),
        ({"statistics__covariates": ["age", "sex"]}, "adjusted for age, sex"),
        ({"receptors__scheme": "balanced"}, "known to give too small p"),
        ({"receptors__gm_covariate": None}, "Spearman's rank correlation"),
        ({"receptors__gm_covariate": None}, "with the grey-matter covariate, under"),
        ({"receptors__fdr_family": "group"}, "within each group"),
    ],
)
def test_text_follows_the_configuration(change, sentence):
    assert sentence in written(**change)
    body, _, _ = written(**change).partition("## References")
    assert not re.findall(r"\w+[)\]]?\.[A-Z]\w* \w+", body), (
        "no space between sentences"
    )
    assert sentence not in written()
    assert not re.findall(r"(?m)^\w.*\n\w.*", body), "no line between paragraphs"


def test_a_part_of_the_brain_is_no_choice_that_a_finding_has_to_survive():
    row = {"group": "PSP", "map": "CB1", "p": "0.01", "p_high": "n/a"}
    rows = [row | {"variant": "main"}, row | {"variant": "leave_one_region_out"}]
    rows[1]["p"] = "n/a"
    rows.append(row | {"variant": "cortex", "p": "0.9"})
    assert methods_text.robust_maps(rows, "PSP") == ["CB1"]
    assert (
        methods_text.robust_maps([*rows, row | {"variant": "free", "p": "0.9"}], "PSP")
        == []
    )


def test_choice_of_maps_and_what_holds_in_every_variant_are_stated():
    text = written()
    assert "D1 (n = 22), not D1_b (n = 9)." in text
    assert "in every one of these variants: CB1." in text
    assert "JuSpace's own choices" in text
    assert "against 2,000 random maps" in text


def test_limits_are_stated():
    text = written()
    assert "does not control the family-wise error" in text
    assert "broad one-sided effect" in text
    assert "holds within one protocol" in text
    assert "Simulated" not in text
    assert "broad one-sided effect" not in written(bias_correction__method="n4")


@pytest.mark.parametrize("method", ["joint", "n4"])
@pytest.mark.parametrize("formula", ["t1w_over_t2w", "t1w_over_ln_t2w"])
def test_references_are_numbered_in_the_order_of_their_use_and_all_are_used(
    method, formula
):
    text = written(bias_correction__method=method, ratio__formula=formula)
    body, references = text.split("## References")
    cited = [
        int(n) for group in re.findall(r"\[([\d, ]+)\]", body) for n in group.split(",")
    ]
    listed = [int(n) for n in re.findall(r"^(\d+)\. ", references, re.M)]
    assert list(dict.fromkeys(cited)) == listed == list(range(1, len(listed) + 1))
    # software without a paper has an address
    places = "doi:10.", "https://github.com/"
    lines = references.strip().splitlines()
    assert all(any(place in line for place in places) for line in lines)
    assert ("N4ITK" in references) == (method == "n4")


def test_software_settings_and_maps_are_named_as_they_were_used():
    text = written()
    assert "rT1T2 0.1.0" in text
    assert (
        "under Snakemake 9.1. Packages: NumPy 2.0, Greedy (picsl-greedy) 1.4." in text
    )
    assert "the seed 20250422" in text
    assert re.search(r"dcm2niix v1.0.2 \[\d+\] \(24\), not recorded \(2\)", text)
    assert "100, 60 and 30 iterations" in text
    assert "half-waves shorter than 60 mm" in text
    assert "up to 40, 30 and 20 iter" in written(bias_correction__method="n4")
    assert "The maps: CB1 (n = 22, 10.1/x); D1." in text


def test_differences_from_the_paper_are_marked():
    rows = {row["key"]: row for row in methods_text.choices(CONFIG)}
    assert rows["smoothing.fwhm_mm"]["same"]
    assert not rows["calibration.method"]["same"]
    assert rows["statistics.extent_voxels"]["same"]


STEPS = (
    *(
        "dcm2niix [",
        "anterior commissure",
        "Greedy",
        "smoothed with",
        "N4 [",
        "mixture",
    ),
    *(
        "intensity scale",
        "computed in native space",
        "bias fields",
        "within one protocol",
    ),
)
MAPS_ONLY = PEOPLE | {"finished_maps": 13, "scans": 0, "dicom": 0, "lesions": 0}


def test_steps_that_nobody_went_through_are_not_described():
    text = written(MAPS_ONLY)
    body = text.split("## References")[0]
    assert "All participants entered with a finished map" in body
    assert [step for step in STEPS if step in body] == []
    assert "`smoothing." not in body
    assert "two-sample t-test" in body
    some = written(PEOPLE | {"finished_maps": 3, "scans": 10, "dicom": 0, "lesions": 0})
    assert "3 of the 13 participants entered with a finished map" in some
    assert "Greedy" in some
    assert "from DICOM" not in some
    assert "lesion mask" not in some
    assert "lesions were filled" in written()


def test_groups_outside_every_contrast_are_counted_too():
    people = PEOPLE | {"by_group": {"HC": 7, "PSP": 6, "PSPS2": 4}}
    assert "17 participants were analysed" in written(people)
    assert "4 in the group Persistent spinal pain (PSPS2)" in written(people)


def test_the_extent_is_in_voxels_of_the_maps_that_were_analysed():
    coarse = [summary | {"voxel_mm": [3.0, 3.0, 3.0]} for summary in SUMMARIES]
    text = written(MAPS_ONLY, coarse, statistics__extent_voxels=28)
    assert "28 voxels (0.76 ml)" in text
    assert "| **0.76** | 0.75 |" in text


def test_nothing_is_said_of_simulations_and_permutations_that_were_not_made():
    reason = {"permutation": {"permutations": 0, "reason_against": "2 voxels"}}
    text = written(summaries=[summary | reason for summary in SUMMARIES])
    assert "estimated in two ways" not in text
    assert "come from 1000" not in text
    assert "No p value comes from permutation: 2 voxels." in text
    record = {"permutations": 5, "exhaustive": True, "voxel_mm": [4, 4, 4]}
    rates = {
        name: {"studies": 50, "rate": r, "rate_low": 0, "rate_high": 1, "df": 100}
        for name, r in (("from_residuals", 0.067), ("stationary", 0.358))
    }
    made = {"permutation": record, "error_rate": rates, "df": 998.0}
    text = written(summaries=[summary | made for summary in SUMMARIES])
    assert (
        "also come from 5 other labellings of the participants, which are all" in text
    )
    assert (
        "on a grid of 4 \N{MULTIPLICATION SIGN} 4 \N{MULTIPLICATION SIGN} 4 mm" in text
    )
    assert "from 50 studies without an effect each" in text
    assert "by chance in 6.7 (0.0 to 100.0) % (HC-PSP)" in text
    assert "measured smoothness and 100 degrees of freedom" in text
    assert "Every analysis that found a cluster" in text
    none = [summary | {"n_clusters": 0} for summary in SUMMARIES]
    assert "Every analysis that found" not in written(summaries=none)


def test_without_contrasts_or_correlations_it_says_so():
    text = written(MAPS_ONLY | {"by_group": {"HC": 2, "PSP": 2}}, [], [])
    assert "No contrast was tested." in text
    assert "z scores need 3 controls, and the group HC has 2." in text
    assert "Every map was averaged" not in text
    assert "contrasts were tested" not in text
    text = written(MAPS_ONLY, [], [])
    assert "No receptor map was correlated: the receptor table has no map" in text


def test_a_p_just_below_the_level_is_printed_below_it():
    assert methods_text.p_text("0.0496") == "0.0496"
    assert float(methods_text.p_text("0.04999996")) < 0.05
    assert methods_text.p_text("0.05") == "0.050"
    assert methods_text.p_text("0.0451") == "0.045"


def test_a_measured_transmit_field_is_said_with_how_many_had_one():
    assert "transmit field (B1+) was not measured" in written()
    some = written(PEOPLE | {"b1_maps": 5})
    assert "was measured in 5 of 13 participants" in some
    assert "measured in 5 of 13 participants only" in some
    everybody = written(PEOPLE | {"b1_maps": 13})
    assert "taken off by the mean response of the parenchyma" in everybody
    assert "not measured" not in everybody
