import { setImmediate as nextTurn } from 'node:timers/promises';
import { ParsError } from '@pars/base';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import { type Counters, createCounters } from './counters.ts';
import { eventKinds } from './event-kinds.ts';
import { createEventQueue, type DueEvent, type EventQueue } from './event-queue.ts';
import { createFingerprint } from './fingerprint.ts';
import type { LinkProfile } from './link-class.ts';
import { createNetwork, type Network } from './network.ts';
import { createNodeState, type NodeState } from './node-state.ts';
import type { Ending, NodeIndex, NodeSpec } from './process.ts';
import { createProcessContext } from './process-context.ts';

/** How a world is made. */
export interface KernelOptions {
  /** One seed, one world: the same code with the same seed has the same fingerprint. */
  readonly seed: string;
  /** What connects two nodes; `undefined`: nothing. Give the same object for the same kind of link. */
  readonly linkBetween: (from: NodeIndex, to: NodeIndex) => LinkProfile | undefined;
  /** Wall clock at the start; default 2026-11-22 00:00 UTC. */
  readonly startMs?: number;
  /**
   * Lets promises settle after asynchronous processes. The default waits for
   * the whole microtask queue; code that awaits work of other threads (native
   * cryptography) needs one that waits for that.
   */
  readonly settle?: () => Promise<void>;
  /** Called before every event. */
  readonly trace?: (event: TraceEvent) => void;
  /** A run that handles more events throws: something goes round for ever. Default 10^9. */
  readonly maxEvents?: number;
}

/** One event as a trace shows it. Valid during the call only. */
export interface TraceEvent {
  readonly timeMs: number;
  readonly kind: 'message' | 'timer' | 'action';
  readonly node: NodeIndex;
  /** Sender of a message, token of a timer. */
  readonly value: number;
  readonly message: Uint8Array | undefined;
}

/** A seeded world of discrete events: nodes, what connects them, and what befalls them. */
export interface Kernel {
  readonly nowMs: number;
  /** For the scenario; nodes and network have their own. */
  readonly random: SimulationRandom;
  readonly counters: Counters;
  readonly nodeCount: number;
  /** Of all events so far, in order. */
  fingerprint(): string;
  addNode(spec: NodeSpec): NodeIndex;
  /** A line of its own that messages queue for: an uplink, a radio channel. `queueMs`: what waits longer is dropped. */
  addChannel(channel: { readonly bytesPerSecond: number; readonly queueMs?: number }): number;
  start(node: NodeIndex): void;
  stop(node: NodeIndex, ending: Ending): void;
  /** Asleep a node hears nothing, and its timers wait for `wakeUp`. */
  sleep(node: NodeIndex): void;
  wakeUp(node: NodeIndex): void;
  isUp(node: NodeIndex): boolean;
  isAsleep(node: NodeIndex): boolean;
  /** From now on only nodes of the same group reach each other. What is under way between groups is lost. */
  partition(groupOf: (node: NodeIndex) => number): void;
  heal(): void;
  /** Moves the wall clock of a node, as its owner does. */
  jumpWallClock(node: NodeIndex, byMs: number): void;
  /** Does something at a time, as an event of its own; a promise that it returns is waited for before time moves on. */
  at(timeMs: number, action: () => unknown): void;
  /** Does something now and then: at `firstMs` and every `periodMs` after, until it gives false. */
  every(firstMs: number, periodMs: number, action: () => boolean | void): void;
  /** Wire bytes that a node has sent and received. */
  bytesOf(node: NodeIndex): { readonly sent: number; readonly received: number };
  /** Handles every event up to a time, and stands there. Throws what a process throws. */
  run(untilMs: number): Promise<void>;
  /** Handles events until none is left or `isDone` says so (asked after each); gives false at `untilMs`. */
  runUntil(isDone: () => boolean, untilMs: number): Promise<boolean>;
}

const { arrival: ARRIVAL, message: MESSAGE, timer: TIMER, action: ACTION } = eventKinds;

/** An empty world at time 0. */
export function createKernel(options: KernelOptions): Kernel {
  const { seed, trace, settle = () => nextTurn(), maxEvents = 1e9 } = options;
  const startMs = options.startMs ?? 1_795_305_600_000;
  const random = createSimulationRandom(seed);
  const queue: EventQueue = createEventQueue();
  const fingerprint = createFingerprint();
  const counters = createCounters();
  const nodes: NodeState[] = [];
  const time = { nowUs: 0 };
  const partition = { isOn: false };
  const network: Network = createNetwork({
    queue,
    counters,
    nodes,
    time,
    random: random.fork('network'),
    partition,
    linkBetween: options.linkBetween,
  });
  let mustSettle = false;
  /** Whether any process ever was: an action may touch it. */
  let hasAsynchronous = false;
  let failure: { readonly error: unknown } | undefined;

  function nodeOf(index: NodeIndex): NodeState {
    const node = nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }

  function start(index: NodeIndex): void {
    const node = nodeOf(index);
    if (node.process !== undefined) return;
    node.life += 1;
    node.isAsleep = false;
    node.busyUntilUs = time.nowUs;
    const process = node.spec.create(node.life);
    node.process = process;
    if (process.isAsynchronous === true) hasAsynchronous = true;
    const context = createProcessContext({ node, time, queue, network, startMs, failed });
    call(node, () => process.start(context));
  }

  function stop(index: NodeIndex, ending: Ending): void {
    const node = nodeOf(index);
    const { process } = node;
    if (process === undefined) return;
    end(node);
    if (ending === 'orderly') call(node, () => process.stop?.());
  }

  function end(node: NodeState): void {
    node.process = undefined;
    node.isAsleep = false;
    for (const frozen of node.frozen) queue.release(frozen.slot);
    node.frozen = [];
  }

  /** Runs code of a node; promises of it are followed. */
  function call(node: NodeState | undefined, work: () => unknown): void {
    if (node?.process?.isAsynchronous === true) mustSettle = true;
    const life = node?.life ?? 0;
    try {
      const outcome = work();
      if (!(outcome instanceof Promise)) return;
      mustSettle = true;
      outcome.then(undefined, (error: unknown) => failed(node, life, error));
    } catch (error) {
      failed(node, life, error);
    }
  }

  function failed(node: NodeState | undefined, life: number, error: unknown): void {
    const isOver = node === undefined || node.life !== life || node.process === undefined;
    if (isSimulatedCrash(error) && node !== undefined) {
      if (isOver) return;
      counters.crashes += 1;
      end(node);
      const { restartMs } = node.spec;
      if (restartMs !== undefined) at(time.nowUs / 1_000 + restartMs, () => start(node.index));
      return;
    }
    // What was cut off in the middle of its work may complain; it is dead.
    if (node !== undefined && isOver) return;
    failure ??= { error };
  }

  function at(timeMs: number, action: () => unknown): void {
    const timeUs = Math.round(timeMs * 1_000);
    if (!(timeUs >= time.nowUs)) throw new RangeError(`${timeMs} ms is in the past`);
    queue.push(timeUs, ACTION, -1, 0, 0, action);
  }

  function handle(event: DueEvent): void {
    const { kind, slot } = event;
    if (kind === ACTION) {
      const action = event.payload as () => unknown;
      queue.release(slot);
      note('action', event, undefined);
      if (hasAsynchronous) mustSettle = true;
      call(undefined, action);
      return;
    }
    const node = nodes[event.node] as NodeState;
    if (kind === ARRIVAL) return network.arrive(event);
    if (kind === MESSAGE ? !network.isDeliverable(event) : isOver(node, event)) {
      return queue.release(slot);
    }
    if (node.isAsleep) {
      node.frozen.push({ slot, kind });
      return;
    }
    if (node.busyUntilUs > time.nowUs) return queue.putBack(slot, node.busyUntilUs, kind);
    const { value, payload } = event;
    queue.release(slot);
    const { process } = node;
    if (process === undefined) return;
    if (kind === MESSAGE) {
      const message = payload as Uint8Array;
      note('message', event, message);
      network.delivered(node, value, message);
      call(node, () => process.receive(value, message));
    } else if (kind === TIMER) {
      note('timer', event, undefined);
      call(node, () => process.wake(value));
    } else {
      note('timer', event, undefined);
      call(node, payload as () => unknown);
    }
  }

  function isOver(node: NodeState, event: DueEvent): boolean {
    return node.process === undefined || node.life !== event.life;
  }

  function note(kind: TraceEvent['kind'], event: DueEvent, message: Uint8Array | undefined): void {
    const { node, value } = event;
    counters.events += 1;
    fingerprint.add(time.nowUs, event.kind, node, value, message);
    trace?.({ timeMs: time.nowUs / 1_000, kind, node, value, message });
  }

  /** Gives false when it has to be called again after promises have settled. */
  function runWithoutWaiting(untilUs: number, isDone: (() => boolean) | undefined): boolean {
    for (;;) {
      const nextUs = queue.nextTimeUs();
      if (failure !== undefined) throw failure.error;
      if (mustSettle && nextUs > time.nowUs) return false;
      if (nextUs > untilUs) return true;
      if (counters.events >= maxEvents) throw new RangeError(`more than ${maxEvents} events`);
      time.nowUs = nextUs;
      handle(queue.take() as DueEvent);
      if (isDone?.() === true) return !mustSettle;
    }
  }

  async function runUntil(isDone: (() => boolean) | undefined, untilMs: number): Promise<boolean> {
    const untilUs = Math.round(untilMs * 1_000);
    for (;;) {
      const isIdle = runWithoutWaiting(untilUs, isDone);
      if (!isIdle) {
        mustSettle = false;
        await settle();
        if (failure !== undefined) throw failure.error;
      }
      if (isDone?.() === true) return true;
      if (isIdle) break;
    }
    if (untilUs < Number.POSITIVE_INFINITY) time.nowUs = Math.max(time.nowUs, untilUs);
    return false;
  }

  return {
    get nowMs() {
      return time.nowUs / 1_000;
    },
    random,
    counters,
    get nodeCount() {
      return nodes.length;
    },
    fingerprint: () => fingerprint.text(),
    addNode(spec) {
      const index = nodes.length;
      nodes.push(createNodeState(index, spec, random.fork(`node ${index}`)));
      if (spec.isStarted !== false) start(index);
      return index;
    },
    addChannel: (channel) => network.addChannel(channel),
    start,
    stop,
    sleep(index) {
      const node = nodeOf(index);
      if (node.process !== undefined) node.isAsleep = true;
    },
    wakeUp(index) {
      const node = nodeOf(index);
      if (!node.isAsleep) return;
      node.isAsleep = false;
      const { frozen, process } = node;
      node.frozen = [];
      if (process?.resumed !== undefined) call(node, () => process.resumed?.());
      for (const { slot, kind } of frozen) queue.putBack(slot, time.nowUs, kind);
    },
    isUp: (index) => nodeOf(index).process !== undefined,
    isAsleep: (index) => nodeOf(index).isAsleep,
    partition(groupOf) {
      partition.isOn = true;
      for (const node of nodes) node.group = groupOf(node.index);
    },
    heal() {
      partition.isOn = false;
      for (const node of nodes) node.group = 0;
    },
    jumpWallClock(index, byMs) {
      nodeOf(index).wallJumpMs += byMs;
    },
    at,
    every(firstMs, periodMs, action) {
      if (!(periodMs > 0)) throw new RangeError('a period takes time');
      const next = (timeMs: number): void =>
        at(timeMs, () => {
          if (action() !== false) next(timeMs + periodMs);
        });
      next(firstMs);
    },
    bytesOf(index) {
      const { sentBytes, receivedBytes } = nodeOf(index);
      return { sent: sentBytes, received: receivedBytes };
    },
    async run(untilMs) {
      await runUntil(undefined, untilMs);
    },
    runUntil,
  };
}

/** A simulated crash may be wrapped by the code that it happened to. */
function isSimulatedCrash(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; depth += 1) {
    if (cause instanceof ParsError && cause.code === 'base/simulated-crash') return true;
    cause = cause.cause;
  }
  return false;
}
