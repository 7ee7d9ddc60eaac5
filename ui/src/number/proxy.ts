/** Whether a text can be a proxy: empty, or http, https or socks5 with a host. The server decides for good. */
export function proxyLooksRight(text: string): boolean {
  const trimmed = text.trim();
  return trimmed === '' || /^(https?|socks5):\/\/([^\s@/]+@)?[^\s@/:]+(:\d{1,5})?\/?$/.test(trimmed);
}
