import assert from "node:assert/strict";
import { test } from "node:test";
import type { Because } from "./cases";
import { decidedAt, groundOf } from "./why";

const step = (name: string, id: string | null, zh = ""): Because => ({ step: name, id, zh, en: "" });
const STREET = step("area", "street:S1");
const RULE = step("rule", "L-STREET", "unit of the street\uFF08S1\uFF09");
const COMPONENT = step("component", "33011001");
const ALL = [STREET, step("area", "unit_grid:U1"), COMPONENT, step("passed", "R-1"), RULE, step("assisting", "COM-1"), step("chief", "P1")];

test("the rule decides, not the areas before it nor the people after it", () => {
  assert.equal(decidedAt(ALL), 4);
  assert.equal(decidedAt([STREET, step("chief", "P1")]), -1);
  assert.equal(decidedAt([]), -1);
});

test("areas, components, and rules that name an area have a place", () => {
  assert.deepEqual(groundOf(STREET, ALL), { kind: "area", layer: "street", code: "S1" });
  assert.deepEqual(groundOf(COMPONENT, ALL), { kind: "component", code: "33011001" });
  assert.deepEqual(groundOf(RULE, ALL), { kind: "area", layer: "street", code: "S1" });
});

test("a rule about no place has none, nor has a person", () => {
  assert.equal(groundOf(step("rule", "R-9", "by the list of duties"), ALL), null);
  assert.equal(groundOf(step("chief", "P1"), ALL), null);
  assert.equal(groundOf(step("rule", null), []), null);
});
