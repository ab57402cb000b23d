import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findChromium, NO_CHROMIUM } from '../../../scripts/browser/find-chromium.ts';
import { type LinksPage, openLinksBrowser } from './links/links-browser-fixture.ts';

const skip = findChromium() === undefined && NO_CHROMIUM;
const megabyte = 1_048_576;

interface CaseResult {
  readonly name: string;
  readonly outcome: string;
  readonly detail: string;
}

test('streams and hosts over WebRTC in Chromium conform', { skip }, async (context) => {
  await using browser = await openLinksBrowser([]);
  const page = await browser.openPage();
  const results = await page.call<readonly CaseResult[]>('parsRunCases');
  assert.notEqual(results.length, 0);
  for (const { name, outcome, detail } of results) {
    await context.test(name, () => assert.equal(outcome, 'passed', detail));
  }
});

describe('two pages', { skip }, () => {
  test('meet by two texts, talk, and notice when the other one is closed', async () => {
    await using browser = await openLinksBrowser([]);
    const alice = await browser.openPage();
    const bob = await browser.openPage();
    const offer = await alice.call<string>('parsOffer');
    assert.ok(offer.length <= 500, `${offer.length} characters`);
    const answer = await bob.call<string>('parsAnswer', offer);
    const bobId = await bob.call<string>('parsNodeId');
    assert.equal(await alice.call('parsAccept', answer), bobId);
    assert.equal(await bob.call('parsAnswered'), await alice.call('parsNodeId'));
    await assertEcho(alice, bobId);
    await bob.close();
    await alice.call('parsUntilAlone');
  });

  test('are not linked by signals that were used, or belong elsewhere', async () => {
    await using browser = await openLinksBrowser([]);
    const alice = await browser.openPage();
    const bob = await browser.openPage();
    const offer = await alice.call<string>('parsOffer');
    assert.equal(await alice.call('parsAnswer', offer), 'mesh/self-dial');
    const answer = await bob.call<string>('parsAnswer', offer);
    assert.equal(await bob.call('parsAnswer', offer), 'mesh/signal-replayed');
    await alice.call<string>('parsOffer');
    assert.equal(await alice.call('parsAccept', answer), 'mesh/signal-mismatch');
    assert.equal(await alice.call('parsAccept', `${answer.slice(0, -1)}?`), 'mesh/bad-signal');
  });
});

async function assertEcho(page: LinksPage, nodeId: string): Promise<void> {
  const echo = await page.call<{ readonly isSame?: boolean }>('parsEcho', nodeId, megabyte);
  assert.equal(echo.isSame, true, JSON.stringify(echo));
}
