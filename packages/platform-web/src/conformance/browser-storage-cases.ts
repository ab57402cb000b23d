// Runs inside Chromium (bundled by scripts/browser), in a page or in a worker.
import type { Result } from '@pars/base';
import {
  blobStoreConformance,
  type ConformanceCase,
  checkEqual,
  checkRejects,
  type StoreSubject,
  storeConformance,
} from '@pars/base/conformance';
import { createSuite, type Suite } from '@pars/crypto';
import { parcelStoreConformance } from '@pars/mesh/conformance';
import type { ErasableSecret, Media } from '@pars/vault';
import { erasableSecretConformance, mediaConformance } from '@pars/vault/conformance';
import { createBrowserCryptoProvider } from '../crypto/browser-crypto-provider.ts';
import { openIndexedBlobStore } from '../storage/indexed-blob-store.ts';
import { createIndexedMedia, openIndexedMedia } from '../storage/indexed-media.ts';
import { openIndexedSecret } from '../storage/indexed-secret.ts';
import { openIndexedStore } from '../storage/indexed-store.ts';
import { type BrowserMedia, createOpfsMedia, openOpfsMedia } from '../storage/opfs-media.ts';
import { systemRandom } from '../system-random.ts';
import { checkBatches, writeBatchesForEver } from './batch-writer.ts';

/** What every store and blob store promises, over IndexedDB. */
export async function cases(): Promise<readonly ConformanceCase[]> {
  return [
    ...storeConformance(storePlace),
    ...parcelStoreConformance(storePlace, await browserSuite()),
    ...blobStoreConformance(async () => {
      const name = nextName();
      return {
        open: () => openIndexedBlobStore({ factory: indexedDB, name }),
        dispose: () => deleteDatabase(name),
      };
    }),
    ...mediaCases('IndexedDB', {
      create: (name, sizeBytes) => createIndexedMedia({ factory: indexedDB, name }, sizeBytes),
      open: (name) => openIndexedMedia({ factory: indexedDB, name }),
    }),
    ...(await opfsCases()),
    ...secretCases(),
    longListUnderWrites,
    deletionElsewhere,
    terminatedWorker,
  ];
}

async function storePlace(): Promise<StoreSubject> {
  const name = nextName();
  return {
    open: () => openIndexedStore({ factory: indexedDB, name }),
    dispose: () => deleteDatabase(name),
  };
}

async function browserSuite(): Promise<Suite> {
  const provider = await createBrowserCryptoProvider({ random: systemRandom });
  return createSuite({ provider, random: systemRandom });
}

function secretCases(): readonly ConformanceCase[] {
  const nameBySecret = new Map<ErasableSecret, string>();
  const open = (name: string) => openIndexedSecret({ factory: indexedDB, name });
  return [
    ...erasableSecretConformance({
      async create() {
        const name = nextName();
        const secret = await open(name);
        nameBySecret.set(secret, name);
        return secret;
      },
      reopen: (secret) => open(nameBySecret.get(secret) ?? ''),
    }),
    {
      name: 'erasable secret: nothing there is told, and a cleared site too',
      async run() {
        const name = nextName();
        const secret = await open(name);
        checkEqual(codeOf(await secret.read()), 'secret-keeper/nothing-there', 'at first');
        await deleteDatabase(name);
        checkEqual(codeOf(await secret.read()), 'secret-keeper/unavailable', 'cleared');
        checkEqual(codeOf(await secret.write(new Uint8Array(64))), 'secret-keeper/unavailable', '');
      },
    },
  ];
}

function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.error.code;
}

async function opfsCases(): Promise<readonly ConformanceCase[]> {
  if (!('FileSystemSyncAccessHandle' in globalThis) || !isSecureContext) {
    const skip = 'OPFS is for workers of a secure context';
    return [{ name: 'OPFS', skip, run: async () => undefined }];
  }
  const folder = await navigator.storage.getDirectory();
  const place: Place = {
    create: (name, sizeBytes) => createOpfsMedia(folder, name, sizeBytes),
    open: (name) => openOpfsMedia(folder, name),
  };
  return [
    ...mediaCases('OPFS', place),
    {
      name: 'OPFS: one realm has a container open',
      async run() {
        const name = nextName();
        const media = await place.create(name, 8_192);
        await checkRejects(() => place.open(name), 'opened twice');
        await media.close();
        await (await place.open(name)).close();
      },
    },
  ];
}

/** Where containers can be made and opened by name. */
interface Place {
  readonly create: (name: string, sizeBytes: number) => Promise<BrowserMedia>;
  readonly open: (name: string) => Promise<BrowserMedia>;
}

function mediaCases(kind: string, place: Place): readonly ConformanceCase[] {
  const nameByMedia = new Map<Media, string>();
  const suite = mediaConformance({
    async create(sizeBytes) {
      const name = nextName();
      const media = await place.create(name, sizeBytes);
      nameByMedia.set(media, name);
      return media;
    },
    async reopen(media) {
      await (media as BrowserMedia).close();
      return await place.open(nameByMedia.get(media) ?? '');
    },
  });
  return [
    ...suite.map((one) => ({ ...one, name: `${kind}: ${one.name}` })),
    {
      name: `${kind}: nothing is made where a container was expected, and none is replaced`,
      async run() {
        const name = nextName();
        await checkRejects(() => place.open(name), 'absent');
        await checkRejects(() => place.open(name), 'still absent');
        const media = await place.create(name, 8_192);
        await media.write(0, new Uint8Array([1]));
        await media.flush();
        await media.close();
        await checkRejects(() => place.create(name, 8_192), 'there is one');
        const again = await place.open(name);
        checkEqual((await again.read(0, 1))[0], 1, 'what it holds');
        await again.close();
      },
    },
  ];
}

// The same script runs in the worker that is going to die.
if (!('document' in globalThis)) {
  // Its name is the name of the database; the worker of the other cases has none.
  if (self.name !== '') void writeBatchesForEver(self.name, (round) => postMessage(round));
}

/** Longer than a piece, read in both directions while everything ahead of the reader changes. */
const longListUnderWrites: ConformanceCase = {
  name: 'indexed store: a long list is as of the call whatever is written ahead of it',
  async run() {
    for (const reverse of [false, true]) {
      const name = nextName();
      const store = await openIndexedStore({ factory: indexedDB, name });
      const count = 700;
      const keys = Array.from(
        { length: count },
        (_, index) => new Uint8Array([index >> 8, index & 255]),
      );
      await store.write(keys.map((key) => ({ key, value: new Uint8Array([1]) })));
      const seen: string[] = [];
      for await (const { key, value } of store.list({ reverse })) {
        if (value[0] !== 1) throw new Error(`a later value at ${key.join()}`);
        if (seen.length % 50 === 0) {
          await store.write(
            keys.flatMap((old, index) => [
              { key: old, ...(index % 3 === 0 ? {} : { value: new Uint8Array([2]) }) },
              { key: new Uint8Array([...old, 7]), value: new Uint8Array([3]) },
            ]),
          );
        }
        seen.push(key.join());
      }
      await store.close();
      await deleteDatabase(name);
      const expected = (reverse ? keys.toReversed() : keys).map((key) => key.join());
      if (seen.join(' ') !== expected.join(' ')) throw new Error(`read ${seen.length} of ${count}`);
    }
  },
};

/** Another tab wipes the device: the deletion does not wait, and the store says that it is gone. */
const deletionElsewhere: ConformanceCase = {
  name: 'indexed store: a deletion from elsewhere is not held up, and is told',
  async run() {
    const name = nextName();
    const store = await openIndexedStore({ factory: indexedDB, name });
    await store.write([{ key: new Uint8Array([1]), value: new Uint8Array([1]) }]);
    await deleteDatabase(name);
    const outcome = await store.get(new Uint8Array([1])).then(
      () => 'answered',
      (error: unknown) => String((error as { readonly code?: unknown }).code),
    );
    await store.close();
    if (outcome !== 'base/storage-failed') throw new Error(outcome);
  },
};

const terminatedWorker: ConformanceCase = {
  name: 'indexed store: a worker terminated while it writes leaves whole batches',
  ...('Worker' in globalThis && 'document' in globalThis
    ? {}
    : { skip: 'run once, from a page, which can end a worker' }),
  async run() {
    for (const [rounds, delayMs] of DEATHS) {
      const name = nextName();
      const worker = new Worker('/script.js', { type: 'module', name });
      const safe = await new Promise<number>((resolve, reject) => {
        let last = 0;
        worker.addEventListener('error', (event) => reject(new Error(event.message)));
        worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
          if (typeof data !== 'number') return;
          last = data;
          if (data === rounds) {
            setTimeout(() => {
              worker.terminate();
              resolve(last);
            }, delayMs);
          }
        });
      });
      await checkBatches(name, safe);
      await deleteDatabase(name);
    }
  },
};

// Announced rounds before death, and milliseconds after the last.
const DEATHS = [
  [1, 0],
  [2, 3],
  [3, 7],
  [4, 12],
] as const;

let names = 0;

function nextName(): string {
  names += 1;
  return `pars-test-${names}`;
}

/** Waits for connections that are about to close. */
function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.addEventListener('success', () => resolve());
    request.addEventListener('error', () => reject(request.error ?? new Error('not deleted')));
  });
}
