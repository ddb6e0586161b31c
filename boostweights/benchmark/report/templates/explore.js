/* Weight sweep, thresholds and costs, precision against recall, calibration, seconds. */
const COUNTS = ["tn", "fp", "fn", "tp"];
const sweepArms = data.arms.map(({power}, arm) => ({arm, power})).filter(({power}) => power !== null)
  .sort((a, b) => a.power - b.power);
const decisionViews = data.views.filter(({key}) => !key.startsWith("none/") && columnOf.has(`${key}/recall`));
const cheapRound = (value) => Number(value.toPrecision(6));

/* Counts per 1000 test rows, the mean over data sets and libraries. */
function perThousand(cells, view) {
  const counts = COUNTS.map((name) => figure(view, name));
  if (counts.some((one) => one === null)) return null;
  const rows = cells.map((cell) => counts.map((one) => one.value(cell))).filter((row) => row.every(Number.isFinite))
    .map((row) => row.map((count) => 1000 * count / row.reduce((a, b) => a + b, 0)));
  return rows.length ? Object.fromEntries(COUNTS.map((name, place) => [name, mean(rows.map((row) => row[place]))])) : null;
}

function showSweep(shown, cells) {
  at("sweep-section").hidden = sweepArms.length < 3 || !columnOf.has("none/raw/weight_ratio");
  if (at("sweep-section").hidden) return;
  const ratio = figure("none/raw", "weight_ratio"), arms = byArm(cells), place = Number(at("sweep-arm").value);
  const rows = sweepArms.flatMap(({arm, power}, step) =>
    [...groupBy(arms[arm], (cell) => data.cells.library[cell])].map(([l, same]) => ({
      arm: armNames[arm], power, chosen: step === place, library: data.libraries[l],
      ratio: Math.exp(mean(known(same.map((cell) => Math.log(ratio.value(cell)))))), value: average(same, shown).value})))
    .filter(({ratio, value}) => Number.isFinite(ratio) && Number.isFinite(value));
  const [first] = rows, middle = median(rows.map(({ratio}) => ratio));
  redraw("sweep", {rows: rows.map((row) => ({...row, named: row.library === first?.library, side: row.ratio > middle ? "right" : "left"}))});
  showSwept(arms, sweepArms[place].arm, ratio);
}

function showSwept(arms, arm, ratio) {
  const view = decisionViews.some(({key}) => key === chosen.view) ? chosen.view : "0.5/raw";
  const now = perThousand(arms[arm], view), base = baselineArm < 0 ? null : perThousand(arms[baselineArm], view);
  const typical = Math.exp(mean(known(arms[arm].map((cell) => Math.log(ratio.value(cell))))));
  const text = `${armNames[arm]}, weight ${Number(typical.toPrecision(3))} : 1`;
  at("sweep-arm-text").textContent = text;
  at("sweep-arm").setAttribute("aria-valuetext", text);
  at("matrix-text").textContent = `Of 1000 test rows, on average over the chosen data sets of two classes; decided: ${
    data.views.find(({key}) => key === view)?.text ?? view}. Small: the change from ${data.baseline}.`;
  for (const name of COUNTS) {
    const own = now?.[name] ?? NaN, all = now ? (name === "tn" || name === "fp" ? now.tn + now.fp : now.fn + now.tp) : NaN;
    at(name).textContent = fixed(own, 1);
    at(`${name}-change`).textContent = base && arm !== baselineArm ? signed(own - base[name], 1) : "";
    at(name).parentElement.style.setProperty("--share", Number.isFinite(own / all) ? own / all : 0);
  }
}

function showCosts(cells) {
  at("cost-section").hidden = decisionViews.length === 0;
  if (!decisionViews.length) return;
  const name = at("explored").value, arms = byArm(cells);
  readCosts(costs);
  at("cost-fields").hidden = name !== "expense";
  const cellOf = name === "expense" ? expense(costs) : (view) => figure(view, name);
  const metric = name === "expense" ? {lower: true, toned: true} : metricOf.get(name);
  const views = decisionViews.map(({key, text}) => ({text, shown: cellOf(key)}));
  const half = cellOf("0.5/raw");
  const rows = arms.map((ofArm, arm) => ({arm, means: views.map(({shown}) => shown
    ? decided(ofArm, shown, half) : {value: NaN, difference: NaN, datasets: 0, pairs: 0})})).filter(({means}) => means.some(({datasets}) => datasets));
  const most = Math.max(0, ...rows.flatMap(({means}) => means.map(({pairs}) => pairs)));
  const all = rows.flatMap(({arm, means}) => means.map((one, place) => ({...one, arm, text: views[place].text})))
    .filter(({pairs, value}) => pairs === most && Number.isFinite(value));
  const best = all.reduce((a, b) => !a || (metric.lower ? b.value < a.value : b.value > a.value) ? b : a, null);
  const digits = name === "expense" ? short : fixed;
  fillTable(at("costs"),
    [{text: "trained as", number: false, up: true}, ...views.map(({text}) => ({text, up: metric.lower}))],
    rows.map(({arm, means}) => element("tr", {"data-arm": armNames[arm]}, element("th", {scope: "row"}, armNames[arm]),
      ...means.map(({value, difference, pairs}) => numberCell(digits(value), value,
        small(Number.isFinite(difference) && difference ? (name === "expense" ? signed(difference, 1) : signed(difference)) : "", toneOf(difference, metric)),
        {class: best && value === best.value && pairs === most ? "best" : null})))));
  at("cost-text").textContent = !best ? "" : `${name === "expense" ? "Cheapest" : "Best"}: ${armNames[best.arm]}, ${best.text}: ` +
    `${digits(best.value)}${name === "expense" ? " per 1000 rows" : ""} (${plural(best.datasets, "data set")}).`;
}

/* Expected cost per 1000 rows, from the counts and the reader's costs. */
const expense = (costs) => (view) => {
  const counts = COUNTS.map((name) => figure(view, name));
  if (counts.some((one) => one === null)) return null;
  return {value: (cell) => {
    const [tn, fp, fn, tp] = counts.map((one) => one.value(cell));
    return cheapRound(1000 * (costs.fp * fp + costs.fn * fn) / (tn + fp + fn + tp));
  }};
};

/* Means, and differences from the unweighted model decided at .5. */
function decided(cells, shown, half) {
  const measured = cells.filter((cell) => Number.isFinite(shown.value(cell)));
  const differences = measured.map((cell) => {
    const base = cellAt.get(keyOf(data.cells.dataset[cell], data.cells.library[cell], baselineArm));
    return base === undefined || !half ? NaN : shown.value(cell) - half.value(base);
  });
  return {value: mean(measured.map(shown.value)), difference: mean(known(differences)), datasets: datasetsOf(measured).size, pairs: measured.length};
}

const costs = {...data.costs};
function showTrade(cells) {
  const one = at("trade-data").value, about = one === "" ? cells : cells.filter((cell) => data.cells.dataset[cell] === Number(one));
  const rows = [];
  const add = (arm, same, view, kind, text) => {
    const [recall, precision, f1] = ["recall", "precision", "f1"].map((name) => average(same, figure(view, name)).value);
    if (Number.isFinite(recall) && Number.isFinite(precision))
      rows.push({arm: armNames[arm], kind, decided: text, power: data.arms[arm].power ?? 0, recall, precision, f1,
        library: data.libraries[data.cells.library[same[0]]]});
  };
  at("trade-section").hidden = !columnOf.has("0.5/raw/recall");
  if (at("trade-section").hidden) return;
  byArm(about).forEach((ofArm, arm) => {
    if (data.arms[arm].dummy) return;
    for (const [, same] of groupBy(ofArm, (cell) => data.cells.library[cell])) {
      add(arm, same, "0.5/raw", data.arms[arm].power === null ? "other" : "sweep", ".5");
      if (arm === baselineArm)
        for (const {key, text} of decisionViews)
          if (!key.startsWith("0.5/") && key !== "cost/raw") add(arm, same, key, "rule", text);
    }
  });
  const [first] = rows, middle = median(rows.map(({recall}) => recall)), tuned = data.views.find(({key}) => key === "tuned/raw")?.text;
  redraw("trade", {rows: rows.map((row) => ({...row, label: row.kind === "rule" ? row.decided : row.arm, side: row.recall > middle ? "right" : "left",
    named: row.library === first?.library && (row.kind === "rule" ? row.decided === tuned : row.kind === "sweep" && [0, 1].includes(row.power))}))});
}

/* Differences of fitted figures are from the unweighted model as it was trained, which may be fitted itself. */
function showCalibration(cells) {
  const name = at("loss").value, raw = figure("none/raw", name), corrected = figure("none/corrected", name), fitted = figure("none/fitted", name);
  at("calibration-section").hidden = !raw || !(corrected || fitted);
  if (at("calibration-section").hidden) return;
  const kinds = ["as trained", ...(corrected ? ["corrected"] : []), ...(fitted ? ["fitted"] : [])];
  const rows = byArm(cells).map((ofArm, arm) => ({arm: armNames[arm], means: [average(ofArm, raw),
    ...(corrected ? [average(ofArm, corrected)] : []), ...(fitted ? [decided(ofArm, fitted, raw)] : [])]}))
    .filter(({arm, means}) => Number.isFinite(means[0].difference) && (arm !== data.baseline || (fitted && Number.isFinite(means.at(-1).difference))));
  const changed = rows.filter(({means}) => means.some(({difference}) => Math.abs(difference - means[0].difference) > 1e-9));
  const listed = changed.length ? changed : rows;
  const dots = listed.map(({arm, means}, place) => means.map(({difference}, which) => ({arm, place, kind: kinds[which], value: difference}))
    .filter(({value}) => Number.isFinite(value)));
  redraw("calibration", {base: [{value: 0}], rows: dots.flat(),
    pairs: dots.map((own) => ({...own[0], low: Math.min(...own.map(({value}) => value)), high: Math.max(...own.map(({value}) => value))}))});
  fillTable(at("losses"), [{text: "trained as", number: false, up: true}, ...kinds.map((text) => ({text, up: true}))],
    listed.map(({arm, means}) => element("tr", {}, element("th", {scope: "row"}, arm),
      ...means.map(({value, difference}) => numberCell(fixed(value), value, small(signed(difference), toneOf(difference, raw.metric)))))));
}

function showSeconds(cells) {
  const shown = figure("none/raw", "fit_cpu");
  at("seconds-section").hidden = !shown;
  if (!shown) return;
  const typical = (same) => Math.exp(mean(known(same.map((cell) => Math.log(shown.value(cell))))));
  const libraries = data.libraries.map((_, l) => l).filter((l) => chosen.libraries.has(l));
  const rows = byArm(cells).map((ofArm, arm) => ({arm, each: libraries.map((l) =>
    typical(ofArm.filter((cell) => data.cells.library[cell] === l)))})).filter(({arm, each}) => !data.arms[arm].dummy && known(each).length);
  redraw("seconds", {rows: rows.flatMap(({arm, each}, place) => each.map((value, l) =>
    ({arm: armNames[arm], place, library: data.libraries[libraries[l]], value}))).filter(({value}) => value > 0)});
  fillTable(at("seconds"), [{text: "trained as", number: false, up: true}, ...libraries.map((l) => ({text: data.libraries[l], up: true}))],
    rows.map(({arm, each}) => element("tr", {}, element("th", {scope: "row"}, armNames[arm]),
      ...each.map((value) => numberCell(short(value), value)))));
}
