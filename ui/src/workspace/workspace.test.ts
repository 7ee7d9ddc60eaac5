import { describe, expect, it } from 'vitest';
import { safeReturn } from '@/router';
import { echoSnippet, isOrigin } from '@/settings/snippet';
import { judgeAddress } from './address';
import { countries, timezones } from './places';

describe('after login', () => {
  it.each([
    ['/numbers?x=1', '/numbers?x=1'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    [undefined, '/'],
  ])('%s leads to %s', (path, want) => expect(safeReturn(path)).toBe(want));
});

describe('the public address', () => {
  it.each([
    ['', 'empty'],
    ['chat.example', 'bad'],
    ['ftp://chat.example', 'bad'],
    ['https://chat.example/path', 'bad'],
    ['http://localhost:8080', 'local'],
    ['https://chat.example', 'fine'],
  ])('%s is %s', (text, want) => expect(judgeAddress(text)).toBe(want));
});

it('countries are named in the language, Indonesia first', () => {
  expect(countries('en')[0]).toEqual({ value: 'ID', label: 'Indonesia' });
  expect(countries('id').find((c) => c.value === 'DE')?.label).toBe('Jerman');
});

it('time zones hold the current one and start in Indonesia', () => {
  expect(timezones('Europe/Berlin')[0]?.value).toBe('Asia/Jakarta');
  expect(timezones('Mars/Base').some((z) => z.value === 'Mars/Base')).toBe(true);
});

describe('for developers', () => {
  it('the snippet points at this installation and holds no secret', () => {
    const text = echoSnippet({ key: 'abc' }, 'https://chat.example', 'W1');
    expect(text).toContain("wsHost: 'chat.example'");
    expect(text).toContain('wsPort: 443');
    expect(text).toContain("echo.private('workspace.W1')");
  });

  it.each([
    ['https://shop.example', true],
    ['http://localhost:3000', true],
    ['https://shop.example/cart', false],
    ['shop.example', false],
  ])('%s is an origin: %s', (text, want) => expect(isOrigin(text)).toBe(want));
});
