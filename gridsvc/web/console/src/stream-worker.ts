// A worker that all tabs of a browser share: browsers allow six connections to a server, and a stream takes one.
import { follow } from "./data/stream-source";
import type { Told } from "./data/stream";

interface SharedScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

const ports = new Set<MessagePort>();
let state: Told = { event: "lost", quiet_ms: 0 };
let holds: Told | null = null;

(self as unknown as SharedScope).onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  ports.add(port);
  port.onmessage = (message) => {
    if (message.data === "bye") ports.delete(port);
  };
  port.postMessage(state);
  if (holds) port.postMessage(holds);
};

follow((told) => {
  if (told.event === "open" || told.event === "lost") state = told;
  if (told.event === "edition") holds = told;
  for (const port of ports) port.postMessage(told);
});
