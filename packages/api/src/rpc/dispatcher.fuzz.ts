import type { FuzzTarget } from '@pars/base/conformance';
import { createChannelPair, createFakeHandlers } from '../fakes/index.ts';
import { methodTable, subscriptionTable } from '../methods/method-table.ts';
import { openApiClient } from './client.ts';
import { serveChannel } from './dispatcher.ts';
import { requestFromFrame } from './json-rpc.ts';

const encoder = new TextEncoder();
const openRequest = encoder.encode(
  '{"jsonrpc":"2.0","id":0,"method":"api.open","params":{"apiVersion":1,"token":"t"}}',
);
const quiet = {
  log: { write: (): void => undefined },
  scheduler: {
    schedule: () => (): void => undefined,
    sleep: (): Promise<void> => Promise.resolve(),
  },
};

/** Any frame must be answered or ignored; nothing may throw or hang. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'api/request-from-frame',
    corpus,
    run: (input) => {
      requestFromFrame(input);
    },
  },
  {
    name: 'api/dispatcher-stranger',
    corpus,
    run: (input) => serveFrames([input]),
  },
  {
    name: 'api/dispatcher-opened',
    corpus,
    run: (input) => serveFrames([openRequest, input]),
  },
  {
    name: 'api/client',
    corpus: async () =>
      [
        '{"jsonrpc":"2.0","id":1,"result":{"apiVersion":1}}',
        '{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"api/unauthorized","data":{"code":"api/unauthorized"}}}',
        '{"jsonrpc":"2.0","method":"chat.watch","params":{"subscription":"s1","end":{"code":"api/slow-consumer"}}}',
      ].map((text) => encoder.encode(text)),
    run: async (input) => {
      const pair = createChannelPair();
      const opening = openApiClient(pair.client, { token: 't' });
      await pair.server.send(input).catch(() => undefined);
      await pair.server.close();
      const opened = await opening;
      if (opened.ok) await opened.value[Symbol.asyncDispose]();
    },
  },
];

async function corpus(): Promise<readonly Uint8Array[]> {
  const requests = [...Object.keys(methodTable), ...Object.keys(subscriptionTable)].map(
    (method, id) => JSON.stringify({ jsonrpc: '2.0', id, method, params: {} }),
  );
  const unsubscribe =
    '{"jsonrpc":"2.0","id":"a","method":"api.unsubscribe","params":{"subscription":"s1"}}';
  return [...[...requests, unsubscribe].map((text) => encoder.encode(text)), openRequest];
}

/** Serves the frames to a client that reads everything, until the end of the connection. */
async function serveFrames(frames: readonly Uint8Array[]): Promise<void> {
  const pair = createChannelPair();
  const served = serveChannel(pair.server, quiet, {
    handlers: createFakeHandlers(),
    isToken: (token) => token === 't',
  });
  const answers = Array.fromAsync(pair.client.source, (frame) => {
    JSON.parse(new TextDecoder().decode(frame));
  });
  for (const frame of frames) await pair.client.send(frame).catch(() => undefined);
  await new Promise<void>((resolve) => setImmediate(resolve));
  await pair.client.close();
  await Promise.all([served, answers]);
}
