import assert from "node:assert/strict";
import { test } from "node:test";
import { readCamera, writeCamera } from "./camera";
import { scaleFor } from "./wall-scale";
import { drawnAs } from "./style/areas";

for (const [m, camera] of [
  [undefined, null], ["", null], ["14", null], ["14/30.3", null], ["14/x/120", null], ["14/30.3/120.2/5", null], ["23/30/120", null], ["14/91/120", null], ["//", null],
  ["14.50/30.31000/120.22000", { zoom: 14.5, center: [120.22, 30.31] }], ["0/0/0", { zoom: 0, center: [0, 0] }],
] as const) {
  test(`the camera of m=${m}`, () => assert.deepEqual(readCamera(m), camera));
}

test("a camera is written as it is read", () => assert.equal(writeCamera(14.5, 30.31, 120.22), "14.50/30.31000/120.22000"));

for (const [level, shown, as] of [
  ["street", ["street", "grid"], "street"], ["street", ["grid"], "grid"], ["grid", ["street"], null], ["street", [], null],
  ["district", ["unit_grid"], "unit_grid"], ["unit_grid", ["unit_grid", "grid"], "unit_grid"],
] as const) {
  test(`an edge of ${level} with ${shown.join()} on is drawn as ${as}`, () => assert.equal(drawnAs(level, new Set(shown)), as));
}

test("what is read at 4 m on pixels of 0.63 mm is 28 pixels high", () => assert.equal(Math.round(12 * scaleFor(4, 0.63)), 28));
