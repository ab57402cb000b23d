import type { Scenario } from '../scenario/scenario.ts';
import { blackout } from './blackout.ts';
import { city } from './city.ts';
import { flashCrowd } from './flash-crowd.ts';
import { hostile } from './hostile.ts';
import { keepers } from './keepers.ts';
import { partition } from './partition.ts';
import { radio } from './radio.ts';
import { spread } from './spread.ts';

/** Every world that the simulator knows, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  city,
  blackout,
  partition,
  hostile,
  flashCrowd,
  radio,
  spread,
  keepers,
];
