// How long an answer of 2,000 lines keeps the page from doing anything else: opens it in the machine's Chromium while it is given and
// again when it is complete, and prints for each kind of text a line of JSON with the longest task of the page's main thread.
//   node bench/long-answer.mjs --url URL --user NAME --password WORD [--only KIND]
//   node bench/long-answer.mjs agent      the program that the server runs meanwhile, Agents:Command:Program
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const lines = make => Array.from({ length: 2_000 }, (_, at) => make(at + 1)).join('\n');

const kinds = {
  mixed: () =>
    lines(line => {
      const kind = line % 10;
      if (kind === 1) return `\n## Part ${line}\n`;
      if (kind === 2 || kind === 3) return `Words with \`code ${line}\` and **more**.\n`;
      if (kind === 4) return `\`\`\`ts\nconst line = ${line};\n\`\`\`\n`;
      return `- item ${line} of it`;
    }),
  code: () => `\`\`\`ts\n${lines(line => `  const line${line} = compute(${line}, "and <more>");`)}\n\`\`\``,
  list: () => lines(line => `- item ${line} with \`code\` and **more**`),
  table: () => `| line | words | more |\n|---:|---|---|\n${lines(line => `| ${line} | words of \`${line}\` | **more** |`)}`,
  paragraph: () => lines(line => `Line ${line} is one of a paragraph that goes on and on, has \`code\` and **more**, and never ends here`),
  'one line': () => lines(line => `Line ${line} is none, since all of this stands in one line that goes on, has \`code\` and **more**`).replaceAll('\n', ' '),
};
const lastWords = 'That is all.';

if (process.argv[2] === 'agent') {
  let asked = '';
  for await (const piece of process.stdin) asked += piece;
  const text = `${kinds[asked.trim()]()}\n\n${lastWords}\n`;
  // A model's pace: thousands of small pieces.
  const size = Math.ceil(text.length / 1_000);
  for (let at = 0; at < text.length; at += size) {
    process.stdout.write(text.slice(at, at + size));
    await pause(4);
  }
  process.exit();
}

const { values: options } = parseArgs({
  options: { url: { type: 'string' }, user: { type: 'string' }, password: { type: 'string' }, only: { type: 'string' } },
});
const { url, user, password } = options;
const chosen = Object.keys(kinds).filter(kind => options.only === undefined || kind === options.only);

const api = async (method, path, body, cookie = '') => {
  const answer = await fetch(new URL(`/api/v1/${path}`, url), {
    method,
    headers: { 'content-type': 'application/json', origin: new URL(url).origin, cookie },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
};

/** The machine's Chromium, spoken to over a pipe. */
class Browser {
  static #programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  #folder = mkdtempSync(join(tmpdir(), 'carillon-bench-'));
  #waiting = new Map();
  #last = 0;
  #listeners = new Set();

  constructor() {
    const program = Browser.#programs.find(path => existsSync(path));
    if (program === undefined) throw new Error('chromium is not installed; apt-get install chromium');
    this.process = spawn(
      program,
      ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--window-size=1280,800', `--user-data-dir=${this.#folder}`, '--remote-debugging-pipe', 'about:blank'],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    let text = '';
    this.process.stdio[4].setEncoding('utf8').on('data', piece => {
      text += piece;
      const frames = text.split('\0');
      text = frames.pop();
      for (const frame of frames) this.#take(JSON.parse(frame));
    });
  }

  #take(frame) {
    const waiting = this.#waiting.get(frame.id);
    this.#waiting.delete(frame.id);
    if (frame.error) waiting?.reject(new Error(`${waiting.method}: ${frame.error.message}`));
    else waiting?.resolve(frame.result);
    for (const listener of this.#listeners) listener(frame);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#last;
    this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { method, resolve, reject }));
  }

  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close() {
    const ended = new Promise(resolve => this.process.once('exit', resolve));
    await this.send('Browser.close').catch(() => {});
    await ended;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

const browser = new Browser();
try {
  const signedIn = await api('POST', 'sign-in', { name: user, password });
  const cookie = signedIn.headers.get('set-cookie').split(';')[0];
  await api('POST', 'projects', { id: 'long-answer', name: 'Long answers' }, cookie).catch(() => {});
  for (const kind of chosen) {
    const length = kinds[kind]().length;
    const asked = await api('POST', 'sessions', { projectId: 'long-answer', agent: 'command', title: kind, message: kind }, cookie);
    const { id } = (await asked.json()).session;
    const address = new URL(`/projects/long-answer/sessions/${id}`, url).href;
    const given = await watch(address, cookie);
    const opened = await watch(address, cookie);
    console.log(JSON.stringify({ scenario: 'answer', label: kind, characters: length, given, opened, ok: given.isWhole && given.isAtEnd && opened.isWhole && opened.isAtEnd }));
  }
} finally {
  await browser.close();
}

/** Opens a page, waits for the last words of its answer, and tells what the longest tasks were. */
async function watch(address, cookie) {
  const events = [];
  let forget;
  const traced = new Promise(resolve => {
    forget = browser.on(({ method, params }) => {
      if (method === 'Tracing.dataCollected') events.push(...params.value);
      if (method === 'Tracing.tracingComplete') resolve();
    });
  });
  const { browserContextId } = await browser.send('Target.createBrowserContext');
  const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank', browserContextId, width: 1280, height: 800 });
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
  const [cookieName, value] = cookie.split(/=(.*)/s);
  await browser.send('Storage.setCookies', { browserContextId, cookies: [{ name: cookieName, value, url, httpOnly: true }] });
  await browser.send('Page.enable', {}, sessionId);
  await browser.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] } });
  await browser.send('Page.navigate', { url: address }, sessionId);
  const state = `(() => {
    const answer = document.querySelector('.message.agent .answer');
    return { isWhole: answer !== null && !answer.classList.contains('going') && answer.textContent.trimEnd().endsWith(${JSON.stringify(lastWords)}),
      isAtEnd: (e => e !== null && e.scrollHeight - e.clientHeight - e.scrollTop < 2)(document.querySelector('.talk-scroll')) };
  })()`;
  const evaluate = async expression => (await browser.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true }, sessionId)).result.value;
  let seen = {};
  for (let round = 0; round < 1_200 && !seen.isWhole; round++) {
    await pause(100);
    seen = await evaluate(state);
  }
  // What the last words leave to be done: the whole is read again, and shown.
  await pause(2_000);
  seen = await evaluate(state);
  await browser.send('Tracing.end');
  await traced;
  forget();
  await browser.send('Target.closeTarget', { targetId });
  await browser.send('Target.disposeBrowserContext', { browserContextId });
  return { ...longestTasks(events), ...seen };
}

/**
 * What kept the main threads of pages busy, in milliseconds: of the wall, and of the processor, which what else the machine does makes
 * no longer. Tasks in which a program starts are left out: a page starts alike whatever the answer is.
 */
function longestTasks(events) {
  const threadOf = ({ pid, tid }) => `${pid} ${tid}`;
  const mains = new Set(events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(threadOf));
  const isInside = (event, task) => threadOf(event) === threadOf(task) && event.ts >= task.ts && event.ts <= task.ts + task.dur;
  const starts = events.filter(({ name }) => name === 'v8.evaluateModule' || name === 'EvaluateScript');
  const tasks = events.filter(event => event.name === 'RunTask' && mains.has(threadOf(event)) && !starts.some(start => isInside(start, event)));
  const milliseconds = key => tasks.map(task => Math.round((task[key] ?? 0) / 1_000));
  const cpu = milliseconds('tdur');
  return { longestMs: Math.max(...milliseconds('dur')), longestCpuMs: Math.max(...cpu), tasksOver100: cpu.filter(time => time > 100).length, cpuMs: Math.round(tasks.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1_000) };
}
