/** The two languages of the site's frame. Proposals keep the language that they are written in. */
export type Language = 'en' | 'fa';

/** The order in which the trees are written; the first one lies at the root of the site. */
export const languages: readonly Language[] = ['en', 'fa'];

/** Which way the frame of a page in this language runs. */
export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'fa' ? 'rtl' : 'ltr';
}
