import type { RemoteInfo } from 'node:dgram';
import { type Clock, err, type Failure, type Log, ok, type Random, type Result } from '@pars/base';
import type { LanBeacon } from '@pars/mesh';
import createMulticastDns, { type MulticastDNS } from 'multicast-dns';
import {
  announcedForSeconds,
  announcement,
  foundInPacket,
  instanceName,
  isAskedFor,
  serviceName,
} from './beacon-packet.ts';
import {
  addressesFor,
  isFromLocal,
  type LocalInterface,
  localInterfaces,
  neighbouring,
  ownNetworks,
} from './local-networks.ts';

/** Why the beacon cannot run. */
export type BeaconFailureCode =
  /** No interface lets it: multicast is not permitted, or the port is taken by a program that does not share it. Find nodes by link or QR code. */
  'discovery/no-multicast';

/** Where a beacon is; the defaults are those of multicast DNS. */
export interface MdnsBeaconOptions {
  /** Default 5353. */
  readonly port?: number;
  /** The interfaces to use; by default all that are there, looked at every 10 s. */
  readonly interfaces?: () => readonly LocalInterface[];
}

/**
 * Finds nodes in the local network by multicast DNS (PIP-1005 §12), with one
 * socket for each interface: a single one would send to one network only.
 */
export function createMdnsBeacon(
  deps: { readonly random: Random; readonly clock: Clock; readonly log: Log },
  options: MdnsBeaconOptions = {},
): LanBeacon {
  const { port = 5_353, interfaces = localInterfaces } = options;
  let refresh = (): void => undefined;
  return {
    refresh: () => refresh(),
    async start({ addresses, onFound }, signal): Promise<Result<void, Failure>> {
      if (signal.aborted) return err('mesh/aborted');
      const instance = instanceName(deps.random.bytes(8));
      const sockets = new Map<string, Socket>();
      const found = createFoundFilter(deps.clock);
      let current = interfaces();
      let networks = ownNetworks(current);

      async function open(where: LocalInterface): Promise<boolean> {
        const opened = await openSocket(where.address, port);
        if (opened === undefined) return false;
        if (signal.aborted || sockets.has(where.address)) {
          opened.destroy();
          return true;
        }
        const socket: Socket = { mdns: opened, where, answeredMs: Number.NEGATIVE_INFINITY };
        sockets.set(where.address, socket);
        opened.on('query', (packet, remote) => onQuery(socket, packet, remote));
        opened.on('response', (packet, remote) => onResponse(packet, remote));
        opened.on('warning', () => undefined);
        // A socket that breaks is opened again when the interfaces are looked at.
        opened.on('error', () => close(where.address));
        return true;
      }

      function close(address: string): void {
        const socket = sockets.get(address);
        sockets.delete(address);
        socket?.mdns.destroy();
      }

      function say({ mdns, where }: Socket, ttl: number, done?: () => void): void {
        const own = addressesFor(addresses(), where);
        if (own.length === 0) return done?.();
        mdns.respond({ answers: [...announcement(instance, own, ttl)] as never[] }, () => done?.());
      }

      function ask({ mdns }: Socket): void {
        mdns.query({ questions: [{ name: serviceName, type: 'PTR' }] });
      }

      function onQuery(socket: Socket, packet: unknown, remote: RemoteInfo): void {
        if (!isFromLocal(remote.address, current) || !isAskedFor(packet, instance)) return;
        // Whoever asks a hundred times a second is answered twice.
        const nowMs = deps.clock.monotonicMs();
        if (nowMs - socket.answeredMs < ANSWER_EVERY_MS) return;
        socket.answeredMs = nowMs;
        say(socket, announcedForSeconds);
      }

      function onResponse(packet: unknown, remote: RemoteInfo): void {
        if (signal.aborted || remote.port !== port || !isFromLocal(remote.address, current)) return;
        for (const [name, said] of foundInPacket(packet, instance)) {
          const theirs = neighbouring(said, networks);
          if (theirs.length > 0 && found.admit(name, theirs)) onFound(theirs);
        }
      }

      function speakUp(): void {
        for (const socket of sockets.values()) {
          say(socket, announcedForSeconds);
          ask(socket);
        }
      }

      /** Networks come and go: a cable, another Wi-Fi. */
      async function followInterfaces(): Promise<void> {
        current = interfaces();
        networks = ownNetworks(current);
        const names = new Set(current.map(({ address }) => address));
        for (const address of [...sockets.keys()]) if (!names.has(address)) close(address);
        const added = current.filter(({ address }) => !sockets.has(address));
        const opened = await Promise.all(added.map(open));
        if (opened.includes(true)) speakUp();
      }

      /** The system does not say which interfaces there are: those that were known stay. */
      function noteUnknown(): void {
        deps.log.write('warn', 'discovery/interfaces-unknown');
      }

      await followInterfaces();
      if (sockets.size === 0) return err('discovery/no-multicast');
      const timers = [
        setTimeout(speakUp, 1_000),
        setInterval(() => void followInterfaces().catch(noteUnknown), LOOK_MS),
        setInterval(speakUp, SPEAK_MS),
      ];
      for (const timer of timers) timer.unref();
      refresh = speakUp;
      signal.addEventListener(
        'abort',
        () => {
          for (const timer of timers) clearTimeout(timer);
          refresh = () => undefined;
          for (const socket of sockets.values()) say(socket, 0, () => socket.mdns.destroy());
          sockets.clear();
        },
        { once: true },
      );
      deps.log.write('debug', 'discovery/beacon-on', { interfaces: sockets.size });
      return ok(undefined);
    },
  };
}

interface Socket {
  readonly mdns: MulticastDNS;
  readonly where: LocalInterface;
  answeredMs: number;
}

/** A socket that is ready, or `undefined` where the system does not let it. */
function openSocket(address: string, port: number): Promise<MulticastDNS | undefined> {
  return new Promise((resolve) => {
    // Bound to the interface's own address, multicast would not come in (on Linux).
    const mdns = createMulticastDns({ port, interface: address, bind: '0.0.0.0', reuseAddr: true });
    const fail = (): void => {
      mdns.destroy();
      resolve(undefined);
    };
    mdns.once('error', fail);
    mdns.once('ready', () => {
      mdns.removeListener('error', fail);
      resolve(mdns);
    });
  });
}

/** Lets through what is new, at most 16 a second; the same again after 10 s. */
function createFoundFilter(clock: Clock) {
  const lastByName = new Map<string, { readonly text: string; readonly atMs: number }>();
  let windowMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    admit(name: string, addresses: readonly string[]): boolean {
      const nowMs = clock.monotonicMs();
      const text = addresses.join('\n');
      const last = lastByName.get(name);
      if (last !== undefined && last.text === text && nowMs - last.atMs < REPEAT_MS) return false;
      if (nowMs - windowMs >= 1_000) [windowMs, count] = [nowMs, 0];
      count += 1;
      if (count > MAX_FOUND_A_SECOND) return false;
      lastByName.delete(name);
      lastByName.set(name, { text, atMs: nowMs });
      const [oldest] = lastByName.keys();
      if (lastByName.size > MAX_NAMES && oldest !== undefined) lastByName.delete(oldest);
      return true;
    },
  };
}

const LOOK_MS = 10_000;
const SPEAK_MS = 60_000;
const ANSWER_EVERY_MS = 500;
const REPEAT_MS = 10_000;
const MAX_FOUND_A_SECOND = 16;
const MAX_NAMES = 256;
