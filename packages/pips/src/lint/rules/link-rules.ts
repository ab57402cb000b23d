import { type LinkTarget, linkTarget } from '../../markdown/link-target.ts';
import type { InlineElement } from '../inline-elements.ts';
import type { LintFolder, LintSubject } from '../lint-subject.ts';
import type { Rule } from '../rule.ts';
import { printable } from './file-rules.ts';

/** Where links and images lead, and what they say. */
export const linkRules: readonly Rule[] = [
  {
    id: 'link-unsafe',
    severity: 'error',
    group: 'links and images',
    explanation:
      'A link leads to `https:`, `mailto:`, a heading or a file of the folder. Every other scheme (`javascript:`, `data:`, `file:` …) is refused and shown as text.',
    bad: { body: 'See [this](javascript:alert(1)).' },
    good: { body: 'See [the specification](https://example.org/).' },
    isFixable: false,
    check: (subject, report) => {
      for (const [element, target] of targets(subject, 'link')) {
        if (target.kind !== 'refused') continue;
        if (target.reason === 'scheme')
          report(element, `Links to \`${printable(element.href)}\` are refused`);
        if (target.reason === 'malformed')
          report(element, `\`${printable(element.href)}\` is no usable address`);
      }
    },
  },
  {
    id: 'link-outside',
    severity: 'error',
    group: 'links and images',
    explanation:
      'A relative link stays inside the folder of proposals: the folder is read from a stick, too. Links that begin with `/` or lead out with `..` are refused.',
    bad: { body: 'See [the code](../packages/mesh/README.md).' },
    good: { body: 'See [the licence](LICENSE.md).' },
    isFixable: false,
    check: (subject, report) => {
      for (const kind of ['link', 'image'] as const) {
        for (const [element, target] of targets(subject, kind)) {
          if (
            target.kind !== 'refused' ||
            (target.reason !== 'outside' && target.reason !== 'absolute')
          )
            continue;
          report(element, `\`${printable(element.href)}\` leads out of the folder`);
        }
      }
    },
  },
  {
    id: 'link-insecure',
    severity: 'warning',
    group: 'links and images',
    explanation:
      'Links lead to `https:`. A page over `http:` can be changed and watched on the way.',
    bad: { body: 'See [this](http://example.org/).' },
    good: { body: 'See [this](https://example.org/).' },
    isFixable: false,
    check: (subject, report) => {
      for (const [element, target] of targets(subject, 'link')) {
        if (target.kind === 'web' && /^http:/i.test(target.url)) {
          report(element, `\`${printable(target.url)}\` is not https`);
        }
      }
    },
  },
  {
    id: 'link-broken',
    severity: 'error',
    group: 'links and images',
    explanation: 'A relative link leads to a file that exists.',
    bad: { body: 'See [that](pip-0777-nothing.md).' },
    good: { body: 'See [the licence](LICENSE.md).' },
    isFixable: false,
    check: (subject, report, folder) => {
      for (const kind of ['link', 'image'] as const) {
        for (const [element, target] of targets(subject, kind)) {
          if (target.kind !== 'file' || findAnchors(folder, subject, target.path) !== 'none')
            continue;
          report(element, `There is no file \`${printable(target.path)}\` in the folder`);
        }
      }
    },
  },
  {
    id: 'link-anchor',
    severity: 'error',
    group: 'links and images',
    explanation:
      'The part of a link behind `#` is the anchor of a heading: lower case, hyphens for spaces, no punctuation.',
    bad: { body: 'See [keys](#keys).\n\n### 1. Keys\n\nText.' },
    good: { body: 'See [keys](#1-keys).\n\n### 1. Keys\n\nText.' },
    isFixable: false,
    check: (subject, report, folder) => {
      for (const [element, target] of targets(subject, 'link')) {
        if (target.kind !== 'anchor' && target.kind !== 'file') continue;
        const { anchor } = target;
        if (anchor === undefined) continue;
        const path = target.kind === 'file' ? target.path : subject.proposal.file.path;
        const anchors = findAnchors(folder, subject, path);
        if (typeof anchors === 'string' || anchors().has(anchor)) continue;
        report(
          element,
          `There is no heading with the anchor \`#${printable(anchor)}\` in \`${printable(path)}\``,
        );
      }
    },
  },
  {
    id: 'link-text',
    severity: 'warning',
    group: 'links and images',
    explanation:
      'The text of a link says where it leads. A screen reader lists links without what is around them.',
    bad: { body: 'The licence is [here](LICENSE.md).' },
    good: { body: 'See [the licence](LICENSE.md).' },
    isFixable: false,
    check: (subject, report) => {
      for (const [element] of targets(subject, 'link')) {
        if (
          /^(?:here|click here|this|link|اینجا|این)?$/i.test(element.text.trim()) &&
          !element.href.startsWith('https:')
        ) {
          report(
            element,
            element.text.trim() === ''
              ? 'The link has no text'
              : 'The text of the link does not say where it leads',
          );
        }
      }
    },
  },
  {
    id: 'image-remote',
    severity: 'error',
    group: 'links and images',
    explanation:
      'Images are files of the folder, best under `assets/`. An image from elsewhere tells its owner who reads, is missing offline, and can be changed after the vote.',
    bad: { body: '![A diagram of the layers](https://example.org/layers.png)' },
    good: { body: '![A diagram of the layers](assets/layers.svg)' },
    isFixable: false,
    check: (subject, report) => {
      for (const [element, target] of targets(subject, 'image')) {
        if (
          target.kind === 'file' ||
          (target.kind === 'refused' &&
            (target.reason === 'outside' || target.reason === 'absolute') &&
            !/^[/\\]{2}/.test(element.href))
        )
          continue;
        report(element, `The image \`${printable(element.href)}\` is no file of the folder`);
      }
    },
  },
  {
    id: 'image-text',
    severity: 'error',
    group: 'links and images',
    explanation: 'Every image has a text that says what it shows, for those who do not see it.',
    bad: { body: '![](assets/layers.svg)' },
    good: { body: '![A diagram of the layers](assets/layers.svg)' },
    isFixable: false,
    check: (subject, report) => {
      for (const [element] of targets(subject, 'image')) {
        if (element.text.trim() === '') report(element, 'The image has no text');
      }
    },
  },
];

function targets(
  { inline, proposal }: LintSubject,
  kind: 'link' | 'image',
): readonly (readonly [InlineElement, LinkTarget])[] {
  return inline
    .filter((element) => element.kind === kind)
    .map((element) => [element, linkTarget(element.href, proposal.file.path)]);
}

/**
 * The anchors of a file, which cost reading it: `none` when there is no such
 * file, `unknown` when nobody can tell.
 */
function findAnchors(
  folder: LintFolder,
  { proposal }: LintSubject,
  path: string,
): (() => ReadonlySet<string>) | 'none' | 'unknown' {
  const known = folder.proposalAnchors(path === '' ? proposal.file.path : path);
  if (known !== undefined) return known;
  if (folder.anchorsOf === undefined) return /^pip-(?:\d{4}|XXXX)-/.test(path) ? 'none' : 'unknown';
  const anchors = folder.anchorsOf(path);
  return anchors === undefined ? 'none' : () => new Set(anchors);
}
