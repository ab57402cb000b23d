/** What a scenario can be told: numbers by name, all with defaults. */
export type Parameters = Readonly<Record<string, number>>;

/** One measured figure, with a promise where there is one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly promise?: { readonly atMost?: number; readonly atLeast?: number };
}

/** A line of the plot. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What came of a run. */
export interface Outcome {
  readonly figures: readonly Figure[];
  readonly plot: { readonly x: string; readonly y: string; readonly series: readonly Series[] };
  readonly fingerprint: string;
  readonly events: number;
}

/** What a run is given. */
export interface ScenarioInput<P> {
  readonly seed: string;
  readonly parameters: P;
  /** `real`: nothing of the suite is modelled. */
  readonly suite: 'modelled' | 'real';
}

/** A world with something to prove. The same input gives the same outcome. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** The full size. `nodes` is among them. */
  readonly defaults: Parameters;
  /** What differs at the size that tests run. */
  readonly small: Parameters;
  /** Down to where a parameter makes sense; what is not here does not shrink. */
  readonly least: Parameters;
  /** Most nodes with the real suite; absent: it makes no difference here. */
  readonly realSuiteNodes?: number;
  run(input: ScenarioInput<Parameters>): Promise<Outcome>;
}

/** Types the parameters of a scenario by its defaults. */
export function defineScenario<P extends Parameters>(
  scenario: Omit<Scenario, 'defaults' | 'small' | 'least' | 'run'> & {
    readonly defaults: P;
    readonly small: Partial<P>;
    readonly least: Partial<P>;
    run(input: ScenarioInput<P>): Promise<Outcome>;
  },
): Scenario {
  const defined = (partial: Partial<P>): Parameters =>
    Object.fromEntries(
      Object.entries(partial).filter((entry): entry is [string, number] => entry[1] !== undefined),
    );
  return {
    ...scenario,
    small: defined(scenario.small),
    least: defined(scenario.least),
    run: (input) =>
      scenario.run({ ...input, parameters: { ...scenario.defaults, ...input.parameters } }),
  };
}

/** The figures whose promise is missed. */
export function missedFigures(outcome: Outcome): readonly Figure[] {
  return outcome.figures.filter(({ value, promise }) => {
    if (promise === undefined) return false;
    const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = promise;
    // A figure that is no number keeps nothing.
    return !(value <= atMost && value >= atLeast);
  });
}

/** The command that runs this again. */
export function commandOf(
  scenario: Scenario,
  seed: string,
  parameters: Parameters,
  suite: 'modelled' | 'real' = 'modelled',
): string {
  const words = Object.entries(parameters)
    .filter(([name, value]) => name === 'nodes' || scenario.defaults[name] !== value)
    .map(([name, value]) => (name === 'nodes' ? `--nodes ${value}` : `--set ${name}=${value}`));
  const real = suite === 'real' ? ' --suite real' : '';
  return `npm run sim -- --scenario ${scenario.name} --seed ${seed} ${words.join(' ')}${real}`;
}
