import type { Benchmark } from '@pars/base/bench';
import { cryptoBenchmarks } from '@pars/crypto/bench';
import { createNodeCryptoProvider } from './node-crypto-provider.ts';

/** Suite 1 over OpenSSL. */
export const benchmarks: readonly Benchmark[] = cryptoBenchmarks('node', createNodeCryptoProvider);
