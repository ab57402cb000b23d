import {
  buildCommand,
  buildRouteMap,
  type Command,
  numberParser,
  type RouteMap,
} from '@stricli/core';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import type { DiscoverFlags } from '../commands/mesh-commands.ts';
import type { ListMakeFlags, RadioKeyFlags } from '../commands/mesh-key-commands.ts';

const text = (input: string): string => input;

const json = { kind: 'boolean', default: false, withNegated: false, brief: 'Print JSON' } as const;
const commonFlags = {
  dataDir: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Folder of the node (default: $XDG_DATA_HOME/pars)',
    placeholder: 'path',
  },
  json,
} as const;

type Load<T extends readonly string[] | readonly [boolean]> = () => Promise<
  (this: CliContext, flags: CommonFlags, ...given: T) => Promise<void>
>;

/** A command with nothing but the options of all. */
function plain(brief: string, loader: Load<[]>): Command<CliContext> {
  return buildCommand<CommonFlags, [], CliContext>({
    loader,
    parameters: { flags: commonFlags },
    docs: { brief },
  });
}

/** A command with one text. */
function withOne(
  brief: string,
  given: { readonly brief: string; readonly placeholder: string },
  loader: Load<[string]>,
): Command<CliContext> {
  return buildCommand<CommonFlags, [string], CliContext>({
    loader,
    parameters: {
      flags: commonFlags,
      positional: { kind: 'tuple', parameters: [{ parse: text, ...given }] },
    },
    docs: { brief },
  });
}

const loadMesh = () => import('../commands/mesh-commands.ts');
const loadKeys = () => import('../commands/mesh-key-commands.ts');

const listRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    add: withOne(
      'Take in a signed list of nodes, and trust its key for newer ones',
      { brief: 'The list, or - for standard input', placeholder: 'file' },
      async () => (await loadMesh()).addList,
    ),
    show: plain('The lists that were taken in', async () => (await loadMesh()).showLists),
    remove: withOne(
      'Forget a list, and the nodes that were known from it alone',
      { brief: 'The key that `show` tells', placeholder: 'key' },
      async () => (await loadMesh()).removeList,
    ),
    make: buildCommand<ListMakeFlags, string[], CliContext>({
      loader: async () => (await loadKeys()).makeList,
      parameters: {
        flags: {
          json,
          key: {
            kind: 'parsed',
            parse: text,
            brief: 'File of the signing key; it is made when there is none',
            placeholder: 'file',
          },
          days: {
            kind: 'parsed',
            parse: daysFromText,
            default: '30',
            brief: 'How long it is good, 1 to 366',
            placeholder: 'number',
          },
        },
        positional: {
          kind: 'array',
          parameter: {
            parse: text,
            brief: 'Public address with fingerprint, or pars://node/ link',
            placeholder: 'address',
          },
          minimum: 1,
          maximum: 256,
        },
      },
      docs: { brief: 'Sign a list of nodes for a community; needs no node' },
    }),
  },
  docs: { brief: 'Signed lists of nodes to begin with' },
});

const radioRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    status: plain('How the radios of this node do', async () => (await loadMesh()).showRadios),
    newKey: buildCommand<RadioKeyFlags, [string?], CliContext>({
      loader: async () => (await loadKeys()).makeRadioKey,
      parameters: {
        flags: {
          json,
          group: {
            kind: 'parsed',
            parse: text,
            optional: true,
            brief: 'Make the key from the name of the group and a passphrase',
            placeholder: 'name',
          },
          passphraseFile: {
            kind: 'parsed',
            parse: text,
            optional: true,
            brief: 'File whose first line is the passphrase (else standard input or a prompt)',
            placeholder: 'path',
          },
        },
        positional: {
          kind: 'tuple',
          parameters: [
            {
              parse: text,
              optional: true,
              brief: 'New file for the key (else it is printed)',
              placeholder: 'out',
            },
          ],
        },
      },
      docs: { brief: 'Make the key of a radio group; needs no node' },
    }),
  },
  defaultCommand: 'status',
  docs: { brief: 'Radios, and the keys of their groups' },
});

/** `pars mesh`: this node among others. */
export const meshRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    status: plain("This node's part in the mesh", async () => (await loadMesh()).showMesh),
    peers: plain('The nodes linked now', async () => (await loadMesh()).listPeers),
    dial: withOne(
      'Link to a node, and remember it',
      { brief: 'Address of the node, or its pars://node/ link', placeholder: 'address' },
      async () => (await loadMesh()).dialPeer,
    ),
    meet: buildCommand<CommonFlags, [string?], CliContext>({
      loader: async () => (await import('../commands/meet-commands.ts')).meetNode,
      parameters: {
        flags: commonFlags,
        positional: {
          kind: 'tuple',
          parameters: [
            {
              parse: text,
              optional: true,
              brief: 'The text of whoever began (else this begins), or - for standard input',
              placeholder: 'text',
            },
          ],
        },
      },
      docs: { brief: 'Link to a node that nobody can dial, by handing each other two texts' },
    }),
    discover: buildCommand<DiscoverFlags, [], CliContext>({
      loader: async () => (await loadMesh()).discoverNodes,
      parameters: {
        flags: {
          ...commonFlags,
          search: {
            kind: 'boolean',
            default: false,
            withNegated: false,
            brief: 'Ask other nodes for more first',
          },
        },
      },
      docs: { brief: 'The nodes that are remembered, and how they are known' },
    }),
    list: listRoutes,
    metered: buildCommand<CommonFlags, [boolean], CliContext>({
      loader: async () => (await loadMesh()).setMetered,
      parameters: {
        flags: commonFlags,
        positional: {
          kind: 'tuple',
          parameters: [{ parse: onOrOff, brief: 'on or off', placeholder: 'on|off' }],
        },
      },
      docs: { brief: 'Use a paid or weak connection sparingly, or not' },
    }),
    carry: plain('What this node carries for others', async () => (await loadMesh()).showCarried),
    mailbox: plain(
      'Whether it keeps mailboxes, and what its own visits cost',
      async () => (await loadMesh()).showMailbox,
    ),
    radio: radioRoutes,
    watch: plain(
      'Follow links that come and go, and bundles on sticks',
      async () => (await loadMesh()).watchMesh,
    ),
  },
  docs: { brief: 'Other nodes, and what is carried between them' },
});

function onOrOff(input: string): boolean {
  if (input === 'on') return true;
  if (input === 'off') return false;
  throw new SyntaxError(`${JSON.stringify(input)} is neither on nor off`);
}

function daysFromText(input: string): number {
  const days = numberParser(input);
  if (!Number.isSafeInteger(days) || days < 1 || days > 366) {
    throw new SyntaxError(`${JSON.stringify(input)} is not 1 to 366`);
  }
  return days;
}
