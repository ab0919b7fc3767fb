// One edition: its way in six steps on top, and the step that is looked at.
import { useEffect } from "preact/hooks";
import { go } from "../../app/route";
import { about, type EditionAbout } from "../../data/editions";
import { may } from "../../data/me";
import { draftLines } from "../../map/style/editions";
import { useGroup } from "../../map/style/groups";
import { colours } from "../../map/tokens";
import { Await, useAsked } from "../../parts/await";
import { Glyph } from "../../parts/glyph";
import { t, tOf, type Word } from "../../words";
import { Check } from "./check";
import { Compare } from "./compare";
import { Draw } from "./draw";
import { Publish } from "./publish";
import { Replay } from "./replay";
import { at, goTo, STEPS, type Step } from "./steps";

export function One() {
  const { code, step, against } = at();
  const asked = useAsked(() => about(code), [code, step]);
  const one = asked.value?.code === code ? asked.value : null;
  useEffect(() => {
    // Compared is with something: by itself the edition before.
    if (one && step === "compare" && !against && one.before) goTo(code, "compare", one.before);
  }, [one, step, against]);
  const holds = one?.state === "published" && !one.planned;
  useGroup("draft", one && !holds ? draftLines(colours.value, one.code, one.content_hash) : null, [one, holds, colours.value]);
  return (
    <div class="editions one">
      <header class="stack">
        <div class="row between">
          <h2>{code} {one && <span class="chip" data-state={one.state}>{one.planned ? t("ed.state.planned") : tOf("ed.state", one.state)}</span>}</h2>
          <button class="plain" onClick={() => go("editions")}><Glyph name="left" /> {t("ed.all")}</button>
        </div>
        {one && <p class="muted">{one.title}{one.counts ? ` ${t("ed.counts", { errors: one.counts.error, warnings: one.counts.warning })}` : ""}</p>}
        <Steps code={code} step={step} before={one?.before ?? against} one={one} />
      </header>
      <Await asked={asked}>{(found) => (found.code === code ? <Body one={found} step={step} against={against} again={asked.again} /> : null)}</Await>
    </div>
  );
}

function Body({ one, step, against, again }: { one: EditionAbout; step: Step; against: string | null; again: () => void }) {
  if (step === "compare") return against ? <Compare key={`${against}..${one.code}`} before={against} after={one.code} /> : <p class="empty">{t("ed.first")}</p>;
  if (step === "replay") return <Replay key={one.code} one={one} />;
  if (step === "schedule" || step === "publish") return <Publish key={one.code} one={one} again={again} />;
  if (step === "draw") return <Draw key={one.code} one={one} again={again} />;
  return <Check key={one.code} one={one} again={again} />;
}

function Steps({ code, step, before, one }: { code: string; step: Step; before: string | null; one: EditionAbout | null }) {
  const draft = one !== null && (one.state === "draft" || one.state === "checked");
  const shown = STEPS.filter((s) => (s !== "check" || may("draft:read")) && (s !== "replay" || may("edition:write")) && (!["schedule", "publish"].includes(s) || may("edition:publish")));
  return (
    <nav class="steps" aria-label={t("ed.steps")}>
      <ol>
        {shown.map((s) => (
          <li key={s}><button class="plain" aria-current={s === step ? "step" : undefined} onClick={() => goTo(code, s, before)}><b>{STEPS.indexOf(s) + 1}</b> {t(`ed.step.${s}` as Word)}</button></li>
        ))}
      </ol>
      {draft && may("edition:write") && <button aria-pressed={step === "draw"} onClick={() => goTo(code, "draw", before)}><Glyph name="edit" /> {t("ed.draw")}</button>}
    </nav>
  );
}
