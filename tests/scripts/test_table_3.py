from rt1t2.tables import read_tsv, write_tsv

COLUMNS = "group receptor map n_participants mean_fisher_z mean_rho p p_fdr".split()


def test_the_table_reads_as_in_print(script_main, tmp_path):
    rows = [
        dict(zip(COLUMNS, values, strict=True))
        for values in (
            ("PSP", "CB1", "CB1_x", 11, 0.22341, 0.21977, 0.0005, 0.002833),
            ("PSP", "D1", "D1_x", 11, 0.02641, 0.02639, 0.703, 0.853679),
            ("PSPS2", "CB1", "CB1_x", 15, 0.25371, 0.24840, 0.0003, 0.00252),
            ("PSPS2", "D1", "D1_x", 15, -0.01382, -0.01380, 0.94, 0.94431),
        )
    ]
    write_tsv(rows, COLUMNS, tmp_path / "correlations.tsv")
    groups = {"HC": "Controls", "PSPS2": "PSPS-II", "PSP": "PSP"}
    for family, tests in (("pooled", 4), ("group", 2)):
        script_main("table_3")(
            correlations=str(tmp_path / "correlations.tsv"),
            table=str(tmp_path / "table_3.tsv"),
            code="code",
            groups=groups,
            fdr_family=family,
        )
        printed = read_tsv(tmp_path / "table_3.tsv")
        headings = list(printed[0])
        assert headings[2] == "PSPS-II (n = 15): mean Fisher z"
        assert headings[9] == f"PSP (n = 11): p FDR, {tests} tests (* < 0.05)"
        cells = [list(row.values()) for row in printed]
        assert cells[0][:6] == ["CB1", "CB1_x", "0.2537", "0.2484", "0.0003", "0.0025*"]
        assert cells[1][6:] == ["0.0264", "0.0264", "0.7030", "0.8537"]
