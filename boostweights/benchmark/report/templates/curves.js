/* Reliability and precision-recall curves of one arm on one data set. */
const curveAt = new Map(Object.entries(data.curves).map(([kind, all]) =>
  [kind, new Map(all.map(([d, l, a, x, y, n]) => [keyOf(d, l, a), {x, y, n}]))]));
const curveArms = [...new Set(Object.values(data.curves).flatMap((all) => all.map(([, , a]) => a)))].sort((a, b) => a - b);
const curveData = [...new Set(Object.values(data.curves).flatMap((all) => all.map(([d]) => d)))].sort((a, b) => a - b);

function pointsOf(curve, proba, d, l, arm, kind) {
  const found = curveAt.get(`${curve}/${proba}`)?.get(keyOf(d, l, arm));
  return found ? found.x.map((x, place) => ({x, y: found.y[place], n: found.n[place], kind, arm: armNames[arm], library: data.libraries[l]})) : [];
}

function showCurves() {
  at("curves-section").hidden = !curveArms.length;
  if (!curveArms.length) return;
  const d = Number(at("curves-data").value), arm = Number(at("curves-arm").value);
  const libraries = data.libraries.map((_, l) => l).filter((l) => chosen.libraries.has(l));
  const weighted = arm !== baselineArm;
  draw("reliability", {rows: libraries.flatMap((l) => [
    ...pointsOf("reliability", "raw", d, l, arm, weighted ? "as trained" : "corrected"),
    ...(weighted ? pointsOf("reliability", "corrected", d, l, arm, "corrected") : []),
    ...pointsOf("reliability", "fitted", d, l, arm, "fitted")])});
  const [recall, precision] = ["recall", "precision"].map((name) => figure("0.5/raw", name));
  const operating = libraries.map((l) => [l, cellAt.get(keyOf(d, l, arm))]).filter(([, cell]) => cell !== undefined && recall)
    .map(([l, cell]) => ({x: recall.value(cell), y: precision.value(cell), arm: armNames[arm], library: data.libraries[l]}))
    .filter(({x, y}) => Number.isFinite(x) && Number.isFinite(y));
  draw("recall", {rows: libraries.flatMap((l) => [
    ...pointsOf("precision_recall", "raw", d, l, arm, "chosen"),
    ...(weighted && baselineArm >= 0 ? pointsOf("precision_recall", "raw", d, l, baselineArm, "unweighted") : [])]), operating});
}

function offerCurves() {
  options(at("curves-data"), curveData.map((d) => [d, data.datasets[d].name]), String(curveData[0]));
  options(at("curves-arm"), curveArms.map((arm) => [arm, armNames[arm]]), String(armNames.indexOf("balanced")));
}
