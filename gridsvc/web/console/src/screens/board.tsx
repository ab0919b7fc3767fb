// How the work was scored: ranks and marks of a scheme in a period, with what they rest on.
import { useEffect, useState } from "preact/hooks";
import { go, place } from "../app/route";
import type { Screen } from "../app/screens";
import { lang } from "../app/looks";
import { inWords, makeSheet, readHeads, readSchemes, readSheet, standing, type Head, type Scheme, type Sheet } from "../data/board";
import { may } from "../data/me";
import { now } from "../data/clock";
import { asProblem, type Problem } from "../data/problem";
import { Glyph } from "../parts/glyph";
import { moment, number } from "../words/format";
import { t } from "../words";
import { Ranking } from "./board/ranking";

const TREND = 6;
const lastMonth = (): string => new Date(Date.UTC(now.peek().getUTCFullYear(), now.peek().getUTCMonth() - 1, 1)).toISOString().slice(0, 7);

/** The sheet of the address and the ones before it, newest first. */
function useSheets(scheme: string | undefined, period: string | undefined, made: number) {
  const [heads, setHeads] = useState<readonly Head[] | null>(null);
  const [sheets, setSheets] = useState<readonly Sheet[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    setSheets([]);
    setProblem(null);
    readHeads(scheme, stop.signal).then(
      async (all) => {
        const of = standing(scheme ? all : all.filter((h) => h.scheme === all[0]?.scheme));
        setHeads(of);
        const at = period ? of.findIndex((h) => h.period === period) : 0;
        const wanted = at < 0 ? [] : of.slice(at, at + TREND);
        setSheets(await Promise.all(wanted.map((h) => readSheet(h.id, stop.signal))));
      },
    ).catch((e: unknown) => !stop.signal.aborted && setProblem(asProblem(e)));
    return () => stop.abort();
  }, [scheme, period, made]);
  return { heads, sheets, problem };
}

function Full() {
  const [scheme, period] = place.value.args;
  const [made, setMade] = useState(0);
  const [schemes, setSchemes] = useState<readonly Scheme[]>([]);
  const [refused, setRefused] = useState<Problem | null>(null);
  const { heads, sheets, problem } = useSheets(scheme, period, made);
  useEffect(() => void readSchemes().then(setSchemes, () => undefined), []);
  const sheet = sheets[0];
  const chosen = scheme ?? sheet?.scheme ?? schemes[0]?.scheme ?? "";
  const wanted = period ?? sheet?.period ?? lastMonth();
  const make = () => {
    setRefused(null);
    makeSheet(chosen, wanted).then(
      () => {
        setMade(made + 1);
        go("board", [chosen, wanted], {}, "replace");
      },
      (e: unknown) => setRefused(asProblem(e)),
    );
  };
  const fault = problem ?? refused;
  return (
    <div class="board stack">
      <div class="row">
        <h1>{t("nav.board")}</h1>
        <label class="field"><span class="unseen">{t("board.scheme")}</span>
          <select value={chosen} onChange={(e) => go("board", [e.currentTarget.value])}>
            {schemes.map((s) => <option key={s.scheme} value={s.scheme}>{inWords(s)}</option>)}
          </select>
        </label>
        <label class="field"><span class="unseen">{t("board.period")}</span>
          <input list="board-periods" value={wanted} onChange={(e) => e.currentTarget.value && go("board", [chosen, e.currentTarget.value])} />
        </label>
        <datalist id="board-periods">{heads?.map((h) => <option key={h.id} value={h.period} />)}</datalist>
        {sheet && <a class="button" href={`/v1/assessments/${sheet.id}/workbook?lang=${lang.value}`} download>{t("board.workbook")}</a>}
        {sheet && <a class="button" href={`/sheets/${sheet.id}?lang=${lang.value}`} target="_blank" rel="noopener">{t("board.page")}</a>}
        {chosen && may("assess:write") && sheet?.state !== "frozen" && <button onClick={make}>{t(sheet ? "board.remake" : "board.make")}</button>}
      </div>
      {fault && <p class="note" role="alert">{fault.sentence()}</p>}
      {!sheet && heads && !fault && (
        <div class="empty stack">
          <p>{t("board.none", { period: wanted })}</p>
          {heads.length > 0 && <ul class="row">{heads.map((h) => <li key={h.id}><button onClick={() => go("board", [h.scheme, h.period])}>{h.period}</button></li>)}</ul>}
        </div>
      )}
      {sheet && <Facts sheet={sheet} />}
      {sheet && <Ranking sheet={sheet} before={sheets.slice(1)} />}
    </div>
  );
}

function Facts({ sheet }: { sheet: Sheet }) {
  const frozen = sheet.frozen_at !== null;
  return (
    <p class="row muted">
      <span class="chip">{frozen && <Glyph name="lock" size={12} />}{t(frozen ? "board.frozen" : "board.draft", { at: moment(sheet.frozen_at ?? sheet.made_at, now.value), who: sheet.frozen_by ?? sheet.made_by })}</span>
      <span>{lang.value === "zh" ? sheet.period_zh : sheet.period_en}</span>
      <span>{t("board.cases", { n: number(sheet.cases) })}</span>
      <span>{t("board.ruleset", { ruleset: sheet.ruleset })}</span>
    </p>
  );
}

export default { Full } satisfies Screen;
