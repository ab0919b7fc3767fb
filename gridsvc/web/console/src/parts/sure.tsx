// What cannot be undone asks for its code typed and a reason; the button that does it is last and never the default.
import { useState } from "preact/hooks";
import { asProblem, type Problem } from "../data/problem";
import { t } from "../words";
import { Trouble } from "./await";
import { Dialog } from "./dialog";

interface Asking { title: string; what: string; code: string; label: string; close: () => void; run: (reason: string) => Promise<void> }

export function Sure({ title, what, code, label, close, run }: Asking) {
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const ready = typed.trim() === code && reason.trim().length >= 4;
  const send = async () => {
    setSending(true);
    setProblem(null);
    try {
      await run(reason);
      close();
    } catch (e) {
      setProblem(asProblem(e));
      setSending(false);
    }
  };
  return (
    <Dialog title={title} close={close}>
      <div class="stack">
        <p>{what}</p>
        <label>{t("ed.reason")}<textarea autofocus value={reason} maxLength={500} onInput={(e) => setReason(e.currentTarget.value)} /></label>
        <label>{t("ed.type_code", { code })}<input value={typed} autocomplete="off" onInput={(e) => setTyped(e.currentTarget.value)} /></label>
        {problem && <Trouble problem={problem} />}
        <div class="row"><button onClick={close}>{t("part.cancel")}</button><button class="primary" disabled={!ready || sending} onClick={() => void send()}>{sending ? t("ed.sending") : label}</button></div>
      </div>
    </Dialog>
  );
}
