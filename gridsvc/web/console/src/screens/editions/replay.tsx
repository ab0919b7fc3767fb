// All past cases decided anew under an edition: a job that goes on without this page, and what came of it.
import { useEffect, useState } from "preact/hooks";
import { lang } from "../../app/looks";
import { go } from "../../app/route";
import { now } from "../../data/clock";
import { beginReplay, replay, replays, type CaseChange, type EditionAbout, type ReplayJob, type ReplayResult } from "../../data/editions";
import { layerName, unitName } from "../../data/catalogue";
import { asProblem, type Problem } from "../../data/problem";
import { flyTo } from "../../map/camera";
import { shapes, type Drawn } from "../../map/style/editions";
import { useGroup } from "../../map/style/groups";
import { colours } from "../../map/tokens";
import { Await, Trouble, useAsked } from "../../parts/await";
import { moment, number, percent } from "../../words/format";
import { t, tOf } from "../../words";

const AGAIN_MS = 1000;

export function Replay({ one }: { one: EditionAbout }) {
  const asked = useAsked(async () => {
    const [last] = await replays(one.code);
    return { job: last ? await replay(one.code, last.id) : null };
  }, [one.code]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const job = asked.value?.job ?? null;
  useEffect(() => {
    if (job?.state !== "running") return;
    const timer = window.setTimeout(asked.again, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [asked.value]);
  const begin = async () => {
    setProblem(null);
    try {
      await beginReplay(one.code);
      asked.again();
    } catch (e) {
      setProblem(asProblem(e));
    }
  };
  return (
    <div class="stack pad scroll">
      <p class="muted">{t("ed.replay_what")}</p>
      <div><button class={job ? "" : "primary"} disabled={job?.state === "running"} onClick={() => void begin()}>{t(job ? "ed.replay_again" : "ed.replay_begin")}</button></div>
      {problem && <Trouble problem={problem} />}
      <Await asked={asked}>{({ job }) => (job ? <Job job={job} /> : null)}</Await>
    </div>
  );
}

function Job({ job }: { job: ReplayJob }) {
  if (job.state === "running") {
    return (
      <div class="stack" role="status">
        <progress max={Math.max(1, job.of)} value={job.done} aria-label={t("ed.step.replay")} />
        <p>{t("ed.replay_running", { done: number(job.done), of: number(job.of) })}</p>
        <p class="muted">{t("ed.replay_leave")}</p>
      </div>
    );
  }
  if (!job.result) return <p class="note">{job.problem ? (lang.value === "zh" ? job.problem.zh : job.problem.en) : t("ed.replay_interrupted")}</p>;
  return (
    <>
      {!job.current && <p class="note">{t("ed.replay_old")}</p>}
      <p class="muted">{t("ed.replay_ended", { at: job.ended_at ? moment(job.ended_at, now.value) : "" })}</p>
      <Result result={job.result} />
    </>
  );
}

const title = (by: string) => (["unit", "grid_chief", "street_chief"].includes(by) ? tOf("ed.by", by) : layerName(by));
const named = (by: string, code: string) => (by === "unit" ? unitName(code) : code);

function Result({ result }: { result: ReplayResult }) {
  const all = result.same + result.changed + result.failed;
  const changes = result.changes ?? [];
  const points = changes.flatMap((c): Drawn[] => (c.lon === null || c.lat === null ? [] : [{ id: c.number, look: "case", shape: { type: "Point", coordinates: [c.lon, c.lat] } }]));
  useGroup("shapes", shapes(colours.value, points, [], []), [result, colours.value]);
  return (
    <>
      <p><strong>{t("ed.replay_same", { all: number(all), share: all ? percent(result.same / all) : "-", changed: number(result.changed), failed: number(result.failed) })}</strong></p>
      <p>{t("ed.replay_open", { open: number(result.open.open), changed: number(result.open.changed) })}</p>
      <ul class="row">{Object.entries(result.kinds).map(([k, n]) => <li key={k} class="chip">{tOf("ed.change", k)} {number(n)}</li>)}</ul>
      {(result.shifts ?? []).length > 0 && (
        <details open>
          <summary>{t("ed.shifts")}</summary>
          <table>
            <thead><tr><th>{t("ed.who")}</th><th class="n">{t("ed.lost")}</th><th class="n">{t("ed.gained")}</th></tr></thead>
            <tbody>{(result.shifts ?? []).slice(0, 40).map((s) => <tr key={s.by + s.code}><td>{title(s.by)} {named(s.by, s.code)}</td><td class="n">{number(s.lost)}</td><td class="n">{number(s.gained)}</td></tr>)}</tbody>
          </table>
        </details>
      )}
      {changes.length > 0 && (
        <details open>
          <summary>{t("ed.cases", { n: changes.length })}</summary>
          <ul class="cards">{changes.slice(0, 100).map((c) => <Changed key={c.number} one={c} />)}</ul>
        </details>
      )}
    </>
  );
}

function Changed({ one }: { one: CaseChange }) {
  const fields = Object.entries(one.fields).filter(([key]) => !key.includes(":") && key !== "via");
  return (
    <li class="card">
      <div class="row between">
        <a href={`/case/${one.number}`} onClick={(e) => { e.preventDefault(); go("case", [one.number]); }}>{one.number}</a>
        <span class="chip">{tOf("ed.change", one.kind)}</span>
        {one.lon !== null && one.lat !== null && <button class="plain" onClick={() => flyTo(one.lon!, one.lat!, 16)}>{t("ed.show")}</button>}
      </div>
      {fields.map(([key, [before, after]]) => <p key={key} class="muted">{title(key)} {named(key, before) || "-"} → {named(key, after) || "-"}</p>)}
    </li>
  );
}
