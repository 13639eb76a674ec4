// The last step: how the prepared folder gets to the course.

import { element, plain, save } from "../dom.js";
import { UPLOAD_LIMIT, command, folderOf, links, manifest } from "./manifest.js";
import { beyond, problem } from "./parts.js";

/**
 * The ways to hand a submission in.
 *
 * `course` has slug, address, repository and `pack`, which makes an archive or is null.
 */
export function ways(course, filled, files, now) {
  const folder = folderOf(course.slug, filled);
  const text = manifest(course.slug, filled, files, now);
  const all = [{ path: "submission.yml", bytes: new TextEncoder().encode(text) }, ...files];
  const size = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (size > course.limit) return problem(beyond(size, course.limit));
  const shown = course.repository
    ? onGitHub(course, filled, folder, text, all)
    : inFolder(course, filled, files, folder, all);
  return element("div", { className: "aims-submit-ways" }, ...shown, contents(folder, text, all));
}

function onGitHub(course, filled, folder, text, all) {
  const to = links(course.repository, filled, folder, text);
  const login = filled.login;
  const fork = to.fork && [
    step(
      "Make a fork of the course, if you have none yet: ",
      link(to.fork, "Fork"),
      ", ",
      em("Create fork"),
      ".",
    ),
  ];
  const shown = [];
  if (all.some(({ bytes }) => bytes.length > UPLOAD_LIMIT))
    shown.push(
      note(
        "GitHub's own pages take files of up to 25 MB; yours is larger. Use the command below.",
        true,
      ),
    );
  if (course.pack)
    shown.push(
      element(
        "ol",
        {},
        step(
          archive(course, filled, folder, all),
          " and unpack it: in it is a folder ",
          code("submissions"),
          ".",
        ),
        ...(fork || []),
        step(
          "Open ",
          link(to.upload, `the upload page of ${fork ? `${login}'s fork` : "the repository"}`),
          ", and drag the folder ",
          code("submissions"),
          " into it.",
        ),
        step(
          "Choose ",
          em("Create a new branch for this commit and start a pull request"),
          ", ",
          em("Propose changes"),
          ", and then ",
          em("Create pull request"),
          " to ",
          code("main"),
          " of the course.",
        ),
      ),
    );
  const pieces = element(
    "ol",
    {},
    ...(fork || []).map((one) => one.cloneNode(true)),
    to.manifest
      ? step(
          "Open ",
          link(to.manifest, "submission.yml, filled in"),
          ", and choose ",
          em("Commit changes…"),
          ", ",
          em("Create a new branch"),
          "; call the branch ",
          code(filled.id),
          ", and do not open the pull request yet.",
        )
      : step(
          "The manifest is too long for a link: ",
          saver(all[0]),
          ", and upload it into the folder ",
          code(folder),
          " of a new branch ",
          code(filled.id),
          ".",
        ),
    step(
      "Upload ",
      ...named(all),
      " on ",
      link(to.predictions, "the page for this folder and branch"),
      ", and commit directly to ",
      code(filled.id),
      ".",
    ),
    step("Then ", link(to.propose, "open the pull request"), "."),
  );
  if (!course.pack) return [...shown, pieces];
  const details = element(
    "details",
    {},
    element("summary", { textContent: "Without unpacking: file by file, as on a phone" }),
    pieces,
  );
  return [...shown, details];
}

function inFolder(course, filled, files, folder, all) {
  const typed = command(course.address, filled, files);
  return [
    note(
      "This course lies in a folder. Whoever has the program hands your file in by this command, in the folder where your file is:",
    ),
    copied(typed),
    course.pack
      ? element(
          "p",
          {},
          "Or pass on the whole submission: ",
          archive(course, filled, folder, all),
          ".",
        )
      : element(
          "p",
          {},
          "Or pass on the files of the submission: ",
          ...all.flatMap((one, place) => (place ? [", ", saver(one)] : [saver(one)])),
          ".",
        ),
  ];
}

function contents(folder, text, all) {
  return element(
    "details",
    {},
    element("summary", { textContent: "What is in the folder" }),
    element("p", {}, code(`${folder}/`), ` with ${all.map(({ path }) => path).join(", ")}`),
    element("pre", { tabIndex: 0 }, element("code", { textContent: text })),
  );
}

function archive(course, filled, folder, all) {
  const name = `${filled.id}.zip`;
  const button = element("button", {
    type: "button",
    className: "aims-button",
    textContent: `Save ${name}`,
  });
  button.addEventListener("click", () => {
    const packed = course.pack(all.map(({ path, bytes }) => [`${folder}/${path}`, bytes]));
    save(name, packed, "application/zip");
  });
  return button;
}

function saver({ path, bytes }) {
  const button = element("button", {
    type: "button",
    className: "aims-button",
    textContent: `Save ${path}`,
  });
  button.addEventListener("click", () => save(path, bytes, "application/octet-stream"));
  return button;
}

function copied(text) {
  const button = element("button", {
    type: "button",
    className: "aims-button",
    textContent: "Copy",
  });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it and copy";
    }
  });
  return element(
    "div",
    { className: "aims-submit-command" },
    element("pre", { tabIndex: 0 }, element("code", { textContent: plain(text) })),
    button,
  );
}

/** What is to be uploaded; GitHub takes a file's name from the disk, so it has to be that one. */
const named = (all) =>
  all
    .slice(1)
    .flatMap((file, place) => [
      ...(place ? [" and "] : []),
      code(file.path),
      ...(file.name === file.path ? [] : [" (yours has another name: ", saver(file), ")"]),
    ]);
const step = (...parts) => element("li", {}, ...parts);
const code = (text) => element("code", { textContent: text });
const em = (text) => element("em", { textContent: text });
const note = (text, bad = false) =>
  element("p", { className: bad ? "aims-submit-problem" : "", textContent: text });
const link = (href, text) =>
  element("a", { href, textContent: text, target: "_blank", rel: "noopener" });
