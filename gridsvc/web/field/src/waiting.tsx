// What waits, what needs somebody, and what was sent, with what the service decided otherwise and why.
import { useEffect, useState } from "preact/hooks";
import { Glyph } from "../../shared/glyph";
import { lang } from "../../shared/lang";
import { minute } from "../../shared/lights";
import { moment } from "../../shared/words/format";
import { matterName } from "./category";
import { discard, items, type Item, photosOf, save, type Told } from "./outbox";
import { person } from "./pack";
import { openDraft } from "./report";
import { free_mb, lookAtRoom } from "./room";
import { sendAll, sending } from "./sender";
import { canInstall, install } from "./install";
import { t, tOf, type Word } from "./words";

const GLYPHS = { draft: "edit", waiting: "stale", sending: "upload", sent: "check", "needs-you": "warn" } as const;

export function Waiting({ edit }: { edit: () => void }) {
  useEffect(() => void lookAtRoom(), []);
  const shown = [...items.value].reverse().sort((a, b) => Number(b.state === "needs-you") - Number(a.state === "needs-you"));
  const left = shown.some((i) => i.state === "waiting" || i.state === "sending");
  return (
    <div class="screen waiting">
      <div class="row">
        <button class="primary half" disabled={!left || sending.value} onClick={() => void sendAll(true)}>{t(sending.value ? "wait.sending" : "wait.now")}</button>
        {free_mb.value !== null && <span class="muted">{t("net.room", { n: free_mb.value })}</span>}
      </div>
      {canInstall.value && <button onClick={() => void install()}><Glyph name="download" /> {t("install.ask")}</button>}
      {!left && <p class="empty">{t("wait.none")}</p>}
      <ul class="list">{shown.map((item) => <Row key={item.id} item={item} edit={edit} />)}</ul>
    </div>
  );
}

function titleOf(item: Item): string {
  const code = item.case?.category ?? item.category;
  const name = code ? matterName(code) : t("report.category");
  return item.action ? `${tOf("deed", item.action)} \u00B7 ${name}` : name;
}

function Row({ item, edit }: { item: Item; edit: () => void }) {
  const [size, setSize] = useState("");
  const [sure, setSure] = useState(false);
  useEffect(() => {
    void photosOf(item).then((all) => setSize(all.length ? t("wait.photos", { n: all.length, kb: Math.ceil(all.reduce((sum, p) => sum + p.bytes.byteLength, 0) / 1000) }) : ""));
  }, [item.photos.length, lang.value]);
  const mend = async () => {
    await openDraft(item);
    edit();
  };
  const rest = item.state === "needs-you" || item.state === "draft";
  return (
    <li class="item" data-state={item.state}>
      <p><Glyph name={GLYPHS[item.state]} /> <b>{t(`state.${item.state}` as Word)}</b> {moment(item.at, minute.value)} {titleOf(item)}</p>
      <p class="muted">{size} {item.outcome && t("wait.number", { number: item.outcome.number })}</p>
      {item.by && person.value && item.by !== person.value && item.state !== "sent" && <p class="note">{t("wait.other", { who: item.by })}</p>}
      {item.state === "needs-you" && <p class="note" role="alert">{reasonOf(item)}</p>}
      {item.state === "waiting" && item.problem && item.problem.status > 0 && <p class="muted">{sentence(item.problem)}</p>}
      {item.outcome && item.outcome.differences.length > 0 && <p class="note">{differs(item)}</p>}
      {rest && (
        <div class="row">
          {item.kind === "report" && <button onClick={() => void mend()}>{t("wait.edit")}</button>}
          {item.state === "needs-you" && item.problem && <button onClick={() => void save({ ...item, state: "waiting", next_ms: 0 }).then(() => sendAll(true))}>{t("wait.again")}</button>}
          <button class="plain" onClick={() => (sure ? void discard(item) : setSure(true))}>{t(sure ? "wait.sure" : "wait.drop")}</button>
        </div>
      )}
    </li>
  );
}

function reasonOf(item: Item): string {
  if (item.problem) return sentence(item.problem);
  return t(item.spot ? "report.no_category" : "report.no_place");
}

function sentence(told: Told): string {
  const zh = lang.value === "zh";
  return [zh ? told.zh : told.en, ...told.errors.map((e) => (zh ? e.mend_zh : e.mend_en))].filter(Boolean).join(zh ? "\uFF0C" : "; ");
}

function differs({ outcome }: Item): string {
  if (!outcome) return "";
  const what = outcome.differences.map((d) => t("wait.was", { what: t(`what.${d.what}`), was: named(d.what, d.was), now: named(d.what, d.now) }));
  return t("wait.differs", { what: what.join(lang.value === "zh" ? "\uFF1B" : "; "), why: outcome.reasons.map((r) => t(`because.${r}`)).join(lang.value === "zh" ? "\uFF1B" : "; ") });
}

const named = (what: string, value: string): string => (value ? (what === "desk" ? tOf("desk", value) : value) : t("wait.nothing"));
