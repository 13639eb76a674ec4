// What has to be known before any work is done: when, who, and what is asked for.

import { element } from "../dom.js";
import { distance, grouped, size } from "../format.js";

/** Whether whatever is handed in now comes too late. */
export const isOver = ({ deadline, late }) =>
  late === "refuse" && deadline !== null && Date.now() > Date.parse(deadline);

export function states({
  opens,
  closes,
  deadline,
  late,
  listed,
  evaluation,
  features,
  bytes,
  per_day,
  total,
}) {
  const now = Date.now();
  const lines = [];
  const say = (text, bad = false) =>
    lines.push(element("li", { textContent: text, className: bad ? "aims-bad" : "" }));
  if (opens && now < Date.parse(opens))
    say(
      `Not open yet: it opens ${distance(Date.parse(opens), now)}, and what arrives before is refused.`,
      true,
    );
  if (closes && now >= Date.parse(closes)) {
    const since = distance(Date.parse(closes), now);
    if (now <= Date.parse(deadline))
      say(
        `Closed ${since}; in the time of grace, until ${distance(Date.parse(deadline), now)}, submissions still count.`,
        true,
      );
    else if (late === "mark")
      say(`Closed ${since}: submissions are still scored, and listed apart.`, true);
    else if (late === "penalty")
      say(`Closed ${since}: submissions are still scored, and worth less.`, true);
    else
      say(
        `Closed ${since}: submissions are refused. You can still see whether a file would fit.`,
        true,
      );
  }
  if (listed === "playground") say("Private: only those on the owners' list may submit.");
  if (listed === "course") say("Only those on the course's roster may submit.");
  if (evaluation === "both") say("A model is required beside the predictions: model.onnx.");
  if (evaluation === "model")
    say(
      features === "hidden"
        ? "The model itself is scored, on rows that nobody is shown: hand in model.onnx."
        : "The model itself is scored: hand in model.onnx; predictions may go with it.",
    );
  const often = [
    per_day && `${grouped(per_day)} in 24 hours`,
    total && `${grouped(total)} in all`,
  ].filter(Boolean);
  say(
    `At most ${size(bytes)} for all files together${often.length ? `; ${often.join(", ")}` : ""}.`,
  );
  return [element("ul", { className: "aims-submit-states" }, ...lines)];
}
