// Who holds which post; numbers are masked and shown in full to who says why; a post is handed over here.
import { useState } from "preact/hooks";
import { tell } from "../app/announce";
import { go, query, setQuery } from "../app/route";
import type { Screen } from "../app/screens";
import { areaName } from "../data/areas";
import { unitName } from "../data/catalogue";
import { saysSomething } from "../data/acts";
import { follow, readPosts, roleTitle, unmaskPost, type Post } from "../data/duty";
import { may } from "../data/me";
import { asProblem } from "../data/problem";
import { Dialog } from "../parts/dialog";
import { useRead } from "../parts/queue";
import { t } from "../words";

const MOST = 200;
const placeOf = (post: Post): string => (post.layer && post.area ? areaName(post.layer, post.area) : unitName(post.unit));

function Full() {
  const { found, fault, again } = useRead(readPosts);
  const words = query.value["q"] ?? "";
  const role = query.value["role"] ?? "";
  const [handing, setHanding] = useState<Post | null>(null);
  const roles = [...new Map((found ?? []).map((post) => [post.role, post])).values()];
  const wanted = words.trim().toLowerCase();
  const met = (found ?? []).filter((post) => (!role || post.role === role) &&
    [post.name, post.post, post.person, roleTitle(post), post.area ?? "", post.unit ?? "", placeOf(post)].some((text) => text.toLowerCase().includes(wanted)));
  return (
    <div class="stack people">
      <div class="row between"><h1>{t("nav.people")}</h1><p class="muted">{found && t("people.of", { n: met.length })}</p></div>
      <div class="row">
        <input type="search" class="find" value={words} aria-label={t("people.find")} placeholder={t("people.find")} onInput={(e) => setQuery({ q: e.currentTarget.value }, "replace")} />
        <select class="find" value={role} aria-label={t("people.role")} onChange={(e) => setQuery({ role: e.currentTarget.value }, "replace")}>
          <option value="">{t("people.only")}</option>
          {roles.map((post) => <option key={post.role} value={post.role}>{roleTitle(post)}</option>)}
        </select>
      </div>
      {fault && <div class="note" role="alert"><p>{fault}</p><button onClick={again}>{t("part.retry")}</button></div>}
      {found && met.length === 0 && <p class="empty">{t("people.none")}</p>}
      {met.length > 0 && (
        <table>
          <thead><tr>{(["name", "role", "place", "phone", "duty", "now"] as const).map((word) => <th key={word}>{t(`people.${word}`)}</th>)}<th /></tr></thead>
          <tbody>
            {met.slice(0, MOST).map((post) => (
              <tr key={post.post}>
                <td>{post.name}{post.deputy_of && <span class="muted"> {t("people.deputy")}</span>}{post.acting && <span class="muted"> {t("people.acting")}</span>}</td>
                <td>{roleTitle(post)}</td>
                <td>{post.layer && post.area ? <button class="plain" onClick={() => go("live", [], { sel: `area:${post.layer}:${post.area}` })}>{placeOf(post)}</button> : placeOf(post)}</td>
                <td><Phone post={post} /></td>
                <td class="muted">{post.duty || t("people.always")}</td>
                <td><span class="chip" data-duty={post.on_duty}>{t(post.on_duty ? "people.on" : "people.off")}</span></td>
                <td>{may("post:write") && <button class="plain" onClick={() => setHanding(post)}>{t("people.follow")}</button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {met.length > MOST && <p class="muted">{t("people.more", { n: MOST })}</p>}
      {handing && <HandOver post={handing} close={() => setHanding(null)} done={() => { setHanding(null); tell(t("people.followed")); again(); }} />}
    </div>
  );
}

function Phone({ post }: { post: Post }) {
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const [full, setFull] = useState<string | null>(null);
  const [fault, setFault] = useState("");
  const look = async () => {
    if (!saysSomething(reason)) return setFault(t("people.reason"));
    try {
      setFull((await unmaskPost(post.post, reason)).phone ?? "");
      setAsking(false);
    } catch (e) {
      setFault(asProblem(e).sentence());
    }
  };
  if (full !== null) return <span class="unmasked">{full}</span>;
  if (!asking) return <>{post.phone} {post.phone && may("personal:unmask") && <button class="plain" onClick={() => setAsking(true)}>{t("people.show")}</button>}</>;
  return (
    <form class="row" onSubmit={(e) => { e.preventDefault(); void look(); }}>
      <input type="text" class="half" autoFocus value={reason} title={t("people.why")} aria-label={t("people.reason")} placeholder={t("people.reason")} onInput={(e) => { setReason(e.currentTarget.value); setFault(""); }} />
      <button type="submit">{t("people.show")}</button>
      {fault && <p class="fault" role="alert">{fault}</p>}
    </form>
  );
}

function HandOver({ post, close, done }: { post: Post; close: () => void; done: () => void }) {
  const [to, setTo] = useState("");
  const [reason, setReason] = useState("");
  const [fault, setFault] = useState("");
  const send = async () => {
    if (!saysSomething(reason)) return setFault(t("people.reason"));
    try {
      await follow(post.post, to.trim(), reason);
      done();
    } catch (e) {
      setFault(asProblem(e).sentence());
    }
  };
  return (
    <Dialog title={`${t("people.follow")} ${roleTitle(post)} ${placeOf(post)}`} close={close}>
      <form class="stack" onSubmit={(e) => { e.preventDefault(); void send(); }}>
        <p>{t("people.follow_told", { post: post.post, name: post.name })}</p>
        <label class="stack">{t("people.to")}<input type="text" required value={to} onInput={(e) => setTo(e.currentTarget.value)} /></label>
        <label class="stack">{t("people.reason")}<textarea value={reason} onInput={(e) => { setReason(e.currentTarget.value); setFault(""); }} /></label>
        {fault && <p class="fault" role="alert">{fault}</p>}
        <div class="row"><button type="button" onClick={close}>{t("part.cancel")}</button><button type="submit" class="primary">{t("people.follow")}</button></div>
      </form>
    </Dialog>
  );
}

export default { Full } satisfies Screen;
