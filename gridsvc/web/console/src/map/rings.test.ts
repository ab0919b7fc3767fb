import assert from "node:assert/strict";
import { test } from "node:test";
import type { Area } from "../data/editions";
import { corners, dropVertex, insertVertex, moveVertex, snap } from "./rings";

const area = (...ring: [number, number][]): Area => ({ type: "Feature", id: "A", properties: {}, geometry: { type: "Polygon", coordinates: [[...ring, ring[0]!]] } });
const west = area([0, 0], [1, 0], [1, 1], [0, 1]);
const east = area([1, 0], [2, 0], [2, 1], [1, 1]);
const metres = () => ({ lon_m: 1, lat_m: 1 });
const ring = (of: Area) => of.geometry.coordinates[0];

test("a vertex moves in every area that has it, at both ends of a ring", () => {
  assert.deepEqual(ring(moveVertex(west, [0, 0], [9, 9])), [[9, 9], [1, 0], [1, 1], [0, 1], [9, 9]]);
  assert.deepEqual(ring(moveVertex(east, [1, 0], [1.5, 0])), [[1.5, 0], [2, 0], [2, 1], [1, 1], [1.5, 0]]);
  assert.equal(moveVertex(west, [5, 5], [6, 6]), west);
});

test("a vertex comes between two, whichever way round an area goes", () => {
  assert.deepEqual(ring(insertVertex(west, [1, 0], [1, 1], [1, 0.5])), [[0, 0], [1, 0], [1, 0.5], [1, 1], [0, 1], [0, 0]]);
  assert.deepEqual(ring(insertVertex(east, [1, 0], [1, 1], [1, 0.5])), [[1, 0], [2, 0], [2, 1], [1, 1], [1, 0.5], [1, 0]]);
  assert.equal(insertVertex(west, [0, 0], [1, 1], [0.5, 0.5]), west);
});

test("a vertex goes, but no triangle loses one", () => {
  const triangle = dropVertex(west, [0, 0]);
  assert.deepEqual(ring(triangle), [[1, 0], [1, 1], [0, 1], [1, 0]]);
  assert.equal(dropVertex(triangle, [1, 0]), triangle);
  assert.equal(dropVertex(west, [7, 7]), west);
});

test("every vertex is told once with the next one", () => {
  assert.deepEqual(corners(west).map((c) => c.at), [[0, 0], [1, 0], [1, 1], [0, 1]]);
  assert.deepEqual(corners(west).at(-1)?.next, [0, 0]);
});

test("vertices are caught before edges, edges before nothing, and never one's own", () => {
  assert.deepEqual(snap([1.9, 0.05], [east], null, metres, 0.2), { at: [2, 0], edge: null });
  const caught = snap([1.5, 0.05], [east], null, metres, 0.2);
  assert.deepEqual(caught, { at: [1.5, 0], edge: [[1, 0], [2, 0]] });
  assert.deepEqual(snap([1.5, 0.5], [east], null, metres, 0.2), { at: [1.5, 0.5], edge: null });
  assert.deepEqual(snap([1.95, 0.02], [east], [2, 0], metres, 0.2), { at: [1.95, 0.02], edge: null });
  assert.deepEqual(snap([1, 1], [], null, metres, 1), { at: [1, 1], edge: null });
});
