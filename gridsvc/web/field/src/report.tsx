// The report: camera, shutter, category, save. What was taken is on the disk at once, as a draft.
import { signal, useSignalEffect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { type Answer, Refusal } from "../../bundle/src";
import { instant, now } from "../../shared/clock";
import { minute } from "../../shared/lights";
import { moment } from "../../shared/words/format";
import { CategoryPick, noteUse } from "./category";
import { findPlace, fix } from "./gps";
import { items, newItem, photosOf, save, type Item, type Photo, type Spot } from "./outbox";
import { expired, person, preview, router } from "./pack";
import { pending, Photos } from "./photos";
import { lonLat, spotOf, Where } from "./place";
import { sendAll } from "./sender";
import { askToKeep } from "./room";
import { PackNote, Who } from "./who";
import { t } from "./words";

/** The draft that is worked on, with its photos. */
const draft = signal<Item | null>(null);
const photos = signal<readonly Photo[]>([]);
const SAME_PLACE_MS = 20_000;

export async function openDraft(item: Item): Promise<void> {
  photos.value = await photosOf(item);
  draft.value = item;
}

/** Go on with what was left. */
export async function resumeDraft(): Promise<void> {
  const left = items.value.findLast((i) => i.kind === "report" && i.state === "draft");
  if (left && !draft.value) await openDraft(left);
}

async function change(part: Partial<Item>, added?: Photo): Promise<void> {
  const item = { ...(draft.value ?? newItem("report", instant(), person.value)), ...part };
  if (added) {
    item.photos = [...item.photos, added.id];
    photos.value = [...photos.value, added];
  }
  draft.value = item;
  // Who mends what needed him mends that very thing.
  await save(item, added ? [added] : []);
}

const spotNow = (): Spot | null => {
  const item = draft.value;
  if (item?.spot) return item.spot;
  // Where nothing was captured yet, it is wherever the device is.
  const at = item && item.photos.length > 0 ? item.fix : fix.value;
  return at && spotOf(at);
};

/** Who answers where the report is, and which grids besides the circle touches. */
function answerAt(spot: Spot | null, category: string | null, at: string | Date): { answer: Answer | Refusal | null; maybe: string[] } {
  if (!spot) return { answer: null, maybe: [] };
  const asked = { point: { x: spot.x, y: spot.y, crs: spot.crs }, at, ...(category ? { category } : {}), ...(spot.accuracy_m === null ? {} : { accuracy_m: spot.accuracy_m }) };
  const answer = preview(asked);
  if (!answer || answer instanceof Refusal || !router.value) return { answer, maybe: [] };
  const { lon, lat } = lonLat(spot);
  const near = router.value.locate(lon, lat, spot.accuracy_m ?? 1)["grid"]?.candidates ?? [];
  const maybe = near.filter((code) => code !== answer.areas["grid"]?.code).map((code) => router.value?.nameOf("grid", code) ?? code);
  return { answer, maybe };
}

export function Report() {
  const [told, setTold] = useState("");
  const [fault, setFault] = useState("");
  useEffect(() => {
    void resumeDraft();
    if (!fix.value) findPlace();
  }, []);
  // The place of capture is the best fix of the seconds after it; who walks on afterwards takes it along no more.
  useSignalEffect(() => {
    const [found, item] = [fix.value, draft.value];
    if (!found || !item?.photos.length || item.fix === found) return;
    const soon = Math.abs(Date.parse(found.at) - Date.parse(item.at)) < SAME_PLACE_MS;
    if (!item.fix || (soon && found.accuracy_m < item.fix.accuracy_m)) draft.value = { ...item, fix: found };
  });
  const item = draft.value;
  const spot = spotNow();
  void expired.value;
  const { answer, maybe } = answerAt(spot, item?.category ?? null, item?.at ?? minute.value);
  const add = async (photo: Photo) => {
    setTold("");
    const first = !item?.photos.length;
    if (first) findPlace();
    await change(first ? { fix: fix.value, at: instant().toISOString() } : {}, photo);
  };
  // Another place, or with null the device's own, looked for anew.
  const place = (to: Spot | null) => {
    if (!to) findPlace(true);
    if (to || item) void change(to ? { spot: to } : { spot: null, fix: null });
  };
  const remove = (photo: Photo) => {
    photos.value = photos.value.filter((p) => p.id !== photo.id);
    void change({ photos: item?.photos.filter((id) => id !== photo.id) ?? [] });
  };
  const keep = async () => {
    performance.mark("field-save");
    setFault("");
    const whole = item ?? newItem("report", instant(), person.value);
    const at = photos.value.length > 0 || whole.state !== "draft" ? whole.at : instant().toISOString();
    const known = answer instanceof Refusal ? null : answer;
    const done: Item = { ...whole, at, fix: whole.fix ?? fix.value, spot, preview: known, by: whole.by ?? person.value, state: spot && whole.category ? "waiting" : "needs-you", problem: undefined, tries: 0, next_ms: 0 };
    try {
      await save(done, photos.value);
    } catch {
      setFault(t("report.unsaved"));
      return;
    }
    setTold(`${t("report.saved", { at: moment(done.at, now.value) })}${spot ? "" : ` \u00B7 ${t("report.no_place")}`}${done.category ? "" : ` \u00B7 ${t("report.no_category")}`}`);
    draft.value = null;
    photos.value = [];
    performance.measure("field-saved", "field-save");
    if (done.category) await noteUse(done.category);
    askToKeep();
    void sendAll();
  };
  const empty = !item?.category && photos.value.length === 0 && !item?.text;
  return (
    <div class="screen report">
      <PackNote />
      <Where spot={spot} raw={item?.fix ?? fix.value} set={place} middle={middle()} />
      <Who answer={answer} maybe={maybe} chosen={Boolean(item?.category)} />
      <Photos photos={photos.value} label={t("report.photo")} add={add} remove={remove} />
      <CategoryPick value={item?.category ?? null} set={(category) => { setTold(""); void change({ category }); }} />
      <label class="text"><span class="unseen">{t("report.text")}</span><textarea rows={1} placeholder={t("report.text")} value={item?.text ?? ""} onInput={(e) => void change({ text: e.currentTarget.value })} /></label>
      {fault && <p class="note" role="alert">{fault}</p>}
      <div class="foot">
        {told && <p class="saved" role="status">{told}</p>}
        <button class="primary save" disabled={empty || pending.value > 0} onClick={() => void keep()}>{t("report.save")}</button>
      </div>
    </div>
  );
}

/** Without a fix the map shows the middle of the city, so that the place can be tapped. */
function middle(): { lon: number; lat: number } | null {
  const bounds = router.value?.bounds;
  return bounds ? { lon: (bounds[0] + bounds[2]) / 2, lat: (bounds[1] + bounds[3]) / 2 } : null;
}
