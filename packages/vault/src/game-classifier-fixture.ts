import { areaUnderCurve } from './game-fixture.ts';

const STEPS = 300;
const RATE = 0.3;
/** Keeps many features and few containers from learning the containers by heart. */
const RIDGE = 0.03;

/**
 * How well a classifier that was trained on one half of the containers tells the
 * other half apart, both halves in turn: logistic regression over standardised features.
 */
export function heldOutArea(
  worlds: readonly [readonly (readonly number[])[], readonly (readonly number[])[]],
): number {
  const areas = [0, 1].map((fold) => {
    const [trained, tested] = [fold, 1 - fold].map((half) =>
      worlds.map((containers) => containers.filter((_, at) => at % 2 === half)),
    );
    const score = train(trained ?? []);
    const [a = [], b = []] = (tested ?? []).map((containers) => containers.map(score));
    return areaUnderCurve(a, b);
  });
  return areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

/** Learns to give the second kind the higher score. */
function train(
  kinds: readonly (readonly (readonly number[])[])[],
): (features: readonly number[]) => number {
  const samples = kinds.flatMap((containers, kind) =>
    containers.map((features) => ({ features, kind })),
  );
  const width = samples[0]?.features.length ?? 0;
  const columns = Array.from({ length: width }, (_, at) =>
    samples.map(({ features }) => features[at] ?? 0),
  );
  const means = columns.map(meanOf);
  const spreads = columns.map((values, at) => {
    const mean = means[at] ?? 0;
    return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))) || 1;
  });
  const standard = (features: readonly number[]): readonly number[] =>
    features.map((value, at) => (value - (means[at] ?? 0)) / (spreads[at] ?? 1));
  const inputs = samples.map(({ features }) => standard(features));
  let weights: readonly number[] = means.map(() => 0);
  for (let step = 0; step < STEPS; step += 1) {
    const gradient = weights.map((weight) => RIDGE * weight);
    for (const [at, input] of inputs.entries()) {
      const error = 1 / (1 + Math.exp(-dot(weights, input))) - (samples[at]?.kind ?? 0);
      for (const [index, value] of input.entries()) {
        gradient[index] = (gradient[index] ?? 0) + (error * value) / inputs.length;
      }
    }
    weights = weights.map((weight, at) => weight - RATE * (gradient[at] ?? 0));
  }
  return (features) => dot(weights, standard(features));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}
