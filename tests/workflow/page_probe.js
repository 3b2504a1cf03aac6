window.addEventListener("load", function () {
  var all = function (what) { return Array.from(document.querySelectorAll(what)); };
  var found = {
    overflow: document.documentElement.scrollWidth - window.innerWidth,
    broken: all("img").filter(function (i) { return !i.complete || !i.naturalWidth; }).length,
    nameless: all("img").filter(function (i) { return !i.alt; }).length,
    unsorted: [],
    flips: [],
    neighbours: all(".neighbours a:not([hidden])").map(function (a) { return a.textContent; }),
    cohort: all("td.cohort").filter(function (c) { return / n = /.test(c.textContent); }).length,
  };
  all("details").forEach(function (d) { d.open = true; });  // what is shut takes no focus
  all("table.sortable").forEach(function (table) {
    var heads = Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
    heads.forEach(function (head, column) {
      var button = head.querySelector("button");
      if (!button) { return; }
      button.focus();
      if (document.activeElement !== button && button.offsetParent) { found.unsorted.push("focus"); }
      button.click();
      var values = Array.from(table.tBodies[0].rows).map(function (row) { return row.cells[column]; })
        .filter(Boolean).map(function (cell) { return Number(cell.textContent.replace("\u2212", "-")); });
      var up = values.every(function (v, i) { return isNaN(v) || !i || isNaN(values[i - 1]) || values[i - 1] <= v; });
      if (!up || head.getAttribute("aria-sort") !== "ascending") { found.unsorted.push(head.textContent); }
    });
  });
  all(".flip").forEach(function (figure) {
    var show = figure.querySelector("button.show"), before = show.textContent;
    show.click();
    found.flips.push([before, show.textContent, show.getAttribute("aria-pressed")]);
    figure.querySelector(".pictures").click();
    if (show.textContent !== before) { found.flips.push("not swapped back"); }
  });
  var done = function () {
    var place = document.createElement("pre");
    place.id = "probe";
    place.textContent = JSON.stringify(found);
    document.body.appendChild(place);
  };
  if (!window.axe) { return done(); }
  axe.run(document).then(function (result) {
    found.violations = result.violations.map(function (v) {
      return v.id + ": " + v.nodes.slice(0, 3).map(function (n) { return n.html.slice(0, 120); }).join(" | ");
    });
    done();
  });
});
