/* Reliability and precision-recall curves of one arm on one data set. */
const curveAt = new Map(Object.entries(data.curves).map(([kind, all]) =>
  [kind, new Map(all.map(([r, d, l, a, x, y, n]) => [keyOf(d, l, a, r), {x, y, n}]))]));
const curvesOf = (place) => [...new Set(Object.values(data.curves).flatMap((all) => all.filter(([r]) => r === chosen.regime)
  .map((one) => one[place])))].sort((a, b) => a - b);

function pointsOf(curve, proba, d, l, arm, kind) {
  const found = curveAt.get(`${curve}/${proba}`)?.get(keyOf(d, l, arm));
  return found ? found.x.map((x, place) => ({x, y: found.y[place], n: found.n[place], kind, arm: armNames[arm], library: data.libraries[l]})) : [];
}

function showCurves() {
  at("curves-section").hidden = !at("curves-arm").options.length;
  if (at("curves-section").hidden) return;
  const d = Number(at("curves-data").value), arm = Number(at("curves-arm").value);
  const libraries = data.libraries.map((_, l) => l).filter((l) => chosen.libraries.has(l));
  const weighted = arm !== baselineArm;
  redraw("reliability", {rows: libraries.flatMap((l) => [
    ...pointsOf("reliability", "raw", d, l, arm, weighted ? "as trained" : "corrected"),
    ...(weighted ? pointsOf("reliability", "corrected", d, l, arm, "corrected") : []),
    ...pointsOf("reliability", "fitted", d, l, arm, "fitted")])});
  const [recall, precision] = ["recall", "precision"].map((name) => figure("0.5/raw", name));
  const operating = libraries.map((l) => [l, cellAt.get(keyOf(d, l, arm))]).filter(([, cell]) => cell !== undefined && recall)
    .map(([l, cell]) => ({x: recall.value(cell), y: precision.value(cell), arm: armNames[arm], library: data.libraries[l]}))
    .filter(({x, y}) => Number.isFinite(x) && Number.isFinite(y));
  redraw("recall", {rows: libraries.flatMap((l) => [
    ...pointsOf("precision_recall", "raw", d, l, arm, "chosen"),
    ...(weighted && baselineArm >= 0 ? pointsOf("precision_recall", "raw", d, l, baselineArm, "unweighted") : [])]), operating});
}

function offerCurves() {
  options(at("curves-data"), curvesOf(1).map((d) => [d, data.datasets[d].name]), at("curves-data").value);
  options(at("curves-arm"), curvesOf(3).map((arm) => [arm, armNames[arm]]), at("curves-arm").value || String(armNames.indexOf("balanced")));
}
