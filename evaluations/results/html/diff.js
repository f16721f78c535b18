// Words with the white space after them, and single marks. White space alone makes no difference.
const split = (text) => text.match(/(?:[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_])\s*|\s+/gu) ?? [];
const alike = (one, other) => one === other || one.trim() === other.trim();

// Words in common, by the longest common subsequence; beyond this many pairs of words it would take too long.
const MOST_PAIRS = 4_000_000;

// [["same" | "gone" | "new", text], ...] from one text to the other, or null where they are too long or too different.
const difference = (before, after) => {
  let old = split(before);
  let now = split(after);
  let start = 0;
  while (start < old.length && start < now.length && alike(old[start], now[start])) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && alike(old.at(-1 - end), now.at(-1 - end))) end += 1;
  const head = now.slice(0, start);
  const tail = end ? now.slice(-end) : [];
  old = old.slice(start, old.length - end);
  now = now.slice(start, now.length - end);
  if (old.length * now.length > MOST_PAIRS) return null;
  const parts = [["same", head.join("")], ...subsequence(old, now), ["same", tail.join("")]].filter(([, text]) => text);
  return parts.some(([kind, text]) => kind === "same" && text.trim()) ? joined(parts) : null;
};

const subsequence = (old, now) => {
  const width = now.length + 1;
  const lengths = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        alike(old[i], now[j])
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const parts = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && alike(old[i], now[j])) {
      parts.push(["same", now[j]]);
      i += 1;
      j += 1;
    } else if (j >= now.length || (i < old.length && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      parts.push(["gone", old[i]]);
      i += 1;
    } else {
      parts.push(["new", now[j]]);
      j += 1;
    }
  }
  return parts;
};

const joined = (parts) => {
  const found = [];
  for (const [kind, text] of parts) {
    const last = found.at(-1);
    if (last && last[0] === kind) last[1] += text;
    else found.push([kind, text]);
  }
  return found;
};
