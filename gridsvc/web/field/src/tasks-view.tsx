// My tasks, by clock or distance; one opened: where it is, and what may be done there, with photos before and after.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { instant } from "../../shared/clock";
import { Glyph } from "../../shared/glyph";
import { markOf, minute, nextClock } from "../../shared/lights";
import { lightClass, MarkOf } from "../../shared/mark";
import { duration, metres, moment } from "../../shared/words/format";
import { online } from "./api";
import { matterName } from "./category";
import { findPlace, fix } from "./gps";
import { SmallMap } from "./map";
import { items, type Photo } from "./outbox";
import { pending, Photos } from "./photos";
import { sendAll } from "./sender";
import { away_m, type Case, type Deed, deedsOf, keepDeed, order, renewTasks, sorted, tasks, tasksAt } from "./tasks";
import { t } from "./words";

const opened = signal<string | null>(null);

function Clocked({ one }: { one: Case }) {
  const mark = markOf(one, minute.value);
  const due = nextClock(one)?.due_at;
  const left_s = due ? (Date.parse(due) - minute.value.getTime()) / 1000 : 0;
  const words = mark === "overdue" ? t("clock.overdue", { time: duration(-left_s) }) : due ? t("clock.left", { time: duration(left_s) }) : mark === "stopped" ? t("clock.stopped") : "";
  return <span class={`clocked light-${lightClass(mark)}`}><MarkOf mark={mark} size={18} /> {words}</span>;
}

export function Tasks() {
  useEffect(() => {
    void renewTasks().catch(() => undefined);
    if (!fix.value) findPlace();
  }, []);
  const one = tasks.value.find((c) => c.id === opened.value);
  if (one) return <Opened one={one} />;
  return (
    <div class="screen tasks">
      <div class="row" role="group" aria-label={t("tasks.order")}>
        {(["soonest", "nearest"] as const).map((by) => <button key={by} class="half" aria-pressed={order.value === by} onClick={() => (order.value = by)}>{t(`tasks.${by}`)}</button>)}
        <button aria-label={t("tasks.refresh")} onClick={() => void renewTasks().catch(() => undefined)}><Glyph name="stale" /></button>
      </div>
      {!online.value && tasksAt.value && <p class="muted">{t("tasks.old", { at: moment(tasksAt.value, minute.value) })}</p>}
      {sorted.value.length === 0 && <p class="empty">{t("tasks.none")}</p>}
      <ul class="list">
        {sorted.value.slice(0, 100).map((c) => (
          <li key={c.id}>
            <button class="task" onClick={() => (opened.value = c.id)}>
              <b>{matterName(c.category)}</b> <span class="muted">{away(c)}</span>
              <span>{c.address ?? c.decision.areas["grid"]?.name ?? ""}</span> <Clocked one={c} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function away(one: Case): string {
  const far = away_m(one);
  return far === null ? "" : metres(far);
}

function Opened({ one }: { one: Case }) {
  const [deed, setDeed] = useState<Deed | null>(null);
  const [told, setTold] = useState("");
  const queued = items.value.filter((i) => i.case?.id === one.id && i.state !== "sent");
  return (
    <div class="screen">
      <button class="plain back" onClick={() => (opened.value = null)}><Glyph name="left" /> {t("tasks.back")}</button>
      <h2>{matterName(one.category)} <Clocked one={one} /></h2>
      <p class="muted">{one.number} {away(one)}</p>
      <p>{one.address ?? one.decision.areas["grid"]?.name}</p>
      {one.description && <p>{one.description}</p>}
      <SmallMap at={one.point} accuracy_m={null} label={t("map.case")} />
      {queued.map((i) => <p key={i.id} class="note">{t("tasks.queued", { what: t(`deed.${i.action as Deed}`) })}</p>)}
      {told && <p class="saved" role="status">{told}</p>}
      {deed === null ? (
        <div class="deeds">{deedsOf(one).map((d) => <button key={d} class={d === "return" ? "" : "primary"} onClick={() => { setTold(""); setDeed(d); }}>{t(`deed.${d}`)}</button>)}</div>
      ) : (
        <DeedForm one={one} deed={deed} close={(said) => { setDeed(null); setTold(said); }} />
      )}
    </div>
  );
}

const FOUND: Partial<Record<Deed, readonly ("confirmed" | "not_found" | "passed" | "failed")[]>> = { verify: ["confirmed", "not_found"], check: ["passed", "failed"] };
const WRITES: Partial<Record<Deed, readonly ("result" | "reason" | "basis")[]>> = { finish: ["result"], return: ["reason", "basis"] };

function DeedForm({ one, deed, close }: { one: Case; deed: Deed; close: (told: string) => void }) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [photos, setPhotos] = useState<readonly Photo[]>([]);
  const [fault, setFault] = useState("");
  const asked: readonly string[] = FOUND[deed] ? ["result"] : (WRITES[deed] ?? []);
  const label = t(deed === "arrive" ? "deed.before" : deed === "finish" ? "deed.after" : "deed.photo");
  const keep = async (e: Event) => {
    e.preventDefault();
    const missing = asked.find((name) => !values[name]?.trim());
    if (missing) {
      setFault(t("deed.missing", { what: t(FOUND[deed] ? "deed.found" : `deed.${missing as "result"}`) }));
      return;
    }
    try {
      await keepDeed(one, deed, values, photos, instant());
    } catch {
      setFault(t("report.unsaved"));
      return;
    }
    close(t("deed.saved", { what: t(`deed.${deed}`) }));
    void sendAll().then(() => renewTasks()).catch(() => undefined);
  };
  return (
    <form class="deed" noValidate onSubmit={(e) => void keep(e)}>
      <h3>{t(`deed.${deed}`)}</h3>
      <Photos photos={photos} label={label} add={async (p) => setPhotos((had) => [...had, p])} remove={(p) => setPhotos((had) => had.filter((x) => x.id !== p.id))} />
      {FOUND[deed] && <div class="row" role="group" aria-label={t("deed.found")}>{FOUND[deed]?.map((v) => <button key={v} type="button" class="half" aria-pressed={values.result === v} onClick={() => setValues({ ...values, result: v })}>{t(`deed.${v}`)}</button>)}</div>}
      {(WRITES[deed] ?? []).map((name) => <label key={name}><span>{t(`deed.${name}`)}</span><textarea rows={2} value={values[name] ?? ""} onInput={(e) => setValues({ ...values, [name]: e.currentTarget.value })} /></label>)}
      {fault && <p class="note" role="alert">{fault}</p>}
      <div class="row"><button type="submit" class="primary half" disabled={pending.value > 0}>{t("deed.save", { what: t(`deed.${deed}`) })}</button><button type="button" onClick={() => close("")}>{t("part.cancel")}</button></div>
    </form>
  );
}
