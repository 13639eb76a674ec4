// A picture of a video as red, green and blue: by the same rule in each browser, and in FFmpeg.
//
// A canvas would do it as well, each browser in its own way: a film that does not say how its
// colours are to be read differs by up to twenty of 255.

const SHARES = {
  bt709: [0.2126, 0.0722],
  "bt2020-ncl": [0.2627, 0.0593],
}; // of red and blue in brightness
const UNTOLD = [0.299, 0.114];
const LAYOUTS = {
  I420: { across: 1, down: 1, step: 1 },
  I422: { across: 1, down: 0, step: 1 },
  I444: { across: 0, down: 0, step: 1 },
  NV12: { across: 1, down: 1, step: 2 },
}; // how many halvings of the colours, and how far one is from the next

/** A picture of a film as people see it: {data, width, height}, four numbers a pixel. */
export async function seenOf(sample, told) {
  const { width, height } = sample.visibleRect;
  const layout = LAYOUTS[sample.format];
  const image = layout ? await converted(sample, layout, told) : drawn(sample, width, height);
  return turned(image, sample.rotation);
}

function drawn(sample, width, height) {
  const frame = sample.toVideoFrame();
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(frame, 0, 0, width, height);
  frame.close();
  return context.getImageData(0, 0, width, height);
}

async function converted(sample, { across, down, step }, told) {
  const { width, height } = sample.visibleRect;
  const bytes = new Uint8Array(sample.allocationSize());
  const [bright, blue, red = { offset: blue.offset + 1, stride: blue.stride }] = await sample.copyTo(bytes);
  const terms = termsOf(told, across > 0);
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0, at = 0; y < height; y += 1) {
    const line = bright.offset + y * bright.stride;
    const blues = blue.offset + (y >> down) * blue.stride;
    const reds = red.offset + (y >> down) * red.stride;
    for (let x = 0; x < width; x += 1, at += 4) {
      const beside = (x >> across) * step;
      const [grey, u, v] = [terms.grey[bytes[line + x]], bytes[blues + beside], bytes[reds + beside]];
      data[at] = grey + terms.red[v];
      data[at + 1] = grey + terms.greenOfBlue[u] + terms.greenOfRed[v];
      data[at + 2] = grey + terms.blue[u];
    }
  }
  return { data, width, height };
}

/** What each value of brightness, blue and red adds; FFmpeg cuts it to whole numbers if told. */
function termsOf({ matrix, fullRange }, whole) {
  const [ofRed, ofBlue] = SHARES[matrix] ?? UNTOLD;
  const ofGreen = 1 - ofRed - ofBlue;
  const [black, light, colour] = fullRange ? [0, 1, 1] : [16, 255 / 219, 255 / 224];
  const [red, blue] = [2 * (1 - ofRed) * colour, 2 * (1 - ofBlue) * colour];
  const term = (factor, middle) =>
    Float32Array.from({ length: 256 }, (_, value) => {
      const exact = (value - middle) * factor;
      return whole ? Math.floor(exact) : exact;
    });
  return {
    grey: term(light, black),
    red: term(red, 128),
    blue: term(blue, 128),
    greenOfRed: term((-ofRed * red) / ofGreen, 128),
    greenOfBlue: term((-ofBlue * blue) / ofGreen, 128),
  };
}

const TURNS = {
  90: ({ height }) => (x, y) => [y, height - 1 - x],
  180: ({ width, height }) => (x, y) => [width - 1 - x, height - 1 - y],
  270: ({ width }) => (x, y) => [width - 1 - y, x],
}; // by degrees clockwise: where a pixel comes from

/** Turn a picture by quarters, as who filmed it held the camera. */
function turned(image, degrees) {
  if (!degrees) return image;
  const { width, height } = degrees === 180 ? image : { width: image.height, height: image.width };
  const from = TURNS[degrees](image);
  const pixels = new Uint32Array(image.data.buffer);
  const made = new Uint32Array(pixels.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [left, top] = from(x, y);
      made[y * width + x] = pixels[top * image.width + left];
    }
  }
  return { data: new Uint8ClampedArray(made.buffer), width, height };
}
