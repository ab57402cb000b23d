import { CELL_KIND, cellOf, maskOfWindow, openCell, sealCell } from './cell.ts';
import { encodeCommit } from './commit-cell.ts';
import type { ContainerDeps, OpenContainer, OpenVolume, Redo } from './container.ts';
import { below, drawInOrder, numbersBelow, randomBytes } from './draws.ts';
import {
  CELLS_PER_WINDOW,
  cellBytes,
  STRIPE_BYTES,
  stagingOffset,
  stripeOffset,
  windowBytes,
  windowOffset,
} from './geometry.ts';
import { createKeySet, keySetOffset } from './key-page.ts';
import { createStripe, drawErasedSlots, eraseSlots } from './root-stripe.ts';
import type { PageVersion, Place } from './volume-index.ts';
import { REPAIRS_PER_FLUSH } from './volume-writer.ts';

/** Chooses `count` slots of a window in a random order; a parameter only so that the game can be shown a bad one. */
export type DrawSlots = (request: {
  readonly count: number;
  readonly window: number;
  readonly versions: readonly (PageVersion | undefined)[];
}) => readonly number[];

/**
 * One flush (PIP-3000 §5): the same reads and the same writes, at the same
 * offsets, of the same lengths, whatever the volumes hold and however many are
 * open. Committed once staging is on the medium. When it throws, the container
 * must be loaded again.
 */
export async function flushContainer(
  deps: ContainerDeps,
  container: OpenContainer,
  drawSlots: DrawSlots = ({ count }) =>
    drawInOrder(deps.random, numbersBelow(CELLS_PER_WINDOW), count),
): Promise<void> {
  const { media, random } = deps;
  const { geometry, volumes } = container;
  if (container.redo !== undefined) await redoFlush(deps, container, container.redo);
  container.redo = undefined;

  const flush = container.flush + 1;
  const window = flush % geometry.windows;
  const { layout, contents } = await planWindow(deps, container, window, flush);
  const before = (flush - 1 + geometry.windows) % geometry.windows;
  const erasedSlots = drawErasedSlots(
    random,
    [...volumes.map(({ root }) => root), ...container.retired].map((root) =>
      root.flush === flush - 1 ? root.slots : [],
    ),
  );
  const image = drawWindow(deps, container, {
    flush,
    window,
    layout,
    contents,
    erasedSlots,
    drawSlots,
  });
  const stripe = createStripe(
    { symmetric: deps.suite.symmetric, random },
    window,
    volumes.map((volume) => ({
      keys: volume.rootKeys,
      record: {
        volume: volume.number,
        flush,
        day: volume.number === 0 ? container.extra.day : 0,
        extraFlushes: volume.number === 0 ? container.extra.count : 0,
        tops: volume.writer.tops,
        secrets: volume.secrets,
      },
    })),
  );
  const old = await media.read(stripeOffset(before), STRIPE_BYTES);

  await media.write(stripeOffset(window), stripe.bytes);
  await media.flush();
  await media.write(stagingOffset(geometry), image.bytes);
  await media.flush();
  await media.write(windowOffset(geometry, window), image.bytes);
  await media.write(stripeOffset(before), eraseSlots(random, old, erasedSlots));
  await media.flush();

  container.flush = flush;
  volumes.forEach((volume, at) => {
    volume.root = { flush, slots: stripe.slots[at] ?? [] };
    volume.index.setWindow(window, flush, image.slots[at] ?? []);
    volume.writer.commit();
  });
}

/**
 * Repeats the second half of the last committed flush, and empties the key set
 * that is not in force: what a crash may have cut off.
 */
async function redoFlush(deps: ContainerDeps, container: OpenContainer, redo: Redo): Promise<void> {
  const { media, random } = deps;
  const old = await media.read(stripeOffset(redo.stripe), STRIPE_BYTES);
  await media.write(windowOffset(container.geometry, redo.window), redo.bytes);
  await media.write(stripeOffset(redo.stripe), eraseSlots(random, old, redo.erasedSlots));
  await media.write(keySetOffset(redo.staleKeySet), createKeySet(random));
  await media.flush();
}

/** What every volume puts into the window, and the pages themselves; damaged ones are left out. */
async function planWindow(
  deps: ContainerDeps,
  container: OpenContainer,
  window: number,
  flush: number,
): Promise<{
  readonly layout: readonly (readonly PageVersion[])[];
  readonly contents: ReadonlyMap<PageVersion, Uint8Array>;
}> {
  const { geometry, volumes } = container;
  const partner = (window + geometry.windows / 2) % geometry.windows;
  const images = new Map([
    [window, await readWindow(deps, container, window)],
    [partner, await readWindow(deps, container, partner)],
  ]);
  const plans = volumes.map(({ writer }) => writer.plan(window, flush));
  const contents = new Map<PageVersion, Uint8Array>();
  const elsewhere: { readonly version: PageVersion; readonly volume: OpenVolume }[] = [];
  plans.forEach((versions, at) => {
    for (const version of versions) {
      const content = version.content ?? openFrom(deps, container, images, version);
      if (content !== undefined) contents.set(version, content);
      else elsewhere.push({ version, volume: volumes[at] as OpenVolume });
    }
  });
  for (let read = 0; read < REPAIRS_PER_FLUSH; read += 1) {
    const version = elsewhere[read]?.version;
    const content = await readPlace(deps, container, version, version?.places[0]);
    if (version !== undefined && content !== undefined) contents.set(version, content);
  }
  return {
    layout: plans.map((versions) => versions.filter((version) => contents.has(version))),
    contents,
  };
}

function openFrom(
  deps: ContainerDeps,
  container: OpenContainer,
  images: ReadonlyMap<number, Uint8Array>,
  version: PageVersion,
): Uint8Array | undefined {
  const { geometry } = container;
  for (const place of version.places) {
    const image = images.get(place.window);
    if (image === undefined) continue;
    const cell = cellOf(geometry, image, place.slot);
    const header = { ...headerOf(version), writtenAt: place.writtenAt };
    const page = openCell(deps.suite.symmetric, geometry, cell, header, version.key);
    if (page !== undefined) return page;
  }
  return undefined;
}

/** Reads one cell, any one where there is nothing to read, and opens it. */
export async function readPlace(
  deps: ContainerDeps,
  container: OpenContainer,
  version: PageVersion | undefined,
  place: Place | undefined,
): Promise<Uint8Array | undefined> {
  const { geometry, redo } = container;
  // Drawn in any case: a system can see how often a program asks for randomness.
  const [anyWindow, anySlot] = [
    below(deps.random, geometry.windows),
    below(deps.random, CELLS_PER_WINDOW),
  ];
  const { window = anyWindow, slot = anySlot } = place ?? {};
  const size = cellBytes(geometry);
  const read = await deps.media.read(windowOffset(geometry, window) + slot * size, size);
  if (version === undefined || place === undefined) return undefined;
  const cell = redo?.window === window ? cellOf(geometry, redo.bytes, slot) : read;
  const header = { ...headerOf(version), writtenAt: place.writtenAt };
  return openCell(deps.suite.symmetric, geometry, cell, header, version.key);
}

/** A window, as the last committed flush means it to be. */
export async function readWindow(
  deps: ContainerDeps,
  container: Pick<OpenContainer, 'geometry' | 'redo'>,
  window: number,
): Promise<Uint8Array> {
  const { geometry, redo } = container;
  const bytes = await deps.media.read(windowOffset(geometry, window), windowBytes(geometry));
  return redo?.window === window ? redo.bytes : bytes;
}

/** Random bytes with the cells of all volumes in slots of a fresh uniform choice, and the commit cell that hashes them. */
function drawWindow(
  deps: ContainerDeps,
  container: OpenContainer,
  request: {
    readonly flush: number;
    readonly window: number;
    readonly layout: readonly (readonly PageVersion[])[];
    readonly contents: ReadonlyMap<PageVersion, Uint8Array>;
    readonly erasedSlots: readonly number[];
    readonly drawSlots: DrawSlots;
  },
): {
  readonly bytes: Uint8Array;
  readonly slots: readonly (readonly { readonly version: PageVersion; readonly slot: number }[])[];
} {
  const { symmetric } = deps.suite;
  const { geometry, volumes, commitKey } = container;
  const { flush, layout, contents, erasedSlots, drawSlots } = request;
  const bytes = randomBytes(deps.random, windowBytes(geometry));
  const versions = layout.flat();
  const order = drawSlots({
    count: versions.length + 1,
    window: request.window,
    versions: [undefined, ...versions],
  });
  const commitSlot = order[0] ?? 0;
  const slotByVersion = new Map(versions.map((version, at) => [version, order[at + 1] ?? 0]));
  const masks = volumes.map(({ maskKey }) => maskOfWindow(symmetric, maskKey, bytes));
  const slots = layout.map((own, at) =>
    own.map((version) => {
      const slot = slotByVersion.get(version) ?? 0;
      sealCell(symmetric, geometry, {
        window: bytes,
        slot,
        mask: masks[at] as Uint8Array,
        header: { ...headerOf(version), writtenAt: flush },
        key: version.key,
        content: contents.get(version) as Uint8Array,
      });
      return { version, slot };
    }),
  );
  sealCell(symmetric, geometry, {
    window: bytes,
    slot: commitSlot,
    mask: masks[0] as Uint8Array,
    header: { kind: CELL_KIND.commit, page: 0, version: 0, writtenAt: flush },
    key: commitKey,
    content: encodeCommit(symmetric, geometry, { flush, erasedSlots }, bytes, commitSlot),
  });
  return { bytes, slots };
}

function headerOf(version: PageVersion): Pick<PageVersion, 'kind' | 'page' | 'version'> {
  return { kind: version.kind, page: version.page, version: version.version };
}
