// What is said once and shows elsewhere too: one line at the foot, read out by screen readers.
import { signal } from "@preact/signals";

const said = signal("");
let timer = 0;

/** Say a sentence; the next one takes its place. */
export function tell(sentence: string): void {
  clearTimeout(timer);
  said.value = sentence;
  timer = window.setTimeout(() => (said.value = ""), 6000);
}

export function Announcer() {
  return (
    <div class="told" role="status" aria-live="polite" data-shown={said.value !== ""}>
      {said}
    </div>
  );
}
