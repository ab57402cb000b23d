// `npm run check`: everything that can be known without running the product.
import { runGate } from './check/gate.ts';

process.exitCode = (await runGate()) ? 0 : 1;
