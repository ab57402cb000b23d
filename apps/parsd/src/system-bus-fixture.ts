import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A bus of its own, and a program on it that plays a service of the system. */
export interface FakeBus extends AsyncDisposable {
  /** For `DBUS_SYSTEM_BUS_ADDRESS`. */
  readonly address: string;
  /** Joins the bus, under a name that it then owns or without one. */
  join(name?: string): Promise<FakeService>;
}

/** A program on the bus. */
export interface FakeService extends Disposable {
  /** Sends a signal to everybody; `isTrue` is its one argument, if it has one. */
  emit(path: string, interfaceName: string, member: string, isTrue?: boolean): void;
}

const BUS_PROGRAM = 'dbus-daemon';

/** Starts `dbus-daemon` with its socket in `folder`. */
export async function startFakeBus(folder: string): Promise<FakeBus> {
  const path = join(folder, 'bus');
  const child = spawn(
    BUS_PROGRAM,
    ['--session', '--nofork', '--nopidfile', '--print-address', `--address=unix:path=${path}`],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const ended = once(child, 'exit');
  await once(createInterface({ input: child.stdout }), 'line');
  return {
    address: `unix:path=${path}`,
    join: (name) => joinBus(path, name),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function joinBus(path: string, name: string | undefined): Promise<FakeService> {
  const socket: Socket = connect(path);
  await once(socket, 'connect');
  const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  await once(socket, 'data');
  socket.write('BEGIN\r\n');
  let serial = 0;
  const send = (type: number, fields: readonly Buffer[], body: Buffer): void => {
    serial += 1;
    const head = Buffer.alloc(16);
    head.write('l');
    head.set([type, 0, 1], 1);
    head.writeUInt32LE(body.length, 4);
    head.writeUInt32LE(serial, 8);
    const array = fields.reduce((before, field) => Buffer.concat([aligned(before, 8), field]));
    head.writeUInt32LE(array.length, 12);
    socket.write(Buffer.concat([aligned(Buffer.concat([head, array]), 8), body]));
  };
  const call = (member: string, signature: readonly Buffer[], body: Buffer): void => {
    const bus = 'org.freedesktop.DBus';
    const fields = [field(1, 'o', '/org/freedesktop/DBus'), field(2, 's', bus)];
    send(1, [...fields, field(3, 's', member), field(6, 's', bus), ...signature], body);
  };
  call('Hello', [], Buffer.alloc(0));
  if (name !== undefined) {
    const flags = Buffer.alloc(4);
    call('RequestName', [signatureField('su')], Buffer.concat([aligned(text(name), 4), flags]));
  }
  socket.resume();
  return {
    emit(objectPath, interfaceName, member, isTrue) {
      const fields = [field(1, 'o', objectPath), field(2, 's', interfaceName)];
      const argument = Buffer.alloc(isTrue === undefined ? 0 : 4);
      if (isTrue === true) argument.writeUInt32LE(1);
      const signature = isTrue === undefined ? [] : [signatureField('b')];
      send(4, [...fields, field(3, 's', member), ...signature], argument);
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** D-Bus Specification, "Message Format": a field of the header, a variant of a string. */
function field(code: number, type: 'o' | 's', value: string): Buffer {
  return Buffer.concat([Buffer.from([code, 1, type.charCodeAt(0), 0]), text(value)]);
}

function signatureField(value: string): Buffer {
  return Buffer.concat([
    Buffer.from([8, 1, 'g'.charCodeAt(0), 0, value.length]),
    Buffer.from(`${value}\0`),
  ]);
}

function text(value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(value));
  return Buffer.concat([length, Buffer.from(`${value}\0`)]);
}

function aligned(bytes: Buffer, to: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);
}
