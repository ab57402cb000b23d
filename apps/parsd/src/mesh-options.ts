import { isIP } from 'node:net';
import { err, type Failure, ok, type Result } from '@pars/base';
import type { DiscoveryRole } from '@pars/node';
import type { DaemonErrorCode } from './errors.ts';

/** What the daemon was asked for about its part in the mesh. */
export interface MeshOptions {
  readonly role: DiscoveryRole;
  /** Announced and found in the local network. */
  readonly lan: boolean;
  readonly announce: readonly string[];
  /** A web server on this machine stands before it and says whose connection it is. */
  readonly isBehindProxy: boolean;
  readonly relays: readonly string[];
  readonly offersRelay: boolean;
  readonly isMetered: boolean;
  /** The only address of this machine that meetings use; all of them when absent. */
  readonly meetAt?: string;
  readonly radio?: RadioOptions;
  /** Folders beside the sticks in which bundles are looked for. */
  readonly watch: readonly string[];
  readonly watchesSticks: boolean;
  /** Port of the page of metrics at 127.0.0.1, 0 for a free one; absent for none. */
  readonly metricsPort?: number;
}

/** Nothing of this node is to be seen from outside of its machine. */
export const silentMesh: MeshOptions = {
  role: 'desktop',
  lan: false,
  announce: [],
  isBehindProxy: false,
  relays: [],
  offersRelay: false,
  isMetered: false,
  watch: [],
  watchesSticks: false,
};

/** A modem at a serial port. */
export interface RadioOptions {
  readonly device: string;
  readonly keyFile: string;
  readonly baudRate: number;
  /** Bits a second on the air. */
  readonly airRate: number;
  /** The part of the time on the air, over 0 up to 1. */
  readonly dutyCycle: number;
}

/** The part of `--help` about the mesh. */
export const MESH_HELP = `  --role ROLE           phone, desktop (default), bridge or relay: how many links it
                        keeps, and whether it answers and keeps parcels for others
  --lan on|off          be found by nodes in the local network, and find them
                        (default: on; off listens on this machine alone)
  --announce ROUTE      where it can be dialled from everywhere, like
                        /ip4/203.0.113.5/tcp/4001; may be repeated
  --behind-proxy        a web server on this machine passes WebSockets on to it,
                        and names their sources (contrib/nginx-site.conf)
  --offer-relay         let nodes without an address be reached through this one
  --relay ADDRESS       a node through which this one can be reached; may be repeated
  --meet-at IP          the only address of this machine that \`pars mesh meet\` uses and
                        tells (default: all)
  --metered             use a paid or weak connection sparingly
  --radio DEVICE        exchange parcels over a KISS modem, like /dev/ttyUSB0
  --radio-key FILE      the key of the radio group, \`pars mesh radio new-key\` makes one
  --radio-baud RATE     bits a second between computer and modem (default: 9600)
  --radio-air RATE      bits a second on the air (default: 1200)
  --radio-duty PERCENT  part of the time on the air at most (default: 10)
  --watch FOLDER        look for bundles there as on sticks; may be repeated
  --no-sticks           do not look for bundles on sticks that are plugged in
  --metrics-port PORT   show metrics for Prometheus at 127.0.0.1, no names or addresses
`;

type Text = { readonly type: 'string' };
type Texts = { readonly type: 'string'; readonly multiple: true };
type Flag = { readonly type: 'boolean' };

const text: Text = { type: 'string' };
const texts: Texts = { type: 'string', multiple: true };
const flag: Flag = { type: 'boolean' };

/** For `parseArgs`. */
export const meshDefinition: {
  readonly role: Text;
  readonly lan: Text;
  readonly announce: Texts;
  readonly 'behind-proxy': Flag;
  readonly 'offer-relay': Flag;
  readonly relay: Texts;
  readonly 'meet-at': Text;
  readonly metered: Flag;
  readonly radio: Text;
  readonly 'radio-key': Text;
  readonly 'radio-baud': Text;
  readonly 'radio-air': Text;
  readonly 'radio-duty': Text;
  readonly watch: Texts;
  readonly 'no-sticks': Flag;
  readonly 'metrics-port': Text;
} = {
  role: text,
  lan: text,
  announce: texts,
  'behind-proxy': flag,
  'offer-relay': flag,
  relay: texts,
  'meet-at': text,
  metered: flag,
  radio: text,
  'radio-key': text,
  'radio-baud': text,
  'radio-air': text,
  'radio-duty': text,
  watch: texts,
  'no-sticks': flag,
  'metrics-port': text,
};

/** What `parseArgs` makes of them. */
export interface MeshArgs {
  readonly role?: string;
  readonly lan?: string;
  readonly announce?: string[];
  readonly 'behind-proxy'?: boolean;
  readonly 'offer-relay'?: boolean;
  readonly relay?: string[];
  readonly 'meet-at'?: string;
  readonly metered?: boolean;
  readonly radio?: string;
  readonly 'radio-key'?: string;
  readonly 'radio-baud'?: string;
  readonly 'radio-air'?: string;
  readonly 'radio-duty'?: string;
  readonly watch?: string[];
  readonly 'no-sticks'?: boolean;
  readonly 'metrics-port'?: string;
}

const ROLES: readonly DiscoveryRole[] = ['phone', 'desktop', 'bridge', 'relay'];

/** Reads them. Fails with `parsd/bad-option`. */
export function meshOptionsFromArgs(args: MeshArgs): Result<MeshOptions, Failure<DaemonErrorCode>> {
  const role = ROLES.find((one) => one === (args.role ?? 'desktop'));
  if (role === undefined) return badOption('role');
  const lan = args.lan ?? 'on';
  if (lan !== 'on' && lan !== 'off') return badOption('lan');
  const meetAt = args['meet-at'];
  if (meetAt !== undefined && isIP(meetAt) === 0) return badOption('meet-at');
  const radio = radioFromArgs(args);
  if (!radio.ok) return radio;
  const metricsPort = numberFromText(args['metrics-port'], 0, 65_535);
  if (metricsPort === 'bad') return badOption('metrics-port');
  return ok({
    role,
    lan: lan === 'on',
    announce: args.announce ?? [],
    isBehindProxy: args['behind-proxy'] ?? false,
    relays: args.relay ?? [],
    offersRelay: args['offer-relay'] ?? false,
    isMetered: args.metered ?? false,
    watch: args.watch ?? [],
    watchesSticks: args['no-sticks'] !== true,
    ...(meetAt === undefined ? {} : { meetAt }),
    ...(radio.value === undefined ? {} : { radio: radio.value }),
    ...(metricsPort === undefined ? {} : { metricsPort }),
  });
}

function radioFromArgs(args: MeshArgs): Result<RadioOptions | undefined, Failure<DaemonErrorCode>> {
  const { radio: device, 'radio-key': keyFile } = args;
  const baudRate = numberFromText(args['radio-baud'], 300, 4_000_000);
  if (baudRate === 'bad') return badOption('radio-baud');
  const airRate = numberFromText(args['radio-air'], 100, 1_000_000);
  if (airRate === 'bad') return badOption('radio-air');
  const percent = numberFromText(args['radio-duty'], 1, 100);
  if (percent === 'bad') return badOption('radio-duty');
  if (device === undefined) return ok(undefined);
  if (keyFile === undefined) return badOption('radio-key');
  return ok({
    device,
    keyFile,
    baudRate: baudRate ?? 9_600,
    airRate: airRate ?? 1_200,
    dutyCycle: (percent ?? 10) / 100,
  });
}

function numberFromText(
  digits: string | undefined,
  least: number,
  most: number,
): number | 'bad' | undefined {
  if (digits === undefined) return undefined;
  const number = /^\d{1,7}$/.test(digits) ? Number(digits) : Number.NaN;
  return number >= least && number <= most ? number : 'bad';
}

function badOption(option: string): Result<never, Failure<DaemonErrorCode>> {
  return err('parsd/bad-option', { option });
}
