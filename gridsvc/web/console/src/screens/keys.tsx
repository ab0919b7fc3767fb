// Actors: what each may do and where, and the keys that open it. A key's secret is shown once.
import { useState } from "preact/hooks";
import { tell } from "../app/announce";
import { go, place } from "../app/route";
import type { Screen } from "../app/screens";
import { addActor, endActor, endGrant, endKey, grantTo, makeKey, readActors, rotateKey, type Actor, type Grant } from "../data/actors";
import { areaName } from "../data/areas";
import { layers, layerName, unitName, units } from "../data/catalogue";
import { now } from "../data/clock";
import { me } from "../data/me";
import { asProblem } from "../data/problem";
import { titleOf } from "../data/titles";
import { Empty } from "../parts/empty";
import { Dialog } from "../parts/dialog";
import { useRead } from "../parts/queue";
import { moment } from "../words/format";
import { t } from "../words";

const ROLES = ["viewer", "collector", "receptionist", "shift_leader", "dispatcher", "unit_handler", "chief", "planner", "rule_editor", "administrator", "system"];
type Ask = { title: string; told: string; word?: string; run: () => Promise<unknown> };

function where(grant: Grant): string {
  if (grant.district === null) return t("actors.everywhere");
  const parts = [grant.layer && grant.area ? areaName(grant.layer, grant.area) : "", grant.unit ? unitName(grant.unit) : ""].filter(Boolean);
  return parts.length ? parts.join(" \u00D7 ") : t("actors.whole");
}

function Full() {
  const { found, fault, again } = useRead(readActors);
  const [words, setWords] = useState("");
  const [asked, setAsked] = useState<Ask | null>(null);
  const [secret, setSecret] = useState<{ secret: string; told: string } | null>(null);
  const one = found?.find((actor) => actor.name === place.value.args[0]);
  const met = (found ?? []).filter((actor) => `${actor.name} ${actor.title}`.toLowerCase().includes(words.trim().toLowerCase()));
  return (
    <div class="stack keys-screen">
      <h1>{t("actors.title")}</h1>
      {fault && <div class="note" role="alert"><p>{fault}</p><button onClick={again}>{t("part.retry")}</button></div>}
      <div class="keys-columns">
        <section class="card stack" aria-label={t("actors.name")}>
          <input type="search" value={words} aria-label={t("actors.find")} placeholder={t("actors.find")} onInput={(e) => setWords(e.currentTarget.value)} />
          {found && met.length === 0 && <Empty words={t(words ? "actors.not_found" : "actors.none")} {...(words ? { to: t("filter.clear"), run: () => setWords("") } : {})} />}
          {met.length > 0 && (
            <table>
              <thead><tr><th>{t("actors.name")}</th><th>{t("actors.called")}</th><th class="n">{t("actors.grants")}</th><th class="n">{t("actors.keys")}</th></tr></thead>
              <tbody>
                {met.map((actor) => (
                  <tr key={actor.name} aria-selected={actor.name === one?.name}>
                    <td><button class="plain" aria-current={actor.name === one?.name ? "true" : undefined} onClick={() => go("keys", [actor.name])}>{actor.name}</button></td>
                    <td>{actor.title}{actor.ended_at && <span class="muted"> {t("actors.ended")}</span>}</td><td class="n">{actor.grants.length}</td><td class="n">{actor.keys.length}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <Add done={(name) => { again(); go("keys", [name]); }} />
        </section>
        {one ? <One key={one.name} actor={one} again={again} ask={setAsked} show={setSecret} /> : found && met.length > 0 && <Empty words={t("actors.choose")} to={t("actors.first", { name: met[0]?.name ?? "" })} run={() => go("keys", [met[0]?.name ?? ""])} />}
      </div>
      {asked && <Sure asked={asked} close={() => setAsked(null)} done={() => { setAsked(null); again(); }} />}
      {secret && <Secret {...secret} close={() => setSecret(null)} />}
    </div>
  );
}

function Add({ done }: { done: (name: string) => void }) {
  const [fault, setFault] = useState("");
  const add = async (form: HTMLFormElement) => {
    const said = new FormData(form);
    const of = (name: string) => String(said.get(name) ?? "").trim();
    try {
      await addActor(of("name"), of("title"), of("kind"), String(said.get("password") ?? ""));
      form.reset();
      setFault("");
      done(of("name"));
    } catch (e) {
      setFault(asProblem(e).sentence());
    }
  };
  return (
    <details>
      <summary>{t("actors.add")}</summary>
      <form class="stack" onSubmit={(e) => { e.preventDefault(); void add(e.currentTarget); }}>
        <label class="stack">{t("actors.name")}<input name="name" type="text" required maxLength={64} autocomplete="off" /></label>
        <label class="stack">{t("actors.called")}<input name="title" type="text" maxLength={200} autocomplete="off" /></label>
        <label class="stack">{t("actors.kind")}<select name="kind"><option value="person">{t("actors.person")}</option><option value="program">{t("actors.program")}</option></select></label>
        <label class="stack">{t("actors.password")}<input name="password" type="password" autocomplete="new-password" /></label>
        {fault && <p class="fault" role="alert">{fault}</p>}
        <div><button type="submit" class="primary">{t("actors.add_submit")}</button></div>
      </form>
    </details>
  );
}

function One({ actor, again, ask, show }: { actor: Actor; again: () => void; ask: (asked: Ask) => void; show: (made: { secret: string; told: string }) => void }) {
  const [fault, setFault] = useState("");
  const doing = async (run: () => Promise<unknown>) => {
    try {
      await run();
      setFault("");
      again();
    } catch (e) {
      setFault(asProblem(e).sentence());
    }
  };
  const grant = (form: HTMLFormElement) => {
    const said = new FormData(form);
    const of = (name: string) => String(said.get(name) ?? "").trim() || null;
    const until = of("until");
    const given = { role: of("role") ?? "viewer", layer: of("area") ? of("layer") : null, area: of("area"), unit: of("unit"), valid_to: until ? new Date(until).toISOString() : null };
    void doing(() => grantTo(actor.name, given).then(() => form.reset()));
  };
  const make = (form: HTMLFormElement) => {
    const said = new FormData(form);
    const until = String(said.get("until") ?? "");
    void doing(() => makeKey(actor.name, String(said.get("name")), until ? new Date(until).toISOString() : null).then((made) => { form.reset(); show({ secret: made.key, told: "" }); }));
  };
  return (
    <div class="stack">
      <section class="card stack" aria-label={t("actors.grants")}>
        <div class="row between">
          <h2>{actor.name} <span class="muted">{actor.title} {t(actor.kind === "person" ? "actors.person" : "actors.program")}</span></h2>
          {actor.name !== me.value?.name && !actor.ended_at && (
            <button onClick={() => ask({ title: t("actors.end"), told: t("actors.end_told", { name: actor.name, grants: actor.grants.length, keys: actor.keys.length }), word: actor.name, run: () => endActor(actor.name) })}>{t("actors.end")}</button>
          )}
        </div>
        {fault && <p class="fault" role="alert">{fault}</p>}
        <h3>{t("actors.grants")}</h3>
        {actor.grants.length === 0 && <p class="muted">{t("actors.no_grants")}</p>}
        <table>
          <tbody>
            {actor.grants.map((one) => (
              <tr key={one.id}>
                <td>{titleOf("role", one.role)}</td><td>{where(one)}</td>
                <td class="muted">{one.valid_from && t("actors.valid", { from: moment(one.valid_from, now.value), to: one.valid_to ? t("actors.valid_to", { at: moment(one.valid_to, now.value) }) : "" })}</td>
                <td class="n"><button class="plain" onClick={() => ask({ title: t("actors.end_grant"), told: t("actors.end_grant_told", { name: actor.name, role: titleOf("role", one.role) }), run: () => endGrant(actor.name, one.id) })}>{t("actors.end_grant")}</button></td>
              </tr>
            ))}
          </tbody>
        </table>
        <form class="grid-form" onSubmit={(e) => { e.preventDefault(); grant(e.currentTarget); }}>
          <label>{t("actors.role")}<select name="role">{ROLES.map((code) => <option key={code} value={code}>{titleOf("role", code)}</option>)}</select></label>
          <label>{t("actors.layer")}<select name="layer">{layers.value.filter((l) => l.geometry === "polygon").map((l) => <option key={l.layer} value={l.layer}>{layerName(l.layer)}</option>)}</select></label>
          <label>{t("actors.area")}<input name="area" type="text" placeholder={t("actors.any")} autocomplete="off" /></label>
          <label>{t("actors.unit")}<select name="unit"><option value="">{t("actors.any")}</option>{units.value.map((u) => <option key={u.code} value={u.code}>{unitName(u.code)}</option>)}</select></label>
          <label>{t("actors.until")}<input name="until" type="date" /></label>
          <button type="submit">{t("actors.grant")}</button>
        </form>
      </section>
      <section class="card stack" aria-label={t("actors.keys")}>
        <h3>{t("actors.keys")}</h3>
        {actor.keys.length === 0 && <p class="muted">{t("actors.no_keys")}</p>}
        <table>
          <tbody>
            {actor.keys.map((key) => (
              <tr key={key.id}>
                <td>{key.name} {key.permissions && <span class="chip">{t("actors.limited")}</span>}</td><td class="code">{key.begins}{"\u2026"}</td>
                <td class="muted">{t("actors.made", { at: moment(key.created_at, now.value) })} {key.used_at ? t("actors.used", { at: moment(key.used_at, now.value) }) : t("actors.unused")} {key.expires_at && t("actors.expires", { at: moment(key.expires_at, now.value) })}</td>
                <td class="n">
                  <button class="plain" onClick={() => void doing(() => rotateKey(actor.name, key.id).then((made) => show({ secret: made.key, told: t("actors.rotated") })))}>{t("actors.rotate")}</button>
                  <button class="plain" onClick={() => ask({ title: t("actors.revoke"), told: t("actors.revoke_told", { name: key.name }), run: () => endKey(actor.name, key.id) })}>{t("actors.revoke")}</button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <form class="grid-form" onSubmit={(e) => { e.preventDefault(); make(e.currentTarget); }}>
          <label>{t("actors.key_name")}<input name="name" type="text" required maxLength={200} autocomplete="off" /></label>
          <label>{t("actors.until")}<input name="until" type="date" /></label>
          <button type="submit">{t("actors.make")}</button>
        </form>
      </section>
    </div>
  );
}

/** What cannot be undone says what it does to how many; the way back is what is chosen unless somebody says otherwise. */
function Sure({ asked, close, done }: { asked: Ask; close: () => void; done: () => void }) {
  const [typed, setTyped] = useState("");
  const [fault, setFault] = useState("");
  const run = async () => {
    try {
      await asked.run();
      done();
    } catch (e) {
      setFault(asProblem(e).sentence());
    }
  };
  return (
    <Dialog title={asked.title} close={close}>
      <form class="stack" onSubmit={(e) => { e.preventDefault(); void run(); }}>
        <p>{asked.told}</p>
        {asked.word && <input type="text" aria-label={asked.title} value={typed} autocomplete="off" onInput={(e) => setTyped(e.currentTarget.value)} />}
        {fault && <p class="fault" role="alert">{fault}</p>}
        <div class="row"><button type="button" autoFocus={!asked.word} onClick={close}>{t("part.cancel")}</button><button type="submit" disabled={asked.word !== undefined && typed !== asked.word}>{asked.title}</button></div>
      </form>
    </Dialog>
  );
}

function Secret({ secret, told, close }: { secret: string; told: string; close: () => void }) {
  const copy = () => void navigator.clipboard?.writeText(secret).then(() => tell(t("actors.copied")));
  return (
    <Dialog title={t("actors.secret")} close={close}>
      <div class="stack">
        <p>{t("actors.secret_told")} {told}</p>
        <code class="secret">{secret}</code>
        {navigator.clipboard && <div><button class="primary" onClick={copy}>{t("actors.copy")}</button></div>}
      </div>
    </Dialog>
  );
}

export default { Full } satisfies Screen;
