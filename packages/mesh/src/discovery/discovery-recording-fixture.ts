import { hex, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createSeededSuite } from '../link/link-fixture.ts';
import { keyFingerprint } from '../node-id.ts';
import { endpointToRoute } from './address/index.ts';
import { openPeerBook } from './book/index.ts';
import { sampleEndpoints, sampleMessages } from './discovery-sample-fixture.ts';
import { compareDistance, encodeFindMessage } from './find/index.ts';
import { makeNodeRecord, nodeLinkToText, signNodeList } from './record/index.ts';

/** Messages, an order of distance, a link, a list, a record and a book, as frozen in discovery.vectors.json. */
export interface DiscoveryRecording {
  readonly nowMs: number;
  /** 2,624 bytes. */
  readonly nodeKey: string;
  readonly fingerprint: string;
  readonly messages: readonly { readonly type: string; readonly bytes: string }[];
  readonly place: string;
  /** The nearest first. */
  readonly ordered: readonly string[];
  readonly routes: readonly string[];
  readonly nodeLink: string;
  readonly nodeList: string;
  readonly nodeRecord: string;
  readonly peerBook: string;
}

/** Makes the recording again; the same on every run and platform. */
export async function recordDiscovery(): Promise<DiscoveryRecording> {
  const random = createSimulationRandom('discovery vectors');
  const suite = createSeededSuite(random);
  const signer = await suite.signature.signerFromSeed(suite.signature.generateSeed());
  const nodeKey = signer.publicKey.bytes;
  const fingerprint = keyFingerprint(suite.symmetric, nodeKey);
  const nowMs = 1_795_305_600_000;
  const place = random.bytes(32);
  const places = Array.from({ length: 8 }, () => random.bytes(32));
  const routes = sampleEndpoints.map(endpointToRoute);
  const addresses = routes.map((route) => `${route}#${fingerprint}`);
  const book = unwrap(openPeerBook({ random }));
  for (const address of addresses) book.note(address, 'list', nowMs);
  book.succeeded(fingerprint, routes[0] ?? '', 'answer', nowMs);
  book.note(`/ip4/192.168.1.9/tcp/1#${fingerprint}`, 'lan', nowMs);
  const record = await makeNodeRecord(suite, signer, sampleEndpoints.slice(0, 3), nowMs);
  return {
    nowMs,
    nodeKey: hex.encode(nodeKey),
    fingerprint,
    messages: sampleMessages.map((message) => ({
      type: message.type,
      bytes: hex.encode(encodeFindMessage(message)),
    })),
    place: hex.encode(place),
    ordered: places.toSorted((a, b) => compareDistance(place, a, b)).map((one) => hex.encode(one)),
    routes,
    nodeLink: nodeLinkToText(suite.symmetric, { fingerprint, routes }),
    nodeList: await signNodeList(suite, signer, {
      serial: 7,
      madeMs: nowMs,
      expiresMs: nowMs + 30 * 86_400_000,
      addresses: [...addresses, `/dns4/node.example.org/tcp/443/tls/ws#${fingerprint}`],
    }),
    nodeRecord: hex.encode(record ?? new Uint8Array(0)),
    peerBook: hex.encode(book.encode()),
  };
}
