// Every key that does something now.
import { signal } from "@preact/signals";
import { Dialog } from "../parts/dialog";
import { t, type Word } from "../words";
import { bindings, type Binding } from "./keys";

/** A key that several bind is that of the last, as when it is pressed. */
const once = (all: readonly Binding[]): readonly Binding[] => [...new Map(all.map((b) => [b.key, b])).values()];

export const helpShown = signal(false);

export function Help() {
  return (
    <Dialog title={t("keys.title")} close={() => (helpShown.value = false)}>
      <dl class="keys">
        {once(bindings.value).map((b) => (
          <div key={b.key}>
            <dt><kbd>{b.key}</kbd></dt>
            <dd>{t(b.word as Word)}</dd>
          </div>
        ))}
      </dl>
      <p><strong>{t("map.label")}</strong> {t("map.canvas_keys")}</p>
    </Dialog>
  );
}
