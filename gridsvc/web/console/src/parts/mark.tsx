// The mark of a case's clock: shape, word and colour each say it alone.
import type { Case } from "../data/cases";
import { lightClass, MarkOf } from "../../../shared/mark";
import { markOf, minute, nextClock } from "../data/lights";
import { titleOf } from "../data/titles";
import { duration } from "../words/format";
import { t } from "../words";

export { MarkOf };

/** What the mark says in words: 26 min left, overdue 42 min, undecided 12 min. */
export function clockWords(one: Case): string {
  const at = minute.value;
  const mark = markOf(one, at);
  const due = nextClock(one)?.due_at;
  const left_s = due ? (Date.parse(due) - at.getTime()) / 1000 : 0;
  if (mark === "overdue") return t("clock.overdue", { time: duration(-left_s) });
  if (mark === "soon" || mark === "ok") return t("clock.left", { time: duration(left_s) });
  if (mark === "undecided") return t("clock.undecided", { time: duration((at.getTime() - Date.parse(one.reported_at)) / 1000) });
  if (mark === "stopped") return t("clock.stopped");
  return titleOf("status", one.status);
}

export function Clocked({ one }: { one: Case }) {
  const mark = markOf(one, minute.value);
  return <span class={`clocked light-${lightClass(mark)}`}><MarkOf mark={mark} /> <span>{clockWords(one)}</span></span>;
}
