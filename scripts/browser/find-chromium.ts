import { accessSync, constants } from 'node:fs';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Why browser tests cannot run on a machine where {@link findChromium} finds nothing. */
export const NO_CHROMIUM = 'no Chromium on this machine (install chromium, or set PARS_CHROMIUM)';

/** The Chromium to drive: `PARS_CHROMIUM`, or the first of the usual places. */
export function findChromium(): string | undefined {
  const { PARS_CHROMIUM: chosen } = process.env;
  return [...(chosen === undefined ? [] : [chosen]), ...CANDIDATES].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
