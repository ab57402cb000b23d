import {
  type ByteStream,
  type Codec,
  type Failure,
  type Log,
  type Metrics,
  ok,
  type Result,
  type Scheduler,
} from '@pars/base';
import type { LinkPeer, MeshHost } from '@pars/mesh';
import type { RateLimiter } from '../rate-limiter.ts';
import { codeOf } from '../task-set.ts';
import { readFrame, withinTimeLimit, writeFrame } from './frame.ts';

/** A protocol of one request and one answer a stream (PIP-5000 §9). */
export interface ServedProtocol<Request, Answer> {
  readonly name: string;
  readonly maxFrameBytes: number;
  readonly requests: Codec<Request>;
  readonly answers: Codec<Answer>;
  readonly limiter: RateLimiter;
  /** The answer; what it throws costs the peer its stream, not the node. */
  readonly respond: (request: Request, peer: LinkPeer) => Promise<Answer>;
}

/** Serves a protocol: bounded frames, bounded time, bounded rate; nothing a peer sends can throw. */
export function serveProtocol<Request, Answer>(
  deps: {
    readonly mesh: MeshHost;
    readonly scheduler: Scheduler;
    readonly log: Log;
    readonly metrics: Metrics;
    /** Aborted when the engine stops. */
    readonly signal: AbortSignal;
  },
  protocol: ServedProtocol<Request, Answer>,
): void {
  const { log, mesh, metrics, scheduler, signal } = deps;

  async function serve(stream: ByteStream, peer: LinkPeer): Promise<void> {
    if (signal.aborted || !protocol.limiter.admit(peer.nodeId)) {
      metrics.count('node/streams-refused');
      stream.abort();
      return;
    }
    const outcome = await withinTimeLimit(scheduler, stream, signal, () => exchange(stream, peer));
    if (outcome.ok) return;
    log.write('info', 'node/stream-dropped', { protocol: protocol.name, code: outcome.error.code });
    stream.abort();
  }

  async function exchange(stream: ByteStream, peer: LinkPeer): Promise<Result<void, Failure>> {
    const frame = await readFrame(stream.source, protocol.maxFrameBytes);
    if (!frame.ok) return frame;
    const request = protocol.requests.decode(frame.value);
    if (!request.ok) return request;
    const answer = await protocol.respond(request.value, peer);
    await writeFrame(stream, protocol.answers.encode(answer));
    return ok(undefined);
  }

  mesh.handle(protocol.name, async (stream, peer) => {
    try {
      await serve(stream, peer);
    } catch (error) {
      log.write('error', 'node/protocol-failed', {
        protocol: protocol.name,
        code: codeOf(error),
      });
      stream.abort();
    }
  });
}
