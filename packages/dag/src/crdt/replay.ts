import type { LoggedVertex } from '../replica/difference.ts';
import type { Replica } from '../replica/replica.ts';
import type { Moment } from './replicated-type.ts';

/**
 * Gives everything that came after the sequence number `after` to `apply`, each
 * vertex once and ancestors first, and resolves to the number to go on from.
 * Keep that number in the same batch as the states that it belongs to: then a
 * crash neither loses an operation nor applies one twice.
 */
export async function replayLog(
  replica: Replica,
  after: number,
  apply: (vertex: LoggedVertex, at: Moment) => Promise<void>,
  signal?: AbortSignal,
): Promise<number> {
  let sequence = after;
  for (;;) {
    const page = await replica.log(sequence, PAGE, signal);
    for (const vertex of page) {
      const { id } = vertex;
      await apply(vertex, { id, includes: (past) => replica.includes(id, past, signal) });
      sequence = vertex.sequence;
    }
    if (page.length < PAGE) return sequence;
  }
}

const PAGE = 512;
