import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium, NO_CHROMIUM } from '../../../../scripts/browser/find-chromium.ts';
import { bundlePage } from '../../../../scripts/browser/page-bundle.ts';
import { servePage } from '../../../../scripts/browser/page-server.ts';

/** A page of the test, as a typed remote control. */
export interface LinksPage {
  call<T>(name: string, ...values: readonly (string | number)[]): Promise<T>;
  close(): Promise<void>;
}

/** A Chromium whose pages run `browser-links-page.ts`, each in a profile of its own. */
export interface LinksBrowser extends AsyncDisposable {
  openPage(): Promise<LinksPage>;
}

/** `connectTo`: origins that the pages may reach. */
export async function openLinksBrowser(connectTo: readonly string[]): Promise<LinksBrowser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(NO_CHROMIUM);
  await using stack = new AsyncDisposableStack();
  const entry = new URL('../conformance/browser-links-page.ts', import.meta.url);
  const server = stack.use(await servePage(await bundlePage(entry), connectTo));
  const browser: Browser = await chromium.launch({
    executablePath,
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      // Machines that run tests often have no other interface, and no mDNS.
      '--allow-loopback-in-peer-connection',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
  });
  stack.defer(() => browser.close());
  const resources = stack.move();
  return {
    async openPage() {
      const context = await browser.newContext();
      const page: Page = await context.newPage();
      await page.goto(`http://localhost:${server.port}/page`);
      return {
        call: (name, ...values) =>
          page.evaluate(`${name}(${values.map((value) => JSON.stringify(value)).join()})`),
        close: () => context.close(),
      };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
