import type { Overview } from '@/api/types';
import { clock } from '@/format/time';

type Hour = Overview['messages']['hours'][number];

/** The figures as CSV with a header, one hour a line; times in RFC 3339, so that any program reads them. */
export function toCsv(hours: Hour[]): string {
  return `${['hour,in,out', ...hours.map((h) => `${h.hour},${h.in},${h.out}`)].join('\n')}\n`;
}

/** uPlot's columns: position, received, sent. */
export function columns(hours: Hour[]): [number[], number[], number[]] {
  return [hours.map((_, i) => i), hours.map((h) => h.in), hours.map((h) => h.out)];
}

export function hourLabel(h: Hour, language: string, timezone?: string): string {
  return clock(h.hour, language, timezone);
}

export function download(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  URL.revokeObjectURL(url);
}
