// Measures on the ellipsoid (WGS 84) for distances within a city, circles in true metres, and the datums of Chinese maps.
export type LonLat = readonly [number, number];

const A_M = 6_378_137;
const E2 = 0.006_694_379_990_141_3;
const RAD = Math.PI / 180;

/** Metres per degree of longitude and latitude at a latitude. */
export function perDegree(lat: number): { lon_m: number; lat_m: number } {
  const w2 = 1 - E2 * Math.sin(lat * RAD) ** 2;
  return { lon_m: (RAD * A_M * Math.cos(lat * RAD)) / Math.sqrt(w2), lat_m: (RAD * A_M * (1 - E2)) / w2 ** 1.5 };
}

/** Metres between two points, by the radii of curvature half-way: right to a millimetre over 10 km, 1 m over 100 km. */
export function distance_m(a: LonLat, b: LonLat): number {
  const { lon_m, lat_m } = perDegree((a[1] + b[1]) / 2);
  return Math.hypot((b[0] - a[0]) * lon_m, (b[1] - a[1]) * lat_m);
}

export function length_m(line: readonly LonLat[]): number {
  return line.slice(1).reduce((sum, at, i) => sum + distance_m(line[i] as LonLat, at), 0);
}

// The height of a parallel on a cylinder that has the areas of the ellipsoid (Snyder, Map projections, 1987, 3-12).
function authalic(lat: number): number {
  const s = Math.sin(lat * RAD);
  const e = Math.sqrt(E2);
  return ((1 - E2) * (s / (1 - E2 * s * s) + Math.atanh(e * s) / e)) / 2;
}

/** Square metres within a ring (closed or not), by an equal-area cylinder; 0 for fewer than three points. */
export function area_m2(ring: readonly LonLat[]): number {
  let twice = 0;
  for (let i = 0; i < ring.length; i++) {
    const [a, b] = [ring[i] as LonLat, ring[(i + 1) % ring.length] as LonLat];
    twice += (b[0] - a[0]) * RAD * (authalic(a[1]) + authalic(b[1]));
  }
  return Math.abs((twice / 2) * A_M * A_M);
}

/** A circle in true metres as a closed ring. */
export function circle([lon, lat]: LonLat, radius_m: number, corners = 64): LonLat[] {
  const { lon_m, lat_m } = perDegree(lat);
  return Array.from({ length: corners + 1 }, (_, i) => {
    const turn = ((i % corners) / corners) * 2 * Math.PI;
    return [lon + (radius_m * Math.cos(turn)) / lon_m, lat + (radius_m * Math.sin(turn)) / lat_m] as const;
  });
}

/** The roundest length (1, 2 or 5 times a power of ten) that is not longer than this many metres. */
export function round_m(most_m: number): number {
  const power = 10 ** Math.floor(Math.log10(most_m));
  return [5, 2, 1].map((n) => n * power).find((n) => n <= most_m) ?? power;
}

// The published formula of GCJ-02, on the ellipsoid of Krasovsky; the service uses the same numbers.
const KRASOVSKY = { a: 6_378_245, e2: 0.006_693_421_622_965_942_3 };

const shifted = ([lon, lat]: LonLat): boolean => lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;

export function toGcj02([lon, lat]: LonLat): LonLat {
  if (!shifted([lon, lat])) return [lon, lat];
  const [x, y] = [lon - 105, lat - 35];
  const wave = (of: number, ...parts: readonly (readonly [number, number])[]) => parts.reduce((sum, [size, period]) => sum + size * Math.sin((of / period) * Math.PI), 0);
  const common = (20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * (2 / 3);
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + common + wave(y, [20, 1], [40, 3], [160, 12], [320, 30]) * (2 / 3);
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + common + wave(x, [20, 1], [40, 3], [150, 12], [300, 30]) * (2 / 3);
  const w2 = 1 - KRASOVSKY.e2 * Math.sin(lat * RAD) ** 2;
  return [
    lon + (east * 180) / ((KRASOVSKY.a / Math.sqrt(w2)) * Math.cos(lat * RAD) * Math.PI),
    lat + (north * 180) / (((KRASOVSKY.a * (1 - KRASOVSKY.e2)) / w2 ** 1.5) * Math.PI),
  ];
}

export function toBd09(at: LonLat): LonLat {
  const [x, y] = toGcj02(at);
  if (!shifted([x, y])) return [x, y];
  const turn = (Math.PI * 3000) / 180;
  const r = Math.hypot(x, y) + 0.000_02 * Math.sin(y * turn);
  const angle = Math.atan2(y, x) + 0.000_003 * Math.cos(x * turn);
  return [r * Math.cos(angle) + 0.0065, r * Math.sin(angle) + 0.006];
}
