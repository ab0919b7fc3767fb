// Where there is no WebGL 2 (or it was lost twice): say so, and show the ways on that need none.
import { go } from "../app/route";
import { t } from "../words";

const PAGES = [["/maps/heat", "map.page_heat"], ["/maps/choropleth", "map.page_areas"], ["/maps/clusters", "map.page_clusters"]] as const;

export function NoMap() {
  return (
    <div class="no-map stack" role="status">
      <h2>{t("map.none_title")}</h2>
      <p>{t("map.none")}</p>
      <ul class="row">
        <li><button onClick={() => go("live")}>{t("nav.live")}</button></li>
        {PAGES.map(([href, word]) => <li key={href}><a class="button" href={href}>{t(word)}</a></li>)}
      </ul>
    </div>
  );
}
