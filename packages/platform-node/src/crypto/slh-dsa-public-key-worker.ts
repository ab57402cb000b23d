// The thread behind slh-dsa-public-key.ts: one seed in, one public key out.
import { parentPort, workerData } from 'node:worker_threads';
import { createJavaScriptProvider } from '@pars/crypto/provider';
import { systemRandom } from './system-random.ts';

const seed = workerData as Uint8Array;
const { slhDsaShake256s } = createJavaScriptProvider({ random: systemRandom });
const { publicKey } = await slhDsaShake256s.signerFromSeed(seed);
seed.fill(0);
const answer = Uint8Array.from(publicKey.bytes);
parentPort?.postMessage(answer, [answer.buffer]);
