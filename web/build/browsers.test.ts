// @vitest-environment node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { lackOf, newInterfaces, oldest } from './browsers.ts';

const web = join(import.meta.dirname, '..');

it('finds interfaces and static members that the oldest browsers lack', () => {
  expect(newInterfaces('const { signal } = new AbortController(); AbortSignal.any([signal])')).toEqual([
    'AbortSignal.any (chrome 116, edge 116, firefox 124, safari 17.4, safari_ios 17.4)',
  ]);
  expect(newInterfaces('new URLPattern()')).toHaveLength(1);
  expect(newInterfaces('Object.groupBy([], x => x); Object.entries({})')).toHaveLength(1);
});

it('passes what they have, and names of our own', () => {
  expect(newInterfaces('new BroadcastChannel("x"); fetch("/"); own.URLPattern; ({ scheduler: 1 })')).toEqual([]);
  expect(newInterfaces('own.any([]); structuredClone({})')).toEqual([]);
});

it('finds no member in the sources that the oldest browsers lack', () => {
  const { config } = ts.readConfigFile(join(web, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent({ ...config, include: ['src'] }, ts.sys, web);
  const program = ts.createProgram(fileNames, { ...options, types: ['vite/client'] });
  const checker = program.getTypeChecker();
  const seen = new Set<string>();
  const found = new Set<string>();
  const look = (node: ts.Node) => {
    if (ts.isPropertyAccessExpression(node)) {
      for (const declaration of checker.getSymbolAtLocation(node.name)?.declarations ?? []) {
        if (!ts.isInterfaceDeclaration(declaration.parent)) continue;
        if (!program.isSourceFileDefaultLibrary(declaration.getSourceFile())) continue;
        const lack = lackOf(declaration.parent.name.text, node.name.text);
        seen.add(node.name.text);
        if (lack !== null) found.add(lack);
      }
    }
    node.forEachChild(look);
  };
  for (const file of program.getSourceFiles()) {
    if (!file.isDeclarationFile && !file.fileName.includes('.test.')) look(file);
  }
  expect(seen).toContain('postMessage');
  expect([...found]).toEqual([]);
});

it('names the same browsers as the documents', () => {
  const page = readFileSync(join(web, '../docs/use/browsers.md'), 'utf8');
  const versions = [...page.matchAll(/^\| .+ \| ([\d.]+) \|/gm)].map(([, version]) => Number(version));
  expect(versions).toEqual(Object.values(oldest));
});
