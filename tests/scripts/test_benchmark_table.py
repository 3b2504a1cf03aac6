def test_one_row_a_rule(script_main, tmp_path):
    paths = [tmp_path / "benchmarks" / f"smooth/sub-0{n}.tsv" for n in (1, 2)]
    paths[0].parent.mkdir(parents=True)
    for path in paths:
        path.write_text("s\th:m:s\tmax_rss\tcpu_time\n3.5\t0:00:03\t99.5\t2.25\n")
    table = tmp_path / "table.tsv"
    script_main("benchmark_table")([str(p) for p in paths], table=str(table), code="x")
    assert table.read_text() == (
        "rule\tjobs\twall_s\tcpu_s\tlongest_s\tmemory_mb\n"
        "smooth\t2\t7.0\t4.5\t3.5\t99.5\n"
        "all rules\t2\t7.0\t4.5\t3.5\t99.5\n"
    )
