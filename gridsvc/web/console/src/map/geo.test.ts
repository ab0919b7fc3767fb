import assert from "node:assert/strict";
import { test } from "node:test";
import { area_m2, circle, distance_m, length_m, round_m, toBd09, toGcj02, type LonLat } from "./geo";

const near = (a: number, b: number, within: number) => assert.ok(Math.abs(a - b) <= within, `${a} is not within ${within} of ${b}`);

test("no line, a point and a closed line have the lengths that they have", () => {
  assert.equal(length_m([]), 0);
  assert.equal(length_m([[120, 30]]), 0);
  near(length_m([[120.2, 30.3], [120.2, 30.31], [120.2, 30.3]]), 2 * 1108.5759862287496, 0.001);
});

// Against geodesics on WGS 84 (Karney's).
for (const [a, b, metres, within] of [
  [[120.2, 30.3], [120.2, 30.3], 0, 0], [[120.2, 30.3], [120.25, 30.34], 6541.201810399782, 0.002],
  [[120.2, 30.3], [120.2, 30.31], 1108.5759862287496, 0.001], [[0, 60], [0.1, 60], 5579.999626066945, 0.002],
] as [LonLat, LonLat, number, number][]) {
  test(`from ${a.join()} to ${b.join()} it is ${Math.round(metres)} m`, () => near(distance_m(a, b), metres, within));
}

test("an area is that of the ellipsoid, whichever way round and closed or not", () => {
  const ring: LonLat[] = [[120.2, 30.3], [120.21, 30.3], [120.21, 30.31], [120.2, 30.31]];
  near(area_m2(ring), 1_066_337.76, 5);
  assert.equal(area_m2([...ring].reverse()), area_m2(ring));
  near(area_m2([...ring, ring[0] as LonLat]), area_m2(ring), 1e-6);
  assert.equal(area_m2(ring.slice(0, 2)), 0);
  assert.equal(area_m2([]), 0);
});

test("a circle is closed and everywhere as far away as it says", () => {
  const middle: LonLat = [120.22, 30.31];
  const ring = circle(middle, 250);
  assert.deepEqual(ring[0], ring.at(-1));
  for (const at of ring) near(distance_m(middle, at), 250, 0.01);
});

for (const [most, round] of [[1, 1], [4.9, 2], [5, 5], [120, 100], [999, 500], [0.3, 0.2]] as [number, number][]) {
  test(`${round} m is the roundest up to ${most} m`, () => near(round_m(most), round, 1e-9));
}

// As the service converts them.
for (const [at, gcj, bd] of [
  [[120.22, 30.31], [120.22452028663996, 30.30756714699235], [120.23095014487932, 30.313813809205513]],
  [[116.3975, 39.9087], [116.40374357265176, 39.91010349934476], [116.4101165864734, 39.91644274963076]],
  [[2.35, 48.86], [2.35, 48.86], [2.35, 48.86]],
] as [LonLat, LonLat, LonLat][]) {
  test(`${at.join()} in the datums of phone maps`, () => {
    for (const [made, told] of [[toGcj02(at), gcj], [toBd09(at), bd]] as const) {
      near(made[0], told[0], 1e-9);
      near(made[1], told[1], 1e-9);
    }
  });
}
