import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { carryOptions, LEAST_CARRY_BYTES } from './carry-size.ts';

describe('the room for parcels', () => {
  test('is what was asked for, and else a tenth of what is free, within bounds', async () => {
    assert.equal((await carryOptions('.', 5_000_000)).capacityBytes, 5_000_000);
    const { capacityBytes, maxParcels } = await carryOptions('.', undefined);
    assert.ok(capacityBytes >= LEAST_CARRY_BYTES && capacityBytes <= 10_000_000_000);
    assert.ok(maxParcels >= 1 && maxParcels <= 1_000_000);
    const unknown = await carryOptions('/there/is/no/such/folder', undefined);
    assert.equal(unknown.capacityBytes, LEAST_CARRY_BYTES);
  });
});
