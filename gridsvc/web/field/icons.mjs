// The icons of the installed page, drawn here: four grids, of which one is marked; as SVG, and as PNG for phones that want it.
import { crc32, deflateSync } from "node:zlib";

const [BLUE, WHITE] = [[0x17, 0x58, 0xc2], [255, 255, 255]];
const SAMPLES = 4;
// On a field of 32: grids as x, y, width, height, and how white they are.
const GRIDS = [[8, 8, 7, 6, 0.42], [17, 8, 7, 8, 0.42], [8, 16, 7, 8, 0.42], [17, 18, 7, 6, 1]];
const DOT = [20.5, 21, 1.6];

export function svg() {
  const rects = GRIDS.map(([x, y, w, h, o]) => `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="#FFFFFF" fill-opacity="${o}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" fill="#1758C2"/>${rects.join("")}<circle cx="${DOT[0]}" cy="${DOT[1]}" r="${DOT[2]}" fill="#1758C2"/></svg>\n`;
}

function whiteness(x, y) {
  if (Math.hypot(x - DOT[0], y - DOT[1]) <= DOT[2]) return 0;
  const grid = GRIDS.find(([left, top, w, h]) => x >= left && x < left + w && y >= top && y < top + h);
  return grid ? grid[4] : 0;
}

export function png(size) {
  const rows = Buffer.alloc(size * (size * 3 + 1));
  for (let row = 0, at = 0; row < size; row++) {
    rows[at++] = 0;
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let i = 0; i < SAMPLES * SAMPLES; i++) {
        const [dx, dy] = [((i % SAMPLES) + 0.5) / SAMPLES, (Math.floor(i / SAMPLES) + 0.5) / SAMPLES];
        sum += whiteness(((column + dx) * 32) / size, ((row + dy) * 32) / size);
      }
      const share = sum / (SAMPLES * SAMPLES);
      for (let c = 0; c < 3; c++) rows[at++] = Math.round(BLUE[c] + (WHITE[c] - BLUE[c]) * share);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), chunk("IHDR", head), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body) >>> 0, body.length + 4);
  return whole;
}
