import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { gCounter } from './crdt/g-counter.ts';
import { gSet } from './crdt/g-set.ts';
import { lwwRegister } from './crdt/lww-register.ts';
import { mvRegister } from './crdt/mv-register.ts';
import { orSet } from './crdt/or-set.ts';
import { pnCounter } from './crdt/pn-counter.ts';
import type { ReplicatedKind, ReplicatedType } from './crdt/replicated-type.ts';
import { rga } from './crdt/rga.ts';
import { hashDep } from './history-fixture.ts';
import { decodeVertex, draftVertex, encodeVertex, type SpaceId, type VertexId } from './vertex.ts';

/*
 * The frozen bytes, against the implementation and against a second writer
 * that was made from PIP-1001 §2 alone.
 */

interface Vectors {
  readonly space: string;
  readonly vertices: readonly {
    readonly name: string;
    readonly parents: readonly string[];
    readonly time: number;
    readonly payload: string;
    readonly proof: string;
    readonly id: string;
    readonly bytes: string;
  }[];
  readonly objects: readonly ObjectVector[];
}

/** One object: operations with what they have in their past, and what comes of them. */
interface ObjectVector {
  readonly kind: string;
  readonly operations: readonly {
    readonly id: string;
    readonly past: readonly string[];
    readonly operation: string;
  }[];
  readonly state: string;
  readonly value: unknown;
}

const vectors = JSON.parse(
  readFileSync(new URL('./dag.vectors.json', import.meta.url), 'utf8'),
) as Vectors;
const space = bytes(vectors.space) as SpaceId;

describe('frozen vertices', () => {
  for (const vector of vectors.vertices) {
    const core = {
      parents: vector.parents.map((parent) => bytes(parent) as VertexId),
      time: vector.time,
      payload: bytes(vector.payload),
    };

    test(`${vector.name}: written`, () => {
      const draft = draftVertex(hashDep, space, core);
      assert.equal(draft.id.toHex(), vector.id);
      assert.equal(encodeVertex(draft, bytes(vector.proof)).toHex(), vector.bytes);
    });

    test(`${vector.name}: read`, () => {
      const id = bytes(vector.id) as VertexId;
      const vertex = unwrap(decodeVertex(hashDep, space, bytes(vector.bytes), id));
      assert.deepEqual(vertex, {
        ...core,
        id,
        proof: bytes(vector.proof),
        bytes: bytes(vector.bytes),
      });
    });

    test(`${vector.name}: by a second writer`, () => {
      const parents = vector.parents.map((parent) => text(bytes(parent)));
      const inner = [
        'a3',
        '00',
        head(4, parents.length) + parents.join(''),
        '01',
        head(0, vector.time),
        '02',
        text(bytes(vector.payload)),
      ].join('');
      const hash = createHash('sha3-256').update('pars/1 vertex').update(space);
      assert.equal(hash.update(bytes(inner)).digest('hex'), vector.id);
      assert.equal(`a200${text(bytes(inner))}01${text(bytes(vector.proof))}`, vector.bytes);
    });
  }
});

describe('frozen operations and states', () => {
  const requireByKind: Readonly<Record<string, (vector: ObjectVector) => Promise<void>>> = {
    'g-counter': (vector) => requireObject(gCounter, vector),
    'pn-counter': (vector) => requireObject(pnCounter, vector),
    'g-set': (vector) => requireObject(gSet, vector),
    'or-set': (vector) => requireObject(orSet, vector),
    'lww-register': (vector) => requireObject(lwwRegister, vector),
    'mv-register': (vector) => requireObject(mvRegister, vector),
    rga: (vector) => requireObject(rga, vector),
  };

  test('are there for all seven types', () => {
    const named = vectors.objects.map((object) => object.kind);
    assert.deepEqual(new Set(named), new Set(Object.keys(requireByKind)));
  });

  for (const vector of vectors.objects) {
    test(vector.kind, async () => {
      const requireVector = requireByKind[vector.kind];
      assert.ok(requireVector !== undefined);
      await requireVector(vector);
    });
  }
});

async function requireObject<Operation, Value, T extends ReplicatedType<Operation, Value>>(
  kind: ReplicatedKind<Operation, Value, T>,
  vector: ObjectVector,
): Promise<void> {
  const object = kind.create();
  for (const { id, past, operation } of vector.operations) {
    const decoded = unwrap(kind.decodeOperation(bytes(operation)));
    assert.equal(kind.encodeOperation(decoded).toHex(), operation);
    const includes = async (other: VertexId) => past.includes(other.toHex());
    await object.apply(decoded, { id: bytes(id) as VertexId, includes });
  }
  assert.equal(unwrap(object.save()).toHex(), vector.state);
  assert.deepEqual(plain(object.value()), vector.value);
  const loaded = unwrap(kind.load(bytes(vector.state)));
  assert.deepEqual(plain(loaded.value()), vector.value);
}

/** Values as JSON holds them. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}`;
  if (value instanceof Uint8Array) return value.toHex();
  return Array.isArray(value) ? value.map(plain) : value;
}

/** A CBOR byte string in hexadecimal. */
function text(value: Uint8Array): string {
  return head(2, value.length) + value.toHex();
}

/** A CBOR head in hexadecimal: major type and argument in its shortest form. */
function head(major: number, argument: number): string {
  const first = major << 5;
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  if (argument < 24) return hex(first | argument, 2);
  if (argument < 2 ** 8) return hex(first | 24, 2) + hex(argument, 2);
  if (argument < 2 ** 16) return hex(first | 25, 2) + hex(argument, 4);
  if (argument < 2 ** 32) return hex(first | 26, 2) + hex(argument, 8);
  return hex(first | 27, 2) + hex(argument, 16);
}

function bytes(hexadecimal: string): Uint8Array {
  return Uint8Array.fromHex(hexadecimal);
}
