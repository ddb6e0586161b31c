/* Tables: made from rows, sorted by their headings. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const small = (text, tone) => text ? element("small", {class: tone}, text) : null;

/* A number's cell: what is shown, what it sorts by. */
const numberCell = (text, value, note = null, attributes = {}) =>
  element("td", {...attributes, class: `number ${attributes.class ?? ""}`.trim(),
    "data-value": Number.isFinite(value) ? value : ""}, text, note);

/* What is worse than the class shares is marked. */
function marked(cell, below) {
  if (below) {
    cell.classList.add("below");
    cell.title = "worse than the class shares";
  }
  return cell;
}

/* Headings are buttons; the first click sorts the better way: text and ranks up, figures down. */
function heading(table, text, place, {number = true, up = false, title = null} = {}) {
  const button = element("button", {type: "button", class: "sort", title}, element("span", {}, text));
  button.addEventListener("click", () => sortBy(table, place, up));
  return element("th", {scope: "col", class: number ? "number" : null, "aria-sort": "none"}, button);
}

function sortBy(table, place, up) {
  const now = table.sorted?.place === place ? !table.sorted.up : up;
  table.sorted = {place, up: now};
  applySort(table);
}

function applySort(table) {
  if (!table.sorted) return;
  const {place, up} = table.sorted;
  const valueOf = (row) => {
    const cell = row.cells[place], value = cell?.dataset.value;
    return value === undefined ? cell?.textContent ?? "" : value === "" ? NaN : Number(value);
  };
  const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row), row]);
  rows.sort(([a], [b]) => {
    if (typeof a === "string") return (up ? 1 : -1) * a.localeCompare(b, "en", {numeric: true});
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);  // what is missing goes last
    return up ? a - b : b - a;
  });
  table.tBodies[0].append(...rows.map(([, row]) => row));
  [...table.tHead.rows[0].cells].forEach((cell, other) =>
    cell.setAttribute("aria-sort", other !== place ? "none" : up ? "ascending" : "descending"));
}

/* Replace a table's head and body; the reader's order stays, if the columns do. */
function fillTable(table, columns, rows) {
  const names = columns.map(({text}) => text).join("\n");
  if (table.columns !== names) table.sorted = null;
  table.columns = names;
  const focused = [...table.querySelectorAll("button")].indexOf(document.activeElement);
  const head = element("tr", {}, ...columns.map(({text, ...options}, place) => heading(table, text, place, options)));
  table.querySelectorAll("thead, tbody").forEach((part) => part.remove());
  table.append(element("thead", {}, head), element("tbody", {}, ...rows));
  applySort(table);
  if (focused >= 0) table.querySelectorAll("button")[focused]?.focus();
}

/* A table that came with the page sorts too. */
function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((cell, place) => {
    if (cell.classList.contains("bar")) return;
    const number = cell.classList.contains("number");
    cell.replaceWith(heading(table, cell.textContent, place, {number, up: !number}));
  });
}

/* The colour of a cell: how far for the better or for the worse. */
function shade(cell, difference, metric, scale) {
  if (!Number.isFinite(difference) || !scale) return cell;
  const good = (difference < 0) === metric.lower;
  cell.classList.add("shaded", metric.toned ? (good ? "good" : "bad") : "plain");
  cell.style.setProperty("--share", Math.min(Math.abs(difference) / scale, 1).toFixed(3));
  return cell;
}

/* What 9 of 10 differences are below. */
function scaleOf(differences) {
  const sizes = known(differences).map(Math.abs).sort((a, b) => a - b);
  return sizes.length ? sizes[Math.floor(0.9 * (sizes.length - 1))] : 0;
}
