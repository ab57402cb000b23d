import { buildCommand, buildRouteMap, type RouteMap } from '@stricli/core';
import type { CliContext, CommonFlags } from '../cli-context.ts';
import type {
  VaultCreateFlags,
  VaultGrowFlags,
  VaultPasswdFlags,
  VaultUnlockFlags,
} from '../commands/vault-commands.ts';

const text = (input: string): string => input;
const option = (brief: string) =>
  ({ kind: 'parsed', parse: text, optional: true, brief, placeholder: 'path' }) as const;
const toggle = (brief: string) =>
  ({ kind: 'boolean', default: false, withNegated: false, brief }) as const;
const tier = (standard: 'S' | 'L') =>
  ({
    kind: 'enum',
    values: ['S', 'L'],
    default: standard,
    brief: 'Size: S takes 324 MB of the disk, L 647 MB',
  }) as const;

const commonFlags = {
  dataDir: option('Folder of the node (default: $XDG_DATA_HOME/pars)'),
  json: toggle('Print JSON'),
} as const;

const ALL_PASSWORDS =
  'File with the decoy, hidden and duress password, a line each, the last two empty for none (else standard input or prompts)';
const PRESENT = 'File whose first line is the present password (else standard input or a prompt)';

const changeFlags = {
  ...commonFlags,
  passwordFile: option(PRESENT),
  newPasswordFile: option(ALL_PASSWORDS),
  forgetHidden: toggle('Agree that a hidden profile, if there is one, is lost for ever'),
} as const;

/** `pars vault`: where everything personal lies. */
export const vaultRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    create: buildCommand<VaultCreateFlags, [], CliContext>({
      loader: async () => (await import('../commands/vault-commands.ts')).createVault,
      parameters: {
        flags: {
          ...commonFlags,
          tier: tier('S'),
          keeper: {
            kind: 'enum',
            values: ['auto', 'tpm', 'keyring', 'file'],
            default: 'auto',
            brief:
              'Where the secret lies that duress and panic destroy (auto: the best that answers)',
          },
          passwordFile: option(ALL_PASSWORDS),
        },
      },
      docs: { brief: 'Make the vault of this node: all passwords at once' },
    }),
    unlock: buildCommand<VaultUnlockFlags, [], CliContext>({
      loader: async () => (await import('../commands/vault-commands.ts')).unlockVault,
      parameters: {
        flags: {
          ...commonFlags,
          passwordFile: option(
            'File whose first line is the password (else standard input or a prompt)',
          ),
        },
      },
      docs: { brief: 'Open what the password opens' },
    }),
    lock: buildCommand<CommonFlags, [], CliContext>({
      loader: async () => (await import('../commands/vault-commands.ts')).lockVault,
      parameters: { flags: commonFlags },
      docs: { brief: 'Write what waits, and forget the keys' },
    }),
    status: buildCommand<CommonFlags, [], CliContext>({
      loader: async () => (await import('../commands/vault-commands.ts')).showVault,
      parameters: { flags: commonFlags },
      docs: { brief: 'How the vault is doing' },
    }),
    passwd: buildCommand<VaultPasswdFlags, [], CliContext>({
      loader: async () => (await import('../commands/vault-commands.ts')).changePasswords,
      parameters: { flags: changeFlags },
      docs: { brief: 'Replace all passwords' },
    }),
    grow: buildCommand<VaultGrowFlags, [], CliContext>({
      loader: async () => (await import('../commands/vault-commands.ts')).growVault,
      parameters: { flags: { ...changeFlags, tier: tier('L') } },
      docs: { brief: 'Move everything into a larger vault, under new passwords' },
    }),
    check: buildCommand<CommonFlags, [], CliContext>({
      loader: async () => (await import('../commands/vault-commands.ts')).checkVault,
      parameters: { flags: commonFlags },
      docs: { brief: 'Read everything that is open, and tell what is damaged' },
    }),
    limits: buildCommand<CommonFlags, [], CliContext>({
      loader: async () => (await import('../commands/vault-commands.ts')).showLimits,
      parameters: { flags: commonFlags },
      docs: { brief: 'What is not protected (در فارسی: با LANG=fa_IR)' },
    }),
  },
  docs: { brief: 'Where everything personal lies, and who can open what' },
});
