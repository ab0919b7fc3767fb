// What was sent along with a case: pictures small, everything else by its kind; each opens in full.
import { useEffect, useState } from "preact/hooks";
import { readAttachments, type Attachment, type Case } from "../data/cases";
import { minute } from "../data/lights";
import { moment } from "../words/format";
import { t } from "../words";
import { Glyph } from "./glyph";

export function Photos({ one }: { one: Case }) {
  const [items, setItems] = useState<readonly Attachment[]>([]);
  useEffect(() => {
    let mine = true;
    setItems([]);
    readAttachments(one.id).then((told) => mine && setItems(told.items), () => undefined);
    return () => void (mine = false);
  }, [one.id, one.version]);
  if (items.length === 0) return null;
  return (
    <section class="part" aria-label={t("photo.title")}>
      <h3>{t("photo.title")}</h3>
      <ul class="photos">
        {items.map((a, i) => {
          const name = t("photo.name", { n: i + 1, at: a.captured_at ? moment(a.captured_at, minute.value) : t("why.unknown") });
          return (
            <li key={a.id}>
              <a href={`/v1/attachments/${a.id}`} target="_blank" rel="noreferrer" title={name}>
                {a.media_type.startsWith("image/") ? <img src={`/v1/attachments/${a.id}`} alt={name} loading="lazy" width={88} height={66} /> : <span class="chip"><Glyph name="download" /> {a.media_type.split("/")[1]}</span>}
              </a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
