// A story is a test that plays one thing a person does, and shows each page on the way.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { look } from './look.mjs';

const LONGEST_MS = 600_000;
const figures = [];

/** Declares a story; it gets look(page, name), which photographs a page and judges it with axe. */
export function story(name, play) {
  test(name, { timeout: LONGEST_MS }, async () => {
    const pages = new Set();
    await play({
      look: (page, shot) => {
        pages.add(page);
        return look(page, shot);
      },
    });
    for (const page of pages) assert.deepEqual(page.errors, [], 'the page threw errors');
  });
}

/** Keeps a figure for the end of the report. */
export const measure = (what, value, unit) => figures.push(`${what}: ${value} ${unit}`);

export const report = () => figures.join('\n');
