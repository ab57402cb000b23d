// `npm run build`: JavaScript and declarations of every package, in its dist folder.
import { buildPackages } from './build/packages.ts';
import { rootFolder } from './process/run-step.ts';

const complaint = await buildPackages(rootFolder);
if (complaint !== '') console.error(complaint);
process.exitCode = complaint === '' ? 0 : 1;
