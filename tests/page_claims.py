"""What the report, its tables and the methods text claim, against the TSV and JSON beside them.

Nothing of the workflow's own code is used: sentences are parsed as a reader reads them, and
numbers are computed again from the files. Every function raises ``AssertionError``.
"""

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import word_reader

NUMBER = r"[\u2212-]?[\d,]*\.?\d+"
PRIMARY = "cluster_p_fwe_permutation"  # of statistics.primary_test: permutation_extent
# What they are called, and where their p is
OTHER_TESTS = {
    "TFCE, by permutation": "tfce_p_fwe",
    "cluster extent, by random field theory": "cluster_p_fwe",
    "height of the peak, by random field theory": "peak_p_fwe",
}
ALPHA = 0.05


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a TSV."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def value(text: str) -> float:
    """Read a printed number; ``n/a`` and a dash are NaN, ``<0.001`` is the number it is below."""
    text = text.strip().replace("\u2212", "-").replace(",", "").strip("<*")
    return float("nan") if text in {"n/a", "\u2013", ""} else float(text)


def agree(printed: str, exact: str | float | None) -> bool:
    """Tell whether a number is printed as its digits allow; nothing is printed for nothing."""
    true = float("nan") if exact in {None, "n/a"} else float(exact)
    shown = value(printed)
    if shown != shown or true != true:
        return shown != shown and true != true
    if printed.strip().startswith("<"):
        return true < shown
    digits = len(printed.strip("*").partition(".")[2])
    return abs(shown - true) <= 0.5001 * 10**-digits


class _Reader(HTMLParser):
    """Text, and the tables by the name of the group that they stand in."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[tuple[str, list[list[str]]]] = []
        self.text: list[str] = []
        self.flagged: dict[str, str] = {}
        self._hidden, self._cell, self._name = 0, None, ""
        self.facts: list[str] = []
        self._fact: str | None = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self._hidden += tag in {"script", "style"}
        self._name = (
            given.get("aria-label", "") if given.get("role") == "group" else self._name
        )
        if tag == "table":
            self.tables.append((self._name, []))
            self._name = ""
        if tag == "tr":
            self.tables[-1][1].append([])
        if tag in {"td", "th"}:
            self._cell = []
        if tag in {"dt", "dd"}:
            self.facts.append("")

    def handle_endtag(self, tag):
        self._hidden -= tag in {"script", "style"}
        if tag in {"td", "th"}:
            self.tables[-1][1][-1].append(" ".join("".join(self._cell).split()))
            self._cell = None
        self.text.append(" " if tag in {"b", "strong", "a", "i", "span"} else "\n")

    def handle_data(self, data):
        if self._hidden:
            return
        self.text.append(data)
        if self._cell is not None:
            self._cell.append(data)
        if self.facts and self.get_starttag_text() in {"<dt>", "<dd>"}:
            self.facts[-1] += data


class Page:
    """A page as a reader sees it."""

    def __init__(self, path: Path) -> None:
        reader = _Reader()
        reader.feed(path.read_text())
        self.tables = reader.tables
        self.text = re.sub(r"[ \t]+", " ", "".join(reader.text))
        pairs = [fact.strip() for fact in reader.facts]
        self.facts = dict(zip(pairs[::2], pairs[1::2], strict=False))

    def table(self, name: str) -> list[list[str]]:
        """Return the rows of the one table of that name, headings first."""
        found = [rows for given, rows in self.tables if given == name]
        assert len(found) == 1, (name, [given for given, _ in self.tables])
        return found[0]

    def body(self, name: str) -> list[list[str]]:
        """Return the rows below the headings."""
        rows = self.table(name)
        return rows[2:] if any(cell == "" for cell in rows[0]) else rows[1:]


def check_table_2(results: Path) -> None:
    """Table 2 has every cluster of every contrast, with its numbers."""
    printed = rows_of(results / "paper/table_2.tsv")
    for contrast in dict.fromkeys(row["Contrast"] for row in printed):
        rows = [row for row in printed if row["Contrast"] == contrast]
        clusters = rows_of(results / f"group/{contrast}/clusters.tsv")
        if not clusters:
            assert [row["Cluster"] for row in rows] == ["no cluster survived"], contrast
            continue
        for row, cluster in zip(rows, clusters, strict=True):
            columns = {
                "Number of voxels": "n_voxels",
                "Volume (mm³)": "volume_mm3",
                "Peak T": "peak_t",
                "p FWE (peak)": "peak_p_fwe",
                "p FWE (cluster)": "cluster_p_fwe",
                "p FWE (extent, permutation)": PRIMARY,
                "p FWE (TFCE, permutation)": "tfce_p_fwe",
            } | {f"Peak {axis} (mm)": f"peak_{axis}_mm" for axis in "xyz"}
            columns |= {
                f"Centre of gravity {axis} (mm)": f"cog_{axis}_mm" for axis in "xyz"
            }
            for name, column in columns.items():
                if name in row and column in cluster:
                    assert agree(row[name], cluster[column]), (
                        contrast,
                        name,
                        row[name],
                    )
            assert row["Location"] == cluster["label"]


def check_table_3(results: Path) -> None:
    """Table 3 has every correlation, and a star exactly where p(FDR) is below the level."""
    exact = {
        (r["group"], r["map"]): r
        for r in rows_of(results / "receptors/correlations.tsv")
    }
    labels = {
        f"{row['label']} (n = {row['n']})": row["group"]
        for row in rows_of(results / "demographics/descriptives.tsv")
    }
    seen = 0
    for row in rows_of(results / "paper/table_3.tsv"):
        for heading, cell in row.items():
            group, _, what = heading.rpartition(": ")
            if not group:
                continue
            one = exact[labels[group], row["Map"]]
            column = {"mean Fisher z": "mean_fisher_z", "p": "p"}.get(what)
            column = column or ("mean_rho" if "rho" in what else "p_fdr")
            assert agree(cell, one[column]), (heading, row["Map"], cell, one[column])
            if column == "p_fdr":
                seen += 1
                assert cell.endswith("*") == (float(one["p_fdr"]) < ALPHA)
    assert seen == len(exact)


def check_shown_tables(results: Path, page: Page) -> None:
    """The report's tables show the cells of the TSV, none left out."""
    for number in (1, 2, 3):
        rows = rows_of(results / f"paper/table_{number}.tsv")
        if not rows:
            continue
        shown = page.body(f"table {number}")
        assert len(shown) == len(rows)
        for cells, row in zip(shown, rows, strict=True):
            printed = {cell.replace("\u2212", "-") for cell in cells}
            wanted = {cell for cell in row.values() if cell != "n/a"}
            if number == 2:
                if row["Cluster"] == "no cluster survived":
                    assert f"no cluster survived: {row['Location']}" in printed
                    continue
                wanted = set(list(row.values())[:14]) - {"n/a"}
            assert wanted <= printed, (number, wanted - printed)


def check_word_files(results: Path, page: Page) -> None:
    """The files for word processors hold the report's tables and the words of the methods."""
    tables = word_reader.opened(results / "paper/tables.docx").tables
    names = ["table 1", "table 2", "table 2, continued", "table 3"]
    shown = [rows for name, rows in page.tables if name in names and rows]
    assert [word_reader.cells(table) for table in tables] == shown
    document = word_reader.opened(results / "paper/methods.docx")
    words = "\n".join(
        one.text if not hasattr(one, "rows") else str(word_reader.cells(one))
        for one in word_reader.blocks(document)
    )
    text = (results / "paper/methods.md").read_text()
    assert re.findall(r"\w+", words) == re.findall(
        r"\w+", re.sub(r"\\(?=\W)", "", text)
    )


def check_contrasts(results: Path, page: Page) -> None:
    """The first sentences count clusters, findings and the smallest p as the files do."""
    label = {
        row["group"]: row["label"]
        for row in rows_of(results / "demographics/descriptives.tsv")
    }
    compared = dict(page.table("contrasts")[1:])
    folders = [path.parent for path in sorted(results.glob("group/*/summary.json"))]
    for folder in folders:
        clusters = rows_of(folder / "clusters.tsv")
        summary = json.loads((folder / "summary.json").read_text())
        assert summary["n_clusters"] == len(clusters)
        plus, minus = label[summary["plus"]], label[summary["minus"]]
        ((title, row),) = [
            (title, text)
            for title, text in compared.items()
            if {plus, minus} == set(title.split(" \N{MINUS SIGN} "))
        ]
        here = rf"Ratio (?:higher in {plus} than in {minus}|lower in {minus} than in {plus})"
        clause = re.search(rf"{here}: (.*?)(?=Ratio |In the other direction|$)", row)
        if not clusters:
            assert clause is None or clause[1].startswith("no cluster"), row
            threshold = re.search(
                rf"[Nn]o cluster at p < ({NUMBER}) and at least (\d+) voxels", row
            )
            assert threshold, row
            assert agree(threshold[1], summary["height_p"])
            assert int(threshold[2]) == summary["extent_voxels"]
            continue
        assert clause, row
        text = clause[1].strip()
        (n,) = re.findall(r"^(\d+) clusters?,", text)
        assert int(n) == len(clusters)
        p = [
            float(cluster[PRIMARY]) for cluster in clusters if cluster[PRIMARY] != "n/a"
        ]
        if not p:
            assert "could not judge" in text
            continue
        found = re.search(
            r"(\d+ of them found|not found|found) by the primary test .*?"
            r"p\(FWE\) (?:= |)(<?[\d.]+)\)",
            text,
        )
        n_found = {"not found": "0", "found": "1"}.get(found[1], found[1].split(" ")[0])
        assert int(n_found) == sum(value < ALPHA for value in p), text
        assert agree(found[2], min(p))
        largest = max(clusters, key=lambda cluster: float(cluster["volume_mm3"]))
        said = re.search(
            rf"(?:largest|It) has ({NUMBER}) ml, its centre at "
            rf"\(({NUMBER}), ({NUMBER}), ({NUMBER})\) mm",
            text,
        )
        # 0.05: table 2 rounds the volume to whole mm³ first
        assert abs(value(said[1]) - float(largest["volume_mm3"]) / 1000) < 0.051
        for axis, printed in zip("xyz", said.groups()[1:], strict=True):
            assert agree(printed, largest[f"cog_{axis}_mm"])
        if largest["label"] != "n/a":
            assert f": {largest['label']}." in text
        effect = re.search(
            rf"Hedges g is ({NUMBER}) \(({NUMBER}) to ({NUMBER})\)", text
        )
        ends = [largest[f"hedges_g{end}"] for end in ("", "_low", "_high")]
        if effect:
            turned = not title.startswith(f"{plus} ")
            signed = [-float(end) if turned else float(end) for end in ends]
            exact = [signed[0], *sorted(signed[1:])]
            assert all(map(agree, effect.groups(), exact)), (effect.groups(), exact)
        else:
            assert "n/a" in ends
        lesions = re.search(
            rf"Somebody has a lesion in (<?{NUMBER}) %|No lesion reaches into it", text
        )
        if largest["lesion_share"] == "n/a":
            assert lesions is None
        else:
            share = 100 * float(largest["lesion_share"])
            assert (lesions[1] is None) == (share == 0), text
            assert share == 0 or agree(lesions[1], share)
        others = re.findall(rf"[:,] (<?{NUMBER}) \(([\w ,]+)\)", text)
        assert len(others) == sum(largest[OTHER_TESTS[w]] != "n/a" for w in OTHER_TESTS)
        for printed, words in others:
            assert agree(printed, largest[OTHER_TESTS[words]])


def check_receptors(results: Path, page: Page) -> None:
    """The receptor sentences name exactly the maps below the level, after and before correction."""
    exact = rows_of(results / "receptors/correlations.tsv")
    groups = {
        row["label"]: row["group"]
        for row in rows_of(results / "demographics/descriptives.tsv")
    }
    for name, *texts in page.table("receptor maps")[1:]:
        if not texts:
            assert not exact
            continue
        rows = [
            row for row in exact if row["group"] == groups[name.rsplit(" (n =", 1)[0]]
        ]
        after = {row["map"] for row in rows if float(row["p_fdr"]) < ALPHA}
        before = {row["map"] for row in rows if float(row["p"]) < ALPHA} - after
        head, _, tail = texts[0].partition("before correction only:")
        if after:
            assert {row["map"] for row in rows if f"{row['map']} (" in head} == after
        else:
            (n,) = re.findall(r"none of (\d+) maps at p\(FDR\) < 0\.05", head)
            assert int(n) == len(rows)
        assert {row["map"] for row in rows if f"{row['map']} (" in tail} == before, (
            texts
        )
        for row in rows:
            for z in re.findall(
                rf"(?<!\w){re.escape(row['map'])} \(({NUMBER})", texts[0]
            ):
                assert agree(z, row["mean_fisher_z"])


def check_people(results: Path, page: Page) -> None:
    """Who is counted at the top is who the files hold."""
    described = rows_of(results / "demographics/descriptives.tsv")
    missing = {row["participant_id"] for row in rows_of(results / "qc/exclusions.tsv")}
    metrics = rows_of(results / "qc/metrics.tsv")
    sizes = [f"{row['n']} {row['label']}" for row in described if row["n"] != "0"]
    total = sum(int(row["n"]) for row in described)
    listed = f": {', '.join(sizes)}" if sizes else ""
    assert (
        page.facts["Participants"]
        == f"{total} analysed{listed}; {len(missing)} not analysed"
    )
    if metrics:
        assert page.facts["Scans"].startswith(f"{len(metrics)} pairs processed")
    flagged = sum(int(row["n_flags"]) > 0 for row in metrics)
    said = re.findall(r"(\d+) of (\d+) processed participants", page.text)
    assert said == ([(str(flagged), str(len(metrics)))] if flagged else [])
    said = re.findall(r"(\d+) participants? (?:is|are) not analysed", page.text)
    assert said == ([str(len(missing))] if missing else [])
    differing = [
        f"{row['variable']} ({row['comparison']})"
        for row in rows_of(results / "demographics/tests.tsv")
        if row["p"] != "n/a" and float(row["p"]) < ALPHA
    ]
    said = re.findall(r"The groups differ in (.*?); see table 1\.", page.text)
    assert said == ([", ".join(differing)] if differing else [])


def check_thresholds(results: Path, page: Page) -> None:
    """Error rates and shares of evidence are those of the comparison's summaries."""
    labels = {
        row["group"]: row["label"]
        for row in rows_of(results / "demographics/descriptives.tsv")
    }
    compared: dict[frozenset[str], list[dict]] = {}
    for path in results.glob("group/*/summary.json"):
        summary = json.loads(path.read_text())
        both = frozenset((labels[summary["plus"]], labels[summary["minus"]]))
        compared.setdefault(both, []).append(summary)
    shown = page.body("what the thresholds find")
    assert len(shown) == len(compared) == len(page.body("evidence"))
    for name, rate, stationary, *_ in shown:
        summaries = compared[frozenset(name.split(" \N{MINUS SIGN} "))]
        for printed, key in ((rate, "from_residuals"), (stationary, "stationary")):
            for summary in summaries:  # both directions have one rate
                exact = (summary["error_rate"].get(key) or {}).get("rate")
                first = printed.split(" ")[0]
                assert agree(first, None if exact is None else 100 * exact), (
                    name,
                    printed,
                )
    for name, *printed in page.body("evidence"):
        for summary in compared[frozenset(name.split(" \N{MINUS SIGN} "))]:
            for cell, key in zip(
                printed, ("effect", "null", "equivalent"), strict=False
            ):
                share = summary["evidence"].get(f"share_{key}")
                exact = None if share is None else 100 * share
                assert agree(cell, exact), (name, key, cell)


def check_methods(results: Path) -> None:
    """The methods text repeats sizes, thresholds, results and versions as they are."""
    text = (results / "paper/methods.md").read_text()
    described = rows_of(results / "demographics/descriptives.tsv")
    total = sum(int(row["n"]) for row in described)
    assert f"{total} participants were analysed" in text
    for row in rows_of(results / "demographics/tests.tsv"):
        what = re.escape(f"{row['variable']}, {row['comparison']}")
        pattern = rf"{what}: .*?p (?:= |)(<? ?{NUMBER}|n/a)"
        (said,) = re.findall(pattern, text)[:1]
        assert agree(said.replace(" ", ""), row["p"]), (row, said)
    number = rf"({NUMBER}) \|"
    row_of_contrast = re.compile(
        rf"^\| (\S+) \| (\d+) / (\d+) \| {number} {number} {number} [^|]* \| {number} {number}",
        re.MULTILINE,
    )
    for name, *cells in row_of_contrast.findall(text):
        summary = json.loads((results / "group" / name / "summary.json").read_text())
        keys = "n_plus n_minus df height_t extent_voxels n_voxels n_clusters".split()
        for printed, key in zip(cells, keys, strict=True):
            assert agree(printed, summary[key]), (name, key, printed)
    correlations = rows_of(results / "receptors/correlations.tsv")
    named = rf"(\w+) \(mean Fisher z = ({NUMBER}), p(\(FDR\)|) (?:= |)(<? ?{NUMBER})\)"
    for name, z, corrected, p in re.findall(named, text):
        column = "p_fdr" if corrected else "p"
        assert any(
            agree(z, row["mean_fisher_z"]) and agree(p.replace(" ", ""), row[column])
            for row in correlations
            if row["map"] == name
        ), (name, z, p)
    references = re.findall(r"^(\d+)\. ", text.split("## References")[1], re.M)
    assert references == [str(n) for n in range(1, len(references) + 1)]
    bibtex = (results / "paper/references.bib").read_text()
    assert bibtex.count("\n@") + bibtex.startswith("@") == len(references)
    for name, version in re.findall(r"(NumPy|SciPy) ([\d.]+\d)", text):
        records = [
            json.loads(p.read_text()) for p in results.glob("group/*/summary.json")
        ]
        used = {r["PackageVersions"].get(name.lower()) for r in records}
        assert version in used or not records


def check_all(results: Path) -> None:
    """Check everything that a finished study claims."""
    page = Page(results / "report.html")
    check_table_2(results)
    check_table_3(results)
    check_shown_tables(results, page)
    check_word_files(results, page)
    check_contrasts(results, page)
    check_receptors(results, page)
    check_people(results, page)
    check_thresholds(results, page)
    check_methods(results)
