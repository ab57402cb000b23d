import {
  type ByteStream,
  concatBytes,
  ParsError,
  uint32FromBytes,
  uint32ToBytes,
} from '@pars/base';
import type { NodeIndex, ProcessContext, Traffic } from '../kernel/index.ts';

/** Byte streams between processes, as a link's multiplexer gives them: 9 bytes a frame, windows of 64 KiB. */
export interface ByteStreams {
  open(to: NodeIndex): ByteStream;
  /** Takes what the process received. What is no frame is ignored. */
  receive(from: NodeIndex, message: Uint8Array): void;
  /** Streams that are open. */
  readonly count: number;
}

const DATA = 0;
const END = 1;
const RESET = 2;
const ACK = 3;
const OPENED_BY_SENDER = 4;
const WINDOW = 65_536;
const ACK_AFTER = 16_384;
const MAX_STREAMS = 64;

/** The streams of one life. `accept` takes those that others open; at most 64 are open at once. */
export function createByteStreams(
  context: ProcessContext,
  accept: (stream: ByteStream, from: NodeIndex) => void,
  traffic: Traffic,
): ByteStreams {
  const streamByKey = new Map<string, StreamEnd>();

  function frame(kind: number, isMine: boolean, id: number, number: number, bytes: Uint8Array) {
    const begin = Uint8Array.of(kind | (isMine ? OPENED_BY_SENDER : 0));
    return concatBytes(begin, uint32ToBytes(id), uint32ToBytes(number), bytes);
  }

  function create(peer: NodeIndex, id: number, isMine: boolean): StreamEnd {
    const key = `${peer}/${id}/${isMine}`;
    const end = createStreamEnd(
      (kind, number, bytes) => context.send(peer, frame(kind, isMine, id, number, bytes), traffic),
      () => streamByKey.delete(key),
    );
    streamByKey.set(key, end);
    return end;
  }

  return {
    get count() {
      return streamByKey.size;
    },
    open: (to) => create(to, context.random.uint32(), true).stream,
    receive(from, message) {
      if (message.length < 9) return;
      const kind = (message[0] ?? 0) & 3;
      const isTheirs = ((message[0] ?? 0) & OPENED_BY_SENDER) !== 0;
      const id = uint32FromBytes(message, 1);
      const number = uint32FromBytes(message, 5);
      let end = streamByKey.get(`${from}/${id}/${!isTheirs}`);
      if (end === undefined) {
        if (kind === RESET) return;
        if (kind !== DATA || !isTheirs || number !== 0 || streamByKey.size >= MAX_STREAMS) {
          context.send(from, frame(RESET, !isTheirs, id, 0, NOTHING), traffic);
          return;
        }
        end = create(from, id, false);
        accept(end.stream, from);
      }
      end.receive(kind, number, message.subarray(9));
    },
  };
}

interface StreamEnd {
  readonly stream: ByteStream;
  receive(kind: number, number: number, bytes: Uint8Array): void;
}

function createStreamEnd(
  send: (kind: number, number: number, bytes: Uint8Array) => void,
  onOver: () => void,
): StreamEnd {
  const incoming: Uint8Array[] = [];
  let received = 0;
  let consumed = 0;
  let acked = 0;
  let hasPeerEnded = false;
  let sent = 0;
  let peerAcked = 0;
  let hasEnded = false;
  let isBroken = false;
  let wakers: (() => void)[] = [];

  function changed(): void {
    const waiting = wakers;
    wakers = [];
    for (const wake of waiting) wake();
    if (isBroken || (hasEnded && hasPeerEnded)) onOver();
  }

  const change = () =>
    new Promise<void>((resolve) => {
      wakers.push(resolve);
    });

  function consume(chunk: Uint8Array): void {
    consumed += chunk.length;
    if (consumed - acked < ACK_AFTER || isBroken) return;
    acked = consumed;
    send(ACK, acked, NOTHING);
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = incoming.shift();
      if (chunk !== undefined) {
        consume(chunk);
        yield chunk;
      } else if (isBroken) throw new ParsError('base/stream-closed');
      else if (hasPeerEnded) return;
      else await change();
    }
  }

  function abort(): void {
    if (isBroken || (hasEnded && hasPeerEnded)) return;
    isBroken = true;
    send(RESET, 0, NOTHING);
    changed();
  }

  const stream: ByteStream = {
    source: read(),
    async write(bytes) {
      while (!isBroken && !hasEnded && sent - peerAcked >= WINDOW) await change();
      if (isBroken || hasEnded) throw new ParsError('base/stream-closed');
      send(DATA, sent, bytes);
      sent += bytes.length;
    },
    async closeWrite() {
      if (isBroken || hasEnded) return;
      hasEnded = true;
      send(END, sent, NOTHING);
      changed();
    },
    abort,
    async [Symbol.asyncDispose]() {
      abort();
    },
  };

  return {
    stream,
    receive(kind, number, bytes) {
      if (kind === ACK) peerAcked = Math.max(peerAcked, Math.min(number, sent));
      else if (kind === RESET) isBroken = true;
      else if (number !== received || hasPeerEnded) {
        // Something between was lost: the link broke in a way that nobody noticed.
        return abort();
      } else if (kind === END) hasPeerEnded = true;
      else {
        received += bytes.length;
        incoming.push(bytes);
      }
      changed();
    },
  };
}

const NOTHING = new Uint8Array(0);
