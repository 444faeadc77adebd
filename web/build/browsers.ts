import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { CompatData, Identifier, SimpleSupportStatement } from '@mdn/browser-compat-data';
import { type Plugin, parseAst } from 'vite';

/** The oldest browsers that the page works in. docs/use/browsers.md tells people the same. */
export const oldest = { chrome: 111, edge: 111, firefox: 121, safari: 16.4, safari_ios: 16.4 };

/** The same browsers in the words of the build, which turns newer syntax into theirs. */
export const target = Object.entries(oldest).map(([name, version]) => name.replace('safari_ios', 'ios') + version);

/** What does no harm where it is missing. */
const harmless = new Set([
  // @preact/signals gives effects a member of this name, for code that uses `using`.
  'Symbol.dispose',
]);

/** Ends a build whose scripts use an interface that the oldest browsers do not have. */
export function onlyOldInterfaces(): Plugin {
  return {
    name: 'carillon-browsers',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type !== 'chunk') continue;
        const found = newInterfaces(part.code);
        if (found.length > 0) this.error(`Supported browsers lack what ${part.fileName} uses: ${found.join('; ')}`);
      }
    },
  };
}

/**
 * The global interfaces in a script, and their static members, that the oldest browsers lack. What instances have
 * cannot be told without types; `browsers.test.ts` asks the sources for it.
 */
export function newInterfaces(script: string): string[] {
  const found = new Set<string>();
  const look = (name: string, member?: string) => {
    const lack = lackOf(name, member);
    if (lack !== null) found.add(lack);
  };
  walk(parseAst(script) as unknown as Node, node => {
    if (node.type === 'Identifier') look(node.name as string);
    if (node.type !== 'MemberExpression' || node.computed) return;
    const object = node.object as Node;
    if (object.type === 'Identifier') look(object.name as string, (node.property as Node).name as string);
  });
  return [...found];
}

/** Who lacks an interface, or a member of it, and since when the others have it; null when all have it or nobody knows it. */
export function lackOf(name: string, member?: string): string | null {
  const features = [data.api, data.javascript.builtins]
    .map(kind => (Object.hasOwn(kind ?? {}, name) ? kind?.[name] : undefined))
    .map(feature => (member === undefined ? feature : (feature?.[`${member}_static`] ?? feature?.[member])))
    .filter(feature => feature?.__compat !== undefined);
  const lacks = features.map(lacking);
  if (lacks.length === 0 || lacks.some(lack => lack.length === 0)) return null;
  const whole = member === undefined ? name : `${name}.${member}`;
  return harmless.has(whole) ? null : `${whole} (${lacks[0]?.join(', ')})`;
}

const data: CompatData = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@mdn/browser-compat-data'), 'utf8'),
);

function lacking(feature: Identifier | undefined): string[] {
  const support = feature?.__compat?.support ?? {};
  return (Object.keys(oldest) as (keyof typeof oldest)[]).flatMap(browser => {
    const statement = support[browser] ?? [];
    const first = Math.min(...(Array.isArray(statement) ? statement : [statement]).map(since));
    return first <= oldest[browser] ? [] : [`${browser} ${Number.isFinite(first) ? first : 'never'}`];
  });
}

function since({ version_added, version_removed, flags, prefix, alternative_name }: SimpleSupportStatement): number {
  if (version_removed || flags || prefix || alternative_name) return Number.POSITIVE_INFINITY;
  const version = Number.parseFloat(String(version_added).replace('≤', ''));
  return Number.isNaN(version) ? Number.POSITIVE_INFINITY : version;
}

interface Node {
  type: string;
  [part: string]: unknown;
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const [name, part] of Object.entries(node)) {
    // Names of members and keys are no variables.
    if ((name === 'property' || name === 'key') && !node.computed) continue;
    for (const child of Array.isArray(part) ? part : [part]) {
      if (typeof child === 'object' && child !== null && 'type' in child) walk(child as Node, visit);
    }
  }
}
