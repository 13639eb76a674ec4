// What has to be known before any work is done: when, who, and what is asked for.

import { element } from "../dom.js";
import { anywhere, distance, full, grouped, size } from "../format.js";
import { phaseOf } from "../phase.js";

/** Whether whatever is handed in now comes too late. */
export const isOver = ({ times }) => phaseOf(times).over;

/** A moment from the reader's point of view, and as a date. */
function told(moment) {
  const date = new Date(moment);
  return `${distance(date)} (${full(date)}; ${anywhere(date)})`;
}

/** What becomes of something late. */
const lateness = ({ times, penalty }) =>
  times.late === "mark" ? "scored, and listed apart" : `scored, and worth ${penalty}`;

/** What is to be said of the phase, and whether it stands in the way. */
const PHASES = {
  soon: ({ at }) => [`Not open yet: it opens ${told(at)}, and what arrives before is refused.`, true],
  open: () => [],
  grace: ({ at }, { times }) => [
    `Closed ${distance(Date.parse(times.closes))}, but there is a time of grace: submissions still count. It ends ${told(at)}.`,
    true,
  ],
  between: ({ at, lateNow }, rules) => [
    `Between two phases: the final phase opens ${told(at)}. ` +
      `What arrives before is ${lateNow ? `late: it is ${lateness(rules)}` : "refused"}.`,
    true,
  ],
  final: ({ at }) => [
    `Final phase: it closes ${told(at)}. What arrives in it alone counts in the end.`,
    false,
  ],
  late: ({ at }, rules) => [
    `Closed ${distance(Date.parse(rules.times.final_closes ?? rules.times.closes))}: submissions are still ${lateness(rules)}.` +
      (at === null ? "" : ` That ends ${told(at)}; after it they are refused.`),
    true,
  ],
  closed: ({ at }) => [
    `Closed ${distance(at)}: submissions are refused. You can still see whether a file would fit.`,
    true,
  ],
  revealed: ({ over }) => [
    "Revealed: the final board stands, and no submission changes it any more. " +
      (over
        ? "Submissions are refused; you can still see whether a file would fit."
        : "The experiment board stays open."),
    true,
  ],
};

/** How often an entrant may submit: the final phase counts by itself. */
function often(phase, rules) {
  const final = ["between", "final"].includes(phase.name);
  const { per_day, total } = final ? rules.final : rules;
  const limits = [per_day && `${grouped(per_day)} in 24 hours`, total && `${grouped(total)} in all`]
    .filter(Boolean)
    .join(", ");
  if (!limits || phase.over) return "";
  return final ? `; in the final phase ${limits}` : `; ${limits}`;
}

export function states(rules) {
  const { listed, evaluation, features, bytes, sealed, times } = rules;
  const phase = phaseOf(times);
  const lines = [];
  const say = (text, bad = false) =>
    lines.push(element("li", { textContent: text, className: bad ? "aims-bad" : "" }));
  const [now, bad] = PHASES[phase.name](phase, rules);
  if (now) say(now, bad);
  if (listed === "playground") say("Private: only those on the owners' list may submit.");
  if (listed === "course") say("Only those on the course's roster may submit.");
  if (evaluation === "both") say("A model is required beside the predictions: model.onnx.");
  if (evaluation === "model")
    say(
      features === "hidden"
        ? "The model itself is scored, on rows that nobody is shown: hand in model.onnx."
        : "The model itself is scored: hand in model.onnx; predictions may go with it.",
    );
  say(`At most ${size(bytes)} for all files together${often(phase, rules)}.`);
  if (sealed && !times.revealed && !phase.over)
    say(
      "Sealed submissions are welcome: aims submit --sealed, from a terminal. What this page prepares, everybody can read.",
    );
  return [element("ul", { className: "aims-submit-states" }, ...lines)];
}
