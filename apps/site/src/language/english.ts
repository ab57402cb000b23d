import type { Strings } from './strings.ts';

/** The frame in English. */
export const english: Strings = {
  languageName: 'English',
  frame: {
    siteName: 'Pars Improvement Proposals',
    shortName: 'Pars PIPs',
    skip: 'Skip to the content',
    sections: 'Sections of this site',
    home: 'Home',
    proposals: 'Proposals',
    search: 'Search',
    contribute: 'Contribute',
    otherLanguage: 'This page in Persian',
    toDark: 'Dark',
    toLight: 'Light',
    notOnLedger:
      'Nothing on this site is on the ledger yet: each status is what the author of the proposal claims.',
    feed: 'Atom feed',
    noRequests:
      'This site loads nothing from elsewhere, sets no cookie and can be read without scripts.',
    licence: 'The proposals are in the public domain (CC0).',
  },
  home: {
    title: 'Pars Improvement Proposals',
    lead: 'Here the network writes down what it is, and decides what it becomes. Anyone may propose; nobody can skip a step.',
    browse: 'Browse the proposals',
    write: 'Write one',
    overviewTitle: 'The network in short',
    overview: [
      'Pars is one program. Whoever runs it is a whole node: private messages that find their way through a blackout, and a community that governs its own rules and treasury.',
      'There is no server to ask, no account to open and no number to give. What a node does is specified here, byte by byte, so that anyone can build another one and anyone can check this one.',
    ],
    overviewLink: 'Read the network architecture',
    featuresTitle: 'Six promises',
    featuresLead:
      'Each leads to the proposal that says how it is kept, and how you can verify that.',
    features: {
      core: {
        name: 'Core architecture',
        about:
          'Network, consensus and protocols: a node that anyone can run, in layers that can be checked one by one.',
      },
      postQuantum: {
        name: 'Post-quantum security',
        about:
          'Every message and transaction withstands a quantum computer. There is no switch that turns this off.',
      },
      mesh: {
        name: 'Mesh network',
        about:
          'History merges without a centre, over radio, local networks or a stick in a pocket, when the internet is gone.',
      },
      coercion: {
        name: 'Coercion resistance',
        about:
          'Made for people who can be forced: a forced unlock must not betray the person, their friends or their past.',
      },
      governance: {
        name: 'DAO governance',
        about:
          'Locked vePARS decides on rules and money. Votes, delays and payments are public, and nobody pays alone.',
      },
      mobile: {
        name: 'Mobile first',
        about:
          'A phone is enough to be a node, and every node is equal, down to small devices on a shelf.',
      },
    },
    notWritten: 'Not written yet; see its category',
    categoriesTitle: 'Categories',
    categoriesLead: 'The first digit of a number says where a proposal belongs.',
    lifecycleTitle: 'The life of a proposal',
    lifecycleLead:
      'Every proposal takes the same steps in the same order, and anyone can verify that none was left out.',
    principlesTitle: 'Principles',
    principles: [
      {
        name: 'Post-quantum, always',
        about:
          'A proposal that makes any part of the network classical-only is not acceptable, whatever it gives in return.',
      },
      {
        name: 'It works when the network does not',
        about:
          'What needs the internet must say what happens without it: days of blackout are the normal case here.',
      },
      {
        name: 'Think of the person who is forced',
        about:
          'Every proposal says what a thief with the disk, a coercer with the person and a patient recorder can learn.',
      },
      {
        name: 'Privacy needs no permission',
        about:
          'No identity check, no registration, no metadata that is not needed. Private by construction, not by policy.',
      },
      {
        name: 'Verify, do not believe',
        about: 'Claims come with tests, vectors and measurements that a stranger can repeat.',
      },
    ],
    contributingTitle: 'Contributing',
    contributing:
      'Copy the template, say what should change and for whom, and let the linter tell you what is missing. No permission is needed to write a draft.',
    contributingLink: 'How to write a proposal',
    process: 'The process in full',
  },
  categories: {
    Core: { name: 'Core', about: 'Architecture, consensus, and what every part must keep to.' },
    Mesh: { name: 'Mesh', about: 'Links, routing, mailboxes, bundles and radio.' },
    Crypto: { name: 'Crypto', about: 'The suite, formats of keys and signatures, migrations.' },
    Security: { name: 'Security', about: 'Coercion, storage, recovery and threat models.' },
    Clients: { name: 'Clients', about: 'Programs that people meet, and how they talk to a node.' },
    Sessions: { name: 'Sessions', about: 'Identity, messages, groups, files.' },
    Bridges: { name: 'Bridges', about: 'Value and messages to and from other chains.' },
    Governance: {
      name: 'Governance',
      about: 'Voting, treasury, guardians and this process itself.',
    },
  },
  statuses: {
    Draft: { name: 'Draft', about: 'The author is still writing, and anyone may comment.' },
    Review: {
      name: 'Review',
      about: 'It has a number and is open for review for at least seven days.',
    },
    Voting: {
      name: 'Voting',
      about: 'The text is frozen, and holders of vePARS vote on the ledger.',
    },
    Approved: { name: 'Approved', about: 'More than half were for it, and enough took part.' },
    Rejected: { name: 'Rejected', about: 'The vote failed, or too few took part.' },
    Implemented: { name: 'Implemented', about: 'It was approved, and the network does it.' },
    Withdrawn: { name: 'Withdrawn', about: 'The author took it back before a vote.' },
  },
  types: {
    'Standards Track': 'Standards track',
    Informational: 'Informational',
    Process: 'Process',
  },
  index: {
    title: 'Proposals',
    lead: 'Every proposal, with the status that its author claims:',
    arrangements: 'Arrange the proposals',
    byCategory: 'By category',
    byStatus: 'By status',
    byAuthor: 'By author',
    byCategoryTitle: 'Proposals by category',
    byStatusTitle: 'Proposals by status',
    byAuthorTitle: 'Proposals by author',
    noneInCategory: 'No proposal here yet.',
    none: 'No proposals yet. Write the first one; it works without the internet.',
    count: (count, isOne) => (isOne ? '1 proposal' : `${count} proposals`),
    unreadable: 'Cannot be read',
    unreadableAbout: 'These files break the format, so nothing in them is believed.',
  },
  proposal: {
    by: 'by',
    now: 'now',
    and: ' and ',
    comma: ', ',
    life: 'Where this proposal stands',
    claim:
      'This proposal is not on the ledger yet. The status is what its author claims; the fingerprint tells whether two people read the same text.',
    fingerprint: 'Fingerprint (SHA3-256)',
    facts: 'Facts',
    status: 'Status',
    category: 'Category',
    type: 'Type',
    requires: 'Requires',
    requiredBy: 'Required by',
    replaces: 'Replaces',
    replacedBy: 'Replaced by',
    discussion: 'Discussion',
    history: 'History',
    versions: (count) => `Versions and changes (${count})`,
    historyUnavailable: 'History not available',
    historyTooLarge: 'History too large to be shown',
    notRecorded: 'Not recorded in the repository yet',
    source: 'Source text',
    contents: 'On this page',
    footnotes: 'Footnotes',
    footnote: (number) => `Footnote ${number}`,
    footnoteBack: (number) => `Back to the place of footnote ${number}`,
    table: 'Table',
    diagram: 'Diagram',
    diagramSource: 'Text of the diagram',
    diagramFailed: 'This diagram could not be drawn; its text follows.',
    missing: 'not here',
    unreadableTitle: 'This proposal cannot be read',
    unreadableLead:
      'The file breaks the format of proposals, so this page shows its text as it is and believes nothing in it. What is wrong:',
    line: (line, column) => `line ${line}, column ${column}`,
    sourceText: 'The file as it is',
  },
  history: {
    title: (name) => `History of ${name}`,
    back: 'Back to the proposal',
    lead: 'Versions from the repository that this site was built from, newest first.',
    first: 'First version.',
    uncommitted: 'The text on this site differs from the last recorded version:',
    unavailable:
      'History not available: this site was built without the repository that records the versions.',
    older: (count) => `${count} older versions are in the repository.`,
    commit: 'Recorded as',
    changes: 'Changes',
    same: 'The text did not change in this version.',
    skipped: (count) => `${count} unchanged lines`,
  },
  search: {
    title: 'Search',
    label: 'Search in the proposals',
    help: 'Number, title, author or any word. Persian is found however its letters were typed.',
    results: 'Results',
    none: 'Nothing found. Try fewer or shorter words.',
    one: '1 proposal found',
    many: '{count} proposals found',
    needsScript: 'Searching needs scripts. Without them, the list of all proposals says the same:',
  },
  contribute: {
    title: 'Write a proposal',
    lead: 'A proposal is one text file. You need an editor and an idea; everything below works offline.',
    stepsTitle: 'The steps',
    steps: [
      {
        name: 'Start a file',
        about:
          'It asks for a title and writes the skeleton. Copying the template below does the same.',
        command: 'pars pip new',
      },
      {
        name: 'Let it be checked',
        about: 'Every finding names its line, its rule and what to do. Some can be mended for you.',
        command: 'pars pip lint',
      },
      {
        name: 'Read it as others will',
        about: 'Builds this site in a folder that you can open, print, or hand over on a stick.',
        command: 'pars pip site',
      },
      {
        name: 'Ask for review',
        about:
          'With review it gets its number, and at least seven days in which anyone can object.',
        command: undefined,
      },
      {
        name: 'Wait for the vote',
        about: 'From here on the text is frozen. Until the ledger runs, nothing is put to a vote.',
        command: undefined,
      },
    ],
    numberTitle: 'Which number',
    number:
      'None, at first: the file is called pip-XXXX-title.md. The number comes with review, from the range of the category.',
    judgedTitle: 'What reviewers look for',
    judged: [
      'A person with a problem, not only a mechanism.',
      'A specification from which a stranger could build the same thing.',
      'Test vectors, and what was measured.',
      'Per adversary, what they can do now, and what is not protected.',
    ],
    templateTitle: 'The template',
    template: 'Save it as pip-XXXX-title.md and write over it.',
    templateMissing: 'This site was built without the template file.',
  },
};
