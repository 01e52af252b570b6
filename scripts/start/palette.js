/** PNG files of 256 colours: a third of the size that a browser's screenshots have. */

import { crc32, deflateSync } from 'node:zlib';

const COLOURS = 256;
const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const PALETTE_IMAGE = 3;

/** @typedef {[red: number, green: number, blue: number]} Colour */

/**
 * A picture as a PNG file with a palette.
 * @param {number} width
 * @param {number} height
 * @param {Uint8Array} pixels four bytes each: red, green, blue, opacity
 */
export function encode(width, height, pixels) {
  const palette = choosePalette(pixels);
  const rows = Buffer.alloc((width + 1) * height);
  const indexes = new Map();
  for (let at = 0; at < width * height; at += 1) {
    const colour = colourAt(pixels, at);
    if (!indexes.has(colour)) indexes.set(colour, nearest(palette, unpack(colour)));
    // Each row begins with its filter: none.
    rows[at + Math.floor(at / width) + 1] = indexes.get(colour);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, PALETTE_IMAGE], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/**
 * The most frequent colours, of those that look alike one.
 * @param {Uint8Array} pixels
 */
function choosePalette(pixels) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (let at = 0; at < pixels.length / 4; at += 1) {
    const colour = colourAt(pixels, at);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  /** @type {Map<number, { colour: number, most: number, all: number }>} */
  const alike = new Map();
  for (const [colour, count] of counts) {
    // Five bits of each part.
    const group = colour & 0xf8f8f8;
    const { colour: leader, most, all } = alike.get(group) ?? { colour, most: 0, all: 0 };
    const isMore = count > most;
    alike.set(group, {
      colour: isMore ? colour : leader,
      most: isMore ? count : most,
      all: all + count,
    });
  }
  return [...alike.values()]
    .sort((a, b) => b.all - a.all)
    .slice(0, COLOURS)
    .map(({ colour }) => unpack(colour));
}

/**
 * @param {Uint8Array} pixels
 * @param {number} at
 */
function colourAt(pixels, at) {
  const [red = 0, green = 0, blue = 0] = pixels.subarray(4 * at, 4 * at + 3);
  return (red << 16) | (green << 8) | blue;
}

/**
 * @param {number} colour
 * @returns {Colour}
 */
function unpack(colour) {
  return [colour >> 16, (colour >> 8) & 0xff, colour & 0xff];
}

/**
 * @param {Colour[]} palette
 * @param {Colour} wanted
 */
function nearest(palette, wanted) {
  const distances = palette.map(
    ([red, green, blue]) =>
      (red - wanted[0]) ** 2 + (green - wanted[1]) ** 2 + (blue - wanted[2]) ** 2,
  );
  return distances.indexOf(Math.min(...distances));
}

/**
 * @param {string} type
 * @param {Buffer} data
 */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
