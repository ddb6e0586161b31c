"use strict";
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const at = (id) => document.getElementById(id);
  const rows = data.positives + data.negatives;
  const whole = new Intl.NumberFormat("en");
  const costs = {...data.costs};
  const views = [];

  const count = (errors, i, sizes) =>
    ({tn: sizes.negatives - errors.fp[i], fp: errors.fp[i], fn: errors.fn[i], tp: sizes.positives - errors.fn[i]});
  const share = (part, all) => all ? part / all : NaN;
  const costOf = (c) => 1000 * (costs.tn * c.tn + costs.fp * c.fp + costs.fn * c.fn + costs.tp * c.tp) / rows;
  const fixed = (value, digits = 3) => Number.isFinite(value) ? value.toFixed(digits) : "–";
  const percent = (value, digits = 1) => Number.isFinite(value) ? `${(100 * value).toFixed(digits)} %` : "–";
  const money = (value) => value === 0 || (value >= 1e-6 && value < 1e15)
    ? new Intl.NumberFormat("en", {maximumSignificantDigits: 4}).format(value) : value.toExponential(3);
  /* To three digits, also of what is missing to 1. */
  const probability = (value) => String(value <= 0.5
    ? Number(value.toPrecision(3)) : Number((1 - Number((1 - value).toPrecision(3))).toPrecision(12)));
  const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(100 * value).toFixed(1)}`;

  /* One row a weight and threshold, for every chart. */
  const curve = data.weights.flatMap((weight, w) => data.thresholds.map((t, i) => {
    const c = count(weight, i, data), clamped = Math.min(Math.max(t, 5e-5), 1 - 5e-5);
    return {...c, w, i, rows, ratio: weight.ratio, log_odds: Math.log(clamped / (1 - clamped)),
      recall: share(c.tp, data.positives), precision: c.tp + c.fp ? c.tp / (c.tp + c.fp) : null};
  }));
  const named = {
    curve,
    weights: data.weights.map(({ratio}, w) => ({w, ratio})),
    bins: data.weights.flatMap(({reliability}, w) =>
      Object.entries(reliability).flatMap(([kind, bins]) => bins.map((bin) => ({...bin, kind, w})))),
    losses: data.weights.flatMap(({ratio, log_loss, log_loss_corrected, log_loss_fitted}, w) =>
      [{w, ratio, kind: "as trained", loss: log_loss}, {w, ratio, kind: "corrected", loss: log_loss_corrected},
        {w, ratio, kind: "fitted", loss: log_loss_fitted}]),
  };

  const state = () => ({w: Number(at("weight").value), i: Number(at("threshold").value)});

  function showMatrix(c) {
    for (const [name, size] of [["tn", data.negatives], ["fp", data.negatives], ["fn", data.positives], ["tp", data.positives]]) {
      at(name).textContent = whole.format(c[name]);
      at(`${name}-share`).textContent = percent(share(c[name], size));
      at(name).parentElement.style.setProperty("--share", share(c[name], size));
    }
  }

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

  /* The first of the cheapest thresholds, and the one that costs imply. */
  const cheapest = (w) => data.thresholds.reduce((best, _, i) =>
    costOf(count(data.weights[w], i, data)) < costOf(count(data.weights[w], best, data)) ? i : best, 0);
  function implied(w) {
    const alarm = data.weights[w].ratio * (costs.fp - costs.tn), miss = costs.fn - costs.tp;
    return alarm + miss > 0 && alarm >= 0 && miss >= 0 ? alarm / (alarm + miss) : NaN;
  }
  const nearest = (threshold) => data.thresholds.reduce((best, t, i) =>
    Math.abs(t - threshold) < Math.abs(data.thresholds[best] - threshold) ? i : best, 0);

  function showAdvice(w) {
    const best = cheapest(w), theory = implied(w);
    at("best-threshold").textContent = String(data.thresholds[best]);
    at("best-cost").textContent = money(costOf(count(data.weights[w], best, data)));
    at("theory-threshold").textContent = Number.isFinite(theory) ? probability(theory) : "–";
    at("use-theory").disabled = !Number.isFinite(theory);
  }

  const rates = (c) => ({fnr: share(c.fn, c.fn + c.tp), fpr: share(c.fp, c.fp + c.tn),
    selection_rate: share(c.tp + c.fp, c.tn + c.fp + c.fn + c.tp)});
  const unweighted = data.weights.find(({ratio}) => ratio === 1), half = data.thresholds.indexOf(0.5);

  function showGroups(weight, i) {
    data.groups.forEach((group, g) => {
      const before = rates(count(unweighted.groups[g], half, group));
      for (const [rate, value] of Object.entries(rates(count(weight.groups[g], i, group)))) {
        const small = document.createElement("small"), change = value - before[rate];
        small.textContent = Number.isFinite(change) ? signed(change) : "";
        small.className = Math.abs(change) < 5e-4 || rate === "selection_rate" ? "same" : change < 0 ? "better" : "worse";
        at(`${rate}-${g}`).replaceChildren(percent(value), small);
      }
    });
  }

  /* Amounts of another size need another width beside the axis. */
  function show({resized} = {}) {
    const {w, i} = state(), weight = data.weights[w], c = count(weight, i, data);
    const weightText = weight.ratio === 1 ? "1 (unweighted)" : `${weight.text} : 1`;
    at("weight-text").textContent = weightText;
    at("weight").setAttribute("aria-valuetext", weightText);
    at("threshold-text").textContent = String(data.thresholds[i]);
    at("threshold").setAttribute("aria-valuetext", String(data.thresholds[i]));
    showMatrix(c);
    showFigures(c, weight);
    showAdvice(w);
    showGroups(weight, i);
    const signals = {weight: w, threshold: i,
      cost_tn: costs.tn, cost_fp: costs.fp, cost_fn: costs.fn, cost_tp: costs.tp};
    for (const view of views) {
      for (const [name, value] of Object.entries(signals)) view.signal(name, value);
      if (resized) view.resize();
      view.runAsync();
    }
  }

  /* A cost that is no number, negative, or so large that sums overflow, is said and not used. */
  function readCosts() {
    const fields = {fn: at("fn-cost"), fp: at("fp-cost")};
    let wrong = false;
    for (const [name, field] of Object.entries(fields)) {
      const value = field.valueAsNumber, good = value >= 0 && value <= 1e100;
      field.setAttribute("aria-invalid", String(!good));
      if (good) costs[name] = value;
      wrong ||= !good;
    }
    at("message").textContent = wrong ? "A cost must be a number from 0 to 1e100; the last good one is used." : "";
    show({resized: true});
  }

  function choose(i) {
    at("threshold").value = i;
    show();
  }

  for (const id of ["weight", "threshold"]) at(id).addEventListener("input", show);
  for (const id of ["fn-cost", "fp-cost"]) at(id).addEventListener("input", readCosts);
  at("use-best").addEventListener("click", () => choose(cheapest(state().w)));
  at("use-theory").addEventListener("click", () => choose(nearest(implied(state().w))));
  show();

  Promise.all([...document.querySelectorAll("[data-chart]")].map(async (place) => {
    const chart = charts[place.dataset.chart];
    const datasets = structuredClone({...chart.datasets, ...named});  // Vega writes into the rows it is given
    const made = await vegaEmbed(place, {...chart, datasets},
      {actions: false, renderer: "svg", ast: true});
    views.push(made.view);
  })).then(() => {
    show({resized: true});
    document.documentElement.dataset.ready = "true";
  });
}
