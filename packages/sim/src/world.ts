import type { ChatMessage, Contact } from '@pars/api';
import { type Failure, type Metrics, type Result, type Store, unwrap } from '@pars/base';
import {
  createMemoryBlobDisk,
  createMemoryStoreDisk,
  createRecordingLog,
  createSimulationRandom,
  createVirtualTime,
  type MemoryBlobDisk,
  type MemoryStoreDisk,
  type RecordingLog,
  type SimulationRandom,
  type VirtualTime,
} from '@pars/base/fakes';
import type { LinkAdopter, MeshHost, StreamHostDeps } from '@pars/mesh';
import { createMemoryMeshNetwork, type MemoryMeshNetwork } from '@pars/mesh/fakes';
import { createNodeEngine, type NodeEngine, type NodeEngineOptions } from '@pars/node';
import { createMemoryVaultDisk, type MemoryVaultDisk } from '@pars/vault/fakes';
import type { OpenSqlEngine } from '@pars/vault/sql';
import { createModelledCrypto, type WorldCrypto } from './modelled-crypto.ts';

/** Wall clock at the start of a world: 2026-11-22 00:00 UTC. */
export const WORLD_START_MS: number = 1_795_305_600_000;
/** The password of everybody in a world; it opens volume 0. */
export const PASSWORD = 'correct horse';
/** The passwords of a vault with everything that a vault can have. */
export const ALL_PASSWORDS: {
  readonly decoy: string;
  readonly hidden: string;
  readonly duress: string;
} = { decoy: PASSWORD, hidden: 'battery staple', duress: 'not this one' };

/** A node whose disks outlive its process. */
export interface SimulatedNode {
  readonly name: string;
  readonly storeDisk: MemoryStoreDisk;
  readonly blobDisk: MemoryBlobDisk;
  readonly vaultDisk: MemoryVaultDisk;
  readonly log: RecordingLog;
  /** The running engine; throws while the node is stopped. */
  readonly engine: NodeEngine;
  readonly mesh: MeshHost;
  readonly address: string;
  /**
   * Starts a process on the disks; the vault is locked or not yet created.
   * `place` names its address, if it is not where it was at first.
   */
  start(place?: string): Promise<void>;
  /** Ends the process in order, or without any order as SIGKILL does. */
  stop(how?: 'orderly' | 'killed'): Promise<void>;
  /** Makes a vault where there is none, opens it and makes a person in it. */
  create(): Promise<string>;
  unlock(password?: string): Promise<void>;
  lock(): Promise<void>;
  invite(): Promise<string>;
  /** Uses the invite and returns the contact. */
  add(invite: string, name?: string): Promise<Result<Contact, Failure>>;
  send(to: string, text: string): Promise<string>;
  read(): Promise<readonly ChatMessage[]>;
  contacts(): Promise<readonly Contact[]>;
}

/** Nodes on one virtual clock and one network in memory. */
export interface World {
  readonly time: VirtualTime;
  readonly random: SimulationRandom;
  readonly crypto: WorldCrypto;
  readonly network: MemoryMeshNetwork;
  /** A started node. `wrapMesh` and `wrapStore` may put something between the engine and its ports. */
  createNode(
    name: string,
    wrapMesh?: (mesh: MeshHost) => MeshHost,
    wrapStore?: (store: Store) => Store,
  ): Promise<SimulatedNode>;
  /** Waits for a call that may need virtual time to pass. */
  during<T>(call: Promise<T>): Promise<T>;
  /** Two people who are each other's confirmed contacts, with nothing left to be saved. */
  createFriends(first: string, second: string): Promise<readonly [SimulatedNode, SimulatedNode]>;
}

/** How a node takes part in a mesh: found and finding, carrying, keeping. */
export interface NodePart extends Pick<NodeEngineOptions, 'carry' | 'meshService'> {
  /** Its host, made anew for each process. */
  createHost(deps: StreamHostDeps): Promise<MeshHost & LinkAdopter>;
}

/** What a world is made of. */
export interface WorldOptions {
  /** SQL for the vaults: a platform's own. */
  readonly openSqlEngine: OpenSqlEngine;
  /** Modelled unless given. */
  readonly createCrypto?: (random: SimulationRandom) => WorldCrypto;
  /** Milliseconds between two flushes of every vault, in place of 30,000: for worlds that see weeks. */
  readonly tickMs?: number;
  /** Windows of every vault, 16 unless given: a hidden volume survives half as many flushes without it. */
  readonly vaultWindows?: number;
  /** 0, never, unless given. */
  readonly idleLockMinutes?: number;
  /** The part that the node of this name has in a mesh. Who has none dials what it is told to, in memory. */
  readonly partOf?: (name: string) => NodePart | undefined;
}

/**
 * An empty world; `settle` waits until promises that need no time have settled.
 * The same seed gives the same world. Its cryptography is modelled unless
 * another one is given; its vaults are real, and small.
 */
export function createWorld(
  seed: string,
  settle: () => Promise<void>,
  options: WorldOptions,
): World {
  const { createCrypto = createModelledCrypto, idleLockMinutes = 0, openSqlEngine } = options;
  const random = createSimulationRandom(seed);
  const time = createVirtualTime({ startMs: WORLD_START_MS, settle });
  const network = createMemoryMeshNetwork();
  const crypto = createCrypto(random);

  async function createNode(
    name: string,
    wrapMesh: (mesh: MeshHost) => MeshHost = (mesh) => mesh,
    wrapStore: (store: Store) => Store = (store) => store,
  ): Promise<SimulatedNode> {
    const storeDisk = createMemoryStoreDisk();
    const blobDisk = createMemoryBlobDisk();
    const { tickMs, vaultWindows } = options;
    const vaultDisk = createMemoryVaultDisk({
      random: random.fork(`disk of ${name}`),
      ...(tickMs === undefined ? {} : { tickMs }),
      ...(vaultWindows === undefined ? {} : { windows: vaultWindows }),
    });
    const log = createRecordingLog();
    const nodeSeed = crypto.suite.signature.generateSeed();
    const part = options.partOf?.(name);
    // What one node draws is nothing to the others of a mesh.
    const ownRandom = part === undefined ? random : random.fork(`node ${name}`);
    let running: { readonly engine: NodeEngine; readonly mesh: MeshHost } | undefined;

    function current(): { readonly engine: NodeEngine; readonly mesh: MeshHost } {
      if (running === undefined) throw new Error(`${name} is stopped`);
      return running;
    }

    const signal = new AbortController().signal;
    const node: SimulatedNode = {
      name,
      storeDisk,
      blobDisk,
      vaultDisk,
      log,
      get engine() {
        return current().engine;
      },
      get mesh() {
        return current().mesh;
      },
      get address() {
        const [address] = current().mesh.addresses();
        if (address === undefined) throw new Error(`${name} has no address`);
        return address;
      },
      async start(place = name) {
        const ports = { ...time, suite: crypto.suite, random: ownRandom };
        const vaultPlace = vaultDisk.open(ports);
        const shared = {
          ...ports,
          vaultPlace,
          openSqlEngine,
          store: wrapStore(storeDisk.open()),
          blobs: blobDisk.open(),
          log,
          metrics: createSilentMetrics(),
        };
        if (part === undefined) {
          const mesh = await network.createHost({ ...ports, nodeSeed }, { name: place });
          const deps = { ...shared, mesh: wrapMesh(mesh) };
          running = { mesh, engine: createNodeEngine(deps, { version: '0.1.0', idleLockMinutes }) };
          return;
        }
        const { createHost, ...asked } = part;
        const mesh = await createHost({ ...shared, nodeSeed });
        const signer = await crypto.suite.signature.signerFromSeed(nodeSeed);
        const meshService = { signer, host: mesh };
        const engine = createNodeEngine(
          { ...shared, mesh, meshService },
          { version: '0.1.0', idleLockMinutes, ...asked },
        );
        running = { engine, mesh };
      },
      async stop(how = 'orderly') {
        const { engine, mesh } = current();
        running = undefined;
        await mesh[Symbol.asyncDispose]();
        if (how === 'killed') {
          storeDisk.open();
          vaultDisk.open({ ...time, suite: crypto.suite, random: ownRandom });
        }
        await engine[Symbol.asyncDispose]();
      },
      async create() {
        const { methods } = current().engine;
        const { vault } = unwrap(await methods['node.status']({}, { signal }));
        if (vault === 'none') {
          unwrap(await methods['vault.create']({ tier: 'S', decoy: PASSWORD }, { signal }));
        }
        if (vault !== 'open') await node.unlock();
        return unwrap(await methods['id.create']({ name }, { signal })).sessionId;
      },
      async unlock(password = PASSWORD) {
        unwrap(await current().engine.methods['vault.unlock']({ password }, { signal }));
      },
      async lock() {
        unwrap(await current().engine.methods['vault.lock']({}, { signal }));
      },
      async invite() {
        return unwrap(await current().engine.methods['contact.invite']({}, { signal })).invite;
      },
      add: (invite, contactName) =>
        current().engine.methods['contact.add'](
          contactName === undefined ? { invite } : { invite, name: contactName },
          { signal },
        ),
      async send(to, text) {
        const sent = await current().engine.methods['chat.send']({ to, text }, { signal });
        return unwrap(sent).messageId;
      },
      async read() {
        const { methods } = current().engine;
        return unwrap(await methods['chat.read']({ limit: 100 }, { signal })).messages;
      },
      async contacts() {
        return unwrap(await current().engine.methods['contact.list']({}, { signal })).contacts;
      },
    };
    await node.start();
    return node;
  }

  async function during<T>(call: Promise<T>): Promise<T> {
    let isDone = false;
    const outcome = call.finally(() => {
      isDone = true;
    });
    outcome.catch(() => undefined);
    for (let step = 0; !isDone && step < 1_000; step += 1) await time.advance(100);
    return await outcome;
  }

  return {
    time,
    random,
    crypto,
    network,
    createNode,
    during,
    async createFriends(first, second) {
      const one = await createNode(first);
      const two = await createNode(second);
      await one.create();
      await two.create();
      unwrap(await during(two.add(await one.invite())));
      // The inviter accepts once it is durable, and the newcomer asks again.
      await time.advance(ACQUAINTED_MS);
      return [one, two];
    },
  };
}

/** Two ticks, and the longest wait between two attempts over an open link. */
const ACQUAINTED_MS = 100_000;

function createSilentMetrics(): Metrics {
  return { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() };
}
