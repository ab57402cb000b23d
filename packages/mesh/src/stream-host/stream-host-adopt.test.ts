import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createStreamPair } from '@pars/base/fakes';
import { linkAddressFromText } from '../link-address.ts';
import type { StreamHost } from './stream-host.ts';
import { createStreamHostNetwork } from './stream-host-fixture.ts';

const network = createStreamHostNetwork('adopting stream hosts');
const address = '/ip4/192.0.2.1/udp/4001/webrtc';

function nameOf(host: StreamHost): { nodeId: StreamHost['nodeId']; fingerprint: never } {
  const parsed = linkAddressFromText(host.addresses()[0] ?? '');
  assert.ok(parsed.ok);
  return { nodeId: host.nodeId, fingerprint: parsed.value.fingerprint as never };
}

describe('a stream that is adopted', () => {
  for (const direction of ['inbound', 'outbound'] as const) {
    for (const half of ['nodeId', 'fingerprint'] as const) {
      test(`${direction}: another ${half} than expected never becomes a link`, async () => {
        const [host, other, stranger] = [
          await network.createHost(),
          await network.createHost(),
          await network.createHost(),
        ];
        const changes: string[] = [];
        host.onLink(({ type }) => changes.push(type));
        const [near, far] = createStreamPair();
        const back = direction === 'inbound' ? 'outbound' : 'inbound';
        const answered = other.adopt(far, { direction: back, address });
        const expected = { [half]: nameOf(stranger)[half] };
        const adopted = await host.adopt(near, { direction, address, expected });
        assert.equal(adopted.ok ? '' : adopted.error.code, 'mesh/wrong-peer');
        await answered;
        assert.deepEqual(changes, []);
      });
    }
  }

  test('belongs to the host, which ends it when it is stopped', async () => {
    const host = await network.createHost();
    await host[Symbol.asyncDispose]();
    const [near, far] = createStreamPair();
    const adopted = await host.adopt(near, { direction: 'inbound', address });
    assert.equal(adopted.ok ? '' : adopted.error.code, 'mesh/stopped');
    await assert.rejects(far.write(new Uint8Array(1)));
  });
});
