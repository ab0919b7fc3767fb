import assert from "node:assert/strict";
import { test } from "node:test";
import { isKept, kept, letGo, take, type Case } from "./cases";

let serial = 0;
const read = (id: string, version: number): Case => ({ id, version, number: `N${++serial}`, status: "reported" }) as Case;

test("an older version never replaces a newer one", () => {
  const one = take(read("a", 2));
  const newest = one.peek();
  assert.equal(take(read("a", 1)), one);
  assert.equal(one.peek(), newest);
});

test("what was let go of is not kept, but who has it in hand is told of it", () => {
  const inHand = take(read("b", 1));
  letGo("b");
  assert.equal(isKept("b"), false);
  assert.equal(take(read("b", 2)), inHand);
  assert.equal(inHand.peek().version, 2);
  assert.equal(isKept("b"), true);
});

test("nobody's case goes out of memory", async () => {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (!collect) throw new Error("run with --expose-gc");
  const before = new Set<string>();
  for (let i = 0; i < 100; i++) {
    take(read(`gone ${i}`, 1));
    letGo(`gone ${i}`);
    before.add(`gone ${i}`);
  }
  // What was looked at in this turn lives until its end.
  await new Promise((done) => setTimeout(done, 10));
  collect();
  await new Promise((done) => setTimeout(done, 10));
  assert.equal([...before].filter((id) => kept(id)).length, 0);
});

test("letting go of what is not there does nothing", () => {
  letGo("nobody");
  assert.equal(kept("nobody"), undefined);
});
