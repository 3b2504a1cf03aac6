"use strict";
(function () {
  function text(cell) { return cell.textContent.trim(); }
  function numeric(cell) {
    var value = cell.dataset.value;
    if (value === undefined) { value = text(cell).replace(/\u2212/g, "-").replace(/[,<*]/g, ""); }
    return value === "" ? NaN : Number(value.split(/ /)[0]);
  }
  // Tables: a button in every heading sorts; what has no value stays last.
  document.querySelectorAll("table.sortable").forEach(function (table) {
    var body = table.tBodies[0], rows = Array.from(body ? body.rows : []);
    if (!table.tHead || rows.length < 2) { return; }
    var heads = Array.from(table.tHead.rows[table.tHead.rows.length - 1].cells);
    heads.forEach(function (head, column) {
      if (!text(head)) { return; }
      var button = document.createElement("button");
      button.type = "button";
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.addEventListener("click", function () {
        var up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        var cells = rows.map(function (row) { return row.cells[column]; }).filter(Boolean);
        var filled = cells.filter(function (cell) { return ["", "n/a", "\u2013"].indexOf(text(cell)) < 0; });
        var asNumbers = filled.every(function (cell) { return !isNaN(numeric(cell)); });
        function key(row) {
          var cell = row.cells[column];
          if (!cell || filled.indexOf(cell) < 0) { return null; }
          return asNumbers ? numeric(cell) : text(cell);
        }
        rows.map(function (row) { return [key(row), row]; }).sort(function (a, b) {
          if (a[0] === null || b[0] === null) { return (a[0] === null) - (b[0] === null); }
          var order = asNumbers ? a[0] - b[0] : a[0].localeCompare(b[0], undefined, {numeric: true});
          return up ? order : -order;
        }).forEach(function (pair) { body.appendChild(pair[1]); });
      });
    });
  });
  // Pictures of which there are two: swapped by a tap or a key, or again and again.
  document.querySelectorAll(".flip").forEach(function (figure) {
    var show = figure.querySelector("button.show"), flicker = figure.querySelector("button.flicker"), timer = 0;
    function swap() {
      var other = figure.classList.toggle("on");
      show.textContent = "Showing: " + (other ? show.dataset.other : show.dataset.first);
      show.setAttribute("aria-pressed", other);
    }
    show.addEventListener("click", swap);
    figure.querySelector(".pictures").addEventListener("click", swap);
    flicker.addEventListener("click", function () {
      if (timer) { clearInterval(timer); timer = 0; } else { timer = setInterval(swap, 500); }
      flicker.setAttribute("aria-pressed", timer !== 0);
    });
  });
  // When this file was written: not in its bytes, which are the same in every run.
  document.querySelectorAll(".written").forEach(function (place) {
    var date = new Date(document.lastModified);
    if (!isNaN(date)) { place.textContent = date.toISOString().slice(0, 10); }
  });
  // A participant among the others, from the file beside the page.
  var cohort = window.rt1t2Cohort, me = document.body.dataset.participant;
  if (!cohort || !me) { return; }
  var at = cohort.people.indexOf(me);
  if (at < 0) { return; }
  function link(id, place, words) {
    var anchor = document.getElementById(id), name = cohort.people[place];
    if (!anchor || !name) { return; }
    anchor.href = name + ".html";
    anchor.textContent = words.replace("@", name);
    anchor.hidden = false;
  }
  link("previous", at - 1, "\u2190 @");
  link("next", at + 1, "@ \u2192");
  var shown = document.querySelectorAll("[data-metric]"), far = [];
  function printed(value) { return String(Number(value.toPrecision(3))).replace("-", "\u2212"); }
  function strip(column, z) {
    var svg = "", end = 8, x = function (v) { return (80 + 76 * Math.max(-end, Math.min(end, v)) / end).toFixed(1); };
    column.z.forEach(function (other) {
      if (other !== null) { svg += '<line x1="' + x(other) + '" x2="' + x(other) + '" y1="4" y2="14" stroke="#5f6b77" stroke-opacity="0.5"/>'; }
    });
    return '<svg viewBox="0 0 160 18" width="160" height="18" aria-hidden="true"><line x1="4" x2="156" y1="9" y2="9" stroke="#d9dee4"/>' + svg +
      '<path d="M' + x(z) + ' 1l4 4-4 12-4-12z" fill="#0b5c8a"/></svg>';
  }
  shown.forEach(function (row) {
    var column = cohort.metrics[row.dataset.metric], cell = row.querySelector(".cohort");
    if (!column || !cell) { return; }
    var n = column.values.filter(function (v) { return v !== null; }).length, z = column.z[at];
    if (column.values[at] === null) { cell.textContent = "not measured here"; return; }
    if (z === null) { cell.textContent = "median " + printed(column.median) + ", n = " + n; return; }
    var words = "z " + z.toFixed(1).replace("-", "\u2212");
    cell.innerHTML = strip(column, z);
    cell.appendChild(document.createElement("br"));
    cell.append(words + "; median " + printed(column.median) + ", n = " + n);
    cell.dataset.value = z;
    if (Math.abs(z) > cohort.flag_z) {
      row.classList.add("flagged");
      far.push(row.cells[0].textContent.trim() + ": " + row.cells[1].textContent.trim() + " (robust z " + words.slice(2) + " in the cohort)");
    }
  });
  document.querySelectorAll(".cohort").forEach(function (cell) { cell.hidden = false; });
  var list = document.getElementById("far");
  if (list && far.length) {
    far.forEach(function (words) { var p = document.createElement("p"); p.textContent = words; list.appendChild(p); });
    list.hidden = false;
    var badge = document.getElementById("far-badge");
    badge.textContent = far.length + " far from the cohort";
    badge.hidden = false;
    var calm = document.getElementById("calm-badge");
    if (calm) { calm.hidden = true; }
  }
})();
