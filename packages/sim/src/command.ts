import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { plotToSvg } from './scenario/plot.ts';
import {
  commandOf,
  missedFigures,
  type Outcome,
  type Parameters,
  type Scenario,
} from './scenario/scenario.ts';
import { shrink } from './scenario/shrink.ts';
import { outcomeToTable } from './scenario/table.ts';
import { scenarios } from './scenarios/index.ts';

/** What the command may do to the world outside. */
export interface CommandIo {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Wall clock for the cost lines and the bound of shrinking, in ms. */
  readonly nowMs: () => number;
}

const usage = `usage: npm run sim -- --scenario NAME [--nodes N] [--seed S] [--set name=value ...]
                   [--small] [--suite modelled|real] [--json] [--plot FILE.svg] [--shrink-seconds S]

scenarios:
${scenarios.map(({ name, description }) => `  ${name.padEnd(12)} ${description}`).join('\n')}
`;

/**
 * Runs `npm run sim`. Resolves to the exit code: 0 when every promise was kept,
 * 1 when one was missed, 2 when the arguments make no sense.
 */
export async function runCommand(
  args: readonly string[],
  io: CommandIo,
  known: readonly Scenario[] = scenarios,
): Promise<number> {
  const request = readRequest(args, known);
  if (typeof request === 'string') {
    io.writeError(`${request}\n${usage}`);
    return 2;
  }
  const { scenario, seed, parameters, suite } = request;
  const command = commandOf(scenario, seed, parameters, suite);
  const startMs = io.nowMs();
  let outcome: Outcome;
  try {
    outcome = await scenario.run({ seed, parameters, suite });
  } catch (error) {
    io.writeError(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    await reportFailure(request, command, io.nowMs() - startMs, io);
    return 1;
  }
  const tookMs = io.nowMs() - startMs;
  if (request.plotFile !== undefined) {
    const title = `${scenario.name}, ${parameters['nodes']} nodes, seed ${seed}`;
    await writeFile(request.plotFile, plotToSvg(title, outcome.plot));
  }
  const missed = missedFigures(outcome);
  if (request.isJson) {
    const { figures, fingerprint, events } = outcome;
    const report = {
      scenario: scenario.name,
      seed,
      parameters,
      suite,
      figures,
      fingerprint,
      events,
    };
    io.write(`${JSON.stringify({ ...report, kept: missed.length === 0, tookMs }, undefined, 2)}\n`);
  } else {
    const rate = Math.round(outcome.events / (tookMs / 1_000)).toLocaleString('en-GB');
    io.write(`${scenario.name}: ${scenario.description}\n${command}\n\n`);
    io.write(`${outcomeToTable(outcome)}\n\n`);
    io.write(
      `fingerprint ${outcome.fingerprint}, ${outcome.events.toLocaleString('en-GB')} events`,
    );
    io.write(` in ${(tookMs / 1_000).toFixed(1)} s (${rate} a second)\n`);
  }
  if (missed.length === 0) return 0;
  io.writeError(`missed: ${missed.map(({ name }) => name).join(', ')}\n`);
  await reportFailure(request, command, tookMs, io);
  return 1;
}

interface Request {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly parameters: Parameters;
  readonly suite: 'modelled' | 'real';
  readonly isJson: boolean;
  readonly plotFile: string | undefined;
  readonly shrinkMs: number;
}

function readRequest(args: readonly string[], known: readonly Scenario[]): Request | string {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const scenario = known.find(({ name }) => name === values.scenario);
  if (scenario === undefined) return `no scenario ${values.scenario ?? 'was named'}`;
  const suite = values.suite ?? 'modelled';
  if (suite !== 'modelled' && suite !== 'real') return `no suite ${suite}`;
  const parameters: Record<string, number> = {
    ...scenario.defaults,
    ...(values.small === true ? scenario.small : {}),
  };
  const wanted = [...(values.set ?? [])];
  if (values.nodes !== undefined) wanted.push(`nodes=${values.nodes}`);
  for (const text of wanted) {
    const [name = '', value = ''] = text.split('=');
    if (!Object.hasOwn(scenario.defaults, name)) {
      return `${scenario.name} has no ${name}; it has ${Object.keys(scenario.defaults).join(', ')}`;
    }
    const number = Number(value);
    if (value === '' || !Number.isFinite(number) || number < (scenario.least[name] ?? 0)) {
      return `${name} has to be a number from ${scenario.least[name] ?? 0} on`;
    }
    parameters[name] = number;
  }
  const { realSuiteNodes } = scenario;
  if (suite === 'real' && realSuiteNodes === undefined) {
    return `the suite makes no difference in ${scenario.name}`;
  }
  if (suite === 'real' && (parameters['nodes'] ?? 0) > (realSuiteNodes ?? 0)) {
    return `with the real suite at most ${realSuiteNodes} nodes: --nodes ${realSuiteNodes}`;
  }
  const shrinkSeconds = Number(values['shrink-seconds'] ?? 60);
  if (!(shrinkSeconds >= 0)) return '--shrink-seconds has to be a number';
  return {
    scenario,
    seed: values.seed ?? '1',
    parameters,
    suite,
    isJson: values.json === true,
    plotFile: values.plot,
    shrinkMs: 1_000 * shrinkSeconds,
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string' },
      nodes: { type: 'string' },
      seed: { type: 'string' },
      set: { type: 'string', multiple: true },
      small: { type: 'boolean' },
      suite: { type: 'string' },
      json: { type: 'boolean' },
      plot: { type: 'string' },
      'shrink-seconds': { type: 'string' },
    },
  }).values;
}

/** Says how to run it again, and looks for something smaller that fails as well. */
async function reportFailure(
  { scenario, seed, parameters, suite, shrinkMs }: Request,
  command: string,
  tookMs: number,
  io: CommandIo,
): Promise<void> {
  io.writeError(`seed ${seed} fails: ${command}\n`);
  if (suite === 'real' || shrinkMs < 2 * tookMs) {
    io.writeError('not shrunk; --shrink-seconds gives it time\n');
    return;
  }
  const endMs = io.nowMs() + shrinkMs;
  const { parameters: smallest, runs } = await shrink(
    scenario,
    seed,
    parameters,
    () => io.nowMs() >= endMs,
  );
  io.writeError(`smallest failure in ${runs} runs: ${commandOf(scenario, seed, smallest)}\n`);
  const line = { scenario: scenario.name, seed, parameters: smallest, because: '' };
  io.writeError(`for scenario/regressions.ts: ${JSON.stringify(line)}\n`);
}
