import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiHandlers } from '@pars/api';
import {
  type BlobStore,
  createMemoryMetrics,
  err,
  type Failure,
  type Log,
  ok,
  ParsError,
  type Result,
} from '@pars/base';
import { createSuite, type SigningSeed, type Suite } from '@pars/crypto';
import type { ParcelNetwork } from '@pars/mesh';
import { createNodeEngine, type NodeEngine } from '@pars/node';
import {
  createFileBlobStore,
  createLibp2pHost,
  createMdnsBeacon,
  createNodeCryptoProvider,
  createNodeRtcEngine,
  createSqliteStore,
  createStderrLog,
  createTokenCheck,
  type DataFolderPaths,
  dataFolderPaths,
  type FileVaultPlace,
  type FileVaultPlaceDeps,
  type FileVaultPlaceOptions,
  type Libp2pHost,
  limitLog,
  loadOrCreateToken,
  openDataFolder,
  openFileVaultPlace,
  openNodeSqlEngine,
  serveOnSocket,
  serveOnWebSocket,
  serveStaticSite,
  systemClock,
  systemRandom,
  systemScheduler,
} from '@pars/platform-node';
import { lockWhenAway } from './away-locks.ts';
import { carryOptions } from './carry-size.ts';
import { eraseFolder } from './erase-folder.ts';
import type { DaemonErrorCode } from './errors.ts';
import { defaultListenAddresses, keepListenPort, listenFailureReason } from './listen-addresses.ts';
import { radioPlans, tellOffers } from './mesh-part.ts';
import { serveNodeMetrics } from './node-metrics.ts';
import { loadOrCreateNodeSeed } from './node-seed.ts';
import type { DaemonOptions } from './options.ts';
import { checkHardening } from './process-hardening.ts';
import { checkSuite } from './suite-self-test.ts';
import { VERSION } from './version.ts';

/** A running node. Disposing of it stops everything in order and releases the data folder. */
export interface Daemon extends AsyncDisposable {
  readonly dataDir: string;
  readonly nodeId: string;
  readonly addresses: readonly string[];
  readonly socket: string;
  readonly webSocket: string;
  /** Where the site is shown, when one was asked for. */
  readonly site: string | undefined;
  /** Where the metrics are shown, when they were asked for. */
  readonly metrics: string | undefined;
  /** Resolves when somebody called `node.stop` or `vault.panic`. */
  readonly stopAsked: Promise<void>;
}

/** What tests put in the place of the real thing; no option reaches it. */
export interface DaemonParts {
  readonly openVaultPlace: (
    deps: FileVaultPlaceDeps,
    options: FileVaultPlaceOptions,
  ) => Promise<FileVaultPlace>;
  /** Another network than the first one, such as one with cheap postage. */
  readonly parcelNetwork?: ParcelNetwork;
}

const shippedParts: DaemonParts = { openVaultPlace: openFileVaultPlace };

/**
 * Wires a whole node together and starts it. When it fails, everything that
 * was started before is stopped again. Codes: `data-folder/…`, `rpc/…`,
 * `parsd/…`, `vault/…`.
 *
 * The order of starting is the reverse order of stopping: the API goes last
 * but for the lock, so that a client that waits for its end knows that
 * everything is closed.
 */
export async function startDaemon(
  options: DaemonOptions,
  parts: DaemonParts = shippedParts,
): Promise<Result<Daemon, Failure>> {
  try {
    return await start(options, parts);
  } catch (error) {
    if (!(error instanceof ParsError) || error.code !== 'base/storage-failed') throw error;
    const isDamaged = error.meta['reason'] === 'damaged';
    return err(isDamaged ? 'data-folder/damaged' : 'data-folder/unusable', error.meta);
  }
}

async function start(options: DaemonOptions, parts: DaemonParts): Promise<Result<Daemon, Failure>> {
  await using stack = new AsyncDisposableStack();
  const log = createStderrLog(
    { clock: systemClock },
    { sink: process.stderr, level: options.logLevel },
  );
  const opened = await openDataFolder(dataFolderPaths(options.dataDir));
  if (!opened.ok) return opened;
  const { paths } = stack.use(opened.value);
  const suite = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });
  const platform = {
    clock: systemClock,
    scheduler: systemScheduler,
    random: systemRandom,
    metrics: createMemoryMetrics(),
    log,
  };
  const vaultPlace = await parts.openVaultPlace({ ...platform, suite }, { folder: paths.root });
  // A panic that was cut off goes to its end before anything else is made.
  if (await vaultPlace.isPanicUnfinished()) await eraseAllBut(paths, vaultPlace);
  const blobs = await createFileBlobStore(paths.blobs);
  const token = await loadOrCreateToken(paths.token);
  if (!token.ok) return token;
  const seed = await loadOrCreateNodeSeed(blobs, suite);
  if (!seed.ok) return seed;

  // Clients are answered once the handlers exist; stopping ends them after everything else.
  const rpc = stack.use(new AsyncDisposableStack());
  let isAllToGo = false;
  stack.defer(async () => {
    if (isAllToGo) await eraseFolder(paths.root, PANIC_MARK);
  });
  const store = createSqliteStore(paths.store);
  stack.defer(() => store.close());
  const mesh = await startMesh({ ...platform, suite, nodeSeed: seed.value }, blobs, options);
  if (!mesh.ok) return mesh;
  stack.use(mesh.value);
  const radios = await radioPlans(suite, options.mesh.radio);
  if (!radios.ok) return radios;
  const signer = await suite.signature.signerFromSeed(seed.value);
  const beacon = options.mesh.lan ? { beacon: createMdnsBeacon(platform) } : {};
  const { meetAt } = options.mesh;
  const rtc = createNodeRtcEngine(platform, meetAt === undefined ? {} : { bindAddress: meetAt });
  const engine = createNodeEngine(
    {
      ...platform,
      suite,
      vaultPlace,
      openSqlEngine: openNodeSqlEngine,
      store,
      blobs,
      mesh: mesh.value,
      meshService: { host: mesh.value, signer, rtc, ...beacon },
    },
    {
      version: VERSION,
      carry: {
        ...(await carryOptions(paths.root, options.carryBytes)),
        ...(parts.parcelNetwork === undefined ? {} : { network: parts.parcelNetwork }),
      },
      meshService: options.mesh,
      radios: radios.value,
      ...(options.idleLockMinutes === undefined
        ? {}
        : { idleLockMinutes: options.idleLockMinutes }),
    },
  );
  stack.use(engine);

  const stopping = new AbortController();
  stack.defer(() => stopping.abort());
  tellOffers(platform, engine, options.mesh, stopping.signal);
  const metrics = await serveNodeMetrics(engine, platform.metrics, options.mesh.metricsPort);
  if (!metrics.ok) return metrics;
  if (metrics.value !== undefined) stack.use(metrics.value);

  const stopAsked = Promise.withResolvers<void>();
  const handlers = handlersFromEngine(engine, suite, {
    stop: () => stopAsked.resolve(),
    eraseAtStop: () => {
      isAllToGo = true;
    },
  });
  const unlocked = await unlockAtStart(handlers, options.passwordFile, log);
  if (!unlocked.ok) return unlocked;
  stack.use(lockWhenAway(handlers, log));

  const deps = {
    handlers,
    isToken: createTokenCheck(token.value),
    // Any page in a browser can knock: it must not fill the disk with refusals.
    log: limitLog({ log, clock: systemClock }),
    scheduler: systemScheduler,
  };
  const socket = await serveOnSocket(paths.socket, deps);
  if (!socket.ok) return socket;
  rpc.use(socket.value);
  const webSocket = await serveOnWebSocket(deps, { port: options.rpcPort });
  if (!webSocket.ok) return webSocket;
  rpc.use(webSocket.value);
  const site =
    options.site === undefined
      ? ok(undefined)
      : await serveStaticSite(options.site, { port: options.sitePort });
  if (!site.ok) return site;
  if (site.value !== undefined) stack.use(site.value);

  const running = stack.move();
  return ok({
    dataDir: paths.root,
    nodeId: mesh.value.nodeId,
    addresses: mesh.value.addresses(),
    socket: socket.value.address,
    webSocket: webSocket.value.address,
    site: site.value?.address,
    metrics: metrics.value?.address,
    stopAsked: stopAsked.promise,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  });
}

type MeshDeps = Parameters<typeof createLibp2pHost>[0] & {
  readonly nodeSeed: SigningSeed;
  readonly suite: Suite;
};

async function startMesh(
  deps: MeshDeps,
  blobs: BlobStore,
  options: DaemonOptions,
): Promise<Result<Libp2pHost, Failure<DaemonErrorCode>>> {
  const { isBehindProxy } = options.mesh;
  const isDefault = options.listen.length === 0;
  const attempts = isDefault
    ? await defaultListenAddresses(blobs, options.mesh.lan)
    : [options.listen];
  let reason = 'unknown';
  for (const listen of attempts) {
    const host = await createLibp2pHost(deps, { listen, isBehindProxy }).catch((error: unknown) => {
      reason = listenFailureReason(error);
      deps.log.write('warn', 'parsd/listen-failed', { reason });
      return undefined;
    });
    if (host === undefined) continue;
    if (isDefault) await keepPort(host, blobs, deps.log);
    return ok(host);
  }
  return err('parsd/cannot-listen', { reason });
}

/** A node that cannot note its port runs all the same; it may get another one next time. */
async function keepPort(host: Libp2pHost, blobs: BlobStore, log: Log): Promise<void> {
  try {
    await keepListenPort(blobs, host.addresses());
  } catch (error) {
    const code = error instanceof ParsError ? error.code : 'unknown';
    log.write('warn', 'parsd/port-not-kept', { code });
  }
}

/** What belongs to the process. */
interface ProcessEnd {
  readonly stop: () => void;
  /** Everything in the data folder goes when the process stops. */
  readonly eraseAtStop: () => void;
}

/** The engine does everything but end the process and test the machine: that is ours. */
function handlersFromEngine(engine: NodeEngine, suite: Suite, end: ProcessEnd): ApiHandlers {
  const { methods } = engine;
  return {
    methods: {
      ...methods,
      'node.diagnose': async (params, context) => {
        const diagnosed = await methods['node.diagnose'](params, context);
        if (!diagnosed.ok) return diagnosed;
        return ok({
          checks: [await checkSuite(suite), ...checkHardening(), ...diagnosed.value.checks],
        });
      },
      'node.stop': async () => {
        // After the answer was written.
        setImmediate(end.stop);
        return ok({});
      },
      'vault.panic': async (params, context) => {
        // Whatever comes of it: what the node keeps besides goes, and the node ends.
        if (params.everything) end.eraseAtStop();
        const outcome = await methods['vault.panic'](params, context);
        setImmediate(end.stop);
        return outcome;
      },
    },
    subscriptions: engine.subscriptions,
  };
}

/** Takes away what a panic left, but the lock that this process holds. */
async function eraseAllBut(paths: DataFolderPaths, place: FileVaultPlace): Promise<void> {
  const { lock, root } = paths;
  for (const name of await readdir(root)) {
    const isKept = name === PANIC_MARK || join(root, name).startsWith(lock);
    if (!isKept) await rm(join(root, name), { recursive: true, force: true });
  }
  await place.endPanic();
}

/** The last of a vault's files to go: while it is there, a panic is not over. */
const PANIC_MARK = 'vault-panic';

async function unlockAtStart(
  handlers: ApiHandlers,
  passwordFile: string | undefined,
  log: Log,
): Promise<Result<void, Failure>> {
  if (passwordFile === undefined) return ok(undefined);
  const password = await firstLine(passwordFile);
  if (password === undefined) return err('parsd/bad-password-file');
  const { signal } = new AbortController();
  const unlocked = await handlers.methods['vault.unlock']({ password }, { signal });
  if (unlocked.ok) return ok(undefined);
  if (unlocked.error.code !== 'vault/none') return unlocked;
  log.write('warn', 'parsd/no-vault-to-unlock');
  return ok(undefined);
}

async function firstLine(path: string): Promise<string | undefined> {
  try {
    const line = (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0];
    return line === '' ? undefined : line;
  } catch {
    return undefined;
  }
}
