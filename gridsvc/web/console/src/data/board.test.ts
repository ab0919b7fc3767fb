import assert from "node:assert/strict";
import { test } from "node:test";
import { filterOf, standing, type Head } from "./board";

const head = (id: number, period: string, state: "draft" | "frozen"): Head => ({ id, scheme: "s", period, state, ruleset: "r", made_by: "", made_at: "", frozen_by: null, frozen_at: null });

test("of a period the frozen sheet stands, else the newest draft", () => {
  const heads = [head(4, "2024-05", "draft"), head(3, "2024-05", "frozen"), head(2, "2024-04", "draft"), head(1, "2024-04", "draft")];
  assert.deepEqual(standing(heads).map((h) => h.id), [3, 2]);
  assert.deepEqual(standing([]), []);
});

for (const [subject, filter] of [["layer:street", { street: "A" }], ["layer:grid", { grid: "A" }], ["unit", { unit: "A" }], ["unit:department", { unit: "A" }], ["layer:lane", null], ["post:dispatcher", null]] as const) {
  test(`a line of ${subject} leads to its cases, if cases have that`, () => {
    assert.deepEqual(filterOf(subject, "A"), filter);
  });
}
