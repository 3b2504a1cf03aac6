from pathlib import Path

import jsonschema
import pytest
import yaml

from rt1t2.errors import UserError
from rt1t2.workflow.config import (
    check_config,
    find_file,
    own_groups,
    read_receptors,
)


def test_own_groups_take_the_place_of_the_default_ones(tmp_path):
    default = {"groups": {"HC": "Controls", "PSP": "Patients"}}
    own, silent = tmp_path / "own.yaml", tmp_path / "silent.yaml"
    own.write_text("groups: {A: One, B: Two}")
    silent.write_text("seed: 1")
    assert own_groups(default, []) == default["groups"]
    assert own_groups(default, [own, silent]) == {"A": "One", "B": "Two"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("groups: {HC: Controls, HC: Patients}", "line 1: the key `HC`"),
        ("seed: 1\nseed: 2", "the key `seed`"),
        (
            "seed: 1\nstatistics:\n  height_p: 0.01\n  height_p: 0.001",
            "line 3: .*height_p",
        ),
        ("contrasts:\n - {name: a, name: b}", "line 2: the key `name`"),
        ("groups:\n\tHC: a", "is no YAML"),
        ("groups: {HC: a}\n---\nseed: 1", "is no YAML"),
        ("- HC", "has no keys"),
    ],
)
def test_what_would_be_lost_in_a_file_is_said(tmp_path, text, words):
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(UserError, match=words):
        own_groups({"groups": {}}, [tmp_path / "c.yaml"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_the_encodings_of_yaml(tmp_path, encoding):
    text = "x: &shared {HC: Contrôles}\ngroups: {<<: *shared, PSP: b}"
    (tmp_path / "c.yaml").write_text(text, encoding=encoding)
    groups = own_groups({"groups": {}}, [tmp_path / "c.yaml"])
    assert groups == {"HC": "Contrôles", "PSP": "b"}


ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "config/schemas/config.schema.yaml"
DEFAULTS = yaml.safe_load((SCHEMA.parents[1] / "config.yaml").read_text())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("groups: {0: Controls, 1: Patients}", ["`0`", "`1`", "quotes"]),
        ("groups: {NO: Norway, SE: Sweden}", ["`no`", "yes or no"]),
        ("groups: {2020-01-01: early}", ["quotes"]),
        ("receptors: {choose: {1: MU}}", ["receptors.choose", "`1`"]),
        ("control_group: 0", ["control_group", "quotes"]),
        ("contrasts: [{name: a, plus: NO, minus: HC}]", ["contrasts.0.plus", "quotes"]),
        ("groups: [HC, PSP]", ["groups"]),
        ("groups: HC", ["groups"]),
    ],
)
def test_what_yaml_reads_as_no_text_is_one_message(text, words):
    with pytest.raises(UserError) as refusal:
        check_config(DEFAULTS | yaml.safe_load(text), SCHEMA)
    for word in words:
        assert word in str(refusal.value)


def test_quoted_codes_are_text():
    own = 'groups: {"0": Controls, "NO": Norway}\ncontrol_group: "0"\ncontrasts: []'
    check_config(DEFAULTS | yaml.safe_load(own), SCHEMA)


def test_a_path_that_snakemake_cannot_name_is_refused(tmp_path):
    (tmp_path / "a{b}.nii").touch()
    with pytest.raises(UserError, match=r"contains \{ or \}"):
        find_file("a{b}.nii", [tmp_path], "template.t1w")


def checked(text):
    """Check the defaults with a user's YAML over them; return the configuration."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    own = yaml.safe_load(text)
    for key, value in own.items():
        merged = key != "groups" and isinstance(value, dict)
        config[key] = config[key] | value if merged else value
    check_config(config, SCHEMA)
    return config


TWO = (
    "groups: {HC: Controls, PSP: Pain}\ncontrasts: [{name: a, plus: HC, minus: PSP}]\n"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "groups: {01: One, HC: Two}",
            "reads the key `1` as a number. Put it in quotes",
        ),
        ("groups: {yes: One, HC: Two}", "reads the key `yes` as yes or no"),
        ("groups: {null: One, HC: Two}", "reads the key `null` as nothing"),
        ("groups: {2024-05-01: One}", "2024-05-01"),
        (
            "groups: {Group A: One, HC: Two}",
            "`Group A` cannot be a key here; use the letter",
        ),
        ("groups: {Ä: One, HC: Two}", "`Ä` cannot be a key here"),
        (
            TWO + "control_group: 01",
            "control_group: `1` is a number, and has to be text",
        ),
        (TWO + "control_group: no", "`no` is yes or no, and has to be text. Put it in"),
        (
            "groups: {HC: null, PSP: Pain}",
            "groups.HC: `null` is nothing, and has to be",
        ),
        ("statistics: {height_p: small}", "`small` is text, and has to be a number"),
        ("smoothing: {fwhm_mm: wide}", "smoothing.fwhm_mm: `wide` is text"),
        (
            "calibration: {method: magic}",
            "calibration.method: 'magic' is not one of ['weighted'",
        ),
        (TWO + "control_group: XX", "`XX` is not one of the groups HC, PSP"),
        (
            TWO + "contrasts: [{name: HC-XX, plus: HC, minus: XX}]",
            "contrasts: `HC-XX` names the group `XX`; the groups are HC, PSP",
        ),
        (
            "contrasts: [{name: a b, plus: HC, minus: PSP}]",
            "`a b` is not possible; use",
        ),
        ("smoothing: {fwmh_mm: 8}", "did you mean `fwhm_mm`"),
        ("groups: {HC: Pain, PSP: Pain}", "HC and PSP are both printed as `Pain`"),
        ("groups: {HC: Pain, PSP: pain}", "both printed as `Pain`"),
        ("groups: {HC: Pain, hc: Controls}", "HC and hc differ in capital letters"),
        ("statistics: {height_p: .nan}", "statistics.height_p: nan is no number"),
        ("smoothing: {fwhm_mm: .inf}", "smoothing.fwhm_mm: inf is no number"),
        ("groups: {HC: Pain, PSP: ' Pain '}", "both printed as `Pain`"),
        ("groups: {HC: Controls, maps: Pain}", "`maps` has a meaning of its own"),
        (TWO + "contrasts: [{name: a, plus: HC, minus: HC}]", "with itself"),
        (
            "contrasts: [{name: a, plus: HC, minus: PSP}, {name: A, plus: PSP, minus: HC}]",
            "a and A differ in capital letters only",
        ),
        ("statistics: {covariates: [age, age]}", "`age` is listed more than once"),
        ("statistics: {covariates: [HC]}", "`HC` is also the code of a group"),
        ("statistics: {covariates: [age], variance: welch}", "has no covariates"),
        (
            "statistics: {variance: welch}\nregions: {harmonise: combat}",
            "tested with the protocol as a covariate",
        ),
    ],
)
def test_what_is_wrong_is_said_in_the_users_words(text, message):
    with pytest.raises(UserError) as found:
        checked(text)
    assert message in str(found.value)
    assert "TypeError" not in str(found.value)


@pytest.mark.parametrize("text", ["1e-4", "1E-4", "0.0001", "1.0e-4", "'1e-4'"])
def test_numbers_with_an_exponent_are_numbers(text):
    assert (
        checked(f"statistics: {{height_p: {text}}}")["statistics"]["height_p"] == 1e-4
    )
    assert checked("seed: 1e3")["seed"] == 1000


def test_the_schema_says_everything_in_its_own_words():
    """A comma in an unquoted description would cut it and make a keyword of the rest."""
    known = {"$schema", "$ref", "$defs", *jsonschema.Draft202012Validator.VALIDATORS}
    known |= {"description", "then", "else"}

    def look(schema, path=""):
        assert set(schema) <= known, path
        for key in ("properties", "patternProperties", "$defs"):
            for name, part in schema.get(key, {}).items():
                look(part, f"{path}.{name}")
        for key in ("items", "additionalProperties", "if", "then"):
            if isinstance(schema.get(key), dict):
                look(schema[key], f"{path}.{key}")

    look(yaml.safe_load(SCHEMA.read_text()))


def receptors(folder, *rows):
    columns = ("receptor", "map", "n", "source", "licence", "url", "sha256", "default")
    lines = [columns, *((name, name, *"12345", default) for name, default in rows)]
    table = folder / "maps.tsv"
    table.write_text("\n".join("\t".join(line) for line in lines))
    return read_receptors(table)


def test_a_default_is_yes_or_no_however_it_is_written(tmp_path):
    rows = [("a", "Yes"), ("b", "TRUE"), ("c", "1"), ("d", "No"), ("e", ""), ("f", "n")]
    assert list(receptors(tmp_path, *rows)) == ["a", "b", "c"]
    with pytest.raises(UserError, match="default is `maybe` for the map a"):
        receptors(tmp_path, ("a", "maybe"))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["../a"], "cannot be the name of a file"),
        (["a/b"], "cannot be the name of a file"),
        (["{a}"], "cannot be the name of a file"),
        ([""], "cannot be the name of a file"),
        (["MU", "mu"], "MU and mu differ in capital letters only"),
    ],
)
def test_a_map_has_the_name_of_a_file(tmp_path, names, words):
    with pytest.raises(UserError, match=words):
        receptors(tmp_path, *((name, "yes") for name in names))


def test_receptor_tables_in_other_encodings_and_with_maps_twice(tmp_path):
    lines = ["receptor\tmap\tn\tsource\tlicence\turl\tsha256\tdefault"]
    lines += ["5HT\tserotonin\t9\tMüller\tnone\tu\ts\tyes", "D1\td1\t9\ts\tl\tu\ts\tno"]
    path = tmp_path / "receptors.tsv"
    for encoding in ("utf-8-sig", "utf-16", "latin-1"):
        path.write_bytes("\n".join(lines).encode(encoding))
        assert list(read_receptors(path)) == ["serotonin"]
    assert read_receptors(path)["serotonin"]["source"] == "Müller"
    path.write_text("\n".join([*lines, lines[1]]))
    with pytest.raises(UserError, match="map serotonin occurs more than once"):
        read_receptors(path)
    path.write_text("\n".join([lines[0], lines[2]]))
    assert read_receptors(path) == {}


def receptor_table(folder, **cells):
    row = dict.fromkeys(
        ("receptor", "map", "n", "source", "licence", "url", "sha256"), "a"
    )
    row |= cells
    path = folder / "receptors.tsv"
    path.write_text("\t".join(row) + "\n" + "\t".join(row.values()) + "\n")
    return path


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b", ".x", "-x", "a{b}", "<b>", "a\\b", "=1+1", "x" * 101, "a\u202eb"],
)
def test_a_map_that_cannot_be_a_file_is_refused(tmp_path, name):
    with pytest.raises(UserError, match="cannot be the name of a file"):
        read_receptors(receptor_table(tmp_path, map=name))


@pytest.mark.parametrize(
    "name", ["5HT1a_WAY_HC36", "MU carfentanil (n 39)", "Öl-1.5,2+x"]
)
def test_other_maps_are_named_as_people_do(tmp_path, name):
    assert list(read_receptors(receptor_table(tmp_path, map=name))) == [name]


def test_receptors_and_groups_lose_what_is_not_seen(tmp_path):
    path = receptor_table(
        tmp_path, map="m", receptor="a\u202eb" * 99, source="x\u200by"
    )
    row = read_receptors(path)["m"]
    assert row["receptor"].startswith("abab")
    assert len(row["receptor"]) == 100
    assert row["source"] == "xy"
    config = DEFAULTS | {
        "groups": {"HC": "Con\0trols\n", "PSP": "\u202e"},
        "contrasts": [],
    }
    check_config(config, SCHEMA)
    assert config["groups"] == {"HC": "Controls", "PSP": "PSP"}
