// Returns to be arbitrated: what both sides say, what was decided before, and the decision, on one screen.
import { useEffect, useState } from "preact/hooks";
import { tell } from "../app/announce";
import { useKeys } from "../app/keys";
import { lang } from "../app/looks";
import { go, setQuery } from "../app/route";
import { readForms, type Form, type Values } from "../data/acts";
import { isLike, lastHere, readPrecedents } from "../data/candidates";
import { readHistory, type Case, type Request } from "../data/cases";
import { matterName, unitName } from "../data/catalogue";
import { minute } from "../data/lights";
import { readRequests, type Asked } from "../data/requests";
import { said, titleOf } from "../data/titles";
import { lookOf, on } from "../map/shown";
import { flyTo } from "../map/stage";
import { useGroup } from "../map/style/groups";
import { bands } from "../map/style/overlays";
import { colours } from "../map/tokens";
import { duration, moment } from "../words/format";
import { t } from "../words";
import { useCase } from "./case-panel";
import { Empty } from "./empty";
import { Claims } from "./claims";
import { ActionForm } from "./form";
import { MarkOf } from "./mark";
import { Photos } from "./photos";
import { useRead, useWalk } from "./queue";
import { VirtualList } from "./virtual";
import { ShownArea, Why } from "./why";

const KINDS = "return,transfer,extension,hold,escalation";
const readQueue = async () => [...(await readRequests(KINDS, "open"))].sort((a, b) => (a.request.due_at ?? a.at).localeCompare(b.request.due_at ?? b.at));
const left_s = (due: string): number => (Date.parse(due) - minute.value.getTime()) / 1000;
const dueWords = (due: string | null | undefined): string => (due ? t(left_s(due) < 0 ? "clock.overdue" : "clock.left", { time: duration(left_s(due)) }) : "");
const rowId = (r: Asked): string => `${r.case.id}-${r.n}`;

export function ReturnsQueue() {
  const { found, fault, again } = useRead(readQueue);
  const rows = found ?? [];
  const { at, open } = useWalk("returns", rows.map((r) => r.case.number));
  useEffect(() => {
    if (!at && rows[0]) open(rows[0].case.number, "replace");
  }, [at, rows[0]?.case.number]);
  const byId = new Map(rows.map((r) => [rowId(r), r]));
  return (
    <>
      <h2 class="screen-title">{t("nav.returns")}</h2>
      {fault && <div class="note" role="alert"><p>{fault}</p><button onClick={again}>{t("part.retry")}</button></div>}
      {found && rows.length === 0 && <Empty words={t("returns.empty")} />}
      {rows.length > 0 && (
        <VirtualList
          label={t("nav.returns")} ids={rows.map(rowId)} total={rows.length} row_px={56} active={rows.filter((r) => r.case.number === at).map(rowId)[0] ?? null}
          activate={(id) => open(byId.get(id)?.case.number ?? "", "replace")} open={(id) => open(byId.get(id)?.case.number ?? "")}
          render={(id) => <Row r={byId.get(id)} />}
        />
      )}
    </>
  );
}

function Row({ r }: { r: Asked | undefined }) {
  if (!r) return null;
  const due = r.request.due_at;
  return (
    <div class="case-row" data-number={r.case.number}>
      <MarkOf mark={due ? (left_s(due) < 0 ? "overdue" : left_s(due) < 3600 ? "soon" : "ok") : "none"} size={18} />
      <p><span class="what">{titleOf("request", r.request.kind)} · {matterName(r.case.category)}</span><span class="when">{dueWords(due)}</span></p>
      <p class="muted"><span class="what">{unitName(r.accountable?.unit)}</span><span class="whose">{r.request.proposed ? `\u2192 ${unitName(r.request.proposed.unit)}` : r.case.number}</span></p>
    </div>
  );
}

export function ReturnsPanel() {
  const { at, next } = useWalk("returns-panel", []);
  const { one, fault } = useCase(at);
  if (!at) return <p class="empty">{t("returns.choose")}</p>;
  if (fault) return <p class="empty" role="alert">{fault}</p>;
  return one && <Arbitrate key={one.id} one={one} next={next} />;
}

interface Choice { key: string; word: string; form: Form; start: Values }

/** What can be decided about a request: granted or not, the units together, or one rung up. */
function choices(one: Case, request: Request, forms: readonly Form[]): readonly Choice[] {
  const of = (action: string) => forms.find((f) => f.action === action);
  const [settle, whistle, escalate] = [of("settle"), of("whistle"), of("escalate")];
  const mine = one.decision.accountable?.unit ?? "";
  const other = request.proposed?.unit ?? null;
  const isReturn = request.kind === "return";
  const found: (Choice | false | undefined)[] = [
    settle && { key: "1", word: t(isReturn ? "returns.keeps" : "returns.refuse", { unit: unitName(mine) }), form: settle, start: { request: request.n, verdict: "refused" } },
    settle && { key: "2", word: t(isReturn ? (other ? "returns.to" : "returns.back") : "returns.grant", { unit: unitName(other) }), form: settle, start: { request: request.n, verdict: "granted", ...(isReturn && other ? { unit: other } : {}) } },
    isReturn && whistle && { key: "3", word: t("returns.joint", { unit: unitName(mine) }), form: whistle, start: { for: "joint_enforcement", ...(other ? { asked: [other] } : {}) } },
    isReturn && escalate && { key: "4", word: t("returns.up"), form: escalate, start: { rung: "district" } },
  ];
  return found.filter((c): c is Choice => Boolean(c));
}

function Arbitrate({ one, next }: { one: Case; next: () => void }) {
  const { found: forms } = useRead(() => readForms(one.id), [one.id, one.version]);
  const [chosen, setChosen] = useState<Choice | null>(null);
  useEffect(() => {
    setQuery({ sel: `case:${one.id}` }, "replace");
    flyTo(one.point.lon, one.point.lat, 17);
  }, [one.id]);
  const request = one.requests.find((r) => KINDS.split(",").includes(r.kind));
  const offered = request && forms ? choices(one, request, forms) : [];
  useKeys([
    ...["1", "2", "3", "4"].map((key) => ({ key, word: `action.verdict_${key}`, idle: () => !offered.some((o) => o.key === key), run: () => { const c = offered.find((o) => o.key === key); if (c) setChosen(c); } })),
    { key: "Escape", word: "keys.close", run: () => go("live") },
  ], [forms, one]);
  return (
    <article class="case returns" data-number={one.number} data-status={one.status} aria-label={`${matterName(one.category)} ${one.number}`}>
      <header class="case-head">
        <h2>{request ? titleOf("request", request.kind) : t("returns.none")} · {matterName(one.category)}</h2>
        <p class="row"><code>{one.number}</code> <Round one={one} /> {request?.due_at && <strong>{t("returns.by", { at: moment(request.due_at, minute.value), left: dueWords(request.due_at) })}</strong>}</p>
      </header>
      <Boundary />
      {request && <Claims one={one} request={request} />}
      <section class="part" aria-label={t("returns.decide")}>
        <div class="row verdicts">
          {offered.map((c) => <button key={c.key} aria-pressed={chosen?.key === c.key} data-verdict={c.key} onClick={() => setChosen(c)}><kbd>{c.key}</kbd> {c.word}</button>)}
          {request && forms && offered.length === 0 && <p class="note">{t("returns.no_right")}</p>}
        </div>
        {chosen && (
          <ActionForm
            key={chosen.form.action} one={one} form={hideFixed(chosen.form, chosen.start)} start={chosen.start} label={chosen.word} close={() => setChosen(null)}
            done={(now) => { tell(t("act.done", { action: said(chosen.form), status: titleOf("status", now.status) })); setChosen(null); if (chosen.form.action === "settle") next(); }}
          />
        )}
      </section>
      <Before one={one} />
      <Photos one={one} />
      <Why one={one} />
      <ShownArea id={one.decision.areas["grid"] ? `grid:${one.decision.areas["grid"].code}` : null} edition={one.decision.edition} name="claim" />
    </article>
  );
}

/** Whose the boundary street is, though its layer be off. */
function Boundary() {
  const [c, shown] = [colours.value, on.value.has("bands")];
  useGroup("claim-bands", shown ? null : bands(lookOf(c), { owned: t("map.band_owned"), unowned: t("map.band_unowned"), contested: t("map.band_contested") }), [c, shown, lang.value]);
  return null;
}

/** What the choice itself says is not asked again. */
const hideFixed = (form: Form, start: Values): Form => ({ ...form, fields: form.fields.map((f) => (["request", "verdict"].includes(f.name) && start[f.name] !== undefined ? { ...f, fixed: true } : f)) });

function Round({ one }: { one: Case }) {
  const { found } = useRead(() => readHistory(one.id), [one.id, one.version]);
  const n = found?.items.filter((e) => e.kind === "return").length ?? 0;
  return n > 0 ? <span class="chip">{t("returns.round", { n })}</span> : null;
}

/** Precedents for such a matter, what was returned of it before, and whose the last ones here were. */
function Before({ one }: { one: Case }) {
  const { found: precedents } = useRead(readPrecedents, [one.id]);
  const { found: past } = useRead(() => readRequests("return", "settled"), [one.id]);
  const { found: here } = useRead(() => lastHere(one), [one.id]);
  const alike = (precedents ?? []).filter((p) => isLike(p, one.category));
  const returned = (past ?? []).filter((r) => r.case.category === one.category && r.case.id !== one.id).slice(0, 5);
  return (
    <section class="part" aria-label={t("returns.before")}>
      <h3>{t("returns.precedents")}</h3>
      {alike.length === 0 && <p class="muted">{t("returns.no_precedent")}</p>}
      <ul>{alike.map((p) => <li key={p.id}><code>{p.id}</code> {"\u2192"} {unitName(p.unit?.unit)} <span class="muted">{said(p.place)}</span></li>)}</ul>
      {returned.length > 0 && <><h3>{t("returns.past")}</h3><ul>{returned.map((r) => <li key={rowId(r)}><code>{r.case.number}</code> {titleOf("verdict", r.answer?.verdict ?? "")} {"\u2192"} {unitName(r.answer?.accountable?.unit ?? r.accountable?.unit)}</li>)}</ul></>}
      {here && here.length > 0 && <><h3>{t("returns.here")}</h3><ul>{here.map((c) => <li key={c.id}><code>{c.number}</code> {unitName(c.decision.accountable?.unit)} <span class="muted">{titleOf("status", c.status)}</span></li>)}</ul></>}
    </section>
  );
}
