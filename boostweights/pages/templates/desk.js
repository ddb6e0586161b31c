/* A confusion matrix that follows its controls, and the costs in their two fields. */
const countsOf = (errors, i, sizes) =>
  ({tn: sizes.negatives - errors.fp[i], fp: errors.fp[i], fn: errors.fn[i], tp: sizes.positives - errors.fn[i]});

const costOfRows = (costs, c, rows) =>
  1000 * (costs.tn * c.tn + costs.fp * c.fp + costs.fn * c.fn + costs.tp * c.tp) / rows;

/* Each count, as `text` writes it, with its share of the true class. */
function showMatrix(c, sizes, text) {
  for (const [name, size] of [["tn", sizes.negatives], ["fp", sizes.negatives], ["fn", sizes.positives], ["tp", sizes.positives]]) {
    at(name).textContent = text(c[name]);
    at(`${name}-share`).textContent = percent(share(c[name], size));
    at(name).parentElement.style.setProperty("--share", share(c[name], size));
  }
}

/* A cost that is no number, negative, or so large that sums overflow, is said and not used; an empty field only where it may be. */
function readCosts(costs, {empty = false} = {}) {
  let wrong = false;
  for (const name of ["fn", "fp"]) {
    const field = at(`${name}-cost`), value = field.valueAsNumber;
    const none = empty && field.value === "" && !field.validity.badInput;
    const good = none || (value >= 0 && value <= 1e100);
    field.setAttribute("aria-invalid", String(!good));
    if (good) costs[name] = value;
    wrong ||= !good;
  }
  at("message").textContent = wrong ? "A cost must be a number from 0 to 1e100; the last good one is used." : "";
}
