// The clocks of a case as bars: how much of each limit has gone by, and the instant it is due.
import type { Case, Clock } from "../data/cases";
import { minute } from "../data/lights";
import { amountOf, titleOf } from "../data/titles";
import { duration, moment } from "../words/format";
import { t } from "../words";
import { MarkOf } from "./mark";

const MARK = { green: "ok", amber: "soon", red: "overdue" } as const;

function light(clock: Clock, at: number): Clock["light"] {
  if (clock.state !== "running") return clock.light;
  if (clock.due_at && Date.parse(clock.due_at) <= at) return "red";
  return clock.amber_at && Date.parse(clock.amber_at) <= at ? "amber" : "green";
}

function Bar({ clock }: { clock: Clock }) {
  const at = minute.value.getTime();
  const [start, due] = [Date.parse(clock.started_at), Date.parse(clock.due_at ?? "")];
  const until = clock.state === "running" ? at : Date.parse(clock.paused_at ?? clock.stopped_at ?? "") || at;
  const gone = Math.max(0, Math.min(1, (until - start) / Math.max(due - start, 1)));
  const shown = light(clock, at);
  const left = (due - at) / 1000;
  const words = clock.state === "paused" ? t("clock.stopped") : clock.state === "stopped" ? t("clock.done", { time: duration((until - start) / 1000) }) : t(left < 0 ? "clock.overdue" : "clock.left", { time: duration(left) });
  return (
    <li class="clock" data-state={clock.state} data-light={shown}>
      <span>{titleOf("stage", clock.stage)}{clock.n > 1 && ` ${clock.n}`}</span>
      <span class="muted">{amountOf(clock.amount, clock.unit)}</span>
      <span class={`light-${clock.state === "running" ? MARK[shown] : "stopped"}`}><MarkOf mark={clock.state === "running" ? MARK[shown] : clock.state === "paused" ? "stopped" : "over"} size={12} /> {words}</span>
      <svg class="gone" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width={100} height={4} class="all" /><rect width={100 * gone} height={4} class="used" /></svg>
      <small class="muted">{clock.due_at && t("clock.due", { at: moment(clock.due_at, minute.value) })}</small>
    </li>
  );
}

export function Clocks({ one }: { one: Case }) {
  if (one.clocks.length === 0) return null;
  const running = one.clocks.filter((c) => c.state !== "stopped");
  const over = one.clocks.filter((c) => c.state === "stopped");
  return (
    <section class="part" aria-label={t("clock.title")}>
      <h3>{t("clock.title")}</h3>
      <ul class="clocks">{running.map((c) => <Bar key={`${c.stage}${c.n}`} clock={c} />)}</ul>
      {over.length > 0 && (
        <details>
          <summary class="muted">{t("clock.over", { n: over.length })}</summary>
          <ul class="clocks">{over.map((c) => <Bar key={`${c.stage}${c.n}`} clock={c} />)}</ul>
        </details>
      )}
    </section>
  );
}
