import { missedFigures, type Parameters, type Scenario } from './scenario.ts';

/** What is known of a failure. */
export interface Shrunk {
  readonly parameters: Parameters;
  /** Runs that it took. */
  readonly runs: number;
}

/**
 * Looks for smaller parameters with which the same seed still misses one of the
 * same promises or throws: halves, then steps each parameter towards its least,
 * as long as something gets smaller. Runs until `isEnough`.
 */
export async function shrink(
  scenario: Scenario,
  seed: string,
  failing: Parameters,
  isEnough: () => boolean,
): Promise<Shrunk> {
  const wanted = await failureOf(scenario, seed, failing);
  let parameters = failing;
  let runs = 1;
  if (wanted === undefined) return { parameters, runs };
  for (let found = true; found && !isEnough(); ) {
    found = false;
    for (const [name, least] of Object.entries(scenario.least)) {
      for (const value of smallerThan(parameters[name] ?? least, least)) {
        if (isEnough()) return { parameters, runs };
        const candidate = { ...parameters, [name]: value };
        runs += 1;
        const failure = await failureOf(scenario, seed, candidate);
        if (failure === undefined || !failure.some((part) => wanted.includes(part))) continue;
        parameters = candidate;
        found = true;
        break;
      }
    }
  }
  return { parameters, runs };
}

/** Names of the promises that are missed, or of the error; `undefined` when all is well. */
export async function failureOf(
  scenario: Scenario,
  seed: string,
  parameters: Parameters,
): Promise<readonly string[] | undefined> {
  try {
    const missed = missedFigures(await scenario.run({ seed, parameters, suite: 'modelled' }));
    return missed.length === 0 ? undefined : missed.map(({ name }) => name);
  } catch (error) {
    return [error instanceof Error ? `thrown: ${error.message}` : 'thrown'];
  }
}

function smallerThan(value: number, least: number): readonly number[] {
  const isWhole = Number.isInteger(value) && Number.isInteger(least);
  const half = (value + least) / 2;
  const candidates = [least, isWhole ? Math.floor(half) : half, value - (isWhole ? 1 : value / 8)];
  return [...new Set(candidates)].filter((candidate) => candidate >= least && candidate < value);
}
