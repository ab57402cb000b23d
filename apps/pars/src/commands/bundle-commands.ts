import type {
  ApiClient,
  BundleExported,
  BundleImported,
  BundleInspected,
  BundleLoss,
} from '@pars/api/client';
import { err, type Failure, ok, type Result } from '@pars/base/result';
import { adviceFromFailure } from '../advice.ts';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { resolveContact } from '../contact-reference.ts';
import type { NewFile } from '../files/piece-files.ts';
import { readSecret } from '../input/secret-input.ts';
import { withNode } from '../node-connection.ts';
import { print, printJson, reportFailure } from '../report.ts';
import { textFromBytes } from '../size-text.ts';
import { visibleText } from '../visible-text.ts';

/** Where a passphrase comes from. */
export interface PassphraseFlags extends CommonFlags {
  readonly passphrase: boolean;
  readonly passphraseFile?: string;
}

/** Options of `pars bundle export`. */
export interface ExportFlags extends PassphraseFlags {
  readonly to?: readonly string[];
  readonly maxSize?: string;
  readonly everythingCarried: boolean;
  readonly force: boolean;
  /** Whether the bundle tells where this node can be reached; the node decides when absent. */
  readonly ownNode?: boolean;
}

/** `pars bundle export FILE`; `-` is standard output. */
export async function exportBundle(
  this: CliContext,
  flags: ExportFlags,
  path: string,
): Promise<void> {
  const params = await exportParams(this, flags);
  if (!params.ok) return reportFailure(this, flags, params.error);
  const created = await this.files.create(path, flags.force);
  if (!created.ok) return reportFailure(this, flags, created.error);
  const file = created.value;
  let names: ReadonlyMap<string, string> = new Map();
  const exported = await withNode(
    this,
    flags,
    async (client, signal) => {
      const to = await resolveAll(client, flags.to ?? [], signal);
      if (!to.ok) return to;
      const begun = await client.call(
        'bundle.export.begin',
        { ...params.value, ...(to.value.length === 0 ? {} : { to: to.value }) },
        signal,
      );
      if (!begun.ok) return begun;
      const done = await pull(this, client, begun.value.transferId, file, signal);
      if (done.ok && done.value.directOnly.length > 0) names = await namesOf(client, signal);
      return done;
    },
    Number.POSITIVE_INFINITY,
  );
  this.progress?.(undefined);
  if (!exported.ok) {
    await file.abandon();
    return reportFailure(this, flags, exported.error);
  }
  // With `-` standard output is the file.
  if (path === '-') return;
  if (flags.json) return printJson(this, exported.value);
  for (const line of linesFromExport(exported.value, path, names)) print(this, line);
}

/** `pars bundle import FILE...`; `-` is standard input. */
export async function importBundles(
  this: CliContext,
  flags: PassphraseFlags,
  ...paths: readonly string[]
): Promise<void> {
  await takeEach(this, flags, paths, {
    begin: 'bundle.import.begin',
    end: (client, transferId, signal) => client.call('bundle.import.end', { transferId }, signal),
    linesFrom: linesFromImport,
  });
}

/** `pars bundle inspect FILE...`. */
export async function inspectBundles(
  this: CliContext,
  flags: PassphraseFlags,
  ...paths: readonly string[]
): Promise<void> {
  await takeEach(this, flags, paths, {
    begin: 'bundle.inspect.begin',
    end: (client, transferId, signal) => client.call('bundle.inspect.end', { transferId }, signal),
    linesFrom: linesFromInspection,
  });
}

/** How files are given to the node, and what is told of each. */
interface Taking<T> {
  readonly begin: 'bundle.import.begin' | 'bundle.inspect.begin';
  readonly end: (
    client: ApiClient,
    transferId: string,
    signal: AbortSignal,
  ) => Promise<Result<T, Failure>>;
  readonly linesFrom: (outcome: T) => readonly string[];
}

/** One file after another; a bad one does not keep the others out. */
async function takeEach<T extends BundleImported | BundleInspected>(
  context: CliContext,
  flags: PassphraseFlags,
  paths: readonly string[],
  taking: Taking<T>,
): Promise<void> {
  if (paths.includes('-') && flags.passphrase && flags.passphraseFile === undefined) {
    return reportFailure(context, flags, { code: 'cli/input-taken' });
  }
  const passphrase = await passphraseFrom(context, flags, false);
  if (!passphrase.ok) return reportFailure(context, flags, passphrase.error);
  const outcomes: object[] = [];
  const failures: Failure[] = [];
  for (const path of paths) {
    const taken = await withNode(
      context,
      flags,
      (client, signal) => push(context, client, path, passphrase.value, signal, taking),
      Number.POSITIVE_INFINITY,
    );
    context.progress?.(undefined);
    const failure = taken.ok ? incompleteness(taken.value, path) : taken.error;
    if (failure !== undefined) failures.push(failure);
    outcomes.push({ file: path, ...(taken.ok ? taken.value : { failure: taken.error.code }) });
    if (flags.json) continue;
    if (paths.length > 1) print(context, `${visibleText(path)}:`);
    if (taken.ok) for (const line of taking.linesFrom(taken.value)) print(context, line);
    if (failure !== undefined) reportFailure(context, flags, failure);
  }
  if (!flags.json) return;
  printJson(context, { bundles: outcomes });
  const [first] = failures;
  if (first !== undefined) reportFailure(context, flags, first);
}

interface ExportParams {
  readonly passphrase?: string;
  readonly maxBytes?: number;
  readonly carriedOnly?: boolean;
}

async function exportParams(
  context: CliContext,
  flags: ExportFlags,
): Promise<Result<ExportParams, Failure>> {
  const { everythingCarried, maxSize, ownNode } = flags;
  const { bytesFromText } = await import('@pars/base');
  const maxBytes = maxSize === undefined ? undefined : bytesFromText(maxSize);
  if (maxSize !== undefined && maxBytes === undefined) {
    return err('cli/bad-input', { what: 'size' });
  }
  const passphrase = await passphraseFrom(context, flags, true);
  if (!passphrase.ok) return passphrase;
  return ok({
    ...(passphrase.value === undefined ? {} : { passphrase: passphrase.value }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(everythingCarried ? { carriedOnly: true } : {}),
    ...(ownNode === undefined ? {} : { ownNode }),
  });
}

async function passphraseFrom(
  context: CliContext,
  { passphrase, passphraseFile }: PassphraseFlags,
  confirm: boolean,
): Promise<Result<string | undefined, Failure>> {
  if (!passphrase && passphraseFile === undefined) return ok(undefined);
  return await readSecret(context, { what: 'passphrase', file: passphraseFile, confirm });
}

async function resolveAll(
  client: ApiClient,
  references: readonly string[],
  signal: AbortSignal,
): Promise<Result<readonly string[], Failure>> {
  const sessionIds: string[] = [];
  for (const reference of references) {
    const resolved = await resolveContact(client, reference, signal);
    if (!resolved.ok) return resolved;
    sessionIds.push(resolved.value);
  }
  return ok([...new Set(sessionIds)]);
}

/** From the node into the file. The node hears of the end when the file is safe on the disk. */
async function pull(
  context: CliContext,
  client: ApiClient,
  transferId: string,
  file: NewFile,
  signal: AbortSignal,
): Promise<Result<BundleExported, Failure>> {
  for (;;) {
    const piece = await client.call('bundle.read', { transferId }, signal);
    if (!piece.ok) return piece;
    const { bytes, data, done, packed, toPack } = piece.value;
    if (data !== '') {
      const written = await file.write(Buffer.from(data, 'base64url'));
      if (!written.ok) return written;
    }
    context.progress?.(
      bytes === 0 && toPack > 0
        ? `making parcels: ${packed} of ${toPack}`
        : `${textFromBytes(bytes)} written`,
    );
    if (done) break;
  }
  const finished = await file.finish();
  if (!finished.ok) return finished;
  return await client.call('bundle.export.end', { transferId }, signal);
}

/** From the file into the node, a piece at a time. */
async function push<T>(
  context: CliContext,
  client: ApiClient,
  path: string,
  passphrase: string | undefined,
  signal: AbortSignal,
  { begin, end }: Taking<T>,
): Promise<Result<T, Failure>> {
  const opened = await context.files.open(path);
  if (!opened.ok) return opened;
  const params = passphrase === undefined ? {} : { passphrase };
  const begun = await client.call(begin, params, signal);
  if (!begun.ok) return begun;
  const { transferId } = begun.value;
  let sent = 0;
  try {
    for await (const chunk of opened.value) {
      for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
        const part = Buffer.from(chunk.subarray(start, start + PIECE_BYTES));
        const data = part.toString('base64url');
        const written = await client.call('bundle.write', { transferId, data }, signal);
        if (!written.ok) return written;
        sent += part.length;
        context.progress?.(`${textFromBytes(sent)} read`);
        if (written.value.done) return await end(client, transferId, signal);
      }
    }
  } catch {
    return err('cli/not-read', { path });
  }
  return await end(client, transferId, signal);
}

/** What came through is kept; what did not is worth another copy. */
function incompleteness(
  { failure, loss }: BundleImported | BundleInspected,
  path: string,
): Failure | undefined {
  if (failure !== undefined) return { code: failure };
  const isWhole = loss.lostChunks === 0 && !loss.truncated;
  return isWhole ? undefined : { code: 'cli/bundle-incomplete', meta: { path } };
}

function linesFromExport(
  { bytes, directOnly, namesNode, omitted, parcels }: BundleExported,
  path: string,
  names: ReadonlyMap<string, string>,
): readonly string[] {
  return [
    `${visibleText(path)}: ${count(parcels, 'parcel')}, ${textFromBytes(bytes)}`,
    ...(omitted > 0 ? [`${count(omitted, 'parcel')} had no room`] : []),
    ...(namesNode ? ['whoever opens it learns where this node can be reached'] : []),
    ...directOnly.map((id) => {
      const name = visibleText(names.get(id) ?? id.slice(0, 10));
      return `letters to ${name} wait for a direct link: exchange a new invite to let them travel`;
    }),
  ];
}

function linesFromImport(imported: BundleImported): readonly string[] {
  const { delivered, known, loss, messages, nodes = 0, refused, stored, unplaced } = imported;
  return [
    messages === undefined
      ? 'nobody is unlocked: messages for you are found when you run `pars vault unlock`'
      : `${count(messages, 'new message')} for you`,
    ...((delivered ?? 0) > 0 ? [`${count(delivered ?? 0, 'message')} of yours: delivered`] : []),
    `${count(stored, 'parcel')} taken along`,
    `${count(known, 'parcel')} known already`,
    ...(nodes > 0 ? [`${count(nodes, 'node')} to link with`] : []),
    ...(unplaced > 0 ? [`${count(unplaced, 'part')} this node has no use for`] : []),
    ...refused.map((each) => `${each.count} refused: ${adviceFromFailure({ code: each.code })}`),
    ...linesFromLoss(loss),
  ];
}

function linesFromInspection(inspected: BundleInspected): readonly string[] {
  const { bytes, createdAtMs, expired, expiresAtMs, loss, others, parcels } = inspected;
  return [
    `made      ${dayText(createdAtMs)}`,
    `good to   ${dayText(expiresAtMs)}${expired ? ' (over: it cannot be imported)' : ''}`,
    `size      ${textFromBytes(bytes)}`,
    `parcels   ${parcels}`,
    `others    ${others}`,
    ...linesFromLoss(loss),
  ];
}

function linesFromLoss(loss: BundleLoss): readonly string[] {
  const { excessBytes, headDamaged, lostChunks, missingRecords, truncated, untoldChunks } = loss;
  return [
    ...(truncated ? ['the file ends too early: what came after is unknown'] : []),
    ...(lostChunks > 0
      ? [
          `${count(lostChunks, 'chunk')} lost, with ${count(missingRecords, 'part')} in them` +
            (untoldChunks > 0 ? `; of ${count(untoldChunks, 'chunk')} nothing is known` : ''),
        ]
      : []),
    ...(headDamaged ? ['the beginning is damaged; its copy served'] : []),
    ...(excessBytes > 0 ? [`${excessBytes} bytes behind the end were ignored`] : []),
  ];
}

async function namesOf(
  client: ApiClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const listed = await client.call('contact.list', {}, signal);
  const contacts = listed.ok ? listed.value.contacts : [];
  return new Map(contacts.map(({ name, sessionId }) => [sessionId, name]));
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function dayText(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

const PIECE_BYTES = 262_144;
