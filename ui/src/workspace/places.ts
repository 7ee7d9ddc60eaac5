// Countries and time zones for choosing, named in the person's language by the browser.

// ISO 3166-1 alpha-2 codes with an own telephone country or area code.
const COUNTRIES =
  'AD AE AF AG AI AL AM AO AR AS AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GI GL GM GN GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MO MR MS MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NU NZ OM PA PE PG PH PK PL PR PS PT PW PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VC VE VG VI VN VU WS YE ZA ZM ZW'.split(
    ' ',
  );

export interface Option {
  value: string;
  label: string;
}

/** All countries by name in the language, Indonesia first. */
export function countries(language: string): Option[] {
  const names = new Intl.DisplayNames([language], { type: 'region' });
  return COUNTRIES.map((value) => ({ value, label: names.of(value) ?? value })).sort((a, b) =>
    a.value === 'ID' ? -1 : b.value === 'ID' ? 1 : a.label.localeCompare(b.label, language),
  );
}

export const browserTimezone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'Asia/Jakarta';

/** All time zones that the browser knows, Indonesia's first; always with the given one in it. */
export function timezones(current: string): Option[] {
  const first = ['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'];
  const known = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
  const all = new Set([...first, current, ...known].filter(Boolean));
  return [...all].map((value) => ({ value, label: value.replaceAll('_', ' ') }));
}
