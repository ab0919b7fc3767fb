// Print or save the map as a picture.
import { useState } from "preact/hooks";
import { tell } from "../app/announce";
import { screen } from "../app/route";
import { asProblem } from "../data/problem";
import { Glyph } from "../parts/glyph";
import { t, tOf } from "../words";
import { map } from "./camera";
import { picture } from "./picture";

function save(of: HTMLCanvasElement, name: string): void {
  of.toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}

function printed(of: HTMLCanvasElement, name: string): void {
  const page = document.createElement("div");
  page.className = "print-page";
  const image = new Image();
  image.alt = name;
  image.onload = () => {
    addEventListener("afterprint", () => page.remove(), { once: true });
    print();
  };
  image.src = of.toDataURL("image/png");
  page.append(image);
  document.body.append(page);
}

export function Printing({ close }: { close: () => void }) {
  const [title, setTitle] = useState(`${t("app.title")} \u00b7 ${tOf("nav", screen.peek())}`);
  const [busy, setBusy] = useState(false);
  const make = async (then: (of: HTMLCanvasElement, name: string) => void) => {
    const shown = map.peek();
    if (!shown || busy) return;
    setBusy(true);
    try {
      then(await picture(shown, title), title);
    } catch (e) {
      tell(asProblem(e).sentence());
    }
    setBusy(false);
  };
  return (
    <section class="card map-panel stack" aria-label={t("map.print")} onKeyDown={(e) => e.key === "Escape" && close()}>
      <div class="row between">
        <h2>{t("map.print")}</h2>
        <button class="plain" aria-label={t("part.close")} onClick={close}><Glyph name="close" /></button>
      </div>
      <label class="field"><span>{t("print.title")}</span><input type="text" value={title} onInput={(e) => setTitle(e.currentTarget.value)} /></label>
      <p class="muted">{t(busy ? "print.drawing" : "print.how")}</p>
      <div class="row">
        <button class="primary" disabled={busy} onClick={() => void make(printed)}>{t("print.print")}</button>
        <button disabled={busy} onClick={() => void make(save)}>PNG</button>
      </div>
    </section>
  );
}
