import type { FrontMatter, FrontMatterField } from './proposal.ts';

/** A field of the front matter. */
export interface FieldDefinition {
  readonly key: string;
  /** Its name in {@link FrontMatter}. */
  readonly property: keyof FrontMatter;
  readonly isRequired: boolean;
  readonly isList: boolean;
}

/** The fields, in the only order in which they may stand (PIP-7001 §2). */
export const fieldDefinitions: readonly FieldDefinition[] = (
  [
    ['pip', 'pip', true, false],
    ['title', 'title', true, false],
    ['description', 'description', true, false],
    ['author', 'author', true, false],
    ['discussions-to', 'discussionsTo', false, false],
    ['status', 'status', true, false],
    ['type', 'type', true, false],
    ['category', 'category', true, false],
    ['language', 'language', false, false],
    ['created', 'created', true, false],
    ['requires', 'requires', false, true],
    ['replaces', 'replaces', false, true],
    ['superseded-by', 'supersededBy', false, false],
  ] as const
).map(([key, property, isRequired, isList]) => ({ key, property, isRequired, isList }));

/** The definition of a key as written. */
export function fieldDefinition(key: string): FieldDefinition | undefined {
  return fieldDefinitions.find((definition) => definition.key === key);
}

/** The known fields. A list given as text (`1000, 2000`) is understood; a text given as a list is not. */
export function frontMatterFromFields(fields: readonly FrontMatterField[]): FrontMatter {
  const entries = fields.flatMap(({ key, value }) => {
    const definition = fieldDefinition(key);
    if (definition === undefined || (!definition.isList && typeof value !== 'string')) return [];
    return [[definition.property, definition.isList ? listFromValue(value) : value] as const];
  });
  // The first of two fields of one name counts, as for a reader.
  return Object.fromEntries(entries.toReversed());
}

/** The items of a list field, however it was written. */
export function listFromValue(value: string | readonly string[]): readonly string[] {
  if (typeof value !== 'string') return value;
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
