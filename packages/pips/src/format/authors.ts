/** One author, as the field `author` names them. */
export interface Author {
  readonly name: string;
  /** Without the `@`. */
  readonly handle?: string;
  readonly mail?: string;
}

const AUTHOR =
  /^([^<>()@,]+?)(?: \(@([A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?)\))?(?: <([^<>()@,\s]+@[^<>()@,\s]+)>)?$/;

/**
 * The authors of `Name (@handle), Name <mail>, Name (@handle) <mail>`;
 * `undefined` when a part is none of these.
 */
export function authorsFromText(text: string): readonly Author[] | undefined {
  const authors: Author[] = [];
  for (const part of text.split(',')) {
    const [, name, handle, mail] = AUTHOR.exec(part.trim()) ?? [];
    if (name === undefined) return undefined;
    authors.push({
      name,
      ...(handle === undefined ? {} : { handle }),
      ...(mail === undefined ? {} : { mail }),
    });
  }
  return authors;
}
