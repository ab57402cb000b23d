import type { Rule } from './rule.ts';
import { characterRules } from './rules/character-rules.ts';
import { fieldFormRules } from './rules/field-form-rules.ts';
import { fieldTextRules } from './rules/field-text-rules.ts';
import { fieldValueRules } from './rules/field-value-rules.ts';
import { fileRules } from './rules/file-rules.ts';
import { lifecycleRules } from './rules/lifecycle-rules.ts';
import { linkRules } from './rules/link-rules.ts';
import { markdownRules } from './rules/markdown-rules.ts';
import { mentionRules } from './rules/mention-rules.ts';
import { persianRules } from './rules/persian-rules.ts';
import { referenceRules } from './rules/reference-rules.ts';
import { sectionRules } from './rules/section-rules.ts';
import { sizeRules } from './rules/size-rules.ts';

/** Everything the linter checks, in the order of the rule table. Ids are stable. */
export const rules: readonly Rule[] = [
  ...fileRules,
  ...fieldFormRules,
  ...fieldValueRules,
  ...fieldTextRules,
  ...referenceRules,
  ...lifecycleRules,
  ...sectionRules,
  ...linkRules,
  ...mentionRules,
  ...markdownRules,
  ...sizeRules,
  ...characterRules,
  ...persianRules,
];
