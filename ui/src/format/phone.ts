/** Writes an E.164 number in readable groups: +6281234567890 is "+62 812-3456-7890". Anything else stays as it is. */
export function phone(text: string | undefined | null): string {
  if (!text) return '';
  const m = /^\+?(\d{7,15})$/.exec(text.replace(/[\s()-]/g, ''));
  const digits = m?.[1];
  if (!digits) return text;
  if (digits.startsWith('62')) {
    const rest = digits.slice(2);
    return `+62 ${[rest.slice(0, 3), rest.slice(3, 7), rest.slice(7)].filter(Boolean).join('-')}`;
  }
  const cc = countryCode(digits);
  const rest = digits.slice(cc.length);
  return `+${cc} ${rest.replace(/(\d{3,4})(?=(\d{3,4})+$)/g, '$1 ')}`.trim();
}

// Country codes of one and two digits; every other one has three (ITU-T E.164 list of assigned codes).
const SHORT =
  /^(1|7|20|27|30|31|32|33|34|36|39|40|41|43|44|45|46|47|48|49|51|52|53|54|55|56|57|58|60|61|62|63|64|65|66|81|82|84|86|90|91|92|93|94|95|98)/;

function countryCode(digits: string): string {
  return SHORT.exec(digits)?.[0] ?? digits.slice(0, 3);
}

/** What to call a contact: the name, else the phone, else a word; never the hidden id (LID). */
export function contactName(c: { name?: string; phone?: string }, unknown: string): string {
  return c.name?.trim() || phone(c.phone) || unknown;
}
