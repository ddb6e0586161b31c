/* The page of a weight path: weight, threshold and costs move, and everything follows. */
const rows = data.positives + data.negatives;
const costs = {...data.costs};
const points = (value) => `${value < 0 ? "−" : "+"}${Math.abs(100 * value).toFixed(1)}`;
const costOf = (c) => costOfRows(costs, c, rows);
const state = () => ({w: Number(at("weight").value), i: Number(at("threshold").value), kind: at("kind").value});

/* One row a weight and threshold, for every chart. */
const curveOf = (kind) => data.weights.flatMap((weight, w) => data.thresholds.map((t, i) => {
  const c = countsOf(weight.kinds[kind], i, data), clamped = Math.min(Math.max(t, 5e-5), 1 - 5e-5);
  return {...c, w, i, rows, ratio: weight.ratio, log_odds: Math.log(clamped / (1 - clamped)),
    recall: share(c.tp, data.positives), precision: c.tp + c.fp ? c.tp / (c.tp + c.fp) : null};
}));
const named = {
  curve: curveOf(state().kind),
  weights: data.weights.map(({ratio}, w) => ({w, ratio})),
  bins: data.weights.flatMap(({reliability}, w) =>
    Object.entries(reliability).flatMap(([kind, bins]) => bins.map((bin) => ({...bin, kind, w})))),
  losses: data.weights.flatMap(({ratio, log_loss, log_loss_corrected, log_loss_fitted}, w) =>
    [{w, ratio, kind: "as trained", loss: log_loss}, {w, ratio, kind: "corrected", loss: log_loss_corrected},
      {w, ratio, kind: "fitted", loss: log_loss_fitted}]),
};

function showFigures(c, weight) {
  const recall = share(c.tp, c.tp + c.fn), precision = share(c.tp, c.tp + c.fp);
  at("recall").textContent = fixed(recall);
  at("precision").textContent = fixed(precision);
  at("f1").textContent = fixed(share(2 * c.tp, 2 * c.tp + c.fp + c.fn));
  at("log-loss").textContent = fixed(weight.log_loss, 4);
  at("log-loss-corrected").textContent = fixed(weight.log_loss_corrected, 4);
  at("log-loss-fitted").textContent = fixed(weight.log_loss_fitted, 4);
  at("cost").textContent = money(costOf(c));
  at("sentence").textContent =
    `Catches ${whole.format(c.tp)} of ${whole.format(data.positives)} “${data.positive}” ` +
    `with ${whole.format(c.fp)} false alarm${c.fp === 1 ? "" : "s"}` +
    (c.tp + c.fp ? `: ${percent(recall, 0)} recall, ${percent(precision, 0)} precision, ` : ", ") +
    `at a cost of ${money(costOf(c))} per 1000 rows.`;
}

/* The first of the cheapest thresholds, of one weight and of all, and the one that costs imply. */
const costAt = (w, kind, i) => costOf(countsOf(data.weights[w].kinds[kind], i, data));
const cheapest = (w, kind) => data.thresholds.reduce((best, _, i) => costAt(w, kind, i) < costAt(w, kind, best) ? i : best, 0);
function cheapestOfAll() {
  const unweighted = data.weights.findIndex(({ratio}) => ratio === 1);
  const order = [unweighted, ...data.weights.keys()];  // the unweighted model wins ties
  const ways = order.flatMap((w) => Object.keys(data.weights[w].kinds).map((kind) => ({w, kind, i: cheapest(w, kind)})));
  return ways.reduce((best, way) => costAt(way.w, way.kind, way.i) < costAt(best.w, best.kind, best.i) ? way : best);
}
function implied(w, kind) {
  const ratio = kind === "as trained" ? data.weights[w].ratio : 1;
  const alarm = ratio * (costs.fp - costs.tn), miss = costs.fn - costs.tp;
  return alarm + miss > 0 && alarm >= 0 && miss >= 0 ? alarm / (alarm + miss) : NaN;
}
const nearest = (threshold) => data.thresholds.reduce((best, t, i) =>
  Math.abs(t - threshold) < Math.abs(data.thresholds[best] - threshold) ? i : best, 0);

function showAdvice(w, kind) {
  const best = cheapest(w, kind), theory = implied(w, kind), way = cheapestOfAll();
  at("best-threshold").textContent = String(data.thresholds[best]);
  at("best-cost").textContent = money(costAt(w, kind, best));
  at("theory-threshold").textContent = Number.isFinite(theory) ? probability(theory) : "–";
  at("use-theory").disabled = !Number.isFinite(theory);
  const weight = data.weights[way.w];
  at("best-way").textContent = `${weight.ratio === 1 ? "no weight" : `weight ${weight.text} : 1`}, ${way.kind}, from ${data.thresholds[way.i]} on`;
  at("best-way-cost").textContent = money(costAt(way.w, way.kind, way.i));
}

const rates = (c) => ({fnr: share(c.fn, c.fn + c.tp), fpr: share(c.fp, c.fp + c.tn),
  selection_rate: share(c.tp + c.fp, c.tn + c.fp + c.fn + c.tp)});
const unweighted = data.weights.find(({ratio}) => ratio === 1), half = data.thresholds.indexOf(0.5);

function showGroups(weight, kind, i) {
  data.groups.forEach((group, g) => {
    const before = rates(countsOf(unweighted.kinds["as trained"].groups[g], half, group));
    for (const [rate, value] of Object.entries(rates(countsOf(weight.kinds[kind].groups[g], i, group)))) {
      const small = document.createElement("small"), change = value - before[rate];
      small.textContent = Number.isFinite(change) ? points(change) : "";
      small.className = Math.abs(change) < 5e-4 || rate === "selection_rate" ? "same" : change < 0 ? "better" : "worse";
      at(`${rate}-${g}`).replaceChildren(percent(value), small);
    }
  });
}

/* Amounts of another size need another width beside the axis. */
function show({resized} = {}) {
  const {w, i, kind} = state(), weight = data.weights[w], c = countsOf(weight.kinds[kind], i, data);
  const weightText = weight.ratio === 1 ? "1 (unweighted)" : `${weight.text} : 1`;
  at("weight-text").textContent = weightText;
  at("weight").setAttribute("aria-valuetext", weightText);
  at("threshold-text").textContent = String(data.thresholds[i]);
  at("threshold").setAttribute("aria-valuetext", String(data.thresholds[i]));
  showMatrix(c, data, whole.format);
  showFigures(c, weight);
  showAdvice(w, kind);
  showGroups(weight, kind, i);
  const signals = {weight: w, threshold: i,
    cost_tn: costs.tn, cost_fp: costs.fp, cost_fn: costs.fn, cost_tp: costs.tp};
  for (const view of views.values()) {
    for (const [name, value] of Object.entries(signals)) view.signal(name, value);
    if (resized) view.resize();
    view.runAsync();
  }
}

/* Other probabilities are another curve in every chart that has one. */
function showKind() {
  for (const [name, view] of views)
    if (curved.has(name)) view.data("curve", curveOf(state().kind));
  show({resized: true});
}
const curved = new Set(["ranking", "rates", "cost", "costs"]);

function choose({w = state().w, kind = state().kind, i}) {
  at("weight").value = w;
  at("threshold").value = i;
  at("kind").value = kind;
  showKind();
}

for (const id of ["weight", "threshold"]) at(id).addEventListener("input", show);
at("kind").addEventListener("change", showKind);
for (const id of ["fn-cost", "fp-cost"]) at(id).addEventListener("input", () => { readCosts(costs); show({resized: true}); });
at("use-best").addEventListener("click", () => choose({i: cheapest(state().w, state().kind)}));
at("use-theory").addEventListener("click", () => choose({i: nearest(implied(state().w, state().kind))}));
at("use-way").addEventListener("click", () => choose(cheapestOfAll()));
show();

for (const name of document.querySelectorAll("[data-chart]")) draw(name.dataset.chart, named);
makeCharts().then(() => {
  show({resized: true});
  document.documentElement.dataset.ready = "true";
});
