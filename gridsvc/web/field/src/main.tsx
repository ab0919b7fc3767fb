// The field page: report, tasks, what waits. It shows what is kept first, and asks the service afterwards.
import "./field.css";
import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { startClock } from "../../shared/clock";
import { Glyph } from "../../shared/glyph";
import { kept, lang, setLang } from "../../shared/lang";
import { day } from "../../shared/words/format";
import { online, signedOut } from "./api";
import { loadRecent } from "./category";
import { startWorker, watchInstall, registerSync } from "./install";
import { forgetOld, listenToOthers, loadItems, needy, waiting } from "./outbox";
import { expired, keepRenewing, loadPack, router } from "./pack";
import { Report } from "./report";
import { isShort, lookAtRoom } from "./room";
import { keepSending } from "./sender";
import { loadTasks, renewTasks } from "./tasks";
import { Tasks } from "./tasks-view";
import { Waiting } from "./waiting";
import { t } from "./words";

type Tab = "report" | "tasks" | "waiting";
const TABS: readonly Tab[] = ["report", "tasks", "waiting"];
const tab = signal<Tab>("report");
const GLYPH = { report: "photo", tasks: "case", waiting: "upload" } as const;

const fromAddress = () => (tab.value = TABS.find((name) => `#${name}` === location.hash) ?? "report");
const go = (to: Tab) => {
  history.replaceState(null, "", `#${to}`);
  tab.value = to;
};

function Page() {
  return (
    <>
      <header>
        <h1>{t("app.title")}</h1>
        <span class="pack muted">{router.value && !expired.value && t("pack.is", { edition: router.value.head.edition, at: day(new Date(router.value.head.as_of), false) })}</span>
        <button class="plain" lang={lang.value === "zh" ? "en" : "zh-CN"} onClick={() => setLang(lang.value === "zh" ? "en" : "zh")}>{t("look.lang")}</button>
      </header>
      <Strip />
      <main>{tab.value === "report" ? <Report /> : tab.value === "tasks" ? <Tasks /> : <Waiting edit={() => go("report")} />}</main>
      <nav aria-label={t("nav.label")}>
        {TABS.map((name) => (
          <a key={name} href={`#${name}`} aria-current={tab.value === name ? "page" : undefined} onClick={(e) => { e.preventDefault(); go(name); }}>
            <Glyph name={GLYPH[name]} size={20} />
            <span>{name === "waiting" ? t("tab.waiting_n", { n: waiting.value }) : t(`tab.${name}`)}</span>
            {name === "waiting" && needy.value > 0 && <small>{t("tab.needy", { n: needy.value })}</small>}
          </a>
        ))}
      </nav>
    </>
  );
}

/** What keeps things from being sent, and what may soon keep them from being saved. */
function Strip() {
  const n = waiting.value;
  if (!isSecureContext) return <p class="strip" role="status">{t("net.plain")}</p>;
  if (signedOut.value) return <p class="strip" role="status">{t("net.out", { n })} <a href={`/login?next=${encodeURIComponent("/field")}`}>{t("net.sign_in")}</a></p>;
  if (isShort.value) return <p class="strip" role="status">{t("net.storage")}</p>;
  if (n > 50) return <p class="strip" role="status">{t("net.many")}</p>;
  return online.value && navigator.onLine ? null : <p class="strip" role="status">{t("net.off", { n })}</p>;
}

async function boot(): Promise<void> {
  const page = document.documentElement;
  const asked = new URLSearchParams(location.search);
  lang.value = (asked.get("lang") ?? kept("lang") ?? page.dataset.lang) === "en" ? "en" : "zh";
  // Light by default: in the sun nothing else can be read. Who chose dark in the console works in the dark.
  page.dataset.theme = asked.get("theme") === "dark" ? "dark" : "light";
  effect(() => {
    page.lang = lang.value === "zh" ? "zh-CN" : "en";
    document.title = t("app.title");
  });
  effect(() => {
    page.dataset.waiting = String(waiting.value);
    if (waiting.value > 0) void registerSync();
  });
  fromAddress();
  addEventListener("hashchange", fromAddress);
  addEventListener("offline", () => (online.value = false));
  startClock();
  watchInstall();
  listenToOthers();
  await Promise.all([loadItems(), loadPack(), loadTasks(), loadRecent()]);
  const root = document.getElementById("app");
  if (!root) return;
  root.replaceChildren();
  render(<Page />, root);
  page.dataset.ready = "field";
  await forgetOld(Date.now());
  keepRenewing();
  keepSending();
  void lookAtRoom();
  void renewTasks().catch(() => undefined);
  void startWorker().catch(() => undefined);
}

void boot();
