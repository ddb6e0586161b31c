/* Controls and charts. */
let drawing = [];

/* Charts with a row an arm are as high as there are arms; their rows have a place. */
const heightOf = ({rows = []}) => rows.some(({place}) => place !== undefined)
  ? data.step * (new Set(rows.map(({arm}) => arm)).size + 0.5) : null;
const redraw = (name, named) => drawing.push(draw(name, named, heightOf(named)));

function options(select, pairs, value) {
  select.replaceChildren(...pairs.map(([key, text]) => new Option(text, key)));
  select.value = value;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}

/* The views that have the metric chosen; the same one if it does. */
function offerViews() {
  const found = data.views.filter(({key}) => data.values[columnOf.get(`${key}/${chosen.metric}`)]
    ?.some((value, cell) => value !== null && inRegime(cell)));
  options(at("view"), found.map(({key, text}) => [key, text]), chosen.view);
  chosen.view = at("view").value;
}

function readFilter() {
  const ticked = (name) => [...document.querySelectorAll(`input[name=${name}]:checked`)];
  const picked = (boxes) => new Set(boxes.map((box) => Number(box.value)));
  const task = at("task").value;
  chosen.libraries = picked(ticked("library").filter((box) => !box.closest("label").hidden));
  chosen.datasets = new Set([...picked(ticked("dataset"))].filter((d) => task === "" || data.datasets[d].task === task));
  document.querySelectorAll("[data-library]").forEach((one) => { one.hidden = !chosen.libraries.has(Number(one.dataset.library)); });
  const families = new Set([...chosen.datasets].map((d) => data.datasets[d].family));
  at("filter-text").textContent = `${plural(chosen.datasets.size, "data set")} of ${plural(families.size, "family", "families")}, ` +
    plural(chosen.libraries.size, "library", "libraries");
}

function show() {
  drawing = [];
  document.documentElement.dataset.drawn = "false";
  const shown = figure(chosen.view, chosen.metric), cells = chosenCells();
  const view = data.views.find(({key}) => key === chosen.view)?.text ?? "";
  document.querySelectorAll("[data-says=figure]").forEach((place) => {
    place.textContent = `${metricOf.get(chosen.metric).text}, ${view}`;
  });
  at("nothing").hidden = cells.length > 0;
  if (shown) {
    showBoard(shown, cells);
    showEffect(shown, cells);
    showHeat(shown, cells);
    showSweep(shown, cells);
  }
  showCosts(cells);
  showTrade(cells);
  showCurves();
  showCalibration(cells);
  showSeconds(cells);
  Promise.all(drawing).then(() => { document.documentElement.dataset.drawn = "true"; });
}

/* Only the data sets whose name or family holds what was typed are listed. */
function search() {
  const text = at("search").value.toLowerCase();
  for (const box of document.querySelectorAll("input[name=dataset]")) {
    const {name, family} = data.datasets[Number(box.value)];
    box.closest("label").hidden = !`${name} ${family}`.toLowerCase().includes(text);
  }
}

/* The models of one regime; what it has no models of is not offered. */
function readRegime() {
  chosen.regime = Number(at("trained")?.value ?? 0);
  const here = (places) => new Set(places.filter((_, cell) => inRegime(cell)));
  const libraries = here(data.cells.library), arms = here(data.cells.arm);
  for (const box of document.querySelectorAll("input[name=library]")) box.closest("label").hidden = !libraries.has(Number(box.value));
  options(at("effect-arm"), [...arms].sort((a, b) => a - b).filter((arm) => arm !== baselineArm).map((arm) => [arm, armNames[arm]]),
    at("effect-arm").value || String(armNames.indexOf("balanced")));
  offerViews();
  offerCurves();
  readFilter();
}

function tickAll(on) {
  for (const box of document.querySelectorAll("input[name=dataset]")) if (!box.closest("label").hidden) box.checked = on;
  readFilter();
  show();
}

function listen() {
  const on = (event, id, read) => at(id).addEventListener(event, () => { read?.(); show(); });
  on("change", "metric", () => { chosen.metric = at("metric").value; offerViews(); });
  on("change", "view", () => { chosen.view = at("view").value; });
  on("change", "filter", readFilter);
  if (at("trained")) on("change", "trained", readRegime);
  at("search").addEventListener("input", search);
  at("search").addEventListener("change", (event) => event.stopPropagation());
  at("all").addEventListener("click", () => tickAll(true));
  at("none").addEventListener("click", () => tickAll(false));
  for (const id of ["effect-arm", "heat-what", "explored", "trade-data", "curves-data", "curves-arm", "loss"]) on("change", id);
  for (const id of ["sweep-arm", "fn-cost", "fp-cost"]) on("input", id);
}

function start() {
  options(at("metric"), data.metrics.filter(({name}) => data.columns.some((column) => column.endsWith(`/${name}`)))
    .map(({name, text}) => [name, text]), chosen.metric);
  chosen.metric = at("metric").value;
  options(at("trade-data"), [["", "all chosen, on average"], ...data.datasets.map(({name}, d) => [d, name])], "");
  at("sweep-arm").max = String(Math.max(0, sweepArms.length - 1));
  at("sweep-arm").value = at("sweep-arm").max;
  document.querySelectorAll("table.sortable").forEach(makeSortable);
  readRegime();
  listen();
  show();
}

start();
makeCharts(heightOf).then(() => { document.documentElement.dataset.ready = "true"; });
