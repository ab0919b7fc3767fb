import assert from "node:assert/strict";
import { test } from "node:test";
import { tileOf, Touched } from "./touched";

const WORLD = [-180, -85, 180, 85] as const;

test("a point lies in its tile, the rims of the world included", () => {
  assert.deepEqual(tileOf(0, 120.2, 30.3), { z: 0, x: 0, y: 0 });
  assert.deepEqual(tileOf(13, 120.22, 30.31), { z: 13, x: 6831, y: 3371 });
  assert.deepEqual(tileOf(2, 180, -89), { z: 2, x: 3, y: 3 });
  assert.deepEqual(tileOf(2, -180, 89), { z: 2, x: 0, y: 0 });
});

test("nothing happened, nothing is old", () => assert.deepEqual(new Touched().stale(13, WORLD, 1), []));

test("a tile is read once for all that happened in it, and again for what happens later", () => {
  const touched = new Touched();
  touched.add("a", [120.22, 30.31], 1);
  touched.add("b", [120.2201, 30.3101], 2);
  assert.deepEqual(touched.stale(13, WORLD, 3), [{ z: 13, x: 6831, y: 3371 }]);
  assert.deepEqual(touched.stale(13, WORLD, 4), []);
  touched.add("a", [120.22, 30.31], 5);
  assert.equal(touched.stale(13, WORLD, 6).length, 1);
});

test("a tile out of sight waits until it is seen", () => {
  const touched = new Touched();
  touched.add("a", [120.22, 30.31], 1);
  assert.deepEqual(touched.stale(13, [0, 0, 1, 1], 2), []);
  assert.equal(touched.stale(13, [120, 30, 121, 31], 3).length, 1);
});

test("another zoom has tiles of its own", () => {
  const touched = new Touched();
  touched.add("a", [120.22, 30.31], 1);
  assert.equal(touched.stale(13, WORLD, 2).length, 1);
  assert.equal(touched.stale(14, WORLD, 3).length, 1);
});

test("of very many only the last are remembered", () => {
  const touched = new Touched();
  for (let i = 0; i < 5000; i++) touched.add(`${i}`, [(i % 360) - 180, 0], i);
  assert.ok(touched.stale(8, WORLD, 9999).length <= 360);
  for (let i = 0; i < 5000; i++) touched.add(`${i}`, [120 + i / 1e4, 30], 10_000 + i);
  const tiles = touched.stale(18, [120, 29, 121, 31], 20_000);
  assert.ok(tiles.length > 0 && tiles.every((t) => t.x >= tileOf(18, 120.2999, 30).x));
});
