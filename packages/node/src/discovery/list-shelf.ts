import {
  type BlobStore,
  base32,
  createCodec,
  err,
  type Failure,
  type Log,
  ok,
  type Result,
  schema,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import { type KeyFingerprint, mayReplaceList, type NodeList, readNodeList } from '@pars/mesh';
import { codeOf } from '../task-set.ts';

/** The lists of nodes that the owner added, each by its key; none is there from the start (PIP-1005 §11). */
export interface ListShelf {
  all(): readonly NodeList[];
  /**
   * Takes a list, or a newer one of the same key. Codes: those of
   * `readNodeList`, `mesh/outdated-node-list`, `node/too-many-lists`.
   */
  add(text: string, nowMs: number): Promise<Result<NodeList, Failure>>;
  /** The removed list, if it was there. */
  remove(key: string): Promise<NodeList | undefined>;
}

/** Opens what was kept; what is damaged, or cannot be read, counts as none. */
export async function openListShelf(deps: {
  readonly suite: Suite;
  readonly blobs: BlobStore;
  readonly log: Log;
}): Promise<ListShelf> {
  const kept = await deps.blobs.read(BLOB).catch((error: unknown) => {
    deps.log.write('warn', 'node/lists-unreadable', { code: codeOf(error) });
    return undefined;
  });
  const read = kept === undefined ? undefined : codec.decode(kept);
  const listByKey = new Map<KeyFingerprint, NodeList>();
  for (const { key, ...list } of read?.ok === true ? read.value.lists : []) {
    const text = base32.encode(key) as KeyFingerprint;
    listByKey.set(text, { ...list, key: text });
  }

  /** What the disk refuses is not taken in memory either: it would be gone after a restart. */
  async function change(key: KeyFingerprint, list: NodeList | undefined): Promise<void> {
    const before = listByKey.get(key);
    if (list === undefined) listByKey.delete(key);
    else listByKey.set(key, list);
    try {
      await save();
    } catch (error) {
      if (before === undefined) listByKey.delete(key);
      else listByKey.set(key, before);
      throw error;
    }
  }

  async function save(): Promise<void> {
    const lists = [...listByKey.values()].map((list) => {
      const key = base32.decode(list.key, { maxBytes: 32 });
      return { ...list, key: key.ok ? key.value : new Uint8Array(32) };
    });
    await deps.blobs.replace(BLOB, codec.encode({ lists }));
  }

  return {
    all: () => [...listByKey.values()],
    async add(text, nowMs) {
      const list = await readNodeList(deps.suite, text, nowMs);
      if (!list.ok) return list;
      const known = listByKey.get(list.value.key);
      if (known === undefined && listByKey.size >= MAX_LISTS) return err('node/too-many-lists');
      const checked = known === undefined ? ok(undefined) : mayReplaceList(known, list.value);
      if (!checked.ok) return checked;
      await change(list.value.key, list.value);
      return list;
    },
    async remove(key) {
      const list = listByKey.get(key as KeyFingerprint);
      if (list === undefined) return undefined;
      await change(list.key, undefined);
      return list;
    },
  };
}

const BLOB = 'mesh-lists';
const MAX_LISTS = 8;

const codec = createCodec(
  'node/node-lists',
  schema.struct({
    lists: [
      1,
      schema.array(
        schema.struct({
          key: [1, schema.bytes({ length: 32 })],
          serial: [2, schema.uint({ max: 2 ** 32 - 1 })],
          madeMs: [3, schema.uint()],
          expiresMs: [4, schema.uint()],
          addresses: [5, schema.array(schema.text({ min: 1, maxBytes: 1_024 }), { max: 256 })],
        }),
        { max: MAX_LISTS },
      ),
    ],
  }),
  { maxBytes: 4_194_304 },
);
