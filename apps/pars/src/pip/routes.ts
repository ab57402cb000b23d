import { buildCommand, buildRouteMap, type RouteMap } from '@stricli/core';
import type { CliContext } from '../cli-context.ts';
import type { NewFlags, SiteFlags } from '../commands/pip-author-commands.ts';
import type { DiffFlags, ListFlags, RulesFlags } from '../commands/pip-commands.ts';
import type { LintFlags } from './lint-folder.ts';
import type { PipFlags } from './pip-flags.ts';

const text = (input: string): string => input;
const option = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: text, optional: true, brief, placeholder }) as const;
const toggle = (brief: string) =>
  ({ kind: 'boolean', default: false, withNegated: false, brief }) as const;
const argument = (brief: string, placeholder: string) =>
  ({ parse: text, brief, placeholder }) as const;

const pipFlags = {
  folder: option('Folder of the proposals (default: PIPs, here or above)', 'path'),
  json: toggle('Print JSON'),
} as const;

const FILE = argument('The file', 'file');
const WHICH = argument('Number or file', 'proposal');

/** `pars pip`: improvement proposals. */
export const pipRoutes: RouteMap<CliContext> = buildRouteMap({
  routes: {
    new: buildCommand<NewFlags, [], CliContext>({
      loader: async () => (await import('../commands/pip-author-commands.ts')).createProposal,
      parameters: {
        flags: {
          ...pipFlags,
          title: option('At most 44 characters', 'text'),
          description: option('What changes, in one sentence', 'text'),
          author: option('Name (@handle) or Name <mail>', 'author'),
          category: option(
            'Core, Mesh, Crypto, Security, Clients, Sessions, Bridges, Governance',
            'name',
          ),
          type: option('Standards Track, Informational or Process', 'type'),
          language: option('en or fa', 'language'),
        },
      },
      docs: { brief: 'Begin a proposal from the template; asks what it was not told' },
    }),
    lint: buildCommand<LintFlags, string[], CliContext>({
      loader: async () => (await import('../commands/pip-lint-command.ts')).lint,
      parameters: {
        flags: {
          ...pipFlags,
          fix: toggle('Correct what can be corrected without changing what is said'),
          sarif: toggle('Print SARIF, for editors'),
        },
        positional: { kind: 'array', parameter: argument('Files, or one folder', 'path') },
      },
      docs: { brief: 'Check proposals; exit code 1 when there is an error' },
    }),
    hash: buildCommand<PipFlags, [string], CliContext>({
      loader: async () => (await import('../commands/pip-commands.ts')).hash,
      parameters: { flags: pipFlags, positional: { kind: 'tuple', parameters: [FILE] } },
      docs: { brief: 'The content hash that stands for a proposal on the ledger' },
    }),
    list: buildCommand<ListFlags, [], CliContext>({
      loader: async () => (await import('../commands/pip-commands.ts')).list,
      parameters: {
        flags: {
          ...pipFlags,
          category: option('Only this category', 'name'),
          status: option('Only this status', 'name'),
          author: option('Only this author', 'name'),
        },
      },
      docs: { brief: 'All proposals' },
    }),
    show: buildCommand<PipFlags, [string], CliContext>({
      loader: async () => (await import('../commands/pip-commands.ts')).show,
      parameters: { flags: pipFlags, positional: { kind: 'tuple', parameters: [WHICH] } },
      docs: { brief: 'Read a proposal' },
    }),
    diff: buildCommand<DiffFlags, [string, string?], CliContext>({
      loader: async () => (await import('../commands/pip-commands.ts')).diff,
      parameters: {
        flags: { ...pipFlags, against: option('Compare with this git revision', 'revision') },
        positional: { kind: 'tuple', parameters: [WHICH, { ...WHICH, optional: true }] },
      },
      docs: { brief: 'What changed between two versions' },
    }),
    rules: buildCommand<RulesFlags, [string?], CliContext>({
      loader: async () => (await import('../commands/pip-commands.ts')).explainRules,
      parameters: {
        flags: { ...pipFlags, markdown: toggle('Print PIPs/rules.md') },
        positional: {
          kind: 'tuple',
          parameters: [{ ...argument('Only this rule, with examples', 'id'), optional: true }],
        },
      },
      docs: { brief: 'What the linter checks, and why' },
    }),
    number: buildCommand<PipFlags, [string], CliContext>({
      loader: async () => (await import('../commands/pip-author-commands.ts')).giveNumber,
      parameters: { flags: pipFlags, positional: { kind: 'tuple', parameters: [FILE] } },
      docs: { brief: "Give a draft its number and enter Review (a maintainer's act)" },
    }),
    site: buildCommand<SiteFlags, [], CliContext>({
      loader: async () => (await import('../commands/pip-author-commands.ts')).buildSite,
      parameters: {
        flags: {
          ...pipFlags,
          out: option('Where the site is written', 'path'),
          base: option('Where it will be served', 'address'),
        },
      },
      docs: { brief: 'Build the site of the proposals' },
    }),
  },
  docs: { brief: 'Improvement proposals' },
});
