import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact } from '@pars/base';
import { parcelIds } from '../../parcel/parcel.ts';
import { createSimulatedAir, slowChannel } from './radio-air-fixture.ts';

const minuteMs = 60_000;

describe('a radio group', () => {
  test('brings a parcel to the other station, byte for byte, and says so', () => {
    const air = createSimulatedAir('one parcel', { loss: 0 });
    const [alice, bob] = [air.createStation(), air.createStation()];
    air.run(minuteMs);
    const parcel = air.make();
    alice.add(parcel);
    air.run(5 * minuteMs);
    assert.deepEqual(bob.parcels.get(parcelIds.toText(parcel.id))?.bytes, parcel.bytes);
    assert.deepEqual(alice.taken, [parcelIds.toText(parcel.id)]);
    assert.deepEqual(alice.machine.neighbours(air.nowMs), [{ station: 2, lacking: 0 }]);
  });

  test('gets everything through a channel that loses a third of the frames', () => {
    const air = createSimulatedAir('lossy', { loss: 0.33 });
    const [alice, bob] = [air.createStation(), air.createStation()];
    air.run(20 * minuteMs);
    for (const bucket of [0, 1, 0, 2]) alice.add(air.make({ bucket }));
    for (const bucket of [0, 1]) bob.add(air.make({ bucket }));
    air.run(60 * minuteMs, () => alice.parcels.size === 6 && bob.parcels.size === 6);
    assert.deepEqual([alice.parcels.size, bob.parcels.size], [6, 6]);
  });

  test('serves many stations with one sending', () => {
    const air = createSimulatedAir('many', { loss: 0.1 });
    const stations = Array.from({ length: 8 }, () => air.createStation());
    air.run(40 * minuteMs);
    const [first] = stations;
    assert.ok(first);
    assert.equal(first.machine.neighbours(air.nowMs).length, 7);
    const before = stations.reduce((sum, { machine }) => sum + machine.counts.airMs, 0);
    const parcel = air.make({ bucket: 1 });
    first.add(parcel);
    const isEverywhere = () => stations.every(({ parcels }) => parcels.size === 1);
    air.run(10 * minuteMs, isEverywhere);
    assert.ok(isEverywhere());
    const spent = stations.reduce((sum, { machine }) => sum + machine.counts.airMs, 0) - before;
    // Once to each would be seven times 28 s.
    assert.ok(spent < 3 * 28_000, `${spent} ms on the air`);
  });

  test('brings an emergency over a station in the middle within minutes, anything else with the next beacons', () => {
    for (const priority of ['emergency', 'normal'] as const) {
      const air = createSimulatedAir(`relay ${priority}`, { loss: 0 });
      const [far, middle, near] = [air.createStation(), air.createStation(), air.createStation()];
      air.separate(far, near);
      air.run(minuteMs);
      far.add(air.make({ priority }));
      const addedMs = air.nowMs;
      air.run(40 * minuteMs, () => near.parcels.size === 1);
      assert.deepEqual([middle.parcels.size, near.parcels.size], [1, 1]);
      const minutes = (air.nowMs - addedMs) / minuteMs;
      assert.ok(minutes < (priority === 'emergency' ? 5 : 20), `${minutes} minutes`);
    }
  });

  test('passes on what came from others, and sends only what is missing', () => {
    const air = createSimulatedAir('missing', { loss: 0 });
    const shared = Array.from({ length: 60 }, () => air.make());
    const [alice, bob] = [air.createStation(), air.createStation()];
    for (const parcel of shared) {
      alice.add(parcel);
      bob.add(parcel);
    }
    const [one, two] = [air.make(), air.make()];
    alice.add(one);
    bob.add(two);
    air.run(60 * minuteMs, () => alice.parcels.size === 62 && bob.parcels.size === 62);
    assert.deepEqual([alice.parcels.size, bob.parcels.size], [62, 62]);
    // Sixty parcels again would be six minutes on the air.
    const spent = alice.machine.counts.airMs + bob.machine.counts.airMs;
    assert.ok(spent < 60_000, `${spent} ms on the air`);
  });

  test('sends emergencies first, then what is small', () => {
    const air = createSimulatedAir('order', { loss: 0 });
    const [alice, bob] = [air.createStation(), air.createStation()];
    air.run(minuteMs);
    const [large, small, urgent] = [
      air.make({ bucket: 1 }),
      air.make(),
      air.make({ bucket: 1, priority: 'emergency' }),
    ];
    for (const parcel of [large, small, urgent]) alice.add(parcel);
    air.run(20 * minuteMs, () => bob.parcels.size === 3);
    const order = [...bob.arrivals].sort(([, a], [, b]) => a - b).map(([id]) => id);
    assert.deepEqual(
      order,
      [urgent, small, large].map(({ id }) => parcelIds.toText(id)),
    );
  });

  test('is quiet when nothing is new', () => {
    const air = createSimulatedAir('quiet', { loss: 0.1 });
    const alice = air.createStation();
    air.createStation();
    alice.add(air.make());
    air.run(60 * minuteMs);
    const before = alice.machine.counts.airMs;
    air.run(10 * 60 * minuteMs);
    // Ten hours of beacons, one in ten minutes.
    assert.ok(alice.machine.counts.airMs - before < 60 * 3_000);
  });

  test('does not go over the air time that it may use', () => {
    const channel = { ...slowChannel, dutyCycle: 0.01 };
    const air = createSimulatedAir('duty', { loss: 0, channel });
    const [alice, bob] = [air.createStation(), air.createStation()];
    air.run(minuteMs);
    for (let count = 0; count < 40; count += 1) alice.add(air.make({ bucket: 1 }));
    for (let hour = 1; hour <= 4; hour += 1) {
      air.run(60 * minuteMs);
      // A full bucket, and what has flowed into it since.
      assert.ok(alice.machine.counts.airMs <= 36_000 * (1 + hour) + 2_000);
      assert.ok(bob.machine.counts.airMs <= 36_000 * (1 + hour) + 2_000);
    }
    assert.ok(bob.parcels.size >= 2);
  });

  test('asks for nothing that its store refused', () => {
    const air = createSimulatedAir('refused', { loss: 0 });
    const alice = air.createStation();
    const bob = air.createStation({ verdict: 'refused' });
    air.run(minuteMs);
    alice.add(air.make());
    air.run(10 * minuteMs);
    const before = alice.machine.counts.framesSent;
    assert.deepEqual([bob.parcels.size, alice.taken], [0, []]);
    air.run(30 * minuteMs);
    assert.ok(alice.machine.counts.framesSent - before < 8);
  });
});

describe('strangers on the frequency', () => {
  test('noise, other groups, repeated and changed frames cost nothing and change nothing', () => {
    const air = createSimulatedAir('strangers', { loss: 0 });
    const [alice, bob] = [air.createStation(), air.createStation()];
    const other = redact(new Uint8Array(32).fill(6));
    const foreign = air.createStation({ key: other });
    foreign.add(air.make());
    air.run(minuteMs);
    alice.add(air.make());
    air.run(5 * minuteMs, () => bob.parcels.size === 1);
    air.run(minuteMs);
    assert.deepEqual([alice.parcels.size, bob.parcels.size, foreign.parcels.size], [1, 1, 1]);
    const recorded = [...air.frames];
    // What bob missed is no repetition.
    for (const frame of recorded) bob.machine.receive(frame, air.nowMs);
    const { framesHeard } = bob.machine.counts;
    for (const frame of recorded) bob.machine.receive(frame, air.nowMs);
    for (const frame of recorded) {
      const changed = frame.slice();
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      bob.machine.receive(changed, air.nowMs);
    }
    for (let length = 0; length < 300; length += 1) {
      bob.machine.receive(air.random.bytes(length), air.nowMs);
    }
    assert.equal(bob.machine.counts.framesHeard, framesHeard);
    assert.equal(bob.machine.counts.framesBad, 0);
    assert.ok(bob.machine.counts.framesRepeated > 0);
  });

  test('recorded frames are not heard again after a restart', () => {
    const air = createSimulatedAir('restart', { loss: 0 });
    const [alice, bob] = [air.createStation(), air.createStation()];
    alice.add(air.make());
    air.run(10 * minuteMs);
    assert.equal(bob.parcels.size, 1);
    const early = air.frames.slice(0, 3);
    const heard = new Map([
      [1, alice.machine.counts.framesSent],
      [2, bob.machine.counts.framesSent],
    ]);
    const again = air.createStation({ memory: { station: 9, reservedTo: 1_024, heard } });
    for (const frame of early) again.machine.receive(frame, air.nowMs);
    assert.equal(again.machine.counts.framesHeard, 0);
    assert.equal(again.machine.counts.framesRepeated, 3);
  });

  test('a jammer delays, and when it stops all arrives', () => {
    const air = createSimulatedAir('jammer', { loss: 0 });
    const [alice, bob] = [air.createStation(), air.createStation()];
    air.run(minuteMs);
    alice.add(air.make());
    for (let second = 0; second < 1_800; second += 1) {
      air.jam(air.random.bytes(100), 900);
      air.run(1_000);
    }
    assert.equal(bob.parcels.size, 0);
    // The longer nobody answers, the rarer are the tries.
    assert.ok(alice.machine.counts.framesSent < 60, `${alice.machine.counts.framesSent} frames`);
    air.run(60 * minuteMs, () => bob.parcels.size === 1);
    assert.equal(bob.parcels.size, 1);
  });

  test('a crash gives no counter twice', () => {
    const air = createSimulatedAir('crash', { loss: 0 });
    const before = air.createStation();
    air.run(30 * minuteMs);
    const memory = before.memory();
    assert.ok(memory !== undefined && before.machine.counts.framesSent <= memory.reservedTo);
    const after = air.createStation({ memory });
    air.run(minuteMs);
    assert.ok((after.memory()?.reservedTo ?? 0) > memory.reservedTo);
  });
});
