import assert from "node:assert/strict";
import { test } from "node:test";
import { classOf, NEW, shownOf, tally, type Cell } from "./heat-classes";

const BREAKS = [0, 5, 10];
const CELL: Cell = { code: "A", n: 20, value: 7, class: 1, few: false, vs_n: 4, vs_value: 12, ratio: 5, ratio_class: 6, ratio_few: true };

for (const [value, at] of [[null, -2], [undefined, -2], [0, -1], [0.1, 0], [4.99, 0], [5, 1], [10, 2], [1e9, 2]] as const) {
  test(`a value of ${value} is in class ${at}`, () => {
    assert.equal(classOf(value, BREAKS), at);
  });
}

test("each view shows its own period", () => {
  assert.deepEqual(shownOf(CELL, "this", BREAKS), { at: 1, few: false });
  assert.deepEqual(shownOf(CELL, "that", BREAKS), { at: 2, few: true });
  assert.deepEqual(shownOf(CELL, "difference", BREAKS), { at: 6, few: true });
});

test("a cell without a case then is empty then, not unknown", () => {
  assert.deepEqual(shownOf({ ...CELL, vs_n: 0, vs_value: null }, "that", BREAKS), { at: -1, few: false });
});

test("cases now and none then are in no class of times as many", () => {
  const cell = { ...CELL, vs_n: 0, vs_value: 0, ratio: null, ratio_class: 6 };
  assert.deepEqual(shownOf(cell, "difference", BREAKS), { at: NEW, few: false });
  assert.deepEqual(tally([shownOf(cell, "difference", BREAKS)], 7), [0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(shownOf({ ...cell, ratio: 0, n: 0, ratio_class: 0, vs_n: 3 }, "difference", BREAKS), { at: 0, few: true });
});

test("cells are counted by class, those of none aside", () => {
  assert.deepEqual(tally([{ at: 0, few: true }, { at: 2, few: false }, { at: 2, few: false }, { at: -1, few: false }, { at: -2, few: false }], 3), [1, 0, 2]);
});
