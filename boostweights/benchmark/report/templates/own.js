/* The page of a comparison: one model's threshold moves, every way to decide is a point. */

function start() {
  const sizes = {positives: data.positives, negatives: data.rows - data.positives};
  const perThousand = (count) => 1000 * count / data.rows;
  const costs = data.costs === null ? {tn: 0, fp: NaN, fn: NaN, tp: 0} : {...data.costs};
  const cost = (c) => costOfRows(costs, c, data.rows);
  const precisionOf = (fp, tp) => fp + tp ? tp / (fp + tp) : null;

  const model = () => data.models[Number(at("model").value)];
  const nearest = (threshold) => data.thresholds.reduce((best, t, i) =>
    Math.abs(t - threshold) < Math.abs(data.thresholds[best] - threshold) ? i : best, 0);
  const along = (chosen) => data.thresholds.map((threshold, i) => {
    const c = countsOf(chosen, i, sizes);
    return {...c, i, threshold, recall: c.tp / data.positives, precision: precisionOf(c.fp, c.tp),
      alarms: perThousand(c.fp + c.tp), cost: cost(c)};
  });
  const point = ([, fp, fn, tp]) => ({recall: tp / (tp + fn), precision: precisionOf(fp, tp), alarms: fp + tp});
  const precise = (rows) => rows.filter(({precision}) => precision !== null);

  /* A name stands where there is room for it: to the right of what is on the left. */
  const named = (row, label, left) => ({...row, label, side: left ? "right" : "left"});
  const points = data.points.map((one) => ({...one, ...point(one.counts)}));
  const chosen = points.filter(({role}) => role === "chosen");
  const trivial = Object.entries(data.trivial).map(([name, counts]) => ({name, ...point(counts)}));
  const label = (name) => name === data.chosen ? `${name}: recommended` : name;
  const fixedRows = {
    alarms: {points, chosen: chosen.map((one) => named(one, "recommended", false)),
      trivial: trivial.map((one) => named(one, label(one.name), one.alarms > 500))},
    precision: {points: precise(points), chosen: precise(chosen).map((one) => named(one, "recommended", one.recall > 0.5)),
      trivial: precise(trivial).map((one) => named(one, label(one.name), one.recall > 0.5))},
  };

  function drawBenefit() {
    const {thresholds, models, everybody, marked} = data.benefit;
    const top = Math.max(...everybody, ...models.flatMap(({values}) => values)), floor = -0.2 * top;
    const rows = (name, values) => thresholds.map((threshold, i) => ({name, threshold, value: values[i]})).filter(({value}) => value >= floor);
    const all = rows("flag everybody", everybody);
    const plain = [...all, ...thresholds.map((threshold) => ({name: "flag nobody", threshold, value: 0}))];
    const end = {name: "flag nobody", threshold: thresholds[Math.round(0.7 * thresholds.length)], value: 0};
    return {plain, benefit: models.flatMap(({name, values}) => rows(name, values)),
      marked: marked === null ? [] : [{threshold: marked}], ends: [end, {...all[Math.round(0.25 * all.length)], name: "flag everybody"}]};
  }

  function show() {
    const i = Number(at("threshold").value), rows = along(model()), c = rows[i];
    at("threshold-text").textContent = probability(c.threshold);
    at("threshold").setAttribute("aria-valuetext", probability(c.threshold));
    const hasCosts = Number.isFinite(costs.fn) && Number.isFinite(costs.fp);
    showMatrix(c, sizes, (count) => people(perThousand(count)));
    at("recall").textContent = fixed(c.recall);
    at("precision").textContent = fixed(c.precision ?? NaN);
    at("f1").textContent = fixed(2 * c.tp / (2 * c.tp + c.fp + c.fn));
    at("alarms").textContent = people(c.alarms);
    at("cost").textContent = money(c.cost);
    at("sentence").textContent = `Of 1000 rows it flags ${people(c.alarms)} and finds ${people(perThousand(c.tp))} of ${people(perThousand(data.positives))}` +
      (c.fp + c.tp ? `: ${percent(c.recall, 0)} recall, ${percent(c.precision, 0)} precision` : "") + (hasCosts ? `, at a cost of ${money(c.cost)}.` : ".");
    const least = rows.reduce((a, b) => b.cost < a.cost ? b : a);
    at("best-text").textContent = hasCosts ? `Cheapest threshold of this model: ${probability(least.threshold)}, ${money(least.cost)} per 1000 rows.`
      : "Say what errors cost to see the cheapest threshold.";
    at("use-best").hidden = !hasCosts;
    at("use-best").dataset.place = least.i;
    at("chart-cost").hidden = !hasCosts;
    for (const name of ["alarms", "precision"])
      draw(name, {curve: precise(rows), here: name === "alarms" || c.precision !== null ? [c] : []});
    if (hasCosts) draw("cost", {costs: rows, least: [least], now: [c]});
  }

  for (const [name, rows] of Object.entries({...fixedRows, benefit: drawBenefit()})) draw(name, rows);
  at("threshold").value = nearest(data.start);
  at("threshold").addEventListener("input", show);
  at("model").addEventListener("change", show);
  at("use-best").addEventListener("click", () => { at("threshold").value = at("use-best").dataset.place; show(); });
  for (const name of ["fn", "fp"]) at(`${name}-cost`).addEventListener("input", () => { readCosts(costs, {empty: true}); show(); });
  show();

  return makeCharts().then(show);
}

document.querySelectorAll("table.sortable").forEach(makeSortable);
Promise.resolve(data.models ? start() : null).then(() => { document.documentElement.dataset.ready = "true"; });
