// Where a playground stands at a moment. Whatever a page says of that, it asks here; the rule is
// that of `aims_gh/core/validate.py`, which refuses what comes at a wrong time.

import { distance } from "./format.js";

const WORDS = {
  soon: (when) => `opens ${when}`,
  open: (when) => (when ? `open, closes ${when}` : "open"),
  grace: (when) => `time of grace, ends ${when}`,
  between: (when) => `final phase opens ${when}`,
  final: (when) => `final phase, closes ${when}`,
  late: (when) => (when ? `open for late submissions, closes ${when}` : "open for late submissions"),
  closed: (when) => `closed ${when}`,
  revealed: () => "revealed",
};

const parsed = (moment) => (moment ? Date.parse(moment) : null);

/**
 * The phase that a playground is in.
 *
 * `times` are those of `aims_gh/site/timetable.py`: in rules.json, and on a badge. The answer has
 * the phase's `name`; `at`, the moment at which it ends, or at which everything closed; `deadline`,
 * which of the times people work towards; `over`, whether nothing is taken any more; and
 * `lateNow`, whether what comes now is late and yet scored.
 */
export function phaseOf(times, now = Date.now()) {
  const found = scheduled(times, now);
  return times.revealed ? { ...found, name: "revealed", at: null } : found;
}

function scheduled(times, now) {
  const [opens, closes, onTime, lateUntil, finalOpens, finalCloses] = [
    times.opens, times.closes, times.on_time, times.late_until, times.final_opens,
    times.final_closes,
  ].map(parsed); // prettier-ignore
  const phase = (name, at, deadline = "closes", more = {}) => ({
    name, at, deadline, over: false, lateNow: false, ...more,
  }); // prettier-ignore
  if (opens !== null && now < opens) return phase("soon", opens);
  if (closes === null) return phase("open", null);
  if (now < closes) return phase("open", closes);
  if (now <= onTime) return phase("grace", onTime);
  const lateNow = Boolean(times.late) && (lateUntil === null || now <= lateUntil);
  if (finalCloses !== null && now <= finalOpens)
    return phase("between", finalOpens, "final_closes", { lateNow });
  if (finalCloses !== null && now <= finalCloses)
    return phase("final", finalCloses, "final_closes");
  const last = finalCloses === null ? "closes" : "final_closes";
  if (lateNow) return phase("late", lateUntil, lateUntil === null ? last : "late_until", { lateNow });
  return phase("closed", Math.max(closes, finalCloses, lateUntil), last, { over: true });
}

/** A phase in a few words, for a badge. */
export const inWords = ({ name, at }, now = Date.now()) =>
  WORDS[name](at === null ? "" : distance(at, now));
