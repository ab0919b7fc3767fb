// The queue of the desk, the candidates of the case that is open, and settling it by a number and Enter.
import { useEffect, useState } from "preact/hooks";
import { tell } from "../app/announce";
import { useKeys } from "../app/keys";
import { go, query, setQuery } from "../app/route";
import { draftOf, readForms, type Form } from "../data/acts";
import { readOptions, type Option } from "../data/candidates";
import type { Case } from "../data/cases";
import { matterName, unitName } from "../data/catalogue";
import { OPEN } from "../data/filters";
import { minute } from "../data/lights";
import { titleOf, said } from "../data/titles";
import { flyTo } from "../map/stage";
import { duration, percent } from "../words/format";
import { t, tOf } from "../words";
import { Outlines } from "./outlines";
import { placeOf } from "./case-row";
import { Empty } from "./empty";
import { Facts, useCase } from "./case-panel";
import { ActionForm } from "./form";
import { MarkOf } from "./mark";
import { readCases, useRead, useWalk } from "./queue";
import { VirtualList } from "./virtual";
import { Why } from "./why";

const WAITING = { desk: "any", status: OPEN.join(",") };
const age_s = (one: Case): number => (minute.value.getTime() - Date.parse(one.reported_at)) / 1000;
const readQueue = async () => [...(await readCases(WAITING))].sort((a, b) => a.reported_at.localeCompare(b.reported_at));

export function DeskQueue() {
  const { found, fault, again } = useRead(readQueue);
  const rows = found ?? [];
  const { at, open } = useWalk("desk", rows.map((one) => one.number));
  useEffect(() => {
    if (!at && rows[0]) open(rows[0].number, "replace");
  }, [at, rows[0]?.number]);
  const byId = new Map(rows.map((one) => [one.id, one]));
  const ages = rows.map(age_s).sort((a, b) => a - b);
  return (
    <>
      <h2 class="screen-title">{t("nav.desk")}</h2>
      {fault && <div class="note" role="alert"><p>{fault}</p><button onClick={again}>{t("part.retry")}</button></div>}
      {found && rows.length === 0 && <Empty words={t("desk.empty")} />}
      {rows.length > 0 && (
        <VirtualList
          label={t("nav.desk")} ids={rows.map((one) => one.id)} total={rows.length} row_px={56} active={rows.find((one) => one.number === at)?.id ?? null}
          activate={(id) => open(byId.get(id)?.number ?? "", "replace")} open={(id) => open(byId.get(id)?.number ?? "")}
          render={(id) => <QueueRow one={byId.get(id)} />}
        />
      )}
      {rows.length > 0 && <p class="foot muted">{t("desk.foot", { n: rows.length, median: duration(ages[Math.floor(ages.length / 2)] ?? 0), oldest: duration(ages.at(-1) ?? 0) })}</p>}
    </>
  );
}

const reason = (one: Case): string => titleOf("desk", one.decision.desk?.reason ?? "no_rule");

function QueueRow({ one }: { one: Case | undefined }) {
  if (!one) return null;
  return (
    <div class="case-row" data-number={one.number}>
      <MarkOf mark="undecided" size={18} />
      <p><span class="what">{matterName(one.category)}</span><span class="when">{duration(age_s(one))}</span></p>
      <p class="muted"><span class="what">{placeOf(one)}</span><span class="whose">{reason(one)}</span></p>
    </div>
  );
}

export function DeskPanel() {
  const { at, next } = useWalk("desk-panel", []);
  const { one, fault } = useCase(at);
  if (!at) return <p class="empty">{t("desk.choose")}</p>;
  if (fault) return <p class="empty" role="alert">{fault}</p>;
  return one && <Settle key={one.id} one={one} next={next} />;
}

function Settle({ one, next }: { one: Case; next: () => void }) {
  const { found: options } = useRead(() => readOptions(one), [one.id]);
  const { found: forms } = useRead(() => readForms(one.id), [one.id, one.version]);
  const [chosen, setChosen] = useState<Option | null>(null);
  const [open, setOpen] = useState<{ action: "decide" | "whistle"; focus?: string } | null>(null);
  const [bind, setBind] = useState(false);
  useEffect(() => {
    setQuery({ sel: `case:${one.id}` }, "replace");
    flyTo(one.point.lon, one.point.lat, 17);
  }, [one.id]);
  const form = (action: string): Form | undefined => forms?.find((f) => f.action === action);
  const choose = (n: number) => {
    const option = options?.[n];
    if (!option) return;
    setChosen(option);
    setOpen({ action: "decide" });
  };
  useKeys([
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ({ key: String(n), word: "action.candidate", run: () => choose(n - 1), idle: () => !options?.[n - 1] || !form("decide") })),
    { key: "A", word: "action.A", idle: () => !form("decide"), run: () => { setChosen(null); setOpen({ action: "decide", focus: "unit" }); } },
    { key: "I", word: "action.joint", idle: () => !form("whistle"), run: () => setOpen({ action: "whistle" }) },
    { key: "P", word: "action.precedent", run: () => setBind(!bind) },
    { key: "Escape", word: "keys.close", run: () => go("live", [], query.peek()["sel"] ? { sel: query.peek()["sel"] as string } : {}) },
  ], [options, forms, bind]);
  const shown = open && form(open.action);
  // What somebody wrote stays; else the reason says what the choice goes by.
  const written = draftOf(one.id, "decide")?.values["reason"];
  const start = open?.action === "decide" ? { ...(chosen ? { unit: chosen.unit, ...(written ? {} : { reason: basis(chosen) }) } : {}), ...(bind ? { precedent: { scope: "grid" } } : {}) } : {};
  return (
    <article class="case" data-number={one.number} data-status={one.status} aria-label={`${matterName(one.category)} ${one.number}`}>
      <header class="case-head">
        <h2>{matterName(one.category)}</h2>
        <p class="row"><code>{one.number}</code> <span class="chip phase" data-phase="undecided">{titleOf("status", one.status)}</span> <strong>{reason(one)}</strong></p>
        {one.decision.desk && <p class="muted small">{said(one.decision.desk)}</p>}
      </header>
      <Outlines one={one} options={options ?? []} chosen={chosen} />
      <section class="part" aria-label={t("desk.candidates")}>
        <h3>{t("desk.candidates")}</h3>
        <table class="candidates">
          <thead><tr><td /><th>{t("desk.candidate")}</th><th class="n">{t("desk.p")}</th><th class="n">{t("desk.load")}</th><th class="n">{t("desk.last")}</th></tr></thead>
          <tbody>
            {(options ?? []).map((o, i) => (
              <tr key={o.unit} data-unit={o.unit} aria-selected={chosen?.unit === o.unit}>
                <td><kbd>{i + 1}</kbd></td>
                <td><button class="plain" onClick={() => choose(i)}>{unitName(o.unit)}</button><small class="muted">{o.area?.name ?? tOf("basis", o.basis)}</small></td>
                <td class="n">{o.p === null ? "\u2013" : percent(o.p, 0)}</td>
                <td class="n">{o.load ?? "\u2013"}</td>
                <td class="n">{o.last}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {options?.length === 0 && <p class="muted">{t("desk.no_candidates")}</p>}
        {shown ? (
          <ActionForm
            key={shown.action + (open.focus ?? "")} one={one} form={shown} start={start} {...(open.focus ? { focus: open.focus } : {})} close={() => setOpen(null)}
            done={(now) => { tell(t("act.done", { action: said(shown), status: titleOf("status", now.status) })); next(); }}
          />
        ) : (
          <div class="row">
            <button onClick={() => { setChosen(null); setOpen({ action: "decide", focus: "unit" }); }}>{t("action.A")} <kbd>A</kbd></button>
            <button disabled={!form("whistle")} onClick={() => setOpen({ action: "whistle" })}>{t("action.joint")} <kbd>I</kbd></button>
            <label class="row"><input type="checkbox" checked={bind} onChange={() => setBind(!bind)} /> {t("form.precedent")} <kbd>P</kbd></label>
          </div>
        )}
        {forms && !form("decide") && <p class="note">{t("desk.no_right")}</p>}
      </section>
      <Facts one={one} />
      <Why one={one} />
    </article>
  );
}

/** What a choice goes by, as a reason that can be sent or written over. */
const basis = (o: Option): string => t(`basis.reason_${o.basis}`, { unit: unitName(o.unit), area: o.area?.name ?? "", p: o.p === null ? "" : percent(o.p, 0), n: o.last, id: o.precedent ?? "" });
