// What may be done next, each by its key; the form opens in place. What can be taken back is offered right after.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { tell } from "../app/announce";
import { useKeys } from "../app/keys";
import { draftOf, readForms, type Form, type Values } from "../data/acts";
import { kept, readHistory, type Case } from "../data/cases";
import { unitName } from "../data/catalogue";
import { findingOf, isMain, isUsual, leads, ordered, type Finding } from "../data/next";
import { asProblem } from "../data/problem";
import { said, titleOf } from "../data/titles";
import { t, tOf } from "../words";
import { ActionForm } from "./form";
import { Glyph } from "./glyph";

// A key takes the first of its actions that is legal.
const KEYS: Readonly<Record<string, readonly string[]>> = { D: ["dispatch"], R: ["return"], E: ["extend"], H: ["hold", "resume"], V: ["verify", "check"], Y: ["finish"], C: ["close", "check"] };
const WORDS: Readonly<Record<string, string>> = { ".": "action.all", Z: "action.undo" };
const INVERSE: Readonly<Record<string, string>> = { close: "reopen", void: "reopen", link: "unlink" };

interface Offered { forms: readonly Form[]; at: string; finding: Finding | null }

async function readOffered(one: Case): Promise<Omit<Offered, "at">> {
  const looked = ["checking", "verifying"].includes(one.status);
  const [forms, history] = await Promise.all([readForms(one.id), looked ? readHistory(one.id) : null]);
  const finding = findingOf(history?.items ?? [], one.status);
  return { forms: ordered(forms, leads(one.status, finding)), finding };
}

export function Actions({ one }: { one: Case }) {
  const stand = `${one.id} ${one.version}`;
  const [{ forms, at, finding }, setForms] = useState<Offered>({ forms: [], at: "", finding: null });
  // A key or a button that was faster than the answer what is legal now waits for it.
  const early = useRef("");
  const [open, setOpen] = useState<{ form: Form; focus?: string; start?: Values } | null>(null);
  const [all, setAll] = useState(false);
  const [fault, setFault] = useState("");
  const [undo, setUndo] = useState("");
  // The focus goes to the buttons once they are drawn, unless a form was opened meanwhile.
  const box = useRef<HTMLElement>(null);
  const [wished, setWished] = useState(0);
  const focusActions = () => setWished((n) => n + 1);
  useLayoutEffect(() => {
    if (wished && !open) box.current?.querySelector("button")?.focus();
  }, [wished]);
  useEffect(() => {
    let mine = true;
    readOffered(one).then(
      (found) => {
        if (!mine) return;
        setForms({ ...found, at: stand });
        setFault("");
      },
      (e: unknown) => mine && setFault(asProblem(e).sentence()),
    );
    return () => void (mine = false);
  }, [stand]);
  const start = (action: string, more: { focus?: string; start?: Values } = {}) => {
    const form = forms.find((f) => f.action === action);
    if (form) setOpen({ form, ...more });
    else tell(t("act.illegal", { action: titleOf("action", action), status: titleOf("status", one.status) }));
  };
  const legal = (key: string) => KEYS[key]?.find((action) => forms.some((f) => f.action === action));
  const keyOf = (action: string) => Object.keys(KEYS).find((key) => legal(key) === action);
  const finished = (now: Case, action: string) => {
    setOpen(null);
    tell(t("act.done", { action: titleOf("action", action), status: titleOf("status", now.status) }));
    const inverse = INVERSE[action];
    if (inverse && now.actions.some((a) => a.action === inverse)) {
      setUndo(inverse);
      setTimeout(() => setUndo((was) => (was === inverse ? "" : was)), 10_000);
    }
    if (!early.current) press("focus");
  };
  const takeBack = () => {
    const inverse = undo || Object.values(INVERSE).find((a) => forms.some((f) => f.action === a));
    if (inverse) start(inverse, { start: inverse === "reopen" ? { reason: t("act.undo_reason") } : {} });
  };
  const deeds: Readonly<Record<string, () => void>> = {
    ...Object.fromEntries(Object.keys(KEYS).map((key) => [key, () => start(legal(key) ?? KEYS[key]?.[0] ?? "")])),
    A: () => start(forms.some((f) => f.action === "dispatch") ? "dispatch" : "decide", { focus: "unit" }),
    ".": () => {
      setAll(true);
      focusActions();
    },
    Z: takeBack,
    focus: focusActions,
  };
  const run = (what: string) => (deeds[what] ?? (() => start(what)))();
  // A key or the name of an action: what it does is what holds when it is pressed, drawn or not.
  const idle = (key: string): boolean => {
    if (key === "A") return !forms.some((f) => ["dispatch", "decide"].includes(f.action));
    if (key === "Z") return !undo && !Object.values(INVERSE).some((a) => forms.some((f) => f.action === a));
    return key === "." ? forms.length === 0 : !legal(key);
  };
  const latest = useRef({ at, run, idle });
  latest.current = { at, run, idle };
  const press = (what: string) => {
    const holds = `${one.id} ${kept(one.id)?.peek().version ?? one.version}`;
    if (latest.current.at === holds) latest.current.run(what);
    else early.current = what;
  };
  useLayoutEffect(() => {
    if (at !== stand || !early.current) return;
    run(early.current);
    early.current = "";
  }, [at, stand]);
  useKeys(
    Object.keys(deeds).filter((key) => key !== "focus").map((key) => ({ key, word: WORDS[key] ?? `action.${key}`, run: () => press(key), idle: () => latest.current.idle(key) })),
  );
  const first = leads(one.status, finding);
  const main = forms.filter((f) => isUsual(f.action, first) || keyOf(f.action));
  const shown = all ? forms : main.slice(0, 6);
  return (
    <section class="part actions" id="actions" ref={box} aria-label={t("act.title")} aria-busy={at !== stand && !fault}>
      {fault && <p class="note" role="alert">{fault}</p>}
      {finding && <p class="found" data-found={finding.result}><Glyph name={["confirmed", "passed"].includes(finding.result) ? "check" : "warn"} size={12} /> {titleOf("action", finding.kind)}{t("act.found")}<strong>{titleOf(finding.kind === "check" ? "checked" : "verified", finding.result)}</strong></p>}
      {open ? (
        <ActionForm
          key={`${one.id} ${open.form.action} ${open.focus ?? ""}`} one={one} form={open.form} start={open.start ?? {}} {...(open.focus ? { focus: open.focus } : {})} label={labelOf(open.form, one)}
          close={() => { setOpen(null); focusActions(); }} done={(now) => finished(now, open.form.action)}
        />
      ) : (
        <div class="row">
          {shown.map((f, i) => (
            <button key={f.action} class={i === 0 && isMain(f.action, first) ? "primary" : ""} data-action={f.action} data-draft={draftOf(one.id, f.action) !== null} onClick={() => press(f.action)}>
              {said(f)} {keyOf(f.action) && <kbd>{keyOf(f.action)}</kbd>}
            </button>
          ))}
          {forms.length > shown.length && <button class="plain" onClick={() => setAll(true)}>{t("part.more")} <kbd>.</kbd></button>}
          {forms.length === 0 && at === stand && !fault && <p class="muted">{t("act.none", { status: titleOf("status", one.status) })}</p>}
        </div>
      )}
      {undo && !open && <p class="undo"><button onClick={takeBack}>{tOf("act", "undo")} <kbd>Z</kbd></button></p>}
    </section>
  );
}

/** Says what the button does: to whom it is dispatched. */
function labelOf(form: Form, one: Case): string {
  const unit = one.decision.accountable?.unit;
  return form.action === "dispatch" && unit ? t("act.dispatch_to", { unit: unitName(unit) }) : said(form);
}
