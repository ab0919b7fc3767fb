// Boot order: looks, words, who I am, address, shell; the stage loads its map by itself.
import "./look/index.css";
import { render } from "preact";
import { startClock } from "./data/clock";
import { startKeys } from "./app/keys";
import { startLooks } from "./app/looks";
import { startRoute } from "./app/route";
import { startViews } from "./app/views";
import { loadMe } from "./data/me";
import { loadCatalogue } from "./data/catalogue";
import { startStream } from "./data/stream";
import { Shell } from "./app/shell";
import { tell } from "./app/announce";
import { asProblem } from "./data/problem";

async function boot(): Promise<void> {
  startLooks();
  startRoute();
  startClock();
  startKeys();
  startViews();
  const root = document.getElementById("app");
  if (!root) return;
  // What the page said while this program was loaded.
  root.replaceChildren();
  render(<Shell />, root);
  try {
    await Promise.all([loadMe(), loadCatalogue()]);
    startStream();
  } catch (e) {
    tell(asProblem(e).sentence());
  }
  document.documentElement.dataset.ready = "shell";
}

void boot();
