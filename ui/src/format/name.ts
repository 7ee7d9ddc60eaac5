/** One or two letters that stand for a name: "Budi Santoso" is BS, a bare phone number its last two digits. */
export function initials(name: string): string {
  const clean = name.trim();
  if (/^[+\d][\d\s-]*$/.test(clean)) return clean.replace(/\D/g, '').slice(-2);
  const words = clean.split(/\s+/).filter((w) => /[\p{L}\p{N}]/u.test(w));
  const letter = (w: string | undefined) => w?.match(/[\p{L}\p{N}]/u)?.[0] ?? '';
  if (words.length === 0) return '?';
  return (letter(words[0]) + (words.length > 1 ? letter(words[words.length - 1]) : '')).toUpperCase();
}

/** A steady colour angle (0 to 359) for a name or id. */
export function hue(seed: string): number {
  // FNV-1a: ids that differ in one letter get far colours.
  let h = 0x811c9dc5;
  for (const c of seed) h = Math.imul(h ^ (c.codePointAt(0) ?? 0), 0x01000193);
  return (h >>> 0) % 360;
}
