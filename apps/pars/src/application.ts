import {
  type Application,
  buildApplication,
  buildCommand,
  buildRouteMap,
  type Command,
  numberParser,
  type RouteMap,
} from '@stricli/core';
import type { CliContext, CommonFlags } from './cli-context.ts';
import type { ExportFlags, PassphraseFlags } from './commands/bundle-commands.ts';
import type { ReadFlags, SendFlags } from './commands/chat-commands.ts';
import type { AddFlags } from './commands/contact-commands.ts';
import type { DemoFlags } from './commands/demo-command.ts';
import type { CreateFlags, RestoreFlags } from './commands/id-commands.ts';
import type { PanicFlags } from './commands/panic-command.ts';
import { meshRoutes } from './mesh/routes.ts';
import { pipRoutes } from './pip/routes.ts';
import { vaultRoutes } from './vault/routes.ts';
import { VERSION } from './version.ts';

const text = (input: string): string => input;
const countParser = (input: string): number => {
  const value = numberParser(input);
  if (!Number.isSafeInteger(value) || value < 0) throw new SyntaxError(`${input} is no count`);
  return value;
};

const commonFlags = {
  dataDir: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Folder of the node (default: $XDG_DATA_HOME/pars)',
    placeholder: 'path',
  },
  json: { kind: 'boolean', default: false, withNegated: false, brief: 'Print JSON' },
} as const;

/** What `pars id unlock` and `pars id lock` were; whoever types them is told. */
function movedToVault(): Command<CliContext> {
  return plainCommand('Now `pars vault unlock` and `pars vault lock`', async () => {
    return (await import('./commands/id-commands.ts')).pointToVault;
  });
}

const ownName = { kind: 'parsed', parse: text, brief: 'Your name, as contacts see it' } as const;

/** A command without arguments and without options of its own. */
function plainCommand(
  brief: string,
  loader: () => Promise<(this: CliContext, flags: CommonFlags) => Promise<void>>,
): Command<CliContext> {
  return buildCommand<CommonFlags, [], CliContext>({
    loader,
    parameters: { flags: commonFlags },
    docs: { brief },
  });
}

const nodeRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    status: plainCommand('How the node is doing', async () => {
      return (await import('./commands/node-commands.ts')).showStatus;
    }),
    stop: plainCommand('Shut the node down in order', async () => {
      return (await import('./commands/node-commands.ts')).stopNode;
    }),
  },
  docs: { brief: 'The node on this machine' },
});

const idRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    create: buildCommand<CreateFlags, [], CliContext>({
      loader: async () => (await import('./commands/id-commands.ts')).createIdentity,
      parameters: { flags: { ...commonFlags, name: ownName } },
      docs: { brief: 'Make a new identity in what is unlocked, and show its recovery phrase once' },
    }),
    restore: buildCommand<RestoreFlags, [], CliContext>({
      loader: async () => (await import('./commands/id-commands.ts')).restoreIdentity,
      parameters: {
        flags: {
          ...commonFlags,
          name: ownName,
          phraseFile: {
            kind: 'parsed',
            parse: text,
            optional: true,
            placeholder: 'path',
            brief: 'File whose first line is the recovery phrase (else standard input or a prompt)',
          },
        },
      },
      docs: { brief: 'Bring an identity back from its recovery phrase' },
    }),
    unlock: movedToVault(),
    lock: movedToVault(),
    show: plainCommand('Who this node belongs to', async () => {
      return (await import('./commands/id-commands.ts')).showIdentity;
    }),
  },
  docs: { brief: 'Who you are', hideRoute: { unlock: true, lock: true } },
});

const contactRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    invite: plainCommand('Make an invite for one other person', async () => {
      return (await import('./commands/contact-commands.ts')).makeInvite;
    }),
    add: buildCommand<AddFlags, [string], CliContext>({
      loader: async () => (await import('./commands/contact-commands.ts')).addContact,
      parameters: {
        flags: {
          ...commonFlags,
          name: { kind: 'parsed', parse: text, optional: true, brief: 'Your name for them' },
        },
        positional: {
          kind: 'tuple',
          parameters: [
            { parse: text, brief: 'The invite, or - for standard input', placeholder: 'invite' },
          ],
        },
      },
      docs: { brief: 'Add the person who made an invite' },
    }),
    list: plainCommand('Everybody you can write to', async () => {
      return (await import('./commands/contact-commands.ts')).listContacts;
    }),
  },
  docs: { brief: 'The people you know' },
});

const chatRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    send: buildCommand<SendFlags, [string, string], CliContext>({
      loader: async () => (await import('./commands/chat-commands.ts')).sendMessage,
      parameters: {
        flags: {
          ...commonFlags,
          wait: {
            kind: 'parsed',
            parse: countParser,
            optional: true,
            brief: 'Wait for the delivery, at most this long',
            placeholder: 'seconds',
          },
        },
        positional: {
          kind: 'tuple',
          parameters: [
            { parse: text, brief: 'Name or session id', placeholder: 'to' },
            { parse: text, brief: 'The text, or - for standard input', placeholder: 'text' },
          ],
        },
      },
      docs: { brief: 'Send a sealed message' },
    }),
    read: buildCommand<ReadFlags, [], CliContext>({
      loader: async () => (await import('./commands/chat-commands.ts')).readMessages,
      parameters: {
        flags: {
          ...commonFlags,
          with: {
            kind: 'parsed',
            parse: text,
            optional: true,
            brief: 'Only this contact (name or session id)',
            placeholder: 'contact',
          },
          after: {
            kind: 'parsed',
            parse: countParser,
            optional: true,
            brief: 'Only messages after this sequence number',
            placeholder: 'number',
          },
          limit: {
            kind: 'parsed',
            parse: countParser,
            default: '50',
            brief: 'At most this many, 1 to 100',
            placeholder: 'number',
          },
          follow: {
            kind: 'boolean',
            default: false,
            withNegated: false,
            brief: 'Go on with what comes in',
          },
        },
      },
      docs: { brief: 'Read messages' },
    }),
  },
  docs: { brief: 'Conversations' },
});

const passphraseFlags = {
  ...commonFlags,
  passphrase: {
    kind: 'boolean',
    default: false,
    withNegated: false,
    brief: 'Use a passphrase (standard input or a prompt)',
  },
  passphraseFile: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Use the passphrase in the first line of this file',
    placeholder: 'path',
  },
} as const;

const bundleFiles = {
  kind: 'array',
  parameter: { parse: text, brief: 'Bundles, or - for standard input', placeholder: 'file' },
  minimum: 1,
} as const;

const bundleRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    export: buildCommand<ExportFlags, [string], CliContext>({
      loader: async () => (await import('./commands/bundle-commands.ts')).exportBundle,
      parameters: {
        flags: {
          ...passphraseFlags,
          to: {
            kind: 'parsed',
            parse: text,
            variadic: true,
            optional: true,
            brief: 'A contact who can open it; may be repeated',
            placeholder: 'contact',
          },
          maxSize: {
            kind: 'parsed',
            parse: text,
            optional: true,
            brief: 'The largest file, like 500MB; your own letters go first',
            placeholder: 'size',
          },
          everythingCarried: {
            kind: 'boolean',
            default: false,
            withNegated: false,
            brief: 'Only what is carried already: also while locked',
          },
          ownNode: {
            kind: 'boolean',
            optional: true,
            brief:
              'Tell whoever opens it where this node can be reached (by default contacts alone)',
          },
          force: {
            kind: 'boolean',
            default: false,
            withNegated: false,
            brief: 'Replace the file if there is one',
          },
        },
        positional: {
          kind: 'tuple',
          parameters: [
            { parse: text, brief: 'The new file, or - for standard output', placeholder: 'file' },
          ],
        },
      },
      docs: { brief: 'Write what waits and what is carried into one file, for a stick' },
    }),
    import: buildCommand<PassphraseFlags, string[], CliContext>({
      loader: async () => (await import('./commands/bundle-commands.ts')).importBundles,
      parameters: { flags: passphraseFlags, positional: bundleFiles },
      docs: { brief: 'Take in bundles: your messages, and parcels to carry for others' },
    }),
    inspect: buildCommand<PassphraseFlags, string[], CliContext>({
      loader: async () => (await import('./commands/bundle-commands.ts')).inspectBundles,
      parameters: { flags: passphraseFlags, positional: bundleFiles },
      docs: { brief: 'Tell what is in bundles, and take nothing' },
    }),
  },
  docs: { brief: 'Files that carry messages where no network goes' },
});

const demoRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    checkpoint: buildCommand<DemoFlags, [], CliContext>({
      loader: async () => (await import('./commands/demo-command.ts')).showCheckpoint,
      parameters: { flags: { json: commonFlags.json } },
      docs: { brief: 'A forced unlock, a duress unlock, and what the disk shows of them' },
    }),
  },
  docs: { brief: 'Stories, told with real nodes on this machine' },
});

/** The whole command line. Commands are loaded when they run, so that each starts fast. */
export const application: Application<CliContext> = buildApplication(
  buildRouteMap({
    routes: {
      node: nodeRoutes,
      id: idRoutes,
      contact: contactRoutes,
      chat: chatRoutes,
      mesh: meshRoutes,
      bundle: bundleRoutes,
      vault: vaultRoutes,
      panic: buildCommand<PanicFlags, [], CliContext>({
        loader: async () => (await import('./commands/panic-command.ts')).panic,
        parameters: {
          flags: {
            ...commonFlags,
            everything: {
              kind: 'boolean',
              default: false,
              withNegated: false,
              brief:
                'Destroy all profiles and all that the node keeps, as if it was never installed',
            },
            yes: { kind: 'boolean', default: false, withNegated: false, brief: 'Do not ask' },
          },
        },
        docs: { brief: 'Destroy the way into the hidden profile at once, and end the node' },
      }),
      pip: pipRoutes,
      demo: demoRoutes,
      doctor: plainCommand('Find out what is wrong and what to do', async () => {
        return (await import('./commands/doctor-command.ts')).diagnose;
      }),
    },
    docs: { brief: 'Pars: private, post-quantum, mesh-first' },
  }),
  {
    name: 'pars',
    versionInfo: { currentVersion: VERSION },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
    documentation: { caseStyle: 'convert-camel-to-kebab', disableAnsiColor: true },
  },
);
