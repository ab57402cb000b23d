import { err, type Failure, ok, type Result } from '@pars/base/result';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import { readText } from '../input/secret-input.ts';
import { linesFromMailbox, mailboxView } from '../mesh/mailbox-text.ts';
import {
  counted,
  lineFromList,
  lineFromPeer,
  linesFromEvent,
  linesFromMesh,
  linesFromNodes,
  linesFromRadios,
} from '../mesh/mesh-text.ts';
import { ANSWER_TIMEOUT_MS, withNode } from '../node-connection.ts';
import { print, printJson, report, reportFailure, talk } from '../report.ts';
import { shellWord } from '../shell-word.ts';
import { textFromBytes } from '../size-text.ts';

/** Options of `pars mesh discover`. */
export interface DiscoverFlags extends CommonFlags {
  readonly search: boolean;
}

/** A search asks up to 160 nodes, some of which do not answer. */
const SEARCH_MS = 5 * 60_000;
/** A list has fewer characters (PIP-1005 §11). */
const MAX_LIST = 262_144;

/** `pars mesh status`. */
export async function showMesh(this: CliContext, flags: CommonFlags): Promise<void> {
  const status = await withNode(this, flags, (client, signal) =>
    client.call('mesh.status', {}, signal),
  );
  report(this, flags, status, linesFromMesh);
}

/** `pars mesh peers`. */
export async function listPeers(this: CliContext, flags: CommonFlags): Promise<void> {
  const listed = await withNode(this, flags, (client, signal) =>
    client.call('mesh.peers', {}, signal),
  );
  report(this, flags, listed, ({ peers }) => peers.map(lineFromPeer));
}

/** `pars mesh dial ADDRESS`: an address, or a `pars://node/` link. */
export async function dialPeer(
  this: CliContext,
  flags: CommonFlags,
  address: string,
): Promise<void> {
  const dialled = await withNode(this, flags, (client, signal) =>
    client.call('mesh.dial', { address: address.trim() }, signal),
  );
  report(this, flags, dialled, (peer) => [lineFromPeer(peer)]);
}

/** `pars mesh discover`: who is remembered, after looking for more with `--search`. */
export async function discoverNodes(this: CliContext, flags: DiscoverFlags): Promise<void> {
  const { search } = flags;
  if (search && !flags.json) talk(this, 'asking other nodes; this may take a minute');
  const found = await withNode(
    this,
    flags,
    (client, signal) => client.call('mesh.discover', { search }, signal),
    search ? SEARCH_MS : ANSWER_TIMEOUT_MS,
  );
  report(this, flags, found, ({ nodes }) => linesFromNodes(nodes));
}

/** `pars mesh list add FILE`; `-` is standard input. */
export async function addList(this: CliContext, flags: CommonFlags, path: string): Promise<void> {
  const text = await readList(this, path);
  if (!text.ok) return reportFailure(this, flags, text.error);
  const added = await withNode(this, flags, (client, signal) =>
    client.call('mesh.list.add', { text: text.value }, signal),
  );
  report(this, flags, added, (list) => [lineFromList(list)]);
}

async function readList(context: CliContext, path: string): Promise<Result<string, Failure>> {
  const text =
    path === '-'
      ? await readText(context, 'list', '-')
      : await context.input.readFile(path).then(ok, () => err('cli/not-read', { path }));
  if (!text.ok) return text;
  // The line break at the end is signed as well, and standard input comes without it.
  const whole = text.value.endsWith('\n') ? text.value : `${text.value}\n`;
  return whole.length > MAX_LIST ? err('mesh/bad-node-list', { what: 'length' }) : ok(whole);
}

/** `pars mesh list show`. */
export async function showLists(this: CliContext, flags: CommonFlags): Promise<void> {
  const listed = await withNode(this, flags, (client, signal) =>
    client.call('mesh.lists', {}, signal),
  );
  report(this, flags, listed, ({ lists }) =>
    lists.length === 0 ? ['no list of nodes was taken in'] : lists.map(lineFromList),
  );
}

/** `pars mesh list remove KEY`. */
export async function removeList(this: CliContext, flags: CommonFlags, key: string): Promise<void> {
  const removed = await withNode(this, flags, async (client, signal) => {
    const answer = await client.call('mesh.list.remove', { key }, signal);
    return answer.ok ? ok({ removed: true }) : answer;
  });
  report(this, flags, removed, () => ['removed']);
}

/** `pars mesh metered on|off`. */
export async function setMetered(
  this: CliContext,
  flags: CommonFlags,
  metered: boolean,
): Promise<void> {
  const changed = await withNode(this, flags, (client, signal) =>
    client.call('mesh.metered', { metered }, signal),
  );
  report(this, flags, changed, linesFromMesh);
  if (changed.ok && !flags.json) {
    talk(this, 'Until the node is started anew; `parsd --metered` begins like that.');
  }
}

/** `pars mesh radio`. */
export async function showRadios(this: CliContext, flags: CommonFlags): Promise<void> {
  const radios = await withNode(this, flags, (client, signal) =>
    client.call('mesh.radio', {}, signal),
  );
  report(this, flags, radios, (shown) => linesFromRadios(shown.radios));
}

/** `pars mesh carry`: what is on the disk of this node for others, and on which ways it goes. */
export async function showCarried(this: CliContext, flags: CommonFlags): Promise<void> {
  const carried = await withNode(this, flags, async (client, signal) => {
    const node = await client.call('node.status', {}, signal);
    if (!node.ok) return node;
    const mesh = await client.call('mesh.status', {}, signal);
    if (!mesh.ok) return mesh;
    const { island, keeper, links, spreading } = mesh.value;
    const { carrying } = node.value;
    return ok({
      ...(carrying === undefined ? {} : { carrying }),
      island,
      keeper,
      links,
      spreading,
    });
  });
  report(this, flags, carried, ({ carrying, island, keeper, links, spreading }) => {
    if (carrying === undefined) return ['nothing: this node has no room for it (`parsd --carry`)'];
    const { bytes, capacityBytes, parcels } = carrying;
    return [
      `carries    ${counted(parcels, 'parcel')}, ${textFromBytes(bytes)} of ${textFromBytes(capacityBytes)}, for whomever`,
      `syncs      with ${counted(links, 'linked node')}`,
      `spreads    emergencies with ${counted(spreading, 'node')}${island ? '; on an island everything' : ''}`,
      `mailboxes  ${keeper ? 'keeps parcels of others where it is asked to' : 'keeps none for others'}`,
    ];
  });
}

/** `pars mesh mailbox`. */
export async function showMailbox(this: CliContext, flags: CommonFlags): Promise<void> {
  const view = await withNode(this, flags, async (client, signal) => {
    const node = await client.call('node.status', {}, signal);
    if (!node.ok) return node;
    const mesh = await client.call('mesh.status', {}, signal);
    return mesh.ok ? ok(mailboxView(mesh.value, node.value)) : mesh;
  });
  report(this, flags, view, linesFromMailbox);
}

/** `pars mesh watch`: links that come and go, and bundles that are found, until Ctrl-C. */
export async function watchMesh(this: CliContext, flags: CommonFlags): Promise<void> {
  const folder = flags.dataDir === undefined ? '' : ` --data-dir ${shellWord(flags.dataDir)}`;
  const importCommand = `pars bundle import${folder}`;
  const watched = await withNode(
    this,
    flags,
    async (client, signal) => {
      const events = await client.watch('mesh.watch', {}, signal);
      if (!events.ok) return events;
      talk(this, 'watching; Ctrl-C ends it');
      for await (const event of events.value) {
        if (!event.ok) return event;
        if (flags.json) printJson(this, { event: event.value });
        else
          for (const line of linesFromEvent(event.value, this.nowMs(), importCommand)) {
            print(this, line);
          }
      }
      return ok(undefined);
    },
    Number.POSITIVE_INFINITY,
  );
  if (!watched.ok && !this.signal.aborted) reportFailure(this, flags, watched.error);
}
