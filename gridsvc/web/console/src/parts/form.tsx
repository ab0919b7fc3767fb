// The form of an action, in place: its fields are the service's, its text is kept until it is sent.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useKeys } from "../app/keys";
import { act, draftOf, isAsked, isConflict, keepDraft, lastDeed, missing, newDraft, type Draft, type Field, type Form, type Values } from "../data/acts";
import { readCase, type Case, type Entry } from "../data/cases";
import { minute } from "../data/lights";
import { asProblem, type Problem } from "../data/problem";
import { said, titleOf, whoOf } from "../data/titles";
import { moment } from "../words/format";
import { t } from "../words";
import { Control } from "./fields";

interface Shown {
  one: Case;
  form: Form;
  close: () => void;
  done: (now: Case) => void;
  /** What the form begins with, beside what the service says. */
  start?: Values;
  /** The field that is written in first. */
  focus?: string;
  label?: string;
}

const begin = (form: Form, start: Values): Values => ({ ...Object.fromEntries(form.fields.filter((f) => f.default !== undefined).map((f) => [f.name, f.default])), ...start });

const isMain = (f: Field, form: Form, began: Values, focus: string | undefined): boolean =>
  f.required || f.name === focus || f.default !== undefined || (began[f.name] ?? null) !== null || (f.kind === "category" && form.action === "correct");

export function ActionForm({ one, form, close, done, start = {}, focus, label }: Shown) {
  const [draft, setDraft] = useState<Draft>(() => {
    const left = draftOf(one.id, form.action);
    return left ? { ...left, values: { ...left.values, ...start } } : newDraft(one.version, begin(form, start));
  });
  const [began] = useState(draft.values);
  // A key may come before what was typed just now has been drawn: what is sent is what was typed.
  const typed = useRef(draft);
  const write = (next: Draft) => {
    typed.current = next;
    setDraft(next);
  };
  const [tried, setTried] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  const chosen = JSON.stringify(start);
  const first = useRef(true);
  useEffect(() => {
    // What is chosen outside the form, such as a candidate, is filled in; what was written stays.
    if (!first.current) write({ ...typed.current, values: { ...typed.current.values, ...start } });
    first.current = false;
  }, [chosen]);
  const fields = form.fields.filter((f) => isAsked(f, draft.values) && !f.fixed);
  const faults = useMemo(() => missing(form, draft.values), [form, draft.values]);
  const behind = one.version > draft.version;
  const id = (name: string) => `act-${form.action}-${name}`;
  // With the drawing: the next letter is text already, not a key.
  useLayoutEffect(() => {
    const name = focus ?? faults[0];
    const target = name ? box.current?.querySelector<HTMLElement>(`#${id(name)}`) : box.current?.querySelector<HTMLElement>("button[type=submit]");
    target?.focus();
    box.current?.scrollIntoView({ block: "nearest" });
  }, [form.action, focus]);
  const set = (name: string, value: unknown) => {
    const next = { ...typed.current, values: { ...typed.current.values, [name]: value } };
    write(next);
    keepDraft(one.id, form.action, next);
  };
  const send = async () => {
    const [wrong] = missing(form, typed.current.values);
    setTried(true);
    setProblem(null);
    if (wrong) box.current?.querySelector<HTMLElement>(`#${id(wrong)}`)?.focus();
    if (wrong || sending) return;
    setSending(true);
    try {
      const now = await act(one, form, typed.current);
      keepDraft(one.id, form.action, null);
      done(now);
    } catch (e) {
      const told = asProblem(e);
      // Who was first is told by the bar, once the case has been read anew.
      if (isConflict(told)) await readCase(one.id).catch(() => undefined);
      else setProblem(told);
    } finally {
      setSending(false);
    }
  };
  const onTop = () => {
    const next = newDraft(one.version, typed.current.values);
    write(next);
    keepDraft(one.id, form.action, next);
    void send();
  };
  const control = (f: Field) => {
    const wrong = faults.includes(f.name) && tried;
    return (
      <div key={f.name} class="field">
        {f.kind !== "flag" && f.kind !== "precedent" && <label id={`${id(f.name)}-label`} for={id(f.name)}>{said(f)}{f.required && <span class="muted"> {"\u00B7"} {t("form.required")}</span>}</label>}
        <Control field={f} id={id(f.name)} value={draft.values[f.name]} invalid={wrong || problem?.of(f.name) !== undefined} set={(v) => set(f.name, v)} />
        <p class="fault" id={`${id(f.name)}-note`}>{wrong ? t(f.kind === "reason" ? "form.reason_short" : "form.missing") : ""}</p>
      </div>
    );
  };
  // What need not be said stands aside, unless something was said.
  const [main, aside] = [fields.filter((f) => isMain(f, form, began, focus)), fields.filter((f) => !isMain(f, form, began, focus))];
  useKeys([
    { key: "Escape", word: "keys.close", always: true, run: close },
    { key: "Ctrl+Enter", word: "keys.send", always: true, run: () => (behind ? onTop() : void send()) },
  ], [draft, one, sending]);
  const legal = one.actions.some((a) => a.action === form.action);
  return (
    <form class="act stack" ref={box} noValidate aria-label={label ?? said(form)} onSubmit={(e) => { e.preventDefault(); if (!behind) void send(); }}>
      {behind && <Behind one={one} form={form} legal={legal} theirs={() => { keepDraft(one.id, form.action, null); close(); }} mine={onTop} />}
      {main.map(control)}
      {aside.length > 0 && <details class="aside"><summary>{t("form.more")} <span class="muted">{aside.map(said).join(t("form.and"))}</span></summary>{aside.map(control)}</details>}
      {problem && <p class="note" role="alert">{problem.sentence()} {problem.code && <small class="muted code">{problem.code}</small>}</p>}
      {!behind && (
        <div class="row">
          <button type="submit" class="primary" aria-disabled={sending}>{sending ? t("form.saving") : label ?? (main.length ? said(form) : t("form.confirm", { action: said(form) }))} <kbd>{fields.some((f) => f.required && f.kind !== "unit") ? "Ctrl Enter" : "Enter"}</kbd></button>
          <button type="button" class="plain" onClick={close}>{t("part.cancel")} <kbd>Esc</kbd></button>
        </div>
      )}
    </form>
  );
}

/** Somebody else was first: said once, with what was written kept. */
function Behind({ one, form, legal, theirs, mine }: { one: Case; form: Form; legal: boolean; theirs: () => void; mine: () => void }) {
  const [deed, setDeed] = useState<Entry | null>(null);
  useEffect(() => {
    lastDeed(one.id).then(setDeed, () => undefined);
  }, [one.version]);
  const who = deed ? t("conflict.who", { who: whoOf(deed.actor), at: moment(deed.at, minute.value), what: titleOf("action", deed.kind) }) : t("conflict.somebody");
  return (
    <div class="conflict stack" role="alert" data-legal={legal}>
      <p>{who}{t(legal ? "conflict.kept" : "conflict.illegal", { action: said(form) })}</p>
      <div class="row">
        {legal && <button type="button" class="primary" onClick={mine}>{t("conflict.mine")} <kbd>Ctrl Enter</kbd></button>}
        <button type="button" onClick={theirs}>{t("conflict.theirs")}</button>
      </div>
    </div>
  );
}
