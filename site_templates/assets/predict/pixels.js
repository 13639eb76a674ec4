// Pictures as arrays: the same size, channels and numbers as `aims_gh/flows/images.py` gives.
//
// Pillow's own arithmetic, grey by Rec. 601 and bicubic reduction in whole numbers, so that a
// picture means the same to a model here as there.

const PRECISION = 22;

/** Read a picture: as people see it, without any change of colours. */
export async function opened(blob) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
  } catch {
    throw new Error("this file is no picture that the browser can read: try PNG or JPEG");
  }
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** The middle of a picture, in the proportions of what the model takes. */
export function middle(image, picture) {
  if (!picture.height || !picture.width) return image;
  const scale = Math.min(image.width / picture.width, image.height / picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const [left, top] = [(image.width - width) >> 1, (image.height - height) >> 1];
  const cut = new ImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    const from = ((y + top) * image.width + left) * 4;
    cut.data.set(image.data.subarray(from, from + width * 4), y * width * 4);
  }
  return cut;
}

/** A picture in the shape and with the numbers that the model takes. */
export function arrayOf(image, picture) {
  const height = picture.height ?? image.height;
  const width = picture.width ?? image.width;
  const planes = planesOf(image, picture.channels).map((plane) =>
    resized(plane, image.width, image.height, width, height),
  );
  if (picture.channels === 4) apart(planes);
  const values = new Float32Array(planes.length * width * height);
  const factor = Math.fround((picture.white - picture.black) / 255);
  planes.forEach((plane, channel) => {
    for (let at = 0; at < plane.length; at += 1) {
      const place = picture.channels_first
        ? channel * plane.length + at
        : at * planes.length + channel;
      values[place] = Math.fround(plane[at] * factor) + picture.black;
    }
  });
  const sides = [height, width];
  if (picture.shape.length === 1) return { values, dims: [values.length] };
  if (picture.shape.length === 2) return { values, dims: sides };
  return { values, dims: picture.channels_first ? [planes.length, ...sides] : [...sides, planes.length] };
}

/** An array as a picture, to be looked at; null where its numbers are no such picture. */
export function imageOf(values, picture) {
  const { channels } = picture;
  let { height, width } = picture;
  if (!height || !width) {
    height = width = Math.sqrt(values.length / channels);
  }
  if (!Number.isInteger(height) || height * width * channels !== values.length) return null;
  const image = new ImageData(width, height);
  const range = picture.white - picture.black || 1;
  for (let at = 0; at < width * height; at += 1) {
    for (let channel = 0; channel < 4; channel += 1) {
      const from = Math.min(channel, channels - 1);
      const place = picture.channels_first ? from * width * height + at : at * channels + from;
      const value = channel === 3 && channels < 4 ? 255 : (255 * (values[place] - picture.black)) / range;
      image.data[4 * at + channel] = value;
    }
  }
  return image;
}

function planesOf({ data, width, height }, channels) {
  const count = width * height;
  if (channels === 1) {
    const grey = new Uint8Array(count);
    for (let at = 0; at < count; at += 1) {
      const [red, green, blue] = [data[4 * at], data[4 * at + 1], data[4 * at + 2]];
      grey[at] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >>> 16;
    }
    return [grey];
  }
  return Array.from({ length: channels }, (_, channel) => {
    const plane = new Uint8Array(count);
    for (let at = 0; at < count; at += 1) {
      // Where there is opacity, colours are reduced as seen, and taken apart again.
      const opacity = channels === 4 && channel < 3 ? data[4 * at + 3] : 255;
      plane[at] = Math.round((data[4 * at + channel] * opacity) / 255);
    }
    return plane;
  });
}

function apart(planes) {
  for (let at = 0; at < planes[3].length; at += 1) {
    const opacity = planes[3][at];
    for (let channel = 0; channel < 3 && opacity; channel += 1) {
      planes[channel][at] = Math.min(255, Math.floor((255 * planes[channel][at]) / opacity));
    }
  }
}

function resized(plane, width, height, newWidth, newHeight) {
  const lines = width === newWidth ? plane : across(plane, width, height, newWidth);
  if (height === newHeight) return lines;
  const turned = transposed(lines, newWidth, height);
  return transposed(across(turned, height, newWidth, newHeight), newHeight, newWidth);
}

function transposed(plane, width, height) {
  const turned = new Uint8Array(plane.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) turned[x * height + y] = plane[y * width + x];
  }
  return turned;
}

function across(plane, width, height, newWidth) {
  const shares = weights(width, newWidth);
  const result = new Uint8Array(newWidth * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < newWidth; x += 1) {
      const { first, share } = shares[x];
      let sum = 2 ** (PRECISION - 1);
      for (let at = 0; at < share.length; at += 1) {
        sum += plane[y * width + first + at] * share[at];
      }
      result[y * newWidth + x] = Math.min(255, Math.max(0, Math.floor(sum / 2 ** PRECISION)));
    }
  }
  return result;
}

function weights(size, newSize) {
  const scale = size / newSize;
  const wide = Math.max(scale, 1);
  const support = 2 * wide;
  return Array.from({ length: newSize }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(size, Math.trunc(centre + support + 0.5));
    const share = [];
    let total = 0;
    for (let at = first; at < last; at += 1) {
      share.push(bicubic((at - centre + 0.5) / wide));
      total += share.at(-1);
    }
    return {
      first,
      share: share.map((value) => {
        const scaled = (value / total) * 2 ** PRECISION;
        return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      }),
    };
  });
}

function bicubic(distance) {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}
