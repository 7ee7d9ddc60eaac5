// Fails the build when the shell (what every page loads before its own chunk: the entry, the frame with
// its navigation, their static imports and CSS, and the larger of the two languages) grows over the budget. Prints every chunk, gzipped.
import { readFileSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 100;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const gz = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

const shell = new Set();
const visit = (key) => {
  const chunk = manifest[key];
  if (!chunk || shell.has(chunk.file)) return;
  shell.add(chunk.file);
  for (const css of chunk.css ?? []) shell.add(css);
  for (const dep of chunk.imports ?? []) visit(dep);
};
visit('index.html');
visit('src/shell/AppShell.vue');

const sizes = Object.values(manifest)
  .flatMap((chunk) => [chunk.file, ...(chunk.css ?? [])])
  .filter((file, i, all) => all.indexOf(file) === i)
  .map((file) => ({ file, gzip: gz(file), raw: statSync(new URL(file, dist)).size }))
  .sort((a, b) => b.gzip - a.gzip);
for (const s of sizes) {
  const mark = shell.has(s.file) ? '*' : ' ';
  console.log(`${mark} ${(s.gzip / 1000).toFixed(1).padStart(7)} kB gzip  ${s.file}`);
}
const languages = Object.entries(manifest).filter(([key]) => /src\/i18n\/(en|id)\/index\.ts$/.test(key));
const language = Math.max(0, ...languages.map(([, chunk]) => (shell.has(chunk.file) ? 0 : gz(chunk.file))));
const total = ([...shell].reduce((sum, file) => sum + gz(file), 0) + language) / 1000;
console.log(`shell (*) with its language: ${total.toFixed(1)} kB gzip of ${BUDGET_KB}`);
if (total > BUDGET_KB) {
  console.error(`the shell is over its budget of ${BUDGET_KB} kB gzip`);
  process.exit(1);
}
