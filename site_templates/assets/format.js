// Values as text. The rules of `aims_gh/site/text.py`; a test in a browser compares the two.

export const NOTHING = "–";
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const groups = new Intl.NumberFormat("en-US", { maximumFractionDigits: 20 });

export const grouped = (value) => groups.format(value);

export const count = (many, word) => `${grouped(many)} ${word}${many === 1 ? "" : "s"}`;

export function score(value) {
  if (value === 0) return "0.0000";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return value.toExponential(3).replace("e+", "e");
  return value.toFixed(4);
}

export function size(count) {
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (count < 1000 || unit === "GB") return `${count.toFixed(1).replace(/\.0$/, "")} ${unit}`;
    count /= 1000;
  }
}

/** A moment in the reader's zone, with UTC beside it. */
export function time(value) {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)$/.exec(value);
  if (!match) return { text: value };
  return { text: moment.format(new Date(value)), title: `${match[1]} ${match[2]} UTC`, iso: value };
}
