/** What a password turned out to be (PIP-3000 §10); the program knows it, and nothing shows it. */
export type UnlockKind = 'hidden' | 'decoy' | 'duress';
