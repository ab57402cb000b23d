import type { RadioInfo } from '@pars/api';
import type { RadioService, RadioServiceDeps, RadioServiceOptions } from './radio-service.ts';

/** A radio that this node is to run. */
export interface RadioPlan extends RadioServiceOptions {
  /** The modem's name for its owner, e.g. the path of its device: 1 to 4,096 code units. */
  readonly device: string;
  readonly openDevice: RadioServiceDeps['openDevice'];
}

/** What the owner sees of it. */
export function radioView({ device }: RadioPlan, radio: RadioService): RadioInfo {
  const { counts, failure, neighbours, state } = radio.status();
  return {
    device,
    state,
    neighbours: neighbours.length,
    framesSent: counts?.framesSent ?? 0,
    framesHeard: counts?.framesHeard ?? 0,
    airtimeMs: Math.round(counts?.airMs ?? 0),
    ...(failure === undefined || failure === '' ? {} : { failure }),
  };
}
