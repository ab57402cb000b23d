import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createJavaScriptProvider } from '@pars/crypto';
import { nodeLinkFromText } from '@pars/mesh';
import { ownLinkFromAddresses } from './own-link.ts';

const { symmetric } = createJavaScriptProvider({ random: createSimulationRandom('own link') });
const FINGERPRINT = 'b'.repeat(51).concat('a');
const at = (route: string): string => `${route}#${FINGERPRINT}`;

test('a link for others names no address of this machine alone, unless there is no other', () => {
  const routesOf = (...addresses: string[]): readonly string[] => {
    const link = ownLinkFromAddresses(symmetric, addresses) ?? '';
    return unwrap(nodeLinkFromText(symmetric, link)).routes;
  };
  const inside = ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1'].map(at);
  const outside = ['/ip4/10.9.0.1/tcp/1', '/dns4/example.org/tcp/443/tls/ws'];
  assert.deepEqual(routesOf(...inside, ...outside.map(at)), outside);
  assert.deepEqual(routesOf(at('/ip4/127.0.0.1/tcp/1')), ['/ip4/127.0.0.1/tcp/1']);
  assert.equal(ownLinkFromAddresses(symmetric, []), undefined);
});
