const VERDICTS = {
  pass: ["Passed", "✓"],
  fail: ["Failed", "✗"],
  error: ["Error: no valid result", "!"],
  inconclusive: ["Inconclusive", "?"],
  none: ["Not ended", "…"],
};

const drawVerdict = () => {
  const summary = report.summary;
  const [words, mark] = VERDICTS[summary?.verdict ?? "none"] ?? [summary.verdict, ""];
  const reasons = summary ? summary.reasons : ["The run has not ended, so there is no verdict on it."];
  put(
    byId("verdict"),
    element(
      "h1",
      { class: `verdict ${summary?.verdict ?? "none"}` },
      element("span", { class: "mark", "aria-hidden": true }, mark),
      element("span", {}, words),
    ),
    element("ul", { class: "reasons" }, reasons.map((reason) => element("li", {}, reason))),
    summary?.budgets.length ? element("ul", { class: "reasons" }, summary.budgets.map(requirementLine)) : null,
    element("dl", { class: "facts" }, facts().map(([name, value]) => fact(name, value))),
    report.shown < report.total
      ? element("p", { class: "notice" }, `The worst ${whole.format(report.shown)} of ${whole.format(report.total)} results are listed below.`)
      : null,
  );
  document.title = `${words}: ${report.manifest.dataset.name}`;
};

const fact = (name, value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));

const facts = () => {
  const { manifest, summary } = report;
  const found = [["Data set", manifest.dataset.name]];
  const models = [...new Set(Object.values(manifest.variants).map(({ model }) => model))].filter(Boolean);
  if (models.length) found.push([models.length > 1 ? "Models" : "Model", models.join(", ")]);
  const ended = summary && !summary.complete ? ` of ${whole.format(summary.planned)}` : "";
  found.push(["Results", `${whole.format(report.total)}${ended}`]);
  if (summary) found.push(["Errors", whole.format(summary.errors)]);
  if (manifest.repeats > 1) found.push(["Repeats", whole.format(manifest.repeats)]);
  if (typeof summary?.seconds === "number") found.push(["Time", duration(summary.seconds)]);
  const usage = summary?.usage;
  if (usage && usage.input_tokens + usage.output_tokens) {
    found.push(["Tokens", `${whole.format(usage.input_tokens)} in, ${whole.format(usage.output_tokens)} out`]);
  }
  if (usage?.cost) found.push(["Cost", number(usage.cost)]);
  found.push(["Gate", manifest.gate]);
  if (manifest.seed !== null) found.push(["Seed", String(manifest.seed)]);
  found.push(["Started", manifest.started.replace("T", " ").replace("Z", " UTC")]);
  if (manifest.git) found.push(["Commit", manifest.git.commit.slice(0, 10) + (manifest.git.dirty ? ", changed" : "")]);
  found.push(["Version", manifest.version]);
  return found;
};

const duration = (seconds) => {
  if (seconds < 60) return `${number(Number(seconds.toFixed(1)))} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

const drawSummary = (onRange) => {
  const rows = [];
  for (const evaluator of evaluators) {
    for (const variant of variants) rows.push(scoreRow(evaluator, variant, onRange), ...reliabilityRows(evaluator, variant));
  }
  const heads = ["Evaluator", "Variant", "Mean", "95 % interval", "", "Scored", "Errors", "Distribution"];
  put(
    byId("summary"),
    element(
      "table",
      { class: "scores" },
      element("caption", { class: "hidden" }, "Scores with their 95 % intervals"),
      element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, rows),
    ),
    ...variants.map(drawVariant),
  );
};

const cell = (label, name, ...children) => element("td", { class: name, "data-label": label }, ...children);

const scoreRow = (evaluator, variant, onRange) => {
  const found = report.summary?.variants[variant];
  const score = found?.scores[evaluator.name];
  const cutoff = found?.cutoffs.find(({ metric }) => metric === evaluator.name);
  const ends = score?.interval;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, evaluator.name, evaluator.smaller_is_better ? element("small", {}, " less is better") : null),
    cell("Variant", "name", variant),
    cell("Mean", "figure mean-value", score ? number(score.mean) : "none"),
    cell("Interval", "drawn", drawInterval(evaluator, score, cutoff)),
    cell("", "figure ends", ends ? `${number(ends[0])} to ${number(ends[1])}` : "none", cutoffNote(cutoff)),
    cell("Scored", "figure", score ? whole.format(score.count) : "none"),
    cell("Errors", `figure${score?.errors ? " wrong" : ""}`, score ? whole.format(score.errors) : "none"),
    cell("Distribution", "drawn", drawDistribution(evaluator, variant, onRange)),
  );
};

// pass@k and pass^k of a run with repeats, below the score that they follow from. They have no distribution of their own.
const reliabilityRows = (evaluator, variant) => {
  const found = report.summary?.variants[variant];
  return Object.entries(found?.scores[evaluator.name]?.reliability ?? {}).map(([name, estimate]) =>
    element(
      "tr",
      { class: "reliability" },
      element("th", { scope: "row" }, element("small", {}, `${evaluator.name} `), name),
      cell("Variant", "name", variant),
      cell("Mean", "figure mean-value", number(estimate.mean)),
      cell("Interval", "drawn", drawInterval({ lowest: 0, highest: 1 }, estimate)),
      cell("", "figure ends", estimate.interval ? `${number(estimate.interval[0])} to ${number(estimate.interval[1])}` : "none"),
      cell("Datapoints", "figure", whole.format(estimate.count)),
      cell("", "figure"),
      cell("", "drawn"),
    ),
  );
};

const cutoffNote = (cutoff) => {
  if (!cutoff) return null;
  const [words] = VERDICTS[cutoff.verdict] ?? [cutoff.verdict];
  const bound = "minimum" in cutoff ? `at least ${number(cutoff.minimum)}` : `at most ${number(cutoff.maximum)}`;
  return element("small", { class: `verdict-note ${cutoff.verdict}` }, `${bound}: ${words.toLowerCase()}`);
};

const drawInterval = (evaluator, score, cutoff) => {
  const { lowest, highest } = evaluator;
  const axis = element("div", { class: "axis", "aria-hidden": true });
  const at = (value) => `${Math.min(100, Math.max(0, (100 * (value - lowest)) / (highest - lowest || 1)))}%`;
  const add = (name, left, right) => {
    const mark = element("i", { class: name });
    mark.style.left = at(left);
    if (right !== undefined) mark.style.right = `calc(100% - ${at(right)})`;
    axis.append(mark);
  };
  if (score?.interval) add("range", ...score.interval);
  if (cutoff) add("cutoff", cutoff.minimum ?? cutoff.maximum);
  if (typeof score?.mean === "number") add("mean", score.mean);
  return axis;
};

const drawDistribution = (evaluator, variant, onRange) => {
  const counts = report.distributions[variant]?.[evaluator.name] ?? [];
  const tallest = Math.max(1, ...counts);
  const { lowest, highest } = evaluator;
  const step = (highest - lowest) / counts.length;
  const words = counts.map((count, place) => {
    const from = evaluator.boolean ? [lowest, highest][place] : lowest + place * step;
    const to = evaluator.boolean ? from : place === counts.length - 1 ? highest : from + step;
    return { count, from, to, words: `${from === to ? number(from) : `${number(from)} to ${number(to)}`}: ${whole.format(count)}` };
  });
  const chart = element("div", {
    class: "bars",
    role: "img",
    "aria-label": words.filter(({ count }) => count).map((each) => each.words).join(", ") || "no scores",
  });
  for (const { count, from, to, words: title } of words) {
    const bar = element("i", { title: `${title}. Click to filter.` }, element("b"));
    bar.firstChild.style.height = count ? `max(2px, ${(100 * count) / tallest}%)` : "0";
    bar.addEventListener("click", () => onRange(variant, evaluator.name, from, to));
    chart.append(bar);
  }
  const ends = element("div", { class: "ends", "aria-hidden": true }, element("span", {}, number(lowest)), element("span", {}, number(highest)));
  return element("div", { class: `distribution${evaluator.boolean ? " boolean" : ""}` }, chart, ends);
};

const requirementLine = ({ name, limit, value, verdict }) => {
  const bound = limit === null ? "" : `, at ${name.startsWith("min_") ? "least" : "most"} ${number(limit)}`;
  const [words] = VERDICTS[verdict] ?? [verdict];
  const what = name.slice(4).replaceAll("_", " ");
  const line = `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${value === null ? "unknown" : number(value)}${bound} `;
  return element("li", {}, line, element("small", { class: `verdict-note ${verdict}` }, words.toLowerCase()));
};

const drawVariant = (variant) => {
  const found = report.summary?.variants[variant];
  if (!found) return null;
  const causes = Object.entries(found.causes);
  const others = found.cutoffs.filter(({ metric }) => !evaluators.some(({ name }) => name === metric));
  const latency = Object.entries(found.latency ?? {}).filter(([, value]) => value !== null);
  const lines = [
    ...found.requirements.map(requirementLine),
    ...others.map((cutoff) => element("li", {}, `${cutoff.reason} `, cutoffNote(cutoff))),
    latency.length ? element("li", {}, `Latency: ${latency.map(([name, value]) => `${name} ${number(value)} s`).join(", ")}`) : null,
    ...causes.map(([cause, { count, example, message }]) =>
      element("li", { class: "wrong" }, `${cause}: ${counted(count, "time")}, first at datapoint ${example}: ${message}`),
    ),
  ].filter(Boolean);
  if (!lines.length) return null;
  return element("section", { class: "notes" }, variants.length > 1 ? element("h2", {}, variant) : null, element("ul", {}, lines));
};
