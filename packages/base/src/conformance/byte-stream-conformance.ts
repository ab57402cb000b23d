import type { ByteStream } from '../ports/transport.ts';
import { check, checkEqual, checkRejects } from './check.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** Two connected streams. */
export interface ByteStreamSubject {
  readonly near: ByteStream;
  readonly far: ByteStream;
  /** Bytes that writers may be ahead of the reader, in all buffers together. */
  readonly maxInFlightBytes: number;
  /** Lets everything happen that needs no further call. */
  readonly settle: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** What every `ByteStream` promises. */
export function byteStreamConformance(
  create: () => Promise<ByteStreamSubject>,
): readonly ConformanceCase[] {
  function streamCase(
    name: string,
    body: (subject: ByteStreamSubject) => Promise<void>,
  ): ConformanceCase {
    return {
      name: `byte stream: ${name}`,
      async run() {
        const subject = await create();
        try {
          await body(subject);
        } finally {
          await subject.dispose();
        }
      },
    };
  }

  return [
    streamCase('carries bytes both ways, in order, until each half is closed', async (subject) => {
      const { near, far } = subject;
      const nearReads = readAll(near);
      const farReads = readAll(far);
      await near.write(pattern(3));
      await far.write(pattern(5));
      await near.write(new Uint8Array());
      await near.write(pattern(70_000));
      await near.closeWrite();
      checkEqual(await farReads, [...pattern(3), ...pattern(70_000)], 'near to far');
      await far.write(pattern(2));
      await far.closeWrite();
      checkEqual(await nearReads, [...pattern(5), ...pattern(2)], 'far to near');
    }),

    streamCase('keeps the bytes of writes that are not awaited apart', async ({ near, far }) => {
      const reads = readAll(far);
      const parts = Array.from({ length: 20 }, (_, index) => new Uint8Array(9000).fill(index));
      await Promise.all(parts.map((part) => near.write(part)));
      await near.closeWrite();
      checkEqual(
        await reads,
        parts.flatMap((part) => [...part]),
        'one after another',
      );
    }),

    streamCase('takes the bytes as they are when written', async ({ near, far }) => {
      const reads = readAll(far);
      const given = pattern(100);
      await near.write(given);
      given.fill(0);
      await near.closeWrite();
      checkEqual(await reads, [...pattern(100)], 'not what they became later');
    }),

    streamCase('holds a writer back until the reader takes bytes', async (subject) => {
      const { near, far, maxInFlightBytes, settle } = subject;
      const chunk = new Uint8Array(16_384);
      const total = maxInFlightBytes * 2 + 20 * chunk.length;
      let written = 0;
      const writing = (async () => {
        while (written < total) {
          await near.write(chunk);
          written += chunk.length;
        }
        await near.closeWrite();
      })();
      await settle();
      check(written <= maxInFlightBytes, 'bounded while nobody reads');
      let read = 0;
      for await (const bytes of far.source) {
        read += bytes.length;
        check(written - read <= maxInFlightBytes, 'bounded while reading');
      }
      await writing;
      checkEqual(read, written, 'everything arrived');
    }),

    streamCase('refuses writes after closing its half', async ({ near }) => {
      await near.closeWrite();
      await checkRejects(() => near.write(pattern(1)), 'rejects');
      await near.closeWrite();
    }),

    streamCase('after an abort writes reject and the other side stops', async ({ near, far }) => {
      const farStopped = readAll(far).then(
        () => true,
        () => true,
      );
      near.abort();
      near.abort();
      await checkRejects(() => near.write(pattern(1)), 'rejects');
      check(await farStopped, 'the far reader ends or fails');
    }),

    streamCase('an abort frees a writer who waits for room', async ({ near, far, settle }) => {
      const writing = (async () => {
        for (;;) await near.write(new Uint8Array(65_536));
      })();
      const stopped = checkRejects(() => writing, 'rejects');
      await settle();
      far.abort();
      await settle();
      near.abort();
      await stopped;
    }),

    streamCase('a write whose signal is aborted rejects with the reason', async ({ near, far }) => {
      const reads = readAll(far);
      const reason = new Error('enough');
      const write = () => near.write(pattern(5), AbortSignal.abort(reason));
      check((await checkRejects(write, 'rejects')) === reason, 'the reason');
      await near.write(pattern(2));
      await near.closeWrite();
      checkEqual(await reads, [...pattern(2)], 'none of its bytes were sent');
    }),

    streamCase('disposing lets the other side stop', async ({ near, far }) => {
      const farStopped = readAll(far).then(
        () => true,
        () => true,
      );
      await near[Symbol.asyncDispose]();
      check(await farStopped, 'the far reader ends or fails');
    }),
  ];
}

async function readAll(stream: ByteStream): Promise<number[]> {
  const all: number[] = [];
  for await (const bytes of stream.source) for (const byte of bytes) all.push(byte);
  return all;
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + length) & 255);
}
