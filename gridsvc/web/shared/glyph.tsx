// Icons, from one file each in look/glyphs (16-grid, 1.5 px stroke, currentColor); always beside a word or a name.
import { GLYPHS } from "./look/glyphs";

export function Glyph({ name, size = 16 }: { name: string; size?: number }) {
  return (
    <svg class="glyph" width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={GLYPHS[name] ?? GLYPHS["dot"]} />
    </svg>
  );
}
