// Values as text. The rules are those of `aims_gh/site/text.py` and `board.py`; a test in a browser
// compares the two.

export const NOTHING = "–";
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const withZone = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit",
  timeZoneName: "short",
}); // prettier-ignore
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const groups = new Intl.NumberFormat("en-US", { maximumFractionDigits: 20 });

export const grouped = (value) => groups.format(value);

export const count = (many, word) => `${grouped(many)} ${word}${many === 1 ? "" : "s"}`;

export function score(value) {
  if (value === 0) return "0.0000";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return value.toExponential(3).replace("e+", "e");
  return value.toFixed(4);
}

/** A number with so many digits that count, and all before the point. */
export function shortNumber(value, digits = 6) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(4).replace("e+", "e");
  return String(Number(size < 10 ** digits ? value.toPrecision(digits) : value.toFixed(0)));
}

export function size(count) {
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (count < 1000 || unit === "GB") return `${count.toFixed(1).replace(/\.0$/, "")} ${unit}`;
    count /= 1000;
  }
}

/** A board's timestamp in the reader's zone; text that is none stays as it is. */
export function time(value) {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)$/.exec(value);
  if (!match) return { text: value };
  return { text: moment.format(new Date(value)), title: `${match[1]} ${match[2]} UTC`, iso: value };
}

export const scalar = (value) =>
  value === null ? NOTHING : typeof value === "boolean" ? (value ? "yes" : "no") : String(value);

/**
 * How long until a moment, or since: "in 3 days", "2 hours ago". One day is told in hours: 47 of them
 * are not "tomorrow".
 */
export function distance(date, now = Date.now()) {
  const seconds = (date - now) / 1000;
  for (const [unit, length, least] of [["day", 86_400, 2], ["hour", 3600, 1], ["minute", 60, 1]]) {
    if (Math.abs(seconds) >= least * length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return relative.format(Math.trunc(seconds), "second");
}

/** Write a moment as it is "anywhere on earth" (UTC−12), which deadlines often mean. */
export const anywhere = (date) =>
  `${new Date(date.getTime() - 12 * 3_600_000).toISOString().slice(0, 16).replace("T", " ")} AoE`;

/** A moment in the reader's own zone, which it names. */
export const full = (date) => withZone.format(date);

/** Show deadlines in the reader's own zone, with the time that is left. */
export function localMoments(root) {
  for (const shown of root.querySelectorAll("time[data-moment]")) {
    const date = new Date(shown.dateTime);
    if (Number.isNaN(date.valueOf())) continue;
    shown.title = shown.textContent;
    shown.textContent = `${full(date)} (${distance(date)}; ${anywhere(date)})`;
  }
  for (const shown of root.querySelectorAll("time[data-ago]")) {
    const { text, title } = time(shown.dateTime);
    shown.title = `${text}, ${title}`;
    shown.textContent = distance(new Date(shown.dateTime));
  }
}
