// Taking photos, and those taken: small, each to be removed.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Glyph } from "../../shared/glyph";
import { instant, now } from "../../shared/clock";
import { moment } from "../../shared/words/format";
import { photoOf } from "./camera";
import type { Photo } from "./outbox";
import { t } from "./words";

/** Photos that were taken and are not kept yet: nothing is saved without them. */
export const pending = signal(0);

export function Photos({ photos, label, add, remove }: { photos: readonly Photo[]; label: string; add: (photo: Photo) => Promise<void>; remove: (photo: Photo) => void }) {
  const [fault, setFault] = useState("");
  const take = async (input: HTMLInputElement) => {
    setFault("");
    const files = [...(input.files ?? [])];
    input.value = "";
    pending.value += files.length;
    for (const file of files) {
      const photo = await photoOf(file, instant()).catch(() => null);
      if (!photo) setFault(t("report.unreadable"));
      else await add(photo).catch(() => setFault(t("report.unsaved")));
      pending.value -= 1;
    }
  };
  return (
    <>
      <ul class="photos">
        {photos.map((p, i) => (
          <li key={p.id}>
            <Picture photo={p} name={t("report.photo_n", { n: i + 1, at: moment(p.captured_at, now.value) })} />
            <button class="plain" aria-label={t("report.remove", { n: i + 1 })} onClick={() => remove(p)}><Glyph name="close" /></button>
          </li>
        ))}
        <li>
          <label class="take">
            <input type="file" accept="image/*" capture="environment" onChange={(e) => void take(e.currentTarget)} />
            <Glyph name="photo" size={24} /> {label}
          </label>
        </li>
      </ul>
      {fault && <p class="note" role="alert">{fault}</p>}
    </>
  );
}

export function Picture({ photo, name }: { photo: Photo; name: string }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([photo.bytes], { type: "image/jpeg" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [photo.id]);
  return url ? <img src={url} alt={name} width={88} height={88} /> : null;
}
