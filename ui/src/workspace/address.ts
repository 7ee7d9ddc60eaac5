/** What can be said of a public address before asking it. */
export function judgeAddress(text: string): 'empty' | 'bad' | 'local' | 'fine' {
  const trimmed = text.trim();
  if (!trimmed) return 'empty';
  let url: URL;
  try {
    url = new URL(trimmed);
  } catch {
    return 'bad';
  }
  if (!/^https?:$/.test(url.protocol) || (url.pathname !== '/' && url.pathname !== '') || url.search) return 'bad';
  return /^(localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(url.hostname) ? 'local' : 'fine';
}

/**
 * Asks whether an address answers from this browser: 'elsewhere' when it is not the one this page came from,
 * because the page's content policy lets it talk to its own origin only.
 */
export async function reach(address: string): Promise<'yes' | 'no' | 'elsewhere'> {
  if (new URL(address).origin !== location.origin) return 'elsewhere';
  try {
    const answer = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(5000) });
    return answer.ok ? 'yes' : 'no';
  } catch {
    return 'no';
  }
}
