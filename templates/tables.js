/* global document */
// Sorts and filters the tables that say they can be: by a click on a heading, by words in a box.
(() => {
  "use strict";

  /** A cell's value: what it is sorted by, else its number, else its text. */
  function valueOf(row, column) {
    const cell = row.cells[column];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const number = Number(text.replaceAll(",", ""));
    return text !== "" && !Number.isNaN(number) ? number : text;
  }

  /** Numbers before words, absent values last whatever the direction. */
  function compare(a, b, direction) {
    const absent = (value) => value === "" || value === "–";
    if (absent(a) || absent(b)) return Number(absent(a)) - Number(absent(b));
    if (typeof a === "number" && typeof b === "number") return (a - b) * direction;
    return String(a).localeCompare(String(b), "en", { numeric: true }) * direction;
  }

  function sortBy(table, column) {
    const headings = [...table.tHead.rows[0].cells];
    const descending = headings[column].getAttribute("aria-sort") !== "descending";
    for (const heading of headings) heading.removeAttribute("aria-sort");
    headings[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => ({ row, value: valueOf(row, column) }));
    rows.sort((a, b) => compare(a.value, b.value, descending ? -1 : 1));
    body.append(...rows.map(({ row }) => row));
  }

  function makeSortable(table) {
    for (const [column, heading] of [...table.tHead.rows[0].cells].entries()) {
      if (heading.textContent.trim() === "") continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.title = "Sort";
      button.onclick = () => sortBy(table, column);
      heading.replaceChildren(button);
    }
  }

  /** Every word must be in the row; what is shown is counted for those who cannot see it. */
  function addFilter(table) {
    const box = document.createElement("label");
    const input = document.createElement("input");
    const shown = document.createElement("span");
    box.className = "filter";
    input.type = "search";
    input.placeholder = "words that rows must contain";
    shown.setAttribute("role", "status");
    box.append("Filter", input, shown);
    input.oninput = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = [...table.tBodies[0].rows];
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
      const left = rows.filter((row) => !row.hidden).length;
      shown.textContent = words.length === 0 ? "" : `${left} of ${rows.length}`;
    };
    table.parentElement.before(box);
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    makeSortable(table);
    if (table.tBodies[0].rows.length > 5) addFilter(table);
  }
})();
