// Reads an event stream from its text, however it is cut into pieces; comments, which carry the newest number, count too.
export interface Heard { event: string; id: string; data: string }

/** Takes pieces of text and gives what is complete; what the last id was stays known. */
export function lines(): { push: (text: string) => readonly Heard[]; last: () => string } {
  let rest = "";
  let last = "";
  const read = (block: string): Heard | null => {
    const heard: Heard = { event: "message", id: "", data: "" };
    for (const line of block.split("\n")) {
      const [, name, value = ""] = /^(\w+): ?(.*)$/.exec(line) ?? [];
      if (name === "event") heard.event = value;
      else if (name === "data") heard.data += heard.data ? `\n${value}` : value;
      else if (name === "id") last = value;
    }
    return heard.data ? { ...heard, id: last } : null;
  };
  return {
    push(text) {
      const blocks = (rest + text).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop() ?? "";
      return blocks.map(read).filter((one) => one !== null);
    },
    last: () => last,
  };
}
