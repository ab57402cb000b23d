import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSimulationRandom } from '@pars/base/fakes';
import { encodeMessageFrame } from '../message-frame.ts';
import type { DayIds } from '../parcel/index.ts';
import { createTestSuite } from '../parcel/parcel-fixture.ts';
import { createSyncAnswerer } from './sync-answerer.ts';
import { createSyncAsker } from './sync-asker.ts';
import { createSyncPair, fakeParcel } from './sync-fixture.ts';
import type { SyncEffect } from './sync-machine.ts';

const random = createSimulationRandom('reconciliation bench');
const setSize = 1_000_000;

/** The figures of PIP-1003: bytes and time to find differences, and what interruptions cost. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'mesh/sync-10-in-a-million', run: () => measureSketch(10, 1_000) },
  { name: 'mesh/sync-10000-in-a-million', run: () => measureSketch(10_000, 300_000, 2_000) },
  { name: 'mesh/sync-interrupted', run: async () => measureInterrupted() },
];

/**
 * All bytes both ways until every difference is known, wants and offers
 * excluded, and the processor time of the side that searches; wall time is of
 * both sides in one thread.
 */
async function measureSketch(
  differences: number,
  mostBytes: number,
  mostMs?: number,
): Promise<readonly BenchRow[]> {
  const half = differences / 2;
  const common = newIds(setSize - half);
  const [mine, theirs] = [common, common].map((ids) => sorted(ids, newIds(half)));
  const { symmetric } = createTestSuite(random);
  const askerCpu = { us: 0 };
  const asker = createSyncAsker({ symmetric, random }, { snapshot: () => [mine as DayIds] });
  const other = createSyncAnswerer({ symmetric, random }, { snapshot: () => [theirs as DayIds] });
  const timed = (work: () => readonly SyncEffect[]) => {
    const before = process.cpuUsage();
    const effects = work();
    const used = process.cpuUsage(before);
    askerCpu.us += used.user + used.system;
    return effects;
  };
  let bytes = 0;
  let rounds = 0;
  const start = performance.now();
  let questions = messagesOf(asker.connected());
  while (questions.length > 0) {
    rounds += 1;
    const answers: Uint8Array[] = [];
    for (const question of questions) {
      bytes += encodeMessageFrame(question).length;
      answers.push(...messagesOf(other.receive(question)));
    }
    const next: Uint8Array[] = [];
    for (const answer of answers) {
      bytes += encodeMessageFrame(answer).length;
      next.push(...messagesOf(timed(() => asker.receive(answer))));
    }
    // Types 10 and 12, offers and wants, move parcels.
    questions = next.filter((message) => message[0] !== 10 && message[0] !== 12);
  }
  const wallMs = performance.now() - start;
  const name = `${differences}-in-${setSize}`;
  return [
    {
      name: `mesh/sync-bytes/${name}`,
      value: bytes,
      unit: 'B',
      target: { of: 'value', atMost: mostBytes },
    },
    {
      name: `mesh/sync-cpu-searching-side/${name}`,
      value: askerCpu.us / 1_000,
      unit: 'ms',
      ...(mostMs === undefined ? {} : { target: { of: 'value' as const, atMost: mostMs } }),
    },
    { name: `mesh/sync-wall-both-sides/${name}`, value: wallMs, unit: 'ms' },
    { name: `mesh/sync-round-trips/${name}`, value: rounds, unit: 'rounds' },
  ];
}

/** 1,000 differences of 1 KiB in 3,000, whole and with 50 interruptions. */
function measureInterrupted(): readonly BenchRow[] {
  const some = (count: number) => Array.from({ length: count }, () => fakeParcel(random, 20_454));
  const both = some(2_000);
  const parcels = { asker: [...both, ...some(500)], answerer: [...both, ...some(500)] };
  const whole = createSyncPair('bench', parcels).connect();
  const pair = createSyncPair('bench', parcels);
  let bytes = 0;
  for (let link = 0; link < 50; link += 1) {
    bytes += pair.connect(Math.floor(whole.bytes / 52)).bytes;
  }
  const last = pair.connect();
  bytes += last.bytes;
  if (!last.isEnded || last.bytes === 0) throw new Error('not interrupted 50 times');
  const payload = 1_000 * 1_024;
  return [
    {
      name: 'mesh/sync-bytes/interrupted-50-times',
      value: bytes,
      unit: 'B',
      peer: { name: 'uninterrupted', value: whole.bytes },
      ratio: bytes / whole.bytes,
      target: { of: 'ratio', atMost: 1.2 },
    },
    {
      name: 'mesh/sync-overhead-a-parcel/1000-in-3000',
      value: (whole.bytes - payload) / 1_000,
      unit: 'B',
      target: { of: 'value', atMost: 60 },
    },
  ];
}

function messagesOf(effects: readonly SyncEffect[]): readonly Uint8Array[] {
  return effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []));
}

function newIds(count: number): Uint8Array {
  const ids = new Uint8Array(32 * count);
  for (let at = 0; at < ids.length; at += 65_536) {
    ids.set(random.bytes(Math.min(65_536, ids.length - at)), at);
  }
  return ids;
}

function sorted(...parts: readonly Uint8Array[]): DayIds {
  const all = Buffer.concat(parts);
  const order = Array.from({ length: all.length / 32 }, (_, place) => {
    return { place, begin: all.readBigUInt64BE(32 * place) };
  });
  order.sort((a, b) => (a.begin < b.begin ? -1 : 1));
  const ids = new Uint8Array(all.length);
  for (const [place, from] of order.entries()) {
    ids.set(all.subarray(32 * from.place, 32 * from.place + 32), 32 * place);
  }
  return { day: 20_454, ids };
}
