import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { Plugin } from 'vite';

const compress = promisify(brotliCompress);
const worthwhile = new Set(['.js', '.css', '.html', '.svg', '.json', '.webmanifest']);

/** Writes `name.br` beside every text file of the built page, so that the server never compresses at run time. */
export function precompress(): Plugin {
  let folder = 'dist';
  return {
    name: 'carillon-precompress',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    async closeBundle() {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !worthwhile.has(extname(entry.name))) continue;
        const path = join(entry.parentPath, entry.name);
        const plain = await readFile(path);
        const packed = await compress(plain, {
          params: {
            [constants.BROTLI_PARAM_QUALITY]: 11,
            [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
          },
        });
        // Below this, headers cost more than the difference.
        if (packed.length < plain.length - 64) await writeFile(`${path}.br`, packed);
      }
    },
  };
}
