// A dialog: the browser's own, which keeps the focus inside and gives it back.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../words";

export function Dialog({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  const last = useRef(document.activeElement);
  useEffect(() => {
    box.current?.showModal();
    return () => {
      if (last.current instanceof HTMLElement) last.current.focus();
    };
  }, []);
  return (
    <dialog ref={box} aria-label={title} onClose={close}>
      <div class="row between">
        <h2>{title}</h2>
        <button class="plain" onClick={() => box.current?.close()}>{t("part.close")} <kbd>Esc</kbd></button>
      </div>
      {children}
    </dialog>
  );
}
