import { english } from './english.ts';
import type { Language } from './language.ts';
import { persian } from './persian.ts';
import type { Strings } from './strings.ts';

/** The texts of the frame by language. */
export const texts: Readonly<Record<Language, Strings>> = { en: english, fa: persian };
