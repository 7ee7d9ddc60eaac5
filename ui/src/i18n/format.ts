/**
 * Fills a text: `{name}` takes an argument, and `one | other` is chosen by the count
 * (a text without a bar, or without a count, is one form). Args win over the count for `{n}`.
 */
export function format(text: string, args: Record<string, unknown>, count?: number): string {
  const forms = text.split(' | ');
  const form = (count !== undefined && count !== 1 ? forms[1] : forms[0]) ?? text;
  const all: Record<string, unknown> = count === undefined ? args : { n: count, ...args };
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => (name in all ? String(all[name]) : whole));
}
