import assert from "node:assert/strict";
import { test } from "node:test";
import type { Similar } from "./acts";
import type { Case } from "./cases";
import { pairsOf } from "./pairs";

const one = (id: string) => ({ id }) as Case;
const like = (id: string, score: number) => ({ id, score }) as Similar;

test("each pair is there once, the most alike first, with how many more there are", () => {
  const found = [[one("a"), [like("b", 0.5), like("c", 0.7)]], [one("b"), [like("a", 0.5)]], [one("c"), [like("a", 0.7)]], [one("d"), [like("e", 0.9)]], [one("f"), []]] as const;
  assert.deepEqual(pairsOf(found).map((p) => [p.one.id, p.like.id, p.more]), [["d", "e", 0], ["a", "c", 1], ["b", "a", 0]]);
});

test("what resembles nothing is no pair", () => {
  assert.deepEqual(pairsOf([[one("a"), []]]), []);
  assert.deepEqual(pairsOf([]), []);
});
