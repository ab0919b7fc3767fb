import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, writeAddress, type Place } from "./route";

const PLACES: [string, Place][] = [
  ["/live", { screen: "live", args: [], query: {} }],
  ["/case/240401-0001?m=16.00/30.31000/120.22000", { screen: "case", args: ["240401-0001"], query: { m: "16.00/30.31000/120.22000" } }],
  ["/editions/2024-1/check", { screen: "editions", args: ["2024-1", "check"], query: {} }],
  ["/live?status=dispatched,in_progress&sel=area:grid:990101005G03", { screen: "live", args: [], query: { status: "dispatched,in_progress", sel: "area:grid:990101005G03" } }],
  ["/case/a%2Fb?q=%E6%96%B0%E6%B0%91%26", { screen: "case", args: ["a/b"], query: { q: "\u65B0\u6C11&" } }],
];

for (const [address, place] of PLACES) {
  test(`${address} is read and written back`, () => {
    const [path = "", search = ""] = address.split("?");
    assert.deepEqual(readAddress(path, search), place);
    assert.equal(writeAddress(place), address);
  });
}

test("the root is the live screen", () => {
  assert.equal(readAddress("/", "").screen, "live");
});

test("an empty value is not written", () => {
  assert.equal(writeAddress({ screen: "live", args: [], query: { q: "", unit: "U1" } }), "/live?unit=U1");
});
