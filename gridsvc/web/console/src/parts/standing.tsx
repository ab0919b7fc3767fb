// Errors that stand against a draft, each with a place for the reason why it may.
import type { Finding } from "../data/editions";
import { lang } from "../app/looks";
import { t, tOf } from "../words";

export function Standing({ all, reasons, change }: { all: readonly Finding[]; reasons: Record<string, string>; change: (to: Record<string, string>) => void }) {
  if (all.length === 0) return null;
  return (
    <section class="stack">
      <h3>{t("ed.standing", { n: all.length })}</h3>
      <ul class="cards">
        {all.map((f) => (
          <li key={f.name} class="card stack">
            <p><strong>{tOf("ed.find", f.id)}</strong> {lang.value === "zh" ? f.zh : f.en}</p>
            <label>{t("ed.waive_why")}<input value={f.name ? (reasons[f.name] ?? "") : ""} maxLength={500} onInput={(e) => f.name && change({ ...reasons, [f.name]: e.currentTarget.value })} /></label>
          </li>
        ))}
      </ul>
    </section>
  );
}
