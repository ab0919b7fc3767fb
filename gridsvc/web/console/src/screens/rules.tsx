// Rulesets: the list of them with upload, and one of them: its tables, its check report, its publication.
import { useState } from "preact/hooks";
import type { Screen } from "../app/screens";
import { go, place } from "../app/route";
import { now } from "../data/clock";
import { may } from "../data/me";
import { asProblem, type Problem } from "../data/problem";
import { loadRulesets, rulesets, uploadWorkbook } from "../data/rulesets";
import { Await, Trouble, useAsked } from "../parts/await";
import { Empty } from "../parts/empty";
import { Glyph } from "../parts/glyph";
import { moment } from "../words/format";
import { t, tOf } from "../words";
import { One } from "./rules/one";

function List() {
  const chosen = place.value.args[0];
  const asked = useAsked(async () => (await loadRulesets(), true), [chosen]);
  return (
    <div class="editions stack">
      <h2>{t("rules.title")}</h2>
      {may("rule:write") && <Upload />}
      <Await asked={asked}>
        {() => (
          <ul class="cards">
            {(rulesets.value ?? []).map((one) => (
              <li key={one.code} class="card" data-chosen={one.code === chosen}>
                <button class="plain wide" aria-current={one.code === chosen ? "page" : undefined} onClick={() => go("rules", [one.code])}>
                  <strong>{one.code}</strong> <span class="chip" data-state={one.state}>{tOf("ed.state", one.state)}</span>
                  {one.title && <span class="title">{one.title}</span>}
                  <span class="muted">{one.holds_from ? t(one.holds_to ? "ed.span" : "ed.since", { from: moment(one.holds_from, now.value), to: one.holds_to ? moment(one.holds_to, now.value) : "" }) : t("ed.never")}</span>
                  {one.counts && <span class="muted">{t("ed.counts", { errors: one.counts.error, warnings: one.counts.warning })}</span>}
                </button>
              </li>
            ))}
            {rulesets.value?.length === 0 && <li class="empty">{t("rules.none")}</li>}
          </ul>
        )}
      </Await>
    </div>
  );
}

function Upload() {
  const [code, setCode] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (e: Event) => {
    e.preventDefault();
    if (!file) return;
    setSending(true);
    setProblem(null);
    try {
      go("rules", [(await uploadWorkbook(code.trim(), file)).code]);
    } catch (e) {
      setProblem(asProblem(e));
    }
    setSending(false);
  };
  return (
    <form class="card stack" onSubmit={(e) => void send(e)}>
      <label>{t("rules.code")}<input value={code} required maxLength={200} onInput={(e) => setCode(e.currentTarget.value)} /></label>
      <label>{t("rules.file")}<input type="file" required accept=".xlsx" onChange={(e) => setFile(e.currentTarget.files?.[0] ?? null)} /></label>
      <p class="muted">{t("rules.upload_hint")}</p>
      <div><button class="primary" disabled={sending || !file || !code.trim()}><Glyph name="upload" /> {sending ? t("ed.sending") : t("rules.upload")}</button></div>
      {problem && <Trouble problem={problem} />}
    </form>
  );
}

/** The one that holds is the likeliest to be looked at. */
function Choose() {
  const first = (rulesets.value ?? []).find((one) => one.state === "published") ?? rulesets.value?.[0];
  return first ? <Empty words={t("rules.choose")} to={t("rules.open", { code: first.code })} run={() => go("rules", [first.code])} /> : <Empty words={t("rules.none")} />;
}

function Full() {
  const [code] = place.value.args;
  return code ? <One key={code} code={code} /> : <Choose />;
}

export default { List, Full } satisfies Screen;
