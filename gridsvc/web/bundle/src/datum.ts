// What a phone's coordinates become in WGS 84, to the same doubles as in the service (spatial/datum.py).
import { cosine, PI, sine } from "./numbers";
import { Refusal } from "./refusal";

export type Crs = "wgs84" | "cgcs2000" | "gcj02" | "bd09";
type Shift = (x: number, y: number) => [number, number];

const SEMI_MAJOR_M = 6378245;
const ECCENTRICITY_SQ = 0.00669342162296594323;
const STEPS = 6;

export function toWgs84(x: number, y: number, crs: string): [number, number] {
  switch (crs.trim().toLowerCase()) {
    case "wgs84":
    case "cgcs2000":
    case "epsg:4326":
    case "epsg:4490":
      return [x, y];
    case "gcj02":
      return undo(toGcj, x, y);
    case "bd09":
      return undo(toGcj, ...undo(toBd, x, y));
  }
  const zh = "离线时坐标系只能是 wgs84、cgcs2000、gcj02 或 bd09";
  throw new Refusal("point.crs", zh, "offline the crs is one of wgs84, cgcs2000, gcj02 and bd09");
}

function undo(forward: Shift, x: number, y: number): [number, number] {
  let [guessX, guessY] = [x, y];
  for (let i = 0; i < STEPS; i++) {
    const [thereX, thereY] = forward(guessX, guessY);
    [guessX, guessY] = [guessX - (thereX - x), guessY - (thereY - y)];
  }
  return [guessX, guessY];
}

function wave(halfTurns: number): number {
  const rest = halfTurns - 2 * Math.floor(halfTurns / 2 + 0.5);
  return sine(PI * (rest > 0.5 ? 1 - rest : rest < -0.5 ? -1 - rest : rest));
}

function isShifted(lon: number, lat: number): boolean {
  return lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;
}

function toGcj(lon: number, lat: number): [number, number] {
  if (!isShifted(lon, lat)) return [lon, lat];
  const u = lon - 105, v = lat - 35;
  const root = Math.sqrt(Math.abs(u));
  const common = ((20 * wave(6 * u) + 20 * wave(2 * u)) * 2) / 3;
  let northM = -100 + 2 * u + 3 * v + 0.2 * v * v + 0.1 * u * v + 0.2 * root + common;
  northM += ((20 * wave(v) + 40 * wave(v / 3)) * 2) / 3;
  northM += ((160 * wave(v / 12) + 320 * wave(v / 30)) * 2) / 3;
  let eastM = 300 + u + 2 * v + 0.1 * u * u + 0.1 * u * v + 0.1 * root + common;
  eastM += ((20 * wave(u) + 40 * wave(u / 3)) * 2) / 3;
  eastM += ((150 * wave(u / 12) + 300 * wave(u / 30)) * 2) / 3;
  const sineOfLat = wave(lat / 180);
  const w = 1 - ECCENTRICITY_SQ * sineOfLat * sineOfLat;
  const meridianM = (SEMI_MAJOR_M * (1 - ECCENTRICITY_SQ)) / (w * Math.sqrt(w));
  const parallelM = (SEMI_MAJOR_M / Math.sqrt(w)) * cosine((PI * lat) / 180);
  return [lon + ((eastM / parallelM) * 180) / PI, lat + ((northM / meridianM) * 180) / PI];
}

function toBd(lon: number, lat: number): [number, number] {
  if (!isShifted(lon, lat)) return [lon, lat];
  const radius = Math.sqrt(lon * lon + lat * lat);
  const stretch = (radius + 2e-5 * wave((lat * 50) / 3)) / radius;
  const twist = 3e-6 * wave((lon * 50) / 3 + 0.5);
  const along = cosine(twist), across = sine(twist);
  return [stretch * (lon * along - lat * across) + 0.0065, stretch * (lat * along + lon * across) + 0.006];
}
