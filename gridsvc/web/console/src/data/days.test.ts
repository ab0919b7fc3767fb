import assert from "node:assert/strict";
import { test } from "node:test";
import { daysBefore } from "./days";

for (const [vs, from, to, days, before] of [
  ["", "2024-05-01", "2024-05-09", 9, null],
  ["previous", "2024-05-01", "2024-05-09", 9, ["2024-04-22", "2024-04-30"]],
  ["month", "2024-05-01", "2024-05-09", 9, ["2024-04-01", "2024-04-30"]],
  ["month", "2024-03-01", "2024-03-31", 31, ["2024-02-01", "2024-02-29"]],
  ["month", "2024-01-01", "2024-01-02", 2, ["2023-12-01", "2023-12-31"]],
] as const) {
  test(`${from} to ${to} against ${vs || "nothing"}`, () => {
    assert.deepEqual(daysBefore(vs, from, to, days), before);
  });
}
