import re

import fabricated

from rt1t2.tables import write_tsv

HARMONISED = {
    "Refused": None,
    "ControlsFitted": {"P1": 14, "P2": 12},
    "Effects": {"P1": {}, "P2": {}},
    "Protected": [],
    "NotHarmonised": [],
}


def test_text_is_written_from_files(tmp_path, script_main):
    tables = {
        "correlations": [
            {
                "group": "PSP",
                "map": "CB1",
                "mean_fisher_z": 0.2,
                "p_fdr": 0.2,
                "n_permutations": 100,
                "n_regions": 90,
            }
        ],
        "sensitivity": [
            {"group": "PSP", "map": "CB1", "variant": "main", "p": 0.01, "p_high": 0.2}
        ],
        "tests": [
            {
                "variable": "sex",
                "comparison": "all",
                "test": "Fisher-Freeman-Halton exact",
                "p": 0.743,
                "note": None,
            }
        ],
        "metrics": [{"participant_id": "sub-01", "brain_volume_ml": 1500.0}],
    }
    paths = {name: str(tmp_path / f"{name}.tsv") for name in (*tables, "exclusions")}
    for name, rows in tables.items():
        write_tsv(rows, list(rows[0]), paths[name])
    write_tsv([], ["participant_id", "group", "stage", "reason"], paths["exclusions"])
    summary = fabricated.write_json(
        tmp_path / "s.json", {"contrast": "HC-PSP", "n_plus": 4, "n_minus": 5}
    )
    out = tmp_path / "methods.md"
    script_main("methods")(
        summaries=[summary],
        **paths,
        records=[
            fabricated.write_json(tmp_path / "c.json", fabricated.calibration_facts()),
            fabricated.write_json(tmp_path / "h.json", HARMONISED),
        ],
        text=str(out),
        bibliography=str(tmp_path / "references.bib"),
        code="abc",
        config=fabricated.CONFIG,
        people=fabricated.PEOPLE | {"by_group": {"HC": 4, "PSP": 5}},
    )
    text = out.read_text()
    assert (
        "9 participants were analysed: 4 in the group Controls (HC), 5 in the group "
        "Post-stroke pain (PSP)." in text
    )
    assert "No participant of the table was left out." in text
    assert (
        "ComBat, fitted on the controls (P1 14, P2 12), with the group protected"
        in text
    )
    assert "johnson2007" in (tmp_path / "references.bib").read_text()
    assert "none of 1 maps at p(FDR) < 0.05" in text
    assert "p = 0.743" in text
    bibtex = (tmp_path / "references.bib").read_text()
    assert bibtex.count("@") == len(re.findall(r"(?m)^\d+\. ", text))
    assert "Protocol P1 (2 HC, 2 PSP, 2 PSPS2): T1w 3D GR, TE 2.98 ms" in text
