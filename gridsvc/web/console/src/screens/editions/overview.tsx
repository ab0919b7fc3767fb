// What editions there are; a boundary folder is sent here, or one is copied to be drawn in.
import { useEffect, useRef, useState } from "preact/hooks";
import { go } from "../../app/route";
import { now } from "../../data/clock";
import { copyAsDraft, editions, loadEditions, upload, type EditionRow } from "../../data/editions";
import { may } from "../../data/me";
import { asProblem, type Problem } from "../../data/problem";
import { Trouble, useAsked, Await } from "../../parts/await";
import { Dialog } from "../../parts/dialog";
import { Glyph } from "../../parts/glyph";
import { moment } from "../../words/format";
import { t, tOf } from "../../words";

export function Overview() {
  const asked = useAsked(async () => (await loadEditions(), true), []);
  const [copying, setCopying] = useState<EditionRow | null>(null);
  return (
    <div class="editions stack">
      <h2>{t("ed.title")}</h2>
      {may("edition:write") && <Upload />}
      <Await asked={asked}>
        {() => (
          <ul class="cards">
            {(editions.value ?? []).map((one) => <Row key={one.code} one={one} copy={() => setCopying(one)} />)}
            {editions.value?.length === 0 && <li class="empty">{t("ed.none")}</li>}
          </ul>
        )}
      </Await>
      {copying && <Copy source={copying} close={() => setCopying(null)} />}
    </div>
  );
}

function Row({ one, copy }: { one: EditionRow; copy: () => void }) {
  const when = one.holds_from ? t(one.holds_to ? "ed.span" : "ed.since", { from: moment(one.holds_from, now.value), to: one.holds_to ? moment(one.holds_to, now.value) : "" }) : t("ed.never");
  return (
    <li class="card">
      <button class="plain wide" onClick={() => go("editions", [one.code, "check"])}>
        <strong>{one.code}</strong> <span class="chip" data-state={one.state}>{tOf("ed.state", one.state)}</span>
        <span class="title">{one.title}</span>
        <span class="muted">{when}</span>
        {one.counts && <span class="muted">{t("ed.counts", { errors: one.counts.error, warnings: one.counts.warning })}</span>}
      </button>
      {may("edition:write") && <button class="plain" title={t("ed.copy_hint")} onClick={copy}><Glyph name="copy" /> {t("ed.copy")}</button>}
    </li>
  );
}

function Upload() {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => folder.current?.setAttribute("webkitdirectory", ""), []);
  const take = async (input: HTMLInputElement) => {
    if (!input.files?.length) return;
    setSending(true);
    setProblem(null);
    try {
      const done = await upload([...input.files]);
      go("editions", [done.code, "check"]);
    } catch (e) {
      setProblem(asProblem(e));
    } finally {
      setSending(false);
      input.value = "";
    }
  };
  return (
    <section class="stack" aria-label={t("ed.upload")}>
      <div class="row">
        <button class="primary" disabled={sending} onClick={() => files.current?.click()}><Glyph name="upload" /> {sending ? t("ed.sending") : t("ed.upload_zip")}</button>
        <button disabled={sending} onClick={() => folder.current?.click()}>{t("ed.upload_folder")}</button>
      </div>
      <p class="muted">{t("ed.upload_hint")}</p>
      <input ref={files} type="file" hidden multiple aria-label={t("ed.upload_zip")} onChange={(e) => void take(e.currentTarget)} />
      <input ref={folder} type="file" hidden aria-label={t("ed.upload_folder")} onChange={(e) => void take(e.currentTarget)} />
      {problem && <Trouble problem={problem} />}
    </section>
  );
}

function Copy({ source, close }: { source: EditionRow; close: () => void }) {
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);
  const send = async (e: Event) => {
    e.preventDefault();
    setSending(true);
    try {
      await copyAsDraft(source.code, code.trim());
      close();
      go("editions", [code.trim(), "draw"]);
    } catch (problem) {
      setProblem(asProblem(problem));
      setSending(false);
    }
  };
  return (
    <Dialog title={t("ed.copy_title", { code: source.code })} close={close}>
      <form class="stack" onSubmit={(e) => void send(e)}>
        <p>{t("ed.copy_what")}</p>
        <label>{t("ed.new_code")}<input value={code} autofocus required maxLength={200} onInput={(e) => setCode(e.currentTarget.value)} /></label>
        {problem && <Trouble problem={problem} />}
        <div class="row"><button class="primary" disabled={sending || !code.trim()}>{sending ? t("ed.copying") : t("ed.copy")}</button></div>
      </form>
    </Dialog>
  );
}
