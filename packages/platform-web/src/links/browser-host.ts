import {
  createStreamHost,
  type StreamDialer,
  type StreamHost,
  type StreamHostDeps,
  type StreamHostOptions,
} from '@pars/mesh';
import { browserClock, browserScheduler } from '../browser-timers.ts';
import { systemRandom } from '../system-random.ts';
import { webSocketRouteFromText } from './websocket-route.ts';
import { openWebSocketStream } from './websocket-stream.ts';

/** What a host in a browser is made of; clock, timers and randomness are the browser's. */
export type BrowserHostDeps = Pick<StreamHostDeps, 'suite' | 'nodeSeed' | 'log' | 'metrics'>;

/** The bounds that may differ from page to page (PIP-1000 §8). */
export type BrowserHostOptions = Pick<
  StreamHostOptions,
  'maxLinks' | 'maxHalfOpen' | 'maxStreamsPerProtocol'
>;

/** Links of a page in all: a page serves nobody but its own person. */
const maxLinksOfPage = 64;

/**
 * A mesh host for a page or a worker: dials daemons by WebSocket, and makes
 * links of whatever it is given to adopt, WebRTC above all. Nobody can dial it.
 * A page under https reaches `wss` alone, and `ws` on its own machine.
 */
export function createBrowserHost(
  deps: BrowserHostDeps,
  options: BrowserHostOptions = {},
): Promise<StreamHost> {
  return createStreamHost(
    { ...deps, clock: browserClock, scheduler: browserScheduler, random: systemRandom },
    { maxLinks: maxLinksOfPage, ...options, dialers: [webSocketDialer] },
  );
}

/** Dials daemons; their own link lies inside the WebSocket, and TLS around it counts for nothing. */
const webSocketDialer: StreamDialer = {
  canDial: (route) => webSocketRouteFromText(route) !== undefined,
  async dial(route, signal) {
    const url = webSocketRouteFromText(route)?.url ?? '';
    return openWebSocketStream(url, { scheduler: browserScheduler }, signal);
  },
};
