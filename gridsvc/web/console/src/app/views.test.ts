import assert from "node:assert/strict";
import { test } from "node:test";
import { partsOf, viewOf } from "./views";

test("a view keeps what is looked at, not language and colours", () => {
  const place = { screen: "live", args: [], query: { street: "990101003", clock: "red", m: "14.00/30.31000/120.22000", lang: "en", theme: "dark" } };
  assert.equal(viewOf(place), "/live?street=990101003&clock=red&m=14.00/30.31000/120.22000");
  assert.deepEqual(partsOf(viewOf(place)), { screen: "live", filters: 2 });
});

test("a view of a screen alone has no filters", () => {
  assert.deepEqual(partsOf("/heat"), { screen: "heat", filters: 0 });
});
