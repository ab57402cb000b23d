import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Hosts of a small country on this machine: network namespaces joined by
 * switches. Nothing in it can reach the internet, a DNS server or the machine,
 * and no host forwards packets. Disposing of it ends every program in it.
 */
export interface NetworkLab extends AsyncDisposable {
  /** A network with a switch, `10.<number>.0.0/16`. */
  network(number: number): Promise<LabNetwork>;
  /** A host with no network yet. */
  host(name: string): Promise<LabHost>;
}

/** A host of a lab. */
export interface LabHost {
  readonly name: string;
  /** Runs a program there: put this before its name and arguments. */
  readonly prefix: readonly string[];
  /** Gives the host an address of its own, beside those of its networks. */
  addAddress(address: string): Promise<void>;
  /** Sends what is for `address` to `gateway`, which a network of the host has. */
  addRoute(address: string, gateway: string): Promise<void>;
}

/** A network that hosts join. */
export interface LabNetwork {
  /** Plugs a host in; gives its address, `10.<number>.0.<place>`. */
  join(host: LabHost, place: number): Promise<string>;
  /** Pulls the plug of a host. */
  cut(host: LabHost): Promise<void>;
  /** Plugs it in again, with the same address. */
  restore(host: LabHost): Promise<void>;
}

/** Why there can be no lab on this machine; `undefined` when there can. */
export async function reasonAgainstLab(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are Linux';
  const name = nextName('probe');
  try {
    await ip('netns', 'add', name);
    await ip('-n', name, 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'two');
    await ip('-n', name, 'link', 'add', 'three', 'type', 'bridge');
    await run('ip', ['netns', 'exec', name, 'true']);
    return undefined;
  } catch {
    return 'this machine does not permit network namespaces, or has no `ip`';
  } finally {
    await ip('netns', 'delete', name).catch(() => undefined);
  }
}

/** An empty lab. What labs of programs that are gone left behind is taken away first. */
export async function createNetworkLab(): Promise<NetworkLab> {
  await removeAbandoned();
  const namespaces: string[] = [];
  const namespaceByHost = new Map<LabHost, string>();
  let cableCount = 0;
  // The switches live in a namespace of their own, not on the machine.
  const switches = await addNamespace('switches');

  async function addNamespace(name: string): Promise<string> {
    const namespace = nextName(name);
    await ip('netns', 'add', namespace);
    namespaces.push(namespace);
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
    return namespace;
  }

  return {
    async host(name) {
      const namespace = await addNamespace(name);
      const host: LabHost = {
        name,
        prefix: ['ip', 'netns', 'exec', namespace],
        addAddress: (address) =>
          ip('-n', namespace, 'address', 'add', `${address}/32`, 'dev', 'lo'),
        addRoute: (address, gateway) =>
          ip('-n', namespace, 'route', 'add', `${address}/32`, 'via', gateway),
      };
      namespaceByHost.set(host, namespace);
      return host;
    },
    async network(number) {
      const bridge = `net${number}`;
      await ip('-n', switches, 'link', 'add', bridge, 'type', 'bridge');
      await ip('-n', switches, 'link', 'set', bridge, 'up');
      const endByHost = new Map<LabHost, string>();

      async function plug(host: LabHost, state: 'up' | 'down'): Promise<void> {
        const end = endByHost.get(host);
        if (end === undefined) throw new Error(`${host.name} has not joined`);
        await ip('-n', switches, 'link', 'set', end, state);
      }

      return {
        async join(host, place) {
          const namespace = namespaceByHost.get(host) ?? '';
          const end = `cable${cableCount}`;
          cableCount += 1;
          const port = `lan${number}`;
          await ip(
            ...['-n', switches, 'link', 'add', end, 'type', 'veth'],
            ...['peer', 'name', port, 'netns', namespace],
          );
          await ip('-n', switches, 'link', 'set', end, 'master', bridge, 'up');
          const address = `10.${number}.0.${place}`;
          await ip('-n', namespace, 'address', 'add', `${address}/16`, 'dev', port);
          await ip('-n', namespace, 'link', 'set', port, 'up');
          await ip('-n', namespace, 'route', 'append', 'multicast', '224.0.0.0/4', 'dev', port);
          endByHost.set(host, end);
          return address;
        },
        cut: (host) => plug(host, 'down'),
        restore: (host) => plug(host, 'up'),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const name of namespaces.toReversed()) await removeNamespace(name);
    },
  };
}

const PREFIX = 'parslab';
let nameCount = 0;

/** Names carry the process, so that labs of several test files do not meet. */
function nextName(name: string): string {
  nameCount += 1;
  return `${PREFIX}-${process.pid}-${nameCount}-${name}`;
}

async function removeAbandoned(): Promise<void> {
  for (const line of (await outputOf('netns', 'list')).split('\n')) {
    const [name = ''] = line.split(' ');
    const [prefix, pid] = name.split('-');
    if (prefix === PREFIX && !isRunning(Number(pid))) await removeNamespace(name);
  }
}

async function removeNamespace(name: string): Promise<void> {
  const pids = await outputOf('netns', 'pids', name).catch(() => '');
  for (const pid of pids.split('\n').filter((line) => line !== '')) kill(Number(pid));
  await ip('netns', 'delete', name).catch(() => undefined);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const run = promisify(execFile);

async function ip(...args: readonly string[]): Promise<void> {
  await run('ip', args);
}

async function outputOf(...args: readonly string[]): Promise<string> {
  return (await run('ip', args)).stdout;
}
