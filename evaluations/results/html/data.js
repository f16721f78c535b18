"use strict";

// Everything here is text that others wrote: it goes into the page as text nodes and attributes, never as markup.
const element = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  return put(node, ...children);
};
const put = (node, ...children) => {
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
};
const byId = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat("en");
const asText = (value) => (typeof value === "string" ? value : value == null ? "" : JSON.stringify(value, null, 2));
const number = (value) => {
  if (value === null || value === undefined) return "none";
  return Math.abs(value) < 1e6 ? String(Number(value.toFixed(4))) : value.toPrecision(6);
};
const counted = (count, noun) => `${whole.format(count)} ${noun}${count === 1 ? "" : "s"}`;

const report = JSON.parse(byId("report").textContent);
const evaluators = report.evaluators;
const variants = report.variants;

// From 0, the worst, to 1, the best, as far as the scale has ends.
const goodnessOf = (evaluator, score) => {
  const { lowest, highest, smaller_is_better: inverse } = evaluator;
  if (highest === lowest) return inverse ? -score : score;
  const unit = (score - lowest) / (highest - lowest);
  return inverse ? 1 - unit : unit;
};

// The mean over the evaluators; null where a score is missing.
const goodness = (result) => {
  let total = 0;
  for (const evaluator of evaluators) {
    const score = result.scores[evaluator.name];
    if (score === null || score === undefined) return null;
    total += goodnessOf(evaluator, score);
  }
  return evaluators.length ? total / evaluators.length : null;
};

// One point for each datapoint, with its results by variant; a datapoint's own fields are on its first line only.
const readPoints = () => {
  const points = new Map();
  const text = byId("results").textContent.trim();
  for (const line of text ? text.split("\n") : []) {
    const result = JSON.parse(line);
    let point = points.get(result.index);
    if (!point) {
      const { id, index, input, reference, group, tags = [] } = result;
      point = { id, index, input, reference, group, tags, results: new Map(), text: null };
      points.set(index, point);
    }
    result.goodness = goodness(result);
    if (!point.results.has(result.variant)) point.results.set(result.variant, []);
    point.results.get(result.variant).push(result);
  }
  for (const point of points.values()) {
    for (const results of point.results.values()) results.sort((a, b) => a.repeat - b.repeat);
  }
  return [...points.values()].sort((a, b) => a.index - b.index);
};

const resultsOf = (point, variant) =>
  variant ? point.results.get(variant) ?? [] : [...point.results.values()].flat();

// The last thing that the user says where there are messages.
const question = (input) => {
  if (!Array.isArray(input)) return asText(input);
  const asked = input.filter((message) => message && message.role === "user");
  return asked.length ? content(asked[asked.length - 1].content) : asText(input);
};

const content = (value) => {
  if (!Array.isArray(value)) return asText(value);
  return value.map((part) => (part && part.type === "text" ? asText(part.text) : asText(part))).join("\n");
};

const searchable = (point) => {
  if (point.text === null) {
    const parts = [String(point.id), asText(point.input), asText(point.reference), point.group ?? "", ...point.tags];
    for (const result of resultsOf(point)) {
      const { answer, refusal, tool_calls: calls, reasons, errors } = result;
      parts.push(asText(answer), refusal ?? "", calls ? asText(calls) : "", ...Object.values(reasons ?? {}));
      for (const { cause, message } of Object.values(errors)) parts.push(cause, message);
    }
    point.text = parts.join("\n").toLowerCase();
  }
  return point.text;
};

const differs = (point) => {
  const found = variants.map((variant) => {
    const scores = resultsOf(point, variant).map((result) => result.goodness);
    return scores.includes(null) || !scores.length ? "none" : scores.reduce((sum, each) => sum + each, 0) / scores.length;
  });
  return found.some((each) => each !== found[0]);
};

// filter: {variant, differ, evaluator, least, most, error, tag, words}; what is empty lets everything through.
const matches = (point, filter) => {
  if (filter.tag && !point.tags.includes(filter.tag)) return false;
  if (filter.differ && !differs(point)) return false;
  const results = resultsOf(point, filter.variant);
  if (filter.error === "none" && results.some((result) => Object.keys(result.errors).length)) return false;
  if (!results.some((result) => fits(result, filter))) return false;
  return filter.words.every((word) => searchable(point).includes(word));
};

const fits = (result, { evaluator, least, most, error }) => {
  const errors = Object.values(result.errors);
  if (error === "any" && !errors.length) return false;
  if (error.startsWith("cause:") && !errors.some(({ cause }) => `cause:${cause}` === error)) return false;
  if (!evaluator && least === null && most === null) return true;
  return evaluators.some(({ name }) => {
    const score = result.scores[name];
    if ((evaluator && name !== evaluator) || score === null || score === undefined) return false;
    return (least === null || score >= least) && (most === null || score <= most);
  });
};

const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const rank = (result) => (result.goodness === null ? -Infinity : result.goodness);
const KEYS = {
  worst: (results) => least(results.map(rank)),
  best: (results) => -most(results.map(rank)),
  slowest: (results) => -most(results.map((result) => result.seconds ?? 0)),
  longest: (results) => -most(results.map((result) => asText(result.answer).length)),
};

const chosen = (points, filter, order) => {
  const kept = points.filter((point) => matches(point, filter));
  const key = KEYS[order];
  if (!key) return kept;
  const keyed = kept.map((point) => [key(resultsOf(point, filter.variant)), point]);
  return keyed.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1].index - b[1].index)).map(([, point]) => point);
};
