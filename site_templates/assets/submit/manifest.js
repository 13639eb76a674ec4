// The folder of a submission: its place, its manifest, and the way to GitHub.

import { length } from "./table.js";

const LINK_LIMIT = 7_500;
/** What the files are called in a submission. */
export const PATHS = { predictions: "predictions.csv", model: "model.onnx" };

/** What GitHub's upload page takes, file by file. */
export const UPLOAD_LIMIT = 25_000_000;

/** What is wrong with what somebody filled in, field by field; empty where all is well. */
export function problems({ login, id, description, tags }) {
  const found = {};
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/.test(login))
    found.login = "a login is 1 to 39 letters, digits and hyphens";
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(id))
    found.id = "a name is 1 to 64 small letters, digits and hyphens";
  if (length(description) > 2000) found.description = "a description has up to 2,000 characters";
  if (tags.length > 10) found.tags = "up to 10 tags";
  else if (tags.some((tag) => length(tag) > 200)) found.tags = "a tag has up to 200 characters";
  return found;
}

/** A name like the one that `aims submit` gives. */
export async function suggestedName(files, now) {
  const [day, time] = now.toISOString().split("T");
  const whole = await new Blob(files.map(({ bytes }) => bytes)).arrayBuffer();
  const digest = canDigest() ? `-${(await sha256(whole)).slice(0, 8)}` : "";
  return `${day.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}${digest}`;
}

/** Browsers compute digests only on pages that came by https, or from this machine. */
export const canDigest = () => Boolean(globalThis.crypto?.subtle);

export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const folderOf = (slug, { login, id }) => `submissions/${slug}/${login}/${id}`;

/** The text of submission.yml. Every text is quoted, so that none of it can be anything else. */
export function manifest(slug, filled, files, now) {
  const { id, board, description, tags } = filled;
  const lines = ["schema_version: 1", `id: ${quoted(id)}`, `playground: ${quoted(slug)}`];
  if (board !== "all") lines.push(`board: ${quoted(board)}`);
  lines.push(`created: ${quoted(now.toISOString().replace(/\.\d+/, ""))}`);
  for (const key of ["model", "predictions"]) {
    const file = files.find((one) => one.key === key);
    if (file)
      lines.push(
        `${key}:`,
        `  path: ${quoted(file.path)}`,
        `  sha256: ${quoted(file.sha256)}`,
        `  bytes: ${file.bytes.length}`,
      );
  }
  if (description) lines.push(`description: ${quoted(description)}`);
  if (tags.length) lines.push("tags:", ...tags.map((tag) => `  - ${quoted(tag)}`));
  return `${lines.join("\n")}\n`;
}

/** A text in YAML's double quotes, of printable ASCII alone. */
function quoted(text) {
  const shown = [...text].map((character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    if (/^[ -~]$/.test(character)) return character;
    if (/^\p{Cs}$/u.test(character)) return "\\uFFFD";
    return `\\U${character.codePointAt(0).toString(16).padStart(8, "0")}`;
  });
  return `"${shown.join("")}"`;
}

/** The pages of GitHub that lead from a folder to a pull request. */
export function links(repository, filled, folder, text) {
  const { origin, pathname } = new URL(repository);
  const [owner, name] = pathname.split("/").filter(Boolean);
  const { login, id } = filled;
  const own = login.toLowerCase() === owner.toLowerCase();
  const fork = `${origin}/${login}/${name}`;
  const query = `filename=${folder}/submission.yml&value=${encodeURIComponent(text)}`;
  const filledIn = `${fork}/new/main?${query}`;
  const title = encodeURIComponent(`Submit ${id}`);
  return {
    fork: own ? null : `${repository}/fork`,
    upload: `${fork}/upload/main`,
    manifest: filledIn.length < LINK_LIMIT ? filledIn : null,
    predictions: `${fork}/upload/${id}/${folder}`,
    propose: `${repository}/compare/main...${own ? "" : `${login}:`}${id}?expand=1&title=${title}`,
  };
}

/** The command for a course in a folder; what is typed in stays one word for the shell. */
export function command(address, filled, files) {
  const named = (key) => files.find((file) => file.key === key)?.name;
  const words = ["aims", "submit"];
  if (named("model")) words.push(named("model"));
  words.push("--to", address);
  if (named("predictions")) words.push("--predictions", named("predictions"));
  words.push("--as", filled.login);
  if (filled.board !== "all") words.push("--board", filled.board);
  if (filled.description) words.push("--description", filled.description);
  for (const tag of filled.tags) words.push("--tag", tag);
  return words.map(word).join(" ");
}

const word = (text) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
