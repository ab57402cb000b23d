import { parentPort } from 'node:worker_threads';
import { instance } from '@viz-js/viz';

// Draws one diagram after the other. The text is hostile: whoever started this worker ends it when it is late.
const viz = await instance();

parentPort?.on('message', (dot: string) => {
  const drawn = viz.render(dot, {
    format: 'svg',
    engine: 'dot',
    graphAttributes: { bgcolor: 'transparent' },
    nodeAttributes: { fontname: 'Arial', fontsize: 14, shape: 'box' },
    edgeAttributes: { fontname: 'Arial', fontsize: 12 },
  });
  parentPort?.postMessage(drawn.status === 'success' ? drawn.output : undefined);
});

parentPort?.postMessage('ready');
