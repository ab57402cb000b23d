/**
 * What an operator may see of a node, whoever looks over their shoulder: what
 * it does for the mesh. Counts of letters tell when a person is there, so they
 * are not in it, and neither is anything that is not named here.
 */
const SHOWN: readonly { readonly name: string; readonly kind: 'counter' | 'gauge' }[] = [
  { name: 'mesh/links', kind: 'gauge' },
  { name: 'mesh/link-refused', kind: 'counter' },
  { name: 'mesh/handler-failed', kind: 'counter' },
  { name: 'mesh/carried-parcels', kind: 'gauge' },
  { name: 'mesh/carried-bytes', kind: 'gauge' },
  { name: 'mesh/carry-capacity-bytes', kind: 'gauge' },
  { name: 'node/syncs', kind: 'counter' },
  { name: 'node/parcels-gossiped', kind: 'counter' },
  { name: 'node/gossip-neighbours-refused', kind: 'counter' },
  { name: 'node/streams-refused', kind: 'counter' },
  { name: 'process/uptime-seconds', kind: 'gauge' },
  { name: 'process/resident-bytes', kind: 'gauge' },
];

/** The metrics that may be shown, in Prometheus' text format 0.0.4. One that was never set is 0. */
export function metricsText(values: ReadonlyMap<string, number>): string {
  return SHOWN.map(({ name, kind }) => {
    const shown = `pars_${name.replaceAll(/[^a-z0-9]/g, '_')}${kind === 'counter' ? '_total' : ''}`;
    return `# TYPE ${shown} ${kind}\n${shown} ${values.get(name) ?? 0}\n`;
  }).join('');
}
