import { chromium, type Page } from 'playwright-core';
import { findChromium, NO_CHROMIUM } from './find-chromium.ts';
import type { PageListener } from './in-page.ts';
import { servePage } from './page-server.ts';

/** Where the bundled script runs: `insecure-page` is plain http from a named host and has no WebCrypto. */
export type RealmKind = 'secure-page' | 'secure-worker' | 'insecure-page';

/** A script loaded in a fresh Chromium. Disposing of it ends the browser and the server. */
export interface BrowserRealm extends AsyncDisposable {
  /** Calls a function that `listen` put on the global object. */
  call<Name extends keyof PageListener>(
    name: Name,
  ): Promise<Awaited<ReturnType<PageListener[Name]>>>;
}

/** Resolves to 127.0.0.1 inside this browser alone; not a secure context, as it is neither https nor localhost. */
const INSECURE_HOST = 'pars.test';

/** No request leaves the machine, whatever a bundled dependency tries. */
const RESOLVER_RULES = `MAP ${INSECURE_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost`;

/** Starts Chromium with the script in the wanted realm. Throws where there is no Chromium. */
export async function openRealm(kind: RealmKind, script: string): Promise<BrowserRealm> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(NO_CHROMIUM);
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await servePage(script));
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    // Chromium refuses to run as root inside its sandbox, as CI containers do.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=${RESOLVER_RULES}`,
    ],
  });
  stack.defer(() => browser.close());
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));

  const host = kind === 'insecure-page' ? INSECURE_HOST : 'localhost';
  const origin = `http://${host}:${server.port}`;
  await page.goto(`${origin}/${kind === 'secure-worker' ? 'empty' : 'page'}`);
  const target: Evaluator = kind === 'secure-worker' ? await startWorker(page) : page;
  const resources = stack.move();

  return {
    async call<Name extends keyof PageListener>(
      name: Name,
    ): Promise<Awaited<ReturnType<PageListener[Name]>>> {
      try {
        return await target.evaluate<Awaited<ReturnType<PageListener[Name]>>>(`${name}()`);
      } catch (error) {
        throw new Error(['the page failed', ...complaints].join('\n'), { cause: error });
      }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** What a page and a worker have in common. */
interface Evaluator {
  evaluate<Answer>(expression: string): Promise<Answer>;
}

/** Runs the script in a dedicated worker of an empty page, and waits until it has loaded. */
async function startWorker(page: Page): Promise<Evaluator> {
  const [worker] = await Promise.all([
    page.waitForEvent('worker'),
    page.evaluate(`new Promise((resolve, reject) => {
      globalThis.parsWorker = new Worker('/script.js', { type: 'module' });
      parsWorker.onmessage = resolve;
      parsWorker.onerror = (event) => reject(new Error(event.message));
    }).then(() => undefined)`),
  ]);
  return worker;
}
