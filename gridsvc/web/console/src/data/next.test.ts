import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "./cases";
import { findingOf, isMain, leads, ordered } from "./next";

const entry = (kind: string, result?: string): Entry => ({ n: 1, at: "", actor: "", kind, payload: result ? { result } : {} });
const forms = (...names: string[]) => names.map((action) => ({ action }));
const first = (status: string, history: readonly Entry[], ...names: string[]) => ordered(forms(...names), leads(status, findingOf(history, status)))[0]?.action;
const CHECKING = ["check", "rework", "close"];

test("looking comes before what follows from it", () => {
  assert.equal(first("checking", [entry("finish", "cleaned"), entry("check")], ...CHECKING), "check");
  assert.equal(first("verifying", [entry("accept"), entry("verify")], "register", "verify", "void"), "verify");
});

for (const [kind, result, status, next] of [["check", "passed", "checking", "close"], ["check", "failed", "checking", "rework"], ["verify", "confirmed", "verifying", "register"], ["verify", "not_found", "verifying", "void"]] as const) {
  test(`after ${result} comes ${next}`, () => {
    assert.equal(first(status, [entry("finish", "done"), entry(kind), entry(kind, result)], ...CHECKING, "verify", "register", "void"), next);
  });
}

test("what was found in the round before says nothing", () => {
  assert.equal(findingOf([entry("check", "failed"), entry("rework"), entry("finish", "again"), entry("check")], "checking"), null);
  assert.equal(findingOf([], "checking"), null);
  assert.equal(findingOf([entry("check", "passed")], "closed"), null);
});

test("elsewhere the usual order holds, and others come last", () => {
  assert.deepEqual(ordered(forms("note", "dispatch", "accept"), leads("registered", null)).map((f) => f.action), ["accept", "dispatch", "note"]);
});

test("what cannot be taken back is never the main button", () => {
  assert.equal(isMain("void", "void"), false);
  assert.equal(isMain("rework", "rework"), true);
  assert.equal(isMain("rework", ""), false);
});
