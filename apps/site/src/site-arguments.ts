import { parseArgs } from 'node:util';

/** What to build from what, and where it will be served. */
export interface SiteArguments {
  readonly out: string;
  readonly proposals: string;
  readonly base: string | undefined;
}

/** What was typed, understood. */
export type ParsedArguments =
  | { readonly kind: 'build'; readonly arguments: SiteArguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly reason: string };

/** How to call the program. */
export const USAGE: string = `Builds the site of a folder of improvement proposals.

  --out DIR        where the site is written (default: apps/site/dist)
  --proposals DIR  the folder with the proposals (default: PIPs)
  --base ADDRESS   where the site will be served, for the links of the feed:
                   an https address or an absolute path, such as /pips/`;

/** Reads the options; an address without a `/` at its end gets one. */
export function parseSiteArguments(
  args: readonly string[],
  defaults: Omit<SiteArguments, 'base'>,
): ParsedArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        out: { type: 'string' },
        proposals: { type: 'string' },
        base: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { kind: 'help' };
    const base = values.base === undefined ? undefined : normalBase(values.base);
    if (base === 'wrong') {
      return { kind: 'wrong', reason: '--base is neither an https address nor an absolute path' };
    }
    const { out = defaults.out, proposals = defaults.proposals } = values;
    return { kind: 'build', arguments: { out, proposals, base } };
  } catch (error) {
    return { kind: 'wrong', reason: error instanceof Error ? error.message : String(error) };
  }
}

function normalBase(text: string): string {
  const base = text.endsWith('/') ? text : `${text}/`;
  if (/^\/(?!\/)[\w./~-]*$/.test(base)) return base;
  return URL.canParse(base) && /^https?:\/\//.test(base) ? new URL(base).href : 'wrong';
}
