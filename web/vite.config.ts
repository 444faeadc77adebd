import { defineConfig } from 'vitest/config';
import { onlyOldInterfaces, target } from './build/browsers.ts';
import { precompress } from './build/precompress.ts';

const server = process.env.CARILLON_URL ?? 'http://127.0.0.1:7420';

export default defineConfig({
  plugins: [onlyOldInterfaces(), precompress()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target,
    // The content security policy allows no data: addresses except for images, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    // changeOrigin stays off: the server compares Origin with Host, and both must name the address in the browser.
    proxy: Object.fromEntries(
      ['/api', '/events', '/auth', '/chat/ws'].map(path => [
        path,
        { target: server, changeOrigin: false, ws: path === '/chat/ws' },
      ]),
    ),
  },
  test: {
    // What needs a document names one at its top; to make it costs more than most tests.
    environment: 'node',
    include: ['{build,src}/**/*.test.{ts,tsx}'],
    // It only ends tests that hang: a busy machine takes its time.
    testTimeout: 60_000,
  },
});
