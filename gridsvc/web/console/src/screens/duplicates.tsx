// Cases that may be of one thing, two at a time, what differs first.
import { useEffect, useState } from "preact/hooks";
import { tell } from "../app/announce";
import { useKeys } from "../app/keys";
import { go, setQuery } from "../app/route";
import type { Screen } from "../app/screens";
import { readForms, readSimilar, type Similar } from "../data/acts";
import { readCase, type Case } from "../data/cases";
import { matterName, unitName } from "../data/catalogue";
import { markOf, minute } from "../data/lights";
import { readPairs, type Pair } from "../data/pairs";
import { said, titleOf } from "../data/titles";
import { fit } from "../map/stage";
import { useCase } from "../parts/case-panel";
import { Empty } from "../parts/empty";
import { placeOf } from "../parts/case-row";
import { ActionForm } from "../parts/form";
import { MarkOf } from "../parts/mark";
import { useRead, useWalk } from "../parts/queue";
import { VirtualList } from "../parts/virtual";
import { duration, metres, moment, percent } from "../words/format";
import { t } from "../words";

function List() {
  const [read, setRead] = useState<readonly [number, number]>([0, 0]);
  const { found, fault } = useRead(() => readPairs((done, of) => setRead([done, of])));
  const rows = found ?? [];
  const { at, open } = useWalk("duplicates", rows.map(({ one }) => one.number));
  const byId = new Map(rows.map((pair) => [pair.one.id, pair]));
  const numberOf = (id: string) => byId.get(id)?.one.number ?? "";
  return (
    <>
      <h2 class="screen-title">{t("nav.duplicates")}</h2>
      {fault && <p class="note" role="alert">{fault}</p>}
      {!found && !fault && <p class="empty" role="status">{read[1] ? t("dup.comparing", { n: read[0], of: read[1] }) : t("part.loading")}</p>}
      {found && rows.length === 0 && <Empty words={t("dup.empty")} />}
      {rows.length > 0 && (
        <VirtualList
          label={t("nav.duplicates")} ids={rows.map(({ one }) => one.id)} total={rows.length} row_px={56} active={rows.find(({ one }) => one.number === at)?.one.id ?? null}
          activate={(id) => open(numberOf(id), "replace")} open={(id) => open(numberOf(id))} render={(id) => <PairRow pair={byId.get(id)} />}
        />
      )}
    </>
  );
}

function PairRow({ pair }: { pair: Pair | undefined }) {
  if (!pair) return null;
  const { one, like, more } = pair;
  const apart_s = Math.abs(Date.parse(one.reported_at) - Date.parse(like.reported_at)) / 1000;
  return (
    <div class="case-row" data-number={one.number}>
      <MarkOf mark={markOf(one, minute.value)} size={18} />
      <p><span class="what">{matterName(one.category)}</span><span class="when">{percent(like.score, 0)}{more > 0 && ` +${more}`}</span></p>
      <p class="muted"><span class="what">{one.number} {"\u21C4"} {like.number}</span><span class="whose">{metres(like.distance_m)} {"\u00B7"} {duration(apart_s)}</span></p>
    </div>
  );
}

function Panel() {
  const { at } = useWalk("duplicates-panel", []);
  const { one, fault } = useCase(at);
  if (!at) return <p class="empty">{t("dup.choose")}</p>;
  if (fault) return <p class="empty" role="alert">{fault}</p>;
  return one && <Pairs key={one.id} one={one} />;
}

function Pairs({ one }: { one: Case }) {
  const { found } = useRead(() => readSimilar(one.id), [one.id]);
  const { found: forms } = useRead(() => readForms(one.id), [one.id, one.version]);
  const [n, setN] = useState(0);
  const [linking, setLinking] = useState(false);
  const like = found?.[n];
  const form = forms?.find((f) => f.action === "link");
  useEffect(() => {
    setQuery({ sel: `case:${one.id}` }, "replace");
    if (like) fit([[Math.min(one.point.lon, like.point.lon), Math.min(one.point.lat, like.point.lat)], [Math.max(one.point.lon, like.point.lon), Math.max(one.point.lat, like.point.lat)]]);
  }, [like?.id]);
  useKeys([
    ...[1, 2, 3, 4, 5].map((k) => ({ key: String(k), word: "action.candidate", idle: () => !found?.[k - 1], run: () => found?.[k - 1] && setN(k - 1) })),
    { key: "Escape", word: "keys.close", run: () => go("case", [one.number]) },
  ], [found]);
  return (
    <article class="case" data-number={one.number} aria-label={`${t("nav.duplicates")} ${one.number}`}>
      <header class="case-head"><h2>{t("nav.duplicates")} · {matterName(one.category)}</h2><p><code>{one.number}</code></p></header>
      {found?.length === 0 && <p class="empty">{t("dup.none")}</p>}
      {found && found.length > 1 && <div class="part row">{found.map((s, i) => <button key={s.id} aria-pressed={i === n} onClick={() => setN(i)}><kbd>{i + 1}</kbd> {s.number}</button>)}</div>}
      {like && <Compared one={one} like={like} />}
      {like && (
        <section class="part">
          {linking && form ? (
            <ActionForm key={like.id} one={one} form={form} start={{ case: like.number, as: form.fields.find((f) => f.name === "as")?.choices?.[0]?.value }} close={() => setLinking(false)} done={() => { tell(t("dup.linked", { number: like.number })); go("case", [one.number]); }} />
          ) : <button class="primary" disabled={!form} onClick={() => setLinking(true)}>{t("dup.link", { number: like.number })}</button>}
        </section>
      )}
    </article>
  );
}

function Compared({ one, like }: { one: Case; like: Similar }) {
  const { found: other } = useRead(async () => (await readCase(like.id)).peek(), [like.id]);
  const minutes_s = Math.abs(Date.parse(one.reported_at) - Date.parse(like.reported_at)) / 1000;
  if (!other) return null;
  const rows = ([
    ["dup.matter", matterName(one.category), matterName(other.category)],
    ["fact.where", placeOf(one), placeOf(other)],
    ["dup.text", one.description ?? "", other.description ?? ""],
    ["fact.component", one.decision.component?.code ?? "", other.decision.component?.code ?? ""],
    ["fact.source", titleOf("source", one.source), titleOf("source", other.source)],
    ["filter.status", titleOf("status", one.status), titleOf("status", other.status)],
    ["who.unit", unitName(one.decision.accountable?.unit), unitName(other.decision.accountable?.unit)],
    ["dup.reported", moment(one.reported_at, minute.value), moment(other.reported_at, minute.value)],
  ] as const).map(([word, a, b]) => ({ word, a, b, same: a === b })).sort((x, y) => Number(x.same) - Number(y.same));
  return (
    <section class="part" aria-label={t("dup.compared")}>
      <p><strong>{t("dup.apart", { distance: metres(like.distance_m), time: duration(minutes_s) })}</strong> · {percent(like.score, 0)} · {said(like)}</p>
      <table class="pairs">
        <thead><tr><td /><th>{one.number}</th><th>{other.number}</th></tr></thead>
        <tbody>{rows.filter((r) => r.a || r.b).map((r) => <tr key={r.word} data-same={r.same}><th scope="row">{t(r.word)}</th><td>{r.a}</td><td>{r.b}</td></tr>)}</tbody>
      </table>
    </section>
  );
}

export default { List, Panel } satisfies Screen;
