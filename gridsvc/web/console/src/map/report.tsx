// Report a case at a point: what it is about, in words, with photos; sending it again is the same report.
import { useEffect, useRef, useState } from "preact/hooks";
import { go } from "../app/route";
import { newKey, send } from "../data/api";
import { asProblem, type Problem } from "../data/problem";
import { t } from "../words";
import { matter, vertical } from "./answer";
import { CategoryPick } from "./category-pick";
import { byHand_m } from "./picked";

const SOURCES = ["hotline_12345", "hotline_12319", "patrol", "police_110", "app", "supervision"] as const;

export function ReportForm({ at, close }: { at: { lon: number; lat: number }; close: () => void }) {
  const key = useRef(newKey());
  const form = useRef<HTMLFormElement>(null);
  // The button that opened the form is gone: what has to be filled in next takes the focus.
  useEffect(() => form.current?.querySelector<HTMLElement>(matter.peek() ? "textarea" : "input")?.focus(), []);
  const photos = useRef<HTMLInputElement>(null);
  const [source, setSource] = useState<(typeof SOURCES)[number]>("hotline_12345");
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const sendIt = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const attachments: string[] = [];
      for (const file of photos.current?.files ?? []) {
        const data = new FormData();
        data.append("file", file);
        attachments.push((await send<{ id: string }>("POST", "/v1/attachments", data)).id);
      }
      const made = await send<{ number: string }>("POST", "/v1/cases", {
        point: { x: at.lon, y: at.lat, crs: "wgs84" }, category: matter.value, source, description: text || null, accuracy_m: byHand_m.value,
        vertical: vertical.value, attachments,
      }, { key: key.current });
      go("case", [made.number]);
    } catch (e) {
      setProblem(asProblem(e));
      // What was refused may be mended, and is another report then.
      if (asProblem(e).status) key.current = newKey();
    }
    setBusy(false);
  };
  return (
    <form ref={form} class="stack" onSubmit={(e) => { e.preventDefault(); if (matter.value && !busy) void sendIt(); }}>
      <label class="field"><span>{t("ask.matter")}</span><CategoryPick value={matter.value} set={(code) => (matter.value = code)} /></label>
      <label class="field"><span>{t("report.text")}</span><textarea value={text} onInput={(e) => setText(e.currentTarget.value)} /></label>
      <label class="field">
        <span>{t("report.source")}</span>
        <select value={source} onChange={(e) => setSource(e.currentTarget.value as typeof source)}>
          {SOURCES.map((s) => <option key={s} value={s}>{t(`source.${s}`)}</option>)}
        </select>
      </label>
      <label class="field"><span>{t("report.photos")}</span><input ref={photos} type="file" accept="image/*" multiple /></label>
      {problem && <p class="note" role="alert">{problem.sentence()}</p>}
      <div class="row">
        <button class="primary" type="submit" disabled={!matter.value || busy}>{t(busy ? "report.sending" : "report.send")}</button>
        <button type="button" onClick={close}>{t("part.cancel")}</button>
        {!matter.value && <span class="muted">{t("report.needs_matter")}</span>}
      </div>
    </form>
  );
}
