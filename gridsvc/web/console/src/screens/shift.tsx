// The shift: who is on duty now, where nobody is, what is open, and the hand-over that two people sign.
import { useState } from "preact/hooks";
import { tell } from "../app/announce";
import { go } from "../app/route";
import type { Screen } from "../app/screens";
import { now } from "../data/clock";
import { handOver, placeTitle, readShift, roleTitle, takeOver, type Duty, type Note, type Shift } from "../data/duty";
import { me } from "../data/me";
import { asProblem } from "../data/problem";
import { CaseRow } from "../parts/case-row";
import { readCases, useRead } from "../parts/queue";
import { moment, number } from "../words/format";
import { t } from "../words";

function Full() {
  const { found, fault, again } = useRead(readShift);
  const open = useRead(() => readCases({ status: "open", light: "amber,red", order: "due", limit: 30 }));
  return (
    <div class="stack shift">
      <div class="row between"><h1>{t("nav.shift")}</h1>{found && <p class="muted">{t("shift.served", { n: number(found.served), of: number(found.seats) })}</p>}</div>
      {fault && <div class="note" role="alert"><p>{fault}</p><button onClick={again}>{t("part.retry")}</button></div>}
      <div class="columns">
        <section class="card stack" aria-label={t("shift.on_duty")}>
          <h2>{t("shift.on_duty")}</h2>
          {found && found.on_duty.length === 0 && <p class="empty">{t("shift.none_on_duty")}</p>}
          {found && found.nobody.length > 0 && <Nobody rows={found.nobody} />}
          {found && found.on_duty.length > 0 && <OnDuty rows={found.on_duty} />}
        </section>
        <section class="card stack" aria-label={t("shift.open")}>
          <h2>{t("shift.open")}</h2>
          {found?.open && <Numbers of={found.open} />}
          {open.found && open.found.length === 0 && <p class="empty">{t("shift.nothing_due")}</p>}
          <ul class="shift-cases">
            {(open.found ?? []).map((one) => <li key={one.id}><button class="plain" onClick={() => go("case", [one.number])}><CaseRow id={one.id} /></button></li>)}
          </ul>
        </section>
        {found?.notes && <Notes shift={found} again={again} />}
      </div>
    </div>
  );
}

function OnDuty({ rows }: { rows: readonly Duty[] }) {
  return (
    <table>
      <thead><tr><th>{t("shift.place")}</th><th>{t("shift.role")}</th><th>{t("shift.who")}</th><th>{t("shift.until")}</th></tr></thead>
      <tbody>
        {rows.map((duty) => (
          <tr key={`${duty.unit} ${duty.role}`}>
            <td>{placeTitle(duty)}</td>
            <td>{roleTitle(duty)}</td>
            <td>{duty.holders.map((h) => `${h.name}${h.acting ? t("shift.acting") : ""} ${h.phone ?? ""}`).join(", ")}</td>
            <td>{duty.until ? moment(duty.until, now.value) : t("shift.always")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Nobody({ rows }: { rows: readonly Duty[] }) {
  const by = new Map<string, Duty[]>();
  for (const duty of rows) by.set(duty.role, [...(by.get(duty.role) ?? []), duty]);
  return (
    <details>
      <summary class="nobody">{t("shift.nobody", { n: rows.length })}</summary>
      <ul class="stack">
        {[...by.values()].map((of) => (
          <li key={of[0]?.role}>
            <button class="plain" onClick={() => go("roster", [], { role: of[0]?.role ?? "" })}>{of[0] && roleTitle(of[0])} {of.length}</button>
            <span class="muted"> {of.slice(0, 8).map(placeTitle).join(", ")}{of.length > 8 ? "\u2026" : ""}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Numbers({ of }: { of: { open: number; due_soon: number; overdue: number; undecided: number } }) {
  return (
    <p class="row">
      <span><b>{number(of.open)}</b> {t("bar.open")}</span><span class="light-soon"><b>{number(of.due_soon)}</b> {t("bar.due_soon")}</span>
      <span class="light-overdue"><b>{number(of.overdue)}</b> {t("bar.overdue")}</span><span class="light-undecided"><b>{number(of.undecided)}</b> {t("bar.undecided")}</span>
    </p>
  );
}

function Notes({ shift, again }: { shift: Shift; again: () => void }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const write = async () => {
    if (!text.trim()) return setFault(t("shift.note_empty"));
    setBusy(true);
    try {
      await handOver(text);
      setText("");
      setFault("");
      tell(t("shift.handed"));
      again();
    } catch (e) {
      setFault(asProblem(e).sentence());
    }
    setBusy(false);
  };
  return (
    <section class="card stack wide" aria-label={t("shift.notes")}>
      <h2>{t("shift.notes")}</h2>
      <form class="stack" onSubmit={(e) => { e.preventDefault(); void write(); }}>
        <label class="stack">{t("shift.note")}<textarea maxLength={2000} value={text} placeholder={t("shift.note_hint")} onInput={(e) => { setText(e.currentTarget.value); setFault(""); }} /></label>
        {fault && <p class="fault" role="alert">{fault}</p>}
        <div><button type="submit" class="primary" disabled={busy}>{t("shift.hand_over")}</button></div>
      </form>
      {shift.notes?.length === 0 && <p class="empty">{t("shift.no_notes")}</p>}
      <ol class="stack">{shift.notes?.map((note) => <NoteRow key={note.n} note={note} again={again} />)}</ol>
    </section>
  );
}

function NoteRow({ note, again }: { note: Note; again: () => void }) {
  const [remark, setRemark] = useState("");
  const [fault, setFault] = useState("");
  const sign = async () => {
    try {
      await takeOver(note.n, remark);
      tell(t("shift.signed"));
      again();
    } catch (e) {
      setFault(asProblem(e).sentence());
    }
  };
  return (
    <li class="note stack">
      <p class="row between"><span><b>{note.by}</b> {t("shift.handed_at", { at: moment(note.at, now.value) })}</span><span class="muted">{t("shift.numbers", { open: note.numbers.open, overdue: note.numbers.overdue, undecided: note.numbers.undecided })}</span></p>
      <p class="note-text">{note.text}</p>
      {note.taken_by && note.taken_at && <p class="done"><b>{note.taken_by}</b> {t("shift.taken_at", { at: moment(note.taken_at, now.value) })}{note.remark && <span> {note.remark}</span>}</p>}
      {!note.taken_by && note.by === me.value?.name && <p class="muted">{t("shift.waits")}</p>}
      {!note.taken_by && note.by !== me.value?.name && (
        <form class="row" onSubmit={(e) => { e.preventDefault(); void sign(); }}>
          <input type="text" class="half" maxLength={2000} value={remark} aria-label={t("shift.remark")} placeholder={t("shift.remark")} onInput={(e) => setRemark(e.currentTarget.value)} />
          <button type="submit" class="primary">{t("shift.take_over")}</button>
        </form>
      )}
      {fault && <p class="fault" role="alert">{fault}</p>}
    </li>
  );
}

export default { Full } satisfies Screen;
