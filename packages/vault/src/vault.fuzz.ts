import type { FuzzTarget } from '@pars/base/conformance';
import { findCells, maskOfWindow } from './cell.ts';
import { findCommit } from './commit-cell.ts';
import { windowBytes } from './geometry.ts';
import { decodeMapPage, encodeMapPage } from './page-map.ts';
import { decodeRootRecord, encodeRootRecord } from './root-record.ts';
import { SMALL_SLAB } from './slab/slab-fixture.ts';
import { slabWindowBytes } from './slab/slab-geometry.ts';
import { findEntries, findSlabCommit, openChunk, slabCellOf } from './slab/slab-window.ts';
import { unlockContainer } from './unlock-container.ts';
import { createWorld, FAST_SUITE, inTime, password, SMALL, type World } from './vault-fixture.ts';

const { symmetric } = FAST_SUITE;
const KEY = new Uint8Array(32).fill(1);
let world: World | undefined;

/** Everything that reads bytes of a container, also after the AEAD, and the whole way in. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'vault/root-record',
    corpus: async () => [
      encodeRootRecord({
        volume: 1,
        flush: 77,
        day: 20_000,
        extraFlushes: 3,
        tops: [{ version: 5, key: KEY }, undefined, undefined, undefined],
        secrets: { decoy: KEY, hidden: KEY, root: KEY },
      }),
    ],
    run: (input) => void decodeRootRecord(input),
  },
  {
    name: 'vault/map-page',
    corpus: async () => [encodeMapPage(SMALL, [{ version: 9, key: KEY }, undefined])],
    run: (input) => void decodeMapPage(SMALL, input),
  },
  {
    name: 'vault/window',
    corpus: async () => [new Uint8Array(windowBytes(SMALL))],
    run(input) {
      const window = new Uint8Array(windowBytes(SMALL));
      window.set(input.subarray(0, window.length));
      const cells = findCells(SMALL, window, maskOfWindow(symmetric, KEY, window));
      findCommit(symmetric, SMALL, { window, cells, key: KEY });
    },
  },
  {
    name: 'vault/slab-window',
    corpus: async () => [new Uint8Array(slabWindowBytes(SMALL_SLAB))],
    run(input) {
      const window = new Uint8Array(slabWindowBytes(SMALL_SLAB));
      window.set(input.subarray(0, window.length));
      for (const [slot, entry] of findEntries(symmetric, KEY, window)) {
        openChunk(symmetric, SMALL_SLAB, slabCellOf(SMALL_SLAB, window, slot), entry, KEY);
      }
      findSlabCommit(symmetric, KEY, window);
    },
  },
  {
    name: 'vault/container',
    corpus: async () => [new Uint8Array(4096).fill(7)],
    async run(input) {
      world ??= await createWorld('fuzz');
      const { image } = world.deps.media;
      const whole = image.slice();
      const at = ((input[0] ?? 0) * 65_536 + (input[1] ?? 0) * 256) % image.length;
      image.set(input.subarray(0, image.length - at), at);
      const request = { password: password('hidden') };
      await inTime(world, unlockContainer(world.deps, world.geometry, request));
      image.set(whole);
    },
  },
];
