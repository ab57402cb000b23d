import { proposalText } from './site-fixture.ts';

/** Where a browser would go if one of the texts below had its way. */
export const HOSTILE_HOST = 'hostile.example';

const PIXEL = `https://${HOSTILE_HOST}/pixel`;

const BODIES: Readonly<Record<string, string>> = {
  'raw-html': [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    `<img src="${PIXEL}.png">`,
    `<iframe src="${PIXEL}"></iframe><object data="${PIXEL}"></object><embed src="${PIXEL}">`,
    '<svg onload=alert(1)><script>alert(1)</script></svg>',
    `<link rel=stylesheet href="${PIXEL}.css"><style>@import url(${PIXEL}.css);</style>`,
    `<meta http-equiv=refresh content="0;url=${PIXEL}"><base href="${PIXEL}">`,
    '<details open ontoggle=alert(1)><summary onclick=alert(1)>x</summary></details>',
    '<form action="javascript:alert(1)"><input autofocus onfocus=alert(1)></form>',
    '</article></main><script>alert(1)</script>',
    '<!-- --><script>alert(1)</script><!-- -->',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<kbd onclick=alert(1)>k</kbd> <sub>x</SUB> <bdi>y</bdi>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  ].join('\n\n'),
  links: [
    '[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](java\tscript:alert(1))',
    '[d](data:text/html,<script>alert(1)</script>) [e](vbscript:x) [f](//hostile.example/x)',
    '[g](&#106;avascript:alert(1)) [h](javascript&colon;alert(1)) <javascript:alert(1)>',
    '[i](../../../../etc/passwd) [j](%2e%2e/%2e%2e/secret) [k](file:///etc/passwd)',
    '[l](https://hostile.example/"onmouseover="alert(1)) [m](#x"onclick="alert(1))',
    '[n](pip-1001-links.md#"><script>alert(1)</script>) [o](\u0001javascript:alert(1))',
    '[p]: javascript:alert(1)\n\n[q][p]',
  ].join('\n\n'),
  pictures: [
    `![a](${PIXEL}.png) ![b](//hostile.example/x.png) ![c](data:image/svg+xml,<svg/onload=alert(1)>)`,
    '![d" onerror="alert(1)](assets/none.png) ![e](../secret.png) ![f](javascript:alert(1))',
    `![g][h]\n\n[h]: ${PIXEL}.png "x\\" onload=\\"alert(1)"`,
  ].join('\n\n'),
  code: [
    '```"><script>alert(1)</script>\nx\n```',
    '```ts onload=alert(1)\nconst a = "</code></pre><script>alert(1)</script>";\n```',
    '~~~json\n{"</script><script>alert(1)</script>": 1}\n~~~',
    '`<script>alert(1)</script>` ``</code><script>alert(1)</script>``',
    '    <script>alert(1)</script>',
  ].join('\n\n'),
  diagrams: [
    '```dot\ndigraph { a [label="</text><script>alert(1)</script>", URL="javascript:alert(1)", tooltip="\\"><script>alert(1)</script>"] a -> b [href="javascript:alert(1)", label=<<b>x</b>>] }\n```',
    `\`\`\`dot\ndigraph { a [image="${PIXEL}.png", shape=none] b [id="\\" onload=\\"alert(1)", class="x\\" onclick=\\"alert(1)"] c [fillcolor="red:blue", style=filled] }\n\`\`\``,
    '```dot\ndigraph { stylesheet="https://hostile.example/x.css" a [fontname="x\\"><script>alert(1)</script>", label=<<table href="javascript:alert(1)"><tr><td><img src="x.png"/></td></tr></table>>] }\n```',
    '```dot\ndigraph { <!-- --> a }\n```',
    '```dot\n</svg><script>alert(1)</script>\n```',
  ].join('\n\n'),
  footnotes: [
    'A[^"><script>alert(1)</script>] b[^1] c^[inline <img src=x onerror=alert(1)> [x](javascript:alert(1))] d[^__proto__]',
    '[^1]: <script>alert(1)</script> [x](javascript:alert(1))\n\n    <img src=x onerror=alert(1)>',
    '[^"><script>alert(1)</script>]: y\n\n[^__proto__]: z',
  ].join('\n\n'),
  headings: [
    '# <script>alert(1)</script>',
    '## "><img src=x onerror=alert(1)> `<b>`',
    '## site:main\n\n## site:theme\n\n## fn:1\n\n## __proto__\n\n## constructor',
    '## [x](javascript:alert(1)) ![y](https://hostile.example/pixel)',
  ].join('\n\n'),
  tables: '| <script>alert(1)</script> | b |\n|:-:|--:|\n| `|` | <td onclick=alert(1)> |\n',
};

/** Proposals that try to run something or to reach the hostile host, by the name of their file. */
export const hostileProposals: Readonly<Record<string, string>> = Object.fromEntries([
  ...Object.entries(BODIES).map(([name, body], index) => {
    const pip = String(1001 + index);
    return [
      `pip-${pip}-${name}.md`,
      proposalText({ pip, title: `Hostile ${name}` }, body),
    ] as const;
  }),
  [
    'pip-1100-front-matter.md',
    proposalText({
      pip: '"1100"',
      title: `"</title><script>alert(1)</script>"`,
      description: `"\\"><img src=${PIXEL}.png onerror=alert(1)> \\u202e\\u0000"`,
      author: `"<img src=x onerror=alert(1)> (@pars)"`,
    }),
  ],
  [
    'pip-1101-names.md',
    proposalText({
      pip: '"1101"',
      title: `"</title><script>alert(1)</script> '); alert(1); //"`,
      description: `"</script><script>alert(1)</script> \\u2028 <!--"`,
      'discussions-to': `"javascript:alert(1)"`,
      requires: '["<script>alert(1)</script>", "9999", "1101"]',
    }),
  ],
  ['pip-1102-broken.md', '---\npip: <script>alert(1)</script>\n</pre><script>alert(1)</script>\n'],
]);
