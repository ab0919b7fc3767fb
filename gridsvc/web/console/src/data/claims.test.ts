import assert from "node:assert/strict";
import { test } from "node:test";
import { claimed, narrowed, type Shape } from "./claims";

const shape = (code: string, unit: string | null): Shape => ({ properties: { code, name: code, unit }, geometry: { type: "Point", coordinates: [0, 0] } });
const GRIDS = [shape("G1", "U1"), shape("G2", "U1"), shape("G3", null)];
const STREETS = [shape("S1", "U1"), shape("S2", "U2")];

test("a side has the areas of the lowest layer in which it has any", () => {
  assert.deepEqual(claimed([GRIDS, STREETS], "U1").map((s) => s.properties.code), ["G1", "G2"]);
  assert.deepEqual(claimed([GRIDS, STREETS], "U2").map((s) => s.properties.code), ["S2"]);
});

test("a unit that answers for matters and not for ground has none", () => {
  assert.deepEqual(claimed([GRIDS, STREETS], "DEPT"), []);
  assert.deepEqual(claimed([GRIDS, STREETS], null), []);
});

test("of several the one in which the point lies is meant", () => {
  assert.deepEqual(narrowed(GRIDS, "G2").map((s) => s.properties.code), ["G2"]);
  assert.deepEqual(narrowed(GRIDS, "G9").map((s) => s.properties.code), ["G1", "G2", "G3"]);
});
