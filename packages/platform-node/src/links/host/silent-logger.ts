import type { ComponentLogger, Logger } from '@libp2p/interface';

/**
 * libp2p's own logging, switched off for good: it would print addresses and
 * peer ids for whoever sets an environment variable.
 */
export const silentLogger: ComponentLogger = { forComponent: () => silent };

const silent: Logger = Object.assign(() => undefined, {
  error: () => undefined,
  trace: () => undefined,
  enabled: false,
  newScope: () => silent,
});
