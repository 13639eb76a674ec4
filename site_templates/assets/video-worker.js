// The pictures of a video that a model is given, taken out of it apart from the page: what takes
// too long there is ended with the worker.
//
// The rules of `site_templates/space/gradio/media.py`: the same pictures, the same limits.

import {
  BufferSource, Input, Logging, LogLevel, MATROSKA, MP4, QTFF, VideoSampleSink, WEBM,
} from "mediabunny"; // prettier-ignore
import { grouped } from "./format.js";
import { overstated } from "./predict/boxes.js";
import { product } from "./predict/feeds.js";
import { seenOf } from "./predict/frame.js";
import { arrayOf } from "./predict/pixels.js";

const MOST_FRAMES = 10_000;
const MOST_PIXELS = 4_000_000;
const MOST_VALUES = 50_000_000;
const TOLD = 100;
const WORKS = "choose MP4 with H.264, or WebM";
const DAMAGED = "this video cannot be read: it is damaged, or a part of it is missing";
const TOO_OLD = "this browser is too old to take pictures out of a video";
const NOT_SECURE = "browsers take videos apart on pages with https alone";
const EMPTY = "this file has no pictures, or a part of it is missing: choose another video";

Logging.level = LogLevel.Silent; // the page says it

/** Why a video is not taken, in words for people. */
class Refused extends Error {}

addEventListener("message", async ({ data: { file, form } }) => {
  try {
    const taken = await picturesOf(file, form);
    postMessage(taken, [taken.values.buffer]);
  } catch (problem) {
    postMessage({ error: problem instanceof Refused ? problem.message : DAMAGED });
  }
});

/** Take as many pictures as the model does, at even distances: {values, dims, have}. */
async function picturesOf(file, form) {
  const track = await trackOf(file);
  const { have, largest } = await counted(track);
  if (!have) throw new Refused(EMPTY);
  const count = form.frames ?? have;
  const { height, width, channels } = form.frame;
  const numbers = count * channels * (height && width ? height * width : largest);
  if (numbers > MOST_VALUES) {
    throw new Refused(
      `the video has ${grouped(numbers)} numbers, too many for this model: choose one that is ` +
        `smaller or shorter, up to ${grouped(MOST_VALUES)} are taken`,
    );
  }
  const { values, dims } = await filled(track, evenly(have, count), form.frame);
  return { values, dims: [count, ...dims], have };
}

/** Positions at even distances, from the middle of each stretch. */
const evenly = (have, wanted) =>
  Array.from({ length: wanted }, (_, place) => Math.trunc(((place + 0.5) * have) / wanted));

async function trackOf(file) {
  if (!("VideoDecoder" in globalThis)) throw new Refused(isSecureContext ? TOO_OLD : NOT_SECURE);
  const content = await file.arrayBuffer();
  if (overstated(content)) throw new Refused(DAMAGED);
  const input = new Input({ source: new BufferSource(content), formats: [MP4, QTFF, WEBM, MATROSKA] });
  if (!(await input.canRead())) throw new Refused(`this file is no video that the browser can read: ${WORKS}`);
  const [track] = await input.getVideoTracks();
  if (!track) throw new Refused(EMPTY);
  check(await track.getCodedWidth(), await track.getCodedHeight(), 0);
  if (!(await track.canDecode())) throw new Refused(`this browser cannot read such videos: ${WORKS}`);
  const named = await track.computePacketStats(MOST_FRAMES, { metadataOnly: true });
  const there = await track.computePacketStats(MOST_FRAMES, { metadataOnly: false });
  if (there.packetCount < named.packetCount) throw new Refused(DAMAGED);
  return track;
}

/** What there is, which only decoding tells: not each part of a file becomes a picture. */
async function counted(track) {
  let [have, largest] = [0, 0];
  for await (const { visibleRect } of decoded(track)) {
    have += 1;
    largest = Math.max(largest, visibleRect.width * visibleRect.height);
    if (have % TOLD === 0) postMessage({ read: have });
  }
  return { have, largest };
}

/** The pictures at some places, each brought to its size at once. */
async function filled(track, places, form) {
  const told = await track.getColorSpace();
  let [place, done] = [0, 0];
  let whole = null;
  for await (const sample of decoded(track)) {
    if (places[done] === place) {
      const one = arrayOf(await seenOf(sample, told), form);
      whole ??= { values: new Float32Array(places.length * product(one.dims)), dims: one.dims };
      if (String(one.dims) !== String(whole.dims)) throw new Refused("the pictures of this video differ in size");
      for (; places[done] === place; done += 1) whole.values.set(one.values, done * one.values.length);
    }
    place += 1;
    if (done === places.length) return whole;
  }
  throw new Error("fewer pictures than before");
}

async function* decoded(track) {
  let place = 0;
  for await (const sample of new VideoSampleSink(track).samples()) {
    try {
      if (sample.timestamp < 0) continue; // cut away by who edited the film
      check(sample.visibleRect.width, sample.visibleRect.height, place);
      place += 1;
      yield sample;
    } finally {
      sample.close();
    }
  }
}

function check(width, height, place) {
  if (place < MOST_FRAMES && width * height <= MOST_PIXELS) return;
  throw new Refused(
    "the video is too long, or its pictures are too large: up to " +
      `${grouped(MOST_FRAMES)} pictures of ${grouped(MOST_PIXELS)} pixels are taken`,
  );
}
