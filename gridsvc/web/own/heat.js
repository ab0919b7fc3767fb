// The heat page: one measure at a time on the map, its legend and its highest areas beside it.
// Every text from data is set as text, never as markup.
"use strict";
window.gridsvcHeat = (() => {
  const state = { page: null, map: null, heat: null, areas: [], active: null, measure: "rate" };
  // Properties of an area are short, for a page may hold 20 000 of them:
  // c code, n name, k count, v rate, a class of the rate, b class of the count.
  const CLASS_OF = { rate: "a", count: "b" };
  const LAND = "#f7f8fa";
  const FILL = 0.86;
  const VALUE_OF = { rate: "v", count: "k" };

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    node.append(...children.filter((child) => child !== null));
    return node;
  }

  const number = (value) => value.toLocaleString(state.page.locale, { maximumSignificantDigits: 3 });
  const whole = (value) => value.toLocaleString(state.page.locale);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

  function areaStyle(feature) {
    const at = feature.properties[CLASS_OF[state.measure]];
    const edge = { color: "#3e4c5e", weight: 0.6, opacity: 0.45, fill: true, dashArray: null };
    if (at === -2) return { ...edge, dashArray: "1 4", weight: 1.2, opacity: 0.9, fillOpacity: 0 };
    return at < 0 ? { ...edge, fillOpacity: 0 } : { ...edge, fillColor: state.page.ramp[at], fillOpacity: FILL };
  }

  const LINES = {
    road: { color: "#c3ccd6", weight: 1.2, opacity: 1, fill: false },
    district: { color: "#2b3644", weight: 3, opacity: 0.9, fill: false },
    street: { color: "#2b3644", weight: 2, opacity: 0.85, fill: false },
    grid: { color: "#3e4c5e", weight: 1.2, opacity: 0.75, dashArray: "6 3", fill: false },
  };
  const ground = () => ({ fill: true, fillColor: LAND, fillOpacity: 1, stroke: false });
  const TIER = { expressway: 3.4, arterial: 2.6, secondary: 1.9, branch: 1.2, alley: 0.7 };

  function lineStyle(feature) {
    const base = LINES[feature.properties.s] || LINES.road;
    const tier = TIER[feature.properties.t];
    if (!tier || !state.map) return base;
    return { ...base, weight: Math.max(0.5, tier * 2 ** ((state.map.getZoom() - 14) * 0.6)) };
  }

  function label(feature, latlng) {
    const text = el("span", {}, feature.properties.n);
    const icon = L.divIcon({ className: "place", html: text.outerHTML, iconSize: [0, 0] });
    return L.marker(latlng, { icon, interactive: false, keyboard: false, pane: "labels" });
  }

  function tip(layer) {
    const { c, n, k, v } = layer.feature.properties;
    const { words } = state.page;
    const rows = el("dl", {}, el("dt", {}, words.cases), el("dd", {}, whole(k)),
      el("dt", {}, state.active.rate), el("dd", {}, v === null ? words.unknown : number(v)));
    const few = k > 0 && k < 10 ? el("p", {}, words.few) : null;
    return el("div", {}, el("strong", {}, n || c), n && n !== c ? el("code", {}, c) : null, rows, few);
  }

  function eachArea(feature, layer) {
    layer.bindTooltip(tip, { sticky: true, className: "tip", direction: "top", offset: [0, -6], opacity: 1 });
    layer.on({ mouseover: () => mark(layer), mouseout: () => layer.setStyle(areaStyle(feature)) });
  }

  function mark(layer) {
    layer.setStyle({ color: "#0b4fd6", weight: 3, opacity: 1, dashArray: null });
    layer.bringToFront();
  }

  // What a fill looks like on the ground colour, so that the legend shows what the eye meets on the map.
  function asDrawn(hex) {
    const mix = (at) => Math.round(parseInt(hex.slice(at, at + 2), 16) * FILL + parseInt(LAND.slice(at, at + 2), 16) * (1 - FILL));
    return `rgb(${mix(1)},${mix(3)},${mix(5)})`;
  }

  // The plugin shows low density as nearly nothing; a root brings it out. Order stays, proportion does not: the panel says so.
  function bringOutLowDensity(canvas) {
    const strength = Array.from({ length: 256 }, (_, alpha) => (alpha / 255) ** 0.62);
    canvas._colorize = (pixels, gradient) => {
      for (let at = 3; at < pixels.length; at += 4) {
        if (pixels[at]) {
          const s = strength[pixels[at]];
          const from = 4 * Math.round(255 * s);
          pixels[at - 3] = gradient[from];
          pixels[at - 2] = gradient[from + 1];
          pixels[at - 1] = gradient[from + 2];
          pixels[at] = Math.round(255 * Math.min(1, 1.15 * s));
        }
      }
    };
  }

  // The plugin's own brush is a disc that breaks beyond 128 pixels; a Gaussian is smooth at every size.
  function brushGaussian(canvas) {
    canvas.radius = (reach) => {
      canvas._r = Math.round(reach);
      canvas._circle = el("canvas", { width: 2 * canvas._r, height: 2 * canvas._r });
      const brush = canvas._circle.getContext("2d");
      brush.fillStyle = brush.createRadialGradient(canvas._r, canvas._r, 0, canvas._r, canvas._r, canvas._r);
      for (let at = 0; at <= 1; at += 1 / 16) brush.fillStyle.addColorStop(at, `rgba(0,0,0,${Math.exp(-4 * at * at) * (1 - at ** 4)})`);
      brush.fillRect(0, 0, 2 * canvas._r, 2 * canvas._r);
    };
  }

  // The kernel keeps its size on the ground, so that zooming does not make the city look calmer or busier.
  function sizeKernel() {
    const metresPerPixel = 156543.034 * Math.cos(state.map.getCenter().lat * Math.PI / 180) / 2 ** state.map.getZoom();
    state.heat.setOptions({ radius: Math.min(Math.max(state.page.kernel_m / metresPerPixel, 6), 800) });
  }

  function range(breaks, at) {
    const from = breaks[at];
    const to = breaks[at + 1];
    if (state.measure === "count") {
      const least = Math.max(Math.ceil(from), 1);
      if (to === undefined) return `≥ ${whole(least)}`;
      const most = Math.ceil(to) - 1;
      return most <= least ? whole(least) : `${whole(least)} – ${whole(most)}`;
    }
    if (to === undefined) return from === 0 ? "> 0" : `≥ ${number(from)}`;
    return from === 0 ? `< ${number(to)}` : `${number(from)} – ${number(to)}`;
  }

  function legendRow(swatch, text, n) {
    return el("li", {}, swatch, el("span", {}, text), el("small", {}, fill(state.page.words.areas, { n: whole(n) })));
  }

  function areaLegend(active) {
    const { words, ramp } = state.page;
    const breaks = active.breaks[state.measure];
    const key = CLASS_OF[state.measure];
    const tally = new Map();
    active.layer.eachLayer((l) => tally.set(l.feature.properties[key], (tally.get(l.feature.properties[key]) || 0) + 1));
    const rows = breaks.map((_, at) =>
      legendRow(el("i", { style: `background:${asDrawn(ramp[active.colours[state.measure][at]])}`, "aria-hidden": "true" }),
        range(breaks, at), tally.get(active.colours[state.measure][at]) || 0)).reverse();
    if (tally.get(-1)) rows.push(legendRow(el("i", { class: "none", "aria-hidden": "true" }), words.zero, tally.get(-1)));
    if (tally.get(-2)) rows.push(legendRow(el("i", { class: "unknown", "aria-hidden": "true" }), words.unknown, tally.get(-2)));
    return el("ul", { class: "legend" }, ...rows);
  }

  // Where the classes of the rate are fixed, numbers of cases have none: theirs would follow the data.
  const hasCounts = (active) => active.breaks.count.length > 0;

  function measureSwitch(active) {
    if (!hasCounts(active)) return el("p", {}, active.rate);
    const choice = (value, text) => {
      const input = el("input", { type: "radio", name: "measure", value });
      input.checked = state.measure === value;
      input.addEventListener("change", () => { state.measure = value; repaint(value); });
      return el("label", {}, input, el("span", {}, text));
    };
    return el("fieldset", { class: "switch", "aria-label": state.page.words.measure },
      choice("rate", active.rate), choice("count", state.page.words.cases));
  }

  function topRow(layer, rank, most, active) {
    const { c, n, k, v } = layer.feature.properties;
    const value = state.measure === "rate" ? v : k;
    const colour = state.page.ramp[layer.feature.properties[CLASS_OF[state.measure]]];
    const other = state.measure === "rate" ? fill(state.page.words.n_cases, { n: whole(k) }) : null;
    const button = el("button", { type: "button" }, el("em", {}, String(rank)), n && n !== c ? el("span", {}, n) : el("code", {}, c),
      el("b", {}, state.measure === "rate" ? number(value) : whole(value), other ? el("em", {}, " · " + other) : ""),
      el("s", { style: `width:${Math.round(100 * value / most)}%;background:${colour}`, "aria-hidden": "true" }));
    button.addEventListener("click", () => {
      if (state.active !== active) { state.map.removeLayer(state.heat); state.map.addLayer(active.layer); }
      active.layer.resetStyle();
      state.map.fitBounds(layer.getBounds(), { maxZoom: 16, padding: [60, 60] });
      mark(layer);
      layer.openTooltip(layer.getBounds().getCenter());
    });
    return el("li", {}, button);
  }

  function ranking(active, heading) {
    const key = VALUE_OF[state.measure];
    const layers = active.layer.getLayers().filter((l) => l.feature.properties[key] > 0);
    layers.sort((a, b) => b.feature.properties[key] - a.feature.properties[key]);
    if (!layers.length) return null;
    const most = layers[0].feature.properties[key];
    const rows = layers.slice(0, 8).map((layer, at) => topRow(layer, at + 1, most, active));
    return el("section", {}, el("h3", {}, heading), el("ol", { class: "top" }, ...rows));
  }

  function areaPanel(active) {
    const { words } = state.page;
    return [
      el("section", { "aria-live": "polite" }, el("h2", {}, active.title), measureSwitch(active), areaLegend(active)),
      ranking(active, words.highest),
    ];
  }

  function densityPanel() {
    const { words, ramp, cell_m: cell, kernel_m: kernel } = state.page;
    const ranked = state.areas.find((area) => area.layer.getLayers().length <= 100) || state.areas[0];
    const stops = ramp.map((colour, at) => `${colour} ${Math.round(100 * at / (ramp.length - 1))}%`);
    return [el("section", { "aria-live": "polite" }, el("h2", {}, words.heat_title),
      el("div", { class: "gradient", style: `background:linear-gradient(90deg,${stops})`, "aria-hidden": "true" }),
      el("div", {}, el("span", {}, words.sparse), el("span", {}, words.dense)),
      el("p", { class: "note" }, fill(words.density, { cell, kernel }))),
      ranked ? ranking(ranked, `${words.highest} · ${ranked.title} · ${state.measure === "rate" ? ranked.rate : words.cases}`) : null];
  }

  // The slider: each step brings the numbers of its own, in the classes of all.
  function stepTo(at) {
    const { steps, areas: [scheme] } = state.page;
    const step = steps[at];
    const { breaks, colours } = scheme;
    state.areas[0].layer.eachLayer((l) => {
      const [k, v] = step.cells[l.feature.properties.c] || [0, 0];
      const within = v === null || v <= 0 ? -1 : breaks.rate.filter((low) => low <= v).length - 1;
      Object.assign(l.feature.properties, { k, v, a: v === null ? -2 : within < 0 ? -1 : colours.rate[within] });
    });
    const [all, shown, aside] = document.querySelectorAll(".figures dd");
    [all.textContent, shown.textContent, aside.textContent] = [whole(step.n), whole(step.n - step.aside), whole(step.aside)];
    document.querySelector(".what p").textContent = step.title;
    repaint();
  }

  function slider() {
    const { steps, words } = state.page;
    if (!steps.length) return;
    const input = el("input", { type: "range", min: 0, max: steps.length - 1, step: 1, "aria-label": words.step });
    const output = el("output", {});
    const play = el("button", { type: "button" }, words.play);
    let timer = 0;
    const go = (at) => { input.value = at; output.textContent = steps[at].title; input.setAttribute("aria-valuetext", steps[at].title); stepTo(at); };
    const stop = () => { clearInterval(timer); timer = 0; play.textContent = words.play; };
    input.addEventListener("input", () => { stop(); go(Number(input.value)); });
    play.addEventListener("click", () => {
      if (timer) { stop(); return; }
      if (Number(input.value) === steps.length - 1) go(0);
      play.textContent = words.pause;
      timer = setInterval(() => { go(Number(input.value) + 1); if (Number(input.value) === steps.length - 1) stop(); }, 1200);
    });
    document.body.append(el("footer", { class: "steps" }, play, input, output));
    go(steps.length - 1);
  }

  function repaint(focus) {
    if (state.active) state.active.layer.setStyle(areaStyle);
    const panel = document.getElementById("panel");
    const sections = (state.active ? areaPanel(state.active) : state.heat ? densityPanel() : []).filter((section) => section !== null);
    const notes = el("section", {}, el("h3", {}, state.page.words.notes),
      ...state.page.notes.map((text) => el("p", { class: "note" }, text)));
    panel.replaceChildren(...sections, notes);
    if (focus) panel.querySelector(`input[value="${focus}"]`).focus();
  }

  function show(layer) {
    state.active = state.areas.find((area) => area.layer === layer) || null;
    repaint();
  }

  function setup(page) { state.page = page; }

  function start(map, heat, areaLayers, lineLayers) {
    const { page } = state;
    Object.assign(state, { map, heat, areas: page.areas.map((area, at) => ({ ...area, layer: areaLayers[at] })) });
    const rescale = () => {
      lineLayers.forEach((layer) => layer.eachLayer((l) => { if (l.setStyle) l.setStyle(lineStyle(l.feature)); }));
      document.querySelectorAll(".place").forEach((node) => node.classList.toggle("far", map.getZoom() < page.labels_from));
    };
    map.attributionControl.setPrefix(false).addAttribution(page.attribution);
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    if (heat) { brushGaussian(heat._heat); bringOutLowDensity(heat._heat); sizeKernel(); map.on("zoomend", sizeKernel); }
    map.on("zoomend overlayadd", rescale);
    map.on("baselayerchange", (event) => show(event.layer));
    for (const [part, text] of [["base", page.words.theme], ["overlays", page.words.lines]]) {
      document.querySelector(`.leaflet-control-layers-${part}`).dataset.title = text;
    }
    rescale();
    if (page.cases) clusters(map, page.cases);
    if (!page.areas.some(hasCounts)) state.measure = "rate";
    show(areaLayers.find((layer) => map.hasLayer(layer)));
    slider();
    document.documentElement.dataset.ready = "1";
  }

  // Cases that would lie on one another are one ring with their number, which opens by zooming in.
  const APART_PX = 56;

  function ring(rows, map) {
    const [lat, lon] = [0, 1].map((at) => rows.reduce((sum, row) => sum + row[at], 0) / rows.length);
    if (rows.length === 1) {
      const [, , ...words] = rows[0];
      const dot = L.circleMarker([lat, lon], { radius: 7, color: "#ffffff", weight: 2, fillColor: "#5f7183", fillOpacity: 1 });
      return dot.bindPopup(() => el("div", {}, ...words.map((text, at) => el(at ? "p" : "strong", {}, text))));
    }
    const size = 30 + 8 * Math.min(3, Math.floor(Math.log10(rows.length)));
    const icon = L.divIcon({ html: el("b", {}, whole(rows.length)).outerHTML, className: "cluster", iconSize: [size, size] });
    const inside = L.latLngBounds(rows.map((row) => [row[0], row[1]]));
    return L.marker([lat, lon], { icon, title: whole(rows.length) }).on("click", () => {
      if (map.getZoom() < map.getMaxZoom()) map.fitBounds(inside, { maxZoom: Math.min(map.getZoom() + 3, map.getMaxZoom()), padding: [40, 40] });
    });
  }

  function clusters(map, rows) {
    const group = L.layerGroup().addTo(map);
    const draw = () => {
      const cells = new Map();
      for (const row of rows) {
        const at = map.project([row[0], row[1]]).divideBy(APART_PX).floor();
        const key = `${at.x} ${at.y}`;
        if (!cells.has(key)) cells.set(key, []);
        cells.get(key).push(row);
      }
      group.clearLayers();
      for (const own of cells.values()) group.addLayer(ring(own, map));
    };
    map.on("zoomend", draw);
    draw();
  }

  return { clusters, setup, start, ground, areaStyle, lineStyle, eachArea, label };
})();
