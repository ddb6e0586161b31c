"use strict";
/* Numbers as people read them; what is missing is a dash. */
const at = (id) => document.getElementById(id);
const data = JSON.parse(at("data").textContent);
const known = (values) => values.filter(Number.isFinite);
const whole = new Intl.NumberFormat("en");
const people = (count) => count > 0 && count < 0.5 ? "<1" : whole.format(Math.round(count));
const fixed = (value, digits = 3) => Number.isFinite(value) ? value.toFixed(digits) : "–";
const share = (part, all) => all ? part / all : NaN;
const percent = (value, digits = 1) => Number.isFinite(value) ? `${(100 * value).toFixed(digits)} %` : "–";
const money = (value) => !Number.isFinite(value) ? "–" : value === 0 || (value >= 1e-6 && value < 1e15)
  ? new Intl.NumberFormat("en", {maximumSignificantDigits: 4}).format(value) : value.toExponential(3);
/* To three digits, also of what is missing to 1. */
const probability = (value) => String(value <= 0.5
  ? Number(value.toPrecision(3)) : Number((1 - Number((1 - value).toPrecision(3))).toPrecision(12)));
