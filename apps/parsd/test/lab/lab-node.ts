import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient, type ChatMessage, MAX_READ_LIMIT } from '@pars/api/client';
import { unwrap } from '@pars/base';
import { connectToNode, dataFolderPaths } from '@pars/platform-node/rpc-client';
import { createPlayground, type Finished, type NodeProcess } from '../node-processes.ts';
import type { LabHost } from './network-lab.ts';

/** A node of a person on a host of a lab. Disposing of it kills it and deletes its folder. */
export interface LabNode extends AsyncDisposable {
  readonly host: LabHost;
  readonly folder: string;
  /** Files of this person beside the data folder. */
  file(name: string): string;
  /** Starts the daemon with what it was last given, or with `args` from now on. */
  start(
    args?: readonly string[],
    environment?: Readonly<Record<string, string>>,
  ): Promise<NodeProcess>;
  /** Ends the daemon; `SIGKILL` unless told otherwise. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** The running daemon. */
  process(): NodeProcess;
  /** Makes the person. */
  makePerson(): Promise<void>;
  unlock(): Promise<void>;
  /** Runs `pars` on the host and reads what it prints under `--json`. */
  pars(args: readonly string[], input?: string): Promise<Record<string, unknown>>;
  /** The same for people: the text. */
  parsText(args: readonly string[]): Promise<string>;
  /** Asks the API, which costs less than a process. */
  ask<T>(work: (client: ApiClient) => Promise<T>): Promise<T>;
  /** All messages, oldest first. */
  messages(): Promise<readonly ChatMessage[]>;
}

/** A node that was not started yet. */
export async function createLabNode(host: LabHost): Promise<LabNode> {
  const playground = await createPlayground({ prefix: host.prefix, cache: CACHE });
  const folder = playground.folder('node');
  const password = `${host.name} has a password`;
  let args: readonly string[] = ['--lan', 'on', '--no-sticks'];
  let running: NodeProcess | undefined;

  async function ask<T>(work: (client: ApiClient) => Promise<T>): Promise<T> {
    await using client = unwrap(await connectToNode(dataFolderPaths(folder)));
    return await work(client);
  }

  async function pars(command: readonly string[], input?: string): Promise<Finished> {
    const finished = await playground.pars(folder, command, input);
    assert.equal(finished.code, 0, `pars ${command.join(' ')}: ${finished.stderr}`);
    return finished;
  }

  return {
    host,
    folder,
    file: playground.folder,
    async start(newArgs = args, environment = {}) {
      args = newArgs;
      running = await playground.startNode(folder, args, environment);
      return running;
    },
    async stop(signal = 'SIGKILL') {
      await running?.end(signal);
      running = undefined;
    },
    process() {
      if (running === undefined) throw new Error(`${host.name} is not running`);
      return running;
    },
    async makePerson() {
      await playground.makePerson(folder, host.name, password);
    },
    async unlock() {
      await ask(async (client) => unwrap(await client.call('vault.unlock', { password })));
    },
    async pars(command, input) {
      const { stdout } = await pars([...command, '--json'], input);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    parsText: async (command) => (await pars(command)).stdout,
    ask,
    messages: () =>
      ask(async (client) => {
        const all: ChatMessage[] = [];
        for (;;) {
          const page = { limit: MAX_READ_LIMIT, after: all.at(-1)?.sequence ?? 0 };
          const { messages } = unwrap(await client.call('chat.read', page));
          all.push(...messages);
          if (messages.length < MAX_READ_LIMIT) return all;
        }
      }),
    [Symbol.asyncDispose]: () => playground[Symbol.asyncDispose](),
  };
}

/** `one` takes the invite of `other`; resolves when both know each other for good. */
export async function introduce(one: LabNode, other: LabNode): Promise<void> {
  const { invite } = await other.pars(['contact', 'invite']);
  await one.pars(['contact', 'add', '-'], `${String(invite)}\n`);
  for (const [node, contact] of [
    [one, other.host.name],
    [other, one.host.name],
  ] as const) {
    await until(`${node.host.name} has ${contact} for a contact`, () =>
      node.ask(async (client) => {
        const { contacts } = unwrap(await client.call('contact.list', {}));
        const { unsaved } = unwrap(await client.call('vault.status', {}));
        const isKnown = contacts.some(
          ({ name, state }) => name === contact && state === 'confirmed',
        );
        return isKnown && unsaved === false;
      }),
    );
  }
}

/** Sends by command; gives the id. */
export async function say(from: LabNode, to: LabNode, text: string): Promise<string> {
  const sent = await from.pars(['chat', 'send', to.host.name, text]);
  return String(sent['messageId']);
}

/** Resolves when the sender is told that it was delivered, and gives all states that were seen. */
export async function untilDelivered(from: LabNode, messageId: string): Promise<readonly string[]> {
  const states: string[] = [];
  await until(`${from.host.name} is told of the delivery`, async () => {
    const messages = await from.messages();
    const state = messages.find((message) => message.messageId === messageId)?.state ?? 'none';
    if (states.at(-1) !== state) states.push(state);
    return state === 'delivered';
  });
  return states;
}

/** Whether these two nodes are linked now, as the first of them sees it. */
export function isLinked(one: LabNode, other: LabNode): Promise<boolean> {
  const { nodeId } = other.process().ready;
  return one.ask(async (client) => {
    const { peers } = unwrap(await client.call('mesh.peers', {}));
    return peers.some((peer) => peer.nodeId === nodeId);
  });
}

/** Nodes that it is linked with now. */
export function peerCount(node: LabNode): Promise<number> {
  return node.ask(async (client) => unwrap(await client.call('mesh.peers', {})).peers.length);
}

/** Parcels that the node carries, for whomever. */
export function carried(node: LabNode): Promise<number> {
  return node.ask(
    async (client) => unwrap(await client.call('node.status', {})).carrying?.parcels ?? 0,
  );
}

/** The message is there, and once. */
export async function assertArrivedOnce(at: LabNode, text: string): Promise<void> {
  const found = (await at.messages()).filter((message) => message.text === text);
  assert.deepEqual(
    found.map(({ direction }) => direction),
    ['in'],
    `${text} at ${at.host.name}`,
  );
}

/** For what a test prints. */
export function sinceText(startMs: number): string {
  return `${Math.round(performance.now() - startMs)} ms`;
}

/** Looks until it is so; what never comes is told after four minutes instead of hanging. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`never: ${what}`);
    await delay(LOOK_MS);
  }
}

/** Compiled code of the programs, for all nodes of this file. */
const CACHE = join(tmpdir(), `pars-lab-cache-${process.pid}`);
process.once('exit', () => rmSync(CACHE, { recursive: true, force: true }));

const PATIENCE_MS = 240_000;
const LOOK_MS = 200;
