// What is asked for: nothing for a moment, then a line that says so, then the thing or what went wrong and the way on.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { asProblem, type FieldProblem, type Problem } from "../data/problem";
import { t } from "../words";

export interface Asked<T> { value: T | null; problem: Problem | null; again: () => void }

/** Ask when `when` changes; what was told before stays until the new answer is there. */
export function useAsked<T>(ask: () => Promise<T>, when: readonly unknown[]): Asked<T> {
  const [told, setTold] = useState<{ value: T | null; problem: Problem | null }>({ value: null, problem: null });
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let wanted = true;
    ask().then(
      (value) => wanted && setTold({ value, problem: null }),
      (e: unknown) => wanted && setTold((before) => ({ ...before, problem: asProblem(e) })),
    );
    return () => void (wanted = false);
  }, [...when, times]);
  return { ...told, again: () => setTimes((n) => n + 1) };
}

export function Await<T>({ asked, children }: { asked: Asked<T>; children: (value: T) => ComponentChildren }) {
  return (
    <>
      {asked.problem && <Trouble problem={asked.problem} again={asked.again} />}
      {asked.value !== null ? children(asked.value) : asked.problem === null && <p class="empty slow">{t("part.loading")}</p>}
    </>
  );
}

export function Trouble({ problem, again }: { problem: Problem; again?: () => void }) {
  return (
    <div class="note stack" role="alert">
      <p>{problem.what()}</p>
      {problem.errors.length > 0 && (
        <ul class="mends">{problem.errors.slice(0, 12).map((e, i) => <li key={i}><code>{placed(e)}</code> {problem.mends()[i]}</li>)}</ul>
      )}
      {problem.code && <small class="muted">{problem.code}</small>}
      {again && <div><button onClick={again}>{t("part.retry")}</button></div>}
    </div>
  );
}

/** Where it is: the row of a table as a spreadsheet counts, the field, and what was met there. */
function placed(e: FieldProblem & { table?: string; line?: number | null }): string {
  const row = e.table ? `${e.table}:${e.line ?? ""} ` : "";
  return `${row}${e.field}${typeof e.value === "string" && e.value.length <= 60 ? ` = ${e.value}` : ""}`;
}
