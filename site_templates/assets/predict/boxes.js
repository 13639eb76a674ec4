// What an MP4 file claims: its tables can name billions of pictures in a few bytes, and whoever
// reads the file makes room for each.

const word = (name) => Array.from(name).reduce((all, sign) => all * 256 + sign.charCodeAt(0), 0);
const [MOOV, MOOF, STTS, CTTS, TRUN] = ["moov", "moof", "stts", "ctts", "trun"].map(word);

/** Whether the tables of a file name more entries than it could have; false of other files. */
export function overstated(content) {
  const view = new DataView(content);
  const most = 2 * view.byteLength; // times, and how far they are moved
  let claimed = 0;
  for (let at = 0; at + 16 <= view.byteLength && claimed <= most; ) {
    const short = view.getUint32(at);
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short;
    const end = size < 8 ? view.byteLength : Math.min(at + size, view.byteLength);
    if ([MOOV, MOOF].includes(view.getUint32(at + 4))) claimed += claimedIn(view, at + 8, end, most - claimed);
    at = end;
  }
  return claimed > most;
}

/**
 * Sum up the entries of all tables, wherever in a box they are, until there are more than `most`.
 *
 * A line that is read counts, too: else tables that begin within each other, with nothing in them,
 * would be read again and again.
 */
function claimedIn(view, start, end, most) {
  let claimed = 0;
  for (let at = start; at + 12 <= end && claimed <= most; at += 1) {
    const name = view.getUint32(at);
    if (name !== STTS && name !== CTTS && name !== TRUN) continue;
    const count = view.getUint32(at + 8);
    const last = name === TRUN ? 0 : Math.min(end, at + 12 + 8 * count);
    if (name === TRUN) claimed += count;
    for (let run = at + 12; run + 8 <= last && claimed <= most; run += 8) claimed += 1 + view.getUint32(run);
  }
  return claimed;
}
