// Several things under one click: a short list to choose from.
import { useEffect, useRef } from "preact/hooks";
import { place, query } from "../app/route";
import { Glyph } from "../parts/glyph";
import { t } from "../words";
import { open, several } from "./picked";

export function Several() {
  const shown = several.value;
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    // From the mouse the list takes the focus; from the crosshair the map keeps it.
    if (shown && !document.activeElement?.matches(".maplibregl-canvas:focus-visible")) list.current?.querySelector("button")?.focus();
  }, [shown]);
  // Whatever was opened, here or in the list, is the choice: the card has done its work.
  const { sel = "", pt = "" } = query.value;
  const opened = `${sel} ${pt} ${place.value.args.join("/")}`;
  const before = useRef(opened);
  useEffect(() => {
    if (before.current !== opened) several.value = null;
    before.current = opened;
  }, [opened]);
  if (!shown) return null;
  const close = () => (several.value = null);
  return (
    <section class="card dock-card" aria-label={t("map.several")} onKeyDown={(e) => e.key === "Escape" && close()}>
      <div class="row between">
        <h2>{t("map.several")}</h2>
        <button class="plain" aria-label={t("part.close")} onClick={close}><Glyph name="close" /></button>
      </div>
      <ul ref={list} class="hits">
        {shown.hits.map((hit, i) => (
          <li key={hit.kind + hit.id}>
            <button class="plain" aria-current={i === shown.at ? "true" : undefined} onClick={() => open(hit)}>
              <Glyph name={hit.kind === "case" ? "case" : hit.kind === "component" ? "locate" : "dot"} />
              <span>{hit.kind === "ground" ? t("map.ground_here") : hit.title}</span>
              <small class="muted code">{hit.id}</small>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
