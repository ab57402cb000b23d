import type { ByteStream, StreamTransport } from '../ports/transport.ts';
import { check, checkEqual, checkRejects } from './check.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** Two transports that can reach each other. */
export interface StreamTransportSubject {
  readonly listener: StreamTransport;
  readonly dialer: StreamTransport;
  /** What to listen on; the transport picks the rest (a free port). */
  readonly listenAddress: string;
  /** An address of the right form where nobody listens. */
  readonly deadAddress: string;
}

/** What every `StreamTransport` promises. Its streams: {@link byteStreamConformance}. */
export function streamTransportConformance(
  create: () => Promise<StreamTransportSubject>,
): readonly ConformanceCase[] {
  function transportCase(
    name: string,
    body: (subject: StreamTransportSubject) => Promise<void>,
  ): ConformanceCase {
    return {
      name: `stream transport: ${name}`,
      async run() {
        const subject = await create();
        try {
          await body(subject);
        } finally {
          await subject.dialer[Symbol.asyncDispose]();
          await subject.listener[Symbol.asyncDispose]();
        }
      },
    };
  }

  return [
    transportCase('a dialled address that listens gives connected streams', async (subject) => {
      const { listener, dialer, listenAddress } = subject;
      const addresses = await listener.listen(listenAddress, echo);
      check(addresses.length > 0, 'at least one address');
      const streams = await Promise.all([1, 2, 3].map(() => dialer.dial(addresses[0] as string)));
      for (const [index, stream] of streams.entries()) {
        await stream.write(new Uint8Array([index, 7]));
        await stream.closeWrite();
        checkEqual(await readAll(stream), [index, 7], 'its own bytes come back');
      }
    }),

    transportCase('dialling where nobody listens rejects', async ({ dialer, deadAddress }) => {
      await checkRejects(() => dialer.dial(deadAddress), 'rejects');
    }),

    transportCase('an aborted dial rejects', async ({ listener, dialer, listenAddress }) => {
      const addresses = await listener.listen(listenAddress, (stream) => stream.abort());
      const signal = AbortSignal.abort(new Error('enough'));
      await checkRejects(() => dialer.dial(addresses[0] as string, signal), 'rejects');
    }),

    transportCase('disposing ends streams and listening', async (subject) => {
      const { listener, dialer, listenAddress } = subject;
      const addresses = await listener.listen(listenAddress, echo);
      const stream = await dialer.dial(addresses[0] as string);
      const stopped = readAll(stream).then(
        () => true,
        () => true,
      );
      await listener[Symbol.asyncDispose]();
      check(await stopped, 'the open stream ends or fails');
      await checkRejects(() => dialer.dial(addresses[0] as string), 'no new one is accepted');
      await dialer[Symbol.asyncDispose]();
      await checkRejects(() => dialer.dial(addresses[0] as string), 'nor dialled');
    }),
  ];
}

function echo(stream: ByteStream): void {
  void (async () => {
    for await (const bytes of stream.source) await stream.write(bytes);
    await stream.closeWrite();
  })().catch(() => stream.abort());
}

async function readAll(stream: ByteStream): Promise<number[]> {
  const all: number[] = [];
  for await (const bytes of stream.source) all.push(...bytes);
  return all;
}
