const block = (label, ...children) =>
  element("section", { class: "block" }, element("h4", {}, label), ...children);

const prose = (value, name = "") =>
  element("div", { class: `prose ${typeof value === "string" ? "" : "code"} ${name}` }, asText(value));

const drawInput = (input) => {
  if (!Array.isArray(input)) return prose(input);
  return element(
    "div",
    { class: "messages" },
    input.map((message) => {
      const { role = "", content: text, ...rest } = message ?? {};
      const more = Object.keys(rest).length ? prose(rest) : null;
      return element("div", { class: "message" }, element("span", { class: "role" }, String(role)), element("div", {}, prose(content(text)), more));
    }),
  );
};

const drawDetail = (box, point, variant) => {
  const shown = variant ? [variant] : variants.filter((name) => point.results.has(name));
  const tags = point.tags.map((tag) => element("span", { class: "tag" }, tag));
  box.replaceChildren(
    element(
      "header",
      { class: "detail-head" },
      element("button", { type: "button", class: "quiet back", "data-act": "back" }, "← Back"),
      element("h3", { tabindex: -1 }, String(point.id)),
      point.group == null ? null : element("span", { class: "tag group" }, `group ${point.group}`),
      ...tags,
      element("span", { class: "steps" }, step("previous", "↑", "Previous datapoint"), step("next", "↓", "Next datapoint")),
    ),
    block("Question", drawInput(point.input)),
    point.reference == null ? "" : block("Reference", prose(point.reference)),
    element("div", { class: "side-by-side" }, shown.map((name) => drawColumn(name, point))),
  );
  box.scrollTop = 0;
};

const step = (act, sign, label) =>
  element("button", { type: "button", class: "quiet", "data-act": act, "aria-label": label, title: label }, sign);

const drawColumn = (variant, point) => {
  const results = point.results.get(variant) ?? [];
  return element(
    "section",
    { class: "column", "aria-label": variant },
    element("h4", { class: "variant-name" }, variant),
    results.map((result) => drawResult(result, point.reference, results.length > 1)),
  );
};

const drawResult = (result, reference, repeated) =>
  element(
    "div",
    { class: "result" },
    repeated ? element("h5", {}, `Repeat ${result.repeat + 1}`) : null,
    drawScores(result),
    drawErrors(result),
    result.refusal == null ? null : block("Refusal", prose(result.refusal)),
    result.answer == null ? null : block("Answer", result.answer === "" ? element("p", { class: "faint" }, "An empty text") : prose(result.answer)),
    drawDifference(result.answer, reference),
    result.tool_calls ? block("Tool calls", result.tool_calls.map(drawCall)) : null,
    drawMeta(result),
  );

const drawScores = (result) =>
  element(
    "ul",
    { class: "score-list" },
    evaluators.map((evaluator) => {
      const score = result.scores[evaluator.name];
      if (score === null || score === undefined) return null;
      const good = goodnessOf(evaluator, score);
      const name = good >= 1 ? "good" : good <= 0 ? "bad" : good < 0.5 ? "low" : "middle";
      const sign = evaluator.boolean ? (good >= 1 ? "✓" : "✗") : null;
      const reason = result.reasons?.[evaluator.name];
      return element(
        "li",
        {},
        element("span", { class: "score-name" }, evaluator.name),
        element("span", { class: `score ${name}` }, sign ? element("span", { "aria-hidden": true }, sign) : null, ` ${number(score)}`),
        reason ? element("div", { class: "reason prose" }, reason) : null,
      );
    }),
  );

const drawErrors = (result) => {
  const groups = new Map();
  for (const [name, { cause, message }] of Object.entries(result.errors)) {
    const words = `${cause}: ${message}`;
    groups.set(words, [...(groups.get(words) ?? []), name]);
  }
  if (!groups.size) return null;
  return block(
    "Errors",
    [...groups].map(([words, names]) => element("p", { class: "failure" }, words, element("small", {}, ` no score by ${names.join(", ")}`))),
  );
};

const drawDifference = (answer, reference) => {
  if (typeof answer !== "string" || answer === "" || reference == null) return null;
  const right = asText(reference);
  if (answer === right) return element("p", { class: "faint" }, "The same as the reference.");
  if (answer.trim() === right.trim()) return element("p", { class: "faint" }, "The same as the reference, but for white space at its ends.");
  const parts = difference(right, answer);
  if (!parts) return null;
  const tags = { same: "span", gone: "del", new: "ins" };
  return block(
    "From reference to answer",
    element("div", { class: "prose diff" }, parts.map(([kind, text]) => element(tags[kind], {}, text))),
  );
};

const drawCall = ({ name, arguments: given }) => {
  let shown = given;
  try {
    shown = JSON.stringify(JSON.parse(given), null, 2);
  } catch {
    // As the model wrote them: nothing forces it to write JSON.
  }
  return element("div", { class: "call" }, element("code", {}, name), element("div", { class: "prose code" }, asText(shown)));
};

const drawMeta = (result) => {
  const usage = result.usage ?? {};
  const found = [
    typeof result.seconds === "number" ? `${number(result.seconds)} s` : null,
    usage.input_tokens || usage.output_tokens ? `${whole.format(usage.input_tokens)} + ${whole.format(usage.output_tokens)} tokens` : null,
    usage.cost ? `cost ${number(usage.cost)}` : null,
    result.attempts > 1 ? `${result.attempts} attempts` : null,
    result.finish && result.finish !== "stop" ? `finish: ${result.finish}` : null,
    result.cached ? "from the cache" : null,
  ].filter(Boolean);
  return found.length ? element("p", { class: "meta" }, found.join(" · ")) : null;
};
