import type { SimulationRandom } from '@pars/base/fakes';
import type { Counters } from './counters.ts';
import { eventKinds } from './event-kinds.ts';
import type { DueEvent, EventQueue } from './event-queue.ts';
import { createLinkClass, type LinkClass, type LinkProfile } from './link-class.ts';
import type { NodeState } from './node-state.ts';
import type { NodeIndex, Traffic } from './process.ts';

/** What the network is made of. */
export interface NetworkParts {
  readonly queue: EventQueue;
  readonly counters: Counters;
  readonly nodes: readonly NodeState[];
  readonly time: { readonly nowUs: number };
  readonly random: SimulationRandom;
  /** Whether there are groups at all. Without them no node is looked at that nothing happens to: it lies in cold memory. */
  readonly partition: { readonly isOn: boolean };
  readonly linkBetween: (from: NodeIndex, to: NodeIndex) => LinkProfile | undefined;
}

/** Carries messages from node to node, as their links allow. */
export interface Network {
  addChannel(channel: { readonly bytesPerSecond: number; readonly queueMs?: number }): number;
  send(sender: NodeState, to: NodeIndex, message: Uint8Array, traffic: Traffic): void;
  /** A message is at the downlink of its receiver. */
  arrive(event: DueEvent): void;
  /** Whether a message that is there now reaches a process; counts it when not. */
  isDeliverable(event: DueEvent): boolean;
  delivered(receiver: NodeState, from: NodeIndex, message: Uint8Array): void;
}

interface Channel {
  readonly bytesPerSecond: number;
  readonly queueUs: number;
  freeUs: number;
}

/** Of a datagram, which any life of the receiver takes. */
const ANY_LIFE = -1;
const MAX_MESSAGE = 2 ** 20;

/** A network in which nothing is under way. */
export function createNetwork(parts: NetworkParts): Network {
  const { queue, counters, nodes, time, random, partition, linkBetween } = parts;
  const channels: Channel[] = [];
  const classes = new Map<LinkProfile, LinkClass>();
  let lastProfile: LinkProfile | undefined;
  let lastClass: LinkClass | undefined;

  function classOf(profile: LinkProfile): LinkClass {
    if (profile === lastProfile && lastClass !== undefined) return lastClass;
    let found = classes.get(profile);
    if (found === undefined) {
      found = createLinkClass(profile);
      classes.set(profile, found);
    }
    lastProfile = profile;
    lastClass = found;
    return found;
  }

  /** When the message is through the channel; `undefined` when it would wait too long. */
  function pass(channel: Channel, fromUs: number, bytes: number, mayDrop: boolean) {
    const beginUs = Math.max(channel.freeUs, fromUs);
    if (mayDrop && beginUs - fromUs > channel.queueUs) {
      counters.dropped += 1;
      return undefined;
    }
    channel.freeUs = beginUs + Math.round((bytes * 1e6) / channel.bytesPerSecond);
    return channel.freeUs;
  }

  function channelOf(index: number | undefined): Channel | undefined {
    return index === undefined ? undefined : channels[index];
  }

  function push(timeUs: number, link: LinkClass, to: NodeIndex, from: number, message: Uint8Array) {
    const { usesDownlink = false, stream = false } = link.profile;
    const kind = usesDownlink ? eventKinds.arrival : eventKinds.message;
    const life = stream ? (nodes[to] as NodeState).life : ANY_LIFE;
    queue.push(timeUs, kind, to, life, from, message);
  }

  /** Each loss costs a stream the time of noticing it. */
  function streamTimeUs(link: LinkClass, key: number, departUs: number, loss: number): number {
    const { medianMs } = link.profile;
    let arriveUs = departUs + link.delayUs(random.uint32());
    for (let tries = 0; tries < 16 && loss > 0 && random.chance(loss); tries += 1) {
      arriveUs += Math.round(1_000 * Math.max(200, 2 * medianMs));
    }
    arriveUs = Math.max(arriveUs, link.lastUsByPair.get(key) ?? 0);
    link.lastUsByPair.set(key, arriveUs);
    return arriveUs;
  }

  return {
    addChannel({ bytesPerSecond, queueMs = Number.POSITIVE_INFINITY }) {
      if (!(bytesPerSecond > 0 && queueMs >= 0)) throw new RangeError('channel');
      channels.push({ bytesPerSecond, queueUs: queueMs * 1_000, freeUs: 0 });
      return channels.length - 1;
    },
    send(sender, to, message, traffic) {
      const { length } = message;
      if (length > MAX_MESSAGE) throw new RangeError(`a message of ${length} bytes`);
      const receiver = nodes[to];
      if (receiver === undefined || receiver === sender) throw new RangeError(`no receiver ${to}`);
      counters.sent += 1;
      const profile = linkBetween(sender.index, to);
      if (profile === undefined) {
        counters.cut += 1;
        return;
      }
      const link = classOf(profile);
      const bytes = link.wireBytes(length);
      counters.bytesByTraffic[traffic] = (counters.bytesByTraffic[traffic] ?? 0) + bytes;
      sender.sentBytes += bytes;
      const { stream = false, bytesPerSecond, duplication = 0, reordering = 0 } = profile;
      let departUs = Math.max(time.nowUs, sender.busyUntilUs);
      if (bytesPerSecond !== undefined) {
        const freeUs = Math.max(departUs, link.freeUsBySender.get(sender.index) ?? 0);
        departUs = freeUs + Math.round((bytes * 1e6) / bytesPerSecond);
        link.freeUsBySender.set(sender.index, departUs);
      }
      const uplink = profile.usesUplink === true ? channelOf(sender.spec.uplink) : undefined;
      if (uplink !== undefined) {
        const throughUs = pass(uplink, departUs, bytes, !stream);
        if (throughUs === undefined) return;
        departUs = throughUs;
      }
      if (partition.isOn && sender.group !== receiver.group) {
        counters.cut += 1;
        return;
      }
      const loss = link.lossOf(length);
      if (stream) {
        const key = sender.index * 2 ** 22 + to;
        const arriveUs = streamTimeUs(link, key, departUs, loss);
        return push(arriveUs, link, to, sender.index, message);
      }
      if (loss > 0 && random.chance(loss)) {
        counters.lost += 1;
        return;
      }
      let arriveUs = departUs + link.delayUs(random.uint32());
      if (reordering > 0 && random.chance(reordering)) {
        const { reorderingMs = 4 * profile.medianMs } = profile;
        arriveUs += Math.round((random.uint32() / 2 ** 32) * reorderingMs * 1_000);
      }
      push(arriveUs, link, to, sender.index, message);
      if (duplication > 0 && random.chance(duplication)) {
        counters.duplicated += 1;
        const againUs = departUs + link.delayUs(random.uint32());
        push(againUs, link, to, sender.index, message);
      }
    },
    arrive(event) {
      const receiver = nodes[event.node] as NodeState;
      const profile = linkBetween(event.value, event.node);
      const downlink = channelOf(receiver.spec.downlink);
      const message = event.payload as Uint8Array;
      if (downlink === undefined || profile === undefined) {
        return queue.putBack(event.slot, time.nowUs, eventKinds.message);
      }
      const bytes = classOf(profile).wireBytes(message.length);
      const throughUs = pass(downlink, time.nowUs, bytes, profile.stream !== true);
      if (throughUs === undefined) queue.release(event.slot);
      else queue.putBack(event.slot, throughUs, eventKinds.message);
    },
    isDeliverable(event) {
      const receiver = nodes[event.node] as NodeState;
      if (partition.isOn && receiver.group !== nodes[event.value]?.group) {
        counters.cut += 1;
        return false;
      }
      const isThere =
        receiver.process !== undefined &&
        !receiver.isAsleep &&
        (event.life === ANY_LIFE || event.life === receiver.life);
      if (!isThere) counters.missed += 1;
      return isThere;
    },
    delivered(receiver, from, message) {
      counters.delivered += 1;
      const profile = linkBetween(from, receiver.index);
      receiver.receivedBytes +=
        profile === undefined ? message.length : classOf(profile).wireBytes(message.length);
    },
  };
}
