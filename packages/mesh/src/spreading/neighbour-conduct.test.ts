import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNeighbourConduct } from './neighbour-conduct.ts';

test('three wrongs in a row cost the link, and each neighbour has its own', () => {
  const conduct = createNeighbourConduct();
  assert.equal(conduct.note(1, 'mesh/bad-parcel', 0), false);
  assert.equal(conduct.note(2, 'mesh/bad-parcel', 5), false);
  assert.equal(conduct.note(1, 'mesh/gossip-withheld', 10_000), false);
  assert.equal(conduct.note(1, 'mesh/bad-gossip-message', 20_000), true);
  conduct.forget(1);
  assert.equal(conduct.note(1, 'mesh/bad-parcel', 20_000), false);
});

test('a wrong now and then is forgiven, and floods weigh half', () => {
  const conduct = createNeighbourConduct();
  for (let time = 0; time < 20; time += 1) {
    assert.equal(conduct.note(1, 'mesh/bad-parcel', time * 300_000), false);
  }
  const answers = Array.from({ length: 6 }, () => conduct.note(2, 'mesh/gossip-flood', 0));
  assert.deepEqual(answers, [false, false, false, false, true, true]);
});
