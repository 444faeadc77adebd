import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = import.meta.dirname;

// main.tsx, app.tsx and search.tsx put the slices together; nothing else may know two of them.
const slices = readdirSync(root, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name);

it.each(slices)('%s knows the shell and itself, and no other slice', slice => {
  const strays: string[] = [];
  for (const name of readdirSync(join(root, slice), { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(name)) continue;
    const text = readFileSync(join(root, slice, name), 'utf8');
    for (const [, path = ''] of text.matchAll(/from '(\.[^']+)'/g)) {
      const target = join(slice, name, '..', path).split('/')[0];
      // What stands in for the browser belongs to tests alone.
      if (target === '..' && name.includes('.test.')) continue;
      if (target !== slice && target !== 'shell') strays.push(`${name} imports ${path}`);
    }
  }
  expect(strays).toEqual([]);
});
