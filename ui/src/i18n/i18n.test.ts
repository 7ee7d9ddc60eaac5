import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import en from './en';
import { format } from './format';
import id from './id';

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, prefix = ''): Record<string, string> {
  return Object.entries(tree).reduce<Record<string, string>>((all, [key, value]) => {
    if (typeof value === 'string') all[prefix + key] = value;
    else Object.assign(all, flat(value, `${prefix}${key}.`));
    return all;
  }, {});
}
const english = flat(en as Tree);
const indonesian = flat(id as Tree);
const slots = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
    if (e.isDirectory()) return e.name === 'i18n' ? [] : sources(join(dir, e.name));
    return /\.(vue|ts)$/.test(e.name) && !e.name.endsWith('.test.ts') ? [join(dir, e.name)] : [];
  });
}

describe('the two languages', () => {
  it('have the same keys', () => {
    expect(Object.keys(indonesian).sort()).toEqual(Object.keys(english).sort());
  });

  it('take the same arguments and have as many forms', () => {
    const shape = (text: string) => ({
      slots: slots(text),
      forms: text.split(' | ').length,
      trimmed: text.trim() === text,
    });
    for (const [key, text] of Object.entries(english))
      expect({ key, ...shape(indonesian[key] ?? '') }).toEqual({ key, ...shape(text) });
  });

  it('have words for every key that the source names', () => {
    const missing = sources(join(import.meta.dirname, '..')).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bt\('([\w.:-]+)'/g)]
        .map((m) => m[1] as string)
        .filter((key) => !(key in english))
        .map((key) => `${file}: ${key}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('format', () => {
  it.each([
    ['Hello {name}', { name: 'Ani' }, undefined, 'Hello Ani'],
    ['{n} number | {n} numbers', {}, 1, '1 number'],
    ['{n} number | {n} numbers', {}, 0, '0 numbers'],
    ['{n} number | {n} numbers', {}, 7, '7 numbers'],
    ['one form for {n}', {}, 7, 'one form for 7'],
    ['{missing} stays', {}, undefined, '{missing} stays'],
  ])('%s', (text, args, count, want) => {
    expect(format(text, args, count)).toBe(want);
  });
});
