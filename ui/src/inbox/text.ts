export interface Piece {
  text: string;
  href?: string;
}

const LINK = /\bhttps?:\/\/[^\s<>"']+/gi;

/** Splits a text at its web addresses; closing punctuation stays outside of the link. Only http and https ever become links. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const href = match[0].replace(/[.,;:!?)\]}]+$/, '');
    if (match.index > at) out.push({ text: text.slice(at, match.index) });
    out.push({ text: href, href });
    at = match.index + href.length;
  }
  if (at < text.length) out.push({ text: text.slice(at) });
  return out;
}

/** WhatsApp's own limit for a text message, in bytes of UTF-8. */
export const MAX_BYTES = 65_536;

export const byteLength = (text: string) => new TextEncoder().encode(text).length;
